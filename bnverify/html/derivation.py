"""A derived backward pass -> a piece of a page, its formulas as MathML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bnverify.derivation.derivation import Derivation, Line
from bnverify.derivation.written import convention_words, title
from bnverify.elements import Element, element, markup
from bnverify.html.formulas import typeset_latex
from bnverify.html.mathml import operator, row
from bnverify.model.writing import Spelling, latex
from bnverify.read.containers import Wording

RIGHT, LEFT = ({"columnalign": align, "style": f"text-align: {align}"} for align in ("right", "left"))


def derivation_html(derivation: Derivation) -> str:
    """Headings, sentences, and every chain with a row for each side."""
    asked, spelling = derivation.asked, derivation.asked.standard.spelling()
    parts = [element("h3", title(asked)), element("p", f"Under {convention_words(asked)}, for every n.")]
    for section in derivation.sections:
        parts += [element("h4", section.title), *_sentences(section.words)]
        parts += [_chain(line, spelling) for line in section.lines]
    return markup(element("div", *parts))


def _sentences(words: str) -> Iterator[Element]:
    """A paragraph; what stands between dollars is a formula."""
    if words:
        parts = enumerate(words.split("$"))
        yield element("p", *(element("math", *typeset_latex(one, WORDING, 0)) if k % 2 else one for k, one in parts))


def _chain(line: Line, spelling: Spelling) -> Element:
    head, *sides = (row(*typeset_latex(latex(term, spelling), WORDING, 0)) for term in (line.head, *line.sides))
    rows = [_row([head] if not place else [], side) for place, side in enumerate(sides)]
    return element("math", element("mtable", *rows, attributes={"displaystyle": "true"}), display="block")


def _row(head: Sequence[Element], side: Element) -> Element:
    return element(
        "mtr",
        element("mtd", *head, attributes=RIGHT),
        element("mtd", row(operator("="), side), attributes=LEFT),
    )


WORDING = Wording()
