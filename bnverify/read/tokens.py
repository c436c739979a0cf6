"""Characters of a formula -> raw tokens with spans: no structure yet, nothing lost.

Layout commands become spaces, brackets of any size become `open` and `close`, and
Unicode letters become the commands that they stand for.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bnverify.source import Span


class Raw(NamedTuple):
    """One token. `kind`: command, letter, digits, open, close, begin, end, or the character itself."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


LENGTH = (
    r"(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)\s*(?:ex|em|pt|px|mm|cm|in|mu|bp|pc|sp|dd|cc)"
    r"|[0-9.]*\s*\\(?:jot|baselineskip|(?:small|med|big)skipamount|parskip))"
)
"""A distance, as in `\\\\[0.8ex]`; a bracket that holds anything else is mathematics."""
BRACED = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
PATTERN = re.compile(
    r"(?P<comment>%[^\n]*)"
    rf"|(?P<newline>\\\\\*?(?:[ \t]*\[\s*-?{LENGTH}\s*\])?|\\(?:cr|newline|tabularnewline)(?![A-Za-z]))"
    r"|(?P<sized>\\(?:left|right|(?:[bB]igg?[lrm]?))(?![A-Za-z])\s*(?:\\[{}|]|\\[a-zA-Z]+|[^\\\s]))"
    r"|(?P<env>\\(?:begin|end)\s*\{[^{}]*\})"
    rf"|(?P<stacked>\\(?:stackrel|overset|underset)\s*(?:{BRACED}|[^{{\\])\s*\{{\s*(?:=|:=|\\equiv)\s*\}})"
    r"|(?P<tag>\\(?:tag|label|ref|eqref|cref|Cref|autoref|hspace|vspace|mspace|[hv]?phantom|color|textcolor|mathcolor"
    r"|class|cssId|style|cite[pt]?|footnote)\*?\s*(?:\[[^\]\n]*\]\s*)?\{)"
    r"|(?P<option>\\bbox\s*\[[^\]\n]*\])"
    r"|(?P<circled>\\textcircled\s*(?:\{[^{}]*\}|[0-9]))"
    r"|(?P<text>\\(?:text(?:rm|it|bf|normal|sf|tt|up)?|mbox|hbox|(?:short)?intertext)\s*\{)"
    r"|(?P<command>\\[A-Za-z]+\*?)"
    r"|(?P<escaped>\\.)"
    r"|(?P<digits>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
    r"|(?P<space>[\s~\u00a0\u2009\u200a\u202f]+)"
    r"|(?P<walrus>:=)"
    r"|(?P<char>.)",
    re.DOTALL,
)

LAYOUT = frozenset(
    "\\displaystyle \\textstyle \\scriptstyle \\limits \\nolimits \\nonumber \\notag \\centering \\mathstrut "
    "\\thinspace \\medspace \\noindent \\hfill \\hline \\middle \\strut \\normalsize \\small \\large "
    "\\mathrel \\mathbin \\mathord \\mathpunct \\mathstrut \\allowbreak \\relax \\hskip \\protect".split()
)
UNICODE = dict(
    zip(
        "αβγδεζηθκλμνξπρστφχψωϵΓΔΘΛΣΦΨΩ∂∑√×·⋅∙⋆−–≠≡≈∈∞⊙∘ℓℒ∇⇒→⟹′",
        "\\alpha \\beta \\gamma \\delta \\varepsilon \\zeta \\eta \\theta \\kappa \\lambda \\mu \\nu \\xi \\pi \\rho "
        "\\sigma \\tau \\phi \\chi \\psi \\omega \\epsilon \\Gamma \\Delta \\Theta \\Lambda \\Sigma \\Phi \\Psi "
        "\\Omega \\partial \\sum \\sqrt \\times \\cdot \\cdot \\cdot * - - \\neq \\equiv \\approx \\in \\infty "
        "\\odot \\circ \\ell \\mathcal{L} \\nabla \\Rightarrow \\rightarrow \\Rightarrow '".split(),
        strict=True,
    )
)
UNICODE["µ"] = "\\mu"
OPENING = {"(": "(", "[": "[", "\\{": "{", "\\lbrace": "{", "\\langle": "<", "\\lbrack": "["}
CLOSING = {")", "]", "\\}", "\\rbrace", "\\rangle", "\\rbrack"}
SPACES = {"\\,", "\\;", "\\!", "\\:", "\\ ", "\\>", "\\/"}
ARGUMENT_IS_LAYOUT = tuple(
    "\\hspace \\vspace \\mspace \\color \\textcolor \\mathcolor \\phantom \\hphantom \\vphantom "
    "\\class \\cssId \\style".split()
)


