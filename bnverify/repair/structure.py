"""Slips that change the shape of a formula: signs, factors, terms, paths of the chain rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

from bnverify.judge.findings import (
    ExtraFactor,
    ExtraTerm,
    IndexSlip,
    MissingFactor,
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
    Adjoint,
    CaseRows,
    Derivative,
    Digits,
    Expr,
    Fraction,
    Group,
    Name,
    Negative,
    Product,
    Raised,
    Summation,
    inside,
)
from bnverify.repair.slip import IN_PLACE, LARGE, PIECE, Slip, Wrong
from bnverify.repair.trees import Site, exchange
from bnverify.repair.vocabulary import ONE, grouped, indexed, negated, own_index


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
    if len(factors) > 1 and isinstance(factors[0], Digits) and not isinstance(factor, (Digits, Fraction, Negative)):
        return Product((factors[0], factor, *factors[1:]))
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
    size = PIECE if all(is_path(term, wrong) for term in existing) else LARGE
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


def is_path(term: Expr, wrong: Wrong) -> bool:
    """A summand of a chain rule, one of its derivatives worked out or not: the loss by what the variable enters."""
    through = ARROWS.get(_variable(wrong.head), ())
    by = (factor.by for factor in _all_factors(term) if isinstance(factor, (Derivative, Adjoint)))
    return is_chain_rule(term) or any((wrong.vocabulary.role(one) or Role.LOSS).value in through for one in by)


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
