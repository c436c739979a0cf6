"""What the text around a formula supposes: it covers its sentence, ties only what the left side has, and is shown."""

from __future__ import annotations

import pytest

from tests.conftest import judge, standings

LAYER = (
    r"$\mu = \frac{1}{N}\sum_i x_i$, $\sigma^2 = \frac{1}{N}\sum_i (x_i-\mu)^2$, "
    r"$\hat{x}_i = \frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}}$, $y_i = \gamma\hat{x}_i+\beta$." + "\n\n"
)
BESIDE = r"$$\frac{\partial\hat{x}_i}{\partial x_j} = -\frac{1+\hat{x}_i\hat{x}_j}{N\sqrt{\sigma^2+\epsilon}}$$"
APART = r"\frac{\partial x_i}{\partial x_j} = 0"
SLIPPED = (
    r"$$\frac{\partial L}{\partial x_j} = \frac{\gamma}{\sqrt{\sigma^2+\epsilon}}\left(\frac{\partial L}{\partial y_i}"
    r"-\frac1N\sum_i\frac{\partial L}{\partial y_i}-\frac{\hat{x}_j}{N}\sum_i\frac{\partial L}{\partial y_i}\hat{x}_i\right)$$"
)
WITHOUT_EPSILON = r"$$\frac{\partial\hat{x}_i}{\partial\sigma^2} = -\frac12\frac{x_i-\mu}{(\sigma^2)^{3/2}}$$"
HOLDS, WRONG, OPEN = "holds", "introduced", "undecided"


def later(text: str) -> list[str | None]:
    """The standings of what stands behind the definitions."""
    return standings(LAYER + text)[4:]


@pytest.mark.parametrize(
    "words",
    [
        "The Kronecker delta picks $i=j$ and we obtain",
        "Only the term with $i = j$ survives, so",
        "Splitting off the term $i=j$ we get",
        "The delta kills every summand but that with $i = j$, and",
        "For i = j the direct path enters:",
        "**The term $i = j$.** Here",
    ],
)
def test_words_do_not_tie_an_index_that_the_left_side_does_not_have(words: str) -> None:
    assert later(f"{words}\n\n{SLIPPED}") == [WRONG]


@pytest.mark.parametrize(
    "words", ["The delta picks $i=j$, and", "This holds also for $j = i$:", "We select $i = j$ and get"]
)
def test_verbs_are_no_conditions(words: str) -> None:
    line = r"$$\frac{\partial\hat{x}_i}{\partial x_j} = \frac{N-1-\hat{x}_i^2}{N\sqrt{\sigma^2+\epsilon}}$$"
    assert later(f"{words}\n\n{line}") == [WRONG]
    assert later(f"For $i = j$ we have\n\n{line}") == [HOLDS]


def test_a_condition_from_the_text_is_a_notice() -> None:
    record = judge(f"{LAYER}For $i \\neq j$ we get\n\n{BESIDE}")
    found = [one.message for one in record.note_findings]
    assert found == ["judged only for i ≠ j, as the text says"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (rf"**Off-diagonal entries ($i\neq j$).** Here{BESIDE}", [HOLDS]),
        (rf"- $i\neq j$. Then ${APART}$.", [HOLDS]),
        (rf"1. $i\neq j$: then ${APART}$.", [HOLDS]),
        (rf"\textbf{{Case $i\neq j$.}} Then ${APART}$.", [HOLDS]),
        (f"For $i \\neq j$ nothing is direct, and we get $${APART}$$\n\nso that\n\n{BESIDE}", [HOLDS, HOLDS]),
        (f"For $i \\neq j$ we get $${APART}$$\n\nand hence\n\n{BESIDE}", [HOLDS, HOLDS]),
        (f"For $i \\neq j$ we get $${APART}.$$\n\nIn general\n\n{BESIDE}", [HOLDS, WRONG]),
        (f"For $i \\neq j$ we get $${APART}.$$\n\nThis differs: and also\n\n{BESIDE}", [HOLDS, WRONG]),
    ],
)
def test_a_condition_covers_its_heading_and_its_sentence(text: str, expected: list[str]) -> None:
    assert later(text) == expected


@pytest.mark.parametrize(
    "remark",
    [
        r"Remark. If $\epsilon = 0$ the normalized values have variance one, $\frac1N\sum_i\hat{x}_i^2 = 1$.",
        r"When $\epsilon=0$ we have $\frac1N\sum_i\hat{x}_i^2 = 1$.",
        r"With $\epsilon = 0$ we have $$\frac1N\sum_i\hat{x}_i^2 = 1.$$",
        r"Now assume $\epsilon = 0$. Then $\frac1N\sum_i\hat{x}_i^2 = 1$.",
    ],
)
def test_epsilon_is_zero_where_that_is_supposed_and_nowhere_else(remark: str) -> None:
    assert later(f"{WITHOUT_EPSILON}\n\n{remark}") == [WRONG, HOLDS, OPEN]
    assert later(f"{remark}\n\n{WITHOUT_EPSILON}")[2] in (WRONG, OPEN)
    assert not any("no epsilon" in part.words for part in judge(LAYER + remark).convention)


