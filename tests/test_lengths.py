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
