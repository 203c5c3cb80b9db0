#!/usr/bin/env bash
# The image and docker-compose.yml on a Docker engine, on a clean clone of the last commit: builds the image, starts the stack with the
# simulator in place of Discord, and lets it collect through a stop, kill -9, a database that is stopped, frozen and without a name, a
# second copy, backup and restore, an upgrade, another major version of PostgreSQL. After each, every stored message is compared with the
# simulator's truth. Then what watches it (Prometheus, postgres_exporter, Grafana, Metabase, Graphite), and the profile demo as a newcomer
# starts it. Every container command of README and docs is run as it stands there. The last line counts: "N passed, N failed".
#
#   scripts/verify-containers.sh              leaves out, and says so, what needs an image that cannot be had here
#   scripts/verify-containers.sh --all        such an image is a failure
#   scripts/verify-containers.sh --no-build   takes the images `metricity` and `metricity-simulator` that are there
#
# Needs a Docker engine with Compose 2.24 and Buildx that takes images from a registry or has them already, curl, git, jq, and of the
# loopback the ports 3000 to 3002, 8080, 8081 and 9090. Leaves behind the two images, and nothing else. About a quarter of an hour.
# shellcheck disable=SC2317 # steps and what is waited for are called by their names
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prerequisites.sh

all="" build=yes
for argument; do
    case $argument in
    --all) all=yes ;;
    --no-build) build="" ;;
    *) sed -n '2,17s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
done
for tool in curl git jq; do need_package "$tool" "$tool"; done
docker version >/dev/null 2>&1 || fail "No Docker engine answers: start one, or set DOCKER_HOST to one"
docker compose version >/dev/null 2>&1 ||
    fail "Docker Compose is missing: install the package docker-compose-plugin (of Docker's) or docker-compose (Debian's)"

work=$(mktemp -d)
clone=$work/clone
git clone --quiet --no-hardlinks . "$clone"
cd "$clone"
export LC_ALL=C COMPOSE_ANSI=never COMPOSE_PROGRESS=quiet COMPOSE_PROJECT_NAME=metricity-verify

# ----------------------------------------------------------------------------------------------------------------------------------------
# Steps

passed=0 failed=0 number=0

# Runs a function in a shell of its own that ends at the first command that fails.
step() {
    local title=$1 began=$SECONDS code=0
    shift
    number=$((number + 1))
    local log=$work/step-$number.log
    set +e
    (set -e; "$@") >"$log" 2>&1 </dev/null
    code=$?
    set -e
    if [ "$code" -eq 0 ]; then
        passed=$((passed + 1))
        printf 'ok     %4d s  %s\n' "$((SECONDS - began))" "$title"
        sed -n 's/^=> /               /p' "$log"
    else
        failed=$((failed + 1))
        printf 'FAILED %4d s  %s\n' "$((SECONDS - began))" "$title"
        tail -n 25 "$log" | sed 's/^/               /'
    fi
    return 0
}

# What is left out, with the reason; a failure with --all.
without() {
    if [ -n "$all" ]; then
        failed=$((failed + 1))
        printf 'FAILED         %s\n' "$*"
    else
        printf -- '-              %s\n' "$*"
    fi
}

# For the last screen.
note() { printf '=> %s\n' "$*"; }

# Says why the step fails.
wrong() {
    printf '%s\n' "$*"
    exit 1
}

expect() {
    local what=$1 wanted=$2 found=$3
    [ "$found" = "$wanted" ] || wrong "$what: \"$found\", not \"$wanted\""
}

# await SECONDS COMMAND…
await() {
    local until=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$until" ] || {
            printf 'waited in vain for: %s\n' "$*"
            return 1
        }
        sleep 0.5
    done
}

