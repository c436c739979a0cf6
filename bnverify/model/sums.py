"""Sums, norms and statistics with a name -> terms, with the indices that they bind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction as Rational
from functools import reduce

from bnverify.model.axes import axis_of, letter_of, on_axis
from bnverify.model.meanings import of_row
from bnverify.model.notation import Notation, Symbol
from bnverify.model.places import CONTRACTED, GENERIC, is_generic
from bnverify.model.powers import constant, power_of
from bnverify.model.quantities import EXTREMES, INPUT, MEAN, VARIANCE
from bnverify.model.scope import Resolve, Scope
from bnverify.model.terms import (
    ONE,
    Count,
    Delta,
    Exp,
    Log,
    Power,
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
    times,
)
from bnverify.read.latex import latex
from bnverify.read.syntax import Call, Ellipsis, Expr, Name, Summation, bare

STATISTICS = frozenset(("E", "mean", "Var", "Std", "RMS"))


def sum_term(expr: Summation, scope: Scope, resolve: Resolve) -> Term:
    """A sum over the whole of an axis."""
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
    trouble = partial_range(expr, names, scope, resolve) or next((one for one in names if not one), None)
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


def norm_term(body: Expr, scope: Scope, resolve: Resolve) -> Term:
    """The length of a family over the axes that the statistics run over."""
    squares = power_of(resolve(body, scope), Rational(2))
    over = [on_axis(GENERIC, axis) for axis in scope.layer.over]
    if not set(over) <= free_indices(squares):
        return Unknown("the norm of what is no family is not worked out")
    return power(reduce(lambda made, index: Sum(index, made), reversed(over), squares), Rational(1, 2))


def function_term(call: Call, scope: Scope, resolve: Resolve) -> Term:
    """The mean, the variance, the standard deviation or the root mean square of a family."""
    name = call.name.letter
    listed = name in EXTREMES and any(isinstance(one, Ellipsis) for one in call.arguments)
    single = len(call.arguments) == 1 or listed
    body = resolve(call.arguments[0], scope) if single else Unknown("a list has no value")
    if isinstance(body, Unknown):
        return body
    if name in ("exp", "log") and call.name.subscripts not in ((), ("e",)):
        return Unknown(f"the function {name} with a base of its own is not worked out")
    if name in ("exp", "log") and not call.index:
        return Exp(body) if name == "exp" else Log(body)
    if name == "diag" and free_indices(body) == {GENERIC} and not call.index:
        return body  # of a column: what it multiplies is multiplied entry by entry
    if name in EXTREMES and isinstance(body, Value) and body.name == INPUT and not call.index:
        scope.assume(f"what {name} is taken of does not matter: it stands for any number")
        return Value(EXTREMES[name])
    if call.index or name not in STATISTICS:
        return Unknown(f"the function {name} is not worked out")
    over = _averaged_over(body, call.name.subscripts, scope)
    if not over:
        return Unknown(f"what {name} is taken over cannot be told")
    centred = of_row(Value(VARIANCE), (), scope) if _is_input(body) and scope.layer.centred else None
    mean = _mean(body, over, scope)
    variance = centred or _mean(power_of(plus(body, negative(mean)), Rational(2)), over, scope)
    match name:
        case "E" | "mean":
            return of_row(Value(MEAN), (), scope) if _is_input(body) and scope.layer.constant else mean
        case "Var":
            return variance
        case "Std":
            return power(variance, Rational(1, 2))
        case _ if _is_input(body) and not scope.layer.centred:
            scope.assume(f"{name} is the denominator of x-hat")
            return of_row(scope.forward.convention.epsilon.term, (), scope)
        case _:
            return power(_mean(power_of(body, Rational(2)), over, scope), Rational(1, 2))


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


def partial_range(expr: Summation, names: Sequence[str], scope: Scope, resolve: Resolve) -> str | None:
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
