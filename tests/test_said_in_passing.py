"""Notes as people write them, each with the standing that a careful reader gives its steps.

Every note is short and complete; what is right in it was worked out on paper, and what is wrong is one slip.
"""

from __future__ import annotations

import pytest

from tests.conftest import judge, standings

MEAN, SPREAD = r"\mu=\frac1n\sum_ix_i", r"\sigma^2=\frac1n\sum_i(x_i-\mu)^2"
XHAT, OUTPUT = r"\hat x_i=\frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}}", r"y_i=\gamma\hat x_i+\beta"
BATCH_NORM = rf"$${MEAN},\quad {SPREAD},\quad {XHAT},\quad {OUTPUT}$$"
SOFTMAX = r"$$p_i=\frac{e^{z_i}}{\sum_ke^{z_k}}$$"
DIAGONAL = r"\frac{\partial p_i}{\partial z_j}=p_i(1-p_j)"
BESIDE = r"\frac{\partial p_i}{\partial z_j}=-p_ip_j"
HOLDS, WRONG, OPEN = "holds", "introduced", "undecided"

CONDITIONS = {
    "a case with a number": (rf"{SOFTMAX} Case 1: $i\neq j$. $${BESIDE}$$", [HOLDS, HOLDS]),
    "in words, and otherwise": (
        f"{SOFTMAX}\n\nSuppose that $i$ equals $j$. Then\n$${DIAGONAL}$$\nOtherwise\n$${BESIDE}$$",
        [HOLDS] * 3,
    ),
    "otherwise, the wrong way round": (
        f"{SOFTMAX}\n\nSuppose that $i$ equals $j$. Then\n$${DIAGONAL}$$\nOtherwise\n$${DIAGONAL}$$",
        [HOLDS, HOLDS, WRONG],
    ),
    "in front of the formula": (
        rf"{SOFTMAX} $$\text{{if }}i=j:\quad {DIAGONAL}$$ $$\text{{if }}i\neq j:\quad {BESIDE}$$",
        [HOLDS] * 3,
    ),
    "unlike": (rf"{SOFTMAX} Unlike the case $i = j$, here $${DIAGONAL}$$", [HOLDS, WRONG]),
    "a hypothesis that is not read": (
        rf"{BATCH_NORM} If we ignore $\epsilon$, then $\sum_i\hat x_i^2=n$.",
        [HOLDS] * 4 + [OPEN],
    ),
    "the same without it": (rf"{BATCH_NORM} Clearly $\sum_i\hat x_i^2=n$.", [HOLDS] * 4 + [WRONG]),
    "two samples": (
        r"Let $m=2$: $$\mu=\frac{x_1+x_2}{2},\quad\frac{\partial\mu}{\partial x_1}=\frac12$$",
        [HOLDS, OPEN, OPEN],
    ),
}
SENTENCES = {
    "an operator that is spoken of": (
        rf"$${MEAN}$$ Now apply $\frac{{\partial}}{{\partial x_j}}$ to both sides: $$\frac{{\partial\mu}}{{\partial x_j}}=\frac1n$$",
        [HOLDS, HOLDS],
    ),
    "a sum that is spoken of": (rf"We write $\sum_i$ for $\sum_{{i=1}}^n$. Let ${MEAN}$.", [HOLDS]),
    "a sign of equality between two formulas": (
        rf"{BATCH_NORM} $\frac{{\partial L}}{{\partial\gamma}}$ = $\sum_i\frac{{\partial L}}{{\partial y_i}}x_i$",
        [HOLDS] * 4 + [WRONG],
    ),
    "an update": (rf"$${MEAN}$$ $$\mu_{{run}}\leftarrow(1-\alpha)\mu_{{run}}+\alpha\mu$$", [HOLDS, "prose"]),
    "a choice of the parameters": (
        rf"{BATCH_NORM} The identity is recovered by setting $\gamma=\sqrt{{\sigma^2+\epsilon}}$ and $\beta=\mu$.",
        [HOLDS] * 4 + [OPEN] * 2,
    ),
}
LOSSES = {
    "in words": (rf"{SOFTMAX} With cross-entropy $$\frac{{\partial L}}{{\partial z_i}}=p_i-y_i$$", [HOLDS, OPEN]),
    "of two arguments": (
        rf"{SOFTMAX} $$\mathcal L(y,p)=-\sum_iy_i\log p_i,\quad\sum_iy_i=1$$"
        r"$$\frac{\partial\mathcal L}{\partial z_i}=p_i-y_i,\quad\frac{\partial\mathcal L}{\partial z_i}=y_i-p_i$$",
        [HOLDS] * 4 + [WRONG],
    ),
    "with a base of its own": (
        rf"{SOFTMAX} $$\frac{{\partial\log_2p_i}}{{\partial z_j}}=\delta_{{ij}}-p_j$$",
        [HOLDS, OPEN],
    ),
}
STATISTICS = {
    "epsilon within what is called the variance": (
        rf"$${MEAN},\quad\sigma^2=\frac1n\sum_i(x_i-\mu)^2+\epsilon,\quad\hat x_i=\frac{{x_i-\mu}}{{\sigma}}$$"
        r"$$\frac{\partial\hat x_i}{\partial x_j}=\frac1\sigma\left(\delta_{ij}-\frac1n-\frac{\hat x_i\hat x_j}{n}\right)$$",
        [HOLDS] * 4,
    ),
    "the variance under the letter of its root": (
        rf"$${MEAN},\quad\sigma=\frac1n\sum_i(x_i-\mu)^2$$"
        r"$$\hat x_i=\frac{x_i-\mu}{\sqrt{\sigma+\epsilon}}$$ $$\frac{\partial\mu}{\partial x_i}=\frac1n$$",
        [HOLDS] * 4,
    ),
    "a claim about an average": (
        rf"{BATCH_NORM} $$\mathbb{{E}}[\hat x]=1$$ $$\mathbb{{E}}[\hat x]=0$$",
        [HOLDS] * 4 + [WRONG, HOLDS],
    ),
    "a root mean square by a power": (
        r"$$r=\left(\frac1m\sum_kx_k^2+\epsilon\right)^{-1/2},\quad n_i=x_ir,\quad y_i=w_in_i$$"
        r"$$\frac{\partial L}{\partial w_i}=\frac{\partial L}{\partial y_i}n_i$$",
        [HOLDS] * 4,
    ),
    "statistics of evaluation": (
        rf"{BATCH_NORM} In evaluation mode the running statistics $\mu_r,\sigma_r^2$ are constants:"
        r"$$y_i=\gamma\frac{x_i-\mu_r}{\sqrt{\sigma_r^2+\epsilon}}+\beta$$"
        r"$$\frac{\partial L}{\partial x_i}=\frac{\gamma}{\sqrt{\sigma_r^2+\epsilon}}\frac{\partial L}{\partial y_i}$$",
        [HOLDS] * 6,
    ),
}
READINGS = {
    "d is total where both signs stand": (
        rf"$${MEAN},\quad {SPREAD},\quad {XHAT}$$"
        r"$$\frac{d\hat x_j}{dx_i}=\frac{\partial\hat x_j}{\partial x_i}+\frac{\partial\hat x_j}{\partial\mu}\frac{d\mu}{dx_i}"
        r"+\frac{\partial\hat x_j}{\partial\sigma^2}\frac{d\sigma^2}{dx_i}$$",
        [HOLDS] * 4,
    ),
}
NODES = {
    "a square through a helper": (
        r"$$\mu=\frac1n\sum_ix_i,\quad a_i=x_i-\mu,\quad b_i=a_i^2,\quad v=\frac1n\sum_ib_i,"
        r"\quad\hat x_i=\frac{a_i}{\sqrt{v+\epsilon}}$$"
        r"$$\frac{\partial L}{\partial\mu}=-\sum_i\frac{\partial L}{\partial a_i}$$"
        r"$$\frac{\partial L}{\partial x_i}=\frac{\partial L}{\partial a_i}+\frac1n\frac{\partial L}{\partial\mu}$$"
        r"$$\frac{\partial L}{\partial x_i}=\frac{\partial L}{\partial a_i}$$",
        [HOLDS] * 7 + [WRONG],
    ),
    "a normalised value by a helper": (
        r"$$\mu=\frac1n\sum_jx_j,\quad c_i=x_i-\mu,\quad v=\frac1n\sum_jc_j^2,\quad y_i=\frac{c_i}{\sqrt{v+\epsilon}}$$"
        r"$$\frac{\partial L}{\partial x_j}=\frac{\partial L}{\partial c_j}-\frac1n\sum_i\frac{\partial L}{\partial c_i}$$",
        [HOLDS] * 5,
    ),
    "an operator that is never defined": (
        rf"{SOFTMAX} $$D_jp_i=p_i(\delta_{{ij}}-p_j)$$",
        [HOLDS, OPEN],
    ),
    "a dot between bold letters": (
        rf"{BATCH_NORM} $$\frac{{\partial L}}{{\partial\gamma}}=\frac{{\partial L}}{{\partial\mathbf y}}\cdot\hat{{\mathbf x}}$$",
        [HOLDS] * 5,
    ),
    "a dot between bold letters, of a wrong one": (
        rf"{BATCH_NORM} $$\frac{{\partial L}}{{\partial\gamma}}=2\frac{{\partial L}}{{\partial\mathbf y}}\cdot\hat{{\mathbf x}}$$",
        [HOLDS] * 4 + [WRONG],
    ),
    "a stray index on the scale": (
        rf"{BATCH_NORM} $$\frac{{\partial L}}{{\partial\hat x_i}}=\gamma_i\frac{{\partial L}}{{\partial y_i}}$$"
        r"$$\frac{\partial L}{\partial\gamma}=\sum_i\frac{\partial L}{\partial y_i}\hat x_i$$",
        [HOLDS] * 4 + [OPEN, HOLDS],
    ),
    "constants said in words": (
        r"At test time the statistics $\mathrm{E}[x]$ and $\mathrm{Var}[x]$ are fixed numbers:"
        r"$$y=\frac{\gamma}{\sqrt{\mathrm{Var}[x]+\epsilon}}x+\left(\beta-\frac{\gamma\mathrm E[x]}{\sqrt{\mathrm{Var}[x]+\epsilon}}\right)$$"
        r"$$\frac{\partial y}{\partial x}=\frac{\gamma}{\sqrt{\mathrm{Var}[x]+\epsilon}}$$",
        [HOLDS] * 2,
    ),
}
COUNTS = {
    "two counts that the words tell apart": (
        r"There are $N$ tokens and $D$ features."
        r"$$\mu=\frac1D\sum_{j=1}^Dx_j$$ $$\frac{\partial\mu}{\partial x_j}=\frac1N$$",
        [HOLDS, OPEN],
    ),
    "two letters for one count": (
        r"$$\mu=\frac1m\sum_{j=1}^mx_j$$ $$\frac{\partial\mu}{\partial x_j}=\frac1m$$ $$\sum_{j=1}^Nx_j=N\mu$$",
        [HOLDS] * 3,
    ),
    "a sum without an end": (r"$$\mu=\frac1m\sum_{j=1}^mx_j$$ $$m\mu=\sum_{j=1}^\infty x_j$$", [HOLDS, OPEN]),
    "channels of a group": (
        r"$$\mu_{ng}=\frac{1}{(C/G)HW}\sum_{c,h,w}x_{ngchw}$$"
        r"$$\frac{\partial\mu_{ng}}{\partial x_{ngchw}}=\frac{G}{CHW}$$"
        r"$$\frac{\partial\mu_{ng}}{\partial x_{ngchw}}=\frac{1}{CHW}$$",
        [HOLDS, HOLDS, WRONG],
    ),
}
NOTES = {**CONDITIONS, **SENTENCES, **LOSSES, **STATISTICS, **READINGS, **NODES, **COUNTS}


