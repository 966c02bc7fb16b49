"""Hosts on one machine: network namespaces, each joined to ours by a wire of its own that delays, loses and reorders.

Works inside `unshare -Urnm` (no root needed). Our side of a host's wire is `wire.near`, its side `wire.far`.
"""
import json
import pathlib
import subprocess
import sys

import relay

HERE = pathlib.Path(__file__).resolve().parent


class Host:
    """A namespace with nothing in it but a loopback; it lives as long as its holder."""

    def __init__(self, name):
        self.name = name
        # Says a line when it is inside: entering it before would enter ours.
        self.holder = subprocess.Popen(["unshare", "-n", "sh", "-c", "echo; exec sleep infinity"],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.holder.stdout.readline()
        self.run("ip", "link", "set", "lo", "up")

    def command(self, *arguments):
        """The same command, run on this host. Its process is the command itself, so signals reach it."""
        return ["nsenter", "-t", str(self.holder.pid), "-n", *arguments]

    def run(self, *arguments):
        subprocess.run(self.command(*arguments), check=True)

    def end(self):
        self.holder.kill()
        self.holder.wait()


class Wire:
    """Joins a host to this namespace: near — relay — far. `number` gives it a network of its own, 10.77.number.0/24."""

    def __init__(self, host, number, seed=1, **settings):
        self.host, self.near, self.far = host, f"10.77.{number}.1", f"10.77.{number}.2"
        self.between = Host(f"wire-{number}")
        between = str(self.between.holder.pid)
        self.device = f"near{number}"
        for device, peer, netns in ((self.device, f"left{number}", None), (f"far{number}", f"right{number}", host)):
            subprocess.run(["ip", "link", "add", device, "type", "veth", "peer", "name", peer], check=True)
            subprocess.run(["ip", "link", "set", peer, "netns", between], check=True)
            if netns:
                subprocess.run(["ip", "link", "set", device, "netns", str(netns.holder.pid)], check=True)
            self.between.run("ip", "link", "set", peer, "up")
        subprocess.run(["ip", "addr", "add", f"{self.near}/24", "dev", self.device], check=True)
        subprocess.run(["ip", "link", "set", self.device, "up"], check=True)
        host.run("ip", "addr", "add", f"{self.far}/24", "dev", f"far{number}")
        host.run("ip", "link", "set", f"far{number}", "up")
        host.run("ip", "route", "add", "default", "via", self.near)
        relay.plain(self.device)
        host.run(sys.executable, "-c",
                 f"import sys; sys.path.insert(0, {str(HERE)!r}); import relay; relay.plain('far{number}')")
        words = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
        self.relay = subprocess.Popen(
            self.between.command(sys.executable, str(HERE / "relay.py"), f"left{number}", f"right{number}",
                                 "--seed", str(seed), *words),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.relay.stdout.readline()

    def set(self, **settings):
        """Replaces delay and jitter (ms), loss and reorder (percent) while packets go on."""
        self.relay.stdin.write(" ".join(f"{name}={value}" for name, value in settings.items()) + "\n")
        self.relay.stdin.flush()

    def link(self, state):
        """Plugs it in ("up") or pulls it out ("down")."""
        subprocess.run(["ip", "link", "set", self.device, state], check=True)

    def end(self):
        """What it did: packets passed, lost, and sent ahead of others."""
        answer, _ = self.relay.communicate(timeout=10)
        self.between.end()
        return json.loads(answer)
