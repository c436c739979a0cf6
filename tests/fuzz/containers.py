"""A note -> the same note in another container, in other signs, with commands of its own: its steps stand as before."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from time import process_time

from bnverify.files.notebook import note_of
from bnverify.pipeline import judge_under, understand
from bnverify.source import Note
from bnverify.truth.panel import Disagreement
from tests.fuzz.dressing import dressed_note
from tests.fuzz.notes import SLOW, with_slip
from tests.fuzz.tally import Tally
from tests.mutation.notation import Unprintable

RIGHT = 0.4
"""The share of notes without a slip."""

# -- signs

LETTERS = {
    r"\mu": "μ", r"\gamma": "γ", r"\beta": "β", r"\varepsilon": "ε", r"\epsilon": "ϵ", r"\delta": "δ", r"\partial": "∂",
    r"\sum": "∑", r"\cdot": "·", r"\times": "×", r"\neq": "≠", r"\sigma": "σ",
}  # fmt: skip
FIGURES = {"_i": "ᵢ", "_j": "ⱼ", "_k": "ₖ", "^2": "²", "^3": "³", "^{-1}": "⁻¹"}
COMMAND = re.compile(r"\\[A-Za-z]+")
FIGURE = re.compile(r"(?<=[A-Za-z)\]}])(?:_[ijk]|\^[23]|\^\{-1\})(?![A-Za-z0-9{_^'])")
FRONT = re.compile(r"\A---\r?\n.*?\n---\r?\n", re.DOTALL)


def in_formulas(text: str, change: Callable[[str], str]) -> str:
    """The text with every formula changed."""
    return re.sub(r"\$\$.*?\$\$|\$.*?\$", lambda match: change(match.group()), text, flags=re.DOTALL)


def with_unicode(text: str, pick: random.Random) -> str:
    chosen = {one for one in LETTERS if pick.random() < 0.5}
    return in_formulas(
        text, lambda body: COMMAND.sub(lambda m: LETTERS[m.group()] + " " if m.group() in chosen else m.group(), body)
    )


def with_small_figures(text: str, pick: random.Random) -> str:
    return in_formulas(text, lambda body: FIGURE.sub(lambda match: FIGURES.get(match.group(), match.group()), body))


def with_minus_signs(text: str, pick: random.Random) -> str:
    return in_formulas(text, lambda body: body.replace(" - ", " − "))


def other_fractions(text: str, pick: random.Random) -> str:
    return text.replace(r"\frac", pick.choice((r"\dfrac", r"\tfrac")))


def spaced(text: str, pick: random.Random) -> str:
    sign = pick.choice((r"\;", r"\,", r"\ ", "~", "{}", r"\!", r"\displaystyle "))
    return in_formulas(text, lambda body: re.sub(r"(?<==) ", lambda _: f" {sign} ", body))


# -- commands


def with_commands(text: str, pick: random.Random) -> str:
    """Letters by commands of the note's own; a derivative by one with two arguments."""
    chosen = [one for one in (r"\mu", r"\gamma", r"\beta", r"\partial", r"\sum") if one in text and pick.random() < 0.6]
    defined = "".join(rf"\newcommand{{\my{one[1:]}}}{{{one}}}" for one in chosen)
    for one in chosen:
        text = re.sub(re.escape(one) + r"(?![A-Za-z])", lambda _, one=one: rf"\my{one[1:]}", text)
    if pick.random() < 0.5:
        sign = re.escape(r"\mypartial" if r"\partial" in chosen else r"\partial")
        simple = r"((?:[^{}\\$]|\\(?!my|partial|frac)[A-Za-z]+|\{[^{}$]*\})+?)"
        text = re.sub(rf"\\frac\{{{sign} {simple}\}}\{{{sign} {simple}\}}", r"\\by{\1}{\2}", text)
        defined += r"\newcommand{\by}[2]{\frac{\partial #1}{\partial #2}}"
    front = FRONT.match(text)
    place = front.end() if front else 0
    fence = "$$" if pick.random() < 0.5 else ""
    return f"{text[:place]}{fence}{defined}{fence}\n\n{text[place:]}" if defined else text


# -- containers


def behind_front(text: str, change: Callable[[str], str]) -> str:
    front = FRONT.match(text)
    place = front.end() if front else 0
    return text[:place] + change(text[place:])


def quoted(text: str, pick: random.Random) -> str:
    return behind_front(text, lambda body: "".join(f"> {line}\n" for line in body.splitlines()))


def listed(text: str, pick: random.Random) -> str:
    return behind_front(text, lambda body: "".join(f"  {line}\n" if line else "\n" for line in body.splitlines()))


