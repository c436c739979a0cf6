"""Letters that the words around an equation call a gradient, `the gradient with respect to $\\gamma$ is $g = ...$`.

What the equation says of such a letter is a claim and no definition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bnverify.model.notation import Definition, Notation, Role, Symbol
from bnverify.pattern import pattern
from bnverify.read.announced import DENIED, sentence_before
from bnverify.read.chains import Script
from bnverify.read.latex import parse
from bnverify.read.syntax import Expr, Unreadable, bare, inside

GRADIENT = r"\b(?:gradients?|derivatives?)\b"
PARTS = {
    Role.SCALE: "scale|gain|weights?",
    Role.SHIFT: "shift|bias",
    Role.INPUT: "inputs?",
    Role.MEAN: "mean",
    Role.VARIANCE: "variance",
}
WHAT = rf"(?:the\s+)?(?:(?P<formula>\$[^$\n]{{1,40}}\$)|(?P<part>{'|'.join(PARTS.values())})\b)"
BY = r"(?:with\s+respect\s+to|w\.?\s?r\.?\s?t\.?|by|for)\s+"
IN_FRONT = pattern(
    rf"{GRADIENT}(?:(?!{GRADIENT})[^.;:]){{0,60}}?{BY}{WHAT}"
    r"(?P<rest>(?:(?!\$).){0,60}?(?:\bis|\bare|\bas|:|,|\bbecomes|\bby|\bget|\bgives|\bobtain|\bthen|\btherefore|\breads))\s*\Z",
    re.IGNORECASE | re.DOTALL,
)
"""The end of a sentence before an equation."""
BE = pattern(
    rf"\$?\s*(?:,\s*)?(?:be|is|denotes?|for|means?)\s+(?:the|our|its)?\s*{GRADIENT}[^.;:$]{{0,40}}?{BY}{WHAT}",
    re.IGNORECASE,
)
"""Behind a letter that is mentioned."""
THIS_IS = pattern(
    rf"[\s$.]*(?:This|That|which|it)\s+is\s+(?:indeed\s+|just\s+)?the\s+{GRADIENT}[^.;:]{{0,40}}?{BY}{WHAT}",
    re.IGNORECASE,
)
"""Behind an equation."""
JACOBIAN = pattern(
    r"\bJacobian\b[^.;:$]{0,60}(?:\bis|\bas|:|\bbecomes|\btherefore|\bthus|\bthen|\bby)\s*\Z", re.IGNORECASE
)


def said_gradients(script: Script, notation: Notation) -> Iterator[tuple[Symbol, Definition]]:
    """The letters with what they are the gradient by; in a note on softmax also the letter of the Jacobian."""
    text = script.note.text
    for chain in script.chains:
        named = notation.symbol(bare(chain.head))
        if named is None or not _is_own(named[0], notation) or chain.case:
            continue
        symbol, index = named
        start = chain.head_span.start
        formula = script.layout.formula_at(start)
        before = sentence_before(text, start) if formula is not None and start - formula.span.start < 4 else ""
        behind = THIS_IS.match(text, formula.end) if formula is not None else None
        said = IN_FRONT.search(before) or behind
        meant = None
        if said is not None and not DENIED.search(said.group()):
            meant = _gradient(script, notation, said, index)
        elif JACOBIAN.search(before) and not DENIED.search(before) and notation.shape.layer.exponential:
            meant = _jacobian(script, notation, index)
        if meant is not None:
            yield symbol, Definition(0, index, meant)
    for span in script.mentions:
        formula = script.layout.formula_at(span.start)
        found = BE.match(text, formula.end) if formula is not None and not formula.display else None
        named = notation.symbol(_parsed(script, script.note.cut(span), span.start)) if found is not None else None
        if found is not None and named is not None and _is_own(named[0], notation):
            meant = _gradient(script, notation, found, named[1])
            if meant is not None:
                yield named[0], Definition(span.start, named[1], meant)


def _is_own(symbol: Symbol, notation: Notation) -> bool:
    free = notation.role(symbol) in (None, Role.HELPER) and symbol.letter not in notation.losses
    return free and symbol.letter not in notation.indexing


def _gradient(script: Script, notation: Notation, said: re.Match[str], index: tuple[str, ...]) -> Expr | None:
    part = next((role for role, words in PARTS.items() if re.fullmatch(words, said["part"] or "", re.IGNORECASE)), None)
    written = notation.written.get(part) if part is not None else None
    by = said["formula"].strip("$ ") if said["formula"] else str(written) if written is not None else ""
    if not by or re.search(r"[=,]", by):
        return None
    if index and "_" not in by:  # the gradient by x with an index is that by x with it
        by = f"{by}_{{{','.join(index)}}}"
    loss = min(notation.losses, default="L")
    return _read(script, rf"\frac{{\partial {loss}}}{{\partial {by}}}")


def _jacobian(script: Script, notation: Notation, index: tuple[str, ...]) -> Expr | None:
    output, entry = (notation.written.get(role) for role in (Role.OUTPUT, Role.INPUT))
    if output is None or entry is None or len(index) not in (0, 2):
        return None
    above, below = (f"_{{{one}}}" for one in index) if index else ("", "")
    return _read(script, rf"\frac{{\partial {output}{above}}}{{\partial {entry}{below}}}")


def gradient_by_output(script: Script, notation: Notation, index: tuple[str, ...]) -> Expr | None:
    """The upstream gradient as an expression."""
    output = notation.written.get(Role.OUTPUT, Symbol("y"))
    below = f"_{{{','.join(index)}}}" if index else ""
    loss = min(notation.losses, default="L")
    return _read(script, rf"\frac{{\partial {loss}}}{{\partial {output}{below}}}")


def _parsed(script: Script, latex: str, place: int) -> Expr:
    return parse(script.wording.scan(latex, place))


def _read(script: Script, latex: str) -> Expr | None:
    """What a piece of LaTeX says, if it can be read."""
    made = bare(_parsed(script, latex, 0))
    return None if any(isinstance(node, Unreadable) for node in inside(made)) else made
