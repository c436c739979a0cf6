"""The table of standings, as a reader of a report meets it."""

from __future__ import annotations

import pytest

from tests.conftest import judge, standings

FORWARD = r"""
$$\mu = \frac{1}{n} \sum_{i=1}^n x_i$$
$$\sigma^2 = \frac{1}{n} \sum_{i=1}^n (x_i - \mu)^2$$
$$\hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}$$
$$y_i = \gamma \hat{x}_i + \beta$$
"""
BETA = r"\frac{\partial L}{\partial \beta}"
G = r"\frac{\partial L}{\partial y_i}"


def chain(*sides: str) -> list[str | None]:
    return standings(f"$${BETA} = {' = '.join(sides)}$$")


def test_right_steps_hold() -> None:
    assert standings(FORWARD) == ["holds"] * 4
    assert chain(rf"\sum_i {G}", rf"\sum_{{j=1}}^n {G.replace('_i', '_j')}") == ["holds", "holds"]


def test_an_error_is_introduced_and_then_carried() -> None:
    assert chain(rf"2 \sum_i {G}", rf"\sum_i 2 {G}") == ["introduced", "carried"]


def test_a_second_slip_that_cancels_the_first_is_compensated() -> None:
    assert chain(rf"-\sum_i {G}", rf"\sum_i {G}", rf"\sum_i {G}") == ["introduced", "compensated", "holds"]


def test_a_new_error_on_top_of_an_earlier_one_is_wrong_again() -> None:
    assert chain(rf"2 \sum_i {G}", rf"3 \sum_i {G}") == ["introduced", "wrong-again"]


def test_an_error_that_is_taken_back_is_carried_and_says_from_where() -> None:
    record = judge(rf"$${BETA} = 2\sum_i {G} = 3\sum_i {G} = 2\sum_i {G}$$")
    assert [str(step.standing) for step in record.steps] == ["introduced", "wrong-again", "carried"]
    assert record.steps[2].comes_from == (record.steps[0].relation,)


def test_an_undecided_side_is_passed_over() -> None:
    assert chain(r"\text{as above}", rf"2 \sum_i {G}", r"g(x)", rf"2 \sum_i {G}") == [
        "prose",
        "introduced",
        "undecided",
        "carried",
    ]


def test_behind_an_undecided_head_the_first_decided_side_stands_for_it() -> None:
    record = judge(r"$$g'(\mu) = \frac{1}{n}\sum_i x_i = \mu = 2\mu$$")
    assert [str(step.standing) for step in record.steps] == ["undecided", "holds", "introduced"]
    assert [step.true for step in record.steps] == [None, None, None]


EARLIER_CLAIMS = (
    FORWARD
    + r"""
$$\frac{\partial L}{\partial \sigma^2} = \sum_{i=1}^n \frac{\partial L}{\partial \hat{x}_i} (x_i - \mu) \frac12 (\sigma^2+\epsilon)^{-3/2}$$
$$\frac{\partial \sigma^2}{\partial x_i} = 2 (x_i - \mu)$$
$$\frac{\partial L}{\partial x_i} = \frac{\partial L}{\partial \hat{x}_i} \frac{\partial \hat{x}_i}{\partial x_i}
 + \frac{\partial L}{\partial \sigma^2} \frac{\partial \sigma^2}{\partial x_i} + \frac{\partial L}{\partial \mu} \frac{\partial \mu}{\partial x_i}$$
$$= \frac{1}{\sqrt{\sigma^2+\epsilon}} \frac{\partial L}{\partial \hat{x}_i}
 + (\sigma^2+\epsilon)^{-3/2} (x_i - \mu) \sum_{j=1}^n \frac{\partial L}{\partial \hat{x}_j} (x_j - \mu) + \frac1n \frac{\partial L}{\partial \mu}$$
"""
)


def test_a_chain_built_on_the_notes_own_wrong_results_is_carried_with_pointers() -> None:
    record = judge(EARLIER_CLAIMS)
    assert [str(step.standing) for step in record.steps[4:]] == ["introduced", "introduced", "holds", "carried"]
    assert set(record.steps[7].comes_from) == {record.steps[4].relation, record.steps[5].relation}


