"""A wrong gradient in many settings -> the setting and the slips that explain it most cheaply."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bnverify.model.conventions import Residual, Variance
from bnverify.model.layers import Layer
from bnverify.trial.errors import is_right
from bnverify.trial.inputs import EVERYTHING, Setting
from bnverify.trial.naming import Named, bench_of, is_confirmed, named
from bnverify.trial.observed import Observed


def is_upright(setting: Setting) -> bool:
    """Whether xhat has the usual sign; the other one has to be asked for, or shown by a forward pass."""
    return setting.convention.residual is Residual.X_MINUS_MU


def cause_of(name: str, allowed: Sequence[Observed], others: Sequence[Observed]) -> tuple[Observed, Named | None]:
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
    return allowed[0], None


def _searched(
    allowed: Sequence[Observed], others: Sequence[Observed], deep: bool
) -> Iterator[tuple[float, Observed, bool]]:
    """Settings with what it costs that the function should mean them, and whether slips may come on top."""
    first = allowed[0].setting.layer
    prices = [(_rarity(one, first), one, True) for one in allowed]
    if not deep:
        usual = (one for one in others if is_upright(one.setting))
        prices += [(0.9 + _rarity(one, first) / 10, one, False) for one in usual]
    yield from sorted(prices, key=lambda one: one[0])


def _rarity(one: Observed, first: Layer) -> float:
    convention = one.setting.convention
    unusual = (convention.variance is Variance.UNBIASED) + (convention.epsilon.value != "inside")
    return 0.3 * unusual + 0.2 * (one.setting.layer != first) + 0.2 * (one.setting.layer.name == EVERYTHING)


def _named(name: str, seen: Observed, slips: bool, deep: bool, allowed: Sequence[Observed]) -> Named | None:
    if not slips:
        other = all(seen.setting.layer != one.setting.layer for one in allowed)
        return Named(seen.setting, name, (), 0.0, other) if is_right(seen, name, far=False) else None
    bench, found = bench_of(seen, name)
    return named(bench, found, seen.is_single, deep)
