"""Speed, as ratios in one run: `python tests/benchmarks/run.py [--runs K]`.

The machine may be shared: compare the ratios of one run, never the times of two.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from bnverify.model.conventions import Convention
from bnverify.model.forward import batch_norm
from bnverify.model.terms import Count, LossBy, Sum, Term, Value, negative, number, plus, power, times
from bnverify.truth import numeric, symbolic
from bnverify.truth.domain import Domain
from bnverify.truth.every_n import Prover, prover
from bnverify.truth.verdict import Identity, Proved, Refuted

FORWARD = batch_norm(Convention())
LINES = [
    r"$$\frac{\partial L}{\partial \hat{x}_i} = \gamma \frac{\partial L}{\partial y_i}$$",
    r"$$\frac{\partial \hat{x}_i}{\partial \mu} = -\frac{1}{\sqrt{\sigma^2+\epsilon}}$$",
    r"$$\frac{\partial L}{\partial \sigma^2} = \sum_{i=1}^n \frac{\partial L}{\partial \hat{x}_i} \frac{\partial \hat{x}_i}{\partial \sigma^2}"
    r" = -\frac{\gamma}{2} (\sigma^2+\epsilon)^{-\frac32} \sum_{i=1}^n \frac{\partial L}{\partial y_i} (x_i - \mu)$$",
    r"$$\frac{\partial L}{\partial \mu} = \frac{-\gamma}{\sqrt{\sigma^2+\epsilon}} \sum_{i=1}^n \frac{\partial L}{\partial y_i}$$",
    r"$$\frac{\partial L}{\partial x_i} = \frac{\partial L}{\partial \hat{x}_i} \frac{\partial \hat{x}_i}{\partial x_i}"
    r" + \frac{\partial L}{\partial \sigma^2} \frac{\partial \sigma^2}{\partial x_i} + \frac{\partial L}{\partial \mu} \frac{\partial \mu}{\partial x_i}"
    r" = \frac{\gamma}{n\sqrt{\sigma^2+\epsilon}} \left(n \frac{\partial L}{\partial y_i} - \sum_{j=1}^n \frac{\partial L}{\partial y_j}"
    r" - \hat{x}_i \sum_{j=1}^n \frac{\partial L}{\partial y_j} \hat{x}_j\right)$$",
    r"$$\frac{\partial \sigma^2}{\partial x_i} = \frac{2}{n} (x_i - \mu)$$",
    r"$$\frac{\partial L}{\partial \gamma} = \sum_{i=1}^n \frac{\partial L}{\partial y_i} \hat{x}_i$$",
    r"$$\frac{\partial L}{\partial \beta} = \sum_{i=1}^n \frac{\partial L}{\partial y_i}$$",
]


def final_formula(sign: int) -> Identity:
    """dL/dx_i = gamma/(n s) (n g_i - sum g +- xhat_i sum g xhat); right for sign = -1."""

    def upstream(index: str) -> Term:
        return LossBy(Value("y", (index,)))

    own, other = Value("xhat", ("i",)), Value("xhat", ("j",))
    bracket = plus(
        times(Count(), upstream("i")),
        negative(Sum("j", upstream("j"))),
        times(number(sign), own, Sum("j", times(upstream("j"), other))),
    )
    root = power(plus(Value("v"), Value("eps")), Fraction(-1, 2))
    return Identity(LossBy(Value("x", ("i",))), times(Value("gamma"), root, power(Count(), -1), bracket))


def milliseconds(work: Callable[[], object], runs: int) -> float:
    work()
    times_taken = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times_taken.append(time.perf_counter() - start)
    return statistics.median(times_taken) * 1e3


def compiled(folder: str) -> dict[str, str]:
    """An environment in which modules are compiled once, as in an installed package."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": folder}


def process_seconds(command: list[str], runs: int, environment: dict[str, str]) -> float:
    """The median time of a whole process; the first run, which compiles, does not count."""
    taken = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, env=environment)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[1:])


def peak_megabytes(command: list[str]) -> float:
    """The peak memory of one command, measured in a child of its own."""
    program = f"import subprocess, resource; subprocess.run({command!r}, capture_output=True); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    return (
        int(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout) / 1024
    )


def forget_terms(domain: Domain[Any]) -> None:
    """Forget the terms, and keep the quantities of the forward pass, which every step of a note shares."""
    for key in [key for key in domain.known if isinstance(key, tuple) and not isinstance(key[0], str)]:
        del domain.known[key]


def fresh(identity: Identity, right: bool) -> Callable[[], object]:
    """The whole verdict, nothing of this identity remembered from the run before."""
    base = Prover(FORWARD)
    base.examine(Identity(LossBy(Value("gamma")), LossBy(Value("gamma"))))

    def work() -> object:
        for domain in (*base.residues.values(), base.exact):
            forget_terms(domain)
        base.verdicts.clear()
        verdict = base.examine(identity)
        assert isinstance(verdict, Proved if right else Refuted)
        return verdict

    return work


def residue_only(identity: Identity, right: bool) -> Callable[[], object]:
    base = Prover(FORWARD)
    base.equal(identity)

    def work() -> object:
        for domain in base.residues.values():
            forget_terms(domain)
        assert base.equal(identity) is right
        return None

    return work


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    right, wrong = final_formula(-1), final_formula(1)
    print("one step, warm, the final formula (ms)")
    for name, work in {
        "refute at a weighted point": residue_only(wrong, False),
        "agree at a weighted point": residue_only(right, True),
        "full verdict, right": fresh(right, True),
        "full verdict, wrong, with counterexample": fresh(wrong, False),
        "SymPy at n = 2, 3, 4": lambda: symbolic.examine(right, FORWARD),
        "NumPy at n = 3, 8, 64": lambda: numeric.examine(right, FORWARD),
    }.items():
        print(f"  {name:<42} {milliseconds(work, runs):8.2f}")
    prover.cache_clear()
    with tempfile.TemporaryDirectory() as folder:
        note = Path(folder) / "note.md"
        text, steps = "", 0
        while steps < 50:
            text += LINES[steps % len(LINES)] + "\n\n"
            steps += 1
        note.write_text(text, encoding="utf-8")
        check = [sys.executable, "-m", "bnverify", "check", str(note)]
        rows = {
            "proof alone": ([*check, "--witness", "proof"], "import click, lark, flint", 2.5),
            "all three witnesses": (check, "import sympy, numpy", 2.5),
            "--help": ([sys.executable, "-m", "bnverify", "--help"], "import click", 1.5),
        }
        print(f"\na note of {steps} formulas, cold (seconds, median of {runs})")
        for name, (command, imports, target) in rows.items():
            environment = compiled(os.path.join(folder, "compiled"))
            ours = process_seconds(command, runs, environment)
            theirs = process_seconds([sys.executable, "-c", imports], runs, environment)
            memory = peak_megabytes(command)
            print(
                f"  {name:<20} {ours:6.3f}   `{imports}` {theirs:6.3f}   ratio {ours / theirs:4.2f} (target {target})   {memory:4.0f} MB"
            )
    print(f"\nthis process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
