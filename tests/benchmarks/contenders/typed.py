"""What people type into SymPy at one n: the derivative by `diff`, minus the formula, and a question."""

from __future__ import annotations

import sympy

from tests.benchmarks.contenders.written_out import Batch
from tests.benchmarks.timing import Prepare, Work

ASKED = {
    "simplify": lambda left, right: sympy.simplify(left - right) == 0,
    "cancel": lambda left, right: sympy.cancel(left - right) == 0,
    "equals": lambda left, right: left.equals(right),
}
SAID = {True: "equal", False: "not equal", None: "cannot tell"}


def ask(function: str, which: str, size: str, form: str = "one") -> Prepare:
    """With `form` `two` the derived side writes the variance as the mean of the squares less that of the mean."""

    def prepare(run: int) -> Work:
        batch = Batch(int(size), run)

        def work() -> str:
            roots = [sympy.sqrt(v + batch.eps) for v in (batch.variance, batch.other_variance)]
            left = sympy.diff(batch.loss(roots[form == "two"]), batch.x[0])
            return SAID[ASKED[function](left, batch.formula(roots[0], which))]

        return work

    return prepare


def differentiate(size: str) -> Prepare:
    """The derivatives of the expanded loss by all samples: nothing is compared."""

    def prepare(run: int) -> Work:
        batch = Batch(int(size), run)

        def work() -> str:
            loss = batch.loss(sympy.sqrt(batch.variance + batch.eps))
            return f"{len([sympy.diff(loss, x) for x in batch.x])} derivatives"

        return work

    return prepare
