"""What is found in a note as a whole, and in none of its steps."""

from __future__ import annotations

from collections.abc import Iterator

from bnverify.diagnostic import Diagnostic, Label, Severity
from bnverify.judge.asked import Understood
from bnverify.judge.judgement import Verdicts
from bnverify.model.terms import ZERO
from bnverify.read.accounting import Account
from bnverify.read.settings import BadSetting
from bnverify.words.conditions import said_conditions
from bnverify.words.shapes import loose_shapes
from bnverify.words.unread import unread_findings


def note_findings(understood: Understood, accounted: Account, verdicts: Verdicts) -> tuple[Diagnostic, ...]:
    """What is wrong with its settings, what the reader chose or lost, and shapes that stand in no step."""
    bad = [_bad_setting(one) for one in understood.bad_settings]
    shapes = loose_shapes(understood.script.note, verdicts)
    conditions = said_conditions(understood.script)
    unread = unread_findings(understood.script, accounted)
    return (*bad, *unread, *_zero_epsilon(verdicts), *conditions, *shapes)


def _bad_setting(bad: BadSetting) -> Diagnostic:
    return Diagnostic("bad-setting", Severity.ERROR, bad.message, Label(bad.span), help=bad.help)


def _zero_epsilon(verdicts: Verdicts) -> Iterator[Diagnostic]:
    """What is not defined where the note sets epsilon to zero."""
    for one in verdicts.judgements:
        if one.side.term == ZERO and one.chain.head_latex in ZERO_LETTERS:
            yield Diagnostic("undefined-case", Severity.NOTICE, ZERO_EPSILON, Label(one.step.span))


ZERO_LETTERS = ("\\epsilon", "\\varepsilon")
ZERO_EPSILON = "with epsilon = 0 a batch of equal samples has no x-hat: 0/0; every other batch has one"
