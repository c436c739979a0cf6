"""A shape that is not that of its quantity -> its cause, and the edit that writes the right one."""

from __future__ import annotations

from dataclasses import replace

from bnverify.judge.findings import RANK, DroppedSum, WrongShape, WrongStep
from bnverify.judge.judgement import Judgement
from bnverify.model.annotated import Annotated
from bnverify.read.latex import latex
from bnverify.read.syntax import Addition
from bnverify.record import RIGHT, Edit, Target
from bnverify.repair.bench import Bench
from bnverify.repair.mend import Explained, Mend
from bnverify.source import Note


def shape_cause(one: Judgement, note: Note) -> WrongShape | None:
    """The shape of a step that its quantity does not have, as a cause."""
    wrong = one.misshapen
    return None if wrong is None else WrongShape(wrong.written.span, note.cut(wrong.written.span), wrong.meant)


def with_shape(explained: Explained, bench: Bench) -> Explained:
    """What is said of a wrong step, a wrong shape among it.

    Where whole arrays are written a shape with the samples in it is how a missing sum shows.
    """
    found, cause = shape_cause(bench.one, bench.note), explained.cause
    if found is None or cause is None:
        return explained
    if _is_of_arrays(bench.one):
        summed = _summed(bench, found)
        if summed is not None:
            return replace(explained, cause=found, also=(), mends=(summed,), misread=False)
        if isinstance(cause, DroppedSum):
            return replace(explained, cause=found)
    if RANK[WrongShape] < RANK[type(cause)]:
        others = () if isinstance(cause, WrongStep) else (cause.code,)
        return replace(explained, cause=found, also=(*others, *explained.also), misread=False)
    return replace(explained, also=(*explained.also, found.code))


def _summed(bench: Bench, cause: WrongShape) -> Mend | None:
    """The side added up over the samples, with the right shape; None where that is not right."""
    step, size = bench.one.step, bench.vocabulary(bench.one.step.side).size()
    head = bench.line.head
    if size is None or head.trouble or not cause.meant:
        return None
    sign = f"\\sum_{{i=1}}^{{{latex(size)}}} "
    body = f"\\left({step.latex}\\right)" if isinstance(step.side, Addition) else step.latex
    side = bench.read_back(sign + body)
    if side.trouble or not bench.is_sound(side, head.term) or not bench.proved(head.term, side.term):
        return None
    edits = (Edit(step.span, sign + body), Edit(cause.place, cause.meant))
    return Mend(Target.TRUTH, (cause,), edits, sign + body, 1)


def is_misshapen(one: Judgement) -> bool:
    """A step whose two sides are equal, and whose shape is wrong."""
    return one.misshapen is not None and one.standing in RIGHT


def reshaped(one: Judgement, note: Note) -> Explained:
    """What is said of such a step."""
    cause = shape_cause(one, note)
    assert cause is not None
    assert one.misshapen is not None
    text = _rewritten(one.misshapen, cause.written)
    if not text:
        return Explained(cause)
    edit = Edit(cause.place, text)
    return Explained(cause, mends=(Mend(Target.TRUTH, (cause,), (edit,), text, 1),))


def _rewritten(wrong: Annotated, written: str) -> str:
    """The right shape in the style of the wrong one."""
    if not wrong.meant or not written.startswith("\\mathbb"):
        return wrong.meant
    counts = " \\times ".join(wrong.meant.strip("(),").split(", "))
    return f"\\mathbb{{R}}^{{{counts}}}"


def _is_of_arrays(one: Judgement) -> bool:
    """Whether the side is written without an index."""
    return one.line is not None and not one.line.scope.notation.indices_in(one.step.side)
