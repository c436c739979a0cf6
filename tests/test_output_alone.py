"""An output that is the normalised input itself: a note without a scale and a shift may call it y."""

from __future__ import annotations

import pytest

from tests.conftest import judge, standings

RIGHT = (
    r"$$y = \frac{x}{\|x\|}$$",
    r"$y_i = \frac{x_i}{\|x\|_2}$ with $\|x\|_2 = \sqrt{\sum_k x_k^2}$",
    r"$y_i = \frac{x_i}{s}$ with $s = \|x\|_2 = \sqrt{\sum_k x_k^2}$",
    r"$$y_i = \frac{x_i}{\sqrt{\sum_k x_k^2}}$$",
    r"RMS norm: $y_i = \frac{x_i}{\sqrt{\frac{1}{n}\sum_k x_k^2 + \epsilon}}$.",
    r"RMS norm: $y = \frac{x}{\operatorname{RMS}(x)}$.",
    r"RMS norm: $y = \gamma \frac{x}{\operatorname{RMS}(x)}$.",
    r"Instance norm without affine parameters: $y = \frac{x - \mathrm{E}[x]}{\sqrt{\mathrm{Var}[x] + \epsilon}}$.",
)
WRONG = (
    r"$$y_i = \frac{x_i}{\sum_k x_k^2}$$",
    r"RMS norm: $y_i = \frac{x_i}{\sqrt{\sum_k x_k^2 + \epsilon}}$.",
    r"RMS norm: $y_i = \frac{x_i}{\frac{1}{n}\sum_k x_k^2 + \epsilon}$.",
    r"Batch norm: $y = \frac{x - \mathrm{E}[x]}{\mathrm{Var}[x] + \epsilon}$.",
    r"With a scale $\gamma$ and a shift $\beta$: $y = \frac{x - \mathrm{E}[x]}{\sqrt{\mathrm{Var}[x] + \epsilon}}$.",
)
"""A root, a count, or the scale and the shift are lost."""


@pytest.mark.parametrize("note", RIGHT)
def test_it_is_a_definition(note: str) -> None:
    assert set(standings(note)) == {"holds"}


@pytest.mark.parametrize("note", WRONG)
def test_what_has_lost_something_is_wrong(note: str) -> None:
    assert standings(note)[0] == "introduced"


LENGTH = r"$$y = \frac{x}{\|x\|}$$" + "\n\n"


def test_its_jacobian_and_its_gradient_are_those_of_the_normalised_input() -> None:
    right = (
        r"$$\frac{\partial y_i}{\partial x_j} = \frac{1}{\|x\|} (\delta_{ij} - y_i y_j)$$" + "\n\n"
        r"$$\frac{\partial L}{\partial x_i} = \frac{1}{\|x\|} (\frac{\partial L}{\partial y_i}"
        r" - y_i \sum_j y_j \frac{\partial L}{\partial y_j})$$"
    )
    assert standings(LENGTH + right) == ["holds"] * 3
    assert standings(LENGTH + right.replace(" - y_i", " + y_i")) == ["holds", "introduced", "introduced"]


def test_a_root_mean_square_that_is_not_defined_has_its_count() -> None:
    note = (
        r"RMS norm: $\hat{x} = \frac{x}{\operatorname{RMS}(x)}$" + "\n\n"
        r"$$\frac{\partial \hat{x}_i}{\partial x_j}"
        r" = \frac{1}{\operatorname{RMS}(x)} (\delta_{ij} - \frac{1}{n} \hat{x}_i \hat{x}_j)$$"
    )
    assert standings(note) == ["holds", "holds"]
    slip = judge(note.replace(r" - \frac{1}{n}", " - ")).steps[1]
    assert slip.finding is not None
    assert slip.finding.code == "wrong-count"


def test_rows_of_several_indices_are_divided_by_their_own_length() -> None:
    note = (
        r"$$y_{ij} = \frac{x_{ij}}{\sqrt{\sum_k x_{ik}^2}}$$" + "\n\n"
        r"$$\frac{\partial L}{\partial x_{ij}} = \frac{1}{\sqrt{\sum_k x_{ik}^2}}"
        r" (\frac{\partial L}{\partial y_{ij}} - y_{ij} \sum_k y_{ik} \frac{\partial L}{\partial y_{ik}})$$"
    )
    assert standings(note) == ["holds", "holds"]
    assert standings(note.replace("y_{ik}", "y_{kj}")) == ["holds", "introduced"]


def test_an_output_may_be_called_what_it_is() -> None:
    note = (
        r"$$\hat{x} = \frac{x}{\|x\|}, \quad y = \hat{x}$$" + "\n\n"
        r"$$\frac{\partial L}{\partial x} = \frac{1}{\|x\|} (I - \hat{x} \hat{x}^\top) \frac{\partial L}{\partial y}$$"
    )
    assert standings(note) == ["holds"] * 3
    assert standings(note.replace("I -", "I +")) == ["holds", "holds", "introduced"]


def test_a_matrix_behind_the_layer_is_no_scale() -> None:
    note = (
        LENGTH + r"$$z = W y$$" + "\n\n"
        r"$$\frac{\partial L}{\partial W} = \frac{\partial L}{\partial z} y^\top$$"
    )
    assert standings(note) == ["holds", "holds", "undecided"]
