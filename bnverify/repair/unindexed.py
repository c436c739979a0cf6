"""Slips in formulas of whole families, `\\gamma \\odot \\frac{\\partial L}{\\partial y}`: a sum that was dropped."""

from __future__ import annotations

from collections.abc import Iterator

from bnverify.judge.findings import DroppedSum
from bnverify.model.notation import FAMILIES
from bnverify.model.places import GENERIC
from bnverify.read.syntax import Bounds, Derivative, Expr, Fraction, Name, Product, Raised, Summation, inside
from bnverify.repair.slip import PIECE, Slip, Wrong
from bnverify.repair.structure import is_term
from bnverify.repair.trees import Site
from bnverify.repair.vocabulary import ONE


def summed_families(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """A sum over the entries of families that stand without an index, where the head has no entry either."""
    expr, layer = site.expr, wrong.vocabulary.scope.layer
    if GENERIC in wrong.vocabulary.indices or layer.rank > 1 or site.bound or not is_term(site):
        return
    if not isinstance(expr, (Product, Name, Derivative, Raised, Fraction)) or not _is_of_families(expr, wrong):
        return
    factors = expr.factors if isinstance(expr, Product) else (expr,)
    index, size = wrong.unused(), wrong.vocabulary.count(layer.over[0])
    for start in range(len(factors)):
        if _is_of_families(factors[start], wrong):
            behind = factors[start:]
            summed = Summation(Bounds((index,), ONE, size), behind[0] if len(behind) == 1 else Product(behind))
            yield Slip(expr, Product((*factors[:start], summed)) if start else summed, DroppedSum, PIECE)


def _is_of_families(expr: Expr, wrong: Wrong) -> bool:
    """Whether an input, an output or what has a value at each place of them stands here without an index."""
    words = wrong.vocabulary
    known = {*FAMILIES, *(leaf.name for leaf in words.scope.forward.leaves if leaf.index)}
    names = (node for node in inside(expr) if isinstance(node, Name))
    return any(words.role(node) in known and not words.index(node) for node in names)
