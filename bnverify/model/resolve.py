"""Syntax -> terms: what a side means in the notation of its note, with every choice that was made.

Nothing here raises for what a note says: a part without a value becomes `Unknown`, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction as Rational
from functools import reduce
from itertools import islice, pairwise
from string import ascii_letters
from typing import assert_never

from bnverify.limits import exceeded, most
from bnverify.model.adjoints import free_adjoint, one_everywhere
from bnverify.model.axes import axis_of, letter_of, on_axis
from bnverify.model.conventions import Upstream
from bnverify.model.counts import Counting
from bnverify.model.dots import dot_product
from bnverify.model.ellipses import filled_in
from bnverify.model.forward import in_row
from bnverify.model.messages import Edge, message
from bnverify.model.notation import FAMILIES, Contribution, Definition, Notation, Role, Symbol
from bnverify.model.places import CONTRACTED, GENERIC, along, axes_of, is_generic, placed, same_axis
from bnverify.model.quantities import INPUT, LOSS, MEAN, NORMALISED, VARIANCE
from bnverify.model.reach import with_reaching_sum
from bnverify.model.scope import Scope, own_name
from bnverify.model.terms import (
    ONE,
    Cases,
    Condition,
    Count,
    Delta,
    Exp,
    Log,
    LossBy,
    Number,
    Partial,
    Power,
    Reading,
    Sum,
    Term,
    Times,
    Unknown,
    Value,
    free_indices,
    negative,
    number,
    plus,
    power,
    rename,
    swapped,
    times,
    walk,
)
from bnverify.read.chains import is_gradient
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
IDENTITIES = frozenset(("I", "\\mathbb{I}", "\\mathbb{1}"))
"""Letters that with two indices are 1 where both are the same sample."""
WORDS_OF_FUNCTIONS = frozenset(FUNCTIONS.values())
DIFFERENTIAL, EULER = Name("d"), Name("e")
EXPECTATIONS = frozenset(("E", "\\mathbb{E}"))
LONGEST_HELPER = 2_000
"""Parts of a helper's definition, other helpers written out."""


def resolve(expr: Expr, scope: Scope) -> Term:
    """The term that an expression means."""
    match expr:
        case Digits(text=text):
            return number(Rational(text)) if len(text) <= most("digits") else Unknown(exceeded("digits"))
        case Name():
            return _name(expr, scope)
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
            return _summation(expr, scope)
        case Derivative(of=of, by=by, sign=sign):
            return _derivative(of, by, _read_by_sign(sign, scope))
        case Adjoint(by=by, sign=sign):
            return _adjoint(by, sign, scope)
        case Indicator(left=left, right=right, sign=sign):
            found = _delta(left, right, scope)
            return found if sign == "=" or isinstance(found, Unknown) else plus(ONE, negative(found))
        case Transposed():
            return Unknown("a transposed matrix is not worked out")
        case Norm(body=body):
            return _norm(body, scope)
        case Evaluated(body=body, held=held):
            if not isinstance(bare(body), Derivative) or held in ascii_letters:
                return Unknown("a subscript on a bracket is not read")
            scope.assume(f"the subscript {held} holds everything else fixed")
            return resolve(body, replace(scope, reading=Reading.LOCAL))
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
            return _name(name, scope)
        case Call() if (named := scope.notation.symbol(expr)) is not None:
            return _symbol(*named, scope.notation.role(named[0]), scope)
        case Call(name=name) if name.letter in WORDS_OF_FUNCTIONS:
            return _function(expr, scope)
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


def _read_by_sign(sign: str, scope: Scope) -> Scope:
    """Where a chain has both signs, d lets the mean and the variance follow, and the round one holds them."""
    if not scope.mixed:
        return scope
    scope.assume("d lets the mean and the variance follow, and the round one holds them fixed")
    return replace(scope, reading=Reading.LOCAL if sign == "\\partial" else Reading.TOTAL)


