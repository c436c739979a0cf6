"""What other readers let through must be refuted or refused here."""

from __future__ import annotations

import pytest

from bnverify.record import Kind, Standing
from bnverify.report.counts import count_steps
from bnverify.report.ending import summary_words
from tests.conftest import judge, standings

LINES = [
    r"\partial L/\partial x = 42\,\partial L/\partial y",
    r"\frac{\partial L}{\partial x_i} = 42 \frac{\partial L}{\partial y_i}",
    r"\sum_j x_j = m x_j",
    r"\sum_{j=1}^m x_j = m x_i",
    r"\bar x y = x \bar y",
    r"\hat{x}_i = x_i",
    r"\frac1n\sum x_i = \frac1n",
    r"\frac{1}{n}\sum_i (x_i - \mu)^2 = \frac{1}{n-1}\sum_i (x_i - \mu)^2",
    r"\sum_{i=1}^{n} \hat{x}_i^2 = n",
    r"x_i - \mu = x_i - \Mu",
    r"\frac{\partial L}{\partial \gamma} = \sum_i \frac{\partial L}{\partial y_i} \hat{x}_j",
    r"\frac{\partial s}{\partial x_i} = 0",
    r"\frac{\partial L}{\partial \beta} = \sum_i \frac{\partial L}{\partial \hat{y}_i}",
    r"(\sigma^2 + \epsilon)^{-3/2} = (\sigma^2 + \epsilon)^{-1} \sqrt{\sigma^2}",
]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("variance", ["declared", "unbiased"])
def test_refuted_or_refused(line: str, variance: str) -> None:
    steps = judge(f"$${line}$$", variance).steps
    assert len(steps) == 1
    assert steps[0].true is not True
    assert steps[0].standing is None or steps[0].standing.value in ("introduced", "undecided")


def test_two_means_with_different_tags_are_two_symbols() -> None:
    steps = judge(r"$$\mu_B = \frac1m \sum_i x_i$$ and $$\sum_i x_i = m \mu_b$$").steps
    assert [str(step.standing) for step in steps] == ["holds", "introduced"]


@pytest.mark.parametrize(
    ("line", "standing"),
    [
        (r"\sqrt{n^2} = -n", "introduced"),
        (r"\sqrt{n^2} = n", "holds"),
        (r"\sqrt{\gamma^2} = \gamma", "introduced"),
        (r"\sqrt{6^2 + \epsilon} \sqrt{6^2 + \epsilon} = 36 + \epsilon", "holds"),
        (r"\sqrt{6^2 + \epsilon} = \sqrt{\sigma^2 + \epsilon}", "introduced"),
        (r"\sqrt{2} \sqrt{3} = \sqrt{6}", "undecided"),
        (r"\sqrt{(\sigma^2)^2} = \sigma^2", "holds"),
        (r"\sqrt{\frac{1}{n}\sum_i (x_i - \mu)^2 + \epsilon} = \sqrt{\sigma^2 + \epsilon}", "holds"),
        (r"\sqrt{\frac{1}{n-1}\sum_i (x_i - \mu)^2 + \epsilon} = \sqrt{\sigma^2 + \epsilon}", "introduced"),
    ],
)
def test_roots_are_positive_and_never_guessed(line: str, standing: str) -> None:
    assert [str(step.standing) for step in judge(f"$${line}$$").steps] == [standing]


# -- a division by zero that nothing shows any more


