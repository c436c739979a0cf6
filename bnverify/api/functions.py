"""The functions of the package: what the commands do, for Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from fractions import Fraction

    from bnverify.api.checked import CheckReport
    from bnverify.api.compared import Compared
    from bnverify.api.derived import Derived
    from bnverify.api.varied import Variants
    from bnverify.record import NoteRecord, Trouble


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
) -> CheckReport:
    """Check the derivation in `text` (Markdown or plain text) and return its report.

    `variance` is "biased" or "unbiased", `epsilon` "inside", "outside" or "none", `residual` "x-mu" or "mu-x",
    `upstream` "as-written" or "y" (dL/dx-hat stands for dL/dy); "declared" leaves each to the note.
    `framework` ("pytorch", "tensorflow", "keras", "jax") settles the first three.
    `witness` is "all", or "proof" for the proof alone.
    Mistakes in the text are in the report, never raised.
    Raises ValueError for a word that is not known, and for a choice that the framework does not have; TypeError for
    what is no text, such as the path of a file.

    >>> report = check(r"$$\\frac{\\partial L}{\\partial \\beta} = \\sum_i \\frac{\\partial L}{\\partial y_i}$$")
    >>> report.is_right
    True
    >>> [step.standing.value for step in report.notes[0].steps]
    ['holds']
    """
    from bnverify.api.checked import checked
    from bnverify.run import check_text, options_from

    options = options_from(variance, witness, framework, epsilon=epsilon, residual=residual, upstream=upstream)
    return checked(check_text(text, name, options))


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


def derive(
    layer: str = "batch",
    *,
    wrt: str = "all",
    style: str = "staged",
    n: int | None = None,
    x: Sequence[int | Fraction] | None = None,
    g: Sequence[int | Fraction] | None = None,
    variance: str = "biased",
    epsilon: str = "inside",
    residual: str = "x-mu",
) -> Derived:
    """Derive the backward pass of a layer, for every n.

    `layer` is "batch", "layer", "rms", "group" or "instance"; `wrt` "x", "gamma", "beta", "mean", "variance" or "all";
    `style` "staged", "one-shot" or "jacobian". With `n` one batch of so many samples is worked out as well, in exact
    fractions, with the samples `x` and the upstream gradients `g` (n numbers each) if they are given.
    Raises ValueError for a word that is not known, a convention that the layer does not have, and a size that has no
    forward pass or is above 256.

    >>> derive(wrt="beta").formulas
    {'\\\\frac{\\\\partial L}{\\\\partial \\\\beta}': '\\\\sum_{i=1}^{N} \\\\frac{\\\\partial L}{\\\\partial y_i}'}
    """
    from bnverify.api.derived import Derived
    from bnverify.derivation.derivation import EVERY, WRT, Style, asked
    from bnverify.derivation.sizes import sized
    from bnverify.derivation.styles import derive as derived
    from bnverify.model.conventions import USUAL, with_choices
    from bnverify.model.standard import STANDARD

    _refuse_unknown("layer", layer, STANDARD)
    _refuse_unknown("wrt", wrt, (*WRT, EVERY))
    _refuse_unknown("style", style, [one.value for one in Style])
    parts = {"variance": variance, "epsilon": epsilon, "residual": residual}
    wanted = asked(STANDARD[layer], with_choices(USUAL, parts), style, wrt)
    batch = None if n is None else sized(wanted, n, _fractions(x), _fractions(g))
    return Derived(derived(wanted), batch)


def variants(
    text: str,
    *,
    name: str = "<text>",
    steps: bool = False,
    variance: str = "declared",
    epsilon: str = "declared",
    residual: str = "declared",
    upstream: str = "declared",
) -> Variants:
    """Try the final formulas of a note, or all its `steps`, under every convention.

    A part of the convention that is named is settled, and the others are tried; the words are as for `check`.
    Raises ValueError for a word that is not known.

    >>> variants(r"$$\\frac{\\partial L}{\\partial \\beta} = \\sum_i \\frac{\\partial L}{\\partial y_i}$$").exit_status
    0
    """
    from bnverify.api.varied import Variants
    from bnverify.files.loaded import Loaded
    from bnverify.run import options_from
    from bnverify.source import Note
    from bnverify.variation.views import shown

    options = options_from(variance, "proof", epsilon=epsilon, residual=residual, upstream=upstream)
    loaded = [Loaded(name, Note(name, text))]
    return Variants(shown(loaded, "steps" if steps else "finals", options, lambda _: None))


def against(
    function: str | Callable[..., Any],
    *,
    args: Sequence[str] = (),
    forward: str | None = None,
    layer: str | None = None,
    shape: str | None = None,
    eps: float | None = None,
    timeout: float = 10.0,
    **convention: str,
) -> Compared:
    """Run a backward function of yours on inputs that hide nothing, and compare it with the derived truth.

    This runs your code, in a child process that is ended after `timeout` seconds.
    `function` is "FILE.py:NAME", or a function of a file: the child loads the file anew, so one that was typed into a
    notebook or a prompt has none. Its parameters are told by their names, or by `args` in their order; `forward` names
    the function of the same file that returns `(y, cache)`. `layer`, `shape` (such as "n,d" or "n,c,h,w"), `eps` and
    parts of the `convention` (`variance="biased"`, ...) are what has to be satisfied; without them any will do.
    Raises ValueError for a word that is not known and a function without a file, OSError for a file that cannot be
    read, and `bnverify.trial.signature.Unusable` for a function that cannot be judged: it raises, hangs, or returns
    another shape.
    """
    from bnverify.api.compared import Compared
    from bnverify.model.conventions import NAMES, OF_FORWARD
    from bnverify.model.standard import STANDARD
    from bnverify.trial.inputs import SHAPES
    from bnverify.trial.judging import Asked, judge
    from bnverify.trial.signature import read

    for part, name in convention.items():
        _refuse_unknown("part of a convention", part, OF_FORWARD)
        _refuse_unknown(part, name, NAMES[part])
    for what, given, known in (("layer", layer, STANDARD), ("shape", shape, [one.name for one in SHAPES.values()])):
        if given is not None:
            _refuse_unknown(what, given, known)
    file, name = _home_of(function)
    with open(file, encoding="utf-8-sig") as opened:
        subject = read(opened.read(), file, name, tuple(args), forward)
    return Compared(judge(subject, Asked(layer, shape, convention, eps, timeout)))


def _home_of(function: str | Callable[..., Any]) -> tuple[str, str]:
    """The file and the name of a function. Raises ValueError."""
    import inspect
    import os

    if isinstance(function, str):
        file, sign, name = function.rpartition(":")
        if not sign or not file or not name:
            raise ValueError(f"{function!r} names no function: write FILE.py:FUNCTION")
        return file, name
    try:
        source = inspect.getsourcefile(function)
    except TypeError:
        source = None
    name = getattr(function, "__qualname__", "")
    if source is None or not os.path.isfile(source) or "." in name:
        raise ValueError("this function stands in no file of its own: write it into one, and name it FILE.py:FUNCTION")
    return source, name


def _refuse_unknown(what: str, written: str, known: Sequence[str] | Mapping[str, object]) -> None:
    from bnverify.nearest import hint

    if written not in known:
        raise ValueError(f"{what} {written!r} is not known: {hint(written, tuple(known))}")


def _fractions(numbers: Sequence[int | Fraction] | None) -> tuple[Fraction, ...] | None:
    from fractions import Fraction

    return None if numbers is None else tuple(map(Fraction, numbers))
