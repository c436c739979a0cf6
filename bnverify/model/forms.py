"""Shapes of a side, before it is known what its letters mean: a difference, an exponential, a normalised sample."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeGuard

from bnverify.frozen import frozen
from bnverify.read.chains import Chain
from bnverify.read.names import ONES
from bnverify.read.syntax import (
    Addition,
    Call,
    Derivative,
    Digits,
    Evaluated,
    Expr,
    Fraction,
    Group,
    Name,
    Negative,
    Product,
    Raised,
    Root,
    Transposed,
    bare,
    inside,
    parts,
)

STATISTICS = frozenset(("E", "mean", "Var", "Std", "RMS"))
"""Functions of a whole family."""


def sides(chain: Chain) -> Iterable[Expr]:
    return (chain.head, *(step.side for step in chain.steps))


def all_digits(name: Name) -> bool:
    return all(sub.isdigit() for sub in name.subscripts)


def is_statistic_name(expr: Expr) -> TypeGuard[Name]:
    """A letter that could be squared as a whole: no accent, and no sample below it."""
    lower = isinstance(expr, Name) and any(sub.isalpha() and sub.islower() for sub in expr.subscripts)
    return isinstance(expr, Name) and not expr.accents and not expr.superscripts and not lower


def is_statistic_call(expr: Expr) -> TypeGuard[Call]:
    """`E[x]`, `\\operatorname{RMS}(x)`: a statistic of one letter."""
    if not isinstance(expr, Call) or expr.name.letter not in STATISTICS or len(expr.arguments) != 1:
        return False
    return isinstance(bare(expr.arguments[0]), Name) and not expr.index


def named_softmax(expr: Expr) -> tuple[Name, tuple[str, ...]] | None:
    """z and the indices of the value in `\\operatorname{softmax}(z)_i`, `\\mathrm{softmax}(z_i)` or `\\sigma(z)_i`."""
    expr = bare(expr)
    match expr:
        case Call(name=Name(letter="softmax", subscripts=below), arguments=(argument,), index=index):
            scores = bare(argument)
            outer = (*below, *index)
        case Product(factors=(Name(letter=letter, subscripts=()), Evaluated(body=Group() as body, held=held))):
            scores = bare(body) if letter in SOFTMAX_LETTERS else expr
            outer = (held,)
        case _:
            return None
    return (scores, (*scores.superscripts, *scores.subscripts, *outer)) if isinstance(scores, Name) else None


SOFTMAX_LETTERS = frozenset(("\\sigma", "S", "s"))
"""What a softmax is called before a bracket with an index."""


def said_first(written: Iterable[Expr]) -> Expr:
    """The first side of a chain, or the one behind the name of a function: `p_i = \\mathrm{softmax}(z)_i = ...`."""
    first, *others = written
    return others[0] if others and named_softmax(first) is not None else first


def is_named_root(expr: Expr) -> bool:
    """`\\operatorname{RMS}(x)`, `\\operatorname{std}(x)`: what a note may define with its epsilon."""
    plain = is_statistic_call(expr) and isinstance(letter := bare(expr.arguments[0]), Name) and not letter.accents
    return plain and isinstance(expr, Call) and expr.name.letter in ("RMS", "Std")


def difference(expr: Expr) -> tuple[Name, Name] | None:
    """The two names of `a - b`, or None."""
    found = between(expr)
    if found is None or not isinstance(found[0], Name) or not isinstance(found[1], Name):
        return None
    return found[0], found[1]


def under_root(expr: Expr) -> Expr | None:
    """What stands under a root, or below a power of one half or minus one half."""
    if isinstance(expr, Root):
        return expr.body
    if isinstance(expr, Fraction) and expr.above == Digits("1"):
        return under_root(bare(expr.below))
    if isinstance(expr, Raised):
        exponent = bare(expr.exponent)
        plain = exponent.body if isinstance(exponent, Negative) else exponent
        plain = bare(plain)
        if isinstance(plain, Fraction) and (plain.above, plain.below) == (Digits("1"), Digits("2")):
            return expr.base
    return None


def is_matrix(name: Name, chains: Iterable[Chain]) -> bool:
    """W of `z = W \\hat{x}`, where the note transposes it, or writes the derivative by it with a transposition."""
    if name.subscripts or not name.letter.isupper():
        return False
    for chain in chains:
        head = bare(chain.head)
        by_it = isinstance(head, Derivative) and bare(head.by) == name
        turned = [bare(node.body) for one in sides(chain) for node in inside(one) if isinstance(node, Transposed)]
        if turned and (by_it or name in turned):
            return True
    return False


def is_power(side: Expr) -> bool:
    """`(x_i - \\mu)^2` is no x-hat."""
    side = bare(side)
    return isinstance(side, Raised) and isinstance(bare(side.exponent), Digits)


def squared(name: Expr) -> tuple[Expr, ...]:
    """s^2 of a letter s."""
    return (Raised(name, Digits("2")),) if isinstance(name, Name) else ()


def is_one_over(expr: Expr) -> bool:
    """`1/s` or `s^{-1}`, of one letter."""
    expr = bare(expr)
    if isinstance(expr, Fraction):
        return bare(expr.above) == Digits("1") and isinstance(bare(expr.below), Name)
    return (
        isinstance(expr, Raised) and bare(expr.exponent) == Negative(Digits("1")) and isinstance(bare(expr.base), Name)
    )


def from_one(expr: Expr) -> Name | None:
    """w of `1 + w`."""
    expr = bare(expr)
    terms = [bare(one) for one in expr.terms] if isinstance(expr, Addition) else []
    names = [one for one in terms if isinstance(one, Name)]
    return names[0] if len(terms) == 2 and len(names) == 1 and Digits("1") in terms else None


def without_ones(expr: Expr) -> Expr:
    """mu of `\\mu \\mathbf{1}`, which is mu in every place."""
    expr = bare(expr)
    kept = [one for one in expr.factors if not is_ones(one)] if isinstance(expr, Product) else []
    return bare(kept[0]) if isinstance(expr, Product) and len(kept) == 1 else expr


def is_ones(expr: Expr) -> bool:
    return isinstance(expr, Name) and expr.letter == ONES and not expr.accents


def between(expr: Expr) -> tuple[Expr, Expr] | None:
    """The two sides of a difference of a name and a name or a statistic, the one that is taken away last or first."""
    if isinstance(expr, Addition) and len(expr.terms) == 2:
        first, second = expr.terms
        pair = [without_ones(t.body if isinstance(t, Negative) else t) for t in (first, second)]
        if isinstance(first, Negative) != isinstance(second, Negative):
            left, right = pair
            if all(isinstance(one, Name) or is_statistic_call(one) for one in pair):
                return left, right
    return None


def exponent_of_e(expr: Expr) -> Expr | None:
    """x of `e^{x}` or `\\exp(x)`."""
    expr = bare(expr)
    if isinstance(expr, Raised) and bare(expr.base) == Name("e"):
        return bare(expr.exponent)
    if isinstance(expr, Call) and expr.name.letter == "exp" and len(expr.arguments) == 1:
        return bare(expr.arguments[0])
    return None


@frozen
class Ratio:
    """`gain * (sample - mean) / below + shift`, with what is there of it."""

    sample: Name
    mean: Expr | None
    below: Expr
    """The spread, or the root of the variance and epsilon."""
    others: tuple[Expr, ...]
    """Further factors."""
    shift: Name | None

    @property
    def squares(self) -> tuple[Expr, ...]:
        """What stands below the root: the variance, and epsilon where it is there; nothing where there is no root."""
        body = rooted(self.below)
        if body is None:
            return ()
        return tuple(map(bare, body.terms)) if isinstance(body, Addition) else (body,)


def ratio(side: Expr) -> Ratio | None:
    """A side in this form, or None: one difference, or one name, over one thing."""
    side, shift = _without_shift(bare(side))
    above, below = [list(found) for found in _factors(side)]
    pairs = [one for one in above if between(one) is not None]
    if len(below) != 1 or len(pairs) > 1:
        return None
    if pairs:
        sample, mean = between(pairs[0]) or (None, None)
        others = [one for one in above if one is not pairs[0]]
        return Ratio(sample, mean, below[0], tuple(others), shift) if isinstance(sample, Name) else None
    indexed = [one for one in above if isinstance(one, Name)]
    if not indexed or len(indexed) != len(above):
        return None
    return Ratio(indexed[0], None, below[0], tuple(indexed[1:]), shift)


def _without_shift(side: Expr) -> tuple[Expr, Name | None]:
    """`a + b` with one plain name, as what is left and that name."""
    if not isinstance(side, Addition) or len(side.terms) != 2:
        return side, None
    plain = [one for one in map(bare, side.terms) if isinstance(one, Name)]
    if len(plain) != 1:
        return side, None
    rest = next(bare(one) for one in side.terms if bare(one) is not plain[0])
    return rest, plain[0]


def _factors(side: Expr) -> tuple[Iterator[Expr], Iterator[Expr]]:
    """The factors above and below the line of a product."""
    above: list[Expr] = []
    below: list[Expr] = []
    waiting = [(bare(side), above, below)]
    while waiting:
        node, over, under = waiting.pop()
        match node:
            case Product(factors=factors):
                waiting.extend((bare(one), over, under) for one in reversed(factors))
            case Fraction(above=top, below=bottom):
                waiting.append((bare(bottom), under, over))
                waiting.append((bare(top), over, under))
            case Raised(exponent=exponent) if _is_negative(exponent):
                under.append(node)
            case Digits(text="1"):
                pass
            case _:
                over.append(node)
    return iter(above), iter(below)


def _is_negative(exponent: Expr) -> bool:
    return any(isinstance(node, Negative) for node in inside(exponent))


def rooted(expr: Expr) -> Expr | None:
    """What stands below a root or an inverse root."""
    expr = bare(expr)
    if isinstance(expr, Root) and expr.degree is None:
        return bare(expr.body)
    if isinstance(expr, Raised) and {"1", "2"} == {n.text for n in inside(expr.exponent) if isinstance(n, Digits)}:
        return bare(expr.base)
    if isinstance(expr, Raised) and any(
        isinstance(n, Digits) and n.text in ("0.5", ".5") for n in inside(expr.exponent)
    ):
        return bare(expr.base)
    return None


def names_in(expr: Expr) -> Iterator[Expr]:
    """The names and the statistics in an expression, without those within them."""
    if isinstance(expr, Name) or is_statistic_call(expr):
        yield expr
        return
    for part in parts(expr):
        yield from names_in(part)