# Runs a command of README or docs as it stands there; NAME=VALUE fills in what the reader has to.
guide() {
    local command=$1 text=$1 pair
    shift
    for pair in "$@"; do text=${text//"${pair%%=*}"/"${pair#*=}"}; done
    printf '%s\n' "$command" >>"$work/run"
    [ -n "$build" ] || [ "$command" != 'docker compose build' ] || return 0
    bash -euo pipefail -c "$text"
}

# The same for a command that goes on until it is ended.
guide_for() {
    local seconds=$1 code=0
    shift
    printf '%s\n' "$1" >>"$work/run"
    timeout --signal=INT "$seconds" bash -euo pipefail -c "$1" || code=$?
    [ "$code" -eq 124 ] || [ "$code" -eq 130 ] || [ "$code" -eq 0 ]
}

# Said of commands that need an image that cannot be had.
left_out() { printf '%s\n' "$@" >>"$work/run"; }

# ----------------------------------------------------------------------------------------------------------------------------------------
# The stack

guild=267624335836053506

# In the simulator's network namespace, because the program speaks plain HTTP with a Discord on its own machine alone. The name `collector`
# leads there, for Prometheus; the second copy has a port of its own there. What the engine itself cannot resolve, such as the name of a
# database that is stopped, it asks of a server on that loopback that takes questions and never answers.
cat >"$work/simulator.yml" <<YML
services:
  discord:
    image: metricity-simulator
    command: ["--port", "18080", "--guild", "$guild", "--history", "2000", "--rate", "5"]
    init: true
    healthcheck:
      test: ["CMD", "/app/metricity-simulator", "ask", "status", "--port", "18080"]
      interval: 1s
      retries: 60
    dns: [127.0.0.1]
    networks:
      default:
        aliases: [collector]
  silent-resolver:
    image: $(sed -n 's/^ *image: \(postgres:.*\)/\1/p' docker-compose.yml | head -n 1)
    entrypoint: ["perl", "-MIO::Socket::INET", "-e", "\$\$s = IO::Socket::INET->new(LocalAddr => '127.0.0.1:53', Proto => 'udp') or die; sleep"]
    network_mode: service:discord
    init: true
  collector: &beside
    network_mode: service:discord
    environment:
      Discord__ApiBaseUrl: http://127.0.0.1:18080/api/v10
    depends_on:
      discord:
        condition: service_healthy
  metricity:
    <<: *beside
    environment:
      Discord__ApiBaseUrl: http://127.0.0.1:18080/api/v10
      Http__Url: http://127.0.0.1:8081
YML

compose() { docker compose "$@"; }
# Those that there are of docker-compose.yml; the simulator says the token that it takes.
services() { compose ps --all --services | grep -v 'discord\|silent-resolver'; }
id_of() { compose ps --all --quiet "$1"; }
inspect() { docker inspect "$(id_of "$1")" --format "$2"; }
simulator() { compose exec -T discord /app/metricity-simulator ask "$@" --port 18080; }
sql() { compose exec -T postgres psql --username=metricity --no-psqlrc -At metricity -c "$1"; }
ready() { compose exec -T collector metricity healthcheck --ready; }
collects() {
    local answer
    answer=$(ready) && ! grep -q 'Standing by' <<<"$answer"
}
stands_by() { ready | grep -q 'Standing by'; }
restarts() { inspect collector '{{.RestartCount}}'; }
status_of() { inspect "$1" '{{.State.Health.Status}}'; }
is_healthy() { [ "$(status_of "$1")" = healthy ]; }
says() { docker logs "$1" 2>&1 | grep -qi "$2"; }

# Whether an image is here or comes from its registry; asked once.
to_be_had() {
    local file
    file=$work/image-$(tr '/:' '__' <<<"$1")
    [ -e "$file" ] || {
        docker image inspect "$1" >/dev/null 2>&1 || timeout 600 docker pull --quiet "$1" >/dev/null 2>&1
        echo $? >"$file"
    }
    [ "$(cat "$file")" -eq 0 ]
}
image_of() { compose --profile '*' config --format json | jq -r ".services[\"$1\"].image"; }

# What a reader keeps in secrets/, against what a role is refused.
as_role() {
    compose exec -T -e PGPASSWORD="$(cat "secrets/$2")" postgres psql --host=127.0.0.1 --username="$1" --no-psqlrc -At "$3" -c "$4"
}

# Each stored message, and each member, against the truth, while nothing happens in the guild. `lossy` allows that more messages than before
# are unseen because no history tells of them: written and deleted, or in a channel or thread that is gone, while nobody listened.
tables_equal_truth() {
    simulator truth >"$work/truth.json"
    sql "select id, channel_id, coalesce(thread_id, '-'), author_id, is_deleted::text from messages" | tr '|' ' ' | sort >"$work/stored"
    jq -r '.messages[] | select((.author_is_bot or .is_webhook | not) and .visible and .type != 18 and .type != 24)
        | "\(.id) \(.channel_id) \(.thread_id // "-") \(.author_id) \(.is_deleted)"' "$work/truth.json" | sort >"$work/true"
    jq -r '([(.channels, .threads)[] | select(.deleted or .parent_deleted) | {key: .id, value: 1}] | from_entries) as $gone
        | .messages[] | select(.is_deleted or $gone[.channel_id] or (.thread_id != null and $gone[.thread_id])) | .id' "$work/truth.json" |
        sort >"$work/past"
    join -v 1 "$work/past" "$work/stored" | join - "$work/true" >"$work/unseen"
    comm -23 "$work/true" "$work/stored" | comm -23 - "$work/unseen" >"$work/missing"
    comm -13 "$work/true" "$work/stored" >"$work/wrong"
    diff <(jq -r '.users[] | select(.in_guild) | .id' "$work/truth.json" | sort) <(sql 'select id from users where in_guild' | sort) \
        >"$work/members" || true
    [ -s "$work/stored" ] && [ ! -s "$work/missing" ] && [ ! -s "$work/wrong" ] && [ ! -s "$work/members" ]
}
equal_truth() {
    local before equal=yes
    before=$(cat "$work/unseen-before" 2>/dev/null || echo 0)
    simulator pause --post
    await 120 tables_equal_truth || equal=""
    simulator resume --post
    [ -n "$equal" ] || {
        head -n 5 "$work/missing" | sed 's/^/missing: /'
        head -n 5 "$work/wrong" | sed 's/^/not true: /'
        head -n 5 "$work/members" | sed 's/^/members: /'
        wrong "$(cat "$work/missing" "$work/wrong" "$work/members" | wc -l) lines differ from the truth after two minutes"
    }
    local unseen
    unseen=$(wc -l <"$work/unseen")
    echo "$unseen" >"$work/unseen-before"
    [ "${1:-}" = lossy ] || [ "$unseen" -le "$before" ] || wrong "$((unseen - before)) messages went by unseen"
    note "$(wc -l <"$work/stored") messages and all members as in the truth; $unseen that no history tells of"
}

# Something happens in the guild.
posted() { simulator status | jq '.guilds[0].counters.messages_posted'; }
live() {
    local from
    from=$(posted)
    more() { [ "$(posted)" -ge "$((from + 20))" ]; }
    await 120 more
}

remove_stack() {
    docker rm --force metricity-next
    compose --profile '*' down --volumes --remove-orphans --timeout 5
    COMPOSE_FILE=docker-compose.yml COMPOSE_PROJECT_NAME=metricity-verify-demo \
        compose --profile '*' down --volumes --remove-orphans --timeout 5
}
clean_up() {
    set +e
    cd "$clone" && remove_stack >/dev/null 2>&1
    cd / && rm -rf "$work"
}
trap clean_up EXIT

# ----------------------------------------------------------------------------------------------------------------------------------------
# The image

build_images() {
    guide 'docker compose build'
    [ -z "$build" ] || compose --profile demo build demo-discord
}

# The figure that README and ADR 0010 promise, bytes unpacked.
most=95000000

image_is_small_and_closed() {
    local size field
    size=$(docker image inspect metricity --format '{{.Size}}')
    note "$((size / 1000000)) MB, of which /app $(($(docker history metricity --human=false --format '{{.Size}} {{.CreatedBy}}' |
        awk '/COPY \/app/ { print $1 }') / 1000000)) MB"
    [ "$size" -le "$most" ] || wrong "the image has $size bytes, more than $most"
    expect user 1654 "$(docker image inspect metricity --format '{{.Config.User}}')"
    expect signal SIGTERM "$(docker image inspect metricity --format '{{.Config.StopSignal}}')"
    field='{{index .Config.Labels "org.opencontainers.image.version"}}'
    expect "version of label and program" "$(docker image inspect metricity --format "$field")" "$(docker run --rm metricity --version)"
    # By its name, from the PATH; locked down as far as an engine can.
    docker run --rm --read-only --cap-drop ALL --security-opt no-new-privileges:true --network none \
        --entrypoint metricity metricity --help |
        grep "Collects a Discord guild"
    ! docker run --rm --entrypoint sh metricity -c true || wrong "there is a shell"
    local code=0
    docker run --rm --network none metricity check >"$work/out" 2>&1 || code=$?
    expect "exit code of check without settings" 2 "$code"
    grep "Discord:Token is not set" "$work/out"
}

