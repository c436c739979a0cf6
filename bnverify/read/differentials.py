"""Raw tokens -> derivatives and differentials: quotients, slashes, operators with an index, and `dx` alone."""

from __future__ import annotations

from collections.abc import Sequence

from bnverify.read.brackets import EQUALITIES, outside_brackets
from bnverify.read.commands import SPOKEN_NAMES, STYLES, TIMES
from bnverify.read.cursor import Cursor, Misshapen, argument_end, closing, unbraced
from bnverify.read.names import atom_end, is_plain, is_stem, name_end
from bnverify.read.tokens import Raw
from bnverify.source import Span

PARTIAL = "\\partial"
UPRIGHT = frozenset(("\\mathrm", "\\rm", "\\operatorname"))
SECOND = "second derivatives are not read"
MACROS = {"\\pdv": PARTIAL, "\\dv": "d", "\\odv": "d"}
HEADS = frozenset((PARTIAL, "d", "{", "\\text{d}", "\\dd", "\\mathop", *UPRIGHT))
"""With what a sign of differentiation can begin."""


def sign_at(raw: Sequence[Raw], start: int) -> tuple[str, int] | None:
    """The sign of differentiation at `start`, with the index behind it: `d`, `\\mathrm{d}`, `\\partial`, or None."""
    if start >= len(raw) or raw[start].text not in HEADS:
        return None
    if raw[start].kind == "{":
        switched = [piece.text for piece in raw[start : start + 4]] == ["{", "\\rm", "d", "}"]
        return ("d", start + 4) if switched else None
    first, place = raw[start], start + 1
    if first.text == PARTIAL:
        return PARTIAL, place
    if first.text == "\\mathop":
        empty = [piece.kind for piece in raw[place : place + 2]] == ["{", "}"]
        return sign_at(raw, place + 2) if empty else None
    if first.text in UPRIGHT:
        end = argument_end(raw, place) if place < len(raw) else place
        if [piece.text for piece in unbraced(raw[place:end])] != ["d"]:
            return None
        place = end
    behind = raw[place] if place < len(raw) else None
    return None if behind is not None and behind.kind in ("_", "^", "'") else ("d", place)


# -- quotients


def read_fraction(cursor: Cursor) -> None:
    first = cursor.take()
    above = cursor.argument()
    below = cursor.argument()
    emit_fraction(cursor, above, below, cursor.covering(first))


def emit_fraction(cursor: Cursor, above: Sequence[Raw], below: Sequence[Raw], span: Span) -> None:
    """A derivative where both parts begin with a sign of differentiation, else a fraction."""
    above, below = unbraced(above), unbraced(below)
    if [piece.kind for piece in below] == ["shape"]:
        cursor.emit_group(above, span)
        return
    of, by = differential(above), differential(below)
    sign = PARTIAL if below and below[0].text == PARTIAL else "d"
    forgotten = of is None and sign == PARTIAL and is_plain(above)
    if by and (of is not None or forgotten):
        emit_derivative(cursor, above if of is None else of, by, (sign, not forgotten), span)
        return
    if by and len(above) > 1 and above[0].text == "d" and above[1].kind == "^":
        raise Misshapen(SECOND)
    cursor.emit("FRAC", "\\frac", span)
    cursor.emit_group(above, span)
    cursor.emit_group(below, span)


def differential(raw: Sequence[Raw]) -> Sequence[Raw] | None:
    """What follows the sign of differentiation at the head of one part of a fraction, or None."""
    if not raw:
        return None
    if styled := _in_one_style(raw, 0):
        inner, end = styled
        return [*inner, *raw[end:]]
    found = sign_at(raw, 0)
    if found is None:
        return None
    rest = raw[found[1] :]
    if found[0] == "d" and rest and (rest[0].kind in "+-/*" or rest[0].text in TIMES):
        return None
    return rest


