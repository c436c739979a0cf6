"""A certificate and its notes -> whether each equation holds, proved anew by one file and the standard library alone.

1. Text: each file has the SHA-256 of the certificate, and each step stands in it where the certificate says.
2. Proof: both sides are fractions of polynomials in coordinates such as sum_j x_j. What is known of these is put in
   (sum_j x_j = n mu, v = s^2 - eps), the difference is multiplied out, and it is zero.
3. Numbers: what is put in is true, and the fractions are what the equation says, derivatives included, on random
   batches of three sizes, where mean, variance and roots are worked out by the definitions of the forward pass.
   All is exact modulo P^2 for a prime P; a derivative is f'(x) = (f(x + P) - f(x)) / P modulo P.
Not checked: that the equations, and the places of their indices, are what the text says; --show prints all three.
"""

import hashlib
import json
import os
import sys
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

P = 18446744073708950999  # 4k + 3, and 2 to 16 are squares; of two roots the one that is a square itself is positive
LARGEST_FILE, MOST_WORK, MOST_DRAWS, work = 60_000_000, 50_000_000, 5_000, [0]
HOLDS, REFUSED, UNREADABLE = 0, 1, 2  # the exit status
BETWEEN = {"number": "/", "value": "_", "plus": " + ", "times": " * "}
PLAIN = {"count": "{0}", "same": "[{0} = {1}]", "sum": "(sum_{0} {1})", "power": "{0}^({1})", "root": "sqrt({0})"}
PLAIN |= {"exp": "exp({0})", "log": "log({0})", "loss by": "dL/d{0}", "d": "(d {0} / d {1}, {2})"}
Poly = dict[tuple[str, ...], Fraction]  # the coordinates that are multiplied, sorted -> a coefficient that is not zero


class Stop(Exception):
    """How the check of a step ends (HOLDS: but not tried in numbers), and why."""


def spend(amount: int) -> None:
    work[0] += amount
    if work[0] > MOST_WORK:
        raise Stop(UNREADABLE, "it is too much work")


def added(polys: Any) -> Poly:
    made: Poly = {}
    for key, value in (term for poly in polys for term in poly.items()):
        made[key] = made.get(key, Fraction(0)) + value
    return {key: value for key, value in made.items() if value}


def multiplied(polys: list[Poly], scale: int = 1) -> Poly:
    made: Poly = {(): Fraction(scale)}
    for poly in polys:
        spend((1 + len(made)) * (1 + len(poly)) * (1 + max(map(len, made), default=0)))
        made = added({tuple(sorted(k + m)): a * b for m, b in poly.items()} for k, a in made.items())
    return made


def ratio(written: Any) -> tuple[Poly, Poly]:
    above, *below = [added({tuple(sorted(key)): Fraction(a, b)} for a, b, key in poly) for poly in written]
    return above, multiplied(below)


