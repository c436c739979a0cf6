"""Text of a note -> the characters that are meant by it, each with its place in the note.

A passage is what the scanner reads. Where nothing has to be rewritten it is the text itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bnverify.frozen import frozen
from bnverify.read.tokens import Raw, scan
from bnverify.source import Span


@frozen
class Passage:
    """`text`, and for each of its characters where what it stands for begins and ends in the note."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> Span:
        """The place in the note of `text[start:end]`."""
        if start == end:
            return self.point(start)
        return Span(min(self.starts[start:end]), max(self.ends[start:end]))

    def point(self, place: int, behind: bool = False) -> Span:
        """Where nothing stands: right before the character at a place, or right behind the one before it."""
        at = self.ends[place - 1] if place and (behind or place == len(self.ends)) else self.starts[place]
        return Span(at, at)

    def part(self, start: int, end: int) -> Passage:
        return Passage(self.text[start:end], self.starts[start:end], self.ends[start:end])


def passage_of(text: str, span: Span) -> Passage:
    """A range of a text as it stands."""
    starts = range(span.start, span.end)
    return Passage(text[span.start : span.end], starts, range(span.start + 1, span.end + 1))


def joined(pieces: Sequence[Passage]) -> Passage:
    starts: list[int] = []
    ends: list[int] = []
    for piece in pieces:
        starts.extend(piece.starts)
        ends.extend(piece.ends)
    return Passage("".join(piece.text for piece in pieces), starts, ends)


def replaced(passage: Passage, pattern: re.Pattern[str], meant: Callable[[re.Match[str]], str]) -> Passage:
    """The passage with other characters for each match; they stand where the whole match stands."""
    pieces: list[Passage] = []
    place = 0
    for match in pattern.finditer(passage.text):
        written = meant(match)
        if written == match.group():
            continue
        pieces += [passage.part(place, match.start()), put(written, passage.span(match.start(), match.end()))]
        place = match.end()
    return joined([*pieces, passage.part(place, len(passage.text))]) if pieces else passage


def put(text: str, span: Span) -> Passage:
    """Characters that all stand for one place."""
    return Passage(text, [span.start] * len(text), [span.end] * len(text))


def tokens_of(passage: Passage) -> list[Raw]:
    """The raw tokens of a passage, placed in the note."""
    found = scan(passage.text, Span(0, len(passage.text)))
    return [_placed(piece, passage) for piece in found]


def _placed(piece: Raw, passage: Passage) -> Raw:
    """The braces around a small figure, `x₁`, have no character of their own; the second one stands behind it."""
    bare = piece.start == piece.end and piece.kind == "}"
    span = passage.point(piece.end, behind=True) if bare else passage.span(piece.start, piece.end)
    return Raw(piece.kind, piece.text, span.start, span.end)
