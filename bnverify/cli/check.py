"""`bnverify check`: notes -> a report, a patch, repaired files, or one step worked out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from bnverify.cli.batch import How, print_lines, report_of, with_how
from bnverify.cli.certificate import checked_with_certificate, wrong_with_certificate
from bnverify.cli.formats import Form, deliver, with_form
from bnverify.cli.options import EXCLUDE, FILE, STDIN_NAME, Asked, Sources, refuse, with_convention
from bnverify.cli.screen import progress, show, styles_wanted
from bnverify.cli.selection import Selection, with_known, with_selection
from bnverify.cli.timeout import end_of_run
from bnverify.cli.watch import watch, wrong_to_watch

if TYPE_CHECKING:
    from bnverify.judge.asked import Options
    from bnverify.proof.steps import Explained
    from bnverify.record import Fixed, Report, Trouble


@click.command(short_help="Check notes and say where the first error is.")
@click.argument("paths", nargs=-1, type=FILE, metavar="[PATH]...")
@click.option(
    "-e", "--expression", "formulas", multiple=True, metavar="FORMULA", help="Check this formula, given as LaTeX."
)
@with_convention
@click.option(
    "--witness",
    type=click.Choice(["all", "proof", "symbolic", "numeric"]),
    default="all",
    show_default=True,
    help="Who looks at each step. `proof` alone is the fast way.",
)
@with_form
@with_selection
@with_how
@EXCLUDE
@STDIN_NAME
@click.option("--diff", is_flag=True, help="Show as a patch what the proved repairs change; nothing is written.")
@click.option("--fix", is_flag=True, help="Write the proved repairs into the notes. Expected errors stay.")
@click.option("--include-expected", is_flag=True, help="Let --diff and --fix repair expected errors too.")
@click.option("--timeout", type=click.FloatRange(0.1, 86_400), metavar="SECONDS", help="When the whole run has to end.")
@click.option("--certificate", metavar="FILE", help="Write what `bnverify recheck` needs to prove each step again.")
@click.option("--explain", is_flag=True, help="For one NOTE:LINE: the proof, or the counterexample, worked out.")
def check(
    paths: tuple[str, ...],
    formulas: tuple[str, ...],
    asked: Asked,
    how: How,
    witness: str,
    form: Form,
    selection: Selection,
    exclude: tuple[str, ...],
    stdin_filename: str | None,
    diff: bool,
    fix: bool,
    include_expected: bool,
    timeout: float | None,
    certificate: str | None,
    explain: bool,
) -> int:
    """Check notes: files (.md, .tex, .ipynb, .txt), folders, or `-` for standard input; without any, the folder
    `derivations`. What is hidden or named in .gitignore is left out of folders.

    Exit status: 0 every step proved, or every error expected or ignored; 1 a wrong step, or an unmet expectation;
    3 something undecided or unreadable, or nothing to judge; 2 wrong use or an unreadable file.
    """
    options = selection.applied(asked.options(witness))
    sources = Sources(paths, formulas, stdin_filename, exclude, asked.isolated)
    repairing = diff or fix or include_expected
    refuse(sources.wrong())
    refuse(selection.wrong(explain or repairing))
    refuse(how.wrong(one_by_one=explain or repairing or certificate is not None))
    if how.watch:
        once = repairing or explain or selection.update or certificate is not None
        refuse(wrong_to_watch(sources, form, once, timeout))
    if certificate is not None:
        refuse(wrong_with_certificate(sources, repairing or explain or form.is_streamed))
    if explain:
        refuse(_wrong_to_explain(sources, form, repairing))
        return _explain(sources, options, form.color)
    if repairing:
        refuse(_wrong_mixtures(sources, asked, form, diff, fix, timeout))
    if diff:
        return _show_diff(*_fixed(sources, options, include_expected, write=False, silent=False), form)
    if fix:
        notes, troubles = _fixed(sources, options, include_expected, write=True, silent=form.for_programs)
        return deliver(_after_fixing(notes, troubles, form), form)
    if how.watch:
        return watch(
            sources,
            lambda now: deliver(with_known(report_of(now, options, how, form, None), selection), form),
            beside=[selection.baseline] if selection.baseline is not None else [],
        )
    with end_of_run(timeout) as until:
        if form.is_streamed and selection.baseline is None:
            return print_lines(sources, options, how, form.look, until)
        if certificate is not None:
            report = checked_with_certificate(sources, options, certificate, form.for_programs, until)
        else:
            report = report_of(sources, options, how, form, until)
        return deliver(with_known(report, selection), form.ending(until))


# -- repairs


def _wrong_mixtures(
    sources: Sources, asked: Asked, form: Form, diff: bool, fix: bool, timeout: float | None
) -> Iterator[str]:
    """What cannot be asked for together with --diff or --fix, as sentences."""
    if not diff and not fix:
        yield "--include-expected goes with --diff or --fix"
    if diff and fix:
        yield "--diff shows the repairs and --fix writes them: choose one"
    if fix and sources.formulas:
        yield "--fix writes into files: for a formula use --diff"
    if fix and "-" in sources.paths:
        yield "--fix cannot write into standard input: use --diff, or name the file"
    if asked.forces:
        yield "a note is repaired under the convention that it declares: leave the flags of the convention away"
    if timeout is not None:
        yield "repairs are looked for to the end: leave --timeout away"
    if diff and (form.name != "full" or form.output is not None):
        yield "--diff prints a patch: leave --output-format and -o away"


def _fixed(
    sources: Sources, options: Options, include_expected: bool, write: bool, silent: bool
) -> tuple[list[Fixed], list[Trouble]]:
    from bnverify.fix import Wanted, fix_notes

    notes = sources.notes()
    with progress(silent or "-" in sources.paths, notes) as told:
        return fix_notes(notes, options, Wanted(include_expected, write), told)


def _after_fixing(notes: Sequence[Fixed], troubles: Sequence[Trouble], form: Form) -> Report:
    """Say what was repaired; what is left is the report's business."""
    from bnverify.record import Report
    from bnverify.report.fixes import summary

    for note in notes:
        show(summary(note, written=True), form.color, on_error=form.name != "full" or form.output is not None)
    return Report(tuple(note.after for note in notes), tuple(troubles))