def _adjoint(by: Expr, sign: str, scope: Scope) -> Term:
    """The gradient of the loss by a quantity, where the note writes it so; else d times a name, if d is a count."""
    if scope.notation.adjoints:
        target, features = _target(by, scope)
        if isinstance(target, Unknown):
            return free_adjoint(by, scope) or target
        _feature(features, scope)
        scope.assume(f"{sign} before a letter is the gradient of the loss by it")
        return _loss_by(_stands_for(target, scope), scope)
    if sign == "d" and scope.notation.role(Symbol("d")) is not None:
        return times(resolve(DIFFERENTIAL, scope), resolve(by, scope))
    return Unknown("a differential outside a fraction is not worked out")


def condition_of(written: Relation, scope: Scope) -> Condition:
    """A condition between two indices of one axis."""
    axis = next((scope.letters[one] for one in (written.left, written.right) if one in scope.letters), None)
    along_axis = scope.layer.over[0] if axis is None else axis
    left, right = (on_axis(one, along_axis) for one in (written.left, written.right))
    return Condition(left, right, written.sign == "=")


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
    return term.value if isinstance(term, Number) else None


# -- names


def _name(name: Name, scope: Scope) -> Term:
    symbol, index = scope.notation.split(name)
    if symbol in scope.rebound and index:
        letter, term = scope.rebound[symbol]
        return rename(term, {letter: index[0]})
    role = scope.notation.role(symbol)
    part = _part_of_count(symbol, index, scope.notation.counting) if scope.layer.rank == 1 else None
    if part is not None:
        return part
    if symbol.letter in scope.notation.losses and role is None and not index:
        if scope.forward.node(LOSS) is not None:
            return Value(LOSS)
        if (defined := _defined_loss(scope)) is not None:
            return defined
        return Unknown(f"the loss {symbol} itself has no value here")
    kronecker = symbol.letter == "\\delta" or (role is None and symbol.letter in IDENTITIES)
    if kronecker and len(index) == 2:
        return _delta(*index, scope)
    if role is None and (one := one_everywhere(symbol.letter, index, scope)) is not None:
        return one
    if role is Role.SIZE and index and symbol in scope.notation.helpers:
        role = Role.HELPER
    return _symbol(symbol, index, role, scope)


def _delta(left: str, right: str, scope: Scope) -> Term:
    """1 where two indices name the same place of their axis."""
    if left == right:
        return ONE
    axes = {axis for one in (left, right) if (axis := scope.letters.get(one)) is not None} or {scope.layer.over[0]}
    if len(axes) > 1:
        return Unknown(f"{left} and {right} do not run over the same axis")
    axis = axes.pop()
    return Delta(on_axis(left, axis), on_axis(right, axis))


def _part_of_count(symbol: Symbol, index: tuple[str, ...], counting: Counting) -> Term | None:
    """A dimension, the first of them n over the others; the number of devices, or the batch size of one."""
    if index:
        return Value(own_name(symbol), index) if symbol == Symbol(counting.shard) else None
    if symbol not in map(Symbol, counting.parts):
        return None
    first, *others = counting.parts
    if counting.dimensions and symbol == Symbol(first):
        return times(Count(), *(power(Value(own_name(Symbol(letter))), -1) for letter in others))
    return Value(own_name(symbol))


def _symbol(symbol: Symbol, index: tuple[str, ...], role: Role | None, scope: Scope) -> Term:
    match role:
        case Role.SIZE if not index:
            return _size(symbol, scope)
        case Role.DEVIATION:
            scope.assume(f"{symbol} is the denominator of x-hat")
            return _of_row(scope.forward.convention.epsilon.term, index, scope)
        case Role.ROOT:
            scope.assume(f"{symbol} is the root of the variance")
            return _of_row(power(Value(Role.VARIANCE.value), Rational(1, 2)), index, scope)
        case Role.UPSTREAM:
            return _loss_by(_quantity(Role.OUTPUT.value, index, scope), scope)
        case Role.HELPER:
            return _helper(symbol, index, scope)
        case None | Role.LOSS | Role.SIZE:
            if symbol not in scope.notation.data:
                scope.undefined.add(str(symbol))
            return Value(own_name(symbol), _known_axes(index, scope))
        case _ if index and scope.notation.is_tagged_otherwise(symbol):
            scope.undefined.add(f"{symbol}_{{{''.join(index)}}}")
            return Value(f"{symbol}_{''.join(index)}")
        case _:
            return _quantity(role.value, index, scope)


