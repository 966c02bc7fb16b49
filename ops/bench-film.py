#!/usr/bin/env python3
"""Makes a project of N shots out of another one, by repeating its scenes. For measurements only.

usage: bench-film.py PROJECT DESTINATION SHOTS
"""
import json
import pathlib
import shutil
import sys

source, target, wanted = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
target.mkdir(parents=True, exist_ok=True)
for file in source.glob("sp_step_*.json"):
    shutil.copy(file, target / file.name)
film = json.loads((source / "shot_list.json").read_text())
scenes, count = [], 0
while count < wanted:
    for scene in film["scenes"]:
        if count >= wanted:
            break
        copy = json.loads(json.dumps(scene))
        copy["scene_number"] = len(scenes) + 1
        copy["shots"] = copy["shots"][: wanted - count]
        for number, shot in enumerate(copy["shots"], 1):
            count += 1
            shot.update(scene_number=copy["scene_number"], shot_number=number, global_order=count)
            shot["shot_id"] = f"s{copy['scene_number']:03}_{number:03}"
            shot["video_prompt"] += f" take {count}"
        scenes.append(copy)
film.update(scenes=scenes, total_shots=count, project_id="bench", title="Bench")
(target / "shot_list.json").write_text(json.dumps(film))
