"""The words of what is so with a relation: found, meaning for the pages, what to do."""

from components.status.words import N_

_FROM_FINER = N_("Its numbers are made from the next finer relation: the same, only slower.")
_GRANT = N_("GRANT SELECT ON %(relation)s to the role of TS_DSN.")
_REFRESH = N_(
    "CALL refresh_continuous_aggregate with force => true (TimescaleDB 2.18), or manage.py refresh "
    "--start --stop, over these times, or let fill it again what else does."
)
_SLOW = N_("The newest readings take seconds, or the historian takes too long.")
_INDEX = N_("CREATE INDEX ON influx_hist (tag_name, ts DESC).")
_ALONE = N_("Who reads this rollup alone gets wrong numbers there.")
_LOG = N_("See timescaledb_information.job_errors, and mend what it says.")

#: Kinds of relations, as PostgreSQL and TimescaleDB call them.
KINDS = {
    "table": N_("table"),
    "hypertable": N_("hypertable"),
    "partitioned table": N_("partitioned table"),
    "view": N_("view"),
    "materialized view": N_("materialized view"),
    "foreign table": N_("foreign table"),
    "continuous aggregate": N_("continuous aggregate"),
}

_MISSING_ROLLUP = (N_("not there"), _FROM_FINER, "")
_ROLLUP = (N_("%(kind)s"), N_("Long windows are read from here."), "")

_OURS = N_("Pages show ours, and never read this relation for them.")
_DEFINITION = N_(
    "SELECT pg_get_viewdef of it says how it is made; docs/definitions.md, 4, how ours."
)

