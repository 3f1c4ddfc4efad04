#!/bin/sh
# Fills an empty database from a backup, whole or not at all. Run grants.sql afterwards.
#   PGHOST=db.example.com PGUSER=app_owner PGDATABASE=app ./restore.sh backups/app.dump
# The password comes from PGPASSWORD or ~/.pgpass.
set -eu

fail() {
  echo "restore: $1" >&2
  exit 2
}

checksum() {
  if command -v sha256sum >/dev/null; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi | cut -d ' ' -f 1
}

[ $# -eq 1 ] || fail "usage: restore.sh FILE"
[ -n "${PGDATABASE:-}" ] || fail "PGDATABASE is not set"
file=$1
[ -r "$file" ] || fail "$file cannot be read"
[ -r "$file.sha256" ] || fail "$file.sha256 is missing: without it nobody knows whether the backup is whole"
[ "$(checksum "$file")" = "$(cut -d ' ' -f 1 <"$file.sha256")" ] || fail "$file is not what was backed up"

relations=$(psql --no-password --no-psqlrc --tuples-only --no-align --set=ON_ERROR_STOP=1 --command="
  SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND nspname NOT LIKE 'pg\_toast%'")
[ "$relations" = 0 ] || fail "$PGDATABASE is not empty: make a new database, and restore into that"

pg_restore --no-password --dbname="$PGDATABASE" --single-transaction --exit-on-error --no-owner --no-privileges "$file"
echo "restore: $PGDATABASE"
