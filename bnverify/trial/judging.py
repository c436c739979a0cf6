"""What a function returned -> whether it is right, in which settings, and the cause where it is not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field, replace

import numpy as np

from bnverify.frozen import frozen
from bnverify.model.conventions import OF_FORWARD, Epsilon, Residual
from bnverify.trial.errors import DOUBLE, SINGLE, Difference, difference_of, is_right, largest_error, truth
from bnverify.trial.inputs import EVERYTHING, SHAPES, Setting, settings
from bnverify.trial.naming import Named
from bnverify.trial.observed import Observed, Seen, observe
from bnverify.trial.search import cause_of, is_upright
from bnverify.trial.signature import OPTIONS, Subject, Unusable

USUAL_EPS = (1e-5,)
HINTS: Mapping[str, str] = {
    "rms": r"rms",
    "group": r"group|(^|_)gn(_|$)",
    "instance": r"instance|(^|_)in_?norm(_|$)",
    "layer": r"layer|(^|_)ln(_|$)",
    "batch": r"batch|spatial|(^|_)bn(_|$)|^bn",
}
"""Which layer the name of a function speaks of."""


@frozen
class Asked:
    """What the command line asks for; what it leaves open is tried."""

    layer: str | None = None
    shape: str | None = None
    parts: Mapping[str, str] = field(default_factory=dict)
    eps: float | None = None
    timeout: float = 10.0


@frozen
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


@frozen
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
    tried = [one for shape in shapes for one in settings(shape, constants, bare) if turned or is_upright(one)]
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
    different: dict[str, str] = {}
    for one in seen.troubles.values():
        different.setdefault(one.partition(", for x")[0], one)
    first, *others = sorted(different.values(), key=lambda one: one.startswith("it raises"))
    more = [f"and {one}" for one in others] if first.startswith("it raises") else []
    return Unusable(f"{subject.function.name} cannot be judged: {first}", "\n".join(filter(None, [*more, seen.said])))


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
    home, judged = (right[0], _all_right(right[0])) if right else _wrong(allowed, observed, gradients)
    others = [] if right else [one for one in seen.observed if one not in allowed and _is_right_elsewhere(one, home)]
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


def _is_right_elsewhere(one: Observed, home: Observed) -> bool:
    """Whether it is right for what was not asked for; for one feature only if it is the same layer."""
    if one.setting.shape == "n" and one.setting.layer.name != home.setting.layer.name:
        return False
    return is_upright(one.setting) and all(is_right(one, name) for name in one.gradients)


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
    layer, running = asked.layer or by_name, not asked.layer and subject.is_running and setting.layer.constant
    if setting.layer.name == EVERYTHING or (layer and setting.layer.name != layer and not running):
        return False
    if setting.layer.constant and not (asked.layer or subject.is_running):
        return False
    if setting.convention.epsilon is Epsilon.NONE and "epsilon" not in asked.parts and subject.takes & {"eps", OPTIONS}:
        return False  # it is given an epsilon, and does not use it
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
    return tuple(Judged(name, True, largest_error(seen, name)) for name in seen.gradients)


def _wrong(
    allowed: Sequence[Observed], observed: Sequence[Observed], gradients: Sequence[str]
) -> tuple[Observed, tuple[Judged, ...]]:
    """The setting that explains most, and each gradient in it."""
    fitting = [one for one in allowed if is_right(one, "dx")]
    fitting = fitting or [one for one in allowed if is_right(one, "dx", far=False)]
    if fitting:
        home = max(fitting, key=lambda one: sum(is_right(one, name) for name in gradients))
        return home, tuple(_judged(home, name, fitting) for name in gradients)
    seen, cause = cause_of("dx", allowed, [one for one in observed if one not in allowed])
    home = allowed[0] if cause is None or not cause.slips else seen
    judged = [_caused(home, cause)]
    for name in gradients[1:]:
        other = cause is not None and not cause.slips and not is_right(home, name) and is_right(seen, name)
        also = replace(cause, gradient=name) if other and cause is not None else None
        judged.append(_caused(home, also) if also else _judged(home, name, [home]))
    return home, tuple(judged)


def _judged(home: Observed, name: str, fitting: Sequence[Observed]) -> Judged:
    largest = largest_error(home, name)
    if is_right(home, name):
        return Judged(name, True, largest)
    if is_right(home, name, far=False):
        return Judged(name, False, largest, difference=difference_of(home, name, far=True), only_far=True)
    swap = _swapped(home, name)
    cause = None if swap else cause_of(name, fitting, ())[1]
    return Judged(name, False, largest, cause, difference_of(home, name), swap)


def _caused(home: Observed, cause: Named | None) -> Judged:
    name = cause.gradient if cause else "dx"
    return Judged(name, False, largest_error(home, name), cause, difference_of(home, name))


def _swapped(home: Observed, name: str) -> str:
    """The gradient in whose place this one stands."""
    for other in home.gradients:
        if other != name and all(
            truth(home, other, trial).shape == home.flat(name, place).shape
            and np.allclose(
                home.flat(name, place), truth(home, other, trial), rtol=SINGLE if home.is_single else DOUBLE
            )
            for place, trial in enumerate(home.trials)
            if not trial.is_far
        ):
            return other
    return ""
