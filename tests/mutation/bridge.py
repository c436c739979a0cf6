"""Trees -> terms of the package, without text between: what the proof alone says of two trees."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from bnverify.judge.resolved import divides_by_zero
from bnverify.model import terms
from bnverify.model.conventions import Convention, Variance
from bnverify.model.forward import Forward, batch_norm
from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Identity
from tests.mutation.derivations import Derivation
from tests.mutation.trees import (
    DEVIATION,
    Add,
    Cases,
    Delta,
    Frac,
    Grad,
    Helpers,
    Mul,
    Neg,
    NoValue,
    Num,
    Op,
    Par,
    Pow,
    Root,
    Row,
    Size,
    Stray,
    Sum,
    Sym,
    Tree,
    fresh,
    renamed,
)

QUANTITIES = ("x", "mu", "v", "xhat", "y", "gamma", "beta", "eps")
HALF = Fraction(1, 2)


def says(head: Tree, side: Tree, derivation: Derivation) -> bool | None:
    """Whether the proof finds the sides equal at a random point; None: undecided. Raises NoValue."""
    return prover(forward_of(derivation.unbiased)).equal(identity_of(head, side, derivation))


@cache
def forward_of(unbiased: bool) -> Forward:
    return batch_norm(Convention(Variance.UNBIASED if unbiased else Variance.BIASED))


def identity_of(head: Tree, side: Tree, derivation: Derivation) -> Identity:
    """The claim as the package sees it. Raises NoValue."""
    into = _Bridge(derivation.helpers, terms.Reading.TOTAL if derivation.total else terms.Reading.LOCAL)
    identity = Identity(into.term(head), into.term(side))
    for term in (identity.left, identity.right):
        if divides_by_zero(term, into.divisors, forward_of(derivation.unbiased)):
            raise NoValue("a division by zero")
    return identity


class _Bridge:
    def __init__(self, helpers: Helpers, reading: terms.Reading) -> None:
        self.helpers = (*helpers, DEVIATION)
        self.reading = reading
        self.divisors: list[terms.Term] = []

    def term(self, tree: Tree) -> terms.Term:
        match tree:
            case Num(value):
                return terms.number(value)
            case Size():
                return terms.Count()
            case Sym():
                return self.symbol(tree)
            case Stray(look):
                return terms.number(36) if look == "6" else terms.Value(look)
            case Delta(left, right):
                return terms.ONE if left == right else terms.Delta(left, right)
            case Neg(body):
                return terms.negative(self.term(body))
            case Add(parts):
                return terms.plus(*map(self.term, parts))
            case Mul(factors):
                return terms.times(*map(self.term, factors))
            case Frac(above, below):
                return terms.times(self.term(above), terms.power(self.divisor(below), -1))
            case Pow(base, exponent):
                return terms.power(self.divisor(base) if exponent < 0 else self.term(base), exponent)
            case Root(body):
                return terms.power(self.term(body), HALF)
            case Sum(index, body):
                return terms.Sum(index, self.term(body))
            case Grad(by):
                return terms.LossBy(self.quantity(by))
            case Par(of, by):
                return terms.Partial(self.symbol(of), self.quantity(by), self.reading)
            case Op(by, body):
                return terms.Partial(self.term(body), self.quantity(by), self.reading)
            case Cases(rows):
                return terms.Cases(tuple(map(self.row, rows)))

    def divisor(self, tree: Tree) -> terms.Term:
        self.divisors.append(term := self.term(tree))
        return term

    def row(self, row: Row) -> tuple[tuple[terms.Condition, ...], terms.Term]:
        return (terms.Condition(row.left, row.right, row.same),), self.term(row.value)

    def quantity(self, sym: Sym) -> terms.Value:
        if sym.name not in QUANTITIES:
            raise NoValue(f"{sym.name} is no quantity of the forward pass")
        return terms.Value(sym.name, (sym.index,) if sym.index else ())

    def symbol(self, sym: Sym) -> terms.Term:
        """A quantity, or the meaning of a helper."""
        if sym.name in QUANTITIES:
            return self.quantity(sym)
        for name, own, meaning in self.helpers:
            if name == sym.name and bool(own) == bool(sym.index):
                return self.term(renamed(fresh(meaning, sym.index), {own: sym.index}) if own else meaning)
        raise NoValue(f"{sym.name} with the index {sym.index!r}")
