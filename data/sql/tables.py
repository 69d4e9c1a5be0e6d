"""The relations of the historian contract, each column declared once."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    cast,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()


def _doubles(names: str) -> list[Column[float]]:
    return [Column(name, Double) for name in names.split()]


def _time(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True))


def _rollup(name: str) -> Table:
    return Table(
        name,
        metadata,
        _time("bucket"),
        Column("tag_name", Text),
        Column("n", BigInteger),
        *_doubles("avg sum min max last first diff"),
    )


influx_hist = Table(
    "influx_hist",
    metadata,
    _time("ts"),
    Column("tag_name", Text),
    Column("value", Double),
    Column("qc", SmallInteger),
    Column("meta", JSONB),
)

#: Value of a reading. Others store it as integer, numeric or real too, and a sum, a difference or a
#: magnitude in those types loses digits or overflows; of float8 the cast is none.
VALUE = cast(influx_hist.c.value, Double)

#: Width of the bucket [s] -> rollup, from fine to coarse; each sums up the one before it.
ROLLUPS = {
    60: _rollup("influx_agg_1m"),
    600: _rollup("influx_agg_10m"),
    3_600: _rollup("influx_agg_1h"),
    86_400: _rollup("influx_agg_1d"),
}


def _left(name: str) -> Table:
    counts = (Column(reason, BigInteger) for reason in ("flagged", "not_finite", "absurd"))
    keys = (_time("bucket"), Column("tag_name", Text))
    return Table(name, metadata, *keys, *counts, *_doubles("low high"))


#: Width of the bucket [s] -> what the rollup of our own of that width leaves out.
LEFT = {
    60: _left("ksys_left_1m"),
    600: _left("ksys_left_10m"),
    3_600: _left("ksys_left_1h"),
    86_400: _left("ksys_left_1d"),
}

#: Tags of which nobody can count what was left out before a time: the readings were gone.
ksys_left_since = Table("ksys_left_since", metadata, Column("tag_name", Text), _time("since"))

features_5m = Table(
    "features_5m",
    metadata,
    _time("bucket"),
    Column("tag_name", Text),
    *_doubles("mean_5m std_5m min_5m max_5m p10_5m p90_5m"),
    Column("n_5m", BigInteger),
)

tech_ind_1m_mv = Table(
    "tech_ind_1m_mv",
    metadata,
    _time("bucket"),
    Column("tag_name", Text),
    *_doubles("avg sma_10 sma_60 bb_top bb_bot slope_60"),
)

influx_latest = Table(
    "influx_latest",
    metadata,
    Column("tag_name", Text),
    Column("value", Double),
    _time("ts"),
)

influx_tag = Table(
    "influx_tag",
    metadata,
    Column("key", BigInteger),
    Column("tag_id", Text),
    Column("tag_name", Text),
    Column("tag_type", Text),
    Column("unit", Text),
    Column("meta", JSONB),
    _time("created_at"),
    _time("updated_at"),
)

# Both spellings of the bounds occur in the field; the catalogue says which columns are there.
influx_qc_rule = Table(
    "influx_qc_rule",
    metadata,
    Column("tag_name", Text),
    *_doubles("min_val max_val max_step"),
    Column("max_gap_seconds", Integer),
    Column("allow_negative", Boolean),
    Column("enabled", Boolean),
    Column("meta", JSONB),
    *_doubles("warn_min warn_max crit_min crit_max"),
    *_doubles("warning_min warning_max critical_min critical_max"),
    *_doubles("roc_max_per_min spike_zscore deadband_pct"),
)
