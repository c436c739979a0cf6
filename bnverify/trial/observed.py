"""A function and the settings -> what it returned under each, and why where it returned nothing that can be judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bnverify.frozen import frozen
from bnverify.model.layers import Layer
from bnverify.trial.inputs import SHAPES, STYLES, Setting, Trial, given
from bnverify.trial.running import Call, Returned, run
from bnverify.trial.signature import CACHE, OPTIONS, UPSTREAM, Parameter, Subject, Unusable
from bnverify.trial.values import GRADIENTS, Array

MOMENTUM = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """What the function returned in one setting, for each trial."""

    setting: Setting
    style: str
    returned: tuple[Returned, ...]
    small: bool

    @property
    def trials(self) -> tuple[Trial, ...]:
        return SHAPES[self.setting.shape].trials

    @property
    def gradients(self) -> tuple[str, ...]:
        """The names of what it returned for every trial."""
        return tuple(name for name in GRADIENTS if all(name in one.arrays for one in self.returned))

    def flat(self, name: str, place: int) -> Array:
        return self.returned[place].arrays[name].reshape(-1)

    @property
    def is_single(self) -> bool:
        """Whether it computed in single precision, or less."""
        return any(one.kinds["dx"] in ("float32", "float16") for one in self.returned)


@frozen
class Seen:
    """Everything that came back; `troubles` has, for each shape, why the function returned nothing there."""

    observed: tuple[Observed, ...]
    troubles: Mapping[str, str]
    said: str = ""
    """The last that it printed."""


def observe(subject: Subject, settings: Sequence[Setting], timeout: float) -> Seen:
    """Run the function in every setting, as tensors where the file knows torch, else as arrays. Raises Unusable."""
    asked = list(_asked(subject, settings))
    if not asked:
        raise Unusable("no layer that was asked for has what the function takes")
    flavours = (True,) if subject.function.autograd else (True, False) if subject.uses_torch else (False,)
    seen = Seen((), {})
    for tensors in flavours:
        calls = [call for _, _, calls in asked for call in calls]
        answers, said = run(subject, calls, timeout, tensors)
        returned = iter(answers)
        found = [(setting, style, tuple(next(returned) for _ in calls)) for setting, style, calls in asked]
        earlier, seen = seen, replace(_sorted_out(found, subject), said=said)
        if seen.observed:
            return seen
        seen = earlier if earlier.troubles else seen
    return seen


def _asked(subject: Subject, settings: Sequence[Setting]) -> Iterator[tuple[Setting, str, list[Call]]]:
    """Every setting in every style of shapes, with a call for each trial."""
    for setting in settings:
        for style in STYLES:
            calls = [_call(subject, setting, trial, style) for trial in SHAPES[setting.shape].trials]
            whole = [one for one in calls if one is not None]
            if len(whole) == len(calls):
                yield setting, style, whole


def _call(subject: Subject, setting: Setting, trial: Trial, style: str) -> Call | None:
    small = subject.hides_epsilon

    def value(one: Parameter) -> Any:
        if one.role == CACHE:
            return ""
        if one.role == OPTIONS:
            return {"mode": "train", "eps": setting.eps, "momentum": MOMENTUM}
        return given(one.role, setting, trial, style, small)

    def arguments(parameters: Sequence[Parameter]) -> tuple[tuple[str, str, Any], ...]:
        return tuple(("*" * one.by_name + one.name, one.role, value(one)) for one in parameters)

    function = arguments(subject.function.parameters)
    forward = arguments(subject.forward.parameters) if subject.forward else ()
    if any(one is None for *_, one in (*function, *forward)):
        return None
    upstream = given(UPSTREAM, setting, trial, style, small) if subject.function.autograd else None
    return Call(function, forward, upstream if isinstance(upstream, np.ndarray) else None)


def _sorted_out(found: Sequence[tuple[Setting, str, tuple[Returned, ...]]], subject: Subject) -> Seen:
    """For each shape and layer the first style in which every trial went well; for other shapes what went wrong."""
    best: dict[tuple[str, Layer], str] = {}
    wrong: dict[str, str] = {}
    for setting, style, returned in found:
        home, trials = (setting.shape, setting.layer), SHAPES[setting.shape].trials
        said = next(filter(None, map(_trouble, returned, trials, [setting] * len(trials))), "")
        if said:
            wrong.setdefault(setting.shape, said)
        elif home not in best:
            best[home] = style
    seen = tuple(
        Observed(setting, style, returned, subject.hides_epsilon)
        for setting, style, returned in found
        if best.get((setting.shape, setting.layer)) == style
        and not any(map(_trouble, returned, SHAPES[setting.shape].trials, [setting] * len(returned)))
    )
    shapes = {one.setting.shape for one in seen}
    return Seen(seen, {shape: words for shape, words in wrong.items() if shape not in shapes})


def _trouble(one: Returned, trial: Trial, setting: Setting) -> str:
    """Why what came back cannot be judged; empty where it can."""
    where = f"for x of shape {trial.shape}" + (f" with a mean of {trial.mean:g}" if trial.is_far else "")
    if one.trouble:
        return f"{one.trouble}, {where}"
    if "dx" not in one.arrays:
        return f"it returns no dx, {where}"
    sizes = setting.sizes(trial)
    gains = tuple(sizes[axis] for axis in setting.layer.gains)
    for name, array in one.arrays.items():
        if name in ("dx", "y") and array.shape != trial.shape:
            what = "its forward pass returns y" if name == "y" else "it returns dx"
            order = "; return dx, dgamma, dbeta in this order, or a dictionary" * (name == "dx" and len(one.arrays) > 1)
            return f"{what} of shape {array.shape} {where}{order}"
        if name in ("dgamma", "dbeta") and array.size != np.prod(gains):
            return f"it returns {name} of shape {array.shape} {where}, where there are {int(np.prod(gains))} gains"
        if not np.all(np.isfinite(array)):
            return f"{name} is not finite (nan or inf) {where}"
    return ""
