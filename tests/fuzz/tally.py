"""What one chunk of a campaign found: counts, reasons, findings with what reproduces them, the slowest piece."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

KEPT = 30
"""How many different reasons a line of the log names."""


@dataclass(frozen=True)
class Found:
    """Something that must not be: which kind, and the text or the trees that show it."""

    kind: str
    what: str


@dataclass
class Tally:
    """Grows while a chunk runs, and while chunks are added up; its size does not depend on how many there were."""

    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    """Why something was undecided or could not be read."""
    found: list[Found] = field(default_factory=list)
    slowest: float = 0.0
    slow: str = ""
    seconds: float = 0.0

    def count(self, name: str, by: int = 1) -> None:
        self.counts[name] += by

    def report(self, kind: str, what: str) -> None:
        self.found.append(Found(kind, what))

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Remember the slowest piece of work by its name."""
        started = perf_counter()
        yield
        self.took(perf_counter() - started, what)

    def took(self, seconds: float, what: str) -> None:
        if seconds > self.slowest:
            self.slowest, self.slow = seconds, what

    def add(self, other: Tally) -> None:
        self.counts.update(other.counts)
        self.reasons.update(other.reasons)
        self.found.extend(other.found)
        self.seconds += other.seconds
        self.took(other.slowest, other.slow)

    def line(self, campaign: str, seed: int, chunk: int, size: int) -> str:
        """One line of the log, as JSON."""
        return json.dumps({
            "campaign": campaign, "seed": seed, "chunk": chunk, "size": size, "counts": dict(self.counts),
            "reasons": dict(self.reasons.most_common(KEPT)), "found": [[one.kind, one.what] for one in self.found],
            "slowest": round(self.slowest, 4), "slow": self.slow, "seconds": round(self.seconds, 2),
        })  # fmt: skip


def tally_of(line: str) -> Tally:
    """The tally of a line of the log."""
    read = json.loads(line)
    found = [Found(*one) for one in read["found"]]
    return Tally(
        Counter(read["counts"]), Counter(read["reasons"]), found, read["slowest"], read["slow"], read["seconds"]
    )  # fmt: skip
