"""The Django project inside the process that runs the tests, on both stacks."""

import compat


def configure() -> None:
    """Set Django up; nothing happens the second time."""
    import django
    from django.conf import settings

    if settings.configured:
        return
    settings.configure(
        SECRET_KEY="of the tests",
        # Not the app "channels" on the old stack: it loads daphne, and nothing here is served.
        INSTALLED_APPS=[] if compat.stack() == compat.OLD else ["compat.apps.CompatConfig"],
        # Old names on purpose: everywhere they are what projects have.
        CHANNEL_LAYERS={"default": {"BACKEND": "asgiref.inmemory.ChannelLayer", "ROUTING": []}},
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        MIDDLEWARE=[],
        ROOT_URLCONF="support.urls",
        USE_TZ=True,
    )
    django.setup()