def _in_one_style(raw: Sequence[Raw], start: int) -> tuple[Sequence[Raw], int] | None:
    """`\\mathrm{dx}`, `\\text{dx}`: what is differentiated, and the index behind the brace."""
    if raw[start].kind == "text":
        return _in_words(raw[start], start)
    if raw[start].text not in STYLES or start + 1 >= len(raw) or raw[start + 1].kind != "{":
        return None
    end = closing(raw, start + 1)
    inner = raw[start + 2 : end]
    if len(inner) < 2 or inner[0].text != "d" or inner[0].kind != "letter" or not is_stem(inner, 1):
        return None
    return (inner[1:], end + 1) if name_end(inner, 1) == len(inner) and inner[1].text != "d" else None


def _in_words(piece: Raw, start: int) -> tuple[Sequence[Raw], int] | None:
    word = piece.text[piece.text.index("{") + 1 :].removesuffix("}").strip()
    if len(word) != 2 or word[0] != "d" or word not in SPOKEN_NAMES:
        return None
    return [Raw("letter", word[1], piece.end - 1, piece.end - 1)], start + 1


def emit_derivative(cursor: Cursor, of: Sequence[Raw], by: Sequence[Raw], sign: tuple[str, bool], span: Span) -> None:
    if (of and of[0].kind == "^") or (by and by[-1].kind == "^"):
        raise Misshapen(SECOND)
    cursor.emit("DERIVATIVE", sign, span)
    for part in (of, by):
        start = len(cursor.made)
        cursor.emit_group(part, span)
        if any(token.kind == "ADJOINT" for token in cursor.made[start:]):
            raise Misshapen(SECOND)


def read_macro(cursor: Cursor, first: Raw) -> None:
    """`\\pdv{A}{B}`, `\\dv{A}{B}`, and `\\pdv{B}` as an operator."""
    cursor.take()
    parts: list[Sequence[Raw]] = []
    following = cursor.peek()
    if following is not None and following.kind == "open" and following.text == "[":
        raise Misshapen(SECOND)
    while (following := cursor.peek()) is not None and following.kind == "{":
        parts.append(cursor.argument())
    if not parts or len(parts) > 2 or not parts[-1]:
        raise Misshapen(SECOND if len(parts) > 2 else f"`{first.text}` has nothing to differentiate by")
    of = parts[0] if len(parts) == 2 else ()
    emit_derivative(cursor, of, parts[-1], (MACROS[first.text], True), cursor.covering(first))


# -- in a row


def read_in_a_row(cursor: Cursor) -> bool:
    """`\\partial A/\\partial B`, `\\partial_x A` or `dx`, where the place is at one of them."""
    raw, start = cursor.raw, cursor.place
    if raw[start].text == PARTIAL and start + 1 < len(raw) and raw[start + 1].kind == "_":
        _with_index(cursor)
        return True
    return _slash_derivative(cursor) or _differential_alone(cursor)


def _slash_derivative(cursor: Cursor) -> bool:
    raw, start = cursor.raw, cursor.place
    above = _part(raw, start)
    if above is None or above[2] >= len(raw) or raw[above[2]].text not in ("/", "\\div"):
        return False
    below = _part(raw, above[2] + 1)
    if below is None or below[0] != above[0] or not below[1]:
        return False
    first = cursor.take()
    cursor.place = below[2]
    emit_derivative(cursor, above[1], below[1], (above[0], True), cursor.covering(first))
    return True


def _part(raw: Sequence[Raw], start: int) -> tuple[str, Sequence[Raw], int] | None:
    """`\\partial A`, `{\\partial A}` or `\\mathrm{dA}`: the sign, A, and the index behind it."""
    if start < len(raw) and (compact := _in_one_style(raw, start)):
        stop = _scripts_of_name(raw, compact[1])
        return "d", [*compact[0], *raw[compact[1] : stop]], stop
    found = sign_at(raw, start)
    if found is None and start < len(raw) and raw[start].kind == "{":
        end = closing(raw, start)
        inner = _part(raw[start + 1 : end], 0)
        return (*inner[:2], end + 1) if inner is not None and inner[2] == end - start - 1 else None
    if found is None:
        return None
    if found[1] < len(raw) and raw[found[1]].kind == "{":
        end, named = _name_behind(raw, found[1])
        return found[0], named, end
    end = atom_end(raw, found[1])
    return found[0], raw[found[1] : end], end


