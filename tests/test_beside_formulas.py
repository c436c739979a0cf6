"""What stands beside formulas: signs of equality behind them, letters behind gradients, labels, listings."""

from __future__ import annotations

import pytest

from bnverify.run import check_paths, options_from
from tests.conftest import judge, standings

MEAN = r"$$\mu = \frac1N\sum_{i=1}^N x_i$$" + "\n\n"
LAYER = (
    MEAN
    + r"$$\sigma^2 = \frac1N\sum_{i=1}^N (x_i-\mu)^2,\quad \hat x_i = \frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}},\quad y_i = \gamma\hat x_i+\beta$$"
    + "\n\n"
)
BY_X = r"\frac{\partial\mu}{\partial x_i}"
UP = r"\frac{\partial L}{\partial y_i}"
HOLDS, WRONG, OPEN = "holds", "introduced", "undecided"


@pytest.mark.parametrize("between", ["\n\n", "\n", " "])
def test_a_formula_may_begin_with_the_sign_of_equality_behind_the_one_before(between: str) -> None:
    assert standings(f"{MEAN}$${BY_X}$${between}$$= \\frac1N$$") == [HOLDS, HOLDS]
    assert standings(f"{MEAN}$${BY_X}$${between}$$= \\frac2N$$") == [HOLDS, WRONG]


@pytest.mark.parametrize("number", ["1", "$1$", "0.", "$0$, and so on", "-1", "1/2"])
def test_a_number_behind_a_formula_is_judged(number: str) -> None:
    assert standings(f"{MEAN}Here ${BY_X}$ = {number}") == [HOLDS, WRONG]


def test_a_zero_behind_a_sum_that_vanishes_is_right() -> None:
    assert standings(MEAN + r"Now $\sum_i (x_i - \mu)$ = 0 by definition.") == [HOLDS, HOLDS]
    assert standings(MEAN + "With $N$ = 4 and $x$ = 1 all is small.") == [HOLDS]


@pytest.mark.parametrize("sign", [r"\approx", r"\simeq", r"\propto", r"\to", r"\text{ equals }"])
def test_a_claim_with_another_sign_is_counted_where_its_right_side_is_short(sign: str) -> None:
    note = judge(f"{MEAN}$${BY_X} {sign} 1$$")
    assert [step.standing for step in note.steps] == [HOLDS]
    assert len(note.compared) == 1


@pytest.mark.parametrize("words", ["Let ${up} = {g}$.", "We are given ${up} = {g}$,", "Here $${up} = {g}$$"])
@pytest.mark.parametrize("letter", ["g_i", r"\delta_i", "g"])
def test_a_letter_behind_a_gradient_is_defined_by_it(words: str, letter: str) -> None:
    text = LAYER + words.replace("{up}", UP).replace("{g}", letter)
    assert standings(rf"{text} Then $\frac{{\partial L}}{{\partial\hat x_i}} = \gamma {letter}$.") == [HOLDS] * 6
    assert standings(rf"{text} Then $\frac{{\partial L}}{{\partial\hat x_i}} = {letter}$.") == [HOLDS] * 5 + [WRONG]


def test_a_letter_that_is_used_nowhere_else_is_defined_by_nothing() -> None:
    assert standings(rf"{LAYER}Then $\frac{{\partial L}}{{\partial\hat x_i}} = q$.") == [HOLDS] * 4 + [WRONG]


@pytest.mark.parametrize(
    ("side", "standing"),
    [
        (r"\sqrt{\sigma^2}", HOLDS),
        (r"\sqrt{\sigma^2+\epsilon}", HOLDS),
        (r"\sqrt{\frac1N\sum_i (x_i-\mu)^2}", HOLDS),
        (r"\frac1N\sum_i (x_i-\mu)^2", WRONG),
        (r"\sigma^2+\epsilon", WRONG),
        (r"\frac{1}{\sqrt{\sigma^2+\epsilon}}", WRONG),
        (r"\sqrt{\frac{1}{N-1}\sum_i (x_i-\mu)^2}", OPEN),
    ],
)
def test_a_letter_whose_square_is_the_variance_is_its_root(side: str, standing: str) -> None:
    assert standings(f"{LAYER}$$\\sigma = {side}$$") == [HOLDS] * 4 + [standing]


def test_the_first_side_says_which_root_a_letter_is() -> None:
    for first in (r"\sqrt{\sigma^2+\epsilon}", r"\sqrt{\sigma^2}"):
        assert standings(rf"{LAYER}$$\sigma = {first} = \sigma^2+\epsilon$$") == [HOLDS] * 5 + [WRONG]


