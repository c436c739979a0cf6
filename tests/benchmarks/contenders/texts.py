"""pycodemath, given both sides as text with all sums written out: the derivative by SymPy's `diff`, and the formula.

Making the texts is not timed: the library reads no sums and no definitions.
"""

from __future__ import annotations

import sympy
from pycodemath.verify import check_equal

from tests.benchmarks.contenders.written_out import Batch
from tests.benchmarks.timing import Prepare, Work


def check(which: str, size: str) -> Prepare:
    def prepare(run: int) -> Work:
        batch = Batch(int(size), run)
        root = sympy.sqrt(batch.variance + batch.eps)
        left, right = (str(side) for side in (sympy.diff(batch.loss(root), batch.x[0]), batch.formula(root, which)))
        return lambda: str(check_equal(left, right).status.value)

    return prepare
