"""A note -> the sign of each derivative as it is written, against the true one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import product

from bnverify.frozen import frozen
from bnverify.judge.facts import BOTH
from bnverify.judge.findings import SignFlip
from bnverify.judge.judgement import Judgement
from bnverify.judge.resolved import ResolvedChain
from bnverify.model.conventions import Convention, Residual, Variance
from bnverify.model.quantities import INPUT, MEAN, NORMALISED, SCALE, VARIANCE
from bnverify.model.terms import (
    ZERO,
    Count,
    Delta,
    LossBy,
    Partial,
    Plus,
    Sum,
    Term,
    Times,
    Value,
    free_indices,
    negative,
    number,
    swapped,
    times,
    walk,
)
from bnverify.record import RIGHT, Target
from bnverify.repair.bench import Bench, Words, index_letters
from bnverify.source import Note
from bnverify.truth.closed import raised
from bnverify.truth.every_n import Prover, prover
from bnverify.truth.residues import Residues
from bnverify.truth.verdict import Identity


class Sign(StrEnum):
    """How the sign of a side compares with the true one; the values are the words of the report."""

    SAME = "same"
    TURNED = "same, but written with mu - x"
    FLIPPED = "flipped"
    PART = "flipped in a part"
    HIDDEN = "flipped, but hidden by sum(x - mu) = 0"
    UNKNOWN = "wrong in another way"
    OPEN = "not decided"


@frozen
class Signed:
    """One step about one of the quantities; `otherwise` where it is wrong beside its sign."""

    judgement: Judgement
    sign: Sign
    otherwise: bool = False


@frozen
class Quantity:
    """A derivative whose sign notes differ in: the loss (`of` is empty) or a node, by a quantity."""

    name: str
    of: str
    by: str

    def is_head(self, head: Term) -> bool:
        return key_of(derivative_alone(head)) == (self.of, self.by)


def derivative_alone(head: Term) -> Term:
    """The derivative of a head: that it is one for a single feature of several is not said again."""
    factors = [one for one in head.factors if not isinstance(one, Delta)] if isinstance(head, Times) else [head]
    return factors[0] if len(factors) == 1 else head


def key_of(term: Term) -> tuple[str, str] | None:
    """What is differentiated by what, whatever the samples; the loss has no name."""
    if isinstance(term, LossBy):
        return "", term.value.name
    if isinstance(term, Partial) and isinstance(term.of, Value):
        return term.of.name, term.by.name
    return None


QUANTITIES = (
    Quantity("dxhat/dmu", NORMALISED, MEAN),
    Quantity("dv/dmu", VARIANCE, MEAN),
    Quantity("dv/dx", VARIANCE, INPUT),
    Quantity("dL/dv", "", VARIANCE),
    Quantity("dL/dmu", "", MEAN),
    Quantity("dL/dx", "", INPUT),
)


def signs_of(note: Note, judgements: Sequence[Judgement]) -> Mapping[Quantity, Sequence[Signed]]:
    """Every step about each quantity that the note speaks of, in reading order."""
    words = Words(index_letters(judgements))
    return {
        quantity: found
        for quantity in QUANTITIES
        if (found := [_signed(one, note, words) for one in judgements if _speaks_of(one, quantity)])
    }


def _speaks_of(one: Judgement, quantity: Quantity) -> bool:
    return one.line is not None and quantity.is_head(one.line.head.term)


def _signed(one: Judgement, note: Note, words: Words) -> Signed:
    chain = one.line
    assert chain is not None
    if one.standing in RIGHT:
        return Signed(one, _of_right(one, chain))
    if chain.head.trouble or one.side.trouble or one.placed is None or one.placed.true is None:
        return Signed(one, Sign.OPEN)
    return _of_wrong(one, chain, note, words)


# -- right sides


def _of_right(one: Judgement, chain: ResolvedChain) -> Sign:
    """A right side may be written with the other residual, or have a sign that a zero hides."""
    head, side = chain.head.term, one.side.term
    own = prover(chain.forward)
    if own.equal_with(Identity(head, side, chain.conditions), BOTH) is False:
        zeros = {part for part in walk(side) if isinstance(part, (Sum, Plus, Partial)) and own.vanishes(part, BOTH)}
        signs = {_sign_of(own, head, side, swapped(side, zero, ZERO), chain, BOTH) for zero in zeros}
        if -1 in signs:
            return Sign.HIDDEN
        return Sign.UNKNOWN if one.hidden and 1 not in signs else Sign.SAME
    usual = chain.forward.convention.residual is Residual.X_MINUS_MU
    return Sign.TURNED if usual and any(map(_is_turned, walk(side))) and not _has_derivative(side) else Sign.SAME


def _is_turned(part: Term) -> bool:
    """mu - x_i, in either order of the terms."""
    return isinstance(part, Plus) and Value(MEAN) in part.terms and any(_is_minus_x(term) for term in part.terms)


def _is_minus_x(term: Term) -> bool:
    return any(term == negative(part) for part in walk(term) if isinstance(part, Value) and part.name == INPUT)


def _has_derivative(side: Term) -> bool:
    return any(isinstance(part, Partial) for part in walk(side))


# -- wrong sides


def _of_wrong(one: Judgement, chain: ResolvedChain, note: Note, words: Words) -> Signed:
    """The sign, where a side is the true value times a constant, or a repair tells what is wrong."""
    head, side = chain.head.term, one.side.term
    own = prover(chain.forward)
    if own.equal(Identity(head, negative(side), chain.conditions)):
        return Signed(one, Sign.FLIPPED)
    for tried in (side, _without_bound(side, free_indices(head))):
        sign = _sign_of(own, head, tried, ZERO, chain, frozenset())
        if sign:
            return Signed(one, Sign.SAME if sign > 0 else Sign.FLIPPED, otherwise=True)
    mends = Bench(one, chain, note, words).mends(Target.TRUTH)
    if not mends or any(edit.span.end <= one.step.relation.start for edit in mends[0].edits):
        # Nothing is known of the sign, or the side belongs to another head.
        return Signed(one, Sign.UNKNOWN)
    flips = [isinstance(cause, SignFlip) for cause in mends[0].causes]
    return Signed(one, Sign.PART if any(flips) else Sign.SAME, otherwise=not all(flips))


def _without_bound(side: Term, free: frozenset[str]) -> Term:
    """The side without sums over an index of the head, which may have a sign all the same."""
    bound = next((part for part in walk(side) if isinstance(part, Sum) and part.index in free), None)
    return side if bound is None else _without_bound(swapped(side, bound, bound.body), free)


# -- the sign of a constant


def _positive(convention: Convention) -> Iterator[Term]:
    """What is lost or doubled beside a sign, in every product. Gamma counts as positive: its sign is its own."""
    counts = [one.term for one in Variance if one.term != Count()]
    factors: list[tuple[Term, Sequence[int]]] = [
        (Count(), range(-2, 3)),
        *((count, range(-1, 2)) for count in counts),
        (Value(SCALE), range(-1, 2)),
        (convention.epsilon.term, range(-3, 4)),
        (number(2), range(-2, 3)),
        (number(3), range(-1, 2)),
    ]
    for exponents in product(*(powers for _, powers in factors)):
        yield times(*(raised(base, exponent) for (base, _), exponent in zip(factors, exponents, strict=True)))


def _sign_of(
    own: Prover, head: Term, side: Term, without: Term, chain: ResolvedChain, freed: frozenset[str]
) -> int | None:
    """1 or -1 where head - without is a constant times side - without, and the constant a product of the usual ones."""
    ratios = {own.ratio(head, side, without, chain.conditions, freed, variant) for variant in range(2)}
    ratio = ratios.pop()
    if ratios or not ratio:
        return None
    return _signs_at(own.freeing(freed)).get(ratio)


@lru_cache(maxsize=16)
def _signs_at(domain: Residues) -> Mapping[int, int]:
    """The sign of each product of the usual factors, by its value at a weighted point."""
    values = [domain.value(term, {}) for term in _positive(domain.forward.convention)]
    return {domain.multiply([sign, value]): sign for sign in (-1, 1) for value in values}
