"""account_settings for projects with extensions of oTree: its models are real, its own pages are not served."""
import django_of_then
from account_settings import *  # noqa: F403
from account_settings import INSTALLED_APPS, MIGRATION_MODULES

django_of_then.lend()

INSTALLED_APPS = INSTALLED_APPS + ["otree", "idmap"]
MIGRATION_MODULES = dict(MIGRATION_MODULES, otree=None)
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
TIME_ZONE = "UTC"
ADMIN_USERNAME = "admin"
ADMIN_PASSWORD = ""
HUEY = {}
INSTALLED_OTREE_APPS = []
POINTS_DECIMAL_PLACES = 0
REAL_WORLD_CURRENCY_CODE = "USD"
REAL_WORLD_CURRENCY_DECIMAL_PLACES = 2
REDIS_URL = "redis://127.0.0.1"
SESSION_CONFIGS = []
SESSION_CONFIG_DEFAULTS = {}
USE_POINTS = True
