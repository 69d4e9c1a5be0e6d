"""The words of what is so with the server, its tags and this app: found, meaning, what to do.

An empty meaning or deed: there is none. What fills the holes stands in the lines of `data/status/`.
"""


def N_(text: str) -> str:
    """Return a text that is translated where it is said; Babel finds it by this name."""
    return text


_UNKNOWN = N_(
    "Nothing of the historian can be said now; pages show their last answers, marked old."
)
_CUT = N_("Pages show what had arrived there by then, and ages count to now.")
_FOLLOW = N_(
    "Look into the log of the standby for why it does not reach its primary (primary_conninfo), or "
    "read the primary."
)

#: key -> what was found, what it means for the pages, what to do.
WORDS = {
    "server": (
        N_("PostgreSQL %(version)s answers in %(took)s."),
        N_("Every page needs a few such answers."),
        "",
    ),
    "unavailable": ("%(failure)s", _UNKNOWN, ""),
    "refused": ("%(failure)s", N_("Pages show nothing but this."), ""),
    "unreachable": ("%(failure)s", _UNKNOWN, N_("Start the server or mend TS_DSN.")),
    "busy": (
        "%(failure)s",
        N_("Nothing of the historian is said this time; pages show their last answers."),
        N_("Where it recurs, raise POOL_SIZE or WEB_CONCURRENCY, or shorten what is asked."),
    ),
    "standby": (
        N_("The server is a standby, %(lag)s behind what it has received."),
        N_("Pages show what has arrived there, and ages count to now."),
        N_("Where that is too old, read the primary: TS_DSN with target_session_attrs=primary."),
    ),
    "standby_cut": (
        N_(
            "The server is a standby that no longer follows: it receives nothing. The newest that "
            "it has replayed is %(lag)s old."
        ),
        _CUT,
        _FOLLOW,
    ),
    "standby_cut_unknown": (
        N_(
            "The server is a standby that does not follow: it receives nothing, and does not know "
            "how old the newest is that it has replayed."
        ),
        _CUT,
        _FOLLOW,
    ),
    "primary_ended": (
        N_(
            "A server still says that it is the primary, but another one was promoted after it: "
            "number %(servers)s of those that TS_DSN_READ and TS_DSN name."
        ),
        N_("It is not read while another one answers: what is written to it now is on no page."),
        N_(
            "Let nothing write to it and stop it; then make it a standby of the promoted one, by "
            "pg_rewind or a new base backup."
        ),
    ),
    "primaries": (
        N_(
            "Several servers say that they are the primary, and none was promoted after another: "
            "numbers %(servers)s of those that TS_DSN_READ and TS_DSN name."
        ),
        N_(
            "The first that answers is read, and newer readings may be in another. When it does "
            "not answer, pages show the history of the next."
        ),
        N_("Stop those that the plant does not write to, or leave them out of the DSN."),
    ),
    "standby_waits": (
        N_(
            "A standby is not known to follow the server that was promoted: number %(servers)s of "
            "those that TS_DSN_READ and TS_DSN name."
        ),
        N_("It is not read while another one answers."),
        N_(
            "Where it stays so after checkpoint_timeout, let its primary_conninfo name the "
            "promoted one. With GRANT pg_read_all_stats Ksys sees at once that it follows."
        ),
    ),
    "standby_strange": (
        N_(
            "A standby is of another cluster than the primary: number %(servers)s of those that "
            "TS_DSN_READ and TS_DSN name."
        ),
        N_("Pages that read it show the readings of that cluster."),
        N_("Name standbys of the primary alone in TS_DSN_READ."),
    ),
    "timescaledb": (
        N_("TimescaleDB %(version)s."),
        N_("Rollups may be continuous aggregates."),
        "",
    ),
    "no_timescaledb": (
        N_("No TimescaleDB."),
        N_("Rollups are read as tables or views; nothing else depends on it."),
        "",
    ),
    "wrong_timescaledb": (
        N_("TimescaleDB %(version)s is known for wrong results (SkipScan and sparse indexes)."),
        N_("Numbers on every page may be wrong, and look right."),
        N_("Update TimescaleDB to a release after 2.29.1."),
    ),
    "wrong_postgresql": (
        N_("PostgreSQL %(version)s may have made corrupt indexes (CREATE INDEX CONCURRENTLY)."),
        N_("Readings may be missing from every page, and look complete."),
        N_("Update PostgreSQL to 14.4 or later and REINDEX."),
    ),
    "only_reads": (N_("The role may only read."), N_("No page can change the historian."), ""),
    "may_write": (
        N_("The role may write: %(relations)s."),
        N_(
            "Ksys opens sessions that only read; but whoever has this password may change readings."
        ),
        N_("Use a role that may only SELECT."),
    ),
    "superuser": (
        N_("The role is a superuser."),
        N_("Ksys opens sessions that only read; but whoever has this password may do anything."),
        N_("Use a role that may only SELECT."),
    ),
    "tls": (N_("The way to the historian is encrypted."), "", ""),
    "local_way": (N_("The historian is on this machine."), N_("No readings cross a network."), ""),
    "plain": (
        N_("The way to the historian is not encrypted."),
        N_("Readings, and perhaps the password, can be read and changed on the way."),
        N_("Set sslmode=verify-full in TS_DSN, and ssl = on at the server."),
    ),
    "tls_unknown": (
        N_("The server does not tell whether the way is encrypted."),
        N_("Readings may be readable on the way."),
        N_("Set sslmode=verify-full in TS_DSN: then no other way is taken."),
    ),
    "clocks_agree": (
        N_("The clocks of historian and Ksys agree to %(span)s."),
        N_("Ages can be trusted."),
        "",
    ),
    "clock_ahead": (
        N_("The historian's clock is %(span)s ahead of this machine's."),
        N_("Windows and ages go by the historian's clock; where it is wrong, fresh looks old."),
        N_("Set both clocks by NTP."),
    ),
    "clock_after": (
        N_("The historian's clock is %(span)s behind this machine's."),
        N_("Windows and ages go by the historian's clock; where it is wrong, old looks fresh."),
        N_("Set both clocks by NTP."),
    ),
    "clock_behind": (
        N_("The historian's clock has fallen back by %(span)s."),
        N_("What is newer by it is not shown; ages go on by a steady clock."),
        N_("Set the clock of the database's machine."),
    ),
    "room": (N_("%(connected)s of %(most)s connections of the server are in use."), "", ""),
    "nearly_full": (
        N_("%(connected)s of %(most)s connections of the server are in use."),
        N_("When none is free, pages get no answer."),
        N_("Raise max_connections, lower POOL_SIZE, or put a pooler between (TS_POOLER=1)."),
    ),
    "qc_none": (
        N_("Readings have no column qc, or it may not be read."),
        N_("No reading is left out for what its source says of it."),
        N_("Where sources say what is bad, give influx_hist a column qc, or SELECT on it."),
    ),
    "qc_flag": (
        N_("qc is a flag: 0 is good."),
        N_("Other readings are BAD, left out of numbers."),
        "",
    ),
    "qc_code": (
        N_("qc is a code of %(standard)s."),
        N_("What is not good by it is BAD, left out of numbers."),
        "",
    ),
    "qc_open": (
        N_("qc looks like %(standard)s: %(percent)s%% are %(value)s."),
        N_("Every reading is BAD until QC_CODE says what it means."),
        N_("Set QC_CODE=%(code)s, or QC_CODE=flag if 0 alone is good."),
    ),
    "no_tags": (
        N_("There is no tag."),
        N_("The overview is empty."),
        N_("Load readings with manage.py load, or let their source write to influx_hist."),
    ),
    "tags_not_read": (
        N_("The tags could not be read in time."),
        N_("Pages may be slow or say that the historian takes too long."),
        N_("See the index on (tag_name, ts), and what else the server does."),
    ),
    "readings": (
        N_("Newest reading %(age)s old; of %(count)s tags %(fresh)s are fresh."),
        N_("%(late)s late, %(stale)s stale, %(without)s without a reading up to now."),
        "",
    ),
    "nothing_fresh": (
        N_("No tag of %(count)s is fresh; the newest reading is %(age)s old."),
        N_("Pages show the last readings with their age, and say STALE or LATE."),
        N_("See whether what writes to the historian still runs."),
    ),
    "no_readings": (
        N_("None of %(count)s tags has a reading up to now."),
        N_("Every tag shows NO DATA."),
        N_("See whether what writes to the historian runs."),
    ),
    "tags_ahead": (
        N_("Readings of the future: %(tags)s."),
        N_("They are passed over until their time has come; their tags show CLOCK."),
        N_("Set the clock of their source."),
    ),
    "spacing": (
        N_("Readings come every %(middle)s in the median; from %(least)s to %(most)s by tag."),
        N_("Gaps, coverage and freshness go by it where no rule says more."),
        "",
    ),
    "ruled": (
        N_("%(count)s tags have a rule in force, %(unruled)s have no rule."),
        N_("Tags without a rule are shown, and never judged."),
        "",
    ),
    "rule_errors": (
        N_("RULE ERROR: %(tags)s."),
        N_("These tags are shown, and never judged."),
        N_("Mend their rules; a tag's details say what is wrong."),
    ),
    "rules_disabled": (
        N_("Rules that are disabled: %(tags)s."),
        N_("These tags are shown, and never judged."),
        N_("Set enabled where they are to judge."),
    ),
    "rules_old": (
        N_("Rules cannot be read anew; those of %(at)s judge."),
        N_("A rule changed since then does not judge yet."),
        N_("See what else the server does; they are read again by themselves."),
    ),
    "deadband_clipped": (
        N_("Clipped deadband: %(tags)s."),
        N_("These rules judge by 90%% of the distance between their limits."),
        N_("manage.py qc verify says how wide it may be."),
    ),
    "rule_blank": (
        N_("A blank stands at an end of a rule's name: %(tags)s."),
        N_("The rule judges the tag of exactly this name, blank included."),
        N_("Write the name without it, if that is the tag."),
    ),
    "rules_twice": (
        N_("Two rules stand for one tag: %(tags)s."),
        N_("Alike they count as one; where they differ the tag is RULE ERROR, never judged."),
        N_("Delete one, and put a unique index on influx_qc_rule (tag_name)."),
    ),
    "undescribed": (
        N_("%(count)s tags have neither description nor unit."),
        N_("They are shown by their name alone."),
        "",
    ),
    "backlog": (N_("%(changes)s changes wait to be rolled up."), "", ""),
    "backlog_old": (
        N_("%(changes)s changes wait to be rolled up, the oldest for %(span)s."),
        N_("Rollups do not hold them: numbers of long windows are old."),
        N_("Run manage.py refresh, with --watch to go on."),
    ),
    "pool": (N_("This worker uses %(used)s of %(most)s connections."), "", ""),
    "pool_full": (
        N_("This worker uses all of its %(most)s connections."),
        N_("More questions wait, and are refused after POOL_TIMEOUT."),
        N_("Raise POOL_SIZE, or WEB_CONCURRENCY."),
    ),
    "cache": (N_("%(answers)s answers are kept in memory."), "", ""),
    "from_memory": (
        N_("%(percent)s%% of %(asked)s questions were answered from memory since %(since)s."),
        N_("What is left is what the historian is asked; more viewers raise the share."),
        "",
    ),
    "cache_lost": (
        N_("The shared cache does not answer."),
        N_("Every worker asks the historian by itself: slower, and no less right."),
        N_("Start Redis or mend REDIS_URL."),
    ),
    "disk": (N_("The disk under the embedded historian has %(free)s free."), "", ""),
    "disk_low": (
        N_("The disk under the embedded historian has only %(free)s free."),
        N_("Once it is full, no new reading is stored."),
        N_("Make room there, or set KSYS_DATA to a directory elsewhere."),
    ),
    "disk_full": (
        N_("The disk under the embedded historian is full: %(free)s are free."),
        N_("No new reading is stored; pages show old ones, and large questions fail."),
        N_("Make room there: it goes on by itself. Or set KSYS_DATA to a directory elsewhere."),
    ),
    "slow_senders": (
        N_("This app is reached beyond its machine without a proxy."),
        N_("As many requests as THREADS, sent slowly or never whole, keep all others out."),
        N_("Put a proxy before it, as docs/nginx.conf does, and name it in TRUSTED_PROXIES."),
    ),
    "restarted": (
        N_("Ended by itself and was started again: %(note)s"),
        N_("Rollups may have been old meanwhile."),
        N_("The log of Ksys tells why."),
    ),
}
