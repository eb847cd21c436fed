"""What binds a model: its changes go out to groups, and messages that come in change it."""

import inspect
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Set, Tuple, Type, Union

from django.apps import apps
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save

from ..auth import channel_session_user
from ..channel import Group
from ..message import Message
from ..sessions import channel_session

CREATE = "create"
UPDATE = "update"
DELETE = "delete"


class BindingMetaclass(type):
    """Keeps a list of all bindings; connects them to their models' signals once all models are loaded.

    Attributes:
        register_immediately: whether that time has come.
        binding_classes: all bindings.
    """

    register_immediately = False
    binding_classes: "List[Type[Binding]]" = []

    def __new__(cls, name: str, bases: Tuple[type, ...], body: Dict[str, Any]) -> Any:
        binding: Any = super().__new__(cls, name, bases, body)
        if any(isinstance(base, BindingMetaclass) for base in bases):
            cls.binding_classes.append(binding)
            if cls.register_immediately:
                binding.register()
        return binding

    @classmethod
    def register_all(cls) -> None:
        """All models are loaded: connect every binding, and those to come as soon as they are defined.

        Raises:
            ValueError: a binding has no ``model`` or no ``fields``.
            LookupError: there is no such model.
        """
        for binding in cls.binding_classes:
            binding.register()
        BindingMetaclass.register_immediately = True