def _quantity(name: str, index: tuple[str, ...], scope: Scope) -> Value:
    own = scope.place_of(name, index)
    _feature(index[len(own) :], scope)
    samples = {letter_of(one) for one in scope.head} if scope.layer.rank == 1 else set()
    if len(index) > len(own) and (scope.layer.rank > 1 or samples & set(index[len(own) :])):
        scope.misindexed.add(f"{name} has an index more than its definition")
    return Value(name, own)


def _of_row(term: Term, index: tuple[str, ...], scope: Scope) -> Term:
    """A term in the statistics, at the indices that a note writes on it."""
    return in_row(term, scope.forward, _quantity(Role.VARIANCE.value, index, scope).index)


def _size(symbol: Symbol, scope: Scope) -> Term:
    """A count: of the places of its axes, or of all samples that share their statistics."""
    shape = scope.notation.shape
    axes = shape.along.get(symbol.letter, scope.layer.over)
    if scope.layer.rank == shape.layer.rank > 1 and symbol.letter not in shape.along and shape.along:
        return Unknown(f"what {symbol} counts is not said")
    if symbol.letter in shape.unlike:
        return Unknown(f"{symbol} counts something else than the sums run over")
    return times(*(Count(axis) for axis in axes if axis < scope.layer.rank))


def _known_axes(index: tuple[str, ...], scope: Scope) -> tuple[str, ...]:
    return tuple(on_axis(one, scope.letters.get(one, 0)) for one in index)


def _feature(index: tuple[str, ...], scope: Scope) -> None:
    """An index more than the forward pass has: the feature, which has to be the same everywhere."""
    if index:
        scope.features.add("".join(index))


def _helper(symbol: Symbol, index: tuple[str, ...], scope: Scope) -> Term:
    """The helper's definition in force at this place, or the first one where it is used before."""
    definitions = scope.notation.helpers.get(symbol, ())
    if (part := scope.notation.contributions.get(symbol)) is not None and part.through:
        return _contribution(symbol, part, index, scope)
    if symbol in scope.promoted:
        return Value(own_name(symbol), _helper_index(symbol, index, scope))
    if not definitions or symbol in scope.expanding:
        scope.undefined.add(str(symbol))
        return Value(own_name(symbol), index)
    chosen = in_force(symbol, scope)
    assert chosen is not None
    known = (symbol, chosen.place)
    if known not in scope.written_out:
        inner = inside_definition(symbol, chosen, scope)
        made = _definition(chosen, inner)
        scope.written_out[known] = _shortened(made, symbol), tuple(inner.divisors)
    made, divisors = scope.written_out[known]
    scope.divisors.extend(divisors)
    term = _at_index(made, chosen.index, index, scope)
    generics = [one for one in free_indices(term) if is_generic(one)] if scope.row else []
    return rename(term, dict(zip(generics, scope.in_row(tuple(generics)), strict=True)))


def in_force(symbol: Symbol, scope: Scope) -> Definition | None:
    """The definition of a helper that holds at this place, or the first one where it is used before."""
    definitions = scope.notation.helpers.get(symbol, ())
    current = [one for one in definitions if one.place <= scope.place] or list(definitions[:1])
    return current[-1] if current else None


def inside_definition(symbol: Symbol, meant: Definition, scope: Scope) -> Scope:
    """What the definition of a helper is read against."""
    return replace(
        scope,
        place=meant.place,
        expanding=scope.expanding | {symbol},
        assumptions=[],
        features=set(),
        divisors=[],
        row={},
    )


