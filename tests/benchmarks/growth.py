"""Section `growth`: with the number of steps of a note, and with the batch size n."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bnverify.judge.asked import Options
from bnverify.model.conventions import Convention
from bnverify.model.forward import batch_norm
from bnverify.pipeline import check_note
from bnverify.read.chains import read
from bnverify.source import Note
from bnverify.truth.concrete import derive_first
from tests.benchmarks.claims import DEFINITIONS, FINAL, TRUE
from tests.benchmarks.contenders import complex_step, ours, typed
from tests.benchmarks.contenders.ours import forgetful
from tests.benchmarks.tables import Table, figure, span
from tests.benchmarks.timing import Prepare, Timed, exponent, here

STEPS = (10, 100, 1_000, 4_000)
"""A note has at most 5,000 steps, its definitions included."""
SIZES: dict[str, tuple[int, ...]] = {
    "node": (4, 16, 64, 256),
    "sympy": (2, 4, 8, 16),
    "complex": (4, 64, 1_024, 4_096),
}


def long_note(steps: int) -> Note:
    """A note of so many steps, all of them different: the k-th formula has a k above and below."""
    right = FINAL.right
    texts = []
    for k in range(1, steps // 2 + 1):
        first = right.replace(r"\frac{\gamma}{n", rf"\frac{{{k} \gamma}}{{{k} n")
        texts.append(f"Then line {k} is\n\n$${FINAL.head} = {first} = {right.replace('n ', f'{k} n / {k} ', 1)}$$\n\n")
    return Note("long.md", DEFINITIONS + "".join(texts))


def tables(runs: int, steps: Sequence[int] = STEPS, sizes: int = 4) -> list[Table]:
    return [by_steps(runs, steps), by_size(runs, sizes)]


def reading(note: Note) -> Prepare:
    return forgetful(lambda: str(sum(len(chain.steps) for chain in read(note).chains)))


def checking(note: Note) -> Prepare:
    def work() -> str:
        steps = check_note(note, Options(("proof",))).steps
        wrong = [step for step in steps if step.true is not True and step.kind == "claim"]
        return f"{len(steps)} steps, {len(wrong)} not proved"

    return forgetful(work)


def by_steps(runs: int, steps: Sequence[int]) -> Table:
    rows = []
    for name, make in {"reading": reading, "check, proof alone": checking}.items():
        times = here({str(number): make(long_note(number)) for number in steps}, runs)
        assert all("not proved" not in one.found or ", 0 not" in one.found for one in times.values()), times
        each = [f"{figure(times[str(number)].median / number * 1e3)}" for number in steps]
        rows.append((name, *each, grown([(number, times[str(number)]) for number in steps if number >= 100])))
    return Table(
        "Growth with the number of steps: ms for each step, median",
        ("", *(f"{number:,} steps" for number in steps), "grows as steps to the power"),
        tuple(rows),
    )


def grown(times: Sequence[tuple[int, Timed]]) -> str:
    return f"{exponent([(size, one.median) for size, one in times]):.2f}" if len(times) > 1 else "-"


def node_by_node(n: int) -> Prepare:
    forward = batch_norm(Convention())

    def work() -> str:
        return "agrees" if derive_first.__wrapped__(n, forward).agrees else "disagrees"

    return forgetful(work)


def by_size(runs: int, most: int) -> Table:
    kinds: dict[str, tuple[str, Callable[[int], Prepare]]] = {
        "`derive --n`, SymPy node by node, every sample": ("node", node_by_node),
        "SymPy `diff` of the expanded loss, every sample": ("sympy", lambda n: typed.differentiate(str(n))),
        "NumPy complex step, every sample": ("complex", lambda n: complex_step.compare("right", str(n))),
    }
    own = here({"ours": ours.verdict(FINAL, True, ours.LINE)}, runs)["ours"]
    assert own.found == TRUE
    rows = [("full verdict, proof", "n is a symbol", span(own), "0")]
    for name, (kind, make) in kinds.items():
        sizes = SIZES[kind][:most]
        times = here({str(n): make(n) for n in sizes}, runs)
        cells = ", ".join(f"{figure(times[str(n)].median * 1e3)}" for n in sizes)
        rows.append((name, "n = " + ", ".join(map(str, sizes)), cells, grown([(n, times[str(n)]) for n in sizes[1:]])))
    return Table(
        "Growth with n: ms, median",
        ("", "sizes", "ms", "grows as n to the power"),
        tuple(rows),
        ("`diff` only differentiates; the others compare with the closed form as well.",),
    )
