"""A batch size -> SymPy's own derivative of the concrete graph by one sample, node by node, with its parts named.

With truth/symbolic.py the only module that knows SymPy. Every node is a symbol of its own, so that an edge is one
call of `diff` on the definition of a node, and the derivative does not grow with the square of the batch size.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from operator import mul
from typing import Any

from sympy import Add, Expr, Integer, Rational, Symbol, diff, expand, factor_terms, sqrt

from bnverify.model.conventions import Convention
from bnverify.model.forward import EPSILON, INPUT, MEAN, NORMALISED, OUTPUT, SCALE, VARIANCE, batch_norm, variance_count
from bnverify.model.terms import Count, LossBy, Number, Plus, Power, Sum, Term, Times, Value, plus
from bnverify.truth.closed import closed_form

ROOT_SQUARED = plus(Value(VARIANCE), Value(EPSILON))
SAMPLE = re.compile(r"\b([xg])0*(\d+)")
POWER = re.compile(r"\*\*(\d+)")
LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
HIGH = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
MOST_SHOWN = 6


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
        squares = Add(*((x - self.mu) ** 2 for x in self.x))
        self.variance = squares / self.term(variance_count(convention.variance), {})
        self.loss = Add(*(g * self.gamma * (x - self.mu) / self.s for x, g in zip(self.x, self.g, strict=True)))
        self.by_s, self.by_mu = diff(self.loss, self.s), diff(self.loss, self.mu)

    def root_slope(self) -> Expr:
        """ds/dv, in s."""
        return diff(sqrt(self.v + self.eps), self.v).subs(self.v + self.eps, self.s**2)

    def by_sample(self, k: int, by_s: Expr, by_mu: Expr) -> Expr:
        """dL/dx_k over its three paths: direct, through v, through mu."""
        x = self.x[k]
        through_v = by_s * self.root_slope() * diff(self.variance, x)
        return diff(self.loss, x) + through_v + by_mu * diff(self.mean, x)

    def term(self, term: Term, places: dict[str, int]) -> Expr:
        """A term without derivatives but dL/dy, in the symbols of the graph."""
        match term:
            case Number(value=value):
                return Rational(value.numerator, value.denominator)
            case Count():
                return Integer(self.n)
            case Plus(terms=parts):
                return Add(*(self.term(part, places) for part in parts))
            case Times(factors=parts):
                return reduce(mul, (self.term(part, places) for part in parts))
            case Power(base=base, exponent=exponent) if base == ROOT_SQUARED:
                return self.s ** Rational(2 * exponent)
            case Power(base=base, exponent=exponent):
                return self.term(base, places) ** Rational(exponent)
            case Sum(index=index, body=body):
                return Add(*(self.term(body, {**places, index: k}) for k in range(self.n)))
            case LossBy(value=Value(name=name, index=(i,))) if name == OUTPUT:
                return self.g[places[i]]
            case Value(name=name, index=(i,)) if name == NORMALISED:
                return (self.x[places[i]] - self.mu) / self.s
            case Value(name=name):
                return {SCALE: self.gamma, MEAN: self.mu}[name]
            case _:
                raise TypeError(f"no closed form holds {term}")


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
    return around == 0 and all(
        expand(graph.by_sample(k, graph.by_s, graph.by_mu) - graph.term(closed, {"i": k})) == 0
        for k in range(graph.n)
    )


def written(expression: Any) -> str:
    """SymPy's text without stars; a long sum keeps its first two terms and its last."""
    text = POWER.sub(lambda match: match[1].translate(HIGH), str(expression)).replace("*", " ").replace("-", "−")
    text = SAMPLE.sub(lambda match: match[1] + match[2].translate(LOW), text)
    terms = text.split(" + ")
    if len(terms) <= MOST_SHOWN:
        return text
    return " + ".join((*terms[:2], "…", terms[-1]))
