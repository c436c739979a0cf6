"""What a function is tried on: shapes, layers and conventions, and the numbers of each trial."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from math import prod

import numpy as np

from bnverify.frozen import frozen
from bnverify.model.conventions import HALF, Convention, Epsilon, Residual, Variance, every_convention
from bnverify.model.forward import Forward, denominator, normalisation
from bnverify.model.layers import Layer
from bnverify.model.quantities import EPSILON, INPUT, MEAN, NORMALISED, OUTPUT, SCALE, SHIFT, VARIANCE
from bnverify.model.terms import Value, power
from bnverify.trial.values import UPSTREAM, Array, forward_table

GROUPS = 2
EPS = 0.7
"""Of the order of the variance, so that its place matters."""
FAR = 1e4
USUAL = Convention()


@frozen
class Trial:
    """The shape of an input, and where its numbers lie."""

    shape: tuple[int, ...]
    mean: float = 1.0
    fresh: bool = False
    """Whether it is kept from the search for a cause."""

    @property
    def is_far(self) -> bool:
        return self.mean == FAR


@frozen
class Shape:
    """How many indices an input has, the layers that take it, and the trials."""

    name: str
    layers: tuple[Layer, ...]
    trials: tuple[Trial, ...]


def _trials(*shapes: tuple[int, ...]) -> tuple[Trial, ...]:
    """The last shape is for the trial that no search sees, the one before it for a large mean."""
    *near, far, fresh = shapes
    return (*map(Trial, near), Trial(far, FAR), Trial(fresh, -0.5, fresh=True))


EVERYTHING = "everything"
"""A layer of no name, whose statistics run over the whole array: a lost axis."""
SHAPES: Mapping[str, Shape] = {
    one.name: one
    for one in (
        Shape(
            "n,d",
            (
                Layer("batch", "batch norm", 2, (0,), (1,)),
                Layer("layer", "layer norm", 2, (1,), (1,)),
                Layer("rms", "RMS norm", 2, (1,), (1,), centred=False),
                Layer("inference", "batch norm in inference", 2, (0,), (1,), constant=True),
                Layer(EVERYTHING, "statistics over the whole array", 2, (0, 1), (1,)),
            ),
            _trials((3, 5), (4, 7), (5, 3), (6, 4), (8, 6), (7, 4), (7, 5)),
        ),
        Shape(
            "n,c,h,w",
            (
                Layer("batch", "batch norm over N x H x W", 4, (0, 2, 3), (1,)),
                Layer("instance", "instance norm", 4, (2, 3), (1,)),
                Layer("group", "group norm", 5, (2, 3, 4), (1, 2)),
                Layer("layer", "layer norm over C x H x W", 4, (1, 2, 3), (1, 2, 3)),
            ),
            _trials((2, 4, 1, 3), (3, 4, 2, 2), (2, 6, 1, 5), (3, 4, 2, 3), (5, 4, 1, 6), (2, 4, 1, 5), (3, 6, 2, 4)),
        ),
        Shape(
            "n",
            (
                Layer("batch", "batch norm of one feature"),
                Layer("layer", "layer norm of one sample", gains=(0,)),
                Layer("rms", "RMS norm of one sample", gains=(0,), centred=False),
            ),
            _trials((4,), (5,), (6,), (8,), (7,), (7,)),
        ),
    )
}


@frozen
class Setting:
    """One answer to what the function may be the backward pass of."""

    shape: str
    layer: Layer
    convention: Convention
    eps: float
    root_is_bare: bool = False
    """Whether what is called std is the root of the variance alone, where epsilon is given beside it."""

    @property
    def forward(self) -> Forward:
        return normalisation(self.convention, self.layer)

    def sizes(self, trial: Trial) -> tuple[int, ...]:
        """The places of each axis; group norm parts the channels in two."""
        if self.layer.name != "group":
            return trial.shape
        n, c, *space = trial.shape
        return (n, GROUPS, c // GROUPS, *space)


def settings(shape: Shape, constants: Sequence[float | None], bare_roots: bool) -> Iterator[Setting]:
    """Every layer and convention, the usual ones first; `constants` are what epsilon may be, None where it is given."""
    for layer in shape.layers:
        for convention in conventions(layer):
            for eps in _epsilons(convention, constants):
                yield Setting(shape.name, layer, convention, eps)
                if bare_roots and convention.epsilon is not Epsilon.NONE:
                    yield Setting(shape.name, layer, convention, eps, root_is_bare=True)


def _epsilons(convention: Convention, constants: Sequence[float | None]) -> Sequence[float]:
    given = [EPS if one is None else one for one in constants]
    return given[:1] if convention.epsilon is Epsilon.NONE else given


def conventions(layer: Layer) -> Iterator[Convention]:
    """Those that make a difference; what is divided by in RMS norm has no unbiased form."""
    for one in every_convention(USUAL, parts=("residual", "variance", "epsilon")):
        plain = one.variance is Variance.BIASED or (layer.centred and not layer.constant)
        if plain and (layer.centred or one.residual is Residual.X_MINUS_MU):
            yield one


@lru_cache(maxsize=4096)
def table_of(setting: Setting, trial: Trial, small: bool) -> Mapping[str, Array]:
    """The numbers of a trial: every quantity of the forward pass, and the upstream gradient.

    `small`: with a variance of the order of the small epsilon that a function hides.
    """
    sizes = setting.sizes(trial)
    drawn = np.random.default_rng((*trial.shape, int(abs(trial.mean) * 10)))
    spread = 0.02 if small else 1.5
    around = drawn.uniform(0.5, 1.5, trial.shape[1:])
    x = trial.mean * (spread if small else 1.0) + spread * drawn.uniform(0.6, 1.6, trial.shape[1:]) * (
        drawn.standard_normal(trial.shape) + around
    )
    upstream = drawn.standard_normal(trial.shape) + 0.4
    gains = tuple(sizes[axis] for axis in setting.layer.gains)
    scale = np.asarray(drawn.uniform(1.3, 2.6, prod(gains)) * drawn.choice([-1.0, 1.0], prod(gains))).reshape(gains)
    shift = np.asarray(drawn.standard_normal(prod(gains))).reshape(gains)
    leaves = {
        INPUT: x.reshape(sizes),
        UPSTREAM: upstream.reshape(sizes),
        SCALE: scale,
        SHIFT: shift,
        EPSILON: np.asarray(setting.eps),
    }
    if setting.layer.constant:
        leaves |= _statistics_of_the_batch(setting, leaves, sizes)
    return forward_table(setting.forward, leaves, sizes)


def _statistics_of_the_batch(setting: Setting, leaves: Mapping[str, Array], sizes: Sequence[int]) -> dict[str, Array]:
    """The constants of inference: those of the batch, so that a lost path and inference are the same numbers."""
    training = next(one for one in SHAPES[setting.shape].layers if one.name == "batch")
    table = forward_table(normalisation(setting.convention, training), leaves, sizes)
    return {MEAN: table[MEAN], VARIANCE: table[VARIANCE]}


def row_of(setting: Setting) -> tuple[str, ...]:
    """The indices of the input, as its forward pass writes them."""
    return setting.forward.index_of(NORMALISED)


def given(role: str, setting: Setting, trial: Trial, style: str, small: bool) -> Array | float | int | None:
    """What a parameter of some part gets; None where the layer has no such thing."""
    table, layer, sizes = table_of(setting, trial, small), setting.layer, setting.sizes(trial)
    if role in (SIZE, GROUPS_PART):
        return GROUPS if role == GROUPS_PART else prod(sizes[axis] for axis in layer.over)
    if role == EPSILON:
        return setting.eps
    if role in WHOLE:
        found = table[WHOLE[role]] if role != "dxhat" else table[UPSTREAM] * _along(table[SCALE], layer.gains, sizes)
        return np.ascontiguousarray(found.reshape(trial.shape))
    if role in (SCALE, SHIFT):
        return _shaped(table[role], layer.gains, sizes, trial, style == "kept")
    if role == MEAN_PART and not layer.centred:
        return None
    return _shaped(_statistic(role, setting, table, sizes), layer.kept, sizes, trial, style != "flat")


SIZE, GROUPS_PART, MEAN_PART = "n", "groups", "mean"
WHOLE = {"x": INPUT, "dy": UPSTREAM, "xhat": NORMALISED, "y": OUTPUT, "dxhat": UPSTREAM}
"""Parts with the shape of the input."""
STYLES = ("flat", "mixed", "kept")
"""Whether gains and statistics keep the axes of the input that they do not vary along: neither, statistics, both."""


def _statistic(role: str, setting: Setting, table: Mapping[str, Array], sizes: Sequence[int]) -> Array:
    """A statistic along the axes that it varies along."""
    if role == MEAN_PART:
        return table[MEAN]
    if role == "var":
        return table[VARIANCE]
    root = deviation(setting, table, sizes)
    return root if role == "std" else 1 / root


def deviation(setting: Setting, table: Mapping[str, Array], sizes: Sequence[int]) -> Array:
    """What the residual is divided by, or the root of the variance alone."""
    from bnverify.trial.values import spread

    own = row_of(setting)
    term = (
        power(Value(VARIANCE, setting.layer.at_kept(own)), HALF)
        if setting.root_is_bare
        else denominator(setting.forward, own)
    )
    return spread(term, setting.layer.at_kept(own), table, sizes)


def _along(array: Array, axes: Sequence[int], sizes: Sequence[int]) -> Array:
    """An array laid along some axes of the input, with one place along the others."""
    return array.reshape([size if axis in axes else 1 for axis, size in enumerate(sizes)])


def _shaped(array: Array, axes: Sequence[int], sizes: Sequence[int], trial: Trial, keep: bool) -> Array | float:
    """Gains and statistics in the shape that a function expects; the channels of groups stand together."""
    if keep:
        found = _along(array, axes, sizes)
        if len(sizes) > len(trial.shape) and 2 in axes:
            found = found.reshape(1, trial.shape[1], 1, 1)
        return np.ascontiguousarray(found)
    if not array.ndim:
        return float(array)
    return np.ascontiguousarray(array.reshape(-1) if len(sizes) > len(trial.shape) and 2 in axes else array)
