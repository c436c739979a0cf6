"""Slips that leave the formula in shape: an index, a number, an exponent, epsilon, a condition, or a letter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction as Rational
from itertools import combinations, pairwise

from bnverify.judge.findings import (
    BoundIndex,
    CaseCondition,
    EpsPlacement,
    ExtraFactor,
    IndexSlip,
    MissingFactor,
    WrongCount,
    WrongExponent,
)
from bnverify.model.axes import letter_of
from bnverify.model.conventions import Epsilon
from bnverify.model.notation import Role, is_index
from bnverify.read.syntax import (
    Addition,
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
    Relation,
    Root,
    Row,
    Summation,
    bare,
    inside,
)
from bnverify.repair.letters import (
    confused,
    hats,
    look_alikes,
    scope_letters,
    upstream,
    upstream_throughout,
)
from bnverify.repair.slip import PIECE, Generator, Slip, Wrong
from bnverify.repair.trees import Site
from bnverify.repair.vocabulary import ONE, grouped, indexed

# -- indices


def indices(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """An index for another one that has a meaning here."""
    expr, words = site.expr, wrong.vocabulary
    if isinstance(expr, Summation):
        own = expr.bounds.indices
        used = words.notation.indices_in(expr.body) - set(own) - set(site.bound)
        for letter in sorted(filter(is_index, used)):
            for place in range(len(own)):
                bounds = replace(expr.bounds, indices=(*own[:place], letter, *own[place + 1 :]))
                cause = BoundIndex if own[place] in words.indices else IndexSlip
                yield Slip(expr, replace(expr, bounds=bounds), cause)
    if not isinstance(expr, Name):
        return
    index = words.index(expr)
    for place, here in enumerate(index):
        for letter in scope_letters(site, wrong):
            if letter != here and not (expr.letter == "\\delta" and letter in index):
                new = indexed(expr, (*index[:place], letter, *index[place + 1 :]), words.notation)
                if new is not None:
                    yield Slip(expr, new, IndexSlip)


# -- numbers


def numbers(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """A number for another one; a factor 1, or a number that cancels, is left to those who leave factors out."""
    expr, parent = site.expr, site.parent
    if not isinstance(expr, Digits) or site.in_exponent or not expr.text.isdigit() or len(expr.text) > 3:
        return
    size = wrong.vocabulary.size()
    if size is not None and expr.text in ("2", "3"):
        yield Slip(expr, size, WrongCount, odd=1)
    beside = tuple(inside(parent)) if isinstance(parent, (Fraction, Product)) else ()
    for other in (1, 2, 3, 4, 6):
        value, new = int(expr.text), Digits(str(other))
        # `\\frac{1}{2}` may be written for `\\frac{2}{1}`, but nobody writes `\\frac{2}{2}`, nor `\\frac{x}{1}`.
        if isinstance(parent, Fraction) and parent.above is expr:
            cancels = new in beside and other > 1
        else:
            cancels = new in beside if isinstance(parent, Fraction) and other > 1 else other == 1 and bool(beside)
        if other != value and not cancels:
            lost = other > value if not _is_below(site) else other < value
            yield Slip(expr, new, MissingFactor if lost else ExtraFactor)


def upside_down(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """`\\frac12` for 2."""
    expr = site.expr
    if isinstance(expr, Fraction) and isinstance(expr.above, Digits) and isinstance(expr.below, Digits):
        if not site.in_exponent:
            yield Slip(expr, expr.below if expr.above == ONE else Fraction(expr.below, expr.above), MissingFactor)


def _is_below(site: Site) -> bool:
    """Whether a node stands under a fraction stroke."""
    chain = (*site.above, site.expr)
    return any(isinstance(holder, Fraction) and holder.below is part for holder, part in pairwise(chain))


def counts(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """n for n - 1 and back."""
    expr, words = site.expr, wrong.vocabulary
    size = words.size()
    if size is None:
        return
    less_one = Addition((size, Negative(ONE)))
    if words.is_size(expr) if isinstance(expr, Name) else False:
        parent = site.parent
        if isinstance(parent, Addition) and _is_size_off_by_one(parent, wrong):
            return
        if not isinstance(parent, (Fraction, Raised, Addition)):
            yield Slip(expr, Fraction(ONE, expr), WrongCount, odd=1)
        others = (words.count(axis) for axis in range(words.scope.layer.rank))
        yield from (Slip(expr, one, WrongCount) for one in others if one is not None and one != expr)
        alone = isinstance(parent, Fraction) or parent is None
        yield Slip(expr, less_one if alone else Group(less_one), WrongCount)
        yield Slip(expr, Group(Addition((size, ONE))), WrongCount, PIECE)
    if (isinstance(expr, Group) and _is_size_off_by_one(expr.body, wrong)) or (
        _is_size_off_by_one(expr, wrong) and not isinstance(site.parent, Group)
    ):
        yield Slip(expr, size, WrongCount)
    if isinstance(expr, Addition) and _is_size_off_by_one(expr, wrong) and expr.terms[1] == ONE:
        yield Slip(expr, less_one, WrongCount)


def _is_size_off_by_one(expr: Expr, wrong: Wrong) -> bool:
    if not isinstance(expr, Addition) or len(expr.terms) != 2:
        return False
    first, second = expr.terms
    return wrong.vocabulary.is_size(first) and bare(second.body if isinstance(second, Negative) else second) == ONE


# -- powers


def exponents(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """Another exponent, none, or one where none is written."""
    expr = site.expr
    if isinstance(expr, Raised) and wrong.vocabulary.role(expr) is None:
        yield from _other_exponents(expr, wrong)
    elif isinstance(expr, Root) and expr.degree is None:
        yield Slip(expr, grouped(bare(expr.body)), WrongExponent)
        for power in (Rational(3, 2), Rational(-1, 2)):
            yield Slip(expr, Raised(Group(bare(expr.body)), read_exponent(power)), WrongExponent)
    elif _may_be_raised(site, wrong):
        cause = WrongCount if isinstance(expr, Name) and wrong.vocabulary.is_size(expr) else WrongExponent
        for whole in (2, 3):
            yield Slip(expr, Raised(expr, Digits(str(whole))), cause, IN_NAME if isinstance(expr, Name) else 0)
        if isinstance(expr, Group):
            yield Slip(expr, Root(expr.body), cause)


IN_NAME = PIECE
"""A power put behind a letter is a factor more; behind a bracket it is one that was lost."""


def _other_exponents(expr: Raised, wrong: Wrong) -> Iterator[Slip]:
    value = wrong.vocabulary.exponent(expr.exponent)
    if value is None:
        return
    cause = WrongCount if wrong.vocabulary.is_size(bare(expr.base)) else WrongExponent
    others = [-value, value + 1, value - 1, value + Rational(1, 2), value - Rational(1, 2), 2 * value, value / 2]
    for other in dict.fromkeys((*others, Rational(1), Rational(2), Rational(-1, 2), Rational(-3, 2))):
        if other not in (value, 0):
            new = expr.base if other == 1 else Raised(expr.base, read_exponent(other))
            yield Slip(expr, new, cause)


def _may_be_raised(site: Site, wrong: Wrong) -> bool:
    expr, parent = site.expr, site.parent
    if isinstance(parent, (Raised, Derivative)):
        return False
    if isinstance(expr, Group):
        return expr.opening != "|" and not isinstance(parent, Fraction)
    return isinstance(expr, Name) and wrong.vocabulary.role(expr) is not None


def bare_roots(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """A root that was lost: `\\frac{1}{v + eps}` for `\\frac{1}{\\sqrt{v + eps}}`."""
    expr, parent = site.expr, site.parent
    if isinstance(expr, Addition) and isinstance(parent, Fraction) and parent.below is expr:
        yield Slip(expr, Root(expr), WrongExponent)


def read_exponent(value: Rational) -> Expr:
    """An exponent as syntax: `2`, `-1`, `-\\frac{3}{2}`."""
    size = abs(value)
    below = Digits(str(size.denominator))
    written: Expr = Digits(str(size.numerator))
    if size.denominator != 1:
        written = Fraction(written, below)
    return Negative(written) if value < 0 else written


# -- epsilon


def epsilons(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """Epsilon forgotten, doubled, or outside the root."""
    expr, parent = site.expr, site.parent
    epsilon = wrong.vocabulary.value("eps")
    if epsilon is None:
        return
    if isinstance(expr, Addition):
        kept = tuple(term for term in expr.terms if not _is_epsilon(term, wrong))
        if 0 < len(kept) < len(expr.terms):
            yield Slip(expr, kept[0] if len(kept) == 1 else Addition(kept), EpsPlacement)
            yield from _into_the_root(expr, kept, epsilon, wrong)
    elif isinstance(expr, Root) and isinstance(expr.body, Addition):
        kept = tuple(term for term in expr.body.terms if not _is_epsilon(term, wrong))
        if 0 < len(kept) < len(expr.body.terms):
            root = Root(kept[0] if len(kept) == 1 else Addition(kept))
            outside = Addition((root, epsilon))
            yield Slip(expr, outside if isinstance(parent, Fraction) else Group(outside), EpsPlacement)
    elif _is_root_alone(site, wrong):
        outside = Addition((expr, epsilon))
        yield Slip(expr, outside if isinstance(parent, (Fraction, Group)) else Group(outside), EpsPlacement)
    elif wrong.vocabulary.role(expr) is Role.VARIANCE and not isinstance(parent, (Addition, Derivative)):
        under = isinstance(parent, (Root, Fraction, Group)) or parent is None
        with_epsilon = Addition((expr, epsilon))
        yield Slip(expr, with_epsilon if under else Group(with_epsilon), EpsPlacement)


def _is_root_alone(site: Site, wrong: Wrong) -> bool:
    """`\\sqrt{v}`, or a letter for it, to which epsilon is added in this note."""
    outside = wrong.vocabulary.scope.forward.convention.epsilon is Epsilon.OUTSIDE
    expr, role = site.expr, wrong.vocabulary.role
    root = role(expr) is Role.ROOT or (isinstance(expr, Root) and role(bare(expr.body)) is Role.VARIANCE)
    return outside and root and not isinstance(site.parent, Addition)


def _into_the_root(expr: Addition, kept: tuple[Expr, ...], epsilon: Expr, wrong: Wrong) -> Iterator[Slip]:
    """`\\sqrt{v} + \\epsilon` and `\\sigma + \\epsilon` for the root of the sum."""
    square = kept[0].body if isinstance(kept[0], Root) else wrong.vocabulary.squared(kept[0])
    if len(kept) == 1 and square is not None:
        yield Slip(expr, Root(Addition((square, epsilon))), EpsPlacement)


def _is_epsilon(expr: Expr, wrong: Wrong) -> bool:
    inner = bare(expr)
    if isinstance(inner, Raised):
        inner = bare(inner.base)
    return wrong.vocabulary.role(inner) is Role.EPSILON


# -- cases


def conditions(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """The conditions of two rows exchanged, or one of them turned into its opposite."""
    expr = site.expr
    if not isinstance(expr, CaseRows):
        return
    for left, right in combinations(range(len(expr.rows)), 2):
        rows = list(expr.rows)
        first, second = rows[left], rows[right]
        if first.otherwise or second.otherwise:
            rows[left], rows[right] = replace(first, values=second.values), replace(second, values=first.values)
        else:
            rows[left] = replace(first, conditions=second.conditions)
            rows[right] = replace(second, conditions=first.conditions)
        yield Slip(expr, replace(expr, rows=tuple(rows)), CaseCondition)
    yield from _other_letters(expr, wrong)
    for place, row in enumerate(expr.rows):
        if len(row.conditions) == 1:
            turned = replace(row, conditions=(_opposite(row.conditions[0]),))
            yield Slip(expr, replace(expr, rows=_with_row(expr.rows, place, turned)), CaseCondition)


def _other_letters(expr: CaseRows, wrong: Wrong) -> Iterator[Slip]:
    """Conditions on i and j that were meant on j and k, in all rows at once."""
    written = {letter for row in expr.rows for one in row.conditions for letter in (one.left, one.right)}
    for old in sorted(written):
        for new in sorted(set(wrong.vocabulary.indices) - written):
            rows = tuple(
                replace(row, conditions=tuple(_renamed(c, old, new) for c in row.conditions)) for row in expr.rows
            )
            yield Slip(expr, replace(expr, rows=rows), CaseCondition)


def _renamed(one: Relation, old: str, new: str) -> Relation:
    return replace(one, left=new if one.left == old else one.left, right=new if one.right == old else one.right)


def _opposite(one: Relation) -> Relation:
    return replace(one, sign="\\neq" if one.sign == "=" else "=")


def _with_row(rows: tuple[Row, ...], place: int, row: Row) -> tuple[Row, ...]:
    return (*rows[:place], row, *rows[place + 1 :])


def deltas(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """A Kronecker delta for 1 and back."""
    expr = site.expr
    if expr == ONE and isinstance(site.parent, Addition):
        for left, right in combinations(scope_letters(site, wrong), 2):
            if any({letter_of(one.left), letter_of(one.right)} == {left, right} for one in wrong.conditions):
                continue  # it is known whether they are equal
            delta = wrong.vocabulary.delta(left, right)
            if delta is not None:
                yield Slip(expr, delta, MissingFactor)
    if isinstance(expr, Name) and expr.letter == "\\delta" and isinstance(site.parent, Addition):
        yield Slip(expr, ONE, ExtraFactor)


IN_PLACE_SLIPS: tuple[Generator, ...] = (
    hats, upstream, upstream_throughout, confused, look_alikes, indices, numbers, upside_down, counts, exponents,
    bare_roots, epsilons, conditions, deltas,
)  # fmt: skip