# As far as it goes without running it: the build stage compiles for the other processor.
image_for_arm64() {
    local made
    docker build --quiet --platform linux/arm64 --target build --tag metricity-verify-arm64 .
    made=$(docker create metricity-verify-arm64 none)
    docker cp --quiet "$made:/app/metricity" "$work/arm64" || docker cp "$made:/app/metricity" "$work/arm64"
    docker rm "$made"
    docker rmi metricity-verify-arm64
    # Bytes 18 and 19 of an ELF file name the processor: 183 is AArch64.
    expect "processor" 183 "$(od -An -t u2 -j 18 -N 2 "$work/arm64" | tr -d ' ')"
}

# ----------------------------------------------------------------------------------------------------------------------------------------
# First start

nothing_is_needed_to_look() {
    guide 'docker compose ps --all'
    guide 'docker compose logs collector'
    compose down
    # Without a guild nothing starts, and nothing is looked for in secrets/.
    compose up -d
    expect "containers without a guild" "" "$(compose ps --all --quiet)"
}

make_settings() {
    sed "s/^GUILD_ID=.*/GUILD_ID=$guild/" .env.example >.env
    printf sim-token | scripts/secrets.sh
    expect "rights of secrets/" 700 "$(stat -c %a secrets)"
    expect "rights of the files in it" 444 "$(stat -c %a secrets/* | sort -u)"
}

