"""Powers of terms, and terms that are numbers."""

from __future__ import annotations

from fractions import Fraction as Rational

from bnverify.limits import exceeded, most
from bnverify.model.terms import Number, Power, Term, Unknown, number, power


def power_of(base: Term, exponent: Rational) -> Term:
    """A power, worked out where the base is a number."""
    if isinstance(base, Unknown):
        return base
    if isinstance(base, Power) and exponent.denominator == 1:
        return power_of(base.base, base.exponent * exponent)
    if isinstance(base, Number) and exponent.denominator == 1 and (base.value != 0 or exponent > 0):
        size = max(base.value.numerator.bit_length(), base.value.denominator.bit_length())
        if size * abs(exponent) > 4_000:
            return Unknown("a number too large to work out")
        return number(base.value ** int(exponent))
    if abs(exponent) > most("exponent"):
        return Unknown(exceeded("exponent"))
    return power(base, exponent)


def constant(term: Term) -> Rational | None:
    """The value of a term that is a number."""
    return term.value if isinstance(term, Number) else None
