"""Tokens of a formula -> MathML as they are laid out, whether or not they can be read as mathematics.

Every letter and number of the tokens stands in it, in their order; a command that is not known is shown as written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bnverify.elements import Element, element
from bnverify.html.mathml import accented, fenced, identifier, operator, row, with_limits, with_scripts
from bnverify.html.signs import ACCENTS as MARKS
from bnverify.html.signs import ALPHABETS as LETTERED
from bnverify.html.signs import CLOSING, OPENING, SIGNS, in_alphabet, sign_of
from bnverify.pattern import pattern
from bnverify.read.brackets import partners, split
from bnverify.read.commands import ACCENTS, ALPHABETS, COMMANDS, FRACTIONS, STYLES, TRANSPARENT
from bnverify.read.tokens import Raw
from bnverify.read.wrappers import TRANSPARENT_ENVIRONMENTS, WITH_COLUMNS, is_newline
from bnverify.report.pieces import printable

BOLD = frozenset("\\mathbf \\boldsymbol \\bm \\bf \\pmb \\symbf \\mathbfit \\symbfit".split())
UPRIGHT = frozenset(("\\mathrm", "\\rm", "\\operatorname", "\\operatorname*", "\\mathsf"))
LARGE = frozenset(("\\sum", "\\prod"))
"""What has its limits below and above."""
STACKED = {"\\underset": False, "\\overset": True, "\\stackrel": True}
FENCES = {
    "pmatrix": ("(", ")"), "bmatrix": ("[", "]"), "Bmatrix": ("{", "}"), "vmatrix": ("|", "|"), "Vmatrix": ("‖", "‖"),
    "cases": ("{", ""), "dcases": ("{", ""), "rcases": ("", "}"),
}  # fmt: skip
ESCAPED = pattern(r"\\([&%_#${} ])")
Cut = Callable[[Raw], str]
"""What the note says where a token stands."""


def typeset(tokens: Sequence[Raw], cut: Cut) -> list[Element]:
    return _Setting(tokens, cut).run()


def words(piece: Raw) -> str:
    """The words of `\\text{...}`, blanks at their ends kept."""
    inner = piece.text[piece.text.index("{") + 1 :].removesuffix("}")
    spaced = " ".join(ESCAPED.sub(r"\1", printable(inner.replace("\n", " ").replace("\t", " "))).split())
    return ("\u00a0" if inner[:1].isspace() else "") + spaced + ("\u00a0" if spaced and inner[-1:].isspace() else "")


def source(text: str) -> Element:
    """Something that nobody has a sign for, as it is written."""
    return element("mtext", printable(" ".join(text.split())), class_="source")


class _Setting:
    """One pass over the tokens between two brackets."""

    def __init__(self, tokens: Sequence[Raw], cut: Cut) -> None:
        self.tokens, self.cut, self.place = list(tokens), cut, 0
        self.partners = partners(tokens)

    def run(self) -> list[Element]:
        made: list[Element] = []
        while self.place < len(self.tokens):
            made += self.scripted()
        return made

    def scripted(self) -> list[Element]:
        """One thing with all its indices, powers and primes."""
        first = self.tokens[self.place]
        base = element("mrow") if first.kind in ("_", "^") else self.atom()
        below: list[Element] = []
        above: list[Element] = []
        while self.place < len(self.tokens) and (sign := self.tokens[self.place].kind) in ("_", "^", "'"):
            self.place += 1
            found = operator("′") if sign == "'" else self.argument()
            (below if sign == "_" else above).append(found)
        limits = with_limits if first.text in LARGE else with_scripts
        made = limits(base, row(*below) if below else None, row(*above) if above else None)
        return [] if made.tag == "mrow" and not made.children else [made]

    def argument(self) -> Element:
        """The next group, or the next single thing."""
        if self.place >= len(self.tokens):
            return element("mrow")
        first = self.tokens[self.place]
        if first.kind == "digits" and len(first.text) > 1:
            # Only the first digit belongs to it; the others stay where the number stood.
            self.tokens[self.place] = Raw("digits", first.text[1:], first.start + 1, first.end)
            return element("mn", first.text[0])
        return self.atom()

    def inner(self) -> Sequence[Raw]:
        """The tokens up to the bracket that closes the one before, which is passed as well."""
        begin, end = self.place, self.partners.get(self.place - 1, len(self.tokens))
        self.place = end + 1
        return self.tokens[begin:end]

    def optional(self) -> Element | None:
        following = self.tokens[self.place] if self.place < len(self.tokens) else None
        if following is None or following.kind != "open" or following.text != "[":
            return None
        self.place += 1
        return row(element("mrow"), *typeset(self.inner(), self.cut))

    def atom(self) -> Element:
        first = self.tokens[self.place]
        self.place += 1
        match first.kind:
            case "letter":
                return identifier(sign_of(first.text))
            case "digits":
                return element("mn", first.text)
            case "text":
                return element("mtext", words(first))
            case "function":
                return identifier(first.text)
            case "{":
                return row(*(typeset(self.inner(), self.cut) or [element("mrow")]))
            case "open":
                return self.bracket(first)
            case "begin":
                return self.environment(first)
            case "command":
                return self.command(first)
            case "circled" | "tag":
                return label(first, self.cut)
            case "quad":
                return element("mspace", width="1em")
            case "bar":
                return operator("|")
            case "close":
                return operator(CLOSING.get(first.text, first.text))
            case "escaped":
                return operator("‖" if first.text == "\\|" else first.text.removeprefix("\\"))
            case "&" | "newline":
                return element("mspace", width="0.5em")
            case "long" | "shape" | "end" | "}":
                return source(self.cut(first))
            case _:
                return operator(printable(SIGNS.get(first.text, first.text)))

    def bracket(self, first: Raw) -> Element:
        end = self.partners.get(self.place - 1)
        if end is None:
            return operator(OPENING.get(first.text, first.text))
        closing = self.tokens[end].text
        inner = typeset(self.inner(), self.cut)
        return fenced(OPENING.get(first.text, first.text), CLOSING.get(closing, closing), *inner)

    def environment(self, first: Raw) -> Element:
        begin, end = self.place, self.partners.get(self.place - 1, len(self.tokens))
        if first.text in WITH_COLUMNS and begin < end and self.tokens[begin].kind == "{":
            begin = self.partners.get(begin, begin) + 1
        inner, self.place = self.tokens[begin:end], end + 1
        rows = [one for one in split(inner, is_newline) if one]
        cells = [[typeset(cell, self.cut) for cell in split(one, lambda piece: piece.kind == "&")] for one in rows]
        plain = first.text in TRANSPARENT_ENVIRONMENTS
        table = element(
            "mtable",
            *(element("mtr", *(element("mtd", *cell) for cell in one)) for one in cells),
            class_="aligned" if plain else "cases" if "cases" in first.text else "matrix",
        )
        return fenced(*FENCES.get(first.text, ("", "")), table)

    def command(self, first: Raw) -> Element:
        name = first.text
        if name in FRACTIONS:
            return element("mfrac", self.argument(), self.argument())
        if name == "\\sqrt":
            degree = self.optional()
            body = self.argument()
            return element("msqrt", body) if degree is None else element("mroot", body, degree)
        if name in ACCENTS or name == "\\vec":
            return accented(self.argument(), MARKS[ACCENTS.get(name, "vec")])
        if name in ALPHABETS or name in STYLES or name in UPRIGHT:
            return self.styled(name)
        if name in STACKED:
            mark, base = self.argument(), self.argument()
            return element("mover" if STACKED[name] else "munder", base, mark)
        if name in TRANSPARENT or name in ("\\underbrace", "\\overbrace"):
            return row(element("mrow", class_=name[1:]), self.argument())
        if name in COMMANDS:
            return identifier(name[1:])
        if name in SIGNS:
            letter = SIGNS[name].isalpha() and name not in ("\\partial",)
            return identifier(SIGNS[name]) if letter or name == "\\partial" else operator(SIGNS[name])
        return source(self.cut(first) or name)

    def styled(self, name: str) -> Element:
        """Letters in an alphabet, or upright; what is not only letters is set as it is."""
        place = self.place
        group = place < len(self.tokens) and self.tokens[place].kind == "{"
        end = self.partners.get(place, place) if group else place
        inner = self.tokens[place + 1 : end] if group else self.tokens[place : place + 1]
        if not inner or any(piece.kind not in ("letter", "digits") for piece in inner):
            return self.argument() if inner else element("mrow")
        self.place = end + 1
        alphabet = "mathbf" if name in BOLD else name[1:]
        text = "".join(piece.text for piece in inner)
        shown = in_alphabet(alphabet, text) if alphabet in LETTERED else text
        return element("mi", shown, mathvariant="normal" if name in UPRIGHT else "")


TAG = pattern(r"\\tag\*?\s*\{(?P<inner>.*)\}", re.DOTALL)
CIRCLES = {str(number): chr(0x2460 + number - 1) for number in range(1, 21)}


def label(piece: Raw, cut: Cut) -> Element:
    """A number in a circle, a tag; `\\label{eq:mean}` as it is written."""
    if piece.kind == "circled":
        inner = piece.text.removeprefix("\\textcircled").strip().strip("{}").strip()
        return element("mtext", CIRCLES.get(inner, f"({printable(inner)})"), class_="label")
    tagged = TAG.fullmatch(piece.text)
    return element("mtext", f"({printable(tagged['inner'])})", class_="label") if tagged else source(piece.text)
