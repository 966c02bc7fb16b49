#!/usr/bin/env python3
"""A single-node Ceph with its S3 gateway on loopback, for tests: one monitor, one manager, one store, one gateway.

usage: rgw.py FOLDER        prints one line of JSON with endpoint and keys when it answers, then serves until its standard
                            input ends. Needs Debian's radosgw ceph-mon ceph-osd ceph-mgr ceph-common (`make setup-tests`).
"""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid

KEY_ID, SECRET = "SNOWFLAKETESTKEY", "snowflake-test-secret-0123456789abcdef"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Ceph:
    def __init__(self, folder):
        self.folder = folder
        self.children = []
        self.fsid = str(uuid.uuid4())
        self.monitor, self.gateway = free_port(), free_port()
        self.conf = folder / "ceph.conf"
        self.conf.write_text(f"""[global]
fsid = {self.fsid}
mon_host = v1:127.0.0.1:{self.monitor}
mon_initial_members = a
public_network = 127.0.0.0/8
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
mon_max_pg_per_osd = 1000
osd_crush_chooseleaf_type = 0
osd_class_update_on_start = false
osd_crush_update_on_start = false
osd_objectstore = bluestore
bluestore_block_size = 6442450944
run_dir = {folder}
log_file = {folder}/$name.log
admin_socket = {folder}/$name.asok
pid_file =
mon_data = {folder}/mon
osd_data = {folder}/osd
mgr_data = {folder}/mgr
[client.rgw]
rgw_data = {folder}/rgw
rgw_frontends = beast endpoint=127.0.0.1:{self.gateway}
rgw_enable_usage_log = false
""")
        for name in ("mon", "osd", "mgr", "rgw"):
            (folder / name).mkdir()

    def run(self, *words, check=True):
        return subprocess.run([*words, "-c", str(self.conf)], check=check, capture_output=True, text=True, timeout=120)

    def ceph(self, *words):
        return subprocess.run(["ceph", "-c", str(self.conf), "-n", "client.admin", *words], check=True,
                              capture_output=True, text=True, timeout=120)

    def serve(self, *words):
        self.children.append(subprocess.Popen([*words, "-f", "-c", str(self.conf)], stdin=subprocess.DEVNULL,
                                              stdout=open(self.folder / "out", "a"), stderr=subprocess.STDOUT))

    def start(self):
        monmap = str(self.folder / "monmap")
        subprocess.run(["monmaptool", "--create", "--addv", "a", f"[v1:127.0.0.1:{self.monitor}]", "--fsid", self.fsid,
                        "--clobber", monmap], check=True, capture_output=True)
        self.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap)
        self.serve("ceph-mon", "-i", "a")
        self.serve("ceph-mgr", "-i", "x")
        osd = str(uuid.uuid4())
        self.ceph("osd", "new", osd)
        self.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self.ceph("osd", "crush", "add", "osd.0", "1.0", "root=default", "host=local")
        self.serve("ceph-osd", "-i", "0")
        self.serve("radosgw", "-n", "client.rgw")
        self.wait()
        subprocess.run(["radosgw-admin", "-c", str(self.conf), "-n", "client.rgw", "user", "create", "--uid=test",
                        "--display-name=test", f"--access-key={KEY_ID}", f"--secret-key={SECRET}"], check=True,
                       capture_output=True, timeout=120)

    def wait(self):
        end = time.time() + 180
        while time.time() < end:
            for child in self.children:
                if child.poll() is not None:
                    sys.exit(f"rgw: {child.args[0]} ended with {child.returncode}; see {self.folder}/*.log")
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.gateway}/", timeout=2)
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.2)
        sys.exit(f"rgw: the gateway did not answer within 180 s; see {self.folder}/*.log")

    def end(self):
        for child in reversed(self.children):
            child.send_signal(signal.SIGKILL)
        for child in self.children:
            child.wait()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for tool in ("radosgw", "ceph-mon", "ceph-osd", "ceph-mgr", "ceph"):
        if not shutil.which(tool):
            sys.exit(f"rgw: {tool} is not installed; run `make setup-tests`")
    folder = pathlib.Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    ceph = Ceph(folder)
    try:
        ceph.start()
        print(json.dumps({"endpoint": f"http://127.0.0.1:{ceph.gateway}", "key_id": KEY_ID, "secret": SECRET}), flush=True)
        sys.stdin.read()
    finally:
        ceph.end()


if __name__ == "__main__":
    main()
