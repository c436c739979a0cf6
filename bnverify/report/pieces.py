"""Text with styles: what the terminal renderings are made of. Nothing here knows colours or widths of a screen."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import TextWrapper
from unicodedata import combining

from bnverify.pattern import pattern
from bnverify.source import Note, Span

Piece = tuple[str, str]
"""Text and the name of its style (empty: none)."""
Line = tuple[Piece, ...]

WIDTH = 100


def line(*pieces: str | Piece) -> Line:
    return tuple((piece, "") if isinstance(piece, str) else piece for piece in pieces)


def text_of(lines: Iterable[Line]) -> str:
    """The lines without styles, one string."""
    return "".join(without_orders("".join(text for text, _ in one).rstrip()) + "\n" for one in lines)


def wrapped(lead: str, text: str, indent: int | None = None) -> list[Line]:
    """`text` behind `lead`, broken between words at the width of a page, later lines indented."""
    spaces = " " * (len(lead) - len(lead.lstrip()) + 2 if indent is None else indent)
    wrapper = TextWrapper(WIDTH, lead, spaces, break_long_words=False, break_on_hyphens=False)
    return [line(one) for one in wrapper.wrap(printable(text))]


def width(text: str) -> int:
    """Columns on a terminal: combining accents take none."""
    return sum(not combining(character) for character in text)


def pad(text: str, columns: int, right: bool = False) -> str:
    space = " " * (columns - width(text))
    return space + text if right else text + space


HARMFUL = pattern(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufff9-\ufffb]|(?<=#)#(?=\\[)"
)
"""Control characters, line separators, half characters, what is not seen, marks that turn the direction of writing.

And the second sign of `##[`: what runs a program in continuous integration takes orders that begin so, anywhere.
"""
ORDER = pattern(r"^(\s*):(?=:(?!:))")
"""The same at the beginning of a line, `::error::`."""


def printable(text: str) -> str:
    """A text on one line, with all that is harmful made visible."""
    return HARMFUL.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def without_orders(text: str) -> str:
    """A line that nobody takes for an order."""
    return ORDER.sub(r"\1\\u003a", text)


def guarded(one: Line) -> Line:
    """The same of a line in pieces."""
    text = "".join(piece for piece, _ in one)
    return one if without_orders(text) == text else line(without_orders(text))


def harmless(text: str) -> str:
    """The same for a text of several lines."""
    return "\n".join(without_orders(printable(one)) for one in text.split("\n"))


def line_labels(note: Note, offsets: Iterable[int], digits: int) -> list[str]:
    """`line  12`, with the cell or the file where a note has several; all are equally wide."""
    labels = [f"line {note.line(one):>{digits}}{printable(note.of_piece(one))}" for one in offsets]
    return [pad(one, max(map(width, labels))) for one in labels]


def excerpt(note: Note, spans: Iterable[tuple[Span, str, str]]) -> list[Line]:
    """The source lines of some spans, each underlined: (span, words, style), in the order of the source.

    A span over several lines is shown by its first one, long lines by the part around the span.
    Where a span stands in another cell or file than the primary one, its place is above it.
    """
    ordered = sorted(spans, key=lambda one: one[0].start)
    gutter = max((len(str(note.line(span.start))) for span, _, _ in ordered), default=1)
    lines = [line(" " * gutter + " |")]
    shown = None
    homes = {style: note.place(span.start).home for span, _, style in ordered}
    home = homes.get("primary")
    for span, words, style in ordered:
        place = note.place(span.start)
        number = place.line
        if place.home != home:
            lines.append(line((f"{' ' * gutter}::: {printable(str(place))}", "gutter")))
            home = place.home
        source, start, length = _window(note, span)
        if shown != (number, source, home):
            lines.append(line((f"{number:>{gutter}} | ", "gutter"), printable(source)))
        mark = ("^" if style == "primary" else "-") * length
        label = f" {words}" if words else ""
        lines.append(line(" " * gutter + " | " + " " * start, (mark + label, style)))
        shown = (number, source, home)
    return lines


def _window(note: Note, span: Span) -> tuple[str, int, int]:
    """The part of the span's first line that fits, where the span begins in it, and how much of it is seen."""
    source, start = note.line_around(span.start)
    source = source.replace("\t", " ")
    length = max(1, min(len(span), len(source.rstrip()) - start))
    room = WIDTH - 24
    first = 0
    if start + min(length, room) > room:
        first = max(0, start - 12)
    cut = source[first : first + room]
    shown_start = start - first
    length = max(1, min(length, len(cut) - shown_start))
    if first:
        cut = "…" + cut[1:]
    if first + room < len(source.rstrip()):
        cut = cut[:-1] + "…"
    return cut, shown_start, length
