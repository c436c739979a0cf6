"""The slips that a written backward pass can have, as tables: constant factors, and edits of a term."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement

from bnverify.against.inputs import Setting
from bnverify.model.axes import axis_of, on_axis
from bnverify.model.conventions import HALF, Epsilon, Variance
from bnverify.model.forward import Forward, denominator, normalisation
from bnverify.model.quantities import INPUT, NORMALISED, SCALE, VARIANCE
from bnverify.model.terms import (
    ONE,
    Count,
    LossBy,
    Plus,
    Power,
    Sum,
    Term,
    Times,
    Value,
    free_indices,
    fresh_index,
    number,
    plus,
    power,
    rename,
    swapped,
    times,
    walk,
)

Product = tuple[tuple[str, int], ...]
"""Powers of a few symbols, sorted: (("gamma", -1), ("n", 1))."""
MINUS, TWO, SIZE, LESS, GAIN, ROOT, BARE, OTHER = "-1", "2", "n", "n-1", "gamma", "s", "root v", "other"
OUTSIDE, INSIDE = "outside", "inside"
MOST_MOVES = 3


@dataclass(frozen=True, slots=True)
class Said:
    """How a slip is told: behind `equals the true dx`, and behind `the third term`."""

    whole: str
    term: str


FACTORS: Mapping[Product, Said] = {
    ((MINUS, 1),): Said("with the opposite sign", "has the opposite sign"),
    ((GAIN, -1),): Said("without gamma", "lacks gamma"),
    ((GAIN, 1),): Said("with gamma twice", "has gamma twice"),
    ((TWO, 1),): Said("times 2", "is twice as large"),
    ((TWO, -1),): Said("divided by 2", "is half as large (a 2 is lost, as of the derivative of a square)"),
    ((SIZE, 1),): Said("not divided by n", "is not divided by n (a sum where a mean belongs)"),
    ((SIZE, -1),): Said("divided by n once more", "is divided by n once more (a mean where a sum belongs)"),
    ((SIZE, 1), (LESS, -1)): Said("with 1/(n-1) for 1/n", "uses 1/(n-1) in place of 1/n"),
    ((SIZE, -1), (LESS, 1)): Said("with 1/n for 1/(n-1)", "uses 1/n in place of 1/(n-1)"),
    ((LESS, -1),): Said("divided by n-1 once more", "is divided by n-1 once more"),
    ((ROOT, 1),): Said("not divided by s", "lacks a division by s"),
    ((ROOT, 2),): Said("not divided by s^2", "lacks a division by s^2"),
    ((ROOT, -1),): Said("divided by s once more (a root is missing)", "is divided by s once more (a root is missing)"),
    ((ROOT, -2),): Said("divided by s^2 once more", "is divided by s^2 once more"),
    ((BARE, -1), (ROOT, 1)): Said("without epsilon in front: sqrt(v) for s", "lacks epsilon: sqrt(v) in place of s"),
    ((BARE, -2), (ROOT, 2)): Said("without epsilon: v for s^2", "lacks epsilon: v in place of s^2"),
    ((BARE, -3), (ROOT, 3)): Said("without epsilon: v^(3/2) for s^3", "lacks epsilon: v^(3/2) in place of s^3"),
    ((BARE, 1), (ROOT, -1)): Said("times sqrt(v)/s", "lacks the factor s/sqrt(v)"),
    ((OUTSIDE, -1), (ROOT, 1)): Said("with epsilon outside the root in front", "has epsilon outside the root: sqrt(v) + eps in place of sqrt(v + eps)"),
    ((INSIDE, -1), (ROOT, 1)): Said("with epsilon inside the root in front", "has epsilon inside the root: sqrt(v + eps) in place of sqrt(v) + eps"),
    ((OTHER, -1), (ROOT, 1)): Said("with the other variance in front", "uses the other variance in s"),
    ((OTHER, -2), (ROOT, 2)): Said("with the other variance in s^2", "uses the other variance in s^2"),
}  # fmt: skip
"""The words for a constant factor; one that is not here is told as a formula."""
MOVES: tuple[Product, ...] = (
    ((MINUS, 1),), ((TWO, 1),), ((TWO, -1),), ((SIZE, 1),), ((SIZE, -1),), ((LESS, -1),),
    ((SIZE, 1), (LESS, -1)), ((SIZE, -1), (LESS, 1)), ((GAIN, 1),), ((GAIN, -1),), ((ROOT, 1),), ((ROOT, -1),),
    ((BARE, -1), (ROOT, 1)), ((BARE, 1), (ROOT, -1)), ((OUTSIDE, -1), (ROOT, 1)), ((INSIDE, -1), (ROOT, 1)), ((OTHER, -1), (ROOT, 1)),
)  # fmt: skip
"""Single slips of a constant; products of a few of them are tried."""


def products(known: frozenset[str], most: int = MOST_MOVES) -> Mapping[Product, int]:
    """Every product of up to a few moves in the symbols that a layer has, with the least number of moves."""
    moves = [one for one in MOVES if all(symbol in known for symbol, _ in one)]
    found: dict[Product, int] = {(): 0}
    for count in range(1, most + 1):
        for some in combinations_with_replacement(moves, count):
            found.setdefault(multiplied(some), count)
    return found


def multiplied(some: Sequence[Product]) -> Product:
    powers: dict[str, int] = {}
    for one in some:
        for symbol, exponent in one:
            powers[symbol] = powers.get(symbol, 0) + exponent
    if MINUS in powers:
        powers[MINUS] %= 2
    return tuple(sorted((symbol, exponent) for symbol, exponent in powers.items() if exponent))


def cost(product: Product, moves: int) -> float:
    """What has words of its own is one slip."""
    return 1.0 if product in FACTORS and moves == 1 else moves - 0.25 * (product in FACTORS)


def symbols(setting: Setting, forward: Forward, of: str, index: tuple[str, ...]) -> Mapping[str, Term]:
    """What each symbol of a factor stands for, at the index that a gradient carries."""
    layer = forward.layer
    summed = layer.over if of == "dx" else tuple(axis for axis in range(layer.rank) if axis not in layer.gains)
    size = times(*(Count(axis) for axis in summed))
    found: dict[str, Term] = {MINUS: number(-1), TWO: number(2), SIZE: size, LESS: plus(size, number(-1))}
    if of == "dx":
        found[GAIN] = Value(SCALE, layer.at_gains(index))
    elif len(index) == len(layer.gains):
        found[GAIN] = Value(SCALE, index)
    if of == "dx":
        return found | _roots(setting, forward, index)
    if set(layer.kept) <= set(layer.gains):
        return found | _roots(setting, forward, _own_index(forward, index))
    return found


def _own_index(forward: Forward, gains: tuple[str, ...]) -> tuple[str, ...]:
    """An index of the input with that of the gains in it."""
    own = list(forward.index_of(NORMALISED))
    for axis, one in zip(forward.layer.gains, gains, strict=True):
        own[axis] = one
    return tuple(own)


def _roots(setting: Setting, forward: Forward, index: tuple[str, ...]) -> dict[str, Term]:
    """The denominator, as it is and as it would be by other conventions."""
    convention, layer = setting.convention, forward.layer
    root = denominator(forward, index)
    found: dict[str, Term] = {ROOT: root}
    if convention.epsilon is not Epsilon.NONE:
        elsewhere, symbol = (Epsilon.OUTSIDE, OUTSIDE) if convention.epsilon is Epsilon.INSIDE else (Epsilon.INSIDE, INSIDE)
        found[BARE] = power(Value(VARIANCE, layer.at_kept(index)), HALF)
        found[symbol] = denominator(normalisation(replace(convention, epsilon=elsewhere), layer), index)
    if layer.centred:
        size = times(*(Count(axis) for axis in layer.over))
        biased = convention.variance is Variance.BIASED
        ratio = times(size, power(plus(size, number(-1)), -1)) if biased else times(plus(size, number(-1)), power(size, -1))
        variance = Value(VARIANCE, layer.at_kept(index))
        found[OTHER] = swapped(root, variance, times(ratio, variance))
    return found


# -- edits of a term


@dataclass(frozen=True, slots=True)
class Edit:
    """A slip that changes what stands in a term; `make` gives None where there is nothing to change."""

    said: Said
    make: Callable[[Term, Forward, tuple[str, ...]], Term | None]
    has_row: bool = True
    """Whether it can be written for one row of the input."""


def pieces(term: Term) -> tuple[Term, ...]:
    """A product with one sum of terms in it, multiplied out."""
    factors = term.factors if isinstance(term, Times) else (term,)
    place = next((at for at, one in enumerate(factors) if isinstance(one, Plus) and _is_data(one)), None)
    if place is None:
        return (term,)
    inner = factors[place]
    assert isinstance(inner, Plus)
    return tuple(times(*factors[:place], one, *factors[place + 1 :]) for one in inner.terms)


def _is_data(term: Term) -> bool:
    """Whether it holds gradients, and is no constant such as n - 1."""
    return any(isinstance(part, LossBy) for part in walk(term))


def _outside(term: Term, change: Callable[[Term], Term]) -> Term | None:
    """The factors that stand outside of sums changed."""
    factors = term.factors if isinstance(term, Times) else (term,)
    made = times(*(one if isinstance(one, Sum) else change(one) for one in factors))
    return made if made != term else None


def _inside(term: Term, change: Callable[[Term], Term]) -> Term | None:
    """The bodies of sums changed."""

    def walked(part: Term, within: bool) -> Term:
        match part:
            case Sum(index=index, body=body):
                return Sum(index, walked(body, True))
            case Times(factors=factors):
                return times(*(walked(one, within) for one in factors))
            case Plus(terms=terms):
                return plus(*(walked(one, within) for one in terms))
            case _:
                return change(part) if within else part

    made = walked(term, False)
    return made if made != term else None


def _to(name: str, new: Callable[[Value], Term]) -> Callable[[Term], Term]:
    return lambda part: new(part) if isinstance(part, Value) and part.name == name else part


def _raw(part: Value) -> Term:
    return Value(INPUT, part.index)


def _both(term: Term, change: Callable[[Term], Term], first: Callable[..., Term | None]) -> Term | None:
    """The change made inside and outside of sums, where it can be made at the `first` of both."""
    if first(term, change) is None:
        return None
    outer = _outside(term, change) or term
    return _inside(outer, change) or outer


def _own_hat_inside(term: Term, forward: Forward, own: tuple[str, ...]) -> Term | None:
    return _inside(term, _to(NORMALISED, lambda part: Value(NORMALISED, own))) if len(own) == forward.layer.rank else None


def _own_gain_inside(term: Term, forward: Forward, own: tuple[str, ...]) -> Term | None:
    if len(own) != forward.layer.rank:
        return None
    return _inside(term, _to(SCALE, lambda part: Value(SCALE, forward.layer.at_gains(own))))


def _unsummed(term: Term, forward: Forward, own: tuple[str, ...]) -> Term | None:
    """What stands in the sum at the sample itself."""
    if len(own) != forward.layer.rank:
        return None

    def walked(part: Term) -> Term:
        match part:
            case Sum(index=index, body=body):
                return rename(walked(body), {index: own[axis_of(index)]})
            case Times(factors=factors):
                return times(*map(walked, factors))
            case Plus(terms=terms):
                return plus(*map(walked, terms))
            case _:
                return part

    made = walked(term)
    return made if made != term else None


def _over_everything(term: Term, forward: Forward, own: tuple[str, ...]) -> Term | None:
    """The sums taken over the other axes as well."""

    def walked(part: Term) -> Term:
        match part:
            case Sum(index=index, body=body):
                taken = set(free_indices(body)) | set(own)
                free = sorted(free_indices(body) - {index} & frozenset(own)) if not isinstance(body, Sum) else []
                fresh = {one: fresh_index(on_axis("z", axis_of(one)), taken) for one in free if one in own}
                made = rename(walked(body) if isinstance(body, Sum) else body, fresh)
                for one in fresh.values():
                    made = Sum(one, made)
                return Sum(index, made)
            case Times(factors=factors):
                return times(*map(walked, factors))
            case Plus(terms=terms):
                return plus(*map(walked, terms))
            case _:
                return part

    if forward.layer.rank == 1:
        return None
    made = walked(term)
    return made if made != term else None


def _over_the_others(term: Term, forward: Forward, own: tuple[str, ...]) -> Term | None:
    """The sums taken over the other axis in place of their own; for an input with two indices."""
    if forward.layer.rank != 2 or len(own) != 2:
        return None

    def walked(part: Term) -> Term:
        match part:
            case Sum(index=index, body=body):
                axis = axis_of(index)
                other = own[1 - axis]
                fresh = fresh_index(on_axis("z", 1 - axis), set(own))
                return Sum(fresh, rename(rename(body, {other: fresh}), {index: own[axis]}))
            case Times(factors=factors):
                return times(*map(walked, factors))
            case Plus(terms=terms):
                return plus(*map(walked, terms))
            case _:
                return part

    made = walked(term)
    return made if made != term else None


EDITS: tuple[Edit, ...] = (
    Edit(Said("with x in place of xhat", "has x in place of the xhat before the sum"),
         lambda term, _f, _i: _outside(term, _to(NORMALISED, _raw))),
    Edit(Said("without the xhat before the sum", "lacks the xhat before the sum"),
         lambda term, _f, _i: _outside(term, _to(NORMALISED, lambda _: ONE))),
    Edit(Said("with x in place of xhat inside the sum", "has x in place of xhat inside the sum"),
         lambda term, _f, _i: _inside(term, _to(NORMALISED, _raw))),
    Edit(Said("without the xhat inside the sum", "lacks the xhat inside the sum"),
         lambda term, _f, _i: _inside(term, _to(NORMALISED, lambda _: ONE))),
    Edit(Said("with x in place of every xhat", "has x in place of both xhat"),
         lambda term, _f, _i: _both(term, _to(NORMALISED, _raw), _outside)),
    Edit(Said("with the xhat of the sample itself inside the sum", "has the xhat of the sample itself inside the sum"),
         _own_hat_inside),
    Edit(Said("without gamma", "lacks gamma inside the sum"),
         lambda term, _f, _i: _both(term, _to(SCALE, lambda _: ONE), _inside)),
    Edit(Said("with gamma twice", "has gamma twice inside the sum"),
         lambda term, _f, _i: _both(term, _to(SCALE, lambda part: power(part, 2)), _inside)),
    Edit(Said("with gamma taken out of the sums, where it differs along them",
              "has gamma taken out of the sum, where it differs along it"), _own_gain_inside),
    Edit(Said("without its sums", "lacks its sum (the sample itself in place of all)"), _unsummed),
    Edit(Said("with its sums over the whole array", "has its sum over the whole array"), _over_everything, False),
    Edit(Said("with its sums over the wrong axis", "has its sum over the wrong axis"), _over_the_others, False),
)  # fmt: skip
"""Slips within a term; adding one is one entry."""
OF_SUMMANDS: tuple[Edit, ...] = (
    Edit(Said("with x - mu in place of xhat", "has x - mu in place of xhat"),
         lambda term, forward, _i: _inside(term, _to(NORMALISED, lambda part: times(part, denominator(forward, part.index))))),
    Edit(Said("with xhat divided by s once more", "has xhat divided by s once more"),
         lambda term, forward, _i: _inside(term, _to(NORMALISED, lambda part: times(part, power(denominator(forward, part.index), -1))))),
    Edit(Said("without epsilon in xhat", "lacks epsilon in xhat"),
         lambda term, forward, _i: _inside(term, _to(NORMALISED, lambda part: times(
             part, denominator(forward, part.index),
             power(Value(VARIANCE, forward.layer.at_kept(part.index)), -HALF))))),
)  # fmt: skip
"""Slips of the gradients of gamma and beta, whose s may stand inside the sum alone."""


def edits(of: str) -> Iterator[Edit]:
    yield from EDITS
    if of != "dx":
        yield from OF_SUMMANDS


def product_term(product: Product, known: Mapping[str, Term]) -> Term:
    return times(*(power(known[symbol], exponent) for symbol, exponent in product))


def collected(term: Term) -> Term:
    """A product with the powers of each factor gathered."""
    if not isinstance(term, Times):
        return term
    powers: dict[Term, object] = {}
    for one in term.factors:
        base, exponent = (one.base, one.exponent) if isinstance(one, Power) else (one, 1)
        powers[base] = powers.get(base, 0) + exponent  # type: ignore[operator]
    return times(*(power(base, exponent) for base, exponent in powers.items()))  # type: ignore[arg-type]


