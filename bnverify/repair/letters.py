"""Slips of one letter for another: hats, gradients, siblings, and what a scan takes for something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bnverify.judge.findings import (
    Cause,
    LostHat,
    MisreadSymbol,
    WrongUpstream,
)
from bnverify.model.notation import Role, is_index
from bnverify.read.losses import is_gradient
from bnverify.read.syntax import (
    Addition,
    Derivative,
    Digits,
    Expr,
    Name,
    Negative,
    Raised,
    inside,
)
from bnverify.repair.slip import PIECE, Slip, Wrong
from bnverify.repair.trees import Site, exchange
from bnverify.repair.variables import VARIABLES, variables_of

HATS = {Role.INPUT: Role.NORMALISED, Role.NORMALISED: Role.INPUT}


def hats(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """x for x-hat and back, also in what a derivative differentiates, or differentiates by."""
    role = role_at(site, wrong)
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
    role = role_at(site, wrong)
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
    role, options = role_at(site, wrong), variables_of(parent, wrong.vocabulary)
    for other in options if role in VARIABLES else ():
        if other is not role and {role, other} != {Role.INPUT, Role.NORMALISED}:
            for new in _spelled(other, (), site, wrong):
                yield Slip(site.expr, new, MisreadSymbol)


def _spelled(role: Role, index: Sequence[str], site: Site, wrong: Wrong) -> Iterator[Expr]:
    """A quantity with this index, else with each that means something at a site; with several axes, with what fits."""
    words = wrong.vocabulary
    if words.scope.layer.rank > 1:
        options = [words.in_row(role.value, (*index, *scope_letters(site, wrong)))]
    elif role in SCALAR_ROLES:
        options = [words.value(role.value)]
    else:
        options = [words.value(role.value, (one,)) for one in (index or scope_letters(site, wrong))]
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
                new = wrong.vocabulary.like(by.expr, to) if role_at(by, wrong) is of else None
                if new is not None:
                    changes[id(node.by)] = new
        if len(changes) > 1:
            yield Slip(site.expr, exchange(site.expr, changes), cause, PIECE)


def role_at(site: Site, wrong: Wrong) -> Role | None:
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
    if isinstance(site.parent, Derivative) or is_part_of_symbol(site, wrong):
        return
    index = wrong.vocabulary.index(site.expr) if isinstance(site.expr, (Name, Raised)) else ()
    for role in CONFUSED.get(role_at(site, wrong) or Role.LOSS, ()):
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
    "2": ("z",), "4": ("y",), "5": ("s",), "6": ("\\sigma", "b"), "8": ("\\delta", "\\beta"),
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


def is_part_of_symbol(site: Site, wrong: Wrong) -> bool:
    """The sigma of sigma^2, where the square is the symbol."""
    parent = site.parent
    return isinstance(parent, Raised) and parent.base is site.expr and wrong.vocabulary.role(parent) is not None


def scope_letters(site: Site, wrong: Wrong) -> tuple[str, ...]:
    """The indices that mean something at a site."""
    letters = (*site.bound, *wrong.vocabulary.indices)
    return tuple(dict.fromkeys(letter for letter in letters if is_index(letter)))
