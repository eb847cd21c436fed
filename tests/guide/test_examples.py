"""Every example does what its transcript says: the old side on the old stack and on the shim, the new side natively."""

from __future__ import annotations

import asyncio

import pytest

from .projects import Case, Project
from .transcripts import play


def test_example(case: Case, project: Project) -> None:
    if case.example.option("$"):
        project.run(case.example.option("$"))
    lines = case.example.transcript(case.label)
    if not lines:
        return
    project.serve()
    try:
        asyncio.run(play(project, lines))
    except (AssertionError, OSError) as error:
        pytest.fail(f"{case.example.page}: {error}\n{project.logs()}", pytrace=False)
