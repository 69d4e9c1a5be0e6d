"""What a window lacks, so that nothing, or less, can be told of it."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from flask_babel import gettext as _

from data.analysis import arrays, checks, kinds, statistics
from data.views import Excursions, OfWindow, TagSeries, View


def of_excursions(every: Excursions, view: View, series: Sequence[TagSeries]) -> list[str]:
    """Return why there are no excursions of tags, or that no limit was crossed, as sentences.

    That is said only where a tag had limits and a good reading: else nobody knows.
    """
    broken = [tag.name for tag in every.tags if tag.checks.state == checks.RULE_ERROR]
    pairs = list(zip(every.tags, every.sources, strict=True))
    without = [tag.name for tag, source in pairs if not source and tag.name not in broken]
    texts = []
    if broken:
        texts.append(
            _("The rule of %(tags)s has an error, and judges nothing.", tags=", ".join(broken))
        )
    if without:
        texts.append(_("Without limits in force: %(tags)s.", tags=", ".join(without)))
    counts = [_counts(item, view) for item in series]
    names = [item.tag.name for item in series]
    # Where readings are gone rollups tell of excursions, also where the rows that are drawn do not.
    outside = set(every.frame["tag"].tolist())
    gone = [place in outside or item.wider is not None for place, item in enumerate(series)]
    silent = [place for place, is_gone in enumerate(gone) if not is_gone]
    texts += _of_counts([names[each] for each in silent], [counts[each] for each in silent])
    has_limits = any(
        source and (good or is_gone)
        for (_tag, source), (good, _bad), is_gone in zip(pairs, counts, gone, strict=True)
    )
    if has_limits and not len(every.frame):
        texts.append(
            _("No limit was crossed in the selected stretch.")
            if view.selected
            else _("No limit was crossed in this window.")
        )
    return texts


def of_statistics(every: Sequence[OfWindow]) -> list[str]:
    """Return why numbers of a window are missing, as sentences."""
    names = [each.tag.name for each in every]
    of_each = [each.numbers for each in every]
    texts = list(_of_counts(names, [(of.n + of.unclear, of.bad) for of in of_each]))
    texts += [_unclear(name, of) for name, of in zip(names, of_each, strict=True) if of.unclear]
    one = [each.tag.name for each in every if each.numbers.n == 1 and each.tag.kind == kinds.VALUE]
    if one:
        texts.append(_("One reading alone has no deviation: %(tags)s.", tags=", ".join(one)))
    return texts


def _unclear(name: str, of: statistics.Statistics) -> str:
    return _(
        "%(tag)s: %(count)s readings lie in buckets with BAD ones that could not be left out; "
        "these numbers are of the other %(n)s.",
        tag=name,
        count=f"{of.unclear:,}",
        n=f"{of.n:,}",
    )


def _of_counts(names: Sequence[str], counts: Sequence[tuple[float, float]]) -> Iterator[str]:
    pairs = list(zip(names, counts, strict=True))
    none = [name for name, (good, bad) in pairs if not good and not bad]
    only_bad = [name for name, (good, bad) in pairs if not good and bad]
    if none:
        yield _("No readings there: %(tags)s.", tags=", ".join(none))
    if only_bad:
        yield _("Only BAD readings there: %(tags)s.", tags=", ".join(only_bad))


def _counts(item: TagSeries, view: View) -> tuple[float, float]:
    """Return how many good and BAD readings the rows have that touch what is told.

    None within a gap: a bucket has those before and behind it.
    """
    start, stop = (pd.Timestamp(each).as_unit("ns").value for each in view.told)
    if item.seconds and ((item.gaps.start < start) & (stop <= item.gaps.stop)).any():
        return 0.0, 0.0
    at, ends = arrays.nanoseconds(item.frame.index), arrays.ends(item.frame)
    some = (at < stop) & np.where(ends > at, ends > start, at >= start)
    good, bad = (arrays.counts(item.frame[name])[some] for name in ("n", "bad"))
    return float(good.sum()), float(bad.sum())
