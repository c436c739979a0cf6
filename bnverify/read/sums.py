"""What stands under and over a sum, as raw tokens -> `Bounds`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from bnverify.read.brackets import depths, split
from bnverify.read.commands import ELLIPSES, SAMPLE_WORDS
from bnverify.read.cursor import Cursor, Misshapen, Parse, closing
from bnverify.read.names import name_end, primed, write_name
from bnverify.read.syntax import Bounds, Expr, Name
from bnverify.read.tokens import Raw
from bnverify.source import Span

UNEQUAL = frozenset(("\\neq", "\\ne"))
AT_MOST = frozenset(("\\le", "\\leq", "\\leqslant"))
RELATIONS = frozenset(("=", "\\in")) | UNEQUAL | AT_MOST
NOT_READ = "the bounds of this sum are not read"


def read_sum(cursor: Cursor, sign: Span) -> None:
    """The bounds behind a `\\sum` that was taken; its body follows."""
    below: Sequence[Raw] = ()
    above: Sequence[Raw] = ()
    while (following := cursor.peek()) is not None and following.kind in ("_", "^"):
        cursor.take()
        if following.kind == "_":
            below = cursor.argument()
        else:
            above = cursor.argument()
    span = Span(sign.start, cursor.raw[cursor.place - 1].end)
    if _is_word(below) and not {piece.text for piece in below} <= _carried(cursor.raw[cursor.place :]):
        raise Misshapen("a word below a sum is not read")
    upper = cursor.parse(above) if above else None
    cursor.emit("SUM", read_bounds(below, upper, cursor.parse, span), span)


SHORTEST_WORD = 3


def _is_word(below: Sequence[Raw]) -> bool:
    """`rows`, and not `nhw` or `i, j, k`."""
    letters = len(below) >= SHORTEST_WORD and all(piece.kind == "letter" and len(piece.text) == 1 for piece in below)
    joined = all(before.end == piece.start for before, piece in pairwise(below))
    return letters and joined and not {piece.text for piece in below} <= SAMPLE_WORDS


def _carried(body: Sequence[Raw]) -> set[str]:
    """The letters below what a sum may reach over."""
    found: set[str] = set()
    for place, piece in enumerate(body[:-1]):
        if piece.kind == "_":
            end = closing(body, place + 1) if body[place + 1].kind == "{" else place + 2
            found.update(one.text for one in body[place + 1 : end] if one.kind == "letter")
    return found


def read_bounds(below: Sequence[Raw], upper: Expr | None, parse: Parse, span: Span) -> Bounds:
    below = primed(below)
    if all(piece.kind in ("letter", ",") for piece in below):
        return Bounds(tuple(piece.text for piece in below if piece.kind == "letter"), None, upper, span=span)
    under = _Under(parse)
    for separator, clause in _clauses(_without_stack(below)):
        under.read(clause, separator)
    if under.range_is_open or not under.bound or (under.last is not None and upper is not None):
        raise Misshapen(NOT_READ)
    last = under.last if under.last is not None else upper
    return Bounds(tuple(under.bound), under.lower, last, tuple(under.unequal), under.within, span=span)


def _without_stack(below: Sequence[Raw]) -> Sequence[Raw]:
    """`\\substack{j=1 \\\\ j \\neq i}` is its rows."""
    if (
        len(below) > 2
        and below[0].text == "\\substack"
        and below[1].kind == "{"
        and closing(below, 1) == len(below) - 1
    ):
        return below[2:-1]
    return below


def _clauses(below: Sequence[Raw]) -> list[tuple[str, list[Raw]]]:
    """The pieces between commas, colons, bars and rows, each with what stands before it."""
    found: list[tuple[str, list[Raw]]] = [("", [])]
    for piece, depth in zip(below, depths(below), strict=True):
        if depth == 0 and piece.kind == ",":
            found.append((",", []))
        elif depth == 0 and (piece.kind in ("newline", "bar", ":") or piece.text == "\\mid"):
            found.append((":", []))
        else:
            found[-1][1].append(piece)
    return [(separator, clause) for separator, clause in found if clause]


@dataclass(slots=True)
class _Under:
    """What the clauses under a sum have said so far."""

    parse: Parse
    bound: list[str] = field(default_factory=list)
    lower: Expr | None = None
    last: Expr | None = None
    unequal: list[str] = field(default_factory=list)
    within: str = ""
    said: str = ""
    """The relation of the clause before; nothing while only indices were named."""
    range_is_open: bool = False
    """`1, \\dots` was read, and what it ends with was not."""

    def read(self, clause: Sequence[Raw], separator: str) -> None:
        clause = joined_unequal(clause)
        deep = depths(clause)
        at = [place for place, piece in enumerate(clause) if piece.text in RELATIONS and deep[place] == 0]
        if not at:
            return self.without_relation(clause)
        left, sign, right = clause[: at[0]], clause[at[0]].text, clause[at[0] + 1 :]
        if len(at) == 2 and sign in AT_MOST and clause[at[1]].text in AT_MOST:
            return self.between(left, clause[at[0] + 1 : at[1]], clause[at[1] + 1 :])
        if len(at) > 1 or not left or not right:
            raise Misshapen(NOT_READ)
        if sign == "=":
            self.name_indices(left)
            self.from_first(right)
        elif sign == "\\in":
            self.name_indices(left)
            self.over(right)
        elif sign in UNEQUAL:
            self.apart(left, right, separator)
        else:
            raise Misshapen(NOT_READ)
        self.said = sign
        return None

    def without_relation(self, clause: Sequence[Raw]) -> None:
        """A further index, the dots and the end of `1, \\dots, n`, or a further index that is left out."""
        if not self.said:
            self.name_indices(clause)
        elif self.said == "=" and is_ellipsis(clause) and self.last is None:
            self.range_is_open = True
        elif self.said == "=" and self.range_is_open:
            self.last, self.range_is_open = self.parse(clause), False
        elif self.said in UNEQUAL and len(clause) == 1 and clause[0].kind == "letter":
            self.unequal.append(clause[0].text)
        else:
            raise Misshapen(NOT_READ)

    def name_indices(self, raw: Sequence[Raw]) -> None:
        """The letters that the sum binds; `x_i` in front of a set binds i."""
        if self.said or not raw:
            raise Misshapen(NOT_READ)
        if all(piece.kind == "letter" for piece in raw):
            self.bound.extend(piece.text for piece in raw)
            return
        name = self.parse(raw) if name_end(raw, 0) == len(raw) else None
        index = isinstance(name, Name) and len(name.subscripts) == 1 and len(name.subscripts[0].rstrip("'")) == 1
        if not isinstance(name, Name) or not index or name.superscripts:
            raise Misshapen(NOT_READ)
        self.bound.append(name.subscripts[0])

    def from_first(self, raw: Sequence[Raw]) -> None:
        """`1`, or `1 .. n` in one piece."""
        dots = [place for place, piece in enumerate(raw) if piece.kind == "." or piece.text in ELLIPSES]
        if not dots:
            self.lower = self.parse(raw)
            return
        if not is_ellipsis(raw[dots[0] : dots[-1] + 1]) or dots[0] == 0 or dots[-1] == len(raw) - 1:
            raise Misshapen(NOT_READ)
        self.lower, self.last = self.parse(raw[: dots[0]]), self.parse(raw[dots[-1] + 1 :])

    def over(self, raw: Sequence[Raw]) -> None:
        """A set by its letter, or `\\{1, \\dots, n\\}`."""
        if raw[0].kind == "open" and raw[0].text == "{" and closing(raw, 0) == len(raw) - 1:
            listed = split(raw[1:-1], lambda piece: piece.kind == ",")
            if len(listed) == 3 and listed[0] and is_ellipsis(listed[1]) and listed[2]:
                self.lower, self.last = self.parse(listed[0]), self.parse(listed[2])
                return
        name = self.parse(raw) if name_end(raw, 0) == len(raw) else None
        if not isinstance(name, Name):
            raise Misshapen("a sum over a set that is not one letter is not read")
        self.within = write_name(name)

    def between(self, left: Sequence[Raw], middle: Sequence[Raw], right: Sequence[Raw]) -> None:
        """`1 \\le i \\le n`."""
        if not left or not right:
            raise Misshapen(NOT_READ)
        self.name_indices(middle)
        self.lower, self.last, self.said = self.parse(left), self.parse(right), "\\le"

    def apart(self, left: Sequence[Raw], right: Sequence[Raw], separator: str) -> None:
        """`j \\neq i`: the first index that the sum binds differs from another letter."""
        one, other = (_letter(raw) for raw in (left, right))
        if not self.bound:
            self.bound.append(one)
        elif one != self.bound[0]:
            complete = self.said or separator == ":"
            if other != self.bound[0] or not complete:
                raise Misshapen(NOT_READ)
            one, other = other, one
        self.unequal.append(other)


def _letter(raw: Sequence[Raw]) -> str:
    if len(raw) != 1 or raw[0].kind != "letter":
        raise Misshapen(NOT_READ)
    return raw[0].text


def joined_unequal(raw: Sequence[Raw]) -> Sequence[Raw]:
    """`\\not =` as the one sign that it is."""
    at = next((k for k in range(len(raw) - 1) if raw[k].text == "\\not" and raw[k + 1].text == "="), None)
    if at is None:
        return raw
    return [*raw[:at], Raw("command", "\\neq", raw[at].start, raw[at + 1].end), *raw[at + 2 :]]


def is_ellipsis(raw: Sequence[Raw]) -> bool:
    if len(raw) == 1 and raw[0].text in ELLIPSES:
        return True
    return len(raw) > 1 and all(piece.kind == "." for piece in raw)
