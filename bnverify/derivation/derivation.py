"""What is asked for -> a derivation: sections of lines, each a head and sides that are equal to it.

Every side is derived from the graph by the calculus and tidied with a proof; only the order and the words are
written in this room.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from bnverify.frozen import frozen
from bnverify.model.conventions import Convention
from bnverify.model.forward import Forward
from bnverify.model.quantities import INPUT, MEAN, SCALE, SHIFT, VARIANCE
from bnverify.model.standard import Standard
from bnverify.model.terms import LossBy, Term

EVERY = "all"
WRT = {"x": INPUT, "gamma": SCALE, "beta": SHIFT, "mean": MEAN, "variance": VARIANCE}
"""What the loss may be differentiated by, as the command line names it."""


class Style(StrEnum):
    """How the gradient by the input is reached."""

    STAGED = "staged"
    """Backwards through the graph, node by node."""
    ONE_SHOT = "one-shot"
    """By the total derivative of x-hat, in one chain."""
    JACOBIAN = "jacobian"
    """By the matrix of derivatives of the outputs, and its rows."""


class Nonexistent(ValueError):
    """The layer, the convention and what is asked for do not go together."""


@frozen
class Line:
    """A chain of equal terms; `words` stand in front of it."""

    head: Term
    sides: tuple[Term, ...]
    words: str = ""


@frozen
class Section:
    title: str
    words: str
    lines: tuple[Line, ...]


@frozen
class Asked:
    """A layer, its convention, and which derivatives in which style."""

    standard: Standard
    convention: Convention
    style: Style = Style.STAGED
    wrt: tuple[str, ...] = tuple(WRT.values())

    @property
    def forward(self) -> Forward:
        return self.standard.forward(self.convention)


@frozen
class Derivation:
    """The sections in the order of reading, the definitions first."""

    asked: Asked
    sections: tuple[Section, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for section in self.sections for line in section.lines)

    @property
    def finals(self) -> tuple[Line, ...]:
        """The last line about each derivative of the loss that is asked for."""
        last = {line.head.value.name: line for line in self.lines if isinstance(line.head, LossBy)}
        return tuple(last[name] for name in self.asked.wrt)


def asked(standard: Standard, convention: Convention, style: str = Style.STAGED, wrt: str = EVERY) -> Asked:
    """What is asked for, by name. Raises Nonexistent."""
    refused = standard.refused(convention)
    if refused:
        raise Nonexistent(refused)
    forward = standard.forward(convention)
    known = tuple(name for name in WRT.values() if has(forward, name))
    if wrt != EVERY and WRT[wrt] not in known:
        raise Nonexistent(f"{standard.layer.title} has no {wrt}")
    return Asked(standard, convention, Style(style), known if wrt == EVERY else (WRT[wrt],))


def has(forward: Forward, name: str) -> bool:
    """Whether the layer has a quantity; every forward pass has a leaf for a shift, but not every layer adds it."""
    shifts = forward.layer.shifted or name != SHIFT
    return shifts and (forward.node(name) is not None or forward.leaf(name) is not None)


def without_repeats(sides: Iterator[Term]) -> tuple[Term, ...]:
    """Neighbours that are the same term are one."""
    kept: list[Term] = []
    for side in sides:
        if not kept or side != kept[-1]:
            kept.append(side)
    return tuple(kept)
