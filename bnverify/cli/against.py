"""`bnverify against`: a backward function -> the truth that it satisfies, or what is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from bnverify.cli.options import COLOR, DECLARED, FILE, FLAGS, Named, choices_of, framework_names
from bnverify.cli.screen import show
from bnverify.nearest import hint

if TYPE_CHECKING:
    from bnverify.trial.judging import Verdict
    from bnverify.trial.probe import Probed
    from bnverify.trial.signature import Subject

SHAPES = ("n", "n,d", "n,c,h,w")
PARTS = ("variance", "epsilon", "residual")
LARGEST_FILE = 5_000_000
LONGEST = 3600.0


def layer_names() -> Sequence[str]:
    from bnverify.trial.signature import LAYERS

    return LAYERS


@click.command(short_help="Try a backward function of your own against the derived truth.")
@click.argument("target", type=FILE, metavar="FILE.py:FUNCTION")
@click.option("--layer", type=Named(layer_names), help="The layer that it is the backward pass of.")
@click.option("--shape", type=click.Choice(SHAPES), help="The shape of x; without it all are tried.")
@click.option("--variance", type=choices_of("variance"), default=DECLARED, help="The variance to judge under.")
@click.option("--epsilon", type=choices_of("epsilon"), default=DECLARED, help="Where epsilon stands.")
@click.option("--sign-convention", "residual", type=choices_of("residual"), default=DECLARED, help=FLAGS["residual"][1])
@click.option("--framework", type=Named(framework_names), help="Judge under the convention of this framework.")
@click.option("--args", "parts", metavar="dy,x,...", help="What each parameter gets, in order.")
@click.option("--forward", metavar="FUNCTION", help="The forward pass of the same file, which returns (y, cache).")
@click.option("--eps", type=float, help="The epsilon that the function has inside, where it takes none.")
@click.option("--timeout", type=float, default=10.0, show_default=True, help="Seconds after which it is ended.")
@click.option(
    "--probe", metavar="INPUTS", help="Your own test inputs, FILE.npz or g=1,gamma=1,eps=1e-5,n=4: what they miss."
)
@click.option("--output-format", type=click.Choice(["full", "json"]), default="full", show_default=True)
@COLOR
def against(
    target: str,
    layer: str | None,
    shape: str | None,
    framework: str | None,
    parts: str | None,
    forward: str | None,
    eps: float | None,
    timeout: float,
    probe: str | None,
    output_format: str,
    color: str,
    **convention: str,
) -> int:
    """Run a NumPy or torch backward function on inputs that hide nothing, and compare with the derived truth.

    This RUNS YOUR CODE: FILE.py is loaded in a child process, with your rights, and ended after --timeout seconds.
    No other command runs anything.

    Parameters are told by their names (dy or dout, x, gamma, eps, mean, var, xhat, ...); it returns dx, or
    (dx, dgamma, dbeta). A torch.autograd.Function is applied, and differentiated by torch.

    Exit status: 0 it satisfies the truth under some layer and convention of those asked for; 1 it does not;
    2 wrong use, or a function that cannot be judged.
    """
    from bnverify.trial.judging import Asked, judge
    from bnverify.trial.signature import Unusable

    chosen = _chosen({part: convention[part] for part in PARTS if convention[part] != DECLARED}, framework)
    if not 0 < timeout <= LONGEST:
        raise click.UsageError(f"--timeout is more than 0 and at most {LONGEST:g} seconds")
    if eps is not None and not 0 < eps < 1e6:
        raise click.UsageError("--eps is a positive number")
    try:
        subject = _subject(target, parts, forward)
        click.echo(f"running {_safe(target)} in a child process: this is your code, with your rights", err=True)
        verdict = judge(subject, Asked(layer, shape, chosen, eps, timeout))
        probed = _probed(probe, verdict)
    except Unusable as trouble:
        raise click.ClickException(_safe(str(trouble)) + _help(trouble.help)) from trouble
    _print(verdict, probed, output_format, color)
    return verdict.status


def _chosen(parts: Mapping[str, str], framework: str | None) -> Mapping[str, str]:
    if framework is None:
        return parts
    from bnverify.model.frameworks import FRAMEWORKS

    try:
        return FRAMEWORKS[framework].with_choices(parts)
    except ValueError as trouble:
        raise click.UsageError(str(trouble)) from trouble


def _subject(target: str, parts: str | None, forward: str | None) -> Subject:
    """Read the file as text. Raises click.UsageError and Unusable."""
    from bnverify.trial.signature import read

    file, sign, name = target.rpartition(":")
    file = file.rstrip(":")
    if not sign or not file or not name:
        raise click.UsageError(f"{target!r} names no function: write FILE.py:FUNCTION")
    return read(_text(file), file, name, tuple(one.strip() for one in parts.split(",")) if parts else (), forward)


def _text(file: str) -> str:
    if not os.path.isfile(file):
        folder = os.path.dirname(file) or "."
        there = [one for one in os.listdir(folder) if one.endswith(".py")] if os.path.isdir(folder) else []
        near = f": {hint(os.path.basename(file), sorted(there))}" if there else ""
        raise click.UsageError(f"there is no file {file}{near}")
    if os.path.getsize(file) > LARGEST_FILE:
        raise click.UsageError(f"{file} is larger than 5 MB")
    try:
        with open(file, encoding="utf-8-sig") as opened:
            return opened.read()
    except (OSError, UnicodeDecodeError) as trouble:
        raise click.ClickException(
            f"{file} cannot be read: {getattr(trouble, 'strerror', None) or trouble}"
        ) from trouble


def _probed(probe: str | None, verdict: Verdict) -> Probed | None:
    if probe is None:
        return None
    from bnverify.trial.probe import probe as probed

    return probed(probe, verdict.home)


def _print(verdict: Verdict, probed: Probed | None, output_format: str, color: str) -> None:
    if output_format == "json":
        from bnverify.trial.jsons import as_json

        click.echo(as_json(verdict, probed))
        return
    from bnverify.trial.page import page

    show(page(verdict, probed), color)


def _safe(text: str) -> str:
    from bnverify.report.pieces import printable

    return printable(text)


def _help(words: str) -> str:
    return "".join(f"\n{_safe(one)}" for one in words.splitlines())
