#!/usr/bin/env bash
# Prints the section of a version from CHANGELOG.md, for a release's page: scripts/release-notes.sh v0.1.0
set -euo pipefail
cd "$(dirname "$0")/.."

version=${1:?name the version, for example v0.1.0}
version=${version#v}
notes=$(awk -v heading="## [$version]" '
    index($0, heading) == 1 { found = 1; next }
    found && /^## / { exit }
    found { print }' CHANGELOG.md)
if [ -z "${notes//[[:space:]]/}" ]; then
    echo "CHANGELOG.md has no section \"## [$version]\": rename \"Unreleased\" before the tag is set." >&2
    exit 1
fi
printf '%s\n' "$notes" | sed '1{/^$/d}'
