"""A browser runs the scripts of the pages: two windows trade with each other, and oTree's browser bots play."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conformance.servers import Redis, wait_until
from support.browser import wait_for

from .versions import Otree, Project, Server

# The judge and the newest: what lies between them is played by script (test_market.py).
VERSIONS = ("2.2.4", "3.4.0")
LINKS = "a[href*=InitializeParticipant]"


class Window:
    """One participant's."""

    def __init__(self, browser: Any, link: str) -> None:
        browser.switch_to.new_window("window")
        self.browser = browser
        self.handle = browser.current_window_handle
        browser.get(link)

    def find(self, selector: str) -> Any:
        self.browser.switch_to.window(self.handle)
        return self.browser.find_element("css selector", selector)

    def click(self, selector: str) -> None:
        self.find(selector).click()

    def types(self, selector: str, text: str) -> None:
        field = self.find(selector)
        field.clear()
        field.send_keys(text)

    def is_completed_by_a_bot(self) -> bool:
        self.browser.switch_to.window(self.handle)
        # oTree 3, oTree 2
        return "OutOfRange" in self.browser.current_url or self.find("body").text == "Bot completed"

    def shows(self, selector: str, text: str) -> None:
        """Wait until it does."""
        self.find(selector)
        wait_for(
            self.browser,
            f"{text!r} in {selector}",
            lambda browser: text in browser.find_element("css selector", selector).text,
        )


@contextlib.contextmanager
def shown(browser: Any, server: Server) -> Iterator[None]:
    """A failure shows what is in the windows, and what the server said."""
    try:
        yield
    except Exception as error:
        pages = []
        for handle in browser.window_handles:
            browser.switch_to.window(handle)
            pages.append(f"{browser.current_url}\n{browser.find_element('tag name', 'body').text}")
        pytest.fail("\n---\n".join([f"{type(error).__name__}: {error}", *pages, server.said()]))


def test_two_windows_trade_with_each_other(otree: Otree, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if otree.version not in VERSIONS or (otree.is_judge and otree.with_compat):
        pytest.skip(f"on {' and '.join(VERSIONS)}")
    browser = request.getfixturevalue("browser")
    with Project(otree, tmp_path).serve("devserver") as server, shown(browser, server):
        trade(*windows(browser, server.address))


@pytest.mark.parametrize("command", ["devserver", "runprodserver"])
def test_browser_bots_play(
    otree: Otree, command: str, redis: Redis, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if otree.is_judge and otree.with_compat:
        pytest.skip("compat does nothing there")
    browser = request.getfixturevalue("browser")
    project = Project(otree, tmp_path, settings="SESSION_CONFIG_DEFAULTS['use_browser_bots'] = True")
    with project.serve(command, REDIS_URL=redis.url()) as server, shown(browser, server):
        if command == "runprodserver" and otree.version.startswith("2."):
            # At its start it throws away what it has been sent.
            wait_until("botworker", lambda: "botworker is listening" in server.processes[0].text(), [])
        for window in windows(browser, server.address):
            wait_for(browser, "the bot", lambda _, window=window: window.is_completed_by_a_bot())


def windows(browser: Any, address: str) -> list[Window]:
    """Those of the two participants of a new session."""
    browser.get(f"{address}/demo/market/")
    # The demo page goes on to their links by itself.
    found = wait_for(browser, "two links", lambda browser: browser.find_elements("css selector", LINKS))
    return [Window(browser, link) for link in [link.get_attribute("href") for link in found]]


def trade(buyer: Window, seller: Window) -> None:
    for age, window in enumerate((buyer, seller), 30):
        window.types("[name=age]", str(age))
        window.click(".otree-btn-next")
    # The buyer's wait page goes on by itself.
    for window in (buyer, seller):
        window.shows("#cash", "100")
        window.click("#ready")
    for window in (buyer, seller):
        window.shows("#state", "The market is open.")

    buyer.types("#price", "17")
    buyer.click("#bid")
    seller.shows("#bids", "17")
    seller.types("#price", "16")
    seller.click("#ask")
    for window, cash, units in ((buyer, "83", "5"), (seller, "117", "3")):
        window.shows("#trades", "17")
        window.shows("#cash", cash)
        window.shows("#units", units)

    seller.types("#line", "Danke schön")
    seller.click("#say")
    buyer.shows("#chat", "2: Danke schön")

    seller.click("#stop")
    buyer.shows("#state", "The market is closed.")
    for window in (buyer, seller):
        window.click(".otree-btn-next")
    buyer.shows("#result", "You bought 1, sold 0, have 83 points and 5 units: 233 points.")
    seller.shows("#result", "You bought 0, sold 1, have 117 points and 3 units: 147 points.")
