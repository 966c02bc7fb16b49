#!/usr/bin/env python3
"""A film made by hosts that share nothing but a bad wire: the coordinator's, a gpu worker's, an audio worker's, two media
workers', an operator's and a viewer's. Each has a network and folders of its own; packets are 20 ms late, 1 % are lost.

usage: hosts-film.py [--bin DIR] [--delay MS] [--loss PERCENT] [--seed S] [--keep]      needs `unshare -Urnm`

In the middle a gpu and a media worker are added on hosts of their own, one is drained, one is unplugged for good. The film must be
finished and equal to the one this machine makes alone. Prints a line of JSON.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import chaos
import hosts

ROOT = pathlib.Path(__file__).resolve().parent.parent
VOICE = os.environ.get("SNOWFLAKE_PIPER") or os.path.expanduser("~/.local/share/snowflake/piper")


class Farm:
    """The coordinator is on this namespace's own host; everybody else is at the end of a wire."""

    def __init__(self, work, binary, wire, seed):
        self.work, self.binary, self.wire_settings, self.seed = work, str(binary), wire, seed
        self.hosts, self.wires, self.children = {}, {}, {}

    def add_host(self, name):
        number = len(self.hosts) + 1
        self.hosts[name] = hosts.Host(name)
        self.wires[name] = hosts.Wire(self.hosts[name], number, self.seed + number, **self.wire_settings)
        (self.work / name).mkdir()

    def command(self, name, *arguments):
        """The product on a host: it sees its own folder, and an empty one where another host has something."""
        others = [str(path) for path in self.work.iterdir() if path.is_dir() and path.name != name]
        hide = "; ".join(f"mount -t tmpfs none '{path}'" for path in others)
        words = " ".join(f"'{word}'" for word in (self.binary, *map(str, arguments)))
        # The voices of this machine are everybody's: they are software, not results.
        home = f"HOME='{self.work / name}' SNOWFLAKE_PIPER='{VOICE}'"
        inside = ["unshare", "-m", "sh", "-c", f"{hide}; {home} exec {words}"]
        return self.hosts[name].command(*inside) if name in self.hosts else inside

    def spawn(self, name, *arguments):
        log = open(self.work / f"{name}.log", "ab")
        self.children[name] = subprocess.Popen(self.command(name, *arguments), stdin=subprocess.DEVNULL, stdout=log,
                                               stderr=log)

    def ask(self, *arguments):
        done = subprocess.run([self.binary, *arguments, "--state", str(self.work / "coordinator/state")],
                              capture_output=True, text=True, timeout=60)
        return done.stdout if done.returncode == 0 else ""

    def start(self):
        home = self.work / "coordinator"
        home.mkdir()
        self.spawn("coordinator", "coordinator", "--listen", "tcp://0.0.0.0:*", "--state", home / "state", "--store",
                   f"file://{home}/store")
        until(lambda: self.ask("status", "--json"), 60, "the coordinator answers")
        self.address = self.port()

    def port(self):
        line = (self.work / "coordinator.log").read_text()
        return line.split("listens on tcp://")[1].split(",")[0].rsplit(":", 1)[1]

    def token(self, name, role):
        """A token with the address this host reaches the coordinator at, in a file of its own."""
        line = self.ask("token", "create", "--role", role, "--label", name, "--address",
                        f"tcp://{self.wires[name].near}:{self.address}")
        file = self.work / name / "token"
        file.write_text(line)
        file.chmod(0o600)
        return f"@{file}"

    def worker(self, name, roles):
        self.add_host(name)
        token = self.token(name, "worker")
        self.spawn(name, "worker", "--join", token, "--roles", roles, "--name", name, "--state", self.work / name / "state")

    def status(self):
        return json.loads(self.ask("status", "--json") or "{}")

    def has_work(self, name):
        return any(worker["name"] == name and worker.get("running") for worker in self.status().get("workers", []))

    def end(self):
        for child in self.children.values():
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        for child in self.children.values():
            try:
                child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                child.kill()
        passed = {name: wire.end() for name, wire in self.wires.items()}
        for host in self.hosts.values():
            host.end()
        return passed


def streams(film):
    done = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", film, "-map", "0:v:0", "-map", "0:a:0", "-c", "copy",
                           "-f", "streamhash", "-"], capture_output=True, text=True, check=True)
    return done.stdout


def make_project(folder):
    chaos.make_project(folder)
    (folder / "snowflake.yaml").unlink()  # Nothing is bought here.


