"""What `derive` writes: `check` accepts every step, and the final formulas agree with a complex step of the tests' own."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import product

import pytest

from bnverify.cli.main import main
from bnverify.derivation.derivation import Asked, Nonexistent, Style, asked
from bnverify.derivation.styles import derive
from bnverify.derivation.written import latex_document, markdown
from bnverify.model.conventions import Choice, Convention, Epsilon, Residual, Variance
from bnverify.model.standard import STANDARD
from bnverify.model.terms import LossBy
from bnverify.pipeline import check_note
from bnverify.run import options_from
from bnverify.source import Note
from tests.arrays import case, relative_error
from tests.conftest import share

WAYS = {"batch": 12, "layer": 12, "group": 12, "instance": 12, "rms": 3}
"""How many conventions each layer has: variance, place of epsilon, sign of the residual; RMS norm has epsilon alone."""
COMBINATIONS = [
    asked(standard, convention, style)
    for standard in STANDARD.values()
    for convention in standard.conventions()
    for style in Style
]


def name(one: Asked) -> str:
    c = one.convention
    return f"{one.standard.layer.name}-{c.variance}-{c.epsilon}-{c.residual}-{one.style}"


def test_every_combination_that_exists_is_here() -> None:
    layers = [one.standard.layer.name for one in COMBINATIONS]
    assert {layer: layers.count(layer) for layer in WAYS} == {layer: 3 * ways for layer, ways in WAYS.items()}


LONG = {"group": 11, "instance": 5, "layer": 5}
"""Layers whose notes take longest: of so many ways one is checked, no divisor of the number of styles or choices."""


def some() -> list[Asked]:
    """All of them; of the layers whose notes take longest a share."""
    return [
        one
        for layer in WAYS
        for one in share(LONG.get(layer, 1), [one for one in COMBINATIONS if one.standard.layer.name == layer])
    ]


def test_each_choice_and_each_style_is_checked() -> None:
    assert len({one.convention for one in some() if one.standard.layer.name == "batch"}) == WAYS["batch"]
    for layer in WAYS:
        every = [one for one in COMBINATIONS if one.standard.layer.name == layer]
        own = [one for one in some() if one.standard.layer.name == layer]
        assert {one.style for one in own} == set(Style)
        assert chosen(own) == chosen(every)


def chosen(some: Iterable[Asked]) -> set[tuple[str, Choice]]:
    return {choice for one in some for choice in one.convention.choices.items()}


@pytest.mark.parametrize("one", some(), ids=name)
def test_check_proves_every_step_of_what_is_written(one: Asked) -> None:
    derivation = derive(one)
    record = check_note(Note("derived.md", markdown(derivation)), options_from(witness="proof"))
    assert len(record.steps) == sum(len(line.sides) for line in derivation.lines)
    assert {step.standing.value for step in record.steps if step.standing} == {"holds"}
    assert all(step.standing for step in record.steps)
    assert not record.note.unread


@pytest.mark.parametrize("one", share(2, [one for one in COMBINATIONS if one.style is Style.STAGED]), ids=name)
def test_final_formulas_are_the_derivatives_of_the_numbers(one: Asked) -> None:
    finals = derive(one).finals
    assert [line.head.value.name for line in finals if isinstance(line.head, LossBy)] == list(one.wrt)
    for n in (3, 8, 64):
        numbers = case(one.standard.layer.name, one.convention, n)
        for line in finals:
            assert isinstance(line.head, LossBy)
            true = numbers.true(line.head.value.name)
            assert relative_error(numbers.value(line.sides[-1]), true) < 1e-11, line.head


@pytest.mark.parametrize("layer", STANDARD)
def test_all_styles_end_in_the_same_formulas(layer: str) -> None:
    ends = [
        {line.head.value.name: n.value(line.sides[-1]) for line in derive(one).finals if isinstance(line.head, LossBy)}
        for n in [case(layer, Convention(), 4)]
        for one in COMBINATIONS
        if one.standard.layer.name == layer and one.convention == Convention()
    ]
    assert len(ends) == len(Style)
    for other in ends[1:]:
        assert ends[0].keys() == other.keys()
        assert all(relative_error(other[key], ends[0][key]) < 1e-12 for key in other)


@pytest.mark.parametrize("layer", STANDARD)
def test_the_latex_document_is_a_note_that_check_accepts(layer: str) -> None:
    for style in Style:
        derivation = derive(asked(STANDARD[layer], Convention(), style))
        record = check_note(Note("derived.tex", latex_document(derivation)), options_from(witness="proof"))
        assert {step.standing.value for step in record.steps if step.standing} == {"holds"}
        assert len(record.steps) == sum(len(line.sides) for line in derivation.lines)


@pytest.mark.parametrize(("layer", "wrt"), [*product(("batch", "layer"), ("x", "gamma", "beta", "mean", "variance"))])
def test_one_derivative_alone_is_derived_and_accepted(layer: str, wrt: str) -> None:
    for style in Style:
        one = asked(STANDARD[layer], Convention(), style, wrt)
        derivation = derive(one)
        record = check_note(Note("derived.md", markdown(derivation)), options_from(witness="proof"))
        assert {step.standing.value for step in record.steps if step.standing} == {"holds"}
        assert len(derivation.finals) == 1


def test_what_does_not_exist_is_refused_with_its_reason() -> None:
    rms = STANDARD["rms"]
    with pytest.raises(Nonexistent, match="mean of squares"):
        asked(rms, Convention(variance=Variance.UNBIASED))
    with pytest.raises(Nonexistent, match="takes no mean away"):
        asked(rms, Convention(residual=Residual.MU_MINUS_X))
    for wrt in ("mean", "beta"):
        with pytest.raises(Nonexistent, match=f"RMS norm has no {wrt}"):
            asked(rms, Convention(epsilon=Epsilon.NONE), "staged", wrt)


def test_json_says_of_every_side_whether_it_is_proved(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "--format", "json", "--n", "4"], standalone_mode=False) == 0
    found = json.loads(capsys.readouterr().out)
    sides = [side for section in found["sections"][1:] for line in section["lines"] for side in line["sides"]]
    assert len(sides) > 20
    assert all(side["proved"] is True for side in sides)
    assert found["batch"]["places"]["xᵢ"] == ["1", "2", "3", "6"]
    assert found["batch"]["sympy_agrees"] is True
    assert found["convention"] == {"variance": "biased", "epsilon": "inside", "residual": "x-mu"}
