"""Local and total derivatives with the index a symbol: a table of rules and a walk over the forward graph.

d x_j / d x_k = delta_jk, d q = d(defining expression of q), sum_j delta_jk f(j) = f(k).
The cost does not depend on n.
"""

from __future__ import annotations

from functools import lru_cache, reduce
from typing import assert_never

from bnverify.model.axes import axis_of, on_axis
from bnverify.model.forward import Forward
from bnverify.model.quantities import LOSS
from bnverify.model.terms import (
    ONE,
    ZERO,
    Cases,
    Count,
    Delta,
    Exp,
    Log,
    LossBy,
    Number,
    Partial,
    Plus,
    Power,
    Reading,
    Sum,
    Term,
    Times,
    Unknown,
    Value,
    free_indices,
    fresh_index,
    number,
    plus,
    power,
    rename,
    times,
    walk,
)


class Undifferentiable(Exception):
    """No rule applies; the step is undecided for this reason."""


@lru_cache(maxsize=2_048)
def expand(term: Term, forward: Forward) -> Term:
    """The same value without derivatives, but for the upstream gradients dL/dy_i.

    Raises Undifferentiable where a derivative has no rule.
    """
    match term:
        case Number() | Count() | Value() | Delta() | Unknown():
            return term
        case LossBy(value=value, of=of):
            return _gradient(value, forward) if of is None else _partial(of, value, Reading.TOTAL, forward)
        case Partial(of=of, by=by, reading=reading):
            return _partial(of, by, reading, forward)
        case Sum(index=index, body=body):
            return total(index, expand(body, forward))
        case Plus(terms=terms):
            return plus(*(expand(part, forward) for part in terms))
        case Times(factors=factors):
            return times(*(expand(part, forward) for part in factors))
        case Power(base=base, exponent=exponent):
            return power(expand(base, forward), exponent)
        case Exp(body=body):
            return Exp(expand(body, forward))
        case Log(body=body):
            return Log(expand(body, forward))
        case Cases(rows=rows):
            return Cases(tuple((conditions, expand(value, forward)) for conditions, value in rows))
        case _:
            assert_never(term)


def _gradient(value: Value, forward: Forward) -> Term:
    """dL/dq = sum_j dL/dy_j * dy_j/dq, everything downstream of q following."""
    output = forward.output
    if value.name == output.name:
        return ONE if value.name == LOSS else LossBy(value)
    if output.name == LOSS:
        return derivative(_definition(Value(LOSS), forward), value, frozenset(), forward)
    index = tuple(fresh_index(on_axis("j", axis_of(own)), set(value.index)) for own in output.index)
    here = Value(output.name, index)
    gradient = times(LossBy(here), derivative(_definition(here, forward), value, frozenset(), forward))
    return reduce(lambda body, one: total(one, body), reversed(index), gradient)


def _partial(of: Term, by: Value, reading: Reading, forward: Forward) -> Term:
    nodes = frozenset(node.name for node in forward.nodes)
    held = nodes if reading is Reading.LOCAL else frozenset()
    if isinstance(of, Value) and of.name != by.name and of.name in nodes:
        of = _definition(of, forward)
    if any(isinstance(part, (LossBy, Partial)) for part in walk(of)):
        of = expand(of, forward)
    return expand(derivative(of, by, held, forward), forward)


def _definition(value: Value, forward: Forward) -> Term:
    node = forward.node(value.name)
    assert node is not None
    if len(node.index) != len(value.index):
        raise Undifferentiable("a derivative is by a quantity that has an index more or less than its definition")
    return rename(node.value, dict(zip(node.index, value.index, strict=True)))


@lru_cache(maxsize=2_048)
def derivative(term: Term, by: Value, held: frozenset[str], forward: Forward) -> Term:
    """d term / d by, the nodes in `held` fixed, all others followed down to the leaves."""
    match term:
        case Number() | Count() | Delta():
            return ZERO
        case Value():
            return _of_value(term, by, held, forward)
        case Sum(index=index, body=body):
            if index in by.index:
                other = fresh_index(index, free_indices(body) | set(by.index))
                index, body = other, rename(body, {index: other})
            return total(index, derivative(body, by, held, forward))
        case Plus(terms=terms):
            return plus(*(derivative(part, by, held, forward) for part in terms))
        case Times(factors=factors):
            return plus(
                *(
                    times(*factors[:place], derivative(factor, by, held, forward), *factors[place + 1 :])
                    for place, factor in enumerate(factors)
                )
            )
        case Power(base=base, exponent=exponent):
            inner = derivative(base, by, held, forward)
            return ZERO if inner == ZERO else times(number(exponent), power(base, exponent - 1), inner)
        case Exp(body=body):
            return times(term, derivative(body, by, held, forward))
        case Log(body=body):
            return times(power(body, -1), derivative(body, by, held, forward))
        case Cases(rows=rows):
            return Cases(tuple((conditions, derivative(value, by, held, forward)) for conditions, value in rows))
        case LossBy():
            raise Undifferentiable(
                "the derivative of a gradient of the loss depends on more than its first derivatives"
            )
        case Partial():
            return derivative(expand(term, forward), by, held, forward)
        case Unknown():
            return term
        case _:
            assert_never(term)


def _of_value(value: Value, by: Value, held: frozenset[str], forward: Forward) -> Term:
    if value.name == by.name:
        if len(value.index) != len(by.index):
            raise Undifferentiable(f"{value.name} has another number of indices")
        return times(*(same(left, right) for left, right in zip(value.index, by.index, strict=True)))
    if value.name in held or forward.node(value.name) is None:
        return ZERO
    return derivative(_definition(value, forward), by, held, forward)


def same(left: str, right: str) -> Term:
    return ONE if left == right else Delta(left, right)


def total(index: str, body: Term) -> Term:
    """sum over `index`, with sum_j delta_jk f(j) = f(k) and constant factors taken out."""
    if isinstance(body, Plus):
        return plus(*(total(index, part) for part in body.terms))
    if index not in free_indices(body):
        return times(Count(axis_of(index)), body)
    factors = body.factors if isinstance(body, Times) else (body,)
    for place, factor in enumerate(factors):
        if isinstance(factor, Delta) and index in (factor.left, factor.right):
            other = factor.right if factor.left == index else factor.left
            return rename(times(*factors[:place], *factors[place + 1 :]), {index: other})
    outside = [factor for factor in factors if index not in free_indices(factor)]
    inside = [factor for factor in factors if index in free_indices(factor)]
    return times(*outside, Sum(index, times(*inside)))
