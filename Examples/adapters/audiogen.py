#!/usr/bin/env python3
"""Beds by AudioGen (audiocraft). Its weights are CC-BY-NC: not for films that are sold.

    command: [python3, /opt/adapters/audiogen.py, --model, facebook/audiogen-medium]
"""

import argparse
import sys

from adapter import BadOrder, device, serve, tell

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--model", default="facebook/audiogen-medium", help="`debug` is a tiny one with weights of chance")
parser.add_argument("--device", default="auto")
parser.add_argument(
    "--longest", type=float, default=20, help="seconds that are generated at most; the worker repeats what is shorter")
options = parser.parse_args()


def check():
    import audiocraft  # noqa: F401

    device(options.device)


def make(order):
    import torch
    from audiocraft.data.audio import audio_write
    from audiocraft.models import AudioGen

    if order["kind"] != "ambience":
        raise BadOrder(f"audiogen makes no {order['kind']}")
    name = order.get("model") or options.model
    tell(say=f"loading {name}")
    model = AudioGen.get_pretrained(name, device=device(options.device))
    model.set_generation_params(
        use_sampling=True, top_k=250, duration=min(options.longest, max(1.0, order["milliseconds"] / 1000)))
    model.set_custom_progress_callback(lambda done, all: tell(progress=min(0.99, done / max(1, all))))
    torch.manual_seed(order["seed"])
    sound = model.generate([order["prompt"]])[0].cpu()
    stem = order["output"].rsplit(".", 1)[0]
    audio_write(stem, sound, model.sample_rate, strategy="loudness", loudness_headroom_db=14, loudness_compressor=True)
    return stem + ".wav"


if __name__ == "__main__":
    sys.exit(serve(check, make))
