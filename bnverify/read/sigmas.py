r"""The capital sigma -> a sum, `\Sigma_i g_i`, where a note has it before a product over its index and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bnverify.read.brackets import EQUALITIES, OPERATORS, behind_scripts, closing_place
from bnverify.read.commands import OTHER_RELATIONS
from bnverify.read.tokens import Raw

SIGMA = "\\Sigma"
ENDS = EQUALITIES | OTHER_RELATIONS | frozenset("+-,;.")
"""Behind what no product goes on."""


def sigmas_sum(formulas: Iterable[Sequence[Raw]]) -> bool:
    """Whether the letter occurs, and binds an index of what stands behind it each time."""
    found = [_binds(tokens, place) for tokens in formulas for place, one in enumerate(tokens) if one.text == SIGMA]
    return bool(found) and all(found)


def with_sums(tokens: list[Raw], summing: bool) -> list[Raw]:
    """The tokens with each of them as the sign of a sum, where the note means that."""
    if not summing:
        return tokens
    return [piece._replace(text="\\sum") if piece.text == SIGMA else piece for piece in tokens]


def _binds(tokens: Sequence[Raw], place: int) -> bool:
    below = tokens[place + 1 : place + 2]
    if not below or below[0].kind != "_":
        return False
    letters = _letters_below(tokens, place + 1)
    body = behind_scripts(tokens, place + 1)
    if body == len(tokens) or tokens[body].text in (ENDS | OPERATORS) - {"-"} or tokens[body].kind in ("close", "}"):
        return False
    end = next((at for at in range(body + 1, len(tokens)) if tokens[at].text in ENDS), len(tokens))
    carried = {letter for at in range(body, end) if tokens[at].kind == "_" for letter in _letters_below(tokens, at)}
    one = len(letters) == 1 or any(piece.text in ("=", "\\in") for piece in tokens[place + 2 : body])
    return bool(letters) and one and letters[0] in carried


def _letters_below(tokens: Sequence[Raw], place: int) -> list[str]:
    """The letters of a subscript, in order."""
    if place + 1 >= len(tokens):
        return []
    end = closing_place(tokens, place + 1) if tokens[place + 1].kind == "{" else place + 1
    return [piece.text for piece in tokens[place + 1 : end + 1] if piece.kind == "letter"]
