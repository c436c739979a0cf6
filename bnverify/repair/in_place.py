"""Slips that leave the formula in shape: an index, a number, an exponent, epsilon, a condition, or a letter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from bnverify.judge.findings import (
    BoundIndex,
    CaseCondition,
    ExtraFactor,
    IndexSlip,
    MissingFactor,
    WrongCount,
)
from bnverify.model.axes import letter_of
from bnverify.model.notation import is_index
from bnverify.read.syntax import (
    Addition,
    CaseRows,
    Digits,
    Expr,
    Fraction,
    Group,
    Name,
    Negative,
    Product,
    Raised,
    Relation,
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
from bnverify.repair.powers import bare_roots, epsilons, exponents
from bnverify.repair.slip import PIECE, Generator, Slip, Wrong
from bnverify.repair.trees import Site, is_below
from bnverify.repair.vocabulary import ONE, indexed

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
            lost = other > value if not is_below(site) else other < value
            yield Slip(expr, new, MissingFactor if lost else ExtraFactor)


def upside_down(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """`\\frac12` for 2."""
    expr = site.expr
    if isinstance(expr, Fraction) and isinstance(expr.above, Digits) and isinstance(expr.below, Digits):
        if not site.in_exponent:
            yield Slip(expr, expr.below if expr.above == ONE else Fraction(expr.below, expr.above), MissingFactor)


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
