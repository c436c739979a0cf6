"""Slips that leave the formula in shape: a letter, a hat, an index, a number, an exponent, a condition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction as Rational
from itertools import combinations, pairwise

from bnverify.judge.findings import (
    BoundIndex,
    CaseCondition,
    Cause,
    EpsPlacement,
    ExtraFactor,
    IndexSlip,
    LostHat,
    MisreadSymbol,
    MissingFactor,
    WrongCount,
    WrongExponent,
    WrongUpstream,
)
from bnverify.model.axes import letter_of
from bnverify.model.conventions import Epsilon
from bnverify.model.notation import Role, is_index
from bnverify.read.losses import is_gradient
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
from bnverify.repair.slip import PIECE, Generator, Slip, Wrong
from bnverify.repair.trees import Site, exchange
from bnverify.repair.variables import VARIABLES, variables_of
from bnverify.repair.vocabulary import ONE, grouped, indexed

# -- letters


HATS = {Role.INPUT: Role.NORMALISED, Role.NORMALISED: Role.INPUT}


def hats(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """x for x-hat and back, also in what a derivative differentiates, or differentiates by."""
    role = _role(site, wrong)
    other = HATS.get(role) if role else None
    if other is None:
        return
    new = wrong.vocabulary.like(site.expr, other)
    if new is not None:
        yield Slip(site.expr, new, LostHat)


SIBLINGS = {Role.MEAN: Role.VARIANCE, Role.VARIANCE: Role.MEAN, Role.SCALE: Role.SHIFT, Role.SHIFT: Role.SCALE}
"""What a gradient is taken by, mistaken for its neighbour."""


def upstream(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """The gradient by y for the one by x-hat and back; by the mean for the one by the variance and back."""
    parent = site.parent
    losses = wrong.vocabulary.notation.losses
    if isinstance(parent, Derivative) and parent.of is site.expr:
        yield from (Slip(site.expr, Name(loss), MisreadSymbol) for loss in losses if site.expr != Name(loss))
    if not isinstance(parent, Derivative) or parent.by is not site.expr:
        return
    if not is_gradient(parent, losses):
        yield from _other_variables(site, parent, wrong)
        return
    role = _role(site, wrong)
    if role in (Role.OUTPUT, Role.NORMALISED, Role.INPUT):
        for other in (Role.NORMALISED, Role.OUTPUT):
            new = wrong.vocabulary.like(site.expr, other) if other is not role else None
            if new is not None and {role, other} != {Role.INPUT, Role.NORMALISED}:
                yield Slip(site.expr, new, WrongUpstream)
    swap = SIBLINGS.get(role) if role else None
    new = wrong.vocabulary.like(site.expr, swap) if swap else None
    if new is not None:
        yield Slip(site.expr, new, MisreadSymbol)


def _other_variables(site: Site, parent: Derivative, wrong: Wrong) -> Iterator[Slip]:
    """What a derivative of one quantity by another differentiates by: mu for x, gamma for beta."""
    role, options = _role(site, wrong), variables_of(parent, wrong.vocabulary)
    for other in options if role in VARIABLES else ():
        if other is not role and {role, other} != {Role.INPUT, Role.NORMALISED}:
            for new in _spelled(other, (), site, wrong):
                yield Slip(site.expr, new, MisreadSymbol)


def _spelled(role: Role, index: Sequence[str], site: Site, wrong: Wrong) -> Iterator[Expr]:
    """A quantity with this index, else with each that means something at a site; with several axes, with what fits."""
    words = wrong.vocabulary
    if words.scope.layer.rank > 1:
        options = [words.in_row(role.value, (*index, *_scope_letters(site, wrong)))]
    elif role in SCALAR_ROLES:
        options = [words.value(role.value)]
    else:
        options = [words.value(role.value, (one,)) for one in (index or _scope_letters(site, wrong))]
    yield from (one for one in options if one is not None)


THROUGHOUT: tuple[tuple[Role, Role, type[Cause]], ...] = (
    (Role.NORMALISED, Role.OUTPUT, WrongUpstream),
    (Role.OUTPUT, Role.NORMALISED, WrongUpstream),
    (Role.INPUT, Role.OUTPUT, WrongUpstream),
    (Role.INPUT, Role.NORMALISED, LostHat),
    (Role.NORMALISED, Role.INPUT, LostHat),
)


def upstream_throughout(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """Every gradient by one family for the one by another, in a whole side."""
    if site.above:
        return
    for of, to, cause in THROUGHOUT:
        changes: dict[int, Expr] = {}
        for node in inside(site.expr):
            if isinstance(node, Derivative) and is_gradient(node, wrong.vocabulary.notation.losses):
                by = Site(node.by, (node,))
                new = wrong.vocabulary.like(by.expr, to) if _role(by, wrong) is of else None
                if new is not None:
                    changes[id(node.by)] = new
        if len(changes) > 1:
            yield Slip(site.expr, exchange(site.expr, changes), cause, PIECE)


def _role(site: Site, wrong: Wrong) -> Role | None:
    return wrong.vocabulary.role(site.expr) if isinstance(site.expr, (Name, Raised)) else None


CONFUSED: Mapping[Role, tuple[Role, ...]] = {
    Role.MEAN: (Role.INPUT, Role.VARIANCE, Role.SCALE),
    Role.INPUT: (Role.MEAN,),
    Role.SCALE: (Role.SHIFT, Role.OUTPUT, Role.NORMALISED),
    Role.SHIFT: (Role.SCALE,),
    Role.VARIANCE: (Role.MEAN, Role.EPSILON, Role.DEVIATION),
    Role.DEVIATION: (Role.VARIANCE, Role.MEAN),
    Role.EPSILON: (Role.VARIANCE,),
    Role.OUTPUT: (Role.INPUT, Role.NORMALISED, Role.SCALE),
    Role.NORMALISED: (Role.OUTPUT,),
    Role.SIZE: (Role.MEAN, Role.INPUT),
}
"""Quantities that are written for one another."""
SCALAR_ROLES = frozenset((Role.MEAN, Role.SCALE, Role.SHIFT, Role.VARIANCE, Role.EPSILON))


def confused(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """One quantity of the forward pass for another: mu for x, beta for gamma."""
    if isinstance(site.parent, Derivative) or _is_part_of_symbol(site, wrong):
        return
    index = wrong.vocabulary.index(site.expr) if isinstance(site.expr, (Name, Raised)) else ()
    for role in CONFUSED.get(_role(site, wrong) or Role.LOSS, ()):
        for new in _spelled(role, index, site, wrong):
            if role is not Role.DEVIATION and not _cancels(new, site):
                yield Slip(site.expr, new, MisreadSymbol)


def _cancels(new: Expr, site: Site) -> bool:
    """Whether a summand would stand beside its own opposite: mu - mu is nothing that anyone means."""
    terms = site.parent.terms if isinstance(site.parent, Addition) else ()
    return any((one.body if isinstance(one, Negative) else one) == new for one in terms)


LOOK_ALIKES: Mapping[str, tuple[str, ...]] = {
    "Z": ("2",), "z": ("2",), "l": ("1", "i"), "I": ("1",), "\\ell": ("1", "l"), "O": ("0",), "o": ("0", "\\sigma"),
    "S": ("5", "s", "\\delta"), "s": ("5", "\\delta"), "b": ("6", "\\sigma", "\\beta"), "6": ("\\sigma", "\\delta"),
    "G": ("6", "\\sigma"), "8": ("\\beta",), "B": ("\\beta", "8"), "M": ("\\mu",), "u": ("\\mu", "n"),
    "m": ("\\mu", "n"), "p": ("\\rho", "\\mu"), "y": ("\\gamma",), "Y": ("\\gamma",), "r": ("\\gamma",),
    "v": ("\\gamma", "\\nu"), "\\nu": ("v", "\\gamma"), "T": ("\\gamma", "\\tau"), "E": ("\\epsilon",),
    "e": ("\\epsilon",),
    "\\xi": ("\\epsilon",), "\\in": ("\\epsilon",), "\\alpha": ("x", "\\sigma"), "X": ("x",), "\\chi": ("x",),
    "\\times": ("x",), "a": ("\\sigma", "\\alpha"), "\\delta": ("\\sigma",), "\\theta": ("\\sigma", "6"),
    "q": ("g", "9"), "9": ("g",), "h": ("n",), "\\eta": ("n",), "k": ("x",), "H": ("N",), "i": ("1",), "j": ("i",),
    "\\rho": ("\\sigma",), "0": ("\\sigma",), "w": ("\\omega",),
}  # fmt: skip
"""What a scan or a tired hand takes for something else: as written, as it may be meant."""
WITH_INDEX: Mapping[str, tuple[str, ...]] = {
    "0": ("o",), "2": ("z",), "4": ("y",), "5": ("s",), "6": ("\\sigma", "b"), "8": ("\\delta", "\\beta"),
    "9": ("g", "q"),
}  # fmt: skip
"""The same of digits that have an index, and so are letters."""


def look_alikes(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """Z for 2, M for mu, 6 for sigma, l for 1."""
    expr = site.expr
    if isinstance(expr, Digits):
        for meant in LOOK_ALIKES.get(expr.text, ()):
            if not meant.isdigit():
                yield Slip(expr, Name(meant), MisreadSymbol)
        return
    if not isinstance(expr, Name) or (isinstance(site.parent, Derivative) and site.parent.of is expr):
        return
    for meant in (WITH_INDEX if expr.letter.isdigit() else LOOK_ALIKES).get(expr.letter, ()):
        if meant.isdigit() and not (expr.accents or expr.subscripts or expr.superscripts):
            yield Slip(expr, Digits(meant), MisreadSymbol)
        elif not meant.isdigit():
            yield Slip(expr, Name(meant, expr.accents, expr.subscripts, expr.superscripts), MisreadSymbol)


def _is_part_of_symbol(site: Site, wrong: Wrong) -> bool:
    """The sigma of sigma^2, where the square is the symbol."""
    parent = site.parent
    return isinstance(parent, Raised) and parent.base is site.expr and wrong.vocabulary.role(parent) is not None


# -- indices


def _scope_letters(site: Site, wrong: Wrong) -> tuple[str, ...]:
    """The indices that mean something at a site."""
    letters = (*site.bound, *wrong.vocabulary.indices)
    return tuple(dict.fromkeys(letter for letter in letters if is_index(letter)))


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
        for letter in _scope_letters(site, wrong):
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
        for left, right in combinations(_scope_letters(site, wrong), 2):
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
