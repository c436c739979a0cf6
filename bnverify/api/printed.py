"""Lines with styles -> what `print` shows, and what a notebook shows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from html import escape

from bnverify.report.pieces import Line, printable, text_of

COLOURS = {
    "error": "#d03030",
    "primary": "#d03030",
    "warning": "#a86a00",
    "notice": "#0b7a8a",
    "help": "#0b7a8a",
    "right": "#1a7f37",
    "secondary": "#3b6fd4",
    "gutter": "#808080",
}
"""What is readable on white and on black."""
BOLD = ("error", "path", "primary")
FRAME = "overflow-x:auto;line-height:1.35;margin:0"


class Printed(ABC):
    """Something that is shown in lines: by `print`, and in a notebook with colours."""

    __slots__ = ()

    @abstractmethod
    def lines(self) -> list[Line]:
        """What the command line shows."""

    def __str__(self) -> str:
        return text_of(self.lines()).rstrip("\n")

    def _repr_html_(self) -> str:
        return as_html(self.lines())


def as_html(lines: Iterable[Line]) -> str:
    """Lines as an element of a page, each piece in its colour."""
    shown = "\n".join("".join(map(_piece, one)).rstrip() for one in lines)
    return f'<pre style="{FRAME}">{shown}</pre>'


def _piece(piece: tuple[str, str]) -> str:
    text, style = piece
    rules = [f"color:{COLOURS[style]}"] if style in COLOURS else []
    rules += ["font-weight:bold"] if style in BOLD else []
    written = escape(printable(text))
    return f'<span style="{";".join(rules)}">{written}</span>' if rules else written


def framed(page: str, title: str) -> str:
    """A page in a frame of its own, in which no script runs and whose styles stay inside."""
    style = "width:100%;height:36rem;border:1px solid #8888;border-radius:4px;resize:vertical"
    return f'<iframe sandbox title="{escape(title)}" style="{style}" srcdoc="{escape(page)}"></iframe>'
