"""A step -> what is said of it, as Markdown in which nothing that a note holds is an order of Markdown or HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bnverify.diagnostic import Diagnostic
from bnverify.lsp.pages import address_of
from bnverify.proof.steps import nothing_to_show, verdict_words
from bnverify.record import NoteRecord, Standing, StepRecord
from bnverify.report.full import understood
from bnverify.report.sentences import code, sentence, words
from bnverify.words.describe import example_words


def hover(record: NoteRecord, step: StepRecord, told: Diagnostic | None, aside: str) -> str:
    """The verdict, how the step was read, what it rests on, what is wrong and what mends it, the convention."""
    items = [*_facts(step, told), *(in_words(f"{lead}{said}") for lead, said in understood(record))]
    lines = [f"**{words(verdict_words(record, step))}**{_cause(told)}", "", *(f"- {one}" for one in items)]
    if aside:
        lines += ["", f"*{words(aside)}*"]
    if told is not None and (address := address_of(told.code)):
        lines += ["", f"[what {told.code} means]({address})"]
    return "\n".join(lines) + "\n"


def _cause(told: Diagnostic | None) -> str:
    return f": {in_words(told.message)}" if told else ""


def _facts(step: StepRecord, told: Diagnostic | None) -> Iterator[str]:
    if step.read_as:
        yield f"read as {code(step.read_as, with_html=False)}"
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
    """A sentence of the program; editors show HTML as it is written."""
    return sentence(text, with_html=False)
