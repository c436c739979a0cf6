"""Three witnesses of one identity: they agree, or it is an internal error."""

from __future__ import annotations

from bnverify.frozen import frozen
from bnverify.model.conventions import Epsilon
from bnverify.model.forward import Forward
from bnverify.model.quantities import EPSILON, VARIANCE
from bnverify.model.terms import Plus, Power, Term, Value, values_in, walk
from bnverify.truth.every_n import Prover, prover
from bnverify.truth.verdict import Identity, Opinion, Proved, Refuted, Sampled, Undecided, Verdict
from bnverify.truth.witnesses import ALL
from bnverify.truth.work import for_one_step, time_is_over

SYMBOLIC_SIZES = (2, 3, 4)
NUMERIC_SIZES = (3, 8, 64)


class Disagreement(Exception):
    """Two witnesses contradict each other: a fault of the program, never a verdict."""


@frozen
class Panel:
    """The verdict of the proof, beside what the others found; None: not asked."""

    verdict: Verdict
    symbolic: Sampled | None = None
    numeric: Sampled | None = None


def examine(identity: Identity, forward: Forward, witnesses: tuple[str, ...] = ALL) -> Panel:
    """Ask the witnesses. Raises Disagreement."""
    verdict = prover(forward).examine(identity)
    if time_is_over():
        return Panel(verdict, *(Sampled(Opinion.ABSTAINS) if one in witnesses else None for one in ALL[1:]))
    symbolic = None
    if "symbolic" in witnesses:
        symbolic = (
            Sampled(Opinion.ABSTAINS) if _is_too_much(verdict, identity, forward) else _symbolic(identity, forward)
        )
    numeric = _numeric(identity, forward) if "numeric" in witnesses else None
    compare(verdict, symbolic, numeric)
    return Panel(verdict, symbolic, numeric)


def _is_too_much(verdict: Verdict, identity: Identity, forward: Forward) -> bool:
    """Several rows, each with a root that SymPy cannot trade for epsilon: its polynomials take minutes."""
    if forward.layer.rank == 1:
        return False
    if isinstance(verdict, Undecided):
        return True
    if forward.layer.exponential or forward.layer.constant:
        return False
    return forward.convention.epsilon is not Epsilon.INSIDE or _has_other_root(identity)


def _has_other_root(identity: Identity) -> bool:
    """Whether a root of the variance has not epsilon once beside it: a line may forget it, or double it."""
    roots = (
        part.base
        for side in (identity.left, identity.right)
        for part in walk(side)
        if isinstance(part, Power) and part.exponent.denominator == 2
    )
    return any(_is_of_variance(base) and not _is_spread(base) for base in roots)


def _is_of_variance(base: Term) -> bool:
    return any(one.name == VARIANCE for one in values_in(base))


def _is_spread(base: Term) -> bool:
    """v + eps"""
    names = sorted(one.name if isinstance(one, Value) else "" for one in base.terms) if isinstance(base, Plus) else []
    return names == sorted((VARIANCE, EPSILON))


@frozen
class Glance:
    """Whether an identity holds for every n, without a counterexample; `gap` is the largest difference, where NumPy
    found one. The verdict is given where it is neither proved nor refuted."""

    holds: bool
    gap: float | None = None
    verdict: Undecided | None = None


def glance(identity: Identity, forward: Forward) -> Glance:
    """Ask the proof and NumPy, and spare the search for an example. Raises Disagreement."""
    with for_one_step():
        return _glance(identity, forward, prover(forward))


def _glance(identity: Identity, forward: Forward, own: Prover) -> Glance:
    equal = own.equal(identity)
    if equal is None:
        verdict = own.examine(identity)
        if isinstance(verdict, Undecided):
            return Glance(False, verdict=verdict)
        equal = isinstance(verdict, Proved)
    if equal and not own.proves(identity):
        return Glance(False, verdict=Undecided("no proof for every n was found"))
    sampled = _numeric(identity, forward)
    if sampled.opinion is not Opinion.ABSTAINS and (sampled.opinion is Opinion.REFUTED) is equal:
        # They contradict each other, unless the sides differ at other sizes only: the full verdict tells.
        compare(own.examine(identity), None, sampled)
    return Glance(equal, sampled.error if not equal and sampled.opinion is Opinion.REFUTED else None)


def _symbolic(identity: Identity, forward: Forward) -> Sampled:
    from bnverify.truth import symbolic

    return symbolic.examine(identity, forward, SYMBOLIC_SIZES)


def _numeric(identity: Identity, forward: Forward) -> Sampled:
    from bnverify.truth import numeric

    return numeric.examine(identity, forward, NUMERIC_SIZES)


def compare(verdict: Verdict, symbolic: Sampled | None, numeric: Sampled | None) -> None:
    """Raises Disagreement where two of them contradict each other at some batch size."""
    for name, sampled in (("SymPy", symbolic), ("NumPy", numeric)):
        if sampled is None or sampled.opinion is Opinion.ABSTAINS or isinstance(verdict, Undecided):
            continue
        for n, differs in sampled.differs.items():
            if is_true_at(verdict, n) is differs:
                raise Disagreement(f"the proof and {name} disagree at n = {n}")
    if symbolic is not None and numeric is not None:
        for n in symbolic.differs.keys() & numeric.differs.keys():
            if symbolic.differs[n] is not numeric.differs[n]:
                raise Disagreement(f"SymPy and NumPy disagree at n = {n}")


def is_true_at(verdict: Verdict, n: int) -> bool | None:
    """Whether the proof says that the sides agree at size n; None: it does not say."""
    match verdict:
        case Proved():
            return True
        case Refuted(counterexample=found, true_at=sizes, complete=complete):
            return n in sizes if complete or n == found.n else None
        case Undecided():
            return None
