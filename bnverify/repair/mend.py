"""What is said of a wrong step: its cause, and the repairs found for it, before they are put into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bnverify.frozen import frozen
from bnverify.judge.findings import (
    RANK,
    Cause,
)
from bnverify.model.terms import (
    Condition,
)
from bnverify.record import Edit, Target
from bnverify.source import Span
from bnverify.truth.verdict import Counterexample


@frozen
class Mend:
    """A repair before it is put into words: what each edit undoes, and where."""

    target: Target
    causes: tuple[Cause, ...]
    edits: tuple[Edit, ...]
    latex: str
    size: int
    odd: int = 0
    mends: tuple[Span, ...] = ()
    """Later steps of the chain that a new head makes true as well."""
    unique: bool = True

    @property
    def rank(self) -> tuple[int, int, list[int], int, int]:
        """Fewer edits, smaller ones, the more telling name, the plainer edit, less text."""
        text = sum(len(edit.span) + len(edit.replacement) for edit in self.edits)
        return len(self.causes), self.size, sorted(RANK[type(cause)] for cause in self.causes), self.odd, text

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(cause.code for cause in sorted(self.causes, key=lambda cause: RANK[type(cause)]))


@frozen
class Explained:
    """Why a step is wrong. A carried step has repairs and no cause of its own."""

    cause: Cause | None = None
    also: tuple[str, ...] = ()
    mends: tuple[Mend, ...] = ()
    case: Condition | None = None
    """The only case in which the step is true."""
    unlinked: Counterexample | None = None
    """For a step that a zero hides: numbers at which it is wrong where mu and v are free."""
    misread: bool = False
    """Whether a letter, hat, bracket or condition that a scan loses is all that is wrong."""


def with_uniqueness(mends: Sequence[Mend]) -> list[Mend]:
    """Of two equally small repairs with different meaning neither is to be applied."""
    if not mends:
        return []
    # The same slip undone in a more roundabout way is no proposal.
    least: dict[tuple[str, ...], int] = {}
    for mend in mends:
        least.setdefault(mend.codes, mend.size)
    mends = [mend for mend in mends if mend.size == least[mend.codes]]
    size = (len(mends[0].causes), mends[0].size)
    smallest = [mend for mend in mends if (len(mend.causes), mend.size) == size]
    unique = len({mend.codes for mend in smallest}) == 1
    return [replace(mend, unique=unique and mend in smallest) for mend in mends]
