"""A script with a dot between a vector and the ones -> the same with the row of ones: `x \\cdot 1` is a sum."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from bnverify.model.forms import is_ones
from bnverify.read.chains import Script, rewritten
from bnverify.read.exchange import everywhere
from bnverify.read.syntax import Expr, Name, Product, Transposed, bare


def with_rows_of_ones(script: Script) -> Script:
    return rewritten(script, lambda expr: everywhere(expr, _summed))


def _summed(product: Expr) -> Product | None:
    """`\\mathbf{1} \\cdot x` and `x \\cdot \\mathbf{1}` as `\\mathbf{1}^\\top x`, numbers in front left there."""
    if not isinstance(product, Product):
        return None
    ends = (0, *product.dots, len(product.factors))
    parts = [product.factors[first:last] for first, last in pairwise(ends)]
    if len(parts) != 2:
        return None
    (*before, first), (second, *behind) = parts
    if _is_vector_of_ones(first) and not behind:
        return replace(product, factors=(*before, Transposed(first, span=first.span), second), dots=())
    if _is_vector_of_ones(second) and not behind:
        row = Transposed(second, span=second.span)
        return replace(product, factors=(*before, row, first), dots=())
    return None


def _is_vector_of_ones(expr: Expr) -> bool:
    name = bare(expr)
    return is_ones(name) and isinstance(name, Name) and not name.subscripts and not name.superscripts
