"""A proved step -> why it is true: symbols worked out, facts of the forward pass, one polynomial on both sides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bnverify.judge.facts import MEAN_FACT, SQUARES_FACT, VARIANCE_FACT, facts_used
from bnverify.model.calculus import expand
from bnverify.model.forward import divisor
from bnverify.model.quantities import INPUT, MEAN, VARIANCE
from bnverify.model.terms import ONE, Count, Sum, Term, Value, negative, plus, power, times, walk
from bnverify.proof.derivatives import Worked, worked_out
from bnverify.proof.fractions import Numerator, Together, brought_together
from bnverify.proof.letters import Pen
from bnverify.proof.parts import Claim, Part, Row, meanings, reading_words, row
from bnverify.proof.shapes import ordered, powers_summed, settled, summands
from bnverify.truth.domain import Points
from bnverify.truth.every_n import prover
from bnverify.truth.panel import Disagreement
from bnverify.truth.patterns import index_patterns
from bnverify.truth.verdict import Undecidable, Undefined

X = Value(INPUT, ("j",))
RESIDUAL = plus(X, negative(Value(MEAN)))


def why_right(claim: Claim) -> list[Part]:
    """The parts of the proof behind the claim itself."""
    worked = worked_out((claim.head, claim.side), claim.forward)
    terms = [claim.head, claim.side, *(term for one in worked for term in (one.rule, one.value) if term is not None)]
    parts = [meanings(claim, terms), derivatives(claim, worked), facts(claim, terms), *cases(claim)]
    return [part for part in parts if part.rows]


def cases(claim: Claim) -> Iterator[Part]:
    """Both sides for every choice of which indices are the same sample."""
    patterns = {pattern_words(points): points for points in index_patterns(claim.identity)}
    told = len(patterns) > 1 or bool(claim.identity.conditions)
    alike = {case: written_alike(claim, points) for case, points in patterns.items()} if len(patterns) > 1 else {}
    rows = [Row(f"for {case}: both are {same}") for case, same in alike.items() if same]
    yield Part("Where the two sides are the same as they are written", tuple(rows))
    for case, points in patterns.items():
        if not alike.get(case):
            yield both_sides(claim, points, case if told else "")


def written_alike(claim: Claim, points: Points) -> str:
    """Both sides, where they are one term for this choice of which indices are the same sample."""
    head, side = (settled(term, points) for term in (claim.head, claim.side))
    return claim.pen(head) if head == side else ""


def derivatives(claim: Claim, worked: list[Worked]) -> Part:
    """Each derivative symbol: the chain rule for it, and what it comes to."""
    pen = claim.pen
    rows = []
    for one in worked:
        rule = [pen(one.rule)] if one.rule is not None else []
        zero = ["0"] if one.is_zero else []
        rows.append(row(pen(one.symbol), *rule, pen(ordered(one.value)), *zero))
    words = reading_words(one.symbol for one in worked)
    return Part(f"The derivatives{f' ({words})' if words else ''}", tuple(rows))


# -- facts of the forward pass


def facts(claim: Claim, terms: Iterable[Term]) -> Part:
    """The sums that the statistics know, where the terms need them, and whether the step needs them to be true."""
    pen, forward = claim.pen, claim.forward
    samples = frozenset((INPUT, *(node.name for node in forward.nodes if node.index)))
    powers = {power for term in terms for power in _summed(expand(term, forward), samples)}
    n, mu, v = Count(), Value(MEAN), Value(VARIANCE)
    squares = times(divisor(forward.convention.variance, forward.layer), v)
    known = {
        MEAN_FACT: (f"{pen(Sum('j', RESIDUAL))} = 0", f"{pen(mu)} is the mean"),
        VARIANCE_FACT: (f"{pen(Sum('j', power(RESIDUAL, 2)))} = {pen(squares)}", f"{pen(v)} is the variance"),
        SQUARES_FACT: (
            f"{pen(Sum('j', power(X, 2)))} = {pen(squares)}",
            f"{pen(v)} is the {'sum' if forward.layer.length else 'mean'} of the squares",
        ),
    }
    rows = []
    if not forward.layer.centred:
        powers = set()
    if powers & {1, 2}:
        rows.append(row(pen(Sum("j", X)), f"{pen(times(n, mu))}, as {known[MEAN_FACT][1]}: {known[MEAN_FACT][0]}"))
    if 2 in powers:
        both = pen(plus(squares, times(n, power(mu, 2))))
        rows.append(row(pen(Sum("j", power(X, 2))), f"{both}, as {known[VARIANCE_FACT][1]}: {known[VARIANCE_FACT][0]}"))
    used = facts_used(claim.head, claim.side, claim.identity.conditions, prover(forward)) if claim.is_claim else ()
    rows += [Row(f"without {known[fact][0]} the two sides would differ") for fact in used]
    return Part("Facts of the forward pass", tuple(rows))


def _summed(term: Term, samples: frozenset[str]) -> Iterator[int]:
    """The powers of x that are summed over the batch with nothing else."""
    for part in walk(term):
        if isinstance(part, Sum):
            yield from (power for power, other in powers_summed(part.body, part.index, samples) if not other)


# -- one denominator


def both_sides(claim: Claim, points: Points, case: str) -> Part:
    """The numerators of all terms over one denominator, for one choice of which indices are the same sample."""
    pen = claim.pen
    sides = {name: settled(term, points) for name, term in (("head", claim.head), ("side", claim.side))}
    try:
        parts = {name: summands(whole) for name, whole in sides.items()}
        together, numbers = _brought_together(claim, sides, parts, points)
    except (Undecidable, Undefined):
        parts = {name: (whole,) for name, whole in sides.items()}
        together, numbers = _brought_together(claim, sides, parts, points)
    rows = []
    for name, whole in sides.items():
        own = parts[name] if len(parts[name]) > 1 else ()
        rows += [Row(pen(part), (numerator(pen, numbers[part]),), ":") for part in own]
        rows.append(Row(f"the {name} together" if own else pen(whole), (numerator(pen, numbers[whole]),), ":"))
    over = f"Numerators over the common denominator {pen(together.below)}"
    if together.below == ONE:
        over = "Both sides worked out"
    return Part(f"{over}, for {case}" if case else over, tuple(rows))


def _brought_together(
    claim: Claim, sides: Mapping[str, Term], parts: Mapping[str, Sequence[Term]], points: Points
) -> tuple[Together, Mapping[Term, Numerator]]:
    terms = [sides["head"], *parts["head"], *parts["side"], sides["side"]]
    together = brought_together(terms, points, claim.forward)
    if not together.equal:
        raise Disagreement("the proof and its page differ")
    return together, dict(zip(terms, together.above, strict=True))


def numerator(pen: Pen, found: Numerator) -> str:
    return f"a polynomial of {found.length} terms" if found.term is None else pen(found.term)


def pattern_words(points: Points) -> str:
    """`i = j`, `i ≠ j`: which indices are the same sample."""
    groups: dict[int, list[str]] = {}
    for name, point in points.items():
        groups.setdefault(point.kind, []).append(name)
    shown = [" = ".join(names) for names in groups.values()]
    if len(shown) <= 2:
        return " ≠ ".join(shown)
    return f"{', '.join(shown)} all different"
