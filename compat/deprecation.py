"""Warnings that point at each use of the old API while a project runs.

Off, and then not even installed, unless ``COMPAT_WARN=1`` is in the environment or ``-W`` asks Python for deprecation
warnings (``python -W default manage.py …``). ``COMPAT_WARN=0`` keeps them off in any case.
"""

import builtins
import functools
import os
import sys
import warnings
from importlib.machinery import PathFinder
from types import FrameType, FunctionType, ModuleType
from typing import Any, Callable, Dict, List, Optional

import compat
from compat import catalogue
from compat.catalogue import Row


class LegacyAPIWarning(DeprecationWarning):
    """Something of an old channels is used."""


class Channels0Warning(LegacyAPIWarning):
    """Something of channels 0.x is used."""


_FOLDER = os.path.dirname(os.path.abspath(compat.__file__)) + os.sep
_SHIM = "compat.v0"
# Whose code is no user's, whatever it imports.
_OTHERS = frozenset(("asgiref", "channels", "channels_redis", "compat", "daphne", "django", "otree"))
_ROOTS = frozenset(("asgi_ipc", "asgi_redis", "asgiref", "channels", "compat"))
# Old names that may as well be meant as those of today's channels.
_AMBIGUOUS = frozenset(("channels.exceptions.RequestAborted", "channels.exceptions.RequestTimeout"))

_ROWS = {row.old: row for row in catalogue.ROWS if row.kind in (catalogue.NAME, catalogue.MODULE)}

_undo: List[Callable[[], None]] = []


def wanted() -> bool:
    """Whether the environment or the command line asks for the warnings."""
    chosen = os.environ.get("COMPAT_WARN")
    return chosen != "0" if chosen else any(map(_shows_deprecations, sys.warnoptions))


def _shows_deprecations(option: str) -> bool:
    action, message, category, *_ = (*option.split(":"), "", "")
    shows = any(name.startswith(action) for name in ("default", "always", "all", "module", "once", "error"))
    return shows and not message and category in ("", "Warning", "DeprecationWarning")


def start() -> None:
    """Install the warnings if they are wanted; nothing happens the second time."""
    if not _undo and wanted():
        _install()


def stop() -> None:
    """Take them off again. What was imported meanwhile keeps its wrapper, which tells nothing any more."""
    while _undo:
        _undo.pop()()


