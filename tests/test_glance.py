"""What the panel makes of three witnesses, two of which say here what a test wants them to say."""

from __future__ import annotations

from fractions import Fraction
from time import monotonic

import pytest

from bnverify.limits import limited
from bnverify.model.conventions import Convention, Epsilon
from bnverify.model.forward import Forward, batch_norm, normalisation
from bnverify.model.layers import Layer
from bnverify.model.terms import Count, LossBy, Sum, Value, negative, number, plus, power, times
from bnverify.truth import numeric, symbolic
from bnverify.truth.every_n import Prover, forget
from bnverify.truth.panel import Disagreement, Glance, Panel, compare, examine, glance, is_true_at
from bnverify.truth.verdict import Counterexample, Identity, Opinion, Proved, Refuted, Sampled, Undecided
from bnverify.truth.work import time_limit

HALF = Fraction(1, 2)
FORWARD = batch_norm(Convention())
N, BY_BETA = Count(), LossBy(Value("beta"))
G = Sum("j", LossBy(Value("y", ("j",))))
RIGHT, WRONG = Identity(BY_BETA, G), Identity(BY_BETA, times(number(2), G))
OPEN = Identity(plus(power(number(2), HALF), power(number(3), HALF)), power(number(10), HALF))
ABSTAINS = Sampled(Opinion.ABSTAINS)
SIZES = (3, 8, 64)


def true_at(*sizes: int) -> Identity:
    return Identity(BY_BETA, plus(G, times(*(plus(N, number(-one)) for one in sizes))))


def says(differs: bool, *sizes: int) -> Sampled:
    opinion = Opinion.REFUTED if differs else Opinion.AGREES
    return Sampled(opinion, dict.fromkeys(sizes or SIZES, differs), 0.5)


def lying(patch: pytest.MonkeyPatch, found: Sampled) -> None:
    patch.setattr(numeric, "examine", lambda *_: found)


def test_a_glance_says_what_holds_and_how_large_the_gap_is() -> None:
    assert glance(RIGHT, FORWARD) == Glance(True)
    wrong = glance(WRONG, FORWARD)
    assert (wrong.holds, wrong.verdict) == (False, None)
    assert wrong.gap == pytest.approx(0.5)


def test_what_is_open_is_open_at_a_glance() -> None:
    found = glance(OPEN, FORWARD)
    assert (found.holds, found.gap) == (False, None)
    assert isinstance(found.verdict, Undecided)


def test_a_glance_gives_no_gap_where_numpy_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    lying(monkeypatch, Sampled(Opinion.ABSTAINS, error=0.5))
    assert glance(RIGHT, FORWARD) == Glance(True)
    assert glance(WRONG, FORWARD) == Glance(False)


def test_sides_that_differ_at_other_sizes_only_are_no_disagreement() -> None:
    assert glance(true_at(*SIZES), FORWARD) == Glance(False)


@pytest.mark.parametrize("identity", [RIGHT, WRONG])
def test_numbers_that_contradict_the_proof_are_an_error_at_a_glance(
    monkeypatch: pytest.MonkeyPatch, identity: Identity
) -> None:
    lying(monkeypatch, says(identity is RIGHT))
    with pytest.raises(Disagreement, match="NumPy disagree at n = 3"):
        glance(identity, FORWARD)


def test_what_has_no_proof_does_not_hold_at_a_glance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Prover, "proves", lambda *_: False)
    found = glance(RIGHT, FORWARD)
    assert found.holds is False
    assert found.verdict == Undecided("no proof for every n was found")
    assert glance(WRONG, FORWARD).verdict is None


def test_a_glance_costs_no_more_than_a_step() -> None:
    forget()
    with limited({"work": 10}):
        found = glance(Identity(BY_BETA, plus(G, N, negative(N))), FORWARD)
    assert isinstance(found.verdict, Undecided)


def test_a_verdict_that_is_known_needs_no_work() -> None:
    forget()
    assert isinstance(examine(WRONG, FORWARD, ("proof",)).verdict, Refuted)
    with limited({"work": 10}):
        found = glance(WRONG, FORWARD)
    assert (found.holds, found.verdict) == (False, None)
    assert found.gap is not None


# -- the whole panel


def test_nobody_is_asked_who_was_not_named() -> None:
    assert examine(RIGHT, FORWARD, ("proof",)) == Panel(Proved())
    assert examine(RIGHT, FORWARD, ("proof", "numeric")).symbolic is None
    asked = examine(RIGHT, FORWARD, ("proof", "symbolic"))
    assert asked.numeric is None
    assert asked.symbolic is not None
    assert dict(asked.symbolic.differs) == dict.fromkeys((2, 3, 4), False)
    both = examine(RIGHT, FORWARD)
    assert both.numeric is not None
    assert dict(both.numeric.differs) == dict.fromkeys(SIZES, False)


