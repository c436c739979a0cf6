"""Deltas with two indices: the one of Kronecker, or a letter that the note defines, `\\delta_{ij} = dL / dy_{ij}`.

The one of Kronecker compares two places of one axis; a quantity has its indices along different axes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from bnverify.model.layers import Layer
from bnverify.model.notation import Notation, Role, Symbol
from bnverify.read.losses import is_gradient
from bnverify.read.syntax import Expr, Name, bare, inside

DELTA = Symbol("\\delta")
NOT_CLEAR = "whether this delta is the one of Kronecker or the one that the note defines is not clear"


def letters_beside(
    exprs: Sequence[Expr], notation: Notation, layer: Layer, near: Mapping[str, int], general: Mapping[str, int]
) -> Iterator[tuple[str, int]]:
    """The letters that stand in one defined delta alone, and then run along the axis that its other letter does not.

    `near` are the axes of the letters of other quantities in the same formulas. Where only the rest of the note tells
    the axis of the other letter, a sum over what the statistics do not run over may be one of Kronecker's; so may be a
    delta that is a head.
    """
    if notation.role(DELTA) is None or layer.rank != 2 or _names_delta(exprs[0], notation):
        return
    beside: dict[str, set[str]] = defaultdict(set)
    for node in (node for expr in exprs for node in inside(expr) if isinstance(node, Name)):
        symbol, index = notation.split(node)
        if symbol == DELTA and len(index) == 2:
            beside[index[0]].add(index[1])
            beside[index[1]].add(index[0])
    for letter, others in beside.items():
        other = next(iter(others))
        axis = near.get(other, general.get(other))
        if letter in near or letter in general or len(others) > 1 or axis is None:
            continue
        if other in near or 1 - axis in layer.over:
            yield letter, 1 - axis


def _names_delta(expr: Expr, notation: Notation) -> bool:
    expr = bare(expr)
    return isinstance(expr, Name) and notation.split(expr)[0] == DELTA


def is_kronecker(
    index: tuple[str, ...], notation: Notation, layer: Layer, letters: Mapping[str, int], head: frozenset[str]
) -> bool | None:
    """Whether a delta with two indices is the one of Kronecker; None: it is not clear. `head`: letters of the head."""
    if not _is_defined(notation):
        return True
    if layer.rank == 1:
        return True if set(index) <= head else None
    axes = [letters.get(one) for one in index]
    return None if None in axes else axes[0] == axes[1]


def _is_defined(notation: Notation) -> bool:
    """Whether the note calls a delta with two indices the upstream gradient, or defines one that is no Kronecker's."""
    if notation.role(DELTA) is Role.UPSTREAM:
        return notation.shape.layer.rank > 1
    own = [one for one in notation.helpers.get(DELTA, ()) if len(one.index) == 2]
    return any(is_gradient(bare(one.value), notation.losses) for one in own)
