"""Conventions as data: what the definitions of the forward pass may differ in without being wrong.

Each part of a convention is a table of choices; a choice is one entry of it. The forward pass is built from the
terms of the entries, so every witness follows a new one, and the screen and the command line take its words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from fractions import Fraction
from itertools import product
from typing import Any, Self

from bnverify.frozen import frozen
from bnverify.model.quantities import EPSILON, INPUT, MEAN, NORMALISED, OUTPUT, VARIANCE
from bnverify.model.terms import Count, Term, Value, negative, number, plus, power, walk

HALF = Fraction(1, 2)
SAMPLE = "i"
"""The index that is free in the terms of the tables."""


class Choice(StrEnum):
    """One way to fill a part of a convention; the value is its name in flags, front matter and JSON."""

    short: str
    """A formula or a word or two, for the head of a column."""
    words: str
    """How a sentence says it, behind `under` or `with`."""
    term: Term
    """What it contributes to the forward pass; each table says what that is."""
    alone: str
    """Why it has no forward pass for a single sample; empty where it has one."""

    def __new__(cls, name: str, short: str, words: str, term: Term, alone: str = "") -> Choice:
        one = str.__new__(cls, name)
        one._value_ = name
        one.short, one.words, one.term, one.alone = short, words, term, alone
        return one

    @classmethod
    def usual(cls) -> Self:
        """The first entry of the table."""
        return next(iter(cls))

    @classmethod
    def named(cls, name: str) -> Self:
        """The choice of this name. Raises ValueError where there is none."""
        found = next((one for one in cls if one.value == name), None)
        if found is None:
            raise ValueError(f"{cls.__name__.lower()} is one of {', '.join(cls)}, not {name!r}")
        return found


class Variance(Choice):
    """What the sum of the squares (x_j - mu)^2 is divided by."""

    BIASED = "biased", "1/n", "the biased variance", Count()
    UNBIASED = (
        "unbiased", "1/(n-1)", "the unbiased variance", plus(Count(), number(-1)),
        "the unbiased variance divides by n - 1, which is 0 for one sample",
    )  # fmt: skip


class Epsilon(Choice):
    """What the residual is divided by."""

    INSIDE = "inside", "sqrt(v + eps)", "epsilon inside the root", power(plus(Value(VARIANCE), Value(EPSILON)), HALF)
    OUTSIDE = (
        "outside", "sqrt(v) + eps", "epsilon outside the root", plus(power(Value(VARIANCE), HALF), Value(EPSILON)),
    )  # fmt: skip
    NONE = (
        "none", "sqrt(v)", "no epsilon", power(Value(VARIANCE), HALF),
        "the variance of one sample is 0, and without epsilon x-hat is 0/0",
    )  # fmt: skip


class Residual(Choice):
    """The numerator of x-hat."""

    X_MINUS_MU = "x-mu", "x - mu", "the residual x - mu", plus(Value(INPUT, (SAMPLE,)), negative(Value(MEAN)))
    MU_MINUS_X = "mu-x", "mu - x", "the residual mu - x", plus(Value(MEAN), negative(Value(INPUT, (SAMPLE,))))


class Upstream(Choice):
    """The quantity by which a written dL/dx-hat is the gradient of the loss."""

    AS_WRITTEN = "as-written", "dL/dxhat", "dL/dx-hat as written", Value(NORMALISED, (SAMPLE,))
    Y = "y", "dL/dy for dL/dxhat", "dL/dx-hat standing for dL/dy", Value(OUTPUT, (SAMPLE,))

    @property
    def quantity(self) -> str:
        """The name of that quantity."""
        return next(part.name for part in walk(self.term) if isinstance(part, Value))


class Samples(Choice):
    """What n counts. The formulas are the same: n is the number of terms of each sum over samples."""

    BATCH = "batch", "n", "n the batch size", Count()
    SPACE = "batch-space", "N H W", "n the batch size times the positions in space", Count()
    SHARDS = "shards", "sum_k n_k", "n the sum of the batches of all devices", Count()


@frozen
class Convention:
    """One consistent set of choices; the forward pass is built from it."""

    variance: Variance = Variance.BIASED
    epsilon: Epsilon = Epsilon.INSIDE
    residual: Residual = Residual.X_MINUS_MU
    upstream: Upstream = Upstream.AS_WRITTEN
    count: Samples = Samples.BATCH

    @property
    def choices(self) -> Mapping[str, Choice]:
        """The choice of each part, in the order of the tables."""
        return {part: getattr(self, part) for part in PARTS}

    @property
    def undefined_alone(self) -> str:
        """Why there is no forward pass for a single sample; empty where there is one."""
        return next((choice.alone for choice in self.choices.values() if choice.alone), "")

    def undefined_for(self, size: int) -> str:
        """Why there is no forward pass for so few samples; empty where there is one."""
        if size < 1:
            return f"a batch of {size} samples has no mean"
        return self.undefined_alone if size < self.smallest_n else ""

    @property
    def smallest_n(self) -> int:
        """The least batch size at which the forward pass is defined."""
        return 2 if self.undefined_alone else 1

    def differs_from(self, other: Convention) -> tuple[str, ...]:
        """The parts that are filled otherwise."""
        return tuple(part for part, choice in self.choices.items() if choice is not other.choices[part])


USUAL = Convention()
"""What holds where nobody says anything."""
PARTS: Mapping[str, type[Choice]] = {
    "variance": Variance, "epsilon": Epsilon, "residual": Residual, "upstream": Upstream, "count": Samples,
}  # fmt: skip
"""The table of choices for each part of a convention, by the name of its field, flag and key."""
OF_FORWARD = ("variance", "epsilon", "residual")
"""The parts that the forward pass itself is made of; the others are what a note means by its letters."""
VARIED = (*OF_FORWARD, "upstream")
"""The parts on which the truth of a formula depends."""
NAMES: Mapping[str, tuple[str, ...]] = {part: tuple(one.value for one in table) for part, table in PARTS.items()}


def with_choices(convention: Convention, chosen: Mapping[str, str]) -> Convention:
    """The convention with some parts filled by name. Raises ValueError for a name that is not in its table."""
    named: Mapping[str, Any] = {part: PARTS[part].named(name) for part, name in chosen.items()}
    return replace(convention, **named)


def every_convention(
    like: Convention, forced: Collection[str] = (), parts: Sequence[str] = VARIED
) -> Iterator[Convention]:
    """Every combination of choices for some parts; those that are forced, and all others, are filled as they are."""
    free = [part for part in parts if part not in forced]
    for chosen in product(*(PARTS[part] for part in free)):
        named: Mapping[str, Any] = dict(zip(free, chosen, strict=True))
        yield replace(like, **named)
