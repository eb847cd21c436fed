"""Collects what compat says to its users: the sentences in its source, and the sections of errors.md that they name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "compat"
# What these say is on pages of their own.
ELSEWHERE = ("rewriter", "inventory", "catalogue.py")

ANY = "…"
PLACEHOLDER = re.compile(r"%(?:\([^)]*\))?[-#0 +]*\d*(?:\.\d+)?[srdifx]")
FEWEST_WORDS = 3
SAYING = {"warn", "warning", "error", "exception", "critical", "Error", "Warning", "Finding", "fail", "SystemExit"}
# What helps is not what went wrong.
HELP = ("help", "description", "prog", "usage", "metavar", "hint")


@dataclass(frozen=True)
class Message:
    """A sentence with ``…`` for what is put in.

    Attributes:
        anchor: the section of errors.md that it names, if it does.
        is_said: whether it is raised, logged or the like where it stands.
    """

    text: str
    anchor: str
    place: str
    is_said: bool


def literal(node: ast.AST) -> str | None:
    """The text of an expression that makes a str, ``…`` for each part that is not literal; None for others."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join("" if anchor_in(each) else literal(each) or ANY for each in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = literal(node.left), literal(node.right)
        return None if left is None and right is None else (left or ANY) + (right or ANY)
    return None


def tidy(text: str) -> str:
    """``…`` for placeholders, single spaces, and no sign at the end."""
    text = re.sub(rf"{ANY}(?:\.{ANY})+", ANY, PLACEHOLDER.sub(ANY, text))
    return " ".join(text.split()).rstrip(" .:")


def anchor_in(node: ast.AST) -> str:
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "see":
            return str(ast.literal_eval(each.args[0]))
    return ""


def says(node: ast.AST) -> bool:
    function = node.func if isinstance(node, ast.Call) else None
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return isinstance(node, (ast.Raise, ast.Assert)) or name in SAYING


def sentences(node: ast.AST, anchor: str = "", is_said: bool = False) -> Iterator[tuple[str, str, int, bool]]:
    """Text, anchor and line of every sentence under a node, and whether it is said. An anchor is that of the call that
    the sentence is in."""
    text = literal(node)
    if text is not None:
        own = anchor_in(node)
        # Where the log puts the section's name in, it comes last.
        yield text if own or not anchor else text.removesuffix(" %s"), own or anchor, node.lineno, is_said  # type: ignore
        return
    if isinstance(node, (ast.Call, ast.Raise)):
        anchor = anchor_in(node) or anchor
    is_said = is_said or says(node)
    # A finding's second argument is the remedy.
    left_out = node.args[1:] if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding" else []
    for child in ast.iter_child_nodes(node):
        is_docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        is_help = isinstance(child, ast.keyword) and child.arg in HELP
        is_type = isinstance(node, (ast.AnnAssign, ast.arg)) and child is node.annotation
        if not (is_docstring or is_help or is_type or child in left_out):
            yield from sentences(child, anchor, is_said)


def found_in(source: str, place: str) -> list[Message]:
    found = []
    for text, anchor, line, is_said in sentences(ast.parse(source)):
        message = Message(tidy(text), anchor, f"{place}:{line}", is_said)
        if len(re.findall(r"[A-Za-z]{2,}", message.text)) >= FEWEST_WORDS and " " in message.text:
            found.append(message)
    return found


def collected() -> list[Message]:
    """Of all modules but those that have pages of their own."""
    paths = [path for path in sorted(PACKAGE.rglob("*.py")) if path.relative_to(PACKAGE).parts[0] not in ELSEWHERE]
    places = {path: f"compat/{path.relative_to(PACKAGE).as_posix()}" for path in paths}
    return [message for path, place in places.items() for message in found_in(path.read_text("utf-8"), place)]
