"""Both sides on numbers: the forward pass in NumPy, derivatives by complex step; knows no symbol.

Every index of an identity is an array axis, so one evaluation covers all assignments.
Axis k of an array is its k-th dimension *from the end*: arrays that lack the later axes broadcast.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache, reduce
from math import prod
from typing import Any, assert_never
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bnverify.frozen import frozen
from bnverify.limits import most
from bnverify.model.axes import axis_of, letter_of, on_axis
from bnverify.model.forward import Forward, Node
from bnverify.model.quantities import EPSILON, LOSS, TARGET, VARIANCE
from bnverify.model.terms import (
    Cases,
    Condition,
    Count,
    Delta,
    Exp,
    Log,
    LossBy,
    Number,
    Partial,
    Plus,
    Power,
    Reading,
    Sum,
    Term,
    Times,
    Unknown,
    Value,
    children,
    free_indices,
)
from bnverify.truth.verdict import Identity, Opinion, Sampled, with_numbered

Array = NDArray[Any]

STEP = 2.0**-100
"""The complex step: its square is lost beside 1, so a derivative has no truncation error."""
DIFFERS = 1e-7
AGREES = 1e-12
"""Relative errors above the first refute, below the second agree; nothing is said between."""
MOST_ELEMENTS = 4_000_000
"""Of one array."""
MOST_WORK = 20_000_000
"""Elements of all arrays that one side makes at one batch size."""
VANISHING = 1e6
"""What is this much smaller than the terms it was added up from is zero but for rounding."""


class Abstain(Exception):
    """Why nothing can be said at this batch size."""


@dataclass(frozen=True, slots=True, eq=False)
class Amount:
    """A number for every assignment, and the sum of the absolute values of the terms it was added up from.

    A rounding error is about 1e-16 of the size, which is never less than the value.
    The imaginary part of both is STEP times the derivative by what was nudged.
    """

    value: Array
    size: Array


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """The values of one quantity: a dimension for its own index, then one for the sample that was nudged."""

    amount: Amount
    indices: int
    nudged: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """Where a term is evaluated: the values of the letters, and the dimension of each index."""

    forward: Forward
    sizes: tuple[int, ...]
    """How many places each axis of the input has."""
    table: Mapping[str, Entry]
    axes: Mapping[str, int]
    depth: int
    """How many axes are in use."""
    nudge: tuple[int, ...] | None = None
    """The axis of the nudged sample; empty where what is nudged has no index."""


def examine(identity: Identity, forward: Forward, sizes: tuple[int, ...] = (3, 8, 64)) -> Sampled:
    """Compare both sides on random numbers at each batch size; the same identity gives the same answer."""
    gaps: dict[int, Gap] = {}
    why = "no batch size has indices that meet the conditions"
    for n in sizes:
        try:
            with np.errstate(all="ignore"):
                gap = compare(identity, forward, n)
        except Abstain as reason:
            why = str(reason)
        except (RecursionError, OverflowError):
            why = "an expression is too large"
        else:
            gaps |= {} if gap is None else {n: gap}
    return opinion(gaps, why)


def opinion(gaps: Mapping[int, Gap], why: str) -> Sampled:
    """What the gap at each batch size says. The error of a refuted identity is that of its values."""
    errors = {n: gap.against_terms for n, gap in gaps.items()}
    differs = {n: error > DIFFERS for n, error in errors.items() if not AGREES <= error <= DIFFERS}
    worst = max(errors.values(), default=None)
    if any(differs.values()):
        return Sampled(Opinion.REFUTED, differs, max(gap.against_values for gap in gaps.values()))
    if differs:
        return Sampled(Opinion.AGREES, differs, worst)
    reason = "the difference is neither rounding nor clearly more" if errors else why
    return Sampled(Opinion.ABSTAINS, {}, worst, reason)


@frozen
class Gap:
    """The difference of two sides, relative to the terms that they are added up from, and to their values."""

    against_terms: float
    against_values: float


def compare(identity: Identity, forward: Forward, n: int) -> Gap | None:
    """The largest relative differences over all assignments; None where there is no assignment."""
    if n < forward.convention.smallest_n:
        return None
    named = {index for c in identity.conditions for index in (c.left, c.right)}
    free = sorted(named | free_indices(identity.left) | free_indices(identity.right))
    sizes = forward.sizes(n)
    bound_memory(prod(sizes[axis_of(name)] for name in free))
    at = Scope(forward, sizes, values(forward, n), {name: axis for axis, name in enumerate(free)}, len(free))
    mask = meets(with_numbered(identity), at)
    if not mask.any():
        return None
    if work(identity.left, at.sizes, free) + work(identity.right, at.sizes, free) > MOST_WORK:
        raise Abstain("the arrays of all its parts together are too large")
    left, right = evaluate(identity.left, at), evaluate(identity.right, at)
    difference = np.abs(left.value - right.value)
    size = np.maximum(left.size, right.size)
    error = np.where(difference == 0, 0.0, difference / size)
    defined = np.isfinite(difference) & np.isfinite(size)
    if not np.all(defined | ~mask):
        raise Abstain(f"a side has no finite value, or no case applies, at n = {n}")
    shown = np.where(mask, difference, 0.0)
    largest = np.max(np.where(mask, np.maximum(np.abs(left.value), np.abs(right.value)), 0.0))
    whole = float(np.max(shown) / largest) if largest > 0 else 0.0
    return Gap(float(np.max(np.where(mask, error, 0.0))), whole)


def bound_memory(elements: int) -> None:
    if elements > MOST_ELEMENTS:
        raise Abstain("too many indices at once")


def work(term: Term, sizes: Sequence[int], indices: Sequence[str]) -> int:
    """How many elements the arrays of a term's parts have at most; `indices` are those around it."""
    inside = (*indices, term.index) if isinstance(term, Sum) else indices
    own = prod(sizes[axis_of(name)] for name in inside)
    return own + sum(work(part, sizes, inside) for part in children(term))


