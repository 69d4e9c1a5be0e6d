"""Pages of charts: when nothing more follows by itself."""

from typing import Any

from playwright.sync_api import expect

WAIT_MS = 60_000
#: Whether Dash has had nothing to do for so long that what follows from an answer has come.
STILL = """() => {
  const now = performance.now();
  if (dash_stores.some((store) => store.getState().isLoading)) window.stillSince = NaN;
  else if (isNaN(window.stillSince)) window.stillSince = now;
  return now - window.stillSince > 300;
}"""


def still(tab: Any) -> None:
    """Wait until nothing more is asked for a while."""
    tab.evaluate("window.stillSince = NaN")
    tab.wait_for_function(STILL, timeout=WAIT_MS)


def settled(tab: Any, page: str = "trend") -> None:
    """Wait until what was asked is answered: nothing more is asked for a while."""
    still(tab)
    expect(tab.locator(f"#{page}-seeing")).not_to_be_empty()
