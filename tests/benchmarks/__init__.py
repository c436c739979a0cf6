"""Speed in tables: `python -m tests.benchmarks` measures, and compares with what else people use."""

import os

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
for _name in THREADS:
    os.environ.setdefault(_name, "1")  # seconds of the processor add up over threads
