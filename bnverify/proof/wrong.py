"""A refuted step -> its counterexample worked out: one small batch, and both sides term by term."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction

from bnverify.model.calculus import expand
from bnverify.model.quantities import VARIANCE
from bnverify.model.terms import Count, LossBy, Number, Partial, Plus, Power, Term, Times, Value, children, rename
from bnverify.proof.derivatives import needed, rule_of
from bnverify.proof.letters import ROOT, InNumbers, show, worked
from bnverify.proof.parts import Claim, Part, Row, has_root, nodes_of, reading_words, row
from bnverify.proof.shapes import ordered, settled, summands, written_out
from bnverify.truth.domain import Point
from bnverify.truth.fractions_at import Fractions
from bnverify.truth.panel import Disagreement
from bnverify.truth.verdict import Counterexample, Numbers, Undecidable, Undefined

SINGLE = (Value, LossBy, Partial)
"""A head of one letter or one derivative stands in the parts before it."""


def why_wrong(claim: Claim, example: Counterexample) -> list[Part]:
    """The parts of the proof behind the claim itself."""
    return AtOneBatch(claim, example).parts()


class AtOneBatch:
    """Every term of a claim at the batch of its counterexample; samples are numbered from 1."""

    def __init__(self, claim: Claim, example: Counterexample) -> None:
        self.example, self.forward, self.pen, self.long_pen = example, claim.forward, claim.pen, claim.long_pen
        self.domain = Fractions(claim.forward, example.n, example.values)
        self.samples = [str(k) for k in range(1, example.n + 1)]
        self.points = {name: Point(k, k) for k, name in enumerate(self.samples)}
        self.figures = InNumbers(self.pen.spelling, self.value)
        self.head, self.side = self.numbered(claim.head), self.numbered(claim.side)

    def numbered(self, term: Term) -> Term:
        """The term with the numbers of the samples for its indices, its cases settled."""
        places = self.example.indices
        points = {name: Point(place - 1, place - 1) for name, place in places.items()}
        return rename(settled(term, points), {name: str(place) for name, place in places.items()})

    def value(self, term: Term) -> Fraction:
        return self.domain.value(term, self.points)

    def parts(self) -> list[Part]:
        if (self.value(self.head), self.value(self.side)) != (self.example.left, self.example.right):
            raise Disagreement("the counterexample and its page differ")
        symbols = needed((self.head, self.side), self.forward, self.written_out)
        formulas = [self.formula(one) for one in symbols]
        words = reading_words(symbols)
        found = [
            self.batch(),
            Part("The forward pass", tuple(self.forward_rows((self.head, self.side, *formulas)))),
            Part(f"The derivatives{f' ({words})' if words else ''}", tuple(self.derivative_rows(symbols, formulas))),
            Part("The head", () if isinstance(self.head, SINGLE) else tuple(self.sum_rows(self.head))),
            Part("This side", tuple(self.sum_rows(self.side))),
        ]
        return [part for part in found if part.rows]

    def formula(self, symbol: LossBy | Partial) -> Term:
        """The chain rule for a symbol, or the symbol worked out."""
        rule = rule_of(symbol, self.forward)
        return ordered(expand(symbol, self.forward)) if rule is None else rule

    # -- rows

    def batch(self) -> Part:
        upstream = LossBy(Value(self.forward.output.name))
        given = [f"{self.pen(Count())} = {self.example.n}"]
        for name, value in self.example.values.items():
            letter = self.pen(Value(name))
            if name == "dL/dy":
                letter = f"{self.long_pen(upstream)} = {self.pen(upstream)}"
            given.append(f"{letter} = {numbers(value)}")
        given += [f"{name} = {place}" for name, place in self.example.indices.items() if name != str(place)]
        return Part("A small batch at which the two sides differ", (Row(", ".join(given)),))

    def forward_rows(self, terms: Iterable[Term]) -> Iterator[Row]:
        """Every quantity of the forward pass that is needed, for each sample."""
        used = [part for term in terms for part in outside_symbols(term) if isinstance(part, (Value, Power))]
        nodes = nodes_of(used, self.forward)
        rooted = has_root((*used, *(node.value for node in nodes)))
        for node in nodes:
            if not node.index:
                yield from self.rows(Value(node.name), node.value)
            for sample in self.samples if node.index else ():
                yield from self.rows(Value(node.name, (sample,)), rename(node.value, {node.index[0]: sample}))
            if node.name == VARIANCE and rooted:
                yield from self.root()

    def root(self) -> Iterator[Row]:
        figures = InNumbers(self.long_pen.spelling, self.value)
        yield row(self.pen(ROOT), self.long_pen(ROOT), figures(ROOT), show(self.value(ROOT)))

    def derivative_rows(self, symbols: Sequence[Term], formulas: Sequence[Term]) -> Iterator[Row]:
        for symbol, formula in zip(symbols, formulas, strict=True):
            yield from self.rows(symbol, formula)

    def sum_rows(self, term: Term) -> Iterator[Row]:
        """One row for each summand, and what they come to."""
        parts = summands(term)
        for part in parts:
            yield from self.rows(part, part)
        if len(parts) > 1:
            added = Plus(tuple(worked(self.value(part)) for part in parts))
            yield row("together", self.figures(added), show(self.value(term)))

    def rows(self, name: Term, formula: Term) -> Iterator[Row]:
        """The formula, the formula in numbers, each summand worked out, the value.

        Nothing where a value is not needed for the two sides, and therefore not known.
        """
        written = self.written_out(formula)
        with suppress(KeyError, Undecidable, Undefined):
            figures = self.figures(written), self.figures(self.summed(written))
            yield row(self.pen(name), self.pen(formula), *figures, show(self.value(name)))

    def written_out(self, term: Term) -> Term:
        return written_out(term, self.samples)

    def summed(self, term: Term) -> Term:
        """The same with a number for each summand."""
        match term:
            case Plus(terms=parts) if not all(is_single(part) for part in parts):
                return Plus(tuple(worked(self.value(part)) for part in parts))
            case Times(factors=factors):
                return Times(tuple(self.summed(factor) for factor in factors))
            case Power(base=base, exponent=exponent):
                return Power(self.summed(base), exponent)
            case _:
                return term


def is_single(term: Term) -> bool:
    """One letter or number, with a sign at most."""
    factors = term.factors if isinstance(term, Times) else (term,)
    return sum(not isinstance(factor, Number) for factor in factors) <= 1 and not any(
        isinstance(factor, (Plus, Power)) for factor in factors
    )


def numbers(value: Numbers) -> str:
    return f"({', '.join(map(numbers, value))})" if isinstance(value, tuple) else show(value)


def outside_symbols(term: Term) -> Iterator[Term]:
    """The parts of a term that stand in no derivative symbol."""
    if not isinstance(term, (LossBy, Partial)):
        yield term
        for part in children(term):
            yield from outside_symbols(part)
