"""Notes and a view -> what the command shows: sheets for people, a document for programs, an exit status."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from bnverify import __version__
from bnverify.files.loaded import Loaded
from bnverify.frozen import frozen
from bnverify.judge.asked import Options
from bnverify.judge.case import agree
from bnverify.model.conventions import with_choices
from bnverify.model.declarations import node_definitions
from bnverify.model.own import with_own_variance
from bnverify.model.writing import Spelling, spelling_of
from bnverify.pipeline import judge_under, understand
from bnverify.record import Trouble
from bnverify.report.full import trouble_lines
from bnverify.report.jsons import place_document, written
from bnverify.report.pieces import Line, line, wrapped
from bnverify.run import with_note
from bnverify.source import Note
from bnverify.variation import signs_page
from bnverify.variation.answer import answer_of
from bnverify.variation.formulas import (
    LETTERS,
    LETTERS_OF_NOTE,
    Formula,
    formulas_document,
    formulas_sheet,
    formulas_under,
)
from bnverify.variation.matrix import matrix_of
from bnverify.variation.page import document, sheet, status
from bnverify.variation.signs import signs_of
from bnverify.variation.table import Sheet, markdown, terminal
from bnverify.words.conventions import framework_words

SCHEMA_VERSION = 1
Maker = Callable[[Note, Options], "View"]


@frozen
class View:
    """What is shown of one note, or of no note at all."""

    sheet: Sheet
    document: Mapping[str, Any]
    status: int


@frozen
class Shown:
    """The views of all notes, in their order, and the notes that could not be looked at."""

    views: tuple[View, ...]
    troubles: tuple[Trouble, ...]
    framework: tuple[str, ...] = ()

    @property
    def status(self) -> int:
        """2 trouble, 1 something is right under no single convention, 3 nothing to compare or undecided, 0."""
        statuses = {view.status for view in self.views}
        return 2 if self.troubles else next((one for one in (1, 3) if one in statuses), 0 if statuses else 3)

    def terminal(self) -> list[Line]:
        lines = [one for words in self.framework for one in wrapped("", words)]
        lines += [line()] if lines else []
        lines += terminal([view.sheet for view in self.views])
        return [*lines, *(one for trouble in self.troubles for one in trouble_lines(trouble))]

    def markdown(self) -> str:
        notices = [f"- {one.path}: {one.message}" for one in self.troubles]
        return "\n".join([markdown([view.sheet for view in self.views]), *notices])

    def json(self) -> str:
        return written(self.document())

    def document(self) -> Mapping[str, Any]:
        return {
            "schema_version": SCHEMA_VERSION,
            "bnverify": __version__,
            **({"framework": list(self.framework)} if self.framework else {}),
            "notes": [view.document for view in self.views],
            "errors": [{"path": one.path, "message": one.message} for one in self.troubles],
        }


def shown(loaded: Iterable[Loaded], view: str, options: Options, told: Callable[[str], None]) -> Shown:
    """The chosen view of every note: `finals`, `steps`, `signs` or `formulas`."""
    views: list[View] = []
    troubles: list[Trouble] = []
    makers: Sequence[tuple[Loaded, Maker]] = [(each, VIEWS[view]) for each in loaded]
    if view == "formulas" and not makers:
        makers = [(Loaded("", Note("", "")), usual_formulas)]
    for each, maker in makers:
        told(each.path)
        found = with_note(each, options, maker)
        if isinstance(found, Trouble):
            troubles.append(found)
        else:
            views.append(with_missing(found, each.note) if each.note else found)
    return Shown(tuple(views), tuple(troubles), framework_words(options.framework))


def with_missing(view: View, note: Note) -> View:
    """The view of a note with what belongs to it and was not read: then not all is known."""
    if not note.unread:
        return view
    words = tuple(f"{note.lines([one.span.start])}: {one.why}" for one in note.unread)
    sheet = replace(view.sheet, before=(*words, *view.sheet.before))
    missing = [{**place_document(note, one.span.start), "message": one.why} for one in note.unread]
    return replace(view, sheet=sheet, document={**view.document, "not_read": missing}, status=view.status or 3)


def _finals(note: Note, options: Options) -> View:
    return _matrix(note, options, steps=False)


def _steps(note: Note, options: Options) -> View:
    return _matrix(note, options, steps=True)


def _matrix(note: Note, options: Options, steps: bool) -> View:
    matrix = matrix_of(note, options, steps)
    answer = answer_of(matrix)
    return View(sheet(matrix, answer, steps), document(matrix, answer), status(matrix, answer))


def _signs(note: Note, options: Options) -> View:
    understood = understand(note, options.assumed)
    convention = with_choices(understood.declared.convention, options.forced)
    signs = signs_of(note, judge_under(understood, convention, ("proof",)).judgements)
    spelling = spelling_of(understood.notation)
    return View(
        signs_page.sheet(note, signs, spelling),
        signs_page.document(note, signs, spelling),
        signs_page.status(signs),
    )


def _formulas(note: Note, options: Options) -> View:
    """In the letters of the note."""
    understood = understand(note, options.assumed)
    base = with_choices(understood.declared.convention, options.forced)
    definitions = node_definitions(understood.script, understood.notation)
    own = partial(with_own_variance, definitions=definitions, notation=understood.notation, agree=agree)
    derived = formulas_under(base, options.forced, understood.notation.shape.layer, own)
    return _formulas_view(note.name, derived, spelling_of(understood.notation), LETTERS_OF_NOTE)


def usual_formulas(_: Note, options: Options) -> View:
    """In the usual letters, for no note."""
    base = with_choices(options.assumed, options.forced)
    return _formulas_view("the true formulas", formulas_under(base, options.forced), Spelling.unicode(), LETTERS)


def _formulas_view(title: str, derived: Sequence[Formula], spelling: Spelling, letters: str) -> View:
    return View(formulas_sheet(title, derived, spelling, letters), formulas_document(title, derived, spelling), 0)


VIEWS: Mapping[str, Maker] = {
    "finals": _finals,
    "steps": _steps,
    "signs": _signs,
    "formulas": _formulas,
}
