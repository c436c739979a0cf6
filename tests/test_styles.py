"""Right notes in ways of writing that people use, and each of them with a slip: nothing right is wrong, no slip passes.

The formulas are those of the textbooks; `tests/arrays.py` and SymPy check them elsewhere in other letters.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bnverify.record import StepRecord
from tests.conftest import judge

LAYER = (
    r"$\mu=\frac1n\sum_ix_i$, $\sigma^2=\frac1n\sum_i(x_i-\mu)^2$, $\hat x_i=\frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}}$, $y_i=\gamma\hat x_i+\beta$."
    "\n\n"
)
JACOBIAN = r"\frac{1}{\sqrt{\sigma^2+\epsilon}}\left(\delta_{ij}-\frac1n-\frac{\hat x_i\hat x_j}{n}\right)"
FINAL = (
    r"\frac{\gamma}{\sqrt{\sigma^2+\epsilon}}\left[%s_i-\frac1n\sum_k %s_k-\frac{\hat x_i}{n}\sum_k %s_k\hat x_k\right]"
)
BY_X = r"\frac{\partial L}{\partial x_i}"

NOTES: Mapping[str, tuple[str, str, str]] = {
    "the sum of a softmax, called by the capital of its scores": (
        r"The softmax is $p_i = \frac{e^{z_i}}{\sum_k e^{z_k}}$. With $Z = \sum_k e^{z_k}$,"
        "\n"
        r"$$\frac{\partial p_i}{\partial z_j} = \frac{\delta_{ij} e^{z_i} Z - e^{z_i}e^{z_j}}{Z^2} = p_i(\delta_{ij}-p_j)$$",
        r"e^{z_j}}{Z^2}", r"e^{z_j}}{Z}",
    ),
    "a sum of the inputs, called by their capital": (
        LAYER + r"Let $X=\sum_j x_j = n\mu$. $$\frac{\partial X}{\partial x_i} = 1$$", r"= 1$$", r"= \frac1n$$",
    ),
    "the root mean square by name and by letter": (
        r"$$r = \text{RMS}(x) = \sqrt{\frac1d\sum_{i=1}^d x_i^2+\epsilon}, \qquad y_i = \gamma_i \frac{x_i}{r}$$"
        r"$$\frac{\partial L}{\partial x_i} = \frac1r\left(\gamma_i g_i - \frac{x_i}{r^2}\cdot\frac1d\sum_j\gamma_j g_j x_j\right), \quad g_i = \frac{\partial L}{\partial y_i}$$",
        r"g_i - \frac{x_i}{r^2}", r"g_i - \frac{x_i}{r}",
    ),
    "the root mean square by name, and a letter for it": (
        r"Let $\text{RMS}(x) = \sqrt{\frac1d\sum_{i=1}^d x_i^2+\epsilon}$ and abbreviate it by $r = \text{RMS}(x)$. The output is $y_i = \frac{x_i}{r}\gamma_i$."
        "\n\n"
        r"$$\frac{\partial L}{\partial x_i} = \frac1r\left(\gamma_i g_i - \frac{x_i}{r^2}\cdot\frac1d\sum_j\gamma_j g_j x_j\right), \quad g_i = \frac{\partial L}{\partial y_i}$$",
        r"\frac1r\left(", r"\frac1{r^2}\left(",
    ),
    "the root mean square as a length over a root": (
        r"RMS norm: $r=\|x\|/\sqrt n$, $y_i=\gamma_i\frac{x_i}{r}$."
        r"$$\frac{\partial L}{\partial x_i} = \frac1r\left(\gamma_i g_i - \frac{x_i}{nr^2}\sum_j\gamma_j g_j x_j\right), \quad g_i = \frac{\partial L}{\partial y_i}$$",
        r"{nr^2}", r"{nr}",
    ),
    "a length under the root of the count": (
        r"RMS norm: $y_i=\gamma_i\sqrt d\,\frac{x_i}{\|x\|}$."
        r"$$\frac{\partial L}{\partial x_i} = \frac{\sqrt d}{\|x\|}\left(\gamma_i g_i - \frac{x_i}{\|x\|^2}\sum_j\gamma_j g_j x_j\right), \quad g_i = \frac{\partial L}{\partial y_i}$$",
        r"\left(\gamma_i g_i - ", r"\left(\gamma_i g_i + ",
    ),
    "a letter for the Jacobian, as a matrix": (
        LAYER + r"Let $J=\frac{\partial\hat x}{\partial x}$. $$\frac{\partial L}{\partial x}=J^\top\frac{\partial L}{\partial\hat x}$$",
        r"J^\top\frac", r"-J^\top\frac",
    ),
    "the entries of a Jacobian, and their matrix": (
        r"Let $p=\mathrm{softmax}(z)$ and $L=-\sum_kt_k\log p_k$ with $\sum_kt_k=1$. Let $J_{ki}=\frac{\partial p_k}{\partial z_i}$."
        "\n\n" r"$$\nabla_zL=J^\top\nabla_pL=p-t$$",
        r"=p-t", r"=t-p",
    ),
    "the centred column with a letter": (
        r"$$\mu = \frac1n\mathbf 1^T\mathbf x$$ $$\mathbf{c} = \mathbf{x} - \mu\mathbf 1$$ $$\sigma^2 = \frac1n\mathbf c^T\mathbf c$$"
        r" $$\hat{\mathbf x} = \mathbf c/\sigma$$ $$\mathbf y = \gamma \hat{\mathbf x} + \beta \mathbf 1$$"
        r"$$\nabla_{\mathbf x}L = \frac{1}{\sigma}\left(I - \frac1n\mathbf 1\mathbf 1^T - \frac1n\hat{\mathbf x}\hat{\mathbf x}^T\right)\nabla_{\hat{\mathbf x}}L$$",
        r"- \frac1n\hat", r"+ \frac1n\hat",
    ),
    "the centring matrix with a letter": (
        r"Let $C = I - \frac1n\mathbf 1\mathbf 1^\top$ and $\mu = \frac1n\mathbf 1^\top\mathbf x$."
        "\n\n"
        r"$$\mathbf{c} = C\mathbf x = \mathbf{x} - \mu\mathbf 1$$ $$\sigma^2 = \frac1n\|\mathbf c\|^2$$ $$\hat{\mathbf x} = \mathbf c/\sigma$$"
        r"$$\nabla_{\mathbf x}L = \frac{1}{\sigma}\left(C - \frac1n\hat{\mathbf x}\hat{\mathbf x}^\top\right)\nabla_{\hat{\mathbf x}}L$$",
        r"\left(C - \frac1n", r"\left(C - ",
    ),
    "a sign for what is held fixed, and one for what follows": (
        LAYER + r"Here $\partial$ is a partial derivative and $\mathrm{d}$ a total one."
        r"$$\frac{\partial\hat x_i}{\partial x_i}=\frac{1}{\sqrt{\sigma^2+\epsilon}},\qquad\frac{\mathrm d\mu}{\mathrm dx_i}=\frac1n$$"
        rf"$$\frac{{\mathrm d\hat x_j}}{{\mathrm dx_i}}={JACOBIAN}$$",
        r"\frac{\mathrm d\hat x_j}{\mathrm dx_i}", r"\frac{\partial\hat x_j}{\partial x_i}",
    ),
    "error signals": (
        LAYER + r"Let $\delta^{(y)}_i = \frac{\partial E}{\partial y_i}$ and $\delta^{(x)}_i = \frac{\partial E}{\partial x_i}$."
        "\n\n" + r"$$\delta^{(x)}_i = " + FINAL % ((r"\delta^{(y)}",) * 3) + "$$",
        r"\left[\delta^{(y)}", r"\left[-\delta^{(y)}",
    ),
    "error signals without brackets": (
        LAYER + r"Let $g^y_i = \frac{\partial L}{\partial y_i}$ and $g^x_i = \frac{\partial L}{\partial x_i}$."
        "\n\n" + r"$$g^x_i = " + FINAL % (("g^y",) * 3) + "$$",
        r"\left[g^y", r"\left[g^x",
    ),
    "error signals in words": (
        LAYER + r"Let $\delta^{\mathrm{out}}_i = \frac{\partial L}{\partial y_i}$ and $\delta^{\mathrm{in}}_i = \frac{\partial L}{\partial x_i}$."
        "\n\n" + r"$$\delta^{\mathrm{in}}_i = " + FINAL % ((r"\delta^{\mathrm{out}}",) * 3) + "$$",
        r"-\frac1n\sum_k \delta", r"+\frac1n\sum_k \delta",
    ),
    "numbered letters": (
        LAYER + r"$$S^{(1)} = \sum_i \frac{\partial L}{\partial y_i}, \quad S^{(2)} = \sum_i \frac{\partial L}{\partial y_i}\hat x_i$$"
        rf"$${BY_X} = \frac{{\gamma}}{{n\sqrt{{\sigma^2+\epsilon}}}}\left(n\frac{{\partial L}}{{\partial y_i}} - S^{{(1)}} - \hat x_i S^{{(2)}}\right)$$",
        r"- S^{(1)} - \hat x_i S^{(2)}", r"- S^{(2)} - \hat x_i S^{(1)}",
    ),
    "numbers beside an index": (
        LAYER + r"$$t_{i,1} = \frac{\partial L}{\partial \hat x_i}, \quad t_{i,2} = \frac{\partial L}{\partial \hat x_i}\hat x_i$$"
        rf"$${BY_X} = \frac{{1}}{{\sqrt{{\sigma^2+\epsilon}}}}\left(t_{{i,1}} - \frac1n\sum_j t_{{j,1}} - \frac{{\hat x_i}}{{n}}\sum_j t_{{j,2}}\right)$$",
        r"t_{j,2}", r"t_{j,1}",
    ),
    "a letter that its square defines": (
        r"$$\mu = \frac1n\sum_j x_j, \qquad s^2 = \frac1n\sum_j (x_j-\mu)^2 + \epsilon,\qquad \hat x_i = \frac{x_i-\mu}{s},\qquad y_i = \gamma \hat x_i+\beta$$"
        r"$$\frac{\partial \hat x_i}{\partial x_j} = \frac1s\left(\delta_{ij}-\frac1n-\frac{\hat x_i\hat x_j}{n}\right)$$",
        r"\frac1s\left(", r"\frac1{s^2}\left(",
    ),
    "a letter that its reciprocal defines": (
        LAYER + r"Let $\frac1{\tau^2} = \sigma^2+\epsilon$. $$\frac{\partial \hat x_j}{\partial \mu} = -\tau$$", r"= -\tau", r"= -\frac1\tau",
    ),
    "the root mean square by its square": (
        r"Let $\rho^2=\frac1n\sum_i x_i^2+\epsilon$ and $y_i = \gamma\frac{x_i}{\rho}$. Then $\frac{\partial \rho}{\partial x_i} = \frac{x_i}{n\rho}$.",
        r"\frac{x_i}{n\rho}", r"\frac{x_i}{\rho}",
    ),
    "d features": (
        r"Layer norm over $d$ features: $\mu=\mathbb E[x]$, $v=\operatorname{Var}[x]$, $y_i=\gamma_i\frac{x_i-\mu}{\sqrt{v+\epsilon}}+\beta_i$."
        "\n" r"$$\frac{\partial\mu}{\partial x_i}=\frac1d,\qquad\frac{\partial v}{\partial x_i}=\frac2d(x_i-\mu)$$",
        r"\frac2d", r"\frac1d",
    ),
    "epsilon is zero": (
        r"For simplicity, $\epsilon=0$. $\mu=\frac1n\sum_ix_i$, $\sigma^2=\frac1n\sum_i(x_i-\mu)^2$, $\hat x_i=\frac{x_i-\mu}{\sigma}$."
        r" Then $\frac1n\sum_i\hat x_i^2=1$.",
        r"\hat x_i^2=1", r"\hat x_i^2=n",
    ),
    "the mean of x-hat, in a note without its definition": (
        r"$$\frac{\partial L}{\partial \gamma} = \sum_i \frac{\partial L}{\partial y_i} \hat{x}_i$$"
        "\n\n" r"Here $\mathbb{E}[\hat{x}] = 0$.",
        r"\hat{x}] = 0", r"\hat{x}] = 1",
    ),
    "terms in words": (
        LAYER + r"$$\text{Term A} = \frac{\partial L}{\partial \hat x_i}, \quad \text{Term B} = \sum_j \frac{\partial L}{\partial \hat x_j}$$"
        r"$$\text{(III)} = \sum_j \frac{\partial L}{\partial \hat x_j}\hat x_j$$"
        rf"$${BY_X} = \frac{{1}}{{n\sqrt{{\sigma^2+\epsilon}}}}\left(n\,\text{{Term A}} - \text{{Term B}} - \hat x_i\,\text{{(III)}}\right)$$",
        r"- \text{Term B} -", r"+ \text{Term B} -",
    ),
    "what stands over a brace": (
        LAYER + rf"$${BY_X} = \underbrace{{\frac{{\partial L}}{{\partial\hat x_i}}\frac{{1}}{{\sqrt{{\sigma^2+\epsilon}}}}}}_{{\text{{(I)}}}}"
        r" + \frac{\partial L}{\partial \mu}\frac1n + \frac{\partial L}{\partial \sigma^2}\frac{2(x_i-\mu)}{n}$$"
        r"$$\text{(I)} = \frac{\gamma}{\sqrt{\sigma^2+\epsilon}}\frac{\partial L}{\partial y_i}$$",
        r"\text{(I)} = \frac{\gamma}", r"\text{(I)} = \frac{1}",
    ),
    "code in words": (
        r"""$$\mu = \frac{1}{N}\sum_i x_i$$
