"""Tests of the project's own, as they were written for channels 0.17."""
from channels import Channel, Group, route
from channels.exceptions import ConsumeLater
from channels.tests import ChannelTestCase, Client, HttpClient, TransactionChannelTestCase, apply_routes
from django.contrib.auth import get_user_model

from chat.consumers import receive
from chat.models import Line


class LayerTests(ChannelTestCase):
    def test_a_group_of_channels(self):
        Group("friends").add("one")
        Group("friends").add("two")
        Group("friends").discard("two")
        Group("friends").send({"value": 42})
        message = self.get_next_message("one", require=True)
        self.assertEqual(message["value"], 42)
        self.assertEqual(message.channel.name, "one")
        self.assertIsNone(self.get_next_message("two"))

    def test_nothing_is_left_of_other_tests(self):
        self.assertIsNone(self.get_next_message("one"))

    def test_a_message_that_must_be_there_and_is_not(self):
        with self.assertRaises(AssertionError):
            self.get_next_message("one", require=True)


class ConsumerTests(ChannelTestCase):
    def test_a_custom_channel(self):
        client = Client()
        Channel("chat.remember").send({"room": "a", "text": "b", "who": "c"})
        client.consume("chat.remember")
        self.assertEqual(Line.objects.get().text, "b")

    def test_a_message_that_is_not_there(self):
        with self.assertRaises(AssertionError):
            Client().consume("chat.remember")
        Client().consume("chat.remember", fail_on_none=False)

    def test_the_return_value_and_the_error_of_a_consumer(self):
        def answer(message):
            return "answered"

        def later(message):
            raise ConsumeLater()

        with apply_routes([route("x.answer", answer), route("x.later", later)]):
            client = Client()
            client.send("x.answer")
            self.assertEqual(client.consume("x.answer"), "answered")
            client.send("x.later")
            with self.assertRaises(ConsumeLater):
                client.consume("x.later")

    def test_routes_of_the_project_are_back_afterwards(self):
        client = Client()
        client.send("x.answer")
        with self.assertRaises(AssertionError):
            client.consume("x.answer")


class ChatTests(ChannelTestCase):
    def setUp(self):
        get_user_model().objects.create_user(username="ann", password="secret")

    def test_a_conversation(self):
        ann, stranger = HttpClient(), HttpClient()
        self.assertTrue(ann.login(username="ann", password="secret"))
        for client, name in ((ann, "ann"), (stranger, "stranger")):
            client.send_and_consume("websocket.connect", path="/chat/lobby/")
            self.assertEqual(client.receive(json=False), "hello " + name)
        ann.send_and_consume("websocket.receive", text="good morning", path="/chat/lobby/")
        for client in (ann, stranger):
            self.assertEqual(client.receive(json=False), "good morning")
        ann.consume("chat.remember")
        line = Line.objects.get()
        self.assertEqual((line.room, line.text, line.who), ("lobby", "good morning", "ann"))
        stranger.send_and_consume("websocket.disconnect", path="/chat/lobby/")
        ann.send_and_consume("websocket.receive", text="anybody?", path="/chat/lobby/")
        self.assertIsNone(stranger.receive())

    def test_two_at_a_time(self):
        with apply_routes([route("websocket.receive", receive, path=r"^/(?P<room>\w+)")]):
            client = HttpClient()
            client.send("websocket.receive", {"text": "x", "path": "/lobby"})
            with self.assertRaises(KeyError):
                client.consume("websocket.receive")  # it has not connected, so there is no room in its session


class BoardTests(TransactionChannelTestCase):
    def test_a_class_with_groups(self):
        client, other = HttpClient(), HttpClient()
        client.send_and_consume("websocket.connect", path="/board/")
        other.send_and_consume("websocket.connect", path="/board/")
        client.send_and_consume("websocket.receive", text={"a": 1}, path="/board/")
        self.assertEqual(client.receive(), {"got": {"a": 1}})
        self.assertEqual(client.receive(), {"everybody": {"a": 1}})
        self.assertEqual(other.receive(), {"everybody": {"a": 1}})
        self.assertIsNone(other.receive())
