"""One trend answer end to end against an empty callback; 12 months against 24 hours; bytes.

Both go through the same app, dispatcher and compression, in turns, in this process: what is left
is what the answer itself costs. The cache is emptied before each answer that is timed as cold.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from typing import Any

import brotli
import orjson
import psycopg2
from dash import Input, Output, callback

from bench.historian import planted
from bench.verdict import Verdict, at_most
from data.db import cache
from data.db.pool import reading
from settings import Settings
from web import create_app

LIMITS = {
    "trend of 24 h, kept answer / empty callback": at_most(2),
    "trend of 24 h, 8 tags, kept answer / empty callback": at_most(3),
    "trend of 24 h, cold, 8 tags / 1": at_most(2.5),
    "trend of 24 h with excursions, statistics, comparison / without, cold": at_most(2.2),
    "trend of 12 months with excursions, statistics, comparison / without, cold": at_most(2.2),
    "trend of 24 h with excursions, statistics, comparison, kept / 3 empty callbacks": at_most(3),
    "a brush over 4 h of 24 h / the trend, cold": at_most(1.2),
    "trend of 24 h, cold / its statements alone + an empty callback": at_most(1.5),
    "trend of 12 months, cold / its statements alone + an empty callback": at_most(1.5),
    "trend of 12 months / 24 h, both cold": at_most(1.5),
    "rows of the table / answer of its chart": at_most(0.2),
    "kB compressed of a trend of 24 h, one tag with envelope": at_most(20),
}
WIDTH = 1400
EIGHT = ["D101", "D102", "D200", "D201", "D202", "D300", "D301", "D302"]
DAY, YEAR = {"window": "24h"}, {"window": "12mo"}
WINDOWS = (("24 h", DAY), ("12 months", YEAR))
#: Times a floor and a subject in turns, and prints their ratio under a name.
Ratio = Callable[[str, Callable[[], object], Callable[[], object]], None]
EMPTY = {
    "output": "bench-empty.children",
    "outputs": {"id": "bench-empty", "property": "children"},
    "changedPropIds": ["trend-question.data"],
}


def main() -> None:
    """Seed a plant of a year, then time answers over it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    with planted() as (dsn, _folder):
        measure(dsn, rounds)


def call_of(names: Iterable[str], part: str) -> dict[str, Any]:
    """Return the body of the call that has an output, without its values.

    Parameters
    ----------
    names : of all callbacks, as Dash makes them of their outputs
    """
    (name,) = (each for each in names if part in each)
    outputs = [each.rsplit(".", 1) for each in name.strip(".").split("...")]
    places = [{"id": key, "property": of} for key, of in outputs]
    return {
        "output": name,
        "outputs": places if len(places) > 1 else places[0],
        "changedPropIds": ["trend-question.data"],
    }


def sent(values: dict[str, object]) -> list[dict[str, object]]:
    """Return values by "id.property" as a browser sends them."""
    names = (name.rsplit(".", 1) for name in values)
    return [
        {"id": key, "property": of, "value": value}
        for (key, of), value in zip(names, values.values(), strict=True)
    ]


