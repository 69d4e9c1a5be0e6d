"""The demonstration plant as a model: its tags, and what each reads at any time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from data.analysis import rules
from data.demo import waveforms
from data.demo.waveforms import DAY, HOUR, MINUTE, Times, Values
from data.errors import BadInput
from data.store import copy_in

#: How far back readings lie how far apart [seconds]: coarse first.
GRID = ((365 * DAY, 600), (30 * DAY, 60), (2 * DAY, 5))
#: The same for the tags beyond the nine, of which there may be thousands.
SPARSE_GRID = ((365 * DAY, 3600), (30 * DAY, 600), (2 * DAY, 60), (HOUR, 5))
#: The tag without gaps: its newest reading tells how far the plant has been written.
PULSE = "P100"
SILENT, WARNING, CRITICAL, STUCK = "D200", "D101", "D302", "D202"
SILENT_SECONDS = 20 * MINUTE
FIRST_TAGS = 9

_STUCK_SECONDS = 35 * MINUTE
TURN = 360


@dataclass(frozen=True, slots=True)
class PlantTag:
    """One measured point of the plant.

    base, swing (daily), noise (deviation) in `unit`, of a counter base and swing in `unit` an hour;
    peak_hour in UTC; steps, spike in `unit`; kind: where neither unit nor states say it.
    """

    name: str
    description: str
    unit: str
    group: str
    rule: rules.Rule
    base: float = 0.0
    swing: float = 0.0
    noise: float = 0.0
    peak_hour: float = 5.0
    steps: float = 0.0
    spike: float = 0.0
    pump_drop: float = 0.0
    decimals: int = 1
    states: tuple[str, ...] = ()
    kind: str = ""
    gap_day: int | None = None
    grid: tuple[tuple[int, int], ...] = GRID


@dataclass(frozen=True, slots=True)
class Plant:
    """What decides every reading: the seed, and the time the live episodes are drawn around.

    anchor : seconds since 1970 [UTC]; days : length of the history kept.
    """

    seed: int
    anchor: int
    days: int = 365


def _rule(name: str, full_scale: float) -> rules.Rule:
    """Return the rule of an instrument that reads 0…full_scale, in per cent of it.

    It has no gap of its own: old history is coarser than new, and the gap follows the spacing.
    """
    per_cent = full_scale / 100
    return rules.Rule(
        tag_name=name,
        min_val=0.0,
        crit_min=2.5 * per_cent,
        warn_min=5 * per_cent,
        warn_max=90 * per_cent,
        crit_max=(97.5 if full_scale < 20_000 else 95) * per_cent,
        max_val=full_scale,
        max_step=3 * per_cent,
        roc_max_per_min=20 * per_cent,
        spike_zscore=8.0,
        deadband_pct=0.5,
        allow_negative=False,
        flat_seconds=240,
    )


def _pressure(name: str, description: str, **shape: Any) -> PlantTag:
    return PlantTag(
        name, description, "bar", "Pressures", _rule(name, 200), noise=0.24, decimals=2, **shape
    )


def _speed(name: str, description: str, unit: str = "rpm", **shape: Any) -> PlantTag:
    return PlantTag(
        name, description, unit, "Drives", _rule(name, 2000), noise=2.4, decimals=1, **shape
    )


def _flow(name: str, description: str, unit: str = "m³/h", **shape: Any) -> PlantTag:
    return PlantTag(
        name, description, unit, "Flows", _rule(name, 20_000), noise=20.0, decimals=0, **shape
    )


_PUMP = PlantTag(
    PULSE,
    "Raw water pump",
    "",
    "Drives",
    rules.Rule(tag_name=PULSE, min_val=0, max_val=1, allow_negative=False),
    decimals=0,
    states=("off", "on"),
)
_DIRECTION = PlantTag(
    "W100",
    "Wind direction",
    "°",
    "Outside",
    rules.Rule(tag_name="W100", min_val=0, max_val=TURN, allow_negative=False),
    base=350,
    swing=50,
    noise=6,
    decimals=0,
    grid=SPARSE_GRID,
)
_TOTAL = PlantTag(
    "Q300",
    "Permeate total",
    "m³",
    "Flows",
    rules.Rule(tag_name="Q300", min_val=0, max_val=1_000_000_000, allow_negative=False),
    base=7000,
    swing=600,
    decimals=0,
    kind="counter",
    grid=SPARSE_GRID,
)
TAGS: tuple[PlantTag, ...] = (
    _pressure("D100", "Raw water pressure", base=112, swing=6, spike=38, pump_drop=24),
    _pressure("D101", "Feed pressure", base=152, swing=8, peak_hour=6),
    _pressure("D102", "Concentrate pressure", base=96, swing=5, peak_hour=4, gap_day=-1),
    _speed("D200", "Inlet valve position", "‰", base=1000, swing=60),
    _speed("D201", "High-pressure pump speed", base=1480, swing=40, peak_hour=7),
    _speed("D202", "Antiscalant dosing pump speed", base=1320, swing=90, peak_hour=8),
    _flow("D300", "Permeate flow", base=7000, swing=600, steps=450, spike=2600),
    _flow("D301", "Concentrate flow", base=7100, swing=500, steps=300, gap_day=0),
    _flow("D302", "Tank level", "mm", base=11_800, swing=2400, peak_hour=20),
    _PUMP,
    _TOTAL,
    _DIRECTION,
)
_BY_NAME = {tag.name: tag for tag in TAGS}
_KINDS = (_pressure, _speed, _flow)
_BASES, _SWINGS = (105.0, 1150.0, 9000.0), (8.0, 70.0, 700.0)


def members(count: int) -> tuple[PlantTag, ...]:
    """Return the plant's tags: the nine, one of each other kind, then T0001, … up to `count`.

    Parameters
    ----------
    count : of the nine and those after the other kinds
    """
    return TAGS + tuple(_extra(number) for number in range(1, count - FIRST_TAGS + 1))


def tag(name: str) -> PlantTag:
    """Return the tag of that name.

    Raises
    ------
    BadInput
        If the plant has no such tag.
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    if name[:1] == "T" and name[1:].isdecimal() and int(name[1:]) > 0:
        return _extra(int(name[1:]))
    raise BadInput("unknown_tag", tag=name)


