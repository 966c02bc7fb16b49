#!/usr/bin/env python3
"""A real Slurm cluster of one node on this machine, for tests: munge, slurmctld and slurmd from Debian's packages.

usage: one-node.py FOLDER       needs root, slurm-wlm and munge

Writes the environment a client needs to FOLDER/ready.json when jobs are taken; ends, with its daemons, on SIGTERM.
"""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    folder = pathlib.Path(sys.argv[1]).resolve()
    for name in ("state", "spool", "munge"):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name).chmod(0o711 if name == "munge" else 0o755)
    key = folder / "munge/key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    host = socket.gethostname()
    munge = folder / "munge/socket"
    (folder / "slurm.conf").write_text(f"""ClusterName=snowflake
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={free_port()}
SlurmdPort={free_port()}
AuthType=auth/munge
AuthInfo=socket={munge}
CryptoType=crypto/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
KillWait=5
MinJobAge=10
NodeName={host} NodeAddr=127.0.0.1 CPUs={os.cpu_count()} State=UNKNOWN
PartitionName=farm Nodes={host} Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:8
""")
    environment = dict(os.environ, SLURM_CONF=str(folder / "slurm.conf"))
    log = open(folder / "daemons.log", "ab")
    started = []
    try:
        started.append(subprocess.Popen(
            ["munged", "--foreground", "--force", f"--key-file={key}", f"--socket={munge}",
             f"--pid-file={folder}/munge/pid", f"--log-file={folder}/munge/log", f"--seed-file={folder}/munge/seed"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        until(munge.exists, "munge")
        for daemon in ("slurmctld", "slurmd"):
            started.append(subprocess.Popen([daemon, "-D"], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        until(lambda: "idle" in subprocess.run(["sinfo", "-h", "-o", "%T"], env=environment, capture_output=True,
                                               text=True).stdout, "a node that takes jobs")
        part = folder / "ready.part"
        part.write_text(json.dumps({"SLURM_CONF": environment["SLURM_CONF"]}) + "\n")
        part.rename(folder / "ready.json")
        while True:
            signal.pause()
    finally:
        subprocess.run(["scancel", "--user=root"], env=environment, capture_output=True)
        for process in reversed(started):
            process.terminate()
        for process in reversed(started):
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


def until(condition, what):
    deadline = time.time() + 60
    while not condition():
        if time.time() > deadline:
            raise SystemExit(f"one-node: {what} did not come up in a minute")
        time.sleep(0.1)  # Daemons that start announce nothing.


if __name__ == "__main__":
    main()
