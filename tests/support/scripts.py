"""A way for tests into the scripts of a page, which keep no global of their own."""

import re
from collections.abc import Callable
from typing import Any

from tests.support.places import ASSETS

#: Modules are the same ones that the page runs: the script that joins them runs each once.
REACH = """
window.ksys = { overview: { page: null } };
document.addEventListener("DOMContentLoaded", async () => {
  const { assets } = document.documentElement.dataset;
  if (!assets) return;
  const names = ["page", "model/model", "view/pins", "view/details"];
  const paths = ["clock.mjs", ...names.map((name) => `overview/${name}.mjs`)];
  const script = await import(assets + "overview/page.mjs").catch(() => null);
  // Of another build, or its modules one by one, where a test wants it so.
  if (!script || !window.ksysModules) return;
  const [clock, page, model, pins, details] = paths.map((path) => window.ksysModules[path]);
  window.ksys.clock = clock;
  Object.assign(window.ksys.overview, { model, pins, details });
  Object.defineProperty(window.ksys.overview, "page", { get: page.current });
});
"""


def context(browser: Any, **options: Any) -> Any:
    """Return a browser context whose pages let tests see `ksys.overview.page` and some modules."""
    made = browser.new_context(**options)
    made.add_init_script(REACH)
    return made


#: What a page does against its own policy, from its first script on.
WATCH = """
window.policyViolations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.policyViolations.push(`${event.effectiveDirective} ${event.blockedURI}`);
});
"""


def watch_policy(tab: Any) -> Callable[[], list[str]]:
    """Watch the pages that a tab opens from now on; return what tells what the last one broke."""
    tab.add_init_script(WATCH)
    return lambda: list(tab.evaluate("window.policyViolations"))


def typedef(name: str) -> dict[str, bool]:
    """Return the fields of a typedef of the scripts, and whether each is always there."""
    text = "".join(path.read_text(encoding="utf8") for path in sorted(ASSETS.rglob("types.mjs")))
    for block in re.findall(r"/\*\*(.*?)\*/", text, re.S):
        if re.search(rf"@typedef {{object}} {name}\b", block):
            fields = re.findall(r"@property {.*?}\s(\[?)(\w+)\]?(?=\s|$)", block, re.M)
            return {field: not optional for optional, field in fields}
    raise AssertionError(f"no typedef {name}")


def shapes() -> dict[str, str]:
    """Return state -> shape, as the overview draws them."""
    text = (ASSETS / "words.mjs").read_text(encoding="utf8")
    (table,) = re.findall(r"^export const SHAPES = {$(.*?)^};$", text, re.M | re.S)
    return dict(re.findall(r'^  "?([\w ]+)"?: "(.*)",$', table, re.M))


def words(name: str) -> dict[str, str]:
    """Return key -> English text of a table of the scripts' words, such as `STATES`."""
    files = (ASSETS / "words.mjs", ASSETS / "reasons.mjs")
    text = "".join(file.read_text(encoding="utf8") for file in files)
    (table,) = re.findall(rf"^const {name} = {{$(.*?)^}};$", text, re.M | re.S)
    rows = re.findall(r'^  "?([\w ]+)"?: \(\) => t\("([^"]+)"\),$', table, re.M)
    assert rows, f"no words in {name}"
    return dict(rows)
