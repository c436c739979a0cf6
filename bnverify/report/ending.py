"""How a report ends: the sum over its steps, why it is accepted, or what to mend first and where to read on."""

from __future__ import annotations

from math import floor

from bnverify.diagnostic import Severity
from bnverify.record import FALSE, NoteRecord, Report, StepRecord, Target
from bnverify.report.counts import Counts, count_steps, exit_status
from bnverify.report.pieces import Line, Piece, line, printable, wrapped


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
    claims = "1 claim" if counts.compared == 1 else f"{counts.compared} claims"
    compared = f"; {claims} with another sign than = not judged" if counts.compared else ""
    return f"{steps}: {', '.join(parts)}{judged}{compared}"


def remembered_words(remembered: int, notes: int) -> str:
    """`12 of 14 notes from the cache`."""
    return f"{remembered} of {notes} {'note' if notes == 1 else 'notes'} from the cache"


def end(report: Report, strict: bool) -> list[Line]:
    """One line over all notes, and what to do next."""
    lines = wrapped("", total_words(report)) if len(report.notes) > 1 else []
    if report.remembered:
        lines.append(line((remembered_words(len(report.remembered), len(report.notes)), "gutter")))
    for words, style in conclusion(report, strict):
        lines += [line((words, style))] if style else wrapped("", words)
    return lines


def total_words(report: Report) -> str:
    total = sum((count_steps(record) for record in report.notes), Counts())
    return f"{len(report.notes)} notes, {summary_words(total)}"


def conclusion(report: Report, strict: bool) -> list[Piece]:
    """What to do next, in sentences."""
    status = exit_status(report, strict)
    if status == 0:
        return [(_nothing_counts(report), "right")]
    if status == 3 and not any(record.steps for record in report.notes):
        return [("nothing was checked: write equations between $...$ or $$...$$", "")]
    if status == 3:
        return [("nothing wrong was found, but not every step could be judged: see above for what to change", "")]
    return [(_advice(report), ""), *_where_to_read_on(report)] if status == 1 else []


def _nothing_counts(report: Report) -> str:
    """Why the run is accepted, and what it is accepted in spite of."""
    warned = sum(map(_warnings, report.notes))
    beside = f"; {warned} {'warning' if warned == 1 else 'warnings'}, which --strict counts as errors" if warned else ""
    return _why_accepted(report) + beside


def _warnings(record: NoteRecord) -> int:
    """How many findings would count under --strict alone."""
    aside = record.set_aside
    steps = [step.finding for step in record.steps if step.finding and step.relation not in aside]
    of_note = [one for one in record.open_findings if one.severity is Severity.WARNING]
    return sum(one.severity == Severity.WARNING for one in steps) + len(of_note)


def _why_accepted(report: Report) -> str:
    expected = any(record.expected for record in report.notes)
    ignored = sum(len(record.ignored) for record in report.notes)
    if not ignored:
        return "every error is one that its note expects" if expected else "every step is proved for every n"
    beside = "every other error is expected" if expected else "no error is left"
    return f"{beside}; {ignored} {'finding is' if ignored == 1 else 'findings are'} ignored"


def _where_to_read_on(report: Report) -> list[Piece]:
    """The page of the first code, and how to have the repairs made."""
    wrong = [step for record in report.notes for step in wrong_that_count(record)]
    if not wrong:
        return []
    more = f"`bnverify explain {wrong[0].finding.code}` says more" if wrong[0].finding else ""
    if any(one.unique and one.target is Target.TRUTH for step in wrong for one in step.repairs):
        more += "; `bnverify check --diff` shows the repairs as a patch, `--fix` makes them"
    if any(step.final for step in wrong):
        more += "; `bnverify variants` tries the final formulas under the other conventions"
    return [(more, "")]


def _advice(report: Report) -> str:
    for record in report.notes:
        for step in wrong_that_count(record):
            where = printable(record.note.place(step.relation.start).line_name)
            alone = sum(one.is_wrong or one.standing in FALSE for one in record.steps) == 1
            return f"mend {where}" if alone else f"mend {where} first: later steps may follow from it"
    unmet = any(record.unmet for record in report.notes)
    return "an expectation is not met: see above" if unmet else "what is found above counts as an error"


def wrong_that_count(record: NoteRecord) -> list[StepRecord]:
    """The wrong steps that count."""
    aside = record.set_aside
    return [step for step in record.steps if step.is_wrong and step.relation not in aside]
