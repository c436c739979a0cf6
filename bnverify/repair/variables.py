"""A derivative of one quantity by another -> the quantities that it may be meant to be taken by."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bnverify.model.notation import Role
from bnverify.read.syntax import Derivative, bare
from bnverify.repair.vocabulary import Vocabulary

VARIABLES = (Role.INPUT, Role.NORMALISED, Role.MEAN, Role.VARIANCE, Role.SCALE, Role.SHIFT)
MADE_OF: Mapping[Role, tuple[Role, ...]] = MappingProxyType(
    {
        Role.MEAN: (Role.INPUT,),
        Role.VARIANCE: (Role.INPUT, Role.MEAN),
        Role.NORMALISED: (Role.INPUT, Role.MEAN, Role.VARIANCE),
    }
)
"""By anything else their derivative is zero, and a term that vanishes mends too much."""


def variables_of(derivative: Derivative, words: Vocabulary) -> tuple[Role, ...]:
    role = words.role(bare(derivative.of)) if derivative.of is not None else None
    return MADE_OF.get(role, VARIABLES) if role is not None else VARIABLES
