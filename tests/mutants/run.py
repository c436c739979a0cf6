"""Mutants of the proof, each in a child of its own: `python -m tests.mutants.run --files every_n.py --log mutants.jsonl`."""

from __future__ import annotations

import argparse
import ast
import gc
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.mutants import battery
from tests.mutants.mutations import Mutant, mutants
from tests.mutants.reach import Check, Reached, limit_resources, measured
from tests.mutants.swap import ROOT, NotTried, forget, plant

FILES = (*sorted((ROOT / "bnverify" / "truth").glob("*.py")), ROOT / "bnverify" / "judge" / "standing.py")
LONGEST_CHECK = 3.0
"""Seconds while its lines are watched; what takes longer is no part of the battery."""
HANGS = 2.0
"""Seconds beyond what a mutant's checks may take together, after which it counts as one that never ends."""


@dataclass
class Memory:
    """Which checks have killed so far: those that did in the same function are tried first."""

    kills: Counter[str] = field(default_factory=Counter)
    runs: Counter[str] = field(default_factory=Counter)
    latest: dict[tuple[str, ...], list[str]] = field(default_factory=dict)

    def order(self, mutant: Mutant, names: Sequence[str], reached: dict[str, Reached]) -> list[str]:
        first = self.latest.get((mutant.file, *mutant.owner), [])

        def worth(name: str) -> float:
            """Kills hoped for in a second; tests of single functions are more telling than notes."""
            hope = (self.kills[name] + 0.5) / (self.runs[name] + 1) * (10 if name.startswith(battery.DIRECT) else 1)
            return hope / (0.02 + reached[name].seconds)

        rest = sorted(names, key=lambda name: (-worth(name), name))
        return list(dict.fromkeys([*(name for name in reversed(first) if name in set(names)), *rest]))

    def keep(self, mutant: Mutant, ran: Sequence[str], killer: str | None) -> None:
        self.runs.update(ran)
        if killer is not None:
            self.kills[killer] += 1
            latest = self.latest.setdefault((mutant.file, *mutant.owner), [])
            latest[:] = [*(name for name in latest if name != killer), killer][-8:]


@dataclass(frozen=True)
class Battery:
    checks: dict[str, Check]
    reached: dict[str, Reached]
    by_line: dict[tuple[str, int], list[str]]
    by_file: dict[str, list[str]]

    @classmethod
    def of(cls, checks: Sequence[Check], reached: dict[str, Reached]) -> Battery:
        by_line: dict[tuple[str, int], list[str]] = {}
        by_file: dict[str, list[str]] = {}
        reached = {name: one for name, one in reached.items() if one.lines}
        for name, one in reached.items():
            for line in one.lines:
                by_line.setdefault(line, []).append(name)
            for file in {file for file, _ in one.lines}:
                by_file.setdefault(file, []).append(name)
        return cls({one.name: one for one in checks}, reached, by_line, by_file)

    def reaching(self, mutant: Mutant) -> list[str]:
        """The checks that come to the mutant, or to where a constant is used; a default may be used anywhere."""
        if mutant.constant:
            lines = [line for path in FILES for line in uses(path, mutant.constant)]
            found = dict.fromkeys(name for line in lines for name in self.by_line.get(line, []))
            return list(found) or [name for name in self.reached if name.startswith(battery.DIRECT)]
        if mutant.kind == "default":
            return self.by_file.get(mutant.file, [])
        return self.by_line.get((mutant.file, mutant.line), [])


@cache
def uses(path: Path, name: str) -> list[tuple[str, int]]:
    """Where a constant, or a field of a class, is looked up."""
    found = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [
        (str(path), node.lineno)
        for node in found
        if (isinstance(node, ast.Name) and node.id == name) or (isinstance(node, ast.Attribute) and node.attr == name)
    ]


@dataclass(frozen=True)
class Outcome:
    mutant: Mutant
    fate: str
    """killed, survived, unreached, or not tried"""
    killer: str = ""
    seconds: float = 0.0
    tried: int = 0


def try_mutant(mutant: Mutant, all_checks: Battery, memory: Memory, budget: float) -> Outcome:
    names = all_checks.reaching(mutant)
    if not names:
        return Outcome(mutant, "unreached")
    cheap = [name for name in names if all_checks.reached[name].seconds < budget]
    names = memory.order(mutant, cheap or names, all_checks.reached)
    end = ended(mutant, [all_checks.checks[name] for name in names], budget)
    killer = end.get("killer", "")
    memory.keep(mutant, end["started"], killer or None)
    return Outcome(mutant, end["fate"], killer, end["seconds"], len(end["started"]))