def _extra(number: int) -> PlantTag:
    name, kind = f"T{number:04d}", number % 3
    spread = waveforms.uniform(np.array([number]), 0x7A6)[0] - 0.5
    made = _KINDS[kind](
        name,
        f"Test point {number}",
        base=_BASES[kind] * (1 + 0.8 * spread),
        swing=_SWINGS[kind],
        peak_hour=24 * (spread + 0.5),
    )
    return replace(made, group=f"Area {1 + (number - 1) // 50:02d}", grid=SPARSE_GRID)


def readings(tag: PlantTag | str, times: Times, plant: Plant | int = 7) -> Values:
    """Return what a tag reads at each time, NaN where no reading is made (gap, silence).

    Parameters
    ----------
    times : int64 seconds since 1970 [UTC]
    plant : the plant, or a seed alone: then the live episodes lie around the last time
    """
    plant_tag = _BY_NAME[tag] if isinstance(tag, str) else tag
    if not isinstance(plant, Plant):
        plant = Plant(plant, int(times.max()) if len(times) else 0)
    salt = waveforms.key(plant_tag.name, plant.seed)
    values = _signal(plant_tag, times, plant, salt)
    values[waveforms.missing(times, plant.anchor, salt, plant_tag.gap_day)] = np.nan
    if plant_tag.name == SILENT:
        values[times > plant.anchor - SILENT_SECONDS] = np.nan
    if plant_tag.name == PULSE:
        values = 1.0 - (waveforms.stopped(times, plant.anchor, _pump_salt(plant)) > 0)
    return values


def _pump_salt(plant: Plant) -> int:
    return waveforms.key(PULSE, plant.seed)


def _signal(tag: PlantTag, times: Times, plant: Plant, salt: int) -> Values:
    """Return the values of a tag that is no state as if it never failed to report."""
    if tag.kind == "counter":
        hours = waveforms.daily_hours(times, tag.peak_hour)
        return np.round(tag.base * waveforms.hours(times) + tag.swing * hours, tag.decimals)
    if tag.name == STUCK:
        times = np.minimum(times, plant.anchor - _STUCK_SECONDS)
    moving = tag.swing * waveforms.daily(times, tag.peak_hour)
    moving += tag.noise * waveforms.normal(times, salt)
    for period, share in ((900, 2.0), (2 * HOUR, 4.0), (3 * DAY, 8.0)):
        moving += share * tag.noise * waveforms.wander(times, period, salt ^ period)
    if tag.steps:
        moving += tag.steps * waveforms.levels(times, plant.anchor, salt)
    if tag.pump_drop:
        moving -= tag.pump_drop * waveforms.stopped(times, plant.anchor, _pump_salt(plant))
    moving = _live(tag, times, plant.anchor, moving)
    if tag.spike:
        moving += tag.spike * waveforms.spikes(times, plant.anchor, salt)
    values = np.round(tag.base + moving, tag.decimals)
    return values % TURN if tag.unit == "°" else values


def _live(tag: PlantTag, times: Times, anchor: int, moving: Values) -> Values:
    """Return the movement led, near the anchor and after it, to a level that alarms."""
    if tag.name == WARNING:
        share = waveforms.eased((times - anchor + 90 * MINUTE) / (30 * MINUTE))
        return (1 - share) * moving + share * (184 - tag.base + 0.1 * moving)
    if tag.name == CRITICAL:
        share = waveforms.eased((times - anchor + 70 * MINUTE) / (40 * MINUTE))
        return (1 - share) * moving + share * (19_300 - tag.base + 0.05 * moving)
    return moving


def times(grid: tuple[tuple[int, int], ...], start: int, stop: int, now: int) -> Times:
    """Return the times in (start, stop] at which a history kept on `grid` has readings at `now`."""
    parts = []
    for (age, spacing), (until, _) in zip(grid, (*grid[1:], (0, 0)), strict=True):
        low, high = max(start, now - age), min(stop, now - until)
        parts.append(np.arange(low // spacing + 1, high // spacing + 1, dtype=np.int64) * spacing)
    return np.concatenate(parts)


def _kept(tag: PlantTag, plant: Plant) -> tuple[tuple[int, int], ...]:
    """Return the grid of a tag, its coarse part as long as the plant's history is."""
    (age, spacing), *fine = tag.grid
    return ((max(age, plant.days * DAY), spacing), *fine)


def written(
    tags: tuple[PlantTag, ...], plant: Plant, start: int, stop: int, now: int
) -> Iterator[copy_in.Readings]:
    """Yield the readings of (start, stop] as a history kept at `now` has them, a day at a time."""
    names = tuple(tag.name for tag in tags)
    for low in range(start, stop, DAY):
        high = min(low + DAY, stop)
        when = [times(_kept(tag, plant), low, high, now) for tag in tags]
        values = np.concatenate(
            [readings(tag, at, plant) for tag, at in zip(tags, when, strict=True)]
        )
        codes = np.repeat(np.arange(len(tags), dtype=np.int32), [len(at) for at in when])
        made = copy_in.Readings(
            np.concatenate(when) * 1_000_000, codes, names, values, np.zeros(len(codes), np.int16)
        ).take(np.isfinite(values))
        yield made.take(np.argsort(made.times, kind="stable"))
