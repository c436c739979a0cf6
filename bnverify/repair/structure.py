"""Slips that change the shape of a formula: signs, factors, terms, sums, brackets, paths of the chain rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations

from bnverify.frozen import frozen
from bnverify.judge.findings import (
    BoundIndex,
    DroppedSum,
    ExtraFactor,
    ExtraSum,
    ExtraTerm,
    IndexSlip,
    MissingFactor,
    MissingParentheses,
    MissingPath,
    MissingTerm,
    SignFlip,
    WrongCount,
)
from bnverify.model.axes import on_axis
from bnverify.model.notation import FAMILIES, Role, is_index
from bnverify.model.terms import LossBy, Partial, Reading, Sum, Term, Value, times
from bnverify.read.syntax import (
    Addition,
    Bounds,
    CaseRows,
    Derivative,
    Digits,
    Expr,
    Fraction,
    Group,
    Indicator,
    Name,
    Negative,
    Product,
    Raised,
    Summation,
    bare,
    inside,
    parts,
)
from bnverify.repair.slip import IN_PLACE, LARGE, PIECE, Generator, Slip, Wrong
from bnverify.repair.trees import Site, exchange
from bnverify.repair.vocabulary import ONE, grouped, indexed, negated, own_index

MOST_OCCURRENCES = 6
"""Places of one index that a sum may have captured; beyond it the subsets are too many."""

MOST_TERMS = 12
"""Summands among which lost brackets are looked for."""


def is_term(site: Site) -> bool:
    """A node that stands where a sign may stand: a whole side, a summand, what a bracket or a sum holds."""
    parent = site.parent
    if parent is None or isinstance(parent, (Addition, Group, Summation, CaseRows)):
        return not isinstance(site.expr, Addition)
    return isinstance(parent, Negative) or (isinstance(parent, Fraction) and parent.above is site.expr)


# -- signs


def signs(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """The sign of a summand, of a side, of a bracket."""
    expr, parent = site.expr, site.parent
    if site.in_exponent:
        return
    if isinstance(parent, Addition) or isinstance(expr, Negative):
        yield Slip(expr, negated(expr), SignFlip)
    elif isinstance(expr, Addition):
        pass
    elif parent is None or isinstance(parent, (Group, Summation, CaseRows)):
        yield Slip(expr, Negative(expr), SignFlip, odd=1 if parent is None or isinstance(parent, CaseRows) else 3)
    turned = turned_round(expr)
    if turned is not None and (isinstance(parent, (Group, Fraction)) or parent is None):
        yield Slip(expr, turned, SignFlip, odd=2)
    if isinstance(expr, Addition) and (parent is None or isinstance(parent, Summation)):
        yield Slip(expr, Negative(Group(expr)), SignFlip, PIECE)


def turned_round(expr: Expr) -> Expr | None:
    """`b - a` for `a - b`."""
    if not isinstance(expr, Addition) or len(expr.terms) != 2:
        return None
    first, second = expr.terms
    if not isinstance(second, Negative) or isinstance(first, Negative):
        return None
    return Addition((second.body, Negative(first)))


# -- factors


def removals(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """A factor too many, above or below a stroke."""
    expr = site.expr
    if isinstance(expr, Product):
        for place, factor in enumerate(expr.factors):
            rest = (*expr.factors[:place], *expr.factors[place + 1 :])
            size = IN_PLACE if factor in expr.factors[:place] else PIECE  # written twice
            yield Slip(expr, rest[0] if len(rest) == 1 else Product(rest), _removal(factor, wrong), size)
    elif isinstance(expr, Fraction):
        if not isinstance(expr.below, Product):
            odd = 1 if expr.above == ONE and isinstance(site.parent, Product) else 0
            yield Slip(expr, expr.above, _removal(expr.below, wrong), PIECE, odd)
        if not isinstance(expr.above, Product) and expr.above != ONE:
            yield Slip(expr.above, ONE, _removal(expr.above, wrong), PIECE)


def _removal(factor: Expr, wrong: Wrong) -> type[ExtraFactor | WrongCount]:
    return WrongCount if is_count(factor, wrong) else ExtraFactor


def is_count(expr: Expr, wrong: Wrong) -> bool:
    """Made of the number of samples and of 1 alone."""
    named = [node for node in inside(expr) if not isinstance(node, (Group, Addition, Negative, Fraction, Raised))]
    sizes = [node for node in named if isinstance(node, Name) and wrong.vocabulary.is_size(node)]
    return bool(sizes) and all(isinstance(node, Digits) or node in sizes for node in named)


def family_factors(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """A normalised sample, a residual or a gradient that was lost."""
    if not is_term(site) or isinstance(site.expr, Negative):
        return
    for letter in letters_here(site, wrong):
        for factor in _families(letter, wrong):
            yield Slip(site.expr, with_factor(site.expr, factor, behind=True), MissingFactor, PIECE)
    for left, right in combinations(letters_here(site, wrong), 2):
        delta = wrong.vocabulary.delta(left, right)
        if delta is not None:
            yield Slip(site.expr, with_factor(site.expr, delta, behind=True), MissingFactor, LARGE)


def _families(letter: str, wrong: Wrong) -> Iterator[Expr]:
    words, layer = wrong.vocabulary, wrong.vocabulary.scope.forward.layer
    index = _index_at(letter, wrong)
    if index is None:
        return
    found = [words.gradient("y", index)]
    if layer.exponential:
        found += [words.value("t", index), words.value("y", index)]
    else:
        found = [words.value("xhat", index), *found, words.gradient("xhat", index), _residual(index, wrong)]
        found += [words.value("gamma", layer.at_gains(index))] if set(layer.gains) & set(layer.over) else []
    yield from (one for one in found if one is not None)


def _index_at(letter: str, wrong: Wrong) -> tuple[str, ...] | None:
    """The place of the input that a letter names, in the row of the head; None where it is not known."""
    layer = wrong.vocabulary.scope.forward.layer
    if layer.rank == 1:
        return (letter,)
    axis = wrong.vocabulary.scope.letters.get(letter, layer.over[0])
    own = own_index(wrong.head, layer)
    known = tuple(on_axis(letter, k) if k == axis else one for k, one in enumerate(own))
    return None if None in known else tuple(one for one in known if one is not None)


def _residual(index: tuple[str, ...], wrong: Wrong) -> Expr | None:
    words, layer = wrong.vocabulary, wrong.vocabulary.scope.forward.layer
    sample, mean = words.value("x", index), words.value("mu", layer.at_kept(index))
    if not layer.centred:
        return sample
    return Group(Addition((sample, Negative(mean)))) if sample and mean else None


def letters_here(site: Site, wrong: Wrong) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in (*site.bound, *wrong.vocabulary.indices) if is_index(one)))


def with_factor(expr: Expr, factor: Expr, behind: bool = False) -> Expr:
    """The product of an expression and a factor; a sum keeps what it reaches."""
    inner = grouped(expr)
    factors = inner.factors if isinstance(inner, Product) else (inner,)
    if behind and not isinstance(factors[-1], Summation):
        return Product((*factors, factor))
    return Product((factor, *factors))


# -- terms


def terms(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """A summand too many."""
    expr = site.expr
    if isinstance(expr, Addition) and not is_count(expr, wrong):
        for place in range(len(expr.terms)):
            rest = (*expr.terms[:place], *expr.terms[place + 1 :])
            size = IN_PLACE if expr.terms[place] in expr.terms[:place] else PIECE  # written twice
            yield Slip(expr, rest[0] if len(rest) == 1 else Addition(rest), ExtraTerm, size)
            if len(expr.terms) > 2:
                yield Slip(expr, expr.terms[place], ExtraTerm, PIECE)


def gains_inside(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """A gain of each feature does not leave the sums: it belongs to every gradient, with the index of that."""
    words, layer = wrong.vocabulary, wrong.vocabulary.scope.forward.layer
    expr = site.expr
    if not isinstance(expr, Product) or not set(layer.gains) & set(layer.over):
        return
    gains = [node for node in inside(expr) if isinstance(node, Name) and words.role(node) is Role.SCALE]
    if len(gains) != 1:
        return
    changes: dict[int, Expr] = {id(gains[0]): ONE}
    for node in inside(expr):
        if isinstance(node, Derivative) and words.role(node.by) is Role.OUTPUT:
            gain = indexed(gains[0], words.beside(node.by), words.notation)
            if gain is not None:
                changes[id(node)] = Product((gain, node))
    if len(changes) > 1:
        yield Slip(expr, exchange(expr, changes), IndexSlip, PIECE)


def paths(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """Paths of the chain rule that were forgotten, one or several."""
    if site.above:
        return
    fresh = wrong.unused()
    written = [wrong.vocabulary.expr(path) for path in paths_to(wrong.head, wrong.vocabulary.scope.reading, fresh)]
    known = [one for one in written if one is not None]
    existing = site.expr.terms if isinstance(site.expr, Addition) else (site.expr,)
    size = PIECE if all(is_chain_rule(term) for term in existing) else LARGE
    # With all of its paths the derivative would be there twice.
    for count in range(1, len(ARROWS.get(_variable(wrong.head), ()))):
        for chosen in combinations(known, count):
            yield Slip(site.expr, Addition((*existing, *chosen)), MissingPath, size)


ARROWS = {
    "x": ("xhat", "v", "mu"),
    "mu": ("xhat", "v"),
    "v": ("xhat",),
    "xhat": ("y",),
    "gamma": ("y",),
    "beta": ("y",),
}
"""Where each quantity enters."""


def is_chain_rule(term: Expr) -> bool:
    """A summand with two derivatives as factors, as a chain rule is written."""
    return sum(isinstance(factor, Derivative) for factor in _all_factors(term)) >= 2


def _all_factors(term: Expr) -> Iterator[Expr]:
    match term:
        case Negative(body=body) | Summation(body=body) | Group(body=body):
            yield from _all_factors(body)
        case Product(factors=factors):
            yield from (one for factor in factors for one in _all_factors(factor))
        case _:
            yield term


def _variable(head: Term) -> str:
    """What a head differentiates by."""
    return head.value.name if isinstance(head, LossBy) else head.by.name if isinstance(head, Partial) else ""


def paths_to(head: Term, reading: Reading, fresh: str) -> Iterator[Term]:
    """The terms of the chain rule for a head: one for each quantity that its variable enters."""
    if isinstance(head, LossBy):
        for through in ARROWS.get(head.value.name, ()):
            yield from _path(through, head.value, lambda middle: LossBy(middle), reading, fresh)
    if isinstance(head, Partial) and isinstance(head.of, Value):
        of = head.of
        for through in ("mu", "v", "xhat"):
            if through in ARROWS.get(head.by.name, ()) and of.name in ARROWS.get(through, ()):
                yield from _path(through, head.by, lambda middle: Partial(of, middle, reading), reading, fresh)


def _path(through: str, by: Value, upper: Callable[[Value], Term], reading: Reading, fresh: str) -> Iterator[Term]:
    if through not in FAMILIES:
        yield times(upper(Value(through)), Partial(Value(through), by, reading))
        return
    if by.index:
        own = Value(through, by.index)
        yield times(upper(own), Partial(own, by, reading))
    middle = Value(through, (fresh,))
    yield Sum(fresh, times(upper(middle), Partial(middle, by, reading)))


# -- sums


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
    for letter in dict.fromkeys(place.letter for place in places):
        if letter in site.bound:
            continue
        if letter not in wrong.vocabulary.indices:
            summed = Summation(_bounds(letter, letter, wrong), _product(behind))
            yield Slip(site.expr, _product((*before, summed)), DroppedSum, PIECE)
            continue
        fresh = wrong.unused()
        cause = MissingPath if all(isinstance(bare(factor), Derivative) for factor in behind) else DroppedSum
        for chosen in _subsets([place for place in places if place.letter == letter]):
            renamed = tuple(renamed_at(factor, chosen, fresh, wrong) for factor in behind)
            summed = Summation(_bounds(fresh, letter, wrong), _product(renamed))
            yield Slip(site.expr, _product((*before, summed)), cause, PIECE)


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
        new = replace(last, body=_product((moved, *_factors(last.body))))
        yield Slip(expr, _product((*rest, new)), MissingParentheses, PIECE)


def _factors(expr: Expr) -> tuple[Expr, ...]:
    return expr.factors if isinstance(expr, Product) else (grouped(expr),)


def _product(factors: tuple[Expr, ...]) -> Expr:
    return factors[0] if len(factors) == 1 else Product(factors)


# -- brackets


def brackets(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """Brackets lost round several summands, or written where none belong."""
    expr = site.expr
    if isinstance(expr, Addition) and len(expr.terms) <= MOST_TERMS:
        for first in range(len(expr.terms) - 1):
            for last in range(first + 1, len(expr.terms)):
                for made in _taken_together(expr.terms[first : last + 1]):
                    yield Slip(
                        expr, _added((*expr.terms[:first], made, *expr.terms[last + 1 :])), MissingParentheses, PIECE
                    )
        yield from _raised_together(expr)
    yield from _opened(site)


def _taken_together(run: tuple[Expr, ...]) -> Iterator[Expr]:
    """`a (b + c)` for `a b + c`, `-(a + b)` for `-a + b`, a sum that should reach further."""
    first, *rest = run
    yield from (made for made in _closed(first, tuple(rest)) if not isinstance(made, Group))
    last = rest[-1]
    lead, tail = _split_off(last)
    if tail:
        yield from _closed(first, (*rest[:-1], lead), tail)


def _split_off(last: Expr) -> tuple[Expr, tuple[Expr, ...]]:
    """The first factor of a summand with its sign, and the others."""
    body = last.body if isinstance(last, Negative) else last
    if not isinstance(body, Product):
        return last, ()
    return (Negative(body.factors[0]) if isinstance(last, Negative) else body.factors[0]), body.factors[1:]


def _closed(first: Expr, rest: tuple[Expr, ...], tail: tuple[Expr, ...] = ()) -> Iterator[Expr]:
    """The end of one summand in brackets with those behind it, wherever the bracket may open; `tail` multiplies it."""
    group = Group(Addition((first, *rest)))
    yield Product((group, *tail)) if tail else group
    match first:
        case Negative(body=body):
            yield from (Negative(made) for made in _closed(body, rest, tail))
        case Product(factors=factors):
            for place in range(1, len(factors) - 1):
                yield _product((*factors[:place], *_opening(_product(factors[place:]), rest, tail)))
            for made in _closed(factors[-1], rest, tail):
                yield Product((*factors[:-1], *(made.factors if isinstance(made, Product) else (made,))))
        case Summation(body=body):
            yield from (replace(first, body=made) for made in _closed(body, rest, tail))
        case Fraction(above=above) if not tail:
            yield Fraction(Addition((above, *rest)), first.below)


def _opening(inner: Expr, rest: tuple[Expr, ...], tail: tuple[Expr, ...]) -> tuple[Expr, ...]:
    return Group(Addition((inner, *rest))), *tail


def _raised_together(expr: Addition) -> Iterator[Slip]:
    """`(x - mu)^2` for `x - mu^2`."""
    last = expr.terms[-1]
    sign, inner = (True, last.body) if isinstance(last, Negative) else (False, last)
    if isinstance(inner, Raised):
        base: Expr = Negative(inner.base) if sign else inner.base
        yield Slip(expr, Raised(Group(Addition((*expr.terms[:-1], base))), inner.exponent), MissingParentheses, PIECE)


def _opened(site: Site) -> Iterator[Slip]:
    """`a b + c` for `a (b + c)`."""
    expr = site.expr
    if isinstance(expr, Product):
        for place, factor in enumerate(expr.factors):
            if isinstance(factor, Group) and isinstance(factor.body, Addition) and place == len(expr.factors) - 1:
                first, *rest = factor.body.terms
                lead = _product((*expr.factors[:place], first.body if isinstance(first, Negative) else first))
                new = Addition((Negative(lead) if isinstance(first, Negative) else lead, *rest))
                yield Slip(expr, new if is_free(site) else Group(new), MissingParentheses, PIECE)


def is_free(site: Site) -> bool:
    """Whether a sum may stand here without brackets."""
    return site.parent is None or isinstance(site.parent, Group)


def _added(run: tuple[Expr, ...]) -> Expr:
    return run[0] if len(run) == 1 else Addition(run)


def residuals(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """Half of a residual: x for x - mu, or -mu."""
    role = wrong.vocabulary.role(site.expr) if isinstance(site.expr, Name) else None
    if role not in (Role.INPUT, Role.MEAN) or isinstance(site.parent, (Derivative, Addition)):
        return
    index = wrong.vocabulary.index(site.expr)[:1] if role is Role.INPUT else ()
    mean = wrong.vocabulary.value("mu")
    for letter in index or letters_here(site, wrong):
        sample = wrong.vocabulary.value("x", (letter,))
        if sample is not None and mean is not None:
            first, second = (sample, mean) if role is Role.INPUT else (mean, sample)
            yield Slip(site.expr, Group(Addition((first, Negative(second)))), MissingTerm, PIECE)


STRUCTURAL_SLIPS: tuple[Generator, ...] = (
    gains_inside,
    signs, removals, family_factors, terms, paths, sums, exceptions, brackets, residuals,
)  # fmt: skip
