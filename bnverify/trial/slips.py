"""Slips that change what stands in a term, as a table of edits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bnverify.frozen import frozen
from bnverify.model.axes import axis_of, on_axis
from bnverify.model.conventions import HALF
from bnverify.model.forward import Forward, denominator
from bnverify.model.quantities import INPUT, NORMALISED, SCALE, VARIANCE
from bnverify.model.terms import (
    ONE,
    Count,
    LossBy,
    Plus,
    Sum,
    Term,
    Times,
    Value,
    free_indices,
    fresh_index,
    multiplied_out,
    plus,
    power,
    rename,
    times,
    walk,
)
from bnverify.trial.factors import Said

Make = Callable[[Term, Forward, tuple[str, ...]], Term | None]
"""A term, the forward pass and the index that the gradient carries -> the term with a slip."""


@frozen
class Edit:
    """A slip that changes what stands in a term; `make` gives None where there is nothing to change."""

    said: Said
    make: Make
    has_row: bool = True
    """Whether it can be written for one row of the input."""


def pieces(term: Term) -> tuple[Term, ...]:
    """A product with one sum of terms in it, multiplied out."""
    return multiplied_out(term, _is_data)


def _is_data(term: Term) -> bool:
    """Whether it holds gradients, and is no constant such as n - 1."""
    return any(isinstance(part, LossBy) for part in walk(term))


def _outside(term: Term, change: Callable[[Term], Term]) -> Term | None:
    """What stands outside of sums changed."""

    def walked(part: Term) -> Term:
        match part:
            case Times(factors=factors):
                return times(*map(walked, factors))
            case Plus(terms=terms):
                return plus(*map(walked, terms))
            case _:
                return part if isinstance(part, Sum) else change(part)

    made = walked(term)
    return made if made != term else None


def _inside(term: Term, change: Callable[[Term], Term]) -> Term | None:
    """The bodies of sums changed."""

    def walked(part: Term, within: bool) -> Term:
        match part:
            case Sum(index=index, body=body):
                return Sum(index, walked(body, True))
            case Times(factors=factors):
                return times(*(walked(one, within) for one in factors))
            case Plus(terms=terms):
                return plus(*(walked(one, within) for one in terms))
            case _:
                return change(part) if within else part

    made = walked(term, False)
    return made if made != term else None


def _to(name: str, new: Callable[[Value], Term]) -> Callable[[Term], Term]:
    return lambda part: new(part) if isinstance(part, Value) and part.name == name else part


def _raw(part: Value) -> Term:
    return Value(INPUT, part.index)


def _both(term: Term, change: Callable[[Term], Term], first: Callable[..., Term | None]) -> Term | None:
    """The change made inside and outside of sums, where it can be made at the `first` of both."""
    if first(term, change) is None:
        return None
    outer = _outside(term, change) or term
    return _inside(outer, change) or outer


def _own_hat_inside(term: Term, forward: Forward, own: tuple[str, ...]) -> Term | None:
    return (
        _inside(term, _to(NORMALISED, lambda part: Value(NORMALISED, own))) if len(own) == forward.layer.rank else None
    )


def _own_gain_inside(term: Term, forward: Forward, own: tuple[str, ...]) -> Term | None:
    if len(own) != forward.layer.rank:
        return None
    return _inside(term, _to(SCALE, lambda part: Value(SCALE, forward.layer.at_gains(own))))


def _unsummed(term: Term, forward: Forward, own: tuple[str, ...]) -> Term | None:
    """What stands in the sum at the sample itself."""
    if len(own) != forward.layer.rank:
        return None

    def walked(part: Term) -> Term:
        match part:
            case Sum(index=index, body=body):
                return rename(walked(body), {index: own[axis_of(index)]})
            case Times(factors=factors):
                return times(*map(walked, factors))
            case Plus(terms=terms):
                return plus(*map(walked, terms))
            case _:
                return part

    made = walked(term)
    return made if made != term else None


def _over_everything(term: Term, forward: Forward, own: tuple[str, ...]) -> Term | None:
    """The sums taken over the other axes as well."""

    def walked(part: Term) -> Term:
        match part:
            case Sum(index=index, body=body):
                taken = set(free_indices(body)) | set(own)
                free = sorted(free_indices(body) - {index} & frozenset(own)) if not isinstance(body, Sum) else []
                fresh = {one: fresh_index(on_axis("z", axis_of(one)), taken) for one in free if one in own}
                made = rename(walked(body) if isinstance(body, Sum) else body, fresh)
                for one in fresh.values():
                    made = Sum(one, made)
                return Sum(index, made)
            case Times(factors=factors):
                return times(*map(walked, factors))
            case Plus(terms=terms):
                return plus(*map(walked, terms))
            case _:
                return part

    if forward.layer.rank == 1:
        return None
    made = walked(term)
    return made if made != term else None


def _over_the_others(term: Term, forward: Forward, own: tuple[str, ...]) -> Term | None:
    """The sums taken over the other axis in place of their own; for an input with two indices."""
    if forward.layer.rank != 2 or len(own) != 2:
        return None

    def walked(part: Term) -> Term:
        match part:
            case Sum(index=index, body=body):
                axis = axis_of(index)
                other = own[1 - axis]
                fresh = fresh_index(on_axis("z", 1 - axis), set(own))
                return Sum(fresh, rename(rename(body, {other: fresh}), {index: own[axis]}))
            case Times(factors=factors):
                return times(*map(walked, factors))
            case Plus(terms=terms):
                return plus(*map(walked, terms))
            case _:
                return part

    made = walked(term)
    return made if made != term else None


def _mean_over_everything(term: Term, forward: Forward, own: tuple[str, ...]) -> Term | None:
    """The sums divided by what they now run over."""
    made = _over_everything(term, forward, own)
    return None if made is None else times(*(power(Count(axis), -1) for axis in forward.layer.kept), made)


def _mean_over_the_others(term: Term, forward: Forward, own: tuple[str, ...]) -> Term | None:
    made = _over_the_others(term, forward, own)
    if made is None or len(forward.layer.over) != 1:
        return None
    axis = forward.layer.over[0]
    return times(Count(axis), power(Count(1 - axis), -1), made)


EDITS: tuple[Edit, ...] = (
    Edit(Said("with x in place of xhat", "has x in place of the xhat before the sum"),
         lambda term, _f, _i: _outside(term, _to(NORMALISED, _raw))),
    Edit(Said("without the xhat before the sum", "lacks the xhat before the sum"),
         lambda term, _f, _i: _outside(term, _to(NORMALISED, lambda _: ONE))),
    Edit(Said("with x in place of xhat inside the sum", "has x in place of xhat inside the sum"),
         lambda term, _f, _i: _inside(term, _to(NORMALISED, _raw))),
    Edit(Said("without the xhat inside the sum", "lacks the xhat inside the sum"),
         lambda term, _f, _i: _inside(term, _to(NORMALISED, lambda _: ONE))),
    Edit(Said("with x in place of every xhat", "has x in place of both xhat"),
         lambda term, _f, _i: _both(term, _to(NORMALISED, _raw), _outside)),
    Edit(Said("with the xhat of the sample itself inside the sum", "has the xhat of the sample itself inside the sum"),
         _own_hat_inside),
    Edit(Said("without gamma", "lacks gamma inside the sum"),
         lambda term, _f, _i: _both(term, _to(SCALE, lambda _: ONE), _inside)),
    Edit(Said("with gamma twice", "has gamma twice inside the sum"),
         lambda term, _f, _i: _both(term, _to(SCALE, lambda part: power(part, 2)), _inside)),
    Edit(Said("with gamma taken out of the sums, where it differs along them",
              "has gamma taken out of the sum, where it differs along it"), _own_gain_inside),
    Edit(Said("without its sums", "lacks its sum (the sample itself in place of all)"), _unsummed),
    Edit(Said("with its sums over the whole array", "has its sum over the whole array"), _over_everything, False),
    Edit(Said("with its sums over the wrong axis", "has its sum over the wrong axis"), _over_the_others, False),
    Edit(Said("with its means over the whole array", "has its mean over the whole array"),
         _mean_over_everything, False),
    Edit(Said("with its means over the wrong axis", "has its mean over the wrong axis"), _mean_over_the_others, False),
)  # fmt: skip
"""Slips within a term; adding one is one entry."""


def _hats_times(factor: Callable[[Forward, tuple[str, ...]], Term]) -> Make:
    """Every xhat inside a sum times something."""

    def make(term: Term, forward: Forward, _own: tuple[str, ...]) -> Term | None:
        return _inside(term, _to(NORMALISED, lambda part: times(part, factor(forward, part.index))))

    return make


def _over_bare_root(forward: Forward, index: tuple[str, ...]) -> Term:
    """s/sqrt(v)."""
    return times(denominator(forward, index), power(Value(VARIANCE, forward.layer.at_kept(index)), -HALF))


OF_SUMMANDS: tuple[Edit, ...] = (
    Edit(Said("with x - mu in place of xhat", "has x - mu in place of xhat"), _hats_times(denominator)),
    Edit(
        Said("with xhat divided by s once more", "has xhat divided by s once more"),
        _hats_times(lambda forward, index: power(denominator(forward, index), -1)),
    ),
    Edit(Said("without epsilon in xhat", "lacks epsilon in xhat"), _hats_times(_over_bare_root)),
)
"""Slips of the gradients of gamma and beta, whose s may stand inside the sum alone."""


def edits(of: str) -> Iterator[Edit]:
    yield from EDITS
    if of != "dx":
        yield from OF_SUMMANDS
