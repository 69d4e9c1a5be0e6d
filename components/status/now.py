"""What is so now, as this worker of the site sees it."""

import flask

from data import status


def status_now() -> status.Report:
    """Return what is so with the historian and with this worker."""
    background = flask.current_app.extensions.get("ksys-background")
    return status.now(background.notes() if background else ())
