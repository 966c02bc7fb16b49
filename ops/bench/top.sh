#!/usr/bin/env bash
# The control room as a process, in tmux, with a film of 2,500 shots and 500 workers connected: how soon it shows something,
# what it uses while nothing changes, what it holds. Called by ops/bench.sh; needs a release build and tmux.
set -euo pipefail
cd "$(dirname "$0")/../.."
bin="$PWD/.build/release"
work="$(mktemp -d)"
trap 'tmux -S "$work/tmux" kill-server 2>/dev/null || true; kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
python3 ops/bench-film.py Examples/lamplighter "$work/film" 2500
"$bin/snowflake" coordinator --listen 'tcp://127.0.0.1:*' --advertise 127.0.0.1 --state "$work/state" --store "file://$work/store" >/dev/null 2>&1 &
until "$bin/snowflake" status --state "$work/state" >/dev/null 2>&1; do :; done
"$bin/snowflake" token create --state "$work/state" >"$work/token"
"$bin/farm-load" --worker "@$work/token" --operator "@$work/state/operator.token" --workers 500 --tasks 1 --idle 60 >/dev/null &
"$bin/snowflake" submit "$work/film" --state "$work/state" >/dev/null 2>&1
until [ "$("$bin/snowflake" workers --state "$work/state" | wc -l)" -gt 500 ]; do :; done
echo "tasks: $("$bin/snowflake" tasks --state "$work/state" | tail -n +2 | wc -l), workers: $("$bin/snowflake" workers --state "$work/state" | tail -n +2 | wc -l)"
began=$(date +%s%N)
tmux -S "$work/tmux" -f /dev/null new-session -d -s t -x 200 -y 60 "LANG=C.UTF-8 $bin/snowflake top --state $work/state"
until tmux -S "$work/tmux" capture-pane -p -t t | grep -q "of 2500 shots"; do :; done
echo "first useful screen: $((($(date +%s%N) - began) / 1000000)) ms, tmux's own start among them (goal under 500)"
process=$(pgrep -f "top --state $work/state" | tail -1)
ticks() { awk '{print $14 + $15}' "/proc/$process/stat"; }
sleep 5 # It is to be quiet: this is the measurement's own time.
start=$(ticks)
sleep 20
echo "nothing changes: $(echo "($(ticks) - $start) / 20" | bc -l | xargs printf %.2f) % of a core (goal under 2)"
echo "resident: $(($(awk '/VmRSS/ {print $2}' "/proc/$process/status") / 1000)) MB (goal under 60)"
