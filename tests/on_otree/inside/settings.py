SESSION_CONFIG_DEFAULTS = {"real_world_currency_per_point": 1.00, "participation_fee": 0.00, "doc": ""}
SESSION_CONFIGS = [
    {"name": "clicks", "display_name": "Clicks", "num_demo_participants": 2, "app_sequence": ["clicks"]},
]
EXTENSION_APPS = ["extension"]
LANGUAGE_CODE = "en"
REAL_WORLD_CURRENCY_CODE = "USD"
USE_POINTS = True
ROOMS = [{"name": "lab", "display_name": "The lab"}]
ADMIN_USERNAME = "admin"
ADMIN_PASSWORD = ""
SECRET_KEY = "for tests"
INSTALLED_APPS = ["otree", "compat"]
MIDDLEWARE_CLASSES = ["clicks.middleware.Stamp"]
ROOT_URLCONF = "urls"
CHANNEL_ROUTING = "routing.channel_routing"
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "otree.channels.asgi_redis.RedisChannelLayer",
        "CONFIG": {"hosts": ["redis://localhost:1"]},
        "ROUTING": CHANNEL_ROUTING,
    }
}
