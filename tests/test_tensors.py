"""The exact ring of a layer with several axes: every value of it, put into numbers, is the value of the term."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import numpy as np
import pytest

from bnverify.model.axes import axis_of
from bnverify.model.calculus import expand
from bnverify.model.conventions import Convention, Epsilon, Variance
from bnverify.model.forward import Forward, Node, normalisation
from bnverify.model.layers import Layer
from bnverify.model.terms import (
    ONE,
    Count,
    Delta,
    Log,
    LossBy,
    Partial,
    Reading,
    Sum,
    Term,
    Value,
    free_indices,
    negative,
    number,
    plus,
    power,
    rename,
    swapped,
    times,
)
from bnverify.truth.domain import Point
from bnverify.truth.rational import Ratio
from bnverify.truth.tensors import TensorFunctions
from bnverify.truth.verdict import Undecidable
from tests.arrays import EPS, Case, case

HALF = Fraction(1, 2)


def layer(over: int, convention: Convention, targets: Fraction | None = None, **more: Any) -> Forward:
    shape = Layer("", "", 2, (over,), (1,), targets=targets, **more)
    return normalisation(convention, shape)


FORWARDS = {
    "layer": layer(1, Convention()),
    "layer, unbiased, outside": layer(1, Convention(Variance.UNBIASED, Epsilon.OUTSIDE)),
    "layer, none": layer(1, Convention(epsilon=Epsilon.NONE)),
    "batch over features": layer(0, Convention()),
    "rms": layer(1, Convention(), centred=False),
    "batch in space": normalisation(Convention(), Layer("", "", 3, (0, 2), (1,))),
}

TWO_AXES = [name for name, of in FORWARDS.items() if of.layer.rank == 2]


def numbers_of(name: str) -> Case:
    return case(name.split(",")[0], FORWARDS[name].convention, 4 if FORWARDS[name].layer.over == (1,) else 3)


@dataclass
class InNumbers:
    """A ring whose generators are worth what they stand for in a batch."""

    ring: TensorFunctions
    batch: Case

    def ratio(self, value: Ratio, at: Mapping[Any, int]) -> float:
        below = (self.polynomial(self.ring.factors[factor], at) ** int(exponent) for factor, exponent in value.below)
        return self.polynomial(value.above, at) / prod(below)

    def polynomial(self, poly: Any, at: Mapping[Any, int]) -> float:
        """`at`: where each place of the ring stands in the batch."""
        return sum(
            float(Fraction(int(c.p), int(c.q)))
            * prod(self.generator(self.ring.names[k], at) ** int(e) for k, e in enumerate(powers) if e)
            for powers, c in poly.to_dict().items()
        )

    def generator(self, name: str, at: Mapping[Any, int]) -> float:
        ring, sizes = self.ring, self.batch.x.shape
        if name in ring.squares:
            return self.polynomial(ring.squares[name], at) ** 0.5
        if name in ring.bound:
            factors = ring.bound[name].factors
            bound = sorted({one for _, places, _ in factors for one in places if isinstance(one, str)})
            ranges = [range(sizes[int(one[1])]) for one in bound]
            return sum(
                prod(
                    self.leaf(leaf, places, {**at, **dict(zip(bound, here, strict=True))}) ** int(e)
                    for leaf, places, e in factors
                )
                for here in product(*ranges)
            )
        if name in ring.placed:
            return self.leaf(*ring.placed[name], at)
        if name == "eps":
            return EPS
        return sizes[ring.forward.layer.over[0] if name == "n" else int(name[1:])]

    def leaf(self, leaf: str, places: tuple[Any, ...], at: Mapping[Any, int]) -> float:
        here = [at[one] for one in places]
        if leaf in self.ring.atoms:
            poly, own = self.ring.atoms[leaf]
            value = self.polynomial(poly, dict(zip(own, here, strict=True)))
            return float(np.log(value)) if leaf.startswith("log(") else value
        if leaf == "eps":
            return EPS
        arrays = self.batch.forward() | {"dL/dy": self.batch.g}
        axes = [
            axis_of(one)
            for one in self.ring.forward.index_of("v" if leaf in "st" else "x" if leaf == "dL/dy" else leaf)
        ]
        place = tuple(here[axes.index(axis)] if axis in axes else 0 for axis in range(self.batch.x.ndim))
        if leaf in "st":
            v = float(arrays["v"][place])
            return (v + EPS) ** 0.5 if leaf == "s" else v**0.5
        return float(arrays[leaf][place])


def summed(indices: str, body: Term) -> Term:
    for index in reversed(indices.split()):
        body = Sum(index, body)
    return body


def x(*index: str) -> Value:
    return Value("x", index)


def g(*index: str) -> Term:
    return LossBy(Value("y", index))


def over(above: Term, below: Term) -> Term:
    return times(above, power(below, -1))


class Letters:
    """`a` and `1.b` are bound; a row is what a statistic keeps, and the other axis runs along it."""

    def __init__(self, of: Forward) -> None:
        by_sample = of.layer.kept == (0,)
        self.row, self.mine, self.elsewhere, self.another = (
            "a i m c".split() if by_sample else "1.b 1.k 1.m 1.c".split()
        )
        self.along, self.here = ("1.b", "1.k") if by_sample else ("a", "i")
        self.by_sample = by_sample
        self.v, self.mu = Value("v", (self.row,)), Value("mu", (self.row,))
        self.square = plus(self.v, Value("eps")) if of.convention.epsilon is Epsilon.INSIDE else self.v
        self.root = power(self.square, HALF)

    def index(self, row: str) -> tuple[str, str]:
        return (row, self.along) if self.by_sample else (self.along, row)

    def x(self, row: str) -> Value:
        return x(*self.index(row))

    def g(self, row: str) -> Term:
        return g(*self.index(row))

    def gx(self, row: str) -> Term:
        return Sum(self.along, times(self.g(row), self.x(row)))


def sums(of: Forward) -> dict[str, Term]:
    on = Letters(of)
    row, along, mine, v = on.row, on.along, on.mine, on.v
    found = {
        "counts": plus(Count(0), times(number(2), Count(1)), over(Count(0), Count(1))),
        "sums of one": plus(summed("a", ONE), times(number(3), summed("1.b", ONE)), summed("a 1.b", number(HALF))),
        "all samples": summed("a 1.b", x("a", "1.b")),
        "all squares": summed("1.b a", power(x("a", "1.b"), 2)),
        "along the kept axis": Sum(row, on.x(row)) if on.by_sample else summed("1.b", x("i", "1.b")),
        "a column": summed("a", times(x("a", "1.k"), g("a", "1.k"))),
        "a row": summed("1.b", times(x("i", "1.b"), power(g("i", "1.b"), 2))),
        "cubes": Sum(along, power(on.x(mine), 3)),
        "the square of a sum": power(on.gx(mine), 2),
        "a sum of squared sums": Sum(row, power(on.gx(row), 2)),
        "a sum of cubed sums": Sum(row, power(on.gx(row), 3)),
        "a product of two rows": Sum(along, times(on.x(mine), on.x(on.elsewhere))),
        "all pairs of rows": summed(f"{row} {on.another} {along}", times(on.x(row), on.x(on.another))),
        "another row": Sum(along, times(on.g(mine), power(on.x(on.elsewhere), 2))),
        "statistics": Sum(row, plus(power(v, 2), times(v, number(3)))),
        "a statistic beside samples": Sum(row, times(v, on.gx(row))),
        "a delta": Sum(along, times(Delta(along, on.here), on.x(mine))),
        "gains": plus(Value("gamma", ("1.k",)), Sum("1.b", times(Value("gamma", ("1.b",)), x("i", "1.b")))),
        "a gain that is squared": summed("a 1.b", times(power(Value("gamma", ("1.b",)), 2), g("a", "1.b"))),
        "the sum of two": Sum(along, plus(on.x(mine), times(number(2), on.g(mine)), ONE)),
        "nothing": Sum(along, plus(on.x(mine), negative(on.x(mine)))),
        "normalised": Sum(row, Value("xhat", on.index(row))),
        "dL/dx": LossBy(x("i", "1.k")),
        "dL/dv": LossBy(Value("v", (mine,))),
        "a jacobian": Partial(Value("xhat", ("i", "1.k")), x("i", "1.m"), Reading.TOTAL),
    }
    of_means = {"means": Sum(row, power(on.mu, 3)), "means and roots": Sum(row, times(on.mu, on.root))}
    return found | (of_means if of.layer.centred else {})


def quotients(of: Forward) -> dict[str, Term]:
    on = Letters(of)
    row, along, mine, v = on.row, on.along, on.mine, on.v
    return {
        "a root for each row": Sum(row, over(on.gx(row), power(on.square, Fraction(3, 2)))),
        "a quotient of roots": Sum(row, over(on.root, plus(on.root, number(2)))),
        "a quotient for each row": Sum(row, over(power(v, 2), plus(v, number(2)))),
        "a quotient twice": Sum(row, over(v, power(plus(v, number(2)), 2))),
        "a quotient that is not linear": Sum(row, over(v, plus(power(v, 2), number(2)))),
        "two quotients": Sum(row, over(v, times(plus(v, number(2)), plus(v, number(3))))),
        "a quotient of samples": Sum(along, over(on.x(mine), plus(power(on.x(mine), 2), ONE))),
        "a quotient outside": Sum(along, over(times(on.x(mine), on.g(mine)), plus(Value("v", (mine,)), number(2)))),
        "a quotient of sums": Sum(row, over(v, plus(power(on.gx(row), 2), ONE))),
        "one over samples": Sum(along, over(on.g(mine), times(on.x(mine), on.x(on.elsewhere)))),
        "one over a sum": Sum(row, over(v, on.gx(row))),
        "logarithms": Sum(row, Log(plus(v, ONE))),
        "the logarithm of a row": Log(plus(Value("v", (mine,)), number(2))),
        "the logarithm of a sum": Log(plus(power(on.gx(mine), 2), ONE)),
        "logarithms of sums": Sum(row, Log(plus(power(on.gx(row), 2), times(v, number(2)), ONE))),
        "logarithms of two rows": Sum(along, Log(plus(power(on.x(mine), 2), power(on.x(on.elsewhere), 4)))),
        "a radical outside": times(power(plus(power(x("i", "1.k"), 2), ONE), HALF), number(2)),
    }


def in_space(_: Forward) -> dict[str, Term]:
    """Of statistics over two axes."""
    mu, v = Value("mu", ("1.b",)), Value("v", ("1.b",))
    one = x("a", "1.b", "2.c")
    return {
        "all samples": summed("a 1.b 2.c", one),
        "the mean in another order": summed("2.c a", x("a", "1.k", "2.c")),
        "all squares": Sum("1.b", times(mu, summed("2.c a", power(one, 2)))),
        "a part of the mean": power(Sum("a", x("a", "1.k", "2.p")), 2),
        "counts": plus(Count(0), times(Count(1), number(2)), power(Count(2), 2)),
        "quotients": Sum("1.b", over(times(mu, v), plus(v, number(2)))),
        "partial sums": summed("1.b 2.c", over(power(Sum("a", one), 2), plus(v, ONE))),
        "dL/dx": LossBy(x("i", "1.k", "2.p")),
    }


def points_of(*sides: Term) -> dict[str, Point]:
    names = sorted(frozenset().union(*map(free_indices, sides)))
    return {name: Point(place, place, axis_of(name)) for place, name in enumerate(names, 1)}


def apart(at: Mapping[str, int]) -> bool:
    """Whether different indices of an axis are different places."""
    return len({(axis_of(one), place) for one, place in at.items()}) == len(at)


def is_worth_the_same(name: str, term: Term) -> None:
    ring, numbers = TensorFunctions(FORWARDS[name]), numbers_of(name)
    points = points_of(term)
    value = ring.work_out(lambda: ring.value(term, points))
    for at in [one for one in numbers.places(points) if apart(one)][:: max(1, 5 * len(points))]:
        found = InNumbers(ring, numbers).ratio(value, {points[one].place: place for one, place in at.items()})
        true = numbers.value_at(expand(term, FORWARDS[name]), at)
        assert abs(found - true) < 1e-9 * (1 + abs(true)), name


@pytest.mark.parametrize("words", sums(FORWARDS["layer"]))
def test_an_exact_sum_is_worth_what_the_term_is(words: str) -> None:
    for name in TWO_AXES:
        found = sums(FORWARDS[name])
        if words in found:
            is_worth_the_same(name, found[words])


@pytest.mark.parametrize("words", quotients(FORWARDS["layer"]))
def test_an_exact_sum_of_quotients_is_worth_what_the_term_is(words: str) -> None:
    for name in TWO_AXES:
        is_worth_the_same(name, quotients(FORWARDS[name])[words])


@pytest.mark.parametrize("words", in_space(FORWARDS["batch in space"]))
def test_an_exact_sum_over_two_axes_is_worth_what_the_term_is(words: str) -> None:
    is_worth_the_same("batch in space", in_space(FORWARDS["batch in space"])[words])


def difference(ring: TensorFunctions, left: Term, right: Term) -> Any:
    points = points_of(left, right)
    return ring.work_out(lambda: ring.add([ring.value(left, points), ring.negative(ring.value(right, points))])).above


LAYER = FORWARDS["layer"]
W = lambda *index: Value("W", index)  # noqa: E731
MU, V = Value("mu", ("i",)), Value("v", ("i",))
GX = Sum("1.b", times(g("a", "1.b"), x("a", "1.b")))
EQUAL = {
    "the mean": (Sum("1.b", x("i", "1.b")), times(Count(1), MU)),
    "the mean of squares": (Sum("1.b", power(x("i", "1.b"), 2)), times(Count(1), plus(V, power(MU, 2)))),
    "all samples": (summed("a 1.b", x("a", "1.b")), times(Count(1), Sum("c", Value("mu", ("c",))))),
    "the order of sums": (summed("a 1.b", power(x("a", "1.b"), 3)), summed("1.d c", power(x("c", "1.d"), 3))),
    "the square of a sum": (
        power(Sum("1.b", g("i", "1.b")), 2),
        summed("1.c 1.b", times(g("i", "1.b"), g("i", "1.c"))),
    ),
    "renamed squares": (
        Sum("a", power(GX, 2)),
        summed("c 1.d 1.b", times(g("c", "1.b"), x("c", "1.d"), g("c", "1.d"), x("c", "1.b"))),
    ),
    "two axes bound together": (
        summed("a c 1.b 1.d", times(x("a", "1.b"), g("c", "1.b"), x("c", "1.d"), g("a", "1.d"))),
        summed("c a 1.d 1.b", times(g("c", "1.d"), x("a", "1.d"), g("a", "1.b"), x("c", "1.b"))),
    ),
    "symbols of two indices": (
        Sum("1.b", times(W("i", "1.b"), x("i", "1.b"))),
        Sum("1.c", times(x("i", "1.c"), W("i", "1.c"))),
    ),
    "one over n": (summed("a 1.b", over(x("a", "1.b"), Count(1))), Sum("a", Value("mu", ("a",)))),
    "a power of n": (power(power(Count(1), 2), HALF), Count(1)),
    "a power of n0": (power(power(Count(0), 4), HALF), power(Count(0), 2)),
    "a root of a statistic": (power(power(plus(V, Value("eps")), 2), HALF), plus(V, Value("eps"))),
    "a product in another order": (
        Sum("a", times(x("i", "1.k"), x("a", "1.m"), x("a", "1.k"))),
        times(x("i", "1.k"), Sum("a", times(x("a", "1.k"), x("a", "1.m")))),
    ),
    "powers in another order": (
        Sum("a", times(x("i", "1.k"), Sum("1.b", power(x("a", "1.b"), 4)), Sum("1.b", power(x("a", "1.b"), 3)))),
        times(x("i", "1.k"), Sum("a", times(Sum("1.b", power(x("a", "1.b"), 3)), Sum("1.b", power(x("a", "1.b"), 4))))),
    ),
    "a quotient beside another row": (
        Sum("a", over(x("i", "1.k"), plus(power(GX, 2), ONE))),
        times(x("i", "1.k"), Sum("c", power(rename(plus(power(GX, 2), ONE), {"a": "c"}), -1))),
    ),
    "the logarithm of one over": (
        Log(plus(times(plus(V, ONE), power(W("1"), -1)), times(number(-1), V, power(W("1"), -1)))),
        negative(Log(W("1"))),
    ),
    "the mean in a ring that grows": (
        plus(Sum("1.b", x("i", "1.b")), *(W(str(k)) for k in range(80))),
        plus(times(Count(1), MU), *(W(str(k)) for k in range(80))),
    ),
    "many letters": (plus(*(W(str(k)) for k in range(80))), plus(*(W(str(k)) for k in reversed(range(80))))),
}
DIFFERENT = {
    "another mean": (Sum("1.b", x("m", "1.b")), times(Count(1), MU)),
    "another count": (Sum("1.b", ONE), Count(0)),
    "along the other axis": (Sum("a", x("a", "1.k")), times(Count(0), MU)),
    "another row": (Sum("1.b", times(W("m", "1.b"), x("i", "1.b"))), Sum("1.b", times(W("i", "1.b"), x("i", "1.b")))),
    "a diagonal": (Sum("a", power(GX, 2)), power(Sum("a", GX), 2)),
    "turned": (
        summed("a 1.b", times(W("a", "1.b"), x("a", "1.b"))),
        summed("a 1.b", times(W("1.b", "a"), x("a", "1.b"))),
    ),
    "quotients": (Sum("a", power(plus(Value("v", ("a",)), ONE), -1)), Sum("a", power(plus(GX, ONE), -1))),
    "quotients of powers": (
        Sum("a", power(plus(power(GX, 2), ONE), -1)),
        Sum("a", power(plus(power(GX, 4), ONE), -1)),
    ),
    "quotients of a sum of powers": (
        Sum("a", power(plus(GX, ONE), -1)),
        Sum("a", power(plus(Sum("1.b", times(g("a", "1.b"), power(x("a", "1.b"), 2))), ONE), -1)),
    ),
    "logarithms": (Log(plus(V, ONE)), Log(plus(Value("v", ("m",)), ONE))),
    "the size of one": (Log(plus(V, ONE)), Log(plus(V, number(2)))),
}


@pytest.mark.parametrize("name", EQUAL)
def test_equal_sums_have_one_exact_value(name: str) -> None:
    left, right = EQUAL[name]
    ring = TensorFunctions(LAYER)
    assert not difference(ring, left, right)
    assert difference(ring, left, plus(right, right))


@pytest.mark.parametrize("name", DIFFERENT)
def test_different_sums_have_different_exact_values(name: str) -> None:
    assert difference(TensorFunctions(LAYER), *DIFFERENT[name])


@pytest.mark.parametrize("letter", ["q", "nu", "n_1", "m", "eta2", "q2"])
def test_the_root_of_a_square_is_no_letter_of_which_nobody_knows_the_sign(letter: str) -> None:
    one = Value(letter)
    assert difference(TensorFunctions(LAYER), power(power(one, 2), HALF), one)
    assert not difference(TensorFunctions(LAYER), power(power(one, 2), HALF), power(power(one, 2), HALF))


RADICAL = power(plus(power(x("a", "1.b"), 2), ONE), HALF)


@pytest.mark.parametrize(
    ("term", "why"),
    [
        (Sum("1.b", RADICAL), "over roots"),
        (Sum("a", times(RADICAL, x("i", "1.b"))), "over roots"),
        (Sum("1.b", power(plus(RADICAL, ONE), -1)), "over roots"),
        (Sum("1.b", power(plus(RADICAL, x("a", "1.b")), -1)), "over roots"),
        (Sum("1.b", power(plus(power(x("a", "1.b"), 2), power(V, 2)), HALF)), "over roots"),
        (Sum("1.b", Log(plus(RADICAL, ONE))), "over roots"),
        (Sum("a", power(GX, 5)), "bound together"),
        (summed("1.b", power(Sum("a", times(g("a", "1.b"), x("a", "1.b"))), 5)), "bound together"),
    ],
)
def test_what_a_sum_does_not_hold_is_refused(term: Term, why: str) -> None:
    ring = TensorFunctions(LAYER)
    with pytest.raises(Undecidable, match=why):
        difference(ring, term, ONE)


def test_the_root_of_n_minus_one_is_known() -> None:
    ring, less = TensorFunctions(FORWARDS["layer, unbiased, outside"]), plus(Count(1), number(-1))
    assert not difference(ring, power(times(V, power(less, -2)), HALF), over(power(V, HALF), less))


def test_the_variance_of_inference_has_a_root_in_every_row() -> None:
    shape = Layer("", "", 2, (0,), (1,), constant=True)
    ring = TensorFunctions(normalisation(Convention(), shape))
    root = lambda index: power(plus(Value("v", (index,)), Value("eps")), HALF)  # noqa: E731
    left, right = (Sum(one, over(x("i", one), root(one))) for one in ("1.b", "1.c"))
    assert not difference(ring, left, right)
    assert not difference(ring, power(root("1.k"), 2), plus(Value("v", ("1.k",)), Value("eps")))
    assert difference(ring, root("1.k"), root("1.m"))


def test_a_radical_of_another_place_stands_before_a_sum() -> None:
    outside = power(plus(power(x("i", "1.k"), 2), ONE), HALF)
    ring = TensorFunctions(LAYER)
    assert not difference(ring, Sum("1.b", times(outside, x("i", "1.b"))), times(outside, Count(1), MU))


def test_four_indices_of_an_axis_are_bound_together() -> None:
    ring = TensorFunctions(LAYER)
    square = Sum("a", times(power(GX, 2), swapped(power(GX, 2), x("a", "1.b"), x("a", "1.b"))))
    assert not difference(ring, square, Sum("c", rename(power(GX, 4), {"a": "c"})))


def softmax(targets: Fraction | None) -> TensorFunctions:
    return TensorFunctions(normalisation(Convention(), Layer("", "", 2, (1,), exponential=True, targets=targets)))


def test_the_targets_of_a_row_add_up_to_what_the_layer_says() -> None:
    t = Value("t", ("i", "1.b"))
    for total in (Fraction(1), Fraction(3, 2)):
        assert not difference(softmax(total), Sum("1.b", t), number(total))
        assert not difference(softmax(total), summed("i 1.b", t), times(Count(0), number(total)))
        for other in (Sum("1.b", power(t, 2)), Sum("a", Value("t", ("a", "1.k"))), Sum("1.b", x("i", "1.b"))):
            assert difference(softmax(total), other, number(total))
        weighted = Sum("1.b", times(t, x("i", "1.b")))
        assert difference(softmax(total), weighted, number(total))
    assert difference(softmax(None), Sum("1.b", t), ONE)


def test_a_statistic_that_is_a_square_of_a_sum_is_solved_for_no_moment() -> None:
    *nodes, output = LAYER.nodes
    square = Node("c", ("i",), power(Sum("1.l", power(x("i", "1.l"), 3)), 2))
    ring = TensorFunctions(replace(LAYER, nodes=(*nodes, square, output)))
    with pytest.raises(Undecidable, match="cannot be solved"):
        difference(ring, Value("c", ("i",)), ONE)


def test_a_statistic_of_products_is_known_in_its_own_row_alone() -> None:
    """h_i = sum_b x_ib g_ib says nothing of sum_b x_ib g_mb."""
    c = Value("c", ("i",))
    mixed = Node("c", ("i",), Sum("1.l", times(x("i", "1.l"), Value("w", ("i", "1.l")))))
    *nodes, output = LAYER.nodes
    leaf = replace(LAYER.leaves[0], name="w")
    ring = TensorFunctions(replace(LAYER, nodes=(*nodes, mixed, output), leaves=(*LAYER.leaves, leaf)))
    assert not difference(ring, Sum("1.b", times(x("i", "1.b"), Value("w", ("i", "1.b")))), c)
    crossed = Sum("1.b", times(x("i", "1.b"), Value("w", ("m", "1.b"))))
    for one in (c, Value("c", ("m",))):
        assert difference(ring, crossed, one)
    assert difference(ring, crossed, Sum("1.b", times(x("m", "1.b"), Value("w", ("i", "1.b")))))
