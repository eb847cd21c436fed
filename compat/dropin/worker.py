"""``channels.worker.Worker``, which both worlds have: channels' own code starts it with an application, old code
with a layer alone."""

from typing import Any, Type

from compat.v0.worker import Worker as LegacyWorker


def make_worker(native: Type[Any]) -> Type[Any]:
    """A class that is whichever of the two its arguments ask for, and can be derived from as either.

    Args:
        native: the class of channels >= 2.
    """

    class Worker(LegacyWorker, native):  # type: ignore[misc]
        __doc__ = native.__doc__

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self._kind: Type[Any] = native if _is_native(args, kwargs) else LegacyWorker
            self._kind.__init__(self, *args, **kwargs)

        def run(self) -> Any:
            return self._kind.run(self)

    Worker.__module__ = native.__module__
    Worker.__qualname__ = native.__qualname__
    return Worker


def _is_native(args: Any, kwargs: Any) -> bool:
    # (application, channels, channel_layer, …) or (channel_layer, callback, …)
    if "application" in kwargs or "channels" in kwargs:
        return True
    return len(args) > 1 and args[0] is not None and not hasattr(args[0], "router")
