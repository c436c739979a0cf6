"""Terms of the package -> terms with one slip: for the layers that the trees of the mutation test do not know."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from functools import cache

from bnverify.derivation.derivation import Style, asked
from bnverify.derivation.styles import derive
from bnverify.model.conventions import Convention
from bnverify.model.forward import Forward
from bnverify.model.standard import STANDARD
from bnverify.model.terms import (
    Cases,
    Count,
    Delta,
    Exp,
    Log,
    LossBy,
    Number,
    Partial,
    Plus,
    Power,
    Sum,
    Term,
    Times,
    Unknown,
    Value,
    children,
    free_indices,
    negative,
    number,
    plus,
    power,
    rename,
    times,
)
from bnverify.truth.verdict import Identity

SETTINGS: tuple[tuple[str, Convention], ...] = tuple(
    (name, convention) for name, standard in STANDARD.items() for convention in standard.conventions()
)
"""Every layer that is derived, under every convention that it exists in."""


@cache
def lines(name: str, convention: Convention) -> tuple[Forward, tuple[tuple[Term, ...], ...]]:
    """The forward pass of a layer, and every chain of equal terms that `derive` finds in each of its styles."""
    standard = STANDARD[name]
    found: dict[tuple[Term, ...], None] = {}
    for style in Style:
        for line in derive(asked(standard, convention, style)).lines:
            found[line.head, *line.sides] = None
    return standard.forward(convention), tuple(found)


def right_identity(name: str, convention: Convention, pick: random.Random) -> Identity:
    """Two terms of one line."""
    _, chains = lines(name, convention)
    left, right = pick.sample(pick.choice([one for one in chains if len(one) > 1]), 2)
    return Identity(left, right)


# -- slips


def slips(term: Term, rank: int) -> Iterator[Term]:
    """All terms with one slip at one place, for an input with so many indices."""
    yield from _here(term, rank)
    match term:
        case Sum(index, body):
            yield from (Sum(index, new) for new in slips(body, rank))
        case Plus(parts):
            yield from (
                plus(*parts[:k], new, *parts[k + 1 :]) for k in range(len(parts)) for new in slips(parts[k], rank)
            )
        case Times(parts):
            yield from (
                times(*parts[:k], new, *parts[k + 1 :]) for k in range(len(parts)) for new in slips(parts[k], rank)
            )
        case Power(base, exponent):
            yield from (power(new, exponent) for new in slips(base, rank))
        case Exp(body):
            yield from map(Exp, slips(body, rank))
        case Log(body):
            yield from map(Log, slips(body, rank))
        case Cases(rows):
            for k, (conditions, value) in enumerate(rows):
                yield from (Cases((*rows[:k], (conditions, new), *rows[k + 1 :])) for new in slips(value, rank))


def _here(term: Term, rank: int) -> Iterator[Term]:
    match term:
        case Number(value):
            yield from (number(one) for one in (value + 1, value / 2, -value))
        case Count(axis):
            yield plus(term, number(-1))
            yield number(2)
            yield from (Count(one) for one in range(rank) if one != axis)
        case Value(name, index):
            if name == "xhat":
                yield Value("x", index)
            if name == "x":
                yield Value("xhat", index)
        case Delta():
            yield number(1)
        case Sum(_, body):
            yield body
            yield negative(term)
        case Plus(parts):
            for k in range(len(parts)):
                yield plus(*parts[:k], *parts[k + 1 :])
                yield plus(*parts[:k], negative(parts[k]), *parts[k + 1 :])
                yield plus(*parts, parts[k])
        case Times(parts):
            for k in range(len(parts)):
                yield times(*parts[:k], *parts[k + 1 :])
                yield times(*parts, parts[k])
        case Power(base, exponent):
            yield from (power(base, one) for one in (exponent + 1, exponent - 1, -exponent, exponent * 2))
        case LossBy(value, of):
            if value.name in ("xhat", "y"):
                yield LossBy(Value("y" if value.name == "xhat" else "xhat", value.index), of)
            yield negative(term)
        case Partial():
            yield negative(term)
        case Cases(rows):
            yield Cases(
                tuple((conditions, value) for (conditions, _), (_, value) in zip(rows, reversed(rows), strict=True))
            )
        case Exp() | Log() | Unknown():
            return


def index_slips(term: Term, other: Term) -> Iterator[Term]:
    """The term with one of its free indices as another one that occurs."""
    free = sorted(free_indices(term) | free_indices(other))
    axis = {one: one.partition(".")[0] if "." in one else "" for one in free}
    yield from (rename(term, {a: b}) for a in free for b in free if a != b and axis[a] == axis[b])


def size(term: Term) -> int:
    return 1 + sum(map(size, children(term)))


def mutated(identity: Identity, rank: int, pick: random.Random) -> Identity | None:
    """One side with one slip; None where there is none."""
    found = [*slips(identity.right, rank), *index_slips(identity.right, identity.left)]
    found = [one for one in found if one != identity.right and not _is_odd(one)]
    return Identity(identity.left, pick.choice(found), identity.conditions) if found else None


def _is_odd(term: Term) -> bool:
    """A root of something else, which the proof leaves open and takes its time for."""
    match term:
        case Power(_, exponent) if Fraction(exponent).denominator > 2:
            return True
    return any(map(_is_odd, children(term)))
