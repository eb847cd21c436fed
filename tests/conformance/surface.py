"""What the old stack lets a project import, as JSON: ``python surface.py`` prints it for the Python that runs it.

Recorded is every public name (no leading underscore) that a module binds by a definition or an assignment, or imports
from a package of the old stack (OLD_STACK): a project can import it from there. Left out is what a module imports from
Django, the standard library and so on: that is nobody's reason to import channels. Also left out are the modules in
LEFT_OUT.

A name that stands for something recorded elsewhere says only where ("same as"). A class has its members from all
classes of the old stack that it is derived from, and the attributes that its methods set on ``self`` or ``cls``.
Signatures are lists of "name", "name=default", "*name", "**name"; a "*" alone comes before parameters that can only
be named.

Runs on Python 3.6, without anything but the stack.
"""

import ast
import importlib
import inspect
import json
import logging
import pkgutil
import re
import sys
from types import ModuleType
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

OLD_STACK = ("asgi_redis", "asgiref", "channels", "daphne")
# Layers that projects name, and tests make.
LAYERS = ("asgi_redis", "asgi_redis.core", "asgi_redis.local", "asgiref.base_layer", "asgiref.inmemory")
# The suite of channels itself, which tests/upstream runs as a whole.
LEFT_OUT = re.compile(r"channels\.tests\.(test_.*|settings)")
# What a class has without anybody's saying so, or for Python's use.
UNTOLD = {"__module__", "__doc__", "__dict__", "__weakref__", "__qualname__", "__annotations__", "__slots__"}
# Characters of a value that is written as it is. Longer ones are programs in Lua.
LONGEST = 200

Description = Dict[str, Any]


def modules() -> List[str]:
    """The names of the modules that are recorded."""
    path = importlib.import_module("channels").__path__
    below = [name for _, name, _ in pkgutil.walk_packages(path, "channels.")]
    return sorted(name for name in ("channels", *below, *LAYERS) if not LEFT_OUT.fullmatch(name))


# --- names ---------------------------------------------------------------------------------------


def _tree(module: ModuleType) -> ast.Module:
    assert module.__file__ is not None
    with open(module.__file__, encoding="utf-8") as file:
        return ast.parse(file.read())


def _statements(body: List[ast.stmt]) -> Iterator[ast.stmt]:
    """All statements that run when the module does."""
    for statement in body:
        yield statement
        if not isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            for field in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(statement, field, []))
            for handler in getattr(statement, "handlers", []):
                yield from _statements(handler.body)


def _imports(module: ModuleType, statement: ast.ImportFrom) -> Iterator[Tuple[str, str]]:
    package = module.__name__ if hasattr(module, "__path__") else module.__name__.rpartition(".")[0]
    above = package.split(".")[: len(package.split(".")) - (statement.level - 1)] if statement.level else []
    source = ".".join([*above, *filter(None, [statement.module])])
    if source.split(".")[0] in OLD_STACK:
        for alias in statement.names:
            yield alias.asname or alias.name, source + "." + alias.name


def names(module: ModuleType) -> Dict[str, Optional[str]]:
    """The names of a module -> where each is imported from; None if it is at home here."""
    found: Dict[str, Optional[str]] = {}
    for statement in _statements(_tree(module).body):
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            found[statement.name] = None
        elif isinstance(statement, ast.Assign):
            found.update((each.id, None) for each in statement.targets if isinstance(each, ast.Name))
        elif isinstance(statement, ast.ImportFrom):
            found.update(_imports(module, statement))
    return {name: source for name, source in found.items() if not name.startswith("_") and _is_there(module, name)}


def _is_there(module: ModuleType, name: str) -> bool:
    # `json_module = json`, within a try or not, makes nothing to import of a module of somebody else.
    return hasattr(module, name) and not isinstance(getattr(module, name), ModuleType)


# --- things --------------------------------------------------------------------------------------


