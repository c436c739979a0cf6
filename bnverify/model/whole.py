"""A side -> the parts of an output that is written in one formula: gamma (x - mu)/sigma + beta, or gamma x / rms.

What it is divided by, and the distance from the mean, may have names of their own: `\\gamma u (x_i - \\mu) + \\beta`
with `u = 1/\\sqrt{v + \\epsilon}`.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Protocol

from bnverify.frozen import frozen
from bnverify.model.forms import Ratio, between, is_one_over, ratio, under_root
from bnverify.model.lettering import Lettering
from bnverify.model.notation import LETTERS, Role, Symbol
from bnverify.model.shapes import Average, average, averages, uncounted
from bnverify.pattern import pattern
from bnverify.read.syntax import (
    Addition,
    Expr,
    Fraction,
    Group,
    Name,
    Negative,
    Norm,
    Product,
    Raised,
    Summation,
    Transposed,
    bare,
)

MOST_NAMES = 4
"""Names that stand for one another."""
GAINS = pattern(r"\\(?:gamma|beta)(?![a-zA-Z])|[γβ]")
"""A scale or a shift, which words alone may speak of."""


class Known(Protocol):
    """What is known of the letters of a note so far."""

    page: Lettering
    heads: set[Symbol]
    scales: set[Symbol]

    def guess(self, name: Expr) -> Role | None: ...

    def role_of(self, symbol: Symbol) -> Role | None: ...

    def has_mean(self) -> bool: ...


@frozen
class Whole:
    """The letters of such an output."""

    sample: Symbol
    gains: tuple[Symbol, ...]
    shift: Symbol | None


def whole_output(symbol: Symbol, index: tuple[str, ...], side: Expr, known: Known) -> Whole | None:
    """The parts of a definition of an output, or None where it is none."""
    form = _with_input_first(normalised_form(side, known), known)
    if form is None or not _is_of_input(form, known) or is_bias(form.sample, known):
        return None
    split = known.page.frame.split
    gains = [split(one)[0] for one in form.others if isinstance(one, Name) and _is_gain(one, known)]
    indexed = bool(index) or symbol in known.page.differentiated or LETTERS.get(symbol) is Role.OUTPUT
    indexed = indexed or _is_length_of(form.below, form.sample, known)
    if len(gains) != len(form.others) or len(gains) > 1 or not indexed or not (gains or form.shift):
        return None
    return Whole(split(form.sample)[0], tuple(gains), split(form.shift)[0] if form.shift is not None else None)


def over_its_length(side: Expr, known: Known) -> Symbol | None:
    """v of `v/\\|v\\|`, which is the input whatever its letter, in a note without another one."""
    form = ratio(side)
    if form is None or form.mean is not None or form.others or form.shift is not None:
        return None
    symbol = known.page.frame.split(form.sample)[0]
    other = symbol not in LETTERS and any(LETTERS.get(one) is Role.INPUT for one in known.page.used)
    free = symbol not in known.heads and known.role_of(symbol) in (None, Role.INPUT) and not other
    if not free or not _is_length_of(form.below, form.sample, known):
        return None
    return None if any(_is_mapped(one, symbol, known) for one in known.page.names) else symbol


def _is_mapped(expr: Expr, symbol: Symbol, known: Known) -> bool:
    """`W v`: a matrix that is applied to a vector, which is no scale of each of its elements."""
    if not isinstance(expr, Product):
        return False
    names = [bare(one.body) if isinstance(one, Transposed) else bare(one) for one in expr.factors]
    return any(
        isinstance(first, Name)
        and isinstance(second, Name)
        and first.letter.isupper()
        and first.letter not in known.page.losses | {"I"}
        and known.page.frame.split(second)[0] == symbol
        for first, second in pairwise(names)
    )


def is_output_alone(symbol: Symbol, known: Known) -> bool:
    """Whether an output is the normalised input itself, `y = x/\\|x\\|`: nothing of the note scales or shifts."""
    if LETTERS.get(symbol) is not Role.OUTPUT or has_gains(known):
        return False
    own = [side for _, head, _, side in known.page.definitions() if head == symbol]
    return all(_is_normalised_alone(side, known) for side in own)


def has_gains(known: Known) -> bool:
    """Whether a scale or a shift occurs, in formulas or in words."""
    used = {LETTERS.get(one) for one in known.page.used}
    return bool({Role.SCALE, Role.SHIFT} & used) or GAINS.search(known.page.script.note.text) is not None


def _is_normalised_alone(side: Expr, known: Known) -> bool:
    form = _with_input_first(normalised_form(side, known), known)
    if form is None or form.others or form.shift is not None:
        return False
    below = _written_out(form.below, known)
    return any(
        _is_of_input(one, known) or _is_over_root_of_squares(one, known)
        for one in (form, replace(form, below=bare(below)))
    )


def _is_over_root_of_squares(form: Ratio, known: Known) -> bool:
    """`x_i / \\sqrt{\\sum_k x_k^2}`, whatever is lost of it or added below the root."""
    root = under_root(form.below)
    squares = [*uncounted(root), *averages(root)] if root is not None and form.mean is None else []
    free = known.page.frame.split(form.sample)[0] not in known.heads and not known.has_mean()
    return free and any(_is_mean_square_of(one, form.sample, known) for one in squares)


def is_bias(sample: Name, known: Known) -> bool:
    """b of `x = W u + b`: what is folded into another bias, `\\gamma (b - \\mu)/\\sigma + \\beta`, and no input."""
    own = known.page.frame.split(sample)[0]
    if own in known.heads or known.guess(sample) is not None:
        return False
    for _, symbol, _, side in known.page.definitions():
        terms = [bare(one) for one in side.terms] if isinstance(side := bare(side), Addition) else []
        alone = [one for one in terms if isinstance(one, Name) and known.page.frame.split(one)[0] == own]
        if len(terms) == 2 and alone and any(_is_map(one) for one in terms) and symbol != own:
            return True
    return False


def _is_map(expr: Expr) -> bool:
    """`W u` and `\\sum_j W_{ij} u_j`: two letters that are multiplied."""
    expr = bare(expr.body) if isinstance(expr, Summation) else expr
    return isinstance(expr, Product) and all(isinstance(bare(one), (Name, Transposed)) for one in expr.factors)


def normalised_form(side: Expr, known: Known) -> Ratio | None:
    """The side as a ratio, as it is written, else with the names of roots and of distances written out."""
    found = ratio(side)
    return found if found is not None and _is_of_known(found, known) else ratio(_written_out(side, known)) or found


def _is_of_known(form: Ratio, known: Known) -> bool:
    """Whether a ratio that is written as one needs nothing else."""
    return not any(isinstance(one, Name) and _meaning(one, known) is not None for one in (form.sample, *form.others))


def _written_out(side: Expr, known: Known, depth: int = MOST_NAMES) -> Expr:
    """Names of roots, of one over them and of distances, by their definitions."""
    side = bare(side)
    if isinstance(side, Name) and depth and (meaning := _meaning(side, known)) is not None:
        return Group(_written_out(meaning, known, depth - 1), span=side.span)
    match side:
        case Product(factors=factors):
            return replace(side, factors=tuple(_written_out(one, known, depth) for one in factors))
        case Fraction(above=above, below=below):
            return replace(side, above=_written_out(above, known, depth), below=_written_out(below, known, depth))
        case Negative(body=body):
            return replace(side, body=_written_out(body, known, depth))
        case Addition(terms=terms) if between(side) is None:
            return replace(side, terms=tuple(_written_out(one, known, depth) for one in terms))
        case _:
            return side


def _meaning(name: Name, known: Known) -> Expr | None:
    """The definition of a letter, where it is a root or a length, one over something that is one, or a distance."""
    symbol = known.page.frame.split(name)[0]
    if known.role_of(symbol) is not None:
        return None
    side = known.page.first_definition(symbol)
    side = None if side is None else bare(side)
    if side is None or known.page.mentions_itself(symbol, side):
        return None
    spread = isinstance(side, Norm) or under_root(side) is not None or is_one_over(side)
    return side if spread or between(side) is not None else None


def _with_input_first(form: Ratio | None, known: Known) -> Ratio | None:
    """Of the factors above the line of `gamma x / rms` the one that is the input."""
    if form is None or form.mean is not None:
        return form
    names = [form.sample, *(one for one in form.others if isinstance(one, Name))]
    own = (one for one in names if _is_length_of(form.below, one, known) or known.guess(one) is Role.INPUT)
    sample = next(own, form.sample)
    return replace(form, sample=sample, others=tuple(one for one in names if one is not sample))


def _is_of_input(form: Ratio, known: Known) -> bool:
    """Whether the input stands above and what it is divided by below, as far as their letters are known."""
    symbol = known.page.frame.symbol
    if form.mean is None and _is_length_of(form.below, form.sample, known):
        return known.page.frame.split(form.sample)[0] not in known.heads
    if known.guess(form.sample) not in (None, Role.INPUT) or known.page.frame.split(form.sample)[0] in known.heads:
        return False
    if form.mean is not None:
        return known.guess(form.mean) is Role.MEAN
    divisor = bare(form.below.base) if isinstance(form.below, Raised) else form.below
    below = [found[0] for one in (divisor, *form.squares) if (found := symbol(one))]
    settled = any(one in known.scales or known.role_of(one) is Role.VARIANCE for one in below)
    settled = settled or any(_is_mean_square(one, form.sample, known) for one in form.squares)
    return (settled or known.guess(divisor) is Role.DEVIATION) and not known.has_mean()


def _is_length_of(below: Expr, sample: Name, known: Known) -> bool:
    """`\\|v\\|` of v, whatever the letter."""
    inner = bare(below.body) if isinstance(below, Norm) else None
    split = known.page.frame.split
    return isinstance(inner, Name) and split(inner)[0] == split(sample)[0]


def _is_mean_square(expr: Expr, sample: Name, known: Known) -> bool:
    """The average of the squares of the input."""
    found = average(expr)
    return found is not None and _is_mean_square_of(found, sample, known)


def _is_mean_square_of(found: Average, sample: Name, known: Known) -> bool:
    split = known.page.frame.split
    return found.is_square and isinstance(found.base, Name) and split(found.base)[0] == split(sample)[0]


def _is_gain(name: Name, known: Known) -> bool:
    """gamma, or a letter that is defined nowhere and means nothing else."""
    symbol = known.page.frame.split(name)[0]
    return known.guess(name) in (None, Role.SCALE) and symbol not in known.heads
