"""A long run of one campaign: `python -m tests.fuzz.run trees --count 1000000 --seed 1 --log trees.jsonl`.

Every chunk has a seed of its own, so `--from K --count SIZE` shows chunk K again. Exit status 1 where anything is found.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from importlib import import_module
from time import perf_counter
from typing import TextIO

from tests.fuzz.tally import Tally, tally_of

CAMPAIGNS = {
    "trees": ("claims", 1000),
    "notes": ("notes", 200),
    "rewrites": ("rewrites", 100),
    "containers": ("containers", 100),
    "family": ("family", 100),
    "inputs": ("inputs", 2000),
    "checks": ("checks", 200),
    "witnesses": ("witnesses", 200),
}
"""Each with its module and the size of a chunk."""
EVERY = 10.0
"""Seconds between two lines of progress."""

Chunk = Callable[[int, int, int], Tally]


def chunk_of(campaign: str) -> Chunk:
    """What runs one chunk: seed, number and size -> tally."""
    found: Chunk = import_module(f"tests.fuzz.{CAMPAIGNS[campaign][0]}").chunk
    return found


def run(campaign: str, count: int, seed: int, first: int, log: TextIO | None) -> Iterator[Tally]:
    """Run chunks until there are as many pieces as asked for; each is in the log before the next one begins."""
    chunk, size = chunk_of(campaign), CAMPAIGNS[campaign][1]
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    for number in range(first, first + -(-count // size)):
        started = perf_counter()
        forget()
        tally = chunk(seed, number, size)
        tally.seconds = perf_counter() - started
        if log is not None:
            print(tally.line(campaign, seed, number, size), file=log, flush=True)
        yield tally


def forget() -> None:
    """What the package keeps without a bound is kept for one chunk."""
    from bnverify.truth.every_n import forget

    forget()


def words(tally: Tally) -> Iterator[str]:
    """A tally for a person."""
    yield "  " + ", ".join(f"{name} {count}" for name, count in tally.counts.items())
    yield f"  {tally.seconds:.0f} s, slowest {tally.slowest:.3f} s: {tally.slow[:300]!r}"
    for reason, count in tally.reasons.most_common(12):
        yield f"  {count:>8}  {reason}"
    for one in tally.found[:20]:
        yield f"  FOUND {one.kind}: {one.what}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("campaign", choices=[*CAMPAIGNS, "report"])
    parser.add_argument("--count", type=int, default=1000, help="how many pieces; whole chunks are run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from", type=int, default=0, dest="first", metavar="K", help="the first chunk")
    parser.add_argument("--log", help="a file that gets a line for each chunk; `report` reads it")
    options = parser.parse_args(arguments)
    whole, shown = Tally(), 0.0
    if options.campaign == "report":
        with open(options.log, encoding="utf-8") as lines:
            for line in lines:
                whole.add(tally_of(line))
        print("\n".join(words(whole)))
        return int(bool(whole.found))
    with ExitStack() as open_files:
        log = open_files.enter_context(open(options.log, "a", encoding="utf-8")) if options.log else None
        for tally in run(options.campaign, options.count, options.seed, options.first, log):
            whole.add(tally)
            for one in tally.found:
                print(f"FOUND {one.kind}: {one.what}", flush=True)
            if whole.seconds - shown > EVERY:
                shown = whole.seconds
                print(f"{shown:.0f} s: {dict(whole.counts)}, found {len(whole.found)}", flush=True)
    print("\n".join(words(whole)))
    return int(bool(whole.found))


if __name__ == "__main__":
    sys.exit(main())
