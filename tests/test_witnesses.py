"""Two witnesses that share the tree and the forward pass, and nothing that differentiates or evaluates."""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pytest

from bnverify.model.conventions import Convention, Epsilon, Residual, Variance
from bnverify.model.forward import Forward, Leaf, Node, batch_norm, denominator, inverse
from bnverify.model.terms import (
    ONE,
    ZERO,
    Cases,
    Condition,
    Count,
    Delta,
    LossBy,
    Number,
    Partial,
    Plus,
    Power,
    Reading,
    Sum,
    Term,
    Times,
    Unknown,
    Value,
    negative,
    number,
    plus,
    power,
    times,
)
from bnverify.truth import numeric, symbolic
from bnverify.truth.verdict import Identity, Opinion, Sampled

WITNESSES = pytest.mark.parametrize("examine", [symbolic.examine, numeric.examine], ids=["symbolic", "numeric"])
CONVENTIONS = [Convention(v, e, r) for v in Variance for e in Epsilon for r in Residual]
BIASED, UNBIASED = Convention(), Convention(Variance.UNBIASED)
HALF = Fraction(1, 2)
N, MU, V, EPS, GAMMA = Count(), Value("mu"), Value("v"), Value("eps"), Value("gamma")
LOCAL, TOTAL = Reading.LOCAL, Reading.TOTAL
APART = (Condition("i", "k", same=False),)

Examine = Callable[..., Sampled]


def x(i: str) -> Value:
    return Value("x", (i,))


def xhat(i: str) -> Value:
    return Value("xhat", (i,))


def dy(i: str) -> Term:
    return LossBy(Value("y", (i,)))


def dxhat(i: str) -> Term:
    return LossBy(xhat(i))


def over(above: Term, *below: Term) -> Term:
    return times(above, *(power(term, -1) for term in below))


def minus(left: Term, right: Term) -> Term:
    return plus(left, negative(right))


def centred(i: str) -> Term:
    return minus(x(i), MU)


def sign(convention: Convention) -> Term:
    return number(1 if convention.residual is Residual.X_MINUS_MU else -1)


def slope_of_s(convention: Convention) -> Term:
    """ds/dv"""
    root = power(V, HALF) if convention.epsilon is Epsilon.OUTSIDE else denominator(batch_norm(convention))
    return over(number(HALF), root)


def dv(convention: Convention) -> Term:
    """dL/dv = -sum_j dL/dx-hat_j r_j / s^2 ds/dv"""
    s, r = denominator(batch_norm(convention)), times(sign(convention), centred("j"))
    return negative(over(times(Sum("j", times(dxhat("j"), r)), slope_of_s(convention)), power(s, 2)))


def dmu(convention: Convention) -> Term:
    s = denominator(batch_norm(convention))
    through_v = times(LossBy(V), number(-2), over(Sum("j", centred("j")), convention.variance.term))
    return plus(negative(over(times(sign(convention), Sum("j", dxhat("j"))), s)), through_v)


def dx(convention: Convention) -> Term:
    """dL/dx_i in terms of x, dL/dy and the statistics alone."""
    s, m, sigma = denominator(batch_norm(convention)), convention.variance.term, sign(convention)
    first = over(times(sigma, minus(times(N, dy("i")), Sum("j", dy("j")))), N)
    third = times(centred("i"), Sum("j", times(dy("j"), times(sigma, centred("j")))), slope_of_s(convention))
    return over(times(GAMMA, minus(first, over(times(number(2), third), m, s))), s)


def total_xhat(convention: Convention) -> Term:
    """d x-hat_i / d x_k"""
    s, m = denominator(batch_norm(convention)), convention.variance.term
    mean = minus(Delta("i", "k"), over(ONE, N))
    spread = over(times(number(2), centred("i"), centred("k"), slope_of_s(convention)), m, s)
    return times(sign(convention), over(minus(mean, spread), s))


