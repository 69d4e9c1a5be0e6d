"""Indicators over a chart: each is legend, switch and value at the cursor at once.

`assets/chart/indicators.mjs` writes widths and values, and shows or hides what a switch is of.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from flask_babel import gettext as _

from components import controls
from components.legend.meanings import meanings
from data.views import INDICATORS, NO_INDICATOR, USUAL


def toggles(page: str, query: Mapping[str, Any]) -> html.Div:
    """Return a switch an indicator, pressed as the address says, with what it means behind it."""
    chosen = str(controls.parameters(query).get("indicators", ""))
    pressed = chosen.split(",") if chosen else USUAL
    names, of_each = _names(), meanings()
    label: dict[str, Any] = {"role": "group", "aria-label": _("Indicators")}
    return html.Div(
        [_toggle(page, name, names[name], name in pressed, of_each[name]) for name in INDICATORS],
        id=f"{page}-indicators",
        # What is refused for its indicators has no chart to switch them in: there they stand alone.
        className="toggles"
        if set(pressed) <= {*INDICATORS, NO_INDICATOR}
        else "toggles is-refused",
        **label,
    )


def _toggle(
    page: str, name: str, word: str, is_on: bool, meaning: Sequence[tuple[str, Any]]
) -> html.Div:
    state: dict[str, Any] = {
        "aria-pressed": "true" if is_on else "false",
        "data-indicator": name,
        "data-usual": "true" if name in USUAL else "false",
    }
    switch = html.Button(
        [
            html.I(className=f"sample sample--{name}"),
            html.Span(
                [
                    html.Span(
                        [
                            html.B(word, className="toggle__name"),
                            html.Span(className="toggle__width"),
                        ]
                    ),
                    html.Small(
                        [html.B(className="toggle__value"), html.Span(className="toggle__of")]
                    ),
                ],
                className="toggle__words",
            ),
        ],
        className="toggle__switch",
        type="button",
        **state,
    )
    panel = f"{page}-about-{name}"
    opens: dict[str, Any] = {
        "aria-label": _("What %(name)s is", name=word),
        "aria-haspopup": "true",
        "aria-expanded": "false",
        "aria-controls": panel,
        "data-pops": panel,
    }
    about = html.Button("▾", className="toggle__about", type="button", **opens)
    facts = [each for term, text in meaning for each in (html.Dt(term), html.Dd(text))]
    text: dict[str, Any] = {"data-text": name}
    title = html.P(html.B(word, **text), className="define__title")
    below = html.Div([title, html.Dl(facts)], id=panel, className="pop define", hidden=True)
    return html.Div([switch, about, below], className="toggle")


def _names() -> Mapping[str, str]:
    """Return the name of each indicator as long as no answer says its width."""
    return {
        "avg": _("Means"),
        "sma_10": "SMA 10",
        "sma_60": "SMA 60",
        "ema_20": "EMA 20",
        "bollinger": _("Bollinger 20"),
        "slope": _("Slope 60"),
    }
