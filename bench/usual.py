"""The usual Dash way, as a tutorial has it: `read_sql`, `go.Figure`, the app's own server.

It is the floor of `bench/visits.py` and `bench/painting.py`, and no bench by itself:
`PORT=8060 TS_DSN=… python -m bench.usual`.
"""

import os
from functools import partial

import pandas as pd
import plotly.graph_objects as go
import sqlalchemy
from dash import Dash, Input, Output, dcc, html
from psycopg2 import connect

READINGS = """
    SELECT ts, value FROM influx_hist
    WHERE tag_name = :tag AND ts >= now() - make_interval(secs => :since)
        AND ts < now() - make_interval(secs => :until) ORDER BY ts
"""
#: What the address may hold: the tag, and the width of a window [s].
TAG, SECONDS = "D101", 86_400


def create_app(dsn: str) -> Dash:
    """Return the app: a chart of the readings of a tag, and a button to the window before."""
    engine = sqlalchemy.create_engine("postgresql+psycopg2://", creator=partial(connect, dsn))
    tag, seconds = os.environ.get("TAG", TAG), int(os.environ.get("SECONDS", SECONDS))
    app = Dash("usual")
    app.layout = html.Div(
        [
            html.H1("Readings"),
            dcc.Dropdown([tag], tag, id="tag"),
            html.Button("Back", id="back", n_clicks=0),
            dcc.Graph(id="chart"),
        ]
    )

    @app.callback(Output("chart", "figure"), Input("tag", "value"), Input("back", "n_clicks"))
    def draw(chosen: str, steps: int) -> go.Figure:
        values = {"tag": chosen, "since": (steps + 1) * seconds, "until": steps * seconds}
        frame = pd.read_sql(sqlalchemy.text(READINGS), engine, params=values)
        return go.Figure(go.Scatter(x=frame["ts"], y=frame["value"]))

    @app.server.get("/healthz")
    def health() -> str:
        return "ok"

    return app


if __name__ == "__main__":
    create_app(os.environ["TS_DSN"]).run(port=int(os.environ["PORT"]))