def textbook(convention: Convention) -> Iterator[tuple[str, Identity]]:
    s, m = denominator(batch_norm(convention)), convention.variance.term
    dv_dx = over(times(number(2), centred("i")), m)
    path = lambda q, i: Partial(xhat(i), q, LOCAL)  # noqa: E731
    yield "gamma", Identity(LossBy(GAMMA), Sum("i", times(dy("i"), xhat("i"))))
    yield "beta", Identity(LossBy(Value("beta")), Sum("i", dy("i")))
    yield "xhat", Identity(dxhat("i"), times(dy("i"), GAMMA))
    yield "v", Identity(LossBy(V), dv(convention))
    yield "mu", Identity(LossBy(MU), dmu(convention))
    yield "x", Identity(LossBy(x("i")), dx(convention))
    yield "xhat by x, total", Identity(Partial(xhat("i"), x("k"), TOTAL), total_xhat(convention))
    local = times(sign(convention), over(Delta("i", "k"), s))
    yield "xhat by x, local", Identity(Partial(xhat("i"), x("k"), LOCAL), local)
    yield "v by x, local", Identity(Partial(V, x("i"), LOCAL), dv_dx)
    yield "v by x, total", Identity(Partial(V, x("i"), TOTAL), dv_dx)
    yield "mu by x", Identity(Partial(MU, x("i"), LOCAL), over(ONE, N))
    yield "v by mu", Identity(Partial(V, MU, TOTAL), ZERO)
    yield "x by mu", Identity(Partial(x("i"), MU, TOTAL), ZERO)
    by_nodes = [times(dxhat("i"), path(x("i"), "i")), over(LossBy(MU), N), times(LossBy(V), dv_dx)]
    yield "x by nodes", Identity(LossBy(x("i")), plus(*by_nodes))
    yield "jacobian", Identity(LossBy(x("k")), Sum("i", times(dxhat("i"), Partial(xhat("i"), x("k"), TOTAL))))
    yield "centred", Identity(Sum("j", centred("j")), ZERO)


TEXTBOOK = [
    pytest.param(convention, identity, id="-".join((*map(str, vars_of(convention)), name)))
    for vars_of in [lambda c: (c.variance, c.epsilon, c.residual)]
    for convention in CONVENTIONS
    for name, identity in textbook(convention)
]


@WITNESSES
@pytest.mark.parametrize(("convention", "identity"), TEXTBOOK)
def test_the_textbook_holds_under_every_convention(
    examine: Examine, convention: Convention, identity: Identity
) -> None:
    found = examine(identity, batch_norm(convention))
    assert found.opinion is Opinion.AGREES, found
    assert len(found.differs) == 3
    assert found.error is None or found.error < 1e-12


def wrong_ones() -> Iterator[tuple[str, Identity]]:
    s = denominator(batch_norm(BIASED))
    yield "sign flip", Identity(LossBy(V), negative(dv(BIASED)))
    yield "n for n-1", Identity(LossBy(x("i")), dx(UNBIASED))
    yield "gamma lost", Identity(LossBy(x("i")), over(dx(BIASED), GAMMA))
    yield "gamma twice", Identity(dxhat("i"), times(dy("i"), GAMMA, GAMMA))
    yield "missing path", Identity(LossBy(x("i")), plus(over(dxhat("i"), s), over(LossBy(MU), N)))
    yield "sum of equals", Identity(Sum("j", x("j")), times(N, x("i")))
    yield "misread letter", Identity(LossBy(x("i")), times(number(42), dy("i")))
    yield "free symbol", Identity(Partial(V, x("i"), LOCAL), over(times(Value("Z"), centred("i")), N))
    yield "total for local", Identity(Partial(xhat("i"), x("i"), TOTAL), over(ONE, s))
    yield "local for total", Identity(Partial(xhat("i"), x("k"), LOCAL), total_xhat(BIASED))
    yield "only for equal indices", Identity(Partial(x("i"), x("k"), LOCAL), ONE)
    yield "epsilon outside", Identity(xhat("i"), over(centred("i"), plus(power(V, HALF), EPS)))
    yield "no epsilon", Identity(xhat("i"), over(centred("i"), power(V, HALF)))


@WITNESSES
@pytest.mark.parametrize("identity", [pytest.param(wrong, id=name) for name, wrong in wrong_ones()])
def test_a_wrong_formula_is_refuted(examine: Examine, identity: Identity) -> None:
    assert examine(identity, batch_norm(BIASED)).opinion is Opinion.REFUTED


def test_what_is_true_for_two_samples_only_is_refuted_by_three() -> None:
    opposite = Identity(plus(xhat("i"), xhat("k")), ZERO, APART)
    assert symbolic.examine(opposite, batch_norm(BIASED)).differs == {2: False, 3: True, 4: True}
    assert numeric.examine(opposite, batch_norm(BIASED), (2, 3, 4)).differs == {2: False, 3: True, 4: True}


