"""`\\partial L/\\partial y_i = g_i`, where nothing else says what g is -> the same with g at its head: a definition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bnverify.model.forms import sides
from bnverify.model.notation import Notation, Symbol
from bnverify.read.chains import Chain, Script
from bnverify.read.losses import is_gradient
from bnverify.read.syntax import Adjoint, Derivative, Name, bare, inside


def with_turned_definitions(
    script: Script, notation: Notation, notation_of: Callable[[Script], Notation]
) -> tuple[Script, Notation]:
    """The letters of gradients that are written behind them; each has to be used in another chain."""
    found = [(place, _new_letter(chain, notation)) for place, chain in enumerate(script.chains)]
    if not any(symbol for _, symbol in found):
        return script, notation
    heads = {named[0] for chain in script.chains if (named := notation.symbol(bare(chain.head))) is not None}
    names = [
        (place, notation.split(node)[0])
        for place, chain in enumerate(script.chains)
        for expr in sides(chain)
        for node in inside(expr)
        if isinstance(node, Name)
    ]
    first: dict[Symbol, int] = {}
    for place, symbol in found:
        if symbol is not None and symbol not in heads:
            first.setdefault(symbol, place)
    turned = {
        place for symbol, place in first.items() if any(other > place and used == symbol for other, used in names)
    }
    if not turned:
        return script, notation
    chains = tuple(_turned(chain) if place in turned else chain for place, chain in enumerate(script.chains))
    made = replace(script, chains=chains)
    return made, notation_of(made)


def _new_letter(chain: Chain, notation: Notation) -> Symbol | None:
    """The letter that a gradient by something with the same indices is said to equal, if it means nothing else."""
    head, side = bare(chain.head), bare(chain.steps[0].side)
    if len(chain.steps) != 1 or not is_gradient(head, notation.losses) or not isinstance(side, Name) or chain.case:
        return None
    symbol, index = notation.split(side)
    own = notation.symbol(bare(head.by)) if isinstance(head, (Adjoint, Derivative)) else None
    same = own is not None and (index == own[1] or not index)
    free = notation.role(symbol) is None and symbol not in notation.helpers and symbol.letter not in notation.losses
    return symbol if same and free else None


def _turned(chain: Chain) -> Chain:
    (step,) = chain.steps
    side = replace(step, side=chain.head, latex=chain.head_latex, span=chain.head_span)
    return replace(chain, head=step.side, head_latex=step.latex, head_span=step.span, steps=(side,))
