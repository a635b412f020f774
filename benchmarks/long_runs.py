"""What a run of a million steps takes: time, memory and disk to record, and the time of a zoom at every level.

Run with `python -m benchmarks.long_runs [--steps 1000000] [--units 128] [--threads 1] [--folder FOLDER]`.
Recording and looking are processes of their own, so that each one's peak memory is its own. One thread by default: a
single sequence has nothing to share out, and threads that wait for each other are slower on a machine that others
use too. A zoom is of every unit of one array, read from the store without anything kept from the last one.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

FEATURES = 16
ARRAYS = ("cell_state", "hidden_state", "forget_gate", "input_gate", "candidate", "output_gate")


def measure_recording(folder: Path, units: int, threads: int) -> None:
    """A random network's run over noise that lies on disk."""
    import torch

    import lstm_viz

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    module = torch.nn.LSTM(FEATURES, units)
    x = np.load(folder / "x.npy", mmap_mode="r")
    start, busy = perf_counter(), process_time()
    run = lstm_viz.trace_to(module, x, folder / "run")
    took, busy = perf_counter() - start, process_time() - busy
    print(
        f"recorded {run.steps:,} steps x {units} units in {took:.1f} s ({busy:.1f} s of CPU), chunks of {run.chunk:,}"
    )
    print(f"largest difference from the module's own forward {run.difference:.1e}, peak memory {_peak_memory():.0f} MB")


def measure_reading(folder: Path) -> None:
    """Zooms of several widths at random places, and stretches to step through."""
    import lstm_viz

    start = perf_counter()
    run = lstm_viz.open_trace(folder / "run")
    print(f"opened in {(perf_counter() - start) * 1e3:.0f} ms")
    widths = [width for width in (500, 5_000, 30_000, 40_000, 240_000, 1_000_000, 10_000_000) if width < run.steps]
    for width in [*widths, run.steps]:
        one = _median_and_longest(lambda at, n=width: run.zoom("l0", "cell_state", at, at + n), run.steps - width)
        six = _median_and_longest(
            lambda at, n=width: [run.zoom("l0", a, at, at + n) for a in ARRAYS], run.steps - width
        )
        print(f"zoom on {width:>10,} steps: one array {one[0]:6.1f} ms (most {one[1]:.0f}), all six {six[0]:6.1f} ms "
              f"(most {six[1]:.0f})")  # fmt: skip
    stretch = _median_and_longest(lambda at: run.part(at, at + 700), run.steps - 700)
    print(f"stretch of 700 steps as a trace: {stretch[0]:.1f} ms (most {stretch[1]:.0f})")
    print(f"peak memory {_peak_memory():.0f} MB")


def _median_and_longest(read: Callable[[int], object], last: int) -> tuple[float, float]:
    """Median and longest time in ms over random places."""
    times = []
    for step in np.random.default_rng(0).integers(0, last + 1, 7):
        start = perf_counter()
        read(int(step))
        times.append((perf_counter() - start) * 1e3)
    return statistics.median(times), max(times)


def _peak_memory() -> float:
    """This process's largest resident set, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e3 if sys.platform != "darwin" else 1e6)


def main() -> None:
    """Both parts, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=10**6)
    parser.add_argument("--units", type=int, default=128)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to write; it is kept (by default a temporary one)")
    parser.add_argument("--part", choices=("record", "look"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        measure_recording(
            options.folder, options.units, options.threads
        ) if options.part == "record" else measure_reading(options.folder)
        return
    print(f"load before the run: {' '.join(f'{value:.2f}' for value in os.getloadavg())}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        x = np.lib.format.open_memmap(folder / "x.npy", "w+", np.float32, (options.steps, 1, FEATURES))
        for part in np.array_split(x, max(1, options.steps // 10**5)):
            part[...] = np.random.default_rng(0).standard_normal(part.shape, np.float32)
        sizes = ["--units", str(options.units), "--threads", str(options.threads), "--folder", str(folder)]
        for part in ("record", "look"):
            subprocess.run([sys.executable, "-m", "benchmarks.long_runs", *sizes, "--part", part], check=True)
        taken = sum(file.stat().st_size for file in (folder / "run").rglob("*") if file.is_file())
        print(f"on disk: {taken / 1e9:.2f} GB")


if __name__ == "__main__":
    main()
