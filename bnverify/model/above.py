"""Powers that are part of a name, `\\delta^{\\mathrm{out}}_i`, `g^y_i`: where a head carries one that is no number."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from bnverify.model.forms import sides
from bnverify.model.notation import LETTERS, Symbol
from bnverify.read.chains import Script, rewritten
from bnverify.read.exchange import exchange
from bnverify.read.syntax import Expr, Name, Raised, Summation, Words, bare, inside

Stem = tuple[str, tuple[str, ...]]
"""A letter with its accents."""
NUMBERS = frozenset(("e", "T"))
"""A letter with powers of its own, and one that transposes."""


def with_names_above(script: Script) -> Script:
    """The script with these powers as what stands above a letter, like the one in `g^{(y)}_i`; most have none."""
    quantities = _quantities(script)
    stems = {stem for chain in script.chains if chain.steps and (stem := _stem(bare(chain.head), quantities))}
    if not stems:
        return script
    return rewritten(script, lambda expr: _expr(expr, stems, quantities))


def _quantities(script: Script) -> frozenset[str]:
    """The letters that stand somewhere for themselves, and are an index nowhere."""
    nodes = [node for chain in script.chains for expr in sides(chain) for node in inside(expr)]
    powers = {id(part) for node in nodes if isinstance(node, Raised) for part in inside(node.exponent)}
    names = [node for node in nodes if isinstance(node, Name) and id(node) not in powers]
    bound = {one for node in nodes if isinstance(node, Summation) for one in node.bounds.indices}
    return frozenset({name.letter for name in names} - bound - {sub for name in names for sub in name.subscripts})


def _stem(expr: Expr, quantities: Set[str]) -> Stem | None:
    """The letter whose power is a word or a quantity."""
    if not isinstance(expr, Raised) or not isinstance(base := bare(expr.base), Name):
        return None
    usual = base.letter in NUMBERS or Symbol(base.letter, base.accents) in LETTERS
    return (base.letter, base.accents) if not usual and _word(expr.exponent, quantities) else None


def _word(exponent: Expr, quantities: Set[str]) -> str:
    match bare(exponent):
        case Words(text=text):
            return text
        case Name(letter=letter, accents=(), subscripts=(), superscripts=()) if letter in quantities - NUMBERS:
            return letter
    return ""


def _expr(expr: Expr, stems: Set[Stem], quantities: Set[str]) -> Expr:
    changes: dict[int, Expr] = {}
    for node in inside(expr):
        if isinstance(node, Raised) and _stem(node, quantities) in stems:
            base = bare(node.base)
            assert isinstance(base, Name)
            above = (*base.superscripts, _word(node.exponent, quantities))
            changes[id(node)] = replace(base, superscripts=above, span=node.span)
    return exchange(expr, changes) if changes else expr
