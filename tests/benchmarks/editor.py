"""How long an editor waits for its diagnostics after an edit: `python -m tests.benchmarks.editor [NOTE...]`.

Each edit changes one character inside a formula, or takes that back, as soon as the answer to the last one is there;
so the work that is left of the last one has to be called off. The wall clock counts, from the change to the first
diagnostics of this very version; nothing is shown before 0.1 seconds without a change.
"""

from __future__ import annotations

import random
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.cold import note_text
from tests.editor import Editor

EDITS = 50
FORMULA = re.compile(r"\\frac[^$]*?=")
CHANGES = ("2", "+", "-", "x_i", "n")


def waits(editor: Editor, text: str, edits: int, chance: random.Random) -> tuple[float, float, list[float]]:
    """Seconds to the first diagnostics after opening, to the last ones, and to the first ones after each edit."""
    begin = time.perf_counter()
    uri = editor.open("note.md", text)
    editor.first(uri)
    first = time.perf_counter() - begin
    editor.settled(uri)
    whole = time.perf_counter() - begin
    places = [found.end() for found in FORMULA.finditer(text)]
    found = []
    for number in range(edits):
        place = chance.choice(places)
        edited = text if number % 2 else text[:place] + chance.choice(CHANGES) + " " + text[place:]
        begin = time.perf_counter()
        editor.change(uri, edited)
        editor.first(uri)
        found.append(time.perf_counter() - begin)
    return first, whole, found


def main() -> None:
    notes = {path: Path(path).read_text() for path in sys.argv[1:]} or {"the note of `cold`": note_text()}
    for name, text in notes.items():
        with tempfile.TemporaryDirectory() as folder:
            editor = Editor(Path(folder))
            try:
                first, whole, found = waits(editor, text, EDITS, random.Random(1))
            finally:
                editor.kill()
        median, worst = statistics.median(found), max(found)
        print(f"{name}: opened {first:.2f} s, whole {whole:.2f} s; {EDITS} edits: {median:.3f} s, worst {worst:.3f} s")


if __name__ == "__main__":
    main()
