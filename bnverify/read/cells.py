"""A note -> where it keeps its mathematics; in a notebook nothing that a cell leaves open swallows the next one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bnverify.read.documents import Expectation, Formula, Layout, Order, lay_out, unread_behind
from bnverify.read.macros import collect
from bnverify.source import BETWEEN_CELLS, Note, Span


def lay_out_note(note: Note) -> Layout:
    """The layout of a note; every cell of a notebook is laid out by itself, and only the first has front matter."""
    if all(piece.cell is None for piece in note.pieces):
        return lay_out(note.text, note.name)
    formulas: list[Formula] = []
    expectations: list[Expectation] = []
    orders: list[Order] = []
    hidden: list[Span] = []
    outside: list[Span] = []
    stray: list[Span] = []
    front = None
    for number, cell in enumerate(_cells(note)):
        found = lay_out(note.cut(cell))
        front = front if number else found.front_matter
        expectations += [replace(one, span=_shifted(one.span, cell.start)) for one in found.expectations]
        orders += [replace(one, span=_shifted(one.span, cell.start)) for one in found.orders]
        for place, one in enumerate(found.formulas):
            span, lead = _shifted(one.span, cell.start), _shifted(one.lead, cell.start)
            if not place and formulas:
                lead = Span(formulas[-1].end, lead.end)
            formulas.append(replace(one, span=span, lead=lead, end=one.end + cell.start))
        hidden += [_shifted(one, cell.start) for one in found.hidden]
        outside += [_shifted(one, cell.start) for one in found.outside]
        stray += [_shifted(one, cell.start) for one in found.stray]
        if unread_behind(formulas, note.text):
            break
    unread = unread_behind(formulas, note.text)
    macros = collect(note.text, hidden)
    return Layout(
        front,
        tuple(formulas),
        tuple(expectations),
        tuple(orders),
        unread,
        False,
        macros,
        tuple(hidden),
        tuple(outside),
        tuple(stray),
    )


def _cells(note: Note) -> Iterator[Span]:
    """The cells; all but the first begin with a blank line, so that no rule at their top begins front matter."""
    starts = [piece.start for piece in note.pieces]
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(note.text)], strict=True)):
        yield Span(start - len(BETWEEN_CELLS) if number else start, end)


def _shifted(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)
