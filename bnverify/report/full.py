"""A report for people: what is wrong and where first, the evidence, what to do last."""

from __future__ import annotations

from collections.abc import Sequence

from bnverify.diagnostic import Diagnostic, Severity
from bnverify.record import NoteRecord, Part, Report, Standing, StepRecord, Trouble
from bnverify.report.counts import count_steps
from bnverify.report.ending import end, summary_words, wrong_that_count
from bnverify.report.found import each_slip_once
from bnverify.report.look import PLAIN, Look
from bnverify.report.pieces import Line, Piece, excerpt, line, line_labels, printable, wrapped
from bnverify.source import Note

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
    lines = [line(("error", "error"), f": {printable(trouble.path)}: {printable(trouble.message)}")]
    return [*lines, line(f"  = help: {printable(trouble.help)}")] if trouble.help else lines


# -- one note


def _note(record: NoteRecord, look: Look, remembered: bool) -> list[Line]:
    lines = [_headline(record), *([line((REMEMBERED, "gutter"))] if remembered else []), *_conventions(record)]
    if look.quiet:
        return lines[:1]
    for diagnostic in _to_show(record, look.verbose):
        lines += [line(), *diagnostic_lines(record, diagnostic, look.verbose)]
    table = _table(record)
    lines += [line(), *table] if table else []
    lines += [*_expected(record), *_ignored(record)]
    if look.verbose:
        lines += [line(), *_every_step(record)]
    return [*lines, *_summary(record)]


def _headline(record: NoteRecord) -> Line:
    return line((printable(record.note.name), "path"), ": ", verdict(record))


def verdict(record: NoteRecord) -> Piece:
    """`2 steps are wrong, the first on line 12`; `all 12 steps are right`."""
    counts = count_steps(record)
    wrong = [step for step in record.steps if step.is_wrong]
    if not counts.judged:
        return ("there is no equation in it" if not record.steps else "no step could be judged", "warning")
    if wrong:
        return (_wrong_words(record, wrong), "error")
    open_steps = counts.undecided + counts.unreadable
    if open_steps:
        return (f"nothing wrong; {open_steps} of {counts.steps} steps could not be judged", "warning")
    steps = "its one step is right" if counts.right == 1 else f"all {counts.right} steps are right"
    if record.note.unread:
        return (f"{steps}, but a part of the note was not read", "warning")
    return (steps, "right")


def _wrong_words(record: NoteRecord, wrong: Sequence[StepRecord]) -> str:
    """`3 steps are wrong, the first on line 8 (1 expected)`, `2 steps are wrong, all ignored`."""
    many = "1 step is wrong, " if len(wrong) == 1 else f"{len(wrong)} steps are wrong, "
    signs = {step.relation for step in wrong}
    counts = {"expected": signs & record.expected, "ignored": signs & record.set_aside - record.expected}
    for word, aside in counts.items():
        if aside == signs:
            return many + ("all " if len(wrong) > 1 else "") + word
    said = ", ".join(f"{len(aside)} {word}" for word, aside in counts.items() if aside)
    first = printable(record.note.lines([(wrong_that_count(record) or wrong)[0].relation.start]))
    return many + ("the first on " if len(wrong) > 1 else "on ") + first + (f" ({said})" if said else "")


def _conventions(record: NoteRecord) -> list[Line]:
    """What was declared, what was assumed, and what is forced."""
    lines = [one for lead, words in understood(record) for one in wrapped(f"  {lead}", words)]
    if any(step.reading != "either" for step in record.steps):
        lines.append(line(f"  {READINGS[record.reading]}:"))
        lines.append(line(f"    {record.reading_evidence}"))
    for one in record.note_findings:
        if one.severity is Severity.NOTICE:
            lines.append(line(f"  {printable(record.note.lines([one.primary.span.start]))}: {one.message}"))
    return lines


def understood(record: NoteRecord) -> list[tuple[str, str]]:
    """How a note was understood, in sentences, each behind what leads it."""
    forced = [part for part in record.convention if part.instead_of]
    shown = "variance" if record.has_variance else ""
    others = [part for part in record.convention if part.name == shown or not part.usual]
    kept = [part for part in others if part not in forced]
    found = [("", record.layer)] if record.layer else []
    found += [("", "; ".join(map(_settled, kept)))] if kept else []
    if forced:
        count = record.changed_verdicts
        changes = "1 verdict changes" if count == 1 else f"{count} verdicts change"
        found.append(("", "; ".join([*map(_forced, forced), changes])))
    return [*found, *([("assumed: ", "; ".join(record.assumed))] if record.assumed else [])]


