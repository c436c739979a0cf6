"""A script with an operator in a letter, `D_j S_i` -> the same with the derivative of S_i by the input at j instead.

It is one where D with an index always stands right before a quantity or the loss, is never defined, and the note
speaks of derivatives. Without an index D may be something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from bnverify.model.forms import sides
from bnverify.model.notation import Notation, Role, Symbol, is_index
from bnverify.pattern import pattern
from bnverify.read.chains import Script, rewritten
from bnverify.read.exchange import exchange
from bnverify.read.syntax import Derivative, Expr, Name, Product, inside

LETTERS = ("D", "\\mathrm{D}", "\\mathcal{D}")
DERIVATIVES = pattern(r"\bderivatives?\b|\bJacobian|\\partial")
DIFFERENTIATED = frozenset((Role.OUTPUT, Role.NORMALISED, Role.MEAN, Role.VARIANCE, Role.LOSS))


def with_operators(
    script: Script, notation: Notation, notation_of: Callable[[Script], Notation]
) -> tuple[Script, Notation]:
    entry = notation.written.get(Role.INPUT)
    if entry is None or not DERIVATIVES.search(script.note.text):
        return script, notation
    names = [node for chain in script.chains for expr in sides(chain) for node in inside(expr)]
    letters = [
        letter
        for letter in LETTERS
        if 0
        < sum(isinstance(node, Name) and node.letter == letter and bool(node.subscripts) for node in names)
        == sum(operator.letter == letter for node in names for operator, _ in _applied(node, notation))
    ]
    if not letters:
        return script, notation
    made = rewritten(script, lambda expr: _expr(expr, letters[0], entry, notation))
    return made, notation_of(made)


def _applied(node: Expr, notation: Notation) -> Iterator[tuple[Name, Name]]:
    """The operators among the factors of a product, each with what it stands before."""
    for first, second in pairwise(node.factors) if isinstance(node, Product) else ():
        if isinstance(first, Name) and isinstance(second, Name) and _is_operator(first, notation):
            lost = second.letter in notation.losses and not second.subscripts
            if lost or notation.role(notation.split(second)[0]) in DIFFERENTIATED:
                yield first, second


def _is_operator(name: Name, notation: Notation) -> bool:
    plain = name.letter in LETTERS and not name.accents and not name.superscripts and len(name.subscripts) == 1
    symbol = Symbol(name.letter)
    alone = all(not one.index for one in notation.helpers.get(symbol, ()))
    free = notation.role(symbol) in (None, Role.HELPER) and alone
    return plain and free and is_index(name.subscripts[0])


def _expr(expr: Expr, letter: str, entry: Symbol, notation: Notation) -> Expr:
    """The innermost products first, so that what is put in is not looked at again."""
    for node in reversed(list(inside(expr))):
        found = next((pair for pair in _applied(node, notation) if pair[0].letter == letter), None)
        if found is not None and isinstance(node, Product):
            operator, of = found
            by = Name(entry.letter, entry.accents, (*entry.tags, *operator.subscripts), span=operator.span)
            place = node.factors.index(operator)
            made = Derivative(of, by, span=operator.span)
            factors = (*node.factors[:place], made, *node.factors[place + 2 :])
            changed = made if len(factors) == 1 else Product(factors, span=node.span)
            return _expr(exchange(expr, {id(node): changed}), letter, entry, notation)
    return expr
