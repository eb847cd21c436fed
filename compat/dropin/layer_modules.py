"""``asgi_redis``, ``asgi_ipc``, ``asgiref.inmemory`` and ``asgiref.base_layer``, for code that imports them."""

import sys
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from typing import Any, Callable, List

import asgiref

from .names import LAYER_MODULES
from .overlay import add_names

_HOME = "compat.v0.layers"


def install() -> Callable[[], None]:
    """Supply the modules in LAYER_MODULES, empty but for names that are imported when they are asked for; returns
    what undoes it.

    An asgi_redis that is still installed is hidden, because it cannot work: redis-py 3 and msgpack 1 took away what
    it calls. One that somebody has imported stays.
    """
    undo: List[Callable[[], None]] = []
    for name, names in LAYER_MODULES.items():
        if name not in sys.modules:
            undo.append(_supply(name, names))

    def uninstall() -> None:
        for step in reversed(undo):
            step()

    return uninstall


def _supply(name: str, names: Any) -> Callable[[], None]:
    parent, _, child = name.rpartition(".")
    module = module_from_spec(ModuleSpec(name, None, is_package=not parent))
    add_names(module, dict.fromkeys(names, _HOME))
    sys.modules[name] = module
    package = asgiref if parent == "asgiref" else sys.modules.get(parent)
    if package is not None:
        setattr(package, child, module)

    def remove() -> None:
        if sys.modules.get(name) is module:
            del sys.modules[name]
        if package is not None and vars(package).get(child) is module:
            delattr(package, child)

    return remove


def patch_making_of_layers() -> Callable[[], None]:
    """Let a BACKEND be a class derived from one of ours, and say what is missing where channels_redis is; returns
    what undoes it.

    Native code gets the asynchronous side of such a layer.
    """
    from channels.exceptions import InvalidChannelLayerError
    from channels.layers import ChannelLayerManager

    from compat.v2 import settings, versions
    from compat.v2.layers import SynchronousLayer

    original = ChannelLayerManager._make_backend

    def make_backend(self: Any, name: str, config: Any) -> Any:
        if self.configs[name].get("BACKEND") == settings.REDIS_LAYER and not versions.redis_major():
            raise InvalidChannelLayerError(settings.NO_CHANNELS_REDIS)
        layer = original(self, name, config)
        if not isinstance(layer, SynchronousLayer):
            return layer
        layer.native.legacy_layer = layer
        return layer.native

    ChannelLayerManager._make_backend = make_backend

    def restore() -> None:
        ChannelLayerManager._make_backend = original

    return restore
