# Runs the SQL in $2 between that of $1 and $3, in one transaction. A semicolon that it does not
# end with stands after it.
set -o pipefail
printf '%s\n' "$1" "$2" ';' "$3" | psql --no-psqlrc
