"""Finds the rules: every module in ``rules/`` is one."""

from __future__ import annotations

import functools
import importlib
import pkgutil

from . import rules
from .model import Rule


@functools.lru_cache(maxsize=None)
def all_rules() -> tuple[Rule, ...]:
    """The rules, by their codes. A module of ``rules/`` has CODE, STAGE, ABOUT, and ``python`` (judges a
    :class:`~compat.rewriter.source.Source`) or ``lines`` with ``files``."""
    found = []
    for info in pkgutil.iter_modules(rules.__path__):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{rules.__name__}.{info.name}")
        found.append(
            Rule(
                name=info.name.replace("_", "-"),
                code=module.CODE,
                stage=module.STAGE,
                about=module.ABOUT,
                python=getattr(module, "python", None),
                lines=getattr(module, "lines", None),
                files=getattr(module, "files", lambda path: False),
            )
        )
    return tuple(sorted(found, key=lambda rule: rule.code))
