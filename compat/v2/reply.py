"""The reply channel of a socket or request: sends of any thread or process, in order, to its client."""

import asyncio
import logging
import threading
from collections import deque
from contextlib import contextmanager
from typing import Any, Awaitable, Callable, Deque, Dict, Iterator, Optional, Set, Tuple

from compat.guide import see

from . import versions, wire
from .eager import start
from .service import Content, Service

logger = logging.getLogger("django.channels")

Job = Tuple[str, Content]


class ReplyChannel:
    """A channel that one client of this process listens on.

    Args:
        service: what it shares with others.
        deliver: called on the event loop with each message, one after another; not always in a task (see
            :mod:`compat.v2.eager`).

    Attributes:
        name: the channel's name, once it is open.
    """

    def __init__(self, service: Service, deliver: Callable[[Content], Awaitable[None]]) -> None:
        self.name = ""
        self._service = service
        self._deliver = deliver
        self._outgoing: Deque[Content] = deque()
        self._flushing = False
        self._writer: Optional[asyncio.Task[None]] = None
        self._listener: Optional[asyncio.Task[None]] = None
        self._closed = False
        # Sends over the network are numbered. How many were begun, which are not done, up to which all have come.
        self._sends_lock = threading.Lock()
        self._sends = 0
        self._sending: Set[int] = set()
        self._come = 0

    def waiting(self) -> int:
        """How many messages wait for the client."""
        return len(self._outgoing)

    async def new_name(self, kind: str) -> str:
        """Choose the name.

        Args:
            kind: what it begins with where the layer leaves that to us, as ``"websocket.send!"``.
        """
        self.name = await self._service.layer.new_reply_channel(kind)
        return self.name

    def open(self) -> None:
        """Take messages from now on."""
        layer = self._service.layer
        layer.opened(self.name, self)
        if layer.memory is not None:
            layer.memory.attach(self.name, self.put)
        else:
            self._listener = self._service.wakeups.loop.create_task(self._listen())

    def close(self) -> None:
        """Drop what comes in from now on; the client is gone. On the event loop."""
        self._closed = True
        if self._listener is not None and not versions.end_receive(self._service.layer.native, self.name):
            self._listener.cancel()

    def leave_groups(self) -> None:
        """Take the channel out of the groups that it is still in, after :meth:`close`. In a consumer thread."""
        layer = self._service.layer
        groups = layer.closed(self.name)
        if layer.memory is not None:
            layer.memory.detach(self.name)
            return
        for group in groups:
            error = layer.leave(self.name, group)
            if error is not None:
                self._service.wakeups.post(layer.outage.begin, error)
        self._service.wakeups.post(self._forget)

    def put(self, content: Content) -> bool:
        """Send ``content`` to the client, from any thread; False if too much waits for the client already."""
        if self._closed:
            return True
        if len(self._outgoing) >= self._service.outbox:
            return False
        self._outgoing.append(content)
        if not self._flushing:
            self._flushing = True
            self._service.wakeups.post(self._flush)
        return True

    def run_consumer(self, job: Job) -> Optional[Job]:
        """Run the consumer for a message of this client. In a consumer thread.

        Args:
            job: the channel that the message came in on, and its content.

        Returns:
            What to put at the end of the client's messages again, or None.
        """
        channel, content = job
        layer = self._service.layer
        layer.answer(self.name)
        try:
            again = self._service.dispatch(channel, content)
        finally:
            layer.answer(None)
        return None if again is None else (channel, again)

    # --- order on a network ---

    @contextmanager
    def on_the_way(self) -> Iterator[int]:
        """Around a send over the network that this client may get: nothing may take the short way before it has come.

        Yields:
            The mark for a message to the client itself: how many sends it tells to have come, when it has come. Not
            itself, nor what was begun after them, while another thread is at a send, which it may overtake.
        """
        with self._sends_lock:
            self._sends += 1
            number = self._sends
            mark = min(self._sending) - 1 if self._sending else number
            self._sending.add(number)
        try:
            yield mark
        finally:
            with self._sends_lock:
                self._sending.discard(number)

    def caught_up(self) -> bool:
        """Whether all that was on the way has come."""
        return self._come >= self._sends

    def _flush(self, _: None) -> None:
        if self._writer is None:
            self._writer = start(self._write(), self._service.wakeups.loop)

    async def _write(self) -> None:
        try:
            while True:
                while self._outgoing and not self._closed:
                    content = self._outgoing.popleft()
                    try:
                        await self._deliver(content)
                    except asyncio.CancelledError:  # an Exception on Python 3.7
                        raise
                    except Exception:  # a value that cannot even be looked at must not keep back the next message
                        logger.exception(
                            "Ignored a message for %s that cannot be sent. %s", self.name, see("reply-types")
                        )
                # What is put from now on asks for a writer again; what came before that is seen here.
                self._flushing = False
                if not self._outgoing or self._closed:
                    return
                self._flushing = True
        finally:
            self._flushing = False
            self._writer = None

    async def _listen(self) -> None:
        layer = self._service.layer
        while True:
            event = await layer.receive_event(self.name, lambda: self._closed)
            if self._closed:
                return
            try:
                self._take(event)
            except Exception:  # nobody would listen any more
                logger.exception("Ignored a message for %s that cannot be read. %s", self.name, see("reply-types"))

    def _take(self, event: Dict[Any, Any]) -> None:
        layer = self._service.layer
        mark = event.pop(wire.FENCE, 0)
        if event.get("type") == wire.GROUP_ADDED:
            layer.joined(self.name, wire.network_name(event["group"]))
        elif not self.put(wire.from_network(event)):
            layer.count_dropped("client that does not read", 1, "client does not read")
        # Not before it is put, or a consumer's next answer would be put before it.
        self._come = max(self._come, mark)

    def _forget(self, _: None) -> None:
        # Not before the listener has ended: the layer's own clean-up needs what is dropped here.
        if self._listener is not None:
            name, native = self.name, self._service.layer.native
            self._listener.add_done_callback(lambda _: versions.forget_channel(native, name))
