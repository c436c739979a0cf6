"""A term -> its layout, before letters: factors above and below the line, signs in front, names for indices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from bnverify.frozen import frozen
from bnverify.model.axes import axis_of, letter_of, on_axis
from bnverify.model.terms import (
    Cases,
    Count,
    Delta,
    Exp,
    Log,
    Number,
    Partial,
    Plus,
    Power,
    Sum,
    Term,
    Times,
    Value,
    free_indices,
    power,
    rename,
    walk,
)

SPARE_INDICES = "ijklpqrtuabc"


@frozen
class Product:
    """The factors of a product, arranged: sign, (above / below), behind."""

    minus: bool
    above: tuple[Term, ...]
    below: tuple[Term, ...]
    behind: tuple[Term, ...]


# -- products


def signed(term: Term) -> tuple[bool, Term]:
    """Whether a minus stands in front, and what is behind it."""
    if isinstance(term, Number) and term.value < 0:
        return True, Number(-term.value)
    if isinstance(term, Times):
        product = arranged(term.factors)
        if product.minus:
            return True, positive(term)
    return False, term


def positive(term: Times) -> Term:
    return Times((Number(Fraction(-1)), *term.factors))


def arranged(factors: Sequence[Term]) -> Product:
    """Numbers gathered, negative powers below the line, shared quantities above it, the rest behind."""
    scale, above, below, behind = Fraction(1), list[Term](), list[Term](), list[Term]()
    flat = list(flattened(factors))
    divided = any(isinstance(factor, Power) and factor.exponent < 0 for factor in flat)
    for factor in flat:
        if isinstance(factor, Number):
            scale *= factor.value
        elif isinstance(factor, Power) and factor.exponent < 0:
            whole = factor.exponent.denominator == 1 and isinstance(factor.base, Times)
            bases = flattened((factor.base,)) if whole else (factor.base,)
            below += [power(base, -factor.exponent) for base in bases]
        elif divided and is_shared(factor):
            above.append(factor)
        else:
            behind.append(factor)
    size = abs(scale)
    if divided and not above and size.numerator == 1 and len(behind) == 1 and can_be_divided(behind[0]):
        above, behind = behind, []
    below.sort(key=lambda factor: not _is_size(factor))
    top = [Number(Fraction(size.numerator))] if size.numerator != 1 or not (above or below or behind) else []
    if size.denominator != 1:
        below.insert(0, Number(Fraction(size.denominator)))
    return Product(scale < 0, (*top, *above), tuple(below), tuple(behind))


def _is_size(term: Term) -> bool:
    """What stands first below the line, as people write it."""
    factors = flattened((term.base if isinstance(term, Power) else term,))
    return all(isinstance(factor, Count) for factor in factors)


def flattened(factors: Iterable[Term]) -> Iterator[Term]:
    for factor in factors:
        if isinstance(factor, Times):
            yield from flattened(factor.factors)
        else:
            yield factor


def can_be_divided(term: Term) -> bool:
    """What may stand alone above the line: not a sum or a derivative, which read better behind."""
    return isinstance(term, (Value, Plus, Power, Delta)) and not any(isinstance(part, Sum) for part in walk(term))


def is_shared(term: Term) -> bool:
    """Numbers, the size, and letters without an index: what is written above the line of a quotient."""
    if isinstance(term, Power):
        return is_shared(term.base)
    if isinstance(term, Plus):
        return all(is_shared(part) for part in term.terms)
    if isinstance(term, Times):
        return all(is_shared(part) for part in term.factors)
    return isinstance(term, (Number, Count)) or (isinstance(term, Value) and not term.index)


# -- indices


def with_letters(term: Term, taken: frozenset[str]) -> Term:
    """Indices that are not a letter or a number, or are the letter of something else, get an unused one."""
    used = {letter_of(name) for part in walk(term) for name in index_names(part)}
    spare = iter([name for name in SPARE_INDICES if name not in used | taken])
    names: dict[str, str] = {}
    for name in sorted(free_indices(term)):
        letter, assigned = letter_of(name), {letter_of(one) for one in names.values()}
        known = is_writable(letter) and letter not in assigned
        names[name] = name if known else on_axis(next(spare, letter), axis_of(name))
    return _settled(rename(term, names), spare, taken)


def index_names(term: Term) -> frozenset[str]:
    return free_indices(term) | ({term.index} if isinstance(term, Sum) else frozenset())


def is_writable(name: str) -> bool:
    return name.isdigit() or (len(name) == 1 and name.isascii() and name.isalpha())


def _settled(term: Term, spare: Iterator[str], taken: frozenset[str]) -> Term:
    match term:
        case Sum(index=index, body=body):
            letter = letter_of(index)
            around = {letter_of(one) for one in free_indices(body) - {index}}
            known = is_writable(letter) and letter not in taken | around
            other = on_axis(letter if known else next(spare, letter), axis_of(index))
            return Sum(other, _settled(rename(body, {index: other}), spare, taken))
        case Plus(terms=terms):
            return Plus(tuple(_settled(part, spare, taken) for part in terms))
        case Times(factors=factors):
            return Times(tuple(_settled(part, spare, taken) for part in factors))
        case Power(base=base, exponent=exponent):
            return Power(_settled(base, spare, taken), exponent)
        case Exp(body=body):
            return Exp(_settled(body, spare, taken))
        case Log(body=body):
            return Log(_settled(body, spare, taken))
        case Partial(of=of, by=by, reading=reading):
            return Partial(_settled(of, spare, taken), by, reading)
        case Cases(rows=rows):
            return Cases(tuple((conditions, _settled(value, spare, taken)) for conditions, value in rows))
        case _:
            return term
