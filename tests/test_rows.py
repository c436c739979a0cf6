"""The tidy forms of one row of a layer with several axes, against gradients by complex step."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache

import numpy as np
import pytest

from bnverify.model.axes import axis_of, on_axis
from bnverify.model.conventions import Convention, Epsilon, Residual, Variance
from bnverify.model.forward import Forward, normalisation
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
    number,
    plus,
    power,
    times,
    walk,
)
from bnverify.truth.closed import row_form, tidy
from bnverify.truth.rows import NoRow, Row, collapsed, lifted, one_row
from tests.arrays import AXES, case

TOTAL = Reading.TOTAL
USUAL = Convention()
OTHER = Convention(Variance.UNBIASED, Epsilon.OUTSIDE, Residual.MU_MINUS_X)
CONVENTIONS = pytest.mark.parametrize("convention", [USUAL, OTHER], ids=["usual", "other"])
LAYERS = pytest.mark.parametrize("name", [name for name in AXES if name != "batch"])


@cache
def forward(name: str, convention: Convention = USUAL) -> Forward:
    rank, over, gains, centred = AXES[name]
    return normalisation(convention, Layer(name, "", rank, over, gains, centred))


def own(name: str) -> tuple[str, ...]:
    return forward(name).output.index


def other(index: Sequence[str], axes: Sequence[int]) -> tuple[str, ...]:
    """The index of another place, which differs along these axes."""
    return tuple(on_axis("m", axis_of(one)) if axis_of(one) in axes else one for one in index)


@CONVENTIONS
@LAYERS
def test_the_form_of_a_row_is_the_gradient_in_every_row(name: str, convention: Convention) -> None:
    numbers, of = case(name, convention, 3), forward(name, convention)
    for node in (of.leaf("x"), of.leaf("gamma"), of.node("mu"), of.node("v"), of.node("xhat")):
        if node is not None:
            value = Value(node.name, node.index)
            found, true = row_form(value, of), numbers.true(node.name)
            assert free_indices(found) <= set(node.index)
            for at in numbers.places(node.index)[::3]:
                assert abs(numbers.value_at(found, at) - true[numbers.place(value, at)]) < 1e-12 * np.abs(true).max()


@CONVENTIONS
@LAYERS
def test_the_form_of_a_row_holds_upstream_gradients_normalised_samples_and_gains(
    name: str, convention: Convention
) -> None:
    of = forward(name, convention)
    for value in (Value("x", own(name)), Value("v", of.layer.at_kept(own(name)))):
        parts = list(walk(row_form(value, of)))
        assert {part.value.name for part in parts if isinstance(part, LossBy)} == {"y"}
        assert {part.name for part in parts if isinstance(part, Value)} <= {"y", "xhat", "gamma", "v", "eps"}
        assert not any(isinstance(part, Partial) for part in parts)
        summed = {part for one in parts if isinstance(one, Sum) for part in walk(one.body)}
        gains_of_samples = bool({*of.layer.gains} & {*of.layer.over})
        assert any(isinstance(part, Value) and part.name == "gamma" for part in summed) is gains_of_samples


def slope_of_row(slope: Partial, of: Forward) -> Term:
    alone, row = collapsed(slope, of)
    return lifted(tidy(alone, normalisation(of.convention, one_row(of.layer))), row)


@pytest.mark.parametrize("quantity", ["xhat", "v"])
@LAYERS
def test_a_jacobian_of_a_row_is_that_of_the_layer_within_the_row(name: str, quantity: str) -> None:
    layer, numbers = forward(name).layer, case(name, USUAL, 3)
    of = Value(quantity, own(name) if quantity == "xhat" else layer.at_kept(own(name)))
    by = Value("x", other(own(name), layer.over))
    found = slope_of_row(Partial(of, by, TOTAL), forward(name))
    assert free_indices(found) <= {*own(name), *by.index}
    assert all(axis_of(part.left) in layer.over for part in walk(found) if isinstance(part, Delta))
    for at in numbers.places({*own(name), *by.index})[::5]:
        assert abs(numbers.value_at(found, at) - numbers.slope(of, by, at)) < 1e-12


@LAYERS
def test_a_jacobian_at_one_place_has_no_second(name: str) -> None:
    of, by, numbers = Value("xhat", own(name)), Value("x", own(name)), case(name, USUAL, 3)
    assert collapsed(Partial(of, by, TOTAL), forward(name))[0] == Partial(
        Value("xhat", ("i",)), Value("x", ("i",)), TOTAL
    )
    found = slope_of_row(Partial(of, by, TOTAL), forward(name))
    for at in numbers.places(of.index)[::5]:
        assert abs(numbers.value_at(found, at) - numbers.slope(of, by, at)) < 1e-12


def test_places_that_differ_along_one_of_two_axes_are_told_apart_along_that_one() -> None:
    own_index, numbers = own("group"), case("group", USUAL, 3)
    of, by = Value("xhat", own_index), Value("x", other(own_index, (3,)))
    found = slope_of_row(Partial(of, by, TOTAL), forward("group"))
    assert {part for part in walk(found) if isinstance(part, Delta)} == {Delta("3.q", "3.m")}
    for at in numbers.places({*own_index, *by.index})[::11]:
        assert abs(numbers.value_at(found, at) - numbers.slope(of, by, at)) < 1e-12


def test_only_derivatives_within_one_row_speak_of_a_row() -> None:
    layer, index = forward("group").layer, own("group")
    x, row = Value("x", index), layer.at_kept(index)
    several = [Partial(Value("xhat", index), Value("x", other(index, axes)), TOTAL) for axes in ((0,), (1,), (0, 1, 2))]
    gains = [LossBy(Value(name, layer.at_gains(index))) for name in ("gamma", "beta")]
    elsewhere = Partial(Value("v", other(row, (1,))), x, TOTAL)
    for term in (*several, *gains, elsewhere, x, ONE, LossBy(x, x), Partial(power(x, 2), x, TOTAL), Sum("1.j", x)):
        with pytest.raises(NoRow):
            collapsed(term, forward("group"))
    inference = normalisation(USUAL, Layer("", "", 2, (0,), (1,), constant=True))
    with pytest.raises(NoRow):
        collapsed(LossBy(Value("x", ("i", "1.k"))), inference)


LINE = Row(forward("layer").layer, {"i": ("i", "1.k"), "k": ("i", "1.q")}, ("i", "1.k"))
AREA = Row(
    forward("group").layer,
    {"i": ("i", "1.k", "2.p", "3.q"), "k": ("i", "1.k", "2.s", "3.t")},
    ("i", "1.k", "2.p", "3.q"),
)


def test_what_a_row_has_no_term_for_is_not_lifted() -> None:
    x = Value("x", ("i",))
    for term in (Log(x), Partial(x, x, TOTAL), plus(x, Log(x)), power(Log(x), 2), Sum("j", Log(x))):
        with pytest.raises(NoRow):
            lifted(term, LINE)


def test_a_place_of_a_row_is_a_place_of_the_layer() -> None:
    assert LINE.at(()) == LINE.at(("i",)) == ("i", "1.k")
    assert LINE.at(("k",)) == ("i", "1.q")
    assert LINE.at(("j",)) == ("i", "1.j")
    for taken in ("q", "m"):
        row, place = LINE.at((taken,))
        assert row == "i"
        assert axis_of(place) == 1
        assert place not in ("1.k", "1.q")


@pytest.mark.parametrize("row", [LINE, AREA], ids=["line", "area"])
def test_every_term_of_a_row_has_the_value_of_its_lifted_one(row: Row) -> None:
    """NumPy takes the row out of the layer and adds it up."""
    numbers, over = case(row.layer.name, USUAL, 3), row.layer.over
    known = {name: np.broadcast_to(one, numbers.x.shape) for name, one in numbers.forward().items()} | {"g": numbers.g}
    x, xhat = Value("x", ("i",)), Value("xhat", ("j",))
    terms = {
        "count": times(number(Fraction(1, 3)), power(Count(), -2)),
        "values": plus(x, times(number(2), Value("x", ("k",))), power(Value("mu"), 3)),
        "root": power(Value("v"), Fraction(-1, 2)),
        "delta": Delta("i", "k"),
        "sum": times(x, Sum("j", times(LossBy(Value("y", ("j",))), xhat))),
    }
    for at in numbers.places({*row.places["i"], *row.places["k"]})[::11]:
        first, second = (tuple(at[one] for one in row.places[name]) for name in "ik")
        cut = tuple(slice(None) if axis in over else place for axis, place in enumerate(first))
        true = {
            "count": 1 / 3 / known["x"][cut].size ** 2,
            "values": known["x"][first] + 2 * known["x"][second] + known["mu"][first] ** 3,
            "root": known["v"][first] ** -0.5,
            "delta": float(first == second),
            "sum": known["x"][first] * (known["g"] * known["xhat"])[cut].sum(),
        }
        for name, term in terms.items():
            assert abs(numbers.value_at(lifted(term, row), at) - true[name]) < 1e-9, name
