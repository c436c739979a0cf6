"""Adjoints of letters that mean nothing in a note: what they may be misread from, and their value where they stay."""

from __future__ import annotations

from collections.abc import Mapping

from bnverify.model.notation import Notation, Symbol
from bnverify.model.quantities import MEAN, NORMALISED, VARIANCE
from bnverify.model.scope import Scope, own_name
from bnverify.model.terms import ONE, Term, Value
from bnverify.read.syntax import Expr

MISREAD: Mapping[str, tuple[str, ...]] = {
    "u": ("\\mu",), "m": ("\\mu",), "M": ("\\mu",), "p": ("\\mu",), "\\nu": ("v",), "V": ("v",), "X": ("x",),
    "\\alpha": ("\\sigma",), "o": ("\\sigma",),
}  # fmt: skip
"""What a letter without a meaning may have been, where it is differentiated by."""
NODES = frozenset((MEAN, VARIANCE, NORMALISED))
ONES_OR_IDENTITY = frozenset(("I", "\\mathbb{I}", "\\mathbb{1}"))


def look_alike_node(symbol: Symbol, notation: Notation) -> str:
    """The node that a letter without a meaning looks like, or nothing."""
    for letter in MISREAD.get(symbol.letter, ()):
        role = notation.role(Symbol(letter, symbol.accents, symbol.tags))
        if role is not None and role.value in NODES:
            return role.value
    return ""


def free_adjoint(by: Expr, scope: Scope) -> Term | None:
    """In the rule of a gate the adjoint of a letter without a meaning is a free symbol; elsewhere it has no value."""
    named = scope.notation.symbol(by) if scope.gate else None
    if named is None or scope.notation.role(named[0]) is not None or not look_alike_node(named[0], scope.notation):
        return None
    scope.undefined.add(str(named[0]))
    return Value(f"d{own_name(named[0])}")


def one_everywhere(letter: str, index: tuple[str, ...], scope: Scope) -> Term | None:
    """In the rule of a gate a bare I hands a gradient to each sample alike: ones, or the identity."""
    if not scope.gate or index or letter not in ONES_OR_IDENTITY:
        return None
    scope.assume(f"{letter} is one at every place: the gradient is handed to each sample alike")
    return ONE
