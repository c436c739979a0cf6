"""The table of the contract, side by side: where a step stands follows from which sides are equal, and from nothing else.

Every letter has a number here, and sides are equal where their numbers are; nothing is proved.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

import pytest

from bnverify.judge.claims import Claim, Claims
from bnverify.judge.standing import Line, Placed, Side, place_sides
from bnverify.limits import limited
from bnverify.model.terms import LossBy, Number, Plus, Term, Times, Value, number, plus, times
from bnverify.record import Standing
from bnverify.source import Span
from bnverify.truth.verdict import Identity
from bnverify.truth.work import TooMuch, spend

HOLDS, INTRODUCED, CARRIED = Standing.HOLDS, Standing.INTRODUCED, Standing.CARRIED
AGAIN, COMPENSATED, OPEN = Standing.WRONG_AGAIN, Standing.COMPENSATED, Standing.UNDECIDED
NUMBERS = {"h": 1, "a": 1, "b": 1, "w": 2, "W": 2, "u": 3, "U": 3, "z": 4, "Z": 4}
BY_V, BY_MU = LossBy(Value("v")), LossBy(Value("mu"))
TRUE = {BY_V: 3, BY_MU: 7}


def letter(name: str) -> Term:
    return Value(name)


def value(term: Term) -> int:
    match term:
        case Number(value=found):
            return int(found)
        case Value(name=name):
            return NUMBERS[name]
        case LossBy():
            return TRUE[term]
        case Plus(terms=parts):
            return sum(map(value, parts))
        case Times(factors=factors):
            return prod(map(value, factors))
    raise AssertionError(term)


@dataclass(frozen=True)
class Numbers:
    """Equal where the numbers are, but for pairs that nobody can compare."""

    undecided: frozenset[frozenset[Term]] = frozenset()

    def __call__(self, identity: Identity) -> bool | None:
        if frozenset((identity.left, identity.right)) in self.undecided:
            return None
        return value(identity.left) == value(identity.right)


def undecided(*pairs: str) -> Numbers:
    return Numbers(frozenset(frozenset(map(letter, pair)) for pair in pairs))


def span(number: int) -> Span:
    return Span(10 * number, 10 * number + 5)


def sides(text: Iterable[Term | str | None]) -> list[Side]:
    """Letters; `-` has no value, and `!a` is malformed."""
    found = []
    for place, one in enumerate(text):
        if isinstance(one, str):
            malformed, name = one.startswith("!"), one.removeprefix("!")
            found.append(Side(None if name == "-" else letter(name), span(place), malformed))
        else:
            found.append(Side(one, span(place)))
    return found


def placed(
    head: str | Term | None, *text: Term | str | None, equal: Numbers | None = None, **known: object
) -> list[Placed]:
    start = letter(head) if isinstance(head, str) else head
    claims = Claims(**known)  # type: ignore[arg-type]
    return place_sides(Line(start, (), claims, equal or Numbers()), sides(text))


TABLE = {
    "every side is true": ("h", "a b", [HOLDS, HOLDS]),
    "an error, and its copy": ("h", "a w W", [HOLDS, INTRODUCED, CARRIED]),
    "an error, and another one": ("h", "w u U", [INTRODUCED, AGAIN, CARRIED]),
    "an error that is made up for": ("h", "w a b", [INTRODUCED, COMPENSATED, HOLDS]),
    "an error after one was made up for": ("h", "w a u", [INTRODUCED, COMPENSATED, INTRODUCED]),
    "an error that comes back": ("h", "w u z W", [INTRODUCED, AGAIN, AGAIN, CARRIED]),
    "an error that comes back after a true side is new": ("h", "w a W", [INTRODUCED, COMPENSATED, INTRODUCED]),
    "a side without a value is passed over": ("h", "- w - W", [OPEN, INTRODUCED, OPEN, CARRIED]),
    "cases that overlap are wrong by their form": ("h", "!a", [INTRODUCED]),
    "cases that overlap after an error": ("h", "w !W", [INTRODUCED, AGAIN]),
    "a true side after cases that overlap": ("h", "!a b", [INTRODUCED, COMPENSATED]),
    "behind an open head the first side stands for it": (None, "a b w W", [OPEN, HOLDS, INTRODUCED, CARRIED]),
    "behind an open head and an open side": (None, "- a w", [OPEN, OPEN, INTRODUCED]),
    "behind an open head alone": (None, "-", [OPEN]),
}


@pytest.mark.parametrize("name", TABLE)
def test_standings_follow_from_which_sides_are_equal(name: str) -> None:
    head, text, expected = TABLE[name]
    assert [one.standing for one in placed(head, *text.split())] == expected


@pytest.mark.parametrize("name", [name for name, (head, _, _) in TABLE.items() if head])
def test_whether_a_side_is_true_and_follows_is_what_the_numbers_say(name: str) -> None:
    _, text, _ = TABLE[name]
    before = "h"
    for side, one in zip(text.split(), placed("h", *text.split()), strict=True):
        if side == "-":
            assert (one.true, one.follows, one.before, one.reference) == (None, None, None, None)
            continue
        letter_of = side.removeprefix("!")
        malformed = side != letter_of
        assert one.true is (not malformed and NUMBERS[letter_of] == 1)
        assert one.follows is (not malformed and NUMBERS[letter_of] == NUMBERS[before])
        assert (one.before, one.reference) == (letter(before), letter("h"))
        before = letter_of


def test_behind_an_open_head_nothing_is_called_true_but_sides_are_compared() -> None:
    first, second, third = placed(None, "a", "b", "w")
    assert first == Placed(OPEN)
    assert (second.true, second.follows, second.before, second.reference) == (None, True, letter("a"), letter("a"))
    assert (third.true, third.follows, third.before, third.reference) == (None, False, letter("b"), letter("a"))


def test_only_the_first_side_behind_an_open_head_stands_for_it() -> None:
    one = placed(None, "a", "u", "b", equal=undecided("au"))
    assert [side.standing for side in one] == [OPEN, OPEN, HOLDS]
    assert (one[2].follows, one[2].before) == (True, letter("a"))


def test_a_side_that_cannot_be_compared_with_the_head_is_open_and_passed_over() -> None:
    one = placed("h", "a", "w", "b", equal=undecided("hw"))
    assert [side.standing for side in one] == [HOLDS, OPEN, HOLDS]
    assert (one[2].before, one[2].follows) == (letter("a"), True)


def test_an_open_side_is_never_the_one_before() -> None:
    one = placed("h", "w", "b", equal=undecided("hw"))
    assert [side.standing for side in one] == [OPEN, HOLDS]
    assert (one[1].before, one[1].follows) == (letter("h"), True)


def test_a_false_side_that_may_be_the_error_before_is_open() -> None:
    one = placed("h", "w", "u", equal=undecided("wu"))
    assert [side.standing for side in one] == [INTRODUCED, OPEN]


def test_a_false_side_behind_a_true_one_is_an_error_although_the_two_were_not_compared() -> None:
    one = placed("h", "a", "w", equal=undecided("aw"))
    assert (one[1].standing, one[1].true, one[1].follows) == (INTRODUCED, False, None)


def test_a_true_side_holds_although_it_was_not_compared_with_the_one_before() -> None:
    one = placed("h", "a", "b", equal=undecided("ab"))
    assert (one[1].standing, one[1].true, one[1].follows) == (HOLDS, True, None)


def test_an_error_that_comes_back_names_its_place_and_a_copy_names_none() -> None:
    one = placed("h", "w", "u", "z", "W", "w")
    assert [side.comes_from for side in one] == [(), (), (), (span(0),), ()]
    later = placed("h", "w", "u", "z", "U")
    assert later[3].comes_from == (span(1),)


@pytest.mark.parametrize(("between", "standing"), [(98, CARRIED), (99, AGAIN)])
def test_an_error_that_comes_back_is_looked_for_among_the_last_hundred_sides(between: int, standing: Standing) -> None:
    """With the error itself and the side before these are a hundred, or one more."""
    others = [number(100 + k) for k in range(between + 1)]
    assert placed("h", "w", *others, "W")[-1].standing is standing


# -- claims of the note


V_IS_5 = Claim(BY_V, number(5), span(91))
MU_IS_8 = Claim(BY_MU, number(8), span(92))
HEAD = Value("head")
NUMBERS["head"] = 6 + 7
CHAIN_RULE = plus(times(number(2), BY_V), BY_MU)


def standings_and_sources(found: list[Placed]) -> list[tuple[Standing, tuple[Span, ...]]]:
    return [(one.standing, one.comes_from) for one in found]


def test_a_wrong_claim_put_into_the_side_before_explains_the_next_one() -> None:
    found = placed(HEAD, CHAIN_RULE, number(17), wrong=(V_IS_5, MU_IS_8))
    assert standings_and_sources(found) == [(HOLDS, ()), (CARRIED, (span(91),))]
    assert (found[1].true, found[1].follows) == (False, False)
    both = placed(HEAD, CHAIN_RULE, number(18), wrong=(V_IS_5, MU_IS_8))
    assert set(both[1].comes_from) == {span(91), span(92)}
    assert placed(HEAD, CHAIN_RULE, number(19), wrong=(V_IS_5, MU_IS_8))[1].standing is INTRODUCED


def test_a_wrong_claim_put_into_the_chain_rule_of_the_same_head_explains_a_side() -> None:
    rules = ((HEAD, CHAIN_RULE),)
    assert standings_and_sources(placed(HEAD, number(17), wrong=(V_IS_5,), rules=rules)) == [(CARRIED, (span(91),))]
    other = ((Value("a"), CHAIN_RULE),)
    assert standings_and_sources(placed(HEAD, number(17), wrong=(V_IS_5,), rules=other)) == [(INTRODUCED, ())]
    assert standings_and_sources(placed(HEAD, number(17), rules=rules)) == [(INTRODUCED, ())]


def test_after_an_error_of_its_own_a_side_may_still_come_from_a_claim() -> None:
    found = placed(HEAD, number(99), number(17), wrong=(V_IS_5,), rules=((HEAD, CHAIN_RULE),))
    assert standings_and_sources(found) == [(INTRODUCED, ()), (CARRIED, (span(91),))]


def test_a_copy_of_an_error_needs_no_claim() -> None:
    found = placed(HEAD, number(17), number(17), wrong=(V_IS_5,), rules=((HEAD, CHAIN_RULE),))
    assert standings_and_sources(found) == [(CARRIED, (span(91),)), (CARRIED, ())]


# -- what a side may cost


def dear(identity: Identity) -> bool:
    spend(40)
    return value(identity.left) == value(identity.right)


def test_each_side_has_its_own_allowance() -> None:
    line = Line(letter("h"), (), Claims(), dear)
    with limited({"work": 100}):
        assert len(place_sides(line, sides("abab"))) == 4
    with limited({"work": 39}), pytest.raises(TooMuch):
        place_sides(line, sides("a"))
