"""The forward passes of the family: closed forms from the literature, and NumPy code that shares nothing with ours."""

from __future__ import annotations

import time
from collections.abc import Sequence
from fractions import Fraction
from functools import reduce

import numpy as np
import pytest

from bnverify.model.axes import axis_of, on_axis
from bnverify.model.conventions import Convention
from bnverify.model.forward import Forward, denominator, inverse, normalisation
from bnverify.model.layers import Layer
from bnverify.model.terms import (
    Count,
    Delta,
    LossBy,
    Number,
    Partial,
    Reading,
    Sum,
    Term,
    Value,
    negative,
    plus,
    power,
    times,
)
from bnverify.truth import numeric
from bnverify.truth.panel import examine
from bnverify.truth.verdict import Identity, Opinion, Proved, Refuted

USUAL = Convention()
FAMILY = {
    "batch": Layer("batch", ""),
    "batch over features": Layer("batch", "", 2, (0,), (1,)),
    "batch over N x H x W": Layer("batch", "", 4, (0, 2, 3), (1,)),
    "layer, one sample": Layer("layer", "", gains=(0,)),
    "layer": Layer("layer", "", 2, (1,), (1,)),
    "rms, one sample": Layer("rms", "", gains=(0,), centred=False),
    "rms": Layer("rms", "", 2, (1,), (1,), centred=False),
    "group": Layer("group", "", 3, (2,), (1, 2)),
    "instance": Layer("instance", "", 4, (2, 3), (1,)),
    "inference": Layer("inference", "", 2, (0,), (1,), constant=True),
}
LAYERS = pytest.mark.parametrize("layer", list(FAMILY.values()), ids=list(FAMILY))


def summed(index: Sequence[str], body: Term) -> Term:
    return reduce(lambda made, one: Sum(one, made), reversed(index), body)


def other(index: Sequence[str]) -> tuple[str, ...]:
    return tuple(on_axis("abcd"[axis_of(one)], axis_of(one)) for one in index)


class Formulas:
    """The backward pass as textbooks have it, (gamma g - mean(gamma g) - xhat mean(gamma g xhat)) / s."""

    def __init__(self, forward: Forward) -> None:
        self.forward, self.layer = forward, forward.layer
        self.own = forward.output.index
        self.each = tuple(
            bound if axis in self.layer.over else mine
            for axis, (mine, bound) in enumerate(zip(self.own, other(self.own), strict=True))
        )
        self.bound = [self.each[axis] for axis in self.layer.over]
        self.size = times(*(Count(axis) for axis in self.layer.over))

    def by_xhat(self, index: tuple[str, ...]) -> Term:
        return times(Value("gamma", self.layer.at_gains(index)), LossBy(Value("y", index)))

    def by_x(self, paths: int = 3) -> Term:
        scale = inverse(denominator(self.forward, self.own))
        terms = [times(self.size, self.by_xhat(self.own))]
        if not self.layer.constant:
            along = summed(self.bound, times(self.by_xhat(self.each), Value("xhat", self.each)))
            terms.append(negative(times(Value("xhat", self.own), along)))
            if self.layer.centred:
                terms.append(negative(summed(self.bound, self.by_xhat(self.each))))
        return times(power(self.size, -1), scale, plus(*terms[:paths]))

    def by_gamma(self) -> Term:
        index = tuple(
            mine if axis in self.layer.gains else bound
            for axis, (mine, bound) in enumerate(zip(self.own, other(self.own), strict=True))
        )
        bound = [index[axis] for axis in range(self.layer.rank) if axis not in self.layer.gains]
        return summed(bound, times(LossBy(Value("y", index)), Value("xhat", index)))

    @property
    def gamma(self) -> Value:
        return Value("gamma", self.layer.at_gains(self.own))


@LAYERS
def test_the_closed_forms_of_the_literature_are_proved_by_all_three_witnesses(layer: Layer) -> None:
    forward = normalisation(USUAL, layer)
    formulas = Formulas(forward)
    heads = {Value("x", formulas.own): formulas.by_x(), formulas.gamma: formulas.by_gamma()}
    for head, side in heads.items():
        panel = examine(Identity(LossBy(head), side), forward)
        assert panel.verdict == Proved()
        assert panel.symbolic is not None
        assert panel.symbolic.opinion is Opinion.AGREES
        assert panel.numeric is not None
        assert panel.numeric.opinion is Opinion.AGREES


@LAYERS
def test_a_lost_path_is_refuted_by_all_three_witnesses(layer: Layer) -> None:
    if layer.constant:
        pytest.skip("the statistics of inference are constants: there is one path")
    forward = normalisation(USUAL, layer)
    formulas = Formulas(forward)
    lost = formulas.by_x(paths=2 if layer.centred else 1)
    panel = examine(Identity(LossBy(Value("x", formulas.own)), lost), forward)
    assert isinstance(panel.verdict, Refuted)
    assert panel.symbolic is not None
    assert panel.symbolic.opinion is Opinion.REFUTED
    assert panel.numeric is not None
    assert panel.numeric.opinion is Opinion.REFUTED


