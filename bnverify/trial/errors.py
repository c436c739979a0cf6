"""What a function returned beside the truth: how far apart, where, and whether that is rounding."""

from __future__ import annotations

import numpy as np

from bnverify.frozen import frozen
from bnverify.model.quantities import INPUT, VARIANCE
from bnverify.trial.inputs import Trial, table_of
from bnverify.trial.observed import Observed
from bnverify.trial.values import Array, gradient_term, spread

DOUBLE, SINGLE = 1e-7, 1e-3
"""Relative errors that are rounding, by what the function computes in."""
ROUNDING = 2.0**-52 * 64


@frozen
class Difference:
    """The place where a gradient is farthest from the truth."""

    trial: Trial
    index: tuple[int, ...]
    found: float
    true: float


def error(seen: Observed, name: str, place: int) -> float:
    """The relative error of a gradient, or of y, for one trial."""
    true, found = truth(seen, name, seen.trials[place]), seen.flat(name, place)
    if true.shape != found.shape:
        return float("inf")
    return float(np.max(np.abs(found - true)) / (np.max(np.abs(true)) or 1.0))


def truth(seen: Observed, name: str, trial: Trial) -> Array:
    table, setting = table_of(seen.setting, trial, seen.small), seen.setting
    if name == "y":
        return table["y"].reshape(-1)
    term, index = gradient_term(name, setting.forward)
    return spread(term, index, table, setting.sizes(trial)).reshape(-1)


def tolerance(seen: Observed, trial: Trial) -> float:
    """What rounding may do; with a large mean the digits that its square takes."""
    if seen.is_single:
        return float("inf") if trial.is_far else SINGLE
    table = table_of(seen.setting, trial, seen.small)
    return DOUBLE + ROUNDING * float(np.max(table[INPUT] ** 2) / np.min(table[VARIANCE]))


def is_right(seen: Observed, name: str, far: bool = True) -> bool:
    return all(
        error(seen, name, place) <= tolerance(seen, trial)
        for place, trial in enumerate(seen.trials)
        if far or not trial.is_far
    )


def largest_error(seen: Observed, name: str) -> float:
    return max(error(seen, name, place) for place, trial in enumerate(seen.trials) if not trial.is_far)


def difference_of(home: Observed, name: str, far: bool = False) -> Difference:
    """Where the error beside the largest value is largest."""
    places = [place for place, trial in enumerate(home.trials) if trial.is_far == far]
    worst = max(places, key=lambda place: error(home, name, place))
    trial, found = home.trials[worst], home.returned[worst].arrays[name]
    true = truth(home, name, trial).reshape(found.shape)
    index = np.unravel_index(int(np.argmax(np.abs(found - true))), found.shape)
    return Difference(trial, tuple(map(int, index)), float(found[index]), float(true[index]))
