#!/usr/bin/env bash
# Checks everything in deploy/, docker-compose.yml and .github that can be checked without a Docker engine and without a cluster:
#   - Prometheus's own promtool on its settings, the alert rules, the tests of each alert, and every query of the dashboards
#   - docker-compose.yml against the Compose specification, the workflows against GitHub's schema, the manifests against Kubernetes' own
#   - the systemd unit with systemd-analyze, the scripts with shellcheck
#   - what these files name in the program: tests/Metricity.Tests/Deploy
#   - the Dockerfile's steps on a clean clone: scripts/verify-image.sh
# Installs what it needs; promtool is unpacked into artifacts/tools, so that no Prometheus is started as a service.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prerequisites.sh
root=$PWD
tools=$root/artifacts/tools
mkdir -p "$tools"

need_dotnet

# Versions that were tried; the schemas come with the packages.
compose_schema=dclint@3.1.0
kubernetes_schema=(kubernetes-models@5.1.0 yaml@2)
workflow_schema=(@action-validator/cli@0.6.0 @action-validator/core@0.6.0)

has() { command -v "$1" >/dev/null 2>&1; }

# The binary alone: Debian's package also installs a service that starts at once.
need_promtool() {
    PATH=$PATH:$tools/prometheus/usr/bin
    has promtool && return
    say "unpacking promtool"
    as_root apt-get update -qq >&2
    local package
    package=$(prometheus_packages | tail -n 1)
    (cd "$tools" && apt-get download -qq "$package" >&2 && dpkg-deb -x "$package"_*.deb prometheus && rm "$package"_*.deb)
    has promtool || fail "promtool is missing: install the package $package"
}

need_promtool
need_package jq jq
need_package shellcheck shellcheck
need_package npm npm
npm install --silent --no-audit --no-fund --prefix "$tools/npm" "$compose_schema" "${kubernetes_schema[@]}" "${workflow_schema[@]}" >&2

say "shellcheck"
shellcheck .ci/run scripts/*.sh deploy/systemd/metricity

say "promtool: settings, rules, tests of the rules"
promtool check config deploy/prometheus/prometheus.yml
promtool check rules deploy/prometheus/rules/*.yml
promtool test rules deploy/prometheus/tests/*.yml

say "promtool: every query of the dashboards"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for dashboard in deploy/grafana/dashboards/*.json; do
    # As recording rules, since promtool has no other way to read a query; Grafana's variables become a time.
    jq '{groups: [{name: "dashboard", rules: [.. | .expr? | strings | {record: "checked:query", expr: gsub("\\$__(rate_)?interval"; "1m")}]
        | unique}]}' "$dashboard" > "$work/queries.yml"
    promtool check rules --lint=none "$work/queries.yml"
done

say "docker-compose.yml against the Compose specification"
(cd "$tools/npm" && npx --no-install dclint --quiet "$root/docker-compose.yml")

say "workflows against GitHub's schema"
for workflow in .github/workflows/*.yml; do
    # The schema in the package is older than this right.
    sed '/^ *attestations: write$/d' "$workflow" > "$work/workflow.yml"
    (cd "$tools/npm" && npx --no-install action-validator "$work/workflow.yml" 2> >(grep -v '^WARNING: Glob' >&2)) \
        || fail "$workflow is not valid"
done

say "manifests against Kubernetes' schemas"
node - "$tools/npm/node_modules" deploy/kubernetes/*.yaml <<'JS'
const [modules, ...files] = process.argv.slice(2);
const { parseAllDocuments } = require(modules + "/yaml");
for (const file of files.filter((file) => !file.endsWith("kustomization.yaml"))) {
    for (const document of parseAllDocuments(require("fs").readFileSync(file, "utf8"))) {
        const manifest = document.toJS();
        const Model = require(modules + "/kubernetes-models/" + manifest.apiVersion)[manifest.kind];
        new Model(manifest).validate(); // throws, with the path of what is wrong
        console.log(`${file}: ${manifest.kind}`);
    }
}
JS

if has kubectl; then
    say "kustomize"
    kubectl kustomize deploy/kubernetes > /dev/null
fi

if has systemd-analyze; then
    say "systemd-analyze"
    # In place of the installed program one that there is.
    sed 's#/opt/metricity/metricity#/bin/true#' deploy/systemd/metricity.service > "$work/metricity.service"
    systemd-analyze verify "$work/metricity.service"
    systemd-analyze security --offline=true --threshold=20 "$work/metricity.service" | tail -n 1
fi

say "what these files name in the program"
dotnet test tests/Metricity.Tests --nologo -v q -c Release --filter "FullyQualifiedName~Metricity.Tests.Deploy"

scripts/verify-image.sh "$@"
say "everything in deploy/ holds"
