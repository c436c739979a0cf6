"""The layer that a note is about -> one line that says what its statistics run over."""

from __future__ import annotations

from bnverify.model.layers import Layer
from bnverify.model.notation import Notation


def layer_words(notation: Notation) -> str:
    """`layer norm: the mean and the variance over j, a gain for each j`; nothing for plain batch norm."""
    layer = notation.shape.layer
    if layer.exponential:
        return "softmax, with the loss that the note defines" if layer.loss or notation.loss else "softmax"
    if layer.constant:
        return "batch norm in inference: the mean and the variance are constants"
    statistics = "the mean and the variance" if layer.centred else "the length" if layer.length else "the mean square"
    if layer.rank == 1:
        own = ", a gain for each entry" if layer.gains else ""
        return f"{_title(layer)}: {statistics} of one row{own}" if own or not layer.centred else ""
    letters = {axis: letter for letter, axis in reversed(list(notation.shape.letters.items()))}
    over, gains = ([letters.get(axis, f"index {axis + 1}") for axis in axes] for axes in (layer.over, layer.gains))
    own = f", a gain for each {' and '.join(gains)}" if gains else ""
    return f"{_title(layer)}: {statistics} over {', '.join(over)}{own}"


def _title(layer: Layer) -> str:
    """What a layer of this shape is called, where the note does not say."""
    if layer.length:
        return layer.title
    # Front matter does not turn the definitions of another layer into its own.
    entries = layer.rank == 1 or bool(set(layer.gains) & set(layer.over))
    fits = {"batch": False, "layer": entries, "rms": not layer.centred}
    if fits.get(layer.name, True):
        return layer.title
    if not layer.centred:
        return "RMS norm"
    if set(layer.gains) & set(layer.over):
        return "layer norm" if set(layer.gains) == set(layer.over) else "group norm"
    return "batch norm" if 0 in layer.over else "instance norm"


def has_variance(notation: Notation) -> bool:
    """Whether the layer takes a variance, so that it matters what that is divided by."""
    layer = notation.shape.layer
    return not (layer.exponential or layer.constant or layer.length)
