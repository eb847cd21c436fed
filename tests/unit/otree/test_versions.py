"""What is known of oTree's versions, in words."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Callable

import pytest

from compat import otree as package
from compat.otree import commands, names, versions


@pytest.mark.parametrize(
    ("version", "numbers", "own_server", "shared_idmap", "keywords", "retired"),
    [
        ("2.3.33", (2, 3), False, False, False, set()),
        ("2.5.8", (2, 5), False, False, True, set()),
        ("3.0.12", (3, 0), False, False, True, {"botworker", "timeoutworkeronly"}),
        ("3.2.8", (3, 2), False, True, True, {"botworker", "timeoutworkeronly"}),
        ("3.4.0b1", (3, 4), True, True, True, {"botworker", "timeoutworkeronly"}),
    ],
)
def test_facts(
    otree: Callable[[str], ModuleType],
    version: str,
    numbers: Any,
    own_server: bool,
    shared_idmap: bool,
    keywords: bool,
    retired: Any,
) -> None:
    otree(version)
    assert versions.installed() == numbers
    assert versions.has_own_server() is own_server
    assert versions.idmap_is_shared() is shared_idmap
    assert versions.paths_take_keywords() is keywords
    assert set(versions.retired_commands()) == retired


@pytest.mark.parametrize(("version", "says_so"), [("5.10.4", True), ("10.0", True), ("3.4.0", False), ("", False)])
def test_an_otree_without_channels_is_told(
    version: str, says_so: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "otree"
    folder.mkdir()
    (folder / "__init__.py").write_text(f"__version__ = '{version}'\n" if version else "raise ImportError\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert package.installed_version() == version
    assert package.without_channels().startswith(f"oTree {version} has neither") is says_so


def test_no_otree_at_all() -> None:
    assert package.without_channels() == ""


def test_a_retired_command_takes_any_arguments_and_says_what_does_its_work(capsys: pytest.CaptureFixture[str]) -> None:
    commands.Retired("botworker", "others do it").run_from_argv(["otree", "botworker", "--threads", "4", "more"])
    assert capsys.readouterr().out.startswith("otree botworker has nothing to do any more: others do it.")


def test_paths_by_position_and_by_name() -> None:
    def native(**kwargs: Any) -> Any:
        return kwargs

    utils = SimpleNamespace(auto_advance_path=native, gbat_path=native, room_participant_path=native)
    names.take_positions(utils)
    expected = {"participant_code": "abc", "page_index": 4}
    assert utils.auto_advance_path("abc", 4) == expected
    assert utils.auto_advance_path("abc", index_in_pages=4) == expected
    assert utils.auto_advance_path(participant_code="abc", page_index=4) == expected
