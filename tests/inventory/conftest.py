"""Tests of the inventory need LibCST, as those of the rewriter; a browser where there is one."""

from rewriter.conftest import pytest_ignore_collect  # noqa: F401
from support.browser import browser  # noqa: F401
