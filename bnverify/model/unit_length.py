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

TITLE = "L2 normalisation"
OF_A_MEAN = pattern(
    r"\bRMS|root[- ]mean[- ]square|\bmean[- ]squares?\b|\bmean of (?:the )?squares|quadratic mean", re.IGNORECASE
)
"""Words for what is divided by in RMS norm."""


def with_unit_length(
    script: Script, notation: Notation, declared: Declared, declare_in: Callable[[Notation], Declared], agree: Agree
) -> tuple[Notation, Declared]:
    """The notation of the layer by which x-hat, or the output without it, is right as the note defines it."""
    layer = notation.shape.layer
    if layer.exponential or layer.constant:
        return notation, declared
    definitions = node_definitions(script, notation)
    statistics = any(one.role in (Role.MEAN, Role.VARIANCE) for one in definitions)
    definition = next((one for one in definitions if one.role in (Role.NORMALISED, Role.OUTPUT)), None)
    if definition is None or statistics or OF_A_MEAN.search(script.note.text):
        return notation, declared
    if is_right(definition, notation, declared.convention, agree):
        return notation, declared
    own = replace(layer, centred=False, length=True, title=TITLE)
    other = replace(notation, shape=replace(notation.shape, layer=own))
    found = declare_in(other)
    alone = found.convention.epsilon is Epsilon.NONE  # with epsilon it is a mean of squares that lost its count
    return (other, found) if alone and is_right(definition, other, found.convention, agree) else (notation, declared)