check_looks_and_does_not_touch() {
    local code=0
    guide 'docker compose run --rm metricity check' >"$work/out" 2>&1 || code=$?
    cat "$work/out"
    expect "exit code before the first start" 3 "$code"
    grep -q "token: Discord knows the bot" "$work/out"
    expect "tables after it" 0 "$(sql "select count(*) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')")"
}

start() {
    guide 'docker compose up -d'
    await 120 collects
    expect "exit code of migrate" 0 "$(inspect migrate '{{.State.ExitCode}}')"
    guide_for 5 'docker compose logs -f collector'
    guide 'docker compose logs --tail 50 collector'
    guide 'docker compose exec collector metricity healthcheck --ready'
    guide 'docker compose run --rm metricity COMMAND' COMMAND=check
    await 60 is_healthy collector
}

containers_are_closed() {
    local name process
    for name in migrate collector; do
        expect "read-only root of $name" true "$(inspect $name '{{.HostConfig.ReadonlyRootfs}}')"
        expect "capabilities of $name" '[ALL] []' "$(inspect $name '{{.HostConfig.CapDrop}} {{.HostConfig.CapAdd}}')"
        expect "memory of $name" 402653184 "$(inspect $name '{{.HostConfig.Memory}}')"
    done
    # What the kernel says of the process.
    process=$(docker run --rm --pid "container:$(id_of collector)" --network none --entrypoint cat "$(image_of postgres)" /proc/1/status)
    expect user "1654 1654 1654 1654" "$(awk '/^Uid:/ { print $2, $3, $4, $5 }' <<<"$process")"
    expect capabilities "0000000000000000 0000000000000000" "$(awk '/^Cap(Prm|Bnd):/ { print $2 }' <<<"$process" | xargs)"
    expect "new privileges" 1 "$(awk '/^NoNewPrivs:/ { print $2 }' <<<"$process")"
    ! compose run --rm metricity report --html /app/page.html || wrong "/app can be written to"
    for name in $(services); do
        expect "log rotation of $name" "local map[max-file:5 max-size:10m]" \
            "$(inspect "$name" '{{.HostConfig.LogConfig.Type}} {{.HostConfig.LogConfig.Config}}')"
        [ "$(inspect "$name" '{{.HostConfig.Memory}}')" -gt 0 ] || wrong "$name has no memory limit"
    done
}

secrets_are_where_they_belong() {
    local name secret
    expect "secrets of collector" "bot_token database_uri" "$(inspect collector '{{range .Mounts}}{{println .Destination .RW}}{{end}}' |
        sed -n 's#^/run/secrets/\(.*\) false$#\1#p' | sort | xargs)"
    expect "secrets of postgres" postgres_password "$(inspect postgres '{{range .Mounts}}{{println .Destination .RW}}{{end}}' |
        sed -n 's#^/run/secrets/\(.*\) false$#\1#p' | sort | xargs)"
    {
        for name in $(services); do
            compose logs "$name"
            docker inspect "$(id_of "$name")"
        done
        docker history --no-trunc metricity
    } >"$work/told"
    for secret in bot_token postgres_password; do
        ! grep -F "$(cat "secrets/$secret")" "$work/told" || wrong "$secret is in a log, in a container's settings, or in the image"
    done
}

history_is_fetched() {
    compose run --rm --no-deps metricity backfill
    equal_truth lossy
}

pages_come_out() {
    guide 'docker compose run --rm -T metricity report --html - > report.html'
    grep -qi '</html>' report.html
    guide 'docker compose exec postgres psql --username=metricity metricity' <<<'select count(*) from messages;'
}

# ----------------------------------------------------------------------------------------------------------------------------------------
# When things go wrong

stop_and_start() {
    live
    guide 'docker compose stop collector'
    expect "exit code after SIGTERM" 0 "$(inspect collector '{{.State.ExitCode}}')"
    guide 'docker compose start collector'
    await 60 collects
    live
    guide 'docker compose restart collector'
    await 60 collects
    live
    equal_truth
}

# As the kernel does it when memory is short: of `docker kill` the engine would think that it is meant to stay stopped.
kill_from_outside() {
    docker run --rm --pid host --network none --entrypoint sh "$(image_of postgres)" \
        -c "kill -9 $(inspect collector '{{.State.Pid}}')"
}

kill_9() {
    local before
    before=$(restarts)
    live
    kill_from_outside
    more_restarts() { [ "$(restarts)" -gt "$before" ]; }
    await 30 more_restarts
    await 60 collects
    live
    equal_truth
}

