"""What a function returned -> whether it is right, in which settings, and the cause where it is not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bnverify.against.inputs import EVERYTHING, SHAPES, Setting, Trial, settings, table_of
from bnverify.against.naming import Named, bench_of, is_confirmed, named
from bnverify.against.observed import Observed, Seen, observe
from bnverify.against.signature import Subject, Unusable
from bnverify.against.values import Array, gradient_term, spread
from bnverify.model.conventions import OF_FORWARD, Residual, Variance
from bnverify.model.quantities import INPUT, VARIANCE

DOUBLE, SINGLE = 1e-7, 1e-3
"""Relative errors that are rounding, by what the function computes in."""
ROUNDING = 2.0**-52 * 64
USUAL_EPS = (1e-5,)
LIKELY = 1.2
"""A cause of at most this price is not beaten by one in a rarer setting."""
HINTS: Mapping[str, str] = {
    "rms": r"rms",
    "group": r"group|(^|_)gn(_|$)",
    "instance": r"instance|(^|_)in_?norm(_|$)",
    "layer": r"layer|(^|_)ln(_|$)",
    "batch": r"batch|spatial|(^|_)bn(_|$)|^bn",
}
"""Which layer the name of a function speaks of."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for; what it leaves open is tried."""

    layer: str | None = None
    shape: str | None = None
    parts: Mapping[str, str] = field(default_factory=dict)
    eps: float | None = None
    timeout: float = 10.0


@dataclass(frozen=True, slots=True)
class Difference:
    """The place where a gradient is farthest from the truth."""

    trial: Trial
    index: tuple[int, ...]
    found: float
    true: float


@dataclass(frozen=True, slots=True)
class Judged:
    """One gradient."""

    name: str
    is_right: bool
    error: float
    """The largest relative error over the trials, in the setting that it is judged in."""
    cause: Named | None = None
    difference: Difference | None = None
    swapped_with: str = ""
    only_far: bool = False
    """Whether it is wrong for the large mean alone."""


@dataclass(frozen=True, slots=True)
class Verdict:
    subject: Subject
    asked: Asked
    layer_by_name: str
    """The layer that the name of the function asks for."""
    home: Setting
    """The setting that the gradients are judged in."""
    gradients: tuple[Judged, ...]
    satisfied: tuple[Setting, ...]
    elsewhere: tuple[Setting, ...]
    """Settings that were not asked for, in which all is right."""
    forward: tuple[Setting, ...] | None
    """The settings whose y the function's forward pass gives; None where it has none."""
    wrote: tuple[str, ...]
    single: bool
    trials: int

    @property
    def is_right(self) -> bool:
        return bool(self.satisfied) and not self.wrote and self.forward != ()

    @property
    def status(self) -> int:
        return 0 if self.is_right else 1


def judge(subject: Subject, asked: Asked) -> Verdict:
    """Run the function and judge it. Raises Unusable."""
    constants = _constants(subject, asked)
    bare = "std" in subject.takes and "eps" in subject.takes
    shapes = [one for one in SHAPES.values() if asked.shape in (None, one.name)]
    turned = "residual" in asked.parts or subject.forward is not None
    tried = [one for shape in shapes for one in settings(shape, constants, bare) if turned or _is_upright(one)]
    seen = observe(subject, tried, asked.timeout)
    if not seen.observed:
        raise _nothing(subject, seen)
    return _verdict(subject, asked, seen)


def _constants(subject: Subject, asked: Asked) -> Sequence[float | None]:
    if asked.eps is not None:
        return (asked.eps,)
    return (subject.small_numbers or USUAL_EPS) if subject.hides_epsilon else (None,)


def _nothing(subject: Subject, seen: Seen) -> Unusable:
    """The likeliest reason first: what returned at all, and then the shapes in order."""
    reasons = sorted(dict.fromkeys(seen.troubles.values()), key=lambda one: one.startswith("it raises"))
    first, *others = reasons
    others = [] if not first.startswith("it raises") else others
    return Unusable(f"{subject.function.name} cannot be judged: {first}", "\n".join(f"and {one}" for one in others))


