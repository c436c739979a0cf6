"""Checks hand-written derivations of the batch-normalisation backward pass, line by line, for every batch size."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bnverify.record import Report

__version__ = "0.1.0"
__all__ = ["__version__", "check"]


def check(text: str, *, name: str = "<text>", variance: str = "declared", witness: str = "all") -> Report:
    """Check the derivation in `text` (Markdown or plain text) and return its report.

    `variance` is "declared", "biased" or "unbiased"; `witness` is "all", or "proof" for the proof alone.
    Mistakes in the text are in the report, never raised.
    Raises ValueError for an unknown `variance` or `witness`.

    >>> report = check(r"$$\\frac{\\partial L}{\\partial \\beta} = \\sum_i \\frac{\\partial L}{\\partial y_i}$$")
    >>> [step.standing.value for step in report.notes[0].steps]
    ['holds']
    """
    from bnverify.run import check_text, options_from

    return check_text(text, name, options_from(variance, witness))
