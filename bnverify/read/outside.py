"""What stands in no formula, no code and no comment -> the mathematics in it, which nobody will read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bnverify.source import Span

ARGUMENT = r"(?:[dt]?frac|sqrt|hat|widehat|bar|overline|tilde|vec|mathbf|boldsymbol|mathcal|mathbb)\*?[ \t]*\{"
SCRIPT = r"(?:sum|prod|int|partial|nabla|sigma|mu|gamma|beta|epsilon|varepsilon|delta|ell)[ \t]*[_^]"
OPERAND = r"(?:partial|nabla|sum|cdot|odot|times)[ \t]*(?:\\[A-Za-z]|[A-Za-z](?![A-Za-z])|[0-9{(])"
MATHEMATICS = re.compile(rf"(?<!\\)\\(?:{ARGUMENT}|{SCRIPT}|{OPERAND})")
"""A command of mathematics at work; one that is only mentioned has neither argument nor index."""
BLANK = re.compile(r"\n[ \t>]*\r?\n")
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
