#!/usr/bin/env bash
# The Dockerfile without Docker: carries out its steps on a clean clone (restore with only the files that it copies first, then publish),
# and runs what comes out as the image would: as user 1654, on a read-only root file system that holds the program, the C library, OpenSSL
# and certificates and nothing else. Then the tests of the process (tests/Metricity.IntegrationTests/Process) run on that program.
#
#   scripts/verify-image.sh               the last commit, amd64
#   scripts/verify-image.sh --no-tests    without the tests of the process
#
# The steps are read from the Dockerfile, so that they cannot differ from it. Needs root or sudo for the file system; without, that part is
# left out and said so.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prerequisites.sh
root=$PWD

need_dotnet
work=$(mktemp -d)
trap 'as_root rm -rf "$work"' EXIT

# The figure that ADR 0010 promises, bytes: what chiselled runtime-deps takes (17 MB), and what is left of 95 MB for /app.
most=$((95000000 - 17000000))

git clone --quiet --no-hardlinks . "$work/clone"

# A folder for each stage, as Docker has a file system for each. Here only the first stage has files of ours.
source="$work/source" app="$work/app"
mkdir -p "$source"
export TARGETARCH=amd64

ignored=$(sed -n 's/^!//p' "$work/clone/.dockerignore")
copy() {
    local target=${*: -1} file
    for file in "${@:1:$#-1}"; do
        grep -qxF "${file%%/*}" <<<"$ignored" || fail ".dockerignore leaves out $file, which the Dockerfile copies"
        mkdir -p "$source/$target"
        if [ -d "$work/clone/$file" ]; then
            cp -r "$work/clone/$file/." "$source/$target"
        else
            cp "$work/clone/$file" "$source/$target"
        fi
    done
}

say "the build stage of the Dockerfile, step by step"
stage=0
while IFS= read -r line; do
    case $line in
    FROM*) stage=$((stage + 1)) ;;
    "COPY --from"*) ;;
    # A default of the Dockerfile's, for the steps after it.
    ARG*=*) export "${line#ARG }" ;;
    COPY*) if [ "$stage" -eq 1 ]; then
        say "  $line"
        read -ra words <<<"${line#COPY }"
        copy "${words[@]}"
    fi ;;
    RUN*)
        command=$(sed -E 's/^RUN +(--mount=[^ ]+ +)*//; s# /app$# '"$app"'#' <<<"$line")
        say "  RUN $command"
        (cd "$source" && eval "$command" >&2)
        ;;
    esac
done < <(sed -e ':a' -e '/\\$/N; s/\\\n */ /; ta' "$work/clone/Dockerfile")
[ -x "$app/metricity" ] || fail "the steps made no /app/metricity"

# The restore with the profile is not locked. It may add the linker, which comes with the SDK, and nothing else.
hashes() { sed -n '/"Microsoft.NET.ILLink.Tasks": {/,/}/d; s/.*"contentHash": "\(.*\)".*/\1/p' "$1" | sort -u; }
for project in src/Metricity migrations; do
    cmp -s <(hashes "$source/$project/packages.lock.json") <(hashes "$source/$project/obj/self-contained.lock.json") \
        || fail "$project was published with other packages than its packages.lock.json holds"
done

size=$(du -sb "$app" | cut -f1)
say "/app is $((size / 1000000)) MB in $(find "$app" -type f | wc -l) files"
[ "$size" -le "$most" ] || fail "/app is over $((most / 1000000)) MB, so the image is over 95 MB"

# What the image's last stage holds: the program, and of the system what runtime-deps has.
build_root() {
    local image="$work/image" library
    mkdir -p "$image"/{app,tmp,etc/ssl,proc,dev}
    cp -r "$app/." "$image/app"
    # What the program links to, and what it loads by name: OpenSSL, and the C library's look-up of names.
    {
        find "$app" -name '*.so' -o -name metricity | while read -r file; do ldd "$file" 2>/dev/null | grep -o '/[^ ]*' || true; done
        for library in libssl.so.3 libcrypto.so.3 libnss_files.so.2 libnss_dns.so.2 libresolv.so.2; do
            ldconfig -p | awk -v name="$library" '$1 == name && /x86-64/ { print $NF; exit }'
        done
    } | grep -v "^$app" | grep -v lttng | sort -u | while read -r library; do
        mkdir -p "$image$(dirname "$library")"
        cp -L "$library" "$image$library"
    done
    # Certificates the system has none of are not needed to start.
    cp -rL /etc/ssl/certs "$image/etc/ssl/" 2>/dev/null || true
    printf 'root:x:0:0::/root:/bin/false\napp:x:1654:1654::/home/app:/bin/false\n' > "$image/etc/passwd"
    printf 'hosts: files dns\n' > "$image/etc/nsswitch.conf"
    printf '127.0.0.1 localhost\n' > "$image/etc/hosts"
    chmod -R go+rX "$image"
    printf '%s' "$image"
}

# Runs the program in there: own mount namespace, everything read-only, user 1654, no writable /tmp.
in_image() {
    # shellcheck disable=SC2016
    as_root env -i PATH="$PATH" DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 unshare --mount -- bash -euc '
        mount --make-rprivate /
        mount --bind "$0" "$0"
        mount -t proc proc "$0/proc"
        touch "$0/dev/null" "$0/dev/urandom"
        mount --bind /dev/null "$0/dev/null"
        mount --bind /dev/urandom "$0/dev/urandom"
        mount -o remount,bind,ro "$0"
        exec setpriv --no-new-privs -- chroot --userspec=1654:1654 "$0" /app/metricity "$@"' "$image" "$@"
}

expect() {
    local code=$1 text=$2 got=0 output
    shift 2
    output=$(in_image "$@" 2>&1) || got=$?
    [ "$got" -eq "$code" ] || fail "metricity $* ended with $got, not $code:"$'\n'"$output"
    grep -qF "$text" <<<"$output" || fail "metricity $* did not say \"$text\":"$'\n'"$output"
    say "  metricity $*: exit $code, \"$(grep -F -m1 "$text" <<<"$output")\""
}

if as_root unshare --mount true 2>/dev/null; then
    say "as user 1654 on a read-only root without shell, ICU and Kerberos"
    image=$(build_root)
    expect 0 "Collects a Discord guild" --help
    expect 2 "Discord:Token is not set" check
    expect 1 "Nothing answers" healthcheck
    # Reaches the network and gives up in order: name look-up, TLS and Npgsql are there.
    expect 3 "127.0.0.1" migrate status --set ConnectionStrings:Metricity=postgresql://nobody:none@127.0.0.1:1/none
else
    say "left out: the read-only root needs root or sudo, and a kernel that allows mount namespaces"
fi

if [ "${1:-}" != --no-tests ]; then
    need_postgres
    say "the tests of the process, on this program"
    METRICITY_TEST_POSTGRES=binaries METRICITY_TEST_PROGRAM="$app/metricity" \
        dotnet test "$root/tests/Metricity.IntegrationTests" -c Release --nologo -v q \
        --filter "FullyQualifiedName~IntegrationTests.Process|FullyQualifiedName~IntegrationTests.Report.Report" >&2
fi

say "the image's steps work"