$$\text{xmu}_i = x_i - \mu$$
$$\text{var} = \frac{1}{N}\sum_i \text{xmu}_i^2$$
$$\text{ivar} = \frac{1}{\sqrt{\text{var} + \epsilon}}$$
$$\text{xhat}_i = \text{xmu}_i \cdot \text{ivar}$$
$$\text{out}_i = \gamma\,\text{xhat}_i + \beta$$
$$\text{dxhat}_i = \text{dout}_i\,\gamma$$
$$\text{divar} = \sum_i \text{dxhat}_i\, \text{xmu}_i$$
$$\text{dvar} = -\frac12\text{ivar}^3\,\text{divar}$$
$$\text{dxmu1}_i = \text{dxhat}_i\,\text{ivar}$$
$$\text{dxmu2}_i = \frac2N\text{xmu}_i\,\text{dvar}$$
$$\text{dmu} = -\sum_i(\text{dxmu1}_i + \text{dxmu2}_i)$$
$$\text{dx}_i = \text{dxmu1}_i + \text{dxmu2}_i + \frac1N\text{dmu}$$""",
        r"= -\sum_i(", r"= \sum_i(",
    ),
    "the size of a set": (
        r"$$\mu_B=\frac1{|B|}\sum_{i\in B}x_i,\qquad\sigma_B^2=\frac1{|B|}\sum_{i\in B}(x_i-\mu_B)^2, \qquad \hat x_i=\frac{x_i-\mu_B}{\sqrt{\sigma_B^2+\epsilon}}, \qquad y_i = \gamma \hat x_i + \beta$$"
        r"$$\frac{\partial L}{\partial x_i}=\frac{\gamma}{\sqrt{\sigma_B^2+\epsilon}}\left[\frac{\partial L}{\partial y_i}-\frac1{|B|}\sum_{j\in B}\frac{\partial L}{\partial y_j}-\frac{\hat x_i}{|B|}\sum_{j\in B}\frac{\partial L}{\partial y_j}\hat x_j\right]$$",
        r"-\frac{\hat x_i}{|B|}", r"-\hat x_i",
    ),
    "the derivative by the root of the variance": (
        r"$\mu=\frac1n\sum_ix_i$, $\sigma^2=\frac1n\sum_i(x_i-\mu)^2$, $\hat x_i=\frac{x_i-\mu}{\sigma}$, $y_i=\gamma\hat x_i+\beta$."
        "\n\n"
        r"$$\frac{\partial L}{\partial\sigma} = -\frac1\sigma\sum_i\frac{\partial L}{\partial\hat x_i}\hat x_i, \quad \frac{\partial\sigma}{\partial x_i} = \frac{\hat x_i}{n}$$",
        r"= -\frac1\sigma", r"= -\frac1{\sigma^2}",
    ),
    "parts through a node of the note": (
        r"$$\mu = \frac1N\sum_i x_i,\quad c_i = x_i-\mu,\quad v = \frac1N\sum_i c_i^2,\quad q = \frac{1}{\sqrt{v+\epsilon}},\quad \hat x_i = c_iq,\quad y_i = \gamma\hat x_i+\beta$$"
        r"$$d\mu = -\sum_i dc_i$$ $$dx_i^{(1)} = dc_i,\qquad dx_i^{(2)} = \frac1N d\mu$$ $$dx_i = dx_i^{(1)}+dx_i^{(2)}$$",
        r"dx_i^{(1)}+dx_i", r"dx_i^{(1)}-dx_i",
    ),
    "the variance under a capital": (
        r"$\mu=\frac1n\sum_i x_i$, $V=\frac{1}{n-1}\sum_i(x_i-\mu)^2$, $\hat{x}_i=\frac{x_i-\mu}{\sqrt{V+\epsilon}}$, $y_i=\gamma\hat{x}_i+\beta$."
        r"$$\frac{\partial L}{\partial V}=-\frac12(V+\epsilon)^{-3/2}\sum_i\gamma\frac{\partial L}{\partial y_i}(x_i-\mu)$$",
        r"-3/2", r"-1/2",
    ),
    "statistics by name in the definition of the variance": (
        r"$\mathrm{E}[x]=\frac1n\sum_i x_i$, $\mathrm{Var}[x]=\frac{1}{n}\sum_i(x_i-\mathrm{E}[x])^2$, $\hat{x}_i=\frac{x_i-\mathrm{E}[x]}{\sqrt{\mathrm{Var}[x]+\epsilon}}$, $y_i=\gamma\hat{x}_i+\beta$."
        r"$$\frac{\partial L}{\partial \mathrm{Var}[x]}=-\frac12(\mathrm{Var}[x]+\epsilon)^{-3/2}\sum_i\gamma\frac{\partial L}{\partial y_i}(x_i-\mathrm{E}[x])$$",
        r"-3/2", r"-1/2",
    ),
    "the average of squares that have a name": (
        r"$\mu=\frac1N\sum_i x_i$, $c_i=x_i-\mu$, $q_i=c_i^2$, $w=\frac1N\sum_i q_i$, $s=\sqrt{w+\epsilon}$, $r=1/s$, $\hat x_i=c_i r$, $y_i=\gamma\hat x_i+\beta$."
        r"$$\frac{\partial L}{\partial s}=-\frac{1}{s^2}\,\frac{\partial L}{\partial r}, \quad \frac{\partial L}{\partial w}=\frac{1}{2\sqrt{w+\epsilon}}\frac{\partial L}{\partial s}, \quad \frac{\partial L}{\partial q_i}=\frac1N\frac{\partial L}{\partial w}$$",
        r"{\partial q_i}=\frac1N\frac", r"{\partial q_i}=\frac",
    ),
    "a scaled x-hat as a node": (
        r"$\mu=\frac1N\sum_i x_i$, $\sigma^2=\frac1N\sum_i (x_i-\mu)^2$, $\hat{x}_i=\frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}}$, $p_i=\gamma\hat{x}_i$, $y_i=p_i+\beta$."
        r"$$\frac{\partial L}{\partial p_i}=\frac{\partial L}{\partial y_i}, \quad \frac{\partial L}{\partial \gamma}=\sum_i\frac{\partial L}{\partial p_i}\hat{x}_i, \quad \frac{\partial L}{\partial \beta}=\sum_i\frac{\partial L}{\partial y_i}$$",
        r"{\partial p_i}\hat{x}_i,", r"{\partial p_i}x_i,",
    ),
    "the size of a set above a sum": (
        r"$\mu=\frac{1}{|\mathcal{B}|}\sum_{i=1}^{|\mathcal{B}|}x_i$, $\sigma^2=\frac{1}{|\mathcal{B}|}\sum_i (x_i-\mu)^2$."
        r"$$\frac{\partial\sigma^2}{\partial x_i} = \frac{2}{|\mathcal B|}(x_i-\mu)$$",
        r"\frac{2}{|\mathcal B|}", r"\frac{1}{|\mathcal B|}",
    ),
    "a letter that takes a new meaning with a colon": (
        r"$\mu=\frac1N\sum_i x_i$, $\sigma^2=\frac1N\sum_i (x_i-\mu)^2$, $\sigma:=\sqrt{\sigma^2+\epsilon}$, $\hat{x}_i=\frac{x_i-\mu}{\sigma}$, $y_i=\gamma\hat{x}_i+\beta$."
        r"$$\frac{\partial L}{\partial \mu} = -\frac{\gamma}{\sigma}\sum_i\frac{\partial L}{\partial y_i}$$",
        r"= -\frac{\gamma}{\sigma}", r"= -\frac{\gamma}{\sigma^2}",
    ),
    "a dot with a vector of ones": (
        LAYER + r"$$\hat{\mathbf{x}}\cdot\mathbf{1} = 0, \quad \mu = \frac1n\mathbf{1}\cdot\mathbf{x}, \quad \frac{\partial L}{\partial\beta} = \frac{\partial L}{\partial \mathbf{y}}\cdot\mathbf{1}$$",
        r"{\partial \mathbf{y}}\cdot", r"{\partial \hat{\mathbf{x}}}\cdot",
    ),
    "smoothed labels under a letter": (
        r"Let $p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}$, $q_k = (1-\alpha) t_k + \frac{\alpha}{K}$, $\sum_k t_k = 1$, and $L = -\sum_{k=1}^K q_k\log p_k$."
        r"$$\frac{\partial L}{\partial z_k} = p_k - q_k = p_k - (1-\alpha)t_k - \frac{\alpha}{K}$$",
        r"t_k - \frac{\alpha}{K}$$", r"t_k - \alpha$$",
    ),
    "smoothed labels in the loss": (
        r"Let $p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}$ and $\sum_k t_k = 1$, and $L = -\sum_{k=1}^K \left((1-\alpha) t_k + \frac{\alpha}{K}\right)\log p_k$."
        r"$$\frac{\partial L}{\partial z_k} = p_k - (1-\alpha)t_k - \frac{\alpha}{K}$$",
        r"t_k - \frac{\alpha}{K}$$", r"t_k$$",
    ),
    "a vector that words call one-hot": (
        r"$$\ell = -\log p_y, \qquad p_k = \frac{\exp(z_k)}{\sum_j \exp(z_j)}$$ With $\mathbf{t}$ the one-hot vector of $y$, $$\nabla_{\mathbf{z}}\ell = \mathbf{p} - \mathbf{t}$$",
        r"\mathbf{p} - \mathbf{t}", r"\mathbf{t} - \mathbf{p}",
    ),
    "weight normalisation in vectors": (
        r"$\mathbf w = \frac{g}{\|\mathbf v\|}\mathbf v$ $$\nabla_g L = \frac{\nabla_{\mathbf w}L\cdot\mathbf v}{\|\mathbf v\|}, \qquad \nabla_{\mathbf v}L = \frac{g}{\|\mathbf v\|}\nabla_{\mathbf w}L - \frac{g\nabla_g L}{\|\mathbf v\|^2}\mathbf v$$",
        r"\|^2}\mathbf v", r"\|}\mathbf v",
    ),
    "layer norm of a vector, its deviation as a length": (
        r"Let $\mu = \frac1d\sum_i x_i$, $\bar{\mathbf{x}} = \mathbf x - \mu\mathbf 1$, $\sigma = \frac{1}{\sqrt d}\|\bar{\mathbf{x}}\|$, $\mathbf{y} = \bar{\mathbf{x}}/\sigma$."
        r"$$\frac{\partial L}{\partial \mathbf x} = \frac1\sigma\left(I - \frac1d\mathbf 1\mathbf 1^\top - \frac1d\mathbf y\mathbf y^\top\right)\frac{\partial L}{\partial\mathbf y}$$",
        r"- \frac1d\mathbf y", r"- \mathbf y",
    ),
    "an equation in brackets behind a side": (
        r"$s_i = \frac{e^{z_i}}{\sum_k e^{z_k}}$, $L = -\sum_i t_i\log s_i$."
        r"$$\frac{\partial L}{\partial z_j} = s_j\sum_i t_i - t_j = s_j - t_j \qquad (\sum_i t_i = 1)$$",
        r"= s_j - t_j \qquad", r"= t_j - s_j \qquad",
    ),
    "a letter that a bar holds fixed": (
        r"$\mu=\frac1N\sum_i x_i$, $\sigma^2=\frac1N\sum_i (x_i-\mu)^2$. $$\frac{\partial\sigma^2}{\partial\mu}\bigg|_{x} = -\frac2N\sum_i(x_i-\mu) = 0$$",
        r"\mu) = 0", r"\mu) = 1",
    ),
    "the mean of the columns of a matrix": (
        r"$X\in\mathbb{R}^{N\times D}$. $$\mu_j = \frac1N\sum_n X_{nj}, \quad \sigma^2_j = \frac1N\sum_n (X_{nj}-\mu_j)^2,\quad \hat X_{nj} = \frac{X_{nj}-\mu_j}{\sqrt{\sigma_j^2+\epsilon}},\quad Y_{nj} = \gamma_j\hat X_{nj}+\beta_j$$"
        r"$$\frac{\partial L}{\partial\gamma_j} = \sum_{n=1}^N\frac{\partial L}{\partial Y_{nj}}\hat X_{nj}$$",
        r"{\partial Y_{nj}}\hat X_{nj}", r"{\partial Y_{nj}} X_{nj}",
    ),
}  # fmt: skip


def is_wrong(step: StepRecord) -> bool:
    return step.finding is not None and step.finding.severity == "error"


@pytest.mark.parametrize(("text", "before", "after"), NOTES.values(), ids=NOTES)
def test_a_right_note_is_right_in_every_step(text: str, before: str, after: str) -> None:
    steps = judge(text).steps
    assert [(step.side, step.why or step.finding) for step in steps if step.standing != "holds"] == []


@pytest.mark.parametrize(("text", "before", "after"), NOTES.values(), ids=NOTES)
def test_a_slip_in_it_is_found_on_its_line(text: str, before: str, after: str) -> None:
    assert text.count(before) == 1
    place = text.index(before)
    wrong = text.replace(before, after)
    found = [step for step in judge(wrong).steps if is_wrong(step)]
    assert found
    assert found[0].relation.start <= place + len(after)
    assert found[0].side_span.end >= place


def test_the_name_of_a_layer_at_work_is_no_remark_before_its_input() -> None:
    """`\\text{BN}(x_i)` is not x_i, whatever it is."""
    (step,) = judge(r"$$\text{BN}(x_i) = \gamma \hat x_i + \beta$$").steps
    assert step.standing == "undecided"


ONE_SIZE = r"""We use a batch of $N = 4$ samples.

