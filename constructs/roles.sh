# Runs the SQL in $1 with the passwords that it asks for, which stand in no file and on no
# command line: printf is a part of the shell.
set -o pipefail
printf '%s\n' "$MIGRATOR_PASSWORD" "$MIGRATOR_PASSWORD" "$APP_PASSWORD" "$APP_PASSWORD" |
  psql --no-psqlrc --file <(printf '%s' "$1")