# outage SECONDS COMMAND COMMAND: the database goes and comes; the collector stays.
outage() {
    local ends
    ends=$(restarts)
    live
    eval "$2"
    sleep "$1"
    eval "$3"
    await 60 collects
    ends=$(($(restarts) - ends))
    [ "$ends" -eq 0 ] || {
        docker logs --since 90s "$(id_of collector)"
        equal_truth lossy
        wrong "the collector ended $ends times: $(docker logs --since 180s "$(id_of collector)" 2>&1 | grep -m 1 'did not expect')"
    }
    equal_truth
}
# Connections end until the name is gone, so that it is asked for again and again.
lose_name() {
    sql "do \$\$ begin
        for i in 1..150 loop
            perform pg_stat_clear_snapshot();
            perform pg_terminate_backend(pid) from pg_stat_activity where application_name like 'metricity%';
            perform pg_sleep(0.02);
        end loop;
    end \$\$" &
    sleep 1
    network disconnect
    wait
}
network() { docker network "$1" "${@:2}" "${COMPOSE_PROJECT_NAME}_default" "$(id_of postgres)"; }

second_copy() {
    docker rm --force metricity-next
    compose run --detach --no-deps --name metricity-next metricity run
    await 60 says metricity-next 'standing by'
    live
    # The first one dies for good: one that Docker starts again at once may be back before the other has noticed. Started, it stands by.
    docker kill --signal KILL "$(id_of collector)"
    await 60 says metricity-next 'taken over'
    live
    compose start collector
    await 60 stands_by
    live
    docker stop --time 40 metricity-next
    expect "exit code of the second" 0 "$(docker inspect metricity-next --format '{{.State.ExitCode}}')"
    docker rm metricity-next
    await 60 collects
    live
    equal_truth
}

wrong_token() {
    local code=0
    docker rm --force metricity-next
    compose stop collector
    printf wrong >"$work/wrong-token" && chmod 444 "$work/wrong-token"
    compose run --rm --no-deps -v "$work/wrong-token:/run/secrets/other:ro" -e Discord__TokenFile=/run/secrets/other \
        metricity run >"$work/out" 2>&1 || code=$?
    tail -n 1 "$work/out"
    expect "exit code" 4 "$code"
    compose start collector
    await 60 collects
}

# ----------------------------------------------------------------------------------------------------------------------------------------
# The operator's work

back_up() {
    guide 'docker compose exec -T postgres pg_dump --username=metricity --format=custom metricity > metricity.dump'
    guide 'docker compose exec -T postgres pg_dumpall --username=metricity --roles-only > roles.sql'
}

restore() {
    guide 'docker compose exec -T postgres pg_restore --username=metricity --dbname=metricity --no-owner < metricity.dump'
}

backup_and_restore() {
    back_up
    live
    guide 'docker compose stop collector'
    guide 'docker compose exec -T postgres dropdb --username=metricity --force metricity'
    guide 'docker compose exec -T postgres createdb --username=metricity metricity'
    restore
    guide 'docker compose up -d'
    await 60 collects
    equal_truth lossy
    # Counts behind the views came along and are right.
    compose run --rm --no-deps metricity insights rebuild
}

# migrations applied|pending: ids of the guild's schema.
migrations() {
    compose run --rm --no-deps metricity migrate status |
        awk -v kind="$1" '/^schema/ { schema = $2 } $1 == kind && schema == "public" { print $2 }'
}

upgrade() {
    local last before code=0
    last=$(migrations applied | tail -n 1)
    before=$(migrations applied | tail -n 2 | head -n 1)
    [ "$before" != "$last" ] || before=0
    # As the version before the last migration left it.
    guide 'docker compose stop collector'
    guide 'docker compose run --rm metricity migrate down --to ID' "ID=$before"
    compose run --rm --no-deps metricity run || code=$?
    expect "exit code of a program that is newer than the tables" 3 "$code"
    # The guide: look, back up, replace, look again.
    guide 'docker compose build'
    guide 'docker compose run --rm --no-deps metricity migrate status'
    back_up
    expect "what is pending after looking" "$last" "$(migrations pending | tail -n 1)"
    guide 'docker compose up -d'
    await 60 collects
    expect "what is pending after the upgrade" "" "$(migrations pending)"
    equal_truth lossy
}

upgrade_without_a_pause() {
    docker rm --force metricity-next
    live
    guide 'docker compose run -d --no-deps --name metricity-next metricity run'
    await 60 says metricity-next 'standing by'
    # Here nothing changed, and a collector that is as it should be would not be replaced.
    guide 'docker compose up -d' 'up -d=up -d --force-recreate --no-deps collector'
    await 60 says metricity-next 'taken over'
    await 60 stands_by
    guide 'docker stop --time 40 metricity-next && docker rm metricity-next'
    await 60 collects
    live
    equal_truth
}

