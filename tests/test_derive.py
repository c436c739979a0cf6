"""The page that derives the gradient: it fits, and its numbers are right."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt
from unicodedata import combining

import pytest

from bnverify.derivation.derivation import asked
from bnverify.derivation.page import derive_page
from bnverify.derivation.sizes import TooLarge, Undefined, WrongLength, sized
from bnverify.derivation.styles import derive
from bnverify.model.conventions import Convention, Variance
from bnverify.model.standard import STANDARD

SIZES = [(n, variance) for n in range(1, 7) for variance in Variance if n > 1 or variance is Variance.BIASED]


Row = tuple[Fraction, ...]


def page_of(n: int, convention: Convention, x: Row | None = None, g: Row | None = None) -> str:
    wanted = asked(STANDARD["batch"], convention)
    return derive_page(derive(wanted), sized(wanted, n, x, g))


def fractions(*numbers: int) -> Row:
    return tuple(map(Fraction, numbers))


BATCHES = [
    (fractions(1, 2, 3, 6), fractions(1, 0, 2, 1)),
    (fractions(0, 5, -2), fractions(3, -1, 4)),
]


@pytest.mark.parametrize(("n", "variance"), [*SIZES, (9, Variance.BIASED), (16, Variance.UNBIASED)])
def test_the_page_fits_a_terminal(n: int, variance: Variance) -> None:
    lines = page_of(n, Convention(variance)).splitlines()
    assert len(lines) <= 60
    assert max(sum(not combining(c) for c in line) for line in lines) <= 100
    assert not any("\x1b" in line for line in lines)


@pytest.mark.parametrize("variance", list(Variance))
@pytest.mark.parametrize(
    ("x", "g"), [(fractions(1, 2, 3, 6), fractions(1, 0, 2, 1)), (fractions(0, 5, -2), fractions(3, -1, 4))]
)
def test_the_numbers_are_those_of_an_independent_computation(
    variance: Variance, x: tuple[Fraction, ...], g: tuple[Fraction, ...]
) -> None:
    """Forward-mode: the dual parts of mu, v, s and y for each nudged sample, by hand."""
    n = len(x)
    count = n if variance is Variance.BIASED else n - 1
    mu = sum(x, Fraction(0)) / n
    v = sum(((a - mu) ** 2 for a in x), Fraction(0)) / count
    s = Fraction(isqrt(int(v)) + 1)
    slopes = []
    for k in range(n):
        d_mu = Fraction(1, n)
        d_x = [Fraction(i == k) for i in range(n)]
        d_v = sum((2 * (a - mu) * (d - d_mu) for a, d in zip(x, d_x, strict=True)), Fraction(0)) / count
        d_s = d_v / (2 * s)
        slopes.append([2 * ((d - d_mu) / s - (a - mu) * d_s / s**2) for a, d in zip(x, d_x, strict=True)])
    gradient = [sum(a * b for a, b in zip(g, row, strict=True)) for row in slopes]
    page = page_of(n, Convention(variance), x, g).replace("−", "-")
    rows = [
        line.split()
        for line in page.splitlines()
        if line.startswith("  ") and line.split()[0].isdigit() and len(line.split()) == 7
    ]
    assert len(rows) == n
    for i, row in enumerate(rows):
        xhat = (x[i] - mu) / s
        assert row[1:] == [str(one) for one in (x[i], xhat, 2 * xhat + 1, g[i], 2 * g[i], gradient[i])]
    assert f"μ = {mu}    v = {v}    s = {s}    ε = {s**2 - v}" in page
    assert f"∂L/∂v = {-sum(a * (b - mu) for a, b in zip(g, x, strict=True)) / s**3}" in page
    assert f"∂L/∂μ = {-2 * sum(g) / s}" in page
    assert "check: Σᵢ ∂L/∂xᵢ = 0" in page
    if n <= 4:
        first = page.split("in the batch below")[1].splitlines()[0].split()
        assert first == [str(slopes[j][0]) for j in range(n)]


def test_every_witness_agrees_with_the_closed_form() -> None:
    for n, variance in SIZES:
        page = page_of(n, Convention(variance))
        assert "exact" in page
        assert "every n: equal as rational functions" in page
        assert "relative error" in page
        assert "NOT" not in page


def test_a_constant_batch_is_fine_because_eps_is_positive() -> None:
    page = page_of(3, Convention(), fractions(5, 5, 5))
    assert "v = 0    s = 1    ε = 1" in page


def test_sixty_four_samples_are_shortened() -> None:
    page = page_of(64, Convention())
    assert "⋮" in page
    assert "g₆₄" in page
    assert len(page.splitlines()) <= 60


def test_what_cannot_be_derived_is_refused_with_a_sentence() -> None:
    with pytest.raises(TooLarge, match="more than 256"):
        page_of(257, Convention())
    with pytest.raises(Undefined, match="has no mean"):
        page_of(0, Convention())
    with pytest.raises(Undefined, match="0 for one sample"):
        page_of(1, Convention(Variance.UNBIASED))
    with pytest.raises(WrongLength, match="x has 2 numbers, and n is 3"):
        page_of(3, Convention(), fractions(1, 2))


def test_a_fraction_too_long_to_print_is_said_to_be_rounded() -> None:
    assert "≈" not in page_of(4, Convention())
    page = page_of(4, Convention(), (Fraction(1, 7), Fraction(10**6), Fraction(3), Fraction(5)))
    assert "≈ where a fraction is too long" in page
    assert "= ≈" not in page
    assert max(sum(not combining(c) for c in line) for line in page.splitlines()) <= 100