def ended(mutant: Mutant, checks: Sequence[Check], budget: float) -> dict[str, Any]:
    """How the checks of a mutant end, in a child: its fate, the check that killed it, those that began, and seconds."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _in_child(mutant, checks, budget, writer)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as pipe:
        lines = [json.loads(line) for line in pipe.read().splitlines()]
    used = os.wait4(child, 0)[2]
    started = [one["begins"] for one in lines if "begins" in one]
    last = {"fate": "killed", "killer": started[-1] if started else "planting"}
    end = next((one for one in lines if "fate" in one), last)
    return {**end, "started": started, "seconds": used.ru_utime + used.ru_stime}


def _in_child(mutant: Mutant, checks: Sequence[Check], budget: float, writer: int) -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    say = lambda **words: os.write(writer, (json.dumps(words) + "\n").encode())  # noqa: E731
    start = time.process_time()
    limit_resources(budget + HANGS)
    try:
        plant(mutant)
    except NotTried:
        say(fate="not tried")
        os._exit(0)
    for one in checks:
        say(begins=one.name)
        try:
            one.call()
        except BaseException:
            say(fate="killed", killer=one.name)
            os._exit(0)
        if time.process_time() - start > budget:
            break
    say(fate="survived")
    os._exit(0)


def run(chosen: Sequence[Mutant], all_checks: Battery, budget: float) -> Iterator[Outcome]:
    memory = Memory()
    forget()
    gc.collect()
    gc.freeze()
    gc.disable()
    for mutant in chosen:
        yield try_mutant(mutant, all_checks, memory, budget)


def chosen_files(names: Sequence[str] | None) -> list[Path]:
    if not names:
        return list(FILES)
    by_name = {path.name: path for path in FILES}
    return [by_name[name] for name in names]


def line_of(one: Outcome) -> str:
    mutant = one.mutant
    return json.dumps(
        {
            "fate": one.fate,
            "name": mutant.name,
            "file": Path(mutant.file).name,
            "number": mutant.number,
            "line": mutant.line,
            "killer": one.killer,
            "seconds": round(one.seconds, 3),
            "tried": one.tried,
        }
    )


def named_pairs(text: str) -> dict[str, str]:
    """Mutants with the check that kills each: a line for the one, and behind blanks one for the other."""
    lines = text.splitlines()
    return {mutant: check.strip() for mutant, check in zip(lines[::2], lines[1::2], strict=True)}


def all_killed(pairs: Mapping[str, str]) -> bool:
    """Whether each check passes as the program is, and fails with its mutant; what is not so is printed."""
    files = [str(path) for path in FILES]
    by_name = {mutant.name: mutant for path in FILES for mutant in mutants(path)}
    modules = sorted({Path(check.split("::")[0]).stem for check in pairs.values()})
    checks = {one.name: one for one in battery.of_tests(modules)}
    known = {mutant: checks[check] for mutant, check in pairs.items() if mutant in by_name and check in checks}
    # In a child of its own: what a check leaves behind in the program would hide its mutants.
    reached = measured(list({one.name: one for one in known.values()}.values()), files, LONGEST_CHECK, None)
    failed = [name for name, one in reached.items() if not one.lines]
    forget()
    alive = [
        mutant
        for mutant, check in known.items()
        if check.name not in failed and ended(by_name[mutant], [check], LONGEST_CHECK)["fate"] != "killed"
    ]
    missing = [one for pair in pairs.items() if pair[0] not in known for one in pair]
    for words, those in (("no such mutant or check", missing), ("this check fails", failed), ("not killed", alive)):
        for one in those:
            print(f"{words}: {one}")
    print(f"{len(known) - len(alive)} of {len(pairs)} mutants killed by {len(checks)} checks")
    return not (missing or failed or alive)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", nargs="+", help="names of modules; all of truth/ and judge/standing.py if absent")
    parser.add_argument("--from", dest="start", type=int, default=0, help="the number of the first mutant")
    parser.add_argument("--count", type=int, help="how many mutants")
    parser.add_argument("--every", type=int, default=1, help="each n-th mutant only")
    parser.add_argument("--budget", type=float, default=3.0, help="seconds for the checks of one mutant")
    parser.add_argument(
        "--log", type=Path, help="a line of JSON for each mutant is appended here; what it has is not tried again"
    )
    parser.add_argument("--again", type=Path, help="without those that a log says are killed")
    parser.add_argument("--reach", type=Path, help="where it is remembered which check reaches which line")
    parser.add_argument(
        "--named", type=Path, help="only the mutants that this file names, each by the check that it names"
    )
    options = parser.parse_args(arguments)
    if options.named:
        sys.exit(not all_killed(named_pairs(options.named.read_text(encoding="utf-8"))))
    every = [mutant for path in chosen_files(options.files) for mutant in mutants(path)]
    if options.again:
        said = [json.loads(line) for line in options.again.read_text().splitlines()]
        alive = {one["name"] for one in said if one["fate"] != "killed"}
        dead = {one["name"] for one in said} - alive
        every = [mutant for mutant in every if mutant.name not in dead]
    if options.log and options.log.exists():
        done = {(one["file"], one["number"]) for one in map(json.loads, options.log.read_text().splitlines())}
        every = [mutant for mutant in every if (Path(mutant.file).name, mutant.number) not in done]
    end = None if options.count is None else options.start + options.count
    every = every[options.start : end : options.every]
    checks = battery.all_checks()
    reached = measured(checks, [str(path) for path in FILES], LONGEST_CHECK, options.reach)
    chosen = Battery.of(checks, reached)
    print(f"{len(every)} mutants, {len(chosen.reached)} checks of {len(checks)}", file=sys.stderr, flush=True)
    fates: Counter[tuple[str, str]] = Counter()
    for one in run(every, chosen, options.budget):
        fates[Path(one.mutant.file).name, one.fate] += 1
        if options.log:
            with options.log.open("a", encoding="utf-8") as log:
                print(line_of(one), file=log)
        if one.fate != "killed":
            print(f"{one.fate}: {one.mutant.name} (line {one.mutant.line})", flush=True)
    for (file, fate), count in sorted(fates.items()):
        print(f"{file:20} {fate:10} {count:5}")


if __name__ == "__main__":
    main()
