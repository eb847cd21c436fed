"""Tables of calls: each is made inside a consumer, its outcome goes back to the client as data."""
import datetime
import decimal
import uuid

from channels import Channel, Group, channel_layers
from values import dumps, pack

from proj import consumers

LETTER = u"\xe9"


def answer(message, table):
    """The text names what makes channel names unique, so that no run meets another's leftovers."""
    result = TABLES[table](message, message["text"])
    message.reply_channel.send({"text": dumps(result)})


def outcome(call, *args):
    """What came of a call: its type of error and the words, or what it returned."""
    try:
        return {"returned": pack(call(*args))}
    except Exception as error:
        return {"raised": type(error).__name__, "says": str(error)}


def table(rows):
    return [dict(outcome(*call), call=label) for label, call in rows]


# -- what may be sent --------------------------------------------------------------------------------------

def not_dicts(message, unique):
    channel, group = Channel("calls.%s" % unique), Group("calls.%s" % unique)
    values = [None, 5, "text", b"bytes", [], [("text", "x")], (), True]
    return table(
        [("Channel.send(%r)" % (value,), (channel.send, value)) for value in values]
        + [("Group.send(%r)" % (value,), (group.send, value)) for value in values]
        + [("Channel.send()", (channel.send,)), ("Group.send()", (group.send,))]
    )


class Thing(object):
    def __str__(self):
        return "a thing"


def odd_values(message, unique):
    values = [
        ("date", datetime.date(2017, 1, 2)),
        ("datetime", datetime.datetime(2017, 1, 2, 3, 4)),
        ("decimal", decimal.Decimal("1.5")),
        ("uuid", uuid.UUID(int=5)),
        ("set", {1}),
        ("object", Thing()),
        ("in a list", [Thing()]),
        ("2**64", 2 ** 64),
        ("2**64 - 1", 2 ** 64 - 1),
        ("-2**63", -2 ** 63),
        ("float", 1.5),
        ("None", None),
        ("bytes", b"\xff"),
        ("dict with int key", {1: 2}),
    ]
    return table([
        (label, (Channel("calls.%s.%s" % (number, unique)).send, {"value": value}))
        for number, (label, value) in enumerate(values)
    ])


def odd_values_to_group(message, unique):
    """Group.send serialises once per member, so the group needs one."""
    group = Group("calls.%s" % unique)
    group.add("calls.%s" % unique)
    values = [("datetime", datetime.datetime(2017, 1, 2, 3, 4)), ("set", {1}), ("2**64", 2 ** 64), ("int", 5)]
    return table([(label, (group.send, {"value": value})) for label, value in values])


# -- names -------------------------------------------------------------------------------------------------

CHANNEL_NAMES = [
    "a", "a b", "", LETTER, "a:b", "a/b", "a!b!c", "a!b", "a?b", "a-b_c.D9", "a!" + LETTER, "abc\n", "a!", "a?",
    "!a", "x" * 100, "x" * 101, "a\nb", "a!b?c", ".", 5, None, b"bytes", ["a"],
]
GROUP_NAMES = ["a", "a b", "", LETTER, "a:b", "a!b", "a-b_c.D9", "ok\n", "x" * 100, "x" * 101, 5, None, b"bytes"]


def shown(name):
    return repr(name) if not isinstance(name, str) or len(name) < 20 else "%r * %d" % (name[0], len(name))


def channel_names(message, unique):
    return table([
        ("Channel(%s).send" % shown(name), (lambda name: Channel(name).send({"unique": unique}), name))
        for name in CHANNEL_NAMES
    ])


def group_names(message, unique):
    rows = []
    for name in GROUP_NAMES:
        rows.append(("Group(%s).add" % shown(name), (lambda name: Group(name).add("calls.member"), name)))
        rows.append(("Group(%s).send" % shown(name), (lambda name: Group(name).send({"text": "x"}), name)))
        rows.append(("Group(%s).discard" % shown(name), (lambda name: Group(name).discard("calls.member"), name)))
    return table(rows)


def member_names(message, unique):
    group = Group("calls.members.%s" % unique)
    members = ["plainname", "bad name", "", b"bytes", 5, None, "x" * 101, Channel("fine"), Channel("bad name")]
    rows = []
    for member in members:
        label = shown(member) if not isinstance(member, Channel) else "Channel(%r)" % member.name
        rows.append(("Group.add(%s)" % label, (group.add, member)))
        rows.append(("Group.discard(%s)" % label, (group.discard, member)))
    return table(rows)


