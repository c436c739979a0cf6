"""Letters that look like the number of samples and are another number: `M = N - 1`, `M < N`, `\\sum_{i=1}^{N'}`.

Two letters for a size are one count unless the note says otherwise. It does so by a formula of the count and something
else, or by an inequality. An index letter, or the count with a prime, is no count beside the one that a mean is
divided by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bnverify.model.lettering import SIZES, Lettering
from bnverify.model.notation import Definition, Symbol
from bnverify.model.shapes import averages
from bnverify.pattern import pattern
from bnverify.read.syntax import (
    Addition,
    Digits,
    Expr,
    Fraction,
    Group,
    Name,
    Negative,
    Product,
    Unreadable,
    bare,
    inside,
)

UNEQUAL = pattern(
    r"(?<![A-Za-z_^{\\])(?P<left>[A-Za-z]'?)\s*"
    r"(?:<|>|≠|!=|\\neq?(?![a-z])|\\(?:ll|gg|lt|gt|le|ge|leq|geq|leqslant|geqslant)(?![a-z])|≤|≥)\s*"
    r"(?P<right>[A-Za-z]'?)(?![A-Za-z_^({'])"
)
DECLARED = (
    r"\$\s*{0}\s*\$[^.;$]{{0,40}}\b(?:samples|examples|size|number)\b"
    r"|\b(?:size|number|batch)\b(?:\s+of)?[^.;$]{{0,30}}\$\s*{0}\s*\$"
)
"""Words that make a count of a letter."""
INDICES = frozenset("ijkl")
WORKED_OUT = (Addition, Digits, Fraction, Group, Name, Negative, Product)


def other_counts(page: Lettering) -> Mapping[Symbol, Definition | None]:
    """The letters that are another number than the count, with what is unread of them; None: a formula defines them."""
    tops = {page.frame.split(top)[0] for _, top in page.tops}
    own = {Symbol(letter) for _, _, _, side in page.definitions() for one in averages(side) for letter in one.counts}
    counts = tops | (own & {Symbol(letter) for letter in SIZES})
    found: dict[Symbol, Definition | None] = {}
    for symbol, made_of in _defined(page, counts):
        if symbol in own and not made_of <= own:
            found.update((one, _open(one)) for one in made_of - own)
        elif symbol in tops:
            found[symbol] = None
    for one in _unequal(page, tops | own | {Symbol(letter) for letter in SIZES} & page.used):
        if one not in own:
            found.setdefault(one, _open(one))
    for one in tops - own if own else ():
        if _is_no_count(page, one):
            found.setdefault(one, _open(one))
    return found


def _open(symbol: Symbol) -> Definition:
    return Definition(0, (), Unreadable(f"{symbol} is another number than that of the samples"))


def _defined(page: Lettering, counts: set[Symbol]) -> Iterator[tuple[Symbol, set[Symbol]]]:
    """`M = N - 1`, `m = N / 2`: the letter, and the counts that it is made of."""
    for _, symbol, index, side in page.definitions():
        if index or symbol not in counts or not all(isinstance(node, WORKED_OUT) for node in inside(side)):
            continue
        letters = {found for found, _ in page.symbols(side)}
        if letters & counts - {symbol} and symbol not in letters and (_is_added(side) or _is_multiple(side)):
            yield symbol, letters & counts


def _is_added(side: Expr) -> bool:
    return isinstance(bare(side), Addition)


def _is_multiple(side: Expr) -> bool:
    """One letter with digits other than 1."""
    nodes = list(inside(side))
    digits = any(isinstance(node, Digits) and node.text != "1" for node in nodes)
    return digits and sum(isinstance(node, Name) for node in nodes) == 1


def _unequal(page: Lettering, counts: set[Symbol]) -> Iterator[Symbol]:
    """Both letters of `M < N`, wherever the note says so."""
    for found in UNEQUAL.finditer(page.script.note.text) if len(counts) > 1 else ():
        both = [Symbol(one[0], ("'",) if one.endswith("'") else ()) for one in (found["left"], found["right"])]
        if both[0] != both[1] and set(both) <= counts:
            yield from both


def _is_no_count(page: Lettering, symbol: Symbol) -> bool:
    """`N'` and k beside N, where the text does not call them a number of samples."""
    if symbol.accents:
        return True
    letter = symbol.letter in INDICES or (symbol.letter in page.frame.indexing and symbol.letter not in SIZES)
    return letter and not pattern(DECLARED.format(symbol.letter)).search(page.script.note.text)
