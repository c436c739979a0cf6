"""A Jacobian without indices is not read along its diagonal where the note means all of it."""

from __future__ import annotations

from tests.conftest import standings

SOFTMAX = r"$$p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}$$" + "\n\n"
DIAGONAL = r"$$\frac{\partial p}{\partial z} = p (1-p)$$" + "\n\n"
WHOLE = r"$$\frac{\partial p}{\partial z} = \operatorname{diag}(p) - p p^\top$$" + "\n\n"


def test_the_words_may_say_so() -> None:
    assert standings(f"{SOFTMAX}The Jacobian of the softmax is\n\n{DIAGONAL}") == ["holds", "undecided"]
    assert standings(f"{SOFTMAX}The Jacobian of the softmax is\n\n{WHOLE}") == ["holds", "holds"]
    assert standings(f"{SOFTMAX}The Jacobian is\n\n{WHOLE.replace(' - ', ' + ')}") == ["holds", "introduced"]


def test_another_line_may_write_it_as_a_matrix() -> None:
    assert standings(SOFTMAX + DIAGONAL + WHOLE) == ["holds", "undecided", "holds"]


def test_elsewhere_both_have_the_same_index() -> None:
    assert standings(SOFTMAX + DIAGONAL) == ["holds", "holds"]
    assert standings(f"{SOFTMAX}The diagonal of the Jacobian is\n\n{DIAGONAL}") == ["holds", "holds"]
