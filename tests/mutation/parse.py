"""LaTeX -> trees: a small reader of our own, so that a repaired formula is evaluated without the package under test."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from tests.mutation.notation import HELPERS, QUANTITIES, Notation
from tests.mutation.trees import (
    ALL_AXES,
    SAMPLED,
    Add,
    Cases,
    Delta,
    Frac,
    Grad,
    Helpers,
    Mul,
    Neg,
    Num,
    Op,
    Par,
    Pow,
    Root,
    Row,
    Size,
    Stray,
    Sum,
    Sym,
    Tree,
)


class Unparsed(Exception):
    """The formula is none of those that this reader knows."""


TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|\d+(?:\.\d+)?|\S")
SILENT = {
    r"\left", r"\right", r"\big", r"\Big", r"\bigg", r"\Bigg", r"\bigl", r"\bigr", r"\Bigl", r"\Bigr", r"\,", r"\;",
    r"\:", r"\!", r"\quad", r"\qquad", r"\limits", r"\nolimits", r"\displaystyle", r"\mathstrut", r"\ ",
}  # fmt: skip
SAME = {
    r"\dfrac": r"\frac",
    r"\tfrac": r"\frac",
    r"\lbrack": "[",
    r"\rbrack": "]",
    r"\varepsilon": r"\epsilon",
    r"\ne": r"\neq",
}
ACCENTS = {r"\hat", r"\bar", r"\tilde", r"\widehat", r"\overline", r"\dot"}
FONTS = {r"\mathcal", r"\mathbf", r"\mathrm", r"\text", r"\mathbb", r"\boldsymbol"}
DOTS = {r"\cdot", r"\times", "*"}
CLOSING = {"(": ")", "[": "]", "{": "}"}
ENDS = {")", "]", "}", "&", r"\\", "", "=", ","}


def tokens(text: str) -> list[str]:
    found = [SAME.get(one, one) for one in TOKEN.findall(text)]
    return [one for one in found if one not in SILENT]


@dataclass(frozen=True, slots=True)
class Spelled:
    """A letter as written: accents outside in, subscripts, primes; `squared` where its square is the name."""

    letter: str
    accents: tuple[str, ...] = ()
    subscripts: tuple[str, ...] = ()
    primes: int = 0
    squared: bool = False


class Letters:
    """What the letters of one notation mean."""

    def __init__(self, by: Notation, helpers: Helpers = ()) -> None:
        own = {name for name, _, _ in helpers}
        self.indices = dict(zip(by.indices, "ijkp", strict=True))
        self.sign = by.sign.strip()
        self.loss = self.spelled(by.loss)
        self.size = self.spelled(by.size)
        self.delta = by.delta.split("_")[0].strip()
        self.names = {self.spelled(by.letter(name)): name for name in QUANTITIES}
        self.names |= {self.spelled(by.letter(name)): name for name in HELPERS if name in own}
        variance = self.spelled(by.v)
        if variance.squared:
            self.names[Spelled(variance.letter, subscripts=variance.subscripts)] = "sigma"

    def spelled(self, written: str) -> Spelled:
        reader = Reader(tokens(written), None)
        return reader.spelled(squares=True)

    def is_square(self, one: Spelled) -> bool:
        return Spelled(one.letter, one.accents, one.subscripts, one.primes, True) in self.names


def parse(text: str, by: Notation, helpers: Helpers = ()) -> Tree:
    """The formula as a tree. Raises Unparsed."""
    try:
        reader = Reader(tokens(text), Letters(by, helpers))
        tree = reader.expression()
    except (IndexError, KeyError, ValueError) as trouble:
        raise Unparsed(f"{type(trouble).__name__}: {trouble}: {text}") from trouble
    if reader.next:
        raise Unparsed(f"{reader.rest()!r} is left over in {text}")
    return tree


class Reader:
    """Recursive descent: a sum reaches to the end of its product, and a minus directly behind its bounds is inside."""

    def __init__(self, found: Iterable[str], letters: Letters | None) -> None:
        self.found = list(found)
        self.place = 0
        self.known = letters

    @property
    def letters(self) -> Letters:
        assert self.known is not None
        return self.known

    @property
    def next(self) -> str:
        return self.found[self.place] if self.place < len(self.found) else ""

    def rest(self) -> str:
        return " ".join(self.found[self.place :])

    def take(self, wanted: str = "") -> str:
        one = self.found[self.place]
        if wanted and one != wanted:
            raise Unparsed(f"{wanted!r} expected before {self.rest()!r}")
        self.place += 1
        return one

    def ahead(self, *wanted: str) -> bool:
        return tuple(self.found[self.place : self.place + len(wanted)]) == wanted

    # -- sums and products

    def expression(self) -> Tree:
        terms = [self.signed()]
        while self.next in ("+", "-"):
            terms.append(self.signed())
        return terms[0] if len(terms) == 1 else Add(tuple(terms))

    def signed(self) -> Tree:
        negative = False
        while self.next in ("+", "-"):
            negative ^= self.take() == "-"
        return Neg(self.product()) if negative else self.product()

    def product(self) -> Tree:
        factors: list[Tree] = []
        while self.next not in ENDS and self.next not in ("+", "-"):
            if self.next in DOTS and factors:
                self.take()
                if self.next in ("+", "-"):
                    factors.append(self.signed())
                    break
            elif self.next == "/" and factors:
                self.take()
                factors.append(Frac(factors.pop(), self.factor()))
            elif self.next == r"\sum":
                factors.append(self.sum())
                break
            else:
                factors.append(self.factor())
        if not factors:
            raise Unparsed(f"nothing before {self.rest()!r}")
        return factors[0] if len(factors) == 1 else Mul(tuple(factors))

    def sum(self) -> Tree:
        self.take(r"\sum")
        index, left_out = "", ""
        while self.next in ("_", "^"):
            below = self.take() == "_"
            bounds = self.argument()
            if below:
                index, *rest = bounds
                left_out = rest[1] if rest[:1] in ([r"\neq"], [r"\ne"]) else ""
        body = self.signed() if self.next in ("+", "-") else self.product()
        bound = self.index(index)
        if left_out:  # the summands of all places but one
            body = Mul((Add((Num(Fraction(1)), Neg(Delta(bound, self.index(left_out))))), body))
        return Sum(bound, body)

    # -- factors

    def factor(self) -> Tree:
        tree = self.atom()
        while self.next == "^":
            self.take()
            tree = Pow(tree, self.exponent())
        return tree

    def exponent(self) -> Fraction:
        return number(Reader(self.argument(), None).exponent_tree())

    def exponent_tree(self) -> Tree:
        return self.expression()

    def argument(self) -> list[str]:
        """The tokens of the next group, or the next token alone."""
        if self.next != "{":
            return [self.take()]
        start, depth = self.place + 1, 0
        while True:
            depth += {"{": 1, "}": -1}.get(self.take(), 0)
            if not depth:
                return self.found[start : self.place - 1]

    def inner(self, found: list[str]) -> Tree:
        reader = Reader(found, self.known)
        tree = reader.expression()
        if reader.next:
            raise Unparsed(f"{reader.rest()!r} is left over in a group")
        return tree

    def atom(self) -> Tree:
        match self.next:
            case "(" | "[":
                closing = CLOSING[self.take()]
                tree = self.expression()
                self.take(closing)
                return tree
            case "{":
                return self.inner(self.argument())
            case r"\frac":
                self.take()
                return self.fraction(self.fraction_part(), self.fraction_part())
            case r"\sqrt":
                self.take()
                return Root(self.inner(self.argument()))
            case r"\begin":
                return self.cases()
            case digits if digits[0].isdigit():
                return Num(Fraction(self.take()))
            case _:
                return self.name()

    def fraction_part(self) -> list[str]:
        """`\\frac12` takes one digit each."""
        if self.next.isdigit() and len(self.next) > 1:
            first, self.found[self.place] = self.next[0], self.next[1:]
            return [first]
        return self.argument()

    def fraction(self, above: list[str], below: list[str]) -> Tree:
        sign = self.letters.sign if self.known else ""
        if not sign or above[:1] != [sign] or below[:1] != [sign]:
            return Frac(self.inner(above), self.inner(below))
        by = self.symbol_of(below[1:])
        if not above[1:]:
            return Op(by, self.factor() if self.next != r"\sum" else self.sum())
        if Reader(above[1:], None).is_only(self.letters.loss):
            return Grad(by)
        of = self.inner(above[1:])
        return Par(of, by) if isinstance(of, Sym) else Op(by, of)

    def is_only(self, wanted: Spelled) -> bool:
        try:
            return self.spelled() == wanted and not self.next
        except (Unparsed, IndexError):
            return False

    def symbol_of(self, found: list[str]) -> Sym:
        tree = self.inner(found)
        if not isinstance(tree, Sym):
            raise Unparsed(f"a derivative by {' '.join(found)}")
        return tree

    def cases(self) -> Tree:
        for one in (r"\begin", "{", *"cases", "}"):
            self.take(one)
        rows = []
        while not self.ahead(r"\end"):
            value = self.expression()
            while self.next in ("&", ",", r"\text", r"\mathrm"):
                if self.take() in (r"\text", r"\mathrm"):
                    self.argument()
            left, sign, right = self.index(self.take()), self.take(), self.index(self.take())
            rows.append(Row(value, left, right, sign == "="))
            if self.next == r"\\":
                self.take()
        for one in (r"\end", "{", *"cases", "}"):
            self.take(one)
        return Cases(tuple(rows))

    # -- letters

    def index(self, letter: str) -> str:
        if letter in self.letters.indices:
            return self.letters.indices[letter]
        if len(letter) == 1 and letter.isalpha():
            # A repair may sum over a letter that the note does not use.
            return next(axis for axis in reversed(ALL_AXES) if axis not in self.letters.indices.values())
        raise Unparsed(f"the index {letter!r}")

    def name(self) -> Tree:
        one = self.spelled()
        letters = self.letters
        if one.letter in (letters.delta, "\\delta") and len(one.subscripts) == 2:
            return Delta(*map(self.index, one.subscripts))
        if one == letters.size:
            return Size()
        if self.follows_square(one):
            one = Spelled(one.letter, one.accents, one.subscripts, one.primes, True)
        if one in letters.names:
            return Sym(letters.names[one])
        own = Spelled(one.letter, one.accents, one.subscripts[:-1], one.primes)
        if one.subscripts and (name := letters.names.get(own)):
            return Sym(name, self.index(one.subscripts[-1]) if name in (*SAMPLED, "t", "g") else "")
        return self.stray(one)

    def stray(self, one: Spelled) -> Tree:
        if one in (Spelled(letter) for letter in "nNmMHD"):
            return Size()  # any two letters for the number of samples are one count
        if one.letter in ("Z", "l", "M"):
            return Stray(one.letter)
        raise Unparsed(f"the letter {one}")

    def follows_square(self, one: Spelled) -> bool:
        """Take the square behind a letter where it is part of the name: before or behind its tag."""
        if not self.letters.is_square(one):
            return False
        if self.ahead("^", "2"):
            self.place += 2
        elif self.ahead("^", "{", "2", "}"):
            self.place += 4
        else:
            return False
        return True

    def spelled(self, squares: bool = False) -> Spelled:
        letter, accents, inner = self.stem()
        subscripts, primes, squared = list(inner), 0, False
        while self.next in ("_", "'") or self.is_tagged_square(subscripts) or (squares and self.ahead("^", "2")):
            if self.next == "'":
                self.take()
                primes += 1
            elif self.next == "^":
                squared = squares
                self.place += 2
                if not squares:
                    subscripts.extend(self.subscript())
                    self.found[self.place : self.place] = ["^", "2"]
            else:
                subscripts.extend(self.subscript())
        return Spelled(letter, accents, tuple(subscripts), primes, squared)

    def is_tagged_square(self, subscripts: list[str]) -> bool:
        """`\\sigma^2_B` is `\\sigma_B^2`."""
        return not subscripts and self.known is not None and self.ahead("^", "2", "_")

    def subscript(self) -> list[str]:
        self.take("_")
        return [one for one in self.argument() if one not in FONTS and one not in ("{", "}", ",")]

    def stem(self) -> tuple[str, tuple[str, ...], list[str]]:
        if self.next in ACCENTS:
            accent = {r"\widehat": r"\hat", r"\overline": r"\bar"}.get(self.next, self.next)
            self.take()
            reader = Reader(self.argument(), self.known)
            letter, accents, _ = reader.stem()
            inner = reader.subscript() if reader.next == "_" else []
            return letter, (accent, *accents), inner
        if self.next in FONTS:
            self.take()
            return "".join(self.argument()), (), []
        one = self.take()
        if not (one.startswith("\\") or one.isalpha()):
            raise Unparsed(f"{one!r} is no letter")
        return one, (), []


def number(tree: Tree) -> Fraction:
    match tree:
        case Num(value):
            return value
        case Neg(body):
            return -number(body)
        case Frac(above, below):
            return number(above) / number(below)
        case _:
            raise Unparsed("an exponent that is no number")
