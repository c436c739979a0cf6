"""What a witness says, in words and sizes."""

from __future__ import annotations

import pytest

from bnverify.model.terms import Condition, Value, plus
from bnverify.truth.verdict import Identity, Opinion, Sampled, with_numbered

AGREES, REFUTED, ABSTAINS = Opinion.AGREES, Opinion.REFUTED, Opinion.ABSTAINS


@pytest.mark.parametrize(
    ("opinion", "error", "words"),
    [
        (AGREES, None, ""),
        (ABSTAINS, 0.3, ""),
        (REFUTED, 0.4123, "0.41"),
        (REFUTED, 3.0, "3"),
        (AGREES, 0.0, "< 1e-15"),
        (AGREES, 4e-17, "< 1e-15"),
        (AGREES, 4e-16, "< 1e-15"),
        (AGREES, 2e-15, "< 1e-14"),
        (AGREES, 3e-13, "< 1e-12"),
    ],
)
def test_an_error_is_a_rounded_power_of_ten_or_a_difference(opinion: Opinion, error: float | None, words: str) -> None:
    assert Sampled(opinion, error=error).error_words == words


def x(index: str) -> Value:
    return Value("x", (index,))


def test_two_numbers_are_two_samples_and_a_letter_may_be_any() -> None:
    given = (Condition("i", "k", same=True),)
    sides = plus(x("1"), x("i")), plus(x("2"), x("k"))
    assert with_numbered(Identity(*sides, given)) == (*given, Condition("1", "2", same=False))
    assert with_numbered(Identity(x("i"), x("1"), given)) == given


def test_numbers_along_different_axes_are_different_things() -> None:
    first, second = Value("x", ("1", "1.2")), Value("x", ("3", "1.2"))
    assert with_numbered(Identity(first, second)) == (Condition("1", "3", same=False),)
