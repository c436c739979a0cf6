"""What is ignored in a note: by the codes that a run or a project sets aside, and by comments of the note.

A comment reads `<!-- bnverify: ignore[code] reason -->`; one that ignores nothing is a finding itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from bnverify.codes import NAMES
from bnverify.diagnostic import Diagnostic, Label, Severity
from bnverify.expectations import formula_before, notices_of, steps_of, with_equation
from bnverify.frozen import frozen
from bnverify.nearest import hint
from bnverify.pattern import pattern
from bnverify.read.chains import Script
from bnverify.read.documents import Formula, Order
from bnverify.record import Ignored, NoteRecord, StepRecord
from bnverify.source import Note

IGNORE = pattern(r"ignore\s*\[(?P<codes>[^\]]*)\]\s*(?P<reason>.*)")
SHAPE = "write `ignore[code] reason`, with the code of a finding"
UNUSED = "unused-ignore"


@frozen
class Ignoring:
    """What the comments of a note set aside, and what is said about those that set nothing aside."""

    ignored: tuple[Ignored, ...]
    unused: tuple[Diagnostic, ...]


def with_ignored_codes(record: NoteRecord, codes: Mapping[str, str]) -> NoteRecord:
    """The record in which the findings of these codes do not count; what is expected or ignored already stays so."""
    if not codes:
        return record
    aside = record.set_aside
    steps = [step.finding for step in record.steps if step.finding and step.relation not in aside]
    found = [(one.code, one.codes, one.span) for one in steps]
    of_note = (one for one in record.open_findings if one.severity is not Severity.NOTICE)
    found += [(one.code, frozenset((one.code,)), one.primary.span) for one in of_note]
    more = [
        Ignored(code, span, ", ".join(dict.fromkeys(codes[one] for one in sorted(own))))
        for code, own, span in found
        if own <= codes.keys()
    ]
    return replace(record, ignored=in_order((*record.ignored, *more)))


def in_order(ignored: Iterable[Ignored]) -> tuple[Ignored, ...]:
    return tuple(sorted(set(ignored), key=lambda one: (one.span, one.code)))


def match_ignores(script: Script, steps: Sequence[StepRecord], findings: Sequence[Diagnostic]) -> Ignoring:
    """Compare the comments with the findings of the steps and of the note as a whole."""
    ignored: list[Ignored] = []
    unused: list[Diagnostic] = []
    formulas = with_equation(script)
    for order in script.layout.orders:
        shape = IGNORE.fullmatch(" ".join(order.words.split()))
        codes = tuple(code.strip() for code in shape["codes"].split(",") if code.strip()) if shape else ()
        if not shape or not codes:
            unused.append(_unused(order, "this comment ignores nothing: it names no code", SHAPE))
            continue
        own = steps_of(order, script, steps, formulas)
        found = [(step.finding.code, step.finding.codes, step.finding.span) for step in own if step.finding is not None]
        near = _near(order, script.note, formulas, findings)
        found += [(one.code, frozenset((one.code,)), one.primary.span) for one in near]
        why = _why(script.note, order, shape["reason"].strip())
        ignored += [Ignored(code, span, why) for code, own_codes, span in found if own_codes <= set(codes)]
        noticed = {code for step in own for code, _ in step.notices} | notices_of(order, script, formulas)
        unused += _in_vain(order, codes, set().union(noticed, *(own_codes for _, own_codes, _ in found)))
        unused += _in_part(order, set(codes), [own_codes for _, own_codes, _ in found])
    return Ignoring(in_order(ignored), tuple(unused))


def _why(note: Note, order: Order, reason: str) -> str:
    return f"{note.lines([order.span.start])}{': ' if reason else ''}{reason}"


def _near(
    order: Order, note: Note, formulas: Sequence[Formula], findings: Sequence[Diagnostic]
) -> Iterator[Diagnostic]:
    """The findings of the note as a whole in the formula before the comment and behind it, or on its line."""
    if order.inline:
        return (one for one in findings if note.row(one.primary.span.start) == note.row(order.span.start))
    formula = formula_before(order, formulas)
    start = formula.span.start if formula is not None else 0
    return (one for one in findings if start <= one.primary.span.start < order.span.start)


def _in_vain(order: Order, codes: Sequence[str], found: set[str]) -> Iterator[Diagnostic]:
    for code in codes:
        if code not in NAMES:
            yield _unused(order, f"no finding is called `{code}`", hint(code, NAMES, "`"))
        elif code not in found:
            yield _unused(order, f"nothing is ignored here: this formula has no finding `{code}`", "remove the comment")


def _in_part(order: Order, codes: set[str], found: Sequence[frozenset[str]]) -> Iterator[Diagnostic]:
    """A step with several slips, of which not all are named, is not set aside."""
    for own in found:
        if own & codes and not own <= codes:
            others = ", ".join(f"`{code}`" for code in sorted(own - codes))
            yield _unused(order, f"nothing is ignored here: the same step has {others} too", "name all of its codes")


def _unused(order: Order, message: str, help: str) -> Diagnostic:
    return Diagnostic(UNUSED, Severity.WARNING, message, Label(order.span), help=help)
