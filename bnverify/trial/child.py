"""The other process: loads the user's file, calls the function for each trial, writes down what came back.

Run as a script of its own: it imports nothing of bnverify, and nothing else imports it. What it is asked comes as
JSON and one flat array of numbers, and so does its answer; nothing is ever pickled.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

GRADIENTS = ("dx", "dgamma", "dbeta")
SPELLED = {
    "dx": "dx", "dX": "dx", "x": "dx", "grad_x": "dx", "grad_input": "dx",
    "dgamma": "dgamma", "gamma": "dgamma", "dw": "dgamma", "dweight": "dgamma", "weight": "dgamma",
    "grad_weight": "dgamma",
    "dbeta": "dbeta", "beta": "dbeta", "db": "dbeta", "dbias": "dbeta", "bias": "dbeta", "grad_bias": "dbeta",
}  # fmt: skip
"""What a dictionary of gradients may call them."""
LONGEST = 500


class Refused(Exception):
    """What came back is nothing that can be judged; the text is a sentence."""


def main(folder: Path) -> None:
    plan = json.loads((folder / "plan.json").read_text("utf-8"))
    numbers = np.load(folder / "inputs.npy", allow_pickle=False)
    torch = importlib.import_module("torch") if plan["torch"] else None
    progress = (folder / "progress").open("w", encoding="utf-8")
    told(progress, "loading")
    answer: dict[str, Any] = {"calls": []}
    flat: list[Any] = []
    try:
        called = loaded(plan)
    except BaseException as trouble:
        answer["raised"] = described(trouble, plan["file"])
    else:
        for place, call in enumerate(plan["calls"]):
            told(progress, str(place))
            answer["calls"].append(one_call(called, call, plan, Pool(numbers, plan["pool"], torch), flat))
    write(folder, answer, flat)


def told(progress: Any, words: str) -> None:
    """Where we are, for the parent that waits."""
    progress.seek(0)
    progress.write(words + "\n")
    progress.truncate()
    progress.flush()


def write(folder: Path, answer: Any, flat: Sequence[Any]) -> None:
    """The numbers first; the answer gets its name when it is complete."""
    np.save(folder / "results.npy", np.concatenate([*flat, np.zeros(0)]), allow_pickle=False)
    (folder / "answer.part").write_text(json.dumps(answer), "utf-8")
    os.replace(folder / "answer.part", folder / "answer.json")


def loaded(plan: Mapping[str, Any]) -> Mapping[str, Any]:
    """The functions that the plan names, from the user's file; its neighbours can be imported."""
    path = Path(plan["file"])
    sys.path.insert(0, str(path.parent))
    sys.argv = [str(path)]
    spec = importlib.util.spec_from_file_location(f"against_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return {part: getattr(module, plan[part]) for part in ("function", "forward") if plan[part]}


def described(trouble: BaseException, file: str) -> dict[str, Any]:
    """An exception as words, with the last line of the user's file that it went through."""
    frames = [one for one in traceback.extract_tb(trouble.__traceback__) if one.filename == file]
    return {
        "kind": type(trouble).__name__,
        "text": str(trouble)[:LONGEST],
        "line": frames[-1].lineno if frames else None,
        "source": (frames[-1].line or "")[:LONGEST] if frames else "",
    }


class Pool:
    """The arrays of a plan, a fresh copy for each call, so that one call cannot spoil the next."""

    def __init__(self, numbers: Any, places: Sequence[Any], torch: Any) -> None:
        self.numbers, self.places, self.torch = numbers, places, torch

    def array(self, key: int) -> Any:
        at, shape = self.places[key]
        made = self.numbers[at : at + int(np.prod(shape))].reshape(shape).copy()
        return self.torch.from_numpy(made) if self.torch else made


def one_call(
    called: Mapping[str, Any], call: Mapping[str, Any], plan: Mapping[str, Any], pool: Pool, flat: list[Any]
) -> dict[str, Any]:
    run: Callable[..., tuple[dict[str, Any], Sequence[str]]] = KINDS[plan["kind"]]
    try:
        returned, wrote = run(called, call, pool)
        new: list[Any] = []
        shapes = {name: stored(value, new) for name, value in returned.items()}
        flat.extend(new)
        return {"returned": shapes, "wrote": sorted(wrote)}
    except Refused as sentence:
        return {"refused": str(sentence)}
    except BaseException as trouble:
        return {"raised": described(trouble, plan["file"])}


def plainly(called: Mapping[str, Any], call: Mapping[str, Any], pool: Pool) -> tuple[dict[str, Any], Sequence[str]]:
    """A function of upstream and inputs; where it takes a cache, the forward pass runs first."""
    found: dict[str, Any] = {}
    wrote: set[str] = set()
    cache = None
    if "forward" in called:
        given = made(call["forward"], pool, None)
        out = spied(called["forward"], given, wrote)
        if not isinstance(out, tuple) or len(out) != 2:
            raise Refused("the forward function does not return a pair (y, cache)")
        found["y"], cache = out
    gradients = spied(called["function"], made(call["function"], pool, cache), wrote)
    return found | dict(named(gradients)), sorted(wrote)


def by_autograd(called: Mapping[str, Any], call: Mapping[str, Any], pool: Pool) -> tuple[dict[str, Any], Sequence[str]]:
    """A torch.autograd.Function: applied, and its output differentiated."""
    given = made(call["function"], pool, None)
    leaves = {"d" + role: value for _, role, value in given if role in ("x", "gamma", "beta")}
    leaves = {name: leaf for name, leaf in leaves.items() if isinstance(leaf, pool.torch.Tensor)}
    for leaf in leaves.values():
        leaf.requires_grad_(True)
    before = {name: numeric(value).copy() for name, _, value in given if is_array(value)}
    y = called["function"].apply(*(value for _, _, value in given))
    if not isinstance(y, pool.torch.Tensor):
        raise Refused("its forward does not return one tensor")
    upstream = pool.array(call["upstream"])
    y.backward(upstream)
    wrote = [name for name, _, value in given if name in before and not same(before[name], value)]
    found = {name: leaf.grad for name, leaf in leaves.items() if leaf.grad is not None}
    return {"y": y, **found}, wrote


KINDS: Mapping[str, Any] = {"function": plainly, "autograd": by_autograd}


def made(arguments: Sequence[Any], pool: Pool, cache: Any) -> list[tuple[str, str, Any]]:
    """The name of each parameter, its part, and its value."""
    found = []
    for name, role, kind, value in arguments:
        if kind == "array":
            value = pool.array(value)
        elif kind == "cache":
            value = cache
        found.append((name, role, value))
    return found


def spied(function: Any, given: Sequence[tuple[str, str, Any]], wrote: set[str]) -> Any:
    """Call a function by the names of its parameters, and note which of its arrays it wrote to."""
    before = {name: numeric(value).copy() for name, _, value in given if is_array(value)}
    positional, by_name = [], {}
    for name, _, value in given:
        if name.startswith("*"):
            by_name[name[1:]] = value
        else:
            positional.append(value)
    returned = function(*positional, **by_name)
    wrote.update(name.lstrip("*") for name, _, value in given if name in before and not same(before[name], value))
    return returned


def is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) or hasattr(value, "detach")