class Asker:
    """Asks the app in this process for callbacks as a browser does."""

    def __init__(self, dsn: str) -> None:
        callback(Output("bench-empty", "children"), Input("trend-question", "data"))(lambda _: "")
        app = create_app(Settings(dsn=dsn))
        app.config.suppress_callback_exceptions = True
        self.client = app.server.test_client()
        self.client.get("/trend")
        self.draw = call_of(app.callback_map, "trend-chart.figure")
        self.context = call_of(app.callback_map, "trend-view-statistics.children")
        self.bars = call_of(app.callback_map, "trend-bars.data")
        self.rows = call_of(app.callback_map, "trend-rows.getRowsResponse")

    def kept(self, body: dict[str, Any], **question: object) -> int:
        """Return the bytes of an answer, which is kept from an earlier question or not."""
        asked = {"tag": ["D101"], "width": WIDTH, "theme": "light", **question}
        return len(self._answer(body, {"trend-question.data": asked}))

    def kept_in_context(self, record: dict[str, Any], **question: object) -> None:
        """Ask again for a chart that is kept, and for what its page tells with it."""
        self.kept(self.draw, **question)
        self.told("statistics", record)
        self._answer(self.bars, {"trend-shown.data": record})

    def in_context(self, **question: object) -> None:
        """Ask for a chart anew, then for statistics and excursions, as its page does."""
        cache.forget()
        record = self.record(**question)
        for view in ("statistics", "excursions"):
            self.told(view, record)

    def record(self, **question: object) -> dict[str, Any]:
        """Ask for a chart; return what its page keeps of the answer."""
        asked = {"tag": ["D101"], "width": WIDTH, "theme": "light", **question}
        answer = json.loads(
            brotli.decompress(self._answer(self.draw, {"trend-question.data": asked}))
        )
        kept: dict[str, Any] = answer["response"]["trend-shown"]["data"]
        return kept

    def told(self, view: str, record: dict[str, Any], select: str | None = None) -> None:
        """Ask for what stands below a chart, of a stretch of it or of all."""
        values = {"trend-view.value": view, "trend-shown.data": record}
        self._answer(self.context, {**values, "trend-selected.data": select})

    def chart_and_rows(self, **question: object) -> tuple[float, float]:
        """Return the seconds of a chart that is asked for anew, and of its table's first rows."""
        cache.forget()
        asked = {"tag": ["D101"], "width": WIDTH, "theme": "light", **question}
        start = time.perf_counter()
        reply = self._answer(self.draw, {"trend-question.data": asked})
        answered = time.perf_counter()
        record = orjson.loads(brotli.decompress(reply))["response"]["trend-shown"]["data"]
        begun = time.perf_counter()
        rows = {"trend-rows.getRowsRequest": {"startRow": 0, "endRow": 100}}
        states = {"trend-shown.data": record, "trend-selected.data": None}
        self._answer(self.rows, rows, states)
        return answered - start, time.perf_counter() - begun

    def _answer(
        self,
        body: dict[str, Any],
        values: dict[str, object],
        states: dict[str, object] | None = None,
    ) -> bytes:
        reply = self.client.post(
            "/_dash-update-component",
            json={**body, "inputs": sent(values), "state": sent(states or {})},
            headers={"Accept-Encoding": "br"},
        )
        assert reply.status_code == 200, reply.get_data(as_text=True)
        return bytes(reply.get_data())

    def cold(self, body: dict[str, Any], **question: object) -> int:
        """Return the same of an answer that is made anew."""
        cache.forget()
        return self.kept(body, **question)


def measure(dsn: str, rounds: int) -> None:
    """Print the ratios and sizes."""
    ask, verdict = Asker(dsn), Verdict(LIMITS)

    def ratio(name: str, floor: Callable[[], object], subject: Callable[[], object]) -> None:
        low, high = in_turns(rounds, floor, subject)
        verdict.add(name, high / low, note=f"{high * 1e3:.1f} ms / {low * 1e3:.1f} ms")

    of_answers(ask, ratio)
    brush(ask, verdict, rounds)
    of_rows(ask, verdict, rounds)
    of_statements(dsn, ask, ratio, verdict)
    verdict.end()


def of_answers(ask: Asker, ratio: Ratio) -> None:
    """Print what answers of charts cost: kept, cold, of several tags, with what stands beside."""
    ratio(
        "trend of 24 h, kept answer / empty callback",
        lambda: ask.kept(EMPTY),
        lambda: ask.kept(ask.draw, **DAY),
    )
    ratio(
        "trend of 24 h, 8 tags, kept answer / empty callback",
        lambda: ask.kept(EMPTY),
        lambda: ask.kept(ask.draw, **DAY, tag=EIGHT),
    )
    ratio(
        "trend of 24 h, cold, 8 tags / 1",
        lambda: ask.cold(ask.draw, **DAY),
        lambda: ask.cold(ask.draw, **DAY, tag=EIGHT),
    )
    for words, question in WINDOWS:
        ratio(
            f"trend of {words} with excursions, statistics, comparison / without, cold",
            partial(ask.cold, ask.draw, **question),
            partial(ask.in_context, **question, compare="-1w"),
        )
    compared = {**DAY, "compare": "-1w"}
    ratio(
        "trend of 24 h with excursions, statistics, comparison, kept / 3 empty callbacks",
        lambda: [ask.kept(EMPTY) for _ in range(3)],  # as many as the page asks
        partial(ask.kept_in_context, ask.record(**compared), **compared),
    )
    ratio(
        "trend of 24 h, cold / empty callback",
        lambda: ask.cold(EMPTY),
        lambda: ask.cold(ask.draw, **DAY),
    )
    ratio(
        "trend of 12 months / 24 h, both cold",
        lambda: ask.cold(ask.draw, **DAY),
        lambda: ask.cold(ask.draw, **YEAR),
    )