$$\mu = \frac{1}{4} (x_1 + x_2 + x_3 + x_4)$$

$$\frac{\partial \mu}{\partial x_i} = \frac14$$

$$\frac{\partial \mu}{\partial x_i} = \frac13$$
"""


def test_what_holds_for_the_size_that_the_note_gives_is_left_open() -> None:
    """1/4 is the count of the note; 1/3 is that of no reading."""
    assert [step.standing for step in judge(ONE_SIZE).steps] == ["holds", "undecided", "undecided", "introduced"]


def test_a_letter_that_differentials_explain_is_left_open() -> None:
    text = LAYER + r"With $dL = g^\top d\hat x$ we have $$\frac{\partial L}{\partial x_i} = g_i$$"
    assert [step.standing for step in judge(text).steps[-2:]] == ["undecided", "undecided"]


@pytest.mark.parametrize("arrow", ["\\leftarrow", "\\gets", "\\longleftarrow", "←"])
def test_an_update_is_counted_with_every_arrow(arrow: str) -> None:
    steps = judge(LAYER + rf"$$\gamma {arrow} \gamma - \eta\, \frac{{\partial L}}{{\partial \gamma}}$$").steps
    assert steps[-1].kind == "prose"


def test_what_maps_to_something_is_counted_and_not_judged() -> None:
    note = judge(LAYER + r"$$x_i \mapsto \frac{x_i - \mu}{\sigma}$$")
    assert note.compared


NAMED = (
    r"$\mu=\frac1n\sum_ix_i$, $\sigma^2=\frac1n\sum_i(x_i-\mu)^2$, $r=\sqrt{\sigma^2+\epsilon}$, $\hat x_i=\frac{x_i-\mu}{r}$, $y_i=\gamma\hat x_i+\beta$."
    "\n\n"
)
BY_SQUARE = (
    r"$\mu=\frac1n\sum_ix_i$, $\sigma^2=\frac1n\sum_i(x_i-\mu)^2$. Let $s^2 = \sigma^2+\epsilon$. $\hat x_i=\frac{x_i-\mu}{s}$, $y_i=\gamma\hat x_i+\beta$."
    "\n\n"
)
IN_BRACES = (
    LAYER
    + r"$$\frac{\partial L}{\partial x_i} = \underbrace{\frac{\partial L}{\partial\hat x_i}\frac{1}{\sqrt{\sigma^2+\epsilon}}}_{A}"
    r" + \underbrace{\frac{\partial L}{\partial \mu}\frac1n}_{B} + \underbrace{\frac{\partial L}{\partial \sigma^2}\frac{2(x_i-\mu)}{n}}_{C}$$"
    "\n\n"
)
PARTS = (
    LAYER
    + r"$$dx_i^{(1)} = \frac{1}{\sqrt{\sigma^2+\epsilon}}\frac{\partial L}{\partial\hat x_i},\quad dx_i^{(2)} = \frac1n\frac{\partial L}{\partial\mu},"
    r"\quad dx_i^{(3)} = \frac{2(x_i-\mu)}{n}\frac{\partial L}{\partial\sigma^2}$$ $$dx_i = dx_i^{(1)}+dx_i^{(2)}+dx_i^{(3)}$$ Substituting, we get "
)
SPREAD = r"\frac{\hat x_i}{n\sqrt{\sigma^2+\epsilon}}\sum_j\frac{\partial L}{\partial\hat x_j}\hat x_j$$"
MATRIX = r"\frac{1}{\sqrt{\sigma^2+\epsilon}}\left(I-\frac1n\mathbf 1\mathbf 1^\top%s\frac1n\hat x\hat x^\top\right)$$"
LAST_LINES: Mapping[str, tuple[str, str, str]] = {
    "the square of a letter that has a definition": (NAMED, r"$$r^2 = \sigma^2+\epsilon$$", r"$$r^2 = \sigma^2$$"),
    "the square of a sum": (
        LAYER + r"$$S = \sum_i x_i$$", r"$$S^2 = \sum_i \sum_j x_i x_j$$", r"$$S^2 = \sum_i x_i^2$$",
    ),
    "the reciprocal of a letter that its square defines": (
        BY_SQUARE, r"$$\frac1s = \frac1{\sqrt{\sigma^2+\epsilon}}$$", r"$$\frac1s = \frac1{\sigma^2+\epsilon}$$",
    ),
    "the derivative of a letter that its square defines": (
        BY_SQUARE, r"$$\frac{\partial s}{\partial\sigma^2} = \frac1{2s}$$", r"$$\frac{\partial s}{\partial\sigma^2} = 1$$",
    ),
    "the root mean square of something else": (
        LAYER, r"$$\text{RMS}(\hat x)^2 = \frac{\sigma^2}{\sigma^2+\epsilon}$$", r"$$r = \text{RMS}(\hat x) = 2$$",
    ),
    "the entries of a Jacobian that has a letter": (
        LAYER + r"Let $J_{ij} = \frac{\partial \hat x_i}{\partial x_j}$. Then ",
        rf"$$J_{{ij}} = {JACOBIAN}$$", rf"$$J_{{ij}} = {JACOBIAN.replace('-' + chr(92) + 'frac{', '+' + chr(92) + 'frac{')}$$",
    ),
    "a Jacobian that has a letter, as a matrix": (
        LAYER + r"Let $J = \frac{\partial \hat x}{\partial x}$. Then ", r"$$J = " + MATRIX % "-", r"$$J = " + MATRIX % "+",
    ),
    "the diagonal of a Jacobian": (
        r"Let $p=\mathrm{softmax}(z)$ and $J_{ij} = \frac{\partial p_i}{\partial z_j}$. For $i=j$: ",
        r"$$J_{ii} = p_i(1-p_i)$$", r"$$J_{ii} = p_i(1+p_i)$$",
    ),
    "a part of a gradient, once more": (PARTS, rf"$$dx_i^{{(3)}} = -{SPREAD}", rf"$$dx_i^{{(3)}} = {SPREAD}"),
    "a capital below a brace": (
        IN_BRACES, r"$$C = \frac{x_i-\mu}{n}\frac{\partial L}{\partial\sigma^2} 2$$", r"$$C = 2\frac{x_i-\mu}{n}\frac{\partial L}{\partial\mu}$$",
    ),
    "a label that stands below two braces": (
        LAYER + r"$$\frac{\partial L}{\partial\gamma} = \underbrace{\sum_i\frac{\partial L}{\partial y_i}\hat x_i}_{\text{(I)}}$$ $$\frac{\partial L}{\partial\beta} = \underbrace{\sum_i\frac{\partial L}{\partial y_i}}_{\text{(I)}}$$",
        r"$$\text{(I)} = \frac1\gamma\sum_i\frac{\partial L}{\partial\hat x_i}$$", r"$$\text{(I)} = \frac{\partial L}{\partial\gamma}$$",
    ),
    "a letter with an epsilon below it": (
        r"$\mu=\frac1n\sum_ix_i$, $\sigma^2=\frac1n\sum_i(x_i-\mu)^2$, $\sigma_\epsilon^2 = \sigma^2+\epsilon$, $\hat x_i=\frac{x_i-\mu}{\sigma_\epsilon}$."
        "\n\n",
        r"$$\frac{\partial \hat x_i}{\partial \mu} = -\frac1{\sigma_\epsilon}$$", r"$$\frac{\partial \hat x_i}{\partial \mu} = -\frac1{\sigma_\epsilon^2}$$",
    ),
    "a delta in front of what the loss is differentiated by": (
        LAYER + r"We write $\delta y_i = \frac{\partial L}{\partial y_i}$; $\delta_{ij}$ is Kronecker's."
        rf"$$\frac{{\partial\hat x_i}}{{\partial x_j}} = {JACOBIAN}$$",
        r"$$\delta \gamma = \sum_i \delta y_i \hat x_i$$", r"$$\delta \gamma = \sum_i \delta y_i x_i$$",
    ),
    "exponentials called e": (
        r"The softmax is $p_i = \frac{e^{z_i}}{\sum_k e^{z_k}}$. With $e_i = e^{z_i}$ and $S = \sum_k e_k$ it is $p_i = e_i/S$."
        "\n\n",
        r"$$\frac{\partial p_i}{\partial z_i} = \frac{e_i S - e_i e_i}{S^2}$$", r"$$\frac{\partial p_i}{\partial z_i} = \frac{e_i S + e_i e_i}{S^2}$$",
    ),
    "a deviation by name, then written out with n - 1": (
        r"$\mu=\frac1n\sum_ix_i$, $\sigma = \text{std}(x) = \sqrt{\frac{1}{n-1}\sum_i(x_i-\mu)^2}$, $\hat x_i=\frac{x_i-\mu}{\sigma}$."
        "\n\n",
        r"$$\frac{\partial \sigma}{\partial x_i} = \frac{\hat x_i}{n-1}$$", r"$$\frac{\partial \sigma}{\partial x_i} = \frac{\hat x_i}{n}$$",
    ),
    "a square that is the variance and epsilon": (
        r"$\mu=\frac1n\sum_ix_i$, $v = \frac1n\sum_i(x_i-\mu)^2$, $\sigma^2 = v + \epsilon$, $\hat x_i=\frac{x_i-\mu}{\sigma}$."
        "\n\n",
        r"$$\frac{\partial L}{\partial v} = -\frac{1}{2\sigma^3} \sum_i \frac{\partial L}{\partial\hat x_i} (x_i-\mu)$$",
        r"$$\frac{\partial L}{\partial v} = -\frac{1}{2\sigma^2} \sum_i \frac{\partial L}{\partial\hat x_i} (x_i-\mu)$$",
    ),
    "x-hat under a letter of its own, of a distance and a root": (
        r"$\mu=\frac1n\sum_ix_i$, $c_i=x_i-\mu$, $v=\frac1n\sum_ic_i^2$, $s=\sqrt{v+\epsilon}$, $r=1/s$, $h_i=c_ir$."
        "\n\n",
        r"$$\frac{\partial L}{\partial c_i}=\frac{\partial L}{\partial h_i}r+\frac{2c_i}n\frac{\partial L}{\partial v}$$",
        r"$$\frac{\partial L}{\partial c_i}=\frac{\partial L}{\partial h_i}r+\frac{c_i}n\frac{\partial L}{\partial v}$$",
    ),
    "an output without a gain": (
        r"$\mu=\frac1n\sum_ix_i$, $c_i=x_i-\mu$, $s^2=\frac1n\sum_ic_i^2$. The output is $y_i=\frac{c_i}{s}$."
        "\n\n",
        r"$$\frac{\partial L}{\partial x_i}=\frac1s\left(\frac{\partial L}{\partial y_i}-\frac1n\sum_j\frac{\partial L}{\partial y_j}-\frac{y_i}n\sum_j\frac{\partial L}{\partial y_j}y_j\right)$$",
        r"$$\frac{\partial L}{\partial x_i}=\frac1s\left(\frac{\partial L}{\partial y_i}-\frac1n\sum_j\frac{\partial L}{\partial y_j}-y_i\sum_j\frac{\partial L}{\partial y_j}y_j\right)$$",
    ),
    "x-hat by another name": (
        r"$\mu=\frac1n\sum_ix_i$, $v=\frac1n\sum_i(x_i-\mu)^2$, $u_i=\frac{x_i-\mu}{\sqrt v}$, $y_i=u_i$."
        "\n\n",
        r"$$\frac{\partial L}{\partial v}=-\frac{1}{2v}\sum_i\frac{\partial L}{\partial y_i}y_i$$", r"$$\frac{\partial L}{\partial v}=-\frac{1}{v}\sum_i\frac{\partial L}{\partial y_i}y_i$$",
    ),
    "the unbiased variance beside that of the batch": (
        LAYER + r"PyTorch stores $\sigma_u^2=\frac{n}{n-1}\sigma^2=\frac1{n-1}\sum_i(x_i-\mu)^2$ for later."
        "\n\n",
        r"$$\frac{\partial\sigma_u^2}{\partial x_i}=\frac{2(x_i-\mu)}{n-1}$$", r"$$\frac{\partial\sigma_u^2}{\partial x_i}=\frac{2(x_i-\mu)}{n}$$",
    ),
    "statistics that are not held fixed": (
        LAYER + "The Jacobian, in which the mean and the variance are not held fixed, is\n\n",
        rf"$$\frac{{\partial\hat x_i}}{{\partial x_j}}={JACOBIAN}$$", r"$$\frac{\partial\hat x_i}{\partial x_j}=-\frac{1}{\sqrt{\sigma^2+\epsilon}}$$",
    ),
    "statistics that are constants in inference and not here": (
        "In inference the statistics are constants. In training they are not. Let $g_i = \\frac{\\partial L}{\\partial y_i}$.\n\n",
        r"$$\frac{\partial L}{\partial x_i}=" + FINAL % (("g",) * 3) + "$$",
        r"$$\frac{\partial L}{\partial x_i}=\frac{\gamma}{\sqrt{\sigma^2+\epsilon}}\frac{\partial L}{\partial y_i}$$",
    ),
    "a mean with a sign of its own": (
        LAYER, r"$$\mathbb{E}[y] = \frac1n\sum_i(\gamma \hat x_i + \beta)$$", r"$$\mathbb{E}[y] = \frac1n\sum_i \gamma x_i + \beta$$",
    ),
    "a variance with a sign of its own": (
        LAYER, r"$$\operatorname{Var}(x) = \frac1n\sum_i x_i^2-\mu^2$$", r"$$\operatorname{Var}(x) = \frac1n\sum_i x_i^2-\mu$$",
    ),
    "a mean of the inputs where that of the gradients belongs": (
        LAYER + r"$$\operatorname{mean}(x) = \frac1n\sum_i x_i$$",
        r"$$\frac{\partial\sigma^2}{\partial x_i} = \frac2n(x_i - \operatorname{mean}(x))$$", r"$$\frac{\partial L}{\partial \beta} = \operatorname{mean}(x)$$",
    ),
    "what a factor is, below a brace": (
        LAYER,
        r"$$\frac{\partial L}{\partial\gamma}=\sum_i\frac{\partial L}{\partial y_i}\underbrace{\frac{\partial y_i}{\partial\gamma}}_{=\hat x_i}$$",
        r"$$\hat x_i=\underbrace{\frac{\partial y_i}{\partial\gamma}}_{=x_i}$$",
    ),
    "a letter that is written for a derivative": (
        LAYER + r"We write $g_\gamma$ for $\frac{\partial L}{\partial\gamma}$. Then" "\n\n",
        r"$$g_\gamma = \sum_i\frac{\partial L}{\partial y_i}\hat x_i$$", r"$$g_\gamma = \sum_i\frac{\partial L}{\partial y_i}x_i$$",
    ),
    "a derivative that is denoted by a letter": (
        LAYER + r"Denote $\frac{\partial L}{\partial\beta}$ by $b$. Then" "\n\n",
        r"$$b = \sum_i\frac{\partial L}{\partial y_i}$$", r"$$b = \sum_i\frac{\partial L}{\partial \hat x_i}$$",
    ),
    "a letter for the incoming gradient": (
        LAYER + r"Write $g_i$ for the incoming gradient." "\n\n",
        r"$$\frac{\partial L}{\partial\gamma} = \sum_i g_i\hat x_i$$", r"$$\frac{\partial L}{\partial\gamma} = \sum_i g_i x_i$$",
    ),
    "a second equation for a letter, which is said to follow": (
        LAYER + r"Let $a = \sum_i \frac{\partial L}{\partial y_i} \hat x_i$. Inserting $\hat x_i$ gives" "\n\n",
        r"$$a = \frac{1}{\sqrt{\sigma^2+\epsilon}}\sum_i \frac{\partial L}{\partial y_i} (x_i-\mu)$$",
        r"$$a = \frac{1}{\sigma^2+\epsilon}\sum_i \frac{\partial L}{\partial y_i} (x_i-\mu)$$",
    ),
    "names of code in italics": (
        r"$mean=\frac1N\sum_i x_i$, $sq_i=(x_i-mean)^2$, $var=\frac1N\sum_i sq_i$, $std=\sqrt{var+eps}$, $xhat_i=\frac{x_i-mean}{std}$."
        "\n\n",
        r"$$\frac{\partial xhat_i}{\partial mean} = -\frac{1}{std}$$", r"$$\frac{\partial xhat_i}{\partial mean} = \frac{1}{std}$$",
    ),
    "a gradient with the statistics held": (
        LAYER,
        r"$$\left.\frac{\partial L}{\partial x_i}\right|_{\mu,\sigma^2} = \frac{1}{\sqrt{\sigma^2+\epsilon}}\frac{\partial L}{\partial\hat x_i}$$",
        r"$$\frac{\partial L}{\partial x_i} = \left.\frac{\partial L}{\partial x_i}\right|_{\mu,\sigma^2}$$",
    ),
    "the derivative of a column": (
        r"$$\mu = \frac1n\mathbf 1^T x$$ $$c = x - \mu\mathbf 1$$",
        r"$$\frac{\partial c}{\partial x} = I - \frac1n\mathbf 1\mathbf 1^T$$", r"$$\frac{\partial c}{\partial x} = I + \frac1n\mathbf 1\mathbf 1^T$$",
    ),
    "a number of a sample": (
        "For the first example, ",
        r"$$p^{(1)}_k = \frac{e^{z^{(1)}_k}}{\sum_j e^{z^{(1)}_j}}$$ $$\sum_k p^{(1)}_k = 1$$",
        r"$$p^{(1)}_k = \frac{e^{z^{(1)}_k}}{\sum_j e^{z^{(1)}_j}}$$ $$\sum_k p^{(1)}_k = 2$$",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "right", "wrong"), LAST_LINES.values(), ids=LAST_LINES)
def test_the_last_line_is_judged_by_what_the_note_said_before(text: str, right: str, wrong: str) -> None:
    assert [
        (step.side, step.why or step.finding) for step in judge(text + right).steps if step.standing != "holds"
    ] == []
    assert is_wrong(judge(text + wrong).steps[-1])


@pytest.mark.parametrize(
    "words", ["Denote the negative mean of $g_i$ by $a$.", "We write twice the mean of $g_i$ as $a$.", "Call the weighted mean of $g_i$ over the batch $a$."]
)  # fmt: skip
def test_a_mean_that_is_more_than_a_mean_is_not_read(words: str) -> None:
    text = (
        LAYER
        + r"Let $g_i = \frac{\partial L}{\partial y_i}$. "
        + words
        + r" $$\frac{\partial L}{\partial\beta} = n a$$"
    )
    assert judge(text).steps[-1].standing != "holds"


def test_a_count_that_the_text_gives_another_meaning_is_not_that_of_the_samples() -> None:
    text = r"$\mu=\frac1N\sum_{i=1}^N x_i$. There are $d$ features. $$\frac{\partial \mu}{\partial x_i} = \frac1d$$"
    assert judge(text).steps[-1].standing == "undecided"


def test_the_labels_of_braces_are_claims_where_they_are_worked_out() -> None:
    text = (
        LAYER
        + r"$$\frac{\partial L}{\partial x_i} = \frac{\partial L}{\partial \hat x_i}\underbrace{\frac{\partial\hat x_i}{\partial x_i}}_{\frac{1}{\sqrt{\sigma^2+\epsilon}}}"
        r" + \frac{\partial L}{\partial \sigma^2}\underbrace{\frac{\partial \sigma^2}{\partial x_i}}_{\frac{x_i-\mu}{n}}"
        r" + \underbrace{\frac{\partial L}{\partial \mu}}_{\text{seen}}\underbrace{\frac{\partial \mu}{\partial x_i}}_{1/n}$$"
    )
    steps = judge(text).steps[4:]
    assert sorted((step.side, step.standing) for step in steps[1:]) == [
        (r"1/n", "holds"),
        (r"\frac{1}{\sqrt{\sigma^2+\epsilon}}", "holds"),
        (r"\frac{x_i-\mu}{n}", "introduced"),
    ]


LABELLED = r"$$\frac{\partial L}{\partial\gamma} = \sum_i \frac{\partial L}{\partial y_i} \underbrace{\frac{\partial y_i}{\partial\gamma}}_{%s}$$"


@pytest.mark.parametrize("label", [r"=: g_i", "= g_i", "N \\times D", "(1)", "A", "g_i", r"\text{as } \frac{1}{n}"])
def test_a_label_that_is_a_name_claims_nothing(label: str) -> None:
    text = (
        LAYER
        + rf"$$\frac{{\partial L}}{{\partial\beta}} = \sum_i \underbrace{{\frac{{\partial L}}{{\partial y_i}}}}_{{{label}}}$$"
    )
    assert [step.standing for step in judge(text).steps] == ["holds"] * 5


@pytest.mark.parametrize(
    ("label", "standing"),
    [
        (r"= \hat x_i", "holds"),
        (r"= \hat x_i \text{ by definition}", "holds"),
        (r"\text{(3)} = \hat x_i", "holds"),
        (r"= x_i \text{ by definition}", "introduced"),
        (r"\text{(3)} = x_i", "introduced"),
        (r"= \hat x_i q", "introduced"),
    ],
)
def test_an_equation_below_a_brace_is_judged(label: str, standing: str) -> None:
    assert [step.standing for step in judge(LAYER + LABELLED % label).steps[4:]] == ["holds", standing]


@pytest.mark.parametrize("label", [r"= \unknown", r"x_i = \hat x_i", "= )", "="])
def test_an_equation_below_a_brace_that_cannot_be_read_is_told(label: str) -> None:
    assert "unreadable" in [step.kind for step in judge(LAYER + LABELLED % label).steps[4:]]


def test_a_sentence_on_inference_in_a_note_on_training_is_left_open() -> None:
    own = r"\frac{\partial L}{\partial x_i}=\frac{\gamma}{\sqrt{\sigma^2+\epsilon}}\frac{\partial L}{\partial y_i}"
    said = rf"At inference $\mu$ and $\sigma^2$ are constants, and the gradient is $%s{own}$."
    assert judge(LAYER + said % "").steps[-1].standing == "undecided"
    assert is_wrong(judge(LAYER + said.replace("At inference", "Here") % "").steps[-1])
    assert is_wrong(judge(LAYER + (said % "").replace(r"y_i}$", r"y_i}\hat x_i$")).steps[-1])


EXAMPLES = [
    "For $x=(1,2,3)$ we have $%s$.",
    "Example with three samples: $%s$.",
    "With $x_1=1$, $x_2=2$, $x_3=3$ it is $%s$.",
]


@pytest.mark.parametrize("words", EXAMPLES)
@pytest.mark.parametrize("line", [r"\mu=2", r"\sigma^2=\frac23", r"\mu=\frac13(x_1+x_2+x_3)"])
def test_what_is_said_of_an_example_in_numbers_is_left_open(words: str, line: str) -> None:
    assert judge(LAYER + words % line).steps[-1].standing == "undecided"


def test_a_training_example_is_no_example_in_numbers() -> None:
    assert is_wrong(judge(LAYER + r"For each training example $\mu=2$.").steps[-1])
    assert is_wrong(judge(LAYER + r"For $x=(1,2,3)$ we have $\frac{\partial\mu}{\partial x_i}=\frac2n$.").steps[-1])


def test_behind_a_skip_connection_gradients_by_the_input_are_left_open() -> None:
    final = r"$$\frac{\partial L}{\partial x_i} = " + FINAL % (("g",) * 3) + "$$"
    text = LAYER + r"Let $g_i = \frac{\partial L}{\partial y_i}$. %s " + final
    assert judge(text % r"Then $z_i = x_i + y_i$.").steps[-1].standing == "undecided"
    assert judge(text % r"Then $z_i = y_i - t_i$.").steps[-1].standing == "holds"
    gain = r"$$\frac{\partial L}{\partial\gamma} = \sum_i g_i %s$$"
    assert judge(text % r"Then $z_i = x_i + y_i$." + gain % r"\hat x_i").steps[-1].standing == "holds"
    assert is_wrong(judge(text % r"Then $z_i = x_i + y_i$." + gain % "x_i").steps[-1])


STARRED = r"$$y = \frac{x - \mathrm{E}[x]}{\sqrt{\mathrm{Var}(x) + \epsilon}} * w + b$$ $$\frac{\partial L}{\partial w} = \frac{\partial L}{\partial y} * \frac{x - \mathrm{E}[x]}{\sqrt{\mathrm{Var}(x) + \epsilon}}$$"


@pytest.mark.parametrize(
    ("words", "standing"),
    [
        ("Layer norm.", "holds"),
        ("", "introduced"),
        ("Batch norm.", "introduced"),
        ("Unlike layer norm, batch norm.", "introduced"),
    ],
)
def test_a_star_before_a_gain_is_of_vectors_where_the_words_speak_of_features(words: str, standing: str) -> None:
    assert [step.standing for step in judge(f"{words} {STARRED}").steps] == ["holds", standing]


@pytest.mark.parametrize(
    ("line", "standing"),
    [
        (r"\nabla_{x_i} = \frac{1}{\sqrt{\sigma^2+\epsilon}} \nabla_{\hat x_i} + \frac{2(x_i-\mu)}{n} \nabla_{\sigma^2} + \frac1n \nabla_\mu", "holds"),
        (r"\nabla_{\beta} = \sum_i \nabla_{y_i}", "holds"),
        (r"\nabla_{\beta} = \nabla_{y_i}", "introduced"),
        (r"\nabla_{\gamma} = \sum_i \hat x_i \cdot \nabla_{y_i}", "holds"),
        (r"\nabla_{\gamma} = \sum_i x_i \odot \nabla_{y_i}", "introduced"),
        (r"\nabla_{\gamma} L = \sum_i \hat x_i \nabla_{y_i} L", "holds"),
    ],
)  # fmt: skip
def test_a_nabla_that_acts_on_nothing_is_the_gradient_of_the_loss(line: str, standing: str) -> None:
    assert judge(f"{LAYER}$${line}$$").steps[-1].standing == standing


def test_a_row_with_a_head_of_its_own_reads_on_to_its_end() -> None:
    text = (
        LAYER
        + r"""
