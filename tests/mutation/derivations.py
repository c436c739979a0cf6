"""Right derivations of the backward pass: chains of trees, in the structures in which people write them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from tests.mutation.notation import NOTATIONS, Chain, Notation, Written, write
from tests.mutation.trees import (
    HALF,
    Add,
    Cases,
    Delta,
    Frac,
    Grad,
    Helpers,
    Neg,
    Op,
    Par,
    Root,
    Row,
    Size,
    Sum,
    Sym,
    Tree,
    World,
    add,
    minus,
    mul,
    num,
    power,
    worlds,
)

N, MU, V, EPS, GAMMA, BETA = Size(), Sym("mu"), Sym("v"), Sym("eps"), Sym("gamma"), Sym("beta")
S, U = Sym("s"), Sym("u")
ONE, TWO, ZERO = num(1), num(2), num(0)
SPREAD = Add((V, EPS))
ROOT = Root(SPREAD)
LESS = minus(N, ONE)


@dataclass(frozen=True)
class Derivation:
    """A right note without its letters; `total` is what its derivatives of one quantity by another mean."""

    name: str
    chains: tuple[Chain, ...]
    notation: Notation
    unbiased: bool = False
    total: bool = False
    helpers: Helpers = ()
    layouts: tuple[str, ...] = ("blocks",)

    @property
    def batches(self) -> tuple[World, ...]:
        return worlds(self.unbiased, self.total, self.helpers)

    @property
    def otherwise(self) -> tuple[World, ...]:
        """The same batches under the other reading of its derivatives."""
        return worlds(self.unbiased, not self.total, self.helpers)

    def written(self) -> Written:
        return write(self.chains, self.notation, self.layouts)

    def claims(self) -> tuple[int, ...]:
        """The chains that are no definitions."""
        return tuple(place for place, chain in enumerate(self.chains) if not chain.definition)

    def excerpt(self, place: int) -> Derivation:
        """The definitions with one chain and the next one."""
        kept = tuple(
            chain for other, chain in enumerate(self.chains) if chain.definition or other in (place, place + 1)
        )
        return replace(self, chains=kept)

    def shortened(self, claims: int) -> Derivation:
        """The definitions with the last claims."""
        last = self.claims()[-claims:]
        return replace(self, chains=tuple(c for k, c in enumerate(self.chains) if c.definition or k in last))

    def with_chain(self, place: int, chain: Chain) -> Derivation:
        return replace(self, chains=(*self.chains[:place], chain, *self.chains[place + 1 :]))


# -- words of the trade


def x(i: str) -> Sym:
    return Sym("x", i)


def xh(i: str) -> Sym:
    return Sym("xhat", i)


def y(i: str) -> Sym:
    return Sym("y", i)


def t(i: str) -> Sym:
    return Sym("t", i)


def g(i: str) -> Grad:
    """dL/dy"""
    return Grad(y(i))


def gh(i: str) -> Grad:
    """dL/dx-hat"""
    return Grad(xh(i))


def away(i: str) -> Tree:
    """x - mu"""
    return minus(x(i), MU)


def half(exponent: int) -> Tree:
    """A half-integer power of v + eps."""
    return power(SPREAD, Fraction(exponent, 2))


def one_over(*below: Tree) -> Frac:
    return Frac(ONE, mul(*below))


def chain(head: Tree, *sides: Tree, say: str = "") -> Chain:
    return Chain(head, sides, say)


def define(head: Tree, *sides: Tree, say: str = "") -> Chain:
    return Chain(head, sides, say, definition=True)


def mean(index: str = "i") -> Chain:
    return define(MU, mul(one_over(N), Sum(index, x(index))), say="First the mean and the variance of the batch.")


def variance(unbiased: bool = False, index: str = "i") -> Chain:
    return define(V, mul(one_over(LESS if unbiased else N), Sum(index, power(away(index), 2))))


def normalised(value: Tree | None = None) -> Chain:
    return define(xh("i"), value or Frac(away("i"), ROOT), say="Then every sample is normalised and scaled.")


def output() -> Chain:
    return define(y("i"), add(mul(GAMMA, xh("i")), BETA))


def forward(unbiased: bool = False) -> tuple[Chain, ...]:
    return mean(), variance(unbiased), normalised(), output()


def three_paths(i: str = "i") -> Tree:
    return add(
        mul(gh(i), Par(xh(i), x(i))), mul(Grad(V), Par(V, x(i))), mul(Grad(MU), Par(MU, x(i)))
    )  # fmt: skip


# -- the derivations


def staged() -> Derivation:
    """Backwards through the graph, node by node, as the paper does it."""
    chains = (
        *forward(),
        chain(Grad(GAMMA), Sum("i", mul(g("i"), Par(y("i"), GAMMA))), Sum("i", mul(g("i"), xh("i"))), say="The parameters."),
        chain(Grad(BETA), Sum("i", mul(g("i"), Par(y("i"), BETA))), Sum("i", g("i"))),
        chain(gh("i"), mul(g("i"), Par(y("i"), xh("i"))), mul(g("i"), GAMMA)),
        chain(
            Par(xh("i"), V),
            mul(away("i"), Op(V, half(-1))),
            Neg(mul(num(HALF), away("i"), half(-3))),
            say="The variance is shared by all samples.",
        ),
        chain(
            Grad(V),
            Sum("i", mul(gh("i"), Par(xh("i"), V))),
            Neg(mul(num(HALF), Sum("i", mul(gh("i"), away("i"), half(-3))))),
            Neg(mul(one_over(TWO, SPREAD), Sum("i", mul(gh("i"), xh("i"))))),
        ),
        chain(Par(xh("i"), MU), Neg(one_over(ROOT)), say="The mean is used twice."),
        chain(
            Par(V, MU),
            mul(one_over(N), Sum("i", Neg(mul(TWO, away("i"))))),
            Neg(mul(Frac(TWO, N), minus(Sum("i", x("i")), mul(N, MU)))),
            ZERO,
        ),
        chain(
            Grad(MU),
            add(Sum("i", mul(gh("i"), Par(xh("i"), MU))), mul(Grad(V), Par(V, MU))),
            Neg(mul(one_over(ROOT), Sum("i", gh("i")))),
        ),
        chain(Par(xh("i"), x("i")), one_over(ROOT), say="Now the sample itself."),
        chain(Par(MU, x("i")), one_over(N)),
        chain(Par(V, x("i")), mul(Frac(TWO, N), away("i"))),
        chain(
            Grad(x("i")),
            three_paths(),
            add(mul(gh("i"), one_over(ROOT)), mul(Grad(V), Frac(TWO, N), away("i")), mul(Grad(MU), one_over(N))),
            Add((
                mul(one_over(ROOT), gh("i")),
                Neg(mul(Frac(away("i"), mul(N, SPREAD)), Sum("j", mul(gh("j"), xh("j"))))),
                Neg(mul(one_over(N, ROOT), Sum("j", gh("j")))),
            )),
            mul(
                one_over(N, ROOT),
                Add((mul(N, gh("i")), Neg(Sum("j", gh("j"))), Neg(mul(xh("i"), Sum("j", mul(gh("j"), xh("j"))))))),
            ),
            say="The three paths add up.",
        ),
        chain(
            Grad(x("i")),
            mul(
                Frac(GAMMA, mul(N, ROOT)),
                Add((mul(N, g("i")), Neg(Sum("j", g("j"))), Neg(mul(xh("i"), Sum("j", mul(g("j"), xh("j"))))))),
            ),
            mul(Frac(GAMMA, mul(N, ROOT)), Add((mul(N, g("i")), Neg(Grad(BETA)), Neg(mul(xh("i"), Grad(GAMMA)))))),
            say="In terms of the gradient from above.",
        ),
    )  # fmt: skip
    return Derivation("staged", chains, NOTATIONS["paper"], layouts=("aligned",))


def staged_unbiased() -> Derivation:
    """The same route over n - 1, with powers for roots, in blocks that begin with the sign."""
    chains = (
        mean("j"),
        variance(True, "j"),
        normalised(mul(away("i"), half(-1))),
        output(),
        chain(Par(y("i"), GAMMA), xh("i"), say="The parameters."),
        chain(Par(y("i"), BETA), ONE),
        chain(Grad(GAMMA), Sum("i", mul(g("i"), Par(y("i"), GAMMA))), Sum("i", mul(g("i"), xh("i")))),
        chain(Grad(BETA), Sum("i", g("i"))),
        chain(gh("i"), mul(GAMMA, g("i"))),
        chain(
            Par(xh("i"), V),
            Op(V, mul(away("i"), half(-1))),
            mul(away("i"), Neg(num(HALF)), half(-3)),
            Neg(Frac(xh("i"), mul(TWO, SPREAD))),
            say="The variance.",
        ),
        chain(
            Grad(V),
            Sum("i", mul(gh("i"), Par(xh("i"), V))),
            Neg(mul(Frac(GAMMA, TWO), half(-3), Sum("i", mul(g("i"), away("i"))))),
        ),
        chain(Par(xh("i"), MU), Op(MU, mul(away("i"), half(-1))), Neg(half(-1)), say="The mean."),
        chain(
            Par(V, MU),
            mul(Frac(Neg(TWO), LESS), Sum("i", away("i"))),
            mul(Frac(Neg(TWO), LESS), minus(mul(N, MU), mul(N, MU))),
            ZERO,
        ),
        chain(
            Grad(MU),
            add(mul(Grad(V), Par(V, MU)), Sum("i", mul(gh("i"), Par(xh("i"), MU)))),
            Sum("i", mul(gh("i"), Neg(half(-1)))),
            Neg(mul(GAMMA, half(-1), Sum("i", g("i")))),
        ),
        chain(Par(MU, x("i")), Op(x("i"), mul(one_over(N), Sum("j", x("j")))), one_over(N), say="The sample."),
        chain(
            Par(V, x("i")),
            mul(one_over(LESS), Op(x("i"), power(away("i"), 2))),
            mul(one_over(LESS), minus(mul(TWO, x("i")), mul(TWO, MU))),
            mul(Frac(TWO, LESS), away("i")),
        ),
        chain(Par(xh("i"), x("i")), half(-1)),
        chain(
            Grad(x("i")),
            three_paths(),
            Add((
                mul(GAMMA, g("i"), half(-1)),
                Neg(mul(Frac(GAMMA, TWO), half(-3), Sum("j", mul(g("j"), away("j"))), Frac(TWO, LESS), away("i"))),
                Neg(mul(Frac(GAMMA, N), half(-1), Sum("j", g("j")))),
            )),
            mul(
                GAMMA,
                half(-1),
                Add((
                    g("i"),
                    Neg(mul(one_over(N), Sum("j", g("j")))),
                    Neg(mul(one_over(LESS), power(SPREAD, -1), away("i"), Sum("j", mul(g("j"), away("j"))))),
                )),
            ),
            mul(
                GAMMA,
                half(-1),
                Add((
                    g("i"),
                    Neg(mul(one_over(N), Sum("j", g("j")))),
                    Neg(mul(Frac(xh("i"), LESS), Sum("j", mul(g("j"), xh("j"))))),
                )),
            ),
            say="Everything together.",
        ),
    )  # fmt: skip
    return Derivation("staged-unbiased", chains, NOTATIONS["handwriting"], unbiased=True)


def jacobian() -> Derivation:
    """One Jacobian with Kronecker deltas, everything following x."""
    chains = (
        *forward(),
        chain(Par(MU, x("j")), mul(one_over(N), Sum("i", Delta("i", "j"))), one_over(N), say="The statistics move too."),
        chain(
            Par(V, x("j")),
            mul(one_over(N), Sum("i", mul(TWO, away("i"), minus(Delta("i", "j"), one_over(N))))),
            mul(Frac(TWO, N), away("j")),
        ),
        chain(
            Par(xh("i"), x("j")),
            minus(
                mul(minus(Delta("i", "j"), Par(MU, x("j"))), half(-1)),
                mul(num(HALF), away("i"), half(-3), Par(V, x("j"))),
            ),
            minus(mul(minus(Delta("i", "j"), one_over(N)), half(-1)), mul(one_over(N), away("i"), away("j"), half(-3))),
            mul(one_over(N, ROOT), Add((mul(N, Delta("i", "j")), Neg(ONE), Neg(mul(xh("i"), xh("j")))))),
            say="So the normalised sample depends on every sample.",
        ),
        chain(
            Grad(x("j")),
            Sum("i", mul(g("i"), Par(y("i"), xh("i")), Par(xh("i"), x("j")))),
            mul(GAMMA, Sum("i", mul(g("i"), Par(xh("i"), x("j"))))),
            mul(
                Frac(GAMMA, mul(N, ROOT)),
                Sum("i", mul(g("i"), Add((mul(N, Delta("i", "j")), Neg(ONE), Neg(mul(xh("i"), xh("j"))))))),
            ),
            mul(
                Frac(GAMMA, mul(N, ROOT)),
                Add((mul(N, g("j")), Neg(Sum("i", g("i"))), Neg(mul(xh("j"), Sum("i", mul(g("i"), xh("i"))))))),
            ),
            say="One contraction gives the gradient.",
        ),
        chain(Grad(GAMMA), Sum("i", mul(g("i"), xh("i")))),
        chain(Grad(BETA), Sum("i", g("i"))),
    )  # fmt: skip
    return Derivation("jacobian", chains, NOTATIONS["short"], total=True, layouts=("aligned", "line"))


def by_cases() -> Derivation:
    """The Jacobian in two cases."""
    diagonal = mul(one_over(ROOT), Add((ONE, Neg(one_over(N)), Neg(Frac(power(xh("i"), 2), N)))))
    elsewhere = Neg(mul(one_over(N, ROOT), Add((ONE, mul(xh("i"), xh("j"))))))
    chains = (
        *forward(),
        chain(
            Par(x("i"), x("j")),
            Cases((Row(ONE, "i", "j", True), Row(ZERO, "i", "j", False))),
            say="Samples do not depend on one another.",
        ),
        chain(Par(MU, x("j")), one_over(N)),
        chain(Par(V, x("j")), Frac(mul(TWO, away("j")), N)),
        chain(
            Par(xh("i"), x("j")),
            Cases((Row(diagonal, "i", "j", True), Row(elsewhere, "i", "j", False))),
            minus(Frac(Delta("i", "j"), ROOT), Frac(Add((ONE, mul(xh("i"), xh("j")))), mul(N, ROOT))),
            say="For the normalised value there are two cases.",
        ),
        chain(
            Grad(x("j")),
            Sum("i", mul(gh("i"), Par(xh("i"), x("j")))),
            minus(Frac(gh("j"), ROOT), mul(one_over(N, ROOT), Sum("i", mul(gh("i"), Add((ONE, mul(xh("i"), xh("j")))))))),
            mul(
                GAMMA,
                power(ROOT, -1),
                Add((
                    g("j"),
                    Neg(Frac(Sum("i", g("i")), N)),
                    Neg(mul(Frac(xh("j"), N), Sum("i", mul(g("i"), xh("i"))))),
                )),
            ),
            say="The sum over all samples.",
        ),
    )  # fmt: skip
    return Derivation("by-cases", chains, NOTATIONS["calligraphic"], total=True, layouts=("line",))


def with_helpers() -> Derivation:
    """Letters for the deviation, the root and its inverse."""
    helpers = (("t", "i", away("i")), ("s", "", ROOT), ("u", "", one_over(S)))
    chains = (
        mean(),
        define(t("i"), away("i")),
        define(V, mul(one_over(N), Sum("i", power(t("i"), 2)))),
        define(S, ROOT),
        define(U, one_over(S)),
        define(xh("i"), mul(t("i"), U), say="The normalised value is a product."),
        output(),
        chain(
            gh("i"),
            mul(GAMMA, g("i")),
            say="Backwards.",
        ),
        chain(
            Grad(V),
            Sum("i", mul(gh("i"), Par(xh("i"), V))),
            Neg(mul(num(HALF), power(U, 3), Sum("i", mul(gh("i"), t("i"))))),
            Neg(mul(Frac(power(U, 2), TWO), Sum("i", mul(gh("i"), xh("i"))))),
        ),
        chain(
            Grad(MU),
            minus(mul(Grad(V), Par(V, MU)), mul(U, Sum("i", gh("i")))),
            Neg(mul(U, Sum("i", gh("i")))),
            Neg(Frac(Sum("i", gh("i")), S)),
        ),
        chain(
            Grad(x("i")),
            add(mul(U, gh("i")), mul(Frac(TWO, N), t("i"), Grad(V)), mul(one_over(N), Grad(MU))),
            Add((
                mul(U, gh("i")),
                Neg(mul(one_over(N), t("i"), power(U, 3), Sum("j", mul(gh("j"), t("j"))))),
                Neg(mul(Frac(U, N), Sum("j", gh("j")))),
            )),
            mul(
                Frac(GAMMA, mul(N, S)),
                Add((
                    mul(N, g("i")),
                    Neg(Sum("j", g("j"))),
                    Neg(mul(Frac(t("i"), power(S, 2)), Sum("j", mul(g("j"), t("j"))))),
                )),
            ),
            say="All together.",
        ),
    )  # fmt: skip
    return Derivation("helpers", chains, NOTATIONS["short"], helpers=helpers, layouts=("blocks", "line"))


def gradient_letter() -> Derivation:
    """A letter for the gradient from above, definitions inside sentences."""
    helpers = (("g", "i", g("i")),)
    own = lambda i: Sym("g", i)  # noqa: E731
    chains = (
        *forward(True),
        define(own("i"), g("i"), say="The gradient from above gets a letter."),
        chain(Grad(GAMMA), Sum("i", mul(own("i"), xh("i"))), say="The parameters."),
        chain(Grad(BETA), Sum("i", own("i"))),
        chain(gh("i"), mul(GAMMA, own("i"))),
        chain(
            Grad(V),
            Neg(mul(Frac(GAMMA, TWO), Sum("i", mul(own("i"), away("i"), half(-3))))),
            Neg(Frac(mul(GAMMA, Sum("i", mul(own("i"), xh("i")))), mul(TWO, SPREAD))),
            Neg(Frac(mul(GAMMA, Grad(GAMMA)), mul(TWO, SPREAD))),
            say="The nodes.",
        ),
        chain(Grad(MU), Neg(Frac(mul(GAMMA, Sum("i", own("i"))), ROOT)), Neg(Frac(mul(GAMMA, Grad(BETA)), ROOT))),
        chain(
            Grad(x("i")),
            add(
                Frac(mul(GAMMA, own("i")), ROOT),
                mul(Grad(V), Frac(mul(TWO, away("i")), LESS)),
                mul(Grad(MU), one_over(N)),
            ),
            mul(
                Frac(GAMMA, ROOT),
                Add((
                    own("i"),
                    Neg(mul(one_over(N), Sum("j", own("j")))),
                    Neg(mul(Frac(xh("i"), LESS), Sum("j", mul(own("j"), xh("j"))))),
                )),
            ),
            say="The input.",
        ),
    )  # fmt: skip
    return Derivation(
        "gradient-letter", chains, NOTATIONS["tagged"], unbiased=True, helpers=helpers,
        layouts=("inline", "line", "inline", "inline", "blocks"),
    )  # fmt: skip


def in_bars() -> Derivation:
    """x-bar for the mean, square brackets, only the gradient of the normalised value."""
    chains = (
        *forward(),
        chain(gh("i"), mul(Par(y("i"), xh("i")), g("i")), mul(GAMMA, g("i")), say="Backwards."),
        chain(Par(xh("i"), V), Neg(mul(one_over(TWO), Frac(away("i"), power(ROOT, 3))))),
        chain(Par(xh("i"), MU), Frac(Neg(ONE), ROOT)),
        chain(
            Grad(V),
            Sum("k", mul(gh("k"), Par(xh("k"), V))),
            mul(Neg(num(HALF)), half(-3), Sum("k", mul(gh("k"), away("k")))),
        ),
        chain(
            Grad(MU),
            add(Sum("k", mul(gh("k"), Par(xh("k"), MU))), mul(Grad(V), Par(V, MU))),
            Neg(Frac(Sum("k", gh("k")), ROOT)),
        ),
        chain(
            Grad(x("i")),
            three_paths(),
            mul(
                half(-1),
                Add((
                    gh("i"),
                    Neg(mul(one_over(N), Sum("k", gh("k")))),
                    Neg(mul(xh("i"), one_over(N), Sum("k", mul(gh("k"), xh("k"))))),
                )),
            ),
            mul(
                half(-1),
                Add((
                    gh("i"),
                    Neg(mul(one_over(N), Sum("k", mul(gh("k"), Add((ONE, mul(xh("i"), xh("k"))))))))
                )),
            ),
            say="Altogether.",
        ),
    )  # fmt: skip
    return Derivation("bars", chains, NOTATIONS["bars"], layouts=("blocks", "aligned"))


def final_only() -> Derivation:
    """Nothing but what a program needs, in sentences."""
    chains = (
        *forward(),
        chain(Grad(BETA), Sum("i", g("i")), say="What the program computes."),
        chain(Grad(GAMMA), Sum("i", mul(g("i"), xh("i"))), Frac(Sum("i", mul(g("i"), away("i"))), ROOT)),
        chain(
            Grad(x("i")),
            mul(
                Frac(GAMMA, ROOT),
                Add((g("i"), Neg(Frac(Grad(BETA), N)), Neg(Frac(mul(xh("i"), Grad(GAMMA)), N)))),
            ),
            mul(
                Frac(mul(GAMMA, half(-1)), N),
                Add((mul(N, g("i")), Neg(Grad(BETA)), Neg(mul(away("i"), half(-1), Grad(GAMMA))))),
            ),
        ),
        chain(Sum("i", Grad(x("i"))), ZERO, say="A check at the end."),
    )  # fmt: skip
    return Derivation("final-only", chains, NOTATIONS["width"], layouts=("inline",))


def one_shot_unbiased() -> Derivation:
    """A total Jacobian of the output over n - 1."""
    chains = (
        *forward(True),
        chain(Par(MU, x("k")), one_over(N), say="The pieces."),
        chain(
            Par(V, x("k")),
            mul(Frac(TWO, LESS), Sum("i", mul(away("i"), minus(Delta("i", "k"), one_over(N))))),
            mul(Frac(TWO, LESS), minus(away("k"), mul(one_over(N), Sum("i", away("i"))))),
            Frac(mul(TWO, away("k")), LESS),
        ),
        chain(
            Par(xh("i"), x("k")),
            add(
                Frac(minus(Delta("i", "k"), one_over(N)), ROOT),
                mul(away("i"), Op(V, half(-1)), Par(V, x("k"))),
            ),
            minus(Frac(minus(Delta("i", "k"), one_over(N)), ROOT), Frac(mul(xh("i"), xh("k")), mul(LESS, ROOT))),
        ),
        chain(
            Par(y("i"), x("k")),
            mul(GAMMA, Par(xh("i"), x("k"))),
            mul(Frac(GAMMA, ROOT), Add((Delta("i", "k"), Neg(one_over(N)), Neg(Frac(mul(xh("i"), xh("k")), LESS))))),
        ),
        chain(
            Grad(x("k")),
            Sum("i", mul(g("i"), Par(y("i"), x("k")))),
            mul(
                Frac(GAMMA, ROOT),
                Add((
                    g("k"),
                    Neg(mul(one_over(N), Sum("i", g("i")))),
                    Neg(mul(Frac(xh("k"), LESS), Sum("i", mul(g("i"), xh("i"))))),
                )),
            ),
            say="The gradient.",
        ),
    )  # fmt: skip
    return Derivation(
        "one-shot-unbiased", chains, NOTATIONS["error"], unbiased=True, total=True, layouts=("joined", "line")
    )


def other_letters() -> Derivation:
    """The staged route in letters that nobody expects, upstream written out."""
    chains = (
        *forward(),
        chain(Par(y("i"), xh("i")), GAMMA, say="Backwards."),
        chain(Grad(GAMMA), Sum("i", mul(g("i"), Frac(away("i"), ROOT))), Sum("i", mul(g("i"), xh("i")))),
        chain(Par(V, x("i")), mul(TWO, one_over(N), away("i"))),
        chain(Par(xh("i"), MU), Neg(half(-1))),
        chain(
            Grad(V),
            Sum("j", mul(g("j"), Par(y("j"), xh("j")), Par(xh("j"), V))),
            Sum("j", mul(g("j"), GAMMA, away("j"), Neg(num(HALF)), half(-3))),
            Neg(mul(Frac(GAMMA, mul(TWO, power(ROOT, 3))), Sum("j", mul(g("j"), away("j"))))),
        ),
        chain(
            Grad(MU),
            Sum("j", mul(g("j"), GAMMA, Neg(half(-1)))),
            Neg(mul(GAMMA, half(-1), Sum("j", g("j")))),
        ),
        chain(
            Grad(x("i")),
            three_paths(),
            Add((
                mul(GAMMA, g("i"), half(-1)),
                Neg(mul(Frac(GAMMA, mul(TWO, power(ROOT, 3))), Sum("j", mul(g("j"), away("j"))), Frac(TWO, N), away("i"))),
                Neg(mul(GAMMA, half(-1), Sum("j", g("j")), one_over(N))),
            )),
            mul(
                GAMMA,
                half(-1),
                minus(
                    minus(g("i"), Frac(Sum("j", g("j")), N)),
                    mul(Frac(away("i"), mul(N, SPREAD)), Sum("j", mul(g("j"), away("j")))),
                ),
            ),
            say="And the gradient of the input.",
        ),
    )  # fmt: skip
    return Derivation("other-letters", chains, NOTATIONS["other"], layouts=("line", "aligned"))


def primed() -> Derivation:
    """x' for the normalised value; identities of the batch between the steps."""
    chains = (
        *forward(),
        chain(Sum("i", away("i")), minus(Sum("i", x("i")), mul(N, MU)), ZERO, say="What sums up to nothing."),
        chain(Sum("i", power(xh("i"), 2)), Frac(Sum("i", power(away("i"), 2)), SPREAD), Frac(mul(N, V), SPREAD)),
        chain(Grad(xh("i")), mul(GAMMA, g("i")), say="Backwards."),
        chain(
            Grad(V),
            Neg(mul(one_over(TWO, SPREAD), Sum("i", mul(gh("i"), xh("i"))))),
            Neg(mul(Frac(GAMMA, mul(TWO, SPREAD)), Sum("i", mul(g("i"), xh("i"))))),
        ),
        chain(Grad(MU), Neg(Frac(mul(GAMMA, Sum("i", g("i"))), ROOT))),
        chain(Par(xh("i"), x("i")), one_over(ROOT)),
        chain(
            Grad(x("i")),
            three_paths(),
            mul(
                Frac(GAMMA, mul(N, ROOT)),
                Add((mul(N, g("i")), Neg(Sum("j", g("j"))), Neg(mul(xh("i"), Sum("j", mul(xh("j"), g("j"))))))),
            ),
            say="The gradient.",
        ),
    )  # fmt: skip
    return Derivation("primed", chains, NOTATIONS["prime"], layouts=("blocks",))


