"""A batch size -> SymPy's own derivative of the concrete graph by one sample, node by node, with its parts named.

With truth/symbolic.py the only module that knows SymPy. Every node is a symbol of its own and every edge one call of
`diff` on the definition of a node, so that the work grows with the batch size and not with its square: what all
samples share, the gradients by s and by mu, is worked out once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache, reduce
from operator import mul
from typing import Any

from sympy import Add, Expr, Rational, Symbol, diff, factor_terms, sqrt
from sympy.polys.domains import QQ
from sympy.polys.fields import FracField
from sympy.polys.orderings import lex

from bnverify.frozen import frozen
from bnverify.model.conventions import Epsilon, Residual, Variance
from bnverify.model.forward import Forward
from bnverify.model.quantities import INPUT, NORMALISED, OUTPUT, SCALE, VARIANCE
from bnverify.model.terms import Count, LossBy, Number, Plus, Power, Sum, Term, Times, Value, walk
from bnverify.pattern import pattern
from bnverify.truth.closed import closed_form

SAMPLE = pattern(r"\b([xgγ])0*(\d+)")
POWER = pattern(r"\*\*(\d+)")
LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
HIGH = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
MOST_SHOWN = 5

Element = Any
"""A rational function in the symbols of the graph."""


@frozen
class Concrete:
    """dL/ds, dL/dmu and dL/dx_1 as lines of plain mathematics, each in terms of those before."""

    lines: tuple[tuple[str, str], ...]
    agrees: bool
    """Whether the derivative by every sample equals the closed form, and mu does not act through v."""


class _Graph:
    """The symbols and the edges of a layer of one row, for one batch size."""

    def __init__(self, n: int, forward: Forward) -> None:
        self.n, self.forward = n, forward
        self.x, self.g = self.family("x"), self.family("g")
        self.gamma = self.family("γ") if forward.index_of(SCALE) else [Symbol("γ")] * n
        self.mu, self.v, self.eps, self.t = (Symbol(name) for name in ("μ", "v", "ε", "t"))
        self.s = Symbol("s", positive=True)
        self.mean = Rational(1, n) * Add(*self.x)
        self.divisor = n if forward.convention.variance is Variance.BIASED else n - 1
        self.squares = [self.away(x) ** 2 for x in self.x]
        sign = 1 if forward.convention.residual is Residual.X_MINUS_MU else -1
        self.terms = [
            g * gamma * sign * self.away(x) / self.s for x, g, gamma in zip(self.x, self.g, self.gamma, strict=True)
        ]
        """What each sample adds to the loss, with dL/dy_k = g_k."""

    def family(self, letter: str) -> list[Symbol]:
        width = len(str(self.n))
        return [Symbol(f"{letter}{k:0{width}}") for k in range(1, self.n + 1)]

    @property
    def centred(self) -> bool:
        return self.forward.layer.centred

    def away(self, x: Symbol) -> Expr:
        return x - self.mu if self.centred else x

    def root_slope(self) -> Expr:
        """ds/dv, in s, or in t = sqrt(v) where epsilon stands beside the root."""
        match self.forward.convention.epsilon:
            case Epsilon.INSIDE:
                return diff(sqrt(self.v + self.eps), self.v).subs(self.v + self.eps, self.s**2)
            case Epsilon.OUTSIDE:
                return diff(sqrt(self.v) + self.eps, self.v).subs(sqrt(self.v), self.t)
            case Epsilon.NONE:
                return diff(sqrt(self.v), self.v).subs(sqrt(self.v), self.s)

    def by(self, symbol: Symbol) -> list[Expr]:
        """What each sample adds to the derivative of the loss by s or mu."""
        return [diff(term, symbol) for term in self.terms]

    def edges(self, k: int) -> tuple[Expr, Expr, Expr]:
        """From x_k: what flows to the loss directly, ds/dx_k with the mean held, dmu/dx_k."""
        through_v = self.root_slope() * Rational(1, self.divisor) * diff(self.squares[k], self.x[k])
        return diff(self.terms[k], self.x[k]), through_v, Rational(1, self.n) if self.centred else Rational(0)

    def mean_acts_through_variance(self) -> bool:
        """Whether dv/dmu differs from zero at the mean."""
        slope = Add(*(diff(square, self.mu) for square in self.squares))
        return bool(slope.subs(self.mu, self.mean).expand() != 0)


class _Comparison:
    """Both forms as rational functions in x_k, g_k, gamma, mu, s, t and the sums of the closed form."""

    def __init__(self, graph: _Graph, closed: Term) -> None:
        self.graph, self.closed = graph, closed
        self.sums = {part: Symbol(f"S{k}") for k, part in enumerate(dict.fromkeys(_sums(closed)))}
        self.at = [Symbol(name) for name in ("x", "g", "c")]
        """One sample: all of them are looked at in the same few letters."""
        letters = [*self.at, Symbol("γ"), graph.mu, graph.s, graph.t, *self.sums.values()]
        self.field = FracField(letters, QQ, lex)

    def element(self, expression: Any, k: int) -> Element:
        """An expression that holds sample k alone."""
        own = self.graph.gamma[k]
        names = {self.graph.x[k]: self.at[0], self.graph.g[k]: self.at[1]}
        return self.field.from_expr(expression.subs({**names, **({own: self.at[2]} if self.own_gains else {})}))

    @property
    def own_gains(self) -> bool:
        return bool(self.graph.forward.index_of(SCALE))

    def shared(self, parts: list[Expr]) -> Element | None:
        """A gradient that all samples add to, as a multiple of one of the sums of the closed form."""
        for summed, symbol in self.sums.items():
            ratio = self.element(parts[0], 0) / self.term(summed.body, {summed.index})
            constant = set(self.at).isdisjoint(ratio.as_expr().free_symbols)
            if constant and all(
                self.element(part, k) == ratio * self.term(summed.body, {summed.index}) for k, part in enumerate(parts)
            ):
                return ratio * self.field.from_expr(symbol)
        return None

    def term(self, term: Term, own: set[str]) -> Element:
        """A closed form at one sample, whose index is in `own`; its sums are letters."""
        match term:
            case Number(value=value):
                return self.field.from_expr(Rational(value.numerator, value.denominator))
            case Count():
                return self.field.from_expr(Rational(self.graph.n))
            case Plus(terms=parts):
                return sum((self.term(part, own) for part in parts), self.field.zero)
            case Times(factors=parts):
                return reduce(mul, (self.term(part, own) for part in parts))
            case Power(base=base, exponent=exponent) if base in self.roots:
                return self.field.from_expr(self.roots[base]) ** int(2 * exponent)
            case Power(base=base, exponent=exponent) if exponent.denominator == 1:
                return self.term(base, own) ** int(exponent)
            case Sum():
                return self.field.from_expr(self.sums[term])
            case LossBy(value=Value(name=name)) if name == OUTPUT:
                return self.field.from_expr(self.at[1])
            case Value(name=name) if name == NORMALISED:
                sign = 1 if self.graph.forward.convention.residual is Residual.X_MINUS_MU else -1
                return self.field.from_expr(sign * self.graph.away(self.at[0]) / self.graph.s)
            case Value(name=name) if name == SCALE:
                return self.field.from_expr(self.at[2] if self.own_gains else Symbol("γ"))
            case Value(name="eps") if self.epsilon is not None:
                return self.field.from_expr(self.epsilon)
            case _:
                raise TypeError(f"no closed form holds {term}")

    @property
    def epsilon(self) -> Expr | None:
        """What eps is in s and t = sqrt(v); none where there is none."""
        s, t = self.graph.s, self.graph.t
        return {Epsilon.INSIDE: s**2 - t**2, Epsilon.OUTSIDE: s - t}.get(self.graph.forward.convention.epsilon)

    @property
    def roots(self) -> dict[Term, Symbol]:
        """What s is the root of, if epsilon does not stand beside the root, and t."""
        divisor = self.graph.forward.convention.epsilon.term
        of_s = {divisor.base: self.graph.s} if isinstance(divisor, Power) else {}
        return {Value(VARIANCE): self.graph.t} | of_s


def _sums(term: Term) -> Iterator[Sum]:
    return (part for part in walk(term) if isinstance(part, Sum))


@lru_cache(maxsize=16)
def derive_first(n: int, forward: Forward, told: Callable[[int], None] = lambda _: None) -> Concrete:
    """dL/dx_1 of a layer of one row at batch size n, checked for all n samples against the closed form.

    `told` hears how many samples have been checked.
    """
    graph = _Graph(n, forward)
    by_s, by_mu = graph.by(graph.s), graph.by(graph.mu)
    c1, c2 = Symbol("c₁"), Symbol("c₂")
    direct, through_v, through_mu = graph.edges(0)
    by_x = direct + c1 * through_v + c2 * through_mu
    lines = [("c₁ = ∂L/∂s", written(factor_terms(Add(*by_s))))]
    if graph.centred:
        lines.append(("c₂ = ∂L/∂μ", written(factor_terms(Add(*by_mu)))))
    lines.append(("∂L/∂x₁", written(Add(*map(factor_terms, Add.make_args(by_x))))))
    return Concrete(tuple(lines), agrees(graph, by_s, by_mu, told))


def agrees(graph: _Graph, by_s: list[Expr], by_mu: list[Expr], told: Callable[[int], None]) -> bool:
    closed = closed_form(Value(INPUT, ("i",)), graph.forward)
    comparison = _Comparison(graph, closed)
    through_s = comparison.shared(by_s)
    through_mu = comparison.shared(by_mu)
    if through_s is None or through_mu is None or graph.mean_acts_through_variance():
        return False
    wanted = comparison.term(closed, {"i"})
    for k in range(graph.n):
        direct, slope_v, slope_mu = (comparison.element(edge, k) for edge in graph.edges(k))
        if bool(direct + through_s * slope_v + through_mu * slope_mu != wanted):
            return False
        told(k + 1)
    return True


def written(expression: Any) -> str:
    """SymPy's text without stars; a long sum keeps its first two terms and its last."""
    text = POWER.sub(lambda match: match[1].translate(HIGH), str(expression)).replace("*", " ").replace("-", "−")
    text = SAMPLE.sub(lambda match: match[1] + match[2].translate(LOW), text)
    terms = text.split(" + ")
    if len(terms) <= MOST_SHOWN:
        return text
    return " + ".join((*terms[:2], "…", terms[-1]))
