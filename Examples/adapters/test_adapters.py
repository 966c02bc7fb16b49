#!/usr/bin/env python3
"""Tries the programs beside this file as a worker would: an order on standard input, files in a folder, lines and a status back.
Models are tiny and made on the spot; what this machine has no package for is skipped, and says so (`make adapters` installs
all of them)."""

import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent


def lacking(*packages):
    """The packages that are not here, or an empty text."""
    return ", ".join(name for name in packages if importlib.util.find_spec(name) is None)


class Program(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_program(self, name, *arguments, order):
        text = order if isinstance(order, str) else json.dumps({"version": 1, **order})
        done = subprocess.run(
            [sys.executable, str(HERE / name), *map(str, arguments)], input=text, capture_output=True, text=True,
            cwd=self.folder, env={**os.environ, "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}, timeout=900)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        facts = {}
        for line in lines:
            facts.update(line)
        return done.returncode, facts, done.stderr


class Protocol(Program):
    """What every one of them has from adapter.py; needs no package."""

    programs = {
        "diffusers_inpaint.py": ["--model", "x"], "rembg_cutout.py": [], "audiogen.py": [],
        "wav2lip.py": ["--home", "/nowhere"],
    }

    def test_what_is_no_order_is_refused(self):
        for name, arguments in self.programs.items():
            for order in ("", "{", json.dumps({"version": 2, "do": "make"})):
                with self.subTest(name, order=order):
                    status, facts, _ = self.run_program(name, *arguments, order=order)
                    self.assertEqual(status, 65)
                    self.assertIn("order", facts["error"])

    def test_what_it_does_not_make_is_refused_or_lacks_a_package(self):
        for name, arguments in self.programs.items():
            with self.subTest(name):
                status, facts, _ = self.run_program(name, *arguments, order={"do": "make", "kind": "film"})
                self.assertIn(status, (1, 65))
                self.assertTrue("makes no film" in facts["error"] or "package is missing" in facts["error"], facts)

    def test_a_missing_package_is_said(self):
        blocked = self.folder / "blocked"
        blocked.mkdir()
        (blocked / "sitecustomize.py").write_text("import sys\nfor name in ('torch', 'diffusers', 'rembg', 'audiocraft'):\n"
                                                  "    sys.modules[name] = None\n")
        os.environ["PYTHONPATH"] = str(blocked)
        self.addCleanup(os.environ.pop, "PYTHONPATH")
        for name in ("diffusers_inpaint.py", "rembg_cutout.py", "audiogen.py"):
            with self.subTest(name):
                status, facts, _ = self.run_program(name, *self.programs[name], order={"do": "check"})
                self.assertEqual(status, 1)
                self.assertIn("package is missing", facts["error"])


@unittest.skipIf(lacking("torch", "diffusers", "transformers", "PIL"),
                 f"not installed: {lacking('torch', 'diffusers', 'transformers', 'PIL')}")
class Diffusers(Program):
    def model(self, channels):
        """Stable Diffusion in small, with weights of chance; of 9 channels it fills masks, of 4 it draws from words."""
        import torch
        from diffusers import (AutoencoderKL, DDIMScheduler, StableDiffusionInpaintPipeline, StableDiffusionPipeline,
                               UNet2DConditionModel)
        from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

        torch.manual_seed(0)
        words = self.folder / "tokenizer"
        words.mkdir(exist_ok=True)
        letters = [chr(code) for code in range(33, 127)]
        vocabulary = letters + [letter + "</w>" for letter in letters] + ["<|startoftext|>", "<|endoftext|>"]
        (words / "vocab.json").write_text(json.dumps({word: place for place, word in enumerate(vocabulary)}))
        (words / "merges.txt").write_text("#version: 0.2\n")
        tokenizer = CLIPTokenizer(str(words / "vocab.json"), str(words / "merges.txt"), model_max_length=77)
        text = CLIPTextModel(CLIPTextConfig(
            vocab_size=len(vocabulary), hidden_size=32, intermediate_size=37, num_attention_heads=4,
            num_hidden_layers=2, bos_token_id=len(vocabulary) - 2, eos_token_id=len(vocabulary) - 1, pad_token_id=1))
        unet = UNet2DConditionModel(
            block_out_channels=(32, 64), layers_per_block=1, sample_size=8, in_channels=channels, out_channels=4,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=32, attention_head_dim=8, norm_num_groups=8)
        coder = AutoencoderKL(
            block_out_channels=[16, 16, 16, 16], in_channels=3, out_channels=3, latent_channels=4, norm_num_groups=8,
            down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4)
        kind = StableDiffusionInpaintPipeline if channels == 9 else StableDiffusionPipeline
        folder = self.folder / f"model-{channels}"
        kind(vae=coder, text_encoder=text, tokenizer=tokenizer, unet=unet, scheduler=DDIMScheduler(),
             safety_checker=None, feature_extractor=None, requires_safety_checker=False).save_pretrained(folder)
        return folder

    def order(self, **more):
        return {"do": "make", "prompt": "a pier", "negative_prompt": "text", "width": 96, "height": 60, "seed": 7,
                "guidance": 7.0, "strength": 0.6, "output": "made.png", **more}

    def test_it_says_that_it_could_work(self):
        status, facts, errors = self.run_program("diffusers_inpaint.py", "--model", "x", order={"do": "check"})
        self.assertEqual((status, facts), (0, {}), errors)

    def test_people_are_drawn_anew_within_the_mask(self):
        from PIL import Image

        model = self.model(9)
        Image.new("RGB", (96, 60), (10, 120, 200)).save(self.folder / "still.png")
        mask = Image.new("L", (96, 60), 0)
        mask.paste(255, (30, 10, 60, 50))
        mask.save(self.folder / "mask.png")
        order = self.order(kind="compose", still="still.png", mask="mask.png")
        pictures = []
        for _ in range(2):
            status, facts, errors = self.run_program(
                "diffusers_inpaint.py", "--model", model, "--steps", 3, "--offline", order=order)
            self.assertEqual(status, 0, f"{facts} {errors}")
            self.assertEqual(facts["progress"], 1)
            with Image.open(self.folder / facts["output"]) as made:
                self.assertEqual(made.size, (96, 64))  # In eighths; the worker brings it to size.
                pictures.append(made.tobytes())
        self.assertEqual(*pictures)  # One seed, one picture.

    def test_places_are_drawn_from_words(self):
        status, facts, errors = self.run_program(
            "diffusers_inpaint.py", "--model", self.model(4), "--steps", 2, "--offline",
            order=self.order(kind="setting"))
        self.assertEqual(status, 0, f"{facts} {errors}")
        self.assertTrue((self.folder / "made.png").exists())

    def test_a_model_that_is_not_there_is_said(self):
        status, facts, _ = self.run_program(
            "diffusers_inpaint.py", "--model", self.folder / "none", "--offline", order=self.order(kind="setting"))
        self.assertEqual(status, 1)
        self.assertIn("none", facts["error"])


@unittest.skipIf(lacking("rembg", "onnx", "PIL"), f"not installed: {lacking('rembg', 'onnx', 'PIL')}")
class Rembg(Program):
    def weights(self):
        """A network that takes bright for foreground."""
        import onnx
        from onnx import TensorProto, helper

        graph = helper.make_graph(
            [helper.make_node("ReduceMean", ["x"], ["y"], axes=[1], keepdims=1)], "mean",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 320, 320])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, 320, 320])])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
        model.ir_version = 8
        onnx.save(model, str(self.folder / "mean.onnx"))
        return self.folder / "mean.onnx"

    def test_what_is_bright_is_cut_out(self):
        from PIL import Image

        still = Image.new("RGB", (80, 120), (0, 0, 0))
        still.paste((255, 255, 255), (20, 20, 60, 100))
        still.save(self.folder / "still.png")
        status, facts, errors = self.run_program(
            "rembg_cutout.py", "--model", "u2net_custom", "--weights", self.weights(),
            order={"do": "make", "kind": "cutout", "still": "still.png", "output": "made.png"})
        self.assertEqual(status, 0, f"{facts} {errors}")
        with Image.open(self.folder / "made.png") as made:
            self.assertEqual((made.mode, made.size), ("RGBA", (80, 120)))
            self.assertGreater(made.getpixel((40, 60))[3], 200)
            self.assertLess(made.getpixel((5, 5))[3], 50)


