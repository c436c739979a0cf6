"""Commands and exit status; nothing else knows click."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from bnverify import __version__

if TYPE_CHECKING:
    from bnverify.pipeline import Options
    from bnverify.proof.steps import Explained
    from bnverify.record import Fixed, Report, Trouble
    from bnverify.report.pieces import Line
    from bnverify.run import Loaded

COLOURS = {
    "error": "bold red",
    "warning": "yellow",
    "notice": "cyan",
    "right": "green",
    "path": "bold",
    "primary": "bold red",
    "secondary": "blue",
    "gutter": "bright_black",
    "help": "cyan",
}
"""What the styles of report/pieces.py look like on a terminal."""
SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
VARIANCE = click.Choice(["declared", "biased", "unbiased"])
COLOR = click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)


class Whole(click.Group):
    """Commands in the order in which a new user needs them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return ["check", "explain", "derive", "read", "demo"]


@click.group(cls=Whole, context_settings=SETTINGS)
@click.version_option(__version__, prog_name="bnverify", message="%(prog)s %(version)s")
def main() -> None:
    """Check hand-written derivations of the batch-normalisation backward pass, line by line.

    Every step is proved for every batch size n or refuted with a small counterexample; SymPy and NumPy check
    it again on concrete batches.

    Start with `bnverify demo`.
    """


@main.command(short_help="Check notes and say where the first error is.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "-e", "--expression", "formulas", multiple=True, metavar="FORMULA", help="Check this formula, given as LaTeX."
)
@click.option("--variance", type=VARIANCE, default="declared", show_default=True, help="The variance to judge under.")
@click.option(
    "--witness",
    type=click.Choice(["all", "proof", "symbolic", "numeric"]),
    default="all",
    show_default=True,
    help="Who looks at each step. `proof` alone is the fast way.",
)
@click.option("--output-format", type=click.Choice(["full", "concise", "json"]), default="full", show_default=True)
@click.option("-v", "--verbose", is_flag=True, help="Show every step as it was read, and expected errors in full.")
@click.option("-q", "--quiet", is_flag=True, help="One line for each note.")
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@COLOR
@click.option("--stdin-filename", default="<stdin>", help="The name to show for a note from standard input.")
@click.option("--diff", is_flag=True, help="Show as a patch what the proved repairs change; nothing is written.")
@click.option("--fix", is_flag=True, help="Write the proved repairs into the notes. Expected errors stay.")
@click.option("--include-expected", is_flag=True, help="Let --diff and --fix repair expected errors too.")
@click.option("--explain", is_flag=True, help="For one NOTE:LINE: the proof, or the counterexample, worked out.")
def check(
    paths: tuple[str, ...],
    formulas: tuple[str, ...],
    variance: str,
    witness: str,
    output_format: str,
    verbose: bool,
    quiet: bool,
    strict: bool,
    color: str,
    stdin_filename: str,
    diff: bool,
    fix: bool,
    include_expected: bool,
    explain: bool,
) -> int:
    """Check notes: files, folders, or `-` for standard input; without any, the folder `derivations`.

    Exit status: 0 every step proved, or every error expected; 1 a wrong step; 3 something undecided or
    unreadable, or nothing to judge; 2 wrong use or an unreadable file.
    """
    from bnverify.report.counts import exit_status
    from bnverify.run import options_from

    options, sources = options_from(variance, witness), Sources(paths, formulas, stdin_filename)
    silent = output_format == "json"
    if explain:
        _refuse(_wrong_to_explain(sources, output_format, diff or fix or include_expected))
        return _explain(sources, options, color)
    if diff or fix or include_expected:
        _refuse(_wrong_mixtures(sources, variance, output_format, diff, fix))
    if diff:
        return _show_diff(*_fixed(sources, options, include_expected, write=False, silent=silent), strict, color)
    if fix:
        notes, troubles = _fixed(sources, options, include_expected, write=True, silent=silent)
        report = _after_fixing(notes, troubles, color, on_error=output_format != "full")
    else:
        report = _checked(sources, options, silent)
    _show(report, output_format, verbose, quiet, strict, color)
    return exit_status(report, strict)


class Sources(NamedTuple):
    """Where the notes come from: formulas of the command line, or files, folders and standard input."""

    paths: tuple[str, ...]
    formulas: tuple[str, ...] = ()
    stdin_name: str = "<stdin>"

    def notes(self) -> Iterator[Loaded]:
        from bnverify.run import Loaded, decode, find_notes

        if self.formulas:
            yield Loaded("<formula>", "\n\n".join(f"$${formula}$$" for formula in self.formulas))
            return
        for path in self.paths or (_default_folder(),):
            if path == "-":
                yield decode(self.stdin_name, sys.stdin.buffer.read())
            else:
                yield from find_notes((path,))


