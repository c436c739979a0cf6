"""The inputs of a user's own test -> the wrong formulas that they cannot tell from the truth."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from bnverify.frozen import frozen
from bnverify.model.quantities import EPSILON, INPUT, SCALE, SHIFT
from bnverify.nearest import hint
from bnverify.trial.factors import FACTORS, cost, products
from bnverify.trial.inputs import Setting, Trial
from bnverify.trial.naming import WHOLE, Bench, Named, Slip
from bnverify.trial.signature import ROLES, Unusable
from bnverify.trial.slips import Edit
from bnverify.trial.values import UPSTREAM, Array, forward_table
from bnverify.trial.words import place_and_slip

RELATIVE, ABSOLUTE = 1e-5, 1e-8
"""As in numpy.allclose."""
USUAL = {"n": 4.0, "d": 3.0, "eps": 1e-5, "mean": 0.0, "std": 1.0}
NUMBERS = (*USUAL, "g", "gamma", "x")
LARGEST = 200_000


@frozen
class Probed:
    words: str
    """The inputs, as they were given."""
    of: int
    """How many wrong formulas were tried."""
    passed: tuple[tuple[str, str], ...]
    """Where each that passed has its slip, and what it is."""
    help: str


def probe(given: str, setting: Setting) -> Probed:
    """Evaluate the truth and every single slip on the user's inputs. Raises Unusable."""
    rank = len(setting.layer.gains and setting.sizes(Trial((2, 4, 2, 3)[: _rank(setting)])))
    if rank > 2 or setting.shape != "n,d":
        raise Unusable("--probe knows inputs of shape (n, d)", "leave --probe away for images")
    leaves = _from_file(given) if given.endswith(".npz") else _drawn(_described(given))
    leaves = _complete(leaves, setting)
    true, wrong = _compared(setting, leaves)
    passed = dict.fromkeys(told for told, worth in wrong if np.allclose(worth, true, rtol=RELATIVE, atol=ABSOLUTE))
    return Probed(given, len({told for told, _ in wrong}), tuple(passed), _help(leaves, setting))


def _rank(setting: Setting) -> int:
    return {"n": 1, "n,d": 2}.get(setting.shape, 4)


def _compared(setting: Setting, leaves: Mapping[str, Array]) -> tuple[Array, list[tuple[tuple[str, str], Array]]]:
    trial = Trial(leaves[INPUT].shape)
    setting = replace(setting, eps=float(leaves[EPSILON]))
    with np.errstate(all="ignore"):
        table = forward_table(setting.forward, leaves, trial.shape)
        bench = Bench(setting, "dx", [trial], tables={trial: table})
        scale = bench.scales[0]
        wrong = [(place_and_slip(Named(setting, "dx", (slip,), 1.0)), worth * scale) for slip, worth in _wrong(bench)]
    return bench.whole * scale, wrong


def _wrong(bench: Bench) -> Iterator[tuple[Slip, Array]]:
    """Every slip of the tables that has words of its own, made once: throughout, and in each term."""
    counts = products(frozenset(bench.known), 1)
    names, worths, _ = bench.factors
    factors = [(one, worths[names.index(one)]) for one in counts if one in FACTORS and cost(one, counts[one]) <= 1]
    for product, worth in factors:
        yield Slip(WHOLE, None, product), worth * bench.whole
    edited: list[Edit | None] = []
    for place, own in enumerate(bench.parts):
        rest = bench.whole - own
        yield Slip(place, dropped=True), rest
        for product, worth in factors:
            yield Slip(place, None, product), rest + worth * own
        for edit, made in bench.variants[place]:
            if edit is not None:
                edited.append(edit)
                yield Slip(place, edit), rest + made
    for edit, made in bench.edited(bench.term):
        # where one term alone has something to edit, it was edited above
        if edit is not None and edited.count(edit) != 1:
            yield Slip(WHOLE, edit), made


# -- the inputs


