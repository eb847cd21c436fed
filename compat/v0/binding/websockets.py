"""Bindings that speak JSON over the streams of a WebsocketDemultiplexer."""

import json
from typing import Any, Callable, Dict, List, Optional, Tuple

from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder

from ..generic.websockets import WebsocketDemultiplexer
from ..message import Message
from ..sessions import enforce_ordering
from .base import Binding


class WebsocketBinding(Binding):
    """A binding whose clients get ``{"action", "pk", "data", "model"}`` on its stream, and send the like. Say at
    least ``group_names``, and ``has_permission`` if clients may change anything.

    Attributes:
        strict_ordering, slight_ordering: see :func:`~compat.v0.sessions.enforce_ordering`; for inbound messages.
    """

    model = None
    stream: Optional[str] = None
    strict_ordering = False
    slight_ordering = False

    @classmethod
    def _has_all_fields(cls) -> bool:
        # A tuple names a field "__all__", which no model has: in 0.17 nothing went out then.
        return cls.fields == ["__all__"]

    # --- outbound ---

    @classmethod
    def encode(cls, stream: Optional[str], payload: Any) -> Dict[str, Any]:
        return WebsocketDemultiplexer.encode(stream, payload)

    def serialize(self, instance: Any, action: str) -> Any:
        """The payload for the clients; override :meth:`serialize_data` to change what it holds of the instance."""
        return {
            "action": action,
            "pk": instance.pk,
            "data": self.serialize_data(instance),
            "model": self.model_label,
        }

    def serialize_data(self, instance: Any) -> Dict[str, Any]:
        """The instance's fields as JSON has them."""
        fields = None if self._has_all_fields() else self.fields
        (serialized,) = json.loads(serializers.serialize("json", [instance], fields=fields))
        return serialized["fields"]  # type: ignore[no-any-return]

    # --- inbound ---

    @classmethod
    def get_handler(cls) -> Callable[..., Any]:
        handler = super().get_handler()
        if cls.strict_ordering or cls.slight_ordering:
            return enforce_ordering(handler, slight=not cls.strict_ordering)  # type: ignore[no-any-return]
        return handler

    def deserialize(self, message: Message) -> Tuple[Any, Any, Any]:
        """What the demultiplexer has taken out of the frame.

        Raises:
            KeyError: it has no ``action``.
        """
        return message["action"], message.get("pk"), message.get("data")

    def _hydrate(self, pk: Any, data: Dict[str, Any]) -> Any:
        description = {"pk": pk, "model": self.model_label, "fields": data}
        (deserialized,) = serializers.deserialize("json", json.dumps([description]))
        return deserialized

    def create(self, data: Dict[str, Any]) -> None:
        """Make an instance of ``data``. As in 0.17, ``fields`` does not limit what it may hold."""
        self._hydrate(None, data).save()

    def update(self, pk: Any, data: Dict[str, Any]) -> None:
        """Change those fields of the instance that ``fields`` allows.

        Raises:
            DoesNotExist: there is no such instance.
        """
        instance = self.model.objects.get(pk=pk)  # type: ignore[attr-defined]
        wanted = self._hydrate(pk, data).object
        for name in data:
            if self._has_all_fields() or name in (self.fields or ()):
                setattr(instance, name, getattr(wanted, name))
        instance.save()


class WebsocketBindingWithMembers(WebsocketBinding):
    """As WebsocketBinding, with more than fields in what goes out.

    Attributes:
        send_members: names of the model's attributes, properties and methods without arguments. Dots reach
            further (``"author.name"``) and become ``__`` in the data.
        encoder: encodes their values.
    """

    model = None
    send_members: List[str] = []
    encoder: json.JSONEncoder = DjangoJSONEncoder()

    def serialize_data(self, instance: Any) -> Dict[str, Any]:
        data = super().serialize_data(instance)
        members = {}
        for path in self.send_members:
            value = instance
            for name in path.split("."):
                value = getattr(value, name)
            members[path.replace(".", "__")] = value() if callable(value) else value
        data.update(json.loads(self.encoder.encode(members)))
        return data


__all__ = ["WebsocketBinding", "WebsocketBindingWithMembers"]