def with_carriage_returns(text: str, pick: random.Random) -> str:
    return text.replace("\n", "\r\n")


def in_brackets(text: str, pick: random.Random) -> str:
    r"""`\[ \]` and `\( \)` for dollars."""
    text = re.sub(r"\$\$(.*?)\$\$", lambda match: rf"\[{match.group(1)}\]", text, flags=re.DOTALL)
    return re.sub(r"\$(.*?)\$", lambda match: rf"\({match.group(1)}\)", text)


def in_fences(text: str, pick: random.Random) -> str:
    return re.sub(r"\$\$(.*?)\$\$", lambda match: f"```math\n{match.group(1).strip()}\n```", text, flags=re.DOTALL)


def numbered(text: str, pick: random.Random) -> str:
    """A number, a label or a stop behind displays."""
    ends = (r" \tag{1}", r" \label{eq:one}", r" \qquad (1)", ".", ",", r" \quad", r"\,.")
    return re.sub(
        r"(?<=[^\s=\\$])\$\$(?=\n\n|\Z)", lambda _: f"{pick.choice(ends) if pick.random() < 0.5 else ''}$$", text
    )


def with_entities(text: str, pick: random.Random) -> str:
    return in_formulas(text, lambda body: body.replace("&", "&amp;"))


def with_remarks(text: str, pick: random.Random) -> str:
    """Comments, code and prose between the paragraphs."""
    between = ("<!-- a remark -->", "`code = 1`", "Here is a sentence.", "---", "* an item", "```\na = b\n```")
    return behind_front(
        text, lambda body: re.sub(r"\n\n(?=\$\$[^=\n])", lambda _: f"\n\n{pick.choice(between)}\n\n", body)
    )


CHANGES = (
    with_unicode, with_small_figures, with_minus_signs, other_fractions, spaced, with_commands, numbered, with_remarks,
    with_entities, quoted, listed, with_carriage_returns, in_brackets, in_fences,
)  # fmt: skip
"""In the order in which they are made: signs, commands, containers."""


def as_note(text: str, pick: random.Random) -> Note:
    """The text as one file of Markdown, or as the cells of a notebook."""
    if pick.random() < 0.8:
        return Note("note.md", text)
    cells = [{"cell_type": "markdown", "source": one} for one in _parts(text)]
    return note_of("note.ipynb", json.dumps({"cells": cells, "nbformat": 4}))


def _parts(text: str) -> list[str]:
    """The paragraphs in cells; a fence stays whole."""
    front = FRONT.match(text)
    place = front.end() if front else 0
    return [text[:place] + "# A note", *re.split(r"\r?\n\r?\n(?=#|\$\$|\\\[)", text[place:])]


def standings(note: Note) -> list[str]:
    understood = understand(note)
    verdicts = judge_under(understood, understood.declared.convention, ("proof",))
    return [one.standing.value if one.standing else one.kind.value for one in verdicts.judgements]


def chunk(seed: int, number: int, size: int) -> Tally:
    """So many notes, each before and after some changes."""
    pick = random.Random(f"containers {seed} {number}")
    tally = Tally()
    while tally.counts["notes"] < size:
        note = dressed_note(pick)
        made = (note.chain, "") if pick.random() < RIGHT else with_slip(note, pick)
        try:
            if made is None:
                continue
            before = note.written(made[0]).text
        except Unprintable:
            continue
        chosen = [one for one in CHANGES if pick.random() < 0.2] or [pick.choice(CHANGES)]
        after = before
        for change in chosen:
            after = change(after, pick)
        started = process_time()
        _compare(before, as_note(after, pick), [one.__name__ for one in chosen], tally)
        seconds = process_time() - started
        tally.took(seconds, after)
        if seconds > SLOW:
            tally.report("slow", f"{seconds:.1f} s: {after}")
    return tally


def _compare(before: str, after: Note, changes: list[str], tally: Tally) -> None:
    tally.count("notes")
    for name in changes:
        tally.count(name)
    try:
        was, found = standings(Note("note.md", before)), standings(after)
    except Disagreement as trouble:
        tally.report("a disagreement", f"{trouble}: {after.text!r}")
        return
    except Exception as trouble:
        tally.report("an exception", f"{type(trouble).__name__} {trouble}: {after.name} {after.text!r}")
        return
    tally.count("steps", len(was))
    if was != found:
        tally.report(
            "another verdict", f"{', '.join(changes)}: {was} became {found}\n{after.name} {after.text!r}\n{before}"
        )
