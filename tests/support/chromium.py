"""How tests start a Chromium: quietly, without what nobody sees."""

import os
import shutil

#: `TEST_CHROMIUM` names another browser of the family: `chromium-headless-shell` is the same engine
#: without windows, menus and profiles, which take a fifth of the processor that a page takes.
NAME = os.environ.get("TEST_CHROMIUM") or "chromium"
PROGRAM = shutil.which(NAME)
#: What Chromium leaves out: the page behind its address bar, which each new window runs and nobody
#: sees, took a second of processor time a test; and what the driver leaves out itself, as of two
#: flags of one name the last counts.
NO_FEATURES = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "AimEnabled"),
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "PaintHolding", "ThirdPartyStoragePartitioning"),
    *("OptimizationHints", "NetworkTimeServiceQuerying", "PreconnectToSearch"),
)
CHROMIUM_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(NO_FEATURES)}",
)
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
