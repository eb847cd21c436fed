"""The synchronous channel layer of channels 0.17 on top of an asynchronous one of channels >= 2."""

import asyncio
import copy
import logging
import secrets
import string
import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, Optional, Sequence, Set, Tuple

from channels.exceptions import ChannelFull, InvalidChannelLayerError, MessageTooLarge

from compat.guide import see

from . import metrics, receiving, versions, wire
from .memory import InMemoryChannelLayer
from .outage import Outage
from .outbox import Bridge

if TYPE_CHECKING:
    from .reply import ReplyChannel

logger = logging.getLogger("django.channels")

Content = Dict[Any, Any]

# Seconds that receive(block=True) waits.
BLOCK = 1


class _Consumer(threading.local):
    """The consumer that this thread runs, and the client of this process that its message is of."""

    reply: "Optional[ReplyChannel]" = None


def facade_of(native: Any, make_application: Callable[[], Any]) -> "SynchronousLayer":
    """The synchronous side of a layer of CHANNEL_LAYERS: the one that it was made with, or a new one.

    Args:
        native: the asynchronous side.
        make_application: makes the ASGI application on first use.

    Raises:
        InvalidChannelLayerError: it has no asynchronous side; the project wrote this layer for 0.17.
    """
    if hasattr(native, "send_group"):
        raise InvalidChannelLayerError(
            f"{type(native).__module__}.{type(native).__name__} is a channel layer of channels 0.17 with a store of "
            f"its own, which sockets cannot wait on. {see('own-layer')}"
        )
    facade: SynchronousLayer = getattr(native, "legacy_layer", None) or SynchronousLayer(native)
    facade.make_application = make_application
    versions.call_when_daphne_ends(facade.end)
    return facade