def evaluate(term: Term, at: Scope) -> Amount:
    """The term on numbers, for every assignment of the indices in scope."""
    match term:
        case Number(value=value):
            return exact(np.asarray(float(value)))
        case Count(axis=axis):
            return exact(np.asarray(float(at.sizes[axis])))
        case Value():
            return look_up(term, at)
        case Delta(left=left, right=right):
            return exact(same(left, right, at).astype(float))
        case Sum(index=index, body=body):
            return add_up(index, body, at)
        case Plus(terms=terms):
            return reduce(add, (evaluate(part, at) for part in terms), exact(np.asarray(0.0)))
        case Times(factors=factors):
            return reduce(multiply, (evaluate(part, at) for part in factors), exact(np.asarray(1.0)))
        case Power(base=base, exponent=exponent):
            return raised(evaluate(base, at), exponent)
        case Exp(body=body):
            return exponential(evaluate(body, at))
        case Log(body=body):
            return logarithm(evaluate(body, at))
        case LossBy(value=value, of=of):
            return loss_by(value, at) if of is None else partial(Partial(of, value, Reading.TOTAL), at)
        case Partial():
            return partial(term, at)
        case Cases(rows=rows):
            return first_row(rows, at)
        case Unknown(why=why):
            raise Abstain(why)
        case _:
            assert_never(term)


# Arithmetic: sizes follow the first-order rules for the propagation of rounding errors.


def exact(value: Array) -> Amount:
    """What was not added up: its size is its absolute value."""
    return Amount(value, np.abs(value))


def parts_made_positive(array: Array) -> Array:
    return np.abs(array.real) + 1j * np.abs(array.imag) if np.iscomplexobj(array) else np.abs(array)


def add(left: Amount, right: Amount) -> Amount:
    return Amount(left.value + right.value, left.size + right.size)


def multiply(left: Amount, right: Amount) -> Amount:
    of_right = parts_made_positive(left.value) * right.size
    return Amount(left.value * right.value, of_right + parts_made_positive(right.value) * left.size)


def raised(base: Amount, exponent: Fraction) -> Amount:
    """base ** exponent; not a number where a base that is zero but for rounding is divided by."""
    if abs(exponent) > most("exponent"):
        raise Abstain(f"the power {exponent} is too large")
    if exponent.denominator > 2:
        raise Abstain(f"the power {exponent} is neither whole nor half")
    if exponent == 0:
        return exact(np.asarray(1.0))
    value, slope = to_power(base.value, exponent), to_power(base.value, exponent - 1)
    size = max(1.0, abs(float(exponent))) * parts_made_positive(slope) * base.size
    if exponent.denominator == 1 and exponent > 0:
        return Amount(value, size)
    defined = base.size.real <= VANISHING * np.abs(base.value.real)
    if exponent.denominator == 2:
        defined = defined & (base.value.real > 0)
    return Amount(np.where(defined, value, np.nan), np.where(defined, size, np.nan))


def exponential(body: Amount) -> Amount:
    value = np.exp(body.value)
    return Amount(value, parts_made_positive(value) * np.maximum(1.0, body.size.real))


def logarithm(body: Amount) -> Amount:
    """log; not a number where the body is not positive."""
    value = np.where(body.value.real > 0, np.log(body.value), np.nan)
    return Amount(value, parts_made_positive(value) + body.size / np.abs(body.value.real))


def to_power(base: Array, exponent: Fraction) -> Array:
    root = np.sqrt(base) if exponent.denominator == 2 else base
    return np.asarray(root**exponent.numerator)


