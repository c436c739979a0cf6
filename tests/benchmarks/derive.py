"""How the work of `derive --n N` grows with N, beside SymPy's `diff` of the substituted expression.

    python tests/benchmarks/derive.py [--most SECONDS]

Both differentiate the loss by all N samples; the left one also compares each derivative with the closed form. The
right one stops where a size took longer than `--most`. Times of one run are compared with one another.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Sequence

import sympy

from bnverify.model.conventions import Convention
from bnverify.model.forward import batch_norm
from bnverify.truth.concrete import derive_first

SIZES = (2, 4, 8, 16, 32, 64)


def node_by_node(n: int) -> None:
    found = derive_first.__wrapped__(n, batch_norm(Convention()))
    assert found.agrees


def substituted(n: int) -> None:
    x, g = sympy.symbols(f"x1:{n + 1}"), sympy.symbols(f"g1:{n + 1}")
    gamma, eps = sympy.symbols("gamma epsilon", positive=True)
    mean = sympy.Add(*x) / n
    variance = sympy.Add(*((one - mean) ** 2 for one in x)) / n
    loss = sympy.Add(*(b * gamma * (a - mean) / sympy.sqrt(variance + eps) for a, b in zip(x, g, strict=True)))
    for one in x:
        sympy.diff(loss, one)


def seconds(work: Callable[[int], None], n: int) -> float:
    start = time.perf_counter()
    work(n)
    return time.perf_counter() - start


def exponent(times: Sequence[tuple[int, float]]) -> float:
    """The slope of log time over log n, by least squares, over the sizes from 8 on."""
    points = [(math.log(n), math.log(taken)) for n, taken in times if n >= 8]
    mean_x, mean_y = (sum(part) / len(points) for part in zip(*points, strict=True))
    above = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return above / sum((x - mean_x) ** 2 for x, _ in points)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--most", type=float, default=20.0)
    most = options.parse_args().most
    node_by_node(2)
    ours, theirs = [], []
    print("   n   node by node   substituted   ratio")
    for n in SIZES:
        ours.append((n, seconds(node_by_node, n)))
        other = ""
        if not theirs or theirs[-1][1] < most:
            sympy.core.cache.clear_cache()
            theirs.append((n, seconds(substituted, n)))
            other = f"{theirs[-1][1]:9.2f} s   {theirs[-1][1] / ours[-1][1]:7.1f}"
        print(f"{n:4}   {ours[-1][1]:10.2f} s   {other}")
    print(f"grows as n to the power {exponent(ours):.1f}, substituted {exponent(theirs):.1f}")


if __name__ == "__main__":
    main()
