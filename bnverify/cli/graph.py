"""`bnverify graph`: the computational graph of a layer, or of what a note declares."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from bnverify.cli.options import (
    DECLARED,
    FILE,
    FLAGS,
    OUTPUT,
    STDIN,
    STDIN_NAME,
    Asked,
    Named,
    Sources,
    layer_names,
    refuse,
    with_convention,
)
from bnverify.cli.screen import emit, failed

if TYPE_CHECKING:
    from bnverify.graph.drawing import Drawing
    from bnverify.graph.page import Page
    from bnverify.record import Trouble


@click.command(short_help="Draw the computational graph, with the gradients that flow back.")
@click.argument("note", required=False, type=FILE, metavar="[NOTE]")
@click.option("--layer", type=Named(layer_names), help="The layer, where no note is named; batch if left away.")
@with_convention
@click.option(
    "--format", "form", type=click.Choice(["tree", "mermaid", "dot", "svg"]), default="tree", show_default=True,
    help="A tree for the terminal, a diagram for Markdown, for Graphviz, or a picture.",
)  # fmt: skip
@OUTPUT
@STDIN_NAME
def graph(
    note: str | None, layer: str | None, asked: Asked, form: str, output: str | None, stdin_filename: str | None
) -> int:
    """Draw the graph of a forward pass: shapes on the nodes, and on each edge the local derivative and what flows back
    along it, as formulas.

    With a note, the graph that the note declares, in its own letters; `-` is standard input.

    Exit status: 0 it was drawn; 3 a part of the note could not be read; 2 wrong use or an unreadable file.
    """
    from bnverify.record import Trouble

    refuse(_wrong(note, layer, asked, stdin_filename))
    found = _drawing(note, layer or "batch", asked, stdin_filename)
    if isinstance(found, Trouble):
        return failed(found)
    trouble = emit(_rendered(found.page, form), output)
    if trouble is not None:
        return failed(trouble)
    return 0 if found.complete else 3


def _wrong(note: str | None, layer: str | None, asked: Asked, stdin_name: str | None) -> Iterator[str]:
    """What cannot be asked for, as sentences."""
    from bnverify.model.conventions import USUAL, with_choices
    from bnverify.model.standard import STANDARD

    if note is not None and os.path.isdir(note):
        yield f"{note} is a folder: name one note"
    if note is not None and layer is not None:
        yield "--layer is for the graph that is built in: a note declares its own"
    if asked.chosen["upstream"] != DECLARED:
        yield f"{FLAGS['upstream'][0]} says what a note means by a letter: the graph is the same"
    if stdin_name is not None and note != STDIN:
        yield "--stdin-filename names the note from standard input: add `-`"
    if note is None:
        parts = {part: name for part, name in asked.chosen.items() if name != DECLARED}
        refused = STANDARD[layer or "batch"].refused(with_choices(USUAL, parts))
        if refused:
            yield refused


def _drawing(note: str | None, layer: str, asked: Asked, stdin_name: str | None) -> Drawing | Trouble:
    from bnverify.files.loaded import Loaded
    from bnverify.graph.drawing import built_in, of_note
    from bnverify.run import with_note
    from bnverify.source import Note

    options = asked.options("proof")
    if note is None:
        return with_note(Loaded("", Note("", "")), options, lambda _, own: built_in(layer, own))
    loaded = next(iter(Sources((note,), stdin_name=stdin_name).notes()))
    return with_note(loaded, options, of_note)


def _rendered(page: Page, form: str) -> str:
    if form == "tree":
        from bnverify.graph.tree import tree as render
    elif form == "mermaid":
        from bnverify.graph.mermaid import mermaid as render
    elif form == "dot":
        from bnverify.graph.dot import dot as render
    else:
        from bnverify.graph.svg import svg as render
    return render(page)
