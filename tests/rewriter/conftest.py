"""Tests of the rewriter need LibCST, which the environments of the shim do not have; the driver's must."""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest


def pytest_ignore_collect(collection_path: os.PathLike[str], config: pytest.Config) -> bool | None:
    """Leaves the tests out where LibCST is not installed. Where nox is, it is forgotten, and they shall fail."""
    return True if find_spec("libcst") is None and find_spec("nox") is None else None
