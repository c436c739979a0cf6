"""An answer -> one sentence: the convention under which a note is right, or why there is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bnverify.model.conventions import Choice, Convention, Upstream
from bnverify.source import Span
from bnverify.variation.answer import Answer, Use
from bnverify.variation.matrix import Held, Matrix, Row
from bnverify.words.conventions import FRONT_MATTER, convention_parts

NOTHING = "there is no final formula in it: no dL/dx, dL/dgamma or dL/dbeta that is worked out"


def sentence(matrix: Matrix, answer: Answer | None) -> str:
    """`right under the unbiased variance`, without a full stop."""
    if answer is None:
        unread = _at(matrix, matrix.unread)
        return f"{NOTHING}; {unread} could not be read or decided" if unread else NOTHING
    return "; ".join(_clauses(matrix, answer))


def _clauses(matrix: Matrix, answer: Answer) -> Iterator[str]:
    uses = [words for found in answer.uses.values() for words in _uses(matrix, found)]
    if uses and answer.elsewhere:
        yield f"right under no single convention: {', '.join(uses)}"
        yield f"of the final formulas {_by_convention(matrix, answer)}{_but(matrix, answer.never)}"
    elif uses:
        yield f"right under no single convention: {', '.join(uses)}"
        yield f"the final formulas are {_verdict(matrix, answer)}"
    else:
        yield _verdict(matrix, answer, _though(matrix, answer))
    for row in answer.open:
        cell = next(cell for cell in row.cells.values() if cell.held is not Held.REFUTED)
        yield f"{_lines(matrix, [row])} is {cell.held}: {cell.why}"
    for row in answer.never:
        if names := sorted(set(row.judgement.side.undefined)):
            yield f"{_lines(matrix, [row])} has {' and '.join(names)}, which the note never defines"
    if matrix.unread:
        yield f"{_at(matrix, matrix.unread)} could not be read or decided, and may say otherwise"


def _verdict(matrix: Matrix, answer: Answer, though: str = "") -> str:
    if not answer.right and not answer.elsewhere:
        if not answer.never:
            return "not decided"
        return _wrong(matrix, answer.never)
    if answer.elsewhere:
        return f"right under no single convention: {_by_convention(matrix, answer)}{_but(matrix, answer.never)}"
    if answer.never and not answer.matters:
        return f"{_wrong(matrix, answer.never)}, {_lines(matrix, answer.right)} right under all"
    return f"right{_under(matrix, answer)}{though}{_but(matrix, answer.never)}"


def _wrong(matrix: Matrix, never: Sequence[Row]) -> str:
    many = "is" if len(never) == 1 else "are"
    return f"right under {_none(matrix)}: {_lines(matrix, never)} {many} wrong under each of them"


def _none(matrix: Matrix) -> str:
    return "no convention that was tried" if matrix.options.forced else "no convention"


def _but(matrix: Matrix, never: Sequence[Row]) -> str:
    return f", but for {_lines(matrix, never)}, which {_none(matrix)} makes right" if never else ""


def _by_convention(matrix: Matrix, answer: Answer) -> str:
    """Which formulas hold where: those of the best convention, then the others."""
    other = {row.place: convention for row, convention in answer.elsewhere}
    groups: dict[Convention, list[Row]] = {answer.best: list(answer.right)}
    for row, convention in answer.elsewhere:
        groups.setdefault(convention, []).append(row)
    differing = {part for convention in other.values() for part in convention.differs_from(answer.best)}
    differing |= set(answer.best.differs_from(matrix.base))
    told = [
        f"{_lines(matrix, rows)} under {_choices([one.choices[part] for part in one.choices if part in differing])}"
        for one, rows in groups.items()
    ]
    return ", ".join(told)


def _under(matrix: Matrix, answer: Answer) -> str:
    """The choices that are worth a word: the variance, and what is not as usual; all that matter if that is none."""
    changed = answer.best.differs_from(matrix.base)
    choices = {part: answer.best.choices[part] for part in answer.matters if part != "upstream"}
    told = [one for part, one in choices.items() if part == "variance" or part in changed or one is not one.usual()]
    words = _choices(told or list(choices.values()))
    if answer.best.upstream is not Upstream.AS_WRITTEN:
        words += _if_read(matrix, answer)
    elif "upstream" in changed:
        words += " with dL/dx-hat as written"
    if not words:
        return " as asked" if matrix.options.forced else " under every convention"
    return f" under {words}" if choices and words[0] != " " else words


def _if_read(matrix: Matrix, answer: Answer) -> str:
    if answer.switches_at is None:
        return " with dL/dx-hat standing for dL/dy"
    return f" if dL/dx-hat is read as dL/dy from {_line(matrix, answer.switches_at)} on"


def _choices(choices: Sequence[Choice]) -> str:
    """`the unbiased variance with epsilon outside the root and the residual mu - x`."""
    first, *others = (one.words for one in choices) if choices else ("",)
    return f"{first} with {' and '.join(others)}" if others else first


def _though(matrix: Matrix, answer: Answer) -> str:
    """What the note declares, where that is something else."""
    parts = {part.name: part for part in convention_parts(matrix.understood, matrix.base, matrix.options)}
    told: dict[str, list[str]] = {}
    for name in contradicted(matrix, answer):
        if name != "upstream":
            told.setdefault(parts[name].place, []).append(parts[name].words)
    if told:
        clauses = (f"{_declares(place)} {' and '.join(words)}" for place, words in told.items())
        return f", though {' and '.join(clauses)}"
    said = [parts[one] for one in answer.matters if one == "variance" or not parts[one].usual]
    places = dict.fromkeys(part.place for part in said if part.declared and not part.instead_of)
    if answer.best != matrix.base or len(places) != 1 or not all(part.declared for part in said):
        return ""
    return f", as {_declares(next(iter(places)))}"


def contradicted(matrix: Matrix, answer: Answer) -> list[str]:
    """The parts that the note itself declares otherwise than its formulas need them."""
    parts = {part.name: part for part in convention_parts(matrix.understood, matrix.base, matrix.options)}
    changed = answer.best.differs_from(matrix.base)
    return [name for name in changed if parts[name].declared]


def _declares(place: str) -> str:
    return "the front matter declares" if place == FRONT_MATTER else f"{place} declares"


def _uses(matrix: Matrix, uses: Sequence[Use]) -> Iterator[str]:
    for one in uses:
        first, last = one.first.start, one.last.start
        many = "uses" if matrix.note.row(first) == matrix.note.row(last) else "use"
        yield f"{matrix.note.stretch(first, last)} {many} {one.choice.short}"


def _lines(matrix: Matrix, rows: Sequence[Row]) -> str:
    return _at(matrix, [row.relation for row in rows])


def _at(matrix: Matrix, places: Sequence[Span]) -> str:
    """The lines of some places; nothing where there are none."""
    return matrix.note.lines(place.start for place in places)


def _line(matrix: Matrix, place: Span) -> str:
    return _at(matrix, [place])