def test_a_sentence_about_one_sample_is_left_open() -> None:
    claim = r"\frac{\partial L}{\partial x_i} = 0"
    assert later(f"For $N = 1$ the gradient vanishes: ${claim}$.") == [HOLDS, OPEN]
    assert later(f"For $N = 1$ the gradient vanishes. In general ${claim}$.") == [HOLDS, WRONG]


def test_the_class_of_a_label_may_be_told_apart_in_words() -> None:
    text = r"$$p_i = \frac{e^{z_i}}{\sum_k e^{z_k}}, \quad C = -\log p_y$$ For $j \neq y$: $\frac{\partial C}{\partial z_j} = p_j$."
    assert standings(text)[-1] == HOLDS


def test_a_condition_apart_is_one() -> None:
    assert later(f"The derivative by another sample, $i \\neq j$:\n\n{BESIDE}") == [HOLDS]


SOFTMAX = r"$$p_i = \frac{e^{z_i}}{\sum_k e^{z_k}}$$" + "\n\n"
BY = r"\frac{\partial p_i}{\partial z_j}"
DIAGONAL, BETWEEN = rf"{BY} = p_i(1-p_i)", rf"{BY} = -p_ip_j"


@pytest.mark.parametrize(
    "text",
    [
        f"当 $i=j$ 时，\n\n$${DIAGONAL}$$\n\n当 $i\\neq j$ 时，\n\n$${BETWEEN}$$",
        f"First suppose $i=j$. Then, by the quotient rule,\n\n$${DIAGONAL}$$\n\nOtherwise, we obtain\n\n$${BETWEEN}$$",
        f"If $i=j$, then by the quotient rule we obtain at once\n\n$${DIAGONAL}$$\n\nElse:\n\n$${BETWEEN}$$",
        f"$${DIAGONAL}$$ for $i = j$, and $${BETWEEN}$$ for $i\\neq j$.",
        f"$${DIAGONAL}$$\n\nwhen $i = j$. Otherwise\n\n$${BETWEEN}$$",
        rf"$$\left.{BY}\right|_{{i=j}} = p_i(1-p_i)$$ $$\left.{BY}\right|_{{i\neq j}} = -p_ip_j$$",
    ],
)
def test_each_line_is_judged_in_its_own_case(text: str) -> None:
    assert standings(SOFTMAX + text) == [HOLDS] * 3
    turned = text.replace("-p_ip_j", "p_ip_j").replace("p_i(1-p_i)", "p_i(1+p_i)")
    assert standings(SOFTMAX + turned) == [HOLDS, WRONG, WRONG]


@pytest.mark.parametrize(
    "text",
    [
        f"| $i=j$ | ${DIAGONAL}$ |\n|---|---|\n| $i \\ne j$ | ${BETWEEN}$ |",
        f"On the diagonal ${DIAGONAL}$, and ${BETWEEN}$ when they are different.",
        f"We have ${DIAGONAL}$ for the same index twice, and\n\n$${BETWEEN}$$\n\nfor different ones.",
    ],
)
def test_what_is_true_in_a_case_that_stands_near_it_is_left_open(text: str) -> None:
    assert standings(SOFTMAX + text) == [HOLDS, OPEN, OPEN]
    assert standings(SOFTMAX + text.replace("-p_ip_j", "p_ip_j")) == [HOLDS, OPEN, WRONG]


@pytest.mark.parametrize(
    "words",
    [
        "For $i$ not equal to $j$,",
        "If the two indices are not the same,",
        "In all other cases,",
        "当两个下标不相同时，",
    ],
)
def test_indices_that_are_not_equal_are_different_ones(words: str) -> None:
    assert standings(f"{SOFTMAX}{words}\n\n$${BETWEEN}$$\n") == [HOLDS, OPEN]
    assert standings(f"{SOFTMAX}{words}\n\n$${DIAGONAL}$$\n") == [HOLDS, WRONG]


def test_without_its_case_a_line_is_wrong() -> None:
    assert standings(f"{SOFTMAX}Differentiating gives $${DIAGONAL}$$ and $${BETWEEN}$$") == [HOLDS, WRONG, WRONG]


IN_HTML = [
    r"<p>If \(i\neq j\):</p>",
    r"<h3>Case \(i\neq j\)</h3>",
    r"<p>Now let \(i\neq j\). The quotient rule gives</p>",
    r"<b>For \(i\neq j\):</b><br>",
]


@pytest.mark.parametrize("words", IN_HTML)
def test_tags_stand_for_the_ends_of_lines(words: str) -> None:
    forward = r"<p>Let \(\mu=\frac1d\sum_{i=1}^d x_i\), \(s=\sqrt{\frac1d\sum_{i=1}^d(x_i-\mu)^2+\epsilon}\), \(y_i=\frac{x_i-\mu}{s}\).</p>"
    line = r"<p>\[\frac{\partial y_i}{\partial x_j} =-\frac{1}{ds}\left(1+y_i y_j\right)\]</p>"
    assert standings(f"{forward}\n{words}\n{line}\n")[-1] == "holds"
    assert standings(f"{forward}\n{words.replace('neq ', '= ')}\n{line}\n".replace(r"\= j", "= j"))[-1] == "introduced"


