#!/usr/bin/env bash
# The figures in the real StatsD (npm) and the real Graphite (Debian's graphite-carbon): installs both into a temporary directory, starts
# them on loopback, runs the demo with Statsd:Host set, and shows what arrived, StatsD's own view first, then the whisper files.
# Nothing is left running or installed. Exit 1 when a figure did not arrive.
#
#   scripts/verify-statsd.sh            a demo of 80 s: the sizes are counted once a minute
#   scripts/verify-statsd.sh --for 120
#
# Needs apt-get, npm and node (StatsD is a program for node).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prerequisites.sh

seconds=80
if [ "${1:-}" = "--for" ]; then
    seconds=$2
fi

for tool in apt-get dpkg-deb npm node /usr/bin/python3; do
    command -v "$tool" >/dev/null || fail "$tool is missing: install it and start again"
done
need_dotnet
need_postgres

work=$(mktemp -d)
started=()
end() {
    for process in "${started[@]}"; do
        kill "$process" 2>/dev/null || true
    done
    wait "${started[@]}" 2>/dev/null || true
    rm -rf "$work"
}
trap end EXIT

say "installing statsd and graphite-carbon into $work"
npm install --prefix "$work/statsd" --omit=optional --no-audit --no-fund --silent statsd@0.9.0 >&2
mkdir -p "$work/archives/partial" "$work/graphite"
as_root apt-get update -qq >&2
as_root apt-get install -qq -y --download-only --no-install-recommends -o "Dir::Cache::archives=$work/archives" graphite-carbon >&2
for package in "$work"/archives/*.deb; do
    dpkg-deb -x "$package" "$work/graphite"
done
# On a machine that has graphite-carbon already, nothing is downloaded and its own is used.
export PATH="$work/graphite/usr/bin:$PATH" PYTHONPATH="$work/graphite/usr/lib/python3/dist-packages"

read -r statsd_port admin_port line_port pickle_port query_port < <(/usr/bin/python3 - <<'PYTHON'
import socket
sockets = [socket.socket() for _ in range(5)]
for s in sockets:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))
PYTHON
)

mkdir -p "$work/carbon"
cat >"$work/carbon/carbon.conf" <<CONF
[cache]
STORAGE_DIR = $work/carbon
LOCAL_DATA_DIR = $work/carbon/whisper
CONF_DIR = $work/carbon
LOG_DIR = $work/carbon
PID_DIR = $work/carbon
USER =
MAX_CREATES_PER_MINUTE = inf
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = $line_port
PICKLE_RECEIVER_INTERFACE = 127.0.0.1
PICKLE_RECEIVER_PORT = $pickle_port
CACHE_QUERY_INTERFACE = 127.0.0.1
CACHE_QUERY_PORT = $query_port
WHISPER_AUTOFLUSH = True
CONF
printf '[all]\npattern = .*\nretentions = 10s:1d\n' >"$work/carbon/storage-schemas.conf"
cat >"$work/statsd/config.js" <<CONF
{
  address: "127.0.0.1", port: $statsd_port, mgmt_address: "127.0.0.1", mgmt_port: $admin_port,
  flushInterval: 10000, graphiteHost: "127.0.0.1", graphitePort: $line_port,
  graphite: { legacyNamespace: false }, backends: ["./backends/graphite"]
}
CONF

# Carbon runs in the foreground with --debug, StatsD always does.
carbon-cache --config="$work/carbon/carbon.conf" --debug start >"$work/carbon.log" 2>&1 &
started+=($!)
(cd "$work/statsd/node_modules/statsd" && exec node stats.js "$work/statsd/config.js") >"$work/statsd.log" 2>&1 &
started+=($!)

# What StatsD's admin interface answers to a command.
admin() {
    /usr/bin/python3 - "$admin_port" "$1" <<'PYTHON'
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5) as s:
    s.sendall(f"{sys.argv[2]}\n".encode())
    answer = ""
    while "END\n" not in answer and not answer.startswith("health:"):
        part = s.recv(65536).decode()
        answer += part
        if not part:
            break
print(answer)
PYTHON
}
for _ in $(seq 100); do
    admin health >/dev/null 2>&1 && (: </dev/tcp/127.0.0.1/"$line_port") 2>/dev/null && break
    kill -0 "${started[@]}" 2>/dev/null || { cat "$work"/*.log >&2; fail "StatsD or Graphite did not start"; }
    sleep 0.1
done

say "running the demo for $seconds s with Statsd:Host = 127.0.0.1"
scripts/demo.sh --for "$seconds" --set Statsd:Host=127.0.0.1 --set "Statsd:Port=$statsd_port" >"$work/demo.log" 2>&1 &
demo=$!
started+=("$demo")
until grep -q '^look for yourself' "$work/demo.log"; do
    kill -0 "$demo" 2>/dev/null || { cat "$work/demo.log" >&2; fail "The demo did not start"; }
    sleep 0.5
done

# StatsD is asked while the demo runs: it counts from one flush to the next.
sleep "$((seconds - 5))"
echo "StatsD, gauges:"
admin gauges | grep metricity | tee "$work/gauges"
echo "StatsD, counters since the last flush:"
admin counters | grep metricity
wait "$demo" || { cat "$work/demo.log" >&2; fail "The demo failed"; }
tail -n 3 "$work/demo.log"
# One flush more, and what Graphite writes behind it.
sleep 12

failed=0
show() {
    local file="$work/carbon/whisper/stats/$1.wsp"
    if [ ! -f "$file" ]; then
        echo "  $1: did not arrive"
        failed=1
        return
    fi
    local values
    values=$(whisper-fetch --from="$(($(date +%s) - seconds - 60))" "$file" | awk '$2 != "None" { printf "%s%s", sep, $2 + 0; sep = " " }')
    echo "  $1: $values"
    # shellcheck disable=SC2086
    [ "$(printf '%s\n' $values | awk '{ sum += $1 } END { print sum + 0 }')" -gt 0 ] || { [ "$2" = may-be-zero ] || failed=1; }
}
echo "Graphite, one value for each 10 s:"
show gauges/metricity/public/members must-move
show gauges/metricity/public/threads_open must-move
show counters/metricity/public/messages/count must-move
show counters/metricity/public/joins/count must-move
show counters/metricity/public/leaves/count must-move

if [ "$failed" -ne 0 ]; then
    fail "A figure did not arrive in Graphite, or stayed 0."
fi
echo "All five figures of the guild arrived in StatsD and in Graphite."
