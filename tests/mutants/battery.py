"""The checks that the mutants have to pass: test functions that need no fixtures, and claims about trees.

Every expected value comes from elsewhere: NumPy on trees that share nothing with the package (`tests/mutation`),
keys that were written by hand, fractions that are worked out here.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Counterexample, Proved, Refuted
from tests.mutants.reach import Check
from tests.mutation.bridge import forward_of, identity_of, says
from tests.mutation.derivations import DERIVATIONS, Derivation
from tests.mutation.slips import Claim, claims, true_in_numbers
from tests.mutation.trees import ALL_AXES, EQUAL, Stray, Tree, World, distance, sized, value, walk

MODULES = (
    "test_verdicts", "test_standing_table", "test_work", "test_every_n", "test_rings", "test_exponentials", "test_glance", "test_index_patterns",
    "test_small_batches", "test_residues",
    "test_standing", "test_panel", "test_false_accepts", "test_closed", "test_divisors", "test_losses", "test_layers",
    "test_witnesses", "test_proof", "test_limits", "test_true_formula", "test_targets", "test_second_layer",
    "test_hunted", "test_softmax_written", "test_certificates", "test_rows", "test_tensors", "test_tidy", "test_concrete",
    "test_surds", "test_coordinates", "test_numeric", "test_symbolic",
)  # fmt: skip
DIRECT = tuple(
    f"tests/test_{name}.py"
    for name in (
        "verdicts",
        "standing_table",
        "work",
        "every_n",
        "rings",
        "exponentials",
        "glance",
        "index_patterns",
        "small_batches",
        "residues",
        "rows",
        "tensors",
        "tidy",
        "surds",
        "coordinates",
        "numeric",
        "symbolic",
    )
)
"""Tests of a few functions rather than of notes: they are tried first."""
MOST_CASES = 30
"""Of the cases of one test that many are taken, from all parts of its list."""
PROVIDED = {"monkeypatch", "tmp_path"}
CLAIMS = 8_000
"""Claims from which every n-th is taken."""


class _Collected:
    def __init__(self) -> None:
        self.items: list[Any] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = session.items


def of_tests(modules: Sequence[str] = MODULES) -> list[Check]:
    """The tests of these modules, as functions."""
    folder = Path(__file__).parent.parent
    paths = [str(path) for name in modules if (path := folder / f"{name}.py").exists()]
    collected = _Collected()
    pytest.main(
        ["--collect-only", "-qq", "-p", "no:xdist", "-o", "addopts=", "--no-summary", "--no-header", *paths],
        [collected],
    )
    by_function: dict[str, list[Any]] = {}
    for item in filter(_is_plain, collected.items):
        by_function.setdefault(item.nodeid.split("[")[0], []).append(item)
    chosen = [item for items in by_function.values() for item in sorted(items, key=_at_random)[:MOST_CASES]]
    return [Check(item.nodeid, partial(_run, item)) for item in chosen]


def _at_random(item: Any) -> bytes:
    return blake2b(item.nodeid.encode(), digest_size=8).digest()


def _params(item: Any) -> dict[str, Any]:
    return dict(item.callspec.params) if hasattr(item, "callspec") else {}


def _is_plain(item: Any) -> bool:
    names = set(item._fixtureinfo.argnames)
    return names <= PROVIDED | set(_params(item)) and not any(item.iter_markers("skip"))


def _run(item: Any) -> None:
    given = _params(item)
    wanted = item._fixtureinfo.argnames
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        given |= {"monkeypatch": patch} if "monkeypatch" in wanted else {}
        given |= {"tmp_path": Path(folder)} if "tmp_path" in wanted else {}
        try:
            item.obj(**{name: given[name] for name in wanted})
        except pytest.skip.Exception:
            return


# -- claims about trees


def of_claims(every: int = 32, seed: int = 7) -> list[Check]:
    """Mutated claims: what the proof says is what the numbers say."""
    found = []
    for number, claim in enumerate(claims(CLAIMS, seed)):
        if number % every == 0 and (expected := true_in_numbers(claim)) is not None:
            found.append(Check(f"claim {number}", partial(_says, claim, expected)))
            if not any(isinstance(one, Stray) for one in walk(claim.side)):
                found.append(Check(f"verdict {number}", partial(_verdict, claim, expected)))
    return found


def _says(claim: Claim, expected: bool) -> None:
    assert says(claim.head, claim.side, DERIVATIONS[claim.derivation]) is expected


def _verdict(claim: Claim, expected: bool) -> None:
    """The verdict, the sizes at which a false claim is true, and its counterexample in numbers."""
    derivation = DERIVATIONS[claim.derivation]
    identity, forward = identity_of(claim.head, claim.side, derivation), forward_of(derivation.unbiased)
    verdict = prover(forward).examine(identity)
    if expected:
        assert isinstance(verdict, Proved)
        return
    assert isinstance(verdict, Refuted)
    found = verdict.counterexample
    true = true_at_sizes(claim.head, claim.side, derivation)
    if verdict.complete:
        assert sorted(verdict.true_at - {1}) == [n for n, holds in true.items() if holds and n > 1]
    assert found.n == min(n for n, holds in true.items() if not holds)
    assert found.left != found.right
    world = world_of(found, derivation)
    for side, shown in ((claim.head, found.left), (claim.side, found.right)):
        assert abs(at(side, world, found.indices) - float(shown)) <= 1e-9 * max(1.0, abs(float(shown)))


SIZES = range(1, 9)


def true_at_sizes(head: Tree, side: Tree, derivation: Derivation) -> dict[int, bool]:
    """Whether two trees are equal, for each size at which they are defined."""
    found = {}
    for n in SIZES[derivation.unbiased :]:
        apart = distance(head, side, sized(n, derivation.unbiased, derivation.total, derivation.helpers))
        if np.isfinite(apart):
            found[n] = apart < EQUAL
    return found


def world_of(found: Counterexample, derivation: Derivation) -> World:
    """The batch of a counterexample; what it does not name has no part in it."""
    given = {"x": tuple(range(found.n)), "dL/dy": (1,) * found.n, "gamma": 2, "beta": 3, "eps": 5, **found.values}
    leaves = {name: np.array(given[key], dtype=float) for key, name in LEAVES.items()}
    empty = World(found.n, derivation.unbiased, derivation.helpers, derivation.total)
    return replace(empty, slots=empty.forward(leaves))


LEAVES = {"x": "x", "dL/dy": "above", "gamma": "gamma", "beta": "beta", "eps": "eps"}


def at(tree: Tree, world: World, indices: Mapping[str, int]) -> float:
    """The value of a tree at one place for each of its indices."""
    found = np.asarray(value(tree, world))
    for axis, letter in enumerate(ALL_AXES):
        if found.ndim and found.shape[axis] > 1:
            found = np.take(found, [indices[letter] - 1], axis)
    return float(found.reshape(()))


def all_checks() -> list[Check]:
    return [*of_claims(), *of_tests()]
