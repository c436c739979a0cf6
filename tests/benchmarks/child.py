"""A child of a benchmark: `python -m tests.benchmarks.child MODULE FACTORY ARGUMENT...`.

It imports one contender, and for every number on standard input runs it once; answers are lines of JSON.
"""

from __future__ import annotations

import json
import os
import sys

from tests.benchmarks.timing import prepared, timed


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer

    def say(**answer: object) -> None:
        print(json.dumps(answer), file=answers, flush=True)

    module, factory, *arguments = sys.argv[1:]
    try:
        prepare = prepared(module, factory, arguments)
    except ModuleNotFoundError as missing:
        say(missing=missing.name)
        return
    say(ready=True)
    for line in sys.stdin:
        seconds, found = timed(prepare(int(line)))
        say(seconds=seconds, found=found)


if __name__ == "__main__":
    main()
