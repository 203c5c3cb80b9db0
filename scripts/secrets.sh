#!/usr/bin/env bash
# Makes the files of docker-compose.yml's secrets in secrets/: asks for the bot's token, draws the passwords. A file that is there stays.
#
#   scripts/secrets.sh                     asks for the token (it is not shown)
#   scripts/secrets.sh < token-file        takes it from there
#   scripts/secrets.sh --new bot_token     asks again; the same for each other file (a new postgres_password is set in the database first)
set -euo pipefail
cd "$(dirname "$0")/.."

folder=secrets
new=""
if [ "${1:-}" = --new ]; then
    new=${2:?name the secret, for example bot_token}
elif [ $# -gt 0 ]; then
    sed -n '2,6s/^# \{0,1\}//p' "$0"
    exit 2
fi

# Nobody but you gets into the folder. The files themselves are open: each is bound into containers whose users are not you.
mkdir -p "$folder"
chmod 700 "$folder"

# A new one takes the place of the old one only once it is there.
have() { [ "$1" != "$new" ] && [ -s "$folder/$1" ]; }

# Takes the value from standard input.
make() {
    (umask 077 && cat > "$folder/$1.new")
    chmod 444 "$folder/$1.new"
    mv -f "$folder/$1.new" "$folder/$1"
    echo "made $folder/$1"
}

# 32 letters and digits, 190 bits: they need no escaping in a URI.
password() { head -c 1024 /dev/urandom | LC_ALL=C tr -dc 'A-Za-z0-9' | cut -c 1-32 | tr -d '\n'; }

if ! have bot_token; then
    [ -t 0 ] && printf 'Bot token (Developer Portal, your application, page Bot): ' >&2
    IFS= read -rs token || true
    [ -t 0 ] && echo >&2
    if [ -z "${token:-}" ]; then
        echo "No token was given." >&2
        exit 1
    fi
    printf '%s' "$token" | make bot_token
fi

for name in postgres exporter grafana grafana_reader metabase metabase_reader; do
    have "${name}_password" || password | make "${name}_password"
done

have database_uri || printf 'postgresql://metricity:%s@postgres:5432/metricity' "$(cat "$folder/postgres_password")" | make database_uri
