"""Raw tokens -> the tokens of the grammar: names with their accents and indices, sums with their bounds, derivatives.

Whatever is not understood becomes one `GIVEN` token that holds an `Unreadable` with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lark import Token

from bnverify.read.syntax import Bounds, Expr, Name, Unreadable, Words
from bnverify.read.tokens import Raw
from bnverify.source import Span

Parse = Callable[[Sequence[Raw]], Expr]

ACCENTS = {
    "\\hat": "hat", "\\widehat": "hat", "\\tilde": "tilde", "\\widetilde": "tilde", "\\bar": "bar",
    "\\overline": "bar", "\\dot": "dot", "\\check": "check", "\\breve": "breve",
}  # fmt: skip
STYLES = frozenset("\\mathbf \\boldsymbol \\bm \\mathit \\mathsf \\vec \\mathrm \\rm \\bf \\pmb \\symbf".split())
ALPHABETS = frozenset("\\mathcal \\mathbb \\mathfrak \\mathscr \\cal".split())
TRANSPARENT = frozenset("\\boxed \\fbox \\mathop \\ensuremath \\displaylines \\underline \\mathstrut".split())
GREEK = frozenset(
    "\\alpha \\beta \\gamma \\delta \\epsilon \\varepsilon \\zeta \\eta \\theta \\vartheta \\kappa \\lambda \\mu \\nu "
    "\\xi \\pi \\rho \\varrho \\sigma \\varsigma \\tau \\upsilon \\phi \\varphi \\chi \\psi \\omega \\Gamma \\Delta "
    "\\Theta \\Lambda \\Xi \\Pi \\Sigma \\Upsilon \\Phi \\Psi \\Omega \\ell \\infty \\iota \\hbar".split()
)
TIMES = frozenset("\\cdot \\times \\circ \\odot \\ast \\cdotp \\otimes".split())
ENDS = frozenset("NUMBER NAME GIVEN CLOSE RBRACE EVALUATED".split())
"""Tokens behind which a sign joins two summands."""
SAMPLE_WORDS = frozenset("nchwijklm")
SPOKEN_NAMES = frozenset("dout var Var rms RMS".split())


class Misshapen(Exception):
    """A construct that the grammar has no word for; becomes an `Unreadable` node, never an error of the program."""


def token(kind: str, value: object, span: Span) -> Token:
    return Token(kind, value, start_pos=span.start, end_pos=span.end)


class Assembler:
    """One pass over raw tokens; `parse` reads a nested piece (a bound, the rows of cases)."""

    def __init__(self, raw: Sequence[Raw], parse: Parse, parse_cases: Callable[[Sequence[Raw]], Expr]) -> None:
        self.raw = raw
        self.place = 0
        self.parse = parse
        self.parse_cases = parse_cases
        self.made: list[Token] = []

    def run(self) -> list[Token]:
        while self.place < len(self.raw):
            self.step()
        return self.made

    # -- looking

    def peek(self, ahead: int = 0) -> Raw | None:
        at = self.place + ahead
        return self.raw[at] if at < len(self.raw) else None

    def take(self) -> Raw:
        self.place += 1
        return self.raw[self.place - 1]

    def argument(self) -> Sequence[Raw]:
        """The tokens of the next braced group without its braces, or the next single token."""
        first = self.peek()
        if first is None:
            raise Misshapen("an argument is missing at the end")
        if first.kind != "{":
            return self._bare_argument()
        end = closing(self.raw, self.place)
        inner = self.raw[self.place + 1 : end]
        self.place = end + 1
        return inner

    def _bare_argument(self) -> Sequence[Raw]:
        """`\\frac1n`: one digit, one letter, or one command with its own arguments."""
        first = self.take()
        if first.kind == "digits" and len(first.text) > 1 and first.text[0] != ".":
            head = Raw("digits", first.text[0], first.start, first.start + 1)
            rest = Raw("digits", first.text[1:], first.start + 1, first.end)
            self.raw = [*self.raw[: self.place - 1], head, rest, *self.raw[self.place :]]
            return [head]
        start = self.place - 1
        if first.text in ("\\frac", "\\dfrac", "\\tfrac"):
            self.argument(), self.argument()
        elif first.text in ACCENTS or first.text in STYLES or first.text in ALPHABETS or first.text == "\\sqrt":
            self.argument()
        return self.raw[start : self.place]

    def emit(self, kind: str, value: object, span: Span) -> None:
        self.made.append(token(kind, value, span))

    def nested(self, raw: Sequence[Raw]) -> list[Token]:
        return Assembler(raw, self.parse, self.parse_cases).run()

    def emit_group(self, raw: Sequence[Raw], span: Span) -> None:
        self.emit("LBRACE", "{", Span(span.start, span.start))
        self.made.extend(self.nested(raw))
        self.emit("RBRACE", "}", Span(span.end, span.end))

    # -- one construct

    def step(self) -> None:
        first = self.peek()
        assert first is not None
        match first.kind:
            case "letter":
                self.name_or_differential()
            case "command":
                self.command(first)
            case "digits":
                self.take()
                self.emit("NUMBER", first.text, first.span)
            case "text":
                self.words()
            case "begin":
                self.environment()
            case "^":
                self.superscript()
            case "_":
                self.loose_subscript()
            case _:
                self.symbol(self.take())

    def hoisted(self, inner: Sequence[Raw]) -> Sequence[Raw]:
        """What stands in braces behind something; a sign at its head joins it to what stands before."""
        if not inner or inner[0].kind not in "+-" or not self.made or self.made[-1].type not in ENDS:
            return inner
        self.emit("PLUS" if inner[0].kind == "+" else "MINUS", inner[0].text, inner[0].span)
        return inner[1:]

    def symbol(self, first: Raw) -> None:
        kinds = {
            "+": "PLUS", "-": "MINUS", "*": "TIMES", "/": "SLASH", "{": "LBRACE", "}": "RBRACE",
            "open": "OPEN", "close": "CLOSE", ",": "COMMA",
        }  # fmt: skip
        if first.kind in ("newline", "&", "quad"):
            return
        if first.kind == "long":
            raise Misshapen(first.text)
        following = self.peek()
        if first.kind == "bar":
            self.bar()
        elif first.kind == "{" and following is not None and len(self.hoisted([following])) == 0:
            self.take()
            self.emit("LBRACE", first.text, first.span)
        elif first.kind in kinds:
            self.emit(kinds[first.kind], first.text, first.span)
        else:
            raise Misshapen(f"`{first.text}` has no meaning here")

    def command(self, first: Raw) -> None:
        name = first.text
        if name in ("\\frac", "\\dfrac", "\\tfrac", "\\cfrac"):
            self.fraction()
        elif name == "\\sum":
            self.take()
            self.summation(first.span)
        elif name == "\\sqrt":
            self.root()
        elif name in TIMES:
            self.take()
            self.emit("TIMES", name, first.span)
        elif name == "\\partial":
            self.name_or_differential()
        elif name in TRANSPARENT:
            self.take()
            inner = self.hoisted(self.argument())
            self.emit_group(inner, self.covering(first))
        elif name == "\\underbrace" or name == "\\overbrace":
            self.braced_note(first)
        elif (name in STYLES or name == "\\operatorname") and (word := self.styled_word()):
            self.emit("GIVEN", Words(word, span=self.covering(first)), self.covering(first))
        elif name in ACCENTS or name in STYLES or name in ALPHABETS or name in GREEK:
            self.name()
        else:
            raise Misshapen(f"`{name}` is not read")

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

    def covering(self, first: Raw) -> Span:
        return first.span.until(self.raw[self.place - 1].span)

    def braced_note(self, first: Raw) -> None:
        """`\\underbrace{A}_{\\text{why}}` is A."""
        self.take()
        inner = self.hoisted(self.argument())
        following = self.peek()
        if following is not None and following.kind in "_^":
            self.take()
            self.argument()
        self.emit_group(inner, self.covering(first))

    def fraction(self) -> None:
        first = self.take()
        above = self.argument()
        below = self.argument()
        span = self.covering(first)
        of, by = differential(above), differential(below)
        sign = "\\partial" if below and below[0].text == "\\partial" else "d"
        forgotten = of is None and sign == "\\partial" and is_plain(above)
        if by and (of is not None or forgotten):
            self.emit_derivative(above if of is None else of, by, (sign, not forgotten), span)
            return
        self.emit("FRAC", "\\frac", span)
        self.emit_group(above, span)
        self.emit_group(below, span)

    def emit_derivative(self, of: Sequence[Raw], by: Sequence[Raw], sign: tuple[str, bool], span: Span) -> None:
        if (of and of[0].kind == "^") or (by and by[-1].kind == "^"):
            raise Misshapen("second derivatives are not read")
        self.emit("DERIVATIVE", sign, span)
        self.emit_group(of, span)
        self.emit_group(by, span)

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
        body = self.argument()
        span = self.covering(first)
        self.emit("ROOT", "\\sqrt", span)
        if degree is not None:
            self.emit("DEGREE", degree, span)
        self.emit_group(body, span)

    def superscript(self) -> None:
        first = self.take()
        argument = self.argument()
        span = self.covering(first)
        if [piece.text for piece in argument] in (["\\top"], ["T"], ["\\intercal"]):
            raise Misshapen("a transposed matrix is not read")
        self.emit("SUP", "^", span)
        self.emit_group(argument, span)

    def loose_subscript(self) -> None:
        """A subscript behind a bracket or a fraction says what is held: `\\frac{..}{..}_{\\text{direct}}`."""
        first = self.take()
        argument = self.argument()
        self.emit("EVALUATED", " ".join(piece.text for piece in argument), self.covering(first))

    def bar(self) -> None:
        following = self.peek()
        if following is not None and following.kind == "_":
            self.loose_subscript()
            return
        raise Misshapen("a vertical bar is not read here")

    def words(self) -> None:
        first = self.take()
        inner = first.text[first.text.index("{") + 1 :].removesuffix("}").strip()
        if inner in SPOKEN_NAMES:
            self.finish_name(f"\\text{{{inner}}}", (), (), first)
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

    # -- names

    def name_or_differential(self) -> None:
        """A name; or a slash derivative `\\partial A/\\partial B`; or a bare differential, which is not read."""
        if self.slash_derivative():
            return
        first = self.peek()
        assert first is not None
        if first.text == "\\partial":
            raise Misshapen("a bare `\\partial` outside a fraction is not read")
        if first.text in ("f", "g", "h", "y", "x", "F", "G") and self.call():
            return
        self.name()

    def slash_derivative(self) -> bool:
        first = self.peek()
        assert first is not None
        if first.text not in ("\\partial", "d"):
            return False
        of_end = atom_end(self.raw, self.place + 1)
        middle = [piece.text for piece in self.raw[of_end : of_end + 2]]
        if len(middle) < 2 or middle[0] != "/" or middle[1] != first.text:
            return False
        by_end = atom_end(self.raw, of_end + 2)
        if by_end == of_end + 2:
            return False
        of, by = self.raw[self.place + 1 : of_end], self.raw[of_end + 2 : by_end]
        start = self.place
        self.place = by_end
        sign = "\\partial" if first.text == "\\partial" else "d"
        self.emit_derivative(of, by, (sign, True), self.covering(self.raw[start]))
        return True

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
        if not (primes or alone or any(piece.kind == "," for piece in inner)):
            return False
        first = self.take()
        name = Name(first.text, ("'",) * primes, span=Span(first.start, self.raw[place - 1].end))
        self.place = place
        self.emit("CALL", name, name.span)
        return True

    def name(self) -> None:
        first = self.peek()
        assert first is not None
        letter, accents, inner = self.letter()
        self.finish_name(letter, accents, inner, first)

    def letter(self) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        """A letter in its accents and styles, with the subscripts that stand under the accent."""
        first = self.take()
        if first.kind == "letter" or first.text in GREEK:
            return first.text, (), ()
        argument = self.argument()
        if first.text in ALPHABETS:
            alphabet = "\\mathcal" if first.text == "\\cal" else first.text
            return f"{alphabet}{{{''.join(piece.text for piece in argument)}}}", (), ()
        inner = Assembler(argument, self.parse, self.parse_cases)
        made = inner.run()
        if len(made) != 1 or made[0].type != "NAME":
            raise Misshapen(f"`{first.text}` over more than one letter is not read")
        name: Name = made[0].value
        accents = name.accents + ((ACCENTS[first.text],) if first.text in ACCENTS else ())
        return name.letter, accents, name.subscripts + name.superscripts

    def finish_name(self, letter: str, accents: tuple[str, ...], subscripts: tuple[str, ...], first: Raw) -> None:
        """Primes, indices and sample superscripts; a subscript behind a power still belongs to the name."""
        superscripts: tuple[str, ...] = ()
        while (following := self.peek()) is not None:
            if following.kind == "'":
                self.take()
                accents += ("'",)
            elif following.kind == "_":
                self.take()
                subscripts += indices(self.argument())
            elif following.kind == "^" and (special := self.name_superscript()) is not None:
                kind, value = special
                accents += ("'",) if kind == "prime" else ()
                superscripts += value
            elif following.kind == "^" and self.subscript_behind_power():
                continue
            else:
                break
        span = self.covering(first)
        self.emit("NAME", Name(letter, accents, subscripts, superscripts, span=span), span)

    def name_superscript(self) -> tuple[str, tuple[str, ...]] | None:
        """`^{\\prime}` or a sample index `^{(i)}`; None for a power."""
        start = self.place
        self.take()
        try:
            argument = self.argument()
        except Misshapen:
            argument = []
        texts = [piece.text for piece in argument]
        if texts and set(texts) <= {"\\prime", "'"}:
            return "prime", ()
        if len(texts) == 3 and texts[0] == "(" and texts[2] == ")" and argument[1].kind in ("letter", "digits"):
            return "sample", (texts[1],)
        self.place = start
        return None

    def subscript_behind_power(self) -> bool:
        """Turn `\\sigma^2_B` into `\\sigma_B^2`."""
        start = self.place
        self.take()
        self.argument()
        middle = self.place
        following = self.peek()
        if following is None or following.kind != "_":
            self.place = start
            return False
        self.take()
        self.argument()
        end = self.place
        raw = self.raw
        self.raw = [*raw[:start], *raw[middle:end], *raw[start:middle], *raw[end:]]
        self.place = start
        return True

    # -- sums

    def summation(self, sign: Span) -> None:
        below: Sequence[Raw] = ()
        above: Sequence[Raw] = ()
        while (following := self.peek()) is not None and following.kind in ("_", "^"):
            self.take()
            if following.kind == "_":
                below = self.argument()
            else:
                above = self.argument()
        span = Span(sign.start, self.raw[self.place - 1].end)
        upper = self.parse(above) if above else None
        self.emit("SUM", self.bounds(below, upper, span), span)

    def bounds(self, below: Sequence[Raw], upper: Expr | None, span: Span) -> Bounds:
        names = [piece.text for piece in below if piece.kind == "letter"]
        texts = [piece.text for piece in below]
        relations = [k for k, text in enumerate(texts) if text in ("=", "\\neq", "\\ne", "\\in")]
        if not relations:
            if any(piece.kind not in ("letter", ",") for piece in below):
                raise Misshapen("the bounds of this sum are not read")
            return Bounds(tuple(names), None, upper, span=span)
        at = relations[0]
        before = below[:at]
        if len(relations) != 1 or any(piece.kind not in ("letter", ",") for piece in before) or not before:
            raise Misshapen("the bounds of this sum are not read")
        bound = tuple(piece.text for piece in before if piece.kind == "letter")
        if texts[at] == "=":
            return Bounds(bound, self.parse(below[at + 1 :]), upper, span=span)
        if texts[at] == "\\in":
            raise Misshapen("a sum over a set is not read")
        apart = [piece for piece in below[at + 1 :] if piece.kind != ","]
        if any(piece.kind != "letter" for piece in apart):
            raise Misshapen("the bounds of this sum are not read")
        return Bounds(bound, None, upper, tuple(piece.text for piece in apart), span=span)


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


def differential(raw: Sequence[Raw]) -> Sequence[Raw] | None:
    """What follows the sign of differentiation at the head of one part of a fraction, or None."""
    if not raw:
        return None
    if raw[0].text == "\\partial":
        return raw[1:]
    if raw[0].kind == "letter" and raw[0].text == "d" and (len(raw) == 1 or raw[1].kind not in "_^+-/*'"):
        return raw[1:]
    texts = [piece.text for piece in raw[:4]]
    if texts[:1] in (["\\mathrm"], ["\\rm"]) and texts[1:4] == ["{", "d", "}"]:
        return raw[4:]
    return None


def is_plain(raw: Sequence[Raw]) -> bool:
    """Whether a numerator is a single name, so that only its sign of differentiation is missing."""
    return bool(raw) and raw[0].kind != "digits" and atom_end(raw, 0) == len(raw)


def atom_end(raw: Sequence[Raw], start: int) -> int:
    """The index behind the name, with accents, indices and power, or the bracket, that begins at `start`."""
    if start >= len(raw):
        return start
    first = raw[start]
    try:
        if first.kind == "open":
            place = closing(raw, start) + 1
        elif first.text in ACCENTS or first.text in STYLES or first.text in ALPHABETS:
            place = _argument_end(raw, start + 1)
        elif first.kind == "letter" or first.text in GREEK:
            place = start + 1
        else:
            return start
        while place < len(raw) and raw[place].kind in ("_", "^", "'"):
            place = place + 1 if raw[place].kind == "'" else _argument_end(raw, place + 1)
    except Misshapen:
        return start
    return place


def _argument_end(raw: Sequence[Raw], start: int) -> int:
    if start >= len(raw):
        raise Misshapen("an argument is missing at the end")
    return closing(raw, start) + 1 if raw[start].kind == "{" else start + 1


def indices(raw: Sequence[Raw]) -> tuple[str, ...]:
    """The indices or tags of a subscript: `ij`, `i,j`, `B`, `\\mathcal{B}`, `\\text{direct}`."""
    found: list[str] = []
    word = "".join(piece.text for piece in raw if piece.kind == "letter")
    if len(word) >= 3 and len(word) == len(raw) and not set(word) <= SAMPLE_WORDS:
        return (word,)
    place = 0
    while place < len(raw):
        piece = raw[place]
        if piece.kind in ("letter", "digits") or piece.text in GREEK or piece.kind == "text":
            found.append(piece.text)
        elif piece.text in ALPHABETS or piece.text in STYLES:
            end = _argument_end(raw, place + 1)
            inner = "".join(p.text for p in raw[place + 1 : end] if p.kind not in "{}")
            found.append(f"{piece.text}{{{inner}}}" if piece.text in ALPHABETS else inner)
            place = end - 1
        elif piece.kind not in (",", "{", "}"):
            raise Misshapen(f"the index `{''.join(p.text for p in raw)}` is not read")
        place += 1
    return tuple(found)
