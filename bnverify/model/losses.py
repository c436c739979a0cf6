"""The loss that a note itself defines: the last node of a softmax, or what its gradients are gradients of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from bnverify.model.axes import letter_of
from bnverify.model.conventions import USUAL
from bnverify.model.declarations import forward_for, scope_for
from bnverify.model.forms import sides
from bnverify.model.forward import normalisation
from bnverify.model.notation import Definition, Notation, Role, Symbol
from bnverify.model.quantities import INPUT, OUTPUT, TARGET
from bnverify.model.resolve import resolve
from bnverify.model.targets import smoothed, with_targets
from bnverify.model.terms import Delta, Term, Unknown, Value, free_indices, walk
from bnverify.pattern import pattern
from bnverify.read.announced import DENIED
from bnverify.read.chains import Chain, Script
from bnverify.read.commands import FUNCTIONS
from bnverify.read.syntax import Call, Expr, Indicator, Name, Words, bare, inside


def with_loss(script: Script, notation: Notation) -> Notation:
    """The notation with the loss that the note defines, if it is made of the outputs and of given numbers.

    The loss of a classifier with targets t_i becomes a node of the graph. Any other one, as in `-\\log p_c` or
    `\\frac12 \\sum_i (y_i - t_i)^2`, is written out wherever it is differentiated; its other letters are data.
    """
    notation = with_targets(script, with_smoothed(script, with_label(script, notation)))
    labels = frozenset(_labels(script, notation, []))
    layer = notation.shape.layer
    for _, side in _definitions(script, notation):
        term, undefined = _term(side, script, notation)
        told = _speaks_of(term, OUTPUT) or (layer.exponential and _speaks_of(term, INPUT))
        if not told or free_indices(term) - labels or _is_unknown(term):
            continue
        if layer.exponential and _speaks_of(term, TARGET) and not undefined and not free_indices(term):
            return replace(notation, shape=replace(notation.shape, layer=replace(layer, loss=term)))
        return replace(notation, loss=term, data=undefined)
    if any(_is_formula(side) for _, side in _definitions(script, notation)):
        return replace(notation, open_loss="the loss that the note defines is not understood")
    return replace(notation, open_loss="the note does not say what its loss is" if layer.exponential else "")


def with_label(script: Script, notation: Notation) -> Notation:
    """The targets as 1 for one class and 0 for the others, where the note names that class: `t_i = \\delta_{ic}`."""
    targets = [symbol for symbol, role in notation.roles.items() if role is Role.TARGET]
    label = next(_labels(script, notation, targets), None)
    called = [one for one in _one_hot(script) if label is not None and notation.role(one[0]) is None]
    targets += [one for one, _ in called]
    if label is None or not targets:
        return notation
    index = "k" if label != "k" else "l"
    definition = Definition(0, (index,), Indicator(index, "=", label))
    roles = {**notation.roles, **dict.fromkeys(targets, Role.HELPER)}
    helpers = {**notation.helpers, **dict.fromkeys(targets, (definition,))}
    # In `e_c` the index tells which unit vector it is, and not which of its elements.
    units = {one for one, index in called if index == label and _is_always(one, label, script)}
    return replace(notation, roles=roles, helpers=helpers, of_sets=notation.of_sets | units)


def _is_always(symbol: Symbol, index: str, script: Script) -> bool:
    """Whether a letter never carries another index than this one."""
    names = (node for chain in script.chains for expr in sides(chain) for node in inside(expr))
    own = (node for node in names if isinstance(node, Name) and Symbol(node.letter, node.accents) == symbol)
    return all(not node.subscripts or node.subscripts == (index,) for node in own)


ONE_HOT = r"(?:one[- ]hot|indicator vector|unit vector)"
LETTER = r"\$\s*(?:\\(?:mathbf|boldsymbol|bm|vec)\s*)?\{{?\s*(?P<{name}>[a-z])\s*\}}?(?:_(?P<{name}_of>\w))?\s*\$"
IN_WORDS = pattern(
    rf"{LETTER.format(name='before')}[^.;$]{{0,40}}\b{ONE_HOT}"
    rf"|\b{ONE_HOT}\b(?:\s+(?:vector|encoding|labels?|targets?))*\s+{LETTER.format(name='behind')}",
    re.IGNORECASE,
)
"""`$\\mathbf{t}$, the one-hot vector of ...`"""


def _one_hot(script: Script) -> Iterator[tuple[Symbol, str]]:
    """The letters that the words around the formulas call one-hot, with the index that they carry there."""
    for found in IN_WORDS.finditer(script.note.text):
        if not DENIED.search(found.group()):
            yield Symbol(found["before"] or found["behind"]), found["before_of"] or found["behind_of"] or ""


KRONECKER = Symbol("\\delta")


def with_smoothed(script: Script, notation: Notation) -> Notation:
    """The targets that those of the loss are made of, `q_k = (1 - \\alpha) t_k + \\alpha / K`: q is a helper.

    So it is where they are those of one class, `q_k = (1 - \\alpha) \\delta_{kc} + \\alpha / K`.
    """
    for chain in script.chains:
        named = notation.symbol(chain.head)
        if named is None or notation.role(named[0]) is not Role.TARGET or not named[1] or chain.case or not chain.steps:
            continue
        side = chain.steps[0].side
        inner = smoothed(side, notation)
        if inner is None or inner[0] == named[0]:
            continue
        of_class = inner[0] == KRONECKER and len(inner[1]) == 2 and len(named[1]) == 1 and named[1][0] in inner[1]
        if of_class or (inner[1] == named[1] and notation.role(inner[0]) is None):
            own = {} if of_class else {inner[0]: Role.TARGET}
            return replace(
                notation,
                roles={**notation.roles, named[0]: Role.HELPER, **own},
                helpers={**notation.helpers, named[0]: (Definition(chain.head_span.start, named[1], side),)},
                written=notation.written if of_class else {**notation.written, Role.TARGET: inner[0]},
            )
    return notation


def _labels(script: Script, notation: Notation, targets: list[Symbol]) -> Iterator[str]:
    """The index of the true class: the one that a loss is left with, or that a target is compared with."""
    for _, side in _definitions(script, notation):
        term, _ = _term(side, script, notation)
        left = free_indices(term)
        if len(left) == 1 and not _is_unknown(term) and not _speaks_of(term, TARGET):
            yield from map(letter_of, left)
    for chain in script.chains:
        named = notation.symbol(chain.head)
        if named is not None and named[0] in targets and len(named[1]) == 1 and chain.steps and not chain.case:
            term, _ = _term(chain.steps[0].side, script, notation)
            if isinstance(term, Delta) and letter_of(term.left) != letter_of(term.right):
                yield from {letter_of(term.left), letter_of(term.right)} - set(named[1])


def _definitions(script: Script, notation: Notation) -> Iterator[tuple[Chain, Expr]]:
    """What the note says that its loss is."""
    for chain in script.chains:
        head = bare(chain.head)
        head = head.name if isinstance(head, Call) else head
        if isinstance(head, Name) and head.letter in notation.losses and not head.subscripts and not chain.case:
            yield from ((chain, step.side) for step in chain.steps)


def _term(side: Expr, script: Script, notation: Notation) -> tuple[Term, frozenset[Symbol]]:
    """The meaning of a side, and the letters in it that the note nowhere defines."""
    layer = replace(notation.shape.layer, loss=None)
    chain = next(one for one in script.chains if any(step.side is side for step in one.steps))
    if forward_for(chain, notation, USUAL).layer.rank != layer.rank:
        return Unknown("a loss with more indices than the forward pass"), frozenset()
    scope = scope_for(chain, notation, normalisation(USUAL, layer))
    term = resolve(side, scope)
    exprs = (expr for one in script.chains for expr in sides(one))
    names = {str(symbol): symbol for expr in exprs for symbol, role in _roles_in(expr, notation) if role is None}
    return term, frozenset(names[one] for one in scope.undefined if one in names)


def _roles_in(side: Expr, notation: Notation) -> Iterator[tuple[Symbol, Role | None]]:
    for node in inside(side):
        if isinstance(node, Name):
            symbol = notation.split(node)[0]
            yield symbol, notation.role(symbol)


def _is_formula(side: Expr) -> bool:
    """Whether a definition says what the loss is, and does not just name what it depends on: `L = f(y)`."""
    known = (node.name.letter in FUNCTIONS.values() for node in inside(side) if isinstance(node, Call))
    return not isinstance(bare(side), Name) and not any(isinstance(node, Words) for node in inside(side)) and all(known)


def _speaks_of(term: Term, name: str) -> bool:
    return any(isinstance(part, Value) and part.name == name for part in walk(term))


def _is_unknown(term: Term) -> bool:
    return any(isinstance(part, Unknown) for part in walk(term))