@WITNESSES
def test_conditions_choose_the_assignments(examine: Examine) -> None:
    jacobian = Partial(x("i"), x("k"), LOCAL)
    assert examine(Identity(jacobian, ZERO, APART), batch_norm(BIASED)).opinion is Opinion.AGREES
    equal = (Condition("i", "k", same=True),)
    assert examine(Identity(jacobian, ONE, equal), batch_norm(BIASED)).opinion is Opinion.AGREES
    assert examine(Identity(jacobian, ZERO, APART), batch_norm(BIASED), (1,)).opinion is Opinion.ABSTAINS


@WITNESSES
def test_a_batch_too_small_for_the_variance_is_skipped(examine: Examine) -> None:
    assert 1 not in examine(Identity(MU, MU), batch_norm(UNBIASED), (1, 2)).differs


@WITNESSES
def test_cases_take_the_first_row_that_applies(examine: Examine) -> None:
    rows = (((Condition("i", "k", same=True),), ONE), (APART, ZERO))
    assert examine(Identity(Delta("i", "k"), Cases(rows)), batch_norm(BIASED)).opinion is Opinion.AGREES
    partly = examine(Identity(Delta("i", "k"), Cases(rows[:1])), batch_norm(BIASED))
    assert partly.opinion is Opinion.ABSTAINS
    assert "case" in partly.why
    covered = Identity(Delta("i", "k"), Cases(rows[1:]), APART)
    assert examine(covered, batch_norm(BIASED)).opinion is Opinion.AGREES


UNANSWERABLE = {
    "unknown": Identity(Unknown("a blot"), ONE),
    "unknown under a sum": Identity(Sum("j", times(x("j"), Unknown("a blot"))), ZERO),
    "division by zero": Identity(power(Sum("j", centred("j")), -1), ONE),
    "large power": Identity(power(V, 65), V),
    "cube root": Identity(power(V, Fraction(1, 3)), V),
    "second derivative of the loss": Identity(Partial(dy("i"), x("i"), TOTAL), ZERO),
    "index of a scalar": Identity(Value("mu", ("i",)), MU),
    "no index of a family": Identity(Value("x"), MU),
}


@WITNESSES
@pytest.mark.parametrize("identity", UNANSWERABLE.values(), ids=UNANSWERABLE)
def test_a_witness_abstains_with_a_reason(examine: Examine, identity: Identity) -> None:
    found = examine(identity, batch_norm(BIASED))
    assert found.opinion is Opinion.ABSTAINS, found
    assert found.why
    assert not found.differs


@WITNESSES
def test_deep_nesting_and_many_sums_are_bounded(examine: Examine) -> None:
    deep: Term = V
    for _ in range(3000):
        deep = Plus((deep, ONE)) if isinstance(deep, Times) else Times((deep, GAMMA))
    sums: Term = x("a0")
    for k in range(12):
        sums = Sum(f"a{k}", Plus((sums, x(f"a{k}"))))
    started = perf_counter()
    for term in (deep, sums, power(plus(*(x("i") for _ in range(2)), V, EPS, MU), 64)):
        examine(Identity(term, ZERO), batch_norm(BIASED))
    assert perf_counter() - started < 20


@WITNESSES
def test_square_roots_in_any_place_are_compared(examine: Examine) -> None:
    s = denominator(batch_norm(BIASED))
    root_of_v = power(V, HALF)
    true = [
        Identity(power(power(s, 4), HALF), power(s, 2)),
        Identity(power(plus(V, EPS), Fraction(-3, 2)), over(ONE, power(s, 3))),
        Identity(power(root_of_v, 2), V),
        Identity(power(over(V, power(s, 2)), HALF), over(root_of_v, s)),
        Identity(power(times(number(4), V), HALF), times(number(2), root_of_v)),
        Identity(power(times(N, V), HALF), times(power(N, HALF), root_of_v)),
        Identity(power(plus(ONE, times(number(2), s), power(s, 2)), HALF), plus(ONE, s)),
    ]
    for identity in true:
        assert examine(identity, batch_norm(BIASED)).opinion is Opinion.AGREES, identity
    false = [
        Identity(power(power(GAMMA, 2), HALF), GAMMA),
        Identity(power(power(GAMMA, 2), HALF), negative(GAMMA)),
        Identity(power(V, HALF), s),
        Identity(power(number(2), HALF), number(Fraction(141421, 100000))),
    ]
    for identity in false:
        assert examine(identity, batch_norm(BIASED)).opinion is Opinion.REFUTED, identity


