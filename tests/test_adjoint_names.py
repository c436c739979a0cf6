"""Adjoints called by words or by a bar are judged like derivatives of the loss, never taken for helpers."""

from __future__ import annotations

import pytest

from tests.conftest import standings

LAYER = (
    r"$\mu = \frac{1}{N}\sum_i x_i$, $\sigma^2 = \frac{1}{N}\sum_i (x_i-\mu)^2$, "
    r"$\hat{x}_i = \frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}}$, $y_i = \gamma\hat{x}_i+\beta$." + "\n\n"
)
HOLDS, WRONG = "holds", "introduced"
BY_Y = r"\frac{\partial L}{\partial y_i}"
BARS = "A bar denotes the derivative of the loss by the quantity below it.\n\n"


@pytest.mark.parametrize("style", [r"\mathrm", r"\text", r"\texttt", r"\mathbf", r"\operatorname", r"\mathit"])
def test_words_in_any_style_are_adjoints(style: str) -> None:
    right = rf"$${style}{{dgamma}} = \sum_i{BY_Y}\hat{{x}}_i,\quad {style}{{dxhat}}_i = \gamma{BY_Y}$$"
    wrong = rf"$${style}{{dgamma}} = \sum_i{BY_Y}x_i,\quad {style}{{dx}}_i = \gamma{BY_Y}$$"
    assert standings(LAYER + right)[4:] == [HOLDS, HOLDS]
    assert standings(LAYER + wrong)[4:] == [WRONG, WRONG]


def test_words_are_adjoints_on_the_right_too() -> None:
    chain = (
        rf"$$\text{{dxhat}}_i = \gamma{BY_Y},\quad \text{{dvar}} = -\tfrac12(\sigma^2+\epsilon)^{{-3/2}}"
        r"\sum_i\text{dxhat}_i(x_i-\mu),\quad \text{dbeta} = \sum_i\text{dxhat}_i$$"
    )
    assert standings(LAYER + chain)[4:] == [HOLDS, HOLDS, WRONG]


@pytest.mark.parametrize(
    "declared",
    [
        BARS,
        "We write derivatives of the loss with a bar.\n\n",
        rf"$\bar{{y}}_i = {BY_Y}$." + "\n\n",
        r"We write $\bar v$ for the adjoint $\partial L/\partial v$ of a quantity $v$." + "\n\n",
        rf"Let $\bar{{y}}_i$ denote ${BY_Y}$." + "\n\n",
        r"Here $\bar{y}_i$ stands for the upstream gradient." + "\n\n",
        r"A gradient $\partial L/\partial q$ is written as $\bar q$ from now on." + "\n\n",
        "",  # nothing is said: but nobody averages a gain
    ],
)
def test_bars_are_adjoints_where_the_note_says_so(declared: str) -> None:
    right = r"$$\bar{\hat{x}}_i = \gamma\bar{y}_i,\quad \bar\gamma = \sum_i\bar{y}_i\hat{x}_i$$"
    wrong = r"$$\bar{\hat{x}}_i = \bar{y}_i,\quad \bar\gamma = \sum_i\bar{y}_i x_i$$"
    assert standings(LAYER + declared + right)[-2:] == [HOLDS, HOLDS]
    assert standings(LAYER + declared + wrong)[-2:] == [WRONG, WRONG]


@pytest.mark.parametrize(
    "declared", [rf"Write $\delta y_i$ for ${BY_Y}$, and so on." + "\n\n", rf"Let $\delta y_i := {BY_Y}$." + "\n\n", ""]
)
def test_a_delta_in_front_of_a_letter_is_an_adjoint_where_it_can_be_nothing_else(declared: str) -> None:
    right = r"$$\delta\hat{x}_i = \gamma\,\delta y_i,\quad \delta\gamma = \sum_i\delta y_i\hat{x}_i$$"
    wrong = r"$$\delta\hat{x}_i = \delta y_i,\quad \delta\gamma = \sum_i\delta y_i x_i$$"
    assert standings(LAYER + declared + right)[-2:] == [HOLDS, HOLDS]
    assert standings(LAYER + declared + wrong)[-2:] == [WRONG, WRONG]


def test_averages_of_outputs_are_no_adjoints() -> None:
    averages = r"$$\bar y = \frac1N\sum_i y_i,\quad \bar{\hat{x}} = \frac1N\sum_i\hat{x}_i = 0,\quad \bar y = \beta$$"
    assert standings(LAYER + averages)[-4:] == [HOLDS] * 4


OTHERS = [
    "",
    "A bar denotes the mean; the derivative is total.\n\n",
    r"We need $\frac{dL}{d\bar{x}}$ and other derivatives." + "\n\n",
    r"First $\bar{x}$. The inner derivatives follow." + "\n\n",
]


@pytest.mark.parametrize("words", OTHERS)
def test_other_bars_stay_what_they_are(words: str) -> None:
    layer = LAYER.replace(r"\mu", r"\bar{x}")
    claim = r"$$\frac{\partial\bar{x}}{\partial x_i} = \frac1N$$"
    assert standings(words + layer + claim)[-5:] == [HOLDS] * 5
