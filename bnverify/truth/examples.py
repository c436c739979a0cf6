"""Small numbers for a counterexample, the simplest ones first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product
from math import floor, isqrt, prod

from bnverify.model.axes import axis_of
from bnverify.model.forward import Forward, Leaf
from bnverify.model.quantities import EPSILON, INPUT, SCALE, SHIFT, TARGET, VARIANCE
from bnverify.model.terms import Value, walk
from bnverify.truth.domain import Point
from bnverify.truth.fractions_at import Batch, Fractions
from bnverify.truth.roots import other_roots
from bnverify.truth.verdict import Identity, Numbers, Undefined

SAMPLES: tuple[tuple[int, ...], ...] = (
    *((0, 2), (1, 3, 8), (0, 0, 2, 2), (1, 2, 6, 7), (-1, 0, 1), (2, 5, 3), (1, 7), (1, 1, 5)),
    *((5, 1, 3, 1), (0, 10), (-2, 0, 2)),
)
"""The last three have other roots: that of their sum of squares, that of v - eps, that of a variance of 4 by n - 1."""
UPSTREAM = ((1, 2), (1, 0), (2, 1, 5))
SCALES = (2, -3)
LARGEST_ROOT = 1_000
"""No root of v + eps in an example is as large."""


def batches(forward: Forward, identity: Identity, n: int) -> Iterator[Batch]:
    """Small batches in order of simplicity, with v + eps the square of a rational number.

    Every row has the same samples in another order, and so the same variance; no two gains are equal.
    """
    free = sorted(free_symbols(forward, identity), key=lambda value: value.name)
    terms = (forward.convention.epsilon.term, identity.left, identity.right)
    with_epsilon = any(part == Value(EPSILON) for term in terms for part in walk(term))
    scales, most = ((4, *SCALES), 18) if other_roots(identity) else (SCALES, 2)
    for scale, x, upstream in product(scales, SAMPLES, UPSTREAM):
        batch = _batch(forward, n, scale, x, upstream)
        batch |= {value.name: _free(value, forward.sizes(n), k) for k, value in enumerate(free)}
        if not with_epsilon:
            yield {**batch, EPSILON: Fraction(1)}
            continue
        variance = _variance(forward, n, batch)
        first = max(2, isqrt(floor(variance)) + 1)
        for root in range(first, min(first + most, LARGEST_ROOT)):
            yield {**batch, EPSILON: Fraction(root * root) - variance}


def _batch(forward: Forward, n: int, scale: int, x: tuple[int, ...], upstream: tuple[int, ...]) -> dict[str, Numbers]:
    layer, sizes = forward.layer, forward.sizes(n)
    total = prod(sizes[axis] for axis in layer.over)

    def member(at: tuple[int, ...]) -> tuple[int, int]:
        """Where an input stands among those that share its statistics, and the number of its row."""
        inside = row = 0
        for axis, place in enumerate(at):
            if axis in layer.over:
                inside = inside * sizes[axis] + place
            else:
                row = row * sizes[axis] + place
        return inside, row

    def sample(at: tuple[int, ...]) -> Fraction:
        inside, row = member(at)
        place = (inside + row) % total
        value = Fraction(x[place % len(x)] + place // len(x))
        return value + row if layer.centred else value * (-1) ** row

    def gradient(at: tuple[int, ...]) -> Fraction:
        inside, row = member(at)
        return Fraction(upstream[inside % len(upstream)] + row * (inside + 1))

    def at_place(start: int) -> Callable[[tuple[int, ...]], Fraction]:
        return lambda at: Fraction(start + sum((1 + axis) * place for axis, place in enumerate(at)))

    fill: dict[str, Callable[[tuple[int, ...]], Fraction]] = {INPUT: sample, "dL/dy": gradient, SCALE: at_place(scale)}
    fill[SHIFT] = at_place(scale - 1)
    if (whole := layer.targets) is not None:
        fill[TARGET] = lambda at: whole * Fraction(2 * (at[layer.over[0]] + 1), total * (total + 1))
    upstream_gradient = Leaf("dL/dy", forward.output.index)
    inputs, *parameters = forward.leaves
    if layer.exponential:
        parameters = [Leaf(f"exp {INPUT}", inputs.index), *parameters]
        fill[f"exp {INPUT}"] = lambda at: 1 + abs(sample(at))
    return {
        leaf.name: _spread(leaf.index, sizes, fill.get(leaf.name, at_place(abs(scale))))
        for leaf in (inputs, upstream_gradient, *parameters)
    }


def _free(value: Value, sizes: tuple[int, ...], number: int) -> Numbers:
    """Numbers for a free symbol: two without an index differ, and so do neighbouring places of one with an index."""
    if not value.index:
        return Fraction(3 + 2 * number)
    return _spread(value.index, sizes, lambda at: Fraction(3 + number + 2 * sum(at)))


def _spread(
    index: tuple[str, ...],
    sizes: tuple[int, ...],
    fill: Callable[[tuple[int, ...]], Fraction],
    at: tuple[int, ...] = (),
) -> Numbers:
    """One number for every place of an index, nested."""
    if len(at) == len(index):
        return fill(at)
    return tuple(_spread(index, sizes, fill, (*at, place)) for place in range(sizes[axis_of(index[len(at)])]))


def _variance(forward: Forward, n: int, batch: Batch) -> Fraction:
    index = forward.index_of(VARIANCE)
    if forward.layer.exponential:
        return Fraction(0)
    try:
        return Fractions(forward, n, batch).quantity(VARIANCE, tuple(Point(0, 0, axis_of(one)) for one in index))
    except Undefined:
        return Fraction(0)


def free_symbols(forward: Forward, identity: Identity) -> set[Value]:
    known = {leaf.name for leaf in forward.leaves} | {node.name for node in forward.nodes}
    values: dict[str, Value] = {}
    for side in (identity.left, identity.right):
        for part in walk(side):
            if isinstance(part, Value) and part.name not in known:
                values[part.name] = part
    return set(values.values())
