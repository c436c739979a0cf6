"""Factors as written -> the same with a braced sum over all that carries its index: `\\underbrace{\\sum_i A_i} B_i`.

A brace under a sum names it, and is no bracket: where a later factor needs the index of the sum, and the head does not
have it, the sum reaches to the end of the product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bnverify.model.axes import letter_of
from bnverify.model.scope import Scope
from bnverify.read.syntax import Expr, Product, Summation


def with_reaching_sum(factors: Sequence[Expr], scope: Scope) -> tuple[Expr, ...]:
    head = {letter_of(one) for one in scope.head}
    for place, factor in enumerate(factors[:-1]):
        if not isinstance(factor, Summation):
            continue
        bound, rest = set(factor.bounds.indices), tuple(factors[place + 1 :])
        if bound & scope.notation.indices_in(Product(rest)) and not bound & head:
            scope.assume("a sum in braces reaches to the end of its product")
            span = factor.span.until(rest[-1].span)
            return (*factors[:place], replace(factor, body=Product((factor.body, *rest)), span=span))
    return tuple(factors)
