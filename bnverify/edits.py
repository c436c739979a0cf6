"""Edits of a text: which of them go together, the text after them, and where each place has gone."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from bnverify.record import Edit
from bnverify.source import BETWEEN_CELLS, Note, Span


def clash(one: Edit, other: Edit) -> bool:
    """Whether two edits cannot both be made: they overlap, or put different words at one place.

    The same edit twice is one edit.
    """
    if one.span == other.span:
        return one != other
    return one.span.start < other.span.end and other.span.start < one.span.end


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text after all edits, which do not clash."""
    parts, end = [], 0
    for edit in in_order(edits):
        parts += [text[end : edit.span.start], edit.replacement]
        end = edit.span.end
    return "".join((*parts, text[end:]))


def edited_note(note: Note, edits: Collection[Edit]) -> Note:
    """The note after all edits, none of which leaves its piece."""
    pieces = tuple(replace(one, start=_pushed(one.start, edits)) for one in note.pieces)
    unread = tuple(
        replace(one, span=Span(_pushed(one.span.start, edits), _pushed(one.span.end, edits))) for one in note.unread
    )
    return Note(note.name, edited(note.text, edits), pieces, unread)


def _pushed(place: int, edits: Collection[Edit]) -> int:
    """Where a border stands after the edits: what is put in at it stands behind it."""
    return place + sum(len(edit.replacement) - len(edit.span) for edit in set(edits) if edit.span.start < place)


def leaves_its_piece(note: Note, edit: Edit) -> bool:
    """Whether an edit changes more than one file or cell, or what only joins two cells."""
    return any(
        edit.span.start < piece.start < edit.span.end + (0 if piece.cell is None else len(BETWEEN_CELLS))
        for piece in note.pieces
    )


def moved(place: int, edits: Collection[Edit]) -> int | None:
    """Where the character at `place` stands after the edits; None: one of them replaces it."""
    if any(edit.span.start <= place < edit.span.end for edit in edits):
        return None
    before = (edit for edit in set(edits) if edit.span.end <= place)
    return place + sum(len(edit.replacement) - len(edit.span) for edit in before)


def in_order(edits: Iterable[Edit]) -> list[Edit]:
    """Each edit once, in the order of the text; an insertion stands before what is replaced there."""
    return sorted(set(edits), key=lambda edit: (edit.span.start, edit.span.end))


def with_endings_of(text: str, edit: Edit) -> Edit:
    """The edit with the line endings of the text that it is made in."""
    if "\n" not in edit.replacement or "\r\n" not in text:
        return edit
    return Edit(edit.span, edit.replacement.replace("\r\n", "\n").replace("\n", "\r\n"))
