"""A site that is measured: its requests, and what they ask the historian."""

from collections.abc import Callable

import flask

from data.db import listen
from operations import requests, routes, statements

#: A request with this in its environment is ours, at the start.
UNMEASURED = requests.UNMEASURED


def measure(server: flask.Flask, build: str, called: Callable[[], str]) -> None:
    """Measure a site, before all else that looks at its requests, and tell what was measured.

    Parameters
    ----------
    build : the name of what is deployed
    called : returns the callback of Dash that a request calls
    """
    server.config["KSYS_BUILD"] = build
    requests.measure(server, called)
    listen(statements.Counting())
    server.register_blueprint(routes.blueprint)