def put_in(poly: Poly, name: str, power: int, known: tuple[Poly, Poly]) -> Poly:
    """The polynomial with above/below for name^power, times the power of `below` that leaves no fraction."""
    (above, below), parts = known, dict[int, Poly]()
    for key, value in poly.items():
        rest = [one for one in key if one != name] + [name] * (key.count(name) % power)
        parts.setdefault(key.count(name) // power, {})[tuple(sorted(rest))] = value
    most = max(parts, default=0)
    return added(multiplied([part, *[above] * k, *[below] * (most - k)]) for k, part in parts.items())


def prove(case: Any) -> None:
    """That left = right, with all that is known put in: nothing but this says that an equation holds."""
    (a, b), (c, d) = ratio(case["left"]), ratio(case["right"])
    zero, *divisors = added([multiplied([a, d]), multiplied([c, b], -1)]), b, d
    for name, is_square, value in case["known"]:
        power, known = 1 + bool(is_square), ratio(value)
        zero, *divisors = [put_in(poly, name, power, known) for poly in (zero, *divisors, known[1])]
    if zero or not all(divisors):
        raise Stop(REFUSED, "the two sides are different" if zero else "something is divided by zero")


def try_numbers(case: Any, step: Any, forward: Any, more: int) -> None:
    """What is known is true, and both fractions are what the equation says, on a random batch."""
    at, axes, trees = case["at"], range(forward["axes"]), case["coordinates"]
    sizes = {f"n{k or ''}": 2 + max([0, *at.values()]) + ((k + more) % 2 if len(axes) > 1 else more) for k in axes}
    for attempt in range(MOST_DRAWS):
        batch = Batch(forward, sizes, f"{step['digest']} {more} {attempt}")
        try:
            values = {name: batch.value(tree, at) for name, tree in trees.items()}
            sides = [(batch.value(step[side], at), case[side], batch.logs) for side in ("left", "right")]
        except ValueError:  # a root that does not exist, or a division by zero
            continue
        known = [(values[x] ** (1 + bool(two)), to, "'log'" in str(trees[x])) for x, two, to in case["known"]]
        for whole, fraction, no_number in known + sides:
            above, below = (number(poly, values) for poly in ratio(fraction))
            if (whole * below - above) % P:
                raise Stop(*((HOLDS, "it is a logarithm") if no_number else (REFUSED, "in numbers it is false")))
        return
    raise Stop(HOLDS, "no numbers were found at which all of it has a value")


def number(poly: Poly, values: dict[str, int]) -> int:
    return sum(c.numerator * pow(c.denominator, -1, P) * prod(values[x] for x in key) for key, c in poly.items())


class Batch:
    """Random samples, and trees on them modulo P^2; `nudge`: a quantity and places to add P at, and hold all others."""

    def __init__(self, forward: Any, sizes: dict[str, int], seed: str) -> None:
        self.index = {name: index for name, index, _ in forward["quantities"]}
        self.nodes = {name: tree for name, _, tree in forward["quantities"] if tree is not None}
        self.output, self.sizes, self.seed, self.logs = forward["output"], sizes, seed, False
        self.kept: dict[Any, int] = {}

    def places(self, index: list[str]) -> list[tuple[int, ...]]:
        return list(product(*(range(self.sizes[f"n{i[0]}" if i[1:2] == "." else "n"]) for i in index)))

    def given(self, name: str, places: tuple[int, ...]) -> int:
        return int(hashlib.sha256(f"{self.seed} {name} {places}".encode()).hexdigest(), 16) % P

    def quantity(self, name: str, places: tuple[int, ...], nudge: Any) -> int:
        if nudge and (nudge[0] == name or nudge[2]):
            return self.quantity(name, places, None) + P * int(nudge[:2] == (name, places))
        if name not in self.nodes:
            return self.given(name, places)
        key = name, places, nudge
        if key not in self.kept:
            self.kept[key] = self.value(self.nodes[name], dict(zip(self.index[name], places, strict=False)), nudge)
        return self.kept[key]

    def value(self, tree: Any, at: dict[str, int], nudge: Any = None) -> int:
        spend(1)
        match tree:
            case ["number", a, *b]:
                return int(a * pow(prod(b), -1, P**2))
            case ["count", axis]:
                return self.sizes[axis]
            case ["same", i, k]:
                return int(at[i] == at[k])
            case ["value", name, *index]:
                return self.quantity(name, tuple(at[i] for i in index), nudge)
            case ["plus" | "times", *parts]:
                return (sum if tree[0] == "plus" else prod)(self.value(part, at, nudge) for part in parts) % P**2
            case ["sum", i, body]:
                return sum(self.value(body, {**at, i: k}, nudge) for (k,) in self.places([i])) % P**2
            case ["power", base, k]:
                return int(pow(self.value(base, at, nudge), k, P**2))
            case ["root", body]:
                root = pow(square := self.value(body, at, nudge), (P + 1) // 4, P)
                if (root * root - square) % P:
                    raise ValueError("no square")
                return root - (root * root - square) * pow(2 * root, -1, P**2)
            case ["exp", ["value", name, *index]] if name not in self.nodes:
                change = self.value(tree[1], at, nudge) - self.value(tree[1], at)
                return self.given(f"exp {name}", tuple(at[i] for i in index)) * (1 + change) % P**2
            case ["log", body]:
                self.logs, a = True, self.value(body, at)
                return self.given("log", (a % P,)) + (self.value(body, at, nudge) - a) * pow(a, -1, P**2)
            case ["loss by", ["value", name, *index]] if nudge is None:
                by, outputs = (name, tuple(at[i] for i in index), False), self.places(self.index[self.output])
                return sum(self.given("dL/dy", o) * self.change(self.quantity, self.output, o, by) for o in outputs)
            case ["d", of, ["value", name, *index], "local" | "total" as reading] if nudge is None:
                by = name, tuple(at[i] for i in index), reading == "local"
                if of[0] == "value" and of[1] in self.nodes and of[1] != name:
                    of, at = self.nodes[of[1]], dict(zip(self.index[of[1]], (at[i] for i in of[2:]), strict=False))
                return self.change(self.value, of, at, by)
        raise Stop(HOLDS if tree[0] in ("exp", *["loss by", "d"] * bool(nudge)) else UNREADABLE, plain(tree)[:60])

    def change(self, function: Any, what: Any, at: Any, nudge: Any) -> int:
        return int((function(what, at, nudge) - function(what, at, None)) // P % P)


def plain(tree: Any) -> str:
    kind, *parts = [tree[0], *(plain(one) if isinstance(one, list) else str(one) for one in tree[1:])]
    joined = BETWEEN.get(kind, "").join(parts)
    return f"({joined})" if kind in ("plus", "times") else joined if kind in BETWEEN else PLAIN[kind].format(*parts)


def say(ends: int, *words: str) -> int:
    text = ": ".join(word for word in words if word).replace("\n", " ")
    sys.stdout.write("".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text) + "\n")
    return ends


def digest(entry: Any) -> str:
    return hashlib.sha256(json.dumps({**entry, "digest": ""}, sort_keys=True).encode()).hexdigest()


def read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(LARGEST_FILE)


def check_note(path: str, note: Any, show: bool) -> int:
    texts, ends = dict[Any, str](), [HOLDS]
    for name, expected in note["files"].items():
        whole = read(os.path.join(os.path.dirname(path), os.path.normpath("/" + name)[1:]) if name else path)
        if hashlib.sha256(whole).hexdigest() != expected:
            ends.append(say(REFUSED, path, name, "this is not the file that was checked: its SHA-256 is another one"))
        texts[name, None] = whole.decode()
        for k, cell in enumerate(json.loads(whole)["cells"] if (name or path).endswith(".ipynb") else [], 1):
            texts[name, k] = "".join(cell["source"])
    for name, index, tree in [one for forward in note["forward"] * show for one in forward["quantities"] if one[2]]:
        say(HOLDS, path, "forward", f"{plain(['value', name, *index])} = {plain(tree)}")
    for step in note["steps"]:
        said = f"{path}: {step['place']}: {step['head'][0][-1]} = {step['side'][0][-1]}"
        if show:
            say(HOLDS, said)
            where = " or ".join(" ".join(f"{i}:{k}" for i, k in case["at"].items()) for case in step["cases"])
            say(HOLDS, f"    {plain(step['left'])} = {plain(step['right'])}", where and f"at the places {where}")
        try:
            if digest(step) != step["digest"] or not step["relation"] or not step["cases"]:
                raise Stop(REFUSED, "this entry of the certificate was changed, or has no equation")
            for file, cell, start, end, text in step["head"] + step["relation"] + step["side"]:
                if texts[file, cell][start:end] != text:
                    raise Stop(REFUSED, f"the note has another text here: {texts[file, cell][start:end][:80]}")
            for case in step["cases"]:
                prove(case)
            for case, more in product(step["cases"], (1, 2, 3)):
                try_numbers(case, step, note["forward"][step["forward"]], more)
        except Stop as stop:
            ends.append(say(stop.args[0], said, "" if stop.args[0] else "holds, not tried in numbers", stop.args[1]))
    for one in note["without"]:
        say(HOLDS, path, one["place"], "no certificate", one["why"])
    proved = f"{len(note['steps']) - sum(map(bool, ends))} of {len(note['steps'])} equations proved anew"
    return max(*ends, say(HOLDS, path, proved, f"{ends.count(HOLDS) - 1} not tried in numbers"))


def main(arguments: list[str]) -> int:
    paths = [one for one in arguments if one != "--show"]
    if len(paths) < 2 or any(one.startswith("-") for one in paths):
        return say(UNREADABLE, "usage: recheck [--show] CERTIFICATE NOTE...")
    try:
        document, ends = json.loads(read(paths[0]), parse_float=int, parse_constant=int), [HOLDS]
        if document["certificate"] != 1:
            raise ValueError("a certificate of another version")
        if digest(document) != document["digest"]:
            ends.append(say(REFUSED, paths[0], "this certificate was changed after it was written"))
        named = {key: note for note in document["notes"] for key in (note["note"], note["files"][""])}
        for path in paths[1:]:
            note = named.get(hashlib.sha256(read(path)).hexdigest(), named.get(path))
            ends.append(check_note(path, note, "--show" in arguments) if note else say(REFUSED, path, "no such note"))
    except Exception as trouble:
        return say(UNREADABLE, paths[0], f"cannot be checked: {type(trouble).__name__}: {trouble}"[:300])
    proved = "what is proved holds for every n, wherever no denominator is zero"
    return max(*ends, say(HOLDS, f"{proved}; not checked: that the text says what was proved"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