def test_when_time_is_over_those_who_were_asked_abstain() -> None:
    with time_limit(monotonic() - 1):
        late = examine(RIGHT, FORWARD)
        assert (late.symbolic, late.numeric) == (ABSTAINS, ABSTAINS)
        some = examine(RIGHT, FORWARD, ("proof", "numeric"))
        assert (some.symbolic, some.numeric) == (None, ABSTAINS)


@pytest.mark.parametrize("identity", [RIGHT, WRONG])
def test_the_panel_compares_what_it_hears(monkeypatch: pytest.MonkeyPatch, identity: Identity) -> None:
    lying(monkeypatch, says(identity is RIGHT))
    with pytest.raises(Disagreement):
        examine(identity, FORWARD, ("proof", "numeric"))


def softmax_rows() -> Forward:
    layer = Layer("softmax", "softmax", rank=2, over=(1,), exponential=True)
    return normalisation(Convention(epsilon=Epsilon.OUTSIDE), layer)


def rows(epsilon: Epsilon, **more: bool) -> Forward:
    return normalisation(
        Convention(epsilon=epsilon), Layer("layer", "layer norm", rank=2, over=(1,), gains=(1,), **more)
    )


@pytest.mark.parametrize(
    ("forward", "identity", "asked"),
    [
        (FORWARD, RIGHT, True),
        (FORWARD, OPEN, True),
        (batch_norm(Convention(epsilon=Epsilon.OUTSIDE)), RIGHT, True),
        (rows(Epsilon.INSIDE), Identity(N, N), True),
        (rows(Epsilon.INSIDE), OPEN, False),
        (rows(Epsilon.OUTSIDE), Identity(N, N), False),
        (rows(Epsilon.OUTSIDE, constant=True), Identity(N, N), True),
        (softmax_rows(), Identity(N, N), True),
    ],
)
def test_sympy_is_spared_several_rows_with_roots(
    monkeypatch: pytest.MonkeyPatch, forward: Forward, identity: Identity, asked: bool
) -> None:
    monkeypatch.setattr(symbolic, "examine", lambda *_: Sampled(Opinion.AGREES))
    found = examine(identity, forward, ("proof", "symbolic"))
    assert found.symbolic == (Sampled(Opinion.AGREES) if asked else ABSTAINS)


def refuted(n: int, sizes: frozenset[int] = frozenset(), complete: bool = True) -> Refuted:
    return Refuted(Counterexample(n, {}, {}, Fraction(0), Fraction(1)), sizes, complete)


def test_a_verdict_speaks_of_every_size_or_of_that_of_its_example() -> None:
    assert is_true_at(Proved(), 5) is True
    known = refuted(3, frozenset({2}))
    assert [is_true_at(known, n) for n in (2, 3, 4)] == [True, False, False]
    open_ = refuted(3, complete=False)
    assert [is_true_at(open_, n) for n in (2, 3, 4)] == [None, False, None]
    assert is_true_at(Undecided("why"), 3) is None


DIFFERENT, SAME = says(True, 3), says(False, 3)
QUIET = [
    (Proved(), SAME, SAME),
    (Proved(), None, None),
    (Proved(), None, ABSTAINS),
    (Proved(), Sampled(Opinion.ABSTAINS, {3: True}), None),
    (refuted(3), DIFFERENT, DIFFERENT),
    (refuted(4, frozenset({3})), SAME, None),
    (refuted(4, complete=False), SAME, SAME),
    (refuted(4, complete=False), None, DIFFERENT),
    (Undecided("why"), SAME, None),
    (Undecided("why"), DIFFERENT, DIFFERENT),
    (Undecided("why"), says(True, 3), says(False, 4)),
    (Undecided("why"), says(True, 2, 3), says(True, 3, 8)),
]
LOUD = [
    (Proved(), DIFFERENT, None, "the proof and SymPy disagree at n = 3"),
    (Proved(), SAME, DIFFERENT, "the proof and NumPy disagree at n = 3"),
    (refuted(3), SAME, None, "the proof and SymPy disagree at n = 3"),
    (refuted(3), None, SAME, "the proof and NumPy disagree at n = 3"),
    (refuted(4, frozenset({3})), None, DIFFERENT, "the proof and NumPy disagree at n = 3"),
    (Undecided("why"), SAME, DIFFERENT, "SymPy and NumPy disagree at n = 3"),
    (refuted(4, complete=False), SAME, DIFFERENT, "SymPy and NumPy disagree at n = 3"),
]


@pytest.mark.parametrize("case", QUIET)
def test_witnesses_that_do_not_contradict_each_other_are_heard(case: tuple[object, ...]) -> None:
    compare(*case)  # type: ignore[arg-type]


@pytest.mark.parametrize("case", LOUD)
def test_witnesses_that_contradict_each_other_are_named(case: tuple[object, ...]) -> None:
    *said, words = case
    with pytest.raises(Disagreement) as caught:
        compare(*said)  # type: ignore[arg-type]
    assert str(caught.value) == words
