"""tensorgrad, for a symbolic n: dL/dx of batch norm minus the formula, reduced as far as it goes.

`memoize` is an option of its simplification that makes it faster here than `full_simplify()`, which does the same.
"""

from __future__ import annotations

from typing import Any

import sympy
import tensorgrad
import tensorgrad.functions as F  # noqa: N812
import torch
from tensorgrad.tensor import Zero

from tests.benchmarks.contenders.written_out import SIGNS
from tests.benchmarks.timing import Prepare

torch.set_num_threads(1)
N = sympy.Symbol("n")


def reduced(tensor: Any) -> Any:
    """`Tensor.full_simplify`, with `memoize`."""
    for options in ({"memoize": True}, {"memoize": True, "expand": True}):
        while True:
            found = tensor.simplify(dict(options))
            if found == tensor:
                break
            tensor = found
    return tensor


def sides(which: str) -> tuple[Any, Any]:
    """dL/dx, not yet worked out, and the formula."""
    x, g = tensorgrad.Variable("x", i=N), tensorgrad.Variable("g", i=N)
    gamma, beta, eps = (tensorgrad.Variable(name) for name in ("gamma", "beta", "eps"))
    count = tensorgrad.Delta(N)
    centred = x - F.mean(x, "i", keepdims=True)
    s = F.sqrt(F.mean(centred * centred, "i") + eps)
    hat = centred / s
    along = F.sum(g * hat, "i", keepdims=True)
    formula = gamma / (count * s) * (count * g - F.sum(g, "i", keepdims=True) + SIGNS[which] * hat * along)
    derived = (g @ (gamma * hat + beta)).grad(x)
    (edge,) = derived.edges
    return derived, formula.rename(i=edge)


def difference(which: str) -> Prepare:
    def work() -> str:
        derived, formula = sides(which)
        return "zero" if isinstance(reduced(derived - formula), Zero) else "not reduced to zero"

    return lambda _: work
