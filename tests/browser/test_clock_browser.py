"""The refresh clock (assets/clock.mjs) in a real browser, its time moved by the test.

Its numbers are tested in tests/js/clock.test.mjs.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support import frames

pytestmark = pytest.mark.browser
STATE = "ksys.overview.page.clock.state"
#: The component of Dash that ticks: as it was told last, with the timer that it has set by that.
TICK = """() => {
  const entry = document.getElementById("react-entry-point");
  const name = Object.keys(entry).find((key) => key.startsWith("__reactContainer"));
  const fibers = [entry[name].stateNode.current];
  for (const fiber of fibers) {
    const { memoizedProps: props, stateNode: node } = fiber;
    if (props?.id === "overview-tick" && node && "intervalId" in node) return (window.ticks = node);
    fibers.push(...[fiber.child, fiber.sibling].filter(Boolean));
  }
}"""
ARMED = f"ticks.intervalId && ticks.props.interval === Math.round({STATE}.delay)"
UNARMED = "!ticks.intervalId"
#: How far ahead the page's time stops [ms]: it goes on until the page hears of it.
AHEAD = 10_000
#: What the rest after each failure in a row is before jitter [ms].
LADDER = (10_000, 20_000, 40_000, 60_000, 60_000)
#: What an answer takes off the rest after it, at most [ms].
TAKEN = 500
BROKEN = {"error": "historian_lost", "message": "The connection broke."}
FAILURES: dict[str, Callable[[Any], None]] = {
    "no connection": lambda route: route.abort(),
    "a page of a proxy": lambda route: route.fulfill(
        status=502, content_type="text/html", body="<h1>Bad gateway</h1>"
    ),
    "a historian that never answered": lambda route: frames.fulfil(route, json.dumps(BROKEN), 503),
    "old values of a historian that is down": lambda route: frames.fulfil(
        route, json.dumps(frames.frame(3) | BROKEN | {"as_of": 1_795_386_391_900})
    ),
}


@pytest.fixture
def site(living_site):
    """A plant that stays fresh however long the session lasts."""
    return living_site


class Server:
    """The route of the frames: answers by `way`, or holds the request; counts them.

    Once it `waits`, it answers when the interval is off: the timer that is set then is a new one.
    """

    def __init__(self, tab: Any) -> None:
        self.tab, self.waits = tab, False
        self.asked = 0
        self.held: list[Any] = []
        self.way: Callable[[Any], None] = well
        frames.serve(tab, 3)
        frames.route(tab, "frame", self._handle)

    def hold(self, route: Any) -> None:
        self.held.append(route)

    def _handle(self, route: Any) -> None:
        self.asked += 1
        if self.waits:
            until(self.tab, lambda: self.tab.evaluate(UNARMED))
        self.way(route)


def well(route: Any) -> None:
    frames.fulfil(route, json.dumps(frames.frame(3)))


def opened(tab: Any, site: str, query: str = "") -> Server:
    """Open the overview over made-up answers, stop the page's time, and refresh once more."""
    server = Server(tab)
    tab.clock.install()
    tab.goto(f"{site}/?lang=en{query}")
    until(tab, lambda: rests(tab) and answers(tab) > 0)
    tab.evaluate(f"void ({TICK})(); ksys.overview.page.clock.pause(true)")
    until(tab, lambda: rests(tab) and tab.evaluate(UNARMED))
    tab.clock.pause_at(tab.evaluate(f"(Date.now() + {AHEAD}) / 1000"))
    server.waits, seen = True, answers(tab)
    tab.evaluate("ksys.overview.page.clock.pause(false)")
    until(tab, lambda: rests(tab) and answers(tab) > seen)
    return server


def until(tab: Any, truth: Callable[[], Any], milliseconds: int = 0) -> None:
    """Wait until it is true, letting so much of the page's time pass between two looks."""
    for _ in range(1_500):
        if truth():
            return
        if milliseconds:
            tab.clock.run_for(milliseconds)
        tab.wait_for_timeout(20)
    raise AssertionError("it did not come true")


def rests(tab: Any) -> bool:
    """Whether the page is there and no request is under way."""
    return tab.evaluate(f"Boolean(window.ksys?.overview?.page) && !{STATE}.inFlight")


def answers(tab: Any) -> int:
    return int(tab.get_attribute("#overview", "data-answers") or 0)


def state(tab: Any, name: str) -> Any:
    return tab.evaluate(f"{STATE}.{name}")


def interval(tab: Any) -> float:
    """The interval that the dcc.Interval has been given [ms]."""
    until(tab, lambda: tab.evaluate(ARMED), 1)
    return tab.evaluate("ticks.props.interval")