def total_by_letters() -> Derivation:
    """A total Jacobian through helper letters, over n - 1."""
    helpers = (("s", "", ROOT), ("t", "i", away("i")))
    chains = (
        mean("j"),
        variance(True, "j"),
        define(S, ROOT),
        define(t("i"), away("i")),
        define(xh("i"), Frac(t("i"), S)),
        output(),
        chain(Par(t("i"), x("j")), minus(Delta("i", "j"), one_over(N)), say="Deviations move together."),
        chain(Par(S, x("j")), mul(one_over(TWO, S), Par(V, x("j"))), Frac(t("j"), mul(LESS, S)), Frac(xh("j"), LESS)),
        chain(
            Par(xh("i"), x("j")),
            minus(mul(one_over(S), Par(t("i"), x("j"))), mul(Frac(t("i"), power(S, 2)), Par(S, x("j")))),
            mul(one_over(S), minus(minus(Delta("i", "j"), one_over(N)), Frac(mul(xh("i"), xh("j")), LESS))),
        ),
        chain(
            Grad(x("j")),
            mul(GAMMA, Sum("i", mul(g("i"), Par(xh("i"), x("j"))))),
            mul(
                Frac(GAMMA, S),
                Add((
                    g("j"),
                    Neg(mul(one_over(N), Sum("i", g("i")))),
                    Neg(mul(Frac(xh("j"), LESS), Sum("i", mul(g("i"), xh("i"))))),
                )),
            ),
            say="The gradient.",
        ),
    )  # fmt: skip
    return Derivation("total-by-letters", chains, NOTATIONS["usual"], unbiased=True, total=True, helpers=helpers)


