"""Which constant factor is missing: a ratio of residues looked up among the products that people lose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from itertools import combinations

from bnverify.frozen import frozen
from bnverify.judge.findings import Cause, ExtraFactor, MissingFactor, MissingTerm, SignFlip, WrongCount
from bnverify.model.axes import letter_of, on_axis
from bnverify.model.conventions import HALF, Variance
from bnverify.model.forward import Forward, inverse
from bnverify.model.layers import Layer
from bnverify.model.notation import is_index
from bnverify.model.places import axes_of
from bnverify.model.quantities import NORMALISED, OUTPUT, SCALE, VARIANCE
from bnverify.model.terms import (
    MINUS_ONE,
    Count,
    Delta,
    LossBy,
    Sum,
    Term,
    Value,
    free_indices,
    number,
    power,
    swapped,
    times,
    walk,
)
from bnverify.model.terms import ONE as ONE_TERM
from bnverify.model.writing import DEVIATION_SQUARED
from bnverify.read.syntax import Addition, CaseRows, Digits, Expr, Group, Negative, Product
from bnverify.read.syntax import Fraction as Quotient
from bnverify.repair.slip import IN_PLACE, LARGE, PIECE, Slip, Wrong
from bnverify.repair.structure import is_path, with_factor
from bnverify.repair.trees import Site
from bnverify.repair.vocabulary import ONE, negated, own_index
from bnverify.repair.weighed import NO_VALUE, Weighed
from bnverify.truth.domain import Point
from bnverify.truth.residues import PRIME, Residues

LESS_ONE = Variance.UNBIASED.term
INSIDE = power(DEVIATION_SQUARED, HALF)


@frozen
class Constant:
    """A factor that all samples share, with the name of the slip of losing it."""

    term: Term
    cause: type[Cause]


Constants = Mapping[int, Constant]


CONSTANTS: tuple[Constant, ...] = (
    Constant(MINUS_ONE, SignFlip),
    *(Constant(power(Count(), k), WrongCount) for k in (1, -1, 2, -2)),
    *(Constant(power(LESS_ONE, k), WrongCount) for k in (1, -1)),
    Constant(times(Count(), power(LESS_ONE, -1)), WrongCount),
    Constant(times(LESS_ONE, power(Count(), -1)), WrongCount),
    *(Constant(number(k), MissingFactor) for k in (2, Fraction(1, 2), 3, Fraction(1, 3), 4, Fraction(1, 4))),
    Constant(number(Fraction(3, 2)), MissingFactor),
    Constant(number(Fraction(2, 3)), MissingFactor),
    Constant(Value(SCALE), MissingFactor),
    Constant(power(Value(SCALE), -1), ExtraFactor),
    Constant(power(Value(SCALE), 2), MissingFactor),
    *(Constant(power(DEVIATION_SQUARED, k * HALF), MissingFactor) for k in (1, -1, 2, -2, 3, -3)),
)


@lru_cache(maxsize=16)
def constants_at(domain: Residues, index: tuple[str | None, ...], points: tuple[tuple[str, Point], ...]) -> Constants:
    """The value of each constant at this point, backwards; `index` is what the head has along each axis."""
    found: dict[int, Constant] = {}
    divisor = domain.forward.convention.epsilon.term
    own = () if divisor == INSIDE else (divisor, power(Value(VARIANCE), HALF))
    powers = (Constant(power(term, k), MissingFactor) for term in own for k in (1, -1, 2, -2, 3, -3))
    usual = (replace(one, term=at_index(one.term, domain.forward, index)) for one in (*CONSTANTS, *powers))
    for placed in (*usual, *_partial_counts(domain.forward.layer)):
        try:
            found.setdefault(domain.value(placed.term, dict(points)), placed)
        except NO_VALUE:
            continue
    return found


def _partial_counts(layer: Layer) -> Iterator[Constant]:
    """Some of the counts whose product the statistics divide by, as in 1/N for 1/(N H W), and those of other axes."""
    whole = times(*(Count(axis) for axis in layer.over))
    others = [Count(axis) for axis in layer.kept]
    parts = [times(*map(Count, axes)) for size in range(1, len(layer.over)) for axes in combinations(layer.over, size)]
    swaps = [times(other, power(whole, -1)) for other in others]
    yield from (Constant(power(count, sign), WrongCount) for count in (*others, *swaps, *parts) for sign in (1, -1))


def constants_of(wrong: Wrong, weighed: Weighed) -> Constants:
    """The constants at the point where a side was weighed, in the indices of its head."""
    index = own_index(wrong.head, weighed.domain.forward.layer)
    named = tuple((name, weighed.points[name]) for name in index if name is not None and name in weighed.points)
    return constants_at(weighed.domain, index, named)


def at_index(term: Term, forward: Forward, index: Sequence[str | None]) -> Term:
    """A term about one row of samples with one gain, with the indices that these have in a forward pass."""
    layer = forward.layer
    for name in (SCALE, VARIANCE, NORMALISED):
        own = [index[axis] for axis in axes_of(name, layer)]
        known = tuple(one for one in own if one is not None)
        if len(known) == len(own):
            term = swapped(term, Value(name), Value(name, known))
    size = times(*(Count(axis) for axis in layer.over))
    return term if size == Count() else swapped(term, Count(), size)


def is_summand(site: Site) -> bool:
    """Where a constant factor makes a difference of its own: a summand, a row of cases, a whole side."""
    parent = site.parent
    return parent is None or isinstance(parent, (Addition, CaseRows))


def scaled(site: Site, constant: Constant, wrong: Wrong) -> Expr | None:
    """The node with the factor put in, in the note's letters."""
    body = site.expr.body if isinstance(site.expr, Negative) else site.expr
    if constant.cause is SignFlip:
        return negated(Group(body)) if isinstance(body, Addition) else negated(site.expr)
    factor = wrong.vocabulary.expr(constant.term)
    if factor is None or _cancels(body, factor):
        return None
    made = _put_in(body, Group(factor) if isinstance(factor, Addition) else factor)
    return Negative(made) if isinstance(site.expr, Negative) else made


