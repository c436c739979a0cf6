"""Sums that a note leaves out because it says so: over an index that stands twice in a term and not at the head."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import replace

from bnverify.model.notation import Notation
from bnverify.pattern import pattern
from bnverify.read.announced import announcements
from bnverify.read.blocks import Notice
from bnverify.read.chains import Chain, Script, Step
from bnverify.read.exchange import exchange
from bnverify.read.syntax import (
    Addition,
    Bounds,
    Digits,
    Expr,
    Fraction,
    Group,
    Name,
    Negative,
    Product,
    Raised,
    Summation,
    bare,
    inside,
    parts,
)

SAYS_SO = pattern(
    r"\beinstein\w*(?:'s)?\s+(?:summation|sum|index|notation|convention)|\bsummation\s+convention\b"
    r"|\b(?:repeated|doubled|dummy|paired)\s+(?:\w+\s+)?(?:index|indices|indexes|subscripts?)\b[^.!?;]{0,60}\bsum"
    r"|\bsum\w*[^.!?;]{0,40}\b(?:repeated|doubled|dummy|paired)\s+(?:\w+\s+)?(?:index|indices|indexes|subscripts?)\b",
    re.IGNORECASE,
)


OTHERWISE = pattern(
    r"\b(?:written out|explicit\w*|in the appendix|until here|so far|up to (?:here|now)|greek)\b",
    re.IGNORECASE,
)
"""Words with which such a sentence says the opposite, or speaks of a part of the note or of some indices."""


def with_sums_over_repeated(
    script: Script, notation: Notation, infer: Callable[[Script], Notation]
) -> tuple[Script, Notation]:
    """The script with its sums written out, and what is inferred of it; as it is where it says nothing of the kind."""
    if not says_so(script.prose):
        return script, notation
    made = replace(script, chains=tuple(_written_out(chain, notation) for chain in script.chains))
    return made, replace(infer(made), sums_repeated=True)


def with_sums(expr: Expr, head: Expr, notation: Notation) -> Expr:
    """A further side for a head, with its sums written out."""
    return _summed(expr, notation.indices_in(head), notation) if notation.sums_repeated else expr


def says_so(prose: str) -> bool:
    """Whether a text says plainly that repeated indices are summed over."""
    return any(SAYS_SO.search(one) and not OTHERWISE.search(one) for one in announcements(prose))


def _written_out(chain: Chain, notation: Notation) -> Chain:
    sides = [step.side for step in chain.steps]
    taken = notation.indices_in(chain.head) & _loose(sides, notation)
    head = _summed(chain.head, taken, notation)
    own = notation.indices_in(head) - _bound(head)
    steps = tuple(_step(step, own, notation) for step in chain.steps)
    if head is not chain.head and steps:
        steps = (_with_notice(steps[0], _bound(head) - _bound(chain.head)), *steps[1:])
    return replace(chain, head=head, steps=steps)


def _loose(sides: Sequence[Expr], notation: Notation) -> frozenset[str]:
    """The indices that stand once in a term of some side: such a side has a value for each of them."""
    terms = [term for side in sides for term in _terms(side)]
    return frozenset(one for term in terms for one in _unbound(term, notation) - _twice(term, notation))


def _terms(expr: Expr) -> Iterator[Expr]:
    match expr:
        case Addition(terms=terms):
            for one in terms:
                yield from _terms(one)
        case Negative(body=body) | Group(body=body):
            yield from _terms(body)
        case _:
            yield expr


def _twice(term: Expr, notation: Notation) -> frozenset[str]:
    """The indices that stand in two factors of a term, or in a square."""
    factors = list(_factors(term))
    met = [_unbound(factor, notation) for factor in factors]
    return frozenset(
        one
        for place, indices in enumerate(met)
        for one in indices
        if _is_square(factors[place], notation) or any(one in other for other in met[place + 1 :])
    )


def _step(step: Step, own: Set[str], notation: Notation) -> Step:
    side = _summed(step.side, own, notation)
    return step if side is step.side else _with_notice(replace(step, side=side), _bound(side) - _bound(step.side))


def _with_notice(step: Step, bound: Set[str]) -> Step:
    said = Notice("shorthand-sum", f"summed over {', '.join(sorted(bound))}: the note sums over repeated indices")
    return replace(step, notices=(*step.notices, said))


def _bound(expr: Expr) -> frozenset[str]:
    return frozenset(one for node in inside(expr) if isinstance(node, Summation) for one in node.bounds.indices)


def _summed(expr: Expr, taken: Set[str], notation: Notation) -> Expr:
    """The expression with a sum around each term in which an index stands twice that is not taken."""
    match expr:
        case Addition() | Negative() | Group():
            return _each(expr, taken, notation)
        case Summation(bounds=bounds):
            return _each(expr, taken | set(bounds.indices), notation)
    factors = list(_factors(expr))
    met = [_unbound(factor, notation) for factor in factors]
    changes = {}
    for place, factor in enumerate(factors):
        others = frozenset().union(*(one for other, one in enumerate(met) if other != place))
        inner = _summed(factor, taken | others, notation) if isinstance(bare(factor), Addition | Summation) else factor
        if inner is not factor:
            changes[id(factor)] = inner
    made = exchange(expr, changes) if changes else expr
    twice = _twice(expr, notation) - taken
    for index in sorted(twice - _bound(made), reverse=True):
        made = Summation(Bounds((index,)), made, span=expr.span)
    return made


def _each(expr: Expr, taken: Set[str], notation: Notation) -> Expr:
    changes = {id(part): made for part in parts(expr) if (made := _summed(part, taken, notation)) is not part}
    return exchange(expr, changes) if changes else expr


def _factors(expr: Expr) -> Iterator[Expr]:
    """What a term is multiplied from, over its fractions."""
    match expr:
        case Product(factors=factors):
            for one in factors:
                yield from _factors(one)
        case Fraction(above=above, below=below):
            yield from _factors(above)
            yield from _factors(below)
        case Group(body=Product() | Fraction() as body):
            yield from _factors(body)
        case _:
            yield expr


def _is_square(factor: Expr, notation: Notation) -> bool:
    """Whether something is squared that has no letter of its own for it, as sigma_j^2 may be one."""
    if notation.symbol(factor) is not None:
        return False
    return isinstance(factor, Raised) and isinstance(factor.exponent, Digits) and factor.exponent.text == "2"


def _unbound(expr: Expr, notation: Notation) -> frozenset[str]:
    """The letters that are indices here, but for those that a sum in the expression binds."""
    names = (node for node in inside(expr) if isinstance(node, Name))
    found = {one for name in names for one in notation.split(name)[1] if not one.isdigit()}
    return frozenset(found) - _bound(expr)
