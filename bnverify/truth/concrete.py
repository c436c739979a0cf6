"""A batch size -> SymPy's own derivative of the concrete graph by one sample, node by node, with its parts named.

With truth/symbolic.py the only module that knows SymPy. Every node is a symbol of its own, so that an edge is one
call of `diff` on the definition of a node, and the derivative does not grow with the square of the batch size.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, reduce
from operator import mul
from typing import Any

from sympy import Add, Expr, Rational, Symbol, diff, expand, factor_terms, sqrt
from sympy.polys.domains import QQ
from sympy.polys.orderings import lex
from sympy.polys.rings import PolyRing

from bnverify.model.conventions import Convention, Variance
from bnverify.model.forward import batch_norm
from bnverify.model.quantities import EPSILON, INPUT, NORMALISED, OUTPUT, SCALE, VARIANCE
from bnverify.model.terms import Count, LossBy, Number, Plus, Power, Sum, Term, Times, Value, free_indices, plus
from bnverify.truth.closed import closed_form

ROOT_SQUARED = plus(Value(VARIANCE), Value(EPSILON))
SAMPLE = re.compile(r"\b([xg])0*(\d+)")
POWER = re.compile(r"\*\*(\d+)")
LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
HIGH = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Derivation:
    """dL/ds, dL/dmu and dL/dx_1 as lines of plain mathematics, each in terms of those before."""

    lines: tuple[tuple[str, str], ...]
    agrees: bool
    """Whether the derivative by every sample equals the closed form, and mu does not act through v."""


class _Graph:
    """The symbols and the edges of batch norm (eps inside the root) for one batch size."""

    def __init__(self, n: int, convention: Convention) -> None:
        self.n = n
        self.x = [Symbol(f"x{k:02}") for k in range(1, n + 1)]
        self.g = [Symbol(f"g{k:02}") for k in range(1, n + 1)]
        self.gamma, self.mu, self.v, self.eps = (Symbol(name) for name in ("γ", "μ", "v", "ε"))
        self.s = Symbol("s", positive=True)
        self.mean = Rational(1, n) * Add(*self.x)
        count = n if convention.variance is Variance.BIASED else n - 1
        self.variance = Rational(1, count) * Add(*((x - self.mu) ** 2 for x in self.x))
        self.loss = Add(*(g * self.gamma * (x - self.mu) / self.s for x, g in zip(self.x, self.g, strict=True)))
        self.by_s, self.by_mu = diff(self.loss, self.s), diff(self.loss, self.mu)

    def root_slope(self) -> Expr:
        """ds/dv, in s."""
        return diff(sqrt(self.v + self.eps), self.v).subs(self.v + self.eps, self.s**2)

    def by_sample(self, k: int, by_s: Expr, by_mu: Expr) -> Expr:
        """dL/dx_k over its three paths: direct, through v, through mu."""
        direct, through_v, through_mu = self.edges(k)
        return direct + by_s * through_v + by_mu * through_mu

    def edges(self, k: int) -> tuple[Expr, Expr, Expr]:
        x = self.x[k]
        return diff(self.g[k] * self.gamma * (x - self.mu) / self.s, x), self.by_root(k), diff(self.mean, x)

    def by_root(self, k: int) -> Expr:
        """ds/dx_k, with the mean held."""
        return self.root_slope() * diff(self.variance, self.x[k])


class _Comparison:
    """Both forms as polynomials in x, g, gamma, mu and w = 1/s: equal where their difference has no terms."""

    def __init__(self, graph: _Graph) -> None:
        self.graph = graph
        self.w = Symbol("w")
        self.ring = PolyRing([*graph.x, *graph.g, graph.gamma, graph.mu, self.w], QQ, lex)
        self.by_s, self.by_mu = self.polynomial(graph.by_s), self.polynomial(graph.by_mu)
        self.total = cache(self.term_of_all)

    def polynomial(self, expression: Any) -> Any:
        return self.ring.from_expr(expression.subs(self.graph.s, 1 / self.w))

    def by_sample(self, k: int) -> Any:
        direct, through_v, through_mu = map(self.polynomial, self.graph.edges(k))
        return direct + self.by_s * through_v + self.by_mu * through_mu

    def term_of_all(self, term: Sum) -> Any:
        return sum((self.term(term.body, {term.index: k}) for k in range(self.graph.n)), self.ring.zero)

    def term(self, term: Term, places: dict[str, int]) -> Any:
        """A closed form, in which dL/dy are the only derivatives and s stands below the line."""
        graph = self.graph
        match term:
            case Number(value=value):
                return self.ring.ground_new(QQ(value.numerator, value.denominator))
            case Count():
                return self.ring.ground_new(QQ(graph.n))
            case Plus(terms=parts):
                return sum((self.term(part, places) for part in parts), self.ring.zero)
            case Times(factors=parts):
                return reduce(mul, (self.term(part, places) for part in parts))
            case Power(base=base, exponent=exponent) if base == ROOT_SQUARED and exponent < 0:
                return self.polynomial(self.w ** Rational(-2 * exponent))
            case Power(base=base, exponent=exponent):
                return self.ring.ground_new(self.term(base, places).LC ** int(exponent))
            case Sum() if not free_indices(term):
                return self.total(term)
            case LossBy(value=Value(name=name, index=(i,))) if name == OUTPUT:
                return self.polynomial(graph.g[places[i]])
            case Value(name=name, index=(i,)) if name == NORMALISED:
                return self.polynomial((graph.x[places[i]] - graph.mu) * self.w)
            case Value(name=name) if name == SCALE:
                return self.polynomial(graph.gamma)
            case _:
                raise TypeError(f"no closed form holds {term}")


@cache
def derive_first(n: int, convention: Convention) -> Derivation:
    """dL/dx_1 at batch size n (eps inside the root), checked for all n samples against the closed form."""
    graph = _Graph(n, convention)
    c1, c2 = Symbol("c₁"), Symbol("c₂")
    by_x = graph.by_sample(0, c1, c2)
    lines = (
        ("c₁ = ∂L/∂s", written(factor_terms(graph.by_s))),
        ("c₂ = ∂L/∂μ", written(factor_terms(graph.by_mu))),
        ("∂L/∂x₁", written(Add(*map(factor_terms, Add.make_args(by_x))))),
    )
    return Derivation(lines, agrees(graph, convention))


def agrees(graph: _Graph, convention: Convention) -> bool:
    closed = closed_form(Value(INPUT, ("i",)), batch_norm(convention))
    around = expand(diff(graph.variance, graph.mu).subs(graph.mu, graph.mean))
    comparison = _Comparison(graph)
    return around == 0 and all(comparison.by_sample(k) == comparison.term(closed, {"i": k}) for k in range(graph.n))


def written(expression: Any) -> str:
    """SymPy's text without stars; a long sum keeps its first two terms and its last."""
    text = POWER.sub(lambda match: match[1].translate(HIGH), str(expression)).replace("*", " ").replace("-", "−")
    text = SAMPLE.sub(lambda match: match[1] + match[2].translate(LOW), text)
    terms = text.split(" + ")
    if len(terms) <= MOST_SHOWN:
        return text
    return " + ".join((*terms[:2], "…", terms[-1]))