def numeric(value: Any) -> Any:
    return np.asarray(value.detach().cpu().numpy() if hasattr(value, "detach") else value)


def same(before: Any, after: Any) -> bool:
    now = numeric(after)
    return bool(now.shape == before.shape and now.tobytes() == before.tobytes())


def named(returned: Any) -> Iterator[tuple[str, Any]]:
    """What a function returned, by the names of the gradients. Raises Refused."""
    if isinstance(returned, Mapping):
        known = [(SPELLED[name], value) for name, value in returned.items() if name in SPELLED]
        if "dx" not in dict(known):
            raise Refused(f"it returns a dictionary without dx: its keys are {', '.join(map(repr, returned))[:200]}")
        yield from ((name, value) for name, value in known if value is not None)
    elif isinstance(returned, tuple) or (isinstance(returned, list) and any(map(is_array, returned))):
        if not 1 <= len(returned) <= len(GRADIENTS):
            raise Refused(f"it returns {len(returned)} things: dx, or (dx, dgamma, dbeta), is expected")
        pairs = zip(GRADIENTS, returned, strict=False)
        yield from ((name, value) for name, value in pairs if value is not None)
    elif returned is None:
        raise Refused("it returns None")
    else:
        yield "dx", returned


def stored(value: Any, flat: list[Any]) -> dict[str, Any]:
    """The numbers of a result, behind those of the others. Raises Refused where it holds none."""
    try:
        array = numeric(value)
    except (TypeError, ValueError, RuntimeError):
        array = np.asarray(None)
    if array.dtype.kind not in "fiub":
        raise Refused(f"it returns {type(value).__name__}, which is no array of real numbers")
    flat.append(np.asarray(array, dtype=float).reshape(-1))
    return {"shape": array.shape, "kind": array.dtype.name}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
