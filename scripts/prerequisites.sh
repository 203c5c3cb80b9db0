# Sourced by the other scripts: finds what they need and installs what is missing, on Debian and Ubuntu.
# shellcheck shell=bash

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        return 1
    fi
}

apt_install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    say "installing $*"
    as_root apt-get update -qq >&2 && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >&2
}

# A command, and the package that has it.
need_package() {
    command -v "$1" >/dev/null 2>&1 && return
    apt_install "$2" && command -v "$1" >/dev/null 2>&1 && return
    fail "$1 is missing: install the package $2"
}

# Prometheus has promtool with it, or beside it in a package of its own (Debian 14 and newer).
prometheus_packages() {
    echo prometheus
    ! apt-cache show --quiet=0 promtool 2>/dev/null | grep -q '^Package: promtool$' || echo promtool
}

has_dotnet() { command -v dotnet >/dev/null 2>&1 && dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; }

need_dotnet() {
    if ! has_dotnet && [ -x "$HOME/.dotnet/dotnet" ]; then
        export PATH="$HOME/.dotnet:$PATH" DOTNET_ROOT="$HOME/.dotnet"
    fi
    has_dotnet && return
    # Ubuntu and some others package it; where no such package exists this fails and the sentence below tells what to do.
    apt_install dotnet-sdk-10.0 && has_dotnet && return
    fail "The .NET SDK 10 is missing: run \`curl -sSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0\`" \
        "(it installs to ~/.dotnet, where this script looks), or see https://dotnet.microsoft.com/download/dotnet/10.0"
}

# Prints the directory of the newest installed server.
postgres_bin() {
    local directory
    for directory in ${PATH//:/ } $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) "$(pg_config --bindir 2>/dev/null)"; do
        if [ -x "$directory/initdb" ] && [ -x "$directory/postgres" ]; then
            printf '%s\n' "$directory"
            return
        fi
    done
    return 1
}

has_postgres() { postgres_bin >/dev/null && command -v psql >/dev/null 2>&1; }

# Installs the server without the cluster "main" that the package would start as a service: the scripts use private clusters.
install_postgres() {
    local config=/etc/postgresql-common/createcluster.conf
    apt_install postgresql-common || return 1
    if [ -f "$config" ] && ! grep -q '^create_main_cluster' "$config"; then
        as_root sed -i '1i create_main_cluster = false' "$config"
        apt_install postgresql
        as_root sed -i '1{/^create_main_cluster = false$/d}' "$config"
    else
        apt_install postgresql
    fi
}

# $1: other ways than to install it, for the error.
need_postgres() {
    has_postgres && return
    install_postgres && has_postgres && return
    fail "The PostgreSQL server is missing and could not be installed: install the packages of PostgreSQL 13 or newer" \
        "(Debian and Ubuntu: apt-get install postgresql), with initdb, postgres and psql on the PATH${1:-}"
}

# What the tests need: psql, and a server where none is named. CONTRIBUTING.md, "Where tests find PostgreSQL".
need_test_postgres() {
    if [ "${METRICITY_TEST_POSTGRES:-}" != docker ] \
        && [ -z "${METRICITY_TEST_DATABASE:-}${METRICITY_TEST_IMAGE:-}${METRICITY_TEST_POSTGRES_BIN:-}" ]; then
        need_postgres ", start a Docker engine and set METRICITY_TEST_POSTGRES to docker, or set METRICITY_TEST_DATABASE"
    elif ! command -v psql >/dev/null 2>&1; then
        apt_install postgresql-client || fail "psql is missing and could not be installed: install PostgreSQL's client" \
            "(Debian and Ubuntu: apt-get install postgresql-client)"
    fi
}

has_chromium() {
    local name
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null 2>&1 && return
    done
    return 1
}

# The report's page is looked at in a browser.
need_chromium() {
    has_chromium && return
    apt_install chromium && has_chromium && return
    fail "Chromium is missing and could not be installed: install it (Debian: apt-get install chromium) or Google Chrome"
}
