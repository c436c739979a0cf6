"""What a note counts with n: the batch, the batch times the positions in space, or the batches of several devices.

`m = N H W` makes n a product of dimensions, `n = \\sum_k n_k` a sum over devices. The formulas are the same, but a
dimension alone, or the batch of one device, is not the number of samples. Letters alone prove nothing: D may be
features, T a transpose, L the loss. So a product counts only where H and W stand in it, and what it defines is what
the note sums up to, or divides its mean by.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bnverify.frozen import frozen
from bnverify.model.conventions import Samples
from bnverify.read.chains import Chain
from bnverify.read.syntax import Expr, Fraction, Name, Product, Summation, bare, inside

BATCHES = frozenset("NBnbmM")
"""Letters of a batch size."""
SPACE = frozenset("HW")
"""Height and width: both have to stand there."""
DEPTH = frozenset("DT")
"""What may stand beside them."""


@frozen
class Counting:
    """What n is made of, by letters without index; `place` is where its definition begins."""

    meaning: Samples = Samples.BATCH
    place: int | None = None
    whole: str = ""
    """The letter that is defined, for n itself."""
    dimensions: tuple[str, ...] = ()
    shard: str = ""
    """With the index `device` the batch size of one device."""
    device: str = ""
    devices: str = ""
    """How many devices there are."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The letters that are not the number of samples although they look like it."""
        return (*self.dimensions, *filter(None, (self.devices,)))


def counting_of(chains: Iterable[Chain], declared: str) -> Counting:
    """What the front matter declares, else what the note's own definition says; the first definition counts."""
    chains = tuple(chains)
    if declared == Samples.BATCH:
        return Counting()
    found = next(_definitions(chains), Counting())
    if not declared or found.meaning == declared:
        return found
    if declared == Samples.SPACE:
        return Counting(Samples.SPACE, dimensions=_dimensions_in_use(chains))
    return Counting(Samples.SHARDS)


def _definitions(chains: tuple[Chain, ...]) -> Iterator[Counting]:
    for chain in chains:
        head = bare(chain.head)
        if chain.steps and isinstance(head, Name) and _is_letter(head):
            found = _product(head, chain) or _shards(head, chain, chains)
            if found is not None and _is_count(head.letter, chains):
                yield found


def _is_letter(expr: Expr) -> bool:
    return isinstance(expr, Name) and not (expr.subscripts or expr.superscripts or expr.accents)


def _is_count(letter: str, chains: tuple[Chain, ...]) -> bool:
    """Whether the note sums up to this letter; where its sums have no upper bound, whether it divides a sum."""
    nodes = list(_nodes(chains))
    uppers = {
        upper.letter
        for node in nodes
        if isinstance(node, Summation) and node.bounds.upper is not None
        for upper in (bare(node.bounds.upper),)
        if isinstance(upper, Name) and not _is_over_devices(node)
    }
    if uppers:
        return letter in uppers
    return any(isinstance(node, Product) and _divides_a_sum(node, letter) for node in nodes)


def _is_over_devices(node: Summation) -> bool:
    """`\\sum_k n_k`: its upper bound is the number of devices."""
    body = bare(node.body)
    return isinstance(body, Name) and body.letter in BATCHES and body.subscripts == node.bounds.indices


def _divides_a_sum(node: Product, letter: str) -> bool:
    below = [bare(part.below) for part in map(bare, node.factors) if isinstance(part, Fraction)]
    return any(isinstance(part, Summation) for part in map(bare, node.factors)) and Name(letter) in below


def _letters_of_product(expr: Expr) -> tuple[str, ...]:
    """The letters of `N H W`, or nothing where it is not a product of different letters with H and W."""
    expr = bare(expr)
    factors = [bare(factor) for factor in expr.factors] if isinstance(expr, Product) else []
    letters = tuple(factor.letter for factor in factors if isinstance(factor, Name) and _is_letter(factor))
    known = set(letters) <= BATCHES | SPACE | DEPTH
    complete = len(letters) == len(factors) == len(set(letters))
    return letters if known and complete and set(letters) >= SPACE else ()


def _product(head: Name, chain: Chain) -> Counting | None:
    letters = _letters_of_product(chain.steps[0].side)
    if not letters or head.letter in letters:
        return None
    return Counting(Samples.SPACE, chain.head_span.start, head.letter, dimensions=letters)


def _shards(head: Name, chain: Chain, chains: tuple[Chain, ...]) -> Counting | None:
    """`n = \\sum_k n_k`: the letter itself, in either case, over an index that names no sample and nothing defines."""
    side = bare(chain.steps[0].side)
    if not isinstance(side, Summation) or not _is_over_devices(side):
        return None
    body, index = bare(side.body), side.bounds.indices
    assert isinstance(body, Name)
    if (
        body.accents
        or len(index) != 1
        or body.letter.lower() != head.letter.lower()
        or _names_samples(index[0], chains)
    ):
        return None
    upper = bare(side.bounds.upper) if side.bounds.upper is not None else None
    devices = upper.letter if isinstance(upper, Name) and _is_letter(upper) else ""
    return Counting(
        Samples.SHARDS, chain.head_span.start, head.letter, shard=body.letter, device=index[0], devices=devices
    )


def _names_samples(index: str, chains: tuple[Chain, ...]) -> bool:
    """Whether an input carries this index, alone."""
    return any(isinstance(node, Name) and node.letter == "x" and node.subscripts == (index,) for node in _nodes(chains))


def _dimensions_in_use(chains: tuple[Chain, ...]) -> tuple[str, ...]:
    """The letters of the first product with H and W in it; none where there is no such product."""
    products = (_letters_of_product(node) for node in _nodes(chains) if isinstance(node, Product))
    return next((letters for letters in products if letters), ())


def _nodes(chains: Iterable[Chain]) -> Iterator[Expr]:
    for chain in chains:
        for expr in (chain.head, *(step.side for step in chain.steps)):
            yield from inside(expr)
