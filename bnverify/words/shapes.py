"""The shapes that a note writes, in words: what each was taken for, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Iterator

from bnverify.diagnostic import Diagnostic, Label, Severity
from bnverify.judge.judgement import Judgement, Verdicts
from bnverify.model.annotated import Annotated
from bnverify.source import Note


def shape_words(one: Judgement) -> Iterator[str]:
    """What each shape of a step was taken for."""
    for shape in one.shapes:
        yield taken_for(shape)


def taken_for(shape: Annotated) -> str:
    """`(N, D) is the shape of y, and no factor`."""
    written = as_tuple(shape)
    if not shape.name:
        return f"{written} is a shape, and no factor: of what is not said"
    return f"{written} is written as the shape of {shape.name}, and is no factor"


def as_tuple(shape: Annotated) -> str:
    entries = shape.written.entries
    return f"({entries[0]},)" if len(entries) == 1 else f"({', '.join(entries)})"


def shape_message(shape: Annotated | None, written: str, meant: str) -> str:
    name = f"of `{shape.name}`" if shape is not None else "that this has"
    return f"`{written}` is not the shape {name}{f', which is `{meant}`' if meant else ''}"


def loose_shapes(note: Note, verdicts: Verdicts) -> Iterator[Diagnostic]:
    """Wrong shapes of what stands in no step."""
    for shape in verdicts.shapes:
        if shape.step is None and shape.fits is False:
            span = shape.written.span
            message = shape_message(shape, note.cut(span), shape.meant)
            yield Diagnostic("wrong-shape", Severity.ERROR, message, Label(span))
