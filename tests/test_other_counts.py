"""Letters that look like the number of samples, and are another number by what the note says of them."""

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


def by_shift(upper: str, sign: str = "") -> str:
    return (
        rf"$$\frac{{\partial L}}{{\partial \beta}} = {sign} \sum_{{i=1}}^{{{upper}}} \frac{{\partial L}}{{\partial y_i}}$$"
        + "\n\n"
    )


def behind(text: str) -> list[str | None]:
    return standings(FORWARD + text)[4:]


@pytest.mark.parametrize(
    ("defined", "letter"),
    [
        ("Let $M = N - 1$.", "M"),
        ("Let $m = N/2$.", "m"),
        ("Let $m = \\frac{N}{2}$.", "m"),
        ("$$M := N + 1$$", "M"),
        ("Let $K = 2 N$.", "K"),
        ("Let $M = N - K$.", "M"),
    ],
)
def test_a_letter_with_a_formula_of_the_count_is_another_number(defined: str, letter: str) -> None:
    assert behind(f"{defined}\n\n{by_shift(letter)}{by_shift('N')}{by_shift('N', '-')}") == [HOLDS, OPEN, HOLDS, WRONG]


def test_it_may_be_used_as_that_number() -> None:
    by_mean = r"$$\frac{\partial \mu}{\partial x_i} = \frac{1}{M + 1}$$"
    assert behind(f"Let $M = N - 1$.\n\n{by_shift('M')}{by_mean}") == [HOLDS, OPEN, HOLDS]
    assert behind(f"Let $M = N - 1$.\n\n{by_shift('M')}{by_mean.replace('+', '-')}") == [HOLDS, OPEN, WRONG]


@pytest.mark.parametrize(
    ("words", "letter"),
    [
        ("where $M < N$ is the number of valid samples.", "M"),
        ("Only $m \\leq N$ samples are valid.", "m"),
        ("Note that $M \\neq N$.", "M"),
        ("", "N'"),
        ("", "k"),
    ],
)
def test_a_sum_up_to_another_number_stays_open(words: str, letter: str) -> None:
    assert behind(f"{by_shift(letter)}{words}") == [OPEN]
    assert behind(f"{by_shift(letter, '-')}{words}\n\n{by_shift('N', '-')}") == [OPEN, WRONG]


def test_two_letters_are_one_count_where_the_note_says_nothing() -> None:
    assert behind(by_shift("M")) == [HOLDS]
    assert behind(by_shift("M", "-")) == [WRONG]
    assert behind(f"Let $M = N$.\n\n{by_shift('M')}") == [HOLDS, HOLDS]
    assert behind(f"Let $k$ be the number of samples.\n\n{by_shift('k')}") == [HOLDS]


def test_the_count_of_the_mean_is_the_count_though_a_formula_defines_it() -> None:
    assert standings(FORWARD.replace("\n", "\n\nLet $N = M + 1$.\n\n", 1) + by_shift("N"))[-1] == HOLDS
    assert standings(FORWARD.replace("\n", "\n\nLet $N = M + 1$.\n\n", 1) + by_shift("M"))[-1] == OPEN
