r"""Tokens -> the same with what only dresses mathematics as tags, `\alert{A}`, `\only<1>{A}`, `\eqno(3)`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bnverify.read.brackets import EQUALITIES, OPERATORS, closing_place
from bnverify.read.tokens import Raw

WRAPPERS = {
    "\\alert": 0, "\\structure": 0, "\\hl": 0, "\\only": 0, "\\uncover": 0, "\\visible": 0, "\\onslide": 0,
    "\\htmlClass": 1, "\\htmlId": 1, "\\htmlStyle": 1, "\\htmlData": 1, "\\colorbox": 1, "\\fcolorbox": 2,
}  # fmt: skip
"""What shows its last argument as it is, with how many arguments stand before that."""
IN_WORDS = frozenset(("\\colorbox", "\\fcolorbox"))
"""What they show is words, but between two dollars."""
NUMBERING = frozenset(("\\eqno", "\\leqno"))
OVERLAY = frozenset(("digits", "-", "+", ",", "."))
"""Kinds of tokens between the signs of `<1->`."""
DOTS = {".": 1, "\\dots": 3, "\\ldots": 3, "\\cdots": 3, "\\dotsb": 3}
LEADERS = 4
"""Dots that lead to the number of an equation; three may stand for terms."""
ENDS = frozenset(("newline", "end"))


def undressed(tokens: list[Raw]) -> list[Raw]:
    """Nothing is left out: a tag is an annotation."""
    tags = {place for group in _dresses(tokens) for place in group}
    if not tags:
        return tokens
    return [piece._replace(kind="tag") if place in tags else piece for place, piece in enumerate(tokens)]


def _dresses(tokens: Sequence[Raw]) -> Iterator[range | tuple[int, ...]]:
    shown = 0
    for place, piece in enumerate(tokens):
        if piece.text in WRAPPERS and not (piece.text == "\\only" and _is_alternative(tokens, place, shown)):
            opening = _shown_at(tokens, place)
            closing = closing_place(tokens, opening) if opening else 0
            dollars = _dollars(tokens, opening, closing)
            if opening and (dollars or piece.text not in IN_WORDS):
                yield range(place, opening)
                yield dollars
                shown = closing
        elif piece.text in NUMBERING and (end := _end_of_row(tokens, place)) > place + 1:
            if _is_number([one for one in tokens[place + 1 : end] if one.kind not in ("{", "}")]):
                yield range(place, end)
        elif piece.text in DOTS and (place == 0 or tokens[place - 1].text not in DOTS):
            end = _end_of_row(tokens, place)
            count = next((at for at in range(place, end) if tokens[at].text not in DOTS), end)
            leads = sum(DOTS[one.text] for one in tokens[place:count]) >= LEADERS
            if leads and _is_number(tokens[count:end]):
                yield range(place, end)


def _shown_at(tokens: Sequence[Raw], place: int) -> int:
    """The place of the brace around what a wrapper shows; 0 where there is none."""
    at = place + 1
    if at < len(tokens) and tokens[at].kind == "<":
        at += 1
        while at < len(tokens) and tokens[at].kind in OVERLAY:
            at += 1
        at = at + 1 if at < len(tokens) and tokens[at].kind == ">" else len(tokens)
    for _ in range(WRAPPERS[tokens[place].text]):
        at = closing_place(tokens, at) + 1 if at < len(tokens) and tokens[at].kind == "{" else len(tokens)
    return at if at < len(tokens) and tokens[at].kind == "{" else 0


def _is_alternative(tokens: Sequence[Raw], place: int, shown: int) -> bool:
    r"""Whether `\only<1>{A}\only<2>{B}` shows the one instead of the other, and no further side or term."""
    opening = _shown_at(tokens, place)
    behind = closing_place(tokens, opening) + 1 if opening else len(tokens)
    for first, second in ((shown + 1 if shown else place + 1, place), (behind, behind)):
        if first == second < len(tokens) and tokens[second].text == "\\only":
            inside = _shown_at(tokens, second) + 1
            if tokens[inside].text not in EQUALITIES | OPERATORS:
                return True
    return False


def _dollars(tokens: Sequence[Raw], opening: int, closing: int) -> tuple[int, ...]:
    """The places of the dollars at both ends of what is shown."""
    ends = (opening + 1, closing - 1)
    return ends if ends[0] < ends[1] and all(tokens[place].text == "$" for place in ends) else ()


def _end_of_row(tokens: Sequence[Raw], place: int) -> int:
    return next((at for at in range(place, len(tokens)) if tokens[at].kind in ENDS), len(tokens))


def _is_number(tokens: Sequence[Raw]) -> bool:
    """`(3)`, `(3.14)`, `(3a)`, `(A-3)`."""
    if [piece.kind for piece in tokens] == ["circled"]:
        return True
    if len(tokens) < 3 or tokens[0].kind != "open" or tokens[-1].kind != "close":
        return False
    inner = tokens[1:-1]
    return any(piece.kind == "digits" for piece in inner) and all(
        piece.kind in ("digits", "letter", ".", "-") for piece in inner
    )
