"""A script -> what became of every token of its mathematics: read, annotation, unreadable, layout; nothing else."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from bnverify.frozen import frozen
from bnverify.limits import most
from bnverify.read.chains import Script
from bnverify.read.containers import tokens_in
from bnverify.read.fragments import ARROWS
from bnverify.read.syntax import Unreadable, inside
from bnverify.read.tokens import Raw
from bnverify.source import Span


@frozen
class Account:
    """Characters of mathematics by what became of them; `lost` holds tokens that nobody took, which is a fault."""

    read: int
    annotation: int
    unreadable: int
    lost: tuple[Span, ...]

    def as_dict(self) -> dict[str, int]:
        return {"read": self.read, "annotation": self.annotation, "unreadable": self.unreadable}


def account(script: Script) -> Account:
    """Follow every token of every formula to where it went."""
    taken = _Cover(_taken(script))
    broken = _Cover(_broken(script))
    noted = _Cover([*script.annotations, *_idle(script)])
    read = annotation = 0
    unreadable = sum(map(len, script.layout.outside))
    lost: list[Span] = []
    for formula in script.layout.formulas:
        if len(formula.span) > most("formula"):  # it is one token that nothing reads
            unreadable += len(formula.span)
            continue
        meant = tokens_in(script.note.text, formula, script.layout)
        end = formula.span.start
        pieces = [*meant.tokens, *(Raw(DEFINITION, "", one.start, one.end) for one in meant.definitions)]
        for piece in sorted(pieces, key=lambda one: (one.start, -one.end)):
            size = max(0, piece.end - max(piece.start, end))  # what a macro brings in stands in one place
            end = max(end, piece.end)
            if piece.kind == DEFINITION or noted.holds(piece.start):
                annotation += size
            elif broken.holds(piece.start):
                unreadable += size
            elif taken.holds(piece.start):
                read += size
            elif size and not (piece.kind in LAYOUT or piece.text in ARROWS or _is_invisible(piece)):
                lost.append(piece.span)
    return Account(read, annotation, unreadable, tuple(lost))


DEFINITION = "definition"
"""A piece that defines a command; a token that goes on behind it, `\\label{a\\newcommand...b}`, holds it."""
LAYOUT = frozenset(("newline", "&", "quad", ",", ";"))
"""What parts statements stands between them."""


def _is_invisible(piece: Raw) -> bool:
    """The half of `\\left.` and `\\right.` that is not printed."""
    return piece.text == "." and piece.kind in ("open", "close")


def _idle(script: Script) -> Iterator[Span]:
    """Displays that no step contains: they claim nothing, and nothing of them is judged."""
    for span in script.mentions:
        formula = script.layout.formula_at(span.start)
        if formula is not None and formula.display:
            yield span


def _taken(script: Script) -> list[Span]:
    spans = list(script.mentions)
    for chain in script.chains:
        spans.append(chain.head_span)
        spans += [span for step in chain.steps for span in (step.relation, step.span, *step.more)]
    return spans


def _broken(script: Script) -> list[Span]:
    found = [
        step.span
        for chain in script.chains
        for step in chain.steps
        if any(isinstance(node, Unreadable) for node in inside(step.side))
    ]
    return found + [c.head_span for c in script.chains if any(isinstance(n, Unreadable) for n in inside(c.head))]


class _Cover:
    """A union of spans that answers whether an offset lies in it."""

    def __init__(self, spans: list[Span] | tuple[Span, ...]) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []
        for span in sorted(spans):
            if self.ends and span.start <= self.ends[-1]:
                self.ends[-1] = max(self.ends[-1], span.end)
            else:
                self.starts.append(span.start)
                self.ends.append(span.end)

    def holds(self, offset: int) -> bool:
        place = bisect_right(self.starts, offset) - 1
        return place >= 0 and offset < self.ends[place]
