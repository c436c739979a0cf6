"""`|B|` beside `\\sum_{i \\in B}`, or above a sum: how many samples there are, as a letter."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from bnverify.model.forms import sides
from bnverify.model.notation import Notation, Role, Symbol
from bnverify.read.chains import Script, rewritten
from bnverify.read.exchange import everywhere
from bnverify.read.latex import latex
from bnverify.read.syntax import Expr, Group, Name, Summation, bare, inside

CALLIGRAPHIC = "\\mathcal"
"""Letters in this style are sets, of which nobody takes the absolute value."""


def with_counts_of_sets(script: Script) -> Script:
    """The script with a letter for the size of each set that a sum runs over; most scripts name none."""
    nodes = [node for chain in script.chains for expr in sides(chain) for node in inside(expr)]
    sums = [node.bounds for node in nodes if isinstance(node, Summation)]
    named = {name for bounds in sums for name in (bounds.within, _counted(bounds.upper))}
    sets = (named | {name for name in map(_counted, nodes) if name.startswith(CALLIGRAPHIC)}) - {""}
    return rewritten(script, lambda expr: _expr(expr, sets)) if sets else script


def with_counts(expr: Expr, notation: Notation) -> Expr:
    """A further expression with these letters."""
    bars = (node for node in inside(expr) if isinstance(node, Group) and node.opening == "|")
    sets = {name for node in bars if notation.roles.get(Symbol(f"|{(name := latex(node.body))}|")) is Role.SIZE}
    return _expr(expr, sets) if sets else expr


def _counted(expr: Expr | None) -> str:
    """B of `|B|`, or nothing."""
    if isinstance(expr, Group) and expr.opening == "|" and isinstance(bare(expr.body), Name):
        return latex(expr.body)
    return ""


def _expr(expr: Expr, sets: Set[str]) -> Expr:
    """The expression with a letter for each of these sets in bars, above its sums as well."""

    def letter(node: Expr) -> Expr | None:
        if isinstance(node, Summation) and (upper := node.bounds.upper) is not None and _counted(upper) in sets:
            return replace(node, bounds=replace(node.bounds, upper=_letter(upper)))
        return _letter(node) if _counted(node) in sets else None

    return everywhere(expr, letter)


def _letter(bars: Expr) -> Name:
    return Name(f"|{_counted(bars)}|", span=bars.span)
