"""A derivation -> text in Markdown or LaTeX; both are notes that `check` accepts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bnverify.derivation.derivation import Asked, Derivation, Line, Style
from bnverify.model.conventions import OF_FORWARD
from bnverify.model.writing import Spelling, latex

WIDEST = 150
"""Characters of LaTeX that two sides may have together before each gets a row of its own."""
BY_STYLE: Mapping[Style, str] = {
    Style.STAGED: "node by node",
    Style.ONE_SHOT: "in one chain",
    Style.JACOBIAN: "by its Jacobian",
}
READINGS = {Style.STAGED: "local", Style.ONE_SHOT: "total", Style.JACOBIAN: "total"}
"""What a derivative of one quantity by another means in each style, for the front matter."""


def title(asked: Asked) -> str:
    """`Batch norm backwards, node by node`."""
    name = asked.standard.layer.title
    return f"{name[0].upper()}{name[1:]} backwards, {BY_STYLE[asked.style]}"


def convention_words(asked: Asked) -> str:
    """The choices that the layer leaves, in words."""
    free = [part for part in OF_FORWARD if len({one.choices[part] for one in asked.standard.conventions()}) > 1]
    return ", ".join(asked.convention.choices[part].words for part in free)


def markdown(derivation: Derivation) -> str:
    """A note with front matter."""
    return "\n".join(_markdown(derivation)).rstrip() + "\n"


def _markdown(derivation: Derivation) -> Iterator[str]:
    asked, spelling = derivation.asked, derivation.asked.standard.spelling()
    yield from ("---", "bnverify:", f"  title: {title(asked)}")
    yield from (f"  {part}: {asked.convention.choices[part].value}" for part in OF_FORWARD)
    yield from (f"  layer: {asked.standard.layer.name}", f"  derivatives: {READINGS[asked.style]}", "---", "")
    yield from (f"# {title(asked)}", "", f"Under {convention_words(asked)}.", "")
    for section in derivation.sections:
        yield from (f"## {section.title}", "", *_sentences(section.words))
        for line in section.lines:
            yield from ("$$", *rows(line, spelling), "$$", "")


def _sentences(words: str) -> tuple[str, ...]:
    """One sentence a line, and an empty line."""
    return (words.replace(". ", ".\n"), "") if words else ()


def rows(line: Line, spelling: Spelling) -> tuple[str, ...]:
    """One formula: a short chain in a row, a long one down the rows."""
    head, *sides = (latex(term, spelling) for term in (line.head, *line.sides))
    if len(sides) == 1 or len(head) + sum(map(len, sides)) <= WIDEST:
        return (" = ".join((head, *sides)),)
    body = [f"&= {side}" for side in sides]
    return ("\\begin{aligned}", head, *(f"{row} \\\\" for row in body[:-1]), body[-1], "\\end{aligned}")


def latex_document(derivation: Derivation) -> str:
    """A document that compiles by itself, with amsmath alone."""
    asked, spelling = derivation.asked, derivation.asked.standard.spelling()
    return "\n".join((*PREAMBLE, *_body(derivation, asked, spelling), "\\end{document}")) + "\n"


PREAMBLE = ("\\documentclass{article}", "\\usepackage{amsmath}", "\\begin{document}", "")


def _body(derivation: Derivation, asked: Asked, spelling: Spelling) -> Iterable[str]:
    yield from (f"\\section*{{{title(asked)}}}", "", f"Under {convention_words(asked)}.", "")
    for section in derivation.sections:
        yield from (f"\\subsection*{{{section.title}}}", "", *_sentences(section.words))
        for line in section.lines:
            yield from ("\\[", *rows(line, spelling), "\\]", "")