# -- errors


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


# -- the verdict


def _verdict(subject: Subject, asked: Asked, seen: Seen) -> Verdict:
    by_name = "" if asked.layer else _layer_by_name(subject.function.name)
    observed = _of_main_shapes(seen.observed)
    by_forward = [one for one in observed if is_right(one, "y", far=False)] if subject.forward else None
    allowed = [one for one in observed if _is_allowed(one, asked, by_name, subject, by_forward)]
    if by_forward and any(one in by_forward for one in allowed):
        allowed = [one for one in allowed if one in by_forward]
    if not allowed:
        raise Unusable(_not_there(asked, by_name, subject), _shape_help(seen))
    gradients = allowed[0].gradients
    right = [one for one in allowed if all(is_right(one, name) for name in gradients)]
    others = [] if right else [one for one in seen.observed if one not in allowed and _is_right_elsewhere(one)]
    home, judged = (right[0], _all_right(right[0])) if right else _wrong(allowed, observed, gradients)
    return Verdict(
        subject,
        asked,
        by_name,
        home.setting,
        judged,
        tuple(one.setting for one in right),
        tuple(one.setting for one in others),
        None if by_forward is None else tuple(one.setting for one in by_forward),
        tuple(sorted({name for one in home.returned for name in one.wrote})),
        home.is_single,
        len(home.trials),
    )


def _is_right_elsewhere(one: Observed) -> bool:
    return _is_upright(one.setting) and all(is_right(one, name) for name in one.gradients)


def _is_upright(setting: Setting) -> bool:
    """Whether xhat has the usual sign; nobody means the other one unless the forward pass or the command line says so."""
    return setting.convention.residual is Residual.X_MINUS_MU


def _layer_by_name(name: str) -> str:
    flat = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return next((layer for layer, pattern in HINTS.items() if re.search(pattern, flat)), "")


def _of_main_shapes(observed: Sequence[Observed]) -> list[Observed]:
    """Without the shape of one feature where the function takes several: it may mix them up."""
    several = [one for one in observed if one.setting.shape != "n"]
    return several or list(observed)


def _is_allowed(
    one: Observed, asked: Asked, by_name: str, subject: Subject, by_forward: Sequence[Observed] | None
) -> bool:
    setting = one.setting
    layer = asked.layer or by_name
    if setting.layer.name == EVERYTHING or (layer and setting.layer.name != layer):
        return False
    if setting.layer.constant and not (asked.layer or subject.is_running):
        return False
    parts = {part: setting.convention.choices[part].value for part in OF_FORWARD}
    if parts["residual"] == Residual.MU_MINUS_X.value and "residual" not in asked.parts:
        return bool(by_forward) and one in (by_forward or ())
    return all(parts[part] == name for part, name in asked.parts.items() if _matters(part, setting))


def _matters(part: str, setting: Setting) -> bool:
    """Whether a layer has this part of a convention at all."""
    return (part != "variance" or setting.layer.centred) and (part != "residual" or setting.layer.centred)


def _not_there(asked: Asked, by_name: str, subject: Subject) -> str:
    layer = asked.layer or by_name
    return f"{subject.function.name} returns nothing for an input of {layer or 'any'} norm"


def _shape_help(seen: Seen) -> str:
    return "\n".join(f"x of shape {shape}: {words}" for shape, words in seen.troubles.items())


def _all_right(seen: Observed) -> tuple[Judged, ...]:
    return tuple(Judged(name, True, _largest(seen, name)) for name in seen.gradients)


def _largest(seen: Observed, name: str) -> float:
    return max(error(seen, name, place) for place, trial in enumerate(seen.trials) if not trial.is_far)


def _wrong(
    allowed: Sequence[Observed], observed: Sequence[Observed], gradients: Sequence[str]
) -> tuple[Observed, tuple[Judged, ...]]:
    """The setting that explains most, and each gradient in it."""
    fitting = [one for one in allowed if is_right(one, "dx")]
    if fitting:
        home = max(fitting, key=lambda one: sum(is_right(one, name) for name in gradients))
        cause = None
    else:
        home, cause = _cause("dx", allowed, [one for one in observed if one not in allowed])
    judged = [_judged(home, name, fitting or [home], cause if name == "dx" else None) for name in gradients]
    return home, tuple(judged)


