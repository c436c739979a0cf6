"""The program itself: a claim as terms, or as a line of a note, under every n at once.

Nothing is remembered from run to run but what an earlier line of the same note would have left; see KNOWN.
"""

from __future__ import annotations

from collections.abc import Callable

from bnverify.judge.asked import Options
from bnverify.model.forward import Forward
from bnverify.pipeline import check_note
from bnverify.read.chains import read
from bnverify.source import Note
from bnverify.truth import numeric, symbolic
from bnverify.truth.every_n import Prover, prover
from bnverify.truth.panel import ALL
from bnverify.truth.patterns import index_patterns
from bnverify.truth.verdict import Identity, Opinion
from tests.benchmarks.claims import BY_SHIFT, BY_VARIANCE, FALSE, FINAL, TRUE, Claim, identity, told
from tests.benchmarks.timing import Prepare, Work, forget

FIRST, LINE, SIDE = "first of a note", "after other lines", "a later side of a chain"
KNOWN: dict[str, Callable[[Identity], list[Identity]]] = {
    FIRST: lambda asked: [],
    LINE: lambda asked: [identity(claim, True)[0] for claim in (BY_SHIFT, BY_VARIANCE)],
    SIDE: lambda asked: [*KNOWN[LINE](asked), Identity(asked.left, asked.left)],
}
"""What was judged before: nothing, dL/dbeta and dL/dv, or an earlier side with the same head as well."""
SAID = {Opinion.AGREES: "agrees", Opinion.REFUTED: FALSE, Opinion.ABSTAINS: "abstains"}


def by_proof(
    claim: Claim, right: bool, known: str, work: Callable[[Prover, Identity], str], only_points: bool = False
) -> Prepare:
    asked, forward = identity(claim, right)
    before = KNOWN[known](asked)

    def prepare(_: int) -> Work:
        forget()
        own = prover(forward)
        for one in before:
            if only_points:
                own.equal(one)
            else:
                own.examine(one)
        return lambda: work(own, asked)

    return prepare


def verdict(claim: Claim, right: bool, known: str = SIDE) -> Prepare:
    """The whole verdict: proved, or refuted with a counterexample."""
    return by_proof(claim, right, known, lambda own, asked: told(own.examine(asked)))


def at_a_point(claim: Claim, right: bool, known: str = SIDE) -> Prepare:
    """Whether both sides agree at a weighted point, and nothing else."""
    return by_proof(claim, right, known, lambda own, asked: TRUE if own.equal(asked) else FALSE, only_points=True)


def exactly(claim: Claim, right: bool, known: str = SIDE) -> Prepare:
    """Whether the difference is zero as a rational function, without a look at a point first."""

    def is_zero(own: Prover, asked: Identity) -> str:
        return FALSE if any(own.difference(asked, points).above for points in index_patterns(asked)) else TRUE

    return by_proof(claim, right, known, is_zero)


def sampled(claim: Claim, right: bool, witness: Callable[[Identity, Forward], str]) -> Prepare:
    """One of the other witnesses alone; an earlier side of the chain had the same head."""
    asked, forward = identity(claim, right)
    before = KNOWN[SIDE](asked)

    def prepare(_: int) -> Work:
        forget()
        for one in before:
            witness(one, forward)
        return lambda: witness(asked, forward)

    return prepare


def by_sympy(asked: Identity, forward: Forward) -> str:
    return SAID[symbolic.examine(asked, forward).opinion]


def by_numpy(asked: Identity, forward: Forward) -> str:
    return SAID[numeric.examine(asked, forward).opinion]


def reading(claim: Claim) -> Prepare:
    """From characters to chains of sides."""
    note = Note("note.md", claim.line(True))
    return forgetful(lambda: f"{sum(len(chain.steps) for chain in read(note).chains)} step")


def whole(note: Note, witnesses: tuple[str, ...]) -> Prepare:
    """A note read, judged and explained, and what its last step is found to be."""
    options = Options(witnesses)

    def work() -> str:
        *_, step = check_note(note, options).steps
        if step.true:
            return TRUE
        cause = step.finding.code if step.finding else "no cause"
        return f"{FALSE}, {cause}" + (", repair" if any(repair.proved for repair in step.repairs) else "")

    return forgetful(work)


def forgetful(work: Work) -> Prepare:
    def prepare(_: int) -> Work:
        forget()
        return work

    return prepare


# -- by texts, for a child process


def as_terms(which: str, known: str = LINE) -> Prepare:
    """The final formula as terms, in a note that has judged other lines."""
    return verdict(FINAL, which == "right", known)


def as_note(which: str, witnesses: str = "proof") -> Prepare:
    """A note of two lines: its definitions, and the final formula."""
    return whole(FINAL.note(which == "right"), ALL if witnesses == "all" else (witnesses,))
