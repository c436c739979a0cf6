"""Hypothesis draws every choice that the generators of the long runs make, so what it finds shrinks."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeVar

from hypothesis import assume
from hypothesis import strategies as st

from tests.fuzz.claims import Claim, claims_of
from tests.fuzz.dressing import Dressed, dressed_note
from tests.fuzz.fusing import Equation, fused
from tests.fuzz.mutators import file
from tests.fuzz.notes import with_slip
from tests.mutation.derivations import DERIVATIONS, Derivation
from tests.mutation.notation import Chain, Unprintable, Written

T = TypeVar("T")
derivations = st.sampled_from(list(DERIVATIONS.values()))


def drawn(make: Callable[[random.Random], T]) -> st.SearchStrategy[T]:
    """What a generator makes of random choices, which hypothesis takes for it and makes smaller."""
    return st.randoms(use_true_random=False).map(make)


@st.composite
def right_equations(draw: st.DrawFn, times: int = 4) -> tuple[Derivation, Equation]:
    """A derivation and two trees that are equal in it, by fusions."""
    derivation = draw(derivations)
    return derivation, draw(drawn(lambda pick: fused(derivation, pick, pick.randrange(times + 1))))


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    """A right claim, or one with a slip or two."""
    derivation = draw(derivations)
    found = draw(drawn(lambda pick: next(claims_of(derivation, pick), None)))
    assume(found is not None)
    assert found is not None
    return found


@st.composite
def slipped_notes(draw: st.DrawFn) -> tuple[Dressed, Chain, Written]:
    """A note, its claim with one slip, and the text with the slip."""
    note, made = draw(drawn(lambda pick: ((one := dressed_note(pick)), with_slip(one, pick))))
    assume(made is not None)
    assert made is not None
    return note, made[0], _written(note, made[0])


@st.composite
def right_notes(draw: st.DrawFn) -> tuple[Dressed, Written]:
    note = draw(drawn(dressed_note))
    return note, _written(note, note.chain)


def _written(note: Dressed, chain: Chain) -> Written:
    try:
        return note.written(chain)
    except Unprintable:
        assume(False)
        raise


files = drawn(file)
"""The name and the bytes of an input."""