def _install() -> None:
    if os.environ.get("COMPAT_WARN"):
        warnings.filterwarnings("default", category=LegacyAPIWarning)
    original = builtins.__import__

    # Not a finder: it would be asked only for what nobody has imported yet.
    def importing(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> ModuleType:  # noqa: A002
        module = original(name, globals, locals, fromlist, level)
        if level == 0 and name.partition(".")[0] in _ROOTS:
            _tell_of_imports(name, fromlist or (), sys._getframe(1))
        return module

    builtins.__import__ = importing
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    for name, module in list(sys.modules.items()):
        if name.startswith(_SHIM + "."):
            _instrument(module)

    def remove() -> None:
        if builtins.__import__ is importing:
            builtins.__import__ = original
        sys.meta_path.remove(finder)

    _undo.append(remove)


# --- what is said ----------------------------------------------------------------------------------


def _tell(row: Row, frame: Optional[FrameType]) -> None:
    """Warn of something old at the line that ``frame`` is at; not if that is nobody's but ours."""
    if not _undo or frame is None or _is_others(frame):
        return
    text = f"{row.old} is of channels 0.17. On channels {_major()}: {row.native[_major() - 2]}."
    warnings.warn_explicit(
        f"{text} See migration_guide/{row.area.page}",
        Channels0Warning,
        frame.f_code.co_filename,
        frame.f_lineno,
        frame.f_globals.get("__name__"),
        frame.f_globals.setdefault("__warningregistry__", {}),
    )


def _major() -> int:
    import channels

    return min(4, int(channels.__version__.split(".")[0]))


def _is_others(frame: FrameType) -> bool:
    if frame.f_code.co_filename.startswith((_FOLDER, "<frozen importlib")):
        return True
    return str(frame.f_globals.get("__name__")).partition(".")[0] in _OTHERS


def _outside(frame: Optional[FrameType]) -> Optional[FrameType]:
    """The nearest frame that is not ours."""
    while frame is not None and frame.f_code.co_filename.startswith(_FOLDER):
        frame = frame.f_back
    return frame


# --- imports ---------------------------------------------------------------------------------------


def _tell_of_imports(name: str, fromlist: Any, frame: FrameType) -> None:
    if _is_others(frame):
        return
    if name == _SHIM or name.startswith(_SHIM + "."):
        name = "channels" + name[len(_SHIM) :]
    for dotted in [f"{name}.{each}" for each in fromlist] or [name]:
        row = _ROWS.get(dotted) or _ROWS.get(name)
        if row is None and dotted in catalogue.MODULES - catalogue.SHARED_MODULES:
            row = catalogue.find(dotted)._replace(old=dotted)
        if row is not None and row.old not in catalogue.KEPT | _AMBIGUOUS:
            _tell(row, frame)


# --- uses ------------------------------------------------------------------------------------------


class _Finder:
    """Finds our modules as they are found, and lets their names tell of being used."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        if not fullname.startswith(_SHIM + "."):
            return None
        spec: Any = PathFinder.find_spec(fullname, path)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def execute_and_instrument(module: ModuleType) -> None:
            execute(module)
            _instrument(module)

        spec.loader.exec_module = execute_and_instrument
        return spec


def _instrument(module: ModuleType) -> None:
    """Let what a module of the shim defines tell of being used."""
    done: Dict[int, Any] = {}
    own = "channels" + module.__name__[len(_SHIM) :]
    package = {origin: old for old, origin in catalogue.BORROWED.items() if old.count(".") == 1}
    # `route` before `Route`, which is the same.
    for name in sorted(catalogue.NAMES.get(own, ()), key=str.swapcase):
        thing = vars(module).get(name)
        old = f"{own}.{name}"
        if getattr(thing, "__module__", None) != module.__name__ or id(thing) in done or old in catalogue.KEPT:
            continue
        row = catalogue.BY_OLD[package.get(old, old)]
        done[id(thing)] = thing
        if isinstance(thing, type):
            _instrument_class(thing, row)
        elif isinstance(thing, FunctionType):
            vars(module)[name] = _telling(thing, row)
    if own == "channels.message":
        _instrument_message(vars(module)["Message"])


def _telling(function: Callable[..., Any], row: Row) -> Callable[..., Any]:
    @functools.wraps(function)
    def telling(*args: Any, **kwargs: Any) -> Any:
        _tell(row, sys._getframe(1))
        return function(*args, **kwargs)

    return telling


def _instrument_class(cls: Any, row: Row) -> None:
    """Tell of instances that are made, and of classes that are derived."""
    cls.__init__ = _telling(cls.__init__, row)

    def derived(sub: Any, **kwargs: Any) -> Any:
        super(cls, sub).__init_subclass__(**kwargs)
        # Each base is called, and one line is enough.
        nearest = next(base for base in sub.__mro__[1:] if "__init_subclass__" in vars(base))
        if nearest is cls and not sub.__module__.startswith("compat."):
            _tell(row, _outside(sys._getframe(1)))

    as_method: Any = classmethod
    cls.__init_subclass__ = as_method(derived)


def _instrument_message(cls: Any) -> None:
    """Tell of each part of a message that a consumer uses."""
    rows = {row.old: row for row in catalogue.ROWS if row.kind == catalogue.MESSAGE}
    attributes = {old[len("message.") :]: row for old, row in rows.items() if old.startswith("message.")}
    keys = {old[len("message['") : -2]: row for old, row in rows.items() if old.startswith("message['")}
    get, get_item = cls.__getattribute__, cls.__getitem__

    def getattribute(self: Any, name: str) -> Any:
        if name in attributes:
            _tell(attributes[name], sys._getframe(1))
        return get(self, name)

    def getitem(self: Any, key: Any) -> Any:
        if key in keys:
            _tell(keys[key], sys._getframe(1))
        return get_item(self, key)

    cls.__getattribute__, cls.__getitem__ = getattribute, getitem
