"""A lone letter on the right gets a meaning where the note says so or uses it; else nobody knows what it is."""

from __future__ import annotations

import pytest

from tests.conftest import judge
from tests.test_dollars import FORMULAS

DEFINITIONS = "".join(f"$${one}$$\n\n" for one in FORMULAS[:4])
SUM = r"\sum_{j=1}^{n} \frac{\partial L}{\partial x_j}"
ROOT = r"\frac{1}{\sqrt{\sigma^2 + \epsilon}}"
CLAIMS = {
    "O for 0": (f"$${SUM} = O$$", "misread-symbol"),
    "o for 0": (f"$${SUM} = o$$", "misread-symbol"),
    "a letter that is used nowhere": (f"$${SUM} = c$$", "undefined-symbol"),
    "a look-alike that is used again": (
        f"$${SUM} = Z$$\n\n$$\\frac{{\\partial \\sigma^2}}{{\\partial x_i}} = \\frac{{Z}}{{n}} (x_i - \\mu)$$",
        "undefined-symbol",
    ),
}
MEANT = {
    "let": f"Let ${ROOT} = t$.",
    "in the formula": f"$$\\text{{Let }} {ROOT} = t$$",
    "in brackets": f"$$y_i = \\gamma \\hat{{x}}_i + \\beta \\quad (\\text{{Let }} {ROOT} = t)$$",
    "call it": f"Now ${ROOT} = t$, as we call it.",
    "a sign": f"$${ROOT} =: t$$",
    "a look-alike with a word": f"We denote ${ROOT} = l$.",
    "used later": f"$${ROOT} = t$$\n\n$$\\hat{{x}}_i = t (x_i - \\mu)$$",
}


def codes(text: str) -> list[str]:
    return [step.finding.code for step in judge(DEFINITIONS + text).steps if step.finding]


@pytest.mark.parametrize(("text", "code"), CLAIMS.values(), ids=CLAIMS)
def test_a_letter_without_a_meaning_is_no_new_name(text: str, code: str) -> None:
    assert codes(text)[0] == code


@pytest.mark.parametrize("text", MEANT.values(), ids=MEANT)
def test_a_letter_gets_its_meaning_on_the_right(text: str) -> None:
    assert codes(text) == []
