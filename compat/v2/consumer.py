"""For native consumers that share a group with legacy ones."""

import inspect
from typing import Any, Dict


class LegacyEvents:
    """Mixin for ``WebsocketConsumer`` and ``AsyncWebsocketConsumer`` of channels >= 2: passes what legacy code
    sends to a group (``Group("x").send({"text": …})``) on to the client, as a legacy consumer's socket does::

        class Ticker(LegacyEvents, AsyncWebsocketConsumer):
            groups = ["ticker"]
    """

    def websocket_send(self, event: Dict[str, Any]) -> Any:
        """Handler of the event that a legacy message travels as; a coroutine in an asynchronous consumer."""
        consumer: Any = self
        calls = []
        if event.get("bytes"):
            calls.append((consumer.send, {"bytes_data": event["bytes"]}))
        if event.get("text"):
            calls.append((consumer.send, {"text_data": event["text"]}))
        if event.get("close"):
            calls.append((consumer.close, {}))
        if inspect.iscoroutinefunction(consumer.send):
            return _await_all(calls)
        for function, arguments in calls:
            function(**arguments)
        return None


async def _await_all(calls: Any) -> None:
    for function, arguments in calls:
        await function(**arguments)
