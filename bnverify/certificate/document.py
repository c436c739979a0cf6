"""Judged notes -> a certificate: for every proved step what an independent program needs to prove it again.

`bnverify/recheck.py` is that program, and says what it checks. A step holds:

- `head`, `relation`, `side`: file, cell, start, end and text of what is written, in characters of the file or cell;
- `left`, `right`: both sides as they were read, as trees (trees.py), on the forward pass of number `forward`;
- `cases`, one for each way in which indices can be the same sample. `at` gives each index its place; `coordinates`
  are names for trees; `left` and `right` are fractions in them, a numerator and the factors of a denominator, each a
  list of [a, b, coordinates] for a/b times their product; `known` says what a coordinate, or its square, is;
- `coordinates`: `raw` where nothing was eliminated before the sides were written, else `of the proof`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bnverify import __version__
from bnverify.certificate.trees import Names, forward_document, tree
from bnverify.judge.judgement import Judgement
from bnverify.model.axes import axis_of
from bnverify.model.calculus import Undifferentiable
from bnverify.model.forward import Forward
from bnverify.pipeline import Judged
from bnverify.record import RIGHT, Kind
from bnverify.source import BETWEEN_CELLS, Note, Span
from bnverify.truth.raw import ProvedCase, proved_cases
from bnverify.truth.verdict import Undecidable, Undefined

VERSION = 1
Entry = dict[str, Any]


def certificate(notes: Sequence[Entry]) -> str:
    """The whole file, each step on a line of its own."""
    document = _with_digest({"certificate": VERSION, "made_by": f"bnverify {__version__}", "notes": list(notes)})
    return _lines(document, 2) + "\n"


def _lines(value: Any, depth: int) -> str:
    """JSON with a line for each entry down to some depth."""
    if depth and isinstance(value, list) and value:
        return "[\n" + ",\n".join(_lines(one, depth - 1) for one in value) + "\n]"
    if depth and isinstance(value, dict):
        return "{" + ",\n".join(f"{json.dumps(key)}: {_lines(one, depth)}" for key, one in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def note_entry(judged: Judged, files: Mapping[str, str]) -> Entry:
    """One note; `files` are the texts that it was read from, by their paths."""
    note, record = judged.record.note, judged.record
    home = os.path.dirname(note.name)
    passes: list[Forward] = []
    steps, without = [], []
    for one in judged.verdicts.judgements:
        try:
            steps.append(_with_digest(_step(one, note, passes)))
        except (Undecidable, Undefined, Undifferentiable) as trouble:
            without.append({"place": _place(one, note), "text": note.cut(one.step.span), "why": str(trouble)})
    return {
        "note": note.name,
        "files": {_within(path, note, home): _sha(text) for path, text in files.items()},
        "convention": {part.name: part.choice for part in record.convention},
        "forced": record.forced,
        "layer": record.layer,
        "forward": [forward_document(one) for one in passes],
        "steps": steps,
        "without": without,
    }


def _within(path: str, note: Note, home: str) -> str:
    """A part of a note by its path from the note's folder; the note itself has none."""
    return "" if path == note.name else os.path.relpath(path, home or ".").replace(os.sep, "/")


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _with_digest(entry: Entry) -> Entry:
    """An entry with the SHA-256 of its canonical form."""
    return {**entry, "digest": _sha(json.dumps({**entry, "digest": ""}, sort_keys=True))}


def _place(one: Judgement, note: Note) -> str:
    return note.lines([one.step.relation.start])


def _step(one: Judgement, note: Note, passes: list[Forward]) -> Entry:
    """Raises Undecidable, with the reason, for a step that has no certificate."""
    if one.standing not in RIGHT:
        raise Undecidable(_why_none(one))
    if one.identity is None or one.forward is None:
        raise Undecidable("it sets a number or a name: there is nothing to prove")
    identity, forward = one.identity, one.forward
    cases = list(proved_cases(identity, forward))
    if forward not in passes:
        passes.append(forward)
    head, head_is = _head(one)
    return {
        "place": _place(one, note),
        "standing": one.standing.value if one.standing else None,
        "head_is": head_is,
        "head": _texts(note, [head]),
        "relation": _texts(note, [one.step.relation]),
        "side": _texts(note, [one.step.span, *one.step.more]),
        "forward": passes.index(forward),
        "left": tree(identity.left, forward),
        "right": tree(identity.right, forward),
        "coordinates": "raw" if all(case.raw for case in cases) else "of the proof",
        "cases": [_case(case, forward) for case in cases],
    }


def _why_none(one: Judgement) -> str:
    if one.kind is Kind.PROSE:
        return "it is in words"
    if one.kind is Kind.UNREADABLE:
        return f"it is unreadable: {one.why}"
    if one.replaced:
        return "a convention that is forced sets it aside"
    return f"its standing is {one.standing}" + (f": {one.why}" if one.why else "")


def _head(one: Judgement) -> tuple[Span, str]:
    """Where what the side equals is written: the head, or a side where the head is undecided."""
    assert one.identity is not None
    if not one.head.trouble or one.line is None:
        return one.chain.head_span, "the head"
    for step, side in zip(one.chain.steps, one.line.sides, strict=True):
        if side.term == one.identity.left:
            return step.span, "the first side that has a value"
    return one.chain.head_span, "the head"


def _texts(note: Note, spans: Iterable[Span]) -> list[list[Any]]:
    """The characters of some spans as file, cell, start, end and text: one for each piece of the note they lie in."""
    home = os.path.dirname(note.name)
    return [
        [_within(place.path, note, home), place.cell, place.offset, place.offset + len(text), text]
        for span in spans
        for place, text in _pieces(note, span)
    ]


def _pieces(note: Note, span: Span) -> Iterator[tuple[Any, str]]:
    starts = [piece.start for piece in note.pieces] or [0]
    for start, end in zip(starts, [*starts[1:], len(note.text)], strict=True):
        behind = len(BETWEEN_CELLS) if note.pieces and note.pieces[0].cell is not None and end < len(note.text) else 0
        first, last = max(start, span.start), min(end - behind, span.end)
        if first < last:
            yield note.place(first), note.text[first:last]


def _case(case: ProvedCase, forward: Forward) -> Entry:
    names = Names(forward)
    left, right = names.fraction(case.left), names.fraction(case.right)
    known = [[names.name(term), False, names.fraction(value)] for term, value in case.replaced.items()]
    known += [[names.name(term), True, [names.polynomial(value)]] for term, value in case.squares.items()]
    axes = [axis_of(group[0]) for group in case.groups]
    at = {index: axes[:k].count(axes[k]) for k, group in enumerate(case.groups) for index in group}
    return {"at": at, "left": left, "right": right, "known": known, "coordinates": names.document()}