def _cancels(body: Expr, factor: Expr) -> bool:
    """A third of three times something: to leave the three out is the smaller story."""
    first = body.factors[0] if isinstance(body, Product) else body
    return isinstance(factor, Quotient) and isinstance(first, Digits) and factor == Quotient(ONE, first)


def _put_in(body: Expr, factor: Expr) -> Expr:
    """A factor below a stroke joins the first stroke, or the first number, of what it is put before."""
    if not (isinstance(factor, Quotient) and factor.above == ONE):
        return with_factor(body, factor)
    first, rest = (body.factors[0], body.factors[1:]) if isinstance(body, Product) else (body, ())
    if isinstance(first, Quotient) and first.above == factor.below:
        joined = Quotient(ONE, first.below)  # half of 2/m is 1/m
    elif isinstance(first, Quotient) and not first.slash:
        joined = Quotient(first.above, with_factor(first.below, factor.below))
    elif isinstance(first, Digits):
        joined = Quotient(first, factor.below)
    else:
        return with_factor(body, factor)
    return Product((joined, *rest)) if rest else joined


def summands(wrong: Wrong) -> Iterator[Term]:
    """What the closed forms of the layer are sums of, in the indices of the head; the side's own gradients first."""
    forward = wrong.vocabulary.scope.forward
    own = [Value(NORMALISED, index) for index in _places(wrong, forward.layer)]
    each = _bound_place(wrong, forward.layer)
    other = Value(NORMALISED, each)
    yield ONE_TERM
    for upstream in sorted((OUTPUT, NORMALISED), key=lambda name: not _speaks_of(wrong.own, name)):
        bound = _gradient(upstream, each, forward)
        summed = _summed(bound, each, forward), _summed(times(bound, other), each, forward)
        yield from (LossBy(Value(upstream, value.index)) for value in own)
        yield from (*summed, *(times(one, summed[1]) for one in own))
    yield from (*own, *(times(one, one) for one in own))
    if len(own) == 2:
        yield from (times(*own), Delta(own[0].index[0], own[1].index[0]))


