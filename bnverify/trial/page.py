"""A verdict -> the lines of the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from bnverify.report.pieces import Line, line, pad, printable, wrapped
from bnverify.trial.factors import MINUS
from bnverify.trial.inputs import FAR, SHAPES
from bnverify.trial.judging import Judged, Verdict
from bnverify.trial.naming import WHOLE, Slip
from bnverify.trial.probe import Probed
from bnverify.trial.signature import Subject
from bnverify.trial.words import cause_of, convention, formulas, satisfied, summary

INDENT = 18
TURNED = (Slip(WHOLE, None, ((MINUS, 1),)),)
"""The opposite sign throughout."""


def page(verdict: Verdict, probed: Probed | None) -> list[Line]:
    lines = [line((printable(title(verdict.subject)), "path")), *_tried(verdict), line("")]
    for one in verdict.gradients:
        lines += _gradient(one)
    wrong = [one for one in verdict.gradients if not one.is_right]
    for one in wrong:
        lines += [line(""), *_evidence(one, verdict)]
    lines += [line(""), *_notes(verdict)] if any(True for _ in _notes(verdict)) else []
    if probed is not None:
        lines += [line(""), *of_probe(probed)]
    style = "right" if verdict.is_right else "error"
    return [*lines, line(""), *(line((text, style)) for (text, _), *_ in wrapped("", summary(verdict), 2))]


def title(subject: Subject) -> str:
    before = f", with {subject.forward.written()} before it" if subject.forward else ""
    return f"{subject.file}:{subject.function.written()}{before}"


def _tried(verdict: Verdict) -> Iterator[Line]:
    home, shapes = verdict.home, SHAPES[verdict.home.shape].trials
    said = " (its name says so)" if verdict.layer_by_name else ""
    yield from wrapped("  ", f"judged as {home.layer.title}{said}, {convention(home)}", 4)
    eps = "" if verdict.subject.hides_epsilon else f", epsilon {home.eps:g}"
    if verdict.subject.hides_epsilon and home.convention.epsilon.value != "none":
        eps = f", epsilon {home.eps:g} (from the file: it takes none)"
    precision = ", in single precision" if verdict.single else f", one of them with a mean of {FAR:g}"
    first, last = shapes[0].shape, shapes[-3].shape
    yield from wrapped("  ", f"{verdict.trials} trials, x of shape {first} to {last}{eps}{precision}", 4)


def _gradient(one: Judged) -> Iterator[Line]:
    name = f"  {pad(one.name, 8)}"
    if one.is_right:
        yield line(name, ("right", "right"), f"   largest relative error {one.error:.1g}")
        return
    first, *rest = wrapped(" " * INDENT, cause_of(one), INDENT)
    yield line(name, ("WRONG", "error"), first[0][0][len(name) + len("WRONG") :])
    yield from rest


def _evidence(one: Judged, verdict: Verdict) -> Iterator[Line]:
    setting = one.cause.setting if one.cause and one.cause.slips else verdict.home
    for head, text in formulas(one, setting):
        yield from wrapped(f"  {pad(head, 16)}", text, INDENT)
    found = one.difference
    if found is None:
        return
    where = ", ".join(map(str, found.index))
    far = f", mean {found.trial.mean:g}" if found.trial.is_far else ""
    yield line(
        f"  x of shape {found.trial.shape}{far}: {one.name}[{where}] is {found.true:.6g}, returned is {found.found:.6g}"
    )


def _notes(verdict: Verdict) -> Iterator[Line]:
    for words in notes(verdict):
        yield from wrapped("  note: ", words, 8)


def notes(verdict: Verdict) -> Iterator[str]:
    """What else a reader has to know."""
    if verdict.wrote:
        names = ", ".join(verdict.wrote)
        yield f"it writes to its input {names}: the layer behind it would get other numbers; copy before changing"
    if verdict.forward == ():
        yield "y of the forward pass is that of no layer or convention that was tried"
    wrong = [one for one in verdict.gradients if not one.is_right]
    if any(one.cause for one in wrong):
        yield "the cause also reproduces what came back on a trial that the search did not see"
    if verdict.elsewhere and not any(one.cause and not one.cause.slips for one in wrong):
        texts = list(satisfied(verdict.elsewhere, verdict.subject.hides_epsilon))
        yield f"it is right for what was not asked for: {'; '.join(texts)}"
    if any(one.cause and one.cause.slips == TURNED for one in wrong):
        yield "a forward pass with xhat = (mu - x)/s has this dx: if that is yours, --sign-convention mu-x"
    alone = [one for one in verdict.elsewhere if one.shape == "n" and one.convention == verdict.home.convention]
    if wrong and alone and verdict.home.shape != "n":
        yield "with several features it may need axis=0 and keepdims; --shape n judges it for one feature"


def of_probe(probed: Probed) -> Iterator[Line]:
    """Which wrong formulas the user's own test would let pass."""
    yield line((f"your test inputs: {printable(probed.words)}", "path"))
    passed, of = len(probed.passed), probed.of
    if not passed:
        yield line(f"  each of {of} wrong formulas differs from the truth there (rtol 1e-5, atol 1e-8)")
        return
    yield line(f"  {passed} of {of} wrong formulas cannot be told from the truth there (rtol 1e-5, atol 1e-8):")
    for head in dict.fromkeys(head for head, _ in probed.passed):
        slips = "; ".join(slip for home, slip in probed.passed if home == head)
        yield from wrapped(f"    {head}: ", slips, 6)
    yield from wrapped("  help: ", probed.help, 8)
