"""Class-based consumers."""
from channels import Channel, Group
from channels.generic import BaseConsumer
from channels.generic.websockets import JsonWebsocketConsumer, WebsocketConsumer
from observing import observe


class Talk(WebsocketConsumer):
    """The usual shape: groups by room, answers, broadcasts."""

    greeting = "hello"

    def connection_groups(self, **kwargs):
        observe("groups", kwargs=kwargs)
        return ["talk-%s" % kwargs["room"]]

    def connect(self, message, **kwargs):
        observe(
            "connect",
            kwargs=kwargs,
            self_kwargs=self.kwargs,
            path=self.path,
            is_message=self.message is message,
            handlers=sorted(self.method_mapping.items()),
            channel_names=sorted(self.channel_names()),
        )
        self.send(text=self.greeting)

    def receive(self, text=None, bytes=None, **kwargs):
        observe("receive", text=text, bytes=bytes, kwargs=kwargs, same_object=hasattr(self, "seen"))
        self.seen = True
        if text == "all":
            self.group_send("talk-%s" % kwargs["room"], text="to all")
        elif text == "all and close":
            self.group_send("talk-%s" % kwargs["room"], bytes=b"\x01\xff", close=True)
        elif text == "close":
            self.close()
        elif text == "last words":
            self.send(text="bye", close=True)
        elif text == "nothing":
            try:
                self.send()
            except ValueError as error:
                self.send(text="ValueError: %s" % error)
        elif text == "nothing to group":
            try:
                self.group_send("talk-%s" % kwargs["room"])
            except ValueError as error:
                self.send(text="ValueError: %s" % error)
        elif text == "both":
            self.send(text="text wins", bytes=b"lost")
        elif bytes is not None:
            self.send(bytes=bytes[::-1])
        else:
            self.send(text=text.upper())

    def disconnect(self, message, **kwargs):
        # raw_disconnect has taken us out of the group by now
        Group("talk-%s" % kwargs["room"]).send({"text": "one left"})
        observe("disconnect", kwargs=kwargs, code=message["code"])


class Raw(WebsocketConsumer):
    """The raw_ methods, overridden."""

    groups = ["raw"]

    def raw_connect(self, message, **kwargs):
        super(Raw, self).raw_connect(message, **kwargs)
        observe("connect", content_path=message["path"])

    def raw_receive(self, message, **kwargs):
        observe("raw_receive", keys=sorted(message.content))
        super(Raw, self).raw_receive(message, **kwargs)

    def receive(self, text=None, bytes=None, **kwargs):
        Raw.group_send("raw", text="raw %s" % text)

    def raw_disconnect(self, message, **kwargs):
        super(Raw, self).raw_disconnect(message, **kwargs)
        observe("disconnect", code=message["code"])


class Json(JsonWebsocketConsumer):
    def connection_groups(self, slug, **kwargs):
        return ["json-%s" % slug]

    def connect(self, message, slug):
        observe("connect", slug=slug)
        self.send({"welcome": [slug, None, 1.5]})

    def receive(self, content, slug=None, **kwargs):
        observe("receive", content=content, slug=slug)
        if content == "close":
            self.send({"last": True}, close=True)
        elif isinstance(content, dict) and "sink" in content:
            Channel(content["sink"]).send({"word": content["word"]})
        elif isinstance(content, dict) and "all" in content:
            self.group_send("json-%s" % slug, content["all"])
        else:
            self.send({"you said": content})

    def disconnect(self, message, **kwargs):
        observe("disconnect", code=message["code"])


class Dotted(WebsocketConsumer):
    """Overrides nothing but what it needs, to see the defaults."""

    def raw_disconnect(self, message, **kwargs):
        super(Dotted, self).raw_disconnect(message, **kwargs)
        observe("disconnect", code=message["code"])

    def connect(self, message, **kwargs):
        observe("connect", groups=self.connection_groups(), kwargs=self.kwargs)
        self.send(text="here")


class Ordered(WebsocketConsumer):
    """A BaseConsumer attribute set by many projects; it needs no session."""

    http_user = False
    strict_ordering = False
    slight_ordering = False
    channel_session = False

    def connect(self, message, **kwargs):
        observe("connect")

    def receive(self, text=None, bytes=None, **kwargs):
        self.send(text=self.message.channel.name + " " + text)

    def disconnect(self, message, **kwargs):
        observe("disconnect", code=message["code"])


class Sink(BaseConsumer):
    """Custom channels in a class."""

    method_mapping = {"sink.one": "one", "sink.two": "two"}

    def one(self, message, **kwargs):
        observe("sink", method="one", word=message["word"])

    def two(self, message, **kwargs):
        observe("sink", method="two", word=message["word"])
