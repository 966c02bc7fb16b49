#!/usr/bin/env python3
"""Renders one small film again and again with real processes while things break, and checks what must never break.

usage: chaos.py [--runs N] [--seed S] [--kinds kill,freeze,…] [--jobs N] [--bin DIR] [--keep]

Each run has its own coordinator, five workers and a service that bills, in its own network, mount and process
namespaces (`unshare`, no root needed), so that links can lose packets, go down or slow down and disks can fill.
After each run: the film is finished, its video and audio are those of the undisturbed run, every reference was billed
once, the cluster's ledger agrees with the service's, and no reservation is left over. Exit code 1 when one is not so.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import resource
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

import hosts

ROOT = pathlib.Path(__file__).resolve().parent.parent
KINDS = ["kill", "freeze", "loss", "reorder", "relay", "rate", "partition", "full", "corrupt", "garbage", "silent", "tokens",
         "supersede", "mixed"]
# Those whose workers, but the one that buys, are on a host of their own at the end of a bad wire.
FAR_KINDS = ["reorder"]
SHOTS = 12
SERVICE_FAULTS = ["ok", "ok", "500_after", "drop_answer", "reset_before", "429", "reset_after", "500_before"]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def make_project(folder):
    """Twelve short shots of the example, with paid clips."""
    source = ROOT / "Examples/lamplighter"
    folder.mkdir(parents=True)
    for file in source.glob("sp_step_*.json"):
        shutil.copy(file, folder / file.name)
    film = json.loads((source / "shot_list.json").read_text())
    scenes, count = [], 0
    for scene in film["scenes"]:
        scene["shots"] = scene["shots"][: min(4, SHOTS - count)]
        count += len(scene["shots"])
        for shot in scene["shots"]:
            shot["duration_seconds"] = 1.5
            shot["crossfade_duration"] = min(shot.get("crossfade_duration", 0), 0.25)
        if scene["shots"]:
            scenes.append(scene)
    film.update(scenes=scenes, total_shots=count)
    (folder / "shot_list.json").write_text(json.dumps(film))
    (folder / "snowflake.yaml").write_text(
        "profiles:\n  bought:\n    extends: test\n    animate: [{backend: metered}]\n")
    return count


class Relay(threading.Thread):
    """Passes bytes on late, and cuts connections now and then."""

    def __init__(self, target, rng):
        super().__init__(daemon=True)
        self.target, self.rng = target, rng
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.healthy = False
        self.pairs = []

    def run(self):
        while True:
            client, _ = self.listener.accept()
            try:
                # One that hangs while the link is down would keep everybody else waiting.
                server = socket.create_connection(("127.0.0.1", self.target), timeout=3)
                server.settimeout(None)
            except OSError:
                client.close()
                continue
            self.pairs.append((client, server))
            for a, b in ((client, server), (server, client)):
                threading.Thread(target=self.pass_on, args=(a, b), daemon=True).start()

    def pass_on(self, a, b):
        try:
            while data := a.recv(65536):
                if not self.healthy:
                    time.sleep(self.rng.uniform(0.01, 0.08))
                b.sendall(data)
        except OSError:
            pass
        for s in (a, b):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        for pair in self.pairs:
            for s in pair:
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        self.pairs = []


class Run:
    def __init__(self, kind, seed, work, project, binaries):
        self.kind, self.rng, self.work = kind, random.Random(seed), work
        self.project, self.bin = project, binaries
        self.log = open(work / "log", "w")
        self.snowflake = str(binaries / "snowflake")
        self.state, self.store = work / "disk/state", work / "disk/store"
        self.port = free_port()
        self.children, self.wanted, self.lock = {}, {}, threading.RLock()
        self.over = threading.Event()
        self.note(f"{kind} seed {seed}")

    def note(self, text):
        print(f"{time.time() % 1000:8.2f} {text}", file=self.log, flush=True)

    # ---- processes

    def spawn(self, name):
        with self.lock:
            if self.over.is_set():
                return
            arguments, environment = self.wanted[name]
            self.children[name] = subprocess.Popen(
                arguments, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
                stdout=self.log, stderr=self.log, start_new_session=True)

    def start(self, name, arguments, environment=None):
        self.wanted[name] = (arguments, environment or {})
        self.spawn(name)

    def supervise(self):
        """What has ended is started again, as any service manager would."""
        while not self.over.wait(0.1):
            with self.lock:
                for name, child in list(self.children.items()):
                    if child.poll() is not None and name in self.wanted:
                        self.note(f"{name} ended with {child.returncode}; started again")
                        self.spawn(name)

    def signal(self, name, number):
        with self.lock:
            child = self.children.get(name)
            if child and child.poll() is None:
                self.note(f"signal {number} to {name}")
                os.kill(child.pid, number)

    def ask(self, *arguments, limit=30):
        done = subprocess.run([self.snowflake, *arguments, "--state", str(self.state)], capture_output=True, text=True,
                              timeout=limit)
        if done.returncode:
            raise RuntimeError(f"{arguments[0]}: {done.stderr.strip()}")
        return done.stdout

    def until(self, what, limit, check):
        end = time.time() + limit
        problem = None
        while time.time() < end:
            try:
                if (answer := check()) is not None:
                    return answer
            except (RuntimeError, subprocess.TimeoutExpired, ValueError, KeyError, IndexError) as error:
                problem = error
            time.sleep(0.1)
        raise AssertionError(f"{what}: not within {limit} s ({problem})")

    # ---- the cluster

    def begin(self):
        (self.work / "disk").mkdir()
        if self.kind in ("full", "mixed"):
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", str(self.work / "disk")], check=True)
        service = self.work / "service"
        service.mkdir()
        # Never more than three in a row: a service that is out for longer opens the gate's breaker, and minutes go by.
        faults = []
        for _ in range(16 if self.kind != "calm" else 0):
            faults.append("ok" if len(faults) >= 3 and "ok" not in faults[-3:] else self.rng.choice(SERVICE_FAULTS))
        (service / "settings.json").write_text(json.dumps(
            {"submit": faults, "poll": ["ok", "500", "reset"] if faults else [],
             "output": ["truncate"] if faults else [], "rest": "ok", "seconds": 0.5}))
        self.wire = None
        if self.kind in FAR_KINDS:
            self.wire = hosts.Wire(hosts.Host("far"), 1, seed=self.rng.randrange(1 << 30))
        self.leash = os.pipe()
        self.service = subprocess.Popen([str(self.bin / "snowflake"), "simulator", str(service)], stdin=self.leash[0],
                                        stdout=subprocess.PIPE, stderr=self.log)
        service_port = int(self.service.stdout.readline())
        self.start("coordinator", [
            self.snowflake, "coordinator", "--listen", f"tcp://{'0.0.0.0' if self.wire else '127.0.0.1'}:{self.port}",
            "--advertise", "127.0.0.1",
            "--state", str(self.state), "--store", f"file://{self.store}"])
        threading.Thread(target=self.supervise, daemon=True).start()
        door = self.port
        self.relay = None
        if self.kind in ("relay", "mixed"):
            self.relay = Relay(self.port, self.rng)
            self.relay.start()
            door = self.relay.port
        token = self.until("a token", 30, lambda: self.ask(
            "token", "create", "--role", "worker", "--address", f"tcp://127.0.0.1:{door}").strip() or None)
        (self.work / "token").write_text(token + "\n")
        os.chmod(self.work / "token", 0o600)
        if self.wire:
            (self.work / "far-token").write_text(
                self.ask("token", "create", "--role", "worker", "--address", f"tcp://{self.wire.near}:{self.port}"))
            os.chmod(self.work / "far-token", 0o600)
        keys = {"SNOWFLAKE_METERED_URL": f"http://127.0.0.1:{service_port}/metered", "SNOWFLAKE_METERED_KEY": "test-key"}
        for name, roles in {"gpu": "gpu", "audio": "audio", "api": "api", "media-1": "media", "media-2": "media"}.items():
            self.start(name, self.worker(name, roles), keys if name == "api" else None)

    def worker(self, name, roles, state=None):
        slots = "api=4" if roles == "api" else f"{roles}=1"
        is_far = self.wire and roles != "api"
        token = "far-token" if is_far else "token"
        command = [self.snowflake, "worker", "--join", f"@{self.work}/{token}", "--roles", roles, "--slots", slots,
                   "--name", name, "--state", str(self.work / f"disk/{state or name}")]
        return self.wire.host.command(*command) if is_far else command

    # ---- what breaks

    def pause(self, low, high):
        return self.over.wait(self.rng.uniform(low, high)) or time.time() > self.peace

    def disturb(self):
        kinds = [self.kind]
        if self.kind == "mixed":
            kinds = ["relay", "full"] + self.rng.sample(["kill", "freeze", "corrupt", "garbage", "partition", "supersede"], 2)
        self.peace = time.time() + self.rng.uniform(6, 14)
        self.note(f"breaking: {kinds}")
        threads = [threading.Thread(target=getattr(self, "break_" + kind), daemon=True) for kind in kinds
                   if kind != "calm"]
        for thread in threads:
            thread.start()
        return threads

    def victim(self):
        return self.rng.choice(["coordinator", "gpu", "audio", "api", "api", "media-1", "media-2"])

    def break_kill(self):
        while not self.pause(0.2, 2):
            self.signal(self.victim(), signal.SIGKILL)

    def break_freeze(self):
        while not self.pause(0.2, 1.5):
            name = self.victim()
            self.signal(name, signal.SIGSTOP)
            self.over.wait(self.rng.uniform(0.2, 5))
            self.signal(name, signal.SIGCONT)

    def shell(self, *commands):
        for command in commands:
            self.note(command)
            subprocess.run(command, shell=True, check=True, stdout=self.log, stderr=self.log)

    def break_loss(self):
        share = self.rng.choice([1, 3, 8])
        self.shell("nft add table inet chaos", "nft 'add chain inet chaos c { type filter hook input priority 0; }'",
                   f"nft 'add rule inet chaos c tcp dport {self.port} numgen random mod 100 < {share} drop'",
                   f"nft 'add rule inet chaos c tcp sport {self.port} numgen random mod 100 < {share} drop'")
        while not self.pause(0.5, 1):
            pass
        self.shell("nft delete table inet chaos")

    def break_reorder(self):
        """Every packet between the coordinator and the far workers is late, some are lost, some overtake others."""
        settings = {"delay": self.rng.choice([5, 20, 60]), "jitter": self.rng.choice([0, 10, 30]),
                    "loss": self.rng.choice([0, 1, 3]), "reorder": self.rng.choice([5, 25, 50])}
        self.note(f"the wire: {settings}")
        self.wire.set(**settings)
        while not self.pause(0.5, 1):
            pass
        self.wire.set(delay=0, jitter=0, loss=0, reorder=0)

    def break_relay(self):
        while not self.pause(0.3, 3):
            self.note("connections are cut")
            self.relay.cut()
        self.relay.healthy = True

    def break_rate(self):
        rate = self.rng.choice([128, 256, 1024])
        self.shell("tc qdisc add dev lo root handle 1: htb default 1",
                   f"tc class add dev lo parent 1: classid 1:1 htb rate {rate}kbit burst 16k")
        while not self.pause(0.5, 1):
            pass
        self.shell("tc qdisc del dev lo root")

    def break_partition(self):
        while not self.pause(0.3, 2):
            self.shell("ip link set lo down")
            self.over.wait(self.rng.uniform(0.3, 4))
            self.shell("ip link set lo up")

    def break_full(self):
        while not self.pause(0.3, 2):
            self.note("the disk fills")
            filler = self.work / "disk/filler"
            try:
                with open(filler, "wb", buffering=0) as file:
                    while True:
                        file.write(b"\0" * 65536)
            except OSError:
                pass
            self.over.wait(self.rng.uniform(0.3, 2.5))
            filler.unlink()
            self.note("the disk has room")

    def break_corrupt(self):
        while not self.pause(0.1, 0.8):
            blobs = sorted((self.store / "blobs").glob("*/*"))
            if not blobs:
                continue
            blob = self.rng.choice(blobs)
            try:
                os.chmod(blob, 0o644)
                with open(blob, "r+b") as file:
                    size = os.fstat(file.fileno()).st_size
                    file.seek(size // 2)
                    byte = file.read(1)
                    file.seek(size // 2)
                    file.write(bytes([byte[0] ^ 0xFF]) if byte else b"")
                os.chmod(blob, 0o444)
                self.note(f"a byte of {blob.name[:12]} is turned over")
            except OSError as error:
                self.note(f"{blob.name[:12]}: {error}")

    def break_garbage(self):
        greeting = b"\xff" + b"\0" * 8 + b"\x7f\x03\x00CURVE" + b"\0" * 48
        while not self.pause(0.01, 0.1):
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as s:
                    if self.rng.random() < 0.5:
                        s.sendall(greeting)
                    s.sendall(self.rng.randbytes(self.rng.randrange(1, 4000)))
                    select.select([s], [], [], 0.05)
            except OSError:
                pass

    def break_silent(self):
        held = []
        for _ in range(1000):
            try:
                held.append(socket.create_connection(("127.0.0.1", self.port), timeout=2))
            except OSError as error:
                self.note(f"after {len(held)} connections: {error}")
                break
        self.note(f"{len(held)} connections say nothing")
        while not self.pause(0.5, 1):
            pass
        for s in held:
            s.close()

    def break_tokens(self):
        """The same token again, in a new folder; and a worker's folder copied, identity and all."""
        self.start("media-3", self.worker("media-3", "media"))
        self.pause(1, 2)
        clone = self.work / "disk/media-1-copy"
        shutil.copytree(self.work / "disk/media-1", clone, dirs_exist_ok=True,
                        ignore=lambda _, names: [n for n in names if n in ("work", "lock")])
        self.wanted.pop("clone", None)
        with self.lock:
            self.children["clone"] = subprocess.Popen(
                self.worker("media-1", "media", "media-1-copy"), stdin=subprocess.DEVNULL, stdout=self.log,
                stderr=self.log, start_new_session=True)
        while not self.pause(0.5, 1):
            pass

    def break_supersede(self):
        while not self.pause(1, 3):
            with self.lock:
                arguments, environment = self.wanted["coordinator"]
                if "--supersede" not in arguments:
                    arguments = arguments + ["--supersede"]
                self.note("a second coordinator takes over")
                old = self.children["coordinator"]
                self.wanted.pop("coordinator")
            new = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                   start_new_session=True)
            try:
                old.wait(timeout=30)
                self.note(f"the old one ended with {old.returncode}")
            except subprocess.TimeoutExpired:
                raise AssertionError("the old coordinator did not end")
            with self.lock:
                self.children["coordinator"] = new
                self.wanted["coordinator"] = (arguments, environment)

    # ---- one run

    def play(self):
        self.begin()
        self.job = self.submit()
        began = time.time()
        threads = self.disturb()
        state = self.until("the film", 300, self.ended)
        self.peace = 0
        for thread in threads:
            thread.join(timeout=20)
        took = time.time() - began
        out = self.work / "out"
        self.until("the results", 120, lambda: self.fetch(out))
        films = list((out / "output").glob("*_FINAL.mp4"))
        assert state == "settled" and films, f"the job is {state}, {len(films)} films"
        streams = subprocess.run(
            ["ffmpeg", "-nostdin", "-v", "error", "-i", str(films[0]), "-map", "0:v:0", "-map", "0:a:0", "-c", "copy",
             "-f", "streamhash", "-"], capture_output=True, text=True, check=True).stdout
        self.check_money()
        self.check_wire()
        return took, streams

    def submit(self):
        return json.loads(self.until("a submission", 60, lambda: self.ask(
            "submit", str(self.project), "--profile", "bought", "--yes", "--json")))["job"]

    def ended(self):
        jobs = json.loads(self.ask("status", "--json")).get("jobs", [])
        state = next(j["state"] for j in jobs if j["job"] == self.job)
        return state if state != "running" else None

    def fetch(self, out):
        """A result that has rotted in the store is found when it is fetched; asking for the film again makes it anew."""
        try:
            self.ask("pull", self.job, str(out), "--json", limit=60)
            return True
        except RuntimeError as error:
            self.note(f"{error}; the film is asked for again")
            self.job = self.submit()
            self.until("the film again", 120, self.ended)
            raise

    def check_money(self):
        lines = (self.work / "service/ledger.jsonl").read_text().splitlines()
        bills = [json.loads(line) for line in lines]
        references = [bill["reference"] for bill in bills]
        assert len(set(references)) == len(references), "a reference was billed twice"
        assert len(references) == SHOTS, f"{len(references)} bills for {SHOTS} shots"
        ledger = json.loads(self.until("the ledger", 30, lambda: self.ask("ledger", "--json", "--last", "5000")))
        for total in ledger["totals"]:
            assert int(total.get("reserved_micro_usd", 0)) == 0, f"a reservation is left over: {total}"
        settled = [e for e in ledger["entries"] if e["event"] == "settled"]
        assert sorted(e["intent"] for e in settled if int(e.get("amount_micro_usd", 0))) == sorted(references), \
            "the ledger settled other calls than were billed"
        billed = sum(bill["cost"] for bill in bills)
        assert sum(int(e.get("amount_micro_usd", 0)) for e in settled) == billed, "the ledger and the bills differ"

    def check_wire(self):
        if self.wire:
            counts = self.wire.end()
            self.note(f"the wire: {counts}")
            assert counts["overtook"], f"no packet overtook another: {counts}"

    def explain(self):
        """What the cluster says when a run has failed; the state may lie on a disk that ends with this process."""
        for question in (["status"], ["why", "film"], ["gates"]):
            try:
                self.note(f"snowflake {' '.join(question)}\n{self.ask(*question, limit=10)}")
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                self.note(f"snowflake {' '.join(question)}: {error}")
        try:
            tables = sqlite3.connect(f"file:{self.state}/cluster.sqlite?mode=ro", uri=True)
            for at, text in tables.execute("SELECT at, text FROM journal ORDER BY id DESC LIMIT 200"):
                self.note(f"journal {at} {text}")
        except sqlite3.Error as error:
            self.note(f"the journal: {error}")

    def end(self):
        self.over.set()
        with self.lock:
            for child in self.children.values():
                if child.poll() is None:
                    child.kill()
        self.service.kill()


