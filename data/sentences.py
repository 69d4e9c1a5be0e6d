"""What a user is told when a question cannot be answered as asked: a sentence a reason."""

# Sorted by key; each names thing, value and way out, and `components/messages.py` translates it.
SENTENCES = {
    "access_damaged": "{file} in the folder access of KSYS_DATA is damaged, so nobody can be let "
    "in; bring it back from a copy, or leave it out and add its entries anew with manage.py.",
    "access_seen_late": "{folder} lies on NFS that believes for up to a minute what it has seen of "
    "a file: who was removed on another host, or signed out there, is let in here for as long. "
    "Set actimeo=1 where it is mounted.",
    "access_unreached": "The folder access of KSYS_DATA cannot be read or written, so nobody "
    "can be let in: {reason}. Mend its disk or its rights.",
    "account_of_nobody": "Only one who signs in has an account; a script or a site without sign-in "
    "has none: set AUTH to have one.",
    "backup_broken": "{file} is no whole backup of Ksys: {reason}. It was cut, or changed since; "
    "take another one.",
    "backup_failed": "The embedded historian could not be read or written to the end: {reason}. "
    "Nothing of it was kept; run the command again.",
    "backup_kind": "{file} is no {kind}; name a file that manage.py backup made.",
    "backup_newer": "{file} is of {what} {version}, and here is {ours}; restore it with a newer "
    "Ksys.",
    "backup_nothing": "The embedded historian in {place} holds nothing, so there is nothing to "
    "keep; see KSYS_DATA.",
    "backup_sums": "{file} is not what its manifest says: {size:,} bytes instead of {expected:,}, "
    "or others than were written. Take another one.",
    "bad_call": "This is no call of a page of Ksys: its {part} is not what a page sends; try again "
    "after loading the page anew.",
    "bad_request": "This request cannot be read; try the page anew, or begin at the overview.",
    "body_no_json": "This address reads JSON alone; set Content-Type: application/json.",
    "body_too_large": "More than {most} were sent in one request, and Ksys reads no more; give "
    "less at a time.",
    "compare_future": "compare is {compare!r}, a start that is yet to come; choose an earlier one.",
    "cursor_foreign": "The cursor {cursor!r} does not go on with this question; ask as for the "
    "page that gave it, or leave cursor out to begin again.",
    "database_denied": "{name}: the server at {where} does not let user {user!r} in from here; see "
    "pg_hba.conf there, or mend user in {name}.",
    "database_error": "{name}: the database at {where} answered with an error: {detail}. Nothing "
    "of this step was kept; manage.py schema check says what is there.",
    "database_failed": "{name}: no connection to {where}: {detail}; mend {name}, or try again "
    "later.",
    "database_lost": "{name}: the connection to {where} broke and nothing of this step was kept; "
    "run the command again.",
    "database_missing": "{name}: the server at {where} has no database {database!r}; mend dbname "
    "in {name}, or make it with createdb.",
    "database_password": "{name}: the server at {where} does not take user {user!r} with the "
    "password given; mend user and password in {name}, PGPASSWORD or ~/.pgpass.",
    "database_refused": "{name}: no PostgreSQL answers at {where} ({detail}); mend host and port "
    "in {name}, or start the server.",
    "database_rights": "{name}: user {user!r} lacks a right at {where}: {detail}; GRANT it, or "
    "write as the owner of the relations.",
    "database_role": "{name}: the server at {where} has no user {user!r}; mend user in {name}, or "
    "make it with createuser.",
    "database_schema": "{name}: the database at {where} has no schema {schema!r} that user "
    "{user!r} may use; mend TS_SCHEMA, make the schema with CREATE SCHEMA, or GRANT USAGE on it.",
    "database_unknown_host": "{name}: there is no host of the name in {where}; mend host in "
    "{name}, or the name service of this machine.",
    "embedded_disk": "The disk under {place} is full: {free} are free, and the embedded PostgreSQL "
    "cannot go on. Make room there, or name a directory on another disk by KSYS_DATA.",
    "embedded_unavailable": "The embedded PostgreSQL cannot be used: {reason} Set TS_DSN to a "
    "PostgreSQL server of your own instead.",
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
    "export_sheet_size": "The spreadsheet would have more than {most} MB; ask for a shorter "
    "window, for wider buckets or for fewer tags, or for CSV or Parquet, which have no limit.",
    "export_sheet_text": "A cell of a sheet holds {most:,} signs, and {text!r}… has more; leave "
    "its column out, or ask for CSV or Parquet.",
    "export_signs": "A comma cannot be the decimal sign and stand between cells; set separator to "
    "; or tab.",
    "export_unknown": "There is no export {name!r} of yours within the last day; see the header "
    "X-Request-ID of a file for its name.",
    "file_broken": "{file}: {reason}",
    "file_failed": "{file}: {reason}. Mend its path, its rights or its disk, or name another file.",
    "file_line_broken": "{file}, line {line}: {reason}",
    "file_there": "{file} is there already, and no file gives way to a new one; choose another "
    "name, or remove it.",
    "foreign_host": "The host {host!r} is not one of this site; add it to TRUSTED_HOSTS there, or "
    "use another address.",
    "foreign_post": "This was not sent by a page of this site but from {source!r}, and was "
    "refused; where a proxy stands between, let it leave Host as the browser sends it.",
    "half_a_window": "Only {given} is given; a window needs both start and stop: add the other, "
    "or give a window such as 24h.",
    "historian_busy": "All connections to the historian are in use; try again in a moment.",
    "historian_cancelled": "The historian cancelled the question: an administrator did, or a limit "
    "or lock there. It is asked again by itself; the log tells which.",
    "historian_columns": "influx_hist lacks {columns}, or the user of TS_DSN may not read it: add "
    "it, perhaps by a view, or GRANT SELECT on it.",
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
    "historian_limit": "Before STATEMENT_TIMEOUT_MS a lower statement_timeout, or query_timeout of "
    "a pooler, ended the question there: raise it; where a window is chosen, a shorter one helps.",
    "historian_locks": "The historian has no room to lock all chunks that the question touches; "
    "raise max_locks_per_transaction there, or make chunks longer.",
    "historian_lost": "The connection to the historian broke; it is tried again by itself.",
    "historian_missing": "The historian lacks something that was asked for: {detail}; manage.py "
    "check says what is there.",
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
    "install_qc": "{reason}: the rollups of Ksys count readings with qc 0, and would leave out the "
    "good ones; nothing was changed. Ksys reads this historian without them; to have them, use a "
    "database that `manage.py load` fills.",
    "limit_of_auto": "limit is {value!r}, and pages need one width throughout; add resolution=raw "
    "or a width such as 1m, or leave limit out.",
    "listen_failed": "Ksys cannot listen at HOST={host} PORT={port}: {reason}; choose an address "
    "of this machine, such as HOST=127.0.0.1, and a port from 1024 to 65535.",
    "listen_open": "Ksys would listen at {address}, beyond this machine, and nobody would have to "
    "sign in; choose an address of the loopback, or how users sign in: AUTH=password, proxy or "
    "oidc, or set AUTH=none to accept that anyone who can reach it can read.",
    "listen_taken": "PORT={port} of {host} is taken by another program, perhaps by another Ksys; "
    "end that one, or choose another port, such as PORT={other}.",
    "load_qc": "{reason}, and Ksys stores qc as 0 (good), 1 and 2: use a database of its own "
    "with QC_CODE=flag; nothing was changed.",
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
    "parameter_choice": "{name} is {value!r}; choose among {choices}.",
    "parameter_empty": "{name} is given without a value; write one, or leave {name} out.",
    "parameter_needed": "{name} is not given; add it, as in {example}.",
    "parameter_number": "{name} is {value!r}; write a whole number from {least} to {most}.",
    "parameter_repeated": "{name} is given {count} times; give it once.",
    "parameter_twice": "{name} has {value!r} more than once; keep one.",
    "parameter_unknown": "There is no parameter {name!r}; choose among {choices}.",
    "password_length": "A password has from {least} to {most} characters; choose such a one.",
    "path_device": "{name} is {path!r}, which is a device or a pipe: a file that is there once it "
    "is whole cannot take its place. Name a file.",
    "path_folder": "{name} is {path!r}, which is a folder; name a file in it.",
    "path_missing": "{name} is {path!r}, and there is no such file; mend the path.",
    "path_no_folder": "{name} is {path!r}, and there is no folder {folder!r}; make it, or name a "
    "file in another.",
    "path_unreadable": "{name} is {path!r}, which cannot be read: {reason}. Mend the path or its "
    "rights, or run this as another user.",
    "path_unwritable": "{name} is {path!r}, which cannot be written: {reason}. Mend the path or "
    "the rights of its folder, or name a file in another.",
    "path_written": "{path!r} is being written by another command; name another file, or "
    "try again when that one has ended.",
    "place_unknown": "There is no place {name!r} in {place}; see manage.py places list.",
    "place_used": "A process uses the place {name!r}; end the Ksys that runs on it first.",
    "place_wrong": "{typed!r} is not {name!r}, so nothing was removed; type the name of the place.",
    "plant_tag_taken": "tag {tag!r} holds readings that are not the demonstration plant's; "
    "use an empty database",
    "plotly_js": "KSYS_PLOTLY_JS={path!r} holds {found}, and the charts need plotly.js {wanted}; "
    "give that version, or leave it empty.",
    "provider_failed": "The provider of accounts did not confirm who you are; try again in a "
    "moment. The log of Ksys tells why.",
    "restore_failed": "{file} could not be read into the embedded historian: {reason}. Its data "
    "are as they were; try again, or take another backup.",
    "restore_holds": "The embedded historian in {place} holds data: {held} rows. With --replace "
    "they go and the backup takes their place.",
    "restore_room": "A restore needs {needed} beside what is there, and the disk under {place} has "
    "{free} free; make room there.",
    "restore_rows": "{file} gave {rows:,} rows of {table} instead of {expected:,}; the data are as "
    "they were. Take another backup.",
    "restore_used": "Another process uses the embedded historian; end Ksys, and then restore.",
    "role_missing": "This needs the role {needed}, and yours is {own}; ask an administrator "
    "to give it.",
    "rule_blank_name": "the name {tag!r} begins or ends with a blank; it is kept so, and is "
    "another tag than {bare!r}",
    "rule_cells": "it has more or fewer cells than the header; quote cells that hold a delimiter",
    "rule_deadband": "deadband_pct is {value}; it must be at least 0 and below 100",
    "rule_deadband_clipped": "A deadband of {asked:.6g} would bridge limits; {used:.6g} is used",
    "rule_flag": "{column} is {value!r}; write true or false",
    "rule_gap": "max_gap_seconds is {value:.15g}; write whole seconds, at most 2147483647",
    "rule_nesting": "{low} {low_value:.9g} lies above {high} {high_value:.9g}; mend one of them",
    "rule_no_column": "the store has no column {column} to hold {value!r}; add the column or leave "
    "the cell empty",
    "rule_not_kept": "the store makes {stored!r} of {column} {value!r}; mend the value, or the "
    "type of the column",
    "rule_not_positive": "{column} is {value:.9g}; it must be above 0, or empty for no test",
    "rule_number": "{column} is {value!r}, not a finite number; leave it empty for no test",
    "rule_strict_nesting": "{low} {low_value:.9g} must lie below {high} {high_value:.9g}; mend one",
    "rule_text": "{column} is {value!r}, which PostgreSQL cannot hold; take out NUL, half "
    "characters and, in JSON, NaN",
    "rule_twice": "there is already a rule for {tag!r} in line {line}; keep one",
    "rule_two": "there are {count} rules for it that differ: keep one of them",
    "rule_without_tag": "it has no tag_name; write the name of its tag there",
    "rules_column": "{file}: unknown column {column!r}; the columns are {columns}",
    "rules_column_twice": "{file} has the column {column!r} twice; keep one",
    "rules_csv": "{file}, line {line}: no CSV: {reason}; quote cells that hold a delimiter, and "
    "close every quote",
    "rules_encoding": "{file} is not UTF-8 text; save it as CSV UTF-8",
    "rules_header": "{file} has no column tag_name: its first line names {found}; the columns are "
    "{columns}",
    "rules_row": "{file}, line {line}, tag {tag!r}: {reason}",
    "schema_foreign": "{difference}; nothing was changed. Change the table, or use a database "
    "without one of that name.",
    "schema_newer": "The schema is of version {version} and this program knows up to {newest}: "
    "update Ksys.",
    "schema_not_kept": "No rollup of this database is kept by Ksys: nothing to refresh. Where "
    "there is none, run manage.py schema install to have them kept; others must be brought up to "
    "date by who made them.",
    "schema_not_ours": "{relation} is here and was not made by Ksys, which reads it as it is; "
    "nothing was changed. To have rollups kept by Ksys, use a database without it.",
    "screen_revoked": "This link of a wall screen does not count, or no more; an administrator "
    "makes a new one with manage.py screen add.",
    "select_outside": "The selected stretch {select} lies outside of the window; leave it, or "
    "choose a window that has it.",
    "setting_file": "{name}={path!r} cannot be read: {reason}; give a file that holds the value, "
    "which the user of Ksys may read.",
    "setting_in_ps": "{name} holds a password, which every user of this machine sees in ps; set "
    "TS_DSN_WRITE or TS_DSN_WRITE_FILE (to look: TS_DSN), PGPASSWORD or ~/.pgpass instead.",
    "setting_needed": "{what} needs {name}; set it, too.",
    "setting_open_host": "HOST={value!r} listens beyond this machine and nobody would have to sign "
    "in; choose 127.0.0.1, or how users sign in: AUTH=password, proxy or oidc, or set AUTH=none to "
    "accept that anyone who can reach it can read.",
    "setting_secret": "{name} cannot be used; it must be {must}. Its value is not shown, as it may "
    "hold a password.",
    "setting_tls": "{name} reaches its server without verified TLS, and APP_ENV is production; add "
    "sslmode=verify-full and sslrootcert to it, or set ALLOW_INSECURE_DB=1 to accept that others "
    "on the way can read and change what is shown.",
    "setting_twice": "{name} and {file} are both set; leave one of them empty.",
    "setting_unsigned": "REDIS_URL is set without CACHE_SECRET: what is shared there is signed, "
    "as who can write there could run programs here; set CACHE_SECRET to at least 16 characters, "
    "the same for all workers, or leave REDIS_URL empty.",
    "setting_unusable": "{name}={value!r} cannot be used; it must be {must}.",
    "sign_in_busy": "Too many sign in at this moment; try again in a second.",
    "sign_in_plain": "Here a password could be read on its way: this page came over plain http. "
    "Use an https address, or open it on the machine itself.",
    "sign_in_proxy": "Who you are is told by a proxy, and this request did not come from one that "
    "is trusted; open Ksys at the proxy's address, or see TRUSTED_PROXIES and AUTH_HEADER.",
    "signed_out": "You are signed out: nothing new is shown until you sign in again.",
    "slow_senders": "Ksys is reached beyond this machine without a proxy: as many requests as "
    "THREADS, sent slowly or never whole, keep all others out. Put a proxy before it, as "
    "docs/nginx.conf does, and name it in TRUSTED_PROXIES.",
    "start_after_stop": "The window starts at {start} and stops at {stop}; start must be before "
    "stop: choose a later stop.",
    "time_before_1970": "{name} is {value!r}, before 1970; choose a later time.",
    "token_many": "There are {most} tokens already; make room: revoke one that is not used.",
    "token_name": "The name {name!r} cannot be used; write up to 128 letters, digits and signs.",
    "token_plain": "This token came over plain http, where others could read it, and was refused. "
    "Use an https address; revoke the token if others share that network.",
    "token_role": "A token cannot have the role {role!r}; choose viewer or analyst, and not above "
    "your own, {own}.",
    "token_there": "There is a token named {name!r} already; choose another name, or revoke it.",
    "token_unknown": "There is no token {id!r}; see the list.",
    "too_many_buckets": "The window holds {count} buckets of {resolution}, more than {limit}; "
    "choose a shorter window or a coarser resolution.",
    "too_many_readings": "The window holds {count} single readings of {tag!r}, more than {limit}; "
    "choose a shorter window or a resolution.",
    "too_many_requests": "More than {most} requests came from you within a minute; try "
    "again in {seconds} s, or let an administrator raise RATE_LIMIT.",
    "too_many_rows": "The answer holds more than {limit} rows, the most that is given at once; "
    "choose a shorter window, a coarser resolution or fewer tags, or pages by limit where there "
    "is one.",
    "too_many_tags": "{count} tags are asked for; a chart takes at most {limit}: choose fewer.",
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
    "unreadable_select": "select is {select!r}; write start/stop, as in "
    "2025-01-31T08:00/2025-01-31T09:00.",
    "unreadable_time": "{name} is {value!r}, not a time; write 2025-01-31T08:00 or "
    "2025-01-31T08:00+09:00.",
    "unreadable_zoom": "zoom is {zoom!r}; write start/stop, as in "
    "2025-01-31T08:00/2025-01-31T09:00.",
    "user_name": "The name {name!r} cannot be used; write up to 64 letters, digits and . _ @ -",
    "user_there": "There is a user {name!r} already; give another password with manage.py user "
    "password.",
    "user_unknown": "There is no user {name!r}; see manage.py user list.",
    "window_future": "The window stops at {stop}, more than a day from now; choose an earlier "
    "stop.",
    "window_too_long": "The window {window!r} starts before 1970; choose a shorter one.",
}
