"""What one is told who runs Ksys: of settings and the start, of files and databases to write."""

# Sorted by key, as in `sentences.py`.
SENTENCES = {
    "access_damaged": "{file} in the folder access of KSYS_DATA is damaged, so nobody can be let "
    "in; bring it back from a copy, or leave it out and add its entries anew with manage.py.",
    "access_seen_late": "{folder} lies on NFS that believes for up to a minute what it has seen of "
    "a file: who was removed on another host, or signed out there, is let in here for as long. "
    "Set actimeo=1 where it is mounted.",
    "access_unreached": "The folder access of KSYS_DATA cannot be read or written, so nobody "
    "can be let in: {reason}. Mend its disk or its rights.",
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
    "file_broken": "{file}: {reason}",
    "file_failed": "{file}: {reason}. Mend its path, its rights or its disk, or name another file.",
    "file_line_broken": "{file}, line {line}: {reason}",
    "file_there": "{file} is there already, and no file gives way to a new one; choose another "
    "name, or remove it.",
    "install_qc": "{reason}: the rollups of Ksys count readings with qc 0, and would leave out the "
    "good ones; nothing was changed. Ksys reads this historian without them; to have them, use a "
    "database that `manage.py load` fills.",
    "listen_failed": "Ksys cannot listen at HOST={host} PORT={port}: {reason}; choose an address "
    "of this machine, such as HOST=127.0.0.1, and a port from 1024 to 65535.",
    "listen_open": "Ksys would listen at {address}, beyond this machine, and nobody would have to "
    "sign in; choose an address of the loopback, or how users sign in: AUTH=password, proxy or "
    "oidc, or set AUTH=none to accept that anyone who can reach it can read.",
    "listen_taken": "PORT={port} of {host} is taken by another program, perhaps by another Ksys; "
    "end that one, or choose another port, such as PORT={other}.",
    "load_qc": "{reason}, and Ksys stores qc as 0 (good), 1 and 2: use a database of its own "
    "with QC_CODE=flag; nothing was changed.",
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
    "restore_failed": "{file} could not be read into the embedded historian: {reason}. Its data "
    "are as they were; try again, or take another backup.",
    "restore_holds": "The embedded historian in {place} holds data: {held} rows. With --replace "
    "they go and the backup takes their place.",
    "restore_room": "A restore needs {needed} beside what is there, and the disk under {place} has "
    "{free} free; make room there.",
    "restore_rows": "{file} gave {rows:,} rows of {table} instead of {expected:,}; the data are as "
    "they were. Take another backup.",
    "restore_used": "Another process uses the embedded historian; end Ksys, and then restore.",
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
    "rule_two": "there are {count:,} rules for it that differ: keep one of them",
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
    "screen_there": "There is a wall screen named {name!r} already; choose another name, or "
    "remove it with manage.py screen remove.",
    "screen_unknown": "There is no wall screen {id!r}; see manage.py screen list.",
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
    "setting_unknown": "{name} is set, but is no setting of Ksys and does nothing; the nearest one "
    "is {nearest}.",
    "setting_unsigned": "REDIS_URL is set without CACHE_SECRET: what is shared there is signed, "
    "as who can write there could run programs here; set CACHE_SECRET to at least 16 characters, "
    "the same for all workers, or leave REDIS_URL empty.",
    "setting_unusable": "{name}={value!r} cannot be used; it must be {must}.",
    "slow_senders": "Ksys is reached beyond this machine without a proxy: as many requests as "
    "THREADS, sent slowly or never whole, keep all others out. Put a proxy before it, as "
    "docs/nginx.conf does, and name it in TRUSTED_PROXIES.",
    "user_name": "The name {name!r} cannot be used; write up to 64 letters, digits and . _ @ -",
    "user_there": "There is a user {name!r} already; give another password with manage.py user "
    "password.",
    "user_unknown": "There is no user {name!r}; see manage.py user list.",
}
