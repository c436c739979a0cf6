"""What a step rests on that its note does not say: that the targets of a classifier add up to one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bnverify.judge.case import Case
from bnverify.judge.judgement import Judgement
from bnverify.model.targets import ASSUMED
from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Proved


def with_assumed_targets(case: Case, judgement: Judgement) -> Judgement:
    """The assumption beside a step that is right under it, and not without it."""
    identity, forward, panel = judgement.identity, judgement.forward, judgement.panel
    if not case.notation.targets_assumed or identity is None or forward is None or panel is None:
        return judgement
    free = replace(forward, layer=replace(forward.layer, targets=None))
    if not isinstance(panel.verdict, Proved) or prover(free).equal(identity) is True:
        return judgement
    return replace(judgement, side=replace(judgement.side, assumptions=(*judgement.side.assumptions, ASSUMED)))


def assumed_of_targets(judgements: Iterable[Judgement]) -> tuple[str, ...]:
    """The same, of a whole note."""
    return (ASSUMED,) if any(ASSUMED in one.side.assumptions for one in judgements) else ()
