"""Wrong steps with a letter that means nothing -> open ones, where the note says something of it.

Differentials say what it is, `dL = g^\\top dx`; or the input is made of it, `x = W u + b`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bnverify.judge.case import Case
from bnverify.judge.judgement import Judgement
from bnverify.judge.standing import Placed
from bnverify.model.notation import Role
from bnverify.read.syntax import Adjoint, Name, bare, inside
from bnverify.record import FALSE, Standing

IN_DIFFERENTIALS = "what {} is stands in an equation between differentials, which are not worked out"
BEFORE_INPUT = "the input is made of {} before the layer, which is not worked out"
OPEN = Placed(Standing.UNDECIDED, None, None)


def with_open_letters(case: Case, judgements: Sequence[Judgement]) -> list[Judgement]:
    """The judgements in reading order; what follows from an error that is open is open as well."""
    known: dict[str, str] = {}
    made = []
    for one in judgements:
        letters = sorted(known.keys() & {*one.head.undefined, *one.side.undefined})
        if letters and one.standing in FALSE:
            why = known[letters[0]].format(letters[0])
            one = replace(one, placed=OPEN, panel=None, identity=None, hidden=False, true_otherwise=None, why=why)
        elif isinstance(bare(one.chain.head), Adjoint) and not case.notation.adjoints:
            known.update(dict.fromkeys(_letters(case, one), IN_DIFFERENTIALS))
        elif one.setting and one.side.undefined and _is_before_layer(case, one):
            known.update(dict.fromkeys(_letters(case, one), BEFORE_INPUT))
        made.append(one)
    return made


def _is_before_layer(case: Case, one: Judgement) -> bool:
    """Whether an equation says what the input or the targets are made of."""
    named = case.notation.symbol(one.chain.head)
    return named is not None and case.notation.role(named[0]) in (Role.INPUT, Role.TARGET)


def _letters(case: Case, one: Judgement) -> Iterator[str]:
    """The letters without a meaning in an equation."""
    names = (node for expr in (one.chain.head, one.step.side) for node in inside(expr) if isinstance(node, Name))
    for symbol in (case.notation.split(name)[0] for name in names):
        if case.notation.role(symbol) is None:
            yield str(symbol)