new_token() {
    docker logs "$(id_of discord)" | sed -n 's/^token  *//p' >"$work/token"
    guide 'scripts/secrets.sh --new bot_token && docker compose up -d --force-recreate collector' <"$work/token"
    await 60 collects
    guide 'docker compose up -d --force-recreate collector'
    await 60 collects
    live
    equal_truth
}

next_postgres=postgres:18.1

another_major_version() {
    guide 'docker compose stop collector'
    back_up
    sed -i "s/postgres:17\.6/$next_postgres/; s#data/17#data/18#" docker-compose.yml
    guide 'docker compose up -d --wait postgres'
    expect "major version" 18 "$(sql 'show server_version' | cut -d. -f1)"
    guide 'docker compose exec -T postgres psql --username=metricity --quiet metricity < roles.sql' 2>&1 | tee "$work/out"
    expect "what the roles complain of" 'ERROR:  role "metricity" already exists' "$(grep ERROR "$work/out")"
    restore
    guide 'docker compose up -d'
    await 60 collects
    equal_truth lossy
    guide 'docker compose exec postgres rm -r /var/lib/postgresql/data/17'
    live
    equal_truth
}

# ----------------------------------------------------------------------------------------------------------------------------------------
# What watches it

prometheus() { curl -fsS --get "${@:2}" "http://127.0.0.1:9090/api/v1/$1"; }
ask_prometheus() { prometheus query --data-urlencode "query=$1" | jq -r '.data.result[0].value[1]'; }

prometheus_watches() {
    local rules
    if to_be_had "$(image_of grafana)"; then
        guide 'docker compose --profile observability up -d'
    else
        left_out 'docker compose --profile observability up -d'
        compose --profile observability up -d prometheus postgres-exporter
        note "Grafana's image cannot be had here"
    fi
    targets_are_up() { [ "$(prometheus targets | jq '[.data.activeTargets[] | select(.health == "up")] | length')" -eq 3 ]; }
    await 90 targets_are_up
    rules=$(prometheus rules | jq '[.data.groups[].rules[] | select(.health == "ok")] | length')
    expect "alert rules that Prometheus evaluates" "$(grep -c 'alert:' deploy/prometheus/rules/metricity.yml)" "$rules"
    expect "live shards" 1 "$(ask_prometheus 'sum(metricity_shards{state="live"})')"
    expect "postgres_exporter's view of the database" 1 "$(ask_prometheus pg_up)"
    [ "$(ask_prometheus 'pg_database_size_bytes{datname="metricity"}')" -gt 0 ]
    note "$rules rules, 3 targets up; firing: $(
        prometheus alerts | jq -r '[.data.alerts[] | select(.state == "firing") | .labels.alertname] | join(" ")')"
}

roles_see_what_they_may() {
    refused() {
        ! "$@" >"$work/out" 2>&1 || wrong "not refused: $*"
        grep 'permission denied\|read-only' "$work/out"
    }
    as_role grafana grafana_reader_password metricity 'select count(*) from insights.channel_summary'
    refused as_role grafana grafana_reader_password metricity 'select count(*) from messages'
    refused as_role grafana grafana_reader_password metricity 'create table mine (id int)'
    as_role metabase_reader metabase_reader_password metricity 'select count(*) from insights.channel_summary'
    refused as_role metabase_reader metabase_reader_password metricity 'select count(*) from users'
    as_role metricity_exporter exporter_password metricity 'select count(*) from pg_stat_activity'
    refused as_role metricity_exporter exporter_password metricity 'select count(*) from messages'
    as_role metabase metabase_password metabase 'create table mine (id int); drop table mine'
}

