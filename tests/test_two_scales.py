"""Notes that speak of their layer twice: with a scale and with one for each index, without epsilon and with it."""

from __future__ import annotations

import pytest

from tests.conftest import standings

BATCH = r"""$$\mu = \frac{1}{N} \sum_{i=1}^N x_i, \qquad \sigma^2 = \frac{1}{N} \sum_{i=1}^N (x_i - \mu)^2$$

$$\hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}, \qquad y_i = \gamma \hat{x}_i + \beta$$

"""
SCALE = r"$$\frac{\partial L}{\partial \gamma} = \sum_i \frac{\partial L}{\partial y_i} \hat{x}_i$$" + "\n\n"
LOST_SUM = r"$$\frac{\partial L}{\partial \gamma} = \frac{\partial L}{\partial y} \hat{x}$$" + "\n\n"
INPUT = (
    r"$$\frac{\partial L}{\partial x_i} = \frac{\gamma}{N\sqrt{\sigma^2+\epsilon}} \left( N \frac{\partial L}{\partial y_i}"
    r" - \sum_j \frac{\partial L}{\partial y_j} - \hat{x}_i \sum_j \frac{\partial L}{\partial y_j} \hat{x}_j \right)$$"
    + "\n\n"
)
NOTE = BATCH + SCALE + INPUT + LOST_SUM
HOLDS, WRONG, OPEN = "holds", "introduced", "undecided"
JUDGED = [HOLDS] * 6 + [WRONG]


@pytest.mark.parametrize(
    "remark",
    [
        r"The update is $\gamma_t = \gamma_{t-1} - \eta g_t$.",
        r"A scale per feature, $y_{ij} = \gamma_j \hat{x}_{ij} + \beta_j$, changes nothing.",
        r"With two channels there are $\gamma_1, \gamma_2$, and $y_{i1} = \gamma_1 \hat{x}_{i1} + \beta_1$.",
        r"In layer norm $y_i = \gamma_i \hat{x}_i + \beta_i$.",
        r"## Layer norm" + "\n\n" + r"$$y_{nd} = \gamma_d \hat{x}_{nd} + \beta_d$$",
    ],
)
def test_a_remark_on_a_scale_with_an_index_does_not_change_the_layer(remark: str) -> None:
    assert standings(f"{NOTE}{remark}")[:7] == JUDGED
    assert standings(f"{remark}\n\n{NOTE}")[-7:] == JUDGED


def test_what_is_said_of_the_layer_with_the_other_scale_is_left_open() -> None:
    layer = r"In layer norm $y_i = \gamma_i \hat{x}_i + \beta_i$ and $\frac{\partial L}{\partial\gamma_i} = %s$."
    assert standings(NOTE + layer % r"\frac{\partial L}{\partial y_i}\hat{x}_i") == [*JUDGED, OPEN, OPEN]
    assert standings(NOTE + layer % r"\sum_i\frac{\partial L}{\partial y_i}\hat{x}_i") == [*JUDGED, OPEN, OPEN]


def test_the_scale_of_the_first_layer_of_a_network_is_one_number() -> None:
    numbered = NOTE.replace(r"\gamma", r"\gamma_1").replace(r"\beta", r"\beta_1")
    assert standings(numbered) == JUDGED


IDEA = r"$$\hat{x}^{(k)} = \frac{x^{(k)} - \mathrm{E}[x^{(k)}]}{\sqrt{\mathrm{Var}[x^{(k)}]}}, \qquad y^{(k)} = \gamma^{(k)} \hat{x}^{(k)} + \beta^{(k)}$$"


def test_the_idea_without_epsilon_and_the_algorithm_with_it() -> None:
    assert standings(f"{IDEA}\n\nWe omit $k$.\n\n{NOTE}") == [OPEN, OPEN, *JUDGED]


def test_epsilon_that_comes_as_a_remark_is_not_in_the_derivation() -> None:
    plain = NOTE.replace(r" + \epsilon", "").replace(r"+\epsilon", "")
    remark = r"In practice one takes $\hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}$."
    assert standings(plain + remark)[:7] == JUDGED
    assert standings(f"{BATCH}{remark.replace(' + ' + chr(92) + 'epsilon', '')}\n\n{INPUT}") == [HOLDS] * 4 + [
        WRONG,
        HOLDS,
    ]


@pytest.mark.parametrize(
    "stage",
    [
        r"The logits go through $p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}$.",
        r"The logits go through $p_k = \frac{e^{x_k}}{\sum_j e^{x_j}}$.",
        r"$$p_k = \frac{e^{y_k}}{\sum_j e^{y_j}}$$",
        r"With $L = -\log p_c$ and $p_k = \frac{e^{a_k}}{\sum_j e^{a_j}}$.",
        r"Attention: $a_{ij} = \frac{e^{s_{ij}}}{\sum_k e^{s_{ik}}}$.",
    ],
)
def test_a_softmax_behind_the_layer_is_not_the_layer(stage: str) -> None:
    twice = r"$$\frac{\partial L}{\partial \gamma} = \sum_i \frac{\partial L}{\partial \hat{x}_i} \hat{x}_i$$"
    assert standings(f"{NOTE}{stage}")[:7] == JUDGED
    assert standings(f"{stage}\n\n{NOTE}{twice}")[-8:] == [*JUDGED, WRONG]


def test_what_is_derived_of_the_softmax_behind_the_layer_is_left_open() -> None:
    stage = r"$p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}$, $\frac{\partial p_k}{\partial z_j} = p_k(\delta_{kj} %s p_j)$"
    assert [standings(NOTE + stage % sign)[-1] for sign in "-+"] == [OPEN, OPEN]


def test_squares_in_a_loss_are_no_layer_beside_a_softmax() -> None:
    text = r"$$p_i = \frac{e^{z_i}}{\sum_k e^{z_k}}$$ $$L = \frac{1}{N}\sum_i (p_i - t_i)^2$$ $$\frac{\partial p_i}{\partial z_j} = %s$$"
    assert standings(text % r"p_i(\delta_{ij} - p_j)")[-1] == HOLDS
    assert standings(text % r"p_i(\delta_{ij} + p_j)")[-1] == WRONG


def test_the_number_of_a_channel_above_the_scale() -> None:
    line = (
        r"$$\frac{\partial L}{\partial \gamma^{(k)}} = \sum_%s \frac{\partial L}{\partial y^{(k)}_i} \hat{x}^{(k)}_i$$"
    )
    assert standings(BATCH + line % "i") == [HOLDS] * 5
    assert standings(BATCH + line % "k") == [HOLDS] * 4 + [WRONG]
