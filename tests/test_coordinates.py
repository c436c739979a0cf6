"""What a certificate says of a proved identity, in numbers: of a forward pass, and of coordinates that nothing binds."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from itertools import product
from math import isclose, prod, sqrt

import pytest

from bnverify.graph.build import build
from bnverify.graph.drawing import declared_forward
from bnverify.model.axes import axis_of, on_axis
from bnverify.model.conventions import Convention, Epsilon, Residual, Variance
from bnverify.model.forward import Forward, normalisation
from bnverify.model.layers import LAYERS
from bnverify.model.standard import STANDARD
from bnverify.model.terms import (
    ONE,
    Count,
    Delta,
    Exp,
    Log,
    LossBy,
    Power,
    Sum,
    Term,
    Value,
    free_indices,
    negative,
    number,
    plus,
    power,
    times,
    walk,
)
from bnverify.pipeline import understand
from bnverify.source import Note
from bnverify.truth.coordinates import Fractional, Polynomial
from bnverify.truth.raw import ProvedCase, proved_cases
from bnverify.truth.verdict import Identity
from tests.conftest import ROOT
from tests.test_graph_numbers import Numbers, by_definition, by_hand, sizes_of, value

HALF = Fraction(1, 2)
EPS, MU, V, N = Value("eps"), Value("mu"), Value("v"), Count()
PLAIN = Convention()
At = Callable[[Term], float]


def x(i: str) -> Value:
    return Value("x", (i,))


def dy(i: str) -> Term:
    return LossBy(Value("y", (i,)))


def over(above: Term, *below: Term) -> Term:
    return times(above, *(power(one, -1) for one in below))


def minus(left: Term, right: Term) -> Term:
    return plus(left, negative(right))


# -- the identities, and the forward pass that they speak of


@cache
def world(name: str, convention: Convention = PLAIN) -> tuple[Forward, Numbers]:
    if name in STANDARD:
        sizes = sizes_of(name, 4)
        return STANDARD[name].forward(convention), Numbers(*by_hand(name, convention, sizes), sizes)
    forward = normalisation(convention, LAYERS[name])
    return forward, by_definition(build(forward), 4)


def gradients(name: str, convention: Convention) -> Iterator[Case]:
    forward, numbers = world(name, convention)
    for one in build(forward).quantities:
        if one.gradient is not None and one.value.name not in ("eps", "loss", "t"):
            yield one.value.name, Identity(LossBy(one.value), one.gradient), forward, numbers


def rooted(j: str) -> Term:
    return power(plus(power(x(j), 2), ONE), HALF)


def nested(j: str) -> Term:
    return power(plus(rooted(j), V), HALF)


def logarithm(j: str, count: int = 1) -> Term:
    return Log(plus(power(x(j), 2), number(count)))


WRITTEN = {
    "deviations": Identity(Sum("j", minus(x("j"), MU)), number(0)),
    "squares": Identity(Sum("j", power(minus(x("j"), MU), 2)), times(N, V)),
    "third moment": Identity(
        Sum("j", power(minus(x("j"), MU), 3)),
        plus(Sum("j", power(x("j"), 3)), times(number(-3), N, MU, V), times(number(-1), N, power(MU, 3))),
    ),
    "root of v": Identity(times(power(V, HALF), power(V, HALF), x("i")), times(V, x("i"))),
    "root of v + eps": Identity(power(plus(V, EPS), Fraction(3, 2)), times(plus(V, EPS), power(plus(V, EPS), HALF))),
    "own root": Identity(times(rooted("i"), rooted("i"), rooted("k")), times(plus(power(x("i"), 2), ONE), rooted("k"))),
    "a root inside": Identity(
        power(nested("i"), 3), times(plus(rooted("i"), V), nested("i"))
    ),
    "a root beside the one inside": Identity(
        times(rooted("i"), power(nested("i"), 3)), times(nested("i"), plus(rooted("i"), V), rooted("i"))
    ),
    "the outer root alone": Identity(times(nested("i"), x("k")), times(x("k"), nested("i"))),
    "a root over a square": Identity(power(over(plus(V, EPS), N, N), HALF), over(power(plus(V, EPS), HALF), N)),
    "twice epsilon": Identity(
        times(power(plus(V, EPS, EPS), HALF), power(plus(V, EPS, EPS), HALF)), plus(V, times(number(2), EPS))
    ),
    "a logarithm of two samples": Identity(
        times(number(2), Log(plus(power(x("i"), 2), power(x("k"), 2)))), times(Log(plus(power(x("k"), 2), power(x("i"), 2))), number(2))
    ),
    "two logarithms": Identity(
        times(Sum("j", logarithm("j")), Sum("j", logarithm("j", 2))), times(Sum("j", logarithm("j", 2)), Sum("k", logarithm("k")))
    ),
    "two sums": Identity(Sum("j", Sum("k", times(x("j"), dy("k")))), times(N, MU, Sum("k", dy("k")))),
    "a delta": Identity(Sum("j", times(Delta("i", "j"), x("j"), dy("k"))), times(x("i"), dy("k"))),
    "all but one": Identity(Sum("j", times(minus(ONE, Delta("i", "j")), x("j"))), minus(times(N, MU), x("i"))),
    "below": Identity(over(x("i"), plus(x("i"), MU), V), over(times(x("i"), EPS), V, EPS, plus(MU, x("i")))),
    "a logarithm": Identity(plus(logarithm("i"), logarithm("i")), times(number(2), logarithm("i"))),
    "of logarithms a sum": Identity(Sum("j", times(V, logarithm("j"))), times(V, Sum("k", logarithm("k")))),
    "logarithms apart": Identity(times(logarithm("i"), logarithm("k"), MU), over(times(logarithm("k"), Sum("j", x("j")), logarithm("i")), N)),
    "exponentials": Identity(Sum("j", times(Exp(x("j")), Exp(x("i")))), times(Exp(x("i")), Sum("k", Exp(x("k"))))),
    "a letter that is taken": Identity(Sum("i", times(x("i"), x("j"), dy("l"), x("m"))), times(x("j"), N, MU, dy("l"), x("m"))),
}  # fmt: skip

H, J, K, L, M = (on_axis(letter, 1) for letter in "hjklm")
"""Indices of features."""


def z(i: str, j: str) -> Value:
    return Value("x", (i, j))


def quotient(i: str, j: str, divisor: str = "x") -> Term:
    """With a sum over j it is no polynomial in sums."""
    return over(LossBy(Value("y", (i, j))), plus(power(Value(divisor, (i, j)), 2), EPS), z(i, j))


def long(i: str, j: str) -> Term:
    return Log(plus(power(z(i, j), 2), power(Value("gamma", (j,)), 2)))


OF_ROWS = {
    "a sum of quotients": Identity(Sum(J, times(number(2), quotient("i", J))), times(number(2), Sum(K, quotient("i", K)))),
    "of all quotients": Identity(
        Sum("i", Sum(J, quotient("i", J))), Sum("j", Sum(K, over(times(Count(1), quotient("j", K)), Count(1))))
    ),
    "over the batch": Identity(Sum("i", times(z("i", J), quotient("i", J))), Sum("k", times(quotient("k", J), z("k", J)))),
    "quotients of rows": Identity(
        Sum(J, over(z("i", J), plus(Value("v", ("i",)), z("k", J)))), Sum(L, over(times(number(3), z("i", L)), plus(Value("v", ("i",)), z("k", L)), number(3)))
    ),
    "the other size": Identity(Sum("i", times(z("k", J), Count(1))), times(Count(0), Count(1), z("k", J))),
    "deviations of a row": Identity(Sum(J, minus(z("i", J), Value("mu", ("i",)))), number(0)),
    "two rows": Identity(Sum(J, times(z("i", J), z("k", J), z("l", M))), times(z("l", M), Sum(L, times(z("k", L), z("i", L))))),
    "a row whose letter is taken": Identity(
        Sum("i", Sum(H, times(z("i", H), z("j", H), z("i", J), z("l", K)))), times(z("l", K), Sum(M, Sum("m", times(z("m", M), z("j", M), z("m", J)))))
    ),
    "logarithms of a row": Identity(Sum(J, times(number(2), long("i", J))), plus(Sum(K, long("i", K)), Sum(J, long("i", J)))),
    "a logarithm": Identity(times(long("i", J), z("k", L), number(2)), times(z("k", L), plus(long("i", J), long("i", J)))),
    "roots of a row": Identity(
        times(power(Value("v", ("i",)), HALF), power(Value("v", ("k",)), HALF), power(Value("v", ("i",)), HALF)),
        times(power(Value("v", ("k",)), HALF), Value("v", ("i",))),
    ),
    "an own root in a row": Identity(
        times(power(plus(power(z("i", J), 2), ONE), HALF), power(plus(power(z("i", J), 2), ONE), HALF)), plus(power(z("i", J), 2), ONE)
    ),
    "exponentials of a row": Identity(Sum(J, times(Exp(z("i", J)), z("i", K))), times(z("i", K), Sum(L, Exp(z("i", L))))),
}  # fmt: skip


Case = tuple[str, Identity, Forward, Numbers]


def cases() -> dict[str, list[Case]]:
    inside, outside, none = (Convention(epsilon=one) for one in Epsilon)
    others = Convention(Variance.UNBIASED, Epsilon.OUTSIDE, Residual.MU_MINUS_X)
    found = {
        f"{name} {convention.epsilon} {convention.variance}": list(gradients(name, convention))
        for name, of_layer in {
            "batch": (inside, outside, none, others), "layer": (inside, outside), "rms": (inside,),
            "softmax": (inside,), "inference": (inside,),
        }.items()
        for convention in of_layer
    }  # fmt: skip
    found["group"] = [one for one in gradients("group", inside) if one[0] in ("v", "gamma")]
    sizes = Identity(times(Count(2), Count(2), Count(3)), times(Count(3), power(Count(2), 2)))
    found["group"].append(("sizes", sizes, *world("group")))
    found["written"] = [(name, identity, *world("batch")) for name, identity in WRITTEN.items()]
    found["rows"] = [(name, identity, *world("layer")) for name, identity in OF_ROWS.items()]
    found["no epsilon"] = [("outer root", WRITTEN["the outer root alone"], *world("batch", none))]
    found["targets"] = list(of_note("derivations/family/softmax-cross-entropy.md"))
    return found


def of_note(path: str) -> Iterator[Case]:
    understood = understand(Note(path, (ROOT / path).read_text(encoding="utf-8")))
    forward = declared_forward(understood, understood.declared.convention)
    graph = build(forward)
    numbers = by_definition(graph, 4)
    for one in graph.quantities:
        if one.gradient is not None and one.value.name != "t":
            yield one.value.name, Identity(LossBy(one.value), one.gradient), forward, numbers


CASES = cases()


# -- their values


def poly_at(poly: Polynomial, at: At) -> float:
    return sum(float(c) * prod(at(term) ** power for term, power in powers.items()) for c, powers in poly)


def fraction_at(value: Fractional, at: At) -> float:
    return poly_at(value.above, at) / prod(poly_at(poly, at) ** exponent for poly, exponent in value.below)


def close(one: float, other: float) -> bool:
    return isclose(one, other, rel_tol=1e-8, abs_tol=1e-9)


def places_of(case: ProvedCase, numbers: Numbers) -> Iterator[dict[str, int]]:
    """Different places for different groups along one axis."""
    ranges = [range(numbers.sizes[axis_of(group[0])]) for group in case.groups]
    for chosen in product(*ranges):
        apart = {(axis_of(group[0]), place) for group, place in zip(case.groups, chosen, strict=True)}
        if len(apart) == len(chosen):
            yield {index: place for group, place in zip(case.groups, chosen, strict=True) for index in group}


@pytest.mark.parametrize("name", CASES)
def test_in_the_forward_pass_coordinates_are_what_they_stand_for(name: str) -> None:
    for words, identity, forward, numbers in CASES[name]:
        for case in proved_cases(identity, forward):
            assert case.raw
            assert sorted(one for group in case.groups for one in group) == sorted(indices_of(identity))
            for places in list(places_of(case, numbers))[:3]:
                stands(case, identity, numbers, places, words)


def stands(case: ProvedCase, identity: Identity, numbers: Numbers, places: Mapping[str, int], words: str) -> None:
    def at(term: Term) -> float:
        return float(value(term, numbers, numbers.at, places))

    for side, written in ((case.left, identity.left), (case.right, identity.right)):
        assert close(fraction_at(side, at), at(written)), words
    for term, known in case.replaced.items():
        assert close(fraction_at(known, at), at(term)), words
    for term, square in case.squares.items():
        assert close(poly_at(square, at), at(term) ** 2), words


def indices_of(identity: Identity) -> frozenset[str]:
    return free_indices(identity.left) | free_indices(identity.right)


@pytest.mark.parametrize("name", CASES)
def test_with_what_is_known_put_in_the_sides_are_equal_whatever_the_other_coordinates_are(name: str) -> None:
    for words, identity, forward, _ in CASES[name]:
        for case in proved_cases(identity, forward):
            at = anything(case)
            assert close(fraction_at(case.left, at), fraction_at(case.right, at)), words


def anything(case: ProvedCase) -> At:
    """Any number for each coordinate, but for those that are replaced and those whose square is known."""
    draw = random.Random(7)

    @cache
    def at(term: Term) -> float:
        if term in case.replaced:
            return fraction_at(case.replaced[term], at)
        if term in case.squares:
            return sqrt(poly_at(case.squares[term], at))
        return draw.uniform(1, 2)

    return at


@pytest.mark.parametrize("name", CASES)
def test_every_root_that_is_left_has_its_square_and_the_outer_ones_come_first(name: str) -> None:
    """So that who puts in one after the other has none left."""
    for words, identity, forward, _ in CASES[name]:
        for case in proved_cases(identity, forward):
            squares = list(case.squares)
            left = {
                term for one in case.replaced.values() for term in terms_of(one.above, *(poly for poly, _ in one.below))
            }
            assert {term for term in left if is_root(term)} <= set(squares), words
            for k, square in enumerate(case.squares.values()):
                assert {term for term in terms_of(square) if is_root(term)} <= set(squares[k + 1 :]), words


def terms_of(*polys: Polynomial) -> set[Term]:
    return {term for poly in polys for _, powers in poly for term in powers}


def is_root(term: Term) -> bool:
    """A root of v or of v + eps is the other way round: v is replaced, and the root is free."""
    of_variance = isinstance(term, Power) and {"v"} <= names_in(term.base) <= {"v", "eps"}
    return isinstance(term, Power) and term.exponent == HALF and not of_variance


def names_in(term: Term) -> set[str]:
    return {part.name for part in walk(term) if isinstance(part, Value)}


def test_what_is_too_long_before_anything_is_put_in_is_written_as_the_proof_has_it() -> None:
    """sum_i (sum_j x_ij)^5 binds six indices together, and sum_i mu_i^5 one."""
    identity = Identity(
        Sum("i", power(Sum(J, z("i", J)), 5)), times(power(Count(1), 5), Sum("k", power(Value("mu", ("k",)), 5)))
    )
    forward, numbers = world("layer")
    (case,) = proved_cases(identity, forward)
    assert not case.raw
    assert not case.replaced
    stands(case, identity, numbers, {}, "")
    at = anything(case)
    assert close(fraction_at(case.left, at), fraction_at(case.right, at))
