"""Wrong steps with a letter that means nothing -> open ones, where differentials say what it is: `dL = g^\\top dx`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bnverify.judge.case import Case
from bnverify.judge.judgement import Judgement
from bnverify.judge.standing import Placed
from bnverify.read.syntax import Adjoint, Name, bare, inside
from bnverify.record import FALSE, Standing

OPEN = Placed(Standing.UNDECIDED, None, None)


def with_open_letters(case: Case, judgements: Sequence[Judgement]) -> list[Judgement]:
    """The judgements in reading order; what follows from an error that is open is open as well."""
    known: set[str] = set()
    made = []
    for one in judgements:
        letters = sorted(known & {*one.head.undefined, *one.side.undefined})
        if letters and one.standing in FALSE:
            why = f"what {letters[0]} is stands in an equation between differentials, which are not worked out"
            one = replace(one, placed=OPEN, panel=None, identity=None, hidden=False, true_otherwise=None, why=why)
        elif isinstance(bare(one.chain.head), Adjoint) and not case.notation.adjoints:
            known.update(_letters(case, one))
        made.append(one)
    return made


def _letters(case: Case, one: Judgement) -> Iterator[str]:
    """The letters without a meaning in an equation."""
    names = (node for expr in (one.chain.head, one.step.side) for node in inside(expr) if isinstance(node, Name))
    for symbol in (case.notation.split(name)[0] for name in names):
        if case.notation.role(symbol) is None:
            yield str(symbol)