@pytest.mark.parametrize(("text", "expected"), NOTES.values(), ids=NOTES)
def test_said_in_passing(text: str, expected: list[str]) -> None:
    assert standings(text) == expected


BREAKING = {
    "a sigmoid for a softmax": r"$$p_i=\frac{1}{1+e^{-z_i}}$$ $$L=-\sum_it_i\log p_i$$ $$\frac{\partial p_i}{\partial z_j}=p_i$$",
    "a logarithm of a sum": rf"{SOFTMAX} $$L=-\log\sum_it_ip_i$$ $$\frac{{\partial L}}{{\partial z_j}}=p_j-t_j$$",
    "a loss with an index more": (
        rf"{SOFTMAX} $$L=-\sum_n\sum_it_{{ni}}\log p_{{ni}}$$ $$\frac{{\partial L}}{{\partial z_{{ni}}}}=p_{{ni}}-t_{{ni}}$$"
    ),
    "cases within a sum": (
        rf"{BATCH_NORM} $$\frac{{\partial L}}{{\partial x_i}}=\sum_j\frac{{\partial L}}{{\partial\hat x_j}}"
        r"\begin{cases}1&i=j\\0&i\ne j\end{cases}$$"
    ),
    "a sum from a macro": (
        r"$\newcommand{\G}{\sum_i\frac{\partial L}{\partial y_i}x_i}$"
        rf"{BATCH_NORM} $$\frac{{\partial L}}{{\partial\gamma}}=\G$$"
    ),
}


