#!/usr/bin/env python3
"""A wire between two network namespaces that delays, loses and reorders packets, where the kernel has no emulator.

usage: relay.py LEFT RIGHT --delay MS --jitter MS --loss PERCENT --reorder PERCENT [--seed S]

LEFT and RIGHT are interfaces of the namespace this runs in; what arrives at one leaves at the other. A packet chosen by
--reorder leaves at once, before those that wait out their delay. A line on standard input replaces the settings
("delay=0 jitter=0 loss=0 reorder=0"); its end ends the relay, which then tells what it did as a line of JSON.
"""
import argparse
import ctypes
import fcntl
import heapq
import json
import os
import random
import select
import socket
import struct
import sys
import time

SIOCETHTOOL = 0x8946
# Set: receive and transmit checksums, scatter-gather, segmentation (TSO, GSO), receive aggregation (GRO).
OFFLOADS = (0x15, 0x17, 0x19, 0x1F, 0x24, 0x2C)
QUEUE_LIMIT = 20_000


def plain(interface):
    """Packets as they are on a real wire: whole checksums, none larger than the link takes."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for command in OFFLOADS:
            value = ctypes.create_string_buffer(struct.pack("II", command, 0))
            request = struct.pack("16sQ8x", interface.encode(), ctypes.addressof(value))
            try:
                fcntl.ioctl(s, SIOCETHTOOL, request)
            except OSError:
                pass  # What an interface cannot offload need not be switched off.


class Relay:
    def __init__(self, left, right, settings, seed):
        self.settings, self.rng = settings, random.Random(seed)
        self.sides = [self.open(left), self.open(right)]
        self.waiting, self.number = [], 0
        self.counts = {"passed": 0, "lost": 0, "overtook": 0}

    @staticmethod
    def open(interface):
        plain(interface)
        side = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        side.bind((interface, 0))
        side.setblocking(False)
        return side

    def take(self, side):
        """Everything that has arrived at a side gets the moment at which it leaves at the other."""
        for _ in range(256):
            try:
                frame, address = self.sides[side].recvfrom(65536)
            except BlockingIOError:
                return
            if address[2] == socket.PACKET_OUTGOING:
                continue
            if self.rng.uniform(0, 100) < self.settings["loss"] or len(self.waiting) >= QUEUE_LIMIT:
                self.counts["lost"] += 1
                continue
            wait = self.settings["delay"] + self.rng.uniform(0, self.settings["jitter"])
            if self.waiting and self.rng.uniform(0, 100) < self.settings["reorder"]:
                self.counts["overtook"] += 1
                wait = 0
            self.number += 1
            heapq.heappush(self.waiting, (time.monotonic() + wait / 1000, self.number, 1 - side, frame))

    def leave(self):
        while self.waiting and self.waiting[0][0] <= time.monotonic():
            _, _, side, frame = heapq.heappop(self.waiting)
            try:
                self.sides[side].send(frame)
                self.counts["passed"] += 1
            except OSError:
                self.counts["lost"] += 1  # The link is down, or its queue is full: so it is with wires.

    def run(self):
        while True:
            wait = max(0, self.waiting[0][0] - time.monotonic()) if self.waiting else None
            ready, _, _ = select.select([*self.sides, sys.stdin], [], [], wait)
            for side in (0, 1):
                if self.sides[side] in ready:
                    self.take(side)
            self.leave()
            if sys.stdin in ready:
                line = os.read(0, 4096).decode()
                if not line:
                    return
                for word in line.split():
                    name, value = word.split("=")
                    self.settings[name] = float(value)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("left")
    parser.add_argument("right")
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--jitter", type=float, default=0)
    parser.add_argument("--loss", type=float, default=0)
    parser.add_argument("--reorder", type=float, default=0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    settings = {name: getattr(arguments, name) for name in ("delay", "jitter", "loss", "reorder")}
    relay = Relay(arguments.left, arguments.right, settings, arguments.seed)
    print("ready", flush=True)
    relay.run()
    print(json.dumps(relay.counts), flush=True)


if __name__ == "__main__":
    main()
