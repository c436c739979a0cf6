"""A syntax tree with some of its nodes replaced; nodes are told apart by identity, as an edit has one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import assert_never

from bnverify.read.syntax import (
    Addition,
    Adjoint,
    Call,
    CaseRows,
    Derivative,
    Digits,
    Ellipsis,
    Evaluated,
    Expr,
    Fraction,
    Group,
    Indicator,
    Name,
    Negative,
    Norm,
    Product,
    Raised,
    Root,
    Summation,
    Transposed,
    Unreadable,
    Words,
    inside,
)


def everywhere(tree: Expr, rule: Callable[[Expr], Expr | None]) -> Expr:
    """The tree with what a rule makes of each node that it applies to, outer ones first, until it applies to none."""
    while changes := {id(node): made for node in inside(tree) if (made := rule(node)) is not None}:
        tree = exchange(tree, changes)
    return tree


def exchange(tree: Expr, changes: Mapping[int, Expr]) -> Expr:
    """The tree with the nodes of these identities replaced; what does not change stays the same object."""
    if id(tree) in changes:
        return changes[id(tree)]
    match tree:
        case Digits() | Name() | Indicator() | Words() | Ellipsis() | Unreadable():
            return tree
        case Negative(body=body) | Group(body=body) | Summation(body=body) | Evaluated(body=body):
            new = exchange(body, changes)
            return tree if new is body else replace(tree, body=new)
        case Transposed(body=body) | Norm(body=body):
            new = exchange(body, changes)
            return tree if new is body else replace(tree, body=new)
        case Adjoint(by=by):
            new = exchange(by, changes)
            return tree if new is by else replace(tree, by=new)
        case Addition(terms=terms):
            made = _each(terms, changes)
            return tree if made is terms else replace(tree, terms=made)
        case Product(factors=factors):
            made = _each(factors, changes)
            return tree if made is factors else replace(tree, factors=made)
        case Call(arguments=arguments):
            made = _each(arguments, changes)
            return tree if made is arguments else replace(tree, arguments=made)
        case Fraction(above=above, below=below):
            up, down = _each((above, below), changes)
            return tree if up is above and down is below else replace(tree, above=up, below=down)
        case Raised(base=base, exponent=exponent):
            new, power = _each((base, exponent), changes)
            return tree if new is base and power is exponent else replace(tree, base=new, exponent=power)
        case Root(body=body, degree=degree):
            new = exchange(body, changes)
            return tree if new is body else replace(tree, body=new, degree=degree)
        case Derivative(of=of, by=by):
            above_ = exchange(of, changes) if of is not None else None
            below_ = exchange(by, changes)
            return tree if above_ is of and below_ is by else replace(tree, of=above_, by=below_)
        case CaseRows(rows=rows):
            changed = tuple(replace(row, values=_each(row.values, changes)) for row in rows)
            same = all(new.values is old.values for new, old in zip(changed, rows, strict=True))
            return tree if same else replace(tree, rows=changed)
        case _:
            assert_never(tree)


def _each(exprs: tuple[Expr, ...], changes: Mapping[int, Expr]) -> tuple[Expr, ...]:
    made = tuple(exchange(expr, changes) for expr in exprs)
    return exprs if all(new is old for new, old in zip(made, exprs, strict=True)) else made
