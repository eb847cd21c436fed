"""Models bound to groups and channels."""

from __future__ import annotations

import json
from typing import Any, Callable, Iterator

import pytest
from django.contrib.auth import get_user_model
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from support.accounts import accounts

from compat.v0.asgi import channel_layers
from compat.v0.binding import Binding
from compat.v0.binding.base import CREATE, DELETE, UPDATE, BindingMetaclass
from compat.v0.binding.websockets import WebsocketBinding, WebsocketBindingWithMembers
from compat.v0.message import Message


@pytest.fixture(autouse=True)
def _accounts() -> Iterator[None]:
    with accounts():
        yield


@pytest.fixture(autouse=True)
def _forget_bindings() -> Iterator[None]:
    signals = (pre_save, post_save, pre_delete, post_delete)
    before = [list(signal.receivers) for signal in signals]
    known, immediately = list(BindingMetaclass.binding_classes), BindingMetaclass.register_immediately
    yield
    BindingMetaclass.binding_classes[:] = known
    BindingMetaclass.register_immediately = immediately
    for signal, receivers in zip(signals, before):
        signal.receivers[:] = receivers
        signal.sender_receivers_cache.clear()


@pytest.fixture
def users() -> Any:
    return get_user_model().objects


def bind(*bases: Any, **body: Any) -> Any:
    """A binding of users: by default to the group that is their last name, or ``nobody``."""
    defaults = {
        "model": "auth.User",
        "fields": ["username"],
        "stream": "users",
        "group_names": classmethod(lambda cls, instance, action: [instance.last_name or "nobody"]),
        "has_permission": lambda self, user, action, pk: True,
    }
    return BindingMetaclass("UserBinding", bases or (WebsocketBinding,), {**defaults, **body})


def received(*groups: str) -> Callable[[], list[tuple[str, Any]]]:
    """Joins groups; call the result for what they got meanwhile: (group, payload)."""
    layer = channel_layers["default"]
    for group in groups:
        layer.group_add(group, "member." + group)

    def take() -> list[tuple[str, Any]]:
        found = []
        for group in groups:
            while True:
                name, content = layer.receive_many(["member." + group])
                if name is None:
                    break
                found.append((group, json.loads(content["text"])["payload"]))
        return found

    return take


def actions(found: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    return [(group, payload["action"]) for group, payload in found]


# --- definition ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"fields": ["username"]}, "You must set the model attribute on Binding"),
        ({"model": "auth.User"}, "You must set the fields attribute on Binding"),
    ],
)
def test_incomplete(body: dict[str, Any], says: str) -> None:
    abstract = BindingMetaclass("Abstract", (WebsocketBinding,), {"model": None})
    with pytest.raises(ValueError, match=says):
        BindingMetaclass("Incomplete", (abstract,), body)


def test_no_such_model() -> None:
    with pytest.raises(LookupError):
        bind(model="auth.Unicorn")


def test_model_by_name() -> None:
    binding = bind()
    assert (binding.model, binding.model_label) == (get_user_model(), "auth.user")
    assert binding.get_registered_models() == [get_user_model()]


def test_abstract_bindings_are_not_registered() -> None:
    for abstract in (Binding, WebsocketBinding, WebsocketBindingWithMembers):
        assert abstract.get_registered_models() == []
    assert Binding not in BindingMetaclass.binding_classes


def test_defined_before_the_models_are_loaded(users: Any) -> None:
    BindingMetaclass.register_immediately = False
    BindingMetaclass.binding_classes.clear()
    bind()
    take = received("nobody")
    users.create(username="early")
    assert take() == []
    BindingMetaclass.register_all()
    users.create(username="late")
    assert [payload["data"]["username"] for _, payload in take()] == ["late"]
    assert BindingMetaclass.register_immediately


