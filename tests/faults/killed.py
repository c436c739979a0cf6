"""A command that writes, killed at a random moment: the file is the old one or the new one, and nothing is left behind.

`python -m tests.faults.killed --count 1000` is the long run.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from bnverify.cli.main import main as command
from bnverify.write import JUST_MADE

OLD = (
    r"""$$\mu = \frac1n\sum_i x_i$$

$$v = \frac1n\sum_i(x_i-\mu)^2$$

$$\frac{\partial v}{\partial x_i} = \frac{2}{n} (\mu - x_i)$$
"""
    + "A remark that makes the file long enough to be written in several pieces.\n" * 300
)


@dataclass(frozen=True)
class Writing:
    """A command that replaces `file`, which may be there before (`old`) or not (None)."""

    words: tuple[str, ...]
    file: str
    old: str | None


WRITINGS = {
    "--fix": Writing(("check", "--witness", "proof", "--fix", "note.md"), "note.md", OLD),
    "-o": Writing(("graph", "--format", "svg", "-o", "made.svg"), "made.svg", "what was there before\n"),
    "--certificate": Writing(("check", "--witness", "proof", "--certificate", "c.json", "note.md"), "c.json", None),
}


def invoke(words: tuple[str, ...]) -> None:
    CliRunner().invoke(command, list(words), standalone_mode=False)


def prepare(folder: Path, writing: Writing) -> None:
    (folder / "note.md").write_text(OLD, encoding="utf-8")
    if writing.old is not None:
        (folder / writing.file).write_text(writing.old, encoding="utf-8")


def in_child(folder: Path, work: Callable[[], object]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        os.chdir(folder)
        work()
    finally:
        os._exit(0)


@dataclass(frozen=True)
class Finished:
    """What the command makes when nobody stops it, and how many seconds it takes."""

    text: str
    seconds: float


def finished(writing: Writing) -> Finished:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, writing)
        start = time.perf_counter()
        os.waitpid(in_child(folder, lambda: invoke(writing.words)), 0)
        return Finished((folder / writing.file).read_text(encoding="utf-8"), time.perf_counter() - start)


def after_a_kill(writing: Writing, whole: Finished, moment: random.Random) -> tuple[str, int]:
    """What the file is after a kill at a random moment: `old`, `new` or `broken`; and how many files are left over."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, writing)
        child = in_child(folder, lambda: invoke(writing.words))
        wait_for_the_writing(folder, moment, whole.seconds)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        path = folder / writing.file
        found = path.read_text(encoding="utf-8") if path.exists() else None
        state = {writing.old: "old", whole.text: "new"}.get(found, "broken")
        return state, sum(one.name.startswith(".bnverify-") for one in folder.iterdir())


def wait_for_the_writing(folder: Path, moment: random.Random, seconds: float) -> None:
    """Half of the moments are anywhere in the run; half come while the new file is being made."""
    if moment.random() < 0.5:
        time.sleep(moment.uniform(0, 1.1 * seconds))
        return
    end = time.perf_counter() + 3 * seconds
    while time.perf_counter() < end and not any(one.name.startswith(".bnverify-") for one in folder.iterdir()):
        time.sleep(0.0002)
    time.sleep(moment.uniform(0, 0.004))


def leftovers_after_the_next_run(writing: Writing) -> list[str]:
    """What is left of a killed run after a whole one in the same folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, writing)
        (folder / ".bnverify-killed.part").write_text("half a fi")
        time.sleep(JUST_MADE + 0.1)
        os.waitpid(in_child(folder, lambda: invoke(writing.words)), 0)
        return sorted(one.name for one in folder.iterdir() if one.name.startswith(".bnverify-"))


def kill(name: str, count: int, seed: int) -> tuple[Counter[str], int]:
    writing, moment = WRITINGS[name], random.Random(seed)
    whole = finished(writing)
    assert whole.text != writing.old, "a command that changes nothing shows nothing"
    seen: Counter[str] = Counter()
    left = 0
    for _ in range(count):
        state, leftover = after_a_kill(writing, whole, moment)
        seen[state] += 1
        left += leftover
    return seen, left


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="kills of each command")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    broken = 0
    for name, writing in WRITINGS.items():
        seen, left = kill(name, options.count, options.seed)
        broken += seen["broken"]
        rest = leftovers_after_the_next_run(writing)
        print(
            f"{name:14} old {seen['old']:5} new {seen['new']:5} broken {seen['broken']:5}; unfinished files {left}, after the next run {len(rest)}",
            flush=True,
        )
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