class SynchronousLayer:
    """A channel layer with the methods of 0.17, usable from any thread, process and running event loop.

    What it cannot answer itself (``expiry``, ``capacity``, …) it asks the native layer. It is an ASGI
    application too, because old ``asgi.py`` files hand the layer to the server.

    Args:
        native: the layer of channels >= 2.
        make_application: makes the ASGI application on first use.

    Attributes:
        make_application: the same.
        dropped: how many messages members of groups have missed because they had no room.
        outage: what those wait for who find that the layer does not answer.
    """

    ChannelFull = ChannelFull
    MessageTooLarge = MessageTooLarge

    def __init__(self, native: Any, make_application: Optional[Callable[[], Any]] = None) -> None:
        self.native = native
        self.extensions = ["groups", "flush"]
        self.bridge = Bridge()
        self.dropped = 0
        self.memory: Optional[InMemoryChannelLayer] = native if isinstance(native, InMemoryChannelLayer) else None
        versions.prepare_layer(native)
        self._marks_clients = versions.drop_late(native, self._is_gone)
        self.make_application = make_application
        self._application: Any = None
        self._lock = threading.RLock()
        # The reply channels of this process, and the groups that each is in, to leave them when it closes.
        self._replies: Dict[str, ReplyChannel] = {}
        self._groups_of: Dict[str, List[str]] = {}
        self.outage = Outage(self.rejoin)
        # (group, reply channel) of clients that could not join, and of closed ones that could not leave.
        self._unsettled: Set[Tuple[str, str]] = set()
        self._consumer = _Consumer()

    def __getattr__(self, name: str) -> Any:
        if name == "native":  # asked for by copy and pickle, before __init__
            raise AttributeError(name)
        return getattr(self.native, name)

    def __str__(self) -> str:
        return f"{type(self.native).__module__}.{type(self.native).__name__}"

    @property
    def local(self) -> bool:
        """Whether only this process can be reached."""
        return self.memory is not None

    @property
    def application(self) -> Any:
        """The ASGI application that serves this layer's routes."""
        with self._lock:
            if self._application is None:
                if self.make_application is None:
                    raise RuntimeError("This channel layer has no routing, so there is nothing to serve.")
                self._application = self.make_application()
            return self._application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.application(scope, receive, send)

    @property
    def _asgi_single_callable(self) -> bool:
        # asgiref's mark of ASGI 3. Servers ask for it when they are given this layer to serve: custom channels are to
        # be consumed from then on, not from the first request.
        versions.call_when_daphne_runs(self._start)
        return True

    async def end(self) -> None:
        """Have what this process consumes come to its end."""
        if self._application is not None:
            await self._application.end()

    def _start(self) -> None:
        if self.make_application is not None:
            self.application.start()

    # --- the layer API of 0.17 ---

    def send(self, channel: str, message: Content) -> None:
        """Send ``message`` to one channel.

        Raises:
            AssertionError: the name is not valid, or the message no dict.
            ChannelFull: too many messages wait there.
            TypeError, OverflowError: the network cannot carry a value in it.
        """
        assert isinstance(message, dict), "Message is not a dict"
        assert wire.is_channel_name(channel), "Channel name not valid"
        reply = self._replies.get(channel)
        if self.memory is not None:
            if reply is None:
                self.memory.put(channel, wire.Event(message))
            elif not reply.put(dict(message)):
                raise ChannelFull(channel)
            return
        event = wire.to_network(message)
        # A consumer answers the client that its message is of, which is here. That may take the short way, unless it
        # would overtake what this client's consumers have sent to groups, or anybody to this client.
        if reply is not None and reply is self._consumer.reply and reply.caught_up():
            if not reply.put(dict(message)):  # the consumer may change it at once
                raise ChannelFull(channel)
            return
        with nullcontext(0) if reply is None else reply.on_the_way() as mark:
            if mark:
                event[wire.FENCE] = mark
            try:
                self.bridge.run(self.native.send, wire.network_name(channel), event)
            except (ChannelFull, MessageTooLarge):
                raise
            except Exception:  # Redis is away, or full: there is no other way
                if reply is None or not reply.put(message):
                    raise

    def receive(self, channels: Iterable[str], block: bool = False) -> "Tuple[Optional[str], Optional[Content]]":
        """The next message on one of ``channels``, as (channel, content), or (None, None).

        Args:
            channels: names; not reply channels of sockets, which their sockets read.
            block: wait for one, for up to :data:`BLOCK` seconds.

        Raises:
            AssertionError: one of the names is not valid.
            RuntimeError: called inside the event loop that owns a layer on the network.
        """
        names = {name: name for name in channels}
        assert all(map(wire.is_channel_name, names)), "One or more channel names invalid"
        timeout = BLOCK if block else 0
        if self.memory is not None:
            found = self.memory.take(list(names), timeout)
        else:
            names = {wire.network_name(name): name for name in names}
            found = self.bridge.ask(receiving.take, self.native, list(names), timeout)
        if found is None:
            return None, None
        channel, event = found
        return names[channel], self._content(event)

    receive_many = receive

    def new_channel(self, pattern: str) -> str:
        """A name that is not in use, for a channel that the caller receives from.

        Args:
            pattern: what it begins with, up to and with a ``!`` or ``?``.

        Raises:
            AssertionError: the pattern ends otherwise.
        """
        assert isinstance(pattern, str), "New channel pattern is not a str"
        assert pattern.endswith(("!", "?")), "New channel pattern must end with ! or ?"
        if self.memory is None and pattern.endswith("!"):
            pattern = pattern[:-1] + wire.NAMED
        return pattern + "".join(secrets.choice(string.ascii_letters) for _ in range(12))

    def send_group(self, group: str, message: Content) -> None:
        """Send ``message`` to all members of ``group``. Raises as :meth:`send`, but for ChannelFull: members
        that have no room miss it, which is counted and logged."""
        assert isinstance(message, dict), "Message is not a dict"
        self._check_group(group)
        if self.memory is not None:
            missed = self.memory.fan_out(group, wire.Event(message), copy.copy)
            if missed:
                self.count_dropped(f"members of group {group}", missed)
            return
        event = wire.to_network(message)
        reply = self._consumer.reply
        with nullcontext() if reply is None else reply.on_the_way():
            self.bridge.run(
                versions.group_send,
                self.native,
                wire.network_name(group),
                event,
                lambda missed: self.count_dropped(f"members of group {group}", missed),
            )

    def group_add(self, group: str, channel: str) -> None:
        """Make ``channel`` a member of ``group``.

        Raises:
            AssertionError: one of the names is not valid.
            Exception: the network does not answer. A client of this process is in the group when it does.
        """
        self._check_member(group, channel)
        if self.memory is not None:
            self.memory.join(group, channel)
            return
        group = wire.network_name(group)
        self.bridge.run(self._join, group, wire.network_name(channel))
        if not self.joined(channel, group) and "!" in channel:
            # A reply channel of another process: tell its owner, who will take it out when the socket closes.
            self.bridge.run(self._tell_owner, channel, group)

    def group_discard(self, group: str, channel: str) -> None:
        """Take ``channel`` out of ``group``; no error if it is not in it. Raises as :meth:`group_add`."""
        self._check_member(group, channel)
        if self.memory is not None:
            self.memory.leave(group, channel)
            return
        group = wire.network_name(group)
        # Before the network is asked: whoever rejoins meanwhile must see that it is not wanted any more.
        groups = self._groups_of.get(channel, [])
        ours = group in groups
        if ours:
            groups.remove(group)
        try:
            self.bridge.run(self.native.group_discard, group, wire.network_name(channel))
        except Exception:
            if ours and not self.joined(channel, group):  # it has closed meanwhile
                self._unsettled.add((group, channel))
            raise

    def group_channels(self, group: str) -> List[str]:
        """The names of the members of ``group``; on a network, of those with a name that it cannot carry, what
        they are called there.

        Raises:
            NotImplementedError: a layer on the network that cannot say.
            RuntimeError: as :meth:`receive`.
        """
        if self.memory is not None:
            return self.memory.members(group)
        return self.bridge.ask(receiving.members, self.native, wire.network_name(group))

    def flush(self) -> None:
        """Forget all waiting messages and all groups."""
        if self.memory is not None:
            self.memory.clear()
        else:
            self.bridge.run(self.native.flush)

    def waiting(self, channels: Sequence[str]) -> Dict[str, int]:
        """How many messages wait on each of ``channels``; of those that the layer cannot say it of now, nothing."""
        if self.memory is not None:
            return {name: len(self.memory.channels.get(name, ())) for name in channels}
        try:
            names = {wire.network_name(name): name for name in channels}
            found = self.bridge.ask(receiving.lengths, self.native, list(names))
            return {names[name]: number for name, number in found.items()}
        except Exception as error:
            logger.debug("Cannot ask the channel layer how much waits there: %r", error)
            return {}

    # --- for the sockets and workers of this process ---

    async def receive_content(self, channel: str) -> Content:
        """The next message on ``channel``, as it was sent. As :meth:`receive_event`."""
        while True:
            if self.memory is not None:
                event: Dict[Any, Any] = await self.memory.wait_for(channel)
            else:
                event = await self.receive_event(wire.network_name(channel))
            try:
                return self._content(event)
            except Exception:  # nobody would listen any more
                logger.exception("Dropped a message on %s that cannot be read:", channel)

    def _content(self, event: Dict[Any, Any]) -> Content:
        return wire.from_network(event) if self.memory is None else wire.decode(event)

    async def receive_event(self, channel: str, ended: Callable[[], bool] = lambda: False) -> Dict[Any, Any]:
        """The next event on ``channel`` of the network; while the layer does not answer, waits until it does.

        Args:
            ended: whether nobody wants it any more, asked after that.
        """
        while True:
            try:
                if "!" in channel or not receiving.is_shared(self.native):
                    return await self.native.receive(channel)  # type: ignore[no-any-return]
                event = await receiving.take_for_good(self.native, channel, BLOCK)
                if event is not None:
                    return event
            except asyncio.CancelledError:  # an Exception on Python 3.7
                raise
            except Exception as error:
                # All wait for one task, which a socket that closes must not end. Of several servers, the others may
                # have something meanwhile.
                elsewhere = "!" not in channel and versions.is_sharded(self.native)
                await asyncio.wait([self.outage.begin(error)], timeout=BLOCK if elsewhere else None)
                if ended():  # the event that says so may be lost
                    return {"type": versions.ENDED}

    async def new_reply_channel(self, kind: str) -> str:
        """A name for a reply channel of this process.

        Args:
            kind: what it begins with in memory; layers on a network have a form of their own.
        """
        if self.memory is not None:
            return self.memory.new_name(kind)
        name: str = await self.native.new_channel()
        return name + wire.CLIENT if self._marks_clients else name

    def answer(self, reply_channel: Any) -> None:
        """Before and after the run of a consumer, in its thread.

        Args:
            reply_channel: that of its message, whatever it is; None after it.
        """
        self._consumer.reply = self._replies.get(reply_channel)

    def opened(self, channel: str, reply: "ReplyChannel") -> None:
        """``channel`` is the reply channel of a client of this process."""
        self._replies[channel] = reply
        self._groups_of[channel] = []

    def joined(self, channel: str, group: str) -> bool:
        """Remember that ``channel`` is in ``group``; whether it belongs to this process."""
        groups = self._groups_of.get(channel)
        if groups is None:
            return False
        if group not in groups:
            groups.append(group)
        return True

    async def rejoin(self) -> None:
        """Put the clients of this process into their groups again, which a Redis that was restarted has forgotten;
        take those out that could not leave."""
        await versions.forget_broken_connections(self.native)
        # Where there are none: does all of the layer answer, and has it room? Not all let strangers join.
        for nobody in receiving.groups_everywhere(self.native, "compat.nobody"):
            if receiving.is_shared(self.native):
                await self.native.group_add(nobody, nobody)
            await self.native.group_discard(nobody, nobody)
        for channel, groups in list(self._groups_of.items()):
            self._unsettled.update((group, channel) for group in list(groups))
        # Until there is nothing left: who could not join or leave meanwhile counts on this outage's end.
        while self._unsettled:
            group, channel = self._unsettled.pop()
            try:
                await self._settle(group, channel)
            except BaseException:
                self._unsettled.add((group, channel))
                raise

    def closed(self, channel: str) -> List[str]:
        """The client behind ``channel`` is gone; the groups that it is still in."""
        self._replies.pop(channel, None)
        return self._groups_of.pop(channel, [])

    def leave(self, channel: str, group: str) -> Optional[Exception]:
        """Take a client that is gone out of a group on the network; if that fails, it is done when the layer
        answers again, and the error is returned."""
        try:
            self.bridge.run(self.native.group_discard, group, channel)
        except Exception as error:
            self._unsettled.add((group, channel))
            return error
        return None

    # --- inside ---

    def _is_gone(self, channel: str) -> bool:
        return channel.endswith(wire.CLIENT) and channel not in self._replies

    async def _join(self, group: str, channel: str) -> None:
        try:
            await self.native.group_add(group, channel)
        except asyncio.CancelledError:  # an Exception on Python 3.7
            raise
        except Exception as error:
            if self.joined(channel, group):  # a client of this process, which is to be in it when the layer answers
                self._unsettled.add((group, channel))
                self.outage.begin(error)
            raise

    async def _settle(self, group: str, channel: str) -> None:
        """Tell the network whether a client of this process is in a group; it may leave meanwhile."""
        if group in self._groups_of.get(channel, ()):
            await self.native.group_add(group, channel)
        if group not in self._groups_of.get(channel, ()):
            await self.native.group_discard(group, channel)

    async def _tell_owner(self, channel: str, group: str) -> None:
        try:
            await self.native.send(channel, {"type": wire.GROUP_ADDED, "group": group})
        except ChannelFull:
            logger.info("Could not tell the owner of %s that it joined %s; it leaves when it expires.", channel, group)

    def _check_group(self, group: str) -> None:
        # The two layers of the old stack worded this differently, and tests of that time compare it.
        assert wire.is_group_name(group), "Invalid group name" if self.local else "Group name not valid"

    def _check_member(self, group: str, channel: str) -> None:
        assert wire.is_channel_name(channel), "Invalid channel name" if self.local else "Channel name not valid"
        self._check_group(group)

    def count_dropped(self, whose: str, missed: int, reason: str = "group member full") -> None:
        """Count, and now and then log, that ``missed`` messages had nowhere to go.

        Args:
            whose: who misses them, for the log.
            reason: why, for the metrics.
        """
        metrics.count_drop(reason, missed)
        before, self.dropped = self.dropped, self.dropped + missed
        # At 1, 10, 100, … in all: a full channel must not fill the disk too.
        if len(str(before)) < len(str(self.dropped)) or before == 0:
            logger.warning(
                "%d %s had no room for a message and missed it (%d so far in all).", missed, whose, self.dropped
            )
