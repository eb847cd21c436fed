"""What is found, and what becomes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat import catalogue
from compat.inventory.survey import BLOCKS, CONVERTED, STAYS, Survey
from compat.rewriter.engine import judge
from compat.rewriter.model import Options

from .projects import CONSUMERS, FINISHED, OLD, ROUTING, STAGES, look, write


def told(survey: Survey) -> list[tuple[str, int, str, str]]:
    """File, line, name and fate of each place."""
    return [(Path(p.use.path).name, p.use.line, p.row.old, p.fate) for p in survey.places]


def names(folder: Path, code: str) -> list[tuple[int, str]]:
    """Line and name of each place in one file."""
    return [(line, old) for _, line, old, _ in told(look(folder, {"one.py": code}))]


def test_each_place_of_a_project_and_its_fate(tmp_path: Path) -> None:
    found = told(look(tmp_path, OLD))
    assert [each for each in found if each[0] == "consumers.py"] == [
        ("consumers.py", 1, "channels.Group", CONVERTED),
        ("consumers.py", 2, "channels.auth.channel_session_user_from_http", CONVERTED),
        ("consumers.py", 5, "channels.auth.channel_session_user_from_http", CONVERTED),
        ("consumers.py", 7, "channels.Group", CONVERTED),
        ("consumers.py", 7, "message.reply_channel", CONVERTED),
        ("consumers.py", 11, "channels.Group", CONVERTED),
        ("consumers.py", 11, "{'text': …}", CONVERTED),
        ("consumers.py", 11, "message['text']", CONVERTED),
        ("consumers.py", 16, "message.reply_channel", STAYS),
        ("consumers.py", 16, "{'text': …}", STAYS),
    ]
    # The import of route stays for the last one.
    assert [each[1:] for each in found if each[0] == "routing.py" and "route" in each[2]] == [
        (1, "channels.routing.route", STAYS),
        (6, "channels.routing.route", CONVERTED),
        (7, "channels.routing.route", CONVERTED),
        (8, "channels.routing.route", STAYS),
    ]
    assert [each[1:] for each in found if each[0] == "settings.py"] == [
        (1, "INSTALLED_APPS", STAYS),
        (3, "asgi_redis.RedisChannelLayer", STAYS),
        (3, "CHANNEL_LAYERS ROUTING", STAYS),
    ]
    assert [each[1:3] for each in found if each[0] in ("Procfile", "requirements.txt", "asgi.py")] == [
        (1, "daphne project.asgi:channel_layer"),
        (2, "manage.py runworker"),
        (1, "channels"),
        (2, "asgi_redis"),
        (3, "channels.asgi.get_channel_layer"),
        (6, "channels.asgi.get_channel_layer"),
    ]


def test_what_stays_has_the_reason_that_the_rewriter_gives(tmp_path: Path) -> None:
    survey = look(tmp_path, OLD)
    (note,) = (note for note in survey.left if note.path.endswith("consumers.py"))
    reason = note.text.replace("stays on the shim: ", "")
    kept = {(p.use.path.rpartition("/")[2], p.use.line): p for p in survey.places if p.fate == STAYS}
    # In its consumer, and at the route of that.
    for where in (("consumers.py", 16), ("routing.py", 8)):
        assert (kept[where].why, kept[where].page) == (reason, note.page)


def test_the_numbers_after_are_those_of_the_rewritten_project(tmp_path: Path) -> None:
    from compat.rewriter.run import rewrite_texts

    before = look(tmp_path / "before", OLD)
    files = {name: text.encode() for name, text in OLD.items()}
    results = rewrite_texts(files, Options(to="native", target=4))
    files.update({result.path: result.after for result in results if result.after is not None})
    after = look(tmp_path / "after", files)
    assert before.after == (len(after.places), after.native)
    assert before.after[1] > before.native == 0


def test_nothing_is_written(tmp_path: Path) -> None:
    write(tmp_path, OLD)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    look(tmp_path, OLD)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("from channels import Group as G\nG('a')\n", [(1, "channels.Group"), (2, "channels.Group")]),
        ("import channels\nchannels.Group('a')\n", [(2, "channels.Group")]),
        ("import channels.asgi\nchannels.asgi.get_channel_layer()\n",
         [(2, "channels.asgi.get_channel_layer")]),
        ("from channels.routing import *\nroute('a', b)\n", [(1, "channels.routing.Include")]),
        ("from channels.channel import *\nGroup('a')\n", [(1, "channels.channel.Channel")]),
        ("from channels import routing\nrouting.route('a', b)\n", [(2, "channels.routing.route")]),
        ("from compat.v0 import Group\n", [(1, "channels.Group")]),
        ("import compat.v0 as old\nold.Group('a')\n", [(2, "channels.Group")]),
        ("def f():\n    from channels import Group\n    return Group('a')\n",
         [(2, "channels.Group"), (3, "channels.Group")]),
        ("try:\n    from channels import Group\nexcept ImportError:\n    Group = None\n", [(2, "channels.Group")]),
        ("from asgi_redis import RedisChannelLayer\nRedisChannelLayer()\n", [(1, "asgi_redis"), (2, "asgi_redis")]),
        ("mock.patch('channels.Group')\n", [(1, "channels.Group")]),
        ("CHANNEL_ROUTING = 'routing.channel_routing'\n", [(1, "CHANNEL_ROUTING")]),
        ("def f(message):\n    message.reply_channel.send({'close': True})\n",
         [(2, "message.reply_channel"), (2, "{'close': True}")]),
        ("def f(message):\n    return message.content['text']\n", [(2, "message['text']")]),
        ("from channels.generic.websockets import WebsocketConsumer\n\n\nclass A(WebsocketConsumer):\n"
         "    def receive(self, text):\n        return self.message.user\n",
         [(1, "channels.generic.websockets.WebsocketConsumer"), (4, "channels.generic.websockets.WebsocketConsumer"),
          (6, "message.user")]),
        # --- none of these is the old API ---
        ("from channels.routing import URLRouter, ProtocolTypeRouter\n", []),
        ("from channels.generic.websocket import WebsocketConsumer\n", []),
        ("from channels.layers import get_channel_layer\n", []),
        ("from channels import DEFAULT_CHANNEL_LAYER\n", []),
        ("from .channels import Group\nGroup('a')\n", []),
        ("from youtube import channels\nchannels.Group\n", []),
        ("def channels():\n    return message.user\n", []),
        ("def reply(message):\n    # channels\n    return message.user.email\n", []),
        ("'''channels.Group is gone.'''\n", []),
        ("ASGI_APPLICATION = 'channels.asgi'\nCHANNELS = 5\n", []),
        ("CHANNEL_LAYERS = {'default': {'BACKEND': 'channels_redis.core.RedisChannelLayer', 'CONFIG': {'expiry': 1}}}",
         []),
        ("from channels.generic.websocket import WebsocketConsumer\n\n\nclass A(WebsocketConsumer):\n"
         "    def receive(self, text_data):\n        self.send({'text': 'a'})\n", []),
    ],
)  # fmt: skip
def test_what_counts_as_a_use(tmp_path: Path, code: str, expected: list[tuple[int, str]]) -> None:
    assert names(tmp_path, code) == expected


@pytest.mark.parametrize("number", sorted(STAGES))
def test_the_stage(tmp_path: Path, number: int) -> None:
    survey = look(tmp_path, STAGES[number])
    assert survey.stage.number == number
    assert survey.finished is False


def test_a_project_without_the_old_api_and_the_shim_is_finished(tmp_path: Path) -> None:
    survey = look(tmp_path, FINISHED)
    assert (survey.stage.number, survey.finished, survey.places) == (5, True, ())
    assert survey.native == 2


def test_what_the_old_channels_runs_and_what_the_shim_runs(tmp_path: Path) -> None:
    old, shim = (look(tmp_path / str(number), STAGES[number]) for number in (0, 4))
    assert (old.old, old.shim, old.native) == (len(old.places), 0, 0)
    assert (shim.old, shim.shim, shim.native) == (0, len(shim.places), 2)


def test_imports_from_the_shim_run_on_it_without_the_app(tmp_path: Path) -> None:
    survey = look(tmp_path, {"a.py": "from compat.v0 import Group\n", "b.py": "from channels import Group\n"})
    assert (survey.old, survey.shim) == (1, 1)


def test_what_the_shim_cannot_run_blocks(tmp_path: Path) -> None:
    layers = 'CHANNEL_LAYERS = {"default": {"BACKEND": "asgi_amqp.AMQPChannelLayer", "ROUTING": "a.b"}}\n'
    survey = look(tmp_path, {"settings.py": layers, "later.py": "from channels import delay\n"})
    assert [Path(note.path).name for note in survey.blockers] == ["later.py", "settings.py"]
    assert {old: fate for _, _, old, fate in told(survey)} == {
        "asgi_amqp.AMQPChannelLayer": BLOCKS,
        "CHANNEL_LAYERS ROUTING": STAYS,
    }


def test_files_that_do_not_parse_are_named(tmp_path: Path) -> None:
    survey = look(tmp_path, {"two.py": "from channels import Group\nprint 'two'\n", "one.py": CONSUMERS})
    assert [Path(note.path).name for note in survey.unparsed] == ["two.py"]
    assert len(survey.places) > 5


def test_areas_cover_all_places(tmp_path: Path) -> None:
    survey = look(tmp_path, OLD)
    by_area = survey.by_area()
    assert sum(map(len, by_area.values())) == len(survey.places)
    assert list(by_area) == [area for area in catalogue.AREAS.values() if area in by_area]


def test_the_order_does_not_depend_on_the_number_of_processes(tmp_path: Path) -> None:
    from compat.inventory.survey import survey

    write(tmp_path, {f"app{number}/{name}": text for number in range(6) for name, text in OLD.items()})
    assert survey(tmp_path, jobs=1) == survey(tmp_path, jobs=2)


def test_a_file_that_is_untouched_by_the_rewriter_keeps_its_uses(tmp_path: Path) -> None:
    code = f"# compat: ignore-file\n{ROUTING}"
    assert not judge("routing.py", code.encode(), Options()).changed
    assert {fate for _, _, _, fate in told(look(tmp_path, {"routing.py": code}))} == {STAYS}