def _places(wrong: Wrong, layer: Layer) -> list[tuple[str, ...]]:
    """The places of the input that the head names."""
    free = sorted(one for one in free_indices(wrong.head) if is_index(letter_of(one)))
    if layer.rank == 1:
        return [(one,) for one in free]
    index = tuple(one for one in own_index(wrong.head, layer) if one is not None)
    return [index] if len(index) == layer.rank else []


def _bound_place(wrong: Wrong, layer: Layer) -> tuple[str, ...]:
    """A place that is summed over, in the row that the head names."""
    row = own_index(wrong.head, layer)
    return tuple(
        on_axis("j'", axis) if axis in layer.over else row[axis] or on_axis("j'", axis) for axis in range(layer.rank)
    )


def _gradient(upstream: str, each: tuple[str, ...], forward: Forward) -> Term:
    """The gradient at a place that is summed over; gains of its own do not leave the sum."""
    gains = forward.layer.at_gains(each)
    inside = upstream == OUTPUT and any(axis in forward.layer.over for axis in forward.layer.gains)
    gradient = LossBy(Value(upstream, each))
    return times(Value(SCALE, gains), gradient) if inside else gradient


def _summed(body: Term, each: tuple[str, ...], forward: Forward) -> Term:
    for axis in reversed(forward.layer.over):
        body = Sum(each[axis], body)
    return body


def _speaks_of(side: Term, name: str) -> bool:
    return any(isinstance(part, LossBy) and part.value.name == name for part in walk(side))


def common_factors(forward: Forward) -> tuple[Term, ...]:
    """What stands before such a summand."""
    over = inverse(forward.convention.epsilon.term)
    scales = (ONE_TERM, over, Value(SCALE), times(Value(SCALE), over))
    counts = (ONE_TERM, Count(), power(Count(), -1), power(LESS_ONE, -1))
    return tuple(times(scale, count) for scale in scales for count in counts)


def small_terms(wrong: Wrong, at: Callable[[Term], int | None]) -> dict[int, Term]:
    """Every such summand by its value."""
    found: dict[int, Term] = {}
    forward = wrong.vocabulary.scope.forward
    index = own_index(wrong.head, forward.layer)
    placed = [at_index(term, forward, index) for term in common_factors(forward)]
    common = [(term, value) for term in placed if (value := at(term)) is not None]
    for base in summands(wrong):
        value = at(base)
        for term, scale in common if value else ():
            assert value is not None
            found.setdefault(value * scale % PRIME, times(term, base))
    return found


def lost_terms(site: Site, needed: int, wrong: Wrong, known: Mapping[int, Term]) -> Iterator[Slip]:
    """A summand that was left out of a sum, where it is one of those that the layer's formulas are made of."""
    if site.expr == Digits("0"):
        return
    # Among chain rules it is a path that is missing, and the term only its value.
    size = LARGE if all(is_path(one, wrong) for one in summands_of(site.expr)) else PIECE
    for value, sign in ((needed, 1), (PRIME - needed, -1)):
        term = known.get(value)
        new = wrong.vocabulary.expr(term) if term is not None else None
        if new is not None:
            terms = (*summands_of(site.expr), new if sign > 0 else Negative(new))
            yield Slip(site.expr, Addition(terms), MissingTerm, size)


def summands_of(expr: Expr) -> tuple[Expr, ...]:
    return expr.terms if isinstance(expr, Addition) else (expr,)


def lost_constants(site: Site, weight: int | None, ratio: int | None, wrong: Wrong, weighed: Weighed) -> Iterator[Slip]:
    """The slip at a summand that differs from what it should be by a known constant."""
    if not is_summand(site) or not weight or ratio is None:
        return
    constant = constants_of(wrong, weighed).get(ratio)
    new = scaled(site, constant, wrong) if constant is not None else None
    if constant is not None and new is not None:
        yield slip_of(site, new, constant)


def slip_of(site: Site, new: Expr, constant: Constant) -> Slip:
    """A sign is turned in its place; what divides by gamma is a roundabout way to leave it out."""
    if constant.cause is SignFlip:
        return Slip(site.expr, new, SignFlip, IN_PLACE, odd=1)
    return Slip(site.expr, new, constant.cause, LARGE if constant.cause is ExtraFactor else PIECE, odd=1)
