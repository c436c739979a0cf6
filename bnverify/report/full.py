"""A report for people: what is wrong and where first, the evidence, what to do last."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor

from bnverify.diagnostic import Diagnostic, Severity
from bnverify.record import FALSE, NoteRecord, Part, Report, Standing, StepRecord, Target, Trouble
from bnverify.report.counts import Counts, count_steps, exit_status
from bnverify.report.look import PLAIN, Look
from bnverify.report.pieces import Line, excerpt, line, line_labels, printable, wrapped

READINGS = {
    "local": "a derivative of one quantity by another holds the mean and the variance fixed",
    "total": "a derivative of one quantity by another lets the mean and the variance follow",
}
REMEMBERED = "  from the cache, judged before by the same version; --no-cache judges anew"


def render(report: Report, look: Look = PLAIN) -> list[Line]:
    """The whole report."""
    lines: list[Line] = [one for words in report.framework for one in wrapped("", words)]
    lines += [line()] if lines else []
    for record in report.notes:
        lines += [*_note(record, look, record.note.name in report.remembered), line()]
    for trouble in report.troubles:
        lines += [*trouble_lines(trouble), line()]
    return lines + end(report, look.strict)


def trouble_lines(trouble: Trouble) -> list[Line]:
    lines = [line(("error", "error"), f": {printable(trouble.path)}: {trouble.message}")]
    return [*lines, line(f"  = help: {trouble.help}")] if trouble.help else lines


# -- one note


def _note(record: NoteRecord, look: Look, remembered: bool) -> list[Line]:
    lines = [_headline(record), *([line((REMEMBERED, "gutter"))] if remembered else []), *_conventions(record)]
    if look.quiet:
        return lines[:1]
    for diagnostic in _to_show(record, look.verbose):
        lines += [line(), *_diagnostic(record, diagnostic, look.verbose)]
    table = _table(record)
    lines += [line(), *table] if table else []
    lines += _expected(record)
    if look.verbose:
        lines += [line(), *_every_step(record)]
    return [*lines, *_summary(record)]


def _headline(record: NoteRecord) -> Line:
    counts = count_steps(record)
    wrong = [step for step in record.steps if step.is_wrong]
    path = printable(record.note.name)
    if not counts.judged:
        empty = "there is no equation in it" if not record.steps else "no step could be judged"
        return line((path, "path"), ": ", (empty, "warning"))
    if wrong:
        first = record.note.lines([wrong[0].relation.start])
        many = "1 step is wrong," if len(wrong) == 1 else f"{len(wrong)} steps are wrong, the first"
        return line((path, "path"), ": ", (f"{many} on {printable(first)}", "error"))
    open_steps = counts.undecided + counts.unreadable
    if open_steps:
        words = f"nothing wrong; {open_steps} of {counts.steps} steps could not be judged"
        return line((path, "path"), ": ", (words, "warning"))
    steps = "its one step is right" if counts.right == 1 else f"all {counts.right} steps are right"
    if record.note.unread:
        return line((path, "path"), ": ", (f"{steps}, but a part of the note was not read", "warning"))
    return line((path, "path"), ": ", (steps, "right"))


def _conventions(record: NoteRecord) -> list[Line]:
    """What was declared, what was assumed, and what is forced."""
    forced = [part for part in record.convention if part.instead_of]
    shown = "variance" if record.has_variance else ""
    others = [part for part in record.convention if part.name == shown or not part.usual]
    kept = [part for part in others if part not in forced]
    lines = wrapped("  ", record.layer) if record.layer else []
    lines += wrapped("  ", "; ".join(map(settled_words, kept))) if kept else []
    if forced:
        count = record.changed_verdicts
        changes = "1 verdict changes" if count == 1 else f"{count} verdicts change"
        lines += wrapped("  ", "; ".join([*map(forced_words, forced), changes]))
    lines += wrapped("  assumed: ", "; ".join(record.assumed)) if record.assumed else []
    if any(step.reading != "either" for step in record.steps):
        lines.append(line(f"  {READINGS[record.reading]}:"))
        lines.append(line(f"    {record.reading_evidence}"))
    for one in record.note_findings:
        if one.severity is Severity.NOTICE:
            lines.append(line(f"  {printable(record.note.lines([one.primary.span.start]))}: {one.message}"))
    return lines


def settled_words(part: Part) -> str:
    if not part.place:
        return f"{part.words} (assumed, the note does not say)"
    return f"{part.words} ({'declared' if part.declared else 'assumed'}, {part.place})"


def forced_words(part: Part) -> str:
    if not part.declared:
        return f"{part.words} forced; the note would be read with {part.instead_of}"
    return f"{part.words} forced; the note declares {part.instead_of} ({part.place})"


def _to_show(record: NoteRecord, verbose: bool) -> list[Diagnostic]:
    """The findings that the note does not expect, and what it expected in vain."""
    by_place = {step.finding.span: step for step in record.steps if step.finding}
    kept = [one for one in record.diagnostics if verbose or by_place[one.primary.span].relation not in record.expected]
    findings = [one for one in record.note_findings if verbose or one.severity is not Severity.NOTICE]
    return [*findings, *kept, *record.unmet]


def _diagnostic(record: NoteRecord, one: Diagnostic, verbose: bool) -> list[Line]:
    note, start = record.note, one.primary.span.start
    style = one.severity.value
    where = printable(str(note.place(start)))
    labels = [(one.primary.span, one.primary.text, "primary")]
    labels += [(label.span, label.text, "secondary") for label in one.context]
    lines = [line((f"{one.severity.value}[{one.code}]", style), f": {printable(one.message)}"), line(f"  --> {where}")]
    lines += excerpt(note, labels)
    for fact in one.notes:
        lines += wrapped("  = ", fact)
    lines += _help(one.help)
    for other in one.others if verbose else ():
        lines += wrapped("  = or: ", other)
    return lines


def _help(text: str) -> list[Line]:
    """What to do, its first word in colour."""
    first, *rest = wrapped("  = help: ", text) if text else [()]
    if not first:
        return []
    (words, _), *_ = first
    return [line(("  = help: ", "help"), words.removeprefix("  = help: ")), *rest]


# -- the table of final formulas


def _table(record: NoteRecord) -> list[Line]:
    """One row for the last formula of each gradient, with what the three witnesses say."""
    final = {step.head_as: step for step in record.steps if step.final and step.witnesses is not None}
    if not final:
        return []
    rows = [_row(record, step) for step in final.values()]
    heads = _table_heads(list(final.values()))
    table = [["", "", *heads, ""], *(row for row, _ in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    lines: list[Line] = []
    for place, row in enumerate(table):
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        style = ("", "", "right", "error")[2 if row[-1] == "right" else 3] if place else ""
        lines.append(line("  " + "   ".join(cells) + "   ", (row[-1], style)))
        if place:
            lines += rows[place - 1][1]
    return lines


def _table_heads(final: Sequence[StepRecord]) -> list[str]:
    first = next(step.witnesses for step in final if step.witnesses is not None)
    heads = ["every n"]
    if any(step.witnesses and step.witnesses.symbolic for step in final):
        heads.append(f"SymPy n={','.join(map(str, first.symbolic_sizes))}")
    if any(step.witnesses and step.witnesses.numeric for step in final):
        heads.append(f"NumPy n={','.join(map(str, first.numeric_sizes))}")
    return heads


def _row(record: NoteRecord, step: StepRecord) -> tuple[list[str], list[Line]]:
    said = step.witnesses
    assert said is not None
    cells = [step.head_as, printable(record.note.lines([step.relation.start])), said.proof]
    cells += [said.symbolic] if said.symbolic else []
    cells += [said.error_words or said.numeric] if said.numeric else []
    verdict = "WRONG" if step.is_wrong else {True: "right", False: "WRONG", None: "not decided"}[step.true]
    below = []
    if step.true_otherwise:
        below.append(line(f"    right under variance {step.true_otherwise}, proved for every n"))
    if step.closed_form:
        below.append(line(f"    the true {step.head_as}, in this note's letters:"))
        below += wrapped("      ", step.closed_form)
    return [*cells, verdict], below


# -- what the note expects


def _expected(record: NoteRecord) -> list[Line]:
    """The findings that the note expects, one line each."""
    steps = [step for step in record.steps if step.relation in record.expected and step.finding]
    if not steps:
        return []
    lines = [line(), line("  as the note expects:")]
    width = max(len(step.finding.code) for step in steps if step.finding)
    for step, where in zip(steps, _labels(record, steps), strict=True):
        assert step.finding is not None
        lines += wrapped(f"  {where}  {step.finding.code:<{width}}  ", _short(step))
    return lines


def _labels(record: NoteRecord, steps: Sequence[StepRecord]) -> list[str]:
    return line_labels(record.note, [step.relation.start for step in steps], 3)


def _short(step: StepRecord) -> str:
    if step.example is not None:
        example = step.example
        right = f"; right under variance {step.true_otherwise}" if step.true_otherwise else ""
        return f"at n = {example.n}, {step.head_as} is {example.head}, this line gives {example.side}{right}"
    if step.standing is Standing.COMPENSATED:
        return f"{step.head_as}: right again"
    return step.why or f"{step.head_as}: {step.finding.message if step.finding else ''}"


# -- every step, for --verbose

MARKS = {
    Standing.HOLDS: ("right", "right"),
    Standing.INTRODUCED: ("WRONG", "error"),
    Standing.WRONG_AGAIN: ("WRONG AGAIN", "error"),
    Standing.CARRIED: ("follows from an error", "warning"),
    Standing.COMPENSATED: ("right again", "warning"),
    Standing.UNDECIDED: ("not decided", "warning"),
    None: ("not judged", "gutter"),
}


def _every_step(record: NoteRecord) -> list[Line]:
    lines = [line("  every step, as it was read:")]
    for step, where in zip(record.steps, _labels(record, record.steps), strict=True):
        words, style = ("WRONG", "error") if step.standing is Standing.HOLDS and step.is_wrong else MARKS[step.standing]
        lines.append(
            line(
                f"  {where}  ",
                (f"{words:<21}", style),
                f"  {printable(step.read_as or step.side)}",
            )
        )
        uses = [f"uses {' and '.join(step.uses)}"] if step.uses else []
        for fact in (*uses, *step.assumptions, *(message for _, message in step.notices)):
            lines.append(line(f"            {printable(fact)}"))
    return lines


# -- sums


def _summary(record: NoteRecord) -> list[Line]:
    return wrapped("  ", summary_words(count_steps(record)))


def summary_words(counts: Counts) -> str:
    """`12 steps: 9 right (1 only because a zero hides a wrong factor), 1 wrong, 2 follow from it`."""
    right = f"{counts.right} right"
    if counts.hidden:
        right += f" ({counts.hidden} only because a zero hides a wrong factor)"
    parts = [right]
    parts += [f"{counts.wrong} wrong"] if counts.wrong else []
    parts += (
        [f"{counts.carried} {'follows' if counts.carried == 1 else 'follow'} from an error"] if counts.carried else []
    )
    parts += [f"{counts.compensated} right again after an error"] if counts.compensated else []
    parts += [f"{counts.undecided} not decided"] if counts.undecided else []
    parts += [f"{counts.unreadable} not readable"] if counts.unreadable else []
    parts += [f"{counts.prose} in words"] if counts.prose else []
    parts += [f"{counts.replaced} replaced"] if counts.replaced else []
    steps = "1 step" if counts.steps == 1 else f"{counts.steps} steps"
    share = counts.share_judged
    judged = f"; {floor(100 * share)}% judged" if share is not None and share < 1 else ""
    return f"{steps}: {', '.join(parts)}{judged}"


def remembered_words(remembered: int, notes: int) -> str:
    """`12 of 14 notes from the cache`."""
    return f"{remembered} of {notes} {'note' if notes == 1 else 'notes'} from the cache"


def end(report: Report, strict: bool) -> list[Line]:
    """One line over all notes, and what to do next."""
    status = exit_status(report, strict)
    lines = []
    if len(report.notes) > 1:
        total = sum((count_steps(record) for record in report.notes), Counts())
        lines += wrapped("", f"{len(report.notes)} notes, {summary_words(total)}")
    if report.remembered:
        lines.append(line((remembered_words(len(report.remembered), len(report.notes)), "gutter")))
    expected = sum(len(record.expected) for record in report.notes)
    if status == 0 and expected:
        lines.append(line(("every error is one that its note expects", "right")))
    elif status == 0:
        lines.append(line(("every step is proved for every n", "right")))
    elif status == 3 and not any(record.steps for record in report.notes):
        lines.append(line("nothing was checked: write equations between $...$ or $$...$$"))
    elif status == 3:
        lines.append(line("nothing wrong was found, but not every step could be judged: see above for what to change"))
    elif status == 1:
        lines.append(line(_advice(report)))
        lines += _where_to_read_on(report)
    return lines


def _where_to_read_on(report: Report) -> list[Line]:
    """The page of the first code, and how to have the repairs made."""
    wrong = [
        step
        for record in report.notes
        for step in record.steps
        if step.is_wrong and step.relation not in record.expected and step.finding
    ]
    if not wrong:
        return []
    more = f"`bnverify explain {wrong[0].finding.code}` says more" if wrong[0].finding else ""
    if any(one.unique and one.target is Target.TRUTH for step in wrong for one in step.repairs):
        more += "; `bnverify check --diff` shows the repairs as a patch, `--fix` makes them"
    if any(step.final for step in wrong):
        more += "; `bnverify variants` tries the final formulas under the other conventions"
    return wrapped("", more)


def _advice(report: Report) -> str:
    for record in report.notes:
        for step in record.steps:
            if step.is_wrong and step.relation not in record.expected:
                where = printable(record.note.place(step.relation.start).line_name)
                alone = sum(one.is_wrong or one.standing in FALSE for one in record.steps) == 1
                return f"mend {where}" if alone else f"mend {where} first: later steps may follow from it"
    return "an expectation is not met: see above"
