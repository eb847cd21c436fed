"""The project in this folder, set up in this process as oTree's own command line does, on a database of its own."""

import os
import sys
import tempfile
from pathlib import Path

import otree_startup

# In the environment: leave out what keeps consumers out of oTree's cache of models.
WITHOUT_GUARD = "CLICKS_WITHOUT_GUARD"

_HERE = Path(__file__).parent


def set_up():
    """Load the project; the second time nothing happens. Returns a session with two participants."""
    from django.conf import settings

    if not settings.configured:
        if os.environ.get(WITHOUT_GUARD):
            from compat.otree import idmap

            idmap.guard = lambda signal: None
        os.environ["DATABASE_URL"] = "sqlite:///" + os.path.join(tempfile.mkdtemp(), "db.sqlite3")
        os.chdir(tempfile.mkdtemp())
        sys.path.insert(0, str(_HERE))
        otree_startup.configure_settings("settings")
        otree_startup.do_django_setup()
        from django.core.management import call_command

        call_command("migrate", run_syncdb=True, verbosity=0)


def make_session():
    """A new session with two participants."""
    from otree.session import create_session

    return create_session(session_config_name="clicks", num_participants=2)
