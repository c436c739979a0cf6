"""Terms and fractions -> the lists and texts that a certificate is written in. `bnverify/recheck.py` reads them."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from typing import Any, assert_never

from bnverify.model.forward import Forward
from bnverify.model.quantities import LOSS, TARGET
from bnverify.model.terms import (
    Cases,
    Condition,
    Count,
    Delta,
    Exp,
    Log,
    LossBy,
    Number,
    Partial,
    Plus,
    Power,
    Reading,
    Sum,
    Term,
    Times,
    Unknown,
    Value,
    number,
    power,
    rename,
    times,
)
from bnverify.truth.coordinates import Fractional, Polynomial
from bnverify.truth.verdict import Undecidable

Tree = list[Any]
UPSTREAM = "dL/dy"
"""The gradient that comes from outside, as a quantity."""
SHARE = "w"
"""What the targets of a classifier are made of: t_i = total w_i / sum_j w_j is every t with this total."""


def tree(term: Term, forward: Forward) -> Tree:
    """A term as nested lists. Raises Undecidable for what has no value."""

    def inside(part: Term) -> Tree:
        return tree(part, forward)

    match term:
        case Number(value=value):
            return _number(value)
        case Count(axis=axis):
            return ["count", f"n{axis or ''}"]
        case Value(name=name, index=index):
            return ["value", name, *index]
        case Delta(left=left, right=right):
            return ["same", left, right]
        case Sum(index=index, body=body):
            return ["sum", index, inside(body)]
        case Plus(terms=parts):
            return ["plus", *map(inside, parts)]
        case Times(factors=parts):
            return ["times", *map(inside, parts)]
        case Power(base=base, exponent=exponent):
            return _power(inside(base), exponent)
        case Exp(body=body):
            return ["exp", inside(body)]
        case Log(body=body):
            return ["log", inside(body)]
        case LossBy(value=value, of=None) if forward.output.name == LOSS:
            return ["d", inside(Value(LOSS)), inside(value), Reading.TOTAL.value]
        case LossBy(value=value, of=None) if value.name == forward.output.name:
            return ["value", UPSTREAM, *value.index]
        case LossBy(value=value, of=None):
            return ["loss by", inside(value)]
        case LossBy(value=value, of=of) if of is not None:
            return ["d", inside(of), inside(value), Reading.TOTAL.value]
        case Partial(of=of, by=by, reading=reading):
            return ["d", inside(of), inside(by), reading.value]
        case Cases(rows=rows):
            others = [["plus", ["number", 1], ["times", ["number", -1], *map(_holds, one)]] for one, _ in rows if one]
            return ["plus", *(["times", *(map(_holds, one) if one else others), inside(value)] for one, value in rows)]
        case Unknown(why=why):
            raise Undecidable(why)
        case LossBy():
            raise AssertionError(term)
        case _:
            assert_never(term)


def _number(value: Fraction) -> Tree:
    return ["number", value.numerator] + [value.denominator] * (value.denominator != 1)


def _power(base: Tree, exponent: Fraction) -> Tree:
    if exponent.denominator > 2:
        raise Undecidable("only whole and half powers are written down")
    base = ["root", base] if exponent.denominator == 2 else base
    return base if exponent.numerator == 1 else ["power", base, exponent.numerator]


def _holds(condition: Condition) -> Tree:
    """One where a condition holds, else zero; the rows of cases never overlap."""
    same = ["same", condition.left, condition.right]
    return same if condition.same else ["plus", ["number", 1], ["times", ["number", -1], same]]


def forward_document(forward: Forward) -> dict[str, Any]:
    """The definitions of a forward pass: name, indices, and how it is made of others, or null where it is given."""
    given: list[list[Any]] = [
        [leaf.name, list(leaf.index), _made(leaf.name, leaf.index, forward)] for leaf in forward.leaves
    ]
    nodes = [[node.name, list(node.index), tree(node.value, forward)] for node in forward.nodes]
    return {"axes": forward.layer.rank, "output": forward.output.name, "quantities": given + nodes}


def _made(name: str, index: tuple[str, ...], forward: Forward) -> Tree | None:
    """Targets have a total; all other leaves are given."""
    total = forward.layer.targets
    if name != TARGET or total is None:
        return None
    bound = {own: f"{own}'" for axis, own in enumerate(index) if axis in forward.layer.over}
    share: Term = Value(SHARE, index)
    whole = reduce(lambda body, own: Sum(own, body), bound.values(), rename(share, bound))
    return tree(times(number(total), share, power(whole, -1)), forward)


class Names:
    """Short names for the coordinates of one case."""

    def __init__(self, forward: Forward) -> None:
        self.forward = forward
        self.names: dict[Term, str] = {}

    def name(self, term: Term) -> str:
        if term not in self.names:
            self.names[term] = self._free(_stem(term, self.forward))
        return self.names[term]

    def _free(self, stem: str) -> str:
        taken = set(self.names.values())
        if stem and stem not in taken:
            return stem
        return next(name for k in range(1, len(taken) + 2) if (name := f"{stem or 'P'}{k}") not in taken)

    def polynomial(self, poly: Polynomial) -> list[Any]:
        """Coefficients a/b, each with the coordinates that it is multiplied by, as often as their powers."""
        return [
            [c.numerator, c.denominator, sorted(self.name(term) for term, e in powers.items() for _ in range(e))]
            for c, powers in poly
        ]

    def fraction(self, value: Fractional) -> list[Any]:
        """The numerator, then the factors of the denominator, each as often as its power."""
        below = (self.polynomial(factor) for factor, exponent in value.below for _ in range(exponent))
        return [self.polynomial(value.above), *below]

    def document(self) -> dict[str, Tree]:
        return {name: tree(term, self.forward) for term, name in self.names.items()}


def _stem(term: Term, forward: Forward) -> str:
    match term:
        case Count(axis=axis):
            return f"n{axis or ''}"
        case Value(name=name, index=index):
            return "_".join((name, *index))
        case LossBy(value=Value(index=index)):
            return "_".join(("g", *index))
        case Power():
            return "s"
        case _:
            return ""