@pytest.mark.parametrize("text", BREAKING.values(), ids=BREAKING)
def test_an_odd_formula_is_no_internal_error(text: str) -> None:
    assert standings(text)[-1] in (WRONG, OPEN)


HIDING = [
    r"\sum_i\left(-\frac{1}{s}\frac{\partial L}{\partial\hat{x}_i}+\frac{\partial L}{\partial\sigma^2}\cdot\frac{2(x_i-\mu)}{N}\right)",
    r"-\frac{1}{s}\sum_i\left(\frac{\partial L}{\partial\hat{x}_i}-2\frac{\hat{x}_i}{N}\sum_j\frac{\partial L}{\partial\hat{x}_j}\hat{x}_j\right)",
]
LAYER_WITH_ROOT = r"$\mu=\frac1N\sum_i x_i$, $\sigma^2=\frac1N\sum_i (x_i-\mu)^2$, $s=\sqrt{\sigma^2+\epsilon}$, $\hat{x}_i=\frac{x_i-\mu}{s}$, $y_i=\gamma\hat{x}_i+\beta$."


@pytest.mark.parametrize("side", HIDING)
def test_a_zero_inside_a_sum_hides_a_slip_as_well(side: str) -> None:
    *_, step = judge(rf"{LAYER_WITH_ROOT} $$\frac{{\partial L}}{{\partial\mu}}={side}$$").steps
    assert (step.standing, step.finding and step.finding.code) == ("holds", "hidden-slip")


