"""A tree -> the tree with one slip, or two, that a random operator makes at a random place."""

from __future__ import annotations

import random

from tests.mutation.operators import OPERATORS, Scope, tidy
from tests.mutation.slips import NO_TREES, has_foreign_root
from tests.mutation.trees import Tree

INSIDE = tuple(one for one in OPERATORS if not one.in_head and one.name not in NO_TREES)
TRIES = 12
FOREIGN = 0.002
"""The share of slips that leave a root of something else: the proof may leave these undecided, and takes its time."""


def planted(tree: Tree, scope: Scope, pick: random.Random) -> tuple[Tree, str] | None:
    """The tree with a slip and the name of the slip; None where none was found."""
    whole = tidy(tree)
    for operator in pick.sample(INSIDE, TRIES):
        found = list(operator.slips(tree, scope))
        if not found:
            continue
        after = tidy(pick.choice(found))
        if after != whole and (not has_foreign_root(after) or pick.random() < FOREIGN):
            return after, operator.name
    return None


def slipped(tree: Tree, scope: Scope, pick: random.Random, times: int = 1) -> tuple[Tree, tuple[str, ...]] | None:
    """The tree with so many slips."""
    names: list[str] = []
    for _ in range(times):
        made = planted(tree, scope, pick)
        if made is None:
            return None
        tree, name = made
        names.append(name)
    return tree, tuple(names)