def until(condition, seconds, what):
    deadline = time.time() + seconds
    while not condition():
        if time.time() > deadline:
            raise RuntimeError(f"{what}: not within {seconds} s")
        time.sleep(0.02)  # Processes on other hosts tell us nothing.


def run(arguments, work):
    binary = pathlib.Path(arguments.bin) / "snowflake"
    alone = work / "alone"
    make_project(alone / "film")
    done = subprocess.run([str(binary), "render", str(alone / "film"), "--profile", "test", "--json", "--state",
                           str(alone / "state"), "--store", f"file://{alone}/store"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)
    expected = streams(json.loads(done.stdout)["film"])
    farm = Farm(work, binary, {"delay": arguments.delay, "jitter": 0, "loss": arguments.loss, "reorder": 0},
                arguments.seed)
    facts = {}
    try:
        farm.start()
        for name, roles in (("gpu", "gpu"), ("audio", "audio"), ("media-1", "media"), ("media-2", "media")):
            farm.worker(name, roles)
        farm.add_host("viewer")
        viewer = farm.token("viewer", "viewer")
        farm.add_host("operator")
        operator = farm.token("operator", "operator")
        make_project(work / "operator/film")
        began = time.time()
        farm.spawn("operator", "submit", work / "operator/film", "--profile", "test", "--to", operator, "--wait", "--json")
        until(lambda: farm.has_work("gpu"), 120, "the gpu worker has work")
        seen = subprocess.run(farm.command("viewer", "status", "--to", viewer), capture_output=True, text=True)
        if seen.returncode or "gpu" not in seen.stdout:
            raise RuntimeError(f"the viewer sees nothing: {seen.stderr}")
        # Nothing a viewer may not do.
        refused = subprocess.run(farm.command("viewer", "cancel", "--to", viewer), capture_output=True)
        if refused.returncode == 0:
            raise RuntimeError("a viewer has cancelled a job")
        # One is added, one drained, one unplugged.
        added = time.time()
        farm.worker("gpu-2", "gpu")
        joined = None
        while not farm.has_work("gpu-2"):
            if joined is None and any(w["name"] == "gpu-2" for w in farm.status().get("workers", [])):
                joined = time.time()
            if time.time() - added > 60 or farm.children["operator"].poll() is not None:
                raise RuntimeError("the added worker got no work")
            time.sleep(0.02)
        facts["added_to_work_seconds"] = round(time.time() - added, 2)
        facts["joined_to_work_seconds"] = round(time.time() - (joined or time.time()), 2)
        farm.worker("media-3", "media")
        until(lambda: farm.has_work("media-1") or farm.has_work("media-2"), 120, "a media worker has work")
        farm.ask("drain", "media-1")
        farm.wires["media-2"].link("down")
        code = farm.children["operator"].wait(timeout=300)
        facts["seconds"] = round(time.time() - began, 1)
        log = (work / "operator.log").read_text()
        if code:
            raise RuntimeError(f"the render ended with code {code}: {log[-2000:]}")
        answer = json.loads(log[log.index("\n{") :]) if "\n{" in log else json.loads(log)
        facts["tasks"], facts["same"] = answer["tasksRun"], streams(answer["film"]) == expected
    finally:
        wires = farm.end()
    facts["packets"] = sum(wire["passed"] for wire in wires.values())
    facts["lost"] = sum(wire["lost"] for wire in wires.values())
    return facts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=str(ROOT / ".build/release"))
    parser.add_argument("--delay", type=float, default=20)
    parser.add_argument("--loss", type=float, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()
    if os.environ.get("SNOWFLAKE_HOSTS") != "inside":
        environment = dict(os.environ, SNOWFLAKE_HOSTS="inside")
        sys.exit(subprocess.run(["unshare", "-Urnm", sys.executable, *sys.argv], env=environment).returncode)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    work = pathlib.Path(tempfile.mkdtemp(prefix="hosts-"))
    try:
        facts = run(arguments, work)
    except Exception as error:
        for log in sorted(work.glob("*.log")):
            print(f"--- {log.name}\n{log.read_text()[-1500:]}", file=sys.stderr)
        sys.exit(f"hosts-film: {error}")
    finally:
        if not arguments.keep:
            shutil.rmtree(work, ignore_errors=True)
    print(json.dumps(facts))
    sys.exit(0 if facts["same"] else "hosts-film: the film is not the one this machine makes")


if __name__ == "__main__":
    main()
