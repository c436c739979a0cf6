"""What is worked out is kept for the next note, within bounds, and changes nothing that is said."""

from __future__ import annotations

import re

import pytest

from bnverify.model.conventions import USUAL
from bnverify.model.forward import batch_norm
from bnverify.pipeline import check_note
from bnverify.run import options_from
from bnverify.source import Note
from bnverify.truth import every_n
from tests.conftest import ROOT, judge

TEXT = (ROOT / "tests" / "notes" / "mixed-variance.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("bound", "most"), [("MOST_KEPT", 20), ("MOST_LETTERS", 5)])
def test_a_prover_that_knows_too_much_starts_anew_and_says_the_same(
    monkeypatch: pytest.MonkeyPatch, bound: str, most: int
) -> None:
    every_n.forget()
    expected = judge(TEXT)
    anew: list[int] = []
    start = every_n.Prover.start_anew
    monkeypatch.setattr(every_n.Prover, "start_anew", lambda self: (anew.append(1), start(self))[1])
    monkeypatch.setattr(every_n, bound, most)
    every_n.forget()
    assert judge(TEXT) == expected
    assert len(anew) > 3


def test_what_a_prover_keeps_stays_near_its_bound_over_notes_with_other_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each note differs from all others in the numbers of its claims, so nothing that is kept is of use to the next.

    A run begins each note with nothing kept; here they follow one another like the claims of one long note.
    """
    every_n.forget()
    monkeypatch.setattr(every_n, "MOST_KEPT", 90)
    sizes = []
    for number in range(12):
        text = r"$$\frac{\partial L}{\partial \gamma} = K \sum_i \frac{\partial L}{\partial y_i} (\hat{x}_i + \mu^K)$$"
        check_note(Note("note.md", re.sub("K", str(number + 2), text)), options_from(witness="proof"))
        sizes.append(every_n.prover(batch_norm(USUAL)).kept)
    assert max(sizes) > 70, "the notes leave too little behind to test anything"
    assert max(sizes) < 90 + 60
    assert sizes != sorted(sizes)
    every_n.forget()
