from os import environ

SESSION_CONFIG_DEFAULTS = {
    "real_world_currency_per_point": 0.10,
    "participation_fee": 5.00,
    "doc": "",
}

SESSION_CONFIGS = [
    {
        "name": "market",
        "display_name": "Continuous double auction",
        "num_demo_participants": 2,
        "app_sequence": ["market"],
        "market_seconds": 120,
    },
]

LANGUAGE_CODE = "en"
REAL_WORLD_CURRENCY_CODE = "EUR"
USE_POINTS = True

ROOMS = []

ADMIN_USERNAME = "admin"
ADMIN_PASSWORD = environ.get("OTREE_ADMIN_PASSWORD")

DEMO_PAGE_INTRO_HTML = """ """

SECRET_KEY = "only-an-example-not-a-secret"

INSTALLED_APPS = ["otree"]

CHANNEL_ROUTING = "routing.channel_routing"
ROOT_URLCONF = "urls"