def constructors(message, unique):
    def name_of(kind, name):
        made = kind(name).name
        return [type(made).__name__, made]

    names = ["a b", b"abc", b"\xe9", 5, None, ""]
    return table(
        [("Channel(%r).name" % (name,), (name_of, Channel, name)) for name in names]
        + [("Group(%r).name" % (name,), (name_of, Group, name)) for name in names]
        + [
            ("str(Channel('abc'))", (str, Channel("abc"))),
            ("Channel('a') == Channel('a')", (lambda: Channel("a") == Channel("a"),)),
            ("Channel('a', 'nolayer')", (Channel, "a", "nolayer")),
            ("Channel('a', alias='default').name", (lambda: Channel("a", alias="default").name,)),
            ("Channel(name='a', channel_layer=layer)",
             (lambda: Channel(name="a", channel_layer=message.channel_layer).channel_layer is message.channel_layer,)),
            ("Channel('a').channel_layer", (lambda: Channel("a").channel_layer is channel_layers["default"],)),
            ("Group('a').channel_layer", (lambda: Group("a").channel_layer is channel_layers["default"],)),
            ("'default' in channel_layers", (lambda: "default" in channel_layers,)),
            ("'nolayer' in channel_layers", (lambda: "nolayer" in channel_layers,)),
        ]
    )


def harmless(message, unique):
    group = Group("calls.harmless.%s" % unique)
    return table([
        ("discard of a channel never added", (group.discard, "nobody")),
        ("discard of the reply channel never added", (group.discard, message.reply_channel)),
        ("send to an empty group", (group.send, {"text": "x"})),
        ("add", (group.add, message.reply_channel)),
        ("add again", (group.add, message.reply_channel)),
        ("discard", (group.discard, message.reply_channel)),
        ("discard again", (group.discard, message.reply_channel)),
        ("send to a channel that nobody routes", (Channel("calls.nobody.%s" % unique).send, {"text": "x"})),
        ("send an empty dict", (Channel("calls.nobody.%s" % unique).send, {})),
    ])


# -- capacity ----------------------------------------------------------------------------------------------

def full_channel(message, unique):
    """How many messages a channel takes that nobody reads, and what the next one says."""
    layer = message.channel_layer
    channel = Channel("calls.full.%s" % unique)
    for sent in range(300):
        try:
            channel.send({"number": sent})
        except layer.ChannelFull as error:
            return {
                "sent": sent,
                "raised": type(error).__name__,
                "says": str(error).replace(unique, "<unique>"),
                "is Exception": isinstance(error, Exception),
            }
    return {"sent": 300}


def full_group(message, unique):
    """A group drops what its full member cannot take, without a word."""
    group = Group("calls.full.%s" % unique)
    group.add("calls.fullmember.%s" % unique)
    rows = table([("150 sends", (lambda: [group.send({"number": n}) for n in range(150)] and None,))])
    rows += [dict(outcome(Channel("calls.fullmember.%s" % unique).send, {"number": 151}), call="one more")]
    for row in rows:
        row["says"] = row.get("says", "").replace(unique, "<unique>")
    return rows


def layer_defaults(message, unique):
    layer = message.channel_layer
    return {
        "type": type(layer).__name__,
        "capacity": layer.capacity,
        "expiry": layer.expiry,
        "group_expiry": layer.group_expiry,
        "alias": layer.alias,
        "extensions": sorted(layer.extensions),
        "router": type(layer.router).__name__,
        "is channel_layers['default']": layer is channel_layers["default"],
    }


# -- the message itself ------------------------------------------------------------------------------------

def message_api(message, unique):
    copied = message.copy()
    copied["extra"] = {"deep": []}
    twice = copied.copy()
    twice["extra"]["deep"].append(1)

    def assign():
        message["mine"] = 5
        return [message["mine"], message.content["mine"]]

    def lookup(key):
        return message[key]

    return table([
        ("vars", (lambda: sorted(vars(message)),)),
        ("message['text']", (lambda: message["text"] == unique,)),
        ("message['missing']", (lookup, "missing")),
        ("message.get('missing')", (message.get, "missing")),
        ("message.get('missing', 5)", (message.get, "missing", 5)),
        ("message.get('order')", (message.get, "order")),
        ("'text' in message", (lambda: "text" in message,)),
        ("'bytes' in message", (lambda: "bytes" in message,)),
        ("sorted(message.keys())", (lambda: sorted(message.keys()),)),
        ("len(message.values())", (lambda: len(message.values()),)),
        ("items", (lambda: dict(message.items()) == message.content,)),
        ("copy is a Message", (lambda: type(copied) is type(message),)),
        ("copy's content is its own", (lambda: copied.content is not message.content and "extra" not in message,)),
        ("copy is deep", (lambda: copied["extra"],)),
        ("copy's channel", (lambda: [copied.channel.name, copied.reply_channel.name == message.reply_channel.name],)),
        ("assignment", (assign,)),
        ("reply channel equals another of its name",
         (lambda: message.reply_channel == Channel(message.reply_channel.name),)),
        ("str(message.reply_channel)", (lambda: str(message.reply_channel) == message["reply_channel"],)),
        ("str(message.channel)", (lambda: str(message.channel),)),
        ("len(message)", (lambda: len(message),)),
    ])


def same_object(message, unique):
    content = {"key": unique, "nested": {"list": []}}
    consumers.LAST[unique] = content
    Channel("custom.same").send(content)
    return "sent"


TABLES = {
    function.__name__: function
    for function in [
        not_dicts, odd_values, odd_values_to_group, channel_names, group_names, member_names, constructors,
        harmless, full_channel, full_group, layer_defaults, message_api, same_object,
    ]
}
