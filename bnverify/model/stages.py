"""A softmax as a note defines it: in one formula, by the name of the function, or in stages.

`u_i = e^{z_i}`, `S = \\sum_k u_k`, `p_i = u_i / S` are one softmax.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bnverify.frozen import frozen
from bnverify.model.forms import exponent_of_e, named_softmax
from bnverify.model.lettering import DefinedAs
from bnverify.model.notation import Notation, Symbol
from bnverify.model.quantities import EXTREMES
from bnverify.model.shapes import Average, Statistic, average
from bnverify.read.syntax import Addition, Call, Expr, Fraction, Name, Negative, Summation, bare, inside

MOST_STAGES = 4
"""Names in a row, each defined by the next."""
Definitions = Mapping[Symbol, tuple[tuple[str, ...], Expr]]
"""What each letter is defined as, with the indices of its head; of several definitions the first."""


@frozen
class Softmax:
    """The scores of a softmax, and what its sum runs over where that is written."""

    scores: Symbol
    over: Statistic | None = None


def softmax_of(side: Expr, frame: Notation, definitions: Sequence[DefinedAs]) -> Softmax | None:
    """The softmax that a side is, if it is one."""
    known: dict[Symbol, tuple[tuple[str, ...], Expr]] = {}
    for _, symbol, index, value in definitions:
        known.setdefault(symbol, (index, value))
    called = named_softmax(side)
    if called is not None:
        scores = frame.split(called[0])[0]
        normalised = any(average(value) is not None for _, value in known.values())
        return None if scores in known or normalised else Softmax(scores)
    side = bare(side)
    if not isinstance(side, Fraction):
        return None
    own, below = _score(side.above, frame, known), _unfolded(side.below, frame, known)
    inner = _score(below.body, frame, known) if isinstance(below, Summation) else None
    if own is None or inner is None or not isinstance(below, Summation) or own[0] != inner[0]:
        return None
    bound = below.bounds.indices
    if (bound and inner[1] and not set(bound) & set(inner[1])) or own[3] != inner[3]:
        return None
    if len(own[1]) != len(inner[1]):
        return Softmax(own[0])
    return Softmax(own[0], Statistic((), Average(bound, inner[2], ()), (inner[1],), centred=False))


def softmax_in(loss: Expr, frame: Notation) -> Softmax | None:
    """The softmax that a loss has in itself, `-z_c + \\log \\sum_k e^{z_k}`: its gradient is that."""
    for node in inside(loss):
        total = bare(node.arguments[0]) if isinstance(node, Call) and node.name.letter == "log" else None
        score = exponent_of_e(total.body) if isinstance(total, Summation) else None
        if isinstance(total, Summation) and isinstance(score, Name):
            scores, index = frame.split(score)
            bound = total.bounds.indices
            if index and set(bound) <= set(index):
                return Softmax(scores, Statistic((), Average(bound, score, ()), (index,), centred=False))
    return None


def _score(expr: Expr, frame: Notation, known: Definitions) -> tuple[Symbol, tuple[str, ...], Expr, Expr | None] | None:
    """z of `e^{z_i}`, or of a letter that is defined as that, with the indices that it has here.

    Of `e^{z_i - m}` also what all scores are shifted by.
    """
    written = bare(expr)
    unfolded = _unfolded(expr, frame, known)
    score, shift = _unshifted(exponent_of_e(unfolded))
    if not isinstance(score, Name):
        return None
    symbol, index = frame.split(score)
    if isinstance(written, Name) and unfolded is not written:
        index = frame.split(written)[1]
    return symbol, index, score, shift


def _unshifted(exponent: Expr | None) -> tuple[Expr | None, Expr | None]:
    """z_i and -m of `z_i - m`: a letter without an index, or an extreme."""
    if not isinstance(exponent, Addition) or len(exponent.terms) != 2:
        return exponent, None
    first, second = map(bare, exponent.terms)
    moved = bare(second.body) if isinstance(second, Negative) else second
    free = isinstance(moved, Name) and not moved.subscripts
    extreme = isinstance(moved, Call) and moved.name.letter in EXTREMES
    return (first, second) if free or extreme else (exponent, None)


def _unfolded(expr: Expr, frame: Notation, known: Definitions) -> Expr:
    """What a letter stands for, through further letters."""
    expr = bare(expr)
    for _ in range(MOST_STAGES):
        found = known.get(frame.split(expr)[0]) if isinstance(expr, Name) else None
        if found is None:
            return expr
        expr = bare(found[1])
    return expr
