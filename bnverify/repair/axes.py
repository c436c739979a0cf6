"""Sums along the wrong axis: over the samples where the features are meant, or the other way round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import permutations

from bnverify.judge.findings import WrongAxis
from bnverify.model.axes import letter_of
from bnverify.read.syntax import Expr, Name, Summation, inside
from bnverify.repair.slip import PIECE, Slip, Wrong
from bnverify.repair.trees import Site, exchange
from bnverify.repair.vocabulary import indexed, own_index


def turned(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """Every sum of a side that runs along one axis runs along another, the counts with it or not."""
    layer = wrong.vocabulary.scope.forward.layer
    if site.above or layer.rank == 1:
        return
    for old, new in permutations(range(layer.rank), 2):
        made = _turned(site.expr, old, new, wrong)
        if made is not None:
            yield Slip(site.expr, made, WrongAxis, PIECE)
            recounted = _recounted(made, old, new, wrong)
            if recounted is not None:
                yield Slip(site.expr, recounted, WrongAxis, PIECE)


def _turned(expr: Expr, old: int, new: int, wrong: Wrong) -> Expr | None:
    changes: dict[int, Expr] = {}
    for node in inside(expr):
        if isinstance(node, Summation) and _axis(node, wrong) == old:
            made = _sum_along(node, old, new, wrong)
            if made is None:
                return None
            changes[id(node)] = made
    return exchange(expr, changes) if changes else None


def _axis(node: Summation, wrong: Wrong) -> int | None:
    own = node.bounds.indices
    return wrong.vocabulary.scope.letters.get(own[0]) if len(own) == 1 else None


def _sum_along(node: Summation, old: int, new: int, wrong: Wrong) -> Expr | None:
    """The sum with its index bound on another axis: the head's index stands where it was bound before."""
    row = own_index(wrong.head, wrong.vocabulary.scope.forward.layer)
    here, there = row[old], row[new]
    if here is None:
        return None
    names = {node.bounds.indices[0]: letter_of(here)}
    if there is not None:
        bound = wrong.unused()
        names[letter_of(there)] = bound
    else:
        loose = _letters_along(node, new, wrong) - set(node.bounds.indices)
        if len(loose) != 1:
            return None
        bound = loose.pop()
    upper = wrong.vocabulary.count(new) if node.bounds.upper is not None else None
    bounds = replace(node.bounds, indices=(bound,), upper=upper)
    return replace(node, bounds=bounds, body=_renamed(node.body, names, wrong))


def _letters_along(node: Expr, axis: int, wrong: Wrong) -> set[str]:
    letters = wrong.vocabulary.scope.letters
    names = (one for one in inside(node) if isinstance(one, Name))
    return {letter for name in names for letter in wrong.vocabulary.index(name) if letters.get(letter) == axis}


def _renamed(expr: Expr, names: Mapping[str, str], wrong: Wrong) -> Expr:
    changes: dict[int, Expr] = {}
    for node in inside(expr):
        if isinstance(node, Name):
            index = wrong.vocabulary.index(node)
            made = indexed(node, tuple(names.get(one, one) for one in index), wrong.vocabulary.notation)
            if made is not None and made != node:
                changes[id(node)] = made
    return exchange(expr, changes)


def _recounted(expr: Expr, old: int, new: int, wrong: Wrong) -> Expr | None:
    """The counts of one axis as those of the other, outside the bounds of sums."""
    words = wrong.vocabulary
    count, other = words.count(old), words.count(new)
    found = [node for node in inside(expr) if isinstance(node, Name) and node == count]
    return exchange(expr, {id(node): other for node in found}) if found and other is not None else None
