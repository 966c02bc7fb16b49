#!/usr/bin/env python3
"""Rehearses a whole feature: 754 shots, Veo with five places, troubles, and both processes that know of purchases killed again
and again. Says what `snowflake rehearse` found, and ends with an error where a promise was not kept.

usage: rehearse-feature.py [--shots N] [--seeds 1,2] [--speed X] [--crash-every S] [--calls N] [--bin DIR] [--report FILE]
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import feature

PROFILE = """profiles:
  rehearsed:
    extends: hd
    size: 1280x720
    setting: [{backend: flux}]
    animate: [{backend: veo}]
    dialogue: [{backend: azure}]
budget_usd: 100000
gates:
  veo: {concurrency: 5}
"""


def tell_lines_apart(project):
    """Nobody says the same twice: of services whose bills have no name of ours a line's words are what it is found by."""
    path = project / "shot_list.json"
    film = json.loads(path.read_text())
    for scene in film["scenes"]:
        for shot in scene["shots"]:
            if shot["dialogue_text"]:
                shot["dialogue_text"] = f"Number {shot['global_order']}. {shot['dialogue_text']}"
    path.write_text(json.dumps(film, indent=1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shots", type=int, default=754)
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--speed", type=float, default=30)
    parser.add_argument("--crash-every", type=float)
    parser.add_argument("--calls", type=int, default=64)
    parser.add_argument("--bin", default=str(feature.ROOT / ".build/release"))
    parser.add_argument("--report")
    options = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory(prefix="snowflake-feature-") as home:
        project = pathlib.Path(home) / "project"
        count, seconds = feature.make_project(project, options.shots, 754)
        tell_lines_apart(project)
        (project / "snowflake.yaml").write_text(PROFILE)
        print(f"{count} shots, {seconds / 60:.1f} min", flush=True)
        for seed in options.seeds.split(","):
            command = [str(pathlib.Path(options.bin) / "snowflake"), "rehearse", str(project), "--profile", "rehearsed",
                       "--json", "--speed", str(options.speed), "--seed", seed, "--concurrency", "veo=5", "--calls",
                       str(options.calls), "--crash", "0"]
            if options.crash_every:
                command += ["--crash-every", str(options.crash_every)]
            began = time.time()
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
            if not done.stdout:
                sys.exit(f"rehearse-feature: seed {seed}: the rehearsal ended with {done.returncode}")
            report = json.loads(done.stdout)
            report.update(seed=int(seed), realSeconds=round(time.time() - began), exitCode=done.returncode)
            found.append(report)
            gate = max(report["gates"], key=lambda gate: gate["busy"])
            print(f"seed {seed}: {report['calls']} calls, {report['servicesSeconds'] / 3600:.2f} h of the services' time in "
                  f"{report['realSeconds']} s; {report['billedUSD']} ± {report['billedSpreadUSD']} USD billed, our ledger says "
                  f"{report['spentUSD']} ({report['openUSD']} open); {gate['gate']} {gate['busy'] * 100:.1f} % busy; "
                  f"{report['crashes']} crashes, bought again {(report.get('crash') or {}).get('boughtAgain', 0)}; "
                  f"{report['askedAPerson']} looked up; {len(report['missing'])} missing", flush=True)
            if options.report:
                pathlib.Path(options.report).write_text(json.dumps(found, indent=1) + "\n")
    if not all(report["isEqual"] for report in found):
        sys.exit("rehearse-feature: the ledger is not the bill")


if __name__ == "__main__":
    main()
