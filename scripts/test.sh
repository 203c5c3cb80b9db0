#!/usr/bin/env bash
# Installs what is missing, builds, and runs the unit and integration tests. The last line is "N passed, N failed, N skipped".
#
#   scripts/test.sh             everything
#   scripts/test.sh Schema      only tests whose full name contains "Schema" (any filter of `dotnet test` works)
#
# METRICITY_TEST_POSTGRES: docker or binaries, on which the tests start their PostgreSQL; unset: the first of them that is there.
# METRICITY_TEST_DATABASE: connection string of a server where databases may be created, for the tests that need none of their own.
# CONTRIBUTING.md, "Where tests find PostgreSQL", has the rest.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prerequisites.sh

need_dotnet
need_test_postgres
need_chromium

results=artifacts/test-results
rm -rf "$results"
mkdir -p "$results"
dotnet restore --nologo -v q
dotnet build --nologo -v q --no-restore -c Release

filter=()
if [ $# -gt 0 ]; then
    filter=(--filter "$*")
fi

# One project after the other: both use all the cores they get. A failed test must not keep the other project from running.
failed=0
for project in Metricity.Tests Metricity.IntegrationTests; do
    dotnet test "tests/$project" --nologo --no-build -c Release --results-directory "$results" \
        --logger "trx;LogFileName=$project.trx" --logger "console;verbosity=minimal" "${filter[@]}" || failed=1
done

# The counts come from the result files. A test that was skipped is in `total` and not in `executed`.
read -r total executed passed < <(
    cat "$results"/*.trx 2>/dev/null | grep -o '<Counters [^>]*>' | awk '
        function value(name) { match($0, " " name "=\"[0-9]+\""); return substr($0, RSTART + length(name) + 3) + 0 }
        { total += value("total"); executed += value("executed"); passed += value("passed") }
        END { print total + 0, executed + 0, passed + 0 }'
)
printf '%d passed, %d failed, %d skipped\n' "$passed" "$((executed - passed))" "$((total - executed))" | tee "$results/total"

if [ "$total" -eq 0 ]; then
    fail "No test ran${1:+: nothing matches \"$*\"}."
fi
[ "$failed" -eq 0 ] && [ "$executed" -eq "$passed" ]
