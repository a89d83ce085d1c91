#!/usr/bin/env bash
# Runs the apps of the public tutorials, unmodified and on the published SDKs, against a hub of this checkout:
# once on 443 and 8883 where these can be bound, and once on free ports through `twinhub exec`; at last with the devices over WebSockets,
# which changes their protocol line in a copy.
# With TWINHUB_REQUIRE_SERVERS=1 it fails where they cannot be bound.
# With TWINHUB_TEST_POSTGRES=postgres://… the hub keeps its data in a schema of its own there, and the ports are free ones alone, since stores have
# nothing to do with ports. `npm run acceptance:postgres` starts a server for it.
# Usage: scripts/acceptance.sh [FOLDER]; FOLDER holds the apps and their accept.sh, default ../shared/acceptance.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/hub-process.sh

apps=${1:-../shared/acceptance}
if [ ! -f "$apps/accept.sh" ]; then
  echo "There is no accept.sh in $apps: give the folder of the tutorial apps as the first argument." >&2
  exit 2
fi
work=$(mktemp -d)
schema=
trap 'stop_hub || true; drop_schema || true; rm -rf "$work"' EXIT

twinhub() { npm run -s twinhub -- "$@"; }

# The server may be one that others use.
drop_schema() {
  if [ -z "$schema" ]; then return; fi
  npm exec -- node -e '
    const { Client } = require("pg");
    const client = new Client({ connectionString: process.env.TWINHUB_TEST_POSTGRES });
    client.connect().then(() => client.query(`drop schema if exists ${process.argv[1]} cascade`)).finally(() => client.end());' "$schema"
}

can_bind_default_ports() {
  npm exec -- node -e '
    const { createServer } = require("node:net");
    const fail = () => process.exit(1);
    const open = (ports) => ports.length === 0 ? process.exit(0) : createServer().on("error", fail).listen(ports[0], () => open(ports.slice(1)));
    open([443, 8883]);'
}

# prepare NAME FLAG…: starts a hub with a data dir of its own, registers the device and exports what the apps read.
prepare() {
  data=$work/data-$1
  if [ -n "${TWINHUB_TEST_POSTGRES:-}" ]; then
    local and='?'
    case $TWINHUB_TEST_POSTGRES in *\?*) and='&' ;; esac
    schema=test_acceptance_$$
    export TWINHUB_STORE="$TWINHUB_TEST_POSTGRES${and}schema=$schema"
  fi
  start_hub npm run -s twinhub -- start --data-dir "$data" "${@:2}"
  export DEVICE_ID=myDeviceId LOGS=$work/logs-$1
  mkdir "$LOGS"
  twinhub device create "$DEVICE_ID" --data-dir "$data" >/dev/null
  DEVICE_CONNECTION_STRING=$(twinhub device connection-string "$DEVICE_ID" --data-dir "$data")
  IOTHUB_CONNECTION_STRING=$(twinhub policy connection-string service --data-dir "$data")
  export DEVICE_CONNECTION_STRING IOTHUB_CONNECTION_STRING
}

# run_apps COMMAND…: runs accept.sh for both tutorials, the jobs app with each policy whose connection string its readers take.
run_apps() {
  "$@" reboot || show_logs "the reboot apps failed"
  local policy
  for policy in service registryReadWrite iothubowner; do
    echo "-- jobs with policy $policy"
    IOTHUB_JOBS_CONNECTION_STRING=$(twinhub policy connection-string "$policy" --data-dir "$data")
    export IOTHUB_JOBS_CONNECTION_STRING
    "$@" jobs || show_logs "the jobs apps failed with policy $policy"
  done
}

show_logs() {
  tail -n 30 "$LOGS"/* >&2
  fail "$1"
}

cp -r "$apps" "$work/apps"
chmod -R u+w "$work/apps"
(cd "$work/apps" && npm install --no-audit --no-fund --loglevel error)

if [ -n "${TWINHUB_TEST_POSTGRES:-}" ]; then
  echo "-- data in PostgreSQL"
elif can_bind_default_ports; then
  echo "-- ports 443 and 8883"
  prepare default-ports
  NODE_EXTRA_CA_CERTS=$data/ca.pem run_apps "$work/apps/accept.sh"
  stop_hub || true
elif [ "${TWINHUB_REQUIRE_SERVERS:-}" = 1 ]; then
  fail "ports 443 and 8883 cannot be bound here, and TWINHUB_REQUIRE_SERVERS is 1"
else
  echo "-- ports 443 and 8883 cannot be bound here: skipped"
fi

echo "-- free ports through exec"
prepare free-ports --https-port 0 --mqtt-port 0
run_apps twinhub exec --data-dir "$data" -- "$work/apps/accept.sh"

echo "-- devices over WebSockets"
mkdir "$LOGS/mqtt" && mv "$LOGS"/*-* "$LOGS/mqtt"
for device in simDevice/simDevice.js managed-device/dmpatterns_getstarted_device.js; do
  sed -i "s/require('azure-iot-device-mqtt').Mqtt;/require('azure-iot-device-mqtt').MqttWs;/" "$work/apps/$device"
  grep -q 'MqttWs;' "$work/apps/$device" || fail "$device has no protocol line to change"
done
run_apps twinhub exec --data-dir "$data" -- "$work/apps/accept.sh"
