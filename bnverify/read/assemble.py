"""Raw tokens -> the tokens of the grammar: names with their accents and indices, sums with their bounds, derivatives.

Whatever is not understood becomes one `GIVEN` token that holds an `Unreadable` with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bnverify.read.brackets import outside_brackets
from bnverify.read.commands import (
    ACCENTS,
    ALPHABETS,
    COMMANDS,
    ELLIPSES,
    FRACTIONS,
    GREEK,
    SPOKEN_NAMES,
    STYLES,
    TIMES,
    TRANSPARENT,
)
from bnverify.read.cursor import ENDS, Cursor, Misshapen, closing, closing_environment
from bnverify.read.differentials import (
    MACROS,
    PARTIAL,
    SECOND,
    emit_fraction,
    read_fraction,
    read_in_a_row,
    read_macro,
    read_nabla,
)
from bnverify.read.functions import (
    read_bars,
    read_function,
    read_indicator,
    read_iverson,
    read_norm_index,
    read_one,
    read_spelled_function,
    read_styled_function,
    read_styled_one,
)
from bnverify.read.names import atom_end, finish_name, is_transposition, read_name, unbrace_name
from bnverify.read.sums import read_sum
from bnverify.read.syntax import Ellipsis, Expr, Name, Unreadable, Words
from bnverify.read.tokens import Raw
from bnverify.source import Span

SYMBOLS = {
    "+": "PLUS", "-": "MINUS", "*": "TIMES", "/": "SLASH", "{": "LBRACE", "}": "RBRACE",
    "open": "OPEN", "close": "CLOSE", ",": "COMMA",
}  # fmt: skip
REFUSED = {
    "\\prod": "a product over an index is not read",
    "\\int": "an integral is not read",
    "\\pm": "two signs at once are not read",
    "\\mp": "two signs at once are not read",
}
LETTERED = STYLES | ALPHABETS | {"\\operatorname", "\\operatorname*"}


class Assembler(Cursor):
    """Reads one construct after the other."""

    def step(self) -> None:
        first = self.raw[self.place]
        match first.kind:
            case "letter":
                self.letter(first)
            case "command":
                self.command(first)
            case "digits":
                self.number(first)
            case "text":
                self.words()
            case "function":
                self.take()
                if not read_function(self, first.text, first):
                    raise Misshapen(f"`{first.text}` is not applied to anything")
            case "begin":
                self.environment()
            case "^":
                self.superscript()
            case "_":
                self.loose_subscript()
            case "{":
                self.brace()
            case "open":
                if not read_iverson(self):
                    self.symbol(self.take())
            case "bar" | "escaped":
                self.bar()
            case _:
                self.symbol(self.take())

    def hoisted(self, inner: Sequence[Raw]) -> Sequence[Raw]:
        """What stands in braces behind something; a sign at its head joins it to what stands before."""
        if not inner or inner[0].kind not in "+-" or not self.made or self.made[-1].kind not in ENDS:
            return inner
        self.emit("PLUS" if inner[0].kind == "+" else "MINUS", inner[0].text, inner[0].span)
        return inner[1:]

    def symbol(self, first: Raw) -> None:
        if first.kind in ("newline", "&", "quad"):
            return
        following = self.peek()
        if first.kind == "long":
            raise Misshapen(first.text)
        if first.kind in SYMBOLS:
            self.emit(SYMBOLS[first.kind], first.text, first.span)
            if first.kind == "close" and first.text == "\\|":
                read_norm_index(self)
        elif first.kind == "." and self.is_between_factors():
            self.emit("TIMES", ".", first.span)
        elif first.kind == "." and following is not None and following.kind == ".":
            while (dot := self.peek()) is not None and dot.kind == ".":
                self.take()
            self.emit("GIVEN", Ellipsis(span=self.covering(first)), self.covering(first))
        else:
            raise Misshapen(f"`{first.text}` has no meaning here")

    def is_between_factors(self) -> bool:
        """Whether the point that was taken stands apart between two factors, and not between two numbers."""
        before, point, behind = self.place - 2, self.raw[self.place - 1], self.peek()
        if before < 0 or behind is None or not self.made or self.made[-1].kind not in ENDS:
            return False
        apart = self.raw[before].end < point.start and point.end < behind.start
        numbers = self.raw[before].kind == behind.kind == "digits"
        return apart and not numbers and behind.kind in ("letter", "command", "digits", "open", "{")

    def command(self, first: Raw) -> None:
        name = first.text
        if name in FRACTIONS:
            read_fraction(self)
        elif name == "\\sum":
            self.take()
            read_sum(self, first.span)
        elif name == "\\sqrt":
            self.root()
        elif name in TIMES:
            self.take()
            self.emit("TIMES", name, first.span)
        elif name in GREEK:
            self.greek(first)
        elif name in ACCENTS:
            read_name(self)
        elif name == PARTIAL:
            self.partial()
        elif name in LETTERED:
            self.styled(first)
        elif name in TRANSPARENT:
            self.transparent(first)
        elif name == "\\underbrace" or name == "\\overbrace":
            self.braced_note(first)
        elif name in COMMANDS:
            self.take()
            read_function(self, name[1:], first, bracket=False)
        else:
            self.rare_command(first)

    def rare_command(self, first: Raw) -> None:
        name = first.text
        if name in MACROS:
            read_macro(self, first)
        elif name == "\\nabla":
            read_nabla(self)
        elif name == "\\div":
            self.take()
            self.emit("SLASH", name, first.span)
        elif name == "\\over":
            self.over()
        elif name == "\\Vert":
            self.bar()
        elif name in ELLIPSES:
            self.take()
            self.emit("GIVEN", Ellipsis(span=first.span), first.span)
        elif name != "\\dd" or not read_in_a_row(self):
            raise Misshapen(REFUSED.get(name, f"`{name}` is not read"))

    def styled(self, first: Raw) -> None:
        """A letter in a style or an alphabet: ones, a condition, a function, a differential, a word, or a name."""
        if read_styled_one(self) or read_styled_function(self):
            return
        if first.text not in ALPHABETS:
            if read_in_a_row(self):
                return
            if word := self.styled_word():
                self.emit("GIVEN", Words(word, span=self.covering(first)), self.covering(first))
                return
            if first.text.startswith("\\operatorname"):
                raise Misshapen(f"`{first.text}` is not read")
        read_name(self)

    def styled_word(self) -> str:
        """The word of `\\mathrm{BN}`, taken; nothing where one letter is styled."""
        opening = self.peek(1)
        if opening is None or opening.kind != "{":
            return ""
        end = closing(self.raw, self.place + 1)
        letters = self.raw[self.place + 2 : end]
        if len(letters) < 2 or any(piece.kind != "letter" for piece in letters):
            return ""
        self.place = end + 1
        return "".join(piece.text for piece in letters)

    def transparent(self, first: Raw) -> None:
        """`\\boxed{A}` is A; `\\mathop{\\sum}_i` is a sum, and `\\mathop{}` nothing."""
        if first.text == "\\mathop" and read_in_a_row(self):
            return
        self.take()
        inner = self.argument()
        if first.text == "\\mathop" and [piece.text for piece in inner] == ["\\sum"]:
            read_sum(self, self.covering(first))
        elif inner or first.text != "\\mathop":
            self.emit_group(self.hoisted(inner), self.covering(first))

    def braced_note(self, first: Raw) -> None:
        """`\\underbrace{A}_{\\text{why}}` is A."""
        self.take()
        inner = self.hoisted(self.argument())
        following = self.peek()
        if following is not None and following.kind in "_^":
            self.take()
            self.argument()
        self.emit_group(inner, self.covering(first))

    def brace(self) -> None:
        if read_in_a_row(self) or unbrace_name(self):
            return
        first = self.take()
        following = self.peek()
        if following is not None and len(self.hoisted([following])) == 0:
            self.take()
        self.emit("LBRACE", first.text, first.span)

    def over(self) -> None:
        """`{A \\over B}`: everything on both sides, as far as the brace or bracket around it."""
        first = next((k for k, depth in walked(self.raw, self.place - 1, -1) if depth < 0), -1) + 1
        end = next((k for k, depth in walked(self.raw, self.place + 1, 1) if depth < 0), len(self.raw))
        above, below = self.raw[first : self.place], self.raw[self.place + 1 : end]
        if not above or not below or any(piece.text == "\\over" for piece in below):
            raise Misshapen("`\\over` is not read here")
        while self.made and self.made[-1].span.start >= above[0].start:
            self.made.pop()
        self.place = end
        emit_fraction(self, above, below, above[0].span.until(below[-1].span))

    def root(self) -> None:
        first = self.take()
        following = self.peek()
        degree: Expr | None = None
        if following is not None and following.kind == "open" and following.text == "[":
            end = next((k for k in range(self.place, len(self.raw)) if self.raw[k].kind == "close"), None)
            if end is None:
                raise Misshapen("the degree of a root is not closed")
            degree = self.parse(self.raw[self.place + 1 : end])
            self.place = end + 1
        body = self.radicand(first)
        span = self.covering(first)
        self.emit("ROOT", "\\sqrt", span)
        if degree is not None:
            self.emit("DEGREE", degree, span)
        self.emit_group(body, span)

    def radicand(self, sign: Raw) -> Sequence[Raw]:
        """What a root is taken of; behind the plain sign a bracket, or a name with its indices and no power."""
        following, start = self.peek(), self.place
        if following is None or following.kind == "{":
            return self.argument()
        if following.kind == "open":
            self.place = closing(self.raw, start) + 1
            return self.raw[start : self.place]
        if sign.end - sign.start > 1:
            return self.argument()
        end = atom_end(self.raw, start)
        if any(piece.kind == "^" for piece in self.raw[start:end]):
            raise Misshapen("how far the root reaches is not clear")
        if end == start:
            return self.argument()
        self.place = end
        return self.raw[start:end]

    def superscript(self) -> None:
        first = self.take()
        argument = self.argument()
        span = self.covering(first)
        if is_transposition(argument):
            self.emit("TRANSPOSE", "^", span)
            return
        self.emit("SUP", "^", span)
        self.emit_group(argument, span)

    def loose_subscript(self) -> None:
        """A subscript behind a bracket or a fraction says what is held: `\\frac{..}{..}_{\\text{direct}}`."""
        first = self.take()
        argument = self.argument()
        self.emit("EVALUATED", " ".join(piece.text for piece in argument), self.covering(first))

    def bar(self) -> None:
        following = self.peek(1)
        held = self.raw[self.place].kind == "bar" and following is not None and following.kind == "_"
        if held:
            self.take()
            self.loose_subscript()
        elif not read_bars(self):
            named = self.raw[self.place].kind == "bar"
            raise Misshapen(
                "a vertical bar is not read here" if named else f"`{self.first().text}` has no meaning here"
            )

    def words(self) -> None:
        if read_in_a_row(self):
            return
        first = self.take()
        inner = first.text[first.text.index("{") + 1 :].removesuffix("}").strip()
        if inner == "d":
            raise Misshapen("`\\text{d}` is not read here")
        if inner in SPOKEN_NAMES:
            finish_name(self, f"\\text{{{inner}}}", (), (), first)
        else:
            self.emit("GIVEN", Words(inner, span=first.span), first.span)

    def environment(self) -> None:
        first = self.take()
        end = closing_environment(self.raw, self.place - 1)
        inner = self.raw[self.place : end]
        self.place = end + 1
        span = self.covering(first)
        if first.text in ("cases", "dcases", "rcases"):
            self.emit("GIVEN", self.parse_cases(inner), span)
        elif "matrix" in first.text or first.text == "array":
            self.emit("GIVEN", Unreadable("matrices are not read", span=span), span)
        else:
            self.emit_group(inner, span)

    # -- letters and numbers

    def letter(self, first: Raw) -> None:
        """A name, a function of names, a derivative with a slash, a differential, or the head of a condition."""
        text = first.text
        following = self.peek(1)
        if text == "d" and read_in_a_row(self):
            return
        if text in CALLED and self.call():
            return
        if following is not None and (following.kind == "letter" or text == "E") and read_spelled_function(self):
            return
        if text == "I" and self.condition(first):
            return
        read_name(self)

    def greek(self, first: Raw) -> None:
        if first.text != "\\delta" or not self.condition(first):
            read_name(self)

    def condition(self, first: Raw) -> bool:
        """`I[i=j]`, `\\delta_{i=j}`."""
        self.take()
        if read_indicator(self, first):
            return True
        self.place -= 1
        return False

    def number(self, first: Raw) -> None:
        if first.text == "1":
            read_one(self)
            return
        self.take()
        self.emit("NUMBER", first.text, first.span)

    def partial(self) -> None:
        following = self.peek(1)
        if not read_in_a_row(self):
            second = following is not None and following.kind == "^"
            raise Misshapen(SECOND if second else "a bare `\\partial` outside a fraction is not read")

    def call(self) -> bool:
        """`f'(x)`, `y(a, b)`: a function of names; `f(a - b)` without a prime is a product."""
        place = self.place + 1
        while place < len(self.raw) and self.raw[place].kind == "'":
            place += 1
        primes = place - self.place - 1
        if place >= len(self.raw) or self.raw[place].kind != "open" or self.raw[place].text != "(":
            return False
        end = closing(self.raw, place)
        inner = self.raw[place + 1 : end]
        alone = atom_end(inner, 0) == len(inner) and self.raw[self.place].text in "fgh"
        if not (primes or alone or any(piece.kind == "," for piece in outside_brackets(inner))):
            return False
        first = self.take()
        name = Name(first.text, ("'",) * primes, span=Span(first.start, self.raw[place - 1].end))
        self.place = place
        self.emit("CALL", name, name.span)
        return True


CALLED = frozenset("fghyxFG")
"""Letters that a bracket behind them can make a function."""


def walked(raw: Sequence[Raw], start: int, by: int) -> Iterator[tuple[int, int]]:
    """The places from `start` on, forwards or backwards, with the depth in brackets; below zero outside."""
    depth = 0
    place = start
    while 0 <= place < len(raw):
        kind = raw[place].kind
        depth += by * ((kind in ("{", "open", "begin")) - (kind in ("}", "close", "end")))
        yield place, depth
        place += by
