"""Right lines in other words: deviations written out, braces under sums, italic names, cancelled terms."""

from __future__ import annotations

import pytest

from tests.conftest import judge, standings

MEAN = r"$\mu = \frac{1}{N}\sum_i x_i$, "
LAYER = (
    MEAN + r"$\sigma^2 = \frac{1}{N}\sum_i (x_i-\mu)^2$, "
    r"$\hat{x}_i = \frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}}$, $y_i = \gamma\hat{x}_i+\beta$." + "\n\n"
)
HOLDS, WRONG = "holds", "introduced"


def final(count: str) -> str:
    by_y = r"\frac{\partial L}{\partial y_"
    return (
        rf"$$\frac{{\partial L}}{{\partial x_i}} = \frac{{\gamma}}{{\sigma}}\left({by_y}i}}-\frac1N\sum_j{by_y}j}}"
        rf"-\frac{{\hat{{x}}_i}}{{{count}}}\sum_j{by_y}j}}\hat{{x}}_j\right)$$"
    )


@pytest.mark.parametrize(("count", "other", "variance"), [("N-1", "N", "1/(n-1)"), ("N", "N-1", "1/n")])
def test_a_deviation_that_is_written_out_declares_its_variance(count: str, other: str, variance: str) -> None:
    layer = (
        MEAN
        + rf"$\sigma = \sqrt{{\frac{{1}}{{{count}}}\sum_i (x_i-\mu)^2}}$, $\hat{{x}}_i = \frac{{x_i-\mu}}{{\sigma}}$, "
        r"$y_i = \gamma\hat{x}_i+\beta$." + "\n\n"
    )
    assert standings(layer + final(count)) == [HOLDS] * 5
    assert standings(layer + final(other)) == [HOLDS] * 4 + [WRONG]
    assert variance in judge(layer).convention[0].words


BRACED = r"\underbrace{\sum_i\frac{\partial L}{\partial y_i}}_{\text{upstream}}"


@pytest.mark.parametrize(
    ("line", "standing"),
    [
        (
            rf"\frac{{\partial L}}{{\partial\gamma}} = {BRACED}\cdot\underbrace{{\frac{{\partial y_i}}{{\partial\gamma}}}}_a",
            HOLDS,
        ),
        (rf"\frac{{\partial L}}{{\partial\gamma}} = {BRACED}\cdot\underbrace{{x_i}}_a", WRONG),
        (r"\frac{\partial L}{\partial\gamma} = \left(\sum_i\frac{\partial L}{\partial y_i}\right)\hat{x}_i", WRONG),
        (rf"\hat{{x}}_i\frac{{\partial L}}{{\partial\beta}} = {BRACED}\hat{{x}}_i", HOLDS),
    ],
)
def test_a_sum_over_a_brace_reaches_where_its_index_is_needed(line: str, standing: str) -> None:
    assert standings(f"{LAYER}$${line}$$")[4:] == [standing]


@pytest.mark.parametrize(("value", "standing"), [("1", HOLDS), ("2", WRONG), ("0", WRONG)])
def test_what_an_arrow_leads_to_is_what_stands_before_it_is_said_to_be(value: str, standing: str) -> None:
    part = rf"\cancelto{{{value}}}{{\frac{{\partial y_i}}{{\partial \beta}}}}"
    whole = rf"\frac{{\partial L}}{{\partial \beta}} = \sum_i \frac{{\partial L}}{{\partial y_i}} {part}"
    assert standings(f"{LAYER}$${part}$$")[4:] == [standing]
    assert standings(f"{LAYER}$${whole}$$")[4:] == [HOLDS, standing]


def test_italic_names_of_several_letters_are_names_where_the_note_defines_them() -> None:
    names = r"Let $ivar = 1/\sqrt{\sigma^2+\epsilon}$ and $xmu_i = x_i-\mu$. "
    assert standings(LAYER + names + r"$$\hat{x}_i = xmu_i \cdot ivar$$")[4:] == [HOLDS] * 3
    assert standings(LAYER + names + r"$$\hat{x}_i = xmu_i \cdot ivar^2$$")[4:] == [HOLDS, HOLDS, WRONG]
    assert standings(LAYER + r"$$dgamma = \sum_i\frac{\partial L}{\partial y_i}x_i$$")[4:] == [WRONG]


@pytest.mark.parametrize("head", [r"\text{dxmu}_i", "dxmu_i", r"\mathrm{dxmu}_i"])
def test_the_adjoint_of_a_named_helper_is_no_helper(head: str) -> None:
    text = rf"$$\text{{xmu}}_i = x_i-\mu$$ $${head} = 7\frac{{\partial L}}{{\partial y_i}}$$"
    assert standings(LAYER + text)[5:] != [HOLDS]


def test_a_variance_that_is_kept_for_inference_is_no_second_definition() -> None:
    kept = r"For inference we store $\sigma_{\text{run}}^2 = \frac{1}{N-1}\sum_i(x_i-\mu)^2$."
    assert standings(LAYER + kept) == [HOLDS] * 5


@pytest.mark.parametrize(
    ("cancelled", "claims"), [(r"\cancelto{0}{%s}", 2), (r"\cancelto{}{%s}", 1), (r"\cancel{%s}", 1)]
)
@pytest.mark.parametrize(("term", "standing"), [(r"\sum_i(x_i-\mu)", HOLDS), (r"\sum_i x_i", WRONG)])
def test_cancelled_terms_are_read(cancelled: str, claims: int, term: str, standing: str) -> None:
    line = (
        r"\frac{\partial L}{\partial\mu} = -\frac{1}{\sqrt{\sigma^2+\epsilon}}\sum_i\frac{\partial L}{\partial\hat{x}_i} + "
        + cancelled % (r"\frac{\partial L}{\partial\sigma^2}\frac{-2}{N}" + term)
    )
    assert standings(f"{LAYER}$${line}$$")[4:] == [standing] * claims
