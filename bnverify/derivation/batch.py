"""A batch of fractions -> every number of the forward and the backward pass of one row, exact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from math import isqrt, sqrt

from bnverify.frozen import frozen
from bnverify.model.conventions import Epsilon
from bnverify.model.forward import Forward, denominator
from bnverify.model.quantities import EPSILON, INPUT, MEAN, NORMALISED, OUTPUT, SCALE, SHIFT, VARIANCE
from bnverify.model.terms import LossBy, Partial, Reading, Term, Value
from bnverify.truth.domain import Point
from bnverify.truth.fractions_at import Fractions, fraction_root
from bnverify.truth.verdict import Undecidable

Numbers = tuple[Fraction, ...]
GAMMA, BETA = Fraction(2), Fraction(1)
GAINS = tuple(map(Fraction, (2, 1, 3, -1)))
"""Scales in turn, where each place has its own."""
LARGEST_JACOBIAN = 4
TRIED = range(-8, 33)
"""Values of the last two samples, where the root of the variance has to be rational."""


class _Rounded(Fractions):
    """Fractions in which a root that is not rational is that of the nearest float."""

    def power(self, base: Fraction, exponent: Fraction) -> Fraction:
        if exponent.denominator == 2 and root_of(base) is None:
            base, exponent = Fraction(sqrt(base)), 2 * exponent
        return super().power(base, exponent)


@frozen
class Worked:
    """One row, forwards and backwards; `shared` are the numbers of the row, `columns` those of each place."""

    shared: Mapping[str, Fraction]
    columns: Mapping[str, Numbers]
    back: Mapping[str, Fraction]
    """The gradients by what the places share."""
    jacobian: tuple[Numbers, ...]
    """dy_i / dx_j, empty for a large row."""
    exact: bool
    """Whether the root of the variance is rational, where it matters; else all numbers are rounded."""

    @property
    def by_x(self) -> Numbers:
        return self.columns["∂L/∂xᵢ"]


def work_out(forward: Forward, x: Numbers, g: Numbers) -> Worked:
    """All numbers of a layer of one row, from its definitions and the derivatives of the graph."""
    domain = _domain(forward, x, g)
    n, own = len(x), ("i",)

    def at(term: Term, *places: int) -> Fraction:
        return domain.value(term, {name: Point(k, k) for name, k in zip("ij", places, strict=False)})

    def family(term: Term) -> Numbers:
        return tuple(at(term, k) for k in range(n))

    shift = (SHIFT,) if forward.layer.shifted else ()
    gains = bool(forward.index_of(SCALE))
    statistics = [node.name for node in forward.nodes if node.is_statistic]
    scalars = [*reversed(statistics), *(() if gains else (SCALE, *shift))]
    letters = {MEAN: "μ", VARIANCE: "v", SCALE: "γ", SHIFT: "β"}
    shared = {letters[name]: at(Value(name)) for name in statistics} | {"s": at(denominator(forward, own))}
    if forward.convention.epsilon is not Epsilon.NONE:
        shared["ε"] = at(Value(EPSILON))
    shared |= {} if gains else {letters[name]: at(Value(name)) for name in (SCALE, *shift)}
    scales = {"γᵢ": family(Value(SCALE, own))} if gains else {}
    by_scales = {"∂L/∂γᵢ": family(LossBy(Value(SCALE, own)))} if gains else {}
    columns = {
        "xᵢ": x,
        **scales,
        "x̂ᵢ": family(Value(NORMALISED, own)),
        "yᵢ": family(Value(OUTPUT, own)),
        "gᵢ": g,
        "∂L/∂x̂ᵢ": family(LossBy(Value(NORMALISED, own))),
        "∂L/∂xᵢ": family(LossBy(Value(INPUT, own))),
        **by_scales,
    }
    back = {letters[name]: at(LossBy(Value(name))) for name in scalars}
    slope = Partial(Value(OUTPUT, own), Value(INPUT, ("j",)), Reading.TOTAL)
    size = n if n <= LARGEST_JACOBIAN else 0
    matrix = tuple(tuple(at(slope, i, j) for j in range(size)) for i in range(size))
    return Worked(shared, columns, back, matrix, _is_fine(forward, x))


def _domain(forward: Forward, x: Numbers, g: Numbers) -> Fractions:
    gains = bool(forward.index_of(SCALE))
    scale: Fraction | Numbers = tuple(GAINS[k % len(GAINS)] for k in range(len(x))) if gains else GAMMA
    shift: Fraction | Numbers = (BETA,) * len(x) if gains else BETA
    leaves: dict[str, Fraction | Numbers] = {INPUT: x, "dL/dy": g, SCALE: scale, SHIFT: shift, EPSILON: Fraction(1)}
    variance = Fractions(forward, len(x), leaves).quantity(VARIANCE, ())
    if forward.convention.epsilon is Epsilon.INSIDE:
        leaves[EPSILON] = gap_to_square(variance)
    return _Rounded(forward, len(x), leaves)


def gap_to_square(variance: Fraction) -> Fraction:
    """eps > 0 that makes variance + eps the square of the least possible whole number."""
    root = isqrt(variance.numerator // variance.denominator) + 1
    return root * root - variance


def root_of(variance: Fraction) -> Fraction | None:
    try:
        return fraction_root(variance)
    except Undecidable:
        return None


def usual_batch(forward: Forward, n: int) -> Numbers:
    """1, 2, ..., n - 1, n + 2, or with other last samples where the root of the variance has to be rational."""
    return next((x for x in _batches(n) if _is_fine(forward, x)), next(_batches(n)))


def _batches(n: int) -> Iterator[Numbers]:
    plain = (*(Fraction(k) for k in range(1, n)), Fraction(n + 2))
    yield plain
    if n > 1:
        for last in product(TRIED, repeat=2):
            yield (*plain[:-2], *map(Fraction, last))


def _is_fine(forward: Forward, x: Numbers) -> bool:
    if forward.convention.epsilon is Epsilon.INSIDE:
        return True
    variance = Fractions(forward, len(x), {INPUT: x}).quantity(VARIANCE, ())
    return bool(variance) and root_of(variance) is not None