def _definition(meant: Definition, scope: Scope) -> Term:
    # The two readings of an expression need each other.
    from bnverify.model.matrices import column_of, is_in_matrices

    written = not meant.index and is_in_matrices(meant.value, scope.notation)
    return column_of(meant.value, scope) if written else resolve(meant.value, scope)


def _contribution(symbol: Symbol, part: Contribution, index: tuple[str, ...], scope: Scope) -> Term:
    """What comes back from some nodes to a quantity."""
    by = _quantity(part.by.value, index, scope)
    written = (str(scope.notation.written.get(one, one.value)) for one in part.through)
    scope.assume(
        f"{symbol} is what comes back to {scope.notation.written.get(part.by, by.name)} from {', '.join(written)}"
    )
    return plus(*(message(Edge(by, one.value), scope.forward) for one in part.through))


def _at_index(term: Term, own: tuple[str, ...], index: tuple[str, ...], scope: Scope) -> Term:
    """A helper's meaning with the indices that it carries here; those of its definition keep their axes."""
    free = free_indices(term)
    if not own:
        generics = sorted(one for one in free if is_generic(one))
        return rename(term, {old: on_axis(new, axis_of(old)) for old, new in zip(generics, index, strict=False)})
    names: dict[str, str] = {}
    for old, new in zip(own, index or (GENERIC,) * len(own), strict=False):
        names |= {one: on_axis(new, axis_of(one)) for one in along(old, free, scope.letters)}
    return rename(term, names)


def _shortened(term: Term, symbol: Symbol) -> Term:
    """A helper's meaning; one that is too long, or that has a part without a value, is unknown as a whole."""
    if next(islice(walk(term), LONGEST_HELPER, None), None) is not None:
        return Unknown(f"{symbol} is too long when it is written out")
    return next((part for part in walk(term) if isinstance(part, Unknown)), term)


def _helper_index(symbol: Symbol, index: tuple[str, ...], scope: Scope) -> tuple[str, ...]:
    """The sample index of a helper that is a node; GENERIC where it is written without one."""
    node = scope.forward.node(own_name(symbol))
    if node is None:
        definition = scope.notation.helpers[symbol][0]
        return _known_axes(index or (GENERIC,) * len(definition.index), scope)[: len(definition.index)]
    return placed(index, [axis_of(one) for one in node.index], scope.letters)


# -- products and operators


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
    made = _derivative(taken, operator.by, scope)
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


# -- powers and roots


def _raised(whole: Expr, base: Expr, exponent: Expr, scope: Scope) -> Term:
    squared = scope.notation.symbol(whole)
    if squared is not None:
        symbol, index = squared
        role = scope.notation.role(symbol)
        if role is not None:
            return _symbol(symbol, index, role, scope)
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
    return power_of(_symbol(square, index, scope.notation.role(square), scope), value / 2)


def _root(body: Expr, degree: Expr | None, scope: Scope) -> Term:
    if degree is not None and not (isinstance(degree, Digits) and degree.text == "2"):
        return Unknown("only square roots are worked out")
    inner = resolve(body, scope)
    return inner if isinstance(inner, Unknown) else power(inner, Rational(1, 2))


# -- sums


def _summation(expr: Summation, scope: Scope) -> Term:
    bounds = expr.bounds
    if _is_whole_count(expr, scope.notation):
        return Count()
    if scope.notation.counting.device in bounds.indices:
        return Unknown("a sum over the devices is not worked out")
    if bounds.within:
        scope.assume(f"the sum over {bounds.within} runs over all of the batch")
    open_sums = 0 if scope.notation.indices_in(expr.body) & set(bounds.indices) else max(1, len(bounds.indices))
    body = resolve(expr.body, replace(scope, open_sums=open_sums))
    contracted = on_axis(CONTRACTED, scope.layer.over[0])
    if bounds.indices and contracted in free_indices(body):
        body = rename(body, {contracted: on_axis(bounds.indices[0], scope.layer.over[0])})
    free = free_indices(body)
    names = [_bound(name, free, bounds.upper, scope) for name in bounds.indices] or _bare_index(free, scope)
    trouble = partial_range(expr, names, scope) or next((one for one in names if not one), None)
    if trouble is not None:
        return Unknown(trouble or "an index of this sum runs over two axes")
    for other in bounds.unequal:
        body = times(plus(ONE, negative(Delta(names[0], on_axis(other, axis_of(names[0]))))), body)
    return _summed(names, body, scope)