@pytest.mark.parametrize(
    "side",
    [
        r"0 \cdot \frac{2}{n - n}",
        r"\frac{0}{n - n}",
        r"0 \cdot \frac{2}{-\sum_j 1 + n} (x_i - \mu)",
        r"0 \cdot \frac{2}{\sum_j (x_j - \mu)}",
        r"0 \cdot (n - n)^{-1/2}",
        r"\left( \frac{1}{\sum_j (x_j - \mu)} \right)^0 - 1",
        r"\frac{n - n}{n - n} - 1",
        r"\frac{\partial}{\partial x_i} \frac{1}{n - n}",
        r"\sum_j 0 \cdot \frac{1}{n - n}",
    ],
)
def test_what_divides_by_zero_is_not_right_however_much_of_it_is_lost(side: str) -> None:
    mean = r"$$\mu = \frac{1}{n} \sum_i x_i$$"
    record = judge(f"{mean}\n\n$$0 = {side}$$")
    assert [step.standing for step in record.steps] == [Standing.HOLDS, Standing.UNDECIDED]
    assert "division by zero" in record.steps[-1].why


def test_a_name_for_what_divides_by_zero_does_not_hide_it() -> None:
    beta = r"\frac{\partial L}{\partial \beta} = \sum_i \frac{\partial L}{\partial y_i}"
    record = judge(r"$$q = \frac{0}{n - n}$$" + f"\n\n$${beta} + q$$\n\n$${beta}$$")
    assert [step.standing for step in record.steps] == [Standing.UNDECIDED, Standing.UNDECIDED, Standing.HOLDS]


def test_a_side_behind_one_that_divides_by_zero_is_judged_by_itself() -> None:
    right = r"\sum_i \frac{\partial L}{\partial y_i}"
    record = judge(rf"$$\frac{{\partial L}}{{\partial \beta}} = \frac{{0}}{{n - n}} = {right} = -{right}$$")
    assert [step.standing for step in record.steps] == [Standing.UNDECIDED, Standing.HOLDS, Standing.INTRODUCED]


@pytest.mark.parametrize(
    "side", [r"0 \cdot \frac{2}{n - 1}", r"\frac{0}{\sqrt{\sigma^2 + \epsilon}}", r"0 \cdot x_i^{-1}"]
)
def test_what_may_be_divided_by_may_be_taken_away(side: str) -> None:
    record = judge(r"$$\sigma^2 = \frac{1}{n} \sum_i (x_i - \mu)^2$$" + f"\n\n$$0 = {side}$$")
    assert [step.standing for step in record.steps] == [Standing.HOLDS, Standing.HOLDS]


# -- what claims nothing, and what is no equation


@pytest.mark.parametrize("sign", [r"\leftarrow", r"\gets", ":=", "+="])
def test_an_update_is_not_judged_and_not_counted_as_right(sign: str) -> None:
    record = judge(rf"$$\gamma {sign} \gamma - \eta \sum_i \frac{{\partial L}}{{\partial y_i}} x_i$$")
    assert [(step.kind, step.standing) for step in record.steps] == [(Kind.PROSE, None)]
    assert count_steps(record).right == 0


OTHER_SIGNS = (
    r"\approx \neq \propto \leq ≈ \Rightarrow \leqslant \geqslant \lesssim \gtrsim \lessapprox \leqq \asymp \approxeq \eqsim "
    r"\thickapprox \prec \nsim \nleq \gtrless \risingdotseq \hookrightarrow \xrightarrow{a} ∝ ⩽ \stackrel{?}{\approx} "
    r"\overset{!}{\approx} \overset{!}\leq"
).split()


@pytest.mark.parametrize("sign", [*OTHER_SIGNS, r"\text{ equals }", r"\text{ is }", r"\;\text{ist}\;"])
def test_a_claim_with_another_sign_is_said_not_to_be_judged(sign: str) -> None:
    mean = r"$$\mu = \frac{1}{n} \sum_i x_i$$"
    record = judge(
        mean + "\n\n" + rf"$$\frac{{\partial L}}{{\partial \beta}} {sign} \sum_i \frac{{\partial L}}{{\partial y_i}}$$"
    )
    assert count_steps(record).compared == 1
    assert summary_words(count_steps(record)) == "1 step: 1 right; 1 claim with another sign than = not judged"


