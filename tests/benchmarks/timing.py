"""Works, run in turns -> their times: medians with their range, of one run, so that ratios mean something.

A work is prepared for each run, untimed, and then run, timed in seconds of the processor: what others do on the
machine counts little. It says what it found, since a time for a wrong answer is no time.
"""

from __future__ import annotations

import importlib
import json
import math
import queue
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

ROOT = Path(__file__).resolve().parents[2]
KEPT = ("bnverify.read.latex", "bnverify.read.grammar", "bnverify.config.found")
"""Modules whose memory is no knowledge of a note: the compiled grammar, the settings of a project."""
STARTING = 120.0
"""Seconds that a child may take to import what it needs."""

Work = Callable[[], str]
Prepare = Callable[[int], Work]
"""The number of the run -> what is timed. It says what it found."""


@dataclass(frozen=True, slots=True)
class Timed:
    """What some runs took, in seconds; without any, `why` says why not."""

    taken: tuple[float, ...] = ()
    found: str = ""
    why: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.taken) if self.taken else math.nan

    @property
    def range(self) -> tuple[float, float]:
        return min(self.taken), max(self.taken)


class NoTime(Exception):
    """Why a contender has no time: it is not installed, or took too long."""


class Contender(Protocol):
    def run(self, number: int) -> tuple[float, str]:
        """Seconds, and what was found. Raises NoTime."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Here:
    """A work of this process."""

    prepare: Prepare

    def run(self, number: int) -> tuple[float, str]:
        return timed(self.prepare(number))

    def close(self) -> None:
        pass


def timed(work: Work) -> tuple[float, str]:
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


@dataclass
class There:
    """A work in a child process of its own, which is ended when it takes longer than `limit` seconds."""

    module: str
    factory: str
    arguments: tuple[str, ...]
    limit: float
    child: subprocess.Popen[str] | None = None
    answers: queue.Queue[str] = field(default_factory=queue.Queue)

    def run(self, number: int) -> tuple[float, str]:
        if self.child is None:
            self.start()
        assert self.child is not None
        assert self.child.stdin is not None
        self.child.stdin.write(f"{number}\n")
        self.child.stdin.flush()
        answer = self.answer(self.limit)
        return answer["seconds"], answer["found"]

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.child", self.module, self.factory, *self.arguments]
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        threading.Thread(target=self.listen, daemon=True).start()
        missing = self.answer(STARTING).get("missing")
        if missing:
            raise NoTime(f"{missing} is not installed")

    def listen(self) -> None:
        assert self.child is not None
        assert self.child.stdout is not None
        for line in self.child.stdout:
            self.answers.put(line)
        self.answers.put("")

    def answer(self, limit: float) -> dict[str, Any]:
        try:
            line = self.answers.get(timeout=limit)
        except queue.Empty:
            self.close()
            raise NoTime(f"> {limit:g} s") from None
        if not line:
            raise RuntimeError(f"{self.module}.{self.factory} {self.arguments} ended without an answer")
        found: dict[str, Any] = json.loads(line)
        return found

    def close(self) -> None:
        if self.child is not None:
            self.child.kill()
            self.child.wait()


def in_turns(contenders: Mapping[str, Contender], runs: int, most: float = 20.0) -> dict[str, Timed]:
    """Every contender once, then every one again, and so on; the first round warms up and does not count.

    Who has taken more than `most` seconds runs no more, and one run that took so long is enough.
    """
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    found: dict[str, str] = {}
    why: dict[str, str] = {}
    spent = dict.fromkeys(contenders, 0.0)
    try:
        for number in range(runs + 1):
            for name, contender in contenders.items():
                if name in why or spent[name] > most:
                    continue
                try:
                    seconds, answer = contender.run(number)
                except NoTime as reason:
                    why[name] = str(reason)
                    continue
                if found.setdefault(name, answer) != answer:
                    raise AssertionError(f"{name} found {found[name]}, and then {answer}")
                spent[name] += seconds
                if number or spent[name] > most:
                    taken[name].append(seconds)
    finally:
        for contender in contenders.values():
            contender.close()
    return {name: Timed(tuple(taken[name]), found.get(name, ""), why.get(name, "")) for name in contenders}


def here(works: Mapping[str, Prepare], runs: int) -> dict[str, Timed]:
    return in_turns({name: Here(prepare) for name, prepare in works.items()}, runs)


def forget() -> None:
    """Let the program forget all it has worked out, so that no run is answered from the memory of another one."""
    every_n = sys.modules.get("bnverify.truth.every_n")
    if every_n is not None:
        every_n.forget()
    for name in [name for name in sys.modules if name.startswith("bnverify.") and name not in KEPT]:
        for one in list(vars(sys.modules[name]).values()):
            if hasattr(one, "cache_clear"):
                one.cache_clear()


def prepared(module: str, factory: str, arguments: Sequence[str]) -> Prepare:
    """A contender by its name. Raises ModuleNotFoundError where what it needs is not installed."""
    made: Prepare = getattr(importlib.import_module(f"tests.benchmarks.contenders.{module}"), factory)(*arguments)
    return made


def exponent(times: Sequence[tuple[float, float]]) -> float:
    """The slope of log time over log size, by least squares."""
    points = [(math.log(size), math.log(taken)) for size, taken in times]
    mean_x, mean_y = (sum(part) / len(points) for part in zip(*points, strict=True))
    above = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return above / sum((x - mean_x) ** 2 for x, _ in points)
