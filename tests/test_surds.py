"""Fractions with square roots, against their values in numbers: a root is what `math.sqrt` says of its radicand."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import isclose, isqrt, prod, sqrt
from typing import Any

import pytest
from sympy import Symbol
from sympy.polys.domains import QQ
from sympy.polys.orderings import lex
from sympy.polys.rings import PolyRing

from bnverify.truth import surds
from bnverify.truth.surds import LARGEST_PRIME, Abstain, Numbers, Ratio, square_part

HALF = Fraction(1, 2)
LETTERS = "a", "b", "x", "y"
RING = PolyRing([Symbol(name) for name in (*LETTERS, "r0", "r1", "r2", "r3", "r4")], QQ, lex)
A, B, X, Y, *SPARE = RING.gens
POINTS = ({"a": 2, "b": 3, "x": -5, "y": 7}, {"a": 7, "b": 2, "x": 3, "y": -4}, {"a": 3, "b": 11, "x": -2, "y": -9})
"""Values of the letters, of which a and b are positive."""
ONE = RING.one


def numbers() -> Numbers:
    return Numbers(RING, {A, B, *SPARE}, SPARE)


def over(top: Any, *below: tuple[Any, int]) -> Ratio:
    return Ratio(RING.one * top, dict(below))


def minus(own: Numbers, left: Ratio, right: Ratio) -> Ratio:
    return own.add([left, own.multiply([own.number(Fraction(-1)), right])])


def poly_at(poly: Any, values: list[Any]) -> Any:
    found = Fraction(0)
    for powers, c in poly.items():
        factors = (value**power for value, power in zip(values, powers, strict=True))
        found += prod(factors, start=Fraction(int(c.numerator), int(c.denominator)))
    return found


def at(own: Numbers, ratio: Ratio, point: dict[str, int]) -> Any:
    """The value of a fraction, exactly as long as it has no root."""
    values: list[Any] = [*(Fraction(point[name]) for name in LETTERS), *(0 for _ in SPARE)]
    for root, radicand in own.roots.items():
        values[RING.gens.index(root)] = sqrt(poly_at(radicand, values))
    below = prod(poly_at(factor, values) ** exponent for factor, exponent in ratio.bottom.items())
    return poly_at(ratio.top, values) / below


# -- the laws of fractions, at points

PARTS = [
    (over(A), lambda a, b, x, y: a),
    (over(X + 1, (Y, 1)), lambda a, b, x, y: (x + 1) / y),
    (over(X - Y, (A, 2), (X**2 + 1, 1)), lambda a, b, x, y: (x - y) / (a**2 * (x**2 + 1))),
    (over(3 * B, (Y, 2), (A, 1)), lambda a, b, x, y: 3 * b / (y**2 * a)),
    (over(RING.one / 5), lambda a, b, x, y: Fraction(1, 5)),
    (over(-X * A**2 * Y / 7, (B, 1)), lambda a, b, x, y: -x * a**2 * y / 7 / b),
    (over(2 * X * A**3 + 4 * X**2 * A, (A, 1)), lambda a, b, x, y: 2 * x * a**2 + 4 * x**2),
]  # fmt: skip
Part = tuple[Ratio, Callable[..., Fraction]]


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_sums_products_and_powers_have_the_values_of_fractions(point: dict[str, int]) -> None:
    own = numbers()
    given = {name: Fraction(value) for name, value in point.items()}
    worth = [written(**given) for _, written in PARTS]
    parts = [part for part, _ in PARTS]
    assert [at(own, one, point) for one in parts] == worth
    for k in range(len(parts) + 1):
        assert at(own, own.add(parts[:k]), point) == sum(worth[:k])
        assert at(own, own.multiply(parts[k:]), point) == prod(worth[k:], start=Fraction(1))
    for part, value in zip(parts, worth, strict=True):
        for exponent in range(-4, 5):
            assert at(own, own.raised(part, Fraction(exponent)), point) == value**exponent
        assert at(own, own.inverse(part), point) == 1 / value
    for value in (Fraction(0), Fraction(-3, 7), Fraction(12)):
        assert at(own, own.number(value), point) == value


def test_a_sum_has_no_larger_denominator_than_it_needs() -> None:
    """Where the denominators grew, so would the work, and more would be given up."""
    total = numbers().add([over(X, (A, 2), (B, 1)), over(Y, (A, 1)), over(ONE, (A, 2))])
    assert total.bottom == {A: 2, B: 1}
    assert total.top == X + Y * A * B + B


def test_of_a_power_zero_nothing_is_left() -> None:
    own = numbers()
    for base in (over(ONE * 0), over(X, (A, 1)), over(X + 1)):
        assert own.raised(base, Fraction(0)) == over(ONE)
    assert own.power(RING.zero, 3) == 0
    assert own.power(RING.zero, 0) == own.power(X + Y, 0) == 1


def test_nothing_is_divided_by_zero_although_it_is_written_with_roots() -> None:
    own = numbers()
    root = own.raised(over(A), HALF)
    zero = minus(own, own.multiply([root, root]), over(A))
    for nothing in (zero, over(RING.zero), over(RING.zero, (A, 1))):
        assert own.vanishes(nothing)
        with pytest.raises(Abstain, match="division by zero"):
            own.inverse(nothing)
    assert not own.vanishes(minus(own, own.multiply([root, root]), over(B)))


def test_an_inverse_keeps_single_letters_apart_from_what_is_left_of_a_sum() -> None:
    """So that equal factors meet in a common denominator."""
    found = numbers().inverse(over(6 * A**2 * X * Y + 3 * A**2 * X, (B, 2)))
    assert found.bottom == {A: 2, X: 1, Y + ONE / 2: 1}
    assert found.top == B**2 / 6
    assert numbers().inverse(over(5 * A)) == over(ONE / 5, (A, 1))


# -- roots

SQUARES = {
    "letter": over(A),
    "cube": over(A**3),
    "number": over(12 * ONE),
    "fraction": over(ONE * 50 / 27),
    "below": over(B, (A, 1)),
    "below twice": over(B, (A, 2)),
    "below thrice": over(A + B, (A, 3), (X**2 + 1, 1)),
    "signed below": over(B, (X, 2)),
    "signed fourth": over(A * B**2 * X**4),
    "sum": over(4 * X**2 + 4 * A),
    "sum with a factor": over(A**3 * B**2 * X**2 + A**2 * B**2),
    "square of a sum": over(3 * (X**2 + A) ** 2 / 4),
    "square of what is below zero": over((-(X**2) - A) ** 2),
    "square of a letter with a sign": over(X**2),
    "square of an odd sum": over(5 * (X + X**3) ** 2 / 9),
}


@pytest.mark.parametrize("name", SQUARES)
def test_a_root_is_positive_and_its_square_what_stood_under_it(name: str) -> None:
    own, radicand = numbers(), SQUARES[name]
    found = own.raised(radicand, HALF)
    for power in (Fraction(3, 2), Fraction(-1, 2), Fraction(-3, 2)):
        other = own.raised(radicand, power)
        for point in POINTS:
            assert isclose(at(own, other, point), float(at(own, radicand, point)) ** float(power))
    for point in POINTS:
        assert isclose(at(own, found, point), sqrt(at(own, radicand, point)))
    assert own.vanishes(minus(own, own.multiply([found, found]), radicand))
    assert not own.vanishes(minus(own, own.multiply([found, found, found]), radicand))
    again = own.raised(radicand, HALF)
    assert own.vanishes(minus(own, found, again))


EXACT = {
    "letters": (A**3 * B**2, A, A * B),
    "square": (9 * (X**2 + A) ** 2 / 4, ONE, 3 * (X**2 + A) / 2),
    "square times a number": (5 * (X**2 + A) ** 2, 5 * ONE, X**2 + A),
    "fourth power": (X**4, ONE, X**2),
    "what stands negative": ((A - B) ** 2, ONE, B - A),
}


@pytest.mark.parametrize("name", EXACT)
def test_squares_are_pulled_out_of_a_root(name: str) -> None:
    """Or else two names of one number would look different, and a true equation wrong."""
    radicand, rest, outside = EXACT[name]
    own = numbers()
    own.positive.add(B - A)
    found = own.raised(over(radicand), HALF)
    expected = own.multiply([over(outside), own.raised(over(rest), HALF)])
    assert own.vanishes(minus(own, found, expected))


SAME = {
    "numbers": (over(6 * ONE), over(10 * ONE), over(60 * ONE)),
    "fractions": (over(ONE / 6), over(ONE * 3 / 8), over(ONE / 16)),
    "a number before a sum": (over(X**2 + A), over(7 * ONE), over(7 * X**2 + 7 * A)),
    "a sum below": (over(A, (X**2 + A, 1)), over(X**2 + A, (A, 1)), over(ONE)),
}


@pytest.mark.parametrize("name", SAME)
def test_the_product_of_roots_is_the_root_of_the_product(name: str) -> None:
    own = numbers()
    left, right, product = (own.raised(one, HALF) for one in SAME[name])
    assert own.vanishes(minus(own, own.multiply([left, right]), product))
    assert not own.vanishes(own.add([own.multiply([left, right]), product]))


def test_roots_of_different_things_are_different() -> None:
    own = numbers()
    radicands = [over(A), over(B), over(2 * ONE), over(3 * ONE)]
    roots = [own.raised(one, HALF) for one in radicands]
    for k, one in enumerate(roots):
        assert [own.vanishes(minus(own, one, other)) for other in roots] == [k == j for j in range(4)]
    total = own.add([*roots[:2]])
    square = own.add([over(A), over(B), own.multiply([over(2 * ONE), *roots[:2]])])
    assert own.vanishes(minus(own, own.multiply([total, total]), square))


def test_a_product_of_radicands_that_is_a_square_is_found_out() -> None:
    """sqrt(p) sqrt(q) and sqrt(pq) would be two names for one number, and a true equation would look wrong."""
    one, two = X**2 + 1, X**2 + A
    own = numbers()
    for radicand in (one, two):
        own.raised(over(radicand), HALF)
    for product in (one * two, one * two * 5):
        with pytest.raises(Abstain, match="depend on each other"):
            own.raised(over(product), HALF)
    assert len(own.roots) == 2


def test_the_cube_of_a_radicand_depends_on_it() -> None:
    one = X**2 + 1
    for first, second in ((one, one**3), (one**3, one)):
        own = numbers()
        own.raised(over(first), HALF)
        with pytest.raises(Abstain, match="depend on each other"):
            own.raised(over(second), HALF)


def test_a_product_of_three_radicands_that_is_a_square_is_found_out() -> None:
    own = numbers()
    for radicand in (A, B, X**2 + 1):
        own.raised(over(radicand), HALF)
    with pytest.raises(Abstain, match="depend on each other"):
        own.raised(over(A * B * (X**2 + 1)), HALF)


def test_radicands_with_a_common_factor_do_not_depend_on_each_other() -> None:
    own = numbers()
    left, right = (own.raised(over(one), HALF) for one in (X**2 + 1, (X**2 + 1) * (Y**2 + B)))
    assert len(own.roots) == 2
    assert not own.vanishes(minus(own, own.multiply([left, right]), over(X**2 + 1)))


def test_the_square_of_a_root_is_replaced_wherever_it_stands() -> None:
    own = numbers()
    a, b = (own.raised(over(one), HALF).top for one in (A, B))
    for poly, expected in ((a**2, A), (a**3 + X, A * a + X), (a**4 * b**2 - b, A**2 * B - b), (a * b, a * b)):
        assert own.reduced(poly) == expected


def test_a_number_under_a_root_does_not_make_radicands_depend_on_each_other() -> None:
    own = numbers()
    roots = [own.raised(over(one), HALF) for one in (2 * ONE, A + B, 2 * A + 2 * B)]
    assert own.vanishes(minus(own, own.multiply(roots[:2]), roots[2]))
    assert len(own.roots) == 2


UNKNOWN = {
    "sign of a square": (over((X + 1) ** 2), "unknown sign"),
    "sign of a difference": (over((A - B) ** 2), "unknown sign"),
    "sign below": (over(A, (X, 1)), "denominator of unknown sign"),
    "sign of a sum below": (over(A, (A - B, 3)), "denominator of unknown sign"),
    "sign of even and odd": (over((X**2 + X) ** 2), "unknown sign"),
    "negative": (over(-4 * ONE), "negative number"),
    "minus one": (over(-ONE), "negative number"),
    "factors": (over(ONE * 10_007 * 10_009), "large factors"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_of_what_may_have_either_sign_no_root_is_taken(name: str) -> None:
    ratio, why = UNKNOWN[name]
    with pytest.raises(Abstain, match=why):
        numbers().raised(ratio, HALF)


def test_a_root_inside_a_root_is_left_alone() -> None:
    own = numbers()
    root = own.raised(over(A), HALF)
    with pytest.raises(Abstain, match="inside a square root"):
        own.raised(own.add([root, over(X**2)]), HALF)
    fourth = own.multiply([root] * 4)
    assert own.vanishes(minus(own, own.raised(fourth, HALF), over(A)))


def test_of_zero_the_root_is_zero() -> None:
    own = numbers()
    assert own.vanishes(own.raised(over(RING.zero, (A, 1)), HALF))
    assert not own.roots


def test_what_looks_positive_is() -> None:
    own = numbers()
    for poly in (ONE, A, B * A**3, X**2, A * X**2 * Y**4 + 1, A + B, SPARE[0]):
        assert own.is_positive(poly)
    for poly in (-ONE, -(X**2) / 2, X, X**2 * Y, A * X, X**2 - 1, A - B, X**2 + X + 1):
        assert not own.is_positive(poly)
    own.positive.add(A - B)
    assert own.is_positive(A - B)


def test_roots_have_a_name_each_as_long_as_there_are_names() -> None:
    own = numbers()
    for radicand in (A, 3 * A, A / 7):
        own.name(radicand)
    assert own.roots == {SPARE[0]: A}
    own.name(B)
    assert own.roots == {SPARE[0]: A, SPARE[1]: B}
    for prime in (2, 3, 5):
        own.raised(over(ONE * prime), HALF)
    assert own.vanishes(
        minus(
            own,
            own.raised(over(ONE * 10), HALF),
            own.multiply([own.raised(over(ONE * 5), HALF), own.raised(over(ONE * 2), HALF)]),
        )
    )
    with pytest.raises(Abstain, match="too many square roots"):
        own.raised(over(ONE * 7), HALF)


def test_a_copy_knows_the_roots_and_keeps_its_own_to_itself() -> None:
    own = numbers()
    root = own.raised(over(A), HALF)
    other = own.copy()
    assert other.vanishes(minus(other, other.multiply([root, root]), over(A)))
    other.raised(over(B), HALF)
    assert len(other.roots) == 2
    assert len(own.roots) == 1
    own.spend(1000)
    assert own.copy().work == 0


# -- what is given up


def long(count: int) -> Any:
    """So many terms in one letter, which are no square."""
    return sum((X ** (2 * k) for k in range(1, count)), start=ONE * 2)


def test_what_costs_too_much_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surds, "MOST_WORK", 100)
    own = numbers()
    own.spend(49)
    own.spend(49)
    with pytest.raises(Abstain, match="grow too large"):
        own.spend(0)
    with pytest.raises(Abstain, match="grow too large"):
        numbers().product(long(10), long(10))
    assert len(numbers().product(long(9), long(11))) == 19
    with pytest.raises(Abstain, match="grow too large"):
        numbers().power(long(5), 40)
    with pytest.raises(Abstain, match="grow too large"):
        numbers().add([over(long(10))] * 12)


def test_a_root_of_too_much_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surds, "MOST_TERMS_UNDER_ROOT", 6)
    numbers().raised(over(long(6)), HALF)
    with pytest.raises(Abstain, match="too long an expression"):
        numbers().raised(over(long(7)), HALF)
    monkeypatch.setattr(surds, "MOST_LETTERS_UNDER_ROOT", 3)
    numbers().raised(over(A + B + X**2), HALF)
    with pytest.raises(Abstain, match="too many letters"):
        numbers().raised(over(A + B + X**2 + Y**2), HALF)


def test_too_many_roots_are_not_asked_whether_they_depend_on_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    own = numbers()
    for k in range(1, 4):
        own.raised(over(ONE * [2, 3, 5][k - 1]), HALF)
    for k in (1, 2):
        own.raised(over(X**2 + k), HALF)
    monkeypatch.setattr(surds, "MOST_OTHER_ROOTS", 2)
    with pytest.raises(Abstain, match=r"too many square roots$"):
        own.raised(over(X**2 + 3), HALF)
    monkeypatch.setattr(surds, "MOST_OTHER_ROOTS", 1)
    with pytest.raises(Abstain, match="too many square roots that may"):
        own.raised(over(X**2 + 3), HALF)


def test_of_long_products_nobody_asks_whether_they_are_squares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surds, "MOST_TERMS_OF_PRODUCT", 4)
    own = numbers()
    own.raised(over(X**2 + A), HALF)
    own.raised(over(Y**2 + B), HALF)
    for radicand in (X**2 + Y**2 + A,):
        with pytest.raises(Abstain, match="too long expressions"):
            own.raised(over(radicand), HALF)


def test_squares_in_whole_numbers_are_found_as_by_trial() -> None:
    for value in range(1, 2_000):
        outside, odd = square_part(value)
        assert outside == max(a for a in range(1, isqrt(value) + 1) if value % (a * a) == 0)
        assert odd == sorted(set(odd))
        assert all(p > 1 and all(p % d for d in range(2, isqrt(p) + 1)) for p in odd)
        assert outside**2 * prod(odd) == value


def test_a_large_square_does_not_pass_for_a_prime() -> None:
    """9,973 is the largest prime below the bound, 10,007 the first above it."""
    assert LARGEST_PRIME < 10_007
    assert square_part(9_973**2) == (9_973, [])
    assert square_part(9_973**3 * 4) == (2 * 9_973, [9_973])
    assert square_part(99_999_989) == (1, [99_999_989])
    assert square_part(2 * 10_007) == (1, [2, 10_007])
    for value in (10_007**2, 10_007 * 10_009, 2 * 10_007**2):
        with pytest.raises(Abstain, match="large factors"):
            square_part(value)