@pytest.mark.parametrize(
    "line",
    [
        r"\frac{1}{n} = \frac{2}{2n} \Rightarrow \frac{1}{n} - \frac{2}{2n} = 0",
        r"\frac{1}{n} = \frac{2}{2n} \text{ for } \frac{1}{n}",
    ],
)
def test_an_arrow_between_equations_and_words_for_a_remark_are_no_claims(line: str) -> None:
    assert count_steps(judge(f"$${line}$$")).compared == 0


@pytest.mark.parametrize(
    ("claim", "count"),
    [
        ("| of | is |\n|---|---|\n| ${gradient}$ | ${value}$ |", 1),
        ("- Gradient of $\\beta$: ${value}$", 1),
        ("- ${gradient}$: ${value}$", 1),
        ("| of | ${gradient}$ | ${gradient}$ |\n|---|---|---|\n| is | ${value}$ | ${value}$ |", 0),
        ("- The letter $\\beta$: ${value}$", 0),
        ("| sign | name |\n|---|---|\n| ${gradient}$ | $\\beta$ |", 0),
    ],
)
def test_a_value_beside_a_gradient_is_said_not_to_be_judged(claim: str, count: int) -> None:
    gradient = r"\frac{\partial L}{\partial \beta}"
    value = r"\sum_i \frac{\partial L}{\partial y_i} x_i"
    text = claim.replace("{gradient}", gradient).replace("{value}", value)
    assert count_steps(judge(text + "\n")).compared == count


@pytest.mark.parametrize("start", ["and ", "- ", "> ", "<p>"])
def test_an_equation_in_plain_letters_outside_a_formula_is_reported(start: str) -> None:
    text = r"$$\mu = \frac{1}{n} \sum_i x_i$$" + f"\n\n{start}∂L/∂γ = Σ_i ∂L/∂y_i · x_i.\n"
    (finding,) = judge(text).note_findings
    assert (finding.code, text[finding.primary.span.start :][:5]) == ("unreadable", "∂L/∂γ")


@pytest.mark.parametrize("text", ["The sign ∂ is read del.", "Here Σ means a sum.", "Given ∂L/∂y we go on."])
def test_a_sign_that_is_spoken_of_is_no_equation(text: str) -> None:
    assert judge(r"$$\mu = \frac{1}{n} \sum_i x_i$$" + f"\n\n{text}\n").note_findings == ()


@pytest.mark.parametrize("remark", [r"$i \neq j$", r"$n \geq 2$", r"$x \in \mathbb{R}^n$", r"$0 < \epsilon$"])
def test_a_remark_about_an_index_or_a_size_is_no_claim(remark: str) -> None:
    assert count_steps(judge(f"For {remark}.")).compared == 0


FORWARD = r"$\mu = \frac{1}{n}\sum_{i=1}^n x_i$, $\sigma^2 = \frac{1}{n}\sum_{i=1}^n (x_i-\mu)^2$, $\hat{x}_i = \frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}}$, $y_i = \gamma\hat{x}_i+\beta$."


@pytest.mark.parametrize(
    "line",
    [
        r"\sum_i c_i\frac{\partial L}{\partial x_i} = 0",
        r"\sum_{i=1}^n h_i\hat{x}_i = 3",
        r"\sum_k w_k \frac{\partial L}{\partial w_k} = 1",
    ],
)
def test_a_sum_of_products_with_unknown_letters_is_no_setting(line: str) -> None:
    """What a note may assume of letters that mean nothing else is what they add up to by themselves."""
    assert standings(f"{FORWARD}\n\n$${line}$$\n")[-1] in ("introduced", "undecided")
    assert standings(f"{FORWARD}\n\n$$\\sum_k t_k = 1$$\n")[-1] == "holds"