def _checked(sources: Sources, options: Options, silent: bool) -> Report:
    from bnverify.run import check_notes

    with _progress(silent or "-" in sources.paths) as progress:
        return check_notes(sources.notes(), options, progress)


def _default_folder() -> str:
    if os.path.isdir("derivations"):
        return "derivations"
    raise click.UsageError(
        "there is no folder `derivations` here, and no note was named\n"
        "Type `bnverify check NOTE.md`, or `bnverify demo` to see what it does."
    )


# -- repairs


def _wrong_mixtures(sources: Sources, variance: str, output_format: str, diff: bool, fix: bool) -> Iterator[str]:
    """What cannot be asked for together with --diff or --fix, as sentences."""
    if not diff and not fix:
        yield "--include-expected goes with --diff or --fix"
    if diff and fix:
        yield "--diff shows the repairs and --fix writes them: choose one"
    if fix and sources.formulas:
        yield "--fix writes into files: for a formula use --diff"
    if fix and "-" in sources.paths:
        yield "--fix cannot write into standard input: use --diff, or name the file"
    if variance != "declared":
        yield "a note is repaired under the variance that it declares: leave --variance away"
    if diff and output_format != "full":
        yield "--diff prints a patch: leave --output-format away"


def _refuse(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        raise click.UsageError(sentence)


def _fixed(
    sources: Sources, options: Options, include_expected: bool, write: bool, silent: bool
) -> tuple[list[Fixed], list[Trouble]]:
    from bnverify.fix import Wanted, fix_notes

    with _progress(silent or "-" in sources.paths) as progress:
        return fix_notes(sources.notes(), options, Wanted(include_expected, write), progress)


def _after_fixing(notes: Sequence[Fixed], troubles: Sequence[Trouble], color: str, on_error: bool) -> Report:
    """Say what was repaired; what is left is the report's business."""
    from bnverify.record import Report
    from bnverify.report.fixes import summary

    for note in notes:
        _print(summary(note, written=True), color, on_error)
    return Report(tuple(note.after for note in notes), tuple(troubles))


def _show_diff(notes: Sequence[Fixed], troubles: Sequence[Trouble], strict: bool, color: str) -> int:
    """The patch on standard output, everything else on standard error; the status is that of the notes as they are."""
    from bnverify.record import Report
    from bnverify.report.counts import exit_status
    from bnverify.report.fixes import patch, styled, summary
    from bnverify.report.full import trouble_lines

    for note in notes:
        if _styles_wanted(color):
            _print(styled(patch(note)), color)
        else:
            click.echo(patch(note).encode("utf-8"), nl=False)
        _print(summary(note, written=False), "never", on_error=True)
    for trouble in troubles:
        _print(trouble_lines(trouble), "never", on_error=True)
    return exit_status(Report(tuple(note.before for note in notes), tuple(troubles)), strict)


# -- one step


def _wrong_to_explain(sources: Sources, output_format: str, repairing: bool) -> Iterator[str]:
    """What --explain cannot be asked for, as sentences."""
    if repairing:
        yield "--explain shows one step: leave --diff and --fix away"
    if sources.formulas or len(sources.paths) != 1:
        yield "--explain takes one note and one line: `bnverify check NOTE.md:12 --explain`"
    if output_format != "full":
        yield "--explain prints a page: leave --output-format away"


def _explain(sources: Sources, options: Options, color: str) -> int:
    from bnverify.proof.page import render
    from bnverify.proof.steps import explain, no_step
    from bnverify.record import Trouble
    from bnverify.report.full import trouble_lines
    from bnverify.run import load, note_and_line, with_note

    try:
        path, line = note_and_line(sources.paths[0])
    except ValueError as trouble:
        raise click.UsageError(str(trouble)) from trouble
    explained = with_note(load(path), lambda note: explain(note, line, options))
    if isinstance(explained, Trouble):
        _print(trouble_lines(explained), color, on_error=True)
        return 2
    if not explained.proofs:
        raise click.UsageError(no_step(explained))
    _print(render(explained), color)
    return _status_of_line(explained)


def _status_of_line(explained: Explained) -> int:
    from bnverify.record import FALSE, RIGHT

    steps = [proof.step for proof in explained.proofs if proof.step.relation not in explained.record.expected]
    if any(step.standing in FALSE for step in steps):
        return 1
    return 0 if all(step.standing in RIGHT for step in steps) else 3


class _Silent:
    """No progress: output is not a terminal."""

    def __enter__(self) -> Callable[[str], None]:
        return lambda _: None

    def __exit__(self, *_: object) -> None: ...


class _Spinner(_Silent):
    """The note that is looked at, on a terminal, on standard error."""

    def __enter__(self) -> Callable[[str], None]:
        from rich.console import Console
        from rich.text import Text

        from bnverify.report.pieces import printable

        self.shown = Console(stderr=True).status("reading")
        self.shown.start()
        return lambda path: self.shown.update(Text(f"checking {printable(path)}"))

    def __exit__(self, *_: object) -> None:
        self.shown.stop()


def _progress(silent: bool) -> _Silent:
    return _Spinner() if sys.stderr.isatty() and not silent else _Silent()


def _show(report: Report, output_format: str, verbose: bool, quiet: bool, strict: bool, color: str) -> None:
    if output_format == "json":
        from bnverify.report.jsons import render as render_json

        click.echo(render_json(report))
    elif output_format == "concise":
        from bnverify.report.concise import render as render_concise

        _print(render_concise(report), color)
    else:
        from bnverify.report.full import render as render_full

        _print(render_full(report, verbose, quiet, strict), color)


def _print(lines: Iterable[Line], color: str, on_error: bool = False) -> None:
    """Styles on a terminal, plain text elsewhere; NO_COLOR wins."""
    if on_error or not _styles_wanted(color):
        from bnverify.report.pieces import text_of

        click.echo(text_of(lines), nl=False, err=on_error)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(markup=False, highlight=False, soft_wrap=True, force_terminal=True)
    for one in lines:
        console.print(Text.assemble(*((text, COLOURS.get(style, "")) for text, style in one)))


@main.command(short_help="Say what a code means, with an example.")
@click.argument("word", required=False, metavar="[CODE]")
@COLOR
def explain(word: str | None, color: str) -> int:
    """Show the page of a code such as sign-flip: an example, why it happens, what to write.

    Without a code, list all of them.
    """
    from bnverify.explain.contents import contents, find, nearest

    if word is None:
        _print(contents(), color)
        return 0
    code = find(word)
    if code is None:
        near = nearest(word)
        like = f"Codes with a name like it: {', '.join(near)}.\n" if near else ""
        raise click.UsageError(f"there is no code {word!r}\n{like}Type `bnverify explain` to see all of them.")
    from bnverify.explain.page import page

    _print(page(code), color)
    return 0


def _styles_wanted(color: str) -> bool:
    wanted = color == "always" or (color == "auto" and sys.stdout.isatty())
    return wanted and not os.environ.get("NO_COLOR")


@main.command(short_help="Work the backward pass out, down to the numbers.")
@click.option("--n", "size", type=int, default=4, show_default=True, help="The number of samples.")
@click.option("--variance", type=click.Choice(["biased", "unbiased"]), default="biased", show_default=True)
@click.option(
    "--x", "samples", metavar="X1,X2,...", help="The samples of the worked batch, as whole numbers or fractions."
)
@click.option("--g", "upstream", metavar="G1,G2,...", help="The upstream gradients dL/dy of the worked batch.")
def derive(size: int, variance: str, samples: str | None, upstream: str | None) -> int:
    """Derive the backward pass for n samples, and work one batch out in numbers."""
    from bnverify.derive.page import derive_page
    from bnverify.model.conventions import Convention, Variance

    try:
        page = derive_page(
            size, Convention(Variance.named(variance)), _numbers(samples, "--x"), _numbers(upstream, "--g")
        )
    except ValueError as trouble:
        raise click.UsageError(str(trouble)) from trouble
    click.echo(page, nl=not page.endswith("\n"))
    return 0


def _numbers(written: str | None, option: str) -> Any:
    """`1, 2, 7/2` as exact fractions."""
    from fractions import Fraction

    if written is None:
        return None
    if len(written) > 10_000:
        raise click.UsageError(f"{option} is too long")
    try:
        return tuple(Fraction(part.strip()) for part in written.split(","))
    except (ValueError, ZeroDivisionError) as trouble:
        raise click.UsageError(f"{option} takes numbers such as 1,2,7/2, not {written!r}") from trouble


@main.command(short_help="Show how a note was read.")
@click.argument("path", metavar="NOTE")
def read(path: str) -> int:
    """Show each step of a note as it was read, and account for every character of mathematics."""
    from bnverify.record import Kind
    from bnverify.report.reading import render
    from bnverify.run import check_paths, options_from

    if os.path.isdir(path):
        raise click.UsageError(f"{path} is a folder: name one note")
    report = check_paths((path,), options_from("declared", "proof"))
    if report.troubles:
        raise click.ClickException(f"{path}: {report.troubles[0].message}")
    record = report.notes[0]
    _print(render(record), "auto")
    return 3 if not record.steps or any(step.kind is Kind.UNREADABLE for step in record.steps) else 0


@main.command(short_help="A first look that needs no file.")
def demo() -> int:
    """Prove a right derivation, show a wrong one, and say what to type next. Needs no file."""
    from bnverify.demo import show

    _print(show(), "auto")
    return 0