def _described(text: str) -> dict[str, float]:
    """`g=1,gamma=1,eps=1e-5,n=4` as numbers."""
    found: dict[str, float] = {}
    for part in text.split(","):
        name, sign, value = (one.strip() for one in part.partition("="))
        role = {"dy": "g"}.get(ROLES.get(name, name), ROLES.get(name, name))
        if not sign or role not in NUMBERS:
            raise Unusable(
                f"--probe: {part.strip()!r} is not understood", f"write NAME=NUMBER, or FILE.npz; {hint(name, NUMBERS)}"
            )
        try:
            found[role] = float(value)
        except ValueError as trouble:
            raise Unusable(f"--probe: {value!r} is no number", "an example is g=1,gamma=1,eps=1e-5,n=4") from trouble
        if not np.isfinite(found[role]):
            raise Unusable(f"--probe: {value!r} is not finite")
    return found


def _drawn(numbers: Mapping[str, float]) -> dict[str, Array]:
    """What is not given is drawn at random."""
    at = {**USUAL, **numbers}
    n, d = int(at["n"]), int(at["d"])
    if not (n >= 2 and d >= 1 and n * d <= LARGEST):
        raise Unusable("--probe: n is 2 or more, d is 1 or more, and both together not too many")
    draw = np.random.default_rng(0)
    x, g, gamma = (draw.standard_normal(shape) for shape in ((n, d), (n, d), d))
    return {
        INPUT: at["mean"] + at["std"] * x if "x" not in numbers else np.full((n, d), at["x"]),
        UPSTREAM: np.full((n, d), at["g"]) if "g" in numbers else g,
        SCALE: np.full(d, at["gamma"]) if "gamma" in numbers else gamma,
        EPSILON: np.asarray(at["eps"]),
    }


def _from_file(path: str) -> dict[str, Array]:
    names = {"x": INPUT, "dy": UPSTREAM, "gamma": SCALE, "eps": EPSILON}
    try:
        with np.load(path, allow_pickle=False) as held:
            found = {
                names[ROLES[one]]: np.asarray(held[one], dtype=float) for one in held.files if ROLES.get(one) in names
            }
    except (OSError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as trouble:
        raise Unusable(f"--probe: {path} cannot be read: {getattr(trouble, 'strerror', None) or trouble}") from trouble
    missing = [one for one in (INPUT, UPSTREAM) if one not in found]
    if missing or found[INPUT].ndim != 2 or found[INPUT].shape != found[UPSTREAM].shape:
        raise Unusable(f"--probe: {path} needs arrays x and dy of one shape (n, d), and may have gamma and eps")
    return found


def _complete(leaves: Mapping[str, Array], setting: Setting) -> dict[str, Array]:
    d = leaves[INPUT].shape[1]
    scale = leaves.get(SCALE, np.ones(d)).reshape(-1)
    if scale.size not in (1, d):
        raise Unusable(f"--probe: gamma has {scale.size} numbers for {d} features")
    eps = leaves.get(EPSILON, np.asarray(USUAL["eps"]))
    if eps.size != 1:
        raise Unusable("--probe: eps is one number")
    return {**leaves, SCALE: np.broadcast_to(scale, (d,)).copy(), SHIFT: np.zeros(d), EPSILON: np.asarray(eps.item())}


def _help(leaves: Mapping[str, Array], setting: Setting) -> str:
    """How to mend the test, by what is special about it."""
    x, g, gamma, eps = (leaves[one] for one in (INPUT, UPSTREAM, SCALE, EPSILON))
    advice: Sequence[tuple[bool, str]] = (
        (bool(np.ptp(g) == 0), "draw g at random: with all g equal both sums cancel what they should tell"),
        (bool(np.all(np.abs(gamma) == 1)), "take gamma away from 1, another one for each feature"),
        (bool(eps < 0.01 * np.var(x)), "take eps of the order of the variance, such as 0.7"),
        (x.shape[0] == 2, "take n of 3 or more: with two samples xhat is 1 and -1"),
    )
    mended = [words for fits, words in advice if fits]
    return "; ".join(mended) or "draw x and g at random, and take eps of the order of the variance"