def test_a_right_sum_hides_nothing() -> None:
    side = r"\sum_i\left(-\frac{1}{s}\frac{\partial L}{\partial\hat{x}_i}-\frac{\partial L}{\partial\sigma^2}\cdot\frac{2(x_i-\mu)}{N}\right)"
    *_, step = judge(rf"{LAYER_WITH_ROOT} $$\frac{{\partial L}}{{\partial\mu}}={side}$$").steps
    assert (step.standing, step.finding) == ("holds", None)


def test_behind_a_head_that_cannot_be_read_the_first_side_stands_for_it() -> None:
    forward = r"$p_i = \frac{e^{z_i}}{\sum_k e^{z_k}}$, $L = -\sum_i t_i\log p_i$, $\sum_i t_i = 1$."
    head = r"\frac{\partial^2 L}{\partial z_j\partial z_k} = \frac{\partial p_j}{\partial z_k}"
    for side, standing in ((r"p_j(\delta_{jk} - p_k)", "holds"), (r"p_jp_k", "introduced")):
        *_, step = judge(f"{forward}\n\n$${head} = {side}$$\n").steps
        assert (step.standing, step.true) == (standing, None)


def test_a_capital_and_a_small_letter_that_are_one_are_told() -> None:
    *_, step = judge(
        r"$\mu=\frac1N\sum_i x_i$ $$\frac{\partial}{\partial x_i}(X_i-\mu)^2 = 2(X_i-\mu)\left(1-\frac1N\right)$$"
    ).steps
    assert any("one quantity" in one for one in step.assumptions)