def _summed(names: Sequence[str], body: Term, scope: Scope) -> Term:
    free = free_indices(body)
    for name in reversed(names):
        generic_one = on_axis(GENERIC, axis_of(name))
        if name not in free and generic_one in free:
            scope.assume(f"the unindexed letters under the sum over {letter_of(name)} are its summands")
            body, free = Sum(generic_one, body), free - {generic_one}
        else:
            if generic_one in free and scope.layer.rank > 1:
                body = rename(body, {generic_one: name})
            body = Sum(name, body)
    return body


def _bound(name: str, free: frozenset[str], upper: Expr | None, scope: Scope) -> str:
    """The index that a sum binds, with its axis; empty where it stands on two axes of the body."""
    found = sorted(one for one in free if letter_of(one) == name)
    if found:
        return found[0] if len(found) == 1 else ""
    top = bare(upper) if upper is not None else None
    counted = scope.notation.shape.along.get(top.letter, ()) if isinstance(top, Name) else ()
    axis = scope.letters.get(name, counted[0] if len(counted) == 1 else scope.layer.over[0])
    return on_axis(name, axis if axis < scope.layer.rank else 0)


def _is_whole_count(expr: Summation, notation: Notation) -> bool:
    """The batch sizes of all devices, added up."""
    body = bare(expr.body)
    if not notation.counting.shard or not isinstance(body, Name):
        return False
    symbol, index = notation.split(body)
    return symbol == Symbol(notation.counting.shard) and index == expr.bounds.indices


def _bare_index(free: frozenset[str], scope: Scope) -> list[str]:
    """A sum without bounds runs over the indices that the head has not, else those that the statistics run over."""
    over = [on_axis(GENERIC, axis) for axis in scope.layer.over]
    several = scope.layer.rank > 1 and bool(scope.head)
    absent = sorted(one for one in free if is_generic(one) and one not in scope.head)
    generics = absent if several and absent else [one for one in over if one in free]
    if generics:
        return generics
    if several:
        loose = sorted(free - scope.head)
        return [one for one in loose if axis_of(one) in scope.layer.over] or loose or over
    candidates = sorted(one for one in free if axis_of(one) in scope.layer.over)
    if not candidates:
        return over
    scope.assume(f"the sum without bounds runs over {letter_of(candidates[0])}")
    return candidates[:1] if len(candidates) == 1 else [_most_inner(candidates)]


def _most_inner(candidates: list[str]) -> str:
    """Of several free letters the one that comes last in the alphabet: the inner index by habit."""
    return candidates[-1]


# -- functions with a name


def _norm(body: Expr, scope: Scope) -> Term:
    """The length of a family over the axes that the statistics run over."""
    squares = power_of(resolve(body, scope), Rational(2))
    over = [on_axis(GENERIC, axis) for axis in scope.layer.over]
    if not set(over) <= free_indices(squares):
        return Unknown("the norm of what is no family is not worked out")
    return power(reduce(lambda made, index: Sum(index, made), reversed(over), squares), Rational(1, 2))


