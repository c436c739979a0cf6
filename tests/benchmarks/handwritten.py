"""Section `notes`: the handwritten notes, each checked as a whole, and how fast all notes of the repository are read."""

from __future__ import annotations

from bnverify.judge.asked import Options
from bnverify.pipeline import check_note, judge_under, understand
from bnverify.read.chains import read
from bnverify.source import Note
from bnverify.truth.panel import ALL
from tests.benchmarks.contenders.ours import forgetful
from tests.benchmarks.tables import Table, figure, span
from tests.benchmarks.timing import ROOT, Prepare, here

WITNESSES = {"proof": ("proof",), "all": ALL}
JUDGED = "judged"
"""Read and judged by the proof, without a look for causes and repairs."""


def notes() -> list[Note]:
    """Those whose front matter names a scanner."""
    paths = sorted((ROOT / "derivations").glob("0*.md"))
    return [Note(path.name, path.read_text(encoding="utf-8")) for path in paths]


def check(note: Note, witnesses: tuple[str, ...]) -> Prepare:
    options = Options(witnesses)
    return forgetful(lambda: str(len(check_note(note, options).steps)))


def judged(note: Note) -> Prepare:
    def work() -> str:
        understood = understand(note)
        return str(len(judge_under(understood, understood.declared.convention, ("proof",)).judgements))

    return forgetful(work)


def tables(runs: int) -> list[Table]:
    return [checks(runs), reading(runs)]


def checks(runs: int) -> Table:
    own = notes()
    works = {f"{kind} {note.name}": check(note, asked) for note in own for kind, asked in WITNESSES.items()}
    works |= {f"{JUDGED} {note.name}": judged(note) for note in own}
    times = here(works, runs)
    rows = []
    for note in own:
        cells = [note.name, times[f"proof {note.name}"].found]
        for kind in (JUDGED, *WITNESSES):
            one = times[f"{kind} {note.name}"]
            cells += [span(one), figure(one.median / int(one.found) * 1e3)]
        rows.append(tuple(cells))
    return Table(
        "The handwritten notes, whole, warm: ms, median (range)",
        ("note", "steps", "judged, proof", "a step", "checked, proof", "a step", "checked, all three", "a step"),
        tuple(rows),
        (
            "Modules are loaded; of the note nothing is remembered.",
            "`judged` is reading and verdicts; `checked` adds causes and repairs of what is wrong, which cost the most.",
        ),
    )


def reading(runs: int) -> Table:
    """Everything before the mathematics: formulas, tokens, trees, chains."""
    paths = sorted([*(ROOT / "derivations").rglob("*.md"), *(ROOT / "tests" / "notes").rglob("*.md")])
    own = [Note(path.name, path.read_text(encoding="utf-8")) for path in paths]

    def work() -> str:
        return str(sum(1 + len(chain.steps) for note in own for chain in read(note).chains))

    one = here({"reading": forgetful(work)}, runs)["reading"]
    sides, size = int(one.found), sum(len(note.text) for note in own) / 1e3
    cells = (str(len(own)), f"{sides:,}", f"{size:.0f}", span(one))
    return Table(
        "Reading all notes of the repository: ms, median (range)",
        ("notes", "sides", "kB", "all of them", "a side", "a kB"),
        ((*cells, figure(one.median / sides * 1e3), figure(one.median / size * 1e3)),),
    )
