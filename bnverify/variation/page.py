"""A matrix and its answer -> what is shown of them: a sheet, or a part of the JSON document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

from bnverify.model.conventions import VARIED, Convention
from bnverify.model.places import GENERIC
from bnverify.model.terms import rename
from bnverify.model.writing import plain, spelling_of
from bnverify.record import Part
from bnverify.report.jsons import edit_document, place_document
from bnverify.variation.answer import Answer, Mended
from bnverify.variation.matrix import Cell, Held, Matrix, Row, single_changes
from bnverify.variation.table import Entry, Sheet, Table
from bnverify.variation.words import contradicted, sentence
from bnverify.words.conventions import convention_parts
from bnverify.words.describe import generic_letter

MOST_FORMULAS = 5
"""How many formulas fit beside each other."""
NARROW, LONGEST_HEAD = 9, 24
"""Columns of the heads and of the derivatives in the table of steps, which is wide."""
STYLES = {Held.PROVED: "right", Held.REFUTED: "error"}


def sheet(matrix: Matrix, answer: Answer | None, steps: bool) -> Sheet:
    """The table of one note: formulas beside each other, or with `steps` every step below the other."""
    tables = (_of_steps(matrix),) if steps and matrix.rows else _of_formulas(matrix, answer) if answer else ()
    below = tuple(_repair(matrix, one) for one in answer.mended) if answer else ()
    style = {0: "right", 1: "error", 3: "warning"}[status(matrix, answer)]
    bad = tuple(f"front matter: {one.message}; {one.help}" for one in matrix.understood.bad_settings)
    legend = (f"{_own(matrix)}: {_declared_words(matrix)}", OFF if steps else REFUTED)
    before = (*bad, *legend) if tables else bad
    return Sheet(matrix.note.name, before, tables, below, sentence(matrix, answer), style)


OFF = "off: refuted, with the largest relative difference that NumPy found"
REFUTED = "the number behind `refuted` is the largest relative difference that NumPy found"


def status(matrix: Matrix, answer: Answer | None) -> int:
    """0: the note is right under one convention, which it does not contradict; 3: nothing to compare or not decided."""
    if matrix.understood.bad_settings:
        return 1
    if answer is None:
        return 3
    if answer.never or answer.elsewhere or answer.uses or contradicted(matrix, answer):
        return 1
    return 3 if answer.open or matrix.unread else 0


def _declared_words(matrix: Matrix) -> str:
    parts = convention_parts(matrix.understood, matrix.base, matrix.options)
    return ", ".join(f"{part.words} ({_where(part)})" for part in parts if part.name in VARIED)


def _where(part: Part) -> str:
    if part.instead_of:
        return f"asked for; {part.place} has {part.instead_of}" if part.place else "asked for"
    return part.place or "assumed"


def _own(matrix: Matrix) -> str:
    """The convention of the note, with what is asked for."""
    return "as asked" if matrix.options.forced else "as read"


def _changes(convention: Convention, matrix: Matrix) -> list[str]:
    return [convention.choices[part].words for part in convention.differs_from(matrix.base)] or [_own(matrix)]


# -- formulas


def _of_formulas(matrix: Matrix, answer: Answer) -> tuple[Table, ...]:
    """One row for each convention: the note's own, its single changes, and what the answer speaks of."""
    named = (answer.best, *(convention for _, convention in answer.elsewhere))
    single = [one for one in single_changes(matrix.base, matrix.conventions) if _tells(one, matrix)]
    shown = tuple(dict.fromkeys((matrix.base, *single, *named)))
    finals = matrix.finals
    groups = [finals[at : at + MOST_FORMULAS] for at in range(0, len(finals), MOST_FORMULAS)]
    return tuple(
        Table(
            (("",), *((head_words(row, matrix), _line(row, matrix)) for row in group)),
            tuple(
                (Entry(", ".join(_changes(one, matrix))), *(_entry(row.cells[one], "refuted") for row in group))
                for one in shown
            ),
        )
        for group in groups
    )


def _tells(one: Convention, matrix: Matrix) -> bool:
    """A row for dL/dx-hat only where a formula has it."""
    if one.upstream is matrix.base.upstream:
        return True
    return any(row.cells[one].held is not row.cells[matrix.base].held for row in matrix.finals)


