"""A batch size -> one row of a layer with its batch; what cannot be is refused before anything is derived."""

from __future__ import annotations

from fractions import Fraction

from bnverify.derivation.batch import Numbers, usual_batch
from bnverify.derivation.derivation import Asked
from bnverify.frozen import frozen
from bnverify.model.forward import Forward, normalisation
from bnverify.truth.rows import one_row

LARGEST_N = 256
"""The largest size that SymPy follows in some seconds."""


class TooLarge(ValueError):
    """The batch is larger than SymPy can follow in seconds."""


class Undefined(ValueError):
    """There is no forward pass at this batch size."""


class WrongLength(ValueError):
    """The numbers given are not one for each sample."""


@frozen
class Sized:
    """One row of a layer with n places, its batch, and the upstream gradients."""

    asked: Asked
    n: int
    x: Numbers
    g: Numbers

    @property
    def forward(self) -> Forward:
        return normalisation(self.asked.convention, one_row(self.asked.standard.layer))


def sized(asked: Asked, n: int, x: Numbers | None = None, g: Numbers | None = None, force: bool = False) -> Sized:
    """What is asked for at one size. Raises TooLarge, Undefined or WrongLength."""
    if asked.convention.undefined_for(n):
        raise Undefined(asked.convention.undefined_for(n))
    if n > LARGEST_N and not force:
        raise TooLarge(
            f"n = {n} is more than {LARGEST_N}: SymPy would differentiate {4 * n} edges of the graph, "
            f"{n / LARGEST_N:.1f} times the work of n = {LARGEST_N}, which takes some seconds, and the formulas hold "
            "for every n anyway; --force does it all the same"
        )
    for name, given in (("x", x), ("g", g)):
        if given is not None and len(given) != n:
            raise WrongLength(f"{name} has {len(given)} numbers, and n is {n}: one for each sample is needed")
    row = Sized(asked, n, (), ()).forward
    return Sized(asked, n, x or usual_batch(row, n), g or tuple(Fraction((1, 0, 2, 1)[k % 4]) for k in range(n)))
