"""What all systems have in common. BENCH_LAYER: a redis:// address, or nothing for the in-memory layer."""

import os

SECRET_KEY = "only a benchmark"
DEBUG = False
ALLOWED_HOSTS = ["*"]
MIDDLEWARE = []
ROOT_URLCONF = "bench.urls"
DATABASES = {}
USE_TZ = True
STATIC_URL = "/static/"

REDIS = os.environ.get("BENCH_LAYER", "")
