"""What one is told whose question cannot be answered as asked: a sentence a reason.

What commands and settings are told stands in `command_sentences.py` beside it.
"""

# Sorted by key; each names thing, value and way out, and `components/messages.py` translates it.
SENTENCES = {
    "account_of_nobody": "Only one who signs in has an account; a script or a site without sign-in "
    "has none: set AUTH to have one.",
    "bad_call": "This is no call of a page of Ksys: its {part} is not what a page sends; try again "
    "after loading the page anew.",
    "bad_request": "This request cannot be read; try the page anew, or begin at the overview.",
    "body_no_json": "This address reads JSON alone; set Content-Type: application/json.",
    "body_too_large": "More than {most} were sent in one request, and Ksys reads no more; give "
    "less at a time.",
    "compare_future": "compare is {compare!r}, a start that is yet to come; choose an earlier one.",
    "cursor_foreign": "The cursor {cursor!r} does not go on with this question; ask as for the "
    "page that gave it, or leave cursor out to begin again.",
    "export_body": "What is sent is no JSON object of parameters, such as "
    '{{"tag": ["D101"], "window": "24h"}}; send one with Content-Type: application/json.',
    "export_body_value": "{name} is neither a text nor a number nor a list of such; send one.",
    "export_busy": "{most} files are being sent already, which is all at once; try again in "
    "{seconds} s.",
    "export_http": "This file is sent as it is read, and over HTTP/1.0 nobody could tell whether "
    "it is whole: ask by HTTP/1.1. Behind nginx, set proxy_http_version 1.1; there.",
    "export_manifest": "{file} is no manifest, which holds bytes and sha256; save what "
    "/api/v1/export/manifest answers.",
    "export_manifest_live": "The window of this file moves with the clock, so that no two are "
    "alike; give start and stop for a manifest.",
    "export_no_tag": "No tag is asked for; name some by tag, by a pattern as in tag_like=D1*, or "
    "by group.",
    "export_other_parts": "{folder} holds days of another question; remove it, or write to another "
    "file than {file}.",
    "export_other_rules": "A rule changed since {folder} was begun; remove it and try again.",
    "export_resume_window": "A window that ends now is another one in each run and cannot go on; "
    "give start and stop instead.",
    "export_sheet_columns": "A sheet holds {most:,} columns, and this one would have more; ask for "
    "fewer tags, or for shape=long.",
    "export_sheet_rows": "A sheet holds {most:,} rows below its header, and this one would have "
    "more; ask for a shorter window, for wider buckets or for fewer tags, or for CSV or Parquet.",
    "export_sheet_size": "The spreadsheet would have more than {most:,} MB; ask for a shorter "
    "window, for wider buckets or for fewer tags, or for CSV or Parquet, which have no limit.",
    "export_sheet_text": "A cell of a sheet holds {most:,} signs, and {text!r}… has more; leave "
    "its column out, or ask for CSV or Parquet.",
    "export_signs": "A comma cannot be the decimal sign and stand between cells; set separator to "
    "; or tab.",
    "export_unknown": "There is no export {name!r} of yours within the last day; see the header "
    "X-Request-ID of a file for its name.",
    "foreign_host": "The host {host!r} is not one of this site; add it to TRUSTED_HOSTS there, or "
    "use another address.",
    "foreign_post": "This was not sent by a page of this site but from {source!r}, and was "
    "refused; where a proxy stands between, let it leave Host as the browser sends it.",
    "half_a_window": "Only {given} is given; a window needs both start and stop: add the other, "
    "or give a window such as 24h.",
    "historian_busy": "All connections to the historian are in use; try again in a moment.",
    "historian_cancelled": "The historian cancelled the question: an administrator did, or a limit "
    "or lock there. It is asked again by itself; the log tells which.",
    "historian_coding": "The historian holds text in another coding than its database says; set "
    "it in TS_DSN, such as client_encoding=EUC_KR.",
    "historian_columns": "influx_hist lacks {columns}, or the user of TS_DSN may not read it: add "
    "it, perhaps by a view, or GRANT SELECT on it.",
    "historian_database": "There is no database of the name in TS_DSN; mend dbname there, or "
    "create it.",
    "historian_denied": "The historian refuses access; the log of Ksys tells why.",
    "historian_disk": "The disk of the historian is full; make room there. Until then it may store "
    "no new reading, and large questions fail.",
    "historian_disk_here": "The disk under the embedded historian is full: {free} are free. Make "
    "room there; until then it stores no new reading. It goes on by itself.",
    "historian_dsn": "The address of the historian cannot be read; set TS_DSN to a libpq URL "
    "or keywords such as host=db dbname=plant.",
    "historian_failed": "The historian answered with an error; the log of Ksys tells which.",
    "historian_full": "The historian has no connection left for Ksys; it is asked again by itself. "
    "Raise max_connections or the limit of the role there, or choose a smaller POOL_SIZE.",
    "historian_late": "The historian takes longer to answer than usual; it is asked again by "
    "itself.",
    "historian_letters": "The database of the historian has no letters for a sign in what was "
    "asked for; leave it out.",
    "historian_limit": "Before STATEMENT_TIMEOUT_MS a lower statement_timeout, or query_timeout of "
    "a pooler, ended the question there: raise it; where a window is chosen, a shorter one helps.",
    "historian_locks": "The historian has no room to lock all chunks that the question touches; "
    "raise max_locks_per_transaction there, or make chunks longer.",
    "historian_lost": "The connection to the historian broke; it is tried again by itself.",
    "historian_missing": "The historian lacks something that was asked for: {detail}; manage.py "
    "check says what is there.",
    "historian_no_path": "The search path of the user of TS_DSN leads to no schema that it may "
    "use; name the schema of influx_hist in TS_SCHEMA, and GRANT USAGE on it.",
    "historian_no_readings": "There is no influx_hist in {schemas}, or the user of TS_DSN has no "
    "USAGE on its schema. Name its schema in TS_SCHEMA, GRANT USAGE on it, or use another "
    "database; manage.py load fills an empty one.",
    "historian_password": "The historian does not take the user with the password given; mend user "
    "and password in TS_DSN, PGPASSWORD or ~/.pgpass, and start Ksys again.",
    "historian_pooler": "A pooler before the historian takes no session options; set TS_POOLER=1 "
    "and start Ksys again.",
    "historian_refused": "The historian cannot be reached; it is asked again by itself. "
    "The log tells why.",
    "historian_replica": "Replica {seconds} s behind, and no other server of the historian "
    "answers: a file would lack readings. Try again when it has caught up.",
    "historian_replica_unknown": "Replica behind, nobody knows how far, and no other server of the "
    "historian answers: a file would lack readings. Try again when it has caught up.",
    "historian_right": "The user of TS_DSN may not read what was asked for: {detail}; GRANT SELECT "
    "on it, and USAGE on its schema. It is used again within a minute.",
    "historian_schema": "The historian has no schema {schema!r}, or the user of TS_DSN has no "
    "USAGE on it; mend TS_SCHEMA, or GRANT USAGE on the schema.",
    "historian_shape": "The historian answers, but what Ksys reads there is missing, not "
    "permitted, or of another shape. The page Status says what, and how an administrator mends "
    "that.",
    "historian_silent": "No answer of the historian for {seconds} s; it is asked again by itself.",
    "historian_spread_by": "influx_hist is distributed over a Citus cluster by {column}, so that "
    "the readings of a tag lie on every node. Run what docs/citus.md has, by tag_name.",
    "historian_spread_tags": "influx_hist is distributed over a Citus cluster, and influx_tag, "
    "which the tags are found by there, does not lie beside it. Run SELECT "
    "create_distributed_table('influx_tag', 'tag_name', colocate_with => 'influx_hist').",
    "historian_standby": "A standby of the historian cancelled the question, to catch up with its "
    "primary; it is asked again by itself. If that recurs, set hot_standby_feedback = on there, or "
    "raise max_standby_streaming_delay.",
    "historian_starting": "The historian is starting, stopping or recovering; it is asked again by "
    "itself.",
    "historian_text": "{relation}.value is of type {type}, which is no number: nothing is shown, "
    "as limits and means of it would be wrong. Use a view that casts it: {view}",
    "historian_timeout": "The historian took too long to answer; where a window is chosen, "
    "a shorter one helps.",
    "historian_tls": "The historian and Ksys do not agree on TLS; mend sslmode and sslrootcert in "
    "TS_DSN, or pg_hba.conf and the certificate there. The log tells which.",
    "historian_two": "There are two relations {relation}, in {schemas}: which one is meant is "
    "chance. Set TS_SCHEMA to the schema of one of them, or drop the other.",
    "historian_type": "{relation}.{column} is of type {type}, and Ksys reads {wanted}: nothing is "
    "shown, as it could be wrong. Use a view that casts it: {view}",
    "historian_unknown_host": "There is no host of the name in TS_DSN; mend host there, or the "
    "name service of this machine.",
    "historian_unset": "No historian is set; set TS_DSN.",
    "historian_zone": "{relation}.{column} is of type {type}: which moment it means depends on the "
    "zone of who reads it. Use a view that says the zone of the source, such as: {view}",
    "indicators_of_angle": "Tag {tag!r} is an angle: means, bands and slope of it would be wrong, "
    "as 345 and 15 degrees lie around 0; see its trend, which shows last values and the "
    "circular mean.",
    "indicators_of_counter": "Tag {tag!r} is a counter: means, bands and slope of its reading say "
    "nothing; see its trend, which shows last values and how far it went on.",
    "indicators_of_state": "Tag {tag!r} is a state: it has no mean, band or slope; see its trend, "
    "which shows its words and the share of time in each.",
    "limit_of_auto": "limit is {value!r}, and pages need one width throughout; add resolution=raw "
    "or a width such as 1m, or leave limit out.",
    "no_group": "There is no group {group!r}; choose one of {choices}.",
    "no_groups": "There is no group {group!r}, as no tag has a group; choose tags by tag, or by a "
    "pattern as in tag_like=D1*.",
    "no_role": "{name} is signed in but has no role here; ask an administrator to give one in "
    "AUTH_ROLES.",
    "no_such_address": "There is nothing at this address; see the overview.",
    "no_such_method": "This address cannot be asked in this way; use a method that Allow names.",
    "no_such_route": "There is nothing at this address of the API; see /docs/api.",
    "no_tag_like": "There is no tag like {pattern!r}; write * for any signs, ? for one.",
    "not_of_readings": "{name} is {value!r}, and single readings have no buckets; add a "
    "resolution such as 1h, or leave {name} out.",
    "own_failure": "Ksys failed at this request; try again in a moment. The log of Ksys tells why.",
    "parameter_blank": "{name} is {value!r}, blanks alone; write a value, or leave {name} out.",
    "parameter_choice": "{name} is {value!r}; choose among {choices}.",
    "parameter_empty": "{name} is given without a value; write one, or leave {name} out.",
    "parameter_needed": "{name} is not given; add it, as in {example}.",
    "parameter_number": "{name} is {value!r}; write a whole number from {least} to {most}.",
    "parameter_repeated": "{name} is given {count:,} times; give it once.",
    "parameter_twice": "{name} has {value!r} more than once; keep one.",
    "parameter_unknown": "There is no parameter {name!r}; choose among {choices}.",
    "password_length": "A password has from {least} to {most} characters; choose such a one.",
    "provider_failed": "The provider of accounts did not confirm who you are; try again in a "
    "moment. The log of Ksys tells why.",
    "role_missing": "This needs the role {needed}, and yours is {own}; ask an administrator "
    "to give it.",
    "screen_revoked": "This link of a wall screen does not count, or no more; an administrator "
    "makes a new one with manage.py screen add.",
    "select_outside": "The selected stretch {select} lies outside of the window; leave it, or "
    "choose a window that has it.",
    "sign_in_busy": "Too many sign in at this moment; try again in a second.",
    "sign_in_plain": "Here a password could be read on its way: this page came over plain http. "
    "Use an https address, or open it on the machine itself.",
    "sign_in_proxy": "Who you are is told by a proxy, and this request did not come from one that "
    "is trusted; open Ksys at the proxy's address, or see TRUSTED_PROXIES and AUTH_HEADER.",
    "signed_out": "You are signed out: nothing new is shown until you sign in again.",
    "start_after_stop": "The window starts at {start} and stops at {stop}; start must be before "
    "stop: choose a later stop.",
    "tag_rolled": "Of tag {tag!r} rollups alone tell, as its readings are gone: there is no newest "
    "one; ask for a window instead.",
    "time_before_1970": "{name} is {value!r}, before 1970; choose a later time.",
    "token_many": "There are {most} tokens already; make room: revoke one that is not used.",
    "token_name": "The name {name!r} cannot be used; write up to 128 letters, digits and signs.",
    "token_plain": "This token came over plain http, where others could read it, and was refused. "
    "Use an https address; revoke the token if others share that network.",
    "token_role": "A token cannot have the role {role!r}; choose viewer or analyst, and not above "
    "your own, {own}.",
    "token_there": "There is a token named {name!r} already; choose another name, or revoke it.",
    "token_unknown": "There is no token {id!r}; see the list.",
    "token_void": "This access token does not count, or no more; see the page /account of its "
    "owner, and make another there.",
    "too_many_buckets": "The window holds {count:,} buckets of {resolution}, more than {limit:,}; "
    "choose a shorter window or a coarser resolution.",
    "too_many_readings": "The window holds {count:,} single readings of {tag!r}, more than "
    "{limit:,}; choose a shorter window or a resolution.",
    "too_many_requests": "More than {most:,} requests came from you within a minute; try "
    "again in {seconds} s, or let an administrator raise RATE_LIMIT.",
    "too_many_rows": "The answer holds more than {limit:,} rows, the most that is given at once; "
    "choose a shorter window, a coarser resolution or fewer tags, or pages by limit where there "
    "is one.",
    "too_many_tags": "{count:,} tags are asked for; a chart takes at most {limit:,}: choose fewer.",
    "two_windows": "window is {window!r}, beside start and stop; leave one of them out.",
    "typed_moment": "{text!r} is one moment; write a second one behind a /, as in 2026-11-20 "
    "08:00/12:00.",
    "typed_nowhere": "There is no {text!r} on the calendar and the clock; write a day such as "
    "2026-11-20 or a time such as 2026-11-20 08:00.",
    "typed_unreadable": "{text!r} is no window; write 36h, now-2w/now-1w, 2026-11-20, 2026-11 or "
    "2026-11-20 08:00/12:00.",
    "unknown_axes": "There is no choice of axes {axes!r}; choose one of {choices}.",
    "unknown_compare": "compare is {compare!r}, which names no earlier time; write {choices}, or "
    "when the other window starts, such as 2026-11-20 or 2026-11-20T06:00.",
    "unknown_indicator": "There is no indicator {indicator!r}; choose of {choices}, with commas "
    "between them.",
    "unknown_kind": "meta.kind is {kind!r}, which is no kind of tag; write value, state, angle or "
    "counter.",
    "unknown_language": "The language {value!r} is not offered; choose one of {choices}.",
    "unknown_resolution": "There is no resolution {resolution!r}; choose one of {choices}.",
    "unknown_statistic": "There is no statistic {statistic!r}; choose one of {choices}.",
    "unknown_switch": "{name} is {value!r}; write on or off.",
    "unknown_tag": "There is no tag {tag!r}; search the overview for its name.",
    "unknown_window": "There is no window {window!r}; write a number with s, m, h, d, w, mo or y, "
    "such as 45m or 12mo, or give start and stop.",
    "unknown_zone": "There is no time zone {zone!r}; use an IANA name such as Asia/Seoul.",
    "unreadable_stretch": "{name} is {value!r}; write start/stop, the earlier time first, as in "
    "2025-01-31T08:00/2025-01-31T09:00.",
    "unreadable_time": "{name} is {value!r}, not a time; write 2025-01-31T08:00 or "
    "2025-01-31T08:00+09:00.",
    "window_future": "The window stops at {stop}, more than a day from now; choose an earlier "
    "stop.",
    "window_too_long": "The window {window!r} starts before 1970; choose a shorter one.",
}
