"""A script with the length of a vector beside the root of its size -> the same with the root of a mean of squares.

`\\|x\\| / \\sqrt{n}` is `\\sqrt{\\|x\\|^2 / n}`, which is found where a note defines its root mean square.
"""

from __future__ import annotations

from collections.abc import Sequence

from bnverify.read.chains import Script, rewritten
from bnverify.read.exchange import everywhere
from bnverify.read.syntax import Digits, Expr, Fraction, Name, Norm, Product, Raised, Root, bare
from bnverify.source import Span

ONE, TWO = Digits("1"), Digits("2")


def with_mean_lengths(script: Script) -> Script:
    return rewritten(script, lambda expr: everywhere(expr, _with_root))


def _with_root(node: Expr) -> Expr | None:
    if isinstance(node, Product):
        return None if node.dots else _of_factors(node)  # a dot may stand between vectors
    return _of_quotient(node) if isinstance(node, Fraction) else None


def _of_quotient(quotient: Fraction) -> Expr | None:
    """`\\|x\\| / \\sqrt{n}` and `\\sqrt{n} x / \\|x\\|`."""
    above, below = bare(quotient.above), bare(quotient.below)
    if isinstance(above, Norm):
        return _root(above, below, quotient.span)
    if isinstance(below, Norm):
        factors = above.factors if isinstance(above, Product) and not above.dots else (above,)
        return _over_root(factors, below, quotient.span)
    return None


def _of_factors(product: Product) -> Expr | None:
    """`\\frac{1}{\\sqrt{n}} \\|x\\|`, and `\\sqrt{n} \\frac{x}{\\|x\\|}`."""
    factors = tuple(map(bare, product.factors))
    if len(factors) == 2 and isinstance(first := factors[0], Fraction) and isinstance(norm := factors[1], Norm):
        return _root(norm, first.below, product.span) if bare(first.above) == ONE else None
    for place, one in enumerate(factors):
        if isinstance(one, Fraction) and isinstance(norm := bare(one.below), Norm):
            return _over_root((*factors[:place], one.above, *factors[place + 1 :]), norm, product.span)
    return None


def _over_root(factors: Sequence[Expr], norm: Norm, span: Span) -> Expr | None:
    """The factors without a `\\sqrt{n}`, by the norm over it; nothing where there is none."""
    for place, one in enumerate(factors):
        if (root := _root(norm, one, span)) is not None:
            rest = (*factors[:place], *factors[place + 1 :])
            above = Product(rest, span=span) if len(rest) > 1 else rest[0] if rest else ONE
            return Fraction(above, root, span=span)
    return None


def _root(norm: Norm, count: Expr, span: Span) -> Root | None:
    count = bare(count)
    if not isinstance(count, Root) or count.degree is not None or not isinstance(bare(count.body), Name):
        return None
    return Root(Fraction(Raised(norm, TWO, span=span), count.body, span=span), span=span)
