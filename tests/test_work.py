"""What may be spent, and the time that a run may take, on a clock that these tests turn themselves."""

from __future__ import annotations

import pytest

from bnverify.limits import limited
from bnverify.truth import work
from bnverify.truth.work import (
    LOOK,
    METER,
    CalledOff,
    TimeIsOver,
    TooMuch,
    afford,
    allowance,
    for_one_step,
    for_steps,
    remaining,
    spend,
    time_limit,
    until_called_off,
)


def test_all_that_is_granted_may_be_spent_and_no_unit_more() -> None:
    with allowance(100):
        spend(100)
        assert remaining() == 0
        with pytest.raises(TooMuch, match="more work than one step"):
            spend(1)
        assert remaining() == 0


def test_a_search_ends_where_it_cannot_afford_more() -> None:
    with allowance(10):
        assert afford(10)
        assert not afford(1)


def test_an_allowance_grants_what_is_left_around_it() -> None:
    with allowance(10):
        with allowance(4):
            assert remaining() == 4
            spend(3)
        assert remaining() == 7
        with allowance(100):
            assert remaining() == 7
            spend(2)
        assert remaining() == 5
    assert remaining() > 10**12


def test_behind_an_inner_allowance_no_unit_more_is_granted() -> None:
    with allowance(10):
        with allowance(4):
            spend(4)
        spend(6)
        with pytest.raises(TooMuch):
            spend(1)


def test_where_nothing_is_left_nothing_is_granted() -> None:
    with allowance(10):
        with pytest.raises(TooMuch):
            spend(11)
        with allowance(5):
            assert remaining() == 0
            with pytest.raises(TooMuch):
                spend(1)


def test_what_was_overspent_inside_is_gone_outside() -> None:
    with allowance(10):
        with pytest.raises(TooMuch), allowance(4):
            spend(6)
        assert remaining() == 4


def test_several_steps_have_the_work_of_as_many_single_ones() -> None:
    with limited({"work": 10}):
        with for_one_step():
            assert remaining() == 10
        with for_steps(3):
            assert remaining() == 30


class Clock:
    now = 0.0
    looked = 0

    def __call__(self) -> float:
        self.looked += 1
        return self.now


def watched(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(work, "monotonic", clock)
    return clock


def until_over(units: int) -> None:
    for _ in range(units):
        spend(1)


def test_time_that_is_over_ends_the_work_at_the_next_look(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = watched(monkeypatch)
    with work.time_limit(10):
        spend(1)
        assert not work.time_is_over()
        clock.now = 11
        with pytest.raises(TimeIsOver, match="time"):
            until_over(work.LOOK + 2)
        assert work.time_is_over()
        with pytest.raises(TimeIsOver):
            spend(1)
    assert not work.time_is_over()
    spend(10**6)


def test_the_clock_is_looked_at_once_in_many_units(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = watched(monkeypatch)
    with work.time_limit(10):
        for _ in range(10 * work.LOOK):
            spend(1)
    assert 9 <= clock.looked <= 12


def test_at_the_last_moment_time_is_not_yet_over(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = watched(monkeypatch)
    with work.time_limit(10):
        clock.now = 10
        assert not work.time_is_over()
        clock.now = 10.5
        assert work.time_is_over()
        clock.now = 0
        assert work.time_is_over()


def test_time_is_watched_inside_an_allowance_and_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = watched(monkeypatch)
    with work.time_limit(10):
        with allowance(100):
            spend(1)
        clock.now = 11
        with pytest.raises(TimeIsOver), allowance(100):
            spend(1)
        with pytest.raises(TimeIsOver):
            spend(1)
    with work.time_limit(10):
        clock.now = 0
        with allowance(10 * work.LOOK):
            spend(1)
        clock.now = 11
        with pytest.raises(TimeIsOver):
            spend(1)


def test_without_a_limit_nobody_looks_at_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = watched(monkeypatch)
    with work.time_limit(None), allowance(1000):
        spend(1000)
        with pytest.raises(TooMuch, match="more work than one step"):
            spend(1)
    assert clock.looked == 0


def test_what_is_too_much_is_said_to_be_too_much_although_time_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    watched(monkeypatch)
    with work.time_limit(10), allowance(100):
        spend(100)
        with pytest.raises(TooMuch, match="more work than one step"):
            spend(1)


def test_work_that_nobody_waits_for_ends_soon_and_leaves_nothing_behind() -> None:
    wanted = True

    def work_on() -> None:
        nonlocal wanted
        with until_called_off(lambda: not wanted), time_limit(None), allowance(100 * LOOK):
            for _ in range(50):
                spend(LOOK)
            wanted = False
            spend(LOOK)
            spend(LOOK)
            raise AssertionError("it went on")

    with pytest.raises(CalledOff):
        work_on()
    assert METER.is_quiet
    assert remaining() > 10**12
    spend(LOOK)


def test_what_is_called_off_is_neither_decided_nor_too_much() -> None:
    """Nothing that catches what is undecided, or a fault, takes it for one."""
    assert not issubclass(CalledOff, Exception)
    with until_called_off(lambda: True), allowance(10 * LOOK), pytest.raises(CalledOff):
        afford(LOOK + 1)


def test_behind_a_time_limit_it_is_asked_again_whether_anybody_waits() -> None:
    with until_called_off(lambda: True):
        with time_limit(None):
            pass
        with pytest.raises(CalledOff):
            spend(1)


def test_work_outside_of_any_allowance_is_called_off_as_well() -> None:
    with until_called_off(lambda: True), pytest.raises(CalledOff):
        spend(1)
    spend(10 * LOOK)