def asks(tab: Any, server: Server, before: int) -> None:
    """Let time pass until the page asks, and none while that is on its way: it counts as slow."""
    until(tab, lambda: server.asked > before or state(tab, "inFlight"), 50)
    until(tab, lambda: server.asked > before)


def rested(tab: Any, server: Server) -> float:
    """Let the interval pass: nothing is asked before it is over, and one request then."""
    rest, before = interval(tab), server.asked
    tab.clock.run_for(max(0, rest - 1_000))
    assert server.asked == before
    asks(tab, server, before)
    until(tab, lambda: rests(tab))
    assert server.asked == before + 1
    return rest


@pytest.mark.parametrize("failure", FAILURES)
def test_while_answers_fail_the_page_asks_ever_more_seldom_and_a_good_one_ends_that(
    tab: Any, site: str, failure: str
) -> None:
    server = opened(tab, site, "&every=2s")
    server.way = FAILURES[failure]
    assert rested(tab, server) <= 2_000
    found = [rested(tab, server) for _ in LADDER]
    assert all(0.8 * step <= rest <= 1.2 * step for step, rest in zip(LADDER, found, strict=True))
    server.way = well
    rested(tab, server)
    server.way = FAILURES[failure]
    assert rested(tab, server) <= 2_000
    assert 8_000 <= interval(tab) <= 12_000


@pytest.mark.parametrize(
    ("failure", "silent"),
    [("old values of a historian that is down", False), ("no connection", True)],
)
def test_a_server_that_answers_is_not_called_silent_while_the_page_rests(
    tab: Any, site: str, failure: str, silent: bool
) -> None:
    server = opened(tab, site)
    server.way = FAILURES[failure]
    for _ in range(5):
        rested(tab, server)
    tab.clock.run_for(40_000)
    assert tab.evaluate("ksys.overview.page.clock.silence() > 0") is silent


def test_whatever_asks_for_a_refresh_there_is_one_request_at_a_time(tab: Any, site: str) -> None:
    server = opened(tab, site, "&every=2s")
    server.way = server.hold
    asks(tab, server, server.asked)
    before = server.asked
    for event in ("online", "online"):
        tab.evaluate("name => window.dispatchEvent(new Event(name))", event)
    tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    tab.evaluate("[1, 2, 3].forEach(() => dash_clientside.ksys_overview.refresh())")
    tab.select_option("#overview-every", "5")
    tab.clock.run_for(12_000)
    tab.wait_for_timeout(300)
    assert server.asked == before
    server.way = well
    well(server.held.pop())
    until(tab, lambda: server.asked == before + 1)
    until(tab, lambda: rests(tab))
    assert server.asked == before + 1, "what was asked for meanwhile is one request, after it"


def test_a_request_that_is_never_answered_is_given_up_and_asked_anew(tab: Any, site: str) -> None:
    server = opened(tab, site, "&every=2s")
    server.way = server.hold
    asks(tab, server, server.asked)
    tab.clock.run_for(14_000)
    assert state(tab, "inFlight")
    until(tab, lambda: rests(tab), 100)
    assert state(tab, "strikes") == 1
    seen, server.way = answers(tab), well
    assert 8_000 <= rested(tab, server) <= 12_000
    assert answers(tab) == seen + 1
    assert state(tab, "strikes") == 0


@pytest.mark.parametrize(
    ("query", "seconds"), [("", 10), ("&every=2s", 2), ("&every=5m", 300), ("&every=300", 300)]
)
def test_the_interval_is_the_one_of_the_address(
    tab: Any, site: str, query: str, seconds: int
) -> None:
    server = opened(tab, site, query)
    assert 500 * seconds <= interval(tab) <= 1_000 * seconds
    assert tab.input_value("#overview-every") == str(seconds)
    assert state(tab, "period") == 1_000 * seconds
    rested(tab, server)


@pytest.mark.parametrize("seconds", [2, 300])
def test_an_interval_that_is_chosen_holds_at_once_and_stands_in_the_address(
    tab: Any, site: str, seconds: int
) -> None:
    server = opened(tab, site)
    tab.select_option("#overview-every", str(seconds))
    assert f"every={seconds}" in tab.url
    assert 1_000 * seconds - TAKEN <= interval(tab) <= 1_000 * seconds
    rested(tab, server)
    tab.select_option("#overview-every", "10")
    assert "every" not in tab.url
    assert 10_000 - TAKEN <= interval(tab) <= 10_000
