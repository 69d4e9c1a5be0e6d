"""Answers of the overview's routes as a made-up plant of n tags would give them."""

import json
import math
import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from api import encoding, letters
from api.build import build
from data.analysis import alarms, gaps, hours, quality, rules, states
from data.analysis.rules import Rule
from data.queries import AboutTags, Tag
from tests.support.ways import answer_by

HOSTILE = (
    "<script>window.hacked=1</script>",
    "'; drop table",
    '가나/다 "q"',
    "=1+1",
    "펌프 🚰 & co",
)


def names(count: int) -> list[str]:
    """Return tag names, hostile ones among them."""
    return [*HOSTILE, *(f"T{i:04d}" for i in range(count))][:count]


def records(count: int, **meta: Any) -> list[Tag]:
    """Return n tags; `meta` gives columns of other texts than these."""
    columns = {
        "description": [f"Temperature of furnace {i}" for i in range(count)],
        "unit": ["°C"] * count,
        "tag_type": ["analog"] * count,
        "decimals": [1] * count,
        "states": [None] * count,
        "group": [f"Area {i % 7}" for i in range(count)],
    } | meta
    return [
        Tag(
            name,
            rule=rule(name),
            checks=rules.checks(rule(name)),
            **{column: values[i] for column, values in columns.items()},
        )
        for i, name in enumerate(names(count))
    ]


def tags(count: int, **meta: Any) -> dict[str, Any]:
    """Return the answer of `/overview/tags`."""
    columns = encoding.tag_columns(records(count, **meta), AboutTags())
    return {**columns, "rule_notes": {}, "notices": [], "hold": 86_400, **RARE}


#: How far back a change and an alarm are looked for [s].
RARE = {"reference": 3600, "look_back": 2_592_000}


def rule(name: str) -> Rule:
    """Return a rule of 0 to 1,000 with limits at 100, 200, 800 and 900."""
    return Rule(
        name, 0.0, 1000.0, warn_min=200.0, warn_max=800.0, crit_min=100.0, crit_max=900.0,
        max_gap_seconds=30.0,
    )  # fmt: skip


def found_states(count: int, seed: int = 1, **columns: Any) -> pd.DataFrame:
    """Return the states of n tags: different values and times, one in fifty abnormal."""
    draw = np.random.default_rng(seed)
    now = pd.Timestamp(datetime.now(UTC)).floor("ms")
    badge = np.full(count, states.BADGES.index("NORMAL"))
    level = np.zeros(count, dtype=np.int8)
    level[::50] = alarms.WARNING
    badge[::50] = states.BADGES.index("WARNING")
    frame = pd.DataFrame(
        {
            "ts": now - pd.to_timedelta(draw.uniform(0, 10, count), unit="s"),
            "value": draw.uniform(200, 800, count),
            "gap_seconds": np.full(count, 30.0),
            "freshness": np.full(count, gaps.FRESH),
            "quality": np.full(count, quality.GOOD),
            "reasons": np.zeros(count, dtype=np.int16),
            "alarm": level,
            "badge": badge,
            "clock": np.zeros(count, dtype=bool),
        }
        | columns,
        index=names(count),
    )
    frame["age"] = (now - frame["ts"]).dt.total_seconds()
    frame.attrs["now"] = now
    return frame


def crossed(
    tags: Iterable[int], over: float = 12.5, minutes: float | None = 39, found: bool = True
) -> pd.DataFrame:
    """Return tags in alarm, each over its high high limit; `minutes` None: longer than we look."""
    place = list(tags)
    since = pd.Timestamp(datetime.now(UTC)).floor("ms") - pd.Timedelta(minutes or 0, "min")
    at = pd.DatetimeIndex([pd.NaT if minutes is None else since] * len(place), tz="UTC")
    columns = {"tag": place, "limit": 3, "over": over, "since": at, "is_found": found}
    return pd.DataFrame(columns).astype({"tag": int, "over": float})


def frame(
    count: int, seed: int = 1, over: pd.DataFrame | None = None, **columns: Any
) -> dict[str, Any]:
    """Return the answer of `/overview/frame`; `over`: limits crossed, else of all in alarm."""
    now = found_states(count, seed, **columns)
    if over is None:
        over = crossed(np.flatnonzero(now["alarm"] > 0), minutes=39 + seed)
    draw = np.random.default_rng(seed + 1)
    delta = pd.Series(draw.normal(0, 20, count))
    told = np.full(count, 1)
    return {
        "version": tags(count)["version"],
        "build": build(),
        "behind": 0,
        **encoding.frame_columns(now, delta, told, over),
    }


def sparklines(count: int) -> dict[str, Any]:
    """Return the answer of `/overview/sparklines`."""
    draw = np.random.default_rng(3)
    stop = pd.Timestamp(datetime.now(UTC)).floor("min")
    middle = draw.normal(500, 20, count * 60)
    sparks = pd.DataFrame(
        {
            "tag": np.repeat(np.arange(count), 60),
            "bucket": np.tile(pd.date_range(end=stop, periods=60, freq="min"), count),
            "avg": middle,
            "min": middle - 5,
            "max": middle + 5,
            "bad": 0,
        }
    )
    hourly = draw.choice(
        [-1, *range(5)], (count, hours.HOURS), p=[0.02, 0.8, 0.06, 0.04, 0.04, 0.04]
    )
    days = letters.day_letters(hourly, stop.floor("h"))
    return {**letters.spark_lines(names(count), sparks, stop), **days}


def serve(tab: Any, count: int, answer: dict[str, Any] | None = None) -> None:
    """Let a browser page get these answers instead of the site's."""
    bodies = {"tags": tags(count), "frame": answer or frame(count), "sparklines": sparklines(count)}
    for name, body in bodies.items():
        text = json.dumps(body)
        route(tab, name, lambda way, text=text: fulfil(way, text))


def route(tab: Any, name: str, handler: Callable[[Any], None]) -> None:
    """Let a function answer what a browser page asks of a route of the overview from now on."""
    answer_by(tab, f"/overview/{name}", handler)


def fulfil(route: Any, text: str, status: int = 200) -> None:
    """Answer one request of a browser page with JSON."""
    route.fulfill(status=status, content_type="application/json", body=text)


def random_series(source: random.Random) -> list[float]:
    """Return readings of any size, range and number of decimals, as an instrument gives them."""
    middle = source.choice([0.0, source.uniform(-10, 10) * 10.0 ** source.randint(-12, 17)])
    size = abs(middle) * 10.0 ** source.uniform(-10, 0) if middle else 10.0 ** source.randint(-9, 9)
    values = [middle + source.uniform(-1, 1) * size for _ in range(source.randint(2, 40))]
    shape = source.random()
    if shape < 0.4:
        step = Decimal(1).scaleb(math.floor(math.log10(size)) - source.randint(0, 4))
        values = [float(round(Decimal(value) / step) * step) for value in values]
    elif shape < 0.6:
        values = [float(np.float32(value)) for value in values]
    return values
