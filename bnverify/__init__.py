"""Checks hand-written derivations of the batch-normalisation backward pass, line by line, for every batch size."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Executor

    from bnverify.record import NoteRecord, Report, Trouble

__version__ = "0.1.0"
__all__ = ["__version__", "check", "check_many"]


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


def check_many(
    paths: Sequence[str],
    *,
    executor: Executor | None = None,
    jobs: int = 1,
    in_flight: int = 0,
    cache: bool = False,
    variance: str = "declared",
    epsilon: str = "declared",
    residual: str = "declared",
    upstream: str = "declared",
    framework: str = "",
    witness: str = "all",
) -> Iterator[NoteRecord | Trouble]:
    """Check the files named and the notes of the folders named; what became of each, in their order, as it comes.

    A note that cannot be judged is a Trouble and does not end the others.
    `executor` is any `concurrent.futures.Executor`, and stays open; `jobs` processes of our own are used without one,
    0: as many as there are cores. If such a process is ended, the note that it had is a Trouble, and the rest goes on.
    At most `in_flight` notes are in memory at once; 0: eight for each worker. Workers end with the iterator.
    `cache` remembers verdicts in the user's cache folder, as the command line does. The other words are as for `check`.
    Raises ValueError for a word that is not known. As ever with processes, a script that is run as a program and asks
    for `jobs` does so under `if __name__ == "__main__":`.
    """
    from dataclasses import replace

    from bnverify.batch.many import check_many
    from bnverify.run import options_from

    options = options_from(variance, witness, framework, epsilon=epsilon, residual=residual, upstream=upstream)
    return check_many(paths, replace(options, isolated=False), executor, jobs, in_flight, cache)