\begin{align}
\frac{\partial\hat{x}_i}{\partial\sigma^2}&=-\frac{\hat{x}_i}{2(\sigma^2+\epsilon)} & \frac{\partial\sigma^2}{\partial x_i}&=\frac2n(x_i-\mu)\\
\frac{\partial L}{\partial\beta}&=\sum_i\frac{\partial L}{\partial y_i} & &=\sum_j\frac{\partial L}{\partial y_j}
\end{align}
\begin{align}
\frac{\partial L}{\partial\beta}&=\sum_i\frac{\partial L}{\partial y_i} & \frac{\partial L}{\partial\gamma}&=\sum_i\frac{\partial L}{\partial y_i}\hat x_i\\
&=\sum_j\frac{\partial L}{\partial y_j} & &=\sum_j\frac{\partial L}{\partial y_j}\hat x_j
\end{align}
"""
    )
    assert {step.standing for step in judge(text).steps} == {"holds"}


@pytest.mark.parametrize(
    "call", [r"\paren{x_i-\mu}^2", r"\paren*{x_i-\mu}^2", r"\paren[\big]{x_i-\mu}^2", r"\qty(x_i-\mu)^2"]
)
def test_brackets_that_the_note_declares_are_brackets(call: str) -> None:
    declared = r"$\DeclarePairedDelimiter{\paren}{(}{)}$" + "\n\n"
    text = (
        declared + r"$$\mu = \frac1n\sum_i x_i,\quad \sigma^2 = \frac1n\sum_i(x_i-\mu)^2 = \frac1n\sum_i" + f"{call}$$"
    )
    assert [step.standing for step in judge(text).steps] == ["holds"] * 3
    wrong = text.replace(r"x_i-\mu}^2$$", r"x_i+\mu}^2$$").replace(r"x_i-\mu)^2$$", r"x_i+\mu)^2$$")
    assert [step.standing for step in judge(wrong).steps] == ["holds", "holds", "introduced"]


IN_V = r"$$\mu = \frac1n \sum_i x_i, \quad v = \frac1n \sum_i (x_i-\mu)^2, \quad \hat{x}_i = \frac{x_i-\mu}{\sqrt{v+\epsilon}}, \quad y_i = \gamma \hat{x}_i + \beta$$"
OF_ITSELF = {
    "the mean as a bar, and the mean of x-hat": (
        r"$$\bar{x} = \frac1n \sum_i x_i, \quad v = \frac1n \sum_i (x_i-\bar{x})^2, \quad \hat{x}_i = \frac{x_i-\bar{x}}{\sqrt{v+\epsilon}}, \quad y_i = \gamma \hat{x}_i + \beta$$"
        r"By construction $\bar{\hat{x}} = 0$, and the outputs average to $\frac1n\sum_i y_i = \beta$, which we may call $\bar{y}$."
    ),
    "an output behind a gradient step": (
        IN_V
        + r"Here $\tilde{y}$ is the gradient step's result, the new output after one update of $\gamma$: $$\tilde{y}_i = (\gamma - \eta\frac{\partial L}{\partial\gamma})\hat{x}_i + \beta$$"
    ),
    "a bias of the next layer": (
        r"$$\mu = \frac1n \sum_i x_i, \quad v = \frac1n\sum_i (x_i-\mu)^2, \quad \hat{x}_i = \frac{x_i-\mu}{\sqrt{v+\epsilon}}, \quad y_i = \gamma \hat{x}_i$$"
        r"The next layer adds a bias, $z_i = y_i + b$. $$\frac{\partial L}{\partial \gamma} = \sum_i \frac{\partial L}{\partial y_i}\hat{x}_i$$"
    ),
    "a scaled x-hat and the input": IN_V + r"$$a_i = \gamma\hat{x}_i, \quad b_i = a_i + x_i$$",
    "a column that goes on": (
        IN_V
        + r"""