@unittest.skipIf(lacking("torch", "audiocraft"), f"not installed: {lacking('torch', 'audiocraft')}")
class AudioGen(Program):
    def test_a_bed_of_chance(self):
        import wave

        # Its tiny model splits words by a dictionary that is fetched from elsewhere: English without one splits them too.
        patch = self.folder / "patch"
        patch.mkdir()
        (patch / "sitecustomize.py").write_text("import spacy\nspacy.load = lambda name: spacy.blank('en')\n")
        os.environ["PYTHONPATH"] = str(patch)
        self.addCleanup(os.environ.pop, "PYTHONPATH")
        status, facts, errors = self.run_program(
            "audiogen.py", "--model", "debug", order={
                "do": "make", "kind": "ambience", "prompt": "rain", "milliseconds": 1000, "seed": 3,
                "output": "made.wav"})
        self.assertEqual(status, 0, f"{facts} {errors}")
        with wave.open(str(self.folder / facts["output"])) as sound:
            self.assertGreater(sound.getnframes(), 8_000)


@unittest.skipUnless(shutil.which("ffmpeg"), "ffmpeg is not installed")
class Wav2Lip(Program):
    """Against a program that takes Wav2Lip's arguments, and does what its source does with them: its packages are of 2020 and its
    weights are not to be had everywhere."""

    STAND_IN = '''
import argparse, os, subprocess, sys
parser = argparse.ArgumentParser()
for name in ("--checkpoint_path", "--face", "--audio", "--outfile", "--resize_factor"):
    parser.add_argument(name)
parser.add_argument("--pads", nargs=4)
parser.add_argument("--crop", nargs=4, type=int, default=[0, -1, 0, -1])
options = parser.parse_args()
assert os.path.isfile(options.checkpoint_path) and os.path.isdir("temp") and os.path.isdir("results")
mode = open(options.checkpoint_path).read()
if mode == "face":
    raise ValueError("Face not detected! Ensure the video contains a face in all the frames.")
if mode == "memory":
    raise RuntimeError("CUDA out of memory.")
if mode == "crash":
    sys.exit(3)
if mode == "silent":
    sys.exit(0)
top, bottom, left, right = options.crop
crop = "" if right < 0 else f"crop={right - left}:{bottom - top}:{left}:{top},"
subprocess.call("ffmpeg -v error -y -i " + options.face + " -i " + options.audio + " -vf " + crop + "negate -shortest "
                + options.outfile, shell=True)
'''

    def attempt(self, mode, faces=1):
        home = self.folder / "home"
        weights = home / "face_detection/detection/sfd/s3fd.pth"
        weights.parent.mkdir(parents=True)
        weights.write_text("")
        (home / "inference.py").write_text(self.STAND_IN)
        (home / "weights.pth").write_text(mode)
        for source, name in (("color=black:s=96x60:r=24", "face.mp4"), ("sine", "speech.wav")):
            subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-t", "1", str(self.folder / name)],
                           check=True)
        return self.run_program(
            "wav2lip.py", "--home", home, "--checkpoint", home / "weights.pth", order={
                "do": "make", "kind": "lipsync", "video": "face.mp4", "audio": "speech.wav", "milliseconds": 1000,
                "fps": 24, "focus": 0.9, "faces": faces, "output": "made.mp4"})

    def light(self, name):
        """Of the left and the right third of a clip's first frame."""
        picture = subprocess.run(
            ["ffmpeg", "-v", "error", "-i", str(self.folder / name), "-vf", "scale=3:1:flags=area,format=gray", "-frames:v",
             "1", "-f", "rawvideo", "-"], capture_output=True, check=True).stdout
        return picture[0], picture[2]

    def test_it_moves_them(self):
        status, facts, errors = self.attempt("good")
        self.assertEqual(status, 0, f"{facts} {errors}")
        left, right = self.light(facts["output"])
        self.assertTrue(left > 200 and right > 200, (left, right))

    def test_of_several_it_moves_who_speaks(self):
        status, facts, errors = self.attempt("good", faces=2)
        self.assertEqual(status, 0, f"{facts} {errors}")
        left, right = self.light(facts["output"])
        self.assertTrue(left < 50 and right > 200, (left, right))

    def test_what_goes_wrong_is_said(self):
        for mode, wanted, words in (("face", 65, "no face"), ("memory", 75, "memory"), ("crash", 1, "ended with 3"),
                                    ("silent", 1, "left no file")):
            with self.subTest(mode):
                self.setUp()
                status, facts, _ = self.attempt(mode)
                self.assertEqual(status, wanted, facts)
                self.assertIn(words, facts["error"])

    def test_what_is_missing_is_said(self):
        status, facts, _ = self.run_program("wav2lip.py", "--home", self.folder, order={"do": "check"})
        self.assertEqual(status, 1)
        self.assertIn("inference.py is missing", facts["error"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