def under_one_sum() -> Derivation:
    """Everything under one sum, with deltas and the free sample inside."""
    chains = (
        mean("j"),
        variance(index="j"),
        normalised(),
        output(),
        chain(Par(V, x("i")), mul(Frac(TWO, N), Sum("j", mul(away("j"), Par(x("j"), x("i"))))), mul(Frac(TWO, N), away("i")), say="The pieces."),
        chain(
            Par(xh("j"), x("i")),
            mul(one_over(ROOT), Add((Delta("i", "j"), Neg(one_over(N)), Neg(Frac(mul(xh("i"), xh("j")), N))))),
        ),
        chain(
            Grad(x("i")),
            Sum("j", mul(gh("j"), Par(xh("j"), x("i")))),
            mul(one_over(ROOT), Sum("j", mul(gh("j"), Add((Delta("i", "j"), Neg(Frac(Add((ONE, mul(xh("i"), xh("j")))), N))))))),
            mul(Frac(GAMMA, mul(N, ROOT)), Sum("j", mul(g("j"), Add((mul(N, Delta("i", "j")), Neg(ONE), Neg(mul(xh("i"), xh("j")))))))),
            minus(
                mul(GAMMA, g("i"), half(-1)),
                mul(Frac(GAMMA, N), Sum("j", mul(g("j"), add(half(-1), mul(away("i"), away("j"), half(-3)))))),
            ),
            mul(Frac(GAMMA, ROOT), minus(g("i"), mul(one_over(N), Sum("j", mul(g("j"), Add((ONE, mul(xh("i"), xh("j"))))))))),
            say="One sum.",
        ),
        chain(Sum("i", mul(xh("i"), Grad(x("i")))), Frac(mul(EPS, GAMMA, Grad(GAMMA)), power(ROOT, 3)), say="A check."),
    )  # fmt: skip
    return Derivation("under-one-sum", chains, NOTATIONS["usual"], total=True, layouts=("aligned", "blocks"))


MAKERS: tuple[Callable[[], Derivation], ...] = (
    staged, staged_unbiased, jacobian, by_cases, with_helpers, gradient_letter, in_bars, final_only,
    one_shot_unbiased, other_letters, primed, total_by_letters, under_one_sum,
)  # fmt: skip
DERIVATIONS = {one.name: one for one in (maker() for maker in MAKERS)}