@pytest.mark.parametrize("name", ["batch over features", "layer", "rms", "group"])
def test_sums_along_the_wrong_axis_are_refuted(name: str) -> None:
    right = FAMILY[name]
    wrong = Formulas(normalisation(USUAL, Layer("", "", right.rank, right.kept[:1], right.gains, right.centred)))
    forward = normalisation(USUAL, right)
    mixed = Formulas(forward)
    mixed.each, mixed.bound, mixed.size = wrong.each, wrong.bound, wrong.size
    panel = examine(Identity(LossBy(Value("x", mixed.own)), mixed.by_x()), forward)
    assert isinstance(panel.verdict, Refuted)


@pytest.mark.parametrize("times_epsilon", [0, 2])
def test_a_root_that_forgets_or_doubles_epsilon_in_a_layer_of_many_rows_is_refuted_in_time(times_epsilon: int) -> None:
    """SymPy's polynomials in two kinds of roots took minutes; it abstains, and the others suffice."""
    started = time.process_time()
    forward = normalisation(USUAL, FAMILY["layer"])
    x, mu, v, by = Value("x", ("i", "1.j")), Value("mu", ("i",)), Value("v", ("i",)), Value("x", ("i", "1.l"))
    right, under = inverse(denominator(forward, ("i", "1.j"))), plus(v, *[Value("eps")] * times_epsilon)
    follows = times(Number(Fraction(-1)), right, Partial(mu, by, Reading.TOTAL))
    spread = times(plus(x, negative(mu)), power(under, Fraction(-3, 2)), Partial(v, by, Reading.TOTAL))
    side = plus(times(Delta("1.j", "1.l"), right), follows, times(Number(Fraction(-1, 2)), spread))
    panel = examine(Identity(Partial(Value("xhat", ("i", "1.j")), by, Reading.TOTAL), side), forward)
    assert isinstance(panel.verdict, Refuted)
    assert panel.symbolic is not None
    assert panel.numeric is not None
    assert (panel.symbolic.opinion, panel.numeric.opinion) == (Opinion.ABSTAINS, Opinion.REFUTED)
    assert time.process_time() - started < 10


@pytest.mark.parametrize("name", [name for name, layer in FAMILY.items() if layer.rank > 1])
def test_no_count_is_taken_for_another(name: str) -> None:
    """The scale of a sum over one axis as that over any other one: refuted, by NumPy too, and never left undecided."""
    layer = FAMILY[name]
    forward = normalisation(USUAL, layer)
    for right in range(layer.rank):
        for wrong in range(layer.rank):
            panel = examine(Identity(power(Count(right), -1), power(Count(wrong), -1)), forward, ("proof", "numeric"))
            assert panel.numeric is not None
            assert isinstance(panel.verdict, Proved if right == wrong else Refuted), (right, wrong)
            assert panel.numeric.opinion is (Opinion.AGREES if right == wrong else Opinion.REFUTED), (right, wrong)


def test_a_gain_of_each_feature_does_not_leave_the_sum() -> None:
    forward = normalisation(USUAL, FAMILY["layer, one sample"])
    g, xhat = LossBy(Value("y", ("j",))), Value("xhat", ("j",))
    pulled = plus(
        times(Count(), LossBy(Value("y", ("i",)))),
        negative(Sum("j", g)),
        negative(times(Value("xhat", ("i",)), Sum("j", times(g, xhat)))),
    )
    side = times(Value("gamma", ("i",)), power(Count(), -1), inverse(denominator(forward)), pulled)
    assert isinstance(examine(Identity(LossBy(Value("x", ("i",))), side), forward).verdict, Refuted)


# An independent source: each forward pass in plain NumPy, differentiated by a complex step of each input.


def backward(layer: Layer, x: np.ndarray, gamma: np.ndarray, eps: float, g: np.ndarray) -> np.ndarray:
    """dL/dx of L = sum g y; `gamma` broadcasts against x, and constant statistics are those of inference."""
    axes = layer.over
    slopes = np.zeros(x.shape)
    for place in np.ndindex(*x.shape):
        stepped = x.astype(complex)
        stepped[place] += 1e-30j
        mean = stepped.mean(axis=axes, keepdims=True) if layer.centred else 0
        square = ((stepped - mean) ** 2).mean(axis=axes, keepdims=True)
        slopes[place] = (g * gamma * (stepped - mean) / np.sqrt(square + eps)).sum().imag / 1e-30
    return slopes


@LAYERS
def test_numpy_has_the_slopes_of_a_forward_pass_in_plain_numpy(layer: Layer) -> None:
    if layer.constant:
        pytest.skip("its slope is gamma over a constant")
    forward = normalisation(USUAL, layer)
    table = {name: entry.amount.value for name, entry in numeric.values(forward, 5).items()}
    sizes = forward.sizes(5)
    g = numeric.drawn("upstream", sizes, max(sizes)).amount.value
    gamma = table["gamma"].reshape([size if axis in layer.gains else 1 for axis, size in enumerate(sizes)])
    expected = backward(layer, table["x"], gamma, float(table["eps"]), g)
    found = numeric.loss_slope(forward, 5, "x", tuple(range(layer.rank))).value
    assert found == pytest.approx(expected, rel=1e-11, abs=1e-13)