def _entry(cell: Cell, refuted: str) -> Entry:
    words = refuted if cell.held is Held.REFUTED else cell.held.value
    gap = f" {cell.gap:.2g}" if cell.gap is not None else ""
    return Entry(words + gap, style=STYLES.get(cell.held, "warning"))


def head_words(row: Row, matrix: Matrix) -> str:
    """The head in plain letters of the note."""
    one = row.judgement
    if one.head.trouble:
        return one.chain.head_latex
    return plain(rename(one.head.term, {GENERIC: generic_letter(one)}), spelling_of(matrix.understood.notation))


def _line(row: Row, matrix: Matrix) -> str:
    return matrix.note.lines([row.place])


def _repair(matrix: Matrix, mended: Mended) -> tuple[str, Entry]:
    changed = mended.convention != matrix.base
    under = f" under {' with '.join(_changes(mended.convention, matrix))}" if changed else ""
    return f"{_line(mended.row, matrix)} holds{under} as", Entry(mended.mend.latex, mended.mend.latex)


# -- steps


def _of_steps(matrix: Matrix) -> Table:
    """One row for each step, one column for each single change."""
    shown = (matrix.base, *single_changes(matrix.base, matrix.conventions))
    heads = (_short(one, matrix) for one in shown)
    rows = ((Entry(_line(row, matrix)), _head(row, matrix), *_verdicts(row, shown)) for row in matrix.rows)
    return Table((("",), ("",), *heads), tuple(rows), gap="  ")


def _head(row: Row, matrix: Matrix) -> Entry:
    words = head_words(row, matrix)
    return Entry(words if len(words) <= LONGEST_HEAD else words[: LONGEST_HEAD - 1] + "…")


def _short(convention: Convention, matrix: Matrix) -> tuple[str, ...]:
    changed = [convention.choices[part].short for part in convention.differs_from(matrix.base)]
    return tuple(wrap(changed[0] if changed else _own(matrix), NARROW))


def _verdicts(row: Row, shown: Sequence[Convention]) -> list[Entry]:
    return [_entry(row.cells[one], "off") for one in shown]


# -- JSON


def document(matrix: Matrix, answer: Answer | None) -> Mapping[str, Any]:
    """Everything that was found out about one note."""
    note, parts = matrix.note, convention_parts(matrix.understood, matrix.base, matrix.options)
    return {
        "path": note.name,
        "declared": {part.name: {"choice": part.choice, "place": _where(part)} for part in parts},
        "right_under": dict(_names(answer.best)) if answer and is_settled(answer) else None,
        "most_hold_under": dict(_names(answer.best)) if answer and answer.right else None,
        "sentence": sentence(matrix, answer),
        "reads_dxhat_as_dy_from": note.line(answer.switches_at.start) if answer and answer.switches_at else None,
        "uses": [
            {"part": part, "choice": one.choice.value, "lines": [note.line(one.first.start), note.line(one.last.start)]}
            for part, uses in (answer.uses.items() if answer else ())
            for one in uses
        ],
        "formulas": [_row_document(row, matrix) for row in matrix.rows],
        "repairs": [
            {
                **place_document(note, one.row.place),
                "convention": dict(_names(one.convention)),
                "latex": one.mend.latex,
                "codes": list(one.mend.codes),
                "edits": [edit_document(note, edit) for edit in one.mend.edits],
                "proved": True,
            }
            for one in (answer.mended if answer else ())
        ],
    }


def is_settled(answer: Answer) -> bool:
    """Whether every final formula holds under one convention."""
    return bool(answer.right) and not (answer.never or answer.elsewhere or answer.open)


def _names(convention: Convention) -> Mapping[str, str]:
    return {part: convention.choices[part].value for part in VARIED}


def _row_document(row: Row, matrix: Matrix) -> Mapping[str, Any]:
    return {
        **place_document(matrix.note, row.place),
        "head": row.judgement.chain.head_latex,
        "side": row.judgement.step.latex,
        "final": row.final,
        "cells": [
            {
                "convention": dict(_names(convention)),
                "verdict": cell.held.value,
                "relative_difference": cell.gap,
                "why": cell.why or None,
            }
            for convention, cell in row.cells.items()
        ],
    }
