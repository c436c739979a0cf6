"""Raw tokens -> functions applied to something, indicators of a condition, vectors of ones and norms."""

from __future__ import annotations

from collections.abc import Sequence

from bnverify.read.brackets import outside_brackets
from bnverify.read.commands import BLACKBOARD, COMMANDS, FRACTIONS, FUNCTIONS, UNNUMBERED
from bnverify.read.cursor import TAKES_ONE, Cursor, Misshapen, argument_end, closing, unbraced
from bnverify.read.differentials import is_applied
from bnverify.read.names import (
    ONES,
    atom_end,
    finish_name,
    indices,
    is_one_letter,
    is_stem,
    name_end,
    primed,
    scripts_end,
)
from bnverify.read.sums import RELATIONS, joined_unequal
from bnverify.read.syntax import Indicator, Name
from bnverify.read.tokens import Raw
from bnverify.source import Span

BRACKETS = ("(", "[", "{")
EXPECTED = frozenset(("\\mathbb", "\\mathrm", "\\rm", "\\operatorname"))
"""Styles in which E is an expectation before any bracket; in others only before a square one."""
NOT_A_CONDITION = "a condition is read only between two index letters"
ORDERS = frozenset(("\\in", "<", ">", "\\lt", "\\gt", "\\geq", "\\ge")) | RELATIONS
"""Signs that make what stands in a bracket a condition."""

# -- functions


def read_function(cursor: Cursor, word: str, first: Raw, bracket: bool = True) -> bool:
    """A function whose word was taken, up to its argument; without a bracket it takes the next factor, if it may."""
    start = cursor.place
    subscripts: tuple[str, ...] = ()
    following = cursor.peek()
    if following is not None and following.kind == "_":
        cursor.take()
        subscript = cursor.argument()
        following = cursor.peek()
        if following is None or (bracket and not _opens(following)):
            cursor.place = start
            return False
        if word in UNNUMBERED:
            raise Misshapen(f"`{word}` with an index is not read")
        subscripts = indices(subscript)
    if following is not None and following.kind in ("^", "'"):
        if bracket:
            cursor.place = start
            return False
        raise Misshapen(f"a power of the function `{word}` is not read")
    if bracket and (following is None or not _opens(following)):
        cursor.place = start
        return False
    name = Name(FUNCTIONS[word], (), subscripts, span=cursor.covering(first))
    if following is not None and following.text == "\\sum":
        cursor.emit("APPLIED", name, name.span)
        return True
    cursor.emit("CALL", name, name.span)
    if following is None or not _opens(following):
        _next_factor(cursor, word)
    return True


def _opens(piece: Raw) -> bool:
    return piece.kind == "open" and piece.text in BRACKETS


def _next_factor(cursor: Cursor, word: str) -> None:
    raw, start = cursor.raw, cursor.place
    end = factor_end(raw, start)
    number = start < len(raw) and raw[start].kind == "digits"
    if end == start or (number and end < len(raw) and (raw[end].kind in ("letter", "open") or is_stem(raw, end))):
        raise Misshapen(f"how far `{word}` reaches is not clear")
    span = Span(raw[start].start, raw[end - 1].end)
    cursor.emit("OPEN", "(", Span(span.start, span.start))
    cursor.made.extend(cursor.nested(raw[start:end]))
    cursor.emit("CLOSE", ")", Span(span.end, span.end))
    cursor.place = end


def factor_end(raw: Sequence[Raw], start: int) -> int:
    """The index behind the number, name, bracket, fraction or root that begins at `start`, with its powers."""
    if start >= len(raw):
        return start
    first, place = raw[start], start
    if first.kind == "{":
        place = closing(raw, start) + 1
    elif first.kind == "digits":
        place = start + 1
    elif first.text in FRACTIONS:
        place = argument_end(raw, argument_end(raw, start + 1))
    elif first.text == "\\sqrt":
        place = argument_end(raw, start + 1)
    elif (first.text == "d" and is_stem(raw, start + 1)) or is_applied(raw, start, name_end(raw, start)):
        return start
    elif is_function(raw, start):
        return applied_end(raw, start)
    else:
        return atom_end(raw, start)
    return scripts_end(raw, place)


def is_function(raw: Sequence[Raw], start: int) -> bool:
    """Whether the word of a function stands here, and no name."""
    first = raw[start]
    if first.kind == "function" or first.text in COMMANDS or first.text.startswith("\\operatorname"):
        return True
    return first.text in TAKES_ONE and not is_one_letter(raw, start, argument_end(raw, start + 1))


