"""The mathematics that a note speaks of: resolved terms, without spans, letters or layout.

Every witness interprets this one tree in its own domain.
Equal terms compare equal wherever they stood, so results may be cached by term.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from itertools import chain
from typing import Any, TypeVar, assert_never, cast

from bnverify.frozen import frozen


class Reading(StrEnum):
    """What a derivative of one forward quantity by another means."""

    LOCAL = "local"
    """The other nodes that the defining expression names are held fixed."""
    TOTAL = "total"
    """Everything downstream follows, down to the inputs."""


class _Remembering:
    """Room for what a term is asked for again and again: hashing and walking whole trees would dominate."""

    __slots__ = ("_below", "_free", "_hash")
    _below: tuple[Term, ...]
    _free: frozenset[str]
    _hash: int


T = TypeVar("T", bound=type)


def _remembering(cls: T) -> T:
    """Work the hash of a term out once."""
    work_out = cast(Callable[[Any], int], cls.__hash__)

    def __hash__(self: Any) -> int:  # noqa: N807
        try:
            return int(self._hash)
        except AttributeError:
            self._hash = work_out(self)
            return int(self._hash)

    cls.__hash__ = __hash__  # type: ignore[assignment,method-assign]
    return cls


@frozen
class Number:
    value: Fraction


@frozen
class Count:
    """How many places an axis has, n: a symbol for the proof, a number for the other witnesses."""

    axis: int = 0


@frozen
class Value:
    """A quantity of the forward pass, or a free symbol; `index` is empty for what all samples share."""

    name: str
    index: tuple[str, ...] = ()


@frozen
class Delta:
    """1 where two indices name the same sample, else 0."""

    left: str
    right: str


@_remembering
@frozen
class Sum(_Remembering):
    """The sum of `body` over all places of the axis of `index`, which is bound in the body."""

    index: str
    body: Term


@_remembering
@frozen
class Plus(_Remembering):
    terms: tuple[Term, ...]


@_remembering
@frozen
class Times(_Remembering):
    factors: tuple[Term, ...]


@_remembering
@frozen
class Power(_Remembering):
    """`base` to a rational power; a half-integer power is a power of the positive square root."""

    base: Term
    exponent: Fraction


@_remembering
@frozen
class Exp(_Remembering):
    """e to the power of `body`."""

    body: Term


@_remembering
@frozen
class Log(_Remembering):
    """The natural logarithm of `body`, which is positive."""

    body: Term


@_remembering
@frozen
class LossBy(_Remembering):
    """The derivative of the loss by a quantity: nudge it, everything downstream follows, all else is held.

    The loss is any function of the outputs; `of` is the one that a note defines.
    """

    value: Value
    of: Term | None = None


@_remembering
@frozen
class Partial(_Remembering):
    """The derivative of `of` by the quantity `by`.

    Where `of` is itself a quantity of the graph, its defining expression is differentiated.
    """

    of: Term
    by: Value
    reading: Reading


@frozen
class Condition:
    """Whether two indices name the same sample."""

    left: str
    right: str
    same: bool


@_remembering
@frozen
class Cases(_Remembering):
    """The first row whose conditions all hold; nothing is claimed where none does."""

    rows: tuple[tuple[tuple[Condition, ...], Term], ...]


@frozen
class Unknown:
    """A part whose value cannot be told, with the reason in plain English."""

    why: str


Term = Number | Count | Value | Delta | Sum | Plus | Times | Power | Exp | Log | LossBy | Partial | Cases | Unknown

ZERO = Number(Fraction(0))
ONE = Number(Fraction(1))
MINUS_ONE = Number(Fraction(-1))


def number(value: int | Fraction) -> Number:
    return Number(Fraction(value))


def plus(*terms: Term) -> Term:
    """The sum of `terms`, flattened, without zeros."""
    flat: list[Term] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, Plus) else (term,))
    kept = tuple(term for term in flat if term != ZERO)
    if not kept:
        return ZERO
    return kept[0] if len(kept) == 1 else Plus(kept)


def times(*factors: Term) -> Term:
    """The product of `factors`, flattened, its numbers gathered in front."""
    flat: list[Term] = []
    for factor in factors:
        flat.extend(factor.factors if isinstance(factor, Times) else (factor,))
    scale = Fraction(1)
    kept: list[Term] = []
    for factor in flat:
        if isinstance(factor, Number):
            scale *= factor.value
        else:
            kept.append(factor)
    if scale == 0:
        return ZERO
    if scale != 1 or not kept:
        kept.insert(0, Number(scale))
    return kept[0] if len(kept) == 1 else Times(tuple(kept))


def negative(term: Term) -> Term:
    return times(MINUS_ONE, term)


def power(base: Term, exponent: int | Fraction) -> Term:
    exponent = Fraction(exponent)
    if exponent == 0:
        return ONE
    return base if exponent == 1 else Power(base, exponent)


def children(term: Term) -> tuple[Term, ...]:
    """The parts of a term that are terms, in reading order."""
    match term:
        case Value() | Number() | Count() | Delta() | Unknown():
            return ()
        case Sum(body=body) | Exp(body=body) | Log(body=body):
            return (body,)
        case Plus(terms=parts) | Times(factors=parts):
            return parts
        case Power(base=base):
            return (base,)
        case LossBy(value=value, of=of):
            return (value,) if of is None else (of, value)
        case Partial(of=of, by=by):
            return (of, by)
        case Cases(rows=rows):
            return tuple(value for _, value in rows)
        case _:
            assert_never(term)


def is_derivative_of_known(term: Term) -> bool:
    """Whether a term is a derivative that is worked out from what stands above it."""
    return isinstance(term, Partial) or (isinstance(term, LossBy) and term.of is not None)


def walk(term: Term) -> Iterator[Term]:
    """The term and everything inside it, outermost first."""
    if not isinstance(term, _Remembering):
        return chain((term,), _all_parts(term))
    try:
        below = term._below
    except AttributeError:
        below = term._below = _all_parts(term)
    return chain((term,), below)


def _all_parts(term: Term) -> tuple[Term, ...]:
    found, waiting = list[Term](), [*reversed(children(term))]
    while waiting:
        found.append(part := waiting.pop())
        waiting.extend(reversed(children(part)))
    return tuple(found)


def values_in(term: Term) -> Iterator[Value]:
    """The quantities of a term that stand for themselves."""
    return (part for part in walk(term) if isinstance(part, Value))


def multiplied_out(term: Term, is_bracket: Callable[[Plus], bool] = lambda _: True) -> tuple[Term, ...]:
    """What a product is a sum of, its first bracket multiplied out; of what has no bracket the term itself."""
    factors = term.factors if isinstance(term, Times) else (term,)
    for place, one in enumerate(factors):
        if isinstance(one, Plus) and is_bracket(one):
            return tuple(times(*factors[:place], part, *factors[place + 1 :]) for part in one.terms)
    return (term,)


def swapped(term: Term, old: Term, new: Term) -> Term:
    """The term with every occurrence of `old` replaced; indices are not renamed."""
    if term == old:
        return new
    match term:
        case Number() | Count() | Value() | Delta() | Unknown() | LossBy() | Partial():
            return term
        case Sum(index=index, body=body):
            return Sum(index, swapped(body, old, new))
        case Plus(terms=parts):
            return Plus(tuple(swapped(part, old, new) for part in parts))
        case Times(factors=factors):
            return Times(tuple(swapped(factor, old, new) for factor in factors))
        case Power(base=base, exponent=exponent):
            return Power(swapped(base, old, new), exponent)
        case Exp(body=body):
            return Exp(swapped(body, old, new))
        case Log(body=body):
            return Log(swapped(body, old, new))
        case Cases(rows=rows):
            return Cases(tuple((conditions, swapped(value, old, new)) for conditions, value in rows))
        case _:
            assert_never(term)


def free_indices(term: Term) -> frozenset[str]:
    """The indices that no sum of the term binds."""
    if not isinstance(term, _Remembering):
        return _free_indices(term)
    try:
        return term._free
    except AttributeError:
        found = _free_indices(term)
        term._free = found
        return found


def _free_indices(term: Term) -> frozenset[str]:
    match term:
        case Number() | Count() | Unknown():
            return frozenset()
        case Value(index=index):
            return frozenset(index)
        case Delta(left=left, right=right):
            return frozenset((left, right))
        case Sum(index=index, body=body):
            return free_indices(body) - {index}
        case Cases(rows=rows):
            named = {name for conditions, _ in rows for c in conditions for name in (c.left, c.right)}
            return frozenset(named).union(*(free_indices(value) for _, value in rows))
        case _:
            return frozenset().union(*(free_indices(child) for child in children(term)))


@lru_cache(maxsize=2_048)
def nesting(term: Term) -> int:
    """How many sums stand in one another, each inner one depending on the outer index."""
    if not isinstance(term, Sum):
        return max((nesting(part) for part in children(term)), default=0)
    inner = (part for part in walk(term.body) if isinstance(part, Sum) and term.index in free_indices(part))
    return max(nesting(term.body), 1 + max((nesting(part) for part in inner), default=0))


def rename(term: Term, names: dict[str, str]) -> Term:
    """Replace free indices, renaming the bound ones that would capture a new name."""
    names = {old: new for old, new in names.items() if old != new}
    if not names:
        return term
    match term:
        case Number() | Count() | Unknown():
            return term
        case Value(name=name, index=index):
            return Value(name, tuple(names.get(i, i) for i in index)) if index else term
        case Delta(left=left, right=right):
            return Delta(names.get(left, left), names.get(right, right))
        case Sum(index=index, body=body):
            inner = {old: new for old, new in names.items() if old != index}
            if index in inner.values():
                other = fresh_index(index, free_indices(body) | set(inner.values()) | set(inner))
                body, index = rename(body, {index: other}), other
            return Sum(index, rename(body, inner))
        case Plus(terms=terms):
            return Plus(tuple(rename(part, names) for part in terms))
        case Times(factors=factors):
            return Times(tuple(rename(part, names) for part in factors))
        case Power(base=base, exponent=exponent):
            return Power(rename(base, names), exponent)
        case Exp(body=body):
            return Exp(rename(body, names))
        case Log(body=body):
            return Log(rename(body, names))
        case LossBy(value=value, of=of):
            renamed = replace(value, index=tuple(names.get(i, i) for i in value.index))
            return LossBy(renamed, of if of is None else rename(of, names))
        case Partial(of=of, by=by, reading=reading):
            target = replace(by, index=tuple(names.get(i, i) for i in by.index))
            return Partial(rename(of, names), target, reading)
        case Cases(rows=rows):
            return Cases(
                tuple(
                    (
                        tuple(
                            Condition(names.get(c.left, c.left), names.get(c.right, c.right), c.same)
                            for c in conditions
                        ),
                        rename(value, names),
                    )
                    for conditions, value in rows
                )
            )
        case _:
            assert_never(term)


def fresh_index(like: str, taken: frozenset[str] | set[str]) -> str:
    """An index name that is not taken."""
    stem = like.rstrip("'")
    while stem in taken:
        stem += "'"
    return stem
