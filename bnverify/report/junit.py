"""A report -> JUnit XML: a suite for each note, and in it a case for each step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.etree import ElementTree

from bnverify.diagnostic import Diagnostic, Severity
from bnverify.pattern import pattern
from bnverify.record import Kind, NoteRecord, Report, Standing, StepRecord, Trouble
from bnverify.report.counts import count_steps
from bnverify.report.found import Found, found_in
from bnverify.report.look import PLAIN, Look
from bnverify.report.paths import from_here
from bnverify.report.pieces import harmless, printable
from bnverify.source import Note

ILLEGAL = pattern("[\ufffe\uffff]")
"""What XML has no room for and is printable all the same."""


class Case(NamedTuple):
    """`outcome` is the name of the element inside: `failure`, `error`, `skipped`; none where the step is right."""

    name: str
    outcome: str = ""
    kind: str = ""
    message: str = ""
    text: str = ""


def render(report: Report, look: Look = PLAIN) -> str:
    """The document; no time and no machine is named, so that the same notes make the same bytes."""
    suites = [(record.note.name, list(_cases(record, look.strict))) for record in report.notes]
    suites += [(one.path, [_of_trouble(one)]) for one in report.troubles]
    whole = ElementTree.Element(
        "testsuites", {"name": "bnverify", **_counts([one for _, all in suites for one in all])}
    )
    for name, cases in suites:
        _add_suite(whole, name, cases)
    ElementTree.indent(whole)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(whole, encoding="unicode")}\n'


# -- cases


def _cases(record: NoteRecord, strict: bool) -> Iterator[Case]:
    """A step each, and what is wrong with the note as a whole or could not be read."""
    found = found_in(record)
    of_step = {one.step.relation: one for one in found if one.step is not None}
    for step in record.steps:
        yield _of_step(record.note, step, of_step.get(step.relation), strict)
    for one in found:
        if one.step is None and one.diagnostic.severity is not Severity.NOTICE:
            yield _of_note(record.note, one, strict)
    if not count_steps(record).judged:
        words = "no step could be judged" if record.steps else "there is no equation in it"
        yield Case("the note", "skipped", message=words)


def _of_step(note: Note, step: StepRecord, found: Found | None, strict: bool) -> Case:
    name = f"{note.lines([step.relation.start])}: {step.head_as or step.head}"
    if found is not None and found.aside:
        return _with(found.diagnostic, Case(name, "skipped"), f"{found.diagnostic.code}: {found.aside}")
    if found is not None and (step.is_wrong or strict):
        return _with(found.diagnostic, Case(name, "failure"))
    if step.standing is Standing.CARRIED:
        return Case(name, "skipped", message=step.why or "it follows from an error above")
    if step.standing is None or step.standing is Standing.UNDECIDED or step.setting:
        return Case(name, "skipped", message=found.diagnostic.message if found else step.why or _unjudged(step))
    return Case(name)


def _unjudged(step: StepRecord) -> str:
    if step.setting:
        return "it sets a number, and is not judged"
    return "it stands in words, and is not judged" if step.kind is Kind.PROSE else "it is not judged"


def _of_note(note: Note, found: Found, strict: bool) -> Case:
    one = found.diagnostic
    name = f"{note.lines([one.primary.span.start])}: {one.code}"
    if found.aside:
        return Case(name, "skipped", message=found.aside)
    return _with(one, Case(name, "failure" if strict or one.severity is Severity.ERROR else "skipped"))


def _of_trouble(one: Trouble) -> Case:
    return Case("the note", "error", "not checked", one.message, one.help)


def _with(one: Diagnostic, case: Case, message: str = "") -> Case:
    facts = [one.message] if message else []
    facts += [*one.notes, *([f"help: {one.help}"] if one.help else [])]
    return case._replace(kind=one.code, message=message or one.message, text="\n".join(facts))


# -- XML


def _add_suite(whole: ElementTree.Element, name: str, cases: Sequence[Case]) -> None:
    counts = {**_counts(cases), "skipped": str(sum(one.outcome == "skipped" for one in cases))}
    suite = ElementTree.SubElement(whole, "testsuite", {"name": _legal(name), **counts})
    home = _legal(_class_name(name))
    for one, told in zip(cases, _told_apart([one.name for one in cases]), strict=True):
        case = ElementTree.SubElement(suite, "testcase", {"classname": home, "name": _legal(told)})
        if one.outcome:
            about = {"type": one.kind, "message": _legal(one.message)}
            inside = ElementTree.SubElement(case, one.outcome, {key: text for key, text in about.items() if text})
            inside.text = _legal_lines(one.text) or None


def _counts(cases: Sequence[Case]) -> dict[str, str]:
    many = Counter(one.outcome for one in cases)
    return {"tests": str(len(cases)), "failures": str(many["failure"]), "errors": str(many["error"])}


def _class_name(name: str) -> str:
    """`derivations.003-two-variances`: what reads such files takes a dot for the border of two folders."""
    path, _, ending = from_here(name).rpartition(".")
    return (path if path and "/" not in ending else from_here(name)).strip("/").replace("/", ".")


def _told_apart(names: Sequence[str]) -> Iterator[str]:
    """Equal names get a number: a reader would take the second one for a repetition of the first."""
    seen: Counter[str] = Counter()
    for name in names:
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name} ({seen[name]})"


def _legal(text: str) -> str:
    return ILLEGAL.sub(lambda found: f"\\u{ord(found.group()):04x}", printable(text))


def _legal_lines(text: str) -> str:
    return "\n".join(_legal(one) for one in harmless(text).split("\n"))
