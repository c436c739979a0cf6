"""The signs of a note -> what is shown of them: a sheet, or a part of the JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

from bnverify.model.calculus import Undifferentiable, expand
from bnverify.model.places import GENERIC
from bnverify.model.quantities import INPUT
from bnverify.model.terms import ZERO, LossBy, Term, rename, walk
from bnverify.model.writing import Spelling, latex, plain
from bnverify.report.jsons import place_document
from bnverify.source import Note
from bnverify.truth.closed import tidy
from bnverify.truth.verdict import Undecidable, Undefined
from bnverify.variation.signs import Quantity, Sign, Signed, derivative_alone, key_of
from bnverify.variation.table import Entry, Sheet, Table
from bnverify.words.describe import generic_letter

Signs = Mapping[Quantity, Sequence[Signed]]
STYLES = {
    Sign.SAME: "right",
    Sign.TURNED: "right",
    Sign.FLIPPED: "error",
    Sign.PART: "error",
    Sign.HIDDEN: "warning",
    Sign.UNKNOWN: "warning",
    Sign.OPEN: "warning",
}
NOTHING = "it has no step about dxhat/dmu, dv/dmu, dv/dx, dL/dv, dL/dmu or dL/dx"
AS_GOOD = (Sign.SAME, Sign.TURNED)


def sheet(note: Note, signs: Signs, spelling: Spelling) -> Sheet:
    if not signs:
        return Sheet(note.name, closing=NOTHING, style="warning")
    rows = tuple(row for found in signs.values() for row in _rows(note, found, spelling))
    true = tuple(_true(found[0], spelling) for found in signs.values())
    table = Table((("derivative",), ("sign as written",), ("",)), rows)
    style = {0: "right", 1: "error", 3: "warning"}[status(signs)]
    return Sheet(note.name, tables=(table,), below=tuple(true), closing=_closing(note, signs, spelling), style=style)


def status(signs: Signs) -> int:
    """0: every sign is right; 1: one is flipped, be it hidden or found again; 3: there is none, or not all are told."""
    found = {one.sign for steps in signs.values() for one in steps}
    if found & {Sign.FLIPPED, Sign.PART, Sign.HIDDEN}:
        return 1
    return 3 if not found or found & {Sign.OPEN, Sign.UNKNOWN} else 0


def _rows(note: Note, found: Sequence[Signed], spelling: Spelling) -> Iterator[tuple[Entry, ...]]:
    """One row for each run of steps that are alike."""
    name = _name(found[0], spelling)
    for words, steps in groupby(found, key=_words):
        run = list(steps)
        yield Entry(name), Entry(words, style=STYLES[run[0].sign]), Entry(_lines(note, run))
        name = ""


def _words(one: Signed) -> str:
    return f"{one.sign}; wrong in another way" if one.otherwise else one.sign.value


def _name(one: Signed, spelling: Spelling) -> str:
    """The derivative in the letters of the note."""
    return plain(_head(one), spelling)


def _head(one: Signed) -> Term:
    return derivative_alone(rename(one.judgement.head.term, {GENERIC: generic_letter(one.judgement)}))


def _lines(note: Note, steps: Sequence[Signed]) -> str:
    starts = sorted(map(_starts, steps))
    return note.stretch(starts[0], starts[-1]) if len({*map(note.row, starts)}) > 2 else note.lines(starts)


def _true(one: Signed, spelling: Spelling) -> tuple[str, Entry]:
    """The derivative worked out, with the sign that it has; where it is zero, as it is before that is used."""
    line, head = one.judgement.line, _head(one)
    assert line is not None
    try:
        tidied = tidy(head, line.forward)
        value = tidied if isinstance(head, LossBy) else expand(head, line.forward)
    except (Undifferentiable, Undecidable, Undefined) as trouble:
        return f"the true {_name(one, spelling)}", Entry(str(trouble))
    zero = " = 0" if tidied == ZERO != value else ""
    return f"the true {_name(one, spelling)}", Entry(plain(value, spelling) + zero, latex(value, spelling) + zero)


# -- the sentence


def _closing(note: Note, signs: Signs, spelling: Spelling) -> str:
    clauses = [words for steps in signs.values() if (words := _of_one(note, steps, signs, spelling))]
    if clauses:
        return "; ".join(clauses)
    told = {one.sign for steps in signs.values() for one in steps}
    if told <= set(AS_GOOD):
        return "every sign of these derivatives is right"
    open_steps = [one for steps in signs.values() for one in steps if one.sign not in AS_GOOD]
    return f"no flipped sign was found; {_each_line(note, open_steps)} cannot be told"


def _of_one(note: Note, steps: Sequence[Signed], signs: Signs, spelling: Spelling) -> str:
    """What happens to the sign of one derivative, line after line; nothing where it is always right."""
    runs = [(sign, list(run)) for sign, run in groupby(steps, key=lambda one: _kind(one.sign))]
    told = []
    for (before, _), (sign, run) in pairwise([(Sign.SAME, list(steps[:0])), *runs]):
        if sign is Sign.HIDDEN:
            told.append(f"flipped on {_lines(note, run)}, where sum(x - mu) = 0 hides it")
        elif sign in (Sign.FLIPPED, Sign.PART):
            told.append(f"{sign} on {_lines(note, run)}")
        elif sign is Sign.SAME and before in (Sign.FLIPPED, Sign.PART):
            told.append(f"found again on {_lines(note, run[:1])}")
    if not told:
        return ""
    if steps[-1].sign is Sign.FLIPPED:
        told += _found_in_input(note, steps[-1], signs, spelling)
    return f"the sign of {_name(steps[0], spelling)} is {', '.join(told)}"


def _kind(sign: Sign) -> Sign:
    return Sign.SAME if sign in AS_GOOD else sign


def _found_in_input(note: Note, last: Signed, signs: Signs, spelling: Spelling) -> Iterator[str]:
    """Where dL/dx has it right again, in the first line that no longer names the derivative."""
    for quantity, steps in signs.items():
        if quantity.of or quantity.by != INPUT or steps[-1] is last:
            continue
        later = (one for one in steps if _starts(one) > _starts(last) and not _names(one, last))
        again = next((one for one in later if one.sign in AS_GOOD), None)
        if again is not None:
            yield f"and right again in {_name(again, spelling)} on {_lines(note, [again])}"


def _starts(one: Signed) -> int:
    return one.judgement.step.relation.start


def _names(one: Signed, other: Signed) -> bool:
    """Whether a side names the derivative that another step is about."""
    return key_of(_head(other)) in map(key_of, walk(one.judgement.side.term))


def _each_line(note: Note, steps: Sequence[Signed]) -> str:
    return note.lines(map(_starts, steps))


# -- JSON


def document(note: Note, signs: Signs, spelling: Spelling) -> Mapping[str, Any]:
    return {
        "path": note.name,
        "sentence": _closing(note, signs, spelling) if signs else NOTHING,
        "signs": [_quantity(note, quantity, steps, spelling) for quantity, steps in signs.items()],
    }


def _quantity(note: Note, quantity: Quantity, steps: Sequence[Signed], spelling: Spelling) -> Mapping[str, Any]:
    _, true = _true(steps[0], spelling)
    return {
        "derivative": quantity.name,
        "head": _name(steps[0], spelling),
        "true": true.latex or None,
        "steps": [
            {
                **place_document(note, _starts(one)),
                "side": one.judgement.step.latex,
                "sign": NAMES[one.sign],
                "wrong_otherwise": one.otherwise,
            }
            for one in steps
        ],
    }


NAMES = {
    Sign.SAME: "same",
    Sign.TURNED: "same-written-mu-x",
    Sign.FLIPPED: "flipped",
    Sign.PART: "flipped-part",
    Sign.HIDDEN: "flipped-hidden",
    Sign.UNKNOWN: "wrong-otherwise",
    Sign.OPEN: "undecided",
}
"""The signs in JSON."""
