#!/usr/bin/env python3
"""Cut-outs by rembg, without its server.

    command: [python3, /opt/adapters/rembg_cutout.py, --model, isnet-general-use]
"""

import argparse
import os
import sys

from adapter import BadOrder, serve, tell

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
# Always named: rembg's own usual model has changed, and the one it has now may not be sold with what it cuts out.
parser.add_argument("--model", default="isnet-general-use", help="one of rembg's, or u2net_custom")
parser.add_argument("--weights", help="an ONNX file for u2net_custom")
options = parser.parse_args()


def check():
    import rembg  # noqa: F401


def make(order):
    if options.weights:
        # rembg takes weights from its own home alone, whose name has changed once.
        os.environ["REMBG_HOME"] = os.environ["U2NET_HOME"] = os.path.dirname(os.path.abspath(options.weights))
    from PIL import Image
    from rembg import new_session, remove

    if order["kind"] != "cutout":
        raise BadOrder(f"rembg_cutout makes no {order['kind']}")
    model = order.get("model") or options.model
    tell(say=f"loading {model}")
    session = new_session(model, **({"model_path": options.weights} if options.weights else {}))
    tell(progress=0.5)
    with Image.open(order["still"]) as still:
        remove(still.convert("RGB"), session=session).convert("RGBA").save(order["output"])
    return order["output"]


if __name__ == "__main__":
    sys.exit(serve(check, make))