#: key -> what was found, what it means for the pages, what to do.
RELATION_WORDS = {
    "no_influx_hist": (
        N_("not there"),
        N_("Without readings no page shows anything."),
        N_("Name the right database and search_path in TS_DSN, or run manage.py schema install."),
    ),
    "no_influx_agg_1m": _MISSING_ROLLUP,
    "no_influx_agg_10m": _MISSING_ROLLUP,
    "no_influx_agg_1h": _MISSING_ROLLUP,
    "no_influx_agg_1d": _MISSING_ROLLUP,
    "no_influx_latest": (
        N_("not there"),
        N_("Nothing is missed: newest readings are read by the index on influx_hist."),
        "",
    ),
    "no_features_5m": (
        N_("not there"),
        N_("Nothing is missed: no page shows percentiles yet."),
        "",
    ),
    "no_tech_ind_1m_mv": (N_("not there"), N_("Nothing is missed: indicators are our own."), ""),
    "no_influx_tag": (
        N_("not there"),
        N_("Tags are shown by their names alone, without description and unit."),
        N_("manage.py load --tags reads them from a file, into a database of Ksys."),
    ),
    "no_influx_qc_rule": (
        N_("not there"),
        N_("No alarm is judged, as there is no rule."),
        N_("manage.py qc import reads rules from a file, into a database of Ksys."),
    ),
    "is_influx_hist": (N_("%(kind)s"), N_("Every reading; short windows are read from here."), ""),
    "is_influx_agg_1m": _ROLLUP,
    "is_influx_agg_10m": _ROLLUP,
    "is_influx_agg_1h": _ROLLUP,
    "is_influx_agg_1d": _ROLLUP,
    "is_influx_latest": (N_("%(kind)s"), N_("Not read: the index on influx_hist is as fast."), ""),
    "is_features_5m": (
        N_("%(kind)s"),
        N_("Percentiles of five minutes: no page shows them yet."),
        "",
    ),
    "is_tech_ind_1m_mv": (N_("%(kind)s"), N_("Compared at most: indicators are our own."), ""),
    "is_influx_tag": (N_("%(kind)s"), N_("A changed description is shown within a minute."), ""),
    "is_influx_qc_rule": (N_("%(kind)s"), N_("A changed rule judges within half a minute."), ""),
    "is_events": (N_("read"), N_("Marks and forecasts of a trend come from here."), ""),
    "other_shape": (
        N_("%(columns)s: not there, not to be read, or of another type"),
        N_("It counts as not there: a trend shows nothing of it."),
        N_("Let it have the columns of README, perhaps by a view, or GRANT SELECT on them."),
    ),
    "denied": (N_("denied"), N_("It counts as not there."), _GRANT),
    "lacks": (
        N_("lacks %(columns)s, or they may not be read"),
        N_("It counts as not there; of rules and tags what is there is read."),
        N_("Add the columns, perhaps by a view, or GRANT SELECT on them."),
    ),
    "no_number": (
        N_("value is %(type)s, no number"),
        N_("Readings cannot be compared with limits: pages fail."),
        N_(
            "Let influx_hist be a view that casts: SELECT ts, tag_name, value::float8 AS value, qc."
        ),
    ),
    "no_zone": (
        N_("ts is %(type)s, without a zone"),
        N_("Times are shifted wherever the session's zone is not that of their source."),
        N_("Let influx_hist be a view with ts AT TIME ZONE the zone of the source."),
    ),
    "no_index": (N_("no index on (tag_name, ts)"), _SLOW, _INDEX),
    "index_unfit": (N_("no index for the newest readings, only %(index)s"), _SLOW, _INDEX),
    "index_pattern": (
        N_("its index orders no names: %(index)s"),
        N_(
            "Newest readings are read by it. Names of tags are looked for in all readings, "
            "which takes seconds, or the historian too long."
        ),
        N_("CREATE INDEX ON influx_hist (tag_name, ts DESC), without an operator class."),
    ),
    "index_invalid": (
        N_("its index on (tag_name, ts) is not valid: no statement reads it"),
        _SLOW,
        N_("REINDEX INDEX it; of a partitioned table CREATE INDEX on each partition, and attach."),
    ),
    "index_of_some": (
        N_("its index is of some readings alone: %(index)s"),
        N_("Newest readings that need not be among these take seconds, or the historian too long."),
        N_("CREATE INDEX ON influx_hist (tag_name, ts DESC), without WHERE."),
    ),
    "index_of_parts": (
        N_("%(served)s of %(parts)s chunks or partitions have an index on (tag_name, ts)"),
        N_("The newest readings in the others take seconds, or the historian takes too long."),
        N_("CREATE INDEX (tag_name, ts DESC) on each of the others, or on influx_hist."),
    ),
    "index_beneath": (
        N_("its index on tag_name and ts lies beneath it, if there is one: not looked at"),
        N_("Without one the newest readings take seconds, or the historian takes too long."),
        N_("See that what it reads from has one, by tag first, then by time."),
    ),
    "many_parts": (
        N_("%(parts)s chunks or partitions"),
        N_("What silent or rare tags need takes seconds: each part is planned and locked."),
        N_("SELECT set_chunk_time_interval for influx_hist: longer, so that chunks are fewer."),
    ),
    "names_partly": (
        N_("names were read back to %(at)s as yet"),
        N_("A tag that is silent since before is not listed yet, unless described or ruled."),
        N_("Wait some minutes, or search for its name."),
    ),
    "spelt": (N_("bounds are spelt warn_min, crit_min"), N_("They are read."), ""),
    "spelt_other": (N_("bounds are spelt warning_min, critical_min"), N_("They are read."), ""),
    "spelt_both": (
        N_("bounds are spelt in both ways"),
        N_("warn_min counts before warning_min where both hold a number."),
        "",
    ),
    "no_limits": (N_("no columns of limits"), N_("No level alarms."), ""),
    "materialized_only": (
        N_("materialized only: its newest buckets come with the next refresh"),
        N_("What is newer is made from the next finer relation."),
        "",
    ),
    "no_policy": (
        N_("no refresh policy"),
        N_("Nothing brings it up to date by itself."),
        N_(
            "SELECT add_continuous_aggregate_policy for %(relation)s, or manage.py refresh --watch."
        ),
    ),
    "policy_failed": (
        N_("the last refresh failed"),
        N_("It stands still: what is newer or came late is read from finer relations, slower."),
        _LOG,
    ),
    "policy_off": (
        N_("its refresh policy is switched off"),
        N_("Nothing brings it up to date by itself."),
        N_("SELECT alter_job with scheduled => true for the policy of %(relation)s."),
    ),
    "policy_short": (
        N_("the refresh looks back %(span)s"),
        N_("Readings that come later than that are never in it."),
        N_("Where readings come late, refresh %(relation)s over those times."),
    ),
    "policy_empties": (
        N_("the refresh looks back further than the %(span)s that readings are kept"),
        N_("It empties the buckets of dropped readings: older windows lose their numbers."),
        N_("Give the refresh policy of %(relation)s a start_offset below what retention keeps."),
    ),
    "compression_failed": (N_("the last compression failed"), N_("Disks fill sooner."), _LOG),
    "retention_failed": (N_("the last retention failed"), N_("Disks fill sooner."), _LOG),
    "kept": (
        N_("kept for %(span)s"),
        N_("Older windows are made from what is left; no single readings are shown there."),
        "",
    ),
    "empty": (
        N_("without a row of the tags looked at"),
        N_("Its numbers are made from the next finer relation, slower."),
        N_("Let whatever keeps it run, or remove it."),
    ),
    "behind": (
        N_("%(lag)s behind the readings, more than %(allowed)s"),
        N_("What is newer is made from the next finer relation, slower."),
        N_("See what keeps it: a refresh policy, or manage.py refresh --watch."),
    ),
    "waits": (
        N_("%(span)s between %(start)s and %(stop)s waits for a refresh"),
        N_("Pages read finer relations or readings there; this one alone tells what was before."),
        N_("See why its policy leaves it out; CALL refresh_continuous_aggregate over these times."),
    ),
    "holes": (
        N_("%(span)s missing between %(start)s and %(stop)s, where there are readings"),
        _ALONE,
        _REFRESH,
    ),
    "short": (
        N_("%(lost)s of %(counted)s readings looked at are not in it, from %(start)s to %(stop)s"),
        _ALONE,
        _REFRESH,
    ),
    "over": (
        N_("from %(start)s to %(stop)s it counts %(more)s more than there are good readings"),
        N_("Flagged, deleted or empty ones are in its numbers, which charts of long windows show."),
        N_("Let it leave out what qc flags; refresh %(relation)s where readings were deleted."),
    ),
    "unprobed": (
        N_("%(span)s more without a row, whose readings nobody looked for"),
        N_("They may be gaps of the source, or holes."),
        "",
    ),
    "whole": (
        N_("whole in the %(counted)s readings looked at"),
        N_("Long windows are read from here."),
        "",
    ),
    "stored_equal": (
        N_("%(columns)s equal ours in %(counted)s values of a few tags"),
        N_("Who reads them there sees the numbers of the pages."),
        "",
    ),
    "stored_rows": (
        N_("%(columns)s: of the last rows, whatever time lies between them"),
        N_("After a gap they differ from ours by up to %(most)s, which keep to their time."),
        "",
    ),
    "stored_sample": (
        N_("%(columns)s: by the sample standard deviation"),
        N_("Ours go by that of the population: their bands are 2.6%% wider, by up to %(most)s."),
        "",
    ),
    "stored_rows_sample": (
        N_("%(columns)s: of the last rows, by the sample standard deviation"),
        N_("They differ from ours by up to %(most)s; ours keep to their time."),
        "",
    ),
    "stored_per_minute": (
        N_("%(columns)s: per minute"),
        N_("Ours is per hour: 60 times the number."),
        "",
    ),
    "stored_per_second": (
        N_("%(columns)s: per second"),
        N_("Ours is per hour: 3,600 times the number."),
        "",
    ),
    "stored_population": (
        N_("%(columns)s: the standard deviation of the population"),
        N_("Ours is that of a sample, greater by up to %(most)s."),
        "",
    ),
    "stored_nearest": (
        N_("%(columns)s: readings themselves (percentile_disc)"),
        N_("Ours lie between readings (percentile_cont), up to %(most)s apart."),
        "",
    ),
    "stored_other": (
        N_("%(columns)s differ from ours by up to %(most)s in %(counted)s values of a few tags"),
        _OURS,
        _DEFINITION,
    ),
    "stored_beyond": (
        N_("%(count)s values of %(columns)s where ours are left out"),
        N_("There less than 80%% of the window has readings: pages show nothing, not a guess."),
        "",
    ),
    "stored_none": (
        N_("without a value of the tags looked at, lately"),
        N_("It cannot be compared with ours; pages show ours."),
        "",
    ),
    "not_compared": (
        N_("could not be compared with ours in time"),
        _OURS,
        "",
    ),
    "without_tags": (
        N_("not looked at, for no readings could be read"),
        N_("Whether it is whole and new is not known."),
        "",
    ),
    "not_looked_at": (
        N_("could not be looked at in time"),
        N_("Whether it is whole and new is not known."),
        N_("See the index on (tag_name, bucket) or (tag_name, ts), and what else the server does."),
    ),
}
