"""A note's text and places in it; an offset becomes line and column only when it is printed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from bnverify.frozen import frozen
from bnverify.pattern import pattern

LINE_END = pattern(r"\n")

BETWEEN_CELLS = "\n\n"
"""What joins the cells of a notebook to one text; it belongs to no cell."""


@frozen
class Span:
    """A half-open range of code points of one note; spans are ordered by where they begin."""

    start: int
    end: int

    def __post_init__(self) -> None:
        assert 0 <= self.start <= self.end, (self.start, self.end)

    def __len__(self) -> int:
        return self.end - self.start

    def __lt__(self, other: Span) -> bool:
        return (self.start, self.end) < (other.start, other.end)

    def until(self, other: Span) -> Span:
        """The least span that covers both."""
        return Span(min(self.start, other.start), max(self.end, other.end))


@frozen
class Piece:
    """From `start` on, up to the next piece, the characters of a note come from this file, or this cell of it."""

    start: int
    path: str
    cell: int | None = None
    """Counted from 1 over all cells of a notebook, as people count them."""
    left_out: str = ""
    """What stands in the file before these characters and behind its last piece: the name of what was put in."""


@frozen
class Unread:
    """A place of a note at which something is missing that belongs to it, and why, in words."""

    span: Span
    why: str


@frozen
class Place:
    """Where a character stands: line and column from 1, `offset` from 0, each within its cell if it has one."""

    path: str
    cell: int | None
    line: int
    column: int
    offset: int

    def __str__(self) -> str:
        """`note.md:12:3`, or `notes.ipynb:cell 2:2:8`."""
        return f"{self.line_name}:{self.column}"

    @property
    def line_name(self) -> str:
        """`note.md:12`, `notes.ipynb:cell 2:2`."""
        cell = "" if self.cell is None else f":cell {self.cell}"
        return f"{self.path}{cell}:{self.line}"

    @property
    def home(self) -> tuple[str, int | None]:
        """The file, and the cell if it has any."""
        return self.path, self.cell

    def after(self, text: str) -> Place:
        """The place behind `text`, which begins here."""
        lines = text.count("\n")
        column = len(text) - text.rfind("\n") if lines else self.column + len(text)
        return Place(self.path, self.cell, self.line + lines, column, self.offset + len(text))


@dataclass(frozen=True)
class Note:
    """One document. Lines end at `\\n` alone. A note of one file has no pieces."""

    name: str
    text: str = field(repr=False)
    pieces: tuple[Piece, ...] = field(default=(), repr=False)
    unread: tuple[Unread, ...] = field(default=(), repr=False)

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that it was read from; its name where it has no pieces."""
        return tuple(dict.fromkeys(piece.path for piece in self.pieces)) or (self.name,)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(found.end() for found in LINE_END.finditer(self.text))]

    @cached_property
    def _piece_starts(self) -> list[int]:
        return [piece.start for piece in self.pieces]

    @cached_property
    def contents(self) -> tuple[tuple[Place, str], ...]:
        """Where each piece begins in its file, and its characters."""
        behind: dict[tuple[str, int | None], Place] = {}
        found = []
        for piece, end in zip(self.pieces, [*self._piece_starts[1:], len(self.text)], strict=True):
            text = self.text[piece.start : end]
            last = behind.get((piece.path, piece.cell), Place(piece.path, piece.cell, 1, 1, 0))
            begin = last.after(piece.left_out)
            behind[begin.home] = begin.after(text)
            found.append((begin, text))
        return tuple(found)

    def cut(self, span: Span) -> str:
        return self.text[span.start : span.end]

    def row(self, offset: int) -> int:
        """The 1-based line of an offset in the whole text, whatever pieces it is made of."""
        return bisect_right(self._line_starts, offset)

    def line(self, offset: int) -> int:
        """The 1-based line of an offset, in its piece."""
        return self.place(offset).line if self.pieces else self.row(offset)

    def column(self, offset: int) -> int:
        """The 1-based column of an offset, in code points."""
        return self.place(offset).column if self.pieces else self._column(offset)

    def _column(self, offset: int) -> int:
        return offset - self._line_starts[self.row(offset) - 1] + 1

    def place(self, offset: int) -> Place:
        """Where the character at an offset stands."""
        if not self.pieces:
            return Place(self.name, None, self.row(offset), self._column(offset), offset)
        start, (begin, _) = self._home(offset)
        down = self.row(offset) - self.row(start)
        column = self._column(offset) if down else begin.column + offset - start
        return Place(begin.path, begin.cell, begin.line + down, column, begin.offset + offset - start)

    def _home(self, offset: int) -> tuple[int, tuple[Place, str]]:
        number = bisect_right(self._piece_starts, offset) - 1
        return self._piece_starts[number], self.contents[number]

    def line_around(self, offset: int) -> tuple[str, int]:
        """The line that an offset stands in, as far as it belongs to the same piece, and the offset in this line."""
        start = self._line_starts[self.row(offset) - 1]
        end = self.text.find("\n", start)
        end = len(self.text) if end < 0 else end
        if self.pieces:
            home, (_, text) = self._home(offset)
            start, end = max(start, home), min(end, home + len(text))
        return self.text[start:end].rstrip("\r"), offset - start

    # -- places in words

    def of_piece(self, offset: int) -> str:
        """` of cell 2`, ` of parts/backward.tex`; nothing in the file that the note is named after."""
        place = self.place(offset)
        if place.cell is not None:
            return f" of cell {place.cell}"
        return "" if place.path == self.name else f" of {place.path}"

    def lines(self, offsets: Iterable[int]) -> str:
        """`line 3`, `lines 3, 4`; in a note of several pieces `lines 3, 4 of cell 2, line 1 of cell 5`."""
        numbers: dict[str, list[int]] = {}
        for offset in sorted(offsets):
            found = numbers.setdefault(self.of_piece(offset), [])
            found += [line] if (line := self.line(offset)) not in found else []
        return ", ".join(
            f"{'line' if len(found) == 1 else 'lines'} {', '.join(map(str, found))}{piece}"
            for piece, found in numbers.items()
        )

    def stretch(self, first: int, last: int) -> str:
        """`line 3`, `lines 3 to 9`, `line 3 of cell 2 to line 1 of cell 5`."""
        if self.row(first) == self.row(last):
            return self.lines([first])
        piece = self.of_piece(first)
        if piece == self.of_piece(last):
            return f"lines {self.line(first)} to {self.line(last)}{piece}"
        return f"{self.lines([first])} to {self.lines([last])}"
