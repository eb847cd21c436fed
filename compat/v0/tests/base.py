"""Test cases with a channel layer of their own, and a client that sends to consumers without a server."""

import contextlib
import copy
import functools
import random
import string
import sys
import unittest
from typing import Any, Dict, Iterator, List, Optional, Sequence

from channels.layers import channel_layers as native_layers
from django.test import TestCase, TransactionTestCase

from compat.v2 import memory
from compat.v2.layers import SynchronousLayer

from ..asgi import DEFAULT_CHANNEL_LAYER, ChannelLayerWrapper, channel_layers, make_application
from ..channel import Group
from ..layers import ChannelLayer as InMemoryChannelLayer  # noqa: F401  (old code found it here)
from ..message import Message
from ..routing import Router, include

# What the layer in memory of 0.17 held of a channel.
_CAPACITY = 10


# --- test cases ----------------------------------------------------------------------------------


@contextlib.contextmanager
def _layer_in_memory(alias: str) -> Iterator[None]:
    """Put an empty layer with the same routing under ``alias``, for legacy and native code alike."""
    native = memory.InMemoryChannelLayer(capacity=_CAPACITY)
    layer = SynchronousLayer(native, make_application=lambda: make_application(wrapper))
    wrapper = ChannelLayerWrapper(layer, alias, copy.copy(channel_layers[alias].routing))
    before = channel_layers.set(alias, wrapper)
    before_native = native_layers.set(alias, native)
    try:
        yield
    finally:
        channel_layers.set(alias, before)
        if before_native is None:
            native_layers.backends.pop(alias, None)
        else:
            native_layers.set(alias, before_native)


def _next_message(channel: str, alias: str) -> Optional[Message]:
    layer = channel_layers[alias]
    name, content = layer.receive_many([channel])
    return None if name is None else Message(content, name, layer)


class ChannelTestCaseMixin:
    """For test cases of Django: each test has empty channel layers in memory, whatever the settings say. What is
    sent stays there until the test takes it.

    Attributes:
        test_channel_aliases: the layers that tests get anew.
    """

    test_channel_aliases: Sequence[str] = [DEFAULT_CHANNEL_LAYER]

    # Not in _pre_setup(), as in 0.17: newer versions of Django call that one on the class, and not before each test.
    def run(self, result: Optional[unittest.TestResult] = None) -> Any:
        case: Any = self
        if result is None:
            result = case.defaultTestResult()
        with contextlib.ExitStack() as stack:
            try:
                self._enter_layers(stack)
            except Exception:
                result.startTest(case)
                result.addError(case, sys.exc_info())
                result.stopTest(case)
                return result
            return super().run(result)  # type: ignore[misc]

    def debug(self) -> None:
        with contextlib.ExitStack() as stack:
            self._enter_layers(stack)
            super().debug()  # type: ignore[misc]

    def _enter_layers(self, stack: contextlib.ExitStack) -> None:
        for alias in self.test_channel_aliases:
            stack.enter_context(_layer_in_memory(alias))

    def get_next_message(
        self, channel: str, alias: str = DEFAULT_CHANNEL_LAYER, require: bool = False
    ) -> Optional[Message]:
        """Take the oldest message off ``channel``; None if there is none.

        Args:
            require: fail the test instead of returning None.
        """
        message = _next_message(channel, alias)
        if message is None and require:
            self.fail(f"Expected a message on channel {channel}, got none")  # type: ignore[attr-defined]
        return message


class ChannelTestCase(ChannelTestCaseMixin, TestCase):  # type: ignore[misc]
    """Django's TestCase with channel layers of its own."""


class TransactionChannelTestCase(ChannelTestCaseMixin, TransactionTestCase):  # type: ignore[misc]
    """Django's TransactionTestCase with channel layers of its own."""


# --- a client ------------------------------------------------------------------------------------


