"""Expectations of a note against its findings: exact both ways."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from bnverify.diagnostic import Diagnostic, Label, Severity
from bnverify.frozen import frozen
from bnverify.nearest import hint
from bnverify.read.chains import Script
from bnverify.read.documents import Expectation, Formula, Order
from bnverify.record import StepRecord
from bnverify.source import Span


@frozen
class Matched:
    """`met`: the relation signs of the steps whose findings were expected; `unmet`: what was not so."""

    met: frozenset[Span]
    unmet: tuple[Diagnostic, ...]
    loose: frozenset[Span] = frozenset()
    """The places of findings in no step that were expected."""


def match_expectations(
    script: Script,
    steps: Sequence[StepRecord],
    forced: frozenset[str],
    choices: frozenset[str],
    loose: Sequence[Diagnostic] = (),
) -> Matched:
    """Compare the expectations whose tag names the forced choices (none: the declared convention) with what was found.

    `choices` are the names that a tag may hold, `loose` are findings in the text between formulas.
    """
    met: set[Span] = set()
    unmet: list[Diagnostic] = []
    between: set[Span] = set()
    formulas = with_equation(script)
    for expectation in script.layout.expectations:
        tags = _tags(expectation)
        unmet += [_unknown(expectation, tag, choices) for tag in sorted(tags - choices)]
        if tags != forced:
            continue
        own = steps_of(expectation, script, steps, formulas)
        found = [step for step in own if step.finding is not None]
        codes = tuple(step.finding.code for step in found if step.finding is not None)
        notices = {code for step in own for code, _ in step.notices} | notices_of(expectation, script, formulas)
        wanted = tuple(code for code in expectation.codes if code not in notices)
        near = _between(expectation, formulas, loose)
        if wanted in (codes, (*codes, *(one.code for one in near))):
            met.update(step.relation for step in found)
            between.update(one.primary.span for one in near if wanted != codes)
        else:
            unmet.append(_unmet(expectation, codes))
    return Matched(frozenset(met), tuple(unmet), frozenset(between))


def _between(expectation: Expectation, formulas: Sequence[Formula], loose: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The findings in the text between the last formula with an equation and the comment."""
    formula = formula_before(expectation, formulas)
    start = formula.span.end if formula is not None else 0
    return [one for one in loose if start <= one.primary.span.start < expectation.span.start]


def _tags(expectation: Expectation) -> frozenset[str]:
    """`[unbiased, outside]`, in any order."""
    return frozenset(tag for part in expectation.tag.split(",") if (tag := part.strip()))


def _unknown(expectation: Expectation, tag: str, choices: frozenset[str]) -> Diagnostic:
    message = f"no choice of a convention is called `{tag}`"
    return Diagnostic(
        "expectation", Severity.ERROR, message, Label(expectation.span), help=hint(tag, sorted(choices), "`")
    )


def notices_of(comment: Expectation | Order, script: Script, formulas: Sequence[Formula]) -> set[str]:
    """The notices of the formula before the comment as a whole: what it was joined with."""
    formula = formula_before(comment, formulas)
    return {notice.code for span, notice in script.notices if formula is not None and span == formula.span}


def _unmet(expectation: Expectation, codes: tuple[str, ...]) -> Diagnostic:
    wanted = ", ".join(expectation.codes) or "nothing"
    found = ", ".join(codes) or "nothing"
    message = f"this formula was expected to have: {wanted}; it has: {found}"
    return Diagnostic("expectation", Severity.ERROR, message, Label(expectation.span))


def steps_of(
    comment: Expectation | Order, script: Script, steps: Sequence[StepRecord], formulas: Sequence[Formula]
) -> list[StepRecord]:
    """The steps on the source line of an inline comment, or of the formula before it."""
    note = script.note
    if comment.inline:
        row = note.row(comment.span.start)
        return [step for step in steps if row in (note.row(step.relation.start), note.row(step.side_span.start))]
    formula = formula_before(comment, formulas)
    if formula is None:
        return []
    return [step for step in steps if formula.span.start <= step.relation.start < formula.span.end]


def formula_before(comment: Expectation | Order, formulas: Sequence[Formula]) -> Formula | None:
    """The last of the formulas with an equation before the comment."""
    place = bisect_right(formulas, comment.span.start, key=lambda one: one.span.end)
    return formulas[place - 1] if place else None


def with_equation(script: Script) -> list[Formula]:
    signs = sorted(step.relation.start for chain in script.chains for step in chain.steps)
    return [
        one for one in script.layout.formulas if bisect_left(signs, one.span.start) < bisect_left(signs, one.span.end)
    ]
