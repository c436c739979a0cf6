"""Vectors over their length, whatever their letters: u = v/|v| and w = g v/|v|."""

from __future__ import annotations

import pytest

from tests.conftest import standings

LETTERS = (
    (r"u", "v", r"\|v\|"),
    (r"\hat v", "v", r"\|v\|"),
    (r"\hat w", "w", r"\|w\|_2"),
    (r"\hat u", "u", r"\lVert u\rVert"),
    (r"y", "v", r"\|v\|"),
)
NOTE = r"""
$$@h = \frac{@v}{@n}$$

$$\frac{\partial @h}{\partial @v} = \frac{1}{@n} (I - @h @h^\top)$$

$$\frac{\partial L}{\partial @v} = \frac{1}{@n} (I - @h @h^\top) \frac{\partial L}{\partial @h}$$
"""


@pytest.mark.parametrize(("head", "vector", "norm"), LETTERS)
def test_the_jacobian_of_a_unit_vector(head: str, vector: str, norm: str) -> None:
    note = NOTE.replace("@h", head).replace("@v", vector).replace("@n", norm)
    assert standings(note) == ["holds"] * 3
    assert standings(note.replace("(I -", "(I +")) == ["holds", "introduced", "introduced"]


def test_a_matrix_that_is_applied_to_a_vector_is_no_scale() -> None:
    note = (
        r"$$\hat u = \frac{W v}{\|W v\|}, \quad \hat v = \frac{v}{\|v\|}$$" + "\n\n"
        r"$$\sigma = \hat u^\top W \hat v$$" + "\n\n"
        r"$$\frac{\partial \sigma}{\partial W} = 0$$"
    )
    assert "holds" not in standings(note)[-1:]


BATCH = (
    r"$$\mu = \frac1n \sum_i x_i, \quad \sigma^2 = \frac1n \sum_i (x_i-\mu)^2, \quad"
    r" \hat{x}_i = \frac{x_i-\mu}{\sigma}, \quad y_i = \gamma \hat x_i + \beta$$" + "\n\n"
)
DOTS = (
    (r"\hat{x} \cdot \nabla_x L = 0", "holds"),
    (r"\hat{x} \cdot \hat{x} = n", "holds"),
    (r"\hat{x} \cdot \hat{x} = n - 1", "introduced"),
    (r"\hat{x} \cdot \nabla_x L = 1", "introduced"),
    (r"\hat{x} \cdot \hat{x} = \hat{x}^2", "holds"),
    (r"\gamma \cdot \frac{\partial L}{\partial y} = \frac{\partial L}{\partial \hat{x}}", "holds"),
)
"""A dot between vectors is a dot product beside a number, and elementwise beside a vector."""


@pytest.mark.parametrize(("claim", "expected"), DOTS)
def test_a_dot_product_at_the_head_is_read_from_its_side(claim: str, expected: str) -> None:
    assert standings(f"{BATCH}$${claim}$$")[-1] == expected


def test_the_gradient_is_orthogonal_to_a_vector_that_is_divided_by_its_length() -> None:
    note = (
        r"$$\mathbf w = g \frac{\mathbf v}{\|\mathbf v\|}$$" + "\n\n" + r"$$\mathbf v \cdot \nabla_{\mathbf v} L = 0$$"
    )
    assert standings(note) == ["holds", "holds"]
    assert standings(note.replace("= 0", "= 1")) == ["holds", "introduced"]


def test_a_transposition_may_be_written_with_a_prime() -> None:
    note = (
        r"$$\mathbf w = g \frac{\mathbf v}{\|\mathbf v\|}$$" + "\n\n"
        r"$$P = I - \frac{\mathbf v \mathbf v'}{\|\mathbf v\|^2}$$" + "\n\n"
        r"$$\nabla_{\mathbf v} L = \frac{g}{\|\mathbf v\|} P \nabla_{\mathbf w} L"
        r" = \frac{g}{\|\mathbf v\|} (I - \frac{\mathbf w \mathbf w'}{g^2}) \nabla_{\mathbf w} L$$"
    )
    assert standings(note) == ["holds"] * 4
    assert standings(note.replace(r"}{g^2}", r"}{g}"))[-1] == "introduced"
    assert standings(note.replace(r" = I - ", r" = I + "))[2] == "introduced"


ONES = r"$$\mu = \frac1n \sum_i x_i$$" + "\n\n"
SPREADS = (
    (r"\sigma = \sqrt{\frac{1}{n} \|x - \mu \mathbf{1}\|^2 + \epsilon}", "holds"),
    (r"\sigma = \sqrt{\|x - \mu \mathbf{1}\|^2 + \epsilon}", "introduced"),
    (r"\hat{x} = \frac{x - \mu\mathbf{1}}{\|x - \mu\mathbf{1}\|}\sqrt{n}", "holds"),
    (r"\hat{x} = \frac{x - \mu\mathbf{1}}{\|x - \mu\mathbf{1}\|}", "introduced"),
)


@pytest.mark.parametrize(("definition", "expected"), SPREADS)
def test_the_vector_of_ones_may_stand_in_a_length_below_a_root_or_a_line(definition: str, expected: str) -> None:
    behind = "" if "hat" in definition else r"$$\hat{x} = \frac{x - \mu\mathbf{1}}{\sigma}$$"
    assert standings(f"{ONES}$${definition}$$\n\n{behind}")[1] == expected
