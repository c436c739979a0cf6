"""Tokens of a formula -> the same with the rows of `multline` in one: each goes on from the row above it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bnverify.read.brackets import EQUALITIES, OPERATORS, has_relation, outside_brackets, partners, split
from bnverify.read.commands import OTHER_RELATIONS
from bnverify.read.tokens import Raw

ENVIRONMENTS = frozenset(("multline", "multlined"))
UNCLEAR = "whether this row goes on with the row above it or begins anew is not clear"
SIGNS = OPERATORS | EQUALITIES | OTHER_RELATIONS
PUNCTUATION = frozenset((",", ".", ";", "quad"))


def with_rows_in_one(tokens: list[Raw]) -> list[Raw]:
    """Without the row breaks of `multline`; punctuation before a break parts two equations."""
    if not any(piece.kind == "begin" and piece.text in ENVIRONMENTS for piece in tokens):
        return tokens
    made = list(tokens)
    for opening, closing in sorted(partners(tokens).items(), reverse=True):
        if tokens[opening].kind == "begin" and tokens[opening].text in ENVIRONMENTS:
            made[opening + 1 : closing] = _joined(tokens[opening + 1 : closing])
    return made


def _joined(inner: Sequence[Raw]) -> Iterator[Raw]:
    before: list[Raw] = []
    for row in split(inner, lambda piece: piece.kind == "newline"):
        if before and row:
            yield from _seam(before, row)
        yield from row
        before = row or before


def _seam(before: Sequence[Raw], row: Sequence[Raw]) -> list[Raw]:
    """What stands between two rows: nothing, or a break. Two equations without a sign between them may be a product."""
    at = row[0].start
    break_here = Raw("newline", "\\\\", before[-1].end, before[-1].end)
    if before[-1].kind in PUNCTUATION:
        return [break_here]
    signed = row[0].text in SIGNS or before[-1].text in SIGNS or row[0].kind in ("open", "close", "text", "quad")
    if signed or not has_relation(row) or not any(piece.text in EQUALITIES for piece in outside_brackets(before)):
        return []
    unclear = Raw("long", UNCLEAR, at, at)
    return [unclear, break_here, unclear]
