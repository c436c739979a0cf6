"""Lines that were once dropped, misread or judged wrongly, each with the standing that it must have."""

from __future__ import annotations

import pytest

from tests.conftest import standings

FORWARD = r"""
$$\mu=\frac1n\sum_i x_i$$
$$v=\frac1n\sum_i (x_i-\mu)^2$$
$$\hat{x}_i=\frac{x_i-\mu}{\sqrt{v+\epsilon}}$$
$$y_i=\gamma\hat{x}_i+\beta$$
"""
B = r"\frac{\partial L}{\partial\beta}"
G = r"\frac{\partial L}{\partial y_i}"

BEHIND_THE_FORWARD_PASS = {
    "an equation in a colour": (rf"$$\color{{blue}}{{{B}=7}}$$", ["introduced"]),
    "an equation in a box": (rf"$$\boxed{{{B}=7}}$$", ["introduced"]),
    "an equation over a brace": (rf"$$\underbrace{{{B}=7}}_{{\text{{why}}}}$$", ["introduced"]),
    "an equation in brackets": (rf"$$\left({B}=7\right)$$", ["introduced"]),
    "equations in an array": (rf"$$\begin{{array}}{{rl}}{B} & =7 \\ \mu &= 8\end{{array}}$$", ["introduced"] * 2),
    "a system of equations": (rf"$$\begin{{cases}}{B}=7\\ \mu = 0\end{{cases}}$$", ["introduced"] * 2),
    "an equation in a matrix": (rf"$$\begin{{pmatrix}}{B}=7\end{{pmatrix}}$$", ["unreadable"]),
    "a factor in the next row": (
        rf"$$\begin{{aligned}}{B} &= \sum_i {G} \\ & \hat{{x}}_i\end{{aligned}}$$",
        ["introduced"],
    ),
    "a side in the next row": (rf"$$\begin{{aligned}}{B} &= \\ &\quad \sum_i {G}\end{{aligned}}$$", ["holds"]),
    "a bracket behind a quad": (rf"$${B} = \sum_i {G} \quad (x_i-\mu)$$", ["unreadable"]),
    "a number behind an arrow": (rf"$${B} = \sum_i {G} \Rightarrow 7$$", ["unreadable"]),
    "a number behind words": (rf"$${B} = \sum_i {G} \text{{ times }} 7$$", ["unreadable"]),
    "numbered helpers": (
        r"$$a_1=\frac{\gamma}{v+\epsilon}$$ $$a_2=\frac{\gamma}{\sqrt{v+\epsilon}}$$"
        rf"$$\frac{{\partial L}}{{\partial\mu}}=-a_1\sum_i {G}$$ $$\frac{{\partial L}}{{\partial\mu}}=-a_2\sum_i {G}$$",
        ["holds", "holds", "introduced", "holds"],
    ),
    "the square of x-hat": (
        r"$$\hat{x}_i^2 = \frac{(x_i-\mu)^2}{v+\epsilon}$$ $$\sum_i\hat{x}_i^2=0$$",
        ["holds", "introduced"],
    ),
    "for all i": (rf"$${B} = 7 \;\; \forall i\in\{{1,\dots,N\}}$$", ["introduced"]),
    "signs over a relation": (rf"$${B} \stackrel{{(a)}}{{=}} 1$$ $${B} := 3$$", ["introduced"] * 2),
    "delta with one and with two indices": (
        rf"$$\delta_i={G}$$ $$\frac{{\partial x_i}}{{\partial x_j}} = \delta_{{ij}}$$",
        ["holds", "holds"],
    ),
    "an indicator": (r"$$\frac{\partial x_i}{\partial x_j} = 1_{\{i=j\}}$$", ["holds"]),
    "the identity": (r"$$\frac{\partial x_i}{\partial x_j} = I_{ij}$$", ["holds"]),
    "an equation number behind spaces": (rf"$${B} = \sum_i {G} \ \ (3)$$", ["holds"]),
    "alignat": (rf"$$\begin{{alignat}}{{2}}{B} &= \sum_i {G}\end{{alignat}}$$", ["holds"]),
    "differentials": (r"$$d\gamma=\sum_i dy_i\hat{x}_i$$", ["holds"]),
    "a derivative with what is held": (
        r"$$\left.\frac{\partial\hat{x}_i}{\partial x_i}\right|_{\mu,v} = \frac{1}{\sqrt{v+\epsilon}}$$",
        ["holds"],
    ),
    "empty braces": (rf"$${B} ={{}} \sum_i {G}$$", ["holds"]),
    "helpers through helpers": (
        r"$$s=\sqrt{v+\epsilon}$$ $$u=1/s$$"
        r"$$\frac{\partial L}{\partial s} = 5 \frac{\partial L}{\partial u}\frac{\partial u}{\partial s}$$"
        r"$$\frac{\partial L}{\partial s} = -\frac{1}{s^2}\frac{\partial L}{\partial u}$$",
        ["holds", "holds", "introduced", "holds"],
    ),
    "another feature": (
        r"$$\frac{\partial L}{\partial \hat x_{ij}} = \frac{\partial L}{\partial y_{ik}}\gamma_j$$ $$\hat x_{ij} = \hat x_{ik}$$",
        ["introduced", "introduced"],
    ),
    "roots that change from sample to sample": (
        r"$$(\sum_j \sqrt{x_j^2})^2 = n \sum_j \sqrt{x_j^2}\sqrt{x_j^2}$$",
        ["undecided"],
    ),
    "overlapping cases with an otherwise": (
        r"$$\frac{\partial x_i}{\partial x_j} = \begin{cases}1 & i=j\\5&i=j\\0&\text{otherwise}\end{cases}$$",
        ["introduced"],
    ),
    "a condition that is not read": (
        r"$$\frac{\partial x_i}{\partial x_j} = \begin{cases}1 & i=j, i<k\\0&\text{otherwise}\end{cases}$$",
        ["unreadable"],
    ),
    "an index on a bracket": (rf"$$\frac{{\partial L}}{{\partial \hat x_k}} = (\gamma {G})_k$$", ["undecided"]),
    "a denied condition": ("This fails when $i = j$:\n" r"$$\frac{\partial x_j}{\partial x_i} = 1$$", ["introduced"]),
    "a condition behind the formula": (r"$$\frac{\partial x_j}{\partial x_i} = 0, \quad i \neq j$$", ["holds"]),
    "an undecided head": (r"$$g'(\mu) = \mu = 2\mu = 2\mu$$", ["undecided", "introduced", "carried"]),
    "a contraction beside the letter a": (
        r"$$\frac{\partial L}{\partial x_a} = \frac{\partial L}{\partial y}\cdot\frac{\partial y}{\partial x_a}$$",
        ["holds"],
    ),
    "an explicit sum over a contraction": (
        r"$$\frac{\partial L}{\partial \gamma} = \sum_i \frac{\partial L}{\partial y}\frac{\partial y}{\partial \gamma}$$",
        ["holds"],
    ),
    "a labelled line": (rf"$$(1): {B} = \sum_i {G}$$", ["holds"]),
    "a sum of another chain": (
        r"$$\frac{\partial L}{\partial v}=\frac{\partial L}{\partial \hat x_i}\frac{\partial \hat x_i}{\partial v}$$"
        r"$$\frac{\partial L}{\partial \beta} = \sum_k \frac{\partial L}{\partial y_k}$$",
        ["introduced", "holds"],
    ),
    "a condition in the heading": (
        "## Case $i \\neq j$\n\nNow the total derivative.\n\n"
        r"$$\frac{\partial \hat x_i}{\partial x_j} = -\frac{1}{n\sqrt{v+\epsilon}}(1+\hat x_i\hat x_j)$$",
        ["holds"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), BEHIND_THE_FORWARD_PASS.values(), ids=BEHIND_THE_FORWARD_PASS)
def test_behind_the_usual_forward_pass(text: str, expected: list[str]) -> None:
    assert standings(FORWARD + text)[4:] == expected


ALONE = {
    "an assignment arrow": (
        r"$$\sigma_B^2 \leftarrow \frac{1}{m-1}\sum_i (x_i-\mu_B)^2$$ $$\frac{\partial\sigma_B^2}{\partial x_i}=\frac2m(x_i-\mu_B)$$",
        ["holds", "introduced"],
    ),
    "sigma as the standard deviation": (
        r"$$\mu=\frac1N\sum_i x_i$$ $$\sigma=\sqrt{\frac1N\sum_i(x_i-\mu)^2}$$ $$\hat{x}_i=(x_i-\mu)/\sigma$$"
        r"$$\frac{d\sigma}{dx_j}=\frac{\hat{x}_j}{N}$$ $$\frac{d\sigma}{dx_j}=\frac2N(x_j-\mu)$$",
        ["holds", "holds", "holds", "holds", "introduced"],
    ),
    "x for mu": (r"$$x_i = \frac1N\sum_i x_i$$", ["introduced"]),
    "the mean of the gradients": (
        rf"$$g_i={G}$$ $$G=\sum_i g_i$$ $$\bar g = \frac1n \sum_j g_j$$ $${B} = G = n \bar g$$",
        ["holds"] * 5,
    ),
    "an expectation": (r"$$\mu=\mathbb{E}[x]$$", ["holds"]),
    "the fourth power of sigma": (
        r"$$(\sigma^2)^2 = \sigma^4$$ $$\frac{d}{d\sigma^2}\sigma^4 = 2\sigma^2$$",
        ["holds", "holds"],
    ),
    "the algorithm of the paper": (
        r"$\mathcal{B} = \{x_{1...m}\}$ $$\mu_\mathcal{B} \leftarrow \frac1m \sum_{i=1}^m x_i$$"
        r"$$\sigma_\mathcal{B}^2 \leftarrow \frac1m \sum_{i=1}^m (x_i - \mu_\mathcal{B})^2$$"
        r"$$\hat{x}_i \leftarrow \frac{x_i - \mu_\mathcal{B}}{\sqrt{\sigma_\mathcal{B}^2 + \epsilon}}$$"
        r"$$y_i \leftarrow \gamma \hat{x}_i + \beta \equiv \mathrm{BN}_{\gamma,\beta}(x_i)$$"
        r"$$\frac{\partial \ell}{\partial \mu_\mathcal{B}} = \left(\sum_{i=1}^m \frac{\partial \ell}{\partial \hat{x}_i}"
        r" \cdot \frac{-1}{\sqrt{\sigma_\mathcal{B}^2 + \epsilon}}\right) + \frac{\partial \ell}{\partial \sigma_\mathcal{B}^2}"
        r" \cdot \frac{\sum_{i=1}^m -2(x_i - \mu_\mathcal{B})}{m}$$",
        ["holds"] * 4 + ["prose", "holds"],
    ),
    "a size that is given": (r"$$n = 4$$ $$\mu = \frac1n \sum_i x_i$$", ["holds", "holds"]),
}


@pytest.mark.parametrize(("text", "expected"), ALONE.values(), ids=ALONE)
def test_without_a_forward_pass(text: str, expected: list[str]) -> None:
    assert standings(text) == expected
