#!/bin/sh
# Fills an empty database from a backup. Where it stops half-way, drop the database, and begin again.
#   MYSQL_HOST=db.example.com MYSQL_USER=app_owner MYSQL_DATABASE=app ./restore.sh backups/app.sql
# The password comes from MYSQL_PWD, the port from MYSQL_TCP_PORT.
set -eu

fail() {
  echo "restore: $1" >&2
  exit 2
}

checksum() {
  if command -v sha256sum >/dev/null; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi | cut -d ' ' -f 1
}

[ $# -eq 1 ] || fail "usage: restore.sh FILE"
[ -n "${MYSQL_USER:-}" ] || fail "MYSQL_USER is not set"
[ -n "${MYSQL_DATABASE:-}" ] || fail "MYSQL_DATABASE is not set"
file=$1
[ -r "$file" ] || fail "$file cannot be read"
[ -r "$file.sha256" ] || fail "$file.sha256 is missing: without it nobody knows whether the backup is whole"
[ "$(checksum "$file")" = "$(cut -d ' ' -f 1 <"$file.sha256")" ] || fail "$file is not what was backed up"
tail -n 1 "$file" | grep -q '^-- Dump completed' || fail "$file ends too early: it is not whole"
client=$(command -v mariadb || command -v mysql) || fail "neither mariadb nor mysql is here"

run() {
  "$client" --host="${MYSQL_HOST:-localhost}" --user="$MYSQL_USER" --default-character-set=utf8mb4 --batch --skip-column-names "$@"
}

tables=$(run --execute="SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()" "$MYSQL_DATABASE")
[ "$tables" = 0 ] || fail "$MYSQL_DATABASE is not empty: make a new database, and restore into that"

# The first line that newer MariaDBs write is for their own clients alone.
sed '1{/enable the sandbox mode/d;}' "$file" | run "$MYSQL_DATABASE"
echo "restore: $MYSQL_DATABASE"
