"""What works where: how every test ended on every oTree is kept in works.json, and the guide's table is made of that.

``pytest tests/on_otree --otree PYTHON … --otree-record`` writes both; without ``--otree-record`` a run that ends
otherwise than recorded fails.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

RECORD = Path(__file__).with_name("works.json")
PAGE = Path(__file__).resolve().parents[2] / "migration_guide" / "otree.md"
BEGIN, END = "<!-- What follows is made of tests/on_otree/works.json. -->", "<!-- So far. -->"
PASSED, SKIPPED, FAILED = "passed", "skipped", "failed"
MARKS = {PASSED: "✓", SKIPPED: "–", FAILED: "**no**"}

# version -> test -> how it ended
Works = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Statement:
    """What oTree's manual of 2.2.4 says, in our words, and the tests that show it (``*``: any)."""

    text: str
    tests: tuple[str, ...]

    def ended(self, tests: dict[str, str]) -> str:
        """Raises ValueError: a test that should show it has not been run."""
        found: set[str] = set()
        for pattern in self.tests:
            ended = [how for test, how in tests.items() if fnmatchcase(test, pattern)]
            if not ended:
                raise ValueError(f"no test {pattern}")
            found.update(ended)
        return next(how for how in (FAILED, PASSED, SKIPPED) if how in found)


MARKET = "market.two_traders_see_what_they_saw_on_2_2_4 *"
STATEMENTS = tuple(
    Statement(text, tests)
    for text, *tests in (
        ("consumers for connect, receive and disconnect, arguments from the path", MARKET),
        (
            "class-based consumers (`JsonWebsocketConsumer`, `OTreeJsonWebsocketConsumer`)",
            MARKET,
            "NamesTest.test_the_base_class_of_consumers",
        ),
        (
            "`from otree.channels.routing import channel_routing`, `channel_routing += […]`, `CHANNEL_ROUTING`",
            MARKET,
            "RoutingTest.test_the_list_holds_what_old_code_looks_at",
        ),
        (
            "routes that are appended in other modules, or by extension apps",
            "RoutingTest.test_routes_appended_by_pages_and_by_extensions_are_consumed",
        ),
        (
            "oTree's own routes come first",
            "RoutingTest.test_otrees_own_sockets_are_otrees_even_if_a_route_takes_everything",
        ),
        ("`Group(…).send` and `Channel(…).send` in models, pages, views and consumers", MARKET),
        ("background tasks, whose sends arrive while they run", MARKET),
        ("many replies of one consumer all arrive, in order", "held.many_replies_*"),
        ("a slow consumer or task delays no page and no other socket", "held.a_slow_consumer_*"),
        ("a slow page delays no socket", "held.a_slow_page_*"),
        (
            "`self.player` is saved by itself on pages; `.save()` needed in consumers, also at the same moment",
            MARKET,
            "ModelsTest.test_a_*",
            "held.a_page_that_is_held_*",
            "GuardTest.*",
        ),
        (
            "models of one's own, saved by hand; `ForeignKey` without `on_delete`",
            MARKET,
            "ModelsTest.test_a_model_of_ones_own_*",
        ),
        ("`initial=`, `label=`; fields are null unless told otherwise", MARKET, "ModelsTest.test_defaults_*"),
        (
            "`url(r'^my_view/$', 'my_app.pages.my_view')` (did not work on 2.2.4 itself)",
            "SettingsTest.test_a_view_in_quotes_*",
        ),
        ("`url(r'^my_view/$', my_view)`, `ROOT_URLCONF`", MARKET),
        (
            "`MIDDLEWARE_CLASSES`, `CHANNEL_LAYERS` of that time",
            "SettingsTest.test_middleware_*",
            "SettingsTest.test_the_old_layer_*",
        ),
        ("wait pages, auto-advance, rooms and chat get what legacy code sends to their groups", "OwnGroupsTest.*"),
        ("oTree 3's live pages, beside it", "LivePageTest.*"),
        ("sockets that nobody routes stay open, by `OTREE_OPEN_UNKNOWN_SOCKETS`", "unknown_paths.*_by_a_setting"),
        ("`otree devserver`, `otree runserver`", MARKET),
        (
            "`otree runprodserver`, with Redis where the version uses it",
            "market.two_traders_see_the_same_in_production runprodserver",
            "market.two_traders_see_the_same_in_production prodserver",
        ),
        (
            "the lines of a Procfile of that time",
            "market.two_traders_see_the_same_in_production 1of2 and 2of2",
            "market.two_traders_see_the_same_in_production a line each",
            "market.two_traders_see_the_same_in_production as on Heroku",
        ),
        (
            "the example, rewritten for `compat`, and for today's channels ([rewriter.md](rewriter.md))",
            "market.two_traders_see_the_same_when_it_is_rewritten *",
        ),
        ("`otree test`", "market.bots_play"),
        ("browser bots", "browser.browser_bots_play *"),
        ("`otree shell`, `otree create_session`", "market.the_shell_*", "market.a_session_is_created_by_command"),
    )
)


