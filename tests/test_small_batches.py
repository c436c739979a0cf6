"""The numbers of counterexamples, and values at one batch, against school arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from math import isqrt

import pytest

from bnverify.model.conventions import Convention
from bnverify.model.forward import Forward, normalisation
from bnverify.model.layers import LAYERS
from bnverify.model.terms import (
    ZERO,
    Delta,
    LossBy,
    Sum,
    Term,
    Value,
    number,
    plus,
    power,
    times,
)
from bnverify.truth.domain import Point
from bnverify.truth.examples import batches, free_symbols
from bnverify.truth.fractions_at import Batch, Fractions, fraction_root
from bnverify.truth.verdict import Identity, Undecidable, Undefined
from tests.letters import BIASED, EPS, GAMMA, HALF, MU, UNBIASED, N, V, layer, x


def at(batch: Batch, name: str, *place: int) -> Fraction:
    value = batch[name]
    for one in place:
        assert isinstance(value, tuple)
        value = value[one]
    assert isinstance(value, Fraction)
    return value


def row_of(batch: Batch, number: int | None) -> list[Fraction]:
    values = batch["x"] if number is None else batch["x"][number]  # type: ignore[index]
    assert isinstance(values, tuple)
    return list(values)  # type: ignore[arg-type]


def spread(values: list[Fraction], less: int = 0, centre: bool = True) -> Fraction:
    mean = sum(values) / len(values) if centre else Fraction(0)
    return sum(((one - mean) ** 2 for one in values), Fraction(0)) / (len(values) - less)


def is_square(value: Fraction) -> bool:
    return isqrt(value.numerator) ** 2 == value.numerator and isqrt(value.denominator) ** 2 == value.denominator


NOTHING = Identity(MU, MU)


def few(forward: Forward, n: int, identity: Identity = NOTHING) -> Iterator[Batch]:
    return islice(batches(forward, identity, n), 200)


@pytest.mark.parametrize("n", [2, 3, 5])
@pytest.mark.parametrize("unbiased", [False, True])
def test_in_an_example_v_plus_epsilon_is_the_square_of_a_rational_number(n: int, unbiased: bool) -> None:
    found = list(few(UNBIASED if unbiased else BIASED, n))
    assert len(found) == 2 * 11 * 3 * 2  # gains, samples, gradients, roots
    for batch in found:
        total = spread(row_of(batch, None), int(unbiased)) + at(batch, "eps")
        assert total.denominator == 1
        assert is_square(total)
        assert total >= 4
        assert at(batch, "eps") > 0
    assert len({str(sorted(batch.items())) for batch in found}) == len(found)


def test_the_simplest_example_comes_first() -> None:
    first = next(batches(BIASED, NOTHING, 2))
    assert row_of(first, None) == [0, 2]
    assert first["dL/dy"] == (1, 2)
    assert (at(first, "gamma"), at(first, "beta"), at(first, "eps")) == (2, 1, 3)
    second = next(islice(batches(BIASED, NOTHING, 2), 1, None))
    assert (row_of(second, None), at(second, "eps")) == ([0, 2], 8)
    longer = next(batches(BIASED, NOTHING, 3))
    assert len(set(row_of(longer, None))) == 3


def test_gains_have_both_signs_and_differ_from_the_shift() -> None:
    found = list(few(BIASED, 2))
    assert {at(batch, "gamma") > 0 for batch in found} == {True, False}
    assert all(at(batch, "gamma") != at(batch, "beta") for batch in found)


def test_free_symbols_are_numbers_that_differ() -> None:
    first, second, family = Value("a"), Value("b"), Value("c", ("i",))
    identity = Identity(times(first, second, family, GAMMA), plus(first, x("i")))
    assert {value.name for value in free_symbols(BIASED, identity)} == {"a", "b", "c"}
    batch = next(batches(BIASED, identity, 3))
    assert at(batch, "a") != at(batch, "b")
    assert len({at(batch, "c", place) for place in range(3)}) == 3


@pytest.mark.parametrize("centred", [True, False])
def test_every_row_has_the_same_variance_and_other_samples(centred: bool) -> None:
    forward = layer(centred=centred)
    for batch in islice(batches(forward, NOTHING, 3), 20):
        rows = [row_of(batch, number) for number in range(len(batch["x"]))]  # type: ignore[arg-type]
        assert len(rows) == 3
        variances = {spread(row, centre=centred) for row in rows}
        assert len(variances) == 1
        assert is_square(variances.pop() + at(batch, "eps"))
        gains = [at(batch, "gamma", place) for place in range(3)]
        assert len(set(gains)) == 3
    first = next(batches(forward, NOTHING, 3))
    assert len({tuple(row_of(first, number)) for number in range(3)}) > 1


def test_targets_of_a_row_add_up_and_exponentials_are_positive() -> None:
    softmax = normalisation(Convention(), LAYERS["softmax"])
    batch = next(batches(softmax, NOTHING, 4))
    targets = [at(batch, "t", place) for place in range(4)]
    assert sum(targets) == 1
    assert len(set(targets)) == 4
    exponentials = [at(batch, "exp x", place) for place in range(4)]
    assert all(one > 0 for one in exponentials)
    assert len(set(exponentials)) > 1


# -- fractions at one batch


def test_a_root_of_a_fraction_is_exact_or_none() -> None:
    assert fraction_root(Fraction(9, 16)) == Fraction(3, 4)
    assert fraction_root(Fraction(0)) == 0
    for irrational in (Fraction(2), Fraction(1, 2), Fraction(2, 9), Fraction(9, 2)):
        with pytest.raises(Undecidable):
            fraction_root(irrational)
    with pytest.raises(Undefined):
        fraction_root(Fraction(-4))


BATCH: Batch = {
    "x": (Fraction(1), Fraction(3)),
    "dL/dy": (Fraction(5), Fraction(7)),
    "gamma": Fraction(2),
    "beta": Fraction(11),
    "eps": Fraction(3),
}


@pytest.mark.parametrize(
    ("term", "value"),
    [
        (MU, 2),
        (V, 1),
        (power(plus(V, EPS), HALF), 2),
        (power(plus(V, EPS), Fraction(-3, 2)), Fraction(1, 8)),
        (Value("xhat", ("i",)), Fraction(-1, 2)),
        (Value("y", ("k",)), 12),
        (LossBy(Value("y", ("k",))), 7),
        (LossBy(GAMMA), 1),
        (LossBy(Value("beta")), 12),
        (LossBy(Value("xhat", ("i",))), 10),
        (Sum("j", times(x("j"), Delta("j", "k"))), 3),
        (Sum("j", Sum("l", times(x("j"), x("l")))), 16),
        (Sum("j", N), 4),
        (power(x("k"), -2), Fraction(1, 9)),
        (power(ZERO, 3), 0),
    ],
)
def test_a_term_has_its_value_at_a_batch(term: Term, value: Fraction) -> None:
    domain = Fractions(BIASED, 2, BATCH)
    assert domain.value(term, {"i": Point(0, 0), "k": Point(1, 1)}) == value


def test_what_has_no_value_at_a_batch_says_so() -> None:
    domain = Fractions(BIASED, 2, BATCH)
    with pytest.raises(Undefined):
        domain.value(power(plus(MU, number(-2)), -1), {})
    with pytest.raises(Undecidable, match="no small numbers were chosen for Z"):
        domain.value(Value("Z"), {})
    with pytest.raises(Undecidable):
        domain.value(power(number(8), Fraction(1, 3)), {})
    with pytest.raises(Undecidable):
        domain.value(power(GAMMA, 65), {})
    assert domain.value(power(GAMMA, 64), {}) == 2**64
    assert domain.value(power(GAMMA, -64), {}) == Fraction(1, 2**64)
    with pytest.raises(Undecidable):
        domain.value(power(GAMMA, -65), {})


def test_what_was_used_is_remembered_by_name() -> None:
    domain = Fractions(BIASED, 2, BATCH)
    domain.value(times(GAMMA, MU), {})
    assert domain.used == {"gamma", "x"}


def test_a_symbol_with_an_index_elsewhere_has_one_value_without() -> None:
    domain = Fractions(BIASED, 2, {**BATCH, "c": (Fraction(1), Fraction(2))})
    assert domain.value(Value("c"), {}) not in (1, 2)
    assert domain.value(Value("c", ("i",)), {"i": Point(1, 1)}) == 2
