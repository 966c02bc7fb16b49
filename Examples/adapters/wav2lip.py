#!/usr/bin/env python3
"""Moved lips by Wav2Lip. Its weights are for research alone: not for films that are sold.

    command: [python3, /opt/adapters/wav2lip.py, --home, /opt/Wav2Lip, --checkpoint, /opt/Wav2Lip/checkpoints/wav2lip_gan.pth]
    silence: 3600

Runs Wav2Lip's own `inference.py` in the task's folder. With several people in the picture only the third of it where who speaks
stands is looked at.
"""

import argparse
import os
import pathlib
import subprocess
import sys

from adapter import BadOrder, Busy, Failure, serve, tell

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--home", required=True, help="where Wav2Lip lies")
parser.add_argument("--checkpoint", help="default: checkpoints/wav2lip_gan.pth in its home")
parser.add_argument("--python", default=sys.executable, help="the Python that has its packages, which are old ones")
parser.add_argument("--resize", type=int, default=1, help="Wav2Lip's --resize_factor, for cards of little memory")
parser.add_argument("--pads", default="0 15 0 0")
options = parser.parse_args()
home = pathlib.Path(options.home)
checkpoint = pathlib.Path(options.checkpoint or home / "checkpoints/wav2lip_gan.pth")


def check():
    for file in (home / "inference.py", checkpoint, home / "face_detection/detection/sfd/s3fd.pth"):
        if not file.is_file():
            raise Failure(f"{file} is missing")


def size(name):
    said = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height", "-of", "csv=p=0", name],
        capture_output=True, text=True, check=True).stdout
    width, height = said.strip().split(",")[:2]
    return int(width), int(height)


def make(order):
    if order["kind"] != "lipsync":
        raise BadOrder(f"wav2lip makes no {order['kind']}")
    check()
    # It calls a shell with these names as they are, and writes into folders it expects to be there.
    for name in ("temp", "results"):
        os.makedirs(name, exist_ok=True)
    command = [
        options.python, str(home / "inference.py"), "--checkpoint_path", str(checkpoint), "--face", order["video"],
        "--audio", order["audio"], "--outfile", "moved.mp4", "--pads", *options.pads.split(), "--resize_factor",
        str(options.resize)]
    if order.get("faces", 1) > 1:
        # Cropped, it gives back the crop alone: the rest of the picture is put around it again below.
        width, height = size(order["video"])
        left = min(max(0, round(order["focus"] * width - width / 6)), width - width // 3) // 2 * 2
        box = (0, height, left, left + width // 3 // 2 * 2)
        command += ["--crop", *map(str, box)]
    tell(say="Wav2Lip begins")
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    words = []
    for line in run.stdout:
        words = (words + [line.strip()])[-20:]
        tell(say=line.strip()[:200])
    status = run.wait()
    text = " ".join(words)
    if "Face not detected" in text:
        raise BadOrder("Wav2Lip finds no face in some of its frames")
    if "Mel contains nan" in text:
        raise BadOrder("Wav2Lip cannot read a sound without any noise")
    if "out of memory" in text.lower():
        raise Busy("no memory left on the card; try --resize 2")
    if status != 0:
        raise Failure(f"Wav2Lip ended with {status}: {' '.join(words[-3:])}")
    if not os.path.isfile("moved.mp4"):
        raise Failure("Wav2Lip ended well and left no file: its ffmpeg failed")  # It does not look at that itself.
    if order.get("faces", 1) > 1:
        subprocess.run(
            ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", order["video"], "-i", "moved.mp4", "-filter_complex",
             f"[0:v][1:v]overlay=x={box[2]}:y=0:shortest=1[v]", "-map", "[v]", "-crf", "14", order["output"]], check=True)
        return order["output"]
    return "moved.mp4"


if __name__ == "__main__":
    sys.exit(serve(check, make))
