"""Index patterns, small batches and arithmetic modulo a prime, against what counting and school arithmetic say."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from math import isqrt

import pytest

from bnverify.model.conventions import Convention, Epsilon, Variance
from bnverify.model.forward import Forward, batch_norm, normalisation
from bnverify.model.layers import LAYERS, Layer
from bnverify.model.terms import (
    ONE,
    ZERO,
    Cases,
    Condition,
    Count,
    Delta,
    Log,
    LossBy,
    Sum,
    Term,
    Value,
    number,
    plus,
    power,
    times,
)
from bnverify.truth.domain import Point, holds, tells_apart
from bnverify.truth.examples import batches, free_symbols
from bnverify.truth.fractions_at import Batch, Fractions, fraction_root
from bnverify.truth.patterns import assignments, equality_patterns, index_patterns, malformed_cases
from bnverify.truth.rational import RationalFunctions
from bnverify.truth.residues import PRIME, Residues, residues, residues_at, small_root
from bnverify.truth.tensors import TensorFunctions
from bnverify.truth.verdict import Identity, Undecidable, Undefined

BIASED, UNBIASED = batch_norm(Convention()), batch_norm(Convention(Variance.UNBIASED))
HALF = Fraction(1, 2)
N, MU, V, EPS, GAMMA = Count(), Value("mu"), Value("v"), Value("eps"), Value("gamma")
BELL = {1: 1, 2: 2, 3: 5, 4: 15}
"""In how many ways so many things can be equal or different."""


def x(index: str) -> Value:
    return Value("x", (index,))


def layer(**more: object) -> Forward:
    shape = {"rank": 2, "over": (1,), "gains": (1,), **more}
    return normalisation(Convention(), Layer("layer", "layer norm", **shape))  # type: ignore[arg-type]


# -- indices


@pytest.mark.parametrize("count", BELL)
def test_indices_are_equal_or_different_in_as_many_ways_as_a_set_has_partitions(count: int) -> None:
    found = list(equality_patterns(count))
    assert len(found) == len(set(found)) == BELL[count]
    assert found[0] == tuple(range(1, count + 1))
    assert found[-1] == (1,) * count
    for one in found:
        assert all(1 <= kind <= max((0, *one[:place])) + 1 for place, kind in enumerate(one))


def deltas(letters: str) -> Term:
    return plus(*(Delta(letters[0], one) for one in letters[1:]))


@pytest.mark.parametrize("letters", ["ij", "ijk", "ijkl"])
def test_deltas_are_tried_in_every_pattern_and_other_terms_in_one(letters: str) -> None:
    apart = list(index_patterns(Identity(deltas(letters), ZERO)))
    assert len(apart) == BELL[len(letters)]
    assert len({point.kind for point in apart[0].values()}) == len(letters)
    assert len(list(index_patterns(Identity(plus(*map(x, letters)), ZERO)))) == 1


def test_conditions_choose_the_patterns() -> None:
    sides = (plus(x("i"), x("j")), ZERO)
    for same in (True, False):
        (found,) = index_patterns(Identity(*sides, (Condition("i", "j", same=same),)))
        assert (found["i"] == found["j"]) is same
    both = (Condition("i", "j", same=False), Condition("i", "j", same=True))
    assert list(index_patterns(Identity(*sides, both))) == []
    (named,) = index_patterns(Identity(MU, MU, (Condition("i", "k", same=False),)))
    assert set(named) == {"i", "k"}


def test_two_numbers_are_never_one_sample_and_a_letter_may_be_any() -> None:
    assert len(list(index_patterns(Identity(Delta("1", "2"), ZERO)))) == 1
    assert len(list(index_patterns(Identity(Delta("1", "i"), ZERO)))) == 2


def test_indices_of_different_axes_are_never_one_place() -> None:
    found = list(index_patterns(Identity(plus(Delta("i", "k"), Delta("1.j", "1.l")), ZERO)))
    assert len(found) == 4
    for points in found:
        kinds = [{point.kind for name, point in points.items() if point.axis == axis} for axis in (0, 1)]
        assert not kinds[0] & kinds[1]
        assert {name: point.axis for name, point in points.items()} == {"i": 0, "k": 0, "1.j": 1, "1.l": 1}


def along(count: int, axis: int = 0) -> list[Term]:
    return [Value("x", (f"{axis}.{letter}" if axis else letter,)) for letter in "abcdefgh"[:count]]


def test_four_indices_of_an_axis_and_eight_in_all_are_worked_out() -> None:
    assert list(index_patterns(Identity(plus(*along(4)), ZERO)))
    with pytest.raises(Undecidable):
        next(index_patterns(Identity(plus(*along(5)), ZERO)))
    assert list(index_patterns(Identity(plus(*along(4), *along(4, 1)), ZERO)))
    with pytest.raises(Undecidable):
        next(index_patterns(Identity(plus(*along(4), *along(4, 1), *along(1, 2)), ZERO)))


@pytest.mark.parametrize(("n", "count"), [(1, 1), (2, 4), (3, 5), (4, 5)])
def test_of_three_indices_as_many_patterns_are_left_as_fit_into_the_batch(n: int, count: int) -> None:
    found = list(assignments(Identity(deltas("ijk"), ZERO), BIASED, n))
    assert len(found) == count
    assert all(point.place < n for points in found for point in points.values())


@pytest.mark.parametrize(
    ("numbers", "places"),
    [
        (("1", "2"), (0, 1)),
        (("3", "1"), (2, 0)),
        (("0", "2"), (0, 2)),
        (("6", "1"), (5, 0)),
        (("7", "2"), (1, 0)),
        (("12", "7"), (1, 0)),
    ],
)
def test_a_number_names_a_place_as_long_as_the_batch_stays_small(
    numbers: tuple[str, ...], places: tuple[int, ...]
) -> None:
    (points,) = assignments(Identity(plus(*map(x, numbers)), ZERO), BIASED, 6)
    assert tuple(points[one].place for one in numbers) == places


def test_letters_take_the_places_that_numbers_leave() -> None:
    apart = (Condition("i", "2", same=False), Condition("k", "2", same=False), Condition("i", "k", same=False))
    (points,) = assignments(Identity(plus(x("2"), x("i"), x("k")), ZERO, apart), BIASED, 3)
    assert {name: point.place for name, point in points.items()} == {"2": 1, "i": 0, "k": 2}
    assert list(assignments(Identity(x("3"), ZERO), BIASED, 2)) == []


SAME, APART = Condition("i", "k", same=True), Condition("i", "k", same=False)
OVERLAP, GAP = "two rows of the cases hold at the same time", "no row says what holds otherwise"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (((SAME,), (APART,)), ""),
        (((SAME,), ()), ""),
        (((SAME,),), GAP),
        (((SAME,), (SAME,)), f"{OVERLAP}, and {GAP}"),
        (((SAME,), (SAME,), ()), OVERLAP),
        (((SAME,), (APART,), (APART,)), OVERLAP),
        (((SAME, APART),), GAP),
    ],
)
def test_rows_of_cases_leave_no_combination_out_and_share_none(
    rows: tuple[tuple[Condition, ...], ...], words: str
) -> None:
    term = Cases(tuple((conditions, ONE) for conditions in rows))
    assert malformed_cases(term, Identity(Delta("i", "k"), term)) == words


def test_a_delta_or_a_case_tells_samples_apart_and_a_value_does_not() -> None:
    assert tells_apart(Delta("i", "j"), "j")
    assert not tells_apart(Delta("i", "j"), "k")
    assert not tells_apart(times(x("i"), x("j")), "j")
    points = {"i": Point(1, 1), "k": Point(2, 1)}
    assert holds(APART, points)
    assert not holds(SAME, points)


# -- small batches


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
    return islice(batches(forward, identity, n), 100)


@pytest.mark.parametrize("n", [2, 3, 5])
@pytest.mark.parametrize("unbiased", [False, True])
def test_in_an_example_v_plus_epsilon_is_the_square_of_a_rational_number(n: int, unbiased: bool) -> None:
    found = list(few(UNBIASED if unbiased else BIASED, n))
    assert len(found) == 96
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


# -- numbers modulo a prime


def modulo(value: Fraction) -> int:
    return value.numerator * pow(value.denominator, -1, PRIME) % PRIME


@pytest.mark.parametrize(
    "root", [Fraction(1), Fraction(7), Fraction(100), Fraction(3, 4), Fraction(12, 11), Fraction(5, 12)]
)
def test_the_root_of_a_small_square_is_the_positive_one(root: Fraction) -> None:
    assert small_root(modulo(root**2)) == modulo(root)


@pytest.mark.parametrize(
    "value", [Fraction(2), Fraction(0), Fraction(1, 13) ** 2, Fraction(1_000_003), Fraction(142) ** 2]
)
def test_what_is_no_small_square_has_no_small_root(value: Fraction) -> None:
    assert small_root(modulo(value)) is None


@pytest.mark.parametrize("forward", [BIASED, UNBIASED, layer()])
def test_residues_know_the_positive_roots_of_v_and_v_plus_epsilon(forward: Forward) -> None:
    domain = residues(forward, frozenset(), 1, 0)
    points = {"i": Point(-1, -1)}
    v = Value("v", ("i",)) if forward.layer.rank > 1 else V
    for base in (plus(v, EPS), v):
        root = domain.value(power(base, HALF), points)
        assert root * root % PRIME == domain.value(base, points)
        for scale in (Fraction(4), Fraction(9, 4), Fraction(1, 25)):
            scaled = domain.value(power(times(number(scale), base), HALF), points)
            assert scaled == modulo(Fraction(isqrt(scale.numerator), isqrt(scale.denominator))) * root % PRIME
        cube = domain.value(power(power(base, 3), HALF), points)
        assert cube == pow(root, 3, PRIME)
    assert domain.value(power(ZERO, HALF), points) == 0


def test_a_sum_of_residues_has_n_for_its_weights() -> None:
    domain = residues(BIASED, frozenset(), 1, 0)
    one, n = domain.value(Sum("j", ONE), {}), domain.value(N, {})
    assert one == n
    assert domain.value(Sum("j", x("j")), {}) == n * domain.value(MU, {}) % PRIME
    assert isinstance(domain, Residues)
    assert len(set(domain.weights)) == 5


@pytest.mark.parametrize("n", [1, 2, 5])
def test_residues_at_a_size_are_sums_over_so_many_samples(n: int) -> None:
    domain = residues_at(BIASED, n)
    samples = [domain.value(x("i"), {"i": Point(place, place)}) for place in range(n)]
    assert len(set(samples)) == n
    assert domain.value(Sum("j", x("j")), {}) == sum(samples) % PRIME
    assert domain.value(N, {}) == n
    assert domain.value(MU, {}) * n % PRIME == sum(samples) % PRIME


def test_targets_add_up_to_one_modulo_a_prime() -> None:
    for rank, over in ((1, (0,)), (2, (1,))):
        softmax = normalisation(Convention(), Layer("softmax", "softmax", rank=rank, over=over, exponential=True))
        names = ("i", "1.j")[:rank]
        total = Sum(names[-1], Value("t", names))
        points = {"i": Point(0, 0)} if rank > 1 else {}
        for domain in (residues_at(softmax, 2), residues_at(softmax, 4), residues(softmax, frozenset(), 1, 0)):
            assert domain.value(total, points) == 1


def test_what_has_no_residue_says_so() -> None:
    domain = residues(BIASED, frozenset(), 1, 0)
    with pytest.raises(Undefined):
        domain.value(power(Sum("j", plus(x("j"), times(number(-1), MU))), -1), {})
    with pytest.raises(Undecidable):
        domain.value(power(GAMMA, Fraction(1, 3)), {})


# -- exact rings


def differs(ring: RationalFunctions, left: Term, right: Term) -> bool:
    found = ring.work_out(lambda: ring.add([ring.value(left, {}), ring.negative(ring.value(right, {}))]))
    return bool(found.above)


@pytest.mark.parametrize("ring", [RationalFunctions(BIASED), TensorFunctions(layer())])
def test_a_sum_of_fractions_is_over_the_common_denominator(ring: RationalFunctions) -> None:
    a, b = Value("a"), Value("b")
    over = lambda above, below: times(above, power(below, -1))  # noqa: E731
    cases = [
        (plus(over(ONE, a), over(ONE, b)), over(plus(a, b), times(a, b))),
        (plus(over(ONE, power(a, 2)), over(ONE, a)), over(plus(ONE, a), power(a, 2))),
        (over(ONE, plus(a, b)), over(number(3), plus(times(number(3), a), times(number(3), b)))),
        (power(over(plus(a, b), times(number(2), a)), -2), over(times(number(4), power(a, 2)), power(plus(a, b), 2))),
        (over(over(a, b), over(b, a)), over(power(a, 2), power(b, 2))),
        (over(times(a, b), times(a, a)), over(b, a)),
    ]
    for left, right in cases:
        assert differs(ring, left, right) is False
        assert differs(ring, left, plus(right, ONE)) is True
    with pytest.raises(Undefined):
        ring.work_out(lambda: ring.value(power(plus(a, times(number(-1), a)), -1), {}))


def test_logarithms_of_products_are_sums() -> None:
    ring, a, b = RationalFunctions(BIASED), Value("a"), Value("b")
    left = Log(times(power(a, 3), power(b, -1), power(plus(a, b), HALF)))
    right = plus(times(number(3), Log(a)), times(number(-1), Log(b)), times(number(HALF), Log(plus(a, b))))
    assert not differs(ring, left, right)
    with pytest.raises(Undefined):
        ring.work_out(lambda: ring.value(Log(plus(a, times(number(-1), a))), {}))
    assert not ring.work_out(lambda: ring.value(Log(ONE), {})).above


def test_epsilon_outside_the_root_has_a_variance_whose_root_is_free() -> None:
    ring = RationalFunctions(batch_norm(Convention(epsilon=Epsilon.OUTSIDE)))
    assert not differs(ring, power(power(V, HALF), 2), V)
    assert differs(ring, power(V, HALF), V)