def _settled(part: Part) -> str:
    if not part.place:
        return f"{part.words} (assumed, the note does not say)"
    return f"{part.words} ({'declared' if part.declared else 'assumed'}, {part.place})"


def _forced(part: Part) -> str:
    if not part.declared:
        return f"{part.words} forced; the note would be read with {part.instead_of}"
    return f"{part.words} forced; the note declares {part.instead_of} ({part.place})"


def _to_show(record: NoteRecord, verbose: bool) -> list[Diagnostic]:
    """The findings that count, and what the note expected in vain."""
    kept = each_slip_once(record, record.diagnostics if verbose else record.open_diagnostics)
    findings = record.note_findings if verbose else record.open_findings
    findings = tuple(one for one in findings if verbose or one.severity is not Severity.NOTICE)
    return [*findings, *kept, *record.unmet]


def diagnostic_lines(record: NoteRecord, one: Diagnostic, verbose: bool = False) -> list[Line]:
    """The message, the place in the text, the facts, and what to do."""
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
    final = final_steps(record)
    if not final:
        return []
    rows = [table_row(record, step) for step in final]
    table = [["", "", *table_heads(final), ""], *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    lines: list[Line] = []
    for place, row in enumerate(table):
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        style = ("", "", "right", "error")[2 if row[-1] == "right" else 3] if place else ""
        lines.append(line("  " + "   ".join(cells) + "   ", (row[-1], style)))
        lines += _below(final[place - 1]) if place else []
    return lines


def final_steps(record: NoteRecord) -> list[StepRecord]:
    """The last formula of each gradient; one that is wrong and expected, or ignored, does not stand for the others."""
    final, aside = [step for step in record.steps if step.final and step.witnesses is not None], record.set_aside
    last = {step.head_as: step for step in final}
    return list({**last, **{step.head_as: step for step in final if step.relation not in aside}}.values())


def table_heads(final: Sequence[StepRecord]) -> list[str]:
    first = next(step.witnesses for step in final if step.witnesses is not None)
    heads = ["every n"]
    if any(step.witnesses and step.witnesses.symbolic for step in final):
        heads.append(f"SymPy n={','.join(map(str, first.symbolic_sizes))}")
    if any(step.witnesses and step.witnesses.numeric for step in final):
        heads.append(f"NumPy n={','.join(map(str, first.numeric_sizes))}")
    return heads


def table_row(record: NoteRecord, step: StepRecord) -> list[str]:
    """The head, where it stands, what each witness says, and what that comes to."""
    said = step.witnesses
    assert said is not None
    cells = [step.head_as, printable(record.note.lines([step.relation.start])), said.proof]
    cells += [said.symbolic] if said.symbolic else []
    cells += [said.error_words or said.numeric] if said.numeric else []
    return [*cells, "WRONG" if step.is_wrong else {True: "right", False: "WRONG", None: "not decided"}[step.true]]


def _below(step: StepRecord) -> list[Line]:
    lines = []
    if step.true_otherwise:
        lines.append(line(f"    right under variance {step.true_otherwise}, proved for every n"))
    if step.closed_form:
        lines.append(line(f"    the true {step.head_as}, in this note's letters:"))
        lines += wrapped("      ", step.closed_form)
    return lines


# -- what the note expects, and what is ignored


def _expected(record: NoteRecord) -> list[Line]:
    """The findings that the note expects, one line each."""
    steps = [step for step in record.steps if step.relation in record.expected and step.finding]
    rows = [(step.relation.start, step.finding.code, _short(step)) for step in steps if step.finding]
    others = [one for one in record.note_findings if one.primary.span in record.expected_findings]
    rows += [(one.primary.span.start, one.code, one.message) for one in others]
    return _short_list(record.note, "as the note expects", sorted(rows))


def _ignored(record: NoteRecord) -> list[Line]:
    """The findings that are ignored, one line each, with the reason."""
    return _short_list(record.note, "ignored", [(one.span.start, one.code, one.why) for one in record.ignored])


def _short_list(note: Note, title: str, rows: Sequence[tuple[int, str, str]]) -> list[Line]:
    """Findings that do not count: the offset, the code and some words of each."""
    if not rows:
        return []
    lines = [line(), line(f"  {title}:")]
    width = max(len(code) for _, code, _ in rows)
    places = line_labels(note, [offset for offset, _, _ in rows], 3)
    for (_, code, words), where in zip(rows, places, strict=True):
        lines += wrapped(f"  {where}  {code:<{width}}  ", words)
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
