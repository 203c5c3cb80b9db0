#!/usr/bin/env bash
# The collector under faults of every kind: killed, its database killed, locked and full, its connection cut, black-holed and refused.
# At the end, after quiet, the tables are compared with the simulated guilds' truth. Leaves nothing running. Exit 1 on any difference that
# the coverage ledger does not tell of.
#
#   scripts/chaos.sh --minutes 10 --seed 7             faults for ten minutes; the same seed gives the same order of faults
#   scripts/chaos.sh --only kill --count 200           kill -9 200 times
#   scripts/chaos.sh --minutes 10 --lossless           only faults after which Discord gives all events again: nothing may differ
#   scripts/chaos.sh --help                            the rest
#
# A finding is printed with the command that repeats it; the logs of faults and collector are in artifacts/chaos/seed-N.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prerequisites.sh

need_dotnet
need_postgres
# A disk that is full can be made for these alone.
export METRICITY_TEST_POSTGRES=binaries

say "building"
dotnet build tests/Metricity.Chaos --nologo -v q -c Release >&2

# With exec there is nobody in between to hold a signal back.
exec dotnet tests/Metricity.Chaos/bin/Release/net10.0/Metricity.Chaos.dll "$@"
