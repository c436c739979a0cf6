"""Braces with a formula as their label, `\\underbrace{A}_{= B}` -> the claims that A is B.

A label of words, a letter or a number is a name. One that holds a sign of equality, a fraction, a sum or a root says
what stands over the brace.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from itertools import dropwhile

from bnverify.frozen import frozen
from bnverify.limits import most
from bnverify.read.brackets import EQUALITIES, behind_scripts, closing_place, deepest
from bnverify.read.tokens import Raw

BRACES = frozenset(("\\underbrace", "\\overbrace"))
CANCELLED = "\\cancelto"
WORKED_OUT = frozenset(("\\frac", "\\dfrac", "\\tfrac", "\\sum", "\\sqrt", "/"))
"""What a label holds that is more than a name."""
USUAL = frozenset("xynNmL")
"""Letters that mean something without a word."""

UNDERSTOOD, PERHAPS = "understood", "perhaps"
"""The kinds of a sign of equality that nobody wrote; the other one stands before what may be a name."""
GREEK = frozenset(("\\gamma", "\\beta", "\\mu", "\\sigma", "\\epsilon", "\\varepsilon"))
ARROWS = frozenset(("\\to", "\\rightarrow", "→"))


@frozen
class Brace:
    """What stands over a brace, the mark before its label, and the tokens of the label."""

    inner: tuple[Raw, ...]
    mark: Raw
    label: tuple[Raw, ...]


@frozen
class BraceClaim:
    """What stands over a brace, the sign of equality, and what it is said to be.

    The mark before a label without a sign stands for one.
    """

    inner: tuple[Raw, ...]
    sign: Raw
    side: tuple[Raw, ...]

    @property
    def tokens(self) -> list[Raw]:
        return [*self.inner, self.sign, *self.side]


def with_arrows_as_braces(tokens: list[Raw]) -> list[Raw]:
    """`\\cancelto{2}{A}` as `\\overbrace{A}^{= 2}`: what is written behind the arrow is what A is said to be."""
    if not any(piece.text == CANCELLED for piece in tokens) or deepest(tokens) > most("nesting"):
        return tokens
    made: list[Raw] = []
    place = 0
    while place < len(tokens):
        piece = tokens[place]
        label = _braces_at(tokens, place + 1) if piece.text == CANCELLED else None
        body = _braces_at(tokens, label) if label is not None else None
        if label is None or body is None:
            made.append(piece)
            place += 1
            continue
        above = Raw("^", "^", piece.end, piece.end)
        sign = Raw("=", "=", piece.start, piece.end)
        inner = with_arrows_as_braces(tokens[label + 1 : body - 1])
        made += [piece._replace(text="\\overbrace"), tokens[label], *inner, tokens[body - 1]]
        made += [above, tokens[place + 1], sign, *tokens[place + 2 : label]] if label - place > 3 else []
        place = body
    return made


def _braces_at(tokens: Sequence[Raw], opening: int) -> int | None:
    """The place behind the braces that open at one; none where none do, or they are not closed."""
    if opening >= len(tokens) or tokens[opening].kind != "{":
        return None
    end = closing_place(tokens, opening)
    return end + 1 if tokens[end].kind == "}" else None


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
    for brace in braces_in(tokens):
        behind = tuple(dropwhile(lambda one: one.kind == "text", brace.label))
        label = behind if behind and behind[0].text in EQUALITIES else brace.label
        sign = _sign(replace(brace, label=label), met)
        if sign is not None and brace.inner and not any(one.kind == "&" for one in (*brace.inner, *label)):
            side = label[1:] if sign is label[0] or label[0].text in ARROWS else label
            yield BraceClaim(brace.inner, sign, side)


def _sign(brace: Brace, met: Container[str]) -> Raw | None:
    """The sign of equality of a claim, as written or understood; none where the label is a name."""
    written = [one for one in brace.label if one.text in EQUALITIES]
    if written:
        return None if _is_new_name(brace.label[1:], met) and written[0] is brace.label[0] else written[0]
    if any(one.kind == "text" for one in brace.label):
        return None
    if any(one.text in WORKED_OUT for one in brace.label) or _is_zero(brace.label):
        return brace.mark._replace(kind=UNDERSTOOD, text="=")
    return brace.mark._replace(kind=PERHAPS, text="=") if _is_quantity(brace.label, met) else None


def _is_zero(label: Sequence[Raw]) -> bool:
    """`0` or `\\to 0`: a term of that name there is none."""
    return [one.text for one in label if one.text not in ARROWS] == ["0"]


def _is_quantity(label: Sequence[Raw], met: Container[str]) -> bool:
    """Whether it is made of letters of the formulas before, with an index or a number: `x_i`, `-2 \\mu`."""
    named = [place for place, one in enumerate(label) if one.kind == "letter" or one.text in GREEK]
    letters = [label[place] for place in named if not _is_script(label, place)]
    known = bool(letters) and all(one.text in met or one.text in USUAL | GREEK for one in letters)
    return known and len(label) > 1 and all(one.kind != "&" and one.text != "," for one in label)


def _is_script(label: Sequence[Raw], place: int) -> bool:
    """Whether a letter stands below or above another one."""
    return (place > 0 and label[place - 1].kind in "_^") or (place > 1 and label[place - 2].kind in "_^")


def _is_new_name(label: Sequence[Raw], met: Container[str]) -> bool:
    """Whether it is one letter that was not met before, with what stands above and below it."""
    new = label[:1] and label[0].kind == "letter" and label[0].text not in met and label[0].text not in USUAL
    return bool(new) and behind_scripts(label, 1) >= len(label)