WHERE_EQUAL, APART_ONLY = rf"{BY} = p_i(1-p_j)", rf"{BY} = -p_ip_j"


@pytest.mark.parametrize(
    "words",
    [
        r"\quad \text{except } i = j",
        r"\quad (\text{except for } i=j)",
        r", \text{unless } i=j",
        r"\quad \text{for all but } i=j",
        r", \quad i = j \text{ excluded}",
        r"\quad \text{außer } i=j",
        r"\quad \text{sauf si } i=j",
        r"\quad \forall i \neq j",
        r"\qquad \forall i, j: i \neq j",
        r"\;\; i \ne j",
        r"\ i \neq j",
        r"\quad \text{if } i < j",
        r"\quad \text{otherwise } (i \neq j)",
    ],
)
def test_an_exception_in_a_formula_states_the_other_case(words: str) -> None:
    assert standings(f"{SOFTMAX}$${APART_ONLY} {words}$$ $${WHERE_EQUAL} {words}$$") == [HOLDS, HOLDS, WRONG]


@pytest.mark.parametrize(
    "words",
    [
        "For all but $i = j$ we have",
        "Excluding $i = j$,",
        "With $i = j$ excluded,",
        "Apart from $i=j$:",
        "For every pair other than $i=j$",
        "If not $i=j$,",
        "For all $j$ except $j = i$ we have",
        "## Case $i = j$ excluded",
        "Außer für $i=j$ gilt",
        "Mit Ausnahme von $i=j$ ist",
        "Hormis le cas $i=j$,",
        "Salvo $i=j$,",
    ],
)
def test_an_exception_in_words_states_the_other_case(words: str) -> None:
    assert standings(f"{SOFTMAX}{words}\n\n$${APART_ONLY}$$") == [HOLDS, HOLDS]
    assert standings(f"{SOFTMAX}{words}\n\n$${WHERE_EQUAL}$$") == [HOLDS, WRONG]


@pytest.mark.parametrize("words", ["unless $i=j$.", "except for $i = j$, where it is larger.", "sauf si $i=j$."])
def test_an_exception_behind_a_formula_states_the_other_case(words: str) -> None:
    assert standings(f"{SOFTMAX}Now ${APART_ONLY}$ {words}") == [HOLDS, HOLDS]
    assert standings(f"{SOFTMAX}Now $${WHERE_EQUAL}$$ {words}") == [HOLDS, WRONG]


@pytest.mark.parametrize(
    "words",
    [
        "When $i=j$ fails,",
        "Only if $i=j$ does not hold,",
        "Contrary to the case $i=j$, now",
        "Having dealt with $i=j$, we turn to the rest:",
        "This is zero for $i=j$, and otherwise",
        "Falls $i=j$ nicht gilt:",
        "当 $i = j$ 时不成立,否则",
    ],
)
def test_words_that_turn_away_from_a_case_may_mean_the_other_one(words: str) -> None:
    assert standings(f"{SOFTMAX}{words}\n\n$${APART_ONLY}$$") == [HOLDS, OPEN]
    assert standings(f"{SOFTMAX}{words}\n\n$${WHERE_EQUAL}$$") == [HOLDS, WRONG]


def test_a_denial_of_what_is_said_of_a_case_leaves_open_which_is_meant() -> None:
    words = "The derivative does not vanish for $i=j$, as one may think at first:"
    assert standings(f"{SOFTMAX}{words}\n\n$${APART_ONLY}$$") == [HOLDS, OPEN]
    assert standings(f"{SOFTMAX}{words}\n\n$${WHERE_EQUAL}$$") == [HOLDS, OPEN]
    assert standings(f"{SOFTMAX}{words}\n\n$${BY} = p_ip_j$$") == [HOLDS, WRONG]


@pytest.mark.parametrize(
    "words", [r"\text{also if } i=j", r"\text{even when } i=j", r"\text{for all } i,j \text{ including } i=j"]
)
def test_what_is_said_of_one_case_too_is_said_of_all(words: str) -> None:
    text = rf"{SOFTMAX}$${WHERE_EQUAL} \quad {words}$$ $${BY} = p_i(\delta_{{ij}}-p_j) \quad {words}$$"
    assert standings(text) == [HOLDS, WRONG, HOLDS]


def test_exceptions_in_rows_of_cases() -> None:
    rows = r"$$%s = \begin{cases} %s & \text{unless } i = j \\ %s & \text{else} \end{cases}$$"
    assert standings(SOFTMAX + rows % (BY, "-p_ip_j", "p_i(1-p_i)")) == [HOLDS, HOLDS]
    assert standings(SOFTMAX + rows % (BY, "p_i(1-p_j)", "-p_ip_j")) == [HOLDS, WRONG]