class Client:
    """Stands for one socket: sends messages with its reply channel, runs their consumers, takes their answers.

    Args:
        alias: the layer to use.
    """

    def __init__(self, alias: str = DEFAULT_CHANNEL_LAYER) -> None:
        self.reply_channel = alias + "".join(random.choice(string.ascii_letters) for _ in range(5))
        self.alias = alias

    @property
    def channel_layer(self) -> ChannelLayerWrapper:
        return channel_layers[self.alias]

    def get_next_message(self, channel: str) -> Optional[Message]:
        """Take the oldest message off ``channel``; None if there is none."""
        return _next_message(channel, self.alias)

    def send(self, to: str, content: Dict[Any, Any] = {}) -> None:  # noqa: B006 (0.17's signature; not changed)
        """Send a copy of ``content``, with our reply channel, to the channel ``to``."""
        content = copy.deepcopy(content)
        content.setdefault("reply_channel", self.reply_channel)
        self.channel_layer.send(to, content)

    def consume(self, channel: str, fail_on_none: bool = True) -> Any:
        """Run the consumer for the oldest message on ``channel``; returns what it returns.

        Raises:
            AssertionError: there is no message, or no consumer for it, unless ``fail_on_none`` is false.
            Whatever the consumer raises.
        """
        message = self.get_next_message(channel)
        match = message and self.channel_layer.router.match(message)
        if message and match:
            consumer, kwargs = match
            return consumer(message, **kwargs)
        if fail_on_none:
            raise AssertionError(
                f"Can't find consumer for message {message.content}" if message else f"No message for channel {channel}"
            )
        return None

    def send_and_consume(
        self, channel: str, content: Dict[Any, Any] = {}, fail_on_none: bool = True  # noqa: B006
    ) -> Any:
        """:meth:`send` and :meth:`consume`."""
        self.send(channel, content)
        return self.consume(channel, fail_on_none=fail_on_none)

    def receive(self) -> Any:
        """The content of the oldest message on our reply channel; None if there is none."""
        message = self.get_next_message(self.reply_channel)
        return message.content if message else None

    def join_group(self, group_name: str) -> None:
        """Make our reply channel a member of a group."""
        Group(group_name, alias=self.alias).add(self.reply_channel)


# --- routes --------------------------------------------------------------------------------------


class apply_routes:  # noqa: N801
    """Replaces the routing for the length of a ``with`` block, a test function, or each test of a class.

    Args:
        routes: a route, a list of routes, or a list of such lists.
        aliases: the layers whose routing is replaced.
    """

    def __init__(self, routes: Any, aliases: Sequence[str] = [DEFAULT_CHANNEL_LAYER]) -> None:
        self.routes = routes
        self._aliases = aliases
        self._replaced: List[Any] = []

    def enter(self) -> None:
        """Begin."""
        routes = list(self.routes) if isinstance(self.routes, (list, tuple)) else [self.routes]
        routes = [include(each) if isinstance(each, (list, tuple)) else each for each in routes]
        for alias in self._aliases:
            layer = channel_layers[alias]
            self._replaced.append((layer, layer.routing, layer.router))
            layer.routing, layer.router = routes, Router(routes)

    def __exit__(self, exc_type: Any = None, exc_val: Any = None, exc_tb: Any = None) -> None:
        """End."""
        while self._replaced:
            layer, layer.routing, layer.router = self._replaced.pop()

    __enter__ = enter
    exit = __exit__

    def __call__(self, test_func: Any) -> Any:
        if isinstance(test_func, type):
            return self._decorate_class(test_func)

        @functools.wraps(test_func)
        def inner(*args: Any, **kwargs: Any) -> Any:
            with self:
                return test_func(*args, **kwargs)

        return inner

    def _decorate_class(self, case: Any) -> Any:
        set_up, tear_down = case.setUp, case.tearDown

        def new_set_up(test: Any) -> None:
            self.enter()
            set_up(test)

        def new_tear_down(test: Any) -> None:
            self.exit()
            tear_down(test)

        case.setUp, case.tearDown = new_set_up, new_tear_down
        return case