def _differential_alone(cursor: Cursor) -> bool:
    raw, start = cursor.raw, cursor.place
    first = raw[start]
    if styled := _in_one_style(raw, start):
        inner, end = styled
        stop = _scripts_of_name(raw, end)
        sign = "d"
        by: Sequence[Raw] = [*inner, *raw[end:stop]]
    else:
        found = sign_at(raw, start)
        if found is None:
            return False
        sign, place = found
        stop, by = _name_behind(raw, place)
        if not by or (by[0].text == "d" and by[0].kind == "letter") or is_applied(raw, place, stop):
            return False
        if sign_at(raw, place):
            return False
    cursor.place = stop
    _emit_adjoint(cursor, by, sign, first)
    return True


def _name_behind(raw: Sequence[Raw], place: int) -> tuple[int, Sequence[Raw]]:
    """The index behind the one name at `place`, in braces or not, and its tokens; no tokens where there is none."""
    if place < len(raw) and raw[place].kind == "{":
        end = closing(raw, place)
        inner = raw[place + 1 : end]
        if not inner or name_end(inner, 0) != len(inner):
            return place, ()
        stop = _scripts_of_name(raw, end + 1)
        return stop, [*inner, *raw[end + 1 : stop]]
    stop = name_end(raw, place)
    return stop, raw[place:stop]


def _scripts_of_name(raw: Sequence[Raw], place: int) -> int:
    """The index behind the indices and powers at `place`, a transposition apart."""
    stand_in = [Raw("letter", "x", 0, 0), *raw[place:]]
    return place + name_end(stand_in, 0) - 1


def _emit_adjoint(cursor: Cursor, by: Sequence[Raw], sign: str, first: Raw) -> None:
    span = cursor.covering(first)
    start = len(cursor.made)
    cursor.emit("ADJOINT", sign, span)
    cursor.emit_group(by, span)
    if any(token.kind == "GIVEN" for token in cursor.made[start:]):
        raise Misshapen("a differential of something else than a name is not read")


def is_applied(raw: Sequence[Raw], start: int, end: int) -> bool:
    """Whether the name between the two places stands before `(x)` or `(a, b)`, of which it may be a function."""
    if end == start or end >= len(raw) or raw[end].kind != "open" or raw[end].text not in "([":
        return False
    inner = raw[end + 1 : closing(raw, end)]
    square = raw[end].text == "[" and raw[start].text == "E"
    return square or atom_end(inner, 0) == len(inner) or any(piece.kind == "," for piece in outside_brackets(inner))


# -- operators with an index


NABLA = "\\nabla"
BEHIND_A_FACTOR = frozenset(("\\odot", "\\cdot", "\\circ", "\\times", "\\ast", "*", "+", "-", ",", "."))


def _goes_on(following: Raw | None) -> bool:
    """Whether what stands before is complete: a nabla that acts on nothing is the gradient of the loss."""
    return following is None or following.kind in ("close", "}") or following.text in BEHIND_A_FACTOR | EQUALITIES


def read_nabla(cursor: Cursor) -> None:
    following = cursor.peek(1)
    if following is None or following.kind != "_":
        raise Misshapen("`\\nabla` without what it differentiates by is not read")
    _with_index(cursor)


def _with_index(cursor: Cursor) -> None:
    """`\\nabla_{x_i} L`, `\\partial_x L`: of the name that follows, else an operator that waits for its operand.

    `\\nabla_x` alone is the gradient of the loss by x.
    """
    first = cursor.take()
    cursor.take()
    by = unbraced(cursor.argument())
    following = cursor.peek()
    if following is not None and following.kind == "^":
        raise Misshapen(SECOND)
    if not by or atom_end(by, 0) != len(by):
        raise Misshapen(f"`{first.text}` with more than one letter to differentiate by is not read")
    stop = name_end(cursor.raw, cursor.place)
    if first.text == NABLA and _goes_on(following):
        _emit_adjoint(cursor, by, NABLA, first)
        return
    if is_applied(cursor.raw, cursor.place, stop):
        raise Misshapen(f"how far `{first.text}` reaches is not clear")
    of = cursor.raw[cursor.place : stop]
    cursor.place = stop
    emit_derivative(cursor, of, by, (PARTIAL, True), cursor.covering(first))
