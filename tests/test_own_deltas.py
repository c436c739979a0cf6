"""A delta with two indices that the note defines is a quantity; the one of Kronecker compares places of one axis."""

from __future__ import annotations

import pytest

from tests.conftest import standings

LAYER = r"""
$$\mu_j = \frac{1}{N} \sum_{i=1}^N x_{ij}, \quad \sigma_j^2 = \frac{1}{N} \sum_{i=1}^N (x_{ij} - \mu_j)^2$$

$$\hat{x}_{ij} = \frac{x_{ij} - \mu_j}{\sqrt{\sigma_j^2 + \epsilon}}, \quad y_{ij} = \gamma_j \hat{x}_{ij} + \beta_j$$

"""
NAMED = (
    r"$$\delta_{ij} = \frac{\partial L}{\partial y_{ij}}$$",
    r"Let $\delta_{ij} = \frac{\partial L}{\partial y_{ij}}$ be the upstream gradient.",
    r"Let $\delta_{ij}$ denote the upstream gradient.",
)
JACOBIAN = r"(\delta_{ik} - \frac1N - \frac1N \hat{x}_{ij} \hat{x}_{kj})"


def last(line: str, named: str = NAMED[0]) -> str | None:
    return standings(f"{LAYER}{named}\n\n$${line}$$\n")[-1]


@pytest.mark.parametrize("named", NAMED)
@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        (r"\frac{\partial L}{\partial \beta_j} = \sum_{i=1}^N \delta_{ij}", r"-\sum"),
        (r"\frac{\partial L}{\partial \beta_j} = \sum_{k=1}^N \delta_{kj}", r"2 \sum"),
        (r"\frac{\partial L}{\partial \gamma_j} = \sum_k \delta_{kj} \hat{x}_{kj}", r"-\sum"),
        (
            r"\frac{\partial L}{\partial x_{ij}} = \frac{\gamma_j}{\sqrt{\sigma_j^2+\epsilon}} \sum_k "
            rf"{JACOBIAN} \delta_{{kj}}",
            r"-\sum",
        ),
    ],
)
def test_a_delta_with_two_indices_that_is_a_gradient(named: str, line: str, wrong: str) -> None:
    assert last(line, named) == "holds"
    assert last(line.replace(r"\sum", wrong, 1), named) == "introduced"


def test_the_one_of_kronecker_stands_beside_it() -> None:
    line = rf"\frac{{\partial \hat{{x}}_{{ij}}}}{{\partial x_{{kj}}}} = \frac{{1}}{{\sqrt{{\sigma_j^2+\epsilon}}}} {JACOBIAN}"
    assert last(line) == "holds"
    assert last(line.replace(r"- \frac1N -", r"+ \frac1N -")) == "introduced"


def test_where_it_is_not_clear_which_one_is_meant() -> None:
    assert last(r"\sum_k \delta_{ik} = 1") == "undecided"
    assert last(r"\delta_{jk} = \begin{cases} 1 & j = k \\ 0 & j \neq k \end{cases}") == "undecided"


def test_a_delta_with_one_index_leaves_kronecker_his_own() -> None:
    layer = LAYER.replace("_{ij}", "_i").replace("_j", "")
    jacobian = r"$$\frac{\partial \hat{x}_i}{\partial x_j} = \frac{1}{\sqrt{\sigma^2+\epsilon}} (\delta_{ij} - \frac1N - \frac1N \hat{x}_i \hat{x}_j)$$"
    gradient = r"$$\frac{\partial L}{\partial \beta} = \sum_i \delta_i$$"
    note = f"{layer}$$\\delta_i = \\frac{{\\partial L}}{{\\partial y_i}}$$\n\n{jacobian}\n\n{gradient}\n"
    assert standings(note) == ["holds"] * 7
    assert standings(note.replace("(\\delta_{ij} -", "(\\delta_{ij} +"))[-2] == "introduced"
