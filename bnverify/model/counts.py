"""What a note counts with n: the batch, the batch times the positions in space, or the batches of several devices.

`m = N H W` makes n a product of dimensions, `n = \\sum_k n_k` a sum over devices. The formulas are the same, but a
dimension alone, or the batch of one device, is not the number of samples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bnverify.model.conventions import Samples
from bnverify.read.chains import Chain
from bnverify.read.syntax import Expr, Name, Product, Summation, bare, inside

BATCHES = ("N", "B", "n", "b", "m", "M")
"""Letters of the batch size, which may stand beside dimensions."""
SPACE = ("H", "W", "D", "T", "L")
"""Letters of the dimensions of space and time."""


@dataclass(frozen=True, slots=True)
class Counting:
    """What n is made of, by letters without index; `place` is where its definition begins."""

    meaning: Samples = Samples.BATCH
    place: int | None = None
    whole: str = ""
    """The letter that is defined, for n itself."""
    dimensions: tuple[str, ...] = ()
    shard: str = ""
    """With an index the batch size of one device."""
    devices: str = ""
    """How many devices there are."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The letters that are not the number of samples although they look like it."""
        return (*self.dimensions, *filter(None, (self.devices,)))


def counting_of(chains: Iterable[Chain], declared: str) -> Counting:
    """What the note's own definition says, else what its front matter declares; the first definition counts."""
    chains = tuple(chains)
    for chain in chains:
        head = bare(chain.head)
        if chain.steps and isinstance(head, Name) and _is_letter(head):
            found = _product(head, chain) or _shards(head, chain)
            if found is not None:
                return found
    if declared == Samples.SPACE:
        return Counting(Samples.SPACE, dimensions=_used_dimensions(chains))
    if declared == Samples.SHARDS:
        return Counting(Samples.SHARDS, shard="n")
    return Counting()


def _is_letter(expr: Expr) -> bool:
    return isinstance(expr, Name) and not (expr.subscripts or expr.superscripts or expr.accents)


def _product(head: Name, chain: Chain) -> Counting | None:
    """`m = N H W`: letters of the batch size and of space, none of them twice."""
    side = bare(chain.steps[0].side)
    factors = [bare(factor) for factor in side.factors] if isinstance(side, Product) else []
    letters = [factor.letter for factor in factors if isinstance(factor, Name) and _is_letter(factor)]
    known = all(letter in BATCHES or letter in SPACE for letter in letters)
    alike = len(letters) != len(factors) or len(set(letters)) < len(letters) or head.letter in letters
    if len(letters) < 2 or not known or alike or not set(letters) & set(SPACE):
        return None
    return Counting(Samples.SPACE, chain.head_span.start, head.letter, dimensions=tuple(letters))


def _shards(head: Name, chain: Chain) -> Counting | None:
    """`n = \\sum_k n_k`: a letter of the batch size, summed over its own index."""
    side = bare(chain.steps[0].side)
    body = bare(side.body) if isinstance(side, Summation) else None
    if not isinstance(side, Summation) or not isinstance(body, Name) or body.letter not in BATCHES:
        return None
    if body.accents or body.subscripts != side.bounds.indices or len(body.subscripts) != 1:
        return None
    upper = bare(side.bounds.upper) if side.bounds.upper is not None else None
    devices = upper.letter if isinstance(upper, Name) and _is_letter(upper) else ""
    return Counting(Samples.SHARDS, chain.head_span.start, head.letter, shard=body.letter, devices=devices)


def _used_dimensions(chains: Iterable[Chain]) -> tuple[str, ...]:
    """One letter of the batch size and those of space that a note uses; none where it uses no dimension of space."""
    used = {node.letter for node in _names(chains) if _is_letter(node)}
    space = [letter for letter in SPACE if letter in used]
    batch = [letter for letter in BATCHES if letter in used][:1]
    return tuple(batch + space) if space and batch else ()


def _names(chains: Iterable[Chain]) -> Iterator[Name]:
    for chain in chains:
        for expr in (chain.head, *(step.side for step in chain.steps)):
            yield from (node for node in inside(expr) if isinstance(node, Name))