class Binding(metaclass=BindingMetaclass):
    """A model bound in both directions. Outbound, every change goes to the groups that ``group_names`` names, as
    ``encode`` and ``serialize`` write it. Inbound, :meth:`consumer` takes messages, ``deserialize`` reads them, and
    what ``has_permission`` allows is done.

    Attributes:
        model: the model, or its name (``"app.Model"``); None makes an abstract class.
        fields: the names of the fields that go out and may be changed; ``["__all__"]`` for all.
        stream: what a client knows the model as.
        channel_session_user, channel_session: whether ``message.user`` and ``message.channel_session`` are there
            for inbound messages.
    """

    model: Any = None
    fields: Optional[Sequence[str]] = None
    stream: Optional[str] = None
    channel_session_user = True
    channel_session = False

    model_label: str
    instance: Any
    message: Message
    action: Any
    pk: Any
    data: Any
    user: Any

    @classmethod
    def register(cls) -> None:
        """Listen to the changes of the model. Raises as :meth:`get_registered_models`."""
        for model in cls.get_registered_models():
            pre_save.connect(cls.pre_save_receiver, sender=model)
            post_save.connect(cls.post_save_receiver, sender=model)
            pre_delete.connect(cls.pre_delete_receiver, sender=model)
            post_delete.connect(cls.post_delete_receiver, sender=model)

    @classmethod
    def get_registered_models(cls) -> List[Any]:
        """The model, as a list; empty for an abstract class.

        Raises:
            ValueError: ``model`` or ``fields`` is not set.
            LookupError: there is no such model.
        """
        if cls.model is None:
            # Set to None by this very class, it means "abstract"; inherited, that it was forgotten.
            if "model" in cls.__dict__:
                return []
            raise ValueError(f"You must set the model attribute on Binding {cls!r}!")
        if cls.fields is None:
            raise ValueError(f"You must set the fields attribute on Binding {cls!r}!")
        if isinstance(cls.model, str):
            cls.model = apps.get_model(cls.model)
        cls.model_label = cls.model._meta.label_lower
        return [cls.model]

    # --- outbound ---

    @classmethod
    def encode(cls, stream: Optional[str], payload: Any) -> Dict[str, Any]:
        """The message for the groups."""
        raise NotImplementedError

    @classmethod
    def pre_save_receiver(cls, instance: Any, **kwargs: Any) -> None:
        """The model's signal."""
        cls.pre_change_receiver(instance, CREATE if instance.pk is None else UPDATE)

    @classmethod
    def post_save_receiver(cls, instance: Any, created: bool, **kwargs: Any) -> None:
        """The model's signal."""
        cls.post_change_receiver(instance, CREATE if created else UPDATE)

    @classmethod
    def pre_delete_receiver(cls, instance: Any, **kwargs: Any) -> None:
        """The model's signal."""
        cls.pre_change_receiver(instance, DELETE)

    @classmethod
    def post_delete_receiver(cls, instance: Any, **kwargs: Any) -> None:
        """The model's signal."""
        cls.post_change_receiver(instance, DELETE)

    @classmethod
    def pre_change_receiver(cls, instance: Any, action: str) -> None:
        """Remember which groups know the instance, before it changes."""
        names = set() if action == CREATE else cls._names_of_groups(instance, action)
        instance.__dict__.setdefault("_binding_group_names", {})[cls] = names

    @classmethod
    def post_change_receiver(cls, instance: Any, action: str) -> None:
        """Tell the groups what the change is to them: an instance that moves from one group to another is deleted
        in the one and created in the other."""
        before: Set[str] = instance._binding_group_names[cls]
        after = set() if action == DELETE else cls._names_of_groups(instance, action)
        binding = cls()
        binding.instance = instance
        for names, change in ((before - after, DELETE), (before & after, UPDATE), (after - before, CREATE)):
            binding.send_messages(instance, names, change)

    @classmethod
    def _names_of_groups(cls, instance: Any, action: str) -> Set[str]:
        # Packages that ran on 0.17 and on channels 1.x may have it as 1.x calls it: without the action.
        try:
            inspect.signature(cls.group_names).bind(instance, action)
        except TypeError:
            return set(cls.group_names(instance))  # type: ignore[call-arg]
        return set(cls.group_names(instance, action))

    def send_messages(self, instance: Any, group_names: Iterable[str], action: str) -> None:
        """Send the instance to groups. Nothing is sent if :meth:`serialize` returns ``{}``.

        Raises:
            AssertionError: ``stream`` is not set.
        """
        if not group_names:
            return
        payload = self.serialize(instance, action)
        if payload == {}:
            return
        assert self.stream is not None, f"Binding {type(self).__name__} has no stream"
        message = self.encode(self.stream, payload)
        for name in group_names:
            Group(name).send(message)

    @classmethod
    def group_names(cls, instance: Any, action: str) -> Iterable[str]:
        """The groups that are to know of the instance."""
        raise NotImplementedError

    def serialize(self, instance: Any, action: str) -> Any:
        """What goes out of the instance."""
        raise NotImplementedError

    # --- inbound ---

    @classmethod
    def trigger_inbound(cls, message: Message, **kwargs: Any) -> None:
        """Do what the message asks for, if its user may."""
        from django.contrib.auth.models import AnonymousUser  # models: not before all apps are loaded

        self = cls()
        self.message = message
        self.action, self.pk, self.data = self.deserialize(message)
        self.user = getattr(message, "user", None) or AnonymousUser()
        self.run_action(self.action, self.pk, self.data)

    @classmethod
    def get_handler(cls) -> Callable[..., Any]:
        """:meth:`trigger_inbound`, with the session and user that the class asks for."""
        if cls.channel_session_user:
            return channel_session_user(cls.trigger_inbound)
        if cls.channel_session:
            return channel_session(cls.trigger_inbound)
        return cls.trigger_inbound

    @classmethod
    def consumer(cls, message: Message, **kwargs: Any) -> None:
        """The consumer for the channel on which changes come in."""
        cls.get_handler()(message, **kwargs)

    def deserialize(self, message: Message) -> Tuple[Any, Any, Any]:
        """(action, pk, data) of an inbound message; no pk to create, no data to delete."""
        raise NotImplementedError

    def has_permission(self, user: Any, action: str, pk: Any) -> bool:
        """Whether ``user`` (maybe an AnonymousUser) may do ``action`` (create, update or delete) to ``pk``."""
        raise NotImplementedError

    def run_action(self, action: Union[str, Any], pk: Any, data: Any) -> None:
        """Do it, if the user may.

        Raises:
            ValueError: there is no such action.
        """
        if not self.has_permission(self.user, action, pk):
            return
        if action == CREATE:
            self.create(data)
        elif action == UPDATE:
            self.update(pk, data)
        elif action == DELETE:
            self.delete(pk)
        else:
            raise ValueError(f"Bad action {action!r}")

    def create(self, data: Any) -> None:
        """Make an instance."""
        raise NotImplementedError

    def update(self, pk: Any, data: Any) -> None:
        """Change an instance."""
        raise NotImplementedError

    def delete(self, pk: Any) -> None:
        """Delete an instance; no error if there is none."""
        self.model.objects.filter(pk=pk).delete()
