"""``python -m compat doctor`` where channels 0.17.3 is installed."""

import pytest
from support.processes import Project

import compat

pytestmark = pytest.mark.skipif(compat.stack() != compat.OLD, reason="needs channels 0.17")

SETTINGS = """
    SECRET_KEY = "x"
    INSTALLED_APPS = ["channels"]
    CHANNEL_LAYERS = {"default": {
        "BACKEND": "asgiref.inmemory.ChannelLayer", "ROUTING": "project.routing.channel_routing",
    }}
    """
ROUTING = """
    from channels.routing import route

    def receive(message):
        pass

    channel_routing = [route("websocket.receive", receive)]
    """
FILES = {
    "manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")',
    "project/__init__.py": "",
    "project/settings.py": SETTINGS,
    "project/routing.py": ROUTING,
}
WELL = "ok Nothing in the settings stands in the way of the new stack."
REWRITE, NEW = "next: python3 -m compat rewrite . --to shim --write", "next: python3 -m venv new-environment"


def examine(folder, **files):
    ended = Project(folder, dict(FILES, **{"project/%s.py" % name: text for name, text in files.items()})).run(
        "-m", "compat", "doctor"
    )
    assert "channels 0.17.3, channels-compat " in ended.out, ended.out + ended.err
    return ended


@pytest.mark.parametrize(
    ("number", "step", "files"),
    [
        (0, REWRITE, {}),
        (1, NEW, {"settings": SETTINGS.replace('"channels"]', '"channels", "compat"]')}),
        (1, NEW, {"routing": ROUTING.replace("channels.routing", "compat.v0.routing")}),
    ],
    ids=["untouched", "with the app", "with the imports"],
)
def test_the_stage_and_the_next_step(tmp_path, number, step, files):
    ended = examine(tmp_path, **files)
    assert ended.status == 0, ended.out + ended.err
    for sentence in (WELL, "ok Stage %d of 5, " % number, step):
        assert sentence in ended.out


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("asgiref.inmemory.ChannelLayer", "asgi_amqp.AMQPChannelLayer", "was never ported to channels 2"),
        ("channel_routing", "missing", "ROUTING does not load: AttributeError"),
        ("project.routing", "project.other", "ROUTING does not load: "),
        ("SECRET_KEY", "MIDDLEWARE_CLASSES = ['x']\n    SECRET_KEY", "do not read MIDDLEWARE_CLASSES"),
        ("CHANNEL_LAYERS", "OTHER", "There is no CHANNEL_LAYERS"),
    ],
)
def test_what_stands_in_the_way_of_the_new_stack(tmp_path, old, new, sentence):
    ended = examine(tmp_path, settings=SETTINGS.replace(old, new))
    assert ended.status == 1
    assert sentence in ended.out
    assert "   do: " in ended.out
    assert "ok Stage 0 of 5" in ended.out


def test_a_project_that_does_not_start(tmp_path):
    ended = examine(tmp_path, settings="raise ValueError('broken')")
    assert ended.status == 1
    assert "Django does not start: ValueError: broken" in ended.out
