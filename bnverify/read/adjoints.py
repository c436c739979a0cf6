"""Words and accents that mean the derivative of the loss by something -> the tokens of `dx`, `d\\gamma`.

`\\mathrm{dgamma}` and `\\text{dx}_i` always do; a bar over a letter, or a delta in front of one, does where the note
says so, in words or by an equation such as `\\bar{y}_i = \\partial L/\\partial y_i`, or where it can mean nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from bnverify.pattern import pattern
from bnverify.read.cursor import Misshapen, argument_end, unbraced
from bnverify.read.tokens import Raw, scan
from bnverify.source import Span

QUANTITIES: Mapping[str, str] = MappingProxyType(
    {
        **{letter: letter for letter in "xyzvsu"},
        **{name: f"\\{name}" for name in ("gamma", "beta", "mu", "sigma")},
        **dict.fromkeys(("xhat", "x_hat", "xn", "xnorm", "x_norm"), "\\hat{x}"),
        **dict.fromkeys(("sigma2", "sigmasq", "sigma_sq", "var", "variance"), "\\sigma^2"),
        "mean": "\\mu",
    }
)
"""What is differentiated by, as code names it behind a d."""
ACCENTS = MappingProxyType(
    {"bar": "\\bar", "overbar": "\\bar", "overline": "\\overline", "tilde": "\\tilde", "dot": "\\dot"}
)
IN_FRONT = frozenset(("\\delta", "\\Delta"))
BEHIND_IT = frozenset(("\\hat", "\\widehat", "\\gamma", "\\beta", "\\mu", "\\sigma"))
SAME = MappingProxyType({"\\bar": ("\\bar", "\\overline"), "\\overline": ("\\bar", "\\overline")})
GRADIENT = r"(?:derivative|gradient|adjoint|sensitivit(?:y|ie)|cotangent)s?"
GAP = r"(?:(?!mean|average|product|\n[ \t]*\n)[^.\\]){0,60}"
IN_WORDS = pattern(
    rf"(?<!vertical )(?<!\\)\b(?P<one>bar|overbar|overline|tilde|dot)s?\b{GAP}\b{GRADIENT}\b"
    rf"|\b{GRADIENT}\b{GAP}\b(?:with|by|as|carr\w+|wear\w*)\s+(?:a|an|the)\s+(?P<other>bar|overbar|overline|tilde|dot)\b",
    re.IGNORECASE,
)
NAMED = pattern(r"(?:[bB]ar|BAR|[oO]verline|[tT]ilde|[dD]ot)s?\b")
"""Without such a word nothing is said in words; a quick look."""
QUANTITY = (
    r"\s*(?:\{(?P<braced>(?:[^{}]|\{[^{}]{0,40}\}){1,40})\}|(?P<bare>\\[a-z]+|(?![dg])[a-z]))"
    r"(?:_(?:\{[^{}]{0,40}\}|\w))?\s*"
)
ACCENTED = rf"(?P<accent>\\(?:bar|overline|tilde|dot|delta|Delta)(?![a-zA-Z])){QUANTITY}"
MEANS = r"\$,?\s{1,4}(?:(?:to\s+)?(?:be|denotes?|means?|stands?\s+for|abbreviates?|represents?)|for|as|is)\s+"
"""What stands behind a letter that is mentioned and says what it means."""
THE_GRADIENT = rf"(?:(?:the|its|our)\s+)?(?:(?:loss|incoming|upstream)\s+)?{GRADIENT}\b"
BY = (
    r"(?:\\[dt]?frac\s*\{\s*\\partial\s*[^{}]{1,12}\}\s*\{|\\partial\s*[^{}/$]{1,12}/)\s*\\partial\s*\{?\s*"
    r"(?:(?P=braced)|(?P=bare))"
)
IN_AN_EQUATION = pattern(
    rf"{ACCENTED}(?:&?\s*(?::=|=|\\equiv|\\coloneqq|\\triangleq)\s*&?|{MEANS}(?:{THE_GRADIENT}\s*,?\s*)?\$)\s*{BY}"
)
MENTIONED = pattern(
    rf"{ACCENTED}{MEANS}(?<!as )(?<!as\n){THE_GRADIENT}(?=\s(?:of|with|by|w\.|at|in)|\s?[$.,;:(]|\s*\Z)", re.IGNORECASE
)
"""`$\\bar{y}$ denotes the adjoint`."""
SHORT = pattern(
    r"(?:\\[dt]?frac\s*\{\s*\\partial\s*[^{}]{1,12}\}\s*\{|\\partial\s*[^{}/$]{1,12}/)\s*\\partial\s*\{?\s*"
    r"(?P<by>\{[^{}]{0,40}\}|\\[a-z]+|[a-z])(?:_(?:\{[^{}]{0,40}\}|\w))?\s*\}?\s*\$\s*,?\s+"
    r"(?:(?:is|are|will\s+be|we|which|often|here|simply|also)\s+){0,4}"
    r"(?:written|denoted?|abbreviated?|called|call|write|short(?:ened)?)\s+(?:(?:to|as|by|with)\s+)?\$\s*"
    r"(?P<accent>\\(?:bar|overline|tilde|dot|delta|Delta)(?![a-zA-Z]))\s*(?:\{\s*)?(?P=by)"
)
"""`$\\partial L/\\partial q$ is written $\\bar{q}$`."""
GRADIENT_ALONE = pattern(
    r"(?P<accent>\\(?:bar|overline|delta)(?![a-zA-Z]))\s{0,4}(?:\{\s{0,4})?\\(?:gamma|beta)(?![a-zA-Z])[^=$&\\]{0,12}&?\s{0,4}="
)
"""A bar over a gain, or a delta before it, at the head of an equation: there is nothing to take the average of."""
UPSTREAM = r"\s*(?:\{\s*y(?:_\w|_\{\w+\})?\s*\}|y)(?:_\w|_\{\w+\})?(?P<head>\s*&?\s*(?::?=|\\equiv))?"
"""The output with the same mark, behind its command."""


def declared_accents(text: str) -> frozenset[str]:
    """The accents, and what stands in front of a letter, that a note gives this meaning, as commands."""
    said = IN_WORDS.finditer(text) if NAMED.search(text) else ()
    named = {ACCENTS[(one["one"] or one["other"]).lower()] for one in said}
    shown = {one["accent"] for each in (IN_AN_EQUATION, MENTIONED, SHORT) for one in each.finditer(text)}
    alone = {one["accent"] for one in GRADIENT_ALONE.finditer(text)}
    shown |= {accent for accent in alone if _is_given(accent, text)}
    return frozenset(same for one in named | shown for same in SAME.get(one, (one,)))


def _is_given(accent: str, text: str) -> bool:
    """Whether the output occurs with an accent, and no equation says what that is: it is where a gradient begins."""
    found = list(re.finditer(re.escape(accent) + UPSTREAM, text))
    return bool(found) and not any(one["head"] for one in found)


def word_of_adjoint(word: str, span: Span, start: int) -> list[Raw]:
    """The tokens of `dgamma`, whose letters begin at `start`; none where it is another word."""
    meant = QUANTITIES.get(word.removeprefix("d")) if word.startswith("d") else None
    if meant is None:
        return []
    found = [Raw("letter", "d", span.start, start + 1)]
    inner = scan(meant, Span(0, len(meant)))
    found += [piece._replace(start=start + 1, end=start + 1) for piece in inner[:-1]]
    return [*found, inner[-1]._replace(start=start + 1, end=span.end)]


def without_accents(tokens: Sequence[Raw], accents: frozenset[str]) -> list[Raw]:
    """`\\bar{y}_i` as `dy_i`."""
    made: list[Raw] = []
    place = 0
    while place < len(tokens):
        piece = tokens[place]
        try:
            end = argument_end(tokens, place + 1) if piece.text in accents - IN_FRONT else place
        except Misshapen:
            end = place
        if piece.text in accents & IN_FRONT and _is_in_front_of_a_letter(tokens, place):
            made.append(Raw("letter", "d", piece.start, piece.end))
            place += 1
        elif end > place:
            inner = unbraced(tokens[place + 1 : end])
            made.append(Raw("letter", "d", piece.start, piece.end))
            made += [*inner[:-1], inner[-1]._replace(end=tokens[end - 1].end)] if inner else []
            place = end
        else:
            made.append(piece)
            place += 1
    return made


def _is_in_front_of_a_letter(tokens: Sequence[Raw], place: int) -> bool:
    """`\\delta y_i`, and not the `\\delta_{ij}` of Kronecker, or a delta that is a factor."""
    following = next((one for one in tokens[place + 1 :] if one.kind != "space"), None)
    return following is not None and (following.kind == "letter" or following.text in BEHIND_IT)
