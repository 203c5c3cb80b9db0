#!/usr/bin/env bash
# Metricity on a simulated guild: installs what is missing, builds, starts a private PostgreSQL, a simulated Discord and the collector,
# shows what happens, and at the end compares the tables with the truth. Leaves nothing running. Exit 1 when they differ.
#
#   scripts/demo.sh                      until Ctrl+C (a second one ends it at once)
#   scripts/demo.sh --for 30             ends by itself
#   scripts/demo.sh --scenario outage    the collector misses two hours of the guild's life and heals them; ends by itself, exit 1 when
#                                        something is missing that the coverage ledger does not tell of
#   scripts/demo.sh --rate 200 --seed 7  more life, other people
#   scripts/demo.sh --http http://127.0.0.1:8080  with the collector's health answers and metrics there
#   scripts/demo.sh --set Key=Value      a setting of the collector, for example Log:Level=Debug; as often as you like
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prerequisites.sh

need_dotnet
need_postgres

say "building"
dotnet build tests/Metricity.Demo --nologo -v q -c Release >&2

# The program itself ends all that it started, on a signal too; with exec there is nobody in between to hold a signal back.
exec dotnet tests/Metricity.Demo/bin/Release/net10.0/Metricity.Demo.dll "$@"
