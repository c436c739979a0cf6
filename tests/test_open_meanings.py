"""Lines that stay open because a letter or a sum in them means something of its own there."""

from __future__ import annotations

import pytest

from bnverify.read.ranges import left_out
from tests.conftest import standings

FORWARD = r"""
$$\mu = \frac{1}{N} \sum_{i=1}^N x_i$$

$$\sigma^2 = \frac{1}{N} \sum_{i=1}^N (x_i - \mu)^2$$

$$\hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}$$

$$y_i = \gamma \hat{x}_i + \beta$$

"""
G = r"\frac{\partial L}{\partial y_i}"
B = r"\frac{\partial L}{\partial \beta}"
BY_SHIFT = rf"{B} = \sum_{{i}} {G}"
BY_INPUT = (
    r"\frac{\partial L}{\partial x_i} = \frac{\gamma}{N\sqrt{\sigma^2+\epsilon}} \left( N \frac{\partial L}{\partial y_i}"
    r" - \sum_j \frac{\partial L}{\partial y_j} - \hat{x}_i \sum_j \frac{\partial L}{\partial y_j} \hat{x}_j \right)"
)
HOLDS, WRONG, OPEN = "holds", "introduced", "undecided"


def behind(text: str) -> list[str | None]:
    return standings(FORWARD + text)[4:]


@pytest.mark.parametrize(
    "part",
    [
        r", \quad i = 2, \dots, N",
        r", \quad i \neq k",
        r", \quad i > 1",
        r" \quad i \in \{2, \dots, N\}",
        r" \quad \text{for } i \geq 2",
        r", \quad i < N",
        r" \quad \text{with } i \in \{1, 3, 5\}",
    ],
)
def test_a_condition_on_the_index_of_a_sum_leaves_the_line_open(part: str) -> None:
    assert behind(f"$${BY_SHIFT}{part}$$") == [OPEN]
    assert behind(rf"$$\mu_2 = 1$$ $${BY_SHIFT}$$")[-1] == HOLDS


@pytest.mark.parametrize(
    "whole",
    [
        r", \quad i = 1, \dots, N",
        r" \quad i \in \{1, \ldots, N\}",
        r", \quad \forall i",
        r", \quad i \in [N]",
        r" \quad \text{for } i = 1, \dots, N \text{ and all } \beta",
    ],
)
def test_a_range_over_everything_restricts_nothing(whole: str) -> None:
    assert behind(f"$${BY_SHIFT}{whole}$$") == [HOLDS]
    assert behind(f"$${BY_SHIFT.replace('= ', '= -')}{whole}$$") == [WRONG]


def test_a_condition_on_an_index_of_the_head_restricts_no_sum() -> None:
    assert behind(rf"$${BY_INPUT}, \quad i \geq 2$$") == [HOLDS]
    assert behind(rf"$${BY_INPUT.replace('( N', '( 2N')}, \quad i \geq 2$$") == [WRONG]


@pytest.mark.parametrize(
    ("before", "line", "after"),
    [
        ("", BY_INPUT, r"where the sums run over $j \neq i$."),
        (r"All sums run over $i = 2, \ldots, N$.", BY_SHIFT, ""),
        (r"Here $\sum_i$ means the average over the batch.", BY_SHIFT, ""),
        (r"The sums skip the first sample.", BY_SHIFT, ""),
        ("", BY_SHIFT, r"for $i > 1$."),
        ("", BY_SHIFT, r"for all \(i > 1\)."),
        (r"Every sum runs over \(i = 2, \ldots, N\) here.", BY_SHIFT, ""),
        (r"By \(\sum_i\) we mean the sum, and \(\sum_i\) denotes a weighted one.", BY_SHIFT, ""),
        (r"Let $S = \{1, \ldots, N-1\}$.", BY_SHIFT.replace("{i}", r"{i \in S}"), ""),
        (r"Let $S \subset \{1, \ldots, N\}$.", BY_SHIFT.replace("{i}", r"{i \in S}"), ""),
    ],
)
def test_words_that_restrict_sums_leave_their_lines_open(before: str, line: str, after: str) -> None:
    assert behind(f"{before}\n\n$${line}$$\n{after}") == [OPEN]


