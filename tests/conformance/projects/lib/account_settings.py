"""base_settings for projects with a database, sessions and users."""
import os

from base_settings import *  # noqa: F403
from base_settings import INSTALLED_APPS

INSTALLED_APPS = INSTALLED_APPS + [
    "django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "proj",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
# Tables are made without migrations: those of Django 1.11 do not get on with a newer SQLite.
MIGRATION_MODULES = {"contenttypes": None, "auth": None, "sessions": None}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# shared by all processes of the project
FOLDER = os.environ["CONFORMANCE_FOLDER"]
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(FOLDER, "db.sqlite3")},
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": os.path.join(FOLDER, "cache"),
    },
}
SESSION_FILE_PATH = FOLDER
SESSION_COOKIE_NAME = "visit"
