"""A script with a transposition that is written with a prime, `I - w w'` -> the same with a transposed vector.

A prime stands for much else; beside the identity and the letter itself it can mean nothing other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from bnverify.model.forms import sides
from bnverify.model.meanings import IDENTITIES
from bnverify.read.chains import Script, rewritten
from bnverify.read.exchange import everywhere
from bnverify.read.syntax import Expr, Name, Product, Transposed, inside

PRIME = "'"
IDENTITY = frozenset((*IDENTITIES, "\\mathbf{I}"))


def with_transposed_primes(script: Script) -> Script:
    """All primes of a letter are transpositions, or none: not where the letter with a prime stands alone too."""
    exprs = [expr for chain in script.chains for expr in sides(chain)]
    met = [found for expr in exprs if any(map(_is_identity, inside(expr))) for found in _pairs(expr)]
    alike = {(name.letter, name.accents) for name in met}
    for expr in exprs:
        paired = {id(name) for name in _pairs(expr)}
        alike -= {
            (node.letter, node.accents) for node in inside(expr) if isinstance(node, Name) and id(node) not in paired
        }
    if not alike:
        return script
    return rewritten(script, lambda expr: everywhere(expr, lambda node: _transposed(node, alike)))


def _is_identity(node: Expr) -> bool:
    return isinstance(node, Name) and node.letter in IDENTITY and not node.subscripts


def _pairs(expr: Expr) -> Iterator[Name]:
    """w' of `w w'` and `w' w`."""
    for node in inside(expr):
        for both in pairwise(node.factors) if isinstance(node, Product) else ():
            for one, other in (both, both[::-1]):
                if isinstance(one, Name) and _is_primed(one) and other == replace(one, accents=one.accents[:-1]):
                    yield one


def _is_primed(name: Name) -> bool:
    return name.accents[-1:] == (PRIME,) and not name.subscripts and not name.superscripts


def _transposed(node: Expr, alike: set[tuple[str, tuple[str, ...]]]) -> Expr | None:
    if not isinstance(node, Name) or not _is_primed(node) or (node.letter, node.accents) not in alike:
        return None
    return Transposed(replace(node, accents=node.accents[:-1]), span=node.span)
