"""What is said under a condition that is not read is left open where it is false in general, in displays as well."""

from __future__ import annotations

import pytest

from tests.conftest import standings

FORWARD = r"""
$$\mu = \frac{1}{N} \sum_{i=1}^N x_i$$

$$\sigma^2 = \frac{1}{N} \sum_{i=1}^N (x_i - \mu)^2$$

$$\hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}$$

$$y_i = \gamma \hat{x}_i + \beta$$

"""
HOLDS, WRONG, OPEN = "holds", "introduced", "undecided"
DIRECT = (
    r"$$\frac{\partial L}{\partial x_i} = \frac{\gamma}{\sqrt{\sigma^2+\epsilon}} \frac{\partial L}{\partial y_i}$$"
)
LOCAL = r"$$\frac{\partial \hat{x}_i}{\partial x_i} = \frac{1}{\sqrt{\sigma^2+\epsilon}}$$"
BY_SHIFT = r"$$\frac{\partial L}{\partial \beta} = \sum_i \frac{\partial L}{\partial y_i}$$"
NEGATED = BY_SHIFT.replace("= ", "= -")


def behind(text: str) -> list[str | None]:
    return standings(FORWARD + text)[4:]


HELD = [
    r"If $\mu$ and $\sigma^2$ were constants, we would have",
    r"Treating $\mu$ and $\sigma^2$ as constants gives",
    "With the statistics held fixed",
    r"We stop the gradient through $\mu$ and $\sigma^2$.",
    r"We stop the gradient through $\mu$ and $\sigma^2$. Then",
    r"Ignoring the paths through $\mu$ and $\sigma^2$,",
]


@pytest.mark.parametrize("words", HELD)
def test_a_gradient_that_loses_its_paths_in_words_stays_open(words: str) -> None:
    assert behind(f"{words}\n{DIRECT}") == [OPEN]
    assert behind(f"{words}\n\n{DIRECT}") == [OPEN]


@pytest.mark.parametrize(
    "words",
    [
        "Hence",
        r"We do not stop the gradient through $\mu$ and $\sigma^2$.",
        r"We must not ignore the paths through $\mu$, so",
        r"We ignore the path through $\mu$ for a moment. In general, however,",
        r"If $\mu$ and $\sigma^2$ were constants, all would be easy. The gradient is",
    ],
)
def test_it_is_wrong_where_nothing_supposes_it(words: str) -> None:
    assert behind(f"{words}\n{DIRECT}") == [WRONG]


@pytest.mark.parametrize("words", HELD)
def test_local_derivatives_are_judged_all_the_same(words: str) -> None:
    assert behind(f"Holding $\\mu$ and $\\sigma^2$ fixed, \n{LOCAL}") == [HOLDS]
    assert behind(f"With the statistics held fixed,\n{LOCAL.replace('{1}', '{2}')}") == [WRONG]
    assert behind(f"{words}\n{BY_SHIFT}") == [HOLDS]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            r"If all $\frac{\partial L}{\partial y_j}$ are equal, the gradient vanishes:",
            r"\frac{\partial L}{\partial x_i} = 0",
        ),
        (r"Suppose all upstream gradients are equal to $g$.", r"\frac{\partial L}{\partial \beta} = N g"),
        (r"Without normalisation we would have", r"y_i = \gamma x_i + \beta"),
        (r"Some write", r"\hat{x}_i = \frac{x_i-\mu}{\sigma+\epsilon}"),
    ],
)
def test_what_is_said_of_something_else_stays_open(words: str, line: str) -> None:
    assert behind(f"{words}\n$${line}$$") == [OPEN]
    assert behind(f"{words} ${line}$.\n\n{BY_SHIFT}") == [OPEN, HOLDS]
    assert behind(f"{words} ${line}$.\n\nIn general\n\n{NEGATED}") == [OPEN, WRONG]


def test_a_number_that_is_supposed_is_no_claim() -> None:
    by_output = r"for $\frac{\partial L}{\partial y_i} = 1$,"
    assert behind(f"Sanity check: {by_output}\n" + r"$$\frac{\partial L}{\partial \beta} = N$$") == [OPEN, OPEN]
    centred = r"$$\hat{x}_i = \frac{x_i}{\sqrt{\sigma^2+\epsilon}}$$"
    assert behind(f"For a zero-mean batch ($\\mu = 0$):\n{centred}") == [OPEN, OPEN]
    assert behind(r"The gradient for the shift is $\frac{\partial L}{\partial \beta} = 1$.") == [WRONG]
    assert behind(f"Sanity check: {by_output} all is well.\n\n{NEGATED}") == [OPEN, WRONG]


NONE = r"\frac{\partial L}{\partial x_i} = 0"
"""True where all upstream gradients are equal: they are then a multiple of the vector of ones, which sums to zero."""
IF_EQUAL = [
    "${}$ whenever all upstream gradients are equal.",
    r"Is ${}$ if all $\frac{{\partial L}}{{\partial y_j}}$ are equal?",
    "So ${}$ holds only if the upstream gradients are the same.",
    "${}$ for constant upstream gradients.",
    "$${}$$\n\nif all upstream gradients are equal.",
]


@pytest.mark.parametrize("sentence", IF_EQUAL)
def test_a_condition_behind_a_claim_leaves_it_open(sentence: str) -> None:
    assert behind(sentence.format(NONE)) == [OPEN]
    assert behind(sentence.format(BY_SHIFT.strip("$"))) == [HOLDS]


@pytest.mark.parametrize(
    "sentence",
    [
        "${}$. If all upstream gradients are equal, all is well.",
        "$${}.$$\n\nIf all upstream gradients are equal, all is well.",
        "${}$, even if the upstream gradients are equal.",
        "${}$ if we use the chain rule.",
        r"${}$, where $\gamma$ and $\beta$ are constants.",
        "${}$ with the same sum as above.",
    ],
)
def test_other_words_behind_a_claim_are_no_condition(sentence: str) -> None:
    assert behind(sentence.format(NEGATED.strip("$"))) == [WRONG]


def test_statistics_that_are_held_in_words_behind_a_claim() -> None:
    assert behind(DIRECT.replace("$$", "$") + r" with $\mu$ and $\sigma^2$ held fixed.") == [OPEN]
    assert behind(NEGATED.replace("$$", "$") + r" with $\mu$ and $\sigma^2$ held fixed.") == [WRONG]


@pytest.mark.parametrize(
    "words",
    [
        "We assume that the batch size is fixed.",
        "Consider a fixed index $j$.",
        "Ignoring no path,",
        "It would be tedious to expand this; the outcome is",
        r"We must not ignore $\mu$, so",
    ],
)
def test_words_that_hold_or_suppose_nothing_of_the_layer(words: str) -> None:
    assert behind(f"{words}\n{DIRECT}") == [WRONG]


@pytest.mark.parametrize(
    "words", [r"If we ignore $\mu$,", r"Neglecting the mean and $\sigma^2$,", r"If $\mu$ is held fixed,"]
)
def test_a_statistic_that_is_ignored_in_words(words: str) -> None:
    assert behind(f"{words}\n{DIRECT}") == [OPEN]


def test_what_is_done_with_a_line_supposes_nothing() -> None:
    assert behind(f"If we collect all terms, we find {NEGATED.replace('$$', '$')}.") == [WRONG]
    assert behind(f"If we ignore the shift, we find {NEGATED.replace('$$', '$')}.") == [OPEN]
