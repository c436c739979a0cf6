"""Verdicts of a chain -> where each of its steps stands: the table of the contract, as functions.

`true` is whether the side equals the true value of the head, `follows` whether it equals the side before;
None: undecided.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bnverify.judge.claims import Claims, substituted
from bnverify.model.terms import Condition, Term
from bnverify.record import Standing
from bnverify.source import Span
from bnverify.truth.verdict import Identity
from bnverify.truth.work import for_one_step

LOOKED_BACK = 100
"""Earlier sides with which a false one is compared: whether it takes back the slip of the line before."""

Equal = Callable[[Identity], bool | None]


@dataclass(frozen=True, slots=True)
class Side:
    """One side as a term; None where it has no value."""

    term: Term | None
    place: Span
    malformed: bool = False
    """False by its form: rows of cases that overlap, or leave a case out."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A step's place in its chain; `comes_from` names the earlier steps that a carried one repeats."""

    standing: Standing
    true: bool | None = None
    follows: bool | None = None
    comes_from: tuple[Span, ...] = ()
    before: Term | None = None
    """The side before that it was compared with."""
    reference: Term | None = None
    """The head, or what stands for it."""


UNDECIDED = Placed(Standing.UNDECIDED)


@dataclass(frozen=True, slots=True)
class Decided:
    """An earlier side that has a verdict, and whether it is true (of the head, or of what stands for the head)."""

    term: Term
    true: bool
    place: Span


@dataclass(frozen=True, slots=True)
class Line:
    """A chain while it is judged: its head (None: undecided) and what all its steps share."""

    head: Term | None
    conditions: tuple[Condition, ...]
    claims: Claims
    equal: Equal

    def agree(self, left: Term, right: Term) -> bool | None:
        return self.equal(Identity(left, right, self.conditions))


def place_sides(line: Line, sides: Sequence[Side]) -> list[Placed]:
    """The standing of every side. One without a verdict is passed over by those behind it."""
    placed: list[Placed] = []
    decided: list[Decided] = []
    for side in sides:
        with for_one_step():
            one = _place(line, side, decided)
        placed.append(one)
        if side.term is not None and one is not UNDECIDED:
            decided.append(Decided(side.term, one.standing in (Standing.HOLDS, Standing.COMPENSATED), side.place))
        elif side.term is not None and line.head is None and not decided:
            decided.append(Decided(side.term, True, side.place))
    return placed


def _place(line: Line, side: Side, decided: Sequence[Decided]) -> Placed:
    reference = line.head if line.head is not None else decided[0].term if decided else None
    if side.term is None or reference is None:
        return UNDECIDED
    true = False if side.malformed else line.agree(reference, side.term)
    if true is None:
        return UNDECIDED
    before = decided[-1] if decided else Decided(reference, True, side.place)
    follows = true if not decided else line.agree(before.term, side.term)
    shown = true if line.head is not None else None
    if true:
        standing = Standing.HOLDS if before.true else Standing.COMPENSATED
        return Placed(standing, shown, follows, (), before.term, reference)
    if side.malformed:
        standing = Standing.INTRODUCED if before.true else Standing.WRONG_AGAIN
        return Placed(standing, shown, False, (), before.term, reference)
    if follows is None and not before.true:
        return UNDECIDED
    standing, source = _false(line, side.term, before, follows, decided)
    return Placed(standing, shown, follows, source, before.term, reference)


def _false(
    line: Line, side: Term, before: Decided, follows: bool | None, decided: Sequence[Decided]
) -> tuple[Standing, tuple[Span, ...]]:
    """A false side: carried from an earlier error (with its source), or a new one."""
    if follows and not before.true:
        return Standing.CARRIED, ()
    if not before.true:
        earlier = (one for one in decided[-LOOKED_BACK:-1] if not one.true)
        taken_back = next((one for one in earlier if line.agree(one.term, side)), None)
        if taken_back is not None:
            return Standing.CARRIED, (taken_back.place,)
    source = _from_claims(line, side, before.term)
    if source:
        return Standing.CARRIED, source
    return (Standing.INTRODUCED if before.true else Standing.WRONG_AGAIN), ()


def _from_claims(line: Line, side: Term, before: Term) -> tuple[Span, ...]:
    """The wrong claims that, put into the side before or into the note's own chain rule, give this side."""
    rules = [rule for head, rule in line.claims.rules if head == line.head and rule != before]
    for start in (before, *rules):
        for term, used in substituted(start, line.claims.wrong):
            if line.agree(term, side):
                return tuple(claim.place for claim in used)
    return ()