def test_a_claim_that_was_stated_rightly_since_is_not_put_in() -> None:
    mended = EARLIER_CLAIMS.replace(
        r"$$\frac{\partial L}{\partial x_i} =",
        r"$$\frac{\partial \sigma^2}{\partial x_i} = \frac2n (x_i - \mu)$$" "\n" r"$$\frac{\partial L}{\partial x_i} =",
    )
    assert standings(mended)[-1] == "introduced"


def test_a_wrong_sign_behind_a_zero_is_a_hidden_slip_and_dropping_the_zero_is_none() -> None:
    record = judge(FORWARD + r"$$\frac{\partial \sigma^2}{\partial \mu} = \frac{2}{n} \sum_i (x_i - \mu) = 0$$")
    assert [step.finding.code if step.finding else None for step in record.steps[4:]] == ["hidden-slip", None]
    right = judge(FORWARD + r"$$\frac{\partial \sigma^2}{\partial \mu} = -\frac{2}{n} \sum_i (x_i - \mu) = 0$$")
    assert [step.finding for step in right.steps[4:]] == [None, None]
    assert right.steps[5].uses == ("sum(x - mu) = 0",)


def test_a_right_regrouping_by_means_of_the_zero_is_no_hidden_slip() -> None:
    text = FORWARD + (
        r"$$\sum_{k=1}^n \frac{\partial L}{\partial x_k} = \frac{\gamma}{n\sqrt{\sigma^2+\epsilon}} \left(n \sum_k \frac{\partial L}{\partial y_k}"
        r" - n \sum_i \frac{\partial L}{\partial y_i} - \sum_k \hat{x}_k \sum_i \frac{\partial L}{\partial y_i} \hat{x}_i\right) = 0$$"
    )
    assert [step.finding for step in judge(text).steps[4:]] == [None, None]


@pytest.mark.parametrize(
    ("side", "standing"),
    [
        (r"\begin{cases} 1 & i = k \\ 0 & i \neq k \end{cases}", "holds"),
        (r"\begin{cases} 1 & i \neq k \\ 0 & i = k \end{cases}", "introduced"),
        (r"\begin{cases} 1 & i = k \\ 0 & i = k \end{cases}", "introduced"),
        (r"\begin{cases} 1 & i = k \\ 0 & \text{otherwise} \end{cases}", "holds"),
    ],
)
def test_rows_of_cases_apply_under_their_conditions(side: str, standing: str) -> None:
    assert standings(rf"$$\frac{{\partial x_i}}{{\partial x_k}} = {side}$$") == [standing]


def test_a_condition_in_the_sentence_before_restricts_the_steps() -> None:
    jacobian = (
        r"$$\frac{\partial \hat{x}_i}{\partial x_k} = -\frac{1}{n\sqrt{\sigma^2+\epsilon}} (1 + \hat{x}_i \hat{x}_k)$$"
    )
    assert standings(FORWARD + "The total derivative in the case $i \\neq k$:\n" + jacobian)[-1] == "holds"
    assert standings(FORWARD + "For the total derivative we find\n\n" + jacobian)[-1] == "introduced"


def test_the_smallest_counterexample_is_exact() -> None:
    step = judge(FORWARD + r"$$\frac{\partial \sigma^2}{\partial x_i} = \frac{2}{n} (\mu - x_i)$$").steps[-1]
    assert step.example is not None
    x, i = step.example.values["x"], step.example.indices["i"]
    assert isinstance(x, tuple)
    mean = sum(x) / len(x)
    assert step.example.n == len(x) == 2
    assert step.example.head == (x[i - 1] - mean) * 2 / len(x)
    assert step.example.side == -step.example.head


def test_a_step_true_at_some_sizes_only_names_them() -> None:
    step = judge(FORWARD + r"For $i \neq k$:" + "\n" + r"$$\hat{x}_i + \hat{x}_k = 0$$").steps[-1]
    assert step.standing is not None
    assert step.standing.value == "introduced"
    assert step.true_at == (2,)
    assert step.example is not None
    assert step.example.n == 3