LABELLED = r"$$\frac{\partial L}{\partial\gamma} = \sum_i %s \underbrace{\frac{\partial y_i}{\partial\gamma}}_{%s}$$"


@pytest.mark.parametrize(
    ("label", "standing"), [(r"\hat x_i", HOLDS), ("x_i", OPEN), ("0", WRONG), (r"\to 0", WRONG), (r"-2\mu", OPEN)]
)
def test_the_label_of_a_brace_that_is_a_value_is_judged(label: str, standing: str) -> None:
    assert standings(LAYER + LABELLED % (UP, label)) == [HOLDS] * 5 + [standing]


def test_a_listing_of_an_algorithm_is_read(tmp_path) -> None:  # type: ignore[no-untyped-def]
    line = r"\State $\frac{\partial L}{\partial \gamma} = \sum_i \frac{\partial L}{\partial y_i} %s$"
    for factor, standing in ((r"\hat x_i", HOLDS), ("x_i", WRONG)):
        path = tmp_path / "a.tex"
        body = LAYER + "\\begin{algorithmic}[1]\n" + line % factor + "\n\\end{algorithmic}\n"
        path.write_text("\\documentclass{article}\\begin{document}\n" + body + "\\end{document}\n")
        (note,) = check_paths((str(path),), options_from(witness="proof")).notes
        assert [step.standing for step in note.steps] == [HOLDS] * 4 + [standing]


def test_vectors_with_bars_are_differentiated_through_a_letter_of_their_own() -> None:
    forward = r"$\mu = \operatorname{mean}(x)$, $c = x - \mu$, $v = \operatorname{mean}(c^2)$, $r = 1/\sqrt{v+\epsilon}$, $\hat x = c r$, $y = \gamma \hat x + \beta$."
    text = f"A bar denotes the gradient of the loss. Let {forward}\n\n"
    right = r"$$\bar c = r \bar{\hat x} + \frac2n c \bar v$$ $$\bar\mu = - \sum \bar c$$ $$\bar x = \bar c + \frac1n \bar\mu$$"
    assert standings(text + right) == [HOLDS] * 9
    assert standings(text + right.replace(r"\frac2n", r"\frac1n").replace("- \\sum", "\\sum")) == [HOLDS] * 6 + [
        WRONG,
        WRONG,
        HOLDS,
    ]


GAIN = r"$$g_\gamma = \sum_i \frac{\partial L}{\partial y_i} %s$$"
CALLED = {
    "in front of it": r"The gradient of the loss with respect to $\gamma$ is" + GAIN,
    "before it": r"Let $g_\gamma$ be the gradient with respect to the scale. We get " + GAIN,
    "behind it": GAIN + r"where $g_\gamma$ is $\frac{\partial L}{\partial\gamma}$.",
    "in a sentence of its own": GAIN + r"This is the gradient of $L$ with respect to $\gamma$.",
}


@pytest.mark.parametrize("words", CALLED.values(), ids=CALLED)
def test_what_the_words_call_a_gradient_is_no_name_of_its_own(words: str) -> None:
    assert standings(LAYER + words % r"\hat x_i") == [HOLDS] * 5
    assert standings(LAYER + words % "x_i") == [HOLDS] * 4 + [WRONG]


def test_the_gradient_by_the_input_has_the_index_of_its_letter() -> None:
    text = r"Write $\delta_i = \partial L/\partial y_i$ and $\Delta_i$ for the gradient w.r.t. the input. Then $$\Delta_i = \frac{\gamma}{N\sqrt{\sigma^2+\epsilon}} (N\delta_i - \sum_j \delta_j - \hat x_i \sum_j \delta_j \hat x_j).$$"
    assert standings(LAYER + text) == [HOLDS] * 6
    assert standings(LAYER + text.replace(r"(N\delta_i", r"(\delta_i")) == [HOLDS] * 5 + [WRONG]


@pytest.mark.parametrize(
    "line",
    [
        r"The Jacobian is $J = \mathrm{diag}(p) - p p^\top$.",
        r"Its Jacobian is therefore $$J_{ij} = p_i(\delta_{ij} - p_j)$$",
    ],
)
def test_what_the_words_call_the_jacobian_of_a_softmax_is_no_name_of_its_own(line: str) -> None:
    softmax = r"$$p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}$$" + "\n\n"
    assert standings(softmax + line) == [HOLDS, HOLDS]
    assert standings(softmax + line.replace(" - ", " + ")) == [HOLDS, WRONG]


