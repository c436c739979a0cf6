"""Terms as text: plain mathematics for people, LaTeX that reads back as the same term."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

from bnverify.model.calculus import expand
from bnverify.model.conventions import Convention, Epsilon, Residual, Variance
from bnverify.model.forward import Forward, batch_norm
from bnverify.model.inference import infer
from bnverify.model.notation import Role
from bnverify.model.places import GENERIC
from bnverify.model.resolve import resolve
from bnverify.model.scope import Scope
from bnverify.model.terms import (
    Cases,
    Condition,
    Count,
    Delta,
    LossBy,
    Partial,
    Reading,
    Sum,
    Term,
    Value,
    negative,
    number,
    plus,
    power,
    times,
)
from bnverify.model.writing import Spelling, latex, plain, spelling_of
from bnverify.read.chains import read, script_losses
from bnverify.source import Note
from bnverify.truth.closed import closed_form, tidy
from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Identity, Proved

X, HAT, Y = (Value(name, ("i",)) for name in ("x", "xhat", "y"))
MU, V, EPS, GAMMA = (Value(name) for name in ("mu", "v", "eps", "gamma"))
VALUES = (X, HAT, MU, V, GAMMA, Value("beta"))
CONVENTIONS = [Convention(*one) for one in product(Variance, Epsilon, Residual)]

USUAL = r"""
$$\mu = \frac{1}{N} \sum_{j=1}^{N} x_j$$
$$\sigma^2 = \frac{1}{N} \sum_{j=1}^{N} (x_j - \mu)^2$$
$$\hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}$$
$$y_i = \gamma \hat{x}_i + \beta$$
$$\frac{\partial L}{\partial \beta} = \sum_{j=1}^{N} \frac{\partial L}{\partial y_j}$$
"""
TAGGED = r"""
$$\mu_B = \frac{1}{m} \sum_{j=1}^{m} x_j$$
$$\sigma_B^2 = \frac{1}{m} \sum_{j=1}^{m} (x_j - \mu_B)^2$$
$$\hat{x}_i = \frac{x_i - \mu_B}{\sqrt{\sigma_B^2 + \epsilon}}$$
$$y_i = \gamma \hat{x}_i + \beta$$
$$\frac{\partial \ell}{\partial \beta} = \sum_{j=1}^{m} \frac{\partial \ell}{\partial y_j}$$
"""
PLAIN_V = USUAL.replace(r"\sigma^2", "v").replace("N", "n")
WITH_D = USUAL.replace("N", "d")
NOTES = {"usual": USUAL, "tagged": TAGGED, "v": PLAIN_V, "size d": WITH_D}


def read_back(term: Term, forward: Forward, note: str) -> Term:
    """Write a term in the letters of a note, put it into the note, and read it there."""
    script = read(Note("n", note))
    spelling = spelling_of(infer(script, script_losses(script)))
    longer = read(Note("n", f"{note}\n$$A = {latex(term, spelling)}$$\n"))
    notation = infer(longer, script_losses(longer))
    side = longer.chains[-1].steps[0].side
    return resolve(side, Scope(notation, forward, Reading.TOTAL, len(note)))


TERMS = (
    times(number(Fraction(2, 3)), plus(MU, negative(X))),
    plus(negative(X), times(number(-2), Sum("j", Value("x", ("j",))), MU), number(1)),
    times(Sum("j", plus(Value("x", ("j",)), MU)), Sum("k", Value("y", ("k",)))),
    times(power(V, -1), power(plus(V, EPS), Fraction(-3, 2)), power(V, 2), power(V, Fraction(1, 2)), power(X, 3)),
    plus(times(Delta("i", "j"), power(Count(), -1)), negative(times(X, Value("xhat", ("j",))))),
    Cases((((Condition("i", "j", True),), X), ((Condition("i", "j", False),), negative(MU)))),
    Partial(HAT, Value("x", ("j",)), Reading.TOTAL),
    times(number(3), Partial(times(power(X, 2), GAMMA), X, Reading.TOTAL), MU),
    times(LossBy(X), power(LossBy(MU), 2), number(5)),
    power(plus(Count(), number(-1)), -2),
    times(power(Sum("j", power(Value("x", ("j",)), 2)), Fraction(-1)), plus(X, MU), plus(X, negative(MU))),
    negative(plus(X, MU)),
    plus(X, negative(plus(X, MU))),
)


@pytest.mark.parametrize("note", NOTES.values(), ids=NOTES)
@pytest.mark.parametrize("term", TERMS, ids=lambda term: plain(term, Spelling.default()))
def test_latex_reads_back_as_the_same_mathematics(term: Term, note: str) -> None:
    forward = batch_norm(Convention())
    back = read_back(term, forward, note)
    assert prover(forward).examine(Identity(back, term)) == Proved(), back


@pytest.mark.parametrize("note", NOTES.values(), ids=NOTES)
@pytest.mark.parametrize("c", CONVENTIONS, ids=lambda c: f"{c.variance}-{c.epsilon}-{c.residual}")
def test_what_the_engine_makes_reads_back(c: Convention, note: str) -> None:
    forward = batch_norm(c)
    for value in VALUES:
        for term in (closed_form(value, forward), expand(LossBy(value), forward)):
            assert prover(forward).examine(Identity(read_back(term, forward, note), LossBy(value))) == Proved()
    slope = Partial(Y, Value("x", ("j",)), Reading.TOTAL)
    assert prover(forward).examine(Identity(read_back(tidy(slope, forward), forward, note), slope)) == Proved()


def test_the_closed_form_is_written_as_in_a_book() -> None:
    written = latex(closed_form(X, batch_norm(Convention())), Spelling.default())
    assert written == (
        r"\frac{\gamma}{N \sqrt{\sigma^2 + \epsilon}} \left( N \frac{\partial L}{\partial y_i} "
        r"- \sum_{j=1}^{N} \frac{\partial L}{\partial y_j} "
        r"- \hat{x}_i \sum_{j=1}^{N} \frac{\partial L}{\partial y_j} \hat{x}_j \right)"
    )


PLAINLY = (
    (times(number(2), power(Count(), -1), plus(MU, negative(X))), "(2/N) (mu - x_i)"),
    (Sum("j", Value("x", ("j",))), "sum_j[ x_j ]"),
    (Delta("i", "j"), "delta_ij"),
    (LossBy(X), "dL/dx_i"),
    (Partial(HAT, MU, Reading.LOCAL), "dxhat_i/dmu"),
    (Partial(plus(X, MU), X, Reading.LOCAL), "d/dx_i[ x_i + mu ]"),
    (TERMS[5], "{ x_i if i = j; -mu if i != j }"),
    (power(plus(V, EPS), Fraction(-3, 2)), "1/(sigma^2 + eps)^(3/2)"),
    (power(plus(V, EPS), Fraction(1, 2)), "sqrt(sigma^2 + eps)"),
    (power(V, 2), "(sigma^2)^2"),
    (times(LossBy(Y), GAMMA), "dL/dy_i * gamma"),
    (negative(plus(X, MU)), "-(x_i + mu)"),
    (plus(X, negative(plus(X, MU))), "x_i - (x_i + mu)"),
    (Value("Z", ("i",)), "Z_i"),
    (number(Fraction(-1, 2)), "-1/2"),
    (power(power(X, 2), 2), "(x_i^2)^2"),
)


@pytest.mark.parametrize(("term", "text"), PLAINLY, ids=[text for _, text in PLAINLY])
def test_plain_text_brackets_every_scope(term: Term, text: str) -> None:
    assert plain(term, Spelling.default()) == text


def test_the_generic_index_gets_an_unused_letter() -> None:
    generic = times(Value("x", (GENERIC,)), Sum("i", X))
    assert plain(generic, Spelling.default()) == "x_j sum_i[ x_i ]"
    assert plain(Sum(GENERIC, Value("x", (GENERIC,))), Spelling.default()) == "sum_i[ x_i ]"
    assert plain(Sum("a'", Value("x", ("a'",))), Spelling.default()) == "sum_i[ x_i ]"


def test_a_bound_index_keeps_clear_of_the_size() -> None:
    script = read(Note("n", TAGGED))
    spelling = spelling_of(infer(script, script_losses(script)))
    assert plain(Sum("m", Value("x", ("m",))), spelling) == "sum_i[ x_i ]"


def test_a_note_is_written_in_its_own_letters() -> None:
    script = read(Note("n", TAGGED))
    spelling = spelling_of(infer(script, script_losses(script)))
    assert latex(LossBy(V), spelling) == r"\frac{\partial \ell}{\partial \sigma_B^2}"
    assert plain(times(MU, V, Count()), spelling) == "mu_B sigma_B^2 m"
    assert spelling.symbol(Role.SIZE.value).letter == "m"


def test_beyond_ascii_letters_are_small_and_greek() -> None:
    closed = closed_form(X, batch_norm(Convention(Variance.UNBIASED)))
    assert plain(closed, Spelling.unicode()) == "γ/(n s) · (n gᵢ − Σⱼ gⱼ − n/(n − 1) · x̂ᵢ Σⱼ (gⱼ x̂ⱼ))"
