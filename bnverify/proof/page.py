"""Proofs -> the lines of a page: where the step stands, and its numbered parts."""

from __future__ import annotations

from collections.abc import Iterator

from bnverify.proof.parts import Part, Row
from bnverify.proof.steps import Explained, Proof
from bnverify.record import FALSE, RIGHT
from bnverify.report.pieces import WIDTH, Line, excerpt, line, pad, printable, text_of, width, wrapped

INDENT = 5
WIDEST_NAME = {"=": 14, ":": 44}
"""Shorter names of one part are padded, so that what follows stands below each other."""
UNBROKEN = "\u00a0"
DEEPEST = 4
"""Brackets in one another in which a formula may be broken before a plus or a minus."""


def render(explained: Explained) -> list[Line]:
    lines: list[Line] = []
    for proof in explained.proofs:
        lines += [*([line()] if lines else []), *_proof(explained, proof)]
    return lines


def _proof(explained: Explained, proof: Proof) -> list[Line]:
    note, start = explained.record.note, proof.step.relation.start
    style = "right" if proof.step.standing in RIGHT else "error" if proof.step.standing in FALSE else "warning"
    where = printable(str(note.place(start)))
    lines = [line((where, "path"), ": ", (proof.verdict, style))]
    lines += excerpt(note, [(proof.step.side_span, "", "primary")])
    for number, part in enumerate(proof.parts, 1):
        lines += [*wrapped(f"{number:>2}. ", part.title, INDENT), *_rows(part)]
    if not proof.parts:
        return lines + wrapped("  = ", proof.conclusion, INDENT)
    return lines + wrapped(f"{len(proof.parts) + 1:>2}. ", proof.conclusion[0].upper() + proof.conclusion[1:], INDENT)


def _rows(part: Part) -> list[Line]:
    sizes = [width(row.name) for row in part.rows if row.forms and width(row.name) <= WIDEST_NAME[row.sign]]
    common = max(sizes, default=0)
    return [one for row in part.rows for one in _row(row, common)]


def _row(row: Row, common: int) -> Iterator[Line]:
    """On one line, or with every form on a line of its own."""
    name = printable(row.name)
    if not row.forms:
        yield from wrapped(" " * INDENT, name, INDENT)
        return
    lead = " " * INDENT + (f"{pad(name, common)} = " if row.sign == "=" else f"{pad(f'{name}:', common + 1)}  ")
    whole = lead + " = ".join(row.forms)
    if width(whole) <= WIDTH:
        yield line(whole)
        return
    if row.sign == ":" or width(lead) > WIDTH // 2:
        yield from _broken(" " * INDENT, f"{name}:" if row.sign == ":" else name, INDENT + 2)
        lead = " " * (INDENT + 2) + (" " if row.sign == ":" else "= ")
    behind = " " * (width(lead) - 2) + "= "
    for place, form in enumerate(row.forms):
        front = behind if place else lead
        yield from _broken(front, form, width(front) + 2)


def _broken(lead: str, formula: str, indent: int) -> list[Line]:
    """A formula over several lines, broken in front of a plus or a minus as far outside all brackets as can be."""
    for depth in range(DEEPEST):
        lines = [line(one.replace(UNBROKEN, " ")) for one in _texts(lead, _kept_together(formula, depth), indent)]
        if all(width(text) <= WIDTH for ((text, _),) in lines):
            return lines
    return wrapped(lead, formula, indent)


def _texts(lead: str, formula: str, indent: int) -> list[str]:
    return text_of(wrapped(lead, formula, indent)).splitlines()


def _kept_together(formula: str, depth: int) -> str:
    """The formula with blanks that may be broken only before a plus or a minus in at most so many brackets."""
    inside, text = 0, ""
    for place, letter in enumerate(formula):
        inside += (letter in "([{") - (letter in ")]}")
        breaks = letter == " " and inside <= depth and formula[place + 1 : place + 3] in ("+ ", "− ")
        text += letter if letter != " " or breaks else UNBROKEN
    return text
