#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Microsoft Graph SDK and MSAL for Node in DIR (npm, from the registry that npm is set
# up for), starts graph_sim, and runs sdk_proof.js against it.
#   run.sh DIR GRAPH_SIM MAKE_TENANT
set -euo pipefail

source=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
graph_sim=$2
make_tenant=$3
mailboxes=5000

for tool in node npm; do
  command -v "$tool" >/dev/null || {
    echo "run.sh: $tool is not installed; the SDK test wants Node.js 18 or newer" >&2
    exit 1
  }
done

cp "$source/package.json" "$source/sdk_proof.js" "$folder"
cd "$folder"
npm install --no-package-lock --no-audit --no-fund --loglevel=error

trial=$(mktemp -d)
pid=
finish() {
  if [ -n "$pid" ]; then kill "$pid" 2>/dev/null || true; fi
  rm -rf "$trial"
}
trap finish EXIT

"$make_tenant" --out "$trial/tenant" --mailboxes "$mailboxes" --feeds graph --no-truth >/dev/null
"$graph_sim" --folder "$trial/sim" --mailboxes "$mailboxes" >"$trial/ready" &
pid=$!
until grep -q '^ready ' "$trial/ready"; do
  kill -0 "$pid" || exit 1
  sleep 0.05
done
NODE_EXTRA_CA_CERTS=$trial/sim/ca.pem node sdk_proof.js "$trial/sim" "$trial/tenant/graph"