@pytest.mark.parametrize(
    "words",
    [
        r"The gradient with respect to $\gamma$ is not needed here. Let $a = \sum_i x_i$.",
        r"To compute the gradient with respect to $x_i$, let $a = \sum_i x_i$.",
        r"For the derivative with respect to $\sigma^2$ we set $a_i = x_i-\mu$.",
    ],
)
def test_a_helper_on_the_way_to_a_gradient_is_a_name_of_its_own(words: str) -> None:
    assert standings(LAYER + words) == [HOLDS] * 5


OF_X = {
    "statistics": (
        r"$$\mu(x)=\frac1n\sum_i x_i,\quad \sigma^2(x)=\frac1n\sum_i(x_i-\mu(x))^2,\quad \hat x_i=\frac{x_i-\mu(x)}{\sqrt{\sigma^2(x)+\epsilon}}$$",
        r"\frac{\partial \sigma^2(x)}{\partial x_i} = \frac2n(x_i - \mu(x))",
        r"\frac{\partial \sigma^2(x)}{\partial x_i} = \frac1n(x_i - \mu(x))",
    ),
    "a root mean square": (
        r"$$r(x)=\sqrt{\frac1n\sum_ix_i^2}, \quad y_i = w_i \frac{x_i}{r(x)}$$",
        r"\frac{\partial r}{\partial x_i} = \frac{x_i}{n r(x)}",
        r"\frac{\partial r(x)}{\partial x_i} = \frac{x_i}{r(x)}",
    ),
    "a softmax": (
        r"$$p_i(z)=\frac{e^{z_i}}{\sum_ke^{z_k}}$$",
        r"\frac{\partial p_i}{\partial z_j} = p_i(z)(\delta_{ij} - p_j(z))",
        r"\frac{\partial p_i(z)}{\partial z_j} = p_i(\delta_{ij} + p_j)",
    ),
    "a softmax called sigma": (
        r"$$\sigma(z)_i=\frac{e^{z_i}}{\sum_ke^{z_k}}$$",
        r"\frac{\partial \sigma(z)_i}{\partial z_j} = \sigma(z)_i(\delta_{ij} - \sigma(z)_j)",
        r"\frac{\partial \sigma(z)_i}{\partial z_j} = \sigma(z)_i(1 - \sigma(z)_j)",
    ),
}


@pytest.mark.parametrize(("forward", "right", "wrong"), OF_X.values(), ids=OF_X)
def test_a_quantity_may_be_written_as_a_function_of_the_input(forward: str, right: str, wrong: str) -> None:
    assert set(standings(f"{forward}\n\n$${right}$$")) == {HOLDS}
    assert standings(f"{forward}\n\n$${wrong}$$")[-1] == WRONG


def test_a_letter_in_front_of_a_bracket_is_a_factor_where_nothing_defines_it_so() -> None:
    assert standings(MEAN + r"$$\frac{\partial}{\partial x_i} \mu(N) = 1$$") == [HOLDS, HOLDS]


def test_the_axis_of_a_gain_is_that_of_its_definition() -> None:
    forward = r"$$\mu_j = \frac{1}{N}\sum_{i=1}^N x_{ij},\quad \sigma_j^2 = \frac1N\sum_{i=1}^N (x_{ij} - \mu_j)^2,\quad \hat x_{ij} = \frac{x_{ij}-\mu_j}{\sqrt{\sigma_j^2+\epsilon}},\quad y_{ij} = \gamma_j\hat x_{ij} + \beta_j$$"
    later = r"$$\frac{\partial y_{ij}}{\partial \beta_k} = \delta_{jk},\quad \frac{\partial y_{ij}}{\partial \gamma_k} = \hat x_{ij}\delta_{jk},\quad \frac{\partial \mu_j}{\partial x_{kl}} = \frac1N\delta_{jl}$$ $$\frac{\partial L}{\partial \beta_k} = \sum_i \frac{\partial L}{\partial y_{ik}}$$"
    assert standings(f"{forward}\n\n{later}") == [HOLDS] * 8
    assert standings(f"{forward}\n\n{later}".replace("y_{ik}}$$", "y_{ki}}$$"))[-1] == WRONG


@pytest.mark.parametrize("line", ["dL/dgamma = sum_i dL/dy_i * x_i", "so dμ/dx_i = 1, as one sees", "∂σ²/∂x_i = 1"])
def test_an_equation_in_plain_letters_is_reported(line: str) -> None:
    assert [one.code for one in judge(f"{MEAN}{line}\n").note_findings] == ["unreadable"]
    assert judge(f"{MEAN}We leave dL/dgamma, dx/dt and the rest to the reader.\n").note_findings == ()