def _function(call: Call, scope: Scope) -> Term:
    """The mean, the variance, the standard deviation or the root mean square of a family."""
    name = call.name.letter
    body = resolve(call.arguments[0], scope) if len(call.arguments) == 1 else Unknown("a list has no value")
    if isinstance(body, Unknown):
        return body
    if name in ("exp", "log") and call.name.subscripts not in ((), ("e",)):
        return Unknown(f"the function {name} with a base of its own is not worked out")
    if name in ("exp", "log") and not call.index:
        return Exp(body) if name == "exp" else Log(body)
    if name == "diag" and free_indices(body) == {GENERIC} and not call.index:
        return body  # of a column: what it multiplies is multiplied entry by entry
    if call.index or name not in STATISTICS:
        return Unknown(f"the function {name} is not worked out")
    over = _averaged_over(body, call.name.subscripts, scope)
    if not over:
        return Unknown(f"what {name} is taken over cannot be told")
    centred = _of_row(Value(VARIANCE), (), scope) if _is_input(body) and scope.layer.centred else None
    mean = _mean(body, over, scope)
    variance = centred or _mean(power_of(plus(body, negative(mean)), Rational(2)), over, scope)
    match name:
        case "E" | "mean":
            return _of_row(Value(MEAN), (), scope) if _is_input(body) and scope.layer.constant else mean
        case "Var":
            return variance
        case "Std":
            return power(variance, Rational(1, 2))
        case _ if _is_input(body) and not scope.layer.centred:
            scope.assume(f"{name} is the denominator of x-hat")
            return _of_row(scope.forward.convention.epsilon.term, (), scope)
        case _:
            return power(_mean(power_of(body, Rational(2)), over, scope), Rational(1, 2))


STATISTICS = frozenset(("E", "mean", "Var", "Std", "RMS"))


def _is_input(body: Term) -> bool:
    return isinstance(body, Value) and body.name == INPUT


def _averaged_over(body: Term, written: Sequence[str], scope: Scope) -> list[str]:
    """The indices that a mean runs over: those below its sign, else those along the axes of the statistics."""
    free = free_indices(body)
    if written:
        return [one for letter in written for one in sorted(free) if letter_of(one) == letter]
    return sorted(one for one in free if axis_of(one) in scope.layer.over)


def _mean(body: Term, over: Sequence[str], scope: Scope) -> Term:
    size = times(*(Count(axis_of(index)) for index in over))
    return times(power(size, -1), reduce(lambda made, index: Sum(index, made), reversed(over), body))


def partial_range(expr: Summation, names: Sequence[str], scope: Scope) -> str | None:
    """Why a sum does not run over the whole of its axis, or None."""
    lower, upper = expr.bounds.lower, expr.bounds.upper
    begins = constant(resolve(lower, scope)) if lower is not None else Rational(1)
    if begins not in (0, 1):
        return "a sum over a part of the batch is not worked out"
    if upper is None:
        return None
    ends = _cancelled(resolve(upper, scope))
    counts = [Count(axis_of(name)) for name in names]
    expected = counts if begins == 1 else [plus(count, number(-1)) for count in counts]
    if all(one == ends for one in expected) or (isinstance(ends, Count) and set(names) & scope.head):
        return None  # an index that the head has cannot be bound: judged as it is written, along its own axis
    return f"a sum up to {latex(upper)} is not a sum over the batch"


def _cancelled(term: Term) -> Term:
    """A product without the factors that cancel each other: `N H W` is n."""
    if not isinstance(term, Times):
        return term
    exponents: dict[Term, Rational] = {}
    for factor in term.factors:
        base, exponent = (factor.base, factor.exponent) if isinstance(factor, Power) else (factor, Rational(1))
        exponents[base] = exponents.get(base, Rational(0)) + exponent
    return times(*(power(base, exponent) for base, exponent in exponents.items()))


# -- derivatives