def add_up(index: str, body: Term, at: Scope) -> Amount:
    """The sum over a new axis, which comes first in an array that depends on it."""
    size = at.sizes[axis_of(index)]
    bound_memory(size * prod(at.sizes[axis_of(name)] for name in at.axes))
    inside = replace(at, axes={**at.axes, index: at.depth}, depth=at.depth + 1)
    each = evaluate(body, inside)
    return Amount(*(add_axis(array, at.depth, size) for array in (each.value, each.size)))


def add_axis(array: Array, axis: int, n: int) -> Array:
    """The sum over an axis; n times the array where that does not depend on it, and is one long there or not there."""
    if array.ndim <= axis:
        return n * array
    return np.asarray(array.sum(axis=0) if array.shape[0] == n else n * array[0])


def first_row(rows: Sequence[tuple[tuple[Condition, ...], Term]], at: Scope) -> Amount:
    """The first row whose conditions hold, not a number where none does."""
    chosen = exact(np.asarray(np.nan))
    for conditions, term in reversed(rows):
        mask, row = meets(conditions, at), evaluate(term, at)
        chosen = Amount(np.where(mask, row.value, chosen.value), np.where(mask, row.size, chosen.size))
    return chosen


# Indices.


def dimension_of(index: str, at: Scope) -> int:
    if index not in at.axes:
        raise Abstain(f"the index {letter_of(index)} is not bound")
    return at.axes[index]


def place(array: Array, axes: Sequence[int]) -> Array:
    """Lay the dimensions of `array` along `axes`; an axis that comes twice takes the diagonal."""
    for first, axis in enumerate(axes):
        if axis in axes[first + 1 :]:
            second = axes.index(axis, first + 1)
            left = [a for k, a in enumerate(axes) if k not in (first, second)]
            return place(np.diagonal(array, axis1=first, axis2=second), [*left, axis])
    order = sorted(range(len(axes)), key=lambda dimension: -axes[dimension])
    shape = [1] * (max(axes, default=-1) + 1)
    for dimension, axis in enumerate(axes):
        shape[-1 - axis] = array.shape[dimension]
    return array.transpose(order).reshape(shape)


def same(left: str, right: str, at: Scope) -> NDArray[np.bool_]:
    """Where two indices name the same sample."""
    sizes = {at.sizes[axis_of(index)] for index in (left, right)}
    if len(sizes) > 1:
        raise Abstain(f"the indices {letter_of(left)} and {letter_of(right)} run over different axes")
    return place(np.eye(sizes.pop(), dtype=bool), (dimension_of(left, at), dimension_of(right, at)))


def meets(conditions: Sequence[Condition], at: Scope) -> NDArray[np.bool_]:
    masks = (same(c.left, c.right, at) == c.same for c in conditions)
    return reduce(np.logical_and, masks, np.asarray(True))


def look_up(value: Value, at: Scope) -> Amount:
    entry = at.table.get(value.name) or free_symbol(value.name, sizes_of(value.index, at.sizes), at.sizes)
    if entry.indices != len(value.index):
        raise Abstain(f"{value.name} has another number of indices")
    axes = [dimension_of(index, at) for index in value.index]
    if entry.nudged:
        axes.extend(at.nudge or ())
    return Amount(place(entry.amount.value, axes), place(entry.amount.size, axes))


# The forward pass.


def sizes_of(index: Sequence[str], sizes: Sequence[int]) -> tuple[int, ...]:
    """The shape of what carries these indices."""
    return tuple(sizes[axis_of(one)] for one in index)


def drawn(name: str, shape: tuple[int, ...], seed: int, positive: bool = False) -> Entry:
    """Random numbers of order 1 that depend on the name and the seed, which is the largest size, alone.

    A scalar is negative where that is odd, so that a root of a square is not mistaken for what was squared.
    """
    bound_memory(prod(shape))
    random = np.random.default_rng((seed, crc32(name.encode())))
    if shape:
        numbers = 0.7 + random.standard_normal(shape)
        return Entry(exact(np.abs(numbers) if positive else numbers), len(shape))
    sign = 1 if positive or seed % 2 == 0 else -1
    return Entry(exact(np.asarray(sign * random.uniform(0.4, 1.6))), 0)


def free_symbol(name: str, shape: tuple[int, ...], sizes: Sequence[int]) -> Entry:
    return drawn("free " + name, shape, max(sizes))


@lru_cache(maxsize=64)
def values(forward: Forward, n: int) -> Mapping[str, Entry]:
    """The forward pass on the drawn leaves."""
    sizes, positive = forward.sizes(n), (EPSILON, VARIANCE)
    leaves = {
        leaf.name: drawn(leaf.name, sizes_of(leaf.index, sizes), max(sizes), leaf.name in positive)
        for leaf in forward.leaves
    }
    if TARGET in leaves and forward.layer.targets is not None:
        target = np.abs(leaves[TARGET].amount.value)
        total = target.sum(axis=forward.layer.over, keepdims=True)
        leaves[TARGET] = Entry(exact(float(forward.layer.targets) * target / total), leaves[TARGET].indices)
    return run(forward, n, leaves, forward.nodes)


