"""A report -> one page that needs nothing else: no script, no font, no network."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from importlib.resources import files

from bnverify.elements import Element, Node, element, markup
from bnverify.graph.svg import DARK, LIGHT, scoped
from bnverify.html.note import Section, findings_of, headline_nodes, section_of
from bnverify.html.standing import MARKS, mark_of
from bnverify.html.words import rich
from bnverify.record import Report
from bnverify.report.ending import conclusion, total_words
from bnverify.report.found import Found
from bnverify.report.look import PLAIN, Look
from bnverify.report.pieces import printable

TITLE = "Derivations, checked line by line"


def render(report: Report, look: Look = PLAIN) -> str:
    sections = [section_of(record, place, look) for place, record in enumerate(report.notes)]
    style = "\n".join([_style(), *(rule for one in sections for rule in one.rules if rule)])
    page = element("html", _head(report, style), _body(report, sections, look), lang="en")
    return f"<!DOCTYPE html>\n{markup(page)}\n"


def _style() -> str:
    written = files("bnverify.html").joinpath("style.css").read_text(encoding="utf-8")
    dark = "\n".join(scoped(DARK, ".graph"))
    return f"{written}\n" + "\n".join(scoped(LIGHT, ".graph")) + f"\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}"


def _head(report: Report, style: str) -> Element:
    names = ", ".join(record.note.name for record in report.notes[:3]) or "nothing checked"
    title = printable(f"bnverify: {names}{' and more' if len(report.notes) > 3 else ''}")
    hashed = b64encode(sha256(style.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'"
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", attributes={"http-equiv": "Content-Security-Policy", "content": policy}),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        Element("style", (), (style,)),
    )


def _body(report: Report, sections: Sequence[Section], look: Look) -> Element:
    return element(
        "body",
        element("a", "Skip to the findings", href="#findings", class_="skip"),
        element("header", element("h1", TITLE), *_sums(report, look), *_contents(sections), class_="top"),
        element("main", *_troubles(report), _findings(sections), _legend(), *(one.element for one in sections)),
        element(
            "footer", element("p", "Made by bnverify. Formulas are shown as they were read, or as they are written.")
        ),
    )


def _sums(report: Report, look: Look) -> Iterator[Element]:
    sentences = [total_words(report)] if len(report.notes) > 1 else []
    sentences += [words for words, _ in conclusion(report, look.strict)]
    yield from (element("p", *rich(one, {}), class_="sum") for one in sentences)
    yield from (element("p", *rich(one, {}), class_="fact") for one in report.framework)


def _contents(sections: Sequence[Section]) -> Iterator[Element]:
    if len(sections) < 2:
        return
    items = []
    for one in sections:
        link = element("a", printable(one.read.record.note.name), href=f"#{one.read.mark}")
        items.append(element("li", link, ": ", *headline_nodes(one.read.record)))
    yield element("nav", element("h2", "Notes"), element("ul", *items), aria_label="Notes")


def _troubles(report: Report) -> Iterator[Element]:
    if report.troubles:
        rows = (
            element("li", printable(f"{one.path}: {one.message}{f' ({one.help})' if one.help else ''}"))
            for one in report.troubles
        )
        yield element(
            "section",
            element("h2", "Not judged at all", id="troubles"),
            element("ul", *rows),
            aria_labelledby="troubles",
        )


# -- findings


def _findings(sections: Sequence[Section]) -> Element:
    found = [(one, findings_of(one.read)) for one in sections]
    several = len(sections) > 1
    aside = sum(bool(finding.aside) for _, findings in found for finding in findings)
    listed = [part for one, findings in found for part in _listed(one, [f for f in findings if not f.aside], several)]
    if not listed:
        words = "Nothing was found that counts." if aside else "Nothing was found."
        listed = [element("p", words)]
    if aside:
        asides = (part for one, findings in found for part in _listed(one, [f for f in findings if f.aside], several))
        summary = element("summary", f"{aside} that {'is' if aside == 1 else 'are'} expected or ignored")
        listed.append(element("details", summary, *asides))
    return element("section", element("h2", "Findings", id="findings"), *listed, aria_labelledby="findings")


def _listed(section: Section, findings: Sequence[Found], several: bool) -> Iterator[Element]:
    """The findings of one note, below its name where there are several notes."""
    if findings and several:
        yield element("h3", printable(section.read.record.note.name))
    if findings:
        yield element("ol", *(_finding(section, one) for one in findings), class_="findings")


def _finding(section: Section, found: Found) -> Element:
    one, step = found.diagnostic, found.step
    start = step.relation.start if step is not None else one.primary.span.start
    target = section.read.name(start) if step is not None and section.has_rows else section.read.mark
    mark = mark_of(step) if step is not None else MARKS["wrong" if one.severity == "error" else "undecided"]
    symbol = element("span", mark.symbol, class_=f"symbol {mark.name}", role="img", aria_label=mark.words)
    link = element("a", printable(section.read.record.note.lines([start])), href=f"#{target}")
    return element("li", symbol, " ", link, ": ", *rich(one.message, {}), " ", element("code", one.code))


def _legend() -> Element:
    items: list[Node] = []
    for mark in MARKS.values():
        symbol = element("span", mark.symbol, class_=f"symbol {mark.name}", aria_hidden="true")
        items.append(element("div", element("dt", symbol, " ", mark.words), element("dd", mark.meaning)))
    about = element(
        "p",
        "A formula in ",
        element("code", "this type", class_="source"),
        " is shown as it is written, because there is no sign for it. "
        "A line in the margin leads from a wrong step to those that follow from it.",
    )
    shown = element("details", element("summary", "What the marks mean"), element("dl", *items), about, open="open")
    return element("section", element("h2", "Legend", id="legend"), shown, class_="legend", aria_labelledby="legend")
