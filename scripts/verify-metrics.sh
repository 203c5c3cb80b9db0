#!/usr/bin/env bash
# Shows the metrics to a real Prometheus: it scrapes the running demo, then every metric of the README must be in it, those that change in any
# run must have changed, and `promtool check metrics` must find nothing. Installs what is missing (Debian's Prometheus; its service is
# not started). Leaves nothing running.
#
#   scripts/verify-metrics.sh [SECONDS]   how long it scrapes; default 60
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prerequisites.sh

seconds=${1:-60}
[[ $seconds =~ ^[0-9]+$ && $seconds -ge 20 ]] || fail "SECONDS is a whole number of at least 20"

# The package would start Prometheus as a service: a policy that refuses this stands while it is installed.
install_prometheus() {
    local policy=/usr/sbin/policy-rc.d made=""
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null && as_root chmod +x "$policy"
        made=yes
    fi
    as_root apt-get update -qq >&2
    # shellcheck disable=SC2046 # several words are meant
    apt_install --no-install-recommends $(prometheus_packages) curl || true
    [ -z "$made" ] || as_root rm -f "$policy"
}

has_prometheus() { command -v prometheus >/dev/null && command -v promtool >/dev/null && command -v curl >/dev/null; }
has_prometheus || install_prometheus
has_prometheus || fail "Prometheus is missing and could not be installed: install the packages prometheus and curl"

free_port() {
    local port
    while port=$((20000 + RANDOM % 20000)); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { printf '%s\n' "$port"; return; }
    done
}

work=$(mktemp -d)
demo="" server=""
finish() {
    [ -z "$server" ] || kill -TERM "$server" 2>/dev/null || true
    [ -z "$demo" ] || kill -TERM "$demo" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

metricity=$(free_port)
prometheus=$(free_port)
cat >"$work/prometheus.yml" <<YML
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: metricity
    static_configs:
      - targets: ["127.0.0.1:$metricity"]
YML

need_dotnet
say "building"
dotnet build tests/Metricity.Demo --nologo -v q -c Release >&2

say "the demo, with its metrics on port $metricity"
scripts/demo.sh --http "http://127.0.0.1:$metricity" >"$work/demo.log" 2>&1 &
demo=$!
for _ in $(seq 240); do
    curl -fsS -o /dev/null "http://127.0.0.1:$metricity/health/ready" 2>/dev/null && break
    kill -0 "$demo" 2>/dev/null || fail "The demo ended: $(tail -n 5 "$work/demo.log")"
    sleep 0.5
done
curl -fsS -o /dev/null "http://127.0.0.1:$metricity/health/ready" || fail "The collector did not get ready: $(tail -n 5 "$work/demo.log")"

say "Prometheus scrapes it for $seconds s"
prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data" --web.listen-address="127.0.0.1:$prometheus" \
    >"$work/prometheus.log" 2>&1 &
server=$!
sleep "$seconds"

failed=0
complain() { say "$*"; failed=1; }

# The value of an instant query, or nothing.
ask() {
    curl -fsS --get --data-urlencode "query=$1" "http://127.0.0.1:$prometheus/api/v1/query" |
        sed -nE 's/.*"value":\[[0-9.]+,"([^"]*)"\].*/\1/p'
}

curl -fsS "http://127.0.0.1:$metricity/metrics" | promtool check metrics || complain "promtool check metrics finds something"
targets=$(curl -fsS "http://127.0.0.1:$prometheus/api/v1/targets")
grep -q '"health":"up"' <<<"$targets" || complain "Prometheus does not take the scrape: $(grep -o '"lastError":"[^"]*"' <<<"$targets")"

# Those stay as they are while all is well, or have no value at all before something happened.
still='build_info|queue_(events|bytes|capacity_.*)|database_(up|retries_total)|shards|gateway_(connects|reconnects|identifies|resumes|sessions_lost)_total'
still+='|gateway_(identify_budget_remaining|sequence_gaps_total|malformed_payloads_total|reader_waits_total)|events_malformed_total'
still+='|rows_rejected_total|gaps?_(open|oldest_seconds)|healed_messages_total|healing_pages_total|rest_.*_total|gateway_heartbeat_round_trip_seconds'
absent='metricity_gateway_heartbeat_round_trip_seconds' # the first heartbeat may be up to 41 s away
count=0 moved=0
# shellcheck disable=SC2016 # the backquotes in the list's pattern are Markdown's
while IFS='|' read -r name type; do
    count=$((count + 1))
    series=$name
    [ "$type" != histogram ] || series=${name}_count
    present=$(ask "count({__name__=\"$series\",job=\"metricity\"})")
    if [ -z "$present" ]; then
        if [ "$name" != "$absent" ] || [ "$seconds" -ge 60 ]; then
            complain "$name is not in Prometheus"
        fi
    elif [ -n "$(ask "sum(changes({__name__=\"$series\"}[10m])) > 0")" ]; then
        moved=$((moved + 1))
    elif ! [[ ${name#metricity_} =~ ^($still)$ ]] && [ "$name" != process_start_time_seconds ]; then
        complain "$name has not changed"
    fi
done < <(sed -nE 's/^\| `((metricity|process|dotnet)_[a-z_]+)(\{[^}]*\})?` \| (gauge|counter|histogram) \|.*/\1|\4/p' README.md)

[ "$count" -gt 0 ] || complain "the README lists no metric"
[ "$failed" -eq 0 ] || fail "FAILED"
say "$count metrics of the README are in Prometheus, $moved of them changed within $seconds s; promtool finds nothing to say"
