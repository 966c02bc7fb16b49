#!/usr/bin/env bash
# Prints figures, each with its limit measured in the same run, and the ratio. Needs a release build (`make bench`).
set -euo pipefail
cd "$(dirname "$0")/.."
snowflake="$PWD/.build/release/snowflake"
work="$(mktemp -d)"
trap 'rm -rf "$work"; kill $(jobs -p) 2>/dev/null || true' EXIT

seconds() { local start end; start=$(date +%s.%N); "$@" >"$work/out" 2>"$work/err" || { cat "$work/err" >&2; return 1; }; end=$(date +%s.%N); echo "$end - $start" | bc -l; }
field() { python3 -c "import json,sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])" "$1" "$2"; }
round() { printf '%.2f' "$1"; }

echo "machine: $(nproc) cores, $(ffmpeg -version | head -1 | cut -d' ' -f1-3)"

echo "== planning, 754 shots (goal: under 100 ms, the same keys every time)"
python3 ops/bench-film.py Examples/lamplighter "$work/feature" 754
for run in 1 2 3; do
    "$snowflake" plan "$work/feature" --json >"$work/plan$run.json" 2>/dev/null
    echo "run $run: $(field "$work/plan$run.json" planningMilliseconds) ms planning, $(field "$work/plan$run.json" readingMilliseconds) ms reading, $(field "$work/plan$run.json" tasks) tasks, film key $(field "$work/plan$run.json" filmKey | cut -c1-16)"
done

echo "== coordinator with 754 shots (goal: under 150 MB)"
"$snowflake" coordinator --listen 'tcp://127.0.0.1:*' --advertise 127.0.0.1 --state "$work/cstate" --store "file://$work/cstore" 2>/dev/null &
coordinator=$!
until "$snowflake" status --state "$work/cstate" >/dev/null 2>&1; do :; done
"$snowflake" submit "$work/feature" --state "$work/cstate" >/dev/null 2>&1
echo "resident: $(awk '/VmRSS/ {print $2 / 1000}' /proc/$coordinator/status) MB"
kill $coordinator && wait $coordinator 2>/dev/null || true

echo "== the example at 1280x720 (goal: 0.7 of bare ffmpeg encoding the same frames)"
for workers in 1 2; do
    rm -rf "$work/film" && cp -r Examples/lamplighter "$work/film"
    wall=$(seconds "$snowflake" render "$work/film" --json --workers $workers --state "$work/state$workers" --store "file://$work/store$workers")
    cp "$work/out" "$work/render$workers.json"
    film=$(field "$work/render$workers.json" film)
    length=$(field "$work/render$workers.json" seconds)
    bare=$(seconds ffmpeg -nostdin -v error -y -i "$film" -map 0:v:0 -c:v libx264 -threads $workers -preset veryfast -profile:v high -b:v 4M -maxrate 5M -bufsize 8M -g 48 -bf 2 -f null -)
    echo "$workers media slots: $(round "$(echo "$length / $wall" | bc -l)") film s per wall s; bare ffmpeg, $workers threads: $(round "$(echo "$length / $bare" | bc -l)"); ratio $(round "$(echo "$bare / $wall" | bc -l)")"
    ffmpeg -nostdin -v error -i "$film" -map 0:v:0 -map 0:a:0 -c copy -f streamhash - >"$work/streams$workers"
done
cmp -s "$work/streams1" "$work/streams2" && echo "two renders from empty state: identical streams" || echo "two renders from empty state: STREAMS DIFFER"

echo "== again (goal: 0 tasks, under 2 s)"
wall=$(seconds "$snowflake" render "$work/film" --json --workers 2 --state "$work/state2" --store "file://$work/store2")
echo "nothing changed: $(field "$work/out" tasksRun) tasks, $(round "$wall") s"
sed -i 's/she heaves at the crank/she leans on the crank/' "$work/film/shot_list.json"
wall=$(seconds "$snowflake" render "$work/film" --json --workers 2 --state "$work/state2" --store "file://$work/store2")
echo "one video_prompt changed: $(field "$work/out" tasksRun) tasks, $(round "$wall") s"

echo "== a screenplay broken down (goal: a feature of 750 shots in 50 ms, 50 MB)"
python3 ops/bench/script.py "$work/feature.fountain"
"$PWD/.build/release/breakdown-bench" time "$work/feature.fountain" 40
/usr/bin/env python3 - "$PWD/.build/release/breakdown-bench" "$work/feature.fountain" <<'PEAK'
import resource, subprocess, sys
lists = {subprocess.run([sys.argv[1], "json", sys.argv[2]], stdout=subprocess.PIPE, check=True).stdout for _ in range(5)}
print(f"five processes: {len(lists)} list, peak {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB")
PEAK
for name in Tests/ShotEngineTests/Corpus/*.fountain; do "$PWD/.build/release/breakdown-bench" time "$name" 20; done

echo "== durable dispatch (aim: 0.6 of the bare C program)"
ops/bench/dispatch.sh

echo "== more machines, a film of 60 shots whose work sleeps (goal: 85 % at 4)"
python3 ops/bench/efficiency.py

echo "== the control room, 10,000 tasks and 500 workers"
"$PWD/.build/release/dashboard-bench"
if command -v tmux >/dev/null; then ops/bench/top.sh; else echo "the process was not measured: make setup-tests installs tmux"; fi

echo "== putting a film together"
need=20000000
if [ "$(df --output=avail -k "$work" | tail -1)" -gt $need ]; then
    mkdir "$work/stitch"
    "$PWD/.build/release/media-bench" "$work/stitch"
    rm -rf "$work/stitch"
else
    echo "not measured: $work has less than 20 GB free; set TMPDIR to a folder that has"
fi

echo "== blobs on their way (aim: 0.8 of plain curl; 500 small blobs a second)"
ceph=()
if command -v radosgw >/dev/null; then ceph=(ops/rgw.py); else echo "S3 not measured: make setup-tests installs radosgw"; fi
"$PWD/.build/release/store-bench" "$work/blobs" 1024 "${ceph[@]}"
rm -rf "$work/blobs"
ops/bench/uploads.sh

echo "== polls in flight"
exec 5< <(exec python3 ops/bench/hold.py 3)
read -r port <&5
"$PWD/.build/release/store-bench" polls "http://127.0.0.1:$port/"
pkill -f ops/bench/hold.py || true

echo "== the film against its plan"
film=$(field "$work/out" film)
frames=$(field "$work/out" frames)
packets=$(ffprobe -v error -select_streams v:0 -count_packets -show_entries stream=nb_read_packets -of csv=p=0 "$film")
samples=$(ffmpeg -nostdin -v error -i "$film" -map 0:a -f s16le -ac 1 - | wc -c)
echo "frames planned $frames, found ${packets%,}; samples planned $((frames * 2000)), decoded $((samples / 2)) (AAC may end less than 1024 later)"
errors=$(ffmpeg -nostdin -v error -xerror -i "$film" -map 0:v:0 -map 0:a -f null - 2>&1 | wc -l)
echo "decode errors: $errors"
