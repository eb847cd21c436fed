"""A headless Chromium for tests: optional on a user's machine, required where CI=true."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Seconds; only a failing test waits that long.
DEADLINE = 30.0

# Nothing but the pages of the test is asked for, and root may start it.
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Containers have little of it.
    "--disable-dev-shm-usage",
)


def require() -> tuple[str, str]:
    """The paths of Chromium and of its chromedriver. Without them, or without selenium, the test is skipped; in CI it
    fails."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    chromedriver = shutil.which("chromedriver")
    missing = [] if chromium and chromedriver else ["Chromium (apt-get install chromium chromium-driver)"]
    try:
        import selenium.webdriver  # noqa: F401
    except ImportError:
        missing.append("selenium")
    if missing:
        say: Any = pytest.fail if os.environ.get("CI", "").lower() == "true" else pytest.skip
        say(f"needs {' and '.join(missing)}")
    return str(chromium), str(chromedriver)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Any]:
    """A selenium driver of a Chromium with an empty profile in ``folder``. ``find_element`` and friends wait."""
    chromium, chromedriver = require()
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for option in (*OPTIONS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(option)
    log = str(folder / "chromedriver.log")
    driver = webdriver.Chrome(options, webdriver.ChromeService(chromedriver, log_output=log))
    try:
        driver.implicitly_wait(DEADLINE)
        driver.set_page_load_timeout(DEADLINE)
        yield driver
    finally:
        driver.quit()


@pytest.fixture
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A browser of the test's own: see :func:`running`. Import it into the ``conftest.py`` that wants it."""
    with running(tmp_path_factory.mktemp("browser")) as driver:
        yield driver


def wait_for(driver: Any, what: str, ready: Any) -> Any:
    """What ``ready(driver)`` returns as soon as that is true.

    Args:
        what: it is that is waited for; the failure says so.
    """
    from selenium.common.exceptions import StaleElementReferenceException
    from selenium.webdriver.support.wait import WebDriverWait

    wait = WebDriverWait(driver, DEADLINE, 0.05, ignored_exceptions=[StaleElementReferenceException])
    return wait.until(ready, f"waited in vain for {what}")
