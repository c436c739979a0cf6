"""Slips of sums: one is missing, one too many, one reaches too far, captures an index, or has lost one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from bnverify.frozen import frozen
from bnverify.judge.findings import (
    BoundIndex,
    DroppedSum,
    ExtraSum,
    ExtraTerm,
    MissingParentheses,
    MissingPath,
    MissingTerm,
)
from bnverify.model.notation import is_index
from bnverify.read.syntax import (
    Addition,
    Bounds,
    Derivative,
    Expr,
    Fraction,
    Group,
    Indicator,
    Name,
    Product,
    Raised,
    Summation,
    bare,
    inside,
    parts,
)
from bnverify.repair.slip import PIECE, Slip, Wrong
from bnverify.repair.structure import is_term, letters_here
from bnverify.repair.trees import Site, exchange
from bnverify.repair.vocabulary import ONE, factors_of, grouped, indexed, product_of

MOST_OCCURRENCES = 6
"""Places of one index that a sum may have captured; beyond it the subsets are too many."""


def sums(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """A sum too many, too few, or one that binds what it should not."""
    expr = site.expr
    if isinstance(expr, Summation):
        body = expr.body
        alone = site.parent is None or isinstance(site.parent, (Addition, Group))
        if isinstance(site.parent, Product) and any(
            isinstance(f, Derivative) and f.of is None for f in site.parent.factors
        ):
            yield Slip(expr, Group(bare(body)), ExtraSum, PIECE)  # the operator acts on all of it
        else:
            yield Slip(expr, body if alone and not isinstance(body, Addition) else grouped(body), ExtraSum, PIECE)
            yield from _only_here(expr, alone, wrong)
        yield from _over_more(expr, site, wrong)
        yield from _captured(expr, site, wrong)
    if isinstance(expr, Product):
        for start in range(len(expr.factors)):
            yield from _summed(site, expr.factors[:start], expr.factors[start:], wrong)
            yield from _reached(expr, start)
    elif is_term(site) and isinstance(expr, (Name, Derivative, Raised, Fraction)):
        yield from _summed(site, (), (expr,), wrong)


def exceptions(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """A summand that a sum leaves out, `\\sum_{j \\neq i}`, and one that it should leave out."""
    expr = site.expr
    if not isinstance(expr, Summation):
        return
    if expr.bounds.unequal:
        yield Slip(expr, replace(expr, bounds=replace(expr.bounds, unequal=())), MissingTerm)
    elif len(expr.bounds.indices) == 1 and not any(is_delta(node) for node in inside(expr.body)):
        own, axes = expr.bounds.indices[0], wrong.vocabulary.scope.letters
        for letter in letters_here(site, wrong):
            if letter != own and axes.get(letter) == axes.get(own):
                bounds = replace(expr.bounds, unequal=(letter,), lower=None, upper=None)
                yield Slip(expr, replace(expr, bounds=bounds), ExtraTerm, PIECE)


def is_delta(expr: Expr) -> bool:
    return isinstance(expr, Indicator) or (isinstance(expr, Name) and expr.letter == "\\delta")


def _only_here(expr: Summation, alone: bool, wrong: Wrong) -> Iterator[Slip]:
    """The summand of the head's own index, without the sum."""
    own, free = expr.bounds.indices, [one for one in wrong.vocabulary.indices if is_index(one)]
    if len(own) == 1 and len(free) == 1 and own[0] not in free:
        places = tuple(place for place in loose(expr.body, wrong) if place.letter == own[0])
        body = renamed_at(expr.body, places, free[0], wrong)
        yield Slip(expr, body if alone and not isinstance(body, Addition) else grouped(body), ExtraSum, PIECE)


def _over_more(expr: Summation, site: Site, wrong: Wrong) -> Iterator[Slip]:
    """The same sum over every index that is loose in it."""
    known = (*expr.bounds.indices, *site.bound, *wrong.vocabulary.indices)
    more = tuple(dict.fromkeys(place.letter for place in loose(expr.body, wrong) if place.letter not in known))
    if more:
        bounds = replace(expr.bounds, indices=(*expr.bounds.indices, *more), lower=None, upper=None)
        yield Slip(expr, replace(expr, bounds=bounds), DroppedSum, PIECE)


