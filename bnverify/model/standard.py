"""The layers as people write them: how many indices the input has, their letters, and the letters of the sizes.

`layers.py` has what front matter may name, for an input with one index; here is what `derive` and `graph` write.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from bnverify.frozen import frozen
from bnverify.model.axes import axis_of, on_axis
from bnverify.model.conventions import Convention, Epsilon, Residual, Variance
from bnverify.model.forward import Forward, normalisation
from bnverify.model.layers import BATCH, Layer
from bnverify.model.letters import SIZE, USUAL, Spelling
from bnverify.model.notation import Symbol
from bnverify.model.quantities import VARIANCE
from bnverify.model.terms import (
    Cases,
    Plus,
    Power,
    Sum,
    Term,
    Times,
    Value,
    free_indices,
    fresh_index,
    rename,
)


@frozen
class Standard:
    """A layer with the letters that people use for it."""

    layer: Layer
    indices: tuple[str, ...]
    """For each axis the letters of its indices, the first for the quantity that is spoken of."""
    sizes: tuple[str, ...]
    """For each axis the letter of its size."""
    meanings: tuple[str, ...]
    """For each axis what it counts."""
    beside: str = ""
    """The size of what is left out of the formulas because each of it is normalised by itself."""

    @property
    def own(self) -> tuple[str, ...]:
        """The index of the input."""
        return tuple(on_axis(letters[0], axis) for axis, letters in enumerate(self.indices))

    @property
    def other(self) -> tuple[str, ...]:
        """The index of another place of the input that shares its statistics."""
        return tuple(
            on_axis(letters[1 if axis in self.layer.over else 0], axis) for axis, letters in enumerate(self.indices)
        )

    def forward(self, convention: Convention) -> Forward:
        return normalisation(convention, self.layer)

    def value(self, name: str, forward: Forward, index: tuple[str, ...] = ()) -> Value:
        """A quantity at an index of the input, by default that of `own`."""
        at = dict(zip(range(self.layer.rank), index or self.own, strict=True))
        return Value(name, tuple(at[axis_of(one)] for one in forward.index_of(name)))

    def lettered(self, term: Term, *beside: Term) -> Term:
        """The term with its bound indices in the letters of their axes, none of them free here or in what is beside."""
        free = frozenset().union(*(free_indices(one) for one in (term, *beside)))
        return _lettered(term, self.indices, free)

    def spelling(self, beyond_ascii: bool = False) -> Spelling:
        """The usual letters, v for the variance beyond ASCII and in RMS norm, and a letter for each size."""
        sizes = {f"{SIZE} {axis}": Symbol(letter) for axis, letter in enumerate(self.sizes)}
        short = {} if self.layer.centred and not beyond_ascii else {VARIANCE: Symbol("v")}
        return Spelling({**USUAL, **sizes, **short}, beyond_ascii=beyond_ascii)

    def refused(self, convention: Convention) -> str:
        """Why the layer does not exist under a convention; empty where it does."""
        if self.layer.centred:
            return ""
        if convention.variance is not Variance.BIASED:
            return f"{self.layer.title} divides by its mean of squares, which has no other form than 1/{self.sizes[-1]}"
        if convention.residual is not Residual.X_MINUS_MU:
            return f"{self.layer.title} takes no mean away, so its residual has no sign to choose"
        return ""

    def conventions(self) -> Iterator[Convention]:
        """Every convention under which the layer exists."""
        for one in product(Variance, Epsilon, Residual):
            convention = Convention(*one)
            if not self.refused(convention):
                yield convention


def _lettered(term: Term, letters: tuple[str, ...], taken: frozenset[str]) -> Term:
    match term:
        case Sum(index=index, body=body):
            axis = axis_of(index)
            known = (on_axis(letter, axis) for letter in letters[axis])
            chosen = next((one for one in known if one not in taken), fresh_index(index, taken))
            return Sum(chosen, _lettered(rename(body, {index: chosen}), letters, taken | {chosen}))
        case Plus(terms=parts):
            return Plus(tuple(_lettered(part, letters, taken) for part in parts))
        case Times(factors=parts):
            return Times(tuple(_lettered(part, letters, taken) for part in parts))
        case Power(base=base, exponent=exponent):
            return Power(_lettered(base, letters, taken), exponent)
        case Cases(rows=rows):
            return Cases(tuple((conditions, _lettered(value, letters, taken)) for conditions, value in rows))
        case _:
            return term


STANDARD: Mapping[str, Standard] = {
    one.layer.name: one
    for one in (
        Standard(BATCH, ("ikl",), ("N",), ("sample",), beside="D"),
        Standard(
            Layer("layer", "layer norm", rank=2, over=(1,), gains=(1,)),
            ("ik", "jl"), ("N", "D"), ("sample", "feature"),
        ),
        Standard(
            Layer("rms", "RMS norm", rank=2, over=(1,), gains=(1,), centred=False, shifted=False),
            ("ik", "jl"), ("N", "D"), ("sample", "feature"),
        ),
        Standard(
            Layer("group", "group norm", rank=4, over=(2, 3), gains=(1, 2)),
            ("nm", "gh", "ca", "pq"), ("N", "G", "C", "P"), ("sample", "group", "channel of the group", "position"),
        ),
        Standard(
            Layer("instance", "instance norm", rank=3, over=(2,), gains=(1,)),
            ("nm", "ca", "pq"), ("N", "C", "P"), ("sample", "channel", "position"),
        ),
    )
}  # fmt: skip
"""Every layer that is derived; batch norm is written for one feature, of which there are D."""
