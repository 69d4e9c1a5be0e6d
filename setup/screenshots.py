"""Photograph the pages over the demonstration plant into docs/, for the README."""

import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
ADDRESS = "http://127.0.0.1:8050"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
# name, address, width, height, theme
SHOTS = (
    ("overview-light", "/?lang=en", 1440, 900, "light"),
    ("overview-dark", "/?lang=en", 1440, 900, "dark"),
    ("overview-ko", "/?lang=ko", 1440, 900, "light"),
    ("overview-phone", "/?lang=en", 390, 844, "light"),
    ("status-light", "/status?lang=en", 1440, 1120, "light"),
    ("status-ko", "/status?lang=ko", 1440, 1120, "light"),
    ("trend-light", "/trend?lang=en&tag=D101&tag=D300&window=24h", 1440, 1000, "light"),
    ("trend-dark", "/trend?lang=en&tag=D101&tag=D300&window=24h", 1440, 1000, "dark"),
    ("trend-ko", "/trend?lang=ko&tag=D101&tag=D300&window=24h", 1440, 1000, "light"),
    ("trend-phone", "/trend?lang=en&tag=D101&window=24h", 390, 844, "light"),
    ("tech-light", "/tech?lang=en&tag=D300&window=24h", 1440, 1000, "light"),
    ("tech-dark", "/tech?lang=en&tag=D300&window=24h", 1440, 1000, "dark"),
    ("tech-ko", "/tech?lang=ko&tag=D300&window=24h", 1440, 1000, "light"),
    ("tech-phone", "/tech?lang=en&tag=D300&window=24h", 390, 844, "light"),
)


def _answers() -> bool:
    try:
        urllib.request.urlopen(f"{ADDRESS}/healthz", timeout=1).close()
    except OSError:
        return False
    return True


def _photograph(browser: Any, folder: Path) -> None:
    for name, path, width, height, theme in SHOTS:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,
            timezone_id="Asia/Seoul",
        )
        page = context.new_page()
        page.goto(ADDRESS + path)
        page.wait_for_selector(".tag-card, .main-svg, #status-body h1", timeout=30_000)
        if page.locator(".rows-table").count():  # it comes after the chart
            page.wait_for_selector(".ag-center-cols-container .ag-row", timeout=30_000)
        page.wait_for_timeout(2500)
        page.screenshot(path=folder / f"{name}.png")
        context.close()


def main() -> None:
    """Use the app that runs, else start one for the while, and write docs/*.png."""
    folder = ROOT / "docs"
    folder.mkdir(exist_ok=True)
    started = None if _answers() else subprocess.Popen([sys.executable, "app.py"], cwd=ROOT)
    while not _answers():
        time.sleep(0.2)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        _photograph(browser, folder)
        browser.close()
    if started:
        started.terminate()
        started.wait(20)


if __name__ == "__main__":
    main()
