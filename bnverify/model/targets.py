"""The targets of a classifier: which letter they are, and what the note says that those of one row add up to.

`-\\sum_i t_i \\log p_i` and `\\sum_i t_i \\log \\frac{t_i}{p_i}` name the targets. They add up to one unless the note
says otherwise, by a number, `\\sum_i t_i = 2`, or by a letter, `M = \\sum_i c_i`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from bnverify.model.forms import sides
from bnverify.model.given import number_of
from bnverify.model.notation import Definition, Notation, Role, Symbol
from bnverify.pattern import pattern
from bnverify.read.chains import Chain, Script
from bnverify.read.syntax import Addition, Call, Digits, Expr, Name, Negative, Product, Raised, Summation, bare, inside

ONE_IN_WORDS = pattern(
    r"one-hot|(adds?|sums?|summing|adding) up to (one|1)|(adds?|sums?|summing|adding) to (one|1)"
    r"|\b(target|label|true|class) (distribution|probabilit(y|ies))",
    re.IGNORECASE,
)
"""Words that say that the targets add up to one."""
ASSUMED = "the targets add up to one, which the note does not say"
UNREAD = "what the targets add up to is not worked out"


def targets_in(nodes: Iterable[Expr], frame: Notation, output: Symbol) -> Iterator[Symbol]:
    """t in `t_i \\log p_i`, `t_i \\log (t_i / p_i)` or `t_i (\\log t_i - \\log p_i)`, where p is the output."""
    for node in nodes:
        factors = [bare(one) for one in node.factors] if isinstance(node, Product) else []
        named = [frame.split(one) for one in factors if isinstance(one, Name)]
        others = [one for one in factors if not isinstance(one, Name)]
        logs = [one for one in others if _is_log_of(one, frame, output)]
        mixed = [one for one in others if isinstance(one, Addition) and one not in logs]
        if len(named) == len(others) == 1 and named[0][0] != output and logs:
            yield named[0][0]
        elif not named and len(logs) == len(mixed) == 1 and len(others) == 2:
            # `((1 - \alpha) t_k + \alpha / K) \log p_k`
            inner = smoothed(mixed[0], frame)
            yield from (inner[0],) if inner is not None and inner[0] != output else ()


def smoothed(side: Expr, frame: Notation) -> tuple[Symbol, tuple[str, ...]] | None:
    """t_k of `(1 - \\alpha) t_k + \\alpha / K`, which adds up to one where t does; None for anything else."""
    side = bare(side)
    terms = side.terms if isinstance(side, Addition) and len(side.terms) == 2 else ()
    for own, rest in (terms, terms[::-1]) if terms else ():
        factors = own.factors if isinstance(own, Product) and len(own.factors) == 2 else ()
        share = next((one for one in map(bare, factors) if isinstance(one, Addition)), None)
        name = next((one for one in map(bare, factors) if isinstance(one, Name)), None)
        part = _taken_from_one(share) if share is not None else None
        if name is not None and part is not None and part in tuple(inside(rest)) and frame.split(name)[1]:
            return frame.split(name)
    return None


def _taken_from_one(expr: Addition) -> Expr | None:
    """alpha of `1 - \\alpha`."""
    first, *others = map(bare, expr.terms)
    taken = others[0] if len(others) == 1 else None
    return bare(taken.body) if first == Digits("1") and isinstance(taken, Negative) else None


def _is_log_of(expr: Expr, frame: Notation, output: Symbol) -> bool:
    """Whether a factor is a logarithm, or a sum of logarithms, in which the output stands."""
    logs = [node for node in inside(expr) if isinstance(node, Call) and node.name.letter == "log"]
    outer = [one for one in logs if not any(one in tuple(inside(other))[1:] for other in logs)]
    within = {id(node) for one in outer for node in inside(one)}
    loose = (node for node in inside(expr) if isinstance(node, (Name, Raised)) and id(node) not in within)
    found = (frame.symbol(node) for one in outer for node in inside(one) if isinstance(node, Name))
    return not any(loose) and any(one is not None and one[0] == output for one in found)


def with_targets(script: Script, notation: Notation) -> Notation:
    """The notation with what the targets of one row add up to, as the note declares it."""
    layer = notation.shape.layer
    if not layer.exponential or Role.TARGET not in notation.roles.values():
        return notation
    told = [chain for chain in script.chains if not chain.case and any(is_total(one, notation) for one in sides(chain))]
    numbers = [value for chain in told for one in sides(chain) if (value := number_of(one)) is not None]
    if numbers:
        return _adding_up_to(notation, numbers[0])
    if told:
        return _named(told, frozenset(_counts(script, notation)), _adding_up_to(notation, None))
    return replace(notation, targets_assumed=not ONE_IN_WORDS.search(script.note.text))


def _adding_up_to(notation: Notation, total: Fraction | None) -> Notation:
    layer = replace(notation.shape.layer, targets=total)
    return replace(notation, shape=replace(notation.shape, layer=layer))


def is_total(expr: Expr, notation: Notation) -> bool:
    """`\\sum_i t_i`: the targets of one row, added up."""
    expr = bare(expr)
    body = bare(expr.body) if isinstance(expr, Summation) else None
    if not isinstance(expr, Summation) or not isinstance(body, Name):
        return False
    symbol, index = notation.split(body)
    bounds, shape = expr.bounds, notation.shape
    whole = not bounds.unequal and (bounds.lower is None or bare(bounds.lower) in (Digits("0"), Digits("1")))
    axes = [shape.letters.get(one) for one in bounds.indices]
    along = len(axes) < 2 and all(axis is None or axis in shape.layer.over for axis in axes)
    return notation.role(symbol) is Role.TARGET and whole and along and set(bounds.indices) <= set(index)


def _counts(script: Script, notation: Notation) -> Iterator[Symbol]:
    """The letters that sums run up to."""
    for node in (node for chain in script.chains for one in sides(chain) for node in inside(one)):
        if isinstance(node, Summation) and node.bounds.upper is not None:
            found = notation.symbol(node.bounds.upper)
            if found is not None:
                yield found[0]


def _named(told: list[Chain], counts: frozenset[Symbol], notation: Notation) -> Notation:
    """A letter for the sum of the targets, which may stand before it or behind; anything else is not worked out."""
    for chain in told:
        total = next(one for one in sides(chain) if is_total(one, notation))
        for one in sides(chain):
            found = notation.symbol(one)
            if is_total(one, notation) or isinstance(bare(one), Negative):
                continue
            # T is the sum of the t here, and not their matrix.
            own = notation.roles.get(found[0]) if found is not None else None
            free = own in (None, Role.HELPER, Role.SIZE)
            if found is None or not free or found[0] in counts:
                return replace(notation, open_loss=UNREAD)
            if own is not Role.HELPER:
                notation = _defined(*found, total, chain, notation)
    return notation


def _defined(symbol: Symbol, index: tuple[str, ...], total: Expr, chain: Chain, notation: Notation) -> Notation:
    definition = Definition(chain.head_span.start, index, total)
    return replace(
        notation,
        roles={**notation.roles, symbol: Role.HELPER},
        helpers={**notation.helpers, symbol: (definition,)},
        sizes=tuple(one for one in notation.sizes if one != symbol),
    )
