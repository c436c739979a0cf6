"""Thousands of notes, right and wrong -> notes per second and memory: `python -m tests.benchmarks.corpus --notes 10000`.

The notes are those of the mutation test: a claim with the definitions before it, in letters and layouts that its number
picks, every second one with a slip. The same number of notes gives the same notes.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.mutation.judging import dressed
from tests.mutation.notation import Unprintable
from tests.mutation.slips import Slip, sampled
from tests.mutation.trees import NoValue

ROOT = Path(__file__).parent.parent.parent
SEED = 1
EARLY = 0.1
"""The share of the notes after which memory is looked at for the first time."""
SHOWN = 500
"""Notes after which a line on standard error says how far it is."""


# -- the corpus


def texts(count_of: int) -> Iterator[str]:
    """So many different notes."""
    slips, made = sampled(min(count_of, 5000), SEED), 0
    for number in count():
        text = _text(slips[number // 2 % len(slips)], number)
        if text is not None:
            yield text
            made += 1
        if made >= count_of:
            return


def _text(slip: Slip, number: int) -> str | None:
    source = slip.source.excerpt(slip.chain)
    note = dressed(source, f"{SEED} {number}")
    if number % 2:
        note = note.with_chain(source.chains.index(slip.right), slip.planted())
    try:
        return f"# Note {number}\n\n{note.written().text}"
    except (NoValue, Unprintable):
        return None


def write_corpus(folder: Path, notes: int) -> None:
    for number, text in enumerate(texts(notes)):
        path = folder / f"{number // 1000:03}" / f"{number:06}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


# -- one run over it


@dataclass(frozen=True)
class Measured:
    """Seconds, exit status, what was printed last, and the peaks of memory in MB, early and at the end."""

    seconds: float
    totals: dict[str, object]
    early: tuple[int, int]
    late: tuple[int, int]
    """The run itself, and the largest of its workers (0: it has none)."""


def run(folder: Path, notes: int, words: Sequence[str], cache: Path, pids: Sequence[int] = ()) -> Measured:
    """Check all notes; `pids` are workers that the run has not started itself."""
    command = [sys.executable, "-m", "bnverify", "check", str(folder), "--output-format", "json-lines", *words]
    variables = {**os.environ, "BNVERIFY_CACHE_DIR": str(cache)}
    started, early, late = time.perf_counter(), (0, 0), (0, 0)
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=variables, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        line = b""
        for number, line in enumerate(process.stdout, 1):  # noqa: B007
            if number == max(1, int(EARLY * notes)):
                early = _peaks(process.pid, pids)
            if number % SHOWN == 0:
                seconds = time.perf_counter() - started
                print(f"  {number} notes, {seconds:.0f} s, {_peaks(process.pid, pids)} MB", file=sys.stderr, flush=True)
            if number == notes:
                late = _peaks(process.pid, pids)
    return Measured(time.perf_counter() - started, json.loads(line)["totals"], early, late)


def _peaks(run_pid: int, others: Sequence[int]) -> tuple[int, int]:
    return _peak(run_pid), max(map(_peak, (*_below(run_pid), *others)), default=0)


def _peak(pid: int) -> int:
    """The most memory that a process has had, in MB; 0 where it cannot be told."""
    try:
        found = re.search(r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) // 1024 if found else 0


def _below(pid: int) -> list[int]:
    """The processes that it has started, and those that they have."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [one for child in map(int, children) for one in (child, *_below(child))]


# -- the table


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notes", type=int, default=10_000)
    parser.add_argument("--witness", choices=["all", "proof"], default="proof")
    parser.add_argument("--jobs", type=int, nargs="*", default=[1, 2], help="numbers of processes to try")
    parser.add_argument("--dask", action="store_true", help="through a LocalCluster of two processes as well")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name) / "notes"
        write_corpus(folder, asked.notes)
        size = sum(path.stat().st_size for path in folder.rglob("*.md"))
        print(f"{asked.notes} notes, {size / 1e6:.1f} MB, --witness {asked.witness}, {os.cpu_count()} cores")
        print(f"{'':24}{'seconds':>10}{'notes/s':>10}   peak MB of the run, of a worker: early -> end")
        ways: list[tuple[str, list[str], list[int]]] = [(f"-j {n}", ["-j", str(n)], []) for n in asked.jobs]
        if asked.dask:
            ways.append(_cluster(stack))
        for number, (title, words, pids) in enumerate(ways):
            cache = Path(name) / f"cache-{number}"
            for state in ("cold", "warm"):
                measured = run(folder, asked.notes, ["--witness", asked.witness, *words], cache, pids)
                _show(f"{title}, {state}", asked.notes, measured)


def _cluster(stack: ExitStack) -> tuple[str, list[str], list[int]]:
    import dask
    from distributed import LocalCluster

    # Dask's profiler keeps the call stacks of the last hour: memory that is not ours, and would hide ours.
    dask.config.set({"distributed.worker.profile.enabled": False})
    cluster = stack.enter_context(LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0"))
    pids = [worker.process.pid for worker in cluster.workers.values()]
    return "--scheduler, 2 workers", ["--scheduler", cluster.scheduler_address], pids


def _show(title: str, notes: int, one: Measured) -> None:
    assert one.totals["notes"] == notes, one.totals
    memory = f"{one.early[0]} -> {one.late[0]}" + (f", {one.early[1]} -> {one.late[1]}" if one.late[1] else "")
    print(f"{title:24}{one.seconds:>10.1f}{notes / one.seconds:>10.1f}   {memory}", flush=True)


if __name__ == "__main__":
    main()
