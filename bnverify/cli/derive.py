"""`bnverify derive`: the backward pass on one page."""

from __future__ import annotations

from typing import Any

import click


@click.command(short_help="Work the backward pass out, down to the numbers.")
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
