#!/usr/bin/env python3
"""Renders a whole feature without any key through a coordinator and workers, and checks the film.

usage: feature.py [--shots N] [--seed S] [--size WxH] [--act 1..4] [--home DIR] [--bin DIR] [--report DIR]

The film is made up here: places, people, scenes and 754 shots of about 115 minutes, the same for one seed. State, store
and project lie under --home (default ~/.local/share/snowflake-feature), outside any checkout: a later run goes on from
there. --report writes report.md and contact.png (not the film).
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BEATS = [("Opening Image", 1), ("Theme Stated", 1), ("Set-Up", 4), ("Catalyst", 1), ("Debate", 3), ("Break into Two", 1),
         ("B Story", 2), ("Fun and Games", 6), ("Midpoint", 1), ("Bad Guys Close In", 7), ("All Is Lost", 1),
         ("Dark Night of the Soul", 2), ("Break into Three", 1), ("Finale", 8), ("Final Image", 1)]
ACTS = {"Opening Image": 1, "Theme Stated": 1, "Set-Up": 1, "Catalyst": 1, "Debate": 1, "Break into Two": 2, "B Story": 2,
        "Fun and Games": 2, "Midpoint": 2, "Bad Guys Close In": 3, "All Is Lost": 3, "Dark Night of the Soul": 3,
        "Break into Three": 4, "Finale": 4, "Final Image": 4}
PLACES = [
    ("EXT", "Salt Flats", "a white plain of salt under a hard sky, far blue hills", "wind, salt, desert"),
    ("INT", "Signal Station", "a control room of brass consoles, dials and one red lamp", "hum, machine"),
    ("EXT", "Harbour Market", "wet stalls and awnings on a stone quay by the sea", "sea, crowd, market"),
    ("INT", "Boarding House", "a low room with a stove, worn armchairs and lace curtains", "stove, fire, room"),
    ("EXT", "Mountain Road", "a road that winds through pine and snow above a valley", "wind, mountain"),
    ("INT", "Night Train", "a compartment with green lamps, the dark land passing", "engine, train"),
    ("EXT", "Old Bridge", "an iron bridge over a slow river, mist in the arches", "water, wind"),
    ("INT", "Library", "tall shelves, ladders, a long table with green lamps", "room"),
    ("EXT", "City Street", "a narrow street of brick houses with lit shop windows", "traffic, street"),
    ("INT", "Theatre", "red seats, a bare stage with one ghost light", "room, crowd"),
    ("EXT", "Forest Clearing", "tall birches around a ring of old stones, ferns", "birds, wind"),
    ("INT", "Kitchen", "a long wooden table, copper pans, an open fire", "fire, hearth"),
]
PEOPLE = [
    ("Ada Lindqvist", "woman", "34", "tall", "lean", "red braid", "fair", "grey coat, brass badge"),
    ("Tomas Reyes", "man", "41", "average", "broad", "black curls", "brown", "blue work jacket"),
    ("Ines Moreau", "woman", "58", "short", "stout", "white bun", "olive", "green cardigan"),
    ("Jonah Okafor", "man", "27", "tall", "slim", "short black hair", "dark", "yellow raincoat"),
    ("Mila Novak", "girl", "11", "short", "slight", "brown pigtails", "fair", "red scarf"),
    ("Viktor Hale", "man", "63", "tall", "gaunt", "grey beard", "pale", "black overcoat"),
    ("Sana Rahimi", "woman", "29", "average", "slim", "black bob", "light brown", "white shirt, satchel"),
    ("Otto Brandt", "man", "70", "short", "round", "bald, moustache", "fair", "brown waistcoat"),
    ("Lena Fischer", "woman", "45", "average", "sturdy", "blond ponytail", "fair", "leather apron"),
    ("Kofi Mensah", "man", "36", "tall", "strong", "shaved", "dark", "uniform"),
    ("Rosa Vidal", "woman", "50", "short", "slim", "dark grey hair", "olive", "purple dress"),
    ("Emil Sand", "boy", "14", "average", "thin", "straw hair", "fair", "patched jumper"),
    ("Nora Quill", "woman", "39", "tall", "slim", "auburn waves", "freckled", "long green coat"),
    ("Piet Maas", "man", "55", "average", "heavy", "ginger beard", "ruddy", "sailor's jersey"),
    ("Yuki Tan", "woman", "24", "short", "slight", "black fringe", "light", "denim jacket"),
]
LINES = ["We should have left before the tide.", "Nobody told you to come back.", "Listen. It has stopped.",
         "I counted them twice, and there is one too many.", "You said the line would hold.", "Give me the lamp.",
         "If we wait for morning there is nothing left to save.", "He never learned to ask.", "Then say it to her face.",
         "The letter was never meant for you.", "Run.", "That is not a promise, that is a price.",
         "I remember the sound, not the words.", "Hold on to something.", "It was always going to be here."]
ACTIONS = [("{a} crosses the room and sets the lamp down.", "a figure crosses the room and sets a lamp down"),
           ("{a} reads the note twice and folds it away.", "hands fold a note away"),
           ("{a} runs along the rail, looking back.", "a figure runs and looks back"),
           ("{a} turns the crank until it jams.", "a figure turns a crank until it jams"),
           ("{a} watches the light go out.", "a figure watches, the light falls"),
           ("{a} and {b} carry the crate between them.", "two figures carry a crate between them")]
KINDS = [("extreme_wide", 18, "location_establish"), ("wide", 24, "location_establish"), ("medium_wide", 35, "action_beat"),
         ("medium", 50, "action_beat"), ("medium_close", 65, "tension_building"), ("close_up", 85, "emotional_moment"),
         ("over_shoulder", 50, "dialogue_exchange"), ("two_shot", 40, "dialogue_exchange"), ("insert", 100, "revelation"),
         ("group", 28, "action_beat"), ("pov", 35, "tension_building"), ("extreme_close_up", 100, "climax_moment")]
MOVES = ["static", "pan_left", "pan_right", "tilt_up", "tilt_down", "push_in", "pull_back", "tracking", "handheld",
         "crane_up", "crane_down", "orbit", "zoom_in", "zoom_out"]


def key(name):
    return name.lower().replace(" ", "_")


def bible():
    return {
        "style_bible": {"visual_tone": "quiet, weathered, hopeful", "color_palette": ["slate", "amber", "sage"],
                        "lighting_style": "soft motivated light", "do_not": ["No text", "Avoid neon"]},
        "color_script": [{"act": f"Act {act}", "dominant_color": colour, "warmth": warmth, "brightness": "mid"}
                         for act, colour, warmth in (("1", "sage", "neutral"), ("2A", "amber", "warm"),
                                                     ("2B", "slate", "cold"), ("3", "gold", "warm"))],
        "location_designs": [{"location_name": name, "visual_description": look, "time_variants": {},
                              "color_sub_palette": [], "mood_keywords": ["still"], "t2i_base_prompt": look}
                             for _, name, look, _ in PLACES],
        "character_visual_notes": [{"character_name": p[0], "physical_summary": f"{p[1]} of {p[2]}, {p[5]}, {p[7]}",
                                    "signature_visual_identifier": p[7], "t2i_portrait_prompt": f"{p[1]}, {p[2]}, {p[5]}, {p[7]}"}
                                   for p in PEOPLE],
    }


def cast():
    return {"tier_1_major_supporting": [
        {"name": p[0], "role": "main", "signature_identifier": p[7],
         "physical_appearance": {"gender": p[1], "age_range": p[2], "height": p[3], "build": p[4], "hair": p[5],
                                 "skin_tone": p[6], "default_wardrobe": p[7]}} for p in PEOPLE],
        "tier_2_minor_supporting": [], "tier_3_background_types": []}


def shots_of(rng, number, place, hour, count, beat, first, seconds):
    """One scene: an establishing shot, then people who act and talk."""
    inside, name, look, sound = place
    people = rng.sample(PEOPLE, rng.randint(2, 4))
    slug = f"{inside}. {name.upper()} - {hour}"
    weights = [rng.uniform(0.7, 1.4) for _ in range(count)]
    shots = []
    for index in range(count):
        kind, lens, trigger = ("wide", 24, "location_establish") if index == 0 else rng.choice(KINDS[1:])
        talks = trigger == "dialogue_exchange" or (index > 0 and rng.random() < 0.22)
        crowd = {"insert": 0, "group": 3, "two_shot": 2, "over_shoulder": 2}.get(kind, 1)
        frame = [] if index == 0 and rng.random() < 0.7 else people[:min(crowd, len(people))]
        rng.shuffle(people)
        line = rng.choice(LINES) if talks and frame else ""
        action, motion = rng.choice(ACTIONS)
        a, b = (frame + people)[0][0], (frame + people)[1][0]
        move = "static" if kind in ("close_up", "extreme_close_up") and rng.random() < 0.4 else rng.choice(MOVES)
        length = max(seconds * weights[index] / sum(weights), len(line.split()) / 2.5 + 1 if line else 1.5)
        shots.append({
            "shot_id": f"s{number:03d}_{index + 1:03d}", "scene_number": number, "shot_number": index + 1,
            "global_order": first + index, "trigger": "dialogue_exchange" if line else trigger,
            "content": slug if index == 0 else action.format(a=a, b=b), "dialogue_text": line,
            "dialogue_speaker": frame[0][0] if line else "", "characters_in_frame": [p[0] for p in frame],
            "emotional_intensity": round(rng.uniform(0.2, 0.9), 2), "shot_type": kind, "camera_movement": move,
            "lens_mm": lens, "camera_height": "eye_level", "distance_band": "medium", "lighting_intent": "soft key",
            "blocking_intent": "hold", "duration_seconds": round(length, 1), "pacing_curve": "moderate",
            "transition_to_next": "cut", "crossfade_duration": 0.0,
            "scene_prompt": f"{look}, {kind.replace('_', ' ')}",
            "video_prompt": f"camera {move.replace('_', ' ')}, {motion}, {length:.1f}s",
            "negative_prompt": "blurry, watermark", "ambient_description": sound, "init_image_source": "generated",
            "setting_ref_id": key(name), "character_ref_ids": [key(p[0]) for p in frame], "beat": beat, "slugline": slug,
            "aspect_ratio": "16:9"})
    for shot in shots[:-1]:
        roll = rng.random()
        if shot["dialogue_text"] and roll < 0.3:
            shot.update(transition_to_next=rng.choice(["l_cut", "j_cut"]), crossfade_duration=0.3)
        elif roll > 0.985:
            shot.update(transition_to_next=rng.choice(["match_cut", "smash_cut"]))
    last = rng.random()
    if last < 0.4:
        shots[-1].update(transition_to_next="dissolve", crossfade_duration=rng.choice([0.5, 1.0]))
    elif last < 0.55:
        shots[-1].update(transition_to_next=rng.choice(["fade_black", "fade_from_black"]), crossfade_duration=1.0)
    elif last < 0.65:
        shots[-1].update(transition_to_next="wipe", crossfade_duration=0.5)
    return {"scene_number": number, "slugline": slug, "beat": beat, "emotional_polarity": "+", "shots": shots}


def make_project(folder, shots, seed, act=None):
    rng = random.Random(seed)
    beats = [beat for beat, count in BEATS for _ in range(count)]
    per_scene = [shots // 40 + (1 if i < shots % 40 else 0) for i in range(40)]
    scenes, first = [], 1
    for index in range(40):
        place = PLACES[index % len(PLACES)] if index % 3 else rng.choice(PLACES)
        hour = rng.choice(["DAY", "NIGHT", "DUSK", "DAWN", "DAY"])
        scenes.append(shots_of(rng, index + 1, place, hour, per_scene[index], beats[index], first, 9.05 * per_scene[index]))
        first += per_scene[index]
    if act:
        scenes = [scene for scene in scenes if ACTS[scene["beat"]] == act]
    total = sum(shot["duration_seconds"] for scene in scenes for shot in scene["shots"])
    count = sum(len(scene["shots"]) for scene in scenes)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "shot_list.json").write_text(json.dumps({
        "project_id": "the_long_signal" + (f"_act{act}" if act else ""), "title": "The Long Signal", "format": "feature",
        "total_shots": count, "total_duration_seconds": round(total, 1), "aspect_ratio": "16:9", "scenes": scenes}, indent=1))
    (folder / "sp_step_5b_visual_bible.json").write_text(json.dumps(bible(), indent=1))
    (folder / "sp_step_3c_full_cast.json").write_text(json.dumps(cast(), indent=1))
    (folder / "sp_step_9_marketing.json").write_text(json.dumps(
        {"title_sequence": "THE LONG SIGNAL", "poster_tagline": "Somebody is still listening."}))
    return count, total


class Cluster:
    """One coordinator and unlike workers, as separate processes; they end with this one."""

    def __init__(self, home, binary):
        self.home, self.binary, self.children = home, str(binary), []

    def spawn(self, *arguments):
        log = open(self.home / "cluster.log", "a")
        self.children.append(subprocess.Popen([self.binary, *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log))

    def start(self):
        state, store = self.home / "state", f"file://{self.home}/store"
        self.spawn("coordinator", "--listen", "tcp://127.0.0.1:*", "--advertise", "127.0.0.1", "--state", str(state),
                   "--store", store)
        token = ""
        while not token:
            done = subprocess.run([self.binary, "token", "create", "--role", "worker", "--state", str(state)],
                                  capture_output=True, text=True)
            token = done.stdout.strip()
        file = self.home / "token"
        file.write_text(token + "\n")
        file.chmod(0o600)
        for name, roles in (("gpu", "gpu"), ("audio", "audio"), ("media-1", "media"), ("media-2", "media")):
            self.spawn("worker", "--join", f"@{file}", "--roles", roles, "--slots", f"{roles}=1", "--name", name, "--state",
                       str(self.home / name))

    def end(self):
        for child in self.children:
            child.send_signal(signal.SIGTERM)
        for child in self.children:
            try:
                child.wait(timeout=20)
            except subprocess.TimeoutExpired:
                child.kill()


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def check(film, frames):
    """Packets, exact times, sound length, and that everything decodes."""
    ticks = sorted(int(line.split(",")[0]) for line in output(
        "ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts", "-of", "csv=p=0", film).split())
    decode = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-xerror", "-i", film, "-map", "0:v:0", "-map", "0:a", "-f",
                             "null", "-"], capture_output=True, text=True)
    loud = subprocess.run(["ffmpeg", "-nostdin", "-hide_banner", "-nostats", "-i", film, "-map", "0:a", "-af",
                           "ebur128=peak=true:framelog=verbose", "-f", "null", "-"], capture_output=True, text=True).stderr
    value = {name: line.split(":")[1].split()[0] for line in loud.splitlines() for name in ("I", "LRA", "Peak")
             if line.strip().startswith(f"{name}:")}
    seconds = float(output("ffprobe", "-v", "error", "-select_streams", "a:0", "-show_entries", "stream=duration", "-of",
                           "csv=p=0", film))
    return {"packets": len(ticks), "frames": frames, "off_grid": sum(t != k * 1000 for k, t in enumerate(ticks)),
            "decode_errors": 0 if decode.returncode == 0 and not decode.stderr else 1, "loudness": value.get("I"),
            "peak": value.get("Peak"), "sound_seconds": seconds,
            "chapters": len(json.loads(output("ffprobe", "-v", "error", "-show_chapters", "-of", "json", film))["chapters"])}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shots", type=int, default=754)
    parser.add_argument("--seed", type=int, default=754)
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--act", type=int, choices=[1, 2, 3, 4])
    parser.add_argument("--home", default=os.path.expanduser("~/.local/share/snowflake-feature"))
    parser.add_argument("--bin", default=str(ROOT / ".build/release"))
    parser.add_argument("--report")
    arguments = parser.parse_args()
    home = pathlib.Path(arguments.home)
    project = home / (f"project-{arguments.size}" + (f"-act{arguments.act}" if arguments.act else ""))
    count, total = make_project(project, arguments.shots, arguments.seed, arguments.act)
    width, height = (int(part) for part in arguments.size.split("x"))
    # Raw clips are kept at constant quality, about as much again as what is made of them; windows are raw sound.
    needed = int(total * (8e6 / 8 * width * height / (1920 * 1080) * 4 + 48_000 * 8 * 2))
    free = shutil.disk_usage(home).free
    print(f"{count} shots, {total / 60:.1f} min at {arguments.size}; needs about {needed / 1e9:.0f} GB, {free / 1e9:.0f} GB "
          f"are free at {home}", flush=True)
    if free < needed:
        sys.exit("feature: not enough room; free some, or name another --home")
    binary = pathlib.Path(arguments.bin) / "snowflake"
    cluster = Cluster(home, binary)
    began = time.time()
    try:
        cluster.start()
        done = subprocess.run([str(binary), "submit", str(project), "--to", f"@{home}/state/operator.token", "--size",
                               arguments.size, "--wait", "--json"], stdout=subprocess.PIPE, text=True)
        took = time.time() - began
        if done.returncode:
            sys.exit(f"feature: the render ended with code {done.returncode}")
        answer = json.loads(done.stdout)
    finally:
        cluster.end()
    facts = check(answer["film"], answer["frames"])
    facts.update(shots=count, minutes=round(answer["frames"] / 24 / 60, 2), bytes=answer["bytes"], tasks=answer["tasksRun"],
                 wall_seconds=round(took), size=arguments.size, act=arguments.act)
    print(json.dumps(facts, indent=1))
    if arguments.report:
        report = pathlib.Path(arguments.report)
        report.mkdir(parents=True, exist_ok=True)
        name = arguments.size + (f"-act{arguments.act}" if arguments.act else "")
        (report / f"{name}.json").write_text(json.dumps(facts, indent=1) + "\n")
        sheet = home / "sheet.png"
        output(str(binary), "export", str(project), "--size", arguments.size, "--board", str(sheet), "--store",
               f"file://{home}/store")
        output("ffmpeg", "-nostdin", "-v", "error", "-y", "-i", str(sheet), "-vf", "scale=1600:-2", "-q:v", "4",
               str(report / f"{name}.jpg"))
    sound_fits = abs(facts["sound_seconds"] - answer["frames"] / 24) < 0.05
    if facts["packets"] != answer["frames"] or facts["off_grid"] or facts["decode_errors"] or not sound_fits:
        sys.exit("feature: the film is not as it should be")


if __name__ == "__main__":
    main()