def one(arguments):
    """One run, inside its own namespaces; the answer is a line of JSON."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    run = Run(arguments.one, arguments.seed, pathlib.Path(arguments.work), pathlib.Path(arguments.project),
              pathlib.Path(arguments.bin))
    try:
        took, streams = run.play()
        if arguments.streams and streams != arguments.streams:
            raise AssertionError("the film differs from the undisturbed one")
        print(json.dumps({"took": took, "streams": streams}))
    except Exception as error:  # Whatever it is, it is told and the run counts as failed.
        run.explain()
        print(json.dumps({"fault": f"{type(error).__name__}: {error}"}))
    finally:
        run.end()


def perform(kind, seed, project, arguments, streams=""):
    work = pathlib.Path(tempfile.mkdtemp(prefix=f"chaos-{kind}-{seed}-"))
    done = subprocess.run(
        ["unshare", "-Urnm", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable, __file__, "--one", kind,
         "--seed", str(seed), "--work", str(work), "--project", str(project), "--bin", arguments.bin,
         "--streams", streams],
        capture_output=True, text=True)
    lines = done.stdout.strip().splitlines()
    answer = json.loads(lines[-1]) if lines else {"fault": done.stderr.strip()[-2000:] or "no answer"}
    if "fault" not in answer and not arguments.keep:
        shutil.rmtree(work, ignore_errors=True)
    else:
        answer["log"] = str(work / "log")
    return answer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=len(KINDS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--jobs", type=int, default=1, help="runs at once; much of a run is waiting")
    parser.add_argument("--bin", default=str(ROOT / ".build/release"))
    parser.add_argument("--keep", action="store_true")
    for name in ("one", "work", "project", "streams"):
        parser.add_argument("--" + name, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        return one(arguments)
    for tool in ("unshare", "nft", "tc", "ip", "ffmpeg"):
        if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            sys.exit(f"chaos: {tool} is not installed; run ops/setup.sh")
    if subprocess.run(["unshare", "-Urnm", "true"]).returncode:
        sys.exit("chaos: this machine allows no user namespaces (unshare -Urnm); allow them, or run as root")
    home = pathlib.Path(tempfile.mkdtemp(prefix="chaos-film-"))
    project = home / "film"
    assert make_project(project) == SHOTS
    calm = perform("calm", 0, project, arguments)
    if "fault" in calm:
        sys.exit(f"chaos: the undisturbed run failed: {calm}")
    print(f"undisturbed: {calm['took']:.1f} s", flush=True)
    kinds = arguments.kinds.split(",")
    failures, times = [], {}
    plans = [(kinds[number % len(kinds)], arguments.seed + number) for number in range(arguments.runs)]
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        answers = pool.map(lambda plan: (*plan, perform(*plan, project, arguments, calm["streams"])), plans)
        judge(answers, failures, times)
    shutil.rmtree(home, ignore_errors=True)
    print(f"{arguments.runs} runs, {len(failures)} failed")
    for kind, values in sorted(times.items()):
        print(f"  {kind}: {len(values)} runs, {min(values):.1f} to {max(values):.1f} s")
    sys.exit(1 if failures else 0)


def judge(answers, failures, times):
    for kind, seed, answer in answers:
        if "fault" in answer:
            failures.append((kind, seed))
            print(f"FAILED {kind} seed {seed}: {answer['fault']} (log {answer.get('log')})", flush=True)
        else:
            times.setdefault(kind, []).append(answer["took"])
            print(f"ok {kind} seed {seed}: {answer['took']:.1f} s", flush=True)


if __name__ == "__main__":
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    main()
