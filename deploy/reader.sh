#!/bin/sh
# Make the role that Ksys reads by: it may SELECT, and nothing else. Run once, when the database is new.
set -eu
secrets=${SECRETS:-/run/secrets}
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set owner="$POSTGRES_USER" --set database="$POSTGRES_DB" \
    --set password="$(cat "$secrets/reader_password")" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE ksys_reader LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';
GRANT CONNECT ON DATABASE :"database" TO ksys_reader;
GRANT USAGE ON SCHEMA public TO ksys_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO ksys_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT SELECT ON TABLES TO ksys_reader;
SQL
