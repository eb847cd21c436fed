"""Bindings in the style of channels 0.17."""
import accounts
from channels.binding.base import Binding
from channels.binding.websockets import WebsocketBinding, WebsocketBindingWithMembers
from observing import observe

from proj.models import Item


class Permitted(WebsocketBinding):
    """What all bindings here share."""

    model = None

    def has_permission(self, user, action, pk):
        observe("permission", binding=type(self).__name__, user=accounts.shown(user), action=action, pk=pk)
        return user.is_authenticated


class ItemBinding(Permitted):
    model = Item
    stream = "items"
    fields = ["name", "number"]

    @classmethod
    def group_names(cls, instance, action):
        observe("group names", action=action, pk=instance.pk)
        return ["items.%s" % instance.board]


class MovingBinding(WebsocketBindingWithMembers, Permitted):
    """Its groups are those of the database, so that an item can move from one to another."""

    model = "proj.Item"
    stream = "members"
    fields = ["__all__"]
    send_members = ["unit", "double", "shout", "name.title", "_meta.label_lower"]

    @classmethod
    def group_names(cls, instance, action):
        return ["members.%s" % board for board in Item.objects.filter(pk=instance.pk).values_list("board", flat=True)]


class LabelBinding(Permitted):
    """Its model by name, its groups several."""

    model = "proj.Label"
    stream = "labels"
    fields = ["__all__"]
    channel_session_user = False
    channel_session = True

    def has_permission(self, user, action, pk):
        super(LabelBinding, self).has_permission(user, action, pk)
        observe("session", there=hasattr(self.message, "channel_session"))
        return True

    @classmethod
    def group_names(cls, instance, action):
        return {"labels.%s" % instance.item.board, "all-labels.%s" % instance.item.board}


class TupleBinding(Permitted):
    """`fields` as a tuple: 0.17 took "__all__" for the name of a field then."""

    model = "proj.Label"
    stream = "tuples"
    fields = ("__all__",)
    channel_session_user = False

    @classmethod
    def group_names(cls, instance, action):
        return ["tuples.%s" % instance.item.board]


class OrderedBinding(Permitted):
    """Inbound only, in order."""

    model = "proj.Secret"
    stream = "ordered"
    fields = ["word"]
    strict_ordering = True

    @classmethod
    def group_names(cls, instance, action):
        return []


class SecretBinding(WebsocketBinding):
    """What goes out is up to serialize."""

    model = "proj.Secret"
    stream = "secrets"
    fields = ["word"]

    @classmethod
    def group_names(cls, instance, action):
        return ["secrets.%s" % instance.board]

    def serialize(self, instance, action):
        if instance.word == "quiet":
            return {}
        return super(SecretBinding, self).serialize(instance, action)

    def serialize_data(self, instance):
        return {"letters": len(instance.word), "same": self.instance is instance}


class PlainBinding(Binding):
    """Without WebsocketBinding: all is its own."""

    model = "proj.Secret"
    fields = []
    stream = "plain"

    @classmethod
    def encode(cls, stream, payload):
        return {"text": "%s: %s" % (stream, payload)}

    @classmethod
    def group_names(cls, instance, action):
        return ["plain.%s" % instance.board]

    def serialize(self, instance, action):
        return "%s %s" % (action, instance.word)

    def deserialize(self, message):
        return message["do"], message.get("which"), message.get("with")

    def has_permission(self, user, action, pk):
        observe("permission", binding="PlainBinding", action=action, pk=pk)
        return True

    def create(self, data):
        self.model.objects.create(**data)

    def update(self, pk, data):
        self.model.objects.filter(pk=pk).update(**data)


def late_binding():
    """A binding that is defined when models have long been loaded works at once."""
    class LateBinding(WebsocketBinding):
        model = "proj.Secret"
        stream = "late"
        fields = ["word"]

        @classmethod
        def group_names(cls, instance, action):
            return ["late.%s" % instance.board] if instance.word == "late" else []
    return LateBinding
