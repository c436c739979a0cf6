"""A script -> its shapes, each with the quantity that it is written on, and whether that quantity has this shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from bnverify.frozen import frozen
from bnverify.model.adjoints import ONES_OR_IDENTITY
from bnverify.model.arrays import Arrays, arrays_of, as_written, quantity_of
from bnverify.model.notation import Notation
from bnverify.read.chains import Chain, Script, Step
from bnverify.read.documents import Formula
from bnverify.read.latex import latex, parse
from bnverify.read.names import ONES
from bnverify.read.shapes import Written
from bnverify.read.syntax import Derivative, Expr, Name, bare, inside
from bnverify.source import Span


@frozen
class Annotated:
    """A shape as written, and what it is the shape of; `step` is the relation sign of the step that it belongs to."""

    written: Written
    quantity: Expr | None
    fits: bool | None
    """Whether the quantity has this shape; None where that cannot be told."""
    meant: str = ""
    """The shape that it has, in the letters of the note, where there are letters for it."""
    step: Span | None = None

    @property
    def name(self) -> str:
        return latex(self.quantity) if self.quantity is not None else ""


@frozen
class _Place:
    """A formula with a shape, the step that it belongs to, and its chain where it stands behind the head."""

    formula: Formula
    chain: Chain | None
    step: Step | None


def annotated(script: Script, notation: Notation) -> tuple[Annotated, ...]:
    """Every shape of a note with its quantity."""
    arrays = arrays_of(notation)
    letters = tuple(dict.fromkeys(entry for one in script.shapes for entry in one.entries))
    places = _Places(script)
    placed = ((one, places.of(one)) for one in script.shapes)
    return tuple(_annotated(one, place, script, (notation, arrays, letters)) for one, place in placed if place)


def _annotated(
    written: Written, place: _Place, script: Script, known: tuple[Notation, Arrays | None, Sequence[str]]
) -> Annotated:
    """A shape is wrong only where it is that of nothing that it may be meant for."""
    notation, arrays, letters = known
    step = place.step.relation if place.step is not None else None
    exprs = list(_exprs(written, place, script))
    found = [quantity_of(one, notation) for one in exprs]
    axes = arrays.axes(written.entries) if arrays is not None else None
    if arrays is None or axes is None or not any(found):
        sure = exprs[0] if exprs and written.among[1] == 1 else None
        return Annotated(written, sure, None, step=step)
    fitting = next((one for one in found if one is not None and arrays.fits(one.role, one.indexed, axes)), None)
    if fitting is not None:
        return Annotated(written, fitting.expr, True, step=step)
    last = found[-1]
    if last is None or None in found or _is_copied(place) or (written.among[1] > 1 and len(found) > 1):
        return Annotated(written, None, None, step=step)
    return Annotated(written, last.expr, False, as_written(arrays.of(last.role), arrays, letters), step)


def _is_copied(place: _Place) -> bool:
    """Whether ones in the step spread a quantity over the samples: then its shape is that before or behind."""
    nodes = inside(place.step.side) if place.step is not None else ()
    return any(isinstance(node, Name) and node.letter in (ONES, *ONES_OR_IDENTITY) for node in nodes)


class _Places:
    """The steps in each formula of a note, found once."""

    def __init__(self, script: Script) -> None:
        self.layout = script.layout
        self.steps: dict[Span, list[tuple[int, Chain, Step]]] = {}
        for chain in script.chains:
            for step in chain.steps:
                formula = self.layout.formula_at(step.relation.start)
                if formula is not None and not chain.case:
                    self.steps.setdefault(formula.span, []).append((step.relation.start, chain, step))
        mentioned = (self.layout.formula_at(one.start) for one in script.mentions)
        self.mentions = {one.span for one in mentioned if one is not None}

    def of(self, written: Written) -> _Place | None:
        """The last step before a shape in its formula, or the first one behind it."""
        formula = self.layout.formula_at(written.formula.start if written.formula else written.span.start)
        if formula is None:
            return None
        end = formula.span.end if written.formula else written.span.start
        own = sorted(self.steps.get(formula.span, ()), key=lambda one: one[0])
        before = [one for one in own if one[0] < end]
        if own:
            _, chain, step = before[-1] if before else own[0]
            return _Place(formula, chain if before else None, step)
        return _Place(formula, None, None) if formula.span in self.mentions else None


def _exprs(written: Written, place: _Place, script: Script) -> Iterator[Expr]:
    """What the shape may be that of: of the head before it, or of what it stands on."""
    number, several = written.among
    if several > 1 and place.chain is not None:
        yield from _in_order(place.chain, number, several)
        return
    if place.chain is not None and written.whole:
        yield place.chain.head
    if written.quantity:
        yield parse(list(written.quantity))
    if place.chain is not None and written.whole:
        return
    if place.step is None and not written.quantity:
        yield parse(script.wording.scan(script.note.cut(place.formula.span), place.formula.span.start))


def _in_order(chain: Chain, number: int, several: int) -> Iterator[Expr]:
    """The quantities of an equation that the n-th of several shapes in a row can stand under."""
    exprs = (chain.head, *(step.side for step in chain.steps))
    named: list[Expr] = []
    for expr in exprs:
        inner = bare(expr)
        parts = (
            [inner]
            if isinstance(inner, (Name, Derivative))
            else [one for one in inside(inner) if isinstance(one, Name)]
        )
        named += [one for one in parts if one not in named]
    taken = dict.fromkeys(choice[number] for choice in combinations(range(len(named)), several))
    yield from (named[place] for place in taken)
