"""A report -> Markdown for a review or the summary of a job: the verdict, what is wrong, the evidence folded away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from bnverify.diagnostic import Severity
from bnverify.pattern import pattern
from bnverify.record import NoteRecord, Report
from bnverify.report.counts import count_steps, exit_status
from bnverify.report.ending import end, summary_words
from bnverify.report.found import Found, found_in
from bnverify.report.full import diagnostic_lines, verdict
from bnverify.report.look import PLAIN, Look
from bnverify.report.pieces import text_of
from bnverify.report.sentences import block, code, folded, sentence, table, words

CONTINUED = pattern(r"\n +")
"""Where a sentence goes on in the next line."""
FEW = 3
"""Notes that have a line each, although nothing is to be done about them."""


def render(report: Report, look: Look = PLAIN) -> str:
    """Paragraphs; of many notes those about which nothing is to be done are only counted."""
    found = [(record, found_in(record)) for record in report.notes]
    busy = [(record, each) for record, each in found if _to_do(each) or not count_steps(record).judged]
    calm = len(found) - len(busy)
    top, last = _verdict(report, [one for _, each in found for one in each], look)
    paragraphs = [
        f"**bnverify: {top}**",
        *(f"{code(one.path)} was not checked: {sentence(one.message)}" for one in report.troubles),
    ]
    paragraphs += [one for record, each in (found if calm <= FEW else busy) for one in _note(record, each)]
    paragraphs += [f"Nothing is to be done about {calm} notes."] if calm > FEW else []
    return "\n\n".join([*paragraphs, *last, ""]).removesuffix("\n")


def _to_do(found: Sequence[Found]) -> list[Found]:
    return [one for one in found if not one.aside and one.diagnostic.severity is not Severity.NOTICE]


def _verdict(report: Report, found: Sequence[Found], look: Look) -> tuple[str, list[str]]:
    """The first line, and what is left to say in the last ones; a cache is no business of a document."""
    said = text_of(end(replace(report, remembered=frozenset()), look.strict))
    sentences = [sentence(one) for one in CONTINUED.sub(" ", said).splitlines()]
    if exit_status(report, look.strict) in (0, 3):
        return sentences[-1].replace("see above", "see below"), sentences[:-1]
    many = Counter(one.diagnostic.severity for one in _to_do(found))
    parts = [f"{many[one]} {one.value}{'s' * (many[one] > 1)}" for one in Severity if many[one]]
    unchecked = f"{len(report.troubles)} of {len(report.troubles) + len(report.notes)} notes not checked"
    return ", ".join([*parts, *([unchecked] if report.troubles else [])]), sentences


def _note(record: NoteRecord, found: Sequence[Found]) -> list[str]:
    """Its verdict, a row for each finding that counts, and what is folded away."""
    open_ones, aside = _to_do(found), [one for one in found if one.aside]
    said = f"{words(verdict(record)[0])} ({summary_words(count_steps(record))})"
    paragraphs = [f"{code(record.note.name)}: {said}"]
    if open_ones:
        rows = [
            (*_where(record, one), sentence(one.diagnostic.message), sentence(one.diagnostic.help)) for one in open_ones
        ]
        paragraphs.append(table(("place", "code", "what", "repair"), rows))
    paragraphs += [
        folded(f"{_line(record, one)}: {one.diagnostic.code}", block(text_of(diagnostic_lines(record, one.diagnostic))))
        for one in open_ones
    ]
    if aside:
        rows = [(*_where(record, one), sentence(one.diagnostic.message), sentence(one.aside)) for one in aside]
        title = "1 finding does not count" if len(aside) == 1 else f"{len(aside)} findings do not count"
        paragraphs.append(folded(title, table(("place", "code", "what", "why not"), rows)))
    return paragraphs


def _where(record: NoteRecord, one: Found) -> tuple[str, str]:
    return words(_line(record, one)), code(one.diagnostic.code)


def _line(record: NoteRecord, one: Found) -> str:
    return record.note.lines([one.diagnostic.primary.span.start])
