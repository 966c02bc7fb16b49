#!/usr/bin/env bash
# Durable dispatch: assign and result of empty tasks, CURVE on, synchronous=FULL; beside it a bare C program that does the
# same exchange with one SQLite transaction per wake-up. Called by ops/bench.sh; TASKS changes the size.
set -euo pipefail
cd "$(dirname "$0")/../.."
bin="$PWD/.build/release"
work="$(mktemp -d)"
coordinator=0
trap 'kill $coordinator 2>/dev/null || true; rm -rf "$work"' EXIT
tasks="${TASKS:-100000}"
# Free a moment ago; a coordinator that is started again needs the same one.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
field() { python3 -c "import json,sys; print(json.loads(sys.argv[1])[sys.argv[2]])" "$1" "$2"; }
resident() { awk '/VmRSS/ {print $2}' "/proc/$coordinator/status"; }
ticks() { awk '{print $14 + $15}' "/proc/$coordinator/stat"; }

begin() {
    "$bin/snowflake" coordinator --listen "tcp://127.0.0.1:$port" --advertise 127.0.0.1 --state "$work/state" \
        --store "file://$work/store" >/dev/null 2>&1 &
    coordinator=$!
}
end() {
    kill -9 $coordinator
    wait $coordinator 2>/dev/null || true
}
ready() { until "$bin/snowflake" status --state "$work/state" >/dev/null 2>&1; do :; done; }
fresh() {
    end
    rm -rf "$work/state" "$work/store"
    begin
    ready
    "$bin/snowflake" token create --state "$work/state" >"$work/token"
}
load() { "$bin/farm-load" --worker "@$work/token" --operator "@$work/state/operator.token" "$@"; }

cc -O2 ops/bench/dispatch.c -lzmq -lsqlite3 -o "$work/dispatch"
begin
for shape in "64 1 12000" "8 8 19000"; do
    read -r workers slots goal <<<"$shape"
    rm -f "$work"/dispatch.sqlite*
    fresh
    bare=$(field "$("$work/dispatch" "$work" "$workers" "$slots" "$tasks")" per_second)
    ours=$(load --workers "$workers" --slots "$slots" --tasks "$tasks")
    rate=$(field "$ours" per_second)
    echo "$workers workers of $slots: $(printf %.0f "$rate") tasks/s (goal $goal); bare C: $(printf %.0f "$bare"); ratio $(printf %.2f "$(echo "$rate / $bare" | bc -l)")"
done
for viewers in 0 20 0 20 0 20; do
    fresh
    ours=$(load --workers 8 --slots 8 --tasks "$tasks" --viewers $viewers)
    echo "8 workers of 8 with $viewers viewers: $(printf %.0f "$(field "$ours" per_second)") tasks/s; $(field "$ours" answers) answers, $(field "$ours" viewers_megabytes) MB (goal: 0.95 of that with none)"
done
"$bin/farm-load" --tasks "$tasks" --inner 64 | sed 's/^/deciding and saving alone, 64 reports at once: /'
# A coordinator with so many tasks is killed while it dispatches them, and started again.
kill_during() {
    fresh
    before=$(resident)
    load --workers 8 --slots 8 --tasks "$1" >"$work/load" &
    loading=$!
    until "$bin/snowflake" status --state "$work/state" | grep -q " of $1 tasks"; do :; done
    echo "memory: $(echo "($(resident) - $before) * 1024 / $1" | bc) bytes per task of a $1-task job (goal under 2048)"
    end
    begin
    wait $loading
    echo "from SIGKILL to dispatching again with $1 tasks: $(field "$(cat "$work/load")" longest_gap) s (goal under 2 s with 10,000)"
}
kill_during 10000
kill_during "$tasks"
fresh
chain=$(load --workers 1 --slots 1 --tasks 2000 --depth 2000)
echo "from a report to the next task of its chain at an idle worker: p50 $(field "$chain" p50_ms) ms, p99 $(field "$chain" p99_ms) ms"
load --workers 1000 --slots 1 --tasks 1 --idle 25 >"$work/idle" &
sleep 10 # The load is to be idle for a while: this is the measurement's own time.
start=$(ticks)
sleep 10
echo "1,000 workers connected ($(cat "$work/idle")): the idle coordinator uses $(echo "($(ticks) - $start) / 10" | bc -l | xargs printf %.1f) % of a core"
wait %2 2>/dev/null || true
