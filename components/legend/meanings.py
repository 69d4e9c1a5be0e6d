"""What each indicator is, where it exists, and its columns in a file."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from flask_babel import gettext as _

from data.analysis import indicators as formulas
from figures.tech import CURVES

#: Terms of an indicator with what is said of each.
Meaning = Sequence[tuple[str, Any]]


def meanings() -> Mapping[str, Meaning]:
    """Return what is said of each indicator, by its name."""
    widths = {curve.name: curve.buckets for curve in CURVES}
    return {
        "avg": _raw(),
        **{name: _sma(name, widths[name]) for name in ("sma_10", "sma_60")},
        "ema_20": _ema(widths["ema_20"]),
        "bollinger": _band(widths["bollinger"]),
        "slope": _slope(widths["slope"]),
    }


def _raw() -> Meaning:
    what = _("mean of the good readings of each bucket; shaded: from their least to their greatest")
    return [(_("What"), what), _file("avg")]


def _sma(name: str, n: int) -> Meaning:
    return [(_("What"), _("mean of the last %(n)s bucket means", n=n)), _exists(n), _file(name)]


def _ema(n: int) -> Meaning:
    what = _("moved by each bucket mean x: e + a·(x − e), a = 2/(%(n)s + 1)", n=n)
    begins = _(
        "with the mean of the first %(n)s buckets, anew after a gap; shown after %(warm)s buckets",
        n=n,
        warm=formulas.EMA_WARM_UP * n,
    )
    return [(_("What"), what), (_("Begins"), begins), _exists(n), _file(f"ema_{n}")]


def _band(n: int) -> Meaning:
    band = _("± 2 σ: population standard deviations (÷ n) of the same %(n)s means", n=n)
    return [
        (_("Middle"), _("mean of the last %(n)s bucket means", n=n)),
        (_("Band"), band),
        ("σ", html.B(className="define__more")),
        (_("Not"), _("the spread of the readings inside a bucket")),
        _exists(n),
        _file("lower, middle, upper, sigma"),
    ]


def _slope(n: int) -> Meaning:
    what = _("least squares through the last %(n)s bucket means over their times, per hour", n=n)
    share = [html.B(className="define__more"), " ", _("of the variance, explained by the slope")]
    return [(_("What"), what), ("R²", share), _exists(n), _file("slope, r2")]


def _exists(n: int) -> tuple[str, str]:
    where = _(
        "where %(needed)s of %(n)s buckets have data; else the line breaks",
        needed=formulas.needed(n),
        n=n,
    )
    return _("Exists"), where


def _file(columns: str) -> tuple[str, Any]:
    return _("In the file"), html.Code(columns)
