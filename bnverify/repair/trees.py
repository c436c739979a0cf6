"""Syntax trees under the knife: where a node stands, and the tree with one node replaced.

Nodes are told apart by identity: equal formulas are equal wherever they stand, and an edit has one place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from bnverify.frozen import frozen
from bnverify.read.exchange import exchange
from bnverify.read.syntax import NOWHERE, Addition, Expr, Fraction, Negative, Raised, Summation, inside, parts

__all__ = ["Site", "cancels_itself", "exchange", "is_below", "sites", "unplaced"]


@frozen
class Site:
    """A node with what stands around it: the nodes that hold it, outermost first, and the indices that sums bind."""

    expr: Expr
    above: tuple[Expr, ...] = ()
    bound: tuple[str, ...] = ()
    in_exponent: bool = False

    @property
    def parent(self) -> Expr | None:
        return self.above[-1] if self.above else None


def sites(tree: Expr) -> Iterator[Site]:
    """Every node of a tree, outermost first."""
    return _sites(Site(tree))


def _sites(site: Site) -> Iterator[Site]:
    yield site
    bound = site.bound
    if isinstance(site.expr, Summation):
        bound = (*bound, *site.expr.bounds.indices)
    for part in parts(site.expr):
        in_exponent = site.in_exponent or (isinstance(site.expr, Raised) and part is site.expr.exponent)
        yield from _sites(Site(part, (*site.above, site.expr), bound, in_exponent))


def is_below(site: Site) -> bool:
    """Whether a node stands under a fraction stroke."""
    chain = (*site.above, site.expr)
    return any(isinstance(holder, Fraction) and holder.below is part for holder, part in pairwise(chain))


def unplaced(expr: Expr) -> Expr:
    """A tree that was written elsewhere, without places in this note."""
    changes = {id(part): unplaced(part) for part in parts(expr)}
    return replace(exchange(expr, changes), span=NOWHERE)


def cancels_itself(expr: Expr) -> bool:
    """Whether a summand stands beside its own opposite somewhere."""
    additions = (node.terms for node in inside(expr) if isinstance(node, Addition))
    return any(isinstance(one, Negative) and one.body in terms for terms in additions for one in terms)