BRACE = re.compile(r"\\.|[{}]", re.DOTALL)


def scan(text: str, span: Span) -> list[Raw]:
    """The raw tokens of `text[span]`; spaces and comments are left out, every other character is in a token."""
    tokens: list[Raw] = []
    place = span.start
    while place < span.end:
        match = PATTERN.match(text, place, span.end)
        assert match is not None
        assert match.lastgroup is not None
        kind, written = match.lastgroup, match.group()
        end = match.end()
        if kind in ("text", "tag"):
            end = matching_brace(text, end - 1, span.end)
            written = text[place:end]
        tokens.extend(_tokens(kind, written, place, end))
        place = end
    return tokens


def matching_brace(text: str, opening: int, limit: int) -> int:
    """The offset behind the brace that closes the one at `opening`, or `limit` where none does."""
    depth = 0
    for match in BRACE.finditer(text, opening, limit):
        depth += {"{": 1, "}": -1}.get(match.group(), 0)
        if depth == 0 and match.group() == "}":
            return match.end()
    return limit


def _tokens(kind: str, written: str, start: int, end: int) -> list[Raw]:
    match kind:
        case "comment" | "space" | "option":
            return []
        case "env":
            name = written[written.index("{") + 1 : -1].strip().rstrip("*")
            return [Raw("begin" if written.startswith("\\begin") else "end", name, start, end)]
        case "sized":
            return _sized(written, start, end)
        case "tag":
            layout = written.startswith(ARGUMENT_IS_LAYOUT)
            return [] if layout else [Raw("tag", written, start, end)]
        case "command":
            return _command(written, start, end)
        case "escaped":
            return _escaped(written, start, end)
        case "char":
            return _character(written, start, end)
        case "walrus" | "stacked":
            return [Raw("=", "=", start, end)]
        case _:
            return [Raw(kind, written, start, end)]


def _sized(written: str, start: int, end: int) -> list[Raw]:
    """`\\left(` and its kin: the bracket counts, its size does not; an invisible one still opens or closes."""
    match = re.match(r"\\([a-zA-Z]+)\s*(.*)", written, re.DOTALL)
    assert match is not None
    size, bracket = match.groups()
    if bracket == "|" or bracket == "\\|":
        kinds = {"left": "open", "right": "close"}
        return [Raw(kinds.get(size, "bar"), "|", start, end)]
    if bracket == ".":
        return [Raw("open" if size == "left" else "close", ".", start, end)]
    if bracket in OPENING:
        return [Raw("open", OPENING[bracket], start, end)]
    if bracket in CLOSING:
        return [Raw("close", bracket, start, end)]
    behind = end - len(bracket)
    return [
        Raw(piece.kind, piece.text, behind + piece.start, behind + piece.end)
        for piece in scan(bracket, Span(0, len(bracket)))
    ]


def _command(written: str, start: int, end: int) -> list[Raw]:
    if written in LAYOUT:
        return []
    if written in OPENING:
        return [Raw("open", OPENING[written], start, end)]
    if written in CLOSING:
        return [Raw("close", written, start, end)]
    if written in ("\\quad", "\\qquad"):
        return [Raw("quad", written, start, end)]
    return [Raw("command", written, start, end)]


def _escaped(written: str, start: int, end: int) -> list[Raw]:
    if written in SPACES or written[1].isspace():
        return []
    if written == "\\{":
        return [Raw("open", "{", start, end)]
    if written == "\\}":
        return [Raw("close", "\\}", start, end)]
    return [Raw("escaped", written, start, end)]


def _character(written: str, start: int, end: int) -> list[Raw]:
    meant = UNICODE.get(written, written)
    if meant == "\\mathcal{L}":
        return [Raw("letter", meant, start, end)]
    if len(meant) > 1:
        return [Raw("command", meant, start, end)]
    if meant in OPENING:
        return [Raw("open", meant, start, end)]
    if meant in CLOSING:
        return [Raw("close", meant, start, end)]
    if meant.isascii() and meant.isalpha():
        return [Raw("letter", meant, start, end)]
    if meant == "|":
        return [Raw("bar", meant, start, end)]
    return [Raw(meant if meant in "+-*/=^_{}&,.;:'!<>" else "odd", meant, start, end)]
