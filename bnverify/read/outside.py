"""What stands in no formula, no code and no comment -> the mathematics in it, which nobody will read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bnverify.pattern import pattern
from bnverify.source import Span

WORK = r"(?:[dt]?frac|sqrt)[ \t]*[\[{]|(?:sum|prod|int)[ \t]*(?:[_^]|\\[A-Za-z]|[A-Za-z](?![A-Za-z])|[(])"
SIGN = r"(?:partial|nabla)[ \t]*(?:[_^{]|\\[A-Za-z]|[A-Za-z](?![A-Za-z]))"
LETTER = (
    r"(?:hat|widehat|bar|overline|tilde|vec|mathbf|boldsymbol|mathcal|mathbb)\*?[ \t]*\{"
    r"|(?:sigma|mu|gamma|beta|epsilon|varepsilon|delta|ell|hat)(?![A-Za-z])"
)
TYPED = (
    r"(?:∂[^\s=]{1,20}|[∑Σ][_\s]?\w[^\n=]{0,60}|(?<![\w/])d\w{1,12}/d\w{1,12})[^\S\n]*="
    r"|=[^\S\n]*[^\n=]{0,60}(?:∂\w|[∑Σ][_ᵢⱼₖ\s]?\w)"
)
"""`∂L/∂γ = Σ_i ∂L/∂y_i · x_i`, `dL/dgamma = ...`, an equation in plain letters."""
MATHEMATICS = pattern(rf"(?<!\\)\\(?:{WORK}|{SIGN}|(?:{LETTER})(?=[^\n=]{{0,500}}=))|{TYPED}|<math\b[^<>]{{0,300}}>")
"""A command of mathematics at work; one that is only mentioned has no argument, and a letter alone claims nothing."""
EQUATION = pattern(rf"{TYPED}|\\(?:partial|nabla)(?![A-Za-z])[^\n=`]{{0,200}}=")
"""A derivative that is said to be something."""
FORMULA = pattern(r"\$\$|\\\[|\\begin\s*\{")
BLANK = pattern(r"\n[ \t>]*\r?\n")
EDGE = " \t\r\n>.,;:*_"


def gaps(span: Span, covered: Sequence[Span]) -> Iterator[Span]:
    """What is left of a range without these spans, which are in order."""
    place = span.start
    for one in covered:
        if place < one.start < span.end:
            yield Span(place, one.start)
        place = max(place, one.end)
    if place < span.end:
        yield Span(place, span.end)


def bare_mathematics(text: str, span: Span, covered: Sequence[Span]) -> bool:
    """Whether mathematics stands in a range outside what is covered."""
    return any(MATHEMATICS.search(text, gap.start, gap.end) for gap in gaps(span, covered))


def hides_mathematics(text: str, start: int, end: int) -> bool:
    """Whether a range holds formulas, or commands of mathematics at work."""
    return any(one.search(text, start, end) for one in (FORMULA, MATHEMATICS))


def says_equal(text: str, start: int, end: int) -> bool:
    """Whether a range of code says what a derivative is."""
    return EQUATION.search(text, start, end) is not None


def stretches(text: str, span: Span, covered: Sequence[Span]) -> Iterator[Span]:
    """Where mathematics stands outside what is covered: for each paragraph from its first command to its last line."""
    for gap in gaps(span, covered):
        place = gap.start
        while (first := MATHEMATICS.search(text, place, gap.end)) is not None:
            blank = BLANK.search(text, first.start(), gap.end)
            end = blank.start() if blank else gap.end
            last = first
            while (further := MATHEMATICS.search(text, last.end(), end)) is not None:
                last = further
            line = text.find("\n", last.end(), end)
            stop = end if line < 0 else line
            yield Span(first.start(), first.start() + len(text[first.start() : stop].rstrip(EDGE)))
            place = end