@pytest.mark.parametrize(
    "code",
    [
        "`dL/dgamma = sum_i dL/dy_i`",
        r":math:`\frac{\partial L}{\partial\beta} = 2`",
        r":math:`\sigma^2 = \frac{1}{N-1} \sum_i (x_i - \mu)^2`",
        r":math:`y_i = \gamma \hat{x}_i + \beta`",
        "```\ndL/dbeta = sum_i dL/dy_i\n```",
        "~~~\n∂L/∂β = Σ_i ∂L/∂y_i\n~~~",
    ],
)
def test_an_equation_of_a_derivative_in_code_is_reported(code: str) -> None:
    assert [one.code for one in judge(f"{MEAN}\n\n{code}\n").note_findings] == ["unreadable"]


@pytest.mark.parametrize(
    "code",
    [
        "`dgamma = dout * xhat`",
        r"`\partial` and `\frac{a}{b}`",
        "```python\n# dL/dx = dL/dy * gamma\n```",
        "```\ndx = 1\n```",
    ],
)
def test_code_that_is_no_equation_of_a_derivative_is_code(code: str) -> None:
    assert judge(f"{MEAN}\n\n{code}\n").note_findings == ()


def test_a_row_of_a_table_is_an_equation_where_a_cell_has_its_sign() -> None:
    head, right, wrong = r"$\frac{\partial\mu}{\partial x_i}$", r"\frac1n", r"\frac2n"
    for side, standing in ((right, HOLDS), (wrong, WRONG)):
        for row in (f"| {head} | = | ${side}$ |", f"| {head} | $=$ | ${side}$ |", f"| {head} | $= {side}$ |"):
            assert standings(f"{MEAN}\n\n| a | b | c |\n|---|---|---|\n{row}\n") == [HOLDS, standing], row


@pytest.mark.parametrize("table", ["array}{ll", "array}{l l", "matrix"])
def test_cases_may_be_a_table_behind_a_brace(table: str) -> None:
    name = table.partition("}")[0]
    text = rf"$$p_i = \frac{{e^{{z_i}}}}{{\sum_k e^{{z_k}}}}$$ $$\frac{{\partial p_i}}{{\partial z_j}} = \left\{{\begin{{{table}}} p_i(1-p_i) & \text{{if }} i=j \\ -p_i p_j & i\neq j \end{{{name}}}\right.$$"
    assert standings(text) == [HOLDS, HOLDS]
    assert standings(text.replace("-p_i p_j", "p_i p_j")) == [HOLDS, WRONG]


def test_the_gradient_by_the_output_may_be_a_word_in_italics() -> None:
    right = r"$$d\gamma = \sum_i dout_i\,\hat x_i,\quad d\beta = \sum_i dout_i$$"
    assert standings(LAYER + right) == [HOLDS] * 6
    assert standings(LAYER + right.replace(r"\hat x_i", "x_i")) == [HOLDS] * 4 + [WRONG, HOLDS]


def test_a_diagonal_matrix_is_read_where_d_is_a_count() -> None:
    forward = r"$$\mu = \frac{1}{d} \mathbf{1}^\top x, \quad \sigma^2 = \frac{1}{d} \|x - \mu \mathbf{1}\|^2, \quad \hat{x} = \frac{x - \mu \mathbf{1}}{\sqrt{\sigma^2 + \epsilon}}, \quad y = \gamma \odot \hat{x} + \beta$$"
    lines = r"$$\frac{\partial y}{\partial\hat x}=\operatorname{diag}(\gamma), \quad \frac{\partial y}{\partial \gamma}=\mathrm{diag}(\hat x)$$"
    assert standings(forward + lines) == [HOLDS] * 6
    assert standings(forward + lines.replace(r"(\hat x)", "(x)")) == [HOLDS] * 5 + [WRONG]


def test_a_label_in_brackets_stands_for_what_is_over_its_brace() -> None:
    whole = r"$$\frac{\partial L}{\partial x_i} = \underbrace{\frac{\partial L}{\partial \hat x_i}\frac{\partial\hat x_i}{\partial x_i}}_{(a)} + \underbrace{\frac{\partial L}{\partial\sigma^2}\frac{\partial\sigma^2}{\partial x_i}}_{(b)} + \underbrace{\frac{\partial L}{\partial\mu}\frac{\partial\mu}{\partial x_i}}_{(3)}$$"
    right = r"$$(3) = \frac{1}{N}\frac{\partial L}{\partial\mu}$$ $$(b) = \frac{\partial L}{\partial\sigma^2}\frac2N(x_i-\mu)$$"
    assert standings(f"{LAYER}{whole}\n\n{right}") == [HOLDS] * 7
    wrong = right.replace(r"\frac{1}{N}\frac", r"\frac").replace(r"\frac2N", r"\frac1N")
    assert standings(f"{LAYER}{whole}\n\n{wrong}") == [HOLDS] * 5 + [WRONG] * 2


