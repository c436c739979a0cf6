"""Three witnesses: they agree, or the run ends as an internal error and never as a verdict."""

from __future__ import annotations

import pytest

from bnverify.model.conventions import Convention
from bnverify.model.forward import batch_norm
from bnverify.model.terms import LossBy, Sum, Term, Value, number, times
from bnverify.record import Report
from bnverify.report.counts import exit_status
from bnverify.run import check_text, options_from
from bnverify.truth import numeric, panel, symbolic
from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Identity, Opinion, Sampled

FORWARD = batch_norm(Convention())
G: Term = LossBy(Value("y", ("i",)))
RIGHT = Identity(LossBy(Value("beta")), Sum("i", G))
WRONG = Identity(LossBy(Value("beta")), times(number(2), Sum("i", G)))
NOTE = r"$$\frac{\partial L}{\partial \beta} = \sum_i \frac{\partial L}{\partial y_i}$$"


def lie(differs: bool) -> Sampled:
    return Sampled(Opinion.REFUTED if differs else Opinion.AGREES, {3: differs}, 0.5)


@pytest.mark.parametrize("identity", [RIGHT, WRONG])
def test_honest_witnesses_agree(identity: Identity) -> None:
    found = panel.examine(identity, FORWARD)
    assert found.symbolic is not None
    assert found.numeric is not None
    assert (found.symbolic.opinion is Opinion.AGREES) is (identity is RIGHT)
    assert (found.numeric.opinion is Opinion.AGREES) is (identity is RIGHT)


@pytest.mark.parametrize("liar", [symbolic, numeric])
@pytest.mark.parametrize("identity", [RIGHT, WRONG])
def test_a_witness_that_contradicts_the_proof_is_an_internal_error(
    monkeypatch: pytest.MonkeyPatch, liar: object, identity: Identity
) -> None:
    monkeypatch.setattr(liar, "examine", lambda *_: lie(identity is RIGHT))
    with pytest.raises(panel.Disagreement):
        panel.examine(identity, FORWARD)


def test_two_witnesses_that_contradict_each_other_are_an_internal_error() -> None:
    undecided = prover(FORWARD).examine(Identity(Value("x", ("i",)), Value("x", ("i",))))
    with pytest.raises(panel.Disagreement):
        panel.compare(undecided, lie(False), lie(True))


def test_a_disagreement_is_reported_with_status_two_and_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numeric, "examine", lambda *_: lie(True))
    report = check_text(NOTE, "note.md", options_from("declared", "all"))
    assert report.notes == ()
    assert "internal error" in report.troubles[0].message
    assert exit_status(report) == 2


def test_a_witness_that_abstains_contradicts_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symbolic, "examine", lambda *_: Sampled(Opinion.ABSTAINS, why="not today"))
    report: Report = check_text(NOTE, "note.md", options_from("declared", "all"))
    said = report.notes[0].steps[0].witnesses
    assert said is not None
    assert (said.proof, said.symbolic, said.numeric) == ("proved", "abstains", "agrees")
