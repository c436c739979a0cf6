"""`|B|` beside `\\sum_{i \\in B}`: how many samples there are, as a letter."""

from __future__ import annotations

from collections.abc import Set

from bnverify.model.forms import sides
from bnverify.model.notation import Notation, Role, Symbol
from bnverify.read.chains import Script, rewritten
from bnverify.read.exchange import exchange
from bnverify.read.latex import latex
from bnverify.read.syntax import Expr, Group, Name, Summation, bare, inside


def with_counts_of_sets(script: Script) -> Script:
    """The script with a letter for the size of each set that a sum runs over; most scripts name none."""
    nodes = (node for chain in script.chains for expr in sides(chain) for node in inside(expr))
    sets = frozenset(node.bounds.within for node in nodes if isinstance(node, Summation)) - {""}
    return rewritten(script, lambda expr: _expr(expr, sets)) if sets else script


def with_counts(expr: Expr, notation: Notation) -> Expr:
    """A further expression with these letters."""
    bars = (node for node in inside(expr) if isinstance(node, Group) and node.opening == "|")
    sets = {name for node in bars if notation.roles.get(Symbol(f"|{(name := latex(node.body))}|")) is Role.SIZE}
    return _expr(expr, sets) if sets else expr


def _expr(expr: Expr, sets: Set[str]) -> Expr:
    changes: dict[int, Expr] = {
        id(node): Name(f"|{latex(node.body)}|", span=node.span)
        for node in inside(expr)
        if isinstance(node, Group) and node.opening == "|" and isinstance(bare(node.body), Name)
        if latex(node.body) in sets
    }
    return exchange(expr, changes) if changes else expr