def test_metaclass_derived_from_ours(users: Any) -> None:
    class Derived(BindingMetaclass):
        def __new__(cls, name: str, bases: Any, body: Any) -> Any:
            return super().__new__(cls, name, bases, {**body, "stream": "derived"})

    Derived("UserBinding", (bind(model=None),), {"model": "auth.User"})
    take = received("nobody")
    users.create(username="x")
    assert actions(take()) == [("nobody", "create")]


# --- outbound ------------------------------------------------------------------------------------


def test_what_goes_out(users: Any) -> None:
    bind(fields=["username", "last_login"])
    take = received("nobody")
    user = users.create(username="ann")
    pk = user.pk
    user.username = "bob"
    user.save()
    user.delete()
    assert take() == [
        ("nobody", {"action": action, "pk": pk, "data": {"username": name, "last_login": None}, "model": "auth.user"})
        for action, name in ((CREATE, "ann"), (UPDATE, "bob"), (DELETE, "bob"))
    ]


def test_all_fields(users: Any) -> None:
    bind(fields=["__all__"])
    take = received("nobody")
    users.create(username="ann")
    ((_, payload),) = take()
    assert {"username", "email", "is_staff", "groups"} <= payload["data"].keys()


def test_all_fields_as_a_tuple_is_none(users: Any) -> None:
    bind(fields=("__all__",))
    take = received("nobody")
    users.create(username="ann")
    ((_, payload),) = take()
    assert payload["data"] == {}


def test_moving_to_another_group(users: Any) -> None:
    # As the database has it, so before the change still the old one.
    def group_names(cls: Any, instance: Any, action: str) -> Any:
        return list(users.filter(pk=instance.pk).values_list("last_name", flat=True))

    bind(group_names=classmethod(group_names))
    take = received("a", "b", "c")
    user = users.create(username="ann", last_name="a")
    user.last_name = "b"
    user.save()
    user.delete()
    assert actions(take()) == [("a", "create"), ("a", "delete"), ("b", "create"), ("b", "delete")]


@pytest.mark.parametrize(
    "group_names",
    [
        lambda cls, instance, action: ["a"],
        lambda cls, instance, *more: ["a"],
        lambda cls, *args: ["a"],
        lambda cls, instance, **kwargs: ["a"],
        lambda cls, instance: ["a"],
    ],
    ids=["0.17", "some", "any", "named", "1.x"],
)
def test_groups_with_and_without_the_action(users: Any, group_names: Any) -> None:
    bind(group_names=classmethod(group_names))
    take = received("a")
    user = users.create(username="ann")
    user.save()
    user.delete()
    assert actions(take()) == [("a", "create"), ("a", "update"), ("a", "delete")]


def test_error_while_groups_are_named(users: Any) -> None:
    def group_names(cls: Any, instance: Any, action: str) -> Any:
        raise TypeError("of its own")

    bind(group_names=classmethod(group_names))
    with pytest.raises(TypeError, match="of its own"):
        users.create(username="ann")


def test_changed_group_that_only_the_instance_knows(users: Any) -> None:
    # As in 0.17: the instance is asked before it is saved, but after it was changed.
    bind()
    take = received("a", "b")
    user = users.create(username="ann", last_name="a")
    user.last_name = "b"
    user.save()
    assert actions(take()) == [("a", "create"), ("b", "update")]


def test_nothing_to_send(users: Any) -> None:
    bind(serialize=lambda self, instance, action: {})
    take = received("nobody")
    users.create(username="ann")
    assert take() == []


def test_no_stream(users: Any) -> None:
    bind(stream=None)
    with pytest.raises(AssertionError, match="has no stream"):
        users.create(username="ann")


def test_two_bindings_of_one_model(users: Any) -> None:
    bind()
    bind(group_names=classmethod(lambda cls, instance, action: ["everybody"]))
    take = received("nobody", "everybody")
    users.create(username="ann")
    assert actions(take()) == [("nobody", "create"), ("everybody", "create")]


