#!/bin/sh
# Writes the whole database to a file, or nothing.
#   MYSQL_HOST=db.example.com MYSQL_USER=app_backup MYSQL_DATABASE=app ./backup.sh backups/app.sql
# The password comes from MYSQL_PWD, the port from MYSQL_TCP_PORT. FILE.sha256 goes with the file: restore.sh asks for it.
set -eu
umask 077

fail() {
  echo "backup: $1" >&2
  exit 2
}

checksum() {
  if command -v sha256sum >/dev/null; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi | cut -d ' ' -f 1
}

[ $# -eq 1 ] || fail "usage: backup.sh FILE"
[ -n "${MYSQL_USER:-}" ] || fail "MYSQL_USER is not set"
[ -n "${MYSQL_DATABASE:-}" ] || fail "MYSQL_DATABASE is not set"
file=$1
[ ! -e "$file" ] || fail "$file is there already"
dump=$(command -v mariadb-dump || command -v mysqldump) || fail "neither mariadb-dump nor mysqldump is here"

trap 'rm -f "$file.part"' EXIT
# One moment of all tables, without holding up whoever writes.
"$dump" --host="${MYSQL_HOST:-localhost}" --user="$MYSQL_USER" --default-character-set=utf8mb4 --single-transaction \
  --no-tablespaces --triggers --hex-blob --result-file="$file.part" "$MYSQL_DATABASE"
tail -n 1 "$file.part" | grep -q '^-- Dump completed' || fail "the dump is not whole"
printf '%s  %s\n' "$(checksum "$file.part")" "${file##*/}" >"$file.sha256"
mv "$file.part" "$file"
echo "backup: $file"
