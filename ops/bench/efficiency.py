#!/usr/bin/env python3
"""How much faster a film is with more machines: workers whose work sleeps for the time it is expected to take, and whose
results have the size such results have, fetched and stored as real ones are. Needs a release build.

usage: efficiency.py [PROJECT] [--speed 4] [--bin .build/release]

Without a project: the reference's sample where it lies beside the checkout, else the bundled film repeated to 60 shots.
"""
import argparse
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
KINDS = ("setting portrait cutout compose animate dialogue ambience conform transition mix clip scene soundtrack film").split()


def project(asked, work):
    film = work / "project"
    sample = ROOT.parent / "shared/samples/last-ferry"
    source = pathlib.Path(asked) if asked else sample
    if not source.exists():
        subprocess.run([sys.executable, ROOT / "ops/bench-film.py", ROOT / "Examples/lamplighter", film, "60"], check=True)
    else:
        film.mkdir()
        for file in source.glob("*.json"):
            shutil.copy(file, film)
    lines = ["profile: paced", "profiles:", "  paced:", "    extends: animatic"]
    (film / "snowflake.yaml").write_text("\n".join(lines + [f"    {kind}: [{{backend: synthetic}}]" for kind in KINDS]) + "\n")
    return film


def run(snowflake, film, speeds, work):
    """Seconds from the submission to the finished film, by workers of these speeds."""
    work.mkdir()
    state = work / "state"
    processes = []

    def start(*words):
        processes.append(subprocess.Popen([snowflake, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def ask(*words):
        return subprocess.run([snowflake, *words, "--state", state], capture_output=True, text=True)

    try:
        start("coordinator", "--listen", "tcp://127.0.0.1:*", "--advertise", "127.0.0.1", "--state", state,
              "--store", f"file://{work}/store")
        while ask("status").returncode != 0:
            pass
        token = work / "token"
        token.write_text(ask("token", "create", "--role", "worker").stdout)
        for number, speed in enumerate(speeds):
            start("worker", "--join", f"@{token}", "--synthetic", "--roles", "media", "--speed", str(speed),
                  "--state", work / f"w{number}")
        while len(json.loads(ask("status", "--json").stdout).get("workers", [])) < len(speeds):
            pass
        began = time.monotonic()
        ended = subprocess.run([snowflake, "submit", film, "--wait", "--state", state], capture_output=True, text=True)
        took = time.monotonic() - began
        if ended.returncode != 0:
            sys.exit(f"the film was not made: {ended.stderr}")
        return took
    finally:
        for process in processes:
            process.send_signal(signal.SIGKILL)
            process.wait()
        shutil.rmtree(work, ignore_errors=True)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("project", nargs="?")
    options.add_argument("--speed", type=float, default=4)
    options.add_argument("--bin", default=ROOT / ".build/release")
    given = options.parse_args()
    snowflake = pathlib.Path(given.bin).resolve() / "snowflake"
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        film = project(given.project, work)
        alone = None
        for speeds in ([1], [1, 1], [1, 1, 1, 1], [1, 0.5, 0.25]):
            took = run(snowflake, film, [given.speed * speed for speed in speeds], work / "run")
            alone = alone or took
            share = alone / took / sum(speeds)
            goal = {4: " (goal 85 %)", 3: f" (never slower than the fast one alone: {alone:.1f} s)"}.get(len(speeds), "")
            print(f"workers of speed {', '.join(map(str, speeds))}: {took:.1f} s, efficiency {share:.0%}{goal}", flush=True)


main()
