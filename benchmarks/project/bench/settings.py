"""What all systems have in common. BENCH_LAYER: a redis:// address, or nothing for the in-memory layer.
BENCH_FOLDER: where the database is."""

import os

SECRET_KEY = "only a benchmark"
DEBUG = False
ALLOWED_HOSTS = ["*"]
MIDDLEWARE = []
ROOT_URLCONF = "bench.urls"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.path.join(os.environ.get("BENCH_FOLDER") or ".", "bench.sqlite3"),
        "CONN_MAX_AGE": 600,
    }
}
USE_TZ = True
STATIC_URL = "/static/"

REDIS = os.environ.get("BENCH_LAYER", "")
