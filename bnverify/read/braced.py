"""Braces with a formula as their label, `\\underbrace{A}_{= B}` -> the claims that A is B.

A label of words, a letter or a number is a name. One that begins with a sign of equality, or holds a fraction, a sum or
a root, says what stands over the brace.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from bnverify.frozen import frozen
from bnverify.read.brackets import EQUALITIES, closing_place
from bnverify.read.tokens import Raw
from bnverify.source import Span

BRACES = frozenset(("\\underbrace", "\\overbrace"))
WORKED_OUT = frozenset(("\\frac", "\\dfrac", "\\tfrac", "\\sum", "\\sqrt", "/"))
"""What a label holds that is more than a name."""
USUAL = frozenset("xynNmL")
"""Letters that mean something without a word."""


@frozen
class Brace:
    """What stands over a brace, the mark before its label, and the tokens of the label."""

    inner: tuple[Raw, ...]
    mark: Raw
    label: tuple[Raw, ...]


@frozen
class BraceClaim:
    """What stands over a brace, the place of the sign or of the label, and what it is said to be."""

    inner: tuple[Raw, ...]
    relation: Span
    side: tuple[Raw, ...]


def braces_in(tokens: Sequence[Raw]) -> Iterator[Brace]:
    """The braces of a formula that have a label, in reading order."""
    for place, piece in enumerate(tokens[:-1]):
        if piece.text not in BRACES or tokens[place + 1].kind != "{":
            continue
        end = closing_place(tokens, place + 1)
        mark = tokens[end + 1 : end + 3]
        if len(mark) == 2 and mark[0].kind in ("_", "^"):
            first = end + 3 if mark[1].kind == "{" else end + 2
            last = closing_place(tokens, end + 2) if mark[1].kind == "{" else first + 1
            yield Brace(tuple(tokens[place + 2 : end]), mark[0], tuple(tokens[first:last]))


def brace_claims(tokens: Sequence[Raw], met: Container[str]) -> Iterator[BraceClaim]:
    """The claims of a formula, in reading order; `met` holds the letters of the formulas before."""
    found = (_claim(one.inner, one.mark, one.label, met) for one in braces_in(tokens))
    return (one for one in found if one is not None)


def _claim(inner: tuple[Raw, ...], mark: Raw, label: tuple[Raw, ...], met: Container[str]) -> BraceClaim | None:
    if not inner or any(one.kind in ("text", "&") for one in (*inner, *label)):
        return None
    signs = [one for one in label if one.text in EQUALITIES]
    if signs == list(label[:1]) and len(label) > 1:
        known = all(
            one.text in met or one.text in USUAL
            for one in label[1:]
            if one.kind == "letter" and not _is_index(one, label)
        )
        return BraceClaim(inner, label[0].span, label[1:]) if known else None
    worked_out = not signs and any(one.text in WORKED_OUT for one in label)
    return BraceClaim(inner, mark.span, label) if worked_out else None


def _is_index(letter: Raw, label: tuple[Raw, ...]) -> bool:
    """Whether a letter stands below another one."""
    before = label[: label.index(letter)]
    return bool(before) and (before[-1].kind == "_" or (len(before) > 1 and before[-2].kind == "_"))
