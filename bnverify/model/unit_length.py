"""A note that divides its input by its length, `\\hat{x} = x/\\|x\\|` -> the layer in which the squares are added up.

L2 normalisation and weight normalisation are RMS norm with a sum for the mean of the squares. In a note that speaks
of the root mean square, such a sum has lost its count, and is a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from bnverify.model.conventions import Epsilon
from bnverify.model.declarations import Agree, Declared, is_right, node_definitions
from bnverify.model.notation import Notation, Role
from bnverify.pattern import pattern
from bnverify.read.chains import Script
from bnverify.read.syntax import Norm, inside

TITLE = "L2 normalisation"
OF_A_MEAN = pattern(
    r"\bRMS|root[- ]mean[- ]square|\bmean square|\b(?:layer|batch|group|instance)[- ]?norm", re.IGNORECASE
)
"""Words that name another layer."""


def with_unit_length(
    script: Script, notation: Notation, declared: Declared, declare_in: Callable[[Notation], Declared], agree: Agree
) -> tuple[Notation, Declared]:
    """The notation of the layer by which x-hat, or the output without it, is right as the note defines it."""
    layer = notation.shape.layer
    if layer.exponential or layer.constant:
        return notation, declared
    of_a_mean = OF_A_MEAN.search(script.note.text) is not None
    defined = (one for one in node_definitions(script, notation) if one.role in (Role.NORMALISED, Role.OUTPUT))
    definition = next(defined, None)
    if definition is None or is_right(definition, notation, declared.convention, agree):
        return notation, declared
    # Bars are a length whatever is said elsewhere; a sum may have lost its count.
    if of_a_mean and not any(isinstance(node, Norm) for node in inside(definition.chain.steps[0].side)):
        return notation, declared
    own = replace(layer, centred=False, length=True, title=TITLE)
    other = replace(notation, shape=replace(notation.shape, layer=own))
    found = declare_in(other)
    alone = found.convention.epsilon is Epsilon.NONE  # with epsilon it is a mean of squares that lost its count
    return (other, found) if alone and is_right(definition, other, found.convention, agree) else (notation, declared)
