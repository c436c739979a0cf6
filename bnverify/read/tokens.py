"""Characters of a formula -> raw tokens with spans: no structure yet, nothing lost.

Layout commands become spaces, brackets of any size become `open` and `close`, and
Unicode letters become the commands that they stand for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from unicodedata import normalize

from bnverify.pattern import pattern
from bnverify.read.commands import COMPARISONS, FUNCTIONS
from bnverify.source import Span


class Raw(NamedTuple):
    """One token. `kind`: command, letter, digits, function, open, close, begin, end, or the character itself."""

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
BRACED_SIGN = r"\{\s*(?:=|:=|\\equiv)\s*\}"
STACKED = rf"\\(?:stackrel|overset|underset)\s*(?:{BRACED}|[^{{\\])\s*"
RELATION = (
    rf"{STACKED}(?:{BRACED_SIGN}|\{{\s*{STACKED}{BRACED_SIGN}\s*\}})"
    rf"|\\xlongequal\s*(?:\[[^\]\n]*\]\s*)?{BRACED}"
    rf"|(?:\\(?:mathrel|mathbin|mathop|mathord|bm|boldsymbol)\s*)?(?:{BRACED_SIGN}|\{{\s*{STACKED}{BRACED_SIGN}\s*\}})"
)
"""A sign of equality in braces, or with something over or under it."""
SIGN = "|".join(sorted(map(re.escape, (one for one in COMPARISONS if one.startswith("\\"))), key=len, reverse=True))
SIGN = rf"(?:{SIGN})(?![A-Za-z])|[<>≈∝≃∼≅≤≥≠]"
COMPARED = (
    rf"{STACKED}(?:\{{\s*(?:{SIGN})\s*\}}|(?:{SIGN}))|\\x(?:long)?(?:hook)?rightarrow\s*(?:\[[^\]\n]*\]\s*)?{BRACED}"
)
"""Another sign with something over or under it."""
BARE_SIGN = pattern(rf"(?P<sign>{SIGN})[\s}}]*\Z")
PATTERN = pattern(
    r"(?P<comment>%[^\n]*)"
    rf"|(?P<newline>\\\\\*?(?:[ \t]*\[\s*-?{LENGTH}\s*\])?|\\(?:cr|newline|tabularnewline)(?![A-Za-z]))"
    r"|(?P<sized>\\(?:left|right|(?:[bB]igg?[lrm]?))(?![A-Za-z])\s*(?:\\[{}|]|\\[a-zA-Z]+|[^\\\s]))"
    r"|(?P<env>\\(?:begin|end)\s*\{[^{}]*\})"
    rf"|(?P<stacked>{RELATION})"
    rf"|(?P<compared>{COMPARED})"
    r"|(?P<tag>\\(?:tag|label|ref|eqref|cref|Cref|autoref|hspace|vspace|mspace|[hv]?phantom|color|textcolor|mathcolor"
    r"|class|cssId|style|cite[pt]?|footnote)\*?\s*(?:\[[^\]\n]*\]\s*)?\{)"
    r"|(?P<option>\\bbox\s*\[[^\]\n]*\])"
    r"|(?P<circled>\\textcircled\s*(?:\{[^{}]*\}|[0-9])|（\s*[0-9]+(?:[.-][0-9]+)?\s*）)"
    r"|(?P<said>\\mathrm\s*\{\s*~\s*[A-Za-z]\s*[A-Za-z][A-Za-z\s~.,;:]*\})"
    r"|(?P<text>\\(?:text(?:rm|it|bf|normal|sf|tt|up)?|mbox|hbox|(?:short)?intertext)\s*\{)"
    r"|(?P<command>\\[A-Za-z]+\*?)"
    r"|(?P<escaped>\\.)"
    r"|(?P<digits>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
    r"|(?P<space>[\s~\u00a0\u2009\u200a\u202f]+)"
    r"|(?P<walrus>:=|=:)"
    r"|(?P<low>[₀-₉₊₋₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ]+)"
    r"|(?P<high>[⁰¹²³⁴-⁹⁺⁻⁽⁾ⁱⁿᵀᵐᐟ]+)"
    r"|(?P<marked>[^\W\d_][\u0300-\u036f]+)"
    r"|(?P<char>.)",
    re.DOTALL,
)

LAYOUT = frozenset(
    "\\displaystyle \\textstyle \\scriptstyle \\limits \\nolimits \\nonumber \\notag \\centering \\mathstrut "
    "\\thinspace \\medspace \\noindent \\hfill \\hline \\middle \\strut \\normalsize \\small \\large "
    "\\mathrel \\mathbin \\mathord \\mathpunct \\mathstrut \\allowbreak \\relax \\hskip \\protect "
    "\\qty \\IEEEyesnumber \\IEEEnonumber".split()
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
UNICODE |= {"µ": "\\mu", "＝": "=", "＋": "+", "－": "-"}
LOW = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-()aehijklmnoprstuvx")
HIGH = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁱⁿᵀᵐᐟ", "0123456789+-()inTm/")
MARKS = {
    "\u0302": "\\hat", "\u0303": "\\tilde", "\u0304": "\\bar", "\u0305": "\\bar", "\u0307": "\\dot",
    "\u030c": "\\check", "\u0306": "\\breve",
}  # fmt: skip
MORE_UNICODE = UNICODE | {
    "ς": "\\varsigma", "ϑ": "\\vartheta", "ϕ": "\\phi", "ϱ": "\\varrho", "ι": "\\iota", "υ": "\\upsilon", "Ξ": "\\Xi",
    "Π": "\\Pi", "Υ": "\\Upsilon", "÷": "\\div", "±": "\\pm", "‖": "\\|", "≤": "\\leq", "≥": "\\geq", "∏": "\\prod",
    "∝": "\\propto", "≃": "\\simeq", "∼": "\\sim", "≅": "\\cong", "≍": "\\asymp", "≲": "\\lesssim", "≳": "\\gtrsim",
    "⩽": "\\leqslant", "⩾": "\\geqslant", "≪": "\\ll", "≫": "\\gg", "≺": "\\prec", "≻": "\\succ",
    "↪": "\\hookrightarrow",
    "≜": "\\triangleq", "≔": "\\coloneqq", "←": "\\leftarrow", "⟵": "\\longleftarrow", "↦": "\\mapsto",
    "，": ",", "。": ".", "．": ".", "；": ";", "：": ":", "（": "(", "）": ")",
    "…": "\\dots", "⋯": "\\cdots", "⁄": "/", "∕": "/", "⊤": "\\top", "∗": "*",
}  # fmt: skip
"""What is read beside the letters that are also printed."""
HALVES = {"½": ("1", "2"), "⅓": ("1", "3"), "¼": ("1", "4"), "¾": ("3", "4"), "⅔": ("2", "3")}
OPENING = {
    "(": "(", "[": "[", "\\{": "{", "\\lbrace": "{", "\\langle": "<", "\\lbrack": "[",
    "\\llbracket": "⟦", "⟦": "⟦", "\\lVert": "\\|", "⟨": "<",
}  # fmt: skip
CLOSING = {")", "]", "\\}", "\\rbrace", "\\rangle", "\\rbrack", "\\rrbracket", "⟧", "⟩"}
NORMS = {"\\|", "\\Vert", "\\lVert", "\\rVert", "‖"}
SPACES = {"\\,", "\\;", "\\!", "\\:", "\\ ", "\\>", "\\/"}
SPOKEN_FUNCTION = pattern(r"\\(?:text(?:rm|it|bf|normal|sf|tt)?|mbox|textup)\s*\{\s*(?P<word>[A-Za-z]+)\s*\}")
BEFORE_BRACKET = pattern(
    r"\s*(?:_\s*(?:\{(?:[^{}]|\{[^{}]*\})*\}|\\?[A-Za-z0-9]+))?\s*(?:\\left|\\[bB]igg?l?)?\s*(?:[(\[]|\\\{)"
)
ARGUMENT_IS_LAYOUT = tuple(
    "\\hspace \\vspace \\mspace \\color \\textcolor \\mathcolor \\phantom \\hphantom \\vphantom "
    "\\class \\cssId \\style".split()
)


BRACE = pattern(r"\\.|[{}]", re.DOTALL)


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
            if kind == "text" and (spoken := _spoken_function(text, place, end, span.end)):
                kind, written = "function", spoken
        if kind in ("text", "tag") and (found := _mathematics_in(text, place, end)):
            tokens.extend(_with_mathematics(text, place, end, found))
        else:
            tokens.extend(_tokens(kind, written, place, end))
        place = end
    return tokens


INNER = pattern(r"\\(?P<bracket>\()(?P<inside>.+?)\\\)|(?<!\\)\$(?P<between>[^$]+)(?<!\\)\$", re.DOTALL)
"""Mathematics inside words: `\\text{where $a = b$}`."""


HYPOTHESIS = pattern(r"\b(?:if|when|whenever|unless|provided|suppose|assum\w*)\b", re.IGNORECASE)
EQUATION = pattern(
    r"=.*\\(?:frac|partial|sum|hat|sqrt)(?![A-Za-z])|\\(?:frac|partial|sum|hat|sqrt)(?![A-Za-z]).*=", re.DOTALL
)
"""An equation that stands among words as it is."""


def _mathematics_in(text: str, start: int, end: int) -> list[Span]:
    """Where mathematics that is claimed stands in `\\text{...}`; a hypothesis is not, nor the sign in `\\tag{$*$}`."""
    if HYPOTHESIS.search(text, start, end) or (text.startswith("\\tag", start) and "=" not in text[start:end]):
        return []
    found = [Span(*one.span("inside" if one["bracket"] else "between")) for one in INNER.finditer(text, start, end)]
    opening = text.find("{", start, end)
    whole = Span(opening + 1, end - 1 if text[end - 1] == "}" else end)
    return found or ([whole] if EQUATION.search(text, whole.start, whole.end) else [])


def _with_mathematics(text: str, start: int, end: int, found: list[Span]) -> Iterator[Raw]:
    """Words that hold mathematics: the pieces of both, in turn."""
    for inside in found:
        yield Raw("text", f"\\text{{{_words(text[start : inside.start])}}}", start, inside.start)
        yield from scan(text, inside)
        start = inside.end
    yield Raw("text", f"\\text{{{_words(text[start:end])}}}", start, end)


def _words(piece: str) -> str:
    """What is left of words that were cut: without their command, and without the mark behind mathematics."""
    return re.sub(r"\A\\[A-Za-z]+\s*\{|\A(?:\$|\\\))|(?:\$|\\\(|\})\Z", "", piece).strip()


def _spoken_function(text: str, start: int, end: int, limit: int) -> str:
    """The word of `\\text{softmax}` where a bracket follows; with another word, or without a bracket, nothing."""
    found = SPOKEN_FUNCTION.fullmatch(text, start, end)
    applied = found is not None and BEFORE_BRACKET.match(text, end, limit)
    return found["word"] if found is not None and applied and found["word"] in FUNCTIONS.keys() - {"V"} else ""


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
        case "marked":
            return _marked(written, start, end)
        case "low":
            return list(_scripts("_", written.translate(LOW), start))
        case "high":
            return list(_scripts("^", written.translate(HIGH), start))
        case "compared":
            found = BARE_SIGN.search(written)
            sign = found["sign"] if found else "\\to"
            return [Raw("command", MORE_UNICODE.get(sign, sign), start, end)]
        case "said":
            return _said(written, start, end)
        case "walrus" | "stacked":
            return [Raw("=", "=", start, end)]
        case _:
            return [Raw(kind, written, start, end)]


def _said(written: str, start: int, end: int) -> list[Raw]:
    """`\\mathrm { ~ w h e r e ~ }`, words as scans have them, which no function is; a tilde parts spaced words."""
    opening = written.index("{")
    parts = [part.split() for part in written[opening + 1 : -1].split("~")]
    words = " ".join(("" if all(len(one) == 1 for one in part) else " ").join(part) for part in parts if part)
    if words not in FUNCTIONS:
        return [Raw("text", f"\\text{{{words}}}", start, end)]
    inner = scan(written, Span(opening, len(written)))
    placed = [piece._replace(start=start + piece.start, end=start + piece.end) for piece in inner]
    return [Raw("command", "\\mathrm", start, start + opening), *placed]


def _sized(written: str, start: int, end: int) -> list[Raw]:
    """`\\left(` and its kin: the bracket counts, its size does not; an invisible one still opens or closes."""
    match = re.match(r"\\([a-zA-Z]+)\s*(.*)", written, re.DOTALL)
    assert match is not None
    size, bracket = match.groups()
    if bracket == "|" or bracket in NORMS:
        kinds = {"left": "open", "right": "close"}
        if bracket == "|":
            return [Raw(kinds.get(size, "bar"), "|", start, end)]
        return [Raw(kinds.get(size, "escaped"), "\\|", start, end)]
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
    if written == "\\rVert":
        return [Raw("close", "\\|", start, end)]
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


def _marked(written: str, start: int, end: int) -> list[Raw]:
    """A letter with signs over it, which stand behind it in the text: `x̂` is `\\hat{x}`."""
    apart = normalize("NFD", written)
    inner = _character(apart[0], start, end)
    for mark in apart[1:]:
        if mark not in MARKS or inner[0].kind not in ("letter", "command"):
            return [Raw("odd", written, start, end)]
        before = [Raw("command", MARKS[mark], start, start), Raw("{", "{", start, start)]
        inner = [*before, *inner, Raw("}", "}", end, end)]
    return inner


def _scripts(sign: str, written: str, start: int) -> Iterator[Raw]:
    """A run of small digits and letters below or above the line: `x₁`, `σ²`, `v⁻¹`."""
    end = start + len(written)
    yield Raw(sign, sign, start, start)
    yield Raw("{", "{", start, start)
    for piece in scan(written, Span(0, len(written))):
        yield piece._replace(start=start + piece.start, end=start + piece.end)
    yield Raw("}", "}", end, end)


def _half(written: str, start: int, end: int) -> list[Raw]:
    """`½` is `\\frac{1}{2}`."""
    one, two = HALVES[written]
    above, below = Raw("digits", one, start, end), Raw("digits", two, end, end)
    opening, closing = Raw("{", "{", start, start), Raw("}", "}", end, end)
    return [Raw("command", "\\frac", start, start), opening, above, closing, opening, below, closing]


def _character(written: str, start: int, end: int) -> list[Raw]:
    meant = MORE_UNICODE.get(written, written)
    if len(meant) == 1 and meant.isascii() and meant.isalpha():
        return [Raw("letter", meant, start, end)]
    if meant == "\\mathcal{L}":
        return [Raw("letter", meant, start, end)]
    if meant == "\\|":
        return [Raw("escaped", meant, start, end)]
    if len(meant) > 1:
        return [Raw("command", meant, start, end)]
    if meant in HALVES:
        return _half(meant, start, end)
    if meant in OPENING:
        return [Raw("open", OPENING[meant], start, end)]
    if meant in CLOSING:
        return [Raw("close", meant, start, end)]
    if meant == "|":
        return [Raw("bar", meant, start, end)]
    if not meant.isascii() and len(normalize("NFD", meant)) > 1:
        return _marked(meant, start, end)
    return [Raw(meant if meant in "+-*/=^_{}&,.;:'!<>" else "odd", meant, start, end)]
