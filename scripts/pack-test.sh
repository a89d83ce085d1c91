#!/usr/bin/env bash
# Packs the package as it would be published, installs it in an empty folder and uses it there as a newcomer would.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/hub-process.sh

work=$(mktemp -d)
trap 'stop_hub || true; rm -rf "$work"' EXIT

node_version=$(sed -n 's/^ *"node": "\([0-9.]*\)",\{0,1\}$/\1/p' package.json)
npm pack --silent --pack-destination "$work" >/dev/null

mkdir "$work/app"
cd "$work/app"
# The node package brings its binary through an install script, which npm runs only for packages named here.
echo '{ "private": true, "allowScripts": { "node": true, "better-sqlite3": false } }' >package.json
npm install --no-audit --no-fund --loglevel error "$work"/twinhub-*.tgz "node@$node_version"
export PATH=$work/app/node_modules/.bin:$PATH

start_hub twinhub start --data-dir "$work/data" --https-port 0 --mqtt-port 0
twinhub device create first-device --data-dir "$work/data" >/dev/null
twin=$(twinhub twin show first-device --data-dir "$work/data" --json)
case $twin in
  *'"deviceId"'*'"first-device"'*) echo "ok   the installed command registers a device and shows its twin" ;;
  *) fail "twin show printed: $twin" ;;
esac
case $(twinhub doctor --data-dir "$work/data" --json) in
  '{"ok":true,'*) echo "ok   the installed doctor finds the hub in good health" ;;
  *) fail "doctor found a fault" ;;
esac
case $(twinhub simulate --devices 4 --processes 2 --duration 3 --delete --data-dir "$work/data" --json | tail -1) in
  '{"event":"summary",'*'"made":4,'*) echo "ok   the installed simulator connects devices from two processes" ;;
  *) fail "simulate did not connect its devices" ;;
esac
stop_hub || fail "the hub ended with $? on SIGTERM"
echo "ok   the installed hub stops with 0 on SIGTERM"

cat >in-process.mjs <<'EOF'
import { startHub } from 'twinhub';
await using hub = await startHub();
console.log(await hub.createDevice('second-device'));
EOF
case $(node in-process.mjs) in
  *'DeviceId=second-device;'*) echo "ok   the installed package starts a hub inside a process" ;;
  *) fail "startHub() of the installed package failed" ;;
esac
if [ ! -f node_modules/twinhub/dist/index.d.ts ]; then fail "the package has no types"; fi