@pytest.mark.parametrize(
    "words",
    [
        "Taking all dependencies into account, {line}",
        "{line} Note that the mean and the variance are not held fixed.",
        "{line} The statistics aren't constants here.",
    ],
)
def test_words_that_let_the_statistics_follow_settle_the_reading(words: str) -> None:
    line = r"$$\frac{\partial \hat x_i}{\partial x_i} = \frac{1}{\sqrt{\sigma^2+\epsilon}}$$"
    assert standings(LAYER + words.replace("{line}", line)) == [HOLDS] * 4 + [WRONG]
    assert standings(LAYER + line) == [HOLDS] * 5


HELD = r"$$\frac{\partial \hat x_i}{\partial x_i} = \frac{1}{\sqrt{\sigma^2+\epsilon}}$$"
FOLLOWING = r"$$\frac{\partial \hat x_i}{\partial x_i} = \frac{1}{\sqrt{\sigma^2+\epsilon}}\left(1 - \frac1N - \frac{\hat x_i^2}{N}\right)$$"


@pytest.mark.parametrize(
    ("words", "right", "wrong"),
    [
        (r"We do not hold $\mu$ and $\sigma^2$ fixed, so", FOLLOWING, HELD),
        (r"We don't keep $\mu, \sigma^2$ constant:", FOLLOWING, HELD),
        (r"Without holding $\mu$ and $\sigma^2$ fixed,", FOLLOWING, HELD),
        (r"This is not the total derivative: $\mu$ and $\sigma^2$ are held fixed.", HELD, FOLLOWING),
        (r"This is no total derivative; the mean and the variance are kept constant.", HELD, FOLLOWING),
        (r"Holding $\mu$ and $\sigma^2$ fixed,", HELD, HELD.replace("{1}", "{2}")),
    ],
)
def test_what_is_denied_of_the_statistics_settles_the_reading(words: str, right: str, wrong: str) -> None:
    assert standings(f"{LAYER}{words}\n\n{right}") == [HOLDS] * 5
    assert standings(f"{LAYER}{words}\n\n{wrong}") == [HOLDS] * 4 + [WRONG]


SOFTMAX = r"$$S_j = \frac{e^{a_j}}{\sum_{k=1}^N e^{a_k}}$$" + "\n\n"
SHIFTED = r"$$m = \max_k a_k,\quad S_j = \frac{e^{a_j - m}}{\sum_k e^{a_k - m}}$$" + "\n\n"


def test_an_operator_in_a_letter_is_the_derivative_by_the_input() -> None:
    text = SOFTMAX + "The partial derivatives are written $D_j S_i$.\n\n"
    assert standings(text + r"$$D_j S_i = S_i(\delta_{ij} - S_j)$$") == [HOLDS, HOLDS]
    assert standings(text + r"$$D_j S_i = S_i(\delta_{ij} + S_j)$$") == [HOLDS, WRONG]


def test_what_a_letter_stands_for_is_put_in() -> None:
    text = SOFTMAX + r"For simplicity $\Sigma$ stands for $\sum_{k=1}^N e^{a_k}$. "
    line = r"$$\frac{\partial S_i}{\partial a_i} = \frac{e^{a_i}\Sigma - e^{a_i}e^{a_i}}{\Sigma^2}$$"
    assert standings(text + line) == [HOLDS, HOLDS]
    assert standings(text + line.replace(r"\Sigma^2", r"\Sigma")) == [HOLDS, WRONG]


@pytest.mark.parametrize(
    ("line", "standing"),
    [
        (r"\frac{\partial S_i}{\partial a_j} = S_i(\delta_{ij} - S_j)", HOLDS),
        (r"\frac{\partial S_i}{\partial a_j} = S_i(\delta_{ij} + S_j)", WRONG),
        (r"\frac{\partial m}{\partial a_j} = 0", OPEN),
        (r"\frac{\partial}{\partial a_j} e^{a_j - m} = e^{a_j - m}", OPEN),
        (r"m = 2 m", OPEN),
    ],
)
def test_the_largest_entry_is_any_number_and_is_not_differentiated(line: str, standing: str) -> None:
    assert standings(f"{SHIFTED}Then $${line}$$") == [HOLDS, HOLDS, standing]
