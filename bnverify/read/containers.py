"""What stands in a container -> the mathematics that is meant: quotes, entities, addresses, escapes, own commands."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field
from typing import NamedTuple

from bnverify.frozen import frozen
from bnverify.pattern import pattern
from bnverify.read.applied import Applied, without_arguments
from bnverify.read.averages import with_averages
from bnverify.read.cased import with_cases
from bnverify.read.commands import GREEK
from bnverify.read.counted import CountD, counted
from bnverify.read.documents import Formula, Layout
from bnverify.read.expansion import expand, without_definitions
from bnverify.read.labelled import Labels, with_labels
from bnverify.read.passages import Passage, passage_of, replaced, tokens_of
from bnverify.read.sigmas import with_sums
from bnverify.read.spoken import named
from bnverify.read.stray import mended
from bnverify.read.tokens import Raw, scan
from bnverify.source import Span

LIQUID = pattern(r"\{%-?\s*(?:end)?raw\s*-?%\}|<br\s*/?>", re.IGNORECASE)
ENTITY = pattern(r"&(?:lt|gt|amp|quot|apos|nbsp|minus|times|middot|le|ge|ne|#\d{1,6}|#[xX][0-9a-fA-F]{1,5});")
ADDRESS = pattern(r"%[0-7][0-9a-fA-F]|(?:%[89a-fA-F][0-9a-fA-F])+|\+")
ESCAPED_SIGN = pattern(r"\\\\|\\(?P<sign>[_*])")
BACKSLASHES = pattern(r"\\{2}")
COMMAND_RUN = pattern(r"(?<!\\)(?P<slashes>\\+)(?P<name>[A-Za-z]+)")
KNOWN = GREEK | frozenset(
    "\\frac \\dfrac \\tfrac \\sum \\partial \\hat \\bar \\tilde \\sqrt \\cdot \\times \\left \\right \\begin \\end "
    "\\text \\mathrm \\mathbf \\mathcal \\quad \\qquad \\odot \\nabla \\in \\neq \\leq \\geq \\dots \\ldots "
    "\\Rightarrow \\rightarrow \\boldsymbol \\operatorname \\prod \\log \\exp \\overline \\widehat".split()
)
OWN_ENVIRONMENT = r"\\(?P<sign>begin|end)\s*\{{(?P<name>{names})\*?\}}"


class Meant(NamedTuple):
    """The tokens of a piece of mathematics, and where it defines commands."""

    tokens: list[Raw]
    definitions: list[Span]


@frozen
class Wording:
    """What has to be known of a note to read a further piece of LaTeX as it would be read there."""

    layout: Layout = field(default_factory=lambda: Layout(None, (), ()))
    names: frozenset[str] = frozenset()
    """Words that the note uses as names."""
    counts_to_d: CountD = CountD.NOWHERE
    """Where the letter d is a count in this note."""
    averages: frozenset[str] = frozenset()
    """Signs that are averages."""
    labels: Labels = field(default_factory=Labels)
    applied: Applied = frozenset()
    """Letters that are written with their argument."""
    summing: bool = False
    """Whether the capital sigma is the sign of a sum."""

    def scan(self, latex: str, place: int = 0) -> list[Raw]:
        """The tokens of a text as if it stood at an offset of the note; their spans are offsets of the text."""
        formula = self.layout.formula_at(place) or Formula(Span(place, place), Span(place, place), display=False)
        passage = passage_of(latex, Span(0, len(latex)))
        tokens = with_sums(mended(_read(passage, formula, self.layout, place).tokens), self.summing)
        tokens = with_averages(with_cases(tokens), self.averages)
        tokens = without_arguments(tokens, self.applied)
        tokens = named(with_labels(tokens, self.labels, place), self.names)
        return counted(tokens, self.counts_to_d)

    def unquoted(self, latex: str, place: int) -> str:
        """Some text of the note at an offset without the `>` at the beginnings of its lines."""
        formula = self.layout.formula_at(place) if "\n" in latex else None
        if formula is None or not formula.quoted:
            return latex
        return re.sub(rf"\n(?:[ \t]*>){{1,{formula.quoted}}}", "\n", latex)


def tokens_in(text: str, formula: Formula, layout: Layout) -> Meant:
    """The tokens of a formula, placed in the note."""
    passage = passage_of(text, formula.span)
    if formula.quoted and "\n" in passage.text:
        passage = replaced(passage, _quote_marks(formula.quoted, text, formula.span.start), lambda _: "")
    return _read(passage, formula, layout, None)


def _read(passage: Passage, formula: Formula, layout: Layout, place: int | None) -> Meant:
    if not layout.is_tex:
        passage = _plain(passage, formula.encoded)
    passage, definitions = without_definitions(passage)
    own = layout.macros.environments
    if own:
        begun = re.compile(OWN_ENVIRONMENT.format(names="|".join(own)))
        passage = replaced(passage, begun, lambda match: f"\\{match['sign']}{{{own[match['name']]}}}")
    passage, troubles = expand(passage, layout.macros, place)
    if isinstance(passage.starts, range):  # nothing was rewritten
        found = scan(passage.text, Span(0, len(passage.text)))
        by = passage.starts.start
        tokens = [Raw(one.kind, one.text, one.start + by, one.end + by) for one in found] if by else found
    else:
        tokens = tokens_of(passage)
    if troubles:
        tokens = [_left(piece, troubles) for piece in tokens]
    return Meant(tokens, definitions)


def _left(piece: Raw, troubles: dict[str, str]) -> Raw:
    """A call that could not be replaced is a token that nothing reads, and that says why."""
    why = troubles.get(piece.text) if piece.kind in ("command", "escaped") else None
    return Raw("long", why, piece.start, piece.end) if why else piece


def _quote_marks(depth: int, text: str, begin: int) -> re.Pattern[str]:
    """The `>` at the beginnings of lines; of the first one too where the formula begins with the line."""
    first = r"\A|" if begin and text[begin - 1] == "\n" else ""
    return re.compile(rf"(?:{first}(?<=\n))(?:[ \t]*>){{1,{depth}}}")


def _plain(passage: Passage, encoded: bool) -> Passage:
    """Without what only Markdown, HTML or an address needs."""
    tables: list[tuple[str, re.Pattern[str], Callable[[re.Match[str]], str]]] = [
        ("{%", LIQUID, lambda _: " "),
        ("<br", LIQUID, lambda _: " "),
        ("&", ENTITY, _unescaped),
    ]
    if encoded:
        tables.append(("", ADDRESS, _decoded))
    for sign, sought, meant in tables:
        if sign in passage.text:
            passage = replaced(passage, sought, meant)
    if "\\\\" in passage.text and _is_escaped_twice(passage.text):
        passage = replaced(passage, BACKSLASHES, lambda _: "\\")
    if "\\_" in passage.text or "\\*" in passage.text:
        passage = replaced(passage, ESCAPED_SIGN, lambda match: match["sign"] or match.group())
    return passage


def _unescaped(match: re.Match[str]) -> str:
    from html import unescape

    return unescape(match.group())


def _decoded(match: re.Match[str]) -> str:
    from urllib.parse import unquote_to_bytes

    return " " if match.group() == "+" else unquote_to_bytes(match.group()).decode("utf-8", "replace")


def _is_escaped_twice(text: str) -> bool:
    """Whether every command has its backslash doubled, and one of them is surely a command."""
    runs = [(len(match["slashes"]), "\\" + match["name"]) for match in COMMAND_RUN.finditer(text)]
    return all(count % 2 == 0 for count, _ in runs) and any(count == 2 and name in KNOWN for count, name in runs)
