"""The steps of a note -> which wrong ones each false step comes from."""

from __future__ import annotations

from collections.abc import Sequence

from bnverify.record import FALSE, RIGHT, Standing, StepRecord
from bnverify.source import Span


def sources_of(steps: Sequence[StepRecord]) -> dict[Span, frozenset[Span]]:
    """For each false step the wrong ones that it comes from; a wrong one comes from itself.

    A carried step comes from what its record names, or from the side before it.
    """
    found: dict[Span, frozenset[Span]] = {}
    before: dict[int, StepRecord] = {}
    for step in steps:
        if step.is_wrong:
            found[step.relation] = frozenset((step.relation,))
        elif step.standing is Standing.CARRIED:
            named = step.comes_from or ((before[step.chain].relation,) if step.chain in before else ())
            found[step.relation] = frozenset().union(*(found.get(place, frozenset()) for place in named))
        if step.standing in FALSE | RIGHT:
            before[step.chain] = step
    return found
