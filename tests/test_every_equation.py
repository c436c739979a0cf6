"""No wrapper, bracket, sign or side makes an equation between two pieces of mathematics vanish."""

from __future__ import annotations

from itertools import product

import pytest

from bnverify.read.accounting import account
from bnverify.read.chains import read
from bnverify.read.syntax import Unreadable, inside
from bnverify.source import Note
from tests.conftest import judge

HEAD, SIDE = r"\frac{\partial L}{\partial\gamma}", r"\sum_i\frac{\partial L}{\partial y_i}x_i"
SIDES = [
    SIDE, r"\langle x, \frac{\partial L}{\partial y}\rangle", "(x, y)", r"\{x, y\}", "[x, y]", "(x; y)", r"(x \mid y)",
    r"x, \frac{\partial L}{\partial y}", "|x|", r"\|x\|", r"\left( x, y \right)^T", r"\dots", r"\dots + x", r"\text{dx}",
    r"2\langle x,y\rangle", "(a, b) + (c, d)", "(x, y), (a, b)", "1", "i", r"\{x_1,\dots,x_N\}", r"\langle x\rangle",
    r"\begin{pmatrix} x \\ y\end{pmatrix}", r"\binom{x}{y}", r"\left.x\right|_{y}", r"\{x_i\}_{i=1}^N",
]  # fmt: skip
SIGNS = [
    "=", ":=", r"\equiv", r"\triangleq", r"\coloneqq", r"\eqqcolon", r"\doteq", "==", "≡", "≜", "≔", r"\stackrel{(a)}{=}",
    r"\overset{\text{(2)}}{=}", r"\mathrel{=}", "{=}", r"\xlongequal{a}", r"\overset{a}{\underset{b}{=}}", r"\bm{=}",
    r"\mathrel{\overset{a}{=}}", r"\textcolor{red}{=}", r"\phantom{x}=", "&=&", r"\\ =", r"=\\", r"\\ &=",
]  # fmt: skip
WRAPPERS = [
    "%s", r"\left[ %s \right]", "[ %s ]", r"\{ %s \}", "( %s )", r"\langle %s \rangle", r"\left| %s \right|", r"\| %s \|",
    r"\forall i: %s", r"\forall i\; %s", r"\exists i: %s", r"\dots, %s", r"\dots %s", r"\text{where $%s$ holds}",
    r"\mbox{$%s$}", r"\fbox{$%s$}", r"\colorbox{red}{$%s$}", r"\text{%s}", r"\boxed{%s}", r"\cancel{%s}", r"\tag{1} %s",
    r"(1) %s", r"i = 1, \dots, n: %s", r"\begin{cases} %s \end{cases}", r"\begin{matrix} %s \end{matrix}",
    r"\left.%s\right|_{a}", r"\mathbf{%s}", r"\substack{%s}", r"a < b: %s", r"a \mid %s", r"x \mapsto %s", r"%s |_{i=j}",
]  # fmt: skip
BESIDE = [
    "a = b, %s", r"a = b \quad %s", r"a = b \\ %s", r"a = b \text{ and } %s", r"a = b; %s", r"a = b \quad (%s)",
    r"a = b \quad [%s]", r"a = b, \left[ %s \right]", r"\Rightarrow %s \Rightarrow a = b",
]  # fmt: skip


def found(formula: str) -> tuple[int, bool]:
    """How many steps a formula has, and whether one of them says that it cannot be read."""
    script = read(Note("note.md", f"$x_i$ {formula}"))
    assert account(script).lost == ()
    exprs = [one for chain in script.chains for one in (chain.head, *(step.side for step in chain.steps))]
    unread = any(isinstance(node, Unreadable) for one in exprs for node in inside(one))
    return sum(len(chain.steps) for chain in script.chains), unread


@pytest.mark.parametrize("marks", ["$%s$", "$$%s$$"])
@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_an_equation_in_a_wrapper_is_a_step(wrapper: str, marks: str) -> None:
    for left, right in [*product([HEAD], SIDES), *product(SIDES, [SIDE])]:
        assert found(marks % (wrapper % f"{left} = {right}"))[0], (left, right)


@pytest.mark.parametrize("wrapper", BESIDE)
def test_an_equation_beside_another_is_a_step_or_makes_it_unreadable(wrapper: str) -> None:
    for side in SIDES:
        steps, unread = found(f"$${wrapper % f'{HEAD} = {side}'}$$")
        assert steps > 1 or unread, side


@pytest.mark.parametrize("sign", SIGNS)
def test_every_sign_of_equality_makes_a_step(sign: str) -> None:
    assert found(f"$${HEAD} {sign} {SIDE}$$")[0]


@pytest.mark.parametrize("formula", [r"X = \{x_1, \dots, x_N\}", "B = (N, D)", r"K = \{1 \dots D\}", "s = (a, b)"])
def test_what_a_family_or_a_shape_is_made_of_is_no_step(formula: str) -> None:
    assert found(f"$${formula}$$") == (0, False)


@pytest.mark.parametrize(
    "formula",
    [
        rf"{HEAD} = (x, \frac{{\partial L}}{{\partial y}})",
        rf"{HEAD} = \{{x, \frac{{\partial L}}{{\partial y}}\}}",
        rf"({HEAD}, \frac{{\partial L}}{{\partial\beta}}) = ({SIDE}, \sum_i\frac{{\partial L}}{{\partial y_i}})",
        r"(\mu, v) = (x, \frac{1}{n}\sum_i x_i)",
    ],
)
def test_tuples_are_unreadable_with_a_reason(formula: str) -> None:
    steps = judge(f"$${formula}$$").steps
    assert [step.kind.value for step in steps] == ["unreadable"]
