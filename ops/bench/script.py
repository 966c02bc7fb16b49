#!/usr/bin/env python3
"""Writes a made-up feature of 40 scenes in Fountain, for the time a breakdown takes: script.py FILE"""
import pathlib
import random
import sys

PEOPLE = [("MARA QUILLAN", "Mara", "she"), ("DOV HASK", "Hask", "he"), ("ILSE TAMM", "Ilse", "she"),
          ("ORRIN PEEL", "Peel", "he"), ("ROSA VIDAL", "Rosa", "she"), ("EMIL SAND", "Emil", "he")]
ACTIONS = ["{a} crosses the room and sets the lamp down on the table beside {b}.",
           "{a} reads the note twice, folds it away and looks at {b}.",
           "{a} runs along the rail, looking back over a shoulder.",
           "{a} turns the crank until it jams. Steam hisses from every pipe.",
           "Rain drums on the roof. Somewhere below, a door slams.",
           "{a} and {b} carry the crate between them, step by step, down the ladder into the dark.",
           "{a} grabs {b} by the sleeve. {B} pulls free and stumbles against the wall.",
           "The lights flicker. {a} holds a breath and listens."]
LINES = ["We should have left before the tide.", "Nobody told you to come back, and nobody will thank you for it.",
         "Listen. It has stopped.", "I counted them twice, and there is one too many.", "You said the line would hold."]


def main():
    rng = random.Random(7)
    out = ["Title: The Long Signal", "Author: original test story", "Format: feature", ""]
    seen = set()
    for scene in range(40):
        cast = rng.sample(PEOPLE, 3)
        side, hour = rng.choice(["INT.", "EXT."]), rng.choice(["DAY", "NIGHT", "DAWN"])
        beat = rng.choice(["Set-Up", "Midpoint", "Finale", "Debate"])
        out += [f"{side} PLACE NUMBER {scene % 12} - {hour}", "", f"[[beat: {beat}]] [[duration: 172]]", ""]
        for index in range(19):
            a, b = rng.sample(cast, 2)
            if index % 2 and rng.random() < 0.7:
                out += [a[1].upper(), rng.choice(LINES), ""]
                continue
            name = a[1]
            if a[0] not in seen:
                name = a[0] + ", 40, tired,"
                seen.add(a[0])
            out += [rng.choice(ACTIONS).format(a=name, b=b[1], B=b[2].capitalize()), ""]
    pathlib.Path(sys.argv[1]).write_text("\n".join(out))


if __name__ == "__main__":
    main()
