#!/usr/bin/env bash
# The coordinator's loop while four machines upload: from a report to the next task of its chain, with and without four
# uploads of 256 MB each, again and again, through the HTTPS door. Called by ops/bench.sh; needs a release build.
set -euo pipefail
cd "$(dirname "$0")/../.."
bin="$PWD/.build/release"
work="$(mktemp -d)"
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
field() { python3 -c "import json,sys; print(json.loads(sys.argv[1])[sys.argv[2]])" "$1" "$2"; }
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$bin/snowflake" coordinator --listen 'tcp://127.0.0.1:*' --advertise 127.0.0.1 --https "$port" --state "$work/state" \
    --store "file://$work/store" >/dev/null 2>&1 &
until "$bin/snowflake" status --state "$work/state" >/dev/null 2>&1; do :; done
"$bin/snowflake" token create --state "$work/state" >"$work/token"
ticket=$("$bin/snowflake" token create --role operator --bearer --state "$work/state")
chain() { "$bin/farm-load" --worker "@$work/token" --operator "@$work/state/operator.token" --workers 1 --slots 1 --tasks 4000 --depth 4000; }
quiet=$(chain)
echo "no uploads: p50 $(field "$quiet" p50_ms) ms, p99 $(field "$quiet" p99_ms) ms"
for lane in 1 2 3 4; do
    head -c 268435456 /dev/urandom >"$work/up$lane"
    sha256sum "$work/up$lane" | cut -d' ' -f1 >"$work/name$lane"
done
for lane in 1 2 3 4; do
    (
        name=$(cat "$work/name$lane")
        while curl --silent --insecure --fail --output /dev/null --upload-file "$work/up$lane" -H "Authorization: Bearer $ticket" \
            -H "X-Snowflake-Peer: lane$lane" "https://127.0.0.1:$port/blobs/$name?from=0&size=268435456"; do
            echo 1 >>"$work/done"
            rm -f "$work/store/blobs/${name:0:2}/$name" # So that it is taken in again.
        done
    ) 2>/dev/null &
done
busy=$(chain)
echo "four uploads at once: p50 $(field "$busy" p50_ms) ms, p99 $(field "$busy" p99_ms) ms (goal p99 under 20 ms); $(wc -l <"$work/done" 2>/dev/null || echo 0) uploads of 256 MB meanwhile"