# grafana_answers URL [CURL'S OPTIONS]: it is well, has the dashboards, and answers what two panels ask.
grafana_answers() {
    local url=$1 dashboards panel query
    shift
    dashboards=$(find deploy/grafana/dashboards -name '*.json' | wc -l)
    await 120 curl -fsS "$url/api/health"
    curl -fsS "$@" "$url/api/health" | jq -e '.database == "ok"'
    expect dashboards "$dashboards" "$(curl -fsS "$@" "$url/api/search?type=dash-db" | jq length)"
    for panel in collector guild; do
        # Variables of the dashboard are filled in by the browser, those that begin with $__ by Grafana.
        query=$(curl -fsS "$@" "$url/api/dashboards/uid/$(jq -r .uid "deploy/grafana/dashboards/$panel.json")" | jq '
            [.dashboard.panels[] | select(.targets)][0].targets[0]
            | if .rawSql then .rawSql |= (gsub("\\$\\{guild\\}"; "insights") | gsub("\\$\\{zone\\}"; "UTC")) else . end
            | {from: "now-7d", to: "now", queries: [. + {refId: "A", intervalMs: 60000, maxDataPoints: 100}]}')
        curl -fsS "$@" -H 'Content-Type: application/json' -d "$query" "$url/api/ds/query" |
            jq -e '.results.A.frames[0].data.values | map(length) | max > 0'
    done
    note "$dashboards dashboards"
}

metabase_answers() {
    local url=http://127.0.0.1:3001 session database question
    guide 'docker compose --profile metabase up -d'
    await 300 curl -fsS "$url/api/health"
    post() { curl -fsS -H 'Content-Type: application/json' ${session:+-H "X-Metabase-Session: $session"} -d "$2" "$url/api/$1"; }
    session=""
    session=$(post setup "$(jq -n --arg token "$(curl -fsS "$url/api/session/properties" | jq -r '."setup-token"')" '{token: $token,
        user: {first_name: "A", last_name: "B", email: "admin@example.org", password: "Verify-containers-1", site_name: "Metricity"},
        prefs: {site_name: "Metricity", allow_tracking: false}}')" | jq -r .id)
    # As docs/metabase.md has it filled in.
    database=$(post database "$(jq -n --arg password "$(cat secrets/metabase_reader_password)" '{
        engine: "postgres", name: "Metricity", details: {
        host: "postgres", port: 5432, dbname: "metricity", user: "metabase_reader", password: $password, ssl: false,
        "schema-filters-type": "inclusion", "schema-filters-patterns": "insights"}}')" | jq .id)
    # A question of that page, with no variable in it.
    question=$(awk '/^-- Which channels does nobody use/ { found = 1 } /^```$/ { found = 0 } found' docs/metabase.md)
    post dataset "$(jq -n --argjson database "$database" --arg question "$question" \
        '{database: $database, type: "native", native: {query: $question}}')" |
        jq -e '.status == "completed" and (.data.cols | length) > 0'
    note "Metabase answers a question of docs/metabase.md"
}

graphite_counts() {
    guide 'STATSD_HOST=graphite docker compose --profile graphite up -d'
    await 60 collects
    arrived() {
        curl -fsS 'http://127.0.0.1:8081/render?target=stats.gauges.metricity.public.members&from=-5min&format=json' |
            jq -e '[.[0].datapoints[][0] | numbers] | max > 0'
    }
    await 180 arrived
}

# ----------------------------------------------------------------------------------------------------------------------------------------
# The profile demo, as a newcomer starts it: a clean clone, without .env and secrets/

demo_shows_itself() {
    local services=() missing=() name demo
    unset COMPOSE_FILE
    export COMPOSE_PROJECT_NAME=metricity-verify-demo
    git clone --quiet . "$work/demo"
    cd "$work/demo"
    for name in $(compose --profile demo config --format json | jq -r '.services[] | select(.profiles == ["demo"]) | .image' | sort -u); do
        [[ $name == metricity* ]] || to_be_had "$name" || missing+=("$name")
    done
    if [ ${#missing[@]} -eq 0 ]; then
        printf '%s\n' 'docker compose --profile demo up' >>"$work/run"
    else
        left_out 'docker compose --profile demo up'
        note "without ${missing[*]}, which cannot be had here"
        mapfile -t services < <(compose --profile demo config --format json | jq -r --args '.services | to_entries[]
            | select(.value.profiles == ["demo"] and (.value.image | IN($ARGS.positional[]) | not)) | .key' "${missing[@]}")
    fi
    # In a process group of its own, as in a terminal, where Ctrl+C reaches all of them.
    setsid docker compose --profile demo up "${services[@]}" >"$work/demo.log" 2>&1 &
    demo=$!
    await 180 curl -fsS -o /dev/null http://127.0.0.1:8080/health/ready
    backfilled() { [ "$(compose ps --all --format json demo-backfill | jq -r '.State + " " + (.ExitCode | tostring)')" = "exited 0" ]; }
    await 300 backfilled
    curl -fsS http://127.0.0.1:8080/ >"$work/report.html"
    grep -qi '</html>' "$work/report.html"
    local stored
    stored=$(compose exec -T demo-postgres psql --username=metricity --no-psqlrc -At metricity -c 'select count(*) from messages')
    [ "$stored" -gt 15000 ] || wrong "only $stored messages after the backfill"
    if [ ${#missing[@]} -eq 0 ]; then grafana_answers http://127.0.0.1:3002; fi
    scraped() {
        compose exec -T demo-prometheus promtool query instant http://127.0.0.1:9090 'up{job=~"metricity|postgres"} == 1' |
            wc -l | grep -qx 2
    }
    await 60 scraped
    expect "real containers beside it" "" "$(compose ps --all --services | grep -v '^demo-' || true)"
    kill -INT -- "-$demo"
    wait "$demo" || true
    guide 'docker compose --profile demo down'
    note "report and $stored messages; clean clone, no account"
    expect "containers that are left" "" "$(docker ps --all --quiet --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME")"
}

# In code blocks and in backquotes, without the remarks behind them.
commands_in() {
    {
        sed -nE 's/^ {4,}((.* )?docker .*)$/\1/p' "$@" | sed -E 's/ {2,}# .*//'
        # Backquotes go over the ends of lines; tables and code blocks do not.
        # shellcheck disable=SC2016 # the backquotes are Markdown's
        for page in "$@"; do tr '\n' ' ' <"$page" | sed 's/```/\n/g' | grep -oE '`[^`]*`' | tr -d '`' || true; done |
            grep -E '(^| )docker (compose|run|exec|stop|volume) '
    } | sort -u
}

every_command_was_run() {
    local forgotten
    forgotten=$(comm -23 <(commands_in README.md CONTRIBUTING.md docs/*.md) <(sort -u "$work/run"))
    [ -z "$forgotten" ] || wrong "not run by this script:"$'\n'"$forgotten"
    note "$(commands_in README.md CONTRIBUTING.md docs/*.md | wc -l) commands of README and docs"
}

# ----------------------------------------------------------------------------------------------------------------------------------------

# What a run that was killed left behind.
remove_stack >/dev/null 2>&1 || true
began=$SECONDS
step "the image and the simulator's are built" build_images
step "the image is small, not root, closed, and says its version" image_is_small_and_closed
[ -z "$build" ] || step "the program is compiled for arm64 too" image_for_arm64
step "ps, logs, down without .env and secrets" nothing_is_needed_to_look
step "secrets are made, for few eyes" make_settings
export COMPOSE_FILE=docker-compose.yml:$work/simulator.yml
step "check looks, and touches nothing" check_looks_and_does_not_touch
step "up: PostgreSQL, migrations, collector" start
if ! collects >/dev/null 2>&1; then
    compose logs --tail 30
    printf '%d passed, %d failed\n' "$passed" "$((failed + 1))"
    exit 1
fi
step "read-only root, no capabilities, limits of memory and logs" containers_are_closed
step "secrets are where they belong and nowhere else" secrets_are_where_they_belong
step "history from before the first start" history_is_fetched
step "pages come out of the container" pages_come_out
step "SIGTERM, stop, start, restart" stop_and_start
step "kill -9, and Docker starts it again" kill_9
step "database stopped for 40 s" outage 40 'compose stop postgres' 'compose start postgres'
step "database frozen for 20 s" outage 20 'compose pause postgres' 'compose unpause postgres'
step "database's name gone for 40 s" outage 40 lose_name 'network connect --alias postgres'
step "a second copy stands by and takes over" second_copy
step "wrong token: exit 4" wrong_token
step "new token" new_token
step "backup and restore" backup_and_restore
step "upgrade by one migration" upgrade
step "upgrade without a pause" upgrade_without_a_pause
step "Prometheus with its rules, postgres_exporter" prometheus_watches
step "roles see what they may" roles_see_what_they_may
if to_be_had "$(image_of grafana)"; then
    step "Grafana" grafana_answers http://127.0.0.1:3000 --user "admin:$(cat secrets/grafana_password)"
else
    without "Grafana: its image cannot be had here"
fi
if to_be_had "$(image_of metabase)"; then
    step "Metabase" metabase_answers
else
    without "Metabase: its image cannot be had here"
    left_out 'docker compose --profile metabase up -d'
fi
if to_be_had "$(image_of graphite)"; then
    step "Graphite" graphite_counts
else
    without "Graphite: its image cannot be had here"
    left_out 'STATSD_HOST=graphite docker compose --profile graphite up -d'
fi
if to_be_had "$next_postgres"; then
    step "another major version of PostgreSQL" another_major_version
else
    without "another major version of PostgreSQL: $next_postgres cannot be had here"
    left_out 'docker compose up -d --wait postgres' 'docker compose exec postgres rm -r /var/lib/postgresql/data/17' \
        'docker compose exec -T postgres psql --username=metricity --quiet metricity < roles.sql'
fi
compose --profile '*' down --volumes --timeout 5 >/dev/null 2>&1
step "the profile demo, on a clean clone" demo_shows_itself
step "every container command of README and docs was run" every_command_was_run
printf 'the image is %s MB; %d min %d s\n' "$(($(docker image inspect metricity --format '{{.Size}}') / 1000000))" \
    "$(((SECONDS - began) / 60))" "$(((SECONDS - began) % 60))"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
