"""Syntax -> terms: what a side means in the notation of its note, with every choice that was made.

Nothing here raises for what a note says: a part without a value becomes `Unknown`, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction as Rational
from itertools import pairwise
from string import ascii_letters
from typing import assert_never

from bnverify.limits import exceeded, most
from bnverify.model.axes import on_axis
from bnverify.model.differentials import adjoint_term, derivative_term, read_by_sign, with_statistics_held
from bnverify.model.dots import dot_product
from bnverify.model.ellipses import filled_in
from bnverify.model.meanings import delta_term, name_term, symbol_term
from bnverify.model.notation import FAMILIES, Notation, Role, Symbol
from bnverify.model.places import CONTRACTED
from bnverify.model.powers import constant, power_of
from bnverify.model.reach import with_reaching_sum
from bnverify.model.scope import Scope
from bnverify.model.sums import function_term, norm_term, sum_term
from bnverify.model.terms import (
    ONE,
    Cases,
    Condition,
    Exp,
    Reading,
    Sum,
    Term,
    Unknown,
    negative,
    number,
    plus,
    power,
    times,
)
from bnverify.pattern import pattern
from bnverify.read.commands import FUNCTIONS
from bnverify.read.latex import latex
from bnverify.read.syntax import (
    Addition,
    Adjoint,
    Call,
    CaseRows,
    Derivative,
    Digits,
    Ellipsis,
    Evaluated,
    Expr,
    Fraction,
    Group,
    Indicator,
    Name,
    Negative,
    Norm,
    Product,
    Raised,
    Relation,
    Root,
    Summation,
    Transposed,
    Unreadable,
    Words,
    bare,
)

UNREAD_BRACKETS = {
    "|": "absolute values are not worked out",
    "<": "angle brackets are read where the note says that they are averages",
    "⟦": "double brackets are read around a condition",
}
WORDS_OF_FUNCTIONS = frozenset(FUNCTIONS.values())


def _is_no_condition(held: str, derivative: Derivative, notation: Notation) -> bool:
    """Whether a subscript is one letter: an index, or where the derivative is taken.

    The input is held where something is differentiated by a statistic of it.
    """
    by = notation.symbol(bare(derivative.by))
    statistic = by is not None and notation.role(by[0]) in (Role.MEAN, Role.VARIANCE)
    is_input = held not in notation.indexing and notation.role(Symbol(held)) is Role.INPUT
    return held in ascii_letters and not (statistic and is_input)


STATISTICS_HELD = pattern(r"\\mu|\\sigma|\bv\b|mean|var|stat|direct|fixed|const")
"""What a bar may hold fixed so that a gradient of the loss loses its paths through the statistics."""
EULER = Name("e")
EXPECTATIONS = frozenset(("E", "\\mathbb{E}"))


def resolve(expr: Expr, scope: Scope) -> Term:
    """The term that an expression means."""
    match expr:
        case Digits(text=text):
            return number(Rational(text)) if len(text) <= most("digits") else Unknown(exceeded("digits"))
        case Name():
            return name_term(expr, scope, resolve)
        case Negative(body=body):
            return negative(resolve(body, scope))
        case Addition() if (summands := filled_in(expr, scope.notation)) is not None:
            scope.assume("the summands that are left out follow the pattern of those that are written")
            return plus(*(resolve(term, scope) for term in summands))
        case Addition(terms=terms):
            return plus(*(resolve(term, scope) for term in terms))
        case Product(factors=factors) if expr.dots and (index := dot_product(expr, scope, resolve)):
            return Sum(index, _product(factors, scope))
        case Product(factors=factors):
            return _product(with_reaching_sum(factors, scope), scope)
        case Fraction(above=above, below=below):
            divisor = resolve(below, scope)
            scope.divisors.append(divisor)
            return times(resolve(above, scope), power_of(divisor, Rational(-1)))
        case Raised(base=base, exponent=exponent):
            return _raised(expr, base, exponent, scope)
        case Root(body=body, degree=degree):
            return _root(body, degree, scope)
        case Group(body=body, opening=opening):
            return Unknown(UNREAD_BRACKETS[opening]) if opening in UNREAD_BRACKETS else resolve(body, scope)
        case Summation():
            return sum_term(expr, scope, resolve)
        case Derivative(of=of, by=by, sign=sign):
            return derivative_term(of, by, read_by_sign(sign, scope), resolve)
        case Adjoint(by=by, sign=sign):
            return adjoint_term(by, sign, scope, resolve)
        case Indicator(left=left, right=right, sign=sign):
            found = delta_term(left, right, scope)
            return found if sign == "=" or isinstance(found, Unknown) else plus(ONE, negative(found))
        case Transposed():
            return Unknown("a transposed matrix is not worked out")
        case Norm(body=body):
            return norm_term(body, scope, resolve)
        case Evaluated(body=body, held=held):
            if not isinstance(inner := bare(body), Derivative) or _is_no_condition(held, inner, scope.notation):
                return Unknown("a subscript on a bracket is not read")
            scope.assume(f"the subscript {held} holds everything else fixed")
            found = resolve(body, replace(scope, reading=Reading.LOCAL))
            return with_statistics_held(found, scope) if STATISTICS_HELD.search(held) else found
        case CaseRows(rows=rows):
            return Cases(
                tuple(
                    (
                        tuple(condition_of(c, scope) for c in row.conditions),
                        resolve(row.values[0], scope),
                    )
                    for row in rows
                )
            )
        case Call(name=name) if name == Name(name.letter) and name.letter in scope.notation.losses:
            return name_term(name, scope, resolve)
        case Call() if (named := scope.notation.symbol(expr)) is not None:
            return symbol_term(*named, scope.notation.role(named[0]), scope, resolve)
        case Call(name=name) if name.letter in WORDS_OF_FUNCTIONS:
            return function_term(expr, scope, resolve)
        case Call(name=name):
            return Unknown(f"the function {latex(name)} is never defined")
        case Ellipsis():
            return Unknown("what an ellipsis leaves out cannot be told")
        case Words(text=text):
            return Unknown(f"the words “{text}” have no value")
        case Unreadable(why=why):
            return Unknown(why)
        case _:
            assert_never(expr)


def condition_of(written: Relation, scope: Scope) -> Condition:
    """A condition between two indices of one axis."""
    axis = next((scope.letters[one] for one in (written.left, written.right) if one in scope.letters), None)
    along_axis = scope.layer.over[0] if axis is None else axis
    left, right = (on_axis(one, along_axis) for one in (written.left, written.right))
    return Condition(left, right, written.sign == "=")


def _product(factors: Sequence[Expr], scope: Scope) -> Term:
    for first, second in pairwise(factors):
        if isinstance(first, Name) and scope.notation.role(scope.notation.split(first)[0]) is None:
            if first.letter in EXPECTATIONS and isinstance(second, Group):
                return Unknown("an expectation is not read")
    operator = next((k for k, f in enumerate(factors) if isinstance(f, Derivative) and f.of is None), None)
    if operator is not None:
        return _operator(factors, operator, scope)
    return _contracted(factors, scope)


def _operator(factors: Sequence[Expr], place: int, scope: Scope) -> Term:
    """An operator passes over numbers and counts and takes the factor with its power, or the whole sum, behind them."""
    operator = factors[place]
    assert isinstance(operator, Derivative)
    operand = place + 1
    while operand < len(factors) - 1 and _is_count(factors[operand], scope):
        operand += 1
    if operand >= len(factors):
        return Unknown(f"the operator {latex(operator)} has nothing to act on")
    taken = factors[operand]
    scope.assume(f"{latex(operator)} acts on {latex(taken)}")
    made = derivative_term(taken, operator.by, scope, resolve)
    outside = [resolve(factor, scope) for factor in factors[place + 1 : operand]]
    before = [_product(factors[:place], scope)] if place else []
    after = [_product(factors[operand + 1 :], scope)] if operand + 1 < len(factors) else []
    return times(*before, *outside, made, *after)


def _is_count(expr: Expr, scope: Scope) -> bool:
    """A factor made of numbers and counts alone."""
    match expr:
        case Digits():
            return True
        case Name():
            symbol, index = scope.notation.split(expr)
            return not index and scope.notation.role(symbol) is Role.SIZE
        case Negative(body=body) | Group(body=body):
            return _is_count(body, scope)
        case Fraction(above=above, below=below):
            return _is_count(above, scope) and _is_count(below, scope)
        case Raised(base=base, exponent=exponent):
            return _is_count(base, scope) and _is_count(exponent, scope)
        case Addition(terms=parts) | Product(factors=parts):
            return all(_is_count(part, scope) for part in parts)
        case _:
            return False


def _contracted(factors: Sequence[Expr], scope: Scope) -> Term:
    """A product of unindexed derivatives that meet in a family is the chain rule: summed over that family."""
    bound: list[str] = []
    changed = list(factors)
    differentiated = [_family(factor, "of", scope) for factor in factors]
    for left, family in enumerate(_family(factor, "by", scope) for factor in factors):
        for right, other in enumerate(differentiated):
            if family is not None and other is not None and left != right and family[1] is other[1]:
                index = CONTRACTED + "'" * len(bound)
                changed[left] = _with_index(changed[left], "by", index)
                changed[right] = _with_index(changed[right], "of", index)
                bound.append(index)
                scope.assume(f"the product of derivatives that meet in {family[0]} is summed over it")
    term = times(*(resolve(factor, scope) for factor in changed))
    for index in bound[scope.open_sums :]:
        term = Sum(on_axis(index, scope.layer.over[0]), term)
    return term


def _family(factor: Expr, part: str, scope: Scope) -> tuple[Symbol, Role] | None:
    """The unindexed family that a derivative differentiates, or by which it does, as its symbol and its part."""
    if not isinstance(factor, Derivative) or len(scope.layer.over) > 1:
        return None
    name = factor.of if part == "of" else factor.by
    name = bare(name) if name is not None else None
    if not isinstance(name, Name):
        return None
    symbol, index = scope.notation.split(name)
    role = scope.notation.role(symbol)
    return (symbol, role) if role is not None and role in FAMILIES and not index else None


def _with_index(expr: Expr, part: str, index: str) -> Expr:
    assert isinstance(expr, Derivative)
    name = bare(expr.of if part == "of" and expr.of else expr.by)
    assert isinstance(name, Name)
    indexed = replace(name, subscripts=(*name.subscripts, index))
    return replace(expr, of=indexed) if part == "of" else replace(expr, by=indexed)


def _raised(whole: Expr, base: Expr, exponent: Expr, scope: Scope) -> Term:
    squared = scope.notation.symbol(whole)
    if squared is not None:
        symbol, index = squared
        role = scope.notation.role(symbol)
        if role is not None:
            return symbol_term(symbol, index, role, scope, resolve)
    power_term = resolve(exponent, scope)
    value = constant(power_term)
    if value is None and bare(base) == EULER and _is_free_for_euler(scope.notation):
        return power_term if isinstance(power_term, Unknown) else Exp(power_term)
    if value is None:
        unknown = isinstance(power_term, Unknown)
        return power_term if unknown else Unknown("a power that is not a number is not worked out")
    if (
        squared is None
        and isinstance(bare(base), Name)
        and isinstance(base, Name)
        and base.letter in scope.notation.squares
    ):
        half = _power_of_square(base, value, scope)
        if half is not None:
            return half
    if abs(value) > most("exponent"):
        return Unknown(exceeded("exponent"))
    term = resolve(base, scope)
    if value < 0:
        scope.divisors.append(term)
    return power_of(term, value)


def _is_free_for_euler(notation: Notation) -> bool:
    """Whether e without an index is Euler's number: `e_i = e^{z_i}` defines a letter that has one."""
    role = notation.role(Symbol("e"))
    definitions = notation.helpers.get(Symbol("e"), ())
    return role is None or role in FAMILIES or (bool(definitions) and all(one.index for one in definitions))


def _power_of_square(base: Name, value: Rational, scope: Scope) -> Term | None:
    """sigma^4 is the square of sigma^2 where sigma^2 is a symbol and sigma is not."""
    symbol, index = scope.notation.split(base)
    square = Symbol(symbol.letter, symbol.accents, symbol.tags, square=True)
    own = scope.notation.role(symbol)
    if own not in (None, Role.DEVIATION) or scope.notation.role(square) is None or value % 2:
        return None
    return power_of(symbol_term(square, index, scope.notation.role(square), scope, resolve), value / 2)


def _root(body: Expr, degree: Expr | None, scope: Scope) -> Term:
    if degree is not None and not (isinstance(degree, Digits) and degree.text == "2"):
        return Unknown("only square roots are worked out")
    inner = resolve(body, scope)
    return inner if isinstance(inner, Unknown) else power(inner, Rational(1, 2))
