"""Section `step`: one step, its parts by themselves, for four claims right and wrong."""

from __future__ import annotations

from collections.abc import Callable

from tests.benchmarks.claims import CLAIMS, FALSE, FINAL, TRUE, Claim
from tests.benchmarks.contenders import ours
from tests.benchmarks.repairs import searches
from tests.benchmarks.tables import Table, span
from tests.benchmarks.timing import Prepare, here

ROWS: dict[str, tuple[Callable[[Claim], Prepare], str, str]] = {
    "reading the line": (ours.reading, "1 step", ""),
    "refute at a weighted point": (lambda one: ours.at_a_point(one, False), FALSE, "0.3"),
    "agree at a weighted point": (lambda one: ours.at_a_point(one, True), TRUE, ""),
    "prove exactly": (lambda one: ours.exactly(one, True), TRUE, "1"),
    "full verdict, right": (lambda one: ours.verdict(one, True), TRUE, "2.5"),
    "full verdict, wrong, with counterexample": (lambda one: ours.verdict(one, False), FALSE, "2.5"),
    "SymPy at n = 2, 3, 4, right": (lambda one: ours.sampled(one, True, ours.by_sympy), "agrees", ""),
    "SymPy at n = 2, 3, 4, wrong": (lambda one: ours.sampled(one, False, ours.by_sympy), FALSE, ""),
    "NumPy at n = 3, 8, 64, right": (lambda one: ours.sampled(one, True, ours.by_numpy), "agrees", ""),
    "NumPy at n = 3, 8, 64, wrong": (lambda one: ours.sampled(one, False, ours.by_numpy), FALSE, ""),
    "repair, all single edits, wrong": (lambda one: searches(one, 1), "found", "2"),
    "repair, all single edits and pairs, wrong": (lambda one: searches(one, 2), "found", "10"),
    "repair, with proofs and words, wrong": (lambda one: searches(one, 0), "found", ""),
}
"""What is measured of each claim, what has to be found, and the aim in milliseconds."""
KNOWN = (ours.FIRST, ours.LINE, ours.SIDE)


def tables(runs: int) -> list[Table]:
    return [parts(runs), by_memory(runs)]


def parts(runs: int) -> Table:
    works = {(what, one.name): make(one) for what, (make, _, _) in ROWS.items() for one in CLAIMS}
    times = here({" | ".join(key): work for key, work in works.items()}, runs)
    rows = []
    for what, (_, wanted, aim) in ROWS.items():
        own = [times[f"{what} | {one.name}"] for one in CLAIMS]
        assert all(one.found == wanted for one in own), f"{what}: {[one.found for one in own]}"
        rows.append((what, *map(span, own), aim))
    return Table(
        "One step, warm: ms, median (range)",
        ("a later side of a chain", *(one.name for one in CLAIMS), "aim"),
        tuple(rows),
        ("The head of the claim was met by an earlier side of its chain; nothing else of the claim is remembered.",),
    )


def by_memory(runs: int) -> Table:
    works = {f"{known} {right}": ours.verdict(FINAL, right, known) for known in KNOWN for right in (True, False)}
    times = here(works, runs)
    for name, one in times.items():
        assert one.found == (TRUE if name.endswith("True") else FALSE), name
    rows = tuple((known, span(times[f"{known} True"]), span(times[f"{known} False"])) for known in KNOWN)
    return Table(
        "The full verdict on the final formula, by what was judged before: ms, median (range)",
        ("judged before", "right", "wrong"),
        rows,
        ("The other lines are dL/dβ and dL/dv.",),
    )