def of_rows(ask: Asker, verdict: Verdict, rounds: int) -> None:
    """Print what the rows of a table cost beside the answer of its chart."""
    for tags in (["D101"], EIGHT):
        pairs = [ask.chart_and_rows(**DAY, tag=tags) for _ in range(rounds + 1)][1:]
        low, high = (statistics.median(column) for column in zip(*pairs, strict=True))
        note = f"{high * 1e3:.1f} ms / {low * 1e3:.1f} ms"
        name = "rows of the table / answer of its chart"
        verdict.add(name, high / low, f"24 h, {len(tags)} tags", note)


def of_statements(dsn: str, ask: Asker, ratio: Ratio, verdict: Verdict) -> None:
    """Print what an answer costs beside what it asks of the database; and its bytes."""
    for words, question in WINDOWS:
        cold = partial(ask.cold, ask.draw, **question)
        alone = Alone(dsn, cold)
        name = f"trend of {words}, cold / its statements alone + an empty callback"
        ratio(name, lambda alone=alone: (alone.run(), ask.cold(EMPTY)), cold)
        verdict.add(f"kB compressed of a trend of {words}, one tag with envelope", cold() / 1000)


def brush(ask: Asker, verdict: Verdict, rounds: int) -> None:
    """Print what a stretch costs that is selected in a chart that is shown, each time another."""
    record, places = ask.record(window="24h"), iter(range(10_000))
    stop = datetime.fromisoformat(record["stop"])

    def selected() -> None:
        last = stop - timedelta(hours=4, seconds=next(places))
        ask.told(
            "statistics", record, f"{(last - timedelta(hours=4)).isoformat()}/{last.isoformat()}"
        )

    low, high = in_turns(rounds, lambda: ask.cold(ask.draw, window="24h"), selected)
    note = f"{high * 1e3:.1f} ms / {low * 1e3:.1f} ms"
    verdict.add("a brush over 4 h of 24 h / the trend, cold", high / low, note=note)


class Alone:
    """The statements that work reads by, run again one after another by the driver alone.

    Parameters
    ----------
    work : reads through the pool
    """

    def __init__(self, dsn: str, work: Callable[[], object]) -> None:
        self._statements: list[tuple[str, Any, bool]] = []
        ways = {name: getattr(reading, name) for name in ("copied", "fetched")}

        def noting(name: str) -> Callable[[Any, str, Any], Any]:
            def noted(lent: Any, sql: str, values: Any) -> Any:
                self._statements.append((sql, values, name == "copied"))
                return ways[name](lent, sql, values)

            return noted

        for name in ways:
            setattr(reading, name, noting(name))
        try:
            work()
        finally:
            for name, way in ways.items():
                setattr(reading, name, way)
        self._connection = psycopg2.connect(dsn, options="-c jit=off")
        self._connection.autocommit = True

    def run(self) -> None:
        """Run them all; what comes back is dropped."""
        for sql, values, is_copied in self._statements:
            with self._connection.cursor() as cursor:
                body = cursor.mogrify(sql, values)
                if not is_copied:
                    cursor.execute(body)
                    cursor.fetchall()
                    continue
                cursor.copy_expert(b"COPY (" + body + b") TO STDOUT (FORMAT binary)", BytesIO())


def in_turns(
    rounds: int, floor: Callable[[], object], subject: Callable[[], object]
) -> tuple[float, float]:
    """Return the medians of floor and subject [s], timed alternately after one try of each."""
    floor(), subject()
    pairs = [(seconds(floor), seconds(subject)) for _ in range(rounds)]
    low, high = zip(*pairs, strict=True)
    return statistics.median(low), statistics.median(high)


def seconds(work: Callable[[], object]) -> float:
    """Return how long work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
