"""Three witnesses: they agree, or the run ends as an internal error and never as a verdict."""

from __future__ import annotations

import pytest

from bnverify.model.conventions import Convention
from bnverify.model.forward import batch_norm
from bnverify.model.terms import Condition, LossBy, Sum, Term, Value, negative, number, plus, times
from bnverify.record import Report
from bnverify.report.counts import exit_status
from bnverify.run import check_text, options_from
from bnverify.truth import numeric, panel, symbolic
from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Identity, Opinion, Refuted, Sampled
from tests.conftest import judge

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


NUMBERED = (
    r"$\mu = \frac{1}{N}\sum_i x_i$, $\sigma^2 = \frac{1}{N}\sum_i (x_i-\mu)^2$, "
    r"$\hat{x}_i = \frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}}$, $y_i = \gamma\hat{x}_i+\beta$." + "\n\n"
)


@pytest.mark.parametrize(
    ("formula", "standing"),
    [
        (r"\frac{\partial x_2}{\partial x_1} = 0", "holds"),
        (r"\frac{\partial x_1}{\partial x_1} = 1", "holds"),
        (r"\frac{\partial x_2}{\partial x_3} = 1", "introduced"),
        (r"\frac{\partial x_2}{\partial x_i} = 0", "introduced"),
        (r"\frac{d\hat{x}_2}{dx_1} = \frac{-1-\hat{x}_1\hat{x}_2}{N\sqrt{\sigma^2+\epsilon}}", "holds"),
        (r"\frac{d\hat{x}_{12}}{dx_7} = \frac{-1-\hat{x}_7\hat{x}_{12}}{N\sqrt{\sigma^2+\epsilon}}", "holds"),
        (r"\frac{d\hat{x}_2}{dx_1} = \frac{-1+\hat{x}_1\hat{x}_2}{N\sqrt{\sigma^2+\epsilon}}", "introduced"),
        (r"\frac{d\hat{x}_2}{dx_2} = \frac{N-1-\hat{x}_2^2}{N\sqrt{\sigma^2+\epsilon}}", "holds"),
        (r"\frac{\partial\mu}{\partial x_3} = \frac1N", "holds"),
        (r"\sigma^2 = \frac{(x_1-x_2)^2}{4}", "introduced"),
    ],
)
def test_two_numbers_are_two_samples_for_every_witness(formula: str, standing: str) -> None:
    step = judge(f"{NUMBERED}$${formula}$$", witness="all").steps[-1]
    assert step.standing is not None
    assert step.standing.value == standing
    if step.example is not None:
        assert not any(name.isdigit() for name in step.example.indices)


def test_of_two_samples_the_variance_is_a_square_and_for_more_it_is_not() -> None:
    step = judge(rf"{NUMBERED}$$\sigma^2 = \frac{{(x_1-x_2)^2}}{{4}}$$", witness="all").steps[-1]
    assert step.true_at == (2,)
    said = judge(rf"Let $N = 2$. {NUMBERED}$$\sigma^2 = \frac{{(x_1-x_2)^2}}{{4}}$$", witness="all").steps[-1]
    assert said.standing is not None
    assert said.standing.value == "undecided"


def test_a_size_counts_as_one_at_which_a_claim_holds_only_if_equal_indices_hold_as_well() -> None:
    """x_j - mu = mu - x_i: of two samples the mean is the middle, but x_1 - mu is not mu - x_1."""
    mean = Value("mu")
    left = plus(Value("x", ("j",)), negative(mean))
    right = plus(mean, negative(Value("x", ("i",))))
    found = panel.examine(Identity(left, right), FORWARD)
    assert isinstance(found.verdict, Refuted)
    assert 2 not in found.verdict.true_at
    apart = Identity(left, right, (Condition("i", "j", same=False),))
    other = panel.examine(apart, FORWARD)
    assert isinstance(other.verdict, Refuted)
    assert 2 in other.verdict.true_at
