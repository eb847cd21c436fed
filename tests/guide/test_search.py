"""Who pastes an error message into the search box of the site finds it on one of the first three pages shown."""

from __future__ import annotations

import functools
import http.server
import threading
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
from support import browser

# As they stand on a terminal, with what is around them.
PASTED = {
    "ImportError: cannot import name 'Group' from 'channels' (/venv/channels/__init__.py)": "foreign-errors/",
    "channels.exceptions.InvalidChannelLayerError: ROUTING key found for default - this is no longer needed in "
    "Channels 2.": "foreign-errors/#settings",
    "ValueError: No route found for path 'chat/'.": "foreign-errors/#routing-of-native-consumers",
    "Cannot import ASGI_APPLICATION module 'mysite.asgi'": "foreign-errors/",
    "Ignored the keys 'foo' of a message for a WebSocket, which takes text, bytes": "errors/#reply-keys",
    "No ROUTING specified for default.": "errors/#no-routing",
    # What is no message is found where it was.
    "routing": "routing/",
    "sessions": "sessions-and-users/",
    "procfile": "deployment/#procfile-heroku",
}
PAGES = 3


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the built site, on a server that knows nothing else."""
    folder = request.config.getoption("--site", None)
    if not folder:
        pytest.skip("no built site given (--site FOLDER)")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def driver(site: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with browser.running(tmp_path_factory.mktemp("browser")) as running:
        yield running


@pytest.mark.parametrize("message", PASTED)
def test_a_pasted_message_is_found(message: str, site: str, driver: Any) -> None:
    driver.get("about:blank")
    driver.get(f"{site}?{urllib.parse.urlencode({'q': message})}")
    driver.find_element("css selector", ".md-search-result__link")  # waits
    links = driver.find_elements("css selector", ".md-search-result__link")
    found = [link.get_attribute("href").replace(site, "") for link in links]
    shown = [
        each.partition("?")[0] + each[each.find("#") :] if "#" in each else each.partition("?")[0] for each in found
    ]
    # Answers of one page stand together.
    pages = list(dict.fromkeys(each.partition("#")[0] for each in shown))
    assert PASTED[message].partition("#")[0] in pages[:PAGES], shown
    assert PASTED[message] in shown
