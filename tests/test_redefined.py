"""Letters that get a second meaning in words, or by an update: the first one holds before, the second behind."""

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
OUTPUT = r"We write $g_i = \frac{\partial L}{\partial y_i}$."
OF_OUTPUT = r"$$\frac{\partial L}{\partial \beta} = \sum_i g_i$$"
OF_HAT = r"$$\frac{\partial L}{\partial \beta} = \frac{1}{\gamma} \sum_i g_i$$"


def behind(*parts: str) -> list[str | None]:
    """The standings behind the forward pass, without updates and the like."""
    return [one for one in standings(FORWARD + "\n\n".join(parts))[4:] if one != "prose"]


SAID = [
    r"From here on we write $g_i$ for $\frac{\partial L}{\partial \hat{x}_i}$.",
    r"In the following let $g_i$ denote $\frac{\partial L}{\partial \hat{x}_i}$.",
    r"In this section $g_i$ denotes the gradient with respect to $\hat{x}_i$ instead.",
    r"Now redefine $g_i$ as $\frac{\partial L}{\partial \hat{x}_i}$.",
    r"$$g_i := \gamma g_i$$",
    r"$$g_i \leftarrow \gamma g_i$$",
]


@pytest.mark.parametrize("said", SAID)
def test_the_first_meaning_holds_before_and_the_second_behind(said: str) -> None:
    assert behind(OUTPUT, OF_OUTPUT, said, OF_HAT) == [HOLDS, HOLDS, HOLDS]
    assert behind(OUTPUT, OF_HAT, said, OF_OUTPUT) == [HOLDS, WRONG, WRONG]


@pytest.mark.parametrize("said", SAID[:4])
def test_both_meanings_may_be_said_in_words(said: str) -> None:
    first = r"We write $g_i$ for $\frac{\partial L}{\partial y_i}$."
    assert behind(first, OF_OUTPUT, said, OF_HAT) == [HOLDS, HOLDS]
    assert behind(first, OF_HAT, said, OF_OUTPUT) == [WRONG, WRONG]


@pytest.mark.parametrize(
    "said",
    [
        r"From now on $g_i$ absorbs $\gamma$.",
        r"$g_i$ absorbs $\gamma$ from now on.",
        r"We redefine $g_i$ to our needs.",
        r"From here on $g_i$ denotes something else.",
    ],
)
def test_behind_a_meaning_that_is_not_read_the_letter_has_none(said: str) -> None:
    assert behind(OUTPUT, OF_OUTPUT, said, OF_OUTPUT, OF_HAT) == [HOLDS, HOLDS, OPEN, OPEN]
    anew = r"Now let $g_i = \frac{\partial L}{\partial y_i}$."
    assert behind(OUTPUT, said, OF_HAT, anew, OF_OUTPUT, OF_HAT) == [HOLDS, OPEN, HOLDS, HOLDS, WRONG]


@pytest.mark.parametrize(
    "said",
    [
        r"We do not redefine $g_i$.",
        r"From here on $g_i$ is the upstream gradient.",
        r"From here on the index of $g_i$ is dropped.",
        r"Here $g_i$ stands for $\frac{\partial L}{\partial y_i}$.",
    ],
)
def test_what_changes_nothing_leaves_nothing_open(said: str) -> None:
    assert behind(OUTPUT, OF_OUTPUT, said, OF_OUTPUT, OF_HAT) == [HOLDS, HOLDS, HOLDS, WRONG]


def test_the_upstream_gradient_is_read_behind_another_meaning() -> None:
    hat = r"We write $g_i = \frac{\partial L}{\partial \hat{x}_i}$."
    said = r"From here on $g_i$ is the upstream gradient."
    assert behind(hat, OF_HAT, said, OF_OUTPUT, OF_HAT) == [HOLDS, HOLDS, HOLDS, WRONG]
    more = r"From here on $g_i$ is the upstream gradient times $\gamma$."
    assert behind(OUTPUT, more, OF_OUTPUT, OF_HAT) == [HOLDS, OPEN, OPEN]


def test_an_update_by_another_sample_is_not_worked_out() -> None:
    assert behind(OUTPUT, OF_OUTPUT, r"$$g_i := \gamma g_k$$", OF_OUTPUT, OF_HAT) == [HOLDS, HOLDS, OPEN, OPEN, OPEN]


def test_a_formula_for_what_words_say_of_a_letter_is_a_claim() -> None:
    claim = r"$$g_\gamma = \sum_i \frac{\partial L}{\partial y_i} \hat{x}_i$$"
    said = r"where $g_\gamma$ stands for $\frac{\partial L}{\partial \gamma}$."
    assert behind(claim, said) == [HOLDS]
    assert behind(claim.replace("= ", "= -"), said) == [WRONG]
    assert behind("Here" + said[5:], claim.replace("= ", "= -")) == [WRONG]


def test_an_upstream_gradient_may_be_updated() -> None:
    said = r"Let $g_i$ be the upstream gradient."
    assert behind(said, OF_OUTPUT, r"$$g_i \leftarrow \gamma g_i$$", OF_HAT) == [HOLDS, HOLDS]
    assert behind(said, OF_HAT, r"$$g_i \leftarrow \gamma g_i$$", OF_OUTPUT) == [WRONG, WRONG]


def test_a_letter_of_which_another_one_is_made_keeps_its_meaning() -> None:
    said = r"In this section we write $\bar{g}$ for the mean of $g_i$."
    assert behind(OUTPUT, OF_OUTPUT, said, OF_OUTPUT, OF_HAT) == [HOLDS, HOLDS, HOLDS, WRONG]