@WITNESSES
def test_free_symbols_are_independent_of_the_forward_pass(examine: Examine) -> None:
    z, family = Value("Z"), Value("eval('1')", ("i",))
    product = times(z, power(family, 2))
    forward = batch_norm(BIASED)
    assert examine(Identity(product, times(family, z, family)), forward).opinion is Opinion.AGREES
    by = Value("eval('1')", ("k",))
    slope = times(number(2), z, family, Delta("i", "k"))
    assert examine(Identity(Partial(product, by, TOTAL), slope), forward).opinion is Opinion.AGREES
    assert examine(Identity(Partial(V, z, TOTAL), ZERO), forward).opinion is Opinion.AGREES
    assert examine(Identity(LossBy(z), ZERO), forward).opinion is Opinion.AGREES
    assert examine(Identity(LossBy(z), ONE), forward).opinion is Opinion.REFUTED


@WITNESSES
def test_an_operator_on_a_written_expression_obeys_the_reading(examine: Examine) -> None:
    forward = batch_norm(BIASED)
    square = power(centred("i"), 2)
    local = times(number(2), centred("i"), Delta("i", "k"))
    total = times(number(2), centred("i"), minus(Delta("i", "k"), over(ONE, N)))
    assert examine(Identity(Partial(square, x("k"), LOCAL), local), forward).opinion is Opinion.AGREES
    assert examine(Identity(Partial(square, x("k"), TOTAL), total), forward).opinion is Opinion.AGREES
    assert examine(Identity(Partial(square, x("k"), TOTAL), local), forward).opinion is Opinion.REFUTED
    bound = Partial(Sum("k", power(x("k"), 2)), x("k"), LOCAL)
    assert examine(Identity(bound, times(number(2), x("k"))), forward).opinion is Opinion.AGREES
    stop = Identity(Partial(Value("y", ("i",)), xhat("k"), TOTAL), times(GAMMA, Delta("i", "k")))
    assert examine(stop, forward).opinion is Opinion.AGREES


def test_a_derivative_inside_a_derivative_is_worked_out_by_sympy_alone() -> None:
    inner = Partial(V, x("i"), LOCAL)
    second = Identity(Partial(inner, x("k"), LOCAL), over(times(number(2), Delta("i", "k")), N))
    assert symbolic.examine(second, batch_norm(BIASED)).opinion is Opinion.AGREES
    assert numeric.examine(second, batch_norm(BIASED)).opinion is Opinion.ABSTAINS
    through_mu = times(over(number(2), N), minus(Delta("i", "k"), over(ONE, N)))
    total = Identity(Partial(inner, x("k"), TOTAL), through_mu)
    assert symbolic.examine(total, batch_norm(BIASED)).opinion is Opinion.AGREES


def with_helpers(convention: Convention) -> Forward:
    """The forward pass with the residual and the denominator as nodes, as a note may declare it."""
    plain = batch_norm(convention)
    mean, variance, _, output = plain.nodes
    r = Node("r", ("i",), times(sign(convention), centred("i")))
    s = Node("s", (), denominator(batch_norm(convention)))
    hat = Node("xhat", ("i",), times(Value("r", ("i",)), inverse(Value("s"))))
    return Forward(convention, plain.leaves, (mean, variance, r, s, hat, output))


@WITNESSES
@pytest.mark.parametrize("convention", CONVENTIONS, ids=str)
def test_helpers_as_nodes_change_local_derivatives_and_nothing_else(examine: Examine, convention: Convention) -> None:
    forward = with_helpers(convention)
    s, r = Value("s"), Value("r", ("i",))
    by_s = negative(over(Sum("j", times(dxhat("j"), xhat("j"))), s))
    local_slope = slope_of_s(convention)
    for identity in (
        Identity(LossBy(x("i")), dx(convention)),
        Identity(LossBy(s), by_s),
        Identity(LossBy(r), over(dxhat("i"), s)),
        Identity(Partial(s, V, LOCAL), local_slope),
        Identity(Partial(xhat("i"), x("i"), LOCAL), ZERO),
        Identity(Partial(xhat("i"), x("k"), TOTAL), total_xhat(convention)),
    ):
        assert examine(identity, forward).opinion is Opinion.AGREES, identity


