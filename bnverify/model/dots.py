"""A product with a dot between two unindexed families -> the index of the dot product that it is, if it is one.

`\\hat{x} \\cdot \\frac{\\partial L}{\\partial \\hat{x}}` below a head with one value cannot be meant elementwise.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from bnverify.model.axes import axis_of, on_axis
from bnverify.model.places import GENERIC
from bnverify.model.scope import Dots, Resolve, Scope
from bnverify.model.terms import free_indices
from bnverify.read.syntax import Expr, Product


def dot_product(expr: Product, scope: Scope, resolve: Resolve) -> str:
    """The index that a dot sums over: that of the one pair of families which it stands between; empty where none."""
    if len(scope.layer.over) != 1 or scope.open_sums or scope.dots is Dots.TIMES:
        return ""
    (axis,) = scope.layer.over
    if scope.dots is Dots.UNDER_SCALAR and any(axis_of(one) == axis for one in scope.head):
        return ""
    index, apart = on_axis(GENERIC, axis), replace(scope, assumptions=[])
    families = [index in free_indices(resolve(Product(one), apart)) for one in _parts(expr)]
    pairs = [both for both in pairwise(families) if all(both)]
    meets = index not in free_indices(resolve(replace(expr, dots=()), apart))  # a chain rule is summed already
    if len(pairs) != 1 or families.count(True) != 2 or meets:
        return ""
    scope.assume("the dot between two families is their dot product: summed over their elements")
    return index


def _parts(expr: Product) -> list[tuple[Expr, ...]]:
    """The factors between the dots."""
    ends = (0, *expr.dots, len(expr.factors))
    return [expr.factors[first:last] for first, last in pairwise(ends)]
