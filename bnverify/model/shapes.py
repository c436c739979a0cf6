"""A note's own definitions -> its layer: how many indices the input has, what the statistics are taken over, which
axes have a gain of their own.

`\\mu_j = \\frac{1}{N} \\sum_i x_{ij}` says that the statistics are taken over the first of two axes. Where the note
defines nothing, the layer is the one that its front matter names, or batch norm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bnverify.frozen import frozen
from bnverify.model.forms import is_ones
from bnverify.model.layers import BATCH, Layer
from bnverify.read.syntax import (
    Addition,
    Call,
    Digits,
    Expr,
    Fraction,
    Group,
    Name,
    Negative,
    Norm,
    Product,
    Raised,
    Summation,
    Transposed,
    bare,
    inside,
)

MOST_AXES = 5


@dataclass(frozen=True)
class Shape:
    """The layer of a note, and what its index letters and its counts run along."""

    layer: Layer = BATCH
    letters: Mapping[str, int] = field(default_factory=dict)
    """The axis that an index letter names, where it is always the same."""
    along: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """The axes whose places a count letter counts."""
    unlike: frozenset[str] = frozenset()
    """Letters that count something else, the note says."""
    two_scales: bool = False
    """Whether the note defines its output with one scale and with one for each index: it speaks of two layers."""
    supposed: bool = False
    """Whether the note does not say over which axes its statistics run."""
    plain_gains: bool = False
    """Whether it writes no index on its scale, and does not say along which axes it differs."""


@frozen
class Average:
    """One average in a definition: over `bound`, of `body`; `counts` are the letters that it is divided by."""

    bound: tuple[str, ...]
    body: Expr
    counts: tuple[str, ...]
    ratios: tuple[tuple[str, str], ...] = ()
    """Counts of which one divides the other among them: C/G, the channels of a group."""

    @property
    def base(self) -> Expr:
        """What is squared, or the body itself."""
        body = bare(self.body)
        return bare(body.base) if isinstance(body, Raised) else body

    @property
    def is_square(self) -> bool:
        body = bare(self.body)
        return isinstance(body, Raised) and body.exponent == Digits("2")


def averages(side: Expr) -> Iterator[Average]:
    """The averages in a side, the outermost first."""
    for node in inside(side):
        found = average(node)
        if found is not None:
            yield found


def uncounted(side: Expr) -> Iterator[Average]:
    """Sums of squares that nothing divides, `\\sqrt{\\sum_i x_i^2 + \\epsilon}`: averages whose count got lost."""
    for node in inside(side):
        if isinstance(node, Summation):
            found = Average(*opened(node), ())
            if found.is_square and isinstance(found.base, Name):
                yield found


def average(expr: Expr) -> Average | None:
    """`sum / count` or `E[..]`: a product of one sum with numbers and counts, of which one divides."""
    expr = bare(expr)
    if isinstance(expr, Call):
        whole = expr.name.letter in ("E", "mean") and len(expr.arguments) == 1
        return Average(expr.name.subscripts, expr.arguments[0], ()) if whole else None
    sums: list[tuple[tuple[str, ...], Expr]] = []
    counts: list[str] = []
    ratios: list[tuple[str, str]] = []
    waiting: list[Expr] = [expr]
    while waiting:
        node = bare(waiting.pop())
        if isinstance(node, Product) and (body := _summed_by_ones(node.factors)) is not None:
            sums.append(((), body))
            waiting.extend(node.factors[:-2])
        elif isinstance(node, Product):
            waiting.extend(node.factors)
        elif isinstance(node, Summation):
            sums.append(opened(node))
        elif isinstance(node, Raised) and isinstance(norm := bare(node.base), Norm):
            sums.append(((), Raised(norm.body, node.exponent)))
        elif (divided := _divided(node)) is not None and is_made_of_counts(divided[1]):
            above, below = divided
            counts.extend(part.letter for part in inside(below) if isinstance(part, Name))
            ratios.extend(_ratios(below))
            waiting.append(above)
        elif not is_count(node):
            return None
    if len(sums) != 1 or not counts:
        return None
    bound, body = sums[0]
    return Average(bound, body, tuple(counts), tuple(ratios))


def _divided(expr: Expr) -> tuple[Expr, Expr] | None:
    """What stands above and below the line of a fraction, or of `n^{-1}`, which is one."""
    if isinstance(expr, Fraction):
        return expr.above, expr.below
    if isinstance(expr, Raised) and bare(expr.exponent) == Negative(Digits("1")):
        return Digits("1"), expr.base
    return None


def _ratios(expr: Expr) -> Iterator[tuple[str, str]]:
    for node in inside(expr):
        if isinstance(node, Fraction) and isinstance(above := bare(node.above), Name):
            if isinstance(below := bare(node.below), Name):
                yield above.letter, below.letter


def _summed_by_ones(factors: Sequence[Expr]) -> Expr | None:
    """x of `\\mathbf{1}^\\top x`, which is the sum of x, and X of `X^\\top \\mathbf{1}`, that of each column."""
    row = bare(factors[-2]) if len(factors) > 1 else None
    if not isinstance(row, Transposed):
        return None
    both = bare(row.body), bare(factors[-1])
    return both[1] if is_ones(both[0]) else both[0] if is_ones(both[1]) else None


def opened(total: Summation) -> tuple[tuple[str, ...], Expr]:
    """The indices and the body of sums that stand directly inside one another."""
    bound, body = list(total.bounds.indices), bare(total.body)
    while isinstance(body, Summation):
        bound.extend(body.bounds.indices)
        body = bare(body.body)
    return tuple(bound), body


def is_count(expr: Expr) -> bool:
    """Whether an expression could be a number or a count: digits and single letters without accents."""
    return all(
        isinstance(node, (Digits, Group, Addition, Negative, Product))
        or (isinstance(node, Name) and not node.accents and node.letter.isalpha())
        for node in inside(expr)
    )


def is_made_of_counts(expr: Expr) -> bool:
    """`\\frac{C}{G} H W`."""
    return all(isinstance(node, (Fraction, Product, Group)) or is_count(node) for node in inside(expr))


# -- the layer


@frozen
class Written:
    """One occurrence of a quantity: which part it plays, and its indices."""

    role: str
    index: tuple[str, ...]
    defines: bool = False
    """Whether it stands in a definition of the forward pass."""
    of_output: bool = False
    """Whether it stands in one of the output."""


@frozen
class Upper:
    """How far a sum runs: its index, the letter above it, and the indices of the inputs and outputs in it."""

    index: str
    upper: str
    inputs: tuple[tuple[str, ...], ...]


@frozen
class Statistic:
    """A definition of a mean or of a mean square: the indices of its head, and the average of the input."""

    index: tuple[str, ...]
    average: Average
    inputs: tuple[tuple[str, ...], ...]
    """The indices of the inputs in it."""
    centred: bool
    """Whether it is a mean, or the square of what is left of one."""

    @property
    def over(self) -> tuple[int, ...]:
        """The axes of the input that it is taken over."""
        index = self.inputs[0]
        bound = tuple(k for k, letter in enumerate(index) if letter in self.average.bound)
        return bound or tuple(k for k, letter in enumerate(index) if letter not in self.index)


def leading(statistics: Sequence[Statistic], written: Sequence[Written]) -> Statistic | None:
    """The definition that says what the statistics are taken over: the first, unless most of the note contradicts it.

    One wrong index in the definition of the mean does not make another layer of all that follows.
    """
    known = [one for one in statistics if one.inputs]
    known = [one for one in known if one.inputs[0]] or known  # of a whole matrix nothing is told by its indices
    votes = Counter(one.over for one in known)
    for row in (one.index for one in written if one.role == "v" and one.defines and one.index and known):
        index = known[0].inputs[0]
        if set(row) <= set(index):
            votes[tuple(k for k, letter in enumerate(index) if letter not in row)] += 1
    return max(known, key=lambda one: votes[one.over], default=None)


def shape_of(
    statistics: Sequence[Statistic],
    written: Sequence[Written],
    uppers: Iterable[Upper],
    dimensions: Sequence[str],
    declared: Layer | None,
) -> Shape:
    """The shape of a note.

    `written` are the quantities in reading order; `uppers` are the indices of sums with what they run up to,
    `dimensions` the letters of counts whose product the note names.
    """
    first = leading(statistics, written)
    layer = _layer(first, statistics, written, declared)
    letters = _letters(layer, written)
    along = dict(_along(layer, letters, first, uppers, dimensions))
    return Shape(layer, letters, along, two_scales=has_two_scales(written))


def _layer(
    first: Statistic | None, statistics: Sequence[Statistic], written: Sequence[Written], declared: Layer | None
) -> Layer:
    base = declared or BATCH
    families = [one.index for one in written if one.role == "x"]
    index = first.inputs[0] if first else max(families, key=len, default=()) if declared else ()
    rank = min(max(1, len(index)), MOST_AXES)
    if first is not None:
        over = first.over
    else:
        over = base.over if base.rank == rank else _usual_over(base, rank)
    over = over or (0,)
    centred = base.centred if first is None else any(one.centred for one in statistics)
    layer = replace(base, rank=rank, over=over, centred=centred, gains=())
    return replace(layer, gains=_gains(layer, base, index, written))


def _usual_over(base: Layer, rank: int) -> tuple[int, ...]:
    """Samples come first, features last."""
    if rank == 1:
        return (0,)
    return (rank - 1,) if base.gains else (0, *range(2, rank))


def _gains(layer: Layer, base: Layer, index: Sequence[str], written: Sequence[Written]) -> tuple[int, ...]:
    """Where the scale carries an index of the input beside it; otherwise the axes that are usual for the layer."""
    scales = [one.index for one in written if one.role == "gamma" and one.index and not _is_scalar(written)]
    scales = [one for one in scales if not all(letter.isdigit() for letter in one)]  # `\\gamma_1`, of the first layer
    defining = [one.index for one in written if one.role == "gamma" and one.index and one.defines]
    # A letter that runs elsewhere in each line, as k in `x_{kl}` and `beta_k`, tells nothing.
    settled = _single(layer, [one for one in written if one.role == "x" and one.defines])
    scales = [one for one in scales if set(one) <= settled.keys()] or scales
    known = max(scales, key=lambda one: (scales.count(one), one in defining), default=())
    letters = _letters(layer, [one for one in written if one.role != "gamma"])
    found = tuple(sorted({letters[one] for one in known if one in letters}))
    if found:
        return found
    if known and layer.rank == 1:
        return (0,)
    if layer.rank == 1:
        return base.gains
    return layer.over[-1:] if base.gains else layer.kept[-1:]


def _is_scalar(written: Sequence[Written]) -> bool:
    """Whether the scale has no index in a definition whose other letters have theirs: a later index is a slip.

    In a note that defines it both ways, most of its lines tell.
    """
    defined = [one for one in written if one.defines]
    if has_two_scales(written):
        scales = [bool(one.index) for one in written if one.role == "gamma"]
        return 2 * sum(scales) <= len(scales)
    plain = [one for one in defined if one.role == "gamma"]
    plain = [one for one in plain if one.of_output] or plain
    return bool(plain) and not any(one.index for one in plain) and all(one.index for one in defined if one.role == "x")


def has_two_scales(written: Sequence[Written]) -> bool:
    """Whether the scale stands with an index in one definition of the output, and without one in another."""
    return len({bool(one.index) for one in written if one.role == "gamma" and one.of_output}) > 1


def _letters(layer: Layer, written: Sequence[Written]) -> dict[str, int]:
    """The axis of each index letter, as the definitions have it, those of inputs and outputs first.

    A letter that names several axes there is left out.
    """
    defined = [one for one in written if one.defines]
    families = [one for one in defined if one.role == "x"]
    return {**_single(layer, written), **_single(layer, defined), **_single(layer, families)}


SLIPS = 3
"""How many places of one kind outweigh one of another, which is a slip then."""


def _single(layer: Layer, written: Iterable[Written]) -> dict[str, int]:
    found: dict[str, Counter[int]] = {}
    axes = {"x": tuple(range(layer.rank)), "v": layer.kept, "gamma": layer.gains}
    for one in written:
        own = axes[one.role]
        if len(own) == len(one.index):
            for letter, axis in zip(one.index, own, strict=True):
                found.setdefault(letter, Counter())[axis] += 1
    usual = {letter: places.most_common(1)[0] for letter, places in found.items()}
    return {letter: axis for letter, (axis, count) in usual.items() if count > SLIPS * (found[letter].total() - count)}


def _along(
    layer: Layer,
    letters: Mapping[str, int],
    first: Statistic | None,
    uppers: Iterable[Upper],
    dimensions: Sequence[str],
) -> Iterator[tuple[str, tuple[int, ...]]]:
    if layer.rank == 1:
        return
    counted: dict[str, tuple[int, ...]] = {}
    for one in _leading_first(uppers, first, letters, layer):
        places = {index.index(one.index) for index in one.inputs if len(index) == layer.rank and one.index in index}
        axis = min(places) if len(places) == 1 else letters.get(one.index)
        if axis is not None:
            counted.setdefault(one.upper, (axis,))
    for whole, part in first.average.ratios if first else ():
        axes = [letters.get(one.lower()) for one in (part, whole)]
        if axes[0] is not None and axes[1] is not None:
            counted |= {part: (axes[0],), whole: (axes[0], axes[1])}
    divisors = [one for one in dict.fromkeys(first.average.counts if first else ()) if one not in counted]
    if len(divisors) == 1 and not counted.keys() & set(first.average.counts if first else ()):
        counted[divisors[0]] = layer.over
    else:
        counted |= _by_case(divisors, letters)
        left = [axis for axis in layer.over if (axis,) not in counted.values()]
        counted |= dict(zip((one for one in divisors if one not in counted), ((axis,) for axis in left), strict=False))
    counted |= _by_case([one for one in dimensions if one not in counted], letters)
    yield from counted.items()


def _leading_first(
    uppers: Iterable[Upper], first: Statistic | None, letters: Mapping[str, int], layer: Layer
) -> list[Upper]:
    """What the statistics divide by runs along their axes, wherever a slip may have it."""
    own = set(first.average.counts) if first is not None else set()
    return sorted(uppers, key=lambda one: not (one.upper in own and letters.get(one.index) in layer.over))


def _by_case(counts: Sequence[str], letters: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """N counts what n runs over."""
    return {one: (letters[one.lower()],) for one in counts if one.isupper() and one.lower() in letters}


def widened(layer: Layer, rank: int, scaled: int | None = None) -> Layer:
    """The layer with as many indices as a chain writes: further ones are those of samples, or of features.

    `scaled` is the axis of the letter that the chain has below its scale.
    """
    if rank <= layer.rank or layer.rank > 1:
        return layer
    rank = min(rank, MOST_AXES)
    if layer.exponential:
        return replace(layer, rank=rank, over=(rank - 1,))
    if layer.gains:
        return replace(layer, rank=rank, over=(rank - 1,), gains=(rank - 1,))
    gain = 1 if scaled is None or scaled >= rank else scaled
    return replace(layer, rank=rank, over=tuple(axis for axis in range(rank) if axis != gain), gains=(gain,))