@WITNESSES
def test_a_forward_pass_of_another_shape_is_followed(examine: Examine) -> None:
    square = times(power(N, -1), Sum("j", power(x("j"), 2)))
    ms, rms = Node("ms", (), square), Node("rms", (), power(plus(Value("ms"), EPS), HALF))
    weight = Value("gamma", ("i",))
    y = Node("y", ("i",), times(weight, x("i"), inverse(Value("rms"))))
    leaves = (Leaf("x", ("i",)), Leaf("gamma", ("i",)), Leaf("eps"))
    forward = Forward(BIASED, leaves, (ms, rms, y))
    rms_value = Value("rms")
    inner = Sum("j", times(dy("j"), Value("gamma", ("j",)), x("j")))
    gradient = minus(over(times(weight, dy("i")), rms_value), over(times(x("i"), inner), N, power(rms_value, 3)))
    assert examine(Identity(LossBy(x("i")), gradient), forward).opinion is Opinion.AGREES
    lost = over(times(weight, dy("i")), rms_value)
    assert examine(Identity(LossBy(x("i")), lost), forward).opinion is Opinion.REFUTED


# An independent source: the forward pass written out by hand.


def by_hand(x: np.ndarray, g: np.ndarray, gamma: float, eps: float, ddof: int) -> np.ndarray:
    """dL/dx of L = sum_i g_i y_i by a complex step of each sample in turn."""
    slopes = np.zeros(len(x))
    for k in range(len(x)):
        stepped = x.astype(complex)
        stepped[k] += 1e-30j
        mu = stepped.sum() / len(x)
        v = ((stepped - mu) ** 2).sum() / (len(x) - ddof)
        slopes[k] = (g * gamma * (stepped - mu) / np.sqrt(v + eps)).sum().imag / 1e-30
    return slopes


@pytest.mark.parametrize(("convention", "ddof"), [(BIASED, 0), (UNBIASED, 1)], ids=["biased", "unbiased"])
def test_numpy_has_the_slopes_of_a_forward_pass_written_by_hand(convention: Convention, ddof: int) -> None:
    forward = batch_norm(convention)
    table = {name: entry.amount.value for name, entry in numeric.values(forward, 5).items()}
    g = numeric.drawn("upstream", (5,), 5).amount.value
    expected = by_hand(table["x"], g, float(table["gamma"]), float(table["eps"]), ddof)
    assert numeric.loss_slope(forward, 5, "x", (0,)).value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("convention", "ddof"), [(BIASED, 0), (UNBIASED, 1)], ids=["biased", "unbiased"])
def test_sympy_has_the_slopes_of_a_forward_pass_written_by_hand(convention: Convention, ddof: int) -> None:
    samples, g, gamma, s = [1, 2, 6], [2, -1, 3], Fraction(5, 2), 4
    v = Fraction(14, 3 - ddof)
    expected = by_hand(np.array(samples), np.array(g), float(gamma), float(s**2 - v), ddof)
    graph = symbolic.concrete(batch_norm(convention), 3, ())
    gens = graph.numbers.ring.gens  # x, gamma, beta, eps, upstream, s, spare roots
    point = list(zip(gens, [*samples, gamma, 0, 0, *g, s, *[0] * symbolic.SPARE_ROOTS], strict=True))
    worth = lambda poly: poly.evaluate([(gen, graph.numbers.ring.domain.convert(w)) for gen, w in point])  # noqa: E731
    for k in range(3):
        ratio = graph.by_loss["x", (k + 1,)]
        below = np.prod([float(worth(factor)) ** power for factor, power in ratio.bottom.items()])
        assert float(worth(ratio.top)) / below == pytest.approx(expected[k], rel=1e-12)


# The witnesses against each other.


def paths(term: Term) -> Iterator[tuple[Term, Callable[[Term], Term]]]:
    """Every part of a term, with what puts another in its place."""
    yield term, lambda new: new
    match term:
        case Sum(index, body):
            for part, put in paths(body):
                yield part, lambda new, put=put: Sum(index, put(new))  # type: ignore[misc]
        case Plus(parts) | Times(parts):
            for k, child in enumerate(parts):
                for part, put in paths(child):
                    yield (
                        part,
                        lambda new, put=put, k=k: type(term)((*parts[:k], put(new), *parts[k + 1 :])),  # type: ignore[misc]
                    )
        case Power(base, exponent):
            for part, put in paths(base):
                yield part, lambda new, put=put: Power(put(new), exponent)  # type: ignore[misc]
        case _:
            return


