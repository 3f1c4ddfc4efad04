#!/bin/sh
# Writes the whole database to a file, or nothing.
#   PGHOST=db.example.com PGUSER=app_backup PGDATABASE=app ./backup.sh backups/app.dump
# The password comes from PGPASSWORD or ~/.pgpass. FILE.sha256 goes with the file: restore.sh asks for it.
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
[ -n "${PGDATABASE:-}" ] || fail "PGDATABASE is not set"
file=$1
[ ! -e "$file" ] || fail "$file is there already"

trap 'rm -f "$file.part"' EXIT
pg_dump --no-password --format=custom --no-owner --no-privileges --file="$file.part"
printf '%s  %s\n' "$(checksum "$file.part")" "${file##*/}" >"$file.sha256"
mv "$file.part" "$file"
echo "backup: $file"
