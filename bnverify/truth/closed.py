"""A term -> the same value as one tidy product, read off its exact rational function; never typed in.

In x_j = mu + s xhat_j every first-order quantity of batch norm is a short polynomial in n, s, the upstream
gradients, the normalised samples and the two sums sum_j g_j and sum_j g_j xhat_j.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import Ordering, fmpq, fmpq_mpoly_ctx

from bnverify.model.axes import on_axis
from bnverify.model.calculus import derivative, expand
from bnverify.model.conventions import HALF, SAMPLE
from bnverify.model.forward import Forward, denominator, normalisation
from bnverify.model.quantities import EPSILON, INPUT, MEAN, NORMALISED, OUTPUT, SCALE, TARGET, VARIANCE
from bnverify.model.terms import (
    ONE,
    Count,
    Delta,
    LossBy,
    Plus,
    Power,
    Sum,
    Term,
    Value,
    free_indices,
    fresh_index,
    negative,
    number,
    plus,
    power,
    times,
    walk,
)
from bnverify.truth.domain import Point
from bnverify.truth.every_n import prover
from bnverify.truth.rational import Ratio, RationalFunctions
from bnverify.truth.rows import NoRow, collapsed, lifted, one_row
from bnverify.truth.verdict import Identity, Proved, Undecidable, Undefined

Poly = Any
Monomial = tuple[int, ...]

DEVIATION = power(Value(VARIANCE), HALF)
UPSTREAM = "dL/dy"
SUM_G, SUM_GX = f"sum {UPSTREAM}^1", f"sum {UPSTREAM}^1 {INPUT}^1"
SUM_CG, SUM_CGX = f"sum {UPSTREAM}^1 {SCALE}^1", f"sum {UPSTREAM}^1 {SCALE}^1 {INPUT}^1"
"""Where every sample has a gain of its own."""
OWN_LETTERS = {UPSTREAM: "g", SCALE: "c"}
MOST_INDICES = 2


class Untidy(Exception):
    """The term has no form in these few quantities."""


@lru_cache(maxsize=256)
def closed_form(value: Value, forward: Forward) -> Term:
    """The derivative of the loss by a quantity of the graph, as a tidy product."""
    return tidy(LossBy(value), forward)


def closed_gradient(head: LossBy, forward: Forward) -> Term:
    """The same of a gradient in a note. Raises Undecidable where its loss is no function of the outputs alone."""
    if head.of is not None and any(isinstance(part, Value) and part.name == INPUT for part in walk(head.of)):
        raise Undecidable("the loss is a function of the inputs")
    return closed_form(head.value, forward)


@lru_cache(maxsize=1024)
def tidy(term: Term, forward: Forward) -> Term:
    """The same value in s, xhat and the upstream gradients, proved equal for every n.

    Where there is no such form, the term without its derivatives.
    Raises Undifferentiable where a derivative has no rule.
    """
    plain = expand(term, forward)
    try:
        if forward.layer.exponential:
            return next((one for one in _of_softmax(term, forward) if _is_proved(one, term, forward)), plain)
        found = _tidy(term, forward) if forward.layer.rank == 1 else _lifted(term, forward)
    except (Untidy, NoRow, Undecidable, Undefined):
        return plain
    return found if _is_proved(found, term, forward) else plain


def _is_proved(found: Term, term: Term, forward: Forward) -> bool:
    return isinstance(prover(forward).examine(Identity(found, term)), Proved)


def _of_softmax(term: Term, forward: Forward) -> Iterator[Term]:
    """The gradient by a score: p_i - t_i behind cross-entropy, else p_i (g_i - sum_j g_j p_j)."""
    if not isinstance(term, LossBy) or term.value.name != INPUT:
        return
    index, axis = term.value.index, forward.layer.over[0]
    bound = fresh_index(on_axis("j", axis), set(index))
    each = (*index[:axis], bound, *index[axis + 1 :])
    own, other = Value(OUTPUT, index), Value(OUTPUT, each)
    rows = times(*(power(Count(kept), -1) for kept in forward.layer.kept))
    total = Sum(bound, Value(TARGET, each)) if forward.layer.targets is None else number(forward.layer.targets)
    difference = plus(times(total, own), negative(Value(TARGET, index)))
    yield from (difference, times(rows, difference))
    yield times(own, plus(LossBy(own), negative(Sum(bound, times(LossBy(other), other)))))


def _tidy(term: Term, forward: Forward) -> Term:
    indices = sorted(free_indices(term))
    if len(indices) > MOST_INDICES:
        raise Untidy
    exact = prover(forward).exact
    apart = {name: Point(place, place) for place, name in enumerate(indices, 1)}
    together = {name: Point(1, place) for place, name in enumerate(indices, 1)}

    def work() -> Ratio:
        """With a generator for the Kronecker delta: the value where it is 1, less the value where it is 0."""
        different = exact.value(term, apart)
        if len(indices) < MOST_INDICES:
            return different
        extra = exact.add([exact.value(term, together), exact.negative(different)])
        return exact.add([different, exact.multiply([extra, exact.generator("delta")])])

    ratio = exact.work_out(work)
    letters = _letters(indices, forward)
    ring = _Tidying(exact, forward, letters)
    return ring.written(ring.polynomial(ratio.above), ring.polynomial(exact.denominator(ratio.below)))


def row_form(value: Value, forward: Forward) -> Term:
    """The closed form of one row of the input, proved for every n there, with the indices of all of it.

    Rows share no statistics, so what is proved for one holds for each; this is much faster than a proof over all.
    Where a row has no such form, the derivative as the calculus leaves it.
    """
    if forward.layer.rank == 1:
        return closed_form(value, forward)
    try:
        alone, row = collapsed(LossBy(value), forward)
        return lifted(tidy(alone, normalisation(forward.convention, one_row(forward.layer))), row)
    except NoRow:
        return expand(LossBy(value), forward)


def _lifted(term: Term, forward: Forward) -> Term:
    """The tidy form of one row of the input, with the indices of all of it; it may not hold for sums over rows."""
    alone, row = collapsed(term, forward)
    return lifted(_tidy(alone, normalisation(forward.convention, one_row(forward.layer))), row)


def _letters(indices: Sequence[str], forward: Forward) -> dict[str, Term]:
    """What each generator of the tidy ring is worth: first what may stand in front, then the values of samples."""
    output = forward.output.name
    bound = fresh_index("j", set(indices))
    upstream: Term = LossBy(Value(output, (bound,)))
    scalars = {leaf.name: Value(leaf.name) for leaf in forward.leaves}
    data: dict[str, Term] = {}
    if forward.index_of(SCALE):
        upstream = times(Value(SCALE, (bound,)), upstream)
    for place, name in enumerate(indices, 1):
        data[f"c@{place}"] = Value(SCALE, (name,))
        data[f"g@{place}"] = LossBy(Value(output, (name,)))
        data[f"h@{place}"] = Value(NORMALISED, (name,))
    if len(indices) == MOST_INDICES:
        data = {"delta": Delta(*indices), **data}
    return {
        "n": Count(),
        "s": denominator(forward),
        "t": DEVIATION,
        **scalars,
        **data,
        "sum g": Sum(bound, upstream),
        "sum gh": Sum(bound, times(upstream, Value(NORMALISED, (bound,)))),
        MEAN: Value(MEAN),
    }


@dataclass
class _Tidying:
    """The polynomial ring in the letters of the tidy form."""

    exact: RationalFunctions
    forward: Forward
    letters: Mapping[str, Term]

    def __post_init__(self) -> None:
        self.names = tuple(self.letters)
        self.ring = fmpq_mpoly_ctx.get(self.names, Ordering.lex)
        self.gens: dict[str, Poly] = dict(zip(self.names, self.ring.gens(), strict=True))
        scale = [name for name in self.names if name in ("n", "s", "t") or self.forward.leaf(name)]
        self.scale = [name in scale for name in self.names]
        self.sums, self.sums_with_x = (SUM_CG, SUM_CGX) if self.forward.index_of(SCALE) else (SUM_G, SUM_GX)
        slope = derivative(
            self.forward.convention.residual.term, Value(INPUT, (SAMPLE,)), frozenset((MEAN,)), self.forward
        )
        self.sign = 1 if slope == ONE else -1
        """Of s xhat in x = mu + s xhat."""

    # -- into the ring

    def polynomial(self, exact: Poly) -> Poly:
        """An exact polynomial with x = mu + s xhat put in."""
        found = self.ring.constant(0)
        for powers, coefficient in exact.to_dict().items():
            product = self.ring.constant(coefficient)
            for name, exponent in zip(self.exact.names, powers, strict=False):
                if exponent:
                    product = product * self.image(name, int(exponent))
            found += product
        return found

    def image(self, name: str, exponent: int) -> Poly:
        """A power of a generator of the exact ring: its s is the root of v + eps, here s is what xhat divides by."""
        gens, divisor = self.gens, denominator(self.forward)
        if name == "t":
            return gens["s" if divisor == DEVIATION else "t"] ** exponent
        if name != "s":
            return self.worth(name) ** exponent
        radicand = gens["t"] ** 2 + self.epsilon(divisor)
        if radicand == gens["s"] ** 2:
            return gens["s"] ** exponent
        if exponent % 2:
            raise Untidy
        return radicand ** (exponent // 2)

    def epsilon(self, divisor: Term) -> Poly:
        """What eps is, in s and t, from s = sqrt(... + eps) or s = ... + eps."""
        value = self.gens["s"]
        if isinstance(divisor, Power) and divisor.exponent == HALF:
            value, divisor = value**2, divisor.base
        if not isinstance(divisor, Plus) or Value(EPSILON) not in divisor.terms:
            raise Untidy
        known = {Value(VARIANCE): self.gens["t"] ** 2, DEVIATION: self.gens["t"]}
        for term in divisor.terms:
            if term != Value(EPSILON):
                if term not in known:
                    raise Untidy
                value = value - known[term]
        return value

    def worth(self, name: str) -> Poly:
        gens = self.gens
        sign = self.sign
        stem, _, place = name.partition("@")
        centre = gens[MEAN] if self.forward.layer.centred else self.ring.constant(0)
        if stem == INPUT and place:
            return centre + sign * gens["s"] * gens[f"h@{place}"]
        if stem in OWN_LETTERS and place:
            return gens[f"{OWN_LETTERS[stem]}@{place}"]
        if name == self.sums:
            return gens["sum g"]
        if name == self.sums_with_x:
            return centre * gens["sum g"] + sign * gens["s"] * gens["sum gh"]
        if name not in gens:
            raise Untidy
        return gens[name]

    # -- out of the ring

    def written(self, above: Poly, below: Poly) -> Term:
        """A common factor, and what it leaves of each term: (gamma/(n s)) (n g_i - sum g - xhat_i sum g xhat)."""
        if not above:
            return number(0)
        groups = self.groups(above)
        order = sorted(groups, key=self.rank)
        if len(order) == 1:
            only = groups[order[0]]
            return times(self.quotient(only, below), *self.monomial(order[0]))
        reference, shared = -groups[order[1]], tuple(map(min, zip(*order, strict=True)))
        left = {data: tuple(one - common for one, common in zip(data, shared, strict=True)) for data in order}
        terms = [times(self.quotient(groups[data], reference), *self.monomial(left[data])) for data in order]
        return times(self.quotient(reference, below), *self.monomial(shared), plus(*terms))

    def groups(self, poly: Poly) -> dict[Monomial, Poly]:
        """The coefficients, as polynomials in n, s and the scalars, of each product of samples and sums."""
        found: dict[Monomial, dict[Monomial, Any]] = {}
        for powers, coefficient in poly.to_dict().items():
            data = tuple(0 if scale else int(e) for e, scale in zip(powers, self.scale, strict=True))
            rest = tuple(int(e) if scale else 0 for e, scale in zip(powers, self.scale, strict=True))
            found.setdefault(data, {})[rest] = coefficient
        return {data: self.ring.from_dict(terms) for data, terms in found.items()}

    def rank(self, data: Monomial) -> tuple[bool, int, Monomial]:
        """The sample's own term first, then the others by their degree."""
        own = [e for name, e in zip(self.names, data, strict=True) if name == "delta" or name.startswith("g@")]
        return not any(own), sum(data), data

    def quotient(self, above: Poly, below: Poly) -> Term:
        common = above.gcd(below)
        above, below = divmod(above, common)[0], divmod(below, common)[0]
        top, over = above.factor(), below.factor()
        parts = [number(as_fraction(top[0] / over[0]))]
        return times(*parts, *self.product(top[1], 1), *self.product(over[1], -1))

    def product(self, factors: Sequence[tuple[Poly, int]], sign: int) -> list[Term]:
        ordered = sorted(factors, key=lambda pair: tuple(-int(d) for d in pair[0].degrees()))
        return [raised(self.term(factor), sign * int(exponent)) for factor, exponent in ordered]

    def term(self, poly: Poly) -> Term:
        return plus(
            *(
                times(number(as_fraction(coefficient)), *self.monomial(tuple(int(e) for e in powers)))
                for powers, coefficient in poly.to_dict().items()
            )
        )

    def monomial(self, powers: Monomial) -> list[Term]:
        named = zip(self.names, powers, strict=True)
        return [raised(self.letters[name], exponent) for name, exponent in named]


def raised(base: Term, exponent: int) -> Term:
    """A whole power, a root inside multiplied out: sqrt(v + eps)^3 is (v + eps)^(3/2)."""
    if isinstance(base, Power):
        return power(base.base, base.exponent * exponent)
    return power(base, exponent)


def as_fraction(value: fmpq) -> Fraction:
    return Fraction(int(value.p), int(value.q))