def _summed(site: Site, before: tuple[Expr, ...], behind: tuple[Expr, ...], wrong: Wrong) -> Iterator[Slip]:
    """A sum over what follows: over an index that is loose here, or over some places of an index of the head."""
    places = [place for factor in behind for place in loose(factor, wrong)]
    odd = int(not any(loose(behind[0], wrong)))  # 1/N stands before its sum
    for letter in dict.fromkeys(place.letter for place in places):
        if letter in site.bound:
            continue
        if letter not in wrong.vocabulary.indices:
            summed = Summation(_bounds(letter, letter, wrong), product_of(behind))
            yield Slip(site.expr, product_of((*before, summed)), DroppedSum, PIECE, odd)
            continue
        fresh = wrong.unused()
        cause = MissingPath if _is_chain(before, behind, wrong) else DroppedSum
        for chosen in _subsets([place for place in places if place.letter == letter]):
            renamed = tuple(renamed_at(factor, chosen, fresh, wrong) for factor in behind)
            summed = Summation(_bounds(fresh, letter, wrong), product_of(renamed))
            yield Slip(site.expr, product_of((*before, summed)), cause, PIECE, odd)


def _is_chain(before: tuple[Expr, ...], behind: tuple[Expr, ...], wrong: Wrong) -> bool:
    """Whether the factors are a chain rule: a number in front of one derivative is none."""
    scaled = bool(before) and not any(isinstance(bare(one), Derivative) or any(loose(one, wrong)) for one in before)
    return not scaled and all(isinstance(bare(one), Derivative) for one in behind)


def _bounds(index: str, letter: str, wrong: Wrong) -> Bounds:
    """Those of a sum over an index where a letter runs; without limits where no letter counts it."""
    scope = wrong.vocabulary.scope
    upper = wrong.vocabulary.count(scope.letters.get(letter, scope.layer.over[0]))
    return Bounds((index,), ONE if upper is not None else None, upper)


@frozen
class Place:
    """One index of one name."""

    name: Name
    at: int
    letter: str


def loose(expr: Expr, wrong: Wrong, bound: tuple[str, ...] = ()) -> Iterator[Place]:
    """The indices of an expression that no sum in it binds."""
    if isinstance(expr, Summation):
        bound = (*bound, *expr.bounds.indices)
    if isinstance(expr, Name):
        index = wrong.vocabulary.index(expr)
        yield from (Place(expr, at, one) for at, one in enumerate(index) if is_index(one) and one not in bound)
    for part in parts(expr):
        yield from loose(part, wrong, bound)


def _subsets(places: list[Place]) -> Iterator[tuple[Place, ...]]:
    """All places first: a sum usually takes everything behind it."""
    for count in range(min(len(places), MOST_OCCURRENCES), 0, -1):
        yield from combinations(places[:MOST_OCCURRENCES], count)


def renamed_at(expr: Expr, places: tuple[Place, ...], new: str, wrong: Wrong) -> Expr:
    """The expression with some of its indices renamed."""
    changes: dict[int, Expr] = {}
    for name in {id(place.name): place.name for place in places}.values():
        own = {place.at for place in places if place.name is name}
        index = tuple(new if at in own else one for at, one in enumerate(wrong.vocabulary.index(name)))
        made = indexed(name, index, wrong.vocabulary.notation)
        if made is not None:
            changes[id(name)] = made
    return exchange(expr, changes)


def _captured(expr: Summation, site: Site, wrong: Wrong) -> Iterator[Slip]:
    """The sum binds an index of the head: some of its places were meant free."""
    own = expr.bounds.indices
    if len(own) != 1 or own[0] not in (*wrong.vocabulary.indices, *site.bound):
        return
    fresh = wrong.unused()
    places = [place for place in loose(expr.body, wrong) if place.letter == own[0]]
    for chosen in _subsets(places):
        if len(chosen) < len(places):
            body = renamed_at(expr.body, chosen, fresh, wrong)
            yield Slip(expr, replace(expr, bounds=replace(expr.bounds, indices=(fresh,)), body=body), BoundIndex, PIECE)


def _reached(expr: Product, start: int) -> Iterator[Slip]:
    """A factor before a sum that belongs behind its sign."""
    last = expr.factors[-1]
    if isinstance(last, Summation) and start < len(expr.factors) - 1:
        moved = expr.factors[start]
        rest = (*expr.factors[:start], *expr.factors[start + 1 : -1])
        new = replace(last, body=product_of((moved, *factors_of(last.body))))
        yield Slip(expr, product_of((*rest, new)), MissingParentheses, PIECE)