def _show_diff(notes: Sequence[Fixed], troubles: Sequence[Trouble], form: Form) -> int:
    """The patch on standard output, everything else on standard error; the status is that of the notes as they are."""
    from bnverify.record import Report
    from bnverify.report.counts import exit_status
    from bnverify.report.fixes import patch, styled, summary
    from bnverify.report.full import trouble_lines

    for note in notes:
        if styles_wanted(form.color):
            show(styled(patch(note)), form.color)
        else:
            click.echo(patch(note).encode("utf-8"), nl=False)
        show(summary(note, written=False), "never", on_error=True)
    for trouble in troubles:
        show(trouble_lines(trouble), "never", on_error=True)
    return exit_status(Report(tuple(note.before for note in notes), tuple(troubles)), form.look.strict)


# -- one step


def _wrong_to_explain(sources: Sources, form: Form, repairing: bool) -> Iterator[str]:
    """What --explain cannot be asked for, as sentences."""
    if repairing:
        yield "--explain shows one step: leave --diff and --fix away"
    if sources.formulas or len(sources.paths) != 1:
        yield "--explain takes one note and one line: `bnverify check NOTE.md:12 --explain`"
    if form.name != "full" or form.output is not None:
        yield "--explain prints a page: leave --output-format and -o away"


def _explain(sources: Sources, options: Options, color: str) -> int:
    from bnverify.files.reading import load
    from bnverify.proof.page import render
    from bnverify.proof.steps import explain, no_step
    from bnverify.record import Trouble
    from bnverify.report.full import trouble_lines
    from bnverify.run import note_and_line, with_note

    try:
        path, line, cell = note_and_line(sources.paths[0])
    except ValueError as trouble:
        raise click.UsageError(str(trouble)) from trouble
    explained = with_note(load(path), options, lambda note, own: explain(note, line, own, cell))
    if isinstance(explained, Trouble):
        show(trouble_lines(explained), color, on_error=True)
        return 2
    if not explained.proofs:
        raise click.UsageError(no_step(explained))
    show(render(explained), color)
    return _status_of_line(explained)


def _status_of_line(explained: Explained) -> int:
    from bnverify.record import FALSE, RIGHT

    steps = [proof.step for proof in explained.proofs if proof.step.relation not in explained.record.set_aside]
    if any(step.is_wrong or step.standing in FALSE for step in steps):
        return 1
    return 0 if all(step.standing in RIGHT for step in steps) else 3
