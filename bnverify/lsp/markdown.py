"""A step -> what is said of it, as Markdown in which nothing that a note holds is an order of Markdown or HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bnverify.diagnostic import Diagnostic
from bnverify.lsp.pages import address_of
from bnverify.pattern import pattern
from bnverify.proof.steps import nothing_to_show, verdict_words
from bnverify.record import NoteRecord, Standing, StepRecord
from bnverify.report.full import understood
from bnverify.report.pieces import printable
from bnverify.words.describe import example_words

SIGNS = pattern(r"[\\`*_\[\]<>#|~&$]|:(?=//)")
"""What may mean something within a line of Markdown, with the extensions that editors have."""
BACKTICKS = pattern("`+")


def hover(record: NoteRecord, step: StepRecord, told: Diagnostic | None, aside: str) -> str:
    """The verdict, how the step was read, what it rests on, what is wrong and what mends it, the convention."""
    items = [*_facts(step, told), *(in_words(f"{lead}{words}") for lead, words in understood(record))]
    lines = [f"**{escaped(verdict_words(record, step))}**{_cause(told)}", "", *(f"- {one}" for one in items)]
    if aside:
        lines += ["", f"*{escaped(aside)}*"]
    if told is not None and (address := address_of(told.code)):
        lines += ["", f"[what {told.code} means]({address})"]
    return "\n".join(lines) + "\n"


def _cause(told: Diagnostic | None) -> str:
    return f": {in_words(told.message)}" if told else ""


def _facts(step: StepRecord, told: Diagnostic | None) -> Iterator[str]:
    if step.read_as:
        yield f"read as {code(step.read_as)}"
    for one in (*step.assumptions, *(message for _, message in step.notices)):
        yield in_words(one)
    if told is not None:
        yield from map(in_words, _without_reading(told.notes))
        if told.help:
            yield f"help: {in_words(told.help)}"
        return
    if step.example is not None:
        yield in_words(example_words(step.example, step.head_as))
    if step.uses:
        yield in_words(f"uses {' and '.join(step.uses)}")
    if step.standing in (None, Standing.UNDECIDED):
        yield in_words(nothing_to_show(step))


def _without_reading(notes: Sequence[str]) -> list[str]:
    return [one for one in notes if not one.startswith("read as: ")]


# -- text as text


def in_words(text: str) -> str:
    """A sentence of the program: what it puts between backticks is code, all else is escaped."""
    parts = printable(text).split("`")
    if len(parts) % 2 == 0:
        return escaped(text)
    return "".join(code(part) if place % 2 else SIGNS.sub(r"\\\g<0>", part) for place, part in enumerate(parts))


def escaped(text: str) -> str:
    return SIGNS.sub(r"\\\g<0>", printable(text))


def code(text: str) -> str:
    """A text on one line as code, whatever backticks it holds."""
    text = printable(text)
    longest = max((len(run) for run in _runs(text)), default=0)
    fence = "`" * (longest + 1)
    inside = f" {text} " if text[:1] == "`" or text[-1:] == "`" or text.strip() != text else text
    return f"{fence}{inside}{fence}" if text.strip() else ""


def _runs(text: str) -> Iterator[str]:
    return (found.group() for found in BACKTICKS.finditer(text))