\begin{align}
\frac{\partial L}{\partial \beta} &= \sum_i \frac{\partial L}{\partial y_i} & \frac{\partial L}{\partial \hat{x}_i} &= \frac{\partial L}{\partial y_i}\frac{\partial y_i}{\partial \hat{x}_i} \\
\frac{\partial L}{\partial \gamma} &= \sum_i \frac{\partial L}{\partial y_i}\hat{x}_i & &= \gamma \frac{\partial L}{\partial y_i}
\end{align}"""
    ),
    "a dot product beside a length": (
        r"$$r = \sqrt{\frac1n\sum_i x_i^2}, \quad \hat{\mathbf{x}} = \frac{\mathbf{x}}{r}, \quad \mathbf{y} = \gamma\hat{\mathbf{x}}$$"
        r"$$\frac{\partial L}{\partial \gamma} = \frac{\sqrt{n}}{\|\mathbf{x}\|} \frac{\partial L}{\partial \mathbf{y}} \cdot \mathbf{x}$$"
    ),
    "targets that are made of other letters": (
        r"$$p_i = \frac{e^{z_i}}{\sum_{j=1}^K e^{z_j}}$$ The targets add up to one, $$t_k = c_k^2, \quad L = -\sum_{k=1}^K t_k \log p_k$$"
        r"$$\frac{\partial L}{\partial z_i} = p_i - t_i$$"
    ),
}


@pytest.mark.parametrize("text", OF_ITSELF.values(), ids=OF_ITSELF)
def test_nothing_of_a_right_note_is_called_wrong(text: str) -> None:
    assert [(step.side, step.finding) for step in judge(text).steps if step.standing != "holds"] == []


FALSE_LINES = {
    "samples by number": IN_V.replace("_i", "").replace(r"\sum x", r"\sum_i x_i").replace(r"\sum (x", r"\sum_i (x_i")
    + r"$$\frac{\partial L}{\partial \hat{x}_1} = \gamma^2 \frac{\partial L}{\partial y_1}$$ $$\frac{\partial L}{\partial \hat{x}_2} = \gamma^2 \frac{\partial L}{\partial y_2}$$",
    "numbers that no line adds up": IN_V
    + r"$$\frac{\partial L}{\partial x_{i1}} = 5\frac{\partial L}{\partial \hat{x}_i}$$ $$\frac{\partial L}{\partial x_{i2}} = 7\frac{\partial L}{\partial \hat{x}_i}$$",
    "what normalised targets are made of": r"$$p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}$$ $$t_k = \frac{s_k}{\sum_j s_j}, \quad L = -\sum_k t_k \log p_k$$ The targets $t$ add up to one. $$\frac{\partial L}{\partial z_i} = p_i - s_i$$",
    "a vector that is not one-hot": r"$$p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}$$ $$L = -\log p_c$$ With $q$ any distribution, not necessarily one-hot, $$\frac{\partial L}{\partial z_i} = p_i - q_i$$",
    "where the derivative is taken": IN_V
    + r"$$\left.\frac{\partial \hat{x}_i}{\partial x_i}\right|_x = \frac{1}{\sqrt{v+\epsilon}}$$",
    "a length in a note on the root mean square": r"RMSNorm: the root mean square is $r = \sqrt{\frac1n\sum_i x_i^2}$, so that $$\hat{x} = \frac{x}{\|x\|}$$",
    "a length beside a mean and a variance": IN_V.replace(
        r"\frac{x_i-\mu}{\sqrt{v+\epsilon}}", r"\frac{x_i}{\sqrt{\sum_j x_j^2}}"
    ),
}


@pytest.mark.parametrize("text", FALSE_LINES.values(), ids=FALSE_LINES)
def test_a_false_line_is_not_called_right(text: str) -> None:
    assert any(step.standing != "holds" for step in judge(text).steps)
