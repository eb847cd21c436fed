"""Routing, settings, names and commands of a project written for oTree 2.2.4."""

import asyncio
import io
import json
import unittest
import warnings
from importlib import import_module

import project

project.set_up()

from channels import Group as ChannelGroup
from channels.asgi import channel_layers
from channels.message import Message
from clicks import consumers
from clicks.models import Group, Player
from clicks.pages import Click
from django.conf import settings
from django.core.management import get_commands, load_command_class
from otree.channels import utils
from otree.channels.routing import channel_routing

from compat.otree import asgi, versions

with warnings.catch_warnings(record=True) as WARNINGS:
    warnings.simplefilter("always")
    APPLICATION = asgi.application.application


def opened(path, query=b"", then=None, until=None, frame=None):
    """Open a socket, call ``then()``, send ``frame``, and close it when the text ``until`` has come, or at once;
    the events that the application sent."""
    scope = {
        "type": "websocket",
        "path": path,
        "query_string": query,
        "headers": [],
        "subprotocols": [],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    sent = []

    async def run():
        events, answered = asyncio.Queue(), asyncio.Event()

        async def send(event):
            sent.append(event)
            if event["type"] == "websocket.accept" and then is not None:
                await asyncio.get_event_loop().run_in_executor(None, then)
            if until is None or until == event.get("text"):
                answered.set()

        await events.put({"type": "websocket.connect"})
        if frame is not None:
            await events.put({"type": "websocket.receive", "text": frame})
        task = asyncio.ensure_future(APPLICATION(scope, events.get, send))
        waiting = asyncio.ensure_future(answered.wait())
        await asyncio.wait([task, waiting], timeout=10, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        await events.put({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(task, 10)

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(run())
    return sent


def types(events):
    return [event["type"] for event in events]


def match(channel, path):
    return channel_layers["default"].router.match(Message({"path": path}, channel, channel_layers["default"]))


class RoutingTest(unittest.TestCase):
    def test_otrees_own_sockets_are_otrees_even_if_a_route_takes_everything(self):
        consumers.seen.clear()
        self.assertEqual(types(opened("/no_op/")), ["websocket.accept"])
        self.assertEqual(consumers.seen, [])

    def test_all_other_sockets_are_the_projects(self):
        self.assertEqual(types(opened("/anything/")), ["websocket.accept"])
        self.assertIs(match("websocket.connect", "/anything/")[0], consumers.swallow)

    def test_the_list_holds_what_old_code_looks_at(self):
        paths = {route.filters["path"].pattern for route in channel_routing if "path" in route.filters}
        self.assertIn("^/no_op/$", paths)

    def test_routes_appended_by_pages_and_by_extensions_are_consumed(self):
        self.assertIn("late.channel", channel_layers["default"].router.channels)
        self.assertIn("extension.background", channel_layers["default"].router.channels)

    def test_paths_that_nobody_routes_are_otrees_or_stay_open(self):
        from compat.otree import routing
        from compat.v0.routing import Router

        for stay_open in (False, True):
            settings.OTREE_OPEN_UNKNOWN_SOCKETS = stay_open
            found = Router(routing._make_routes()).match(Message({}, "websocket.receive", None))
            self.assertEqual(found, (routing.stay_open, {}) if stay_open else None)

    def test_a_path_with_parameters(self):
        self.assertEqual(
            match("websocket.receive", "/change/5/save"), (consumers.change, {"player": "5", "save": "save"})
        )


def wait_page_path(player):
    """The socket that today's wait page opens."""
    group, which = player.group, {}
    if not versions.paths_take_keywords():
        return utils.wait_page_path(player.session.pk, 1, group.id_in_subsession)
    if versions.wait_pages_know_primary_keys():
        which["group_id"] = group.pk
    else:
        which["group_id_in_subsession"] = group.id_in_subsession
    return utils.group_wait_page_path(
        session_pk=player.session.pk, page_index=1, participant_id=player.participant.pk, **which
    )


class OwnGroupsTest(unittest.TestCase):
    """What legacy code sends to a group of oTree's own, its page gets as today's oTree would send it."""

    def setUp(self):
        self.player = Player.objects.filter(session=project.make_session()).first()
        self.code = self.player.participant.code

    def check(self, path, group, content, event, **fields):
        """``content`` is what code of 2.2.4 sends, ``event`` what today's oTree sends."""
        path, _, query = path.partition("?")
        text = json.dumps(content, indent=1)  # not as today's oTree writes it

        def send():
            utils.sync_group_send_wrapper(type=event, group=group, event=fields)
            ChannelGroup(group).send({"text": text})

        events = opened(path, query.encode(), then=send, until=text)
        todays, legacy = [json.loads(event["text"]) for event in events if event.get("text")][-2:]
        self.assertEqual(legacy, content)
        self.assertEqual(legacy, todays)

    def test_wait_page(self):
        name = utils.wait_page_group_name(self.player.session.pk, 1, self.player.group.id_in_subsession)
        self.check(wait_page_path(self.player), name, {"status": "ready"}, "wait_page_ready")

    def test_wait_page_of_groups_by_arrival_time(self):
        path = utils.gbat_path(self.player.session.pk, 1, "clicks", self.player.pk)
        name = utils.gbat_group_name(self.player.session.pk, 1)
        self.check(path, name, {"status": "ready"}, "gbat_ready")

    def test_auto_advance(self):
        # 2.2.4 had no function for this name
        path, name = utils.auto_advance_path(self.code, 1), "auto-advance-" + self.code
        self.check(path, name, {"auto_advanced": True}, "auto_advanced")

    def test_room(self):
        path = utils.room_participant_path("lab", "label", "tab")
        name = utils.room_participants_group_name("lab")
        self.check(path, name, {"status": "session_ready"}, "room_session_ready")

    def test_chat(self):
        chats = [{"nickname": "Ann", "body": "said", "participant_id": 1}]
        path, name = utils.chat_path("talk", self.player.participant.pk), utils.get_chat_group("talk")
        self.check(path, name, chats, "chat_sendmessages", chats=chats)


@unittest.skipIf(versions.installed() < (3,), "live pages are of oTree 3")
class LivePageTest(unittest.TestCase):
    def test_its_method_answers_and_what_it_changes_is_saved(self):
        player = Player.objects.filter(session=project.make_session()).first()
        participant = player.participant
        participant._index_in_pages = 1
        participant.save()
        Click.live_method = "live_click"  # not in the page's class: oTree 2.3 takes it for a slip of the pen
        path, _, query = utils.live_path(
            participant_code=participant.code,
            page_name="Click",
            page_index=1,
            session_code=participant._session_code,
            live_method_name="live_click",
        ).partition("?")
        events = opened(path, query.encode(), frame="7", until='{"clicks": 7}')
        self.assertEqual([event["text"] for event in events if "text" in event], ['{"clicks": 7}'])
        self.assertEqual(Player.objects.filter(pk=player.pk).values_list("clicks", flat=True).get(), 7)


class SettingsTest(unittest.TestCase):
    def test_the_old_layer_of_otree_is_todays_layer_in_memory(self):
        self.assertTrue(channel_layers["default"].local_only())

    def test_otree_sends_through_the_same_layer(self):
        self.assertIs(utils._group_send.__self__, channel_layers["default"].channel_layer.native)

    def test_middleware_classes_are_read(self):
        self.assertIn("clicks.middleware.Stamp", settings.MIDDLEWARE)

    def test_a_view_in_quotes_works_with_a_warning(self):
        from django.test import Client

        self.assertEqual(Client().get("/view/").content, b"a view named in quotes, stamped yes")
        self.assertTrue([w for w in WARNINGS if "clicks.pages.view" in str(w.message)])


# What otree-tools 1.1.15 imports -> since when it is gone from oTree.
OTREE_TOOLS_IMPORTS = {
    ("otree.models_concrete", "ParticipantToPlayerLookup"): (3,),
    ("otree.models_concrete", "PageCompletion"): (3,),
    ("otree.export", "get_field_names_for_csv"): (3, 4),
    ("otree.views.export", "get_export_response"): (3, 4),
    ("otree.widgets", "CheckboxSelectMultiple"): (99,),
    ("otree.common_internal", "expand_choice_tuples"): (99,),
}


class NamesTest(unittest.TestCase):
    def test_the_base_class_of_consumers(self):
        from otree.channels.consumers import OTreeJsonWebsocketConsumer

        class Shout(OTreeJsonWebsocketConsumer):
            def clean_kwargs(self, room):
                return {"room": room.upper()}

            def group_name(self, room):
                return "shout-" + room

        message = Message({"path": "/", "order": 0, "reply_channel": "x!y"}, "websocket.connect", None)
        self.assertEqual(Shout(message, room="a").connection_groups(room="a"), ["shout-A"])

    def test_common_internal(self):
        from otree.common_internal import get_models_module

        self.assertIs(get_models_module("clicks").Player, Player)

    def test_what_otree_tools_needs_of_otree_and_does_not_find(self):
        gone = set()
        for module, name in OTREE_TOOLS_IMPORTS:
            try:
                getattr(import_module(module), name)
            except (ImportError, AttributeError):
                gone.add(name)
        self.assertEqual(
            gone, {name for (_, name), since in OTREE_TOOLS_IMPORTS.items() if versions.installed() >= since}
        )

    def test_a_message_for_a_wait_page_goes_to_the_group_of_today(self):
        session = project.make_session()
        group = Group.objects.filter(session=session).first()
        name = group.release(1)
        if versions.paths_take_keywords():
            today = group.pk if versions.wait_pages_know_primary_keys() else group.id_in_subsession
            self.assertEqual(name, utils.group_wait_page_name(session.pk, 1, today))
            self.assertEqual(utils.wait_page_group_name(session.pk, 1), utils.subsession_wait_page_name(session.pk, 1))

    def test_paths_asked_for_by_position(self):
        player = Player.objects.filter(session=project.make_session()).first()
        for path in (
            utils.auto_advance_path(player.participant.code, 1),
            utils.gbat_path(player.session.pk, 1, "clicks", player.pk),
            utils.room_participant_path("room", "label", "tab"),
        ):
            path, _, query = path.partition("?")
            self.assertEqual(types(opened(path, query.encode()))[:1], ["websocket.accept"], path)


class CommandsTest(unittest.TestCase):
    def run_command(self, name):
        found = get_commands()[name]
        command = load_command_class(found, name) if isinstance(found, str) else found
        command.stdout = io.StringIO()
        command.run_from_argv(["otree", name])
        return command.stdout.getvalue()

    def test_runworker_says_that_there_is_nothing_to_do(self):
        self.assertIn("web process", self.run_command("runworker"))

    def test_what_is_gone_says_what_does_its_work(self):
        for name in versions.retired_commands():
            with self.subTest(name):
                self.assertIn("otree prodserver", self.run_command(name))

    def test_no_command_is_missing(self):
        for name in ("runserver", "runworker", "botworker", "timeoutworkeronly"):
            self.assertIn(name, get_commands())
