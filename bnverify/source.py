"""A note's text and places in it; an offset becomes line and column only when it is printed."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points of one note."""

    start: int
    end: int

    def __post_init__(self) -> None:
        assert 0 <= self.start <= self.end, (self.start, self.end)

    def __len__(self) -> int:
        return self.end - self.start

    def until(self, other: Span) -> Span:
        """The least span that covers both."""
        return Span(min(self.start, other.start), max(self.end, other.end))


@dataclass(frozen=True)
class Note:
    """One document. Lines end at `\\n` alone."""

    name: str
    text: str = field(repr=False)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(place + 1 for place, letter in enumerate(self.text) if letter == "\n")]

    def cut(self, span: Span) -> str:
        return self.text[span.start : span.end]

    def line(self, offset: int) -> int:
        """The 1-based line of an offset."""
        return bisect_right(self._line_starts, offset)

    def column(self, offset: int) -> int:
        """The 1-based column of an offset, in code points."""
        return offset - self._line_starts[self.line(offset) - 1] + 1

    def line_text(self, line: int) -> str:
        start = self._line_starts[line - 1]
        end = self.text.find("\n", start)
        return self.text[start : len(self.text) if end < 0 else end].rstrip("\r")
