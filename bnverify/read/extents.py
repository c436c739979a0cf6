"""Where what begins at an offset ends: formulas with any delimiters, fences, environments."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from typing import NamedTuple

from bnverify.pattern import pattern
from bnverify.read.tokens import matching_brace
from bnverify.source import Span

ENVIRONMENTS = (
    "equation|align|aligned|alignat|alignedat|xalignat|gather|gathered|multline|eqnarray|split|displaymath|flalign"
    "|math|IEEEeqnarray|dmath"
)
BLANK_LINE = pattern(r"\n[ \t>]*\r?(?=\n|\Z)")
NOT_SPACE = pattern(r"\S")
PROSE = pattern(r"(?<![\\A-Za-z{])[A-Za-z]{3,}(?:[ ,]+[A-Za-z]{2,}){2,}")
FURTHER = pattern(rf"{PROSE.pattern}|\$|(?<!\\)\\\[")
"""What no formula holds behind a blank line: prose, or another formula."""
FORMULA_SIGNS = pattern(r"[\\_^=]")
LONGEST_TEXT = 500
"""Characters of words inside a formula in which a dollar is looked for."""
TEXT = (
    r"\\(?:text(?:rm|it|bf|normal|sf|tt|up)?|mbox|hbox|fbox|framebox|(?:short)?intertext"
    r"|f?colorbox\s*(?:\{[^{}]*\}\s*){1,2})\s*\{"
)


class Extent(NamedTuple):
    """The content of what begins somewhere, if that is a formula, and the offset behind it."""

    content: Span | None
    end: int
    closed: bool = True
    display: bool = False
    encoded: bool = False
    """Written as part of an address, with `%5C` for a backslash."""
    hidden: bool = False
    """A comment or code, where nothing is mathematics and no command is defined."""
    opened: bool = True
    """Nothing begins it where it ends in a sign: then it stands before the offset at which it was found."""


@lru_cache(maxsize=64)
def places(text: str, pattern: str) -> tuple[tuple[int, int], ...]:
    """Where a closing sign stands in a text: found once, so that many unclosed openings cost no more than one."""
    return tuple(match.span() for match in re.finditer(pattern, text, re.MULTILINE | re.IGNORECASE))


def first_place(text: str, pattern: str, begin: int, limit: int | None = None) -> tuple[int, int] | None:
    """The first closing sign in a range."""
    found = places(text, pattern)
    at = bisect_left(found, (begin, 0))
    return found[at] if at < len(found) and (limit is None or found[at][1] <= limit) else None


def paragraph_end(text: str, start: int) -> int:
    blank = first_place(text, BLANK_LINE.pattern, start)
    return blank[0] if blank else len(text)


def closing_mark(text: str, mark: str, begin: int, limit: int, comments: bool) -> re.Match[str] | None:
    """The first closing mark outside escapes, words and (in LaTeX) comments."""
    if first_place(text, mark, begin, limit) is None:  # a quick look, for what is opened a thousand times
        return None
    pattern = re.compile(rf"(?P<mark>{mark})|(?P<text>{TEXT})|\\." + ("|%[^\n]*" if comments else ""), re.DOTALL)
    place = begin
    while (match := pattern.search(text, place, limit)) is not None:
        if match.lastgroup == "mark":
            return match
        place = match.end()
        if match.lastgroup == "text":
            last = min(limit, place + LONGEST_TEXT)
            end = matching_brace(text, match.end() - 1, last)
            place = end if text[end - 1] == "}" else place
    return None


def inline(text: str, begin: int, mark: str, comments: bool = False) -> Extent:
    """Up to a mark in the same paragraph, or to the end of the paragraph."""
    limit = paragraph_end(text, begin)
    close = closing_mark(text, mark, begin, limit, comments)
    if close is None:
        return Extent(Span(begin, limit), limit, closed=False)
    return Extent(Span(begin, close.start()), close.end())


def display(text: str, begin: int, mark: str, comments: bool = False) -> Extent:
    """Up to the closing mark, unless prose or a formula stands behind a blank line: then it was never closed."""
    close = closing_mark(text, mark, begin, len(text), comments)
    limit = close.start() if close else len(text)
    written = NOT_SPACE.search(text, begin, limit)
    blank = BLANK_LINE.search(text, written.start() if written else begin, limit)
    if close is None:
        end = blank.start() if blank else limit
        return Extent(Span(begin, end), end, closed=False, display=True)
    if blank and FURTHER.search(text, blank.start(), limit):
        return Extent(Span(begin, blank.start()), blank.start(), closed=False, display=True)
    return Extent(Span(begin, limit), close.end(), display=True)


def environment(text: str, match: re.Match[str], name: str, shorthands: tuple[str, ...] = ()) -> Extent:
    """From `\\begin{name}` to its `\\end`, both included; `shorthands` are commands that end it as well."""
    ends = "|".join([rf"\\end\s*\{{{name}\*?\}}", *(re.escape(one) + "(?![A-Za-z])" for one in shorthands)])
    depth, begun = 1, re.compile(rf"(?P<open>\\begin\s*\{{{name}\*?\}})|(?P<close>{ends})|\\\\|%[^\n]*")
    closed = first_place(text, ends, match.end()) is not None
    for found in begun.finditer(text, match.end()) if closed else ():
        depth += {"open": 1, "close": -1}.get(found.lastgroup or "", 0)
        if depth == 0:
            return Extent(Span(match.start(), found.end()), found.end(), display=True)
    end = paragraph_end(text, match.end())
    return Extent(Span(match.start(), end), end, closed=False, display=True)


def enclosed(text: str, match: re.Match[str], end: str) -> Extent:
    """Something that hides what is in it, up to its end; without an end only its own sign."""
    close = first_place(text, end, match.end())
    return Extent(None, close[1] if close else match.end(), hidden=close is not None)
