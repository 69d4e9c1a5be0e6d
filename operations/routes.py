"""`/metrics` for Prometheus, and `/readyz`: what was counted and what was seen, at once.

Both need a viewer, or his token: a proxy on the same machine makes every stranger one of loopback,
so an address proves nothing. Neither asks the historian, nor holds a place of those who do.
"""

import time
from collections.abc import Iterator

import flask
import orjson
from prometheus_client import CONTENT_TYPE_LATEST, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from operations import metrics, viewers
from operations.watch import OLD_S, Look, Watch

#: Where a site keeps its watch.
WATCH = "ksys-watch"
blueprint = flask.Blueprint("operations", __name__)


class Here(Collector):
    """What is the same whichever worker is asked.

    Parameters
    ----------
    build : the name of what is deployed
    """

    def __init__(self, build: str) -> None:
        self.build = build

    def collect(self) -> Iterator[Metric]:
        """Yield the build, and how many look."""
        named = GaugeMetricFamily("ksys_build_info", "1, by the build.", labels=["build"])
        named.add_metric([self.build], 1)
        yield named
        text = "Viewers within the last minute, of all workers, about."
        yield GaugeMetricFamily("ksys_viewers", text, viewers.count())


@blueprint.get("/metrics")
def send_metrics() -> flask.Response:
    """Send all metrics, of all workers."""
    here = Here(flask.current_app.config["KSYS_BUILD"])
    text = generate_latest(metrics.registry(here))
    return flask.Response(text, content_type=CONTENT_TYPE_LATEST)


@blueprint.get("/readyz")
def send_ready() -> flask.Response:
    """Send 200 while this worker can answer from the historian, else 503; and why."""
    watch: Watch | None = flask.current_app.extensions.get(WATCH)
    look = watch.last if watch is not None else None
    content = readiness(look, time.monotonic())
    status = 200 if content["ready"] else 503
    return flask.Response(orjson.dumps(content), status, mimetype="application/json")


def readiness(look: Look | None, now: float) -> dict[str, object]:
    """Return what a look says of being ready, with its age [s]; nothing is ready before the first.

    Late rollups, a lost cache, a disk with little room and a job that does not run are told, but do
    not make it unready: the pages go on without them, from readings and from memory.

    Parameters
    ----------
    now : by the steady clock [s]
    """
    if look is None:
        return {"ready": False, "age": None, "reason": "not looked yet"}
    age = now - look.at
    is_old = age > OLD_S
    reason = "the last look is too old" if is_old else look.failure
    return {
        "ready": not reason,
        "age": round(age, 1),
        "reason": reason or None,
        "historian": {"ok": not look.failure, "seconds": round(look.seconds, 4)},
        "rollups": {
            "ok": not look.late,
            "lag": {str(name): lag for name, lag in look.lags.items()},
        },
        "jobs": {"ok": not look.down, "down": look.down},
        "cache": {"ok": look.cache},
        "disk": {
            "ok": look.space is None or not look.space.low,
            "free": look.space and look.space.free,
        },
    }
