"""Checks hand-written derivations of the batch-normalisation backward pass, line by line, for every batch size."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bnverify.record import Report

__version__ = "0.1.0"
__all__ = ["__version__", "check"]


def check(
    text: str,
    *,
    name: str = "<text>",
    variance: str = "declared",
    epsilon: str = "declared",
    residual: str = "declared",
    upstream: str = "declared",
    framework: str = "",
    witness: str = "all",
) -> Report:
    """Check the derivation in `text` (Markdown or plain text) and return its report.

    `variance` is "biased" or "unbiased", `epsilon` "inside", "outside" or "none", `residual` "x-mu" or "mu-x",
    `upstream` "as-written" or "y" (dL/dx-hat stands for dL/dy); "declared" leaves each to the note.
    `framework` ("pytorch", "tensorflow", "keras", "jax") settles the first three.
    `witness` is "all", or "proof" for the proof alone.
    Mistakes in the text are in the report, never raised.
    Raises ValueError for a word that is not known, and for a choice that the framework does not have.

    >>> report = check(r"$$\\frac{\\partial L}{\\partial \\beta} = \\sum_i \\frac{\\partial L}{\\partial y_i}$$")
    >>> [step.standing.value for step in report.notes[0].steps]
    ['holds']
    """
    from bnverify.run import check_text, options_from

    return check_text(
        text, name, options_from(variance, witness, framework, epsilon=epsilon, residual=residual, upstream=upstream)
    )
