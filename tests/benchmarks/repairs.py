"""Speed of the search for repairs, as ratios in one run: `python tests/benchmarks/repairs.py [--runs K]`.

The same candidates through SymPy's polynomial rings and through `simplify`, both at n = 3 alone, are timed on a
sample and extrapolated. The machine may be shared: compare the ratios of one run, never the times of two.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sympy

from bnverify.model.terms import Count, LossBy, Number, Plus, Power, Sum, Term, Times, Value
from bnverify.pipeline import judge_under, understand
from bnverify.record import WRONG, Target
from bnverify.repair.bench import Bench, Words
from bnverify.repair.diagnose import explain_step
from bnverify.repair.search import single
from bnverify.source import Note
from bnverify.truth import symbolic
from bnverify.truth.verdict import Identity

LAYER = r"""
$$\mu = \frac{1}{n} \sum_j x_j, \quad v = \frac{1}{n} \sum_j (x_j - \mu)^2, \quad \hat{x}_i = \frac{x_i - \mu}{\sqrt{v + \epsilon}}, \quad y_i = \gamma \hat{x}_i + \beta$$

$$\frac{\partial L}{\partial x_i} = """
FINAL = r"\frac{\gamma}{n \sqrt{v + \epsilon}} \left( n \frac{\partial L}{\partial y_i} - \sum_{j=1}^n \frac{\partial L}{\partial y_j} - \hat{x}_i \sum_{j=1}^n \frac{\partial L}{\partial y_j} \hat{x}_j \right)"
LONG = (
    r"\frac{\gamma}{\sqrt{v + \epsilon}} \frac{\partial L}{\partial y_i}"
    r" - \frac{\gamma}{2} (v + \epsilon)^{-3/2} \sum_{j=1}^n \frac{\partial L}{\partial y_j} (x_j - \mu) \cdot \frac{2}{n} (x_i - \mu)"
    r" - \frac{\gamma}{n \sqrt{v + \epsilon}} \sum_{j=1}^n \frac{\partial L}{\partial y_j}"
)
SLIPS = {
    "final formula, one slip": FINAL.replace(r"- \hat{x}_i", r"+ \hat{x}_i"),
    "final formula, two slips": FINAL.replace(r"- \hat{x}_i", r"+ \hat{x}_i").replace(r"- \sum", r"- 2 \sum", 1),
    "long three-term form, one slip": LONG.replace("-3/2", "-1/2"),
    "long three-term form, two slips": LONG.replace("-3/2", "-1/2").replace(r"\frac{\gamma}{n ", r"\frac{\gamma}{"),
}
SAMPLE = {"rings": 12, "simplify": 2}


def milliseconds(work: Callable[[], object], runs: int) -> float:
    work()
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1e3


def bench_of(side: str) -> Bench:
    note = Note("note.md", f"{LAYER}{side}$$\n")
    understood = understand(note)
    judgements = judge_under(understood, understood.declared.convention, ("proof",)).judgements
    (one,) = [one for one in judgements if one.standing in WRONG]
    assert one.line is not None
    return Bench(one, one.line, note, Words())


@dataclass(frozen=True)
class Timed:
    candidates: int
    one: float
    two: float
    whole: float


def timed(bench: Bench, runs: int) -> Timed:
    """Milliseconds for all single edits, for all pairs behind them, and for the step with its proofs and words."""
    wanted = bench.line.head.term

    def search(edits: int) -> int:
        made = bench.new_search(wanted, frozenset())
        assert made is not None
        made.one() if edits == 1 else made.two()
        return len(made.effects())

    def whole() -> None:
        explained = explain_step(bench.one, bench.note, bench.words)
        assert any(mend.target is Target.TRUTH for mend in explained.mends)

    one = milliseconds(lambda: search(1), runs)
    two = milliseconds(lambda: search(2), runs) - one
    return Timed(search(1), one, two, milliseconds(whole, runs))


# -- the same candidates elsewhere


def candidates(bench: Bench, count: int) -> list[Term]:
    """The sides after some of the single edits, spread over all of them."""
    made = bench.search(bench.line.head.term, frozenset())
    assert made is not None
    tried = made.effects()
    trees = [single(made.wrong.side, slip).tree for slip, _, _ in tried[:: max(1, len(tried) // (3 * count))]]
    terms = [bench.line.resolved(bench.place, tree) for tree in trees]
    return [one.term for one in terms if not one.trouble][:count]


def rings(bench: Bench, terms: Sequence[Term]) -> None:
    for term in terms:
        symbolic.compare(Identity(bench.line.head.term, term), bench.line.forward, 3)


X = sympy.symbols("x1:4", real=True)
G = sympy.symbols("g1:4", real=True)
GAMMA, EPS = sympy.symbols("gamma epsilon", positive=True)
MU = sum(X) / 3
V = sum((x - MU) ** 2 for x in X) / 3
S = sympy.sqrt(V + EPS)


def typed(term: Term, places: dict[str, int]) -> sympy.Expr:
    """A side as one types it for three samples."""
    match term:
        case Number(value=value):
            return sympy.Rational(value.numerator, value.denominator)
        case Count():
            return sympy.Integer(3)
        case Value(name="x", index=(index,)):
            return X[places[index]]
        case Value(name="xhat", index=(index,)):
            return (X[places[index]] - MU) / S
        case Value(name=name):
            return {"mu": MU, "v": V, "gamma": GAMMA, "eps": EPS}[name]
        case LossBy(value=Value(name="y", index=(index,))):
            return G[places[index]]
        case Sum(index=index, body=body):
            return sum(typed(body, {**places, index: place}) for place in range(3))
        case Plus(terms=terms):
            return sum(typed(one, places) for one in terms)
        case Times(factors=factors):
            return sympy.prod(typed(one, places) for one in factors)
        case Power(base=base, exponent=exponent):
            return typed(base, places) ** sympy.Rational(exponent.numerator, exponent.denominator)
    raise NotImplementedError(term)


def simplified(terms: Sequence[Term]) -> int:
    """How many of the candidates could be typed and were simplified."""
    loss = sum(g * GAMMA * (x - MU) / S for g, x in zip(G, X, strict=True))
    true = sympy.diff(loss, X[0])
    done = 0
    for term in terms:
        try:
            side = typed(term, {"i": 0})
        except (NotImplementedError, KeyError):
            continue
        sympy.simplify(true - side)
        done += 1
        if done == SAMPLE["simplify"]:
            break
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    print(f"search for repairs, for every n (ms, median of {runs}; target 2 for one edit, 10 for two)")
    for name, side in SLIPS.items():
        found = timed(bench_of(side), runs)
        rate = found.candidates / found.one * 1e3
        print(
            f"  {name:<34} one edit {found.one:6.1f}   two edits {found.two:6.1f} more   with proofs {found.whole:6.1f}"
            f"   {found.candidates:4} candidates, {rate:8.0f} a second"
        )
    bench = bench_of(SLIPS["final formula, one slip"])
    found = timed(bench, runs)
    terms = candidates(bench, SAMPLE["rings"])
    start = time.perf_counter()
    rings(bench, terms)
    by_rings = (time.perf_counter() - start) / len(terms) * found.candidates * 1e3
    start = time.perf_counter()
    done = simplified(candidates(bench, 40))
    by_simplify = (time.perf_counter() - start) / done * found.candidates * 1e3
    print(f"\nthe same {found.candidates} single edits, at n = 3 alone (extrapolated from a sample)")
    print(f"  SymPy's rings, sample of {len(terms)}    {by_rings:10.0f} ms   {by_rings / found.one:8.0f} times ours")
    print(f"  SymPy's simplify, sample of {done}  {by_simplify:10.0f} ms   {by_simplify / found.one:8.0f} times ours")


if __name__ == "__main__":
    main()
