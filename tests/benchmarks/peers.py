"""Sections `peers` and `typed`: one claim, the final formula right and with one sign flipped, asked of others.

Everyone is asked in a child process of its own, in turns, in the form that is best for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.benchmarks.claims import FALSE, TRUE
from tests.benchmarks.contenders.ours import SIDE
from tests.benchmarks.tables import Table, ratio, span
from tests.benchmarks.timing import There, Timed, in_turns

EVERY, SAMPLES = "every n", "one n"


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is asked: a function of a contender with the words behind `right` or `wrong`; what it answers to each."""

    name: str
    function: str
    arguments: tuple[str, ...]
    right: str
    wrong: str
    speaks: str
    gives: str

    def asked(self, which: str, limit: float) -> There:
        module, function = self.function.split(".")
        before = self.arguments[:1] if module == "typed" else ()
        after = self.arguments[len(before) :]
        return There(module, function, (*before, which, *after), limit)


OURS = Peer("bnverify, terms", "ours.as_terms", (), TRUE, FALSE, EVERY, "proof, counterexample")
NOTE = f"{FALSE}, sign-flip, repair"
FAIR = (
    OURS,
    Peer("bnverify, terms, dL/dx met before", "ours.as_terms", (SIDE,), TRUE, FALSE, EVERY, OURS.gives),
    Peer("bnverify, a note, proof alone", "ours.as_note", (), TRUE, NOTE, f"{EVERY}; reads LaTeX", "cause, repair"),
    Peer("bnverify, a note", "ours.as_note", ("all",), TRUE, NOTE, f"{EVERY}; reads LaTeX", "three witnesses"),
    Peer("tensorgrad", "tensors.difference", (), "zero", "not reduced to zero", EVERY, "a derivative; no refutation"),
    Peer("SymPy rings, elements", "rings.elements", ("3",), "equal", "not equal", "n = 3", "yes or no"),
    Peer("SymPy rings, elements", "rings.elements", ("4",), "equal", "not equal", "n = 4", "yes or no"),
    Peer("SymPy rings, from expressions", "rings.expressions", ("3",), "equal", "not equal", "n = 3", "yes or no"),
    Peer("SymPy rings, from expressions", "rings.expressions", ("4",), "equal", "not equal", "n = 4", "yes or no"),
    Peer("the same, dL/dx met before", "rings.expressions", ("4", "known"), "equal", "not equal", "n = 4", "yes or no"),
    Peer("NumPy, complex step", "complex_step.compare", ("3",), "equal", "not equal", "n = 3, numbers", "yes or no"),
    Peer("NumPy, complex step", "complex_step.compare", ("64",), "equal", "not equal", "n = 64, numbers", "yes or no"),
)
TYPED = (
    OURS,
    Peer("SymPy `simplify`", "typed.ask", ("simplify", "3"), "equal", "not equal", "n = 3", "yes or no"),
    Peer("SymPy `equals`", "typed.ask", ("equals", "3"), "equal", "not equal", "n = 3", "yes or no"),
    Peer("SymPy `cancel`", "typed.ask", ("cancel", "3"), "equal", "not equal", "n = 3", "yes or no"),
    Peer(
        "`simplify`, v in two forms", "typed.ask", ("simplify", "3", "two"), "equal", "not equal", "n = 3", "yes or no"
    ),
    Peer("`equals`, v in two forms", "typed.ask", ("equals", "3", "two"), "equal", "not equal", "n = 3", "yes or no"),
    Peer(
        "`cancel`, v in two forms",
        "typed.ask",
        ("cancel", "3", "two"),
        "not equal",
        "not equal",
        "n = 3",
        "wrong on right",
    ),
    Peer("pycodemath, sums written out", "texts.check", ("3",), "verified", "refuted", "n = 3", "counterexample"),
    Peer("torch gradcheck", "gradients.check", ("3",), "equal", "not equal", "n = 3, numbers", "yes or no"),
    Peer("torch gradcheck", "gradients.check", ("64",), "equal", "not equal", "n = 64, numbers", "yes or no"),
    Peer(
        "torch gradcheck, fast mode",
        "gradients.check",
        ("64", "fast"),
        "equal",
        "not equal",
        "n = 64, numbers",
        "yes or no",
    ),
)
REMARKS = (
    "wrong: the sign before the last term is flipped. Nobody remembers a run before; ratios are to `bnverify, terms`.",
    "`every n` is proved or refuted for all batch sizes at once, the others speak of the one n that they were given.",
)


def fair(runs: int, limit: float) -> list[Table]:
    return [compared("Fair peers: the final formula, warm, ms, median (range)", FAIR, runs, limit)]


def typed(runs: int, limit: float) -> list[Table]:
    return [compared("What people type: the final formula, warm, ms, median (range)", TYPED, runs, limit)]


def compared(title: str, peers: tuple[Peer, ...], runs: int, limit: float) -> Table:
    asked = {f"{k} {which}": one.asked(which, limit) for k, one in enumerate(peers) for which in ("right", "wrong")}
    times = in_turns(asked, runs)
    rows = []
    for k, one in enumerate(peers):
        for which, wanted in (("right", one.right), ("wrong", one.wrong)):
            found = times[f"{k} {which}"]
            assert not found.found or found.found == wanted, f"{one.name} on {which}: {found.found}, not {wanted}"
        rows.append(row(one, {which: times[f"{k} {which}"] for which in ("right", "wrong")}, times))
    columns = ("who", "speaks of", "right", "ratio", "answer", "wrong", "ratio", "answer", "gives")
    return Table(title, columns, tuple(rows), REMARKS)


def row(one: Peer, own: Mapping[str, Timed], times: Mapping[str, Timed]) -> tuple[str, ...]:
    cells = [one.name, one.speaks]
    for which, found in own.items():
        cells += [span(found), ratio(found, times[f"0 {which}"]), found.found or "-"]
    return (*cells, one.gives)