def run(
    forward: Forward,
    n: int,
    table: Mapping[str, Entry],
    nodes: Sequence[Node],
    nudged: tuple[str, ...] | None = None,
) -> Mapping[str, Entry]:
    """The table with `nodes` computed anew; `nudged` are the indices of what was nudged, if anything."""
    table, sizes = dict(table), forward.sizes(n)
    for node in nodes:
        own = len(node.index)
        shape = sizes_of((*node.index, *(nudged or ())), sizes)
        nudge = tuple(range(own, len(shape)))
        axes = {index: axis for axis, index in enumerate(node.index)}
        found = evaluate(node.value, Scope(forward, sizes, table, axes, len(shape), nudge))
        spread = (np.broadcast_to(array, shape[::-1]).T for array in (found.value, found.size))
        table[node.name] = Entry(Amount(*spread), own, nudged is not None)
    return table


# Derivatives.


@lru_cache(maxsize=256)
def nudge(forward: Forward, n: int, name: str, axes: tuple[int, ...], reading: Reading) -> Mapping[str, Entry]:
    """The table after a complex step of one quantity, each place in turn along dimensions of its own.

    `axes` are those of its indices.
    """
    table, sizes = values(forward, n), forward.sizes(n)
    shape = tuple(sizes[axis] for axis in axes)
    entry = table.get(name) or free_symbol(name, shape, sizes)
    if entry.indices != len(axes):
        raise Abstain(f"{name} has another number of indices")
    bound_memory(prod(shape) ** 2)
    step = 1j * STEP * np.eye(prod(shape)).reshape(shape + shape)
    spread = (array.reshape(shape + (1,) * len(shape)) for array in (entry.amount.value, entry.amount.size))
    stepped = {**table, name: Entry(Amount(*(array + step for array in spread)), len(axes), True)}
    if reading is Reading.LOCAL:
        return stepped
    return run(forward, n, stepped, after(forward, name), tuple(on_axis("nudged", axis) for axis in axes))


def after(forward: Forward, name: str) -> Sequence[Node]:
    """The nodes that come later in the graph."""
    names = [node.name for node in forward.nodes]
    return forward.nodes[names.index(name) + 1 :] if name in names else forward.nodes


def main_size(at: Scope) -> int:
    """The size from which all others of a scope follow."""
    return at.sizes[at.forward.layer.over[0]]


def slope(amount: Amount) -> Amount:
    return Amount(amount.value.imag / STEP, amount.size.imag / STEP)


@lru_cache(maxsize=256)
def loss_slope(forward: Forward, n: int, name: str, axes: tuple[int, ...]) -> Amount:
    """dL/dq for every place of q, with L = sum_i g_i y_i: only g_i = dL/dy_i matters."""
    sizes = forward.sizes(n)
    output = nudge(forward, n, name, axes, Reading.TOTAL)[forward.output.name]
    upstream = drawn("upstream", sizes_of(forward.output.index, sizes), max(sizes)).amount
    if forward.output.name == LOSS:
        upstream = exact(np.asarray(1.0))
    step = slope(output.amount)
    pairs = ((upstream.value, step.value), (upstream.size, step.size))
    return Amount(*(np.asarray(np.tensordot(g, dy, axes=output.indices)) for g, dy in pairs))


def loss_by(value: Value, at: Scope) -> Amount:
    if at.nudge is not None:
        raise Abstain("a second derivative of the loss")
    found = loss_slope(at.forward, main_size(at), value.name, tuple(map(axis_of, value.index)))
    axes = [dimension_of(index, at) for index in value.index]
    return Amount(place(found.value, axes), place(found.size, axes))


def partial(term: Partial, at: Scope) -> Amount:
    """A node's definition is stepped when the reading is local, anything else as written."""
    if at.nudge is not None:
        raise Abstain("a derivative inside a derivative")
    by, of = term.by, term.of
    table = nudge(at.forward, main_size(at), by.name, tuple(map(axis_of, by.index)), term.reading)
    inside = replace(at, table=table, nudge=tuple(dimension_of(index, at) for index in by.index))
    node = at.forward.node(of.name) if isinstance(of, Value) and of.name != by.name else None
    if node is None or not isinstance(of, Value) or term.reading is Reading.TOTAL:
        return slope(evaluate(of, inside))
    if len(of.index) != len(node.index):
        raise Abstain(f"{of.name} has another number of indices")
    axes = {own: dimension_of(index, at) for own, index in zip(node.index, of.index, strict=True)}
    return slope(evaluate(node.value, replace(inside, axes=axes)))