def show(value: Any) -> str:
    """A value as code; its class in angle brackets where there is no short one."""
    if isinstance(value, type(re.compile(""))):
        return "re.compile(%r)" % value.pattern
    if isinstance(value, logging.Logger):
        return "<Logger %s>" % value.name
    code = repr(value)
    try:
        ast.literal_eval(code)
    except (SyntaxError, ValueError):
        code = ""
    return code if 0 < len(code) <= LONGEST else "<%s>" % type(value).__name__


def signature(function: Any) -> List[str]:
    """The parameters of anything that can be called."""
    parameters: List[str] = []
    for each in inspect.signature(function).parameters.values():
        if each.kind is each.VAR_POSITIONAL:
            parameters.append("*" + each.name)
        elif each.kind is each.VAR_KEYWORD:
            parameters.append("**" + each.name)
        else:
            if each.kind is each.KEYWORD_ONLY and not any(name.startswith("*") for name in parameters):
                parameters.append("*")
            parameters.append(each.name if each.default is each.empty else each.name + "=" + show(each.default))
    return parameters


def member(cls: type, name: str) -> Description:
    """What the attribute ``name`` of a class is; the parameters of a method are those that its caller gives."""
    static = inspect.getattr_static(cls, name)
    if isinstance(static, (classmethod, staticmethod)):
        return {"kind": type(static).__name__, "signature": signature(getattr(cls, name))}
    if inspect.isfunction(static):
        return {"kind": "method", "signature": signature(static)[1:]}
    if isinstance(static, property) or type(static).__name__ == "cached_property":
        return {"kind": "property"}
    if inspect.isclass(static):
        return {"kind": "class", "name": static.__name__, "bases": bases(static)}
    return {"kind": "value", "value": show(static)}


def bases(cls: type) -> List[str]:
    """The names of all classes that ``cls`` is derived from."""
    return [base.__name__ for base in cls.__mro__[1:-1]]


def set_on_self(cls: type) -> Set[str]:
    """The public attributes that the methods of a class, or a base beside it, set on it or its instances."""
    found: Set[str] = set()
    for each in cls.__mro__:
        module = sys.modules.get(each.__module__)
        if each.__module__.split(".")[0] not in (*OLD_STACK, "compat") or not hasattr(module, "__file__"):
            continue
        for node in ast.walk(_tree(module)):  # type: ignore[arg-type]
            if isinstance(node, ast.ClassDef) and node.name == each.__name__:
                found.update(
                    target.attr
                    for target in ast.walk(node)
                    if isinstance(target, ast.Attribute)
                    and isinstance(target.ctx, ast.Store)
                    and isinstance(target.value, ast.Name)
                    and target.value.id in ("self", "cls")
                    and not target.attr.startswith("_")
                )
    return found


def _is_public(name: str) -> bool:
    return not name.startswith("_") or (name.startswith("__") and name not in UNTOLD)


def describe(thing: Any) -> Description:
    """What a name stands for, when it is at home where it was found."""
    if inspect.isfunction(thing):
        return {"kind": "function", "signature": signature(thing)}
    if not inspect.isclass(thing):
        return {"kind": "value", "value": show(thing)}
    told = {
        name
        for each in thing.__mro__
        if each.__module__.split(".")[0] in OLD_STACK
        for name in vars(each)
        if _is_public(name)
    }
    return {
        "kind": "class",
        "bases": bases(thing),
        "attributes": sorted(set_on_self(thing)),
        "members": {name: member(thing, name) for name in sorted(told)},
    }


def describe_module(name: str) -> Dict[str, Description]:
    """All names of a module."""
    module = importlib.import_module(name)
    described = {}
    for key, source in sorted(names(module).items()):
        thing = getattr(module, key)
        if source is None and (inspect.isclass(thing) or inspect.isfunction(thing)) and thing.__name__ != key:
            source = thing.__module__ + "." + thing.__name__
        described[key] = describe(thing) if source is None else {"kind": "same as", "name": source}
    return described


def main() -> None:
    import django
    from django.conf import settings

    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
        CHANNEL_LAYERS={"default": {"BACKEND": "asgiref.inmemory.ChannelLayer", "ROUTING": []}},
    )
    django.setup()
    json.dump({name: describe_module(name) for name in modules()}, sys.stdout, sort_keys=True)


if __name__ == "__main__":
    main()
