"""An evaluator of its own for the tests: the forward pass of each layer on arrays, its true gradients by complex step,
and the value of a term on the same arrays. It shares nothing that computes with the package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from bnverify.model.conventions import Convention, Epsilon, Residual, Variance
from bnverify.model.terms import Cases, Count, Delta, Log, LossBy, Number, Plus, Power, Sum, Term, Times, Value

EPS = 0.7
AXES: Mapping[str, tuple[int, tuple[int, ...], tuple[int, ...], bool]] = {
    "batch": (1, (0,), (), True),
    "layer": (2, (1,), (1,), True),
    "rms": (2, (1,), (1,), False),
    "instance": (3, (2,), (1,), True),
    "group": (4, (2, 3), (1, 2), True),
    "batch over features": (2, (0,), (1,), True),
    "batch in space": (3, (0, 2), (1,), True),
    "batch in one row": (2, (0, 1), (), True),
    "layer of one sample": (1, (0,), (0,), True),
    "rms of one sample": (1, (0,), (0,), False),
}
"""For each layer how many axes it has, those of its statistics, those of its scale, and whether it takes a mean away."""
OTHERS = (3, 2, 4, 2)


@dataclass(frozen=True)
class Case:
    layer: str
    convention: Convention
    x: Any
    g: Any
    gamma: Any
    beta: Any

    @property
    def over(self) -> tuple[int, ...]:
        return AXES[self.layer][1]

    def forward(self, **given: Any) -> dict[str, Any]:
        """Every quantity; one that is given is taken as it is, and what comes before it is not."""
        x, gamma, beta = (given.get(name, getattr(self, name)) for name in ("x", "gamma", "beta"))
        centred, count = AXES[self.layer][3], np.prod([x.shape[axis] for axis in self.over])
        mu = given.get("mu", x.mean(axis=self.over, keepdims=True)) if centred else 0.0 * x
        away = x - mu
        divisor = count - 1 if self.convention.variance is Variance.UNBIASED else count
        v = given.get("v", (away**2).sum(axis=self.over, keepdims=True) / divisor)
        root = {Epsilon.INSIDE: np.sqrt(v + EPS), Epsilon.OUTSIDE: np.sqrt(v) + EPS, Epsilon.NONE: np.sqrt(v)}
        sign = -1 if centred and self.convention.residual is Residual.MU_MINUS_X else 1
        xhat = given.get("xhat", sign * away / root[self.convention.epsilon])
        shift = beta if self.layer != "rms" else 0.0
        return {"x": x, "gamma": gamma, "beta": beta, "mu": mu, "v": v, "xhat": xhat, "y": gamma * xhat + shift}

    def true(self, name: str) -> Any:
        """dL/dq by complex step, with L = sum g y."""
        base = np.asarray(self.forward()[name], dtype=complex)
        found = np.empty(base.shape)
        for place in np.ndindex(*base.shape):
            nudged = base.copy()
            nudged[place] += 1e-30j
            found[place] = (self.g * self.forward(**{name: nudged})["y"]).sum().imag / 1e-30
        return found

    def value(self, term: Term) -> Any:
        """A term with all free indices along their axes; what it lacks has size 1."""
        return _Walk(self, self.forward()).walk(term, {})

    def value_at(self, term: Term, at: Mapping[str, int]) -> float:
        """A term at one place for each of its free indices."""
        return float(np.asarray(_Walk(self, self.forward()).walk(term, at)).item())

    def slope(self, of: Value, by: Value, at: Mapping[str, int]) -> float:
        """The derivative of one quantity by another, each at one place, by complex step."""
        nudged = np.asarray(self.forward()[by.name], dtype=complex)
        nudged[self.place(by, at)] += 1e-30j
        return float(self.forward(**{by.name: nudged})[of.name][self.place(of, at)].imag / 1e-30)

    def place(self, value: Value, at: Mapping[str, int]) -> tuple[int, ...]:
        own = {axis_and_letter(one)[0]: at[one] for one in value.index}
        return tuple(own.get(axis, 0) for axis in range(self.x.ndim))

    def places(self, index: Iterable[str]) -> list[dict[str, int]]:
        """Everything that some indices can stand at."""
        names = sorted(index)
        ranges = (range(self.x.shape[axis_and_letter(one)[0]]) for one in names)
        return [dict(zip(names, one, strict=True)) for one in product(*ranges)]


def case(layer: str, convention: Convention, n: int, seed: int = 0) -> Case:
    """Numbers with n places along the first axis of the statistics, gains and an upstream gradient of their own."""
    rank, over, gains, _ = AXES[layer]
    shape = tuple(n if axis == over[0] else OTHERS[axis] for axis in range(rank))
    draw = np.random.default_rng((n, seed, rank))
    parameters = tuple(shape[axis] if axis in gains else 1 for axis in range(rank))
    x, g = draw.standard_normal(shape) * 2 + 1, draw.standard_normal(shape)
    return Case(layer, convention, x, g, 1.5 + draw.standard_normal(parameters), draw.standard_normal(parameters))


def axis_and_letter(index: str) -> tuple[int, str]:
    return (int(index[0]), index[2:]) if index[1:2] == "." else (0, index)


@dataclass(frozen=True)
class _Walk:
    """Arrays with one axis for each index in `at`, which an index is looked up in; free ones run along their axis."""

    case: Case
    known: Mapping[str, Any]

    def walk(self, term: Term, at: Mapping[str, int]) -> Any:
        """`at`: the place that a bound index stands at."""
        match term:
            case Number(value=value):
                return value.numerator / value.denominator
            case Count(axis=axis):
                return self.case.x.shape[axis]
            case Plus(terms=parts):
                return sum(self.walk(part, at) for part in parts)
            case Times(factors=parts):
                product = 1.0
                for part in parts:
                    product = product * self.walk(part, at)
                return product
            case Power(base=base, exponent=exponent):
                return np.asarray(self.walk(base, at), dtype=float) ** float(exponent)
            case Log(body=body):
                return np.log(self.walk(body, at))
            case Sum(index=index, body=body):
                size = self.case.x.shape[axis_and_letter(index)[0]]
                return sum(self.walk(body, {**at, index: place}) for place in range(size))
            case LossBy(value=Value(name="y", index=index)):
                return self.at(self.case.g, index, at)
            case Value(name="eps"):
                return EPS
            case Value(name=name, index=index):
                return self.at(self.known[name], index, at)
            case Delta(left=left, right=right):
                return float(at[left] == at[right])
            case Cases(rows=rows):
                for conditions, value in rows:
                    if all((at[c.left] == at[c.right]) is c.same for c in conditions):
                        return self.walk(value, at)
                raise AssertionError("no row holds")
            case _:
                raise AssertionError(term)

    def at(self, array: Any, index: tuple[str, ...], at: Mapping[str, int]) -> Any:
        for one in index:
            axis = axis_and_letter(one)[0]
            if one in at:
                array = np.take(array, [at[one]], axis=axis)
        return array


def relative_error(found: Any, true: Any) -> float:
    """Of the whole array, against its largest value."""
    found = np.broadcast_to(found, np.shape(true))
    return float(np.abs(found - true).max() / np.abs(true).max())