def slips(term: Term) -> list[Term]:
    """What a tired hand may write instead."""
    found = [negative(term), times(number(2), term), times(N, term), times(GAMMA, term), over(term, N)]
    match term:
        case Value(name, index):
            found += [Value(name, ("i",)) if index else MU, Value("Z"), xhat("i"), x("i"), V, EPS]
        case LossBy(Value(_, index)):
            found += [LossBy(Value(name, index)) for name in ("x", "y", "xhat") if index]
        case Count():
            found += [minus(N, ONE), ONE]
        case Power(base, exponent):
            found += [base, Power(base, exponent + 1), Power(base, -exponent), Power(base, exponent - HALF)]
        case Sum(_, body):
            found += [Sum("i", body), Sum("j", times(Delta("i", "j"), body))]
        case Plus(parts) | Times(parts):
            found += [type(term)(parts[1:]), Partial(term, x("i"), TOTAL), Partial(term, V, LOCAL)]
        case Number():
            found += [ZERO]
        case _:
            pass
    return found


def mutants(count: int) -> Iterator[tuple[Convention, Identity]]:
    random_ = random.Random(20240611)
    for _ in range(count):
        convention = random_.choice(CONVENTIONS)
        _, identity = random_.choice(list(textbook(convention)))
        right = identity.right
        for _ in range(random_.choice((1, 1, 2))):
            part, put = random_.choice(list(paths(right)))
            right = put(random_.choice(slips(part)))
        yield convention, Identity(identity.left, right)


def test_the_witnesses_never_disagree_on_a_mutated_formula() -> None:
    opinions: list[tuple[bool | None, bool | None]] = []
    for convention, identity in mutants(150):
        exact, approximate = (w.examine(identity, batch_norm(convention), (3, 4)) for w in (symbolic, numeric))
        for n in (3, 4):
            pair = exact.differs.get(n), approximate.differs.get(n)
            assert None in pair or pair[0] is pair[1], (convention, identity, exact, approximate)
            opinions.append(pair)
    both = [pair for pair in opinions if None not in pair]
    assert len(both) > 200
    assert 15 < sum(differs is False for differs, _ in both) < 150


@WITNESSES
def test_a_small_difference_is_not_lost_in_the_size_of_long_chains(examine: Examine) -> None:
    forward = batch_norm(Convention(Variance.UNBIASED, Epsilon.OUTSIDE))
    slip = times(dv(forward.convention), plus(ONE, number(Fraction(1, 10_000))))
    found = examine(Identity(LossBy(V), slip), forward, (3, 4, 8) if examine is numeric.examine else (3, 4))
    assert all(found.differs.values())


@WITNESSES
def test_an_empty_sum_is_zero_and_an_empty_product_one(examine: Examine) -> None:
    assert examine(Identity(Plus(()), ZERO), batch_norm(BIASED)).opinion is Opinion.AGREES
    assert examine(Identity(Times(()), ONE), batch_norm(BIASED)).opinion is Opinion.AGREES


@WITNESSES
def test_the_same_identity_gives_the_same_answer(examine: Examine) -> None:
    identity = Identity(LossBy(x("i")), dx(BIASED))
    assert examine(identity, batch_norm(BIASED)) == examine(identity, batch_norm(BIASED))


@WITNESSES
def test_the_closed_form_is_examined_within_twenty_milliseconds(examine: Examine) -> None:
    identity, forward = Identity(LossBy(x("i")), dx(BIASED)), batch_norm(BIASED)
    times_ = []
    for _ in range(6):
        started = process_time()
        examine(identity, forward)
        times_.append(process_time() - started)
    assert min(times_) < 0.020


def imports(path: Path) -> set[str]:
    tree = ast.walk(ast.parse(path.read_text()))
    named = [node for node in tree if isinstance(node, ast.Import | ast.ImportFrom)]
    return {node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name for node in named}


def test_the_witnesses_share_nothing_that_computes() -> None:
    truth = Path(symbolic.__file__).parent
    shared = {
        "bnverify.frozen",
        "bnverify.limits",
        "bnverify.model.axes",
        "bnverify.model.forward",
        "bnverify.model.quantities",
        "bnverify.model.terms",
        "bnverify.truth.verdict",
    }
    own = {name: imports(truth / f"{name}.py") for name in ("symbolic", "surds", "numeric")}
    ours = {name: {module for module in found if "bnverify" in module} for name, found in own.items()}
    assert ours["symbolic"] == shared | {"bnverify.truth.surds"}
    assert ours["surds"] <= {"bnverify.frozen"}
    assert ours["numeric"] == shared
    assert not any("sympy" in module for module in own["numeric"] | own["surds"])
    assert not any("numpy" in module for module in own["symbolic"] | own["surds"])
