"""Which indices are the same sample, against what counting says."""

from __future__ import annotations

import pytest

from bnverify.model.conventions import Convention, Variance
from bnverify.model.forward import batch_norm
from bnverify.model.terms import (
    ONE,
    ZERO,
    Cases,
    Condition,
    Delta,
    Term,
    Value,
    plus,
    times,
)
from bnverify.truth.domain import Point, holds, tells_apart
from bnverify.truth.patterns import assignments, equality_patterns, index_patterns, malformed_cases
from bnverify.truth.verdict import Identity, Undecidable

BIASED, UNBIASED = batch_norm(Convention()), batch_norm(Convention(Variance.UNBIASED))
MU = Value("mu")


def x(index: str) -> Value:
    return Value("x", (index,))


BELL = {1: 1, 2: 2, 3: 5, 4: 15}
"""In how many ways so many things can be equal or different."""


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
