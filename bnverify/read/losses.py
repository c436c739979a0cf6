"""Which letters are the loss, and which expressions are its derivatives."""

from __future__ import annotations

from collections.abc import Iterable

from bnverify.read.syntax import Adjoint, Derivative, Expr, Name, bare, inside

LOSSES = frozenset("L J C E f F H \\ell l \\xi o \\mathcal{L} \\mathcal{J} \\mathcal{E} \\mathcal{C}".split())

OF_NOTHING_ELSE = frozenset("L J \\ell \\mathcal{L} \\mathcal{J} \\mathcal{E} \\mathcal{C}".split())
"""Those that are a loss even in a note that does not differentiate it."""


def loss_letters(exprs: Iterable[Expr]) -> frozenset[str]:
    """The letters that only ever stand above a derivative, without an index: the loss."""
    above: set[str] = set()
    elsewhere: set[str] = set()
    for expr in exprs:
        for node in inside(expr):
            if isinstance(node, Derivative):
                of, by = bare(node.of) if node.of else None, bare(node.by)
                if isinstance(of, Name) and not of.subscripts and not of.superscripts and not of.accents:
                    above.add(of.letter)
                if isinstance(by, Name):
                    elsewhere.add(by.letter)
    return frozenset(above & LOSSES) - elsewhere


def has_gradient(expr: Expr, losses: frozenset[str]) -> bool:
    """Whether a derivative of the loss occurs."""
    return any(is_gradient(node, losses) for node in inside(expr))


def is_gradient(node: Expr, losses: frozenset[str]) -> bool:
    """Whether an expression is the derivative of the loss by something; in code it is called dx, or dout."""
    if isinstance(node, Adjoint):
        return not _is_loss(node.by, losses)
    if isinstance(node, Name) and node.letter in SPOKEN_GRADIENTS:
        return True
    if not isinstance(node, Derivative) or node.of is None:
        return False
    of = bare(node.of)
    return isinstance(of, Name) and of.letter in losses and not of.subscripts and not of.accents


SPOKEN_GRADIENTS = frozenset(("\\text{dout}",))
"""Names of the gradient by the output."""


def _is_loss(expr: Expr, losses: frozenset[str]) -> bool:
    return isinstance(expr, Name) and expr.letter in losses | LOSSES and not expr.subscripts