def applied_end(raw: Sequence[Raw], start: int) -> int:
    """The index behind the bracket that a function is applied to; `start` where there is none."""
    worded = raw[start].kind == "function" or raw[start].text in COMMANDS
    place = start + 1 if worded else argument_end(raw, start + 1)
    if place < len(raw) and raw[place].kind == "_":
        place = argument_end(raw, place + 1)
    if place == len(raw) or not _opens(raw[place]):
        return start
    return scripts_end(raw, closing(raw, place) + 1)


def read_styled_function(cursor: Cursor) -> bool:
    """`\\operatorname{Var}(x)`, `\\mathrm{E}[x]`, `\\mathbb{E}_x[x]`: the place is at the command."""
    first, start = cursor.first(), cursor.place
    command = first.text.rstrip("*")
    end = argument_end(cursor.raw, start + 1)
    letters = unbraced(cursor.raw[start + 1 : end])
    word = "".join(piece.text for piece in letters if piece.kind == "letter")
    if len(letters) != len(word) or (command in ("\\mathbb", "\\mathds", "\\mathbbm") and word not in BLACKBOARD):
        return False
    if word not in FUNCTIONS or (word == "V" and command != "\\mathbb"):
        return False
    behind = cursor.raw[end : end + 1]
    if word == "E" and command not in EXPECTED and not (behind and behind[0].kind == "open" and behind[0].text == "["):
        return False
    cursor.place = end
    if read_function(cursor, word, first, bracket=command != "\\operatorname"):
        return True
    following = cursor.peek()
    if (
        command == "\\mathbb"
        and following is not None
        and factor_end(cursor.raw, end) > end
        and following.kind != "open"
    ):
        raise Misshapen("how far the expectation reaches is not clear")
    cursor.place = start
    return False


def read_spelled_function(cursor: Cursor) -> bool:
    """`Var(x)` and `E[x]` in plain letters, each next to the other."""
    raw, start = cursor.raw, cursor.place
    if start + 1 < len(raw) and raw[start].text == "E" and raw[start + 1].kind in ("open", "_"):
        end = argument_end(raw, start + 2) if raw[start + 1].kind == "_" else start + 1
        if end < len(raw) and raw[end].kind == "open" and raw[end].text == "[":
            return read_function(cursor, "E", cursor.take())
        return False
    if start and raw[start - 1].kind == "letter" and raw[start - 1].end == raw[start].start:
        return False  # asked before the run is followed: a run of letters is followed once, not from each of them
    end = start + 1
    while end < len(raw) and raw[end].kind == "letter" and raw[end].start == raw[end - 1].end:
        end += 1
    if end - start < 3 or end == len(raw) or not _opens(raw[end]) or raw[end].text == "{":
        return False
    word = "".join(piece.text for piece in raw[start:end])
    if word not in FUNCTIONS:
        return False
    first, cursor.place = raw[start], end
    return read_function(cursor, word, first)


# -- conditions


def read_iverson(cursor: Cursor) -> bool:
    """`[i = j]`, `\\llbracket i = j \\rrbracket`: a bracket that holds a condition."""
    opening = cursor.first()
    if opening.text not in ("[", "⟦"):
        return False
    end = closing(cursor.raw, cursor.place)
    inner = cursor.raw[cursor.place + 1 : end]
    if not _holds_relation(inner):
        return False
    cursor.place = end + 1
    _emit_indicator(cursor, inner, opening)
    return True


def read_indicator(cursor: Cursor, first: Raw) -> bool:
    """The condition behind a `1`, an `I` or a `\\delta` that was taken: `[i=j]`, `_{i=j}`, `\\{i=j\\}`."""
    following = cursor.peek()
    if following is None:
        return False
    if _opens(following):
        end = closing(cursor.raw, cursor.place)
        inner = cursor.raw[cursor.place + 1 : end]
        end += 1
    elif following.kind == "_" and cursor.place + 1 < len(cursor.raw):
        end = argument_end(cursor.raw, cursor.place + 1)
        inner = unbraced(cursor.raw[cursor.place + 1 : end])
        if inner and _opens(inner[0]) and closing(inner, 0) == len(inner) - 1:
            inner = inner[1:-1]
    else:
        return False
    if not _holds_relation(inner):
        return False
    cursor.place = end
    _emit_indicator(cursor, inner, first)
    return True


def _holds_relation(inner: Sequence[Raw]) -> bool:
    return any(piece.text in ORDERS for piece in inner) and any(p.text in ORDERS for p in outside_brackets(inner))


