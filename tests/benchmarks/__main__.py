"""All benchmarks: `python -m tests.benchmarks [--only SECTION] [--runs K] [--markdown]`.

Others than SymPy and NumPy are skipped where they are not installed; `pip install '.[peers]'` installs them.
The machine may be shared: compare the ratios of one run, never the times of two.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable

from tests.benchmarks import cold, growth, handwritten, peers, repairs, steps
from tests.benchmarks.tables import Table, markdown, text

SECTIONS: dict[str, Callable[[int, float], list[Table]]] = {
    "step": lambda runs, limit: steps.tables(runs),
    "notes": lambda runs, limit: handwritten.tables(runs),
    "cold": lambda runs, limit: cold.tables(runs),
    "peers": peers.fair,
    "typed": peers.typed,
    "repair": lambda runs, limit: repairs.tables(runs),
    "growth": lambda runs, limit: growth.tables(runs),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", choices=SECTIONS, action="append", help="this section; may be given several times")
    parser.add_argument("--runs", type=int, default=9, help="timed runs of each (default 9)")
    parser.add_argument("--limit", type=float, default=60, help="seconds that a call of a peer may take (default 60)")
    parser.add_argument("--markdown", action="store_true", help="tables in Markdown")
    asked = parser.parse_args()
    print("Seconds of the processor where nothing else is said; in brackets the range of the runs.")
    print(f"Python {platform.python_version()}, medians of {asked.runs} runs in turns")
    for name in asked.only or SECTIONS:
        for table in SECTIONS[name](asked.runs, asked.limit):
            print(f"\n{markdown(table) if asked.markdown else text(table)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
