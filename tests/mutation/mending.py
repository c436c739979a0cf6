"""A repair -> whether it is true: its edits are made in the text, and the formula that results is evaluated."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bnverify.record import Edit, Repair, Target
from tests.mutation.derivations import Derivation
from tests.mutation.notation import Place, Written
from tests.mutation.parse import Unparsed, parse
from tests.mutation.trees import NoValue, Tree, Unclear, equal


@dataclass(frozen=True, slots=True)
class Mended:
    """`true` is None where the numbers cannot tell, with the reason."""

    true: bool | None
    formula: str = ""
    why: str = ""


def mended_text(text: str, edits: tuple[Edit, ...]) -> str:
    for edit in sorted(edits, key=lambda one: (one.span.start, one.span.end), reverse=True):
        text = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
    return text


def moved(span: tuple[int, int], edits: tuple[Edit, ...]) -> tuple[int, int]:
    """Where a piece of the text stands after the edits; what is inserted at its borders belongs to it."""
    start, end = span
    grown = [(edit.span, len(edit.replacement) - len(edit.span)) for edit in edits]
    before = sum(more for one, more in grown if one.end < start or (one.end == start and one.start < start))
    within = sum(more for one, more in grown if start <= one.start and one.end <= end)
    return start + before, end + before + within


def crosses(span: tuple[int, int], edits: tuple[Edit, ...]) -> bool:
    """Whether an edit begins inside a piece of the text and ends outside it, or the other way round."""
    start, end = span
    return any(one.span.start < start < one.span.end or one.span.start < end < one.span.end for one in edits)


def evaluate(repair: Repair, written: Written, place: Place, before: Tree | None, note: Derivation) -> Mended:
    """Whether what the repair leaves behind is true: of the head, or of the side before where there is one.

    A repair that mends several steps must make each of them true.
    """
    edits = repair.edits
    if not any(touches(span, edits) for span in (place.head, place.side)):
        return Mended(None, why="no edit of the step itself")
    if crosses(place.head, edits) or crosses(place.side, edits):
        return Mended(None, why="an edit crosses the border of a side")
    after = mended_text(written.text, edits)
    cut = lambda span: after[slice(*moved(span, edits))]  # noqa: E731
    read = lambda text: parse(text, note.notation, note.helpers)  # noqa: E731
    shown = f"{cut(place.head)} = {cut(place.side)}"
    try:
        if repair.target is Target.STEP:
            pairs = [(before or read(cut(place.head)), read(cut(place.side)))]
        else:
            mended = {span.start for span in repair.mends} | {place.relation}
            pairs = [(read(cut(p.head)), read(cut(p.side))) for p in written.places if p.relation in mended]
        pairs += [(read(cut(place.side)), read(side)) for side in _as_reported(repair.latex)]
        return Mended(all(equal(left, right, note.batches) for left, right in pairs), shown)
    except (Unparsed, NoValue, Unclear) as trouble:
        return Mended(None, shown, f"{type(trouble).__name__}: {trouble}")


def touches(span: tuple[int, int], edits: tuple[Edit, ...]) -> bool:
    start, end = span
    return any(start <= edit.span.start <= edit.span.end <= end for edit in edits)


def _as_reported(latex: str) -> list[str]:
    """The side that the report prints, which must be the one that the edits make."""
    side = latex[relation(latex) + 1 :]
    return [side] if side.strip() else []


def relation(latex: str) -> int:
    """Where the first equals sign stands that is neither in braces nor in an environment; -1 where there is none."""
    depth = 0
    for found in re.finditer(r"\\begin|\\end|[{}=]", latex):
        match found.group():
            case "=" if not depth:
                return found.start()
            case "{" | r"\begin":
                depth += 1
            case "}" | r"\end":
                depth -= 1
    return -1
