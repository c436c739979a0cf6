"""Offsets in a text <-> lines and columns as the protocol counts them: in units of the encoding that was agreed on."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

from bnverify.pattern import pattern

LINE_END = pattern(r"\r\n|\r|\n")
UNITS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
"""The codec of each encoding, and the bytes of one unit."""


class Lines:
    """A text of the editor. Its lines end where the protocol ends them, which is in three ways and no others."""

    def __init__(self, text: str, encoding: str) -> None:
        self.text = text
        self.codec, self.size = UNITS[encoding]

    @cached_property
    def starts(self) -> list[int]:
        return [0, *(found.end() for found in LINE_END.finditer(self.text))]

    def position(self, offset: int) -> tuple[int, int]:
        """The line and the column, both from 0, of a character."""
        line = bisect_right(self.starts, offset) - 1
        return line, self._units(self.text[self.starts[line] : offset])

    def offset(self, line: int, column: int) -> int:
        """The character at a place; behind the end of a line it is the end of the line."""
        if line >= len(self.starts):
            return len(self.text)
        start = self.starts[line]
        end = self.starts[line + 1] if line + 1 < len(self.starts) else len(self.text)
        within = self.text[start:end].rstrip("\r\n")
        for place, character in enumerate(within):
            if column <= 0:
                return start + place
            column -= self._units(character)
        return start + len(within)

    def _units(self, text: str) -> int:
        return len(text.encode(self.codec, "surrogatepass")) // self.size