def test_members(users: Any) -> None:
    bind(
        WebsocketBindingWithMembers,
        send_members=["get_full_name", "is_anonymous", "date_joined.year", "_state.adding"],
    )
    take = received("Lee")
    user = users.create(username="ann", first_name="Ann", last_name="Lee")
    ((_, payload),) = take()
    assert payload["data"] == {
        "username": "ann",
        "get_full_name": "Ann Lee",
        "is_anonymous": False,
        "date_joined__year": user.date_joined.year,
        "_state__adding": False,
    }


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("encode", ("stream", {})),
        ("group_names", (None, CREATE)),
        ("serialize", (None, CREATE)),
        ("deserialize", (None,)),
        ("has_permission", (None, CREATE, None)),
        ("create", ({},)),
        ("update", (1, {})),
    ],
)
def test_what_a_protocol_must_say(method: str, arguments: Any) -> None:
    with pytest.raises(NotImplementedError):
        getattr(Binding(), method)(*arguments)


# --- inbound -------------------------------------------------------------------------------------


def send_in(binding: Any, reply_channel: str = "reply", **content: Any) -> None:
    content["reply_channel"] = reply_channel
    binding.consumer(Message(content, "binding.users", channel_layers["default"]))


def test_create(users: Any) -> None:
    send_in(bind(), action="create", data={"username": "ann", "email": "a@example.com"})
    assert list(users.values_list("username", "email")) == [("ann", "a@example.com")]


@pytest.mark.parametrize(
    ("fields", "email"), [(["username"], ""), (["username", "email"], "a@x.org"), (["__all__"], "a@x.org")]
)
def test_update_is_limited_to_the_fields(fields: list[str], email: str, users: Any) -> None:
    pk = users.create(username="ann").pk
    send_in(bind(fields=fields), action="update", pk=pk, data={"username": "bob", "email": "a@x.org"})
    assert list(users.values_list("username", "email")) == [("bob", email)]


def test_delete(users: Any) -> None:
    kept, gone = users.create(username="kept"), users.create(username="gone")
    binding = bind()
    for pk in (gone.pk, 999):
        send_in(binding, action="delete", pk=pk)
    assert list(users.all()) == [kept]


def test_permission(users: Any) -> None:
    asked = []

    def has_permission(self: Any, user: Any, action: str, pk: Any) -> bool:
        asked.append((user.is_anonymous, action, pk))
        return False

    pk = users.create(username="ann").pk
    binding = bind(has_permission=has_permission)
    send_in(binding, action="create", data={"username": "bob"})
    send_in(binding, action="update", pk=pk, data={"username": "bob"})
    send_in(binding, action="delete", pk=pk)
    assert list(users.values_list("username")) == [("ann",)]
    assert asked == [(True, "create", None), (True, "update", pk), (True, "delete", pk)]


def test_unknown_action() -> None:
    with pytest.raises(ValueError, match="Bad action 'rename'"):
        send_in(bind(), action="rename")


@pytest.mark.parametrize(
    ("flags", "has_session", "has_user"),
    [
        ({}, True, True),
        ({"channel_session_user": False}, False, False),
        ({"channel_session_user": False, "channel_session": True}, True, False),
    ],
)
def test_session_and_user(flags: dict[str, bool], has_session: bool, has_user: bool) -> None:
    seen = []
    deserialize = WebsocketBinding.deserialize

    def look(self: Any, message: Message) -> Any:
        seen.append((hasattr(message, "channel_session"), hasattr(message, "user")))
        return deserialize(self, message)

    send_in(bind(deserialize=look, **flags), action="delete", pk=1)
    assert seen == [(has_session, has_user)]


@pytest.mark.parametrize(("flag", "run"), [("strict_ordering", []), ("slight_ordering", [])])
def test_order(flag: str, run: list[int], users: Any) -> None:
    send_in(bind(**{flag: True}), order=2, action="create", data={"username": "ann"})
    assert list(users.all()) == run