def name(nodeid: str, otree: str) -> str:
    """A test of this folder, called the same whatever oTree it runs on."""
    path, _, function = nodeid.partition("::")
    function, _, parameters = function.partition("[")
    others = [each.strip("-") for each in parameters[:-1].split(otree)]
    return " ".join([f"{Path(path).stem}.{function}".replace("test_", ""), *filter(None, others)])


class Recorder:
    """Plugin of pytest that notes how tests end on new oTrees, with compat.

    Args:
        write: the record and the table anew, instead of comparing.
        whole: all tests were asked for, so none may be missing.
    """

    def __init__(self, write: bool, whole: bool) -> None:
        self.write = write
        self.whole = whole
        self.works: Works = {}
        self.differences: list[str] = []

    def pytest_runtest_logreport(self, report: Any) -> None:
        properties = dict(report.user_properties)
        if "otree" not in properties:
            return
        version = properties["otree"]
        ended = {name(report.nodeid, version): report.outcome, **properties.get("inside", {})}
        tests = self.works.setdefault(version, {})
        for test, how in ended.items():
            if tests.get(test, PASSED) == PASSED:
                tests[test] = how

    def pytest_sessionfinish(self, session: Any) -> None:
        recorded = read()
        if self.write:
            for version, tests in self.works.items():
                recorded[version] = tests if self.whole else {**recorded.get(version, {}), **tests}
            RECORD.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n", "utf-8")
            PAGE.write_text(page(recorded), "utf-8")
            return
        self.differences = list(differences(recorded, self.works, self.whole))
        if self.differences and session.exitstatus == 0:
            session.exitstatus = 1

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for line in self.differences:
            terminalreporter.write_line(f"FAILED {RECORD.name}: {line} (--otree-record writes it anew)", red=True)


def read() -> Works:
    works: Works = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
    return works


def differences(recorded: Works, seen: Works, whole: bool) -> Iterable[str]:
    for version, tests in seen.items():
        known = recorded.get(version, {})
        for test in sorted(tests.keys() | (known.keys() if whole else ())):
            if tests.get(test) != known.get(test):
                yield f"{version}: {test}: recorded {known.get(test)}, now {tests.get(test)}"


def table(works: Works) -> str:
    versions = sorted(works, key=lambda version: [int(part) for part in version.split(".")])
    lines = [["statement of the manual", *versions], ["---"] * (len(versions) + 1)]
    for statement in STATEMENTS:
        lines.append([statement.text, *(MARKS[statement.ended(works[version])] for version in versions)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def page(works: Works) -> str:
    """The guide's page as it should be."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    assert after, f"{PAGE} lacks the lines {BEGIN} and {END}"
    return f"{before}{BEGIN}\n\n{table(works)}\n\n{END}{after}"