def _judged(home: Observed, name: str, fitting: Sequence[Observed], cause: Named | None) -> Judged:
    largest = _largest(home, name)
    # a cause without slips is the truth of another setting, which is home
    if is_right(home, name) and not (cause is not None):
        return Judged(name, True, largest)
    if cause is None and is_right(home, name, far=False):
        return Judged(name, False, largest, difference=_difference(home, name, far=True), only_far=True)
    swap = _swapped(home, name)
    if cause is None and not swap and name != "dx":
        _, cause = _cause(name, fitting, ())
    return Judged(name, False, largest, cause, _difference(home, name), swap)


def _swapped(home: Observed, name: str) -> str:
    """The gradient in whose place this one stands."""
    for other in home.gradients:
        if other != name and all(
            truth(home, other, trial).shape == home.flat(name, place).shape
            and np.allclose(home.flat(name, place), truth(home, other, trial), rtol=SINGLE if home.is_single else DOUBLE)
            for place, trial in enumerate(home.trials)
            if not trial.is_far
        ):
            return other
    return ""


def _difference(home: Observed, name: str, far: bool = False) -> Difference:
    """Where the error beside the largest value is largest."""
    places = [place for place, trial in enumerate(home.trials) if trial.is_far == far]
    worst = max(places, key=lambda place: error(home, name, place))
    trial, found = home.trials[worst], home.returned[worst].arrays[name]
    true = truth(home, name, trial).reshape(found.shape)
    index = np.unravel_index(int(np.argmax(np.abs(found - true))), found.shape)
    return Difference(trial, tuple(map(int, index)), float(found[index]), float(true[index]))


# -- the search for a cause


def _cause(
    name: str, allowed: Sequence[Observed], others: Sequence[Observed]
) -> tuple[Observed, Named | None]:
    """The cheapest slips over all settings; the truth of a setting that was not asked for counts as one."""
    found: list[tuple[float, int, Observed, Named]] = []
    for deep in (False, True):
        for place, (price, seen, slips) in enumerate(_searched(allowed, others, deep)):
            if found and price + deep >= min(one[0] for one in found):
                continue
            one = _named(name, seen, slips, deep, allowed)
            if one is not None and is_confirmed(one, seen, seen.is_single):
                found.append((one.cost + price, place, seen, one))
        if found:
            _, _, home, cause = min(found, key=lambda one: one[:2])
            return home, cause
    return min(allowed, key=lambda one: _largest(one, name)), None


def _searched(
    allowed: Sequence[Observed], others: Sequence[Observed], deep: bool
) -> Iterator[tuple[float, Observed, bool]]:
    """Settings with what it costs that the function should mean them, and whether slips may come on top."""
    first = allowed[0].setting.layer
    prices = [(_rarity(one, first), one, True) for one in allowed]
    if not deep:
        usual = (one for one in others if _is_upright(one.setting))
        prices += [(0.9 + _rarity(one, first) / 10, one, False) for one in usual]
    yield from sorted(prices, key=lambda one: one[0])


def _rarity(one: Observed, first: object) -> float:
    convention = one.setting.convention
    unusual = (convention.variance is Variance.UNBIASED) + (convention.epsilon.value != "inside")
    return 0.3 * unusual + 0.2 * (one.setting.layer != first) + 0.2 * (one.setting.layer.name == EVERYTHING)


def _named(name: str, seen: Observed, slips: bool, deep: bool, allowed: Sequence[Observed]) -> Named | None:
    if not slips:
        other = all(seen.setting.layer != one.setting.layer for one in allowed)
        return Named(seen.setting, name, (), 0.0, other) if is_right(seen, name, far=False) else None
    bench, found = bench_of(seen, name)
    return named(bench, found, seen.is_single, deep)
