"""The group of all commands, and the small ones; nothing outside this room knows click."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import click

from bnverify import __version__
from bnverify.cli.against import against
from bnverify.cli.check import check
from bnverify.cli.completion import completion
from bnverify.cli.config import config
from bnverify.cli.derive import derive
from bnverify.cli.graph import graph
from bnverify.cli.init import init
from bnverify.cli.lsp import lsp
from bnverify.cli.options import COLOR, FILE, codes_like
from bnverify.cli.recheck import recheck
from bnverify.cli.screen import show
from bnverify.cli.variants import variants

SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


ORDER = "init check variants explain derive graph against recheck read config schema lsp demo completion".split()


class Whole(click.Group):
    """Commands in the order in which a new user needs them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(ORDER)


@click.group(cls=Whole, context_settings=SETTINGS)
@click.version_option(__version__, prog_name="bnverify", message="%(prog)s %(version)s")
def main() -> None:
    """Check hand-written derivations of the batch-normalisation backward pass, line by line.

    Every step is proved for every batch size n or refuted with a small counterexample; SymPy and NumPy check
    it again on concrete batches.

    Start with `bnverify demo`.
    """


for command in (init, check, variants, derive, graph, against, recheck, config, lsp, completion):
    main.add_command(command)


@main.command(short_help="Say what a code means, with an example.")
@click.argument("word", required=False, metavar="[CODE]", shell_complete=codes_like)
@COLOR
def explain(word: str | None, color: str) -> int:
    """Show the page of a code such as sign-flip: an example, why it happens, what to write.

    Without a code, list all of them.
    """
    from bnverify.explain.contents import contents, find, nearest

    if word is None:
        show(contents(), color)
        return 0
    code = find(word)
    if code is None:
        near = nearest(word)
        like = f"Codes with a name like it: {', '.join(near)}.\n" if near else ""
        raise click.UsageError(f"there is no code {word!r}\n{like}Type `bnverify explain` to see all of them.")
    from bnverify.explain.page import page

    show(page(code), color)
    return 0


@main.command(short_help="Show how a note was read.")
@click.argument("path", type=FILE, metavar="NOTE")
def read(path: str) -> int:
    """Show each step of a note as it was read, and account for every character of mathematics."""
    from bnverify.cli.options import Sources
    from bnverify.record import Kind
    from bnverify.report.reading import render
    from bnverify.run import check_notes, options_from

    if os.path.isdir(path):
        raise click.UsageError(f"{path} is a folder: name one note")
    report = check_notes(Sources((path,)).notes(), replace(options_from(witness="proof"), isolated=False))
    if report.troubles:
        raise click.ClickException(f"{path}: {report.troubles[0].message}")
    record = report.notes[0]
    show(render(record), "auto")
    unread = record.note.unread or any(step.kind is Kind.UNREADABLE for step in record.steps)
    return 3 if not record.steps or unread else 0


@main.command(short_help="Print the JSON schema of a report.")
def schema() -> int:
    """Print the JSON schema (draft 2020-12) of `check --output-format json`, and of each line of json-lines."""
    from importlib.resources import files

    click.echo(files("bnverify.report").joinpath("schema.json").read_bytes(), nl=False)
    return 0


@main.command(short_help="A first look that needs no file.")
def demo() -> int:
    """Prove a right derivation, show a wrong one, and say what to type next. Needs no file."""
    from bnverify.demo import page

    show(page(), "auto")
    return 0
