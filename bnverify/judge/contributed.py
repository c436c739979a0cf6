"""Parts of a gradient that a note divides in its own way: where its lines add up, they are what it says."""

from __future__ import annotations

from dataclasses import replace

from bnverify.judge.case import Case, truths_of, under_both_readings
from bnverify.model.contributions import as_definitions, first_lines, is_part
from bnverify.read.chains import Chain
from bnverify.read.syntax import inside


def with_own_parts(case: Case) -> Case:
    """The case with the parts as the note defines them, where its sums are right so and not as what comes back."""
    if not any(one.through for one in case.notation.contributions.values()):
        return case
    chains = case.script.chains
    if all(_is_right(case, place) for place in first_lines(case.notation, case.script)):
        return case
    own = replace(case, notation=as_definitions(case.notation, case.script))
    sums = [place for place, chain in enumerate(chains) if adds_parts(chain, case)]
    return own if all(_is_right(own, place) for place in sums) else case


def adds_parts(chain: Chain, case: Case) -> bool:
    """Whether a chain has parts of a gradient in its sides, and is not the line of one."""
    named = (node for step in chain.steps for node in inside(step.side))
    return not is_part(chain.head, case.notation) and any(is_part(node, case.notation) for node in named)


def _is_right(case: Case, place: int) -> bool:
    return any(all(truths_of(chain)) for chain in under_both_readings(case, place).values())
