"""The `$$` of a document -> what each of them does: open a formula, close one, or neither.

One lost or doubled `$$` must not turn the rest of a note inside out.
So nothing is decided at a single mark: of all ways to pair the marks the cheapest is taken, and what stands between
two of them says what it costs, as a formula and as prose. The table of costs is all that there is to know.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bnverify.pattern import pattern
from bnverify.read.extents import FORMULA_SIGNS, NOT_SPACE, PROSE, TEXT, Extent
from bnverify.read.outside import bare_mathematics, gaps
from bnverify.read.unclosed import before_words
from bnverify.source import Span

LENGTH = 2
BARE = 8
"""Mathematics between two formulas, in no formula itself."""
SHORT = 3
"""The same without a command: `a = b`."""
WORDS = 6
"""Prose, or no mathematics at all, as a formula."""
EMPTY = 3
"""A formula that holds nothing."""
GAP = 2
"""A blank line in a formula."""
DOLLAR = 4
"""A dollar in a formula, outside its words."""
UNCLOSED = 3
"""A formula that ends at a blank line."""
UNOPENED = 4
"""A formula that begins behind a blank line."""
RUN_INTO = 7
"""A formula that ends where the next one begins."""
STRAY = 5
"""A mark that neither opens nor closes a formula."""
DOUBLED = 2
"""The same, beside another mark."""
BLANK = pattern(r"\n[ \t>]*\r?(?=\n)")
IN_WORDS = pattern(TEXT + r"[^{}]*\}")
ANY_WORD = pattern(r"(?<![\\A-Za-z{])[A-Za-z]{2,}")
SIGNS = pattern(r"[\\_^=<>]|\b[A-Za-z]\b|\d")


class Pairing(NamedTuple):
    """The formula that begins at a mark, or ends there without having been opened; and the marks of no formula."""

    formulas: dict[int, Extent]
    stray: tuple[Span, ...]


IMPOSSIBLE = 1_000_000


class _Way(NamedTuple):
    """The cheapest way to read the marks up to here: its cost, and how it came about."""

    cost: int
    before: _Way | None = None
    opened: int = -1
    """The mark that the formula is known by."""
    found: Extent | None = None
    stray: int = -1


class _Between(NamedTuple):
    """What stands behind a mark, up to the next one or the end."""

    prose: int
    """Its cost as prose."""
    formula: int
    unclosed: int
    end: int
    """Where it ends as a formula that is never closed."""
    unopened: int = IMPOSSIBLE
    begin: int = 0
    """Where it begins as a formula that is never opened."""


def pair(text: str, marks: Sequence[int], start: int, limit: int, covered: Sequence[Span]) -> Pairing:
    """Pair the marks of a document; `covered` is what is surely no prose between two of them."""
    if not marks:
        return Pairing({}, ())
    begins = [start, *(at + LENGTH for at in marks)]
    spans = [Span(begin, max(begin, end)) for begin, end in zip(begins, [*marks, limit], strict=True)]
    before, *between = _measured(text, spans, covered)
    plain, inside = _Way(0), None  # the ways that lead here: in prose (without what stands before), in a formula
    for number, (at, here) in enumerate(zip(marks, between, strict=True)):
        outside = _Way(plain.cost + before.prose, plain)
        unopened = Extent(Span(before.begin, at), at + LENGTH, opened=False, display=True)
        behind = [_Way(plain.cost + before.unopened, plain, at, unopened)]
        if inside is not None:
            way, opened = inside
            closed = Extent(Span(opened + LENGTH, at), at + LENGTH, display=True)
            behind.append(_Way(way.cost + before.formula, way, opened, closed))
            outside = _cheapest(outside, _ended(inside, before))
        behind.append(_skipped(outside, at, marks, number))
        plain, inside, before = _cheapest(*behind), (outside, at), here
    assert inside is not None
    return _told(_cheapest(_Way(plain.cost + before.prose, plain), _ended(inside, before)))


def _cheapest(*ways: _Way) -> _Way:
    return min(ways, key=lambda one: one.cost)


def _skipped(way: _Way, at: int, marks: Sequence[int], number: int) -> _Way:
    beside = at - LENGTH in marks[max(0, number - 1) : number] or at + LENGTH in marks[number + 1 : number + 2]
    return _Way(way.cost + (DOUBLED if beside else STRAY), way, stray=at)


def _ended(inside: tuple[_Way, int], between: _Between) -> _Way:
    """The formula that was opened last is never closed."""
    way, opened = inside
    content = Span(opened + LENGTH, between.end)
    return _Way(way.cost + between.unclosed, way, opened, Extent(content, between.end, closed=False, display=True))


def _told(way: _Way) -> Pairing:
    formulas: dict[int, Extent] = {}
    stray: list[Span] = []
    one: _Way | None = way
    while one is not None:
        if one.found is not None:
            formulas[one.opened] = one.found
        if one.stray >= 0:
            stray.append(Span(one.stray, one.stray + LENGTH))
        one = one.before
    return Pairing(formulas, tuple(reversed(stray)))


def _measured(text: str, spans: Sequence[Span], covered: Sequence[Span]) -> list[_Between]:
    """What stands behind each mark, and what it costs."""
    found = []
    first = 0
    for span in spans:
        while first < len(covered) and covered[first].end <= span.start:
            first += 1
        last = first
        while last < len(covered) and covered[last].start < span.end:
            last += 1
        found.append(_cost(text, span, covered[first:last], is_last=span is spans[-1]))
    return found


def _cost(text: str, span: Span, covered: Sequence[Span], is_last: bool) -> _Between:
    prose, formula = _as_prose(text, span, covered), _as_formula(text, span)
    written = NOT_SPACE.search(text, span.start, span.end)
    if written is None:
        return _Between(prose, formula, IMPOSSIBLE, span.end)
    unopened, begin = _without_opening(text, span, covered)
    blank = BLANK.search(text, written.start(), span.end)
    content = before_words(text, Span(span.start, blank.start() if blank else span.end))
    rest = _as_prose(text, Span(content.end, span.end), covered)
    how = UNCLOSED if blank or is_last or content.end < span.end else RUN_INTO
    return _Between(prose, formula, how + _as_formula(text, content) + rest, content.end, unopened, begin)


def _without_opening(text: str, span: Span, covered: Sequence[Span]) -> tuple[int, int]:
    """The cost of the last paragraph as a formula that is never opened, and where it begins."""
    blanks = [found.end() for found in BLANK.finditer(text, span.start, span.end)]
    begin = max([span.start, *blanks, *(one.end for one in covered if one.end <= span.end)])
    content = Span(begin, span.end)
    if not _as_prose(text, content, ()) or ANY_WORD.search(IN_WORDS.sub("", text[begin : span.end])):
        return IMPOSSIBLE, begin
    return UNOPENED + _as_formula(text, content) + _as_prose(text, Span(span.start, begin), covered), begin


def _as_prose(text: str, span: Span, covered: Sequence[Span]) -> int:
    if bare_mathematics(text, span, covered):
        return BARE
    plain = " ".join(text[gap.start : gap.end] for gap in gaps(span, covered))
    return SHORT if "=" in plain and not ANY_WORD.search(plain) else 0


def _as_formula(text: str, span: Span) -> int:
    content = text[span.start : span.end]
    stripped = content.strip()
    if not stripped:
        return EMPTY
    gap = BLANK.search(stripped) is not None or BLANK.search(content) is not None
    plain = IN_WORDS.sub("", stripped)
    signs, only_words = FORMULA_SIGNS.search(plain), ANY_WORD.search(plain)
    words = PROSE.search(plain) or not SIGNS.search(plain) or (only_words and not signs)
    return GAP * gap + DOLLAR * ("$" in plain) + WORDS * bool(words)
