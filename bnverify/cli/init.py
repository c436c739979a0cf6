"""`bnverify init`: a note to begin with."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from bnverify.cli.options import DECLARED, FLAGS, Asked, Named, layer_names, with_convention
from bnverify.cli.screen import failed, show

if TYPE_CHECKING:
    from bnverify.report.pieces import Line

MARKDOWN = (".md", ".markdown")


@click.command(short_help="Write a note to begin with.")
@click.argument("path", required=False, default=os.path.join("derivations", "batch-norm.md"), metavar="[FILE]")
@click.option("--layer", type=Named(layer_names), default="batch", show_default=True, help="The layer.")
@with_convention
def init(path: str, layer: str, asked: Asked) -> int:
    """Write a note to begin with: the definitions of a layer, one gradient, and a place for your own lines.

    Without a name it is `derivations/batch-norm.md`, where `bnverify check` finds it. A file that is there already
    stays as it is.
    """
    from bnverify.derivation.derivation import Nonexistent
    from bnverify.derivation.derivation import asked as wanted
    from bnverify.derivation.starter import starter
    from bnverify.model.conventions import USUAL, with_choices
    from bnverify.model.standard import STANDARD
    from bnverify.write import write_output

    if asked.chosen["upstream"] != DECLARED:
        raise click.UsageError(f"{FLAGS['upstream'][0]} says what a note means by a letter: leave it away")
    if not path.lower().endswith(MARKDOWN):
        raise click.UsageError(
            f"the note is written in Markdown: a name that ends in {' or '.join(MARKDOWN)} is needed"
        )
    if os.path.lexists(path):
        raise click.UsageError(f"{path} is there already: name another file")
    forced = {part: name for part, name in asked.options("proof").forced.items() if part != "upstream"}
    try:
        text = starter(wanted(STANDARD[layer], with_choices(USUAL, forced), wrt="gamma"))
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    except Nonexistent as trouble:
        raise click.UsageError(str(trouble)) from trouble
    except OSError as trouble:
        raise click.ClickException(f"{os.path.dirname(path)} cannot be made: {trouble.strerror}") from trouble
    if (unwritten := write_output(path, text)) is not None:
        return failed(unwritten)
    show(_next(path), "auto")
    return 0


def _next(path: str) -> list[Line]:
    import shlex

    from bnverify.report.pieces import line, printable

    name = printable(shlex.quote(path))
    return [
        line(("wrote ", ""), (printable(path), "path")),
        line(f"  bnverify check {name}            every step, and where the first error is"),
        line(f"  bnverify check --watch {name}    the same again whenever you save it"),
    ]
