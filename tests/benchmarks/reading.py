"""How fast notes are read: microseconds for each side and for each kilobyte, and growth with the number of steps.

    python tests/benchmarks/reading.py

Reading is everything before the mathematics: formulas, tokens, trees, chains. Times of one run are compared with one
another, never with those of another machine.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from bnverify.read.chains import read  # noqa: E402
from bnverify.source import Note  # noqa: E402

STEP = (
    "Then line {k} is\n\n"
    "$$\\frac{{\\partial L}}{{\\partial x_i}} = \\frac{{\\gamma}}{{N \\sqrt{{v + \\epsilon}}}} \\left( N g_i"
    " - \\sum_{{j=1}}^N g_j - \\hat{{x}}_i \\sum_{{j=1}}^N g_j \\hat{{x}}_j \\right) = h_{{{k}}}$$\n\n"
)
SIZES = (10, 100, 1_000, 10_000)
RUNS = 5


def median_time(work: Callable[[], object], runs: int = RUNS) -> float:
    """Seconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def count_sides(note: Note) -> int:
    return sum(1 + len(chain.steps) for chain in read(note).chains)


def notes() -> list[Note]:
    paths = [*(ROOT / "derivations").rglob("*.md"), *(ROOT / "tests" / "notes").rglob("*.md")]
    return [Note(path.name, path.read_text(encoding="utf-8")) for path in sorted(paths)]


def main() -> None:
    own = notes()
    read(own[0])  # the grammar is compiled once
    sides = sum(map(count_sides, own))
    size = sum(len(note.text) for note in own) / 1_000
    seconds = median_time(lambda: [read(note) for note in own])
    print(f"{len(own)} notes of the repository: {sides} sides, {size:.0f} kB")
    print(f"  {1e6 * seconds / sides:.0f} µs for each side, {1e6 * seconds / size:.0f} µs for each kilobyte")
    print("steps      µs for each step")
    for steps in SIZES:
        note = Note("long.md", "".join(STEP.format(k=k) for k in range(steps // 2)))
        seconds = median_time(lambda note=note: read(note), runs=3 if steps > 1_000 else RUNS)  # type: ignore[misc]
        print(f"{steps:6}     {1e6 * seconds / steps:.0f}")


if __name__ == "__main__":
    main()
