"""What a proof on paper is made of, and the part that right and wrong steps share: what the letters mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bnverify.frozen import frozen
from bnverify.model.forward import Forward, Node
from bnverify.model.letters import DEVIATION, UPSTREAM, Spelling
from bnverify.model.terms import Delta, LossBy, Partial, Power, Reading, Term, Value, children, walk
from bnverify.proof.letters import ROOT, Pen, with_short_letters
from bnverify.truth.verdict import Identity


@frozen
class Row:
    """`name = form = form`: one quantity in its successive forms. Without forms it is a sentence."""

    name: str
    forms: tuple[str, ...] = ()
    sign: str = "="


@frozen
class Part:
    """One numbered part of a proof."""

    title: str
    rows: tuple[Row, ...] = ()


@frozen
class Claim:
    """What is judged: that the head, or what stands for it, equals the side; on a forward pass, in a note's letters."""

    identity: Identity
    forward: Forward
    spelling: Spelling

    @property
    def head(self) -> Term:
        return self.identity.left

    @property
    def side(self) -> Term:
        return self.identity.right

    @property
    def is_claim(self) -> bool:
        """Whether the head is more than a letter, which has its meaning by definition."""
        return not isinstance(self.head, Value)

    @property
    def pen(self) -> Pen:
        """With short letters for the gradient from above and for the root."""
        return Pen(with_short_letters(self.spelling, (self.head, self.side)))

    @property
    def long_pen(self) -> Pen:
        """Without these: it says what they stand for."""
        named = {name: symbol for name, symbol in self.spelling.symbols.items() if name not in (UPSTREAM, DEVIATION)}
        return Pen(replace(self.spelling, symbols=named, beyond_ascii=True))


def row(name: str, *forms: str) -> Row:
    """A form that repeats the one before, or the name, is left out."""
    kept = [name]
    for form in forms:
        if form != kept[-1]:
            kept.append(form)
    return Row(name, tuple(kept[1:]))


def meanings(claim: Claim, terms: Sequence[Term]) -> Part:
    """The definitions of the forward pass that these terms go back to, and the short letters."""
    pen, long_pen = claim.pen, claim.long_pen
    nodes = nodes_of(terms, claim.forward)
    parts = {part for term in (*terms, *(node.value for node in nodes)) for part in walk(term)}
    rows = [row(pen(Value(node.name, node.index)), pen(node.value)) for node in nodes]
    if has_root(parts):
        rows.append(row(pen(ROOT), long_pen(ROOT)))
    upstream = LossBy(Value(claim.forward.output.name, ("i",)))
    if any(isinstance(part, LossBy) and part.value.name == claim.forward.output.name for part in parts):
        rows.append(row(pen(upstream), f"{long_pen(upstream)}, given from above: any numbers"))
    if any(isinstance(part, Delta) for part in parts):
        rows.append(row(pen(Delta("i", "j")), "1 where i and j are the same sample, 0 elsewhere"))
    return Part("What the letters mean", tuple(rows))


def has_root(terms: Iterable[Term]) -> bool:
    return any(isinstance(part, Power) and part.base == ROOT.base for term in terms for part in walk(term))


def nodes_of(terms: Iterable[Term], forward: Forward) -> list[Node]:
    """The quantities of the graph that these terms go back to, in the order of the forward pass."""
    names = {name for term in terms for name in _named(term, forward)}
    for node in reversed(forward.nodes):
        if node.name in names:
            names.update(_named(node.value, forward))
    return [node for node in forward.nodes if node.name in names]


def _named(term: Term, forward: Forward) -> Iterator[str]:
    """The quantities in a term; of the gradients from above nothing more need be known."""
    if isinstance(term, Value):
        yield term.name
    elif not (isinstance(term, LossBy) and term.value.name == forward.output.name):
        for part in children(term):
            yield from _named(part, forward)


def reading_words(symbols: Iterable[Term]) -> str:
    """What ∂ and d mean where one quantity of the forward pass is differentiated by another."""
    readings = {symbol.reading for symbol in symbols if isinstance(symbol, Partial)}
    words = {Reading.LOCAL: "∂ holds the mean and the variance fixed", Reading.TOTAL: "d lets them follow"}
    if readings == {Reading.TOTAL}:
        return "d lets the mean and the variance follow"
    return "; ".join(words[reading] for reading in Reading if reading in readings)
