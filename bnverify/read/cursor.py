"""A place in a row of raw tokens, and the tokens of the grammar made so far: looking, taking, emitting."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bnverify.limits import exceeded, most
from bnverify.read.commands import ACCENTS, ALPHABETS, FRACTIONS, STYLES
from bnverify.read.grammar import Token
from bnverify.read.syntax import Expr
from bnverify.read.tokens import Raw
from bnverify.source import Span

Parse = Callable[[Sequence[Raw]], Expr]

ENDS = frozenset("NUMBER NAME GIVEN CLOSE RBRACE EVALUATED TRANSPOSE".split())
"""Tokens behind which a sign joins two summands."""


class Misshapen(Exception):
    """A construct that the grammar has no word for; becomes an `Unreadable` node, never an error of the program."""


class Cursor:
    """One pass over raw tokens; `parse` reads a nested piece (a bound, the rows of cases)."""

    def __init__(self, raw: Sequence[Raw], parse: Parse, parse_cases: Parse) -> None:
        self.raw = raw
        self.place = 0
        self.parse = parse
        self.parse_cases = parse_cases
        self.made: list[Token] = []

    def run(self) -> list[Token]:
        while self.place < len(self.raw):
            self.step()
        return self.made

    def step(self) -> None:
        """Read one construct."""
        raise NotImplementedError

    # -- looking

    def peek(self, ahead: int = 0) -> Raw | None:
        at = self.place + ahead
        return self.raw[at] if at < len(self.raw) else None

    def first(self) -> Raw:
        return self.raw[self.place]

    def take(self) -> Raw:
        self.place += 1
        return self.raw[self.place - 1]

    def argument(self, deep: int = 0) -> Sequence[Raw]:
        """The tokens of the next braced group without its braces, or the next single token."""
        first = self.peek()
        if first is None:
            raise Misshapen("an argument is missing at the end")
        if first.kind != "{":
            return self._bare_argument(deep + 1)
        end = closing(self.raw, self.place)
        inner = self.raw[self.place + 1 : end]
        self.place = end + 1
        return inner

    def _bare_argument(self, deep: int) -> Sequence[Raw]:
        """`\\frac1n`: one digit, one letter, or one command with its own arguments."""
        if deep > most("nesting"):
            raise Misshapen(exceeded("nesting"))
        first = self.take()
        if first.kind == "digits" and len(first.text) > 1 and first.text[0] != ".":
            head = Raw("digits", first.text[0], first.start, first.start + 1)
            rest = Raw("digits", first.text[1:], first.start + 1, first.end)
            self.raw = [*self.raw[: self.place - 1], head, rest, *self.raw[self.place :]]
            return [head]
        start = self.place - 1
        if first.text in FRACTIONS:
            self.argument(deep), self.argument(deep)
        elif first.text in ACCENTS or first.text in STYLES or first.text in ALPHABETS or first.text == "\\sqrt":
            self.argument(deep)
        return self.raw[start : self.place]

    # -- emitting

    def emit(self, kind: str, value: object, span: Span) -> None:
        self.made.append(Token(kind, value, span))

    def nested(self, raw: Sequence[Raw]) -> list[Token]:
        return type(self)(raw, self.parse, self.parse_cases).run()

    def emit_group(self, raw: Sequence[Raw], span: Span) -> None:
        self.emit("LBRACE", "{", Span(span.start, span.start))
        self.made.extend(self.nested(raw))
        self.emit("RBRACE", "}", Span(span.end, span.end))

    def covering(self, first: Raw) -> Span:
        return first.span.until(self.raw[self.place - 1].span)


def closing(raw: Sequence[Raw], opening: int) -> int:
    """The index of the token that closes the bracket or brace at `opening`."""
    up, down = ("{", "}") if raw[opening].kind == "{" else ("open", "close")
    depth = 0
    for place in range(opening, len(raw)):
        if raw[place].kind == up:
            depth += 1
        elif raw[place].kind == down:
            depth -= 1
            if depth == 0:
                return place
    raise Misshapen("a bracket is not closed" if up == "open" else "a brace is not closed")


def closing_environment(raw: Sequence[Raw], opening: int) -> int:
    depth = 0
    for place in range(opening, len(raw)):
        if raw[place].kind in ("begin", "end"):
            depth += 1 if raw[place].kind == "begin" else -1
            if depth == 0:
                return place
    raise Misshapen(f"`\\begin{{{raw[opening].text}}}` is not closed")


def argument_end(raw: Sequence[Raw], start: int) -> int:
    """The index behind the argument that begins at `start`."""
    if start >= len(raw):
        raise Misshapen("an argument is missing at the end")
    if raw[start].kind == "{":
        return closing(raw, start) + 1
    return argument_end(raw, start + 1) if raw[start].text in TAKES_ONE else start + 1


TAKES_ONE = ALPHABETS | STYLES | frozenset(ACCENTS)


def unbraced(raw: Sequence[Raw]) -> Sequence[Raw]:
    """The tokens without braces around all of them."""
    while raw and raw[0].kind == "{" and closing(raw, 0) == len(raw) - 1:
        raw = raw[1:-1]
    return raw
