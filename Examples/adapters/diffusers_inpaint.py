#!/usr/bin/env python3
"""Pictures by diffusers: people drawn anew in the plate they were pasted into (compose, with a mask), places and portraits from
words (setting, portrait).

    command: [python3, /opt/adapters/diffusers_inpaint.py, --model, diffusers/stable-diffusion-xl-1.0-inpainting-0.1]
"""

import argparse
import sys

from adapter import BadOrder, Refused, device, serve, tell

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--model", required=True, help="a folder, or a name at the hub; an order may name another")
parser.add_argument("--device", default="auto")
parser.add_argument("--dtype", default="auto", help="float16, bfloat16, float32; auto: float16 on a card")
parser.add_argument("--steps", type=int, default=30)
parser.add_argument("--offline", action="store_true", help="only what is on this machine")
options = parser.parse_args()


def load(kind, model, place):
    import torch
    from diffusers import AutoPipelineForInpainting, AutoPipelineForText2Image

    name = options.dtype if options.dtype != "auto" else ("float32" if place == "cpu" else "float16")
    maker = AutoPipelineForInpainting if kind == "compose" else AutoPipelineForText2Image
    tell(say=f"loading {model}")
    pipeline = maker.from_pretrained(model, torch_dtype=getattr(torch, name), local_files_only=options.offline)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(place)


def picture(name, mode, size=None):
    from PIL import Image

    with Image.open(name) as image:
        image = image.convert(mode)
    return image if size is None or image.size == size else image.resize(size, Image.LANCZOS)


def check():
    import diffusers  # noqa: F401
    import PIL  # noqa: F401
    import torch  # noqa: F401
    import transformers  # noqa: F401

    device(options.device)


def make(order):
    import torch

    kind = order["kind"]
    if kind not in ("compose", "setting", "portrait"):
        raise BadOrder(f"diffusers_inpaint makes no {kind}")
    # Latents are an eighth of a picture: the worker brings what comes back to the size it asked for.
    size = tuple(max(64, round(order[side] / 8) * 8) for side in ("width", "height"))
    if kind == "compose" and not order.get("mask"):
        picture(order["still"], "RGB").save(order["output"])  # Nobody is in it: the plate is the picture.
        return order["output"]
    place = device(options.device)
    pipeline = load(kind, order.get("model") or options.model, place)

    def step(_pipeline, number, _time, facts):
        tell(progress=min(0.99, (number + 1) / options.steps))
        return facts

    wanted = {
        "prompt": order["prompt"],
        "negative_prompt": order.get("negative_prompt") or None,
        "width": size[0],
        "height": size[1],
        "num_inference_steps": options.steps,
        "guidance_scale": order["guidance"],
        # On the processor, so that one seed draws one picture on every card.
        "generator": torch.Generator("cpu").manual_seed(order["seed"]),
        "callback_on_step_end": step,
    }
    if kind == "compose":
        wanted["image"] = picture(order["still"], "RGB", size)
        wanted["mask_image"] = picture(order["mask"], "L", size)
        wanted["strength"] = max(0.05, order["strength"])
    made = pipeline(**wanted)
    if any(getattr(made, "nsfw_content_detected", None) or []):
        raise Refused("the model's safety checker refuses what it drew")
    made.images[0].save(order["output"])
    return order["output"]


if __name__ == "__main__":
    sys.exit(serve(check, make))
