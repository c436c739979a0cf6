"""Right steps -> further right steps: what is equal stays so when it is added, multiplied, substituted or summed up.

Nothing is evaluated here: the truth follows from how a step was made.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from tests.mutation.derivations import DERIVATIONS, Derivation
from tests.mutation.notation import Chain
from tests.mutation.trees import (
    ALL_AXES,
    Add,
    Cases,
    Grad,
    Mul,
    Neg,
    Op,
    Par,
    Size,
    Sum,
    Sym,
    Tree,
    bound_indices,
    free_indices,
    minus,
    mul,
    num,
    parts,
    power,
    renamed,
    walk,
    with_parts,
)

LONGEST = 45
"""Nodes of one side."""


@dataclass(frozen=True, slots=True)
class Equation:
    """Two trees that are equal on every batch, whatever the indices; `way` says how the equation was made."""

    left: Tree
    right: Tree
    way: tuple[str, ...] = ()


# -- what the derivations give


@cache
def right_chains(name: str) -> tuple[Chain, ...]:
    """The chains of a derivation with those that belong together behind one another: same head, other route."""
    chains = DERIVATIONS[name].chains
    fused = [*chains]
    for place, chain in enumerate(chains):
        for other in chains[place + 1 :]:
            if other.head == chain.head:
                fused.append(Chain(chain.head, (*chain.sides, *other.sides)))
    return tuple(fused)


@cache
def equations(name: str) -> tuple[Equation, ...]:
    """Every pair of equal trees of a derivation that holds no cases, definitions among them."""
    found: dict[tuple[Tree, Tree], Equation] = {}
    for chain in right_chains(name):
        written = (chain.head, *chain.sides)
        for one in written:
            for other in written:
                if one != other and not any(isinstance(part, Cases) for side in (one, other) for part in walk(side)):
                    found[one, other] = Equation(one, other)
    return tuple(found.values())


@cache
def factors(name: str) -> tuple[Tree, ...]:
    """Pieces of a derivation that may multiply both sides."""
    names = {one.name for chain in DERIVATIONS[name].chains for side in chain.sides for one in _letters(side)}
    shared = [Sym(one) for one in ("mu", "v", "gamma", "beta") if one in names]
    return (*shared, Size(), num(2), num(3), num(Fraction(1, 2)), Sym("x", "i"), Sym("xhat", "j"), Grad(Sym("y", "i")))


def _letters(tree: Tree) -> list[Sym]:
    return [one for one in walk(tree) if isinstance(one, Sym)]


# -- the ways to fuse

Way = Callable[[Equation, Equation, Derivation, random.Random], Equation | None]


def side_by_side(one: Equation, other: Equation, derivation: Derivation, pick: random.Random) -> Equation:
    """A = B and C = D: A + C = B + D, or with a minus."""
    if pick.random() < 0.5:
        return Equation(Add((one.left, other.left)), Add((one.right, other.right)))
    return Equation(minus(one.left, other.left), minus(one.right, other.right))


def combined(one: Equation, other: Equation, derivation: Derivation, pick: random.Random) -> Equation:
    """A linear combination with small numbers, or with the number of samples."""
    a, b = (pick.choice([num(2), num(3), num(Fraction(1, 2)), num(Fraction(2, 3)), Size()]) for _ in range(2))
    sign = pick.choice((Neg, lambda tree: tree))
    return Equation(
        Add((mul(a, one.left), sign(mul(b, other.left)))), Add((mul(a, one.right), sign(mul(b, other.right))))
    )


def multiplied(one: Equation, other: Equation, derivation: Derivation, pick: random.Random) -> Equation:
    """Both sides by the same factor."""
    factor = pick.choice(factors(derivation.name))
    return Equation(Mul((factor, one.left)), Mul((factor, one.right)))


def products(one: Equation, other: Equation, derivation: Derivation, pick: random.Random) -> Equation:
    """A = B and C = D: A C = B D."""
    return Equation(Mul((one.left, other.left)), Mul((one.right, other.right)))


def moved(one: Equation, other: Equation, derivation: Derivation, pick: random.Random) -> Equation:
    """A = B: A + D = B + C where C = D."""
    return Equation(Add((one.left, other.right)), Add((one.right, other.left)))


def summed(one: Equation, other: Equation, derivation: Derivation, pick: random.Random) -> Equation | None:
    """Both sides are summed up over an index that is free in them."""
    free = sorted(free_indices(one.left) | free_indices(one.right))
    if not free:
        return None
    index = pick.choice(free)
    return Equation(Sum(index, one.left), Sum(index, one.right))


def squared(one: Equation, other: Equation, derivation: Derivation, pick: random.Random) -> Equation:
    return Equation(power(one.left, 2), power(one.right, 2))


def substituted(one: Equation, other: Equation, derivation: Derivation, pick: random.Random) -> Equation | None:
    """C = D: one place of B where C stands, or C with other indices, becomes D."""
    places = replacements(one.right, other, frozenset())
    return Equation(one.left, pick.choice(places)) if places else None


def same_head(one: Equation, other: Equation, derivation: Derivation, pick: random.Random) -> Equation | None:
    """A = B, and B = C: A = C, whatever stands between."""
    further = [e for e in equations(derivation.name) if e.left == one.right and e.right != one.left]
    return Equation(one.left, pick.choice(further).right) if further else None


def turned(one: Equation, other: Equation, derivation: Derivation, pick: random.Random) -> Equation:
    return Equation(one.right, one.left)


WAYS: dict[str, Way] = {
    way.__name__.replace("_", " "): way
    for way in (
        side_by_side, combined, multiplied, products, moved, summed, squared, substituted, same_head, turned,
    )
}  # fmt: skip
WEIGHTS = (4, 3, 4, 2, 2, 3, 1, 6, 2, 1)


def replacements(tree: Tree, equation: Equation, bound: frozenset[str]) -> list[Tree]:
    """The tree with one occurrence of the left side as the right side; behind an operator nothing is replaced."""
    found: list[Tree] = []
    if (names := matching(equation.left, tree)) is not None:
        found.append(placed(equation.right, names, bound))
    own = () if isinstance(tree, Op) else parts(tree)
    inner = bound | {tree.index} if isinstance(tree, Sum) else bound
    for place, part in enumerate(own):
        found += [
            with_parts(tree, (*own[:place], new, *own[place + 1 :])) for new in replacements(part, equation, inner)
        ]
    return found


def matching(pattern: Tree, tree: Tree) -> dict[str, str] | None:
    """How the free indices of a pattern are called in a tree that is the pattern with other letters."""
    if type(pattern) is not type(tree):
        return None
    if pattern == tree:
        return {one: one for one in free_indices(pattern)}
    if isinstance(pattern, (Sym, Grad, Par)):
        olds, news = _indices(pattern), _indices(tree)
        names = dict(zip(olds, news, strict=False))
        return names if len(olds) == len(news) and renamed(pattern, names) == tree else None
    return None


def _indices(tree: Tree) -> list[str]:
    match tree:
        case Sym(_, index):
            return [index] if index else []
        case Grad(by):
            return _indices(by)
        case Par(of, by):
            return [*_indices(of), *_indices(by)]
    return []


def placed(tree: Tree, names: dict[str, str], around: frozenset[str]) -> Tree:
    """The tree with other free indices; its own sums get letters that capture nothing and are not taken around it."""
    taken = set(names.values()) | free_indices(tree) | around
    for index in sorted(bound_indices(tree) & taken):
        free = [one for one in ALL_AXES[:4] if one not in taken | bound_indices(tree)]
        if free:
            tree = _rebound(tree, index, free[0])
    if bound_indices(tree) & set(names.values()):
        raise NoLetter
    return renamed(tree, names)


class NoLetter(Exception):
    """There is no further index."""


def _rebound(tree: Tree, old: str, new: str) -> Tree:
    if isinstance(tree, Sum) and tree.index == old:
        return Sum(new, _rebound(renamed(tree.body, {old: new}), old, new))
    return with_parts(tree, tuple(_rebound(part, old, new) for part in parts(tree)))


def length(tree: Tree) -> int:
    return sum(1 for _ in walk(tree))


def fused(derivation: Derivation, pick: random.Random, times: int) -> Equation:
    """A right equation that was made by so many fusions."""
    known = equations(derivation.name)
    one = pick.choice(known)
    for _ in range(times):
        name = pick.choices(list(WAYS), WEIGHTS)[0]
        other = pick.choice(known)
        if name == "substituted":
            other = pick.choice(_shown_in(derivation.name, one.right) or known)
        try:
            made = WAYS[name](one, other, derivation, pick)
        except NoLetter:
            continue
        if made is not None and length(made.left) <= LONGEST and length(made.right) <= LONGEST:
            one = Equation(made.left, made.right, (*one.way, name))
    return one


def _shown_in(name: str, tree: Tree) -> list[Equation]:
    """The equations whose left side may occur in a tree."""
    kinds = {_key(part) for part in walk(tree)}
    return [one for one in equations(name) if _key(one.left) in kinds]


def _key(tree: Tree) -> object:
    match tree:
        case Sym(name, index):
            return name, bool(index)
        case Grad(Sym(name)):
            return "grad", name
        case Par(Sym(of), Sym(by)):
            return of, by
    return tree
