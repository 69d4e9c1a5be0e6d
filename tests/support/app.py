"""The app with every callback, however many apps a process has made before.

Dash hands what modules registered to the first app of a process: pages are executed anew for each,
the shell is imported once, so a second app would lack its callbacks, and a walk over all pass them.
"""

from dash import _callback

import web
from settings import Settings

# Read while tests are collected, before any of them makes an app.
_OF_MODULES = {
    output: entry
    for output, entry in _callback.GLOBAL_CALLBACK_MAP.items()
    if entry["callback"].__module__.startswith("components.")
}
_LISTED = [each for each in _callback.GLOBAL_CALLBACK_LIST if each["output"] in _OF_MODULES]
assert {"demo.children", "shell-notice.children"} <= set(_OF_MODULES)


def whole_app(settings: Settings) -> web.Ksys:
    """Return the app as the first of a process is."""
    listed = {each["output"] for each in _callback.GLOBAL_CALLBACK_LIST}
    for each in _LISTED:
        if each["output"] not in listed:
            _callback.GLOBAL_CALLBACK_LIST.append(each)
    for output, entry in _OF_MODULES.items():
        _callback.GLOBAL_CALLBACK_MAP.setdefault(output, entry)
    return web.create_app(settings)
