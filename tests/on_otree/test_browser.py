"""Two windows of a browser trade with each other, by the script of the page and those of oTree's own pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.browser import wait_for

from .versions import Otree, Project

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

    def shows(self, selector: str, text: str) -> None:
        """Wait until it does."""
        self.find(selector)
        wait_for(
            self.browser,
            f"{text!r} in {selector}",
            lambda browser: text in browser.find_element("css selector", selector).text,
        )


def test_two_windows_trade_with_each_other(otree: Otree, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if otree.version not in VERSIONS or (otree.is_judge and otree.with_compat):
        pytest.skip(f"on {' and '.join(VERSIONS)}")
    browser = request.getfixturevalue("browser")
    with Project(otree, tmp_path).serve("devserver") as server:
        try:
            trade(browser, server.address)
        except Exception as error:
            pages = []
            for handle in browser.window_handles:
                browser.switch_to.window(handle)
                pages.append(f"{browser.current_url}\n{browser.find_element('tag name', 'body').text}")
            pytest.fail("\n---\n".join([f"{type(error).__name__}: {error}", *pages, server.said()]))


def trade(browser: Any, address: str) -> None:
    browser.get(f"{address}/demo/market/")
    # The demo page goes on to them by itself.
    found = wait_for(browser, "two links", lambda browser: browser.find_elements("css selector", LINKS))
    links = [link.get_attribute("href") for link in found]
    buyer, seller = (Window(browser, link) for link in links)

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
