# Functions to start a hub in the background, wait until it is ready and stop it; sourced by acceptance.sh and pack-test.sh.
# shellcheck shell=bash disable=SC2154
# They end only what they started. The caller sets `work`, a temporary folder of its own, and calls `stop_hub` before it leaves.

hub_pid=

# Says what is wrong, shows the hub's output and ends the script.
fail() {
  echo "FAIL $*" >&2
  if [ -f "$work/hub.log" ]; then sed 's/^/  hub: /' "$work/hub.log" >&2; fi
  exit 1
}

# start_hub COMMAND…: job control gives the hub a process group of its own, so that stop_hub also reaches what npm starts.
start_hub() {
  : >"$work/hub.log"
  set -m
  "$@" </dev/null >"$work/hub.log" 2>&1 &
  hub_pid=$!
  set +m
  for _ in $(seq 1 300); do
    if grep -q '^twinhub ready' "$work/hub.log"; then return; fi
    if ! kill -0 "$hub_pid" 2>/dev/null; then fail "the hub ended before it was ready"; fi
    sleep 0.1
  done
  fail "the hub was not ready within 30 seconds"
}

# Asks the hub to stop, waits until all of its process group has ended, and returns the exit code of the command that started it.
# npm gives no useful one: it ends by the signal while the hub still stops.
stop_hub() {
  local pid=$hub_pid
  hub_pid=
  if [ -z "$pid" ]; then return; fi
  kill -TERM -- "-$pid" 2>/dev/null || true
  for _ in $(seq 1 200); do
    if ! kill -0 -- "-$pid" 2>/dev/null; then
      wait "$pid"
      return
    fi
    sleep 0.1
  done
  echo "the hub did not stop within 20 seconds" >&2
  kill -KILL -- "-$pid" 2>/dev/null || true
  wait "$pid"
}
