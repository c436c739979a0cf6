"""Section `repair`: the search for repairs of wrong sides, and the same candidates in SymPy at n = 3.

The candidates in SymPy are timed on a sample and extrapolated.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from fractions import Fraction

import sympy

from bnverify.model.terms import Count, LossBy, Number, Plus, Power, Sum, Term, Times, Value
from bnverify.record import Target
from bnverify.repair.bench import Bench, Words
from bnverify.repair.diagnose import explain_step
from bnverify.repair.search import single
from bnverify.truth import symbolic
from bnverify.truth.verdict import Identity
from tests.benchmarks.claims import FINAL, THREE_TERMS, Claim, judgement
from tests.benchmarks.contenders.written_out import Batch
from tests.benchmarks.tables import Table, figure, span
from tests.benchmarks.timing import Prepare, Work, forget, here

SECOND = {FINAL: (r"- \sum", r"- 2 \sum"), THREE_TERMS: (r"\frac{\gamma}{n ", r"\frac{\gamma}{")}
"""A second slip for a claim."""
SAMPLE = {"rings": 12, "simplify": 2}


def twice_wrong(claim: Claim) -> Claim:
    old, new = SECOND[claim]
    return Claim(claim.name, claim.head, claim.right, claim.wrong.replace(old, new, 1))


def bench_of(claim: Claim) -> Bench:
    note = claim.note(False)
    one = judgement(note)
    assert one.line is not None
    return Bench(one, one.line, note, Words())


def searches(claim: Claim, edits: int) -> Prepare:
    """All single edits, all pairs as well, or with 0 the step with its proofs and words, after it was judged."""

    def search(bench: Bench) -> str:
        made = bench.new_search(bench.line.head.term, frozenset())
        assert made is not None
        found = [*made.one(), *(made.two() if edits == 2 else ())]
        return "found" if found else "nothing"

    def explain(bench: Bench) -> str:
        explained = explain_step(bench.one, bench.note, bench.words)
        return "found" if any(mend.target is Target.TRUTH for mend in explained.mends) else "nothing"

    def prepare(_: int) -> Work:
        forget()
        bench = bench_of(claim)
        return lambda: search(bench) if edits else explain(bench)

    return prepare


def count(bench: Bench) -> int:
    made = bench.new_search(bench.line.head.term, frozenset())
    assert made is not None
    return len(made.effects())


def tables(runs: int) -> list[Table]:
    return [slips(runs), elsewhere(runs)]


def slips(runs: int) -> Table:
    claims = {
        f"{claim.name}, {slips}": wrong
        for claim in SECOND
        for slips, wrong in (("one slip", claim), ("two slips", twice_wrong(claim)))
    }
    kinds = {"pairs": 2, "proofs": 0}
    works = {f"{kind} {name}": searches(one, edits) for name, one in claims.items() for kind, edits in kinds.items()}
    works |= {f"one {name}": searches(one, 1) for name, one in claims.items() if name.endswith("one slip")}
    times = here(works, runs)
    assert all(one.found == "found" for name, one in times.items() if not name.startswith("pairs")), times
    rows = tuple(
        (
            name,
            str(count(bench_of(one))),
            span(times[f"one {name}"]) if f"one {name}" in times else "-",
            span(times[f"pairs {name}"]),
            span(times[f"proofs {name}"]),
        )
        for name, one in claims.items()
    )
    return Table(
        "Repairs, for every n: ms, median (range)",
        ("a wrong side", "single edits", "all of them (aim 2)", "and all pairs (aim 10)", "with proofs and words"),
        rows,
    )


# -- the same candidates elsewhere


def elsewhere(runs: int) -> Table:
    bench = bench_of(FINAL)
    number = count(bench)
    own = here({"own": searches(FINAL, 1)}, runs)["own"].median
    terms = candidates(bench, 40)
    found = {
        "SymPy's polynomial rings, n = 3": rings(bench, terms[: SAMPLE["rings"]]),
        "SymPy's `simplify`, n = 3": simplified(terms),
    }
    rows = [("bnverify, every n", str(number), figure(own * 1e3), "1")]
    for name, (seconds, sample) in found.items():
        whole = seconds / sample * number
        rows.append((name, f"{sample} of {number}", figure(whole * 1e3), figure(whole / own)))
    return Table(
        f"The same {number} single edits of the final formula: ms",
        ("who", "timed", "all of them", "ratio"),
        tuple(rows),
        ("SymPy is timed on a sample and extrapolated.",),
    )


def candidates(bench: Bench, number: int) -> list[Term]:
    """The sides after some of the single edits, spread over all of them."""
    made = bench.search(bench.line.head.term, frozenset())
    assert made is not None
    tried = made.effects()
    trees = [single(made.wrong.side, slip).tree for slip, _, _ in tried[:: max(1, len(tried) // (3 * number))]]
    terms = [bench.line.resolved(bench.place, tree) for tree in trees]
    return [one.term for one in terms if not one.trouble][:number]


def rings(bench: Bench, terms: Sequence[Term]) -> tuple[float, int]:
    start = time.process_time()
    for term in terms:
        symbolic.compare(Identity(bench.line.head.term, term), bench.line.forward, 3)
    return time.process_time() - start, len(terms)


def simplified(terms: Sequence[Term]) -> tuple[float, int]:
    """Seconds for as many of the candidates as the sample has and can be typed."""
    batch = Batch(3, 0)
    true = sympy.diff(batch.loss(sympy.sqrt(batch.variance + batch.eps)), batch.x[0])
    sides = []
    for term in terms:
        try:
            sides.append(typed(term, batch, {"i": 0}))
        except (NotImplementedError, KeyError):
            continue
    sides = sides[: SAMPLE["simplify"]]
    start = time.process_time()
    for side in sides:
        sympy.simplify(true - side)
    return time.process_time() - start, len(sides)


def typed(term: Term, batch: Batch, places: dict[str, int]) -> sympy.Expr:
    """A side as one types it for a batch."""
    match term:
        case Number(value=value):
            return rational(value)
        case Count():
            return sympy.Integer(batch.n)
        case Value(name="x", index=(index,)):
            return batch.x[places[index]]
        case Value(name="xhat", index=(index,)):
            return batch.centred[places[index]] / sympy.sqrt(batch.variance + batch.eps)
        case Value(name=name):
            mean = sympy.Add(*batch.x) / batch.n
            return {"mu": mean, "v": batch.variance, "gamma": batch.gamma, "eps": batch.eps}[name]
        case LossBy(value=Value(name="y", index=(index,))):
            return batch.g[places[index]]
        case Sum(index=index, body=body):
            return sympy.Add(*(typed(body, batch, {**places, index: place}) for place in range(batch.n)))
        case Plus(terms=terms):
            return sympy.Add(*(typed(one, batch, places) for one in terms))
        case Times(factors=factors):
            return sympy.Mul(*(typed(one, batch, places) for one in factors))
        case Power(base=base, exponent=exponent):
            return typed(base, batch, places) ** rational(exponent)
    raise NotImplementedError(term)


def rational(value: Fraction) -> sympy.Rational:
    return sympy.Rational(value.numerator, value.denominator)
