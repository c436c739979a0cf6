"""Formulas in plain letters: as written, with brackets where a reader needs them and nowhere else."""

from __future__ import annotations

import time
from pathlib import Path
from unicodedata import normalize

import pytest

from bnverify.read.chains import read
from bnverify.read.plain import equations, plain
from bnverify.read.syntax import Unreadable, inside
from bnverify.source import Note
from tests.conftest import DERIVATIONS

FORMULAS = [
    # letters
    (r"\hat{x}_i", "x̂_i"),
    (r"\mu_{\mathcal{B}} + \sigma_B^2", "μ_B + σ_B²"),
    (r"\hat{x}_{ij} - x_{i,12} + x^{(k)}", "x̂_ij − x_(i,12) + x^(k)"),
    (r"\bar{x} \tilde{y}' \dot{z}", "x̄ ỹ' ż"),
    (r"\mathcal{L} + \text{dout}", "ℒ + dout"),
    # sums and products
    (r"\mu = \frac{1}{n}\sum_j x_j", "μ = (1/n) Σ_j x_j"),
    (r"\sigma^2 = \frac{1}{n}\sum_{j=1}^{n} (x_j - \mu)^2", "σ² = (1/n) Σ_(j=1..n) (x_j − μ)²"),
    (r"\sum_{j \neq i} x_j + \sum_{k=1} x_k + \sum_i^N x_i", "Σ_(j≠i) x_j + Σ_(k=1) x_k + Σ_i^N x_i"),
    (r"\left(\sum_j x_j\right)^2", "(Σ_j x_j)²"),
    (r"{\sum_j x_j} \mu", "(Σ_j x_j) μ"),
    (r"\sum_i \sum_j a_{ij}", "Σ_i Σ_j a_ij"),
    (r"\sum_j - x_j", "Σ_j (−x_j)"),
    (r"2 \cdot 3 \cdot x", "2 · 3 x"),
    (r"a \cdot -b", "a · (−b)"),
    (r"-a + b - {c + d}", "−a + b − (c + d)"),
    # quotients
    (r"\frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}", "(x_i − μ)/√(σ² + ε)"),
    (r"\frac{\gamma}{n \sqrt{v}} (a - b)", "(γ/(n √v)) (a − b)"),
    (r"\frac{2 (x_i - \mu)}{n}", "2 (x_i − μ)/n"),
    (r"\frac{\frac{a}{b}}{c}", "(a/b)/c"),
    (r"a / b", "a/b"),
    (r"-\frac{1}{2} + \frac{n-1}{n}", "−1/2 + (n − 1)/n"),
    # powers and roots
    (r"(v+\epsilon)^{-3/2}", "(v + ε)^(−3/2)"),
    (r"s^{-3} \hat{x}_i^2 x^n", "s⁻³ x̂_i² x^n"),
    (r"{\frac{1}{s}}^3", "(1/s)³"),
    (r"\sqrt{\sigma^2} + \sqrt[3]{v} \sqrt{v} x", "√(σ²) + ³√v · √v · x"),
    (r"\sqrt{v}^2", "(√v)²"),
    # derivatives
    (r"\frac{\partial L}{\partial \sigma^2} \frac{\partial \sigma^2}{\partial x_i}", "∂L/∂σ² · ∂σ²/∂x_i"),
    (r"\frac{d \mu}{d x_i} = \frac{1}{n}", "dμ/dx_i = 1/n"),
    (r"\frac{\partial (x_i - \mu)}{\partial x_j}", "∂(x_i − μ)/∂x_j"),
    (r"\frac{\partial}{\partial \mu} (x_i - \mu)^2", "∂/∂μ (x_i − μ)²"),
    (r"\frac{\hat{x}_i}{\partial \mu}", "x̂_i/∂μ"),
    (r"\left. \frac{\partial \hat{x}_i}{\partial x_i} \right|_{\mu, \sigma^2} a", "∂x̂_i/∂x_i|_(μ, σ²) · a"),
    (r"\frac{\partial y}{\partial x}_{\text{direct}}", "∂y/∂x|_direct"),
    # the rest
    (r"\begin{cases} \frac{1}{s} & i = j \\ 0 & i \neq j \end{cases}", "{ 1/s if i = j; 0 if i ≠ j }"),
    (r"\begin{cases} 1 & i = k \\ 0 & \text{otherwise} \end{cases}", "{ 1 if i = k; 0 otherwise }"),
    (r"f'(y_i) + [a - b] \{c\}", "f'(y_i) + [a − b] {c}"),
    (r"i \neq j", "i ≠ j"),
    (r"x \leq 2", "x ≤ 2"),
    (r"\frac{\partial \mu}{\partial x_i} = \frac{1}{n} \quad i = j.", "∂μ/∂x_i = 1/n, i = j"),
    (r"\frac{\partial L}{\partial \gamma} =", "∂L/∂γ ="),
    # what cannot be read
    ("x = (0, 2)", "x = (0, 2)"),
    (r"\frac{1}{n", r"\frac{1}{n"),
    (r"a = b \text{ because of } c", r"a = b \text{ because of } c"),
]


@pytest.mark.parametrize(("latex", "text"), FORMULAS)
def test_a_formula_in_plain_letters(latex: str, text: str) -> None:
    (parts,) = equations(latex)
    assert normalize("NFC", " ".join(parts)) == normalize("NFC", text)


def test_the_sides_of_an_equation_and_the_equations_of_a_formula_are_parted() -> None:
    assert equations(r"a = b = c, \quad d = e") == [["a", "= b", "= c"], ["d", "= e"]]
    assert equations(r"\begin{aligned} a &= b \\ &= c \end{aligned}") == [["a", "= b", "= c"]]


@pytest.mark.parametrize("path", DERIVATIONS, ids=lambda path: path.stem)
def test_every_side_of_the_derivations_has_plain_letters(path: Path) -> None:
    script = read(Note("note.md", path.read_text(encoding="utf-8")))
    sides = [expr for chain in script.chains for expr in (chain.head, *(step.side for step in chain.steps))]
    readable = [expr for expr in sides if not any(isinstance(node, Unreadable) for node in inside(expr))]
    assert len(readable) > 10
    for expr in readable:
        text = plain(expr)
        assert "\\" not in text
        assert text.count("(") == text.count(")")


def test_a_deep_formula_takes_no_longer_than_its_length() -> None:
    before = time.perf_counter()
    equations(r"2 (x + \frac{1}{" * 30 + "x" + "})" * 30)
    assert time.perf_counter() - before < 1
