"""Ksys below a path of its host: routes are written from `/`, pages and scripts from the base."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class Below:
    """A WSGI application that answers below a path.

    A proxy may hand on the path whole or cut it off; both reach the same routes.

    Parameters
    ----------
    path : such as `/ksys`, without a slash at its end; empty for the root of the host
    """

    def __init__(self, application: WSGIApplication, path: str) -> None:
        self._application = application
        self._path = path

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, its base moved from the path into SCRIPT_NAME."""
        path = environ.get("PATH_INFO", "")
        if self._path and f"{path}/".startswith(f"{self._path}/"):
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + self._path
            environ["PATH_INFO"] = path.removeprefix(self._path) or "/"
        return self._application(environ, start_response)
