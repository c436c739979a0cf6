"""Quantities that are written as functions of the input, `\\mu(x) = ...` -> the same letters without the bracket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bnverify.read.brackets import behind_scripts
from bnverify.read.spoken import is_head
from bnverify.read.tokens import Raw

GREEK = frozenset(("\\mu", "\\sigma", "\\nu", "\\rho", "\\tau", "\\lambda"))
FUNCTIONS = frozenset("fghyxzEFGLJdDOP")
"""Letters that a bracket behind them makes a function, or a loss, or no quantity of the forward pass."""
Applied = frozenset[tuple[str, str]]
"""Letters, each with the letter in the bracket behind it."""


def applied_letters(formulas: Sequence[Sequence[Raw]]) -> Applied:
    """The letters that are defined with their argument, as heads of equations; a product is none."""
    return frozenset(
        (tokens[place].text, tokens[opening + 1].text)
        for tokens in formulas
        for place, opening in _brackets(tokens)
        if is_head(tokens, place, behind_scripts(tokens, opening + 3))
    )


def without_arguments(tokens: list[Raw], applied: Applied) -> list[Raw]:
    """The tokens without these brackets; what stands in front covers their characters."""
    if not applied:
        return tokens
    dropped = {
        opening for place, opening in _brackets(tokens) if (tokens[place].text, tokens[opening + 1].text) in applied
    }
    made: list[Raw] = []
    for place, piece in enumerate(tokens):
        if place in dropped:
            made[-1] = made[-1]._replace(end=tokens[place + 2].end)
        elif not dropped & {place - 1, place - 2}:
            made.append(piece)
    return made


def _brackets(tokens: Sequence[Raw]) -> Iterator[tuple[int, int]]:
    """Each letter with its scripts that stands before `(x)`, and where the bracket opens."""
    for place, piece in enumerate(tokens):
        named = (piece.kind == "letter" and piece.text not in FUNCTIONS) or piece.text in GREEK
        opening = behind_scripts(tokens, place + 1) if named else len(tokens)
        inner = tokens[opening : opening + 3]
        if [one.kind for one in inner] == ["open", "letter", "close"] and inner[0].text == "(" and inner[2].text == ")":
            yield place, opening
