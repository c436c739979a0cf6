"""The letter d -> a count, where the note counts up to it: then `d \\delta_{ij}` is a product and no differential."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from bnverify.pattern import pattern
from bnverify.read.brackets import EQUALITIES, closing_place
from bnverify.read.italic import STYLED
from bnverify.read.names import name_end
from bnverify.read.spoken import BEFORE
from bnverify.read.tokens import Raw

COUNTS = pattern(
    r"\\sum(?:_(?:\{[^{}]*\}|[^{}\\]))?\^(?:\{d\}|d)|\\[dt]?frac(?:\{\d+\}|\d)(?:\{d\}|d(?![a-z_]))"
    r"|\\mathbb(?:\{R\}|R)\^(?:\{d\}|d)(?![a-z])"
)
KRONECKER = ("\\delta", "I")
APART = frozenset(("/", "_", "^"))
"""Kinds of tokens behind which d may be a sign of differentiation, or an index, all the same."""


UPRIGHT_SIGNS = frozenset(("\\partial", "\\mathrm", "\\text{d}"))


class CountD(StrEnum):
    """Where the letter d is a count."""

    NOWHERE = "nowhere"
    BELOW = "first in a divisor"
    """In a note with differentials: `\\frac{x_i}{d r}`, where nothing is differentiated above."""
    ANYWHERE = "anywhere"


def counts_to_d(formulas: Iterable[Sequence[Raw]]) -> CountD:
    """Whether d is the end of a sum or a dimension, and whether lines begin with differentials: `dx_i = ...`."""
    counts = differentials = False
    for tokens in formulas:
        begins = any(_begins_with_differential(tokens, place) for place in range(len(tokens) - 1))
        differentials = differentials or begins
        counts = counts or COUNTS.search("".join(piece.text for piece in tokens)) is not None
    if not counts:
        return CountD.NOWHERE
    return CountD.BELOW if differentials else CountD.ANYWHERE


def _begins_with_differential(tokens: Sequence[Raw], place: int) -> bool:
    if not _is_d(tokens[place]) or (place and tokens[place - 1].kind not in BEFORE):
        return False
    end = name_end(tokens, place + 1)
    return end > place + 1 and end < len(tokens) and tokens[end].text in EQUALITIES


def counted(tokens: list[Raw], counts: CountD) -> list[Raw]:
    """The tokens with a sign of multiplication behind each d that counts and stands before another factor."""
    if counts is CountD.NOWHERE:
        return tokens
    made: list[Raw] = []
    for place, piece in enumerate(tokens):
        made.append(piece)
        if _is_d(piece) and _is_factor(tokens, place) and (counts is CountD.ANYWHERE or _is_below(tokens, place)):
            made.append(Raw("command", "\\cdot", piece.end, piece.end))
    return made


def _is_d(piece: Raw) -> bool:
    return piece.kind == "letter" and piece.text == "d"


def _is_factor(tokens: Sequence[Raw], place: int) -> bool:
    end = name_end(tokens, place + 1)
    if end == place + 1 or (place > 1 and tokens[place - 1].kind == "{" and tokens[place - 2].text in STYLED):
        return False
    if tokens[place + 1].text in KRONECKER and _carries_two(tokens[place + 1 : end]):
        return True
    before = tokens[place - 1].kind if place else ""
    slash = end < len(tokens) and tokens[end].text == "/"
    return not slash and before not in APART and not (before == "{" and _is_quotient(tokens, place - 1))


def _is_below(tokens: Sequence[Raw], place: int) -> bool:
    """Whether d is the first letter below the line of a fraction."""
    return place > 1 and tokens[place - 1].kind == "{" and tokens[place - 2].kind == "}"


def _is_quotient(tokens: Sequence[Raw], brace: int) -> bool:
    """Whether both parts of the fraction, of which this brace opens one, begin with d."""
    if brace and tokens[brace - 1].kind != "}":
        other = closing_place(tokens, brace) + 1
    else:
        depth, other = 1, brace - 2
        while other > 0 and depth:
            depth += {"}": 1, "{": -1}.get(tokens[other].kind, 0)
            other -= bool(depth)
    signs = tokens[other : other + 2]
    return len(signs) > 1 and signs[0].kind == "{" and (_is_d(signs[1]) or signs[1].text in UPRIGHT_SIGNS)


def _carries_two(name: Sequence[Raw]) -> bool:
    """`\\delta_{ij}`: nothing that is ever differentiated."""
    texts = [piece.text for piece in name]
    below = texts[texts.index("_") + 1 :] if "_" in texts else []
    return sum(text.isalpha() and len(text) == 1 for text in below) > 1
