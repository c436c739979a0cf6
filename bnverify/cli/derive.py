"""`bnverify derive`: the backward pass of a layer, as a derivation or as code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from bnverify.cli.options import DECLARED, FLAGS, OUTPUT, Asked, Named, layer_names, refuse, with_convention
from bnverify.cli.screen import emit, failed, progress

if TYPE_CHECKING:
    from bnverify.derivation.derivation import Asked as Wanted
    from bnverify.derivation.sizes import Sized

EVERY = "every"
SIZED = ("text", "markdown", "json")
"""The formats that show one batch."""
CODE = ("numpy", "torch")


class Size(click.ParamType[str]):
    """A whole number, or `every`."""

    name = f"integer|{EVERY}"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        digits = str(value).removeprefix("-")
        if value != EVERY and not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
            self.fail(f"{value!r} is no size: type a number of samples, or `{EVERY}`", param, ctx)
        return str(value)


@click.command(short_help="Derive the backward pass, as a derivation, in numbers, or as code.")
@click.option("--layer", type=Named(layer_names), default="batch", show_default=True, help="The layer.")
@click.option(
    "--wrt", type=click.Choice(["x", "gamma", "beta", "mean", "variance", "all"]), default="all", show_default=True,
    help="What the loss is differentiated by.",
)  # fmt: skip
@click.option(
    "--style", type=click.Choice(["staged", "one-shot", "jacobian"]), default="staged", show_default=True,
    help="Node by node, in one chain, or by the matrix of derivatives.",
)  # fmt: skip
@click.option(
    "--n", "size", type=Size(), default=EVERY, show_default=True,
    help="With a number, one batch of this size in exact fractions below it.",
)  # fmt: skip
@with_convention
@click.option(
    "--format", "form", type=click.Choice(["text", "latex", "markdown", "json", "numpy", "torch"]), default="text",
    show_default=True, help="For the terminal, for a document, a note, a program; or a function.",
)  # fmt: skip
@OUTPUT
@click.option(
    "--x", "samples", metavar="X1,X2,...", help="The samples of the worked batch, as whole numbers or fractions."
)
@click.option("--g", "gradients", metavar="G1,G2,...", help="The upstream gradients dL/dy of the worked batch.")
@click.option("--force", is_flag=True, help="Work a large batch out all the same.")
def derive(
    layer: str,
    wrt: str,
    style: str,
    size: str,
    asked: Asked,
    form: str,
    output: str | None,
    samples: str | None,
    gradients: str | None,
    force: bool,
) -> int:
    """Derive the backward pass of a normalisation layer.

    Every formula is derived from the graph and proved for every n; `check` accepts what the formats markdown and latex
    print. With `--n 4` SymPy derives it once more with the four samples written out, and one batch is worked out.

    Exit status: 0 it was derived; 2 wrong use, or a file that cannot be written.
    """
    refuse(_wrong(size, asked, form, wrt, samples, gradients))
    try:
        wanted = _wanted(layer, style, wrt, asked)
        one = _sized(wanted, size, _numbers(samples, "--x"), _numbers(gradients, "--g"), force)
    except ValueError as trouble:
        raise click.UsageError(str(trouble)) from trouble
    with progress(one is None) as told:
        text = _rendered(wanted, one, form, lambda k: told(f"sample {k} of {size}"))
    unwritten = emit(text, output)
    return failed(unwritten) if unwritten else 0


def _wrong(size: str, asked: Asked, form: str, wrt: str, samples: str | None, gradients: str | None) -> Iterator[str]:
    """What cannot be asked for, as sentences."""
    if asked.chosen["upstream"] != DECLARED:
        yield f"{FLAGS['upstream'][0]} says what a note means by a letter: the derivation is the same"
    if size == EVERY and (samples is not None or gradients is not None):
        yield "--x and --g are the numbers of one batch: add its size, --n 4"
    if size != EVERY and form not in SIZED:
        yield f"--n is for the formats {', '.join(SIZED)}: what {form} prints holds for every n"
    if form in CODE and wrt != "all":
        yield f"a function in {form} returns all gradients: leave --wrt out"


def _wanted(layer: str, style: str, wrt: str, given: Asked) -> Wanted:
    from bnverify.derivation.derivation import asked
    from bnverify.model.conventions import USUAL, with_choices
    from bnverify.model.standard import STANDARD

    forced = {part: name for part, name in given.options("proof").forced.items() if part != "upstream"}
    return asked(STANDARD[layer], with_choices(USUAL, forced), style, wrt)


def _sized(wanted: Wanted, size: str, samples: Any, upstream: Any, force: bool) -> Sized | None:
    from bnverify.derivation.sizes import sized

    return None if size == EVERY else sized(wanted, int(size), samples, upstream, force)


def _rendered(wanted: Wanted, one: Sized | None, form: str, told: Callable[[int], None]) -> str:
    if form in CODE:
        from bnverify.derivation import code

        return code.numpy_module(wanted) if form == "numpy" else code.torch_module(wanted)
    from bnverify import __version__
    from bnverify.derivation import jsons, page, written
    from bnverify.derivation.styles import derive as derived

    derivation = derived(wanted)
    match form:
        case "markdown":
            return written.markdown(derivation) + (page.as_markdown(one, told) if one else "")
        case "latex":
            return written.latex_document(derivation)
        case "json":
            return jsons.document(derivation, __version__, one)
        case _:
            return page.derive_page(derivation, one, told) if one else page.every_page(derivation)


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
