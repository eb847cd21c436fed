"""Who comes, by the browser's session; and a class that keeps something while it handles one message."""
from channels.generic.websockets import WebsocketConsumer
from channels.sessions import http_session
from observing import observe


@http_session
def visits_connect(message):
    if not message.http_session:
        message.reply_channel.send({"text": "nobody"})
        observe("connect", session=False)
        return
    message.reply_channel.send({"text": "visit %s" % message.http_session.get("visits")})
    observe("connect", session=True, known="name" in message.http_session)


def visits_disconnect(message):
    observe("disconnect")


class Words(WebsocketConsumer):
    def connection_groups(self, **kwargs):
        return ["words-%s" % kwargs["room"]]

    def raw_connect(self, message, **kwargs):
        super(Words, self).raw_connect(message, **kwargs)
        observe("connect", room=kwargs["room"])

    def raw_receive(self, message, **kwargs):
        if "text" in message:
            super(Words, self).raw_receive(message, **kwargs)
        else:
            self.send(text="text, please")

    def receive(self, text=None, bytes=None, **kwargs):
        self.words = text.split()
        self.answer()

    def answer(self):
        if len(self.words) > 1:
            for group in self.connection_groups(**self.kwargs):
                Words.group_send(group, text="%d words" % len(self.words))
        else:
            self.send(text="one word")

    def disconnect(self, message, **kwargs):
        observe("disconnect")


VISITS = {
    "websocket.connect": visits_connect,
    "websocket.disconnect": "proj.visits.visits_disconnect",
}