def test_words_that_restrict_no_sum_leave_nothing_open() -> None:
    assert behind(f"All sums run over $i = 1, \\ldots, N$.\n\n$${BY_SHIFT}$$") == [HOLDS]
    over_set = BY_SHIFT.replace("{i}", r"{i \in S}")
    assert behind(f"The sum runs over all samples including $i = k$.\n\n$${BY_SHIFT}$$")[-1] == HOLDS
    assert behind(f"The sum skips nothing.\n\n$${BY_SHIFT}$$") == [HOLDS]
    assert behind(f"Let $S = \\{{1, \\ldots, N\\}}$.\n\n$${over_set}$$") == [HOLDS]
    assert behind(f"$${BY_INPUT}$$\nwhere the sums run over $j \\neq i$.\n\n$${BY_SHIFT}$$") == [OPEN, HOLDS]


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        (r"i = 1, 2, \dots, N", ""),
        (r"1 \leq i < N", "i"),
        (r"(1 \le i \le N)", ""),
        (r"(2 \le i \le N)", "i"),
        (r"i = 1, \dots, N - 1", "i"),
        (r"0 \leq i < N", ""),
        (r"i = 0, \dots, N - 1", ""),
        (r"j = 3, \dots, N", "j"),
        (r"x_i = 2, k \notin B", "k"),
        (r"i \in \{x_1, \dots, x_N\}", ""),
    ],
)
def test_what_a_text_leaves_out(text: str, letters: str) -> None:
    assert left_out(text, lambda written: written == "N") == frozenset(letters)


@pytest.mark.parametrize(
    "line",
    [
        r"\frac{\partial \mu}{\partial x_n} = \frac{1}{n}",
        r"\mu = \frac1n \sum_{n=1}^N x_n",
        r"\sum_n n = n^2",
    ],
)
def test_a_letter_that_is_an_index_is_not_the_count_beside_it(line: str) -> None:
    assert behind(f"Let $n$ be the sample index.\n\n$${line}$$") == [OPEN]


@pytest.mark.parametrize(("line", "standing"), [(r"\frac{1}{N}", HOLDS), (r"\frac{2}{N}", WRONG)])
def test_the_last_sample_may_carry_the_letter_that_sums_run_up_to(line: str, standing: str) -> None:
    assert behind(rf"$$\frac{{\partial \mu}}{{\partial x_N}} = {line}$$") == [standing]


def test_the_last_sample_may_carry_the_count() -> None:
    mean = r"$$\mu = \frac{1}{n} (x_1 + x_2 + \dots + x_n)$$"
    assert standings(mean) == [HOLDS]
    assert standings(mean.replace(r"\frac{1}{n}", r"\frac{2}{n}") + mean)[0] != HOLDS


BY_SCALE = r"$$\frac{\partial J}{\partial \gamma} = \sum_i \frac{\partial J}{\partial y_i} \hat{x}_i$$"


@pytest.mark.parametrize(
    ("made", "line"),
    [
        ("Let $L = 2 E$.", r"$$\frac{\partial E}{\partial \beta} = \sum_i \frac{\partial L}{\partial y_i}$$"),
        (
            r"$$L = \ell(f(y))$$",
            r"$$\frac{\partial L}{\partial \gamma} = \sum_i \frac{\partial f}{\partial y_i}\hat{x}_i$$",
        ),
        (r"Let $J = L + \lambda \gamma^2$ with weight decay.", BY_SCALE),
        (r"Let $J = L + \lambda \gamma^2$ with weight decay.", BY_SCALE.replace(r"_i$$", r"_i + 2 \lambda \gamma$$")),
    ],
)
def test_losses_that_are_made_of_one_another_are_not_one(made: str, line: str) -> None:
    assert behind(f"{made}\n\n{line}")[-1] == OPEN


def test_what_does_not_touch_the_parameter_is_judged() -> None:
    by_shift = r"$$\frac{\partial J}{\partial \beta} = \sum_i \frac{\partial J}{\partial y_i}$$"
    made = r"Let $J = \ell(y) + \lambda \gamma^2$."
    assert behind(f"{made}\n\n{by_shift}")[-1] == HOLDS
    assert behind(f"{made}\n\n{by_shift.replace('= ', '= -')}")[-1] == WRONG
    assert behind(f"$$L = 2 E$$\n\n{by_shift.replace('J', 'E')}\n\n{by_shift.replace('J', 'L')}")[-2:] == [HOLDS, HOLDS]


def test_a_count_is_not_differentiated() -> None:
    line = r"$$\frac{\partial D}{\partial \gamma} = \sum_i \frac{\partial D}{\partial y_i}$$"
    assert behind(f"The loss is $D$.\n\n{line}") == [OPEN]


@pytest.mark.parametrize("mention", [r"Here $\sum$ means $\sum_{i=1}^N$.", r"Здесь стоит $\sum_i$ и далее"])
def test_a_sum_that_is_only_mentioned_takes_no_formula_behind_it(mention: str) -> None:
    line = rf"$${B} = \sum {G}$$"
    assert behind(f"{mention}\n\n{line}\n") == [HOLDS]
    assert behind(f"{mention}\n\n{line.replace('= ', '= -')}\n") == [WRONG]