def _derivative(of: Expr | None, by: Expr, scope: Scope) -> Term:
    if of is None:
        return Unknown("an operator of differentiation has nothing to act on")
    target, target_features = _target(by, scope)
    if isinstance(target, Unknown):
        return target
    if is_gradient(Derivative(of, by), scope.notation.losses) and not _is_family(of, scope):
        _feature(target_features, scope)
        return _loss_by(_stands_for(target, scope), scope)
    source_features: tuple[str, ...] = ()
    named = scope.notation.symbol(of)
    if named is not None and named[0] not in scope.rebound:
        role = scope.notation.role(named[0])
        if role is not None and role not in (Role.HELPER, Role.SIZE):
            source_features = named[1][len(axes_of(role.value, scope.layer)) :]
    inner = replace(scope, features=set() if source_features and target_features else scope.features, undefined=set())
    term = resolve(of, inner)
    if isinstance(term, Unknown):
        return term
    if inner.undefined:
        return Unknown(f"{min(inner.undefined)} is never defined, so its derivative is not known")
    if isinstance(term, Value) and named is not None and named[0] in scope.promoted and term.name != target.name:
        term = _expanded(term, scope)
    term, target = _share_index(term, target)
    made = Partial(term, target, scope.reading)
    if source_features and target_features and source_features != target_features:
        scope.assume("a second index is the feature: features do not mix")
        return times(*(Delta(a, b) for a, b in zip(source_features, target_features, strict=False)), made)
    return made


def _loss_by(value: Value, scope: Scope) -> Term:
    """The gradient of the loss: of the one that the note defines, or of any."""
    return LossBy(value, _defined_loss(scope))


def _defined_loss(scope: Scope) -> Term | None:
    """The loss of the note, where the chain has as many indices as its definition."""
    return scope.notation.loss if scope.layer.rank == scope.notation.shape.layer.rank else None


def _stands_for(target: Value, scope: Scope) -> Value:
    """What a gradient of the loss is the gradient by: under a convention dL/dx-hat stands for dL/dy."""
    upstream = scope.upstream
    if target.name != NORMALISED or upstream is Upstream.AS_WRITTEN:
        return target
    scope.assume(upstream.words)
    return Value(upstream.quantity, target.index)


def _expanded(value: Value, scope: Scope) -> Term:
    """A helper that has become a node, by its definition, with the nodes that its chain does not name expanded."""
    node = scope.forward.node(value.name)
    assert node is not None
    if scope.reading is Reading.TOTAL:
        return value
    return _with_unnamed(rename(node.value, dict(zip(node.index, value.index, strict=False))), scope)


def _with_unnamed(term: Term, scope: Scope) -> Term:
    for part in walk(term):
        node = scope.forward.node(part.name) if isinstance(part, Value) else None
        if isinstance(part, Value) and node is not None and node.name not in scope.named:
            value = rename(node.value, dict(zip(node.index, part.index, strict=False)))
            return _with_unnamed(swapped(term, part, value), scope)
    return term


def _is_family(of: Expr, scope: Scope) -> bool:
    named = scope.notation.symbol(of)
    return named is not None and scope.notation.role(named[0]) is not None


def _target(by: Expr, scope: Scope) -> tuple[Value | Unknown, tuple[str, ...]]:
    """The quantity that a derivative differentiates by, and its feature index."""
    named = scope.notation.symbol(by)
    if named is None:
        return _no_quantity(by), ()
    symbol, index = named
    role = scope.notation.role(symbol)
    if symbol in scope.rebound or role is None:
        return _no_quantity(by), ()
    if role is Role.HELPER:
        term = _helper(symbol, index, scope)
        return (term if isinstance(term, Value) else _no_quantity(by)), ()
    if role in (Role.SIZE, Role.DEVIATION, Role.ROOT, Role.LOSS):
        return _no_quantity(by), ()
    own = scope.place_of(role.value, index)
    return Value(role.value, own), index[len(own) :]


def _no_quantity(by: Expr) -> Unknown:
    return Unknown(f"{latex(by)} is not a quantity that one can differentiate by here")


def _share_index(of: Term, by: Value) -> tuple[Term, Value]:
    """In a quotient the unindexed part takes the index of the other, along each axis."""
    free = free_indices(of)
    changed: list[str] = []
    for index in by.index:
        general = on_axis(GENERIC, axis_of(index))
        own = [one for one in free if same_axis(one, index)]
        if not is_generic(index) and general in free:
            of = rename(of, {general: index})
        changed.append(own[0] if is_generic(index) and len(own) == 1 else index)
    return of, Value(by.name, tuple(changed))