@pytest.mark.parametrize("accent", [r"\bar", r"\hat", r"\tilde", r"\overline"])
def test_a_delta_with_an_accent_is_the_one_of_kronecker_only_where_the_note_says_so(accent: str) -> None:
    by, delta = r"\frac{\partial x_i}{\partial x_j}", rf"{accent}{{\delta}}_{{ij}}"
    assert standings(rf"{FORWARD} $${by} = \delta_{{ij}}$$")[4:] == ["holds"]
    assert standings(f"{FORWARD} $${by} = {delta}$$")[4:] == ["introduced"]
    assert standings(f"{FORWARD} Here ${delta}$ is the Kronecker delta: $${by} = {delta}$$")[4:] == ["undecided"]
    defined = rf"{FORWARD} $${delta} = 1 - \delta_{{ij}}$$"
    assert standings(f"{defined} $${by} = 1 - {delta}$$")[4:] == ["holds", "holds"]
    assert standings(f"{defined} $${by} = {delta}$$")[4:] == ["holds", "introduced"]


@pytest.mark.parametrize("word", ["rows", "batch", "all", "samples"])
def test_a_word_below_a_sum_is_no_run_of_indices(word: str) -> None:
    gradient, g = r"\frac{\partial L}{\partial \beta}", r"\frac{\partial L}{\partial y"
    assert standings(rf"{FORWARD} $${gradient} = \sum_{{{word}}} {g}_i}}$$")[4:] == ["unreadable"]
    assert standings(rf"{FORWARD} $${gradient} = \sum_{{{word}}} {g}}}$$")[4:] == ["unreadable"]
    assert standings(rf"{FORWARD} $${gradient} = \sum_{{i}} {g}_i}}$$")[4:] == ["holds"]


def test_letters_that_a_summand_carries_are_indices_however_they_are_written() -> None:
    pairs = r"\frac{1}{n^3} \sum_{rst} x_r x_s x_t"
    assert standings(rf"{FORWARD} $$\mu^3 = {pairs}$$")[4:] == ["holds"]
    assert standings(rf"{FORWARD} $$\mu^3 = 2 {pairs}$$")[4:] == ["introduced"]


FORWARD_IN_N = (
    r"$$\mu = \frac{1}{N} \sum_{i=1}^N x_i$$ $$\sigma^2 = \frac{1}{N} \sum_{i=1}^N (x_i - \mu)^2$$ "
    r"$$\hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}$$ $$y_i = \gamma \hat{x}_i + \beta$$ "
)


def test_the_square_of_a_name_below_sigma_is_no_variance() -> None:
    root = FORWARD_IN_N + r"Let $\sigma_%s = \sqrt{\sigma^2+\epsilon}$." + "\n\n"
    lines = (
        r"$$\frac{1}{N}\sum_i \hat{x}_i^2 = \frac{\sigma^2}{\sigma_%s^2}$$ "
        r"$$\frac{1}{N}\sum_i \hat{x}_i^2 = \frac{\sigma_%s^2}{\sigma^2 + \epsilon}$$ "
        r"$$\frac{\partial \hat{x}_i}{\partial \sigma_%s} = -\frac{x_i-\mu}{\sigma_%s^2}$$ "
        r"$$\frac{\partial \hat{x}_i}{\partial \sigma_%s} = -\frac{x_i-\mu}{\sigma^2}$$"
    )
    for name in (r"\epsilon", r"{\text{eps}}"):
        text = (root + lines).replace("%s", name)
        assert standings(text)[-4:] == ["holds", "introduced", "holds", "introduced"]


@pytest.mark.parametrize("batch", ["", r"Let $x_1, \dots, x_N$ be a batch. ", r"Let $(x_1, \ldots, x_N)$ be given. "])
def test_a_number_that_is_supposed_for_the_count_is_not_the_end_of_a_range(batch: str) -> None:
    claims = r"For $N = 2$ we have $\hat{x}_1 = -\hat{x}_2$. For $N = 1$ we have $\frac{\partial L}{\partial x_1} = 0$."
    found = standings(batch + FORWARD_IN_N + claims)
    assert (found[-3], found[-1]) == ("undecided", "undecided")