def _emit_indicator(cursor: Cursor, inner: Sequence[Raw], first: Raw) -> None:
    signs = {"=": "=", "\\neq": "\\neq", "\\ne": "\\neq"}
    inner = primed(joined_unequal(inner))
    if len(inner) != 3 or inner[1].text not in signs or not (_is_index(inner[0]) and _is_index(inner[2])):
        raise Misshapen(NOT_A_CONDITION)
    span = cursor.covering(first)
    cursor.emit("GIVEN", Indicator(inner[0].text, signs[inner[1].text], inner[2].text, span=span), span)


def _is_index(piece: Raw) -> bool:
    return piece.kind in ("letter", "digits")


# -- ones


def read_one(cursor: Cursor) -> None:
    """The digit 1: a number, the head of `1[i=j]`, or the vector `1_n`."""
    first = cursor.take()
    following = cursor.peek()
    case = following is not None and following.text == "("  # `1 (i=j)` may be the value of a case
    if not case and read_indicator(cursor, first):
        return
    if following is not None and following.kind == "_":
        finish_name(cursor, ONES, (), (), first)
    else:
        cursor.emit("NUMBER", first.text, first.span)


def read_styled_one(cursor: Cursor) -> bool:
    """`\\mathbf{1}`, `\\mathbb{I}`: ones, or the head of a condition; the place is at the command."""
    first, start = cursor.first(), cursor.place
    end = argument_end(cursor.raw, start + 1)
    inner = [piece.text for piece in unbraced(cursor.raw[start + 1 : end])]
    if inner not in (["1"], ["I"]):
        return False
    cursor.place = end
    if read_indicator(cursor, first):
        return True
    if inner == ["I"]:
        cursor.place = start
        return False
    if first.text in ("\\mathrm", "\\rm"):
        cursor.emit("NUMBER", "1", cursor.covering(first))
        return True
    finish_name(cursor, _letter_of_ones(cursor, first), (), (), first)
    return True


def _letter_of_ones(cursor: Cursor, first: Raw) -> str:
    """`\\mathbb{1}_{ij}` with two indices keeps its letter: it is an indicator, not a vector."""
    following = cursor.peek()
    if first.text in ("\\mathbb", "\\mathds", "\\mathbbm") and following is not None and following.kind == "_":
        end = argument_end(cursor.raw, cursor.place + 1)
        if len(indices(unbraced(cursor.raw[cursor.place + 1 : end]))) == 2:
            return "\\mathbb{1}"
    return ONES


# -- norms and absolute values


def read_bars(cursor: Cursor) -> bool:
    """`|x|`, `||x||`, `\\| x \\|` without `\\left`: a bar and the next of its kind outside brackets."""
    width, sign = _bar_at(cursor.raw, cursor.place)
    start = cursor.place + width
    end = _partner(cursor.raw, start, sign)
    if not width or end is None or end == start:
        return False
    first = cursor.first()
    cursor.place = end + _bar_at(cursor.raw, end)[0]
    inner = cursor.raw[start:end]
    cursor.emit("OPEN", sign, first.span)
    cursor.made.extend(cursor.nested(inner))
    cursor.emit("CLOSE", sign, cursor.raw[cursor.place - 1].span)
    if sign == "\\|":
        read_norm_index(cursor)
    return True


def _bar_at(raw: Sequence[Raw], place: int) -> tuple[int, str]:
    """How many tokens make the bar at `place`, and whether it is `|` or `\\|`."""
    first = raw[place]
    if first.text in ("\\|", "\\Vert") and first.kind not in ("open", "close"):
        return 1, "\\|"
    if first.kind != "bar":
        return 0, ""
    double = place + 1 < len(raw) and raw[place + 1].kind == "bar" and raw[place + 1].start == first.end
    return (2, "\\|") if double else (1, "|")


def _partner(raw: Sequence[Raw], start: int, sign: str) -> int | None:
    depth, place = 0, start
    while place < len(raw):
        depth += raw[place].kind in ("{", "open", "begin")
        depth -= raw[place].kind in ("}", "close", "end")
        if depth < 0:
            return None
        width, found = _bar_at(raw, place)
        if depth == 0 and width:
            return place if found == sign else None
        place += 1
    return None


def read_norm_index(cursor: Cursor) -> None:
    """The 2 of `\\|x\\|_2`; any other index is another norm."""
    following = cursor.peek()
    if following is not None and following.kind == "^":
        raw, start = cursor.raw, cursor.place
        power = argument_end(raw, start + 1)
        if power < len(raw) and raw[power].kind == "_":
            end = argument_end(raw, power + 1)
            cursor.raw = [*raw[:start], *raw[power:end], *raw[start:power], *raw[end:]]
            following = cursor.peek()
    if following is not None and following.kind == "_":
        cursor.take()
        if [piece.text for piece in cursor.argument()] != ["2"]:
            raise Misshapen("only the norm with the index 2 is read")
