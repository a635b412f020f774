"""Several people at once: wall and processor seconds of traces in as many Python threads, over the same one by one.

Threads that wait for one another inside a trace (`lstm_viz/recording/numba_cpu/barrier.py`) find no processor of their
own where several traces run at once. How much they then burn shows in *processor*: 1 is nothing.

    python -m benchmarks.concurrent --traces 4
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter, process_time

import lstm_viz
from benchmarks.measurement import MIN_PAIRS, load_average, machine_description
from benchmarks.sizes import Size
from lstm_viz.recording.numba_cpu.compile import compiled_kernel

#: Three whose threads split the units, one whose threads split the sequences, one that has a single thread.
SIZES = (
    Size(5, 200, 1, 2000),
    Size(64, 256, 4, 500),
    Size(128, 1024, 8, 64),
    Size(64, 128, 32, 256),
    Size(8, 16, 8, 64),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--traces", type=int, default=4, help="how many at once")
    parser.add_argument("--seconds", type=float, default=5, help="for each size")
    options = parser.parse_args()
    if compiled_kernel.wait() is None:
        raise SystemExit("Numba is not installed.")
    print(f"{options.traces} traces at once, on {machine_description()}")
    print(f"{'size':24} {'wall':>6} {'quartiles':>14} {'processor':>10} {'quartiles':>14}  one trace alone")
    for size in SIZES:
        print(ratio_line(size, options.traces, options.seconds), flush=True)
    print(f"load after the run: {load_average()}")


def ratio_line(size: Size, traces: int, seconds: float) -> str:
    """The medians of together over one by one, taken in turn for so many seconds."""
    case = size.case()

    def trace(_: int = 0) -> None:
        lstm_viz.trace(case.module, case.x, device="cpu", check=False)

    with ThreadPoolExecutor(traces) as people:
        one_by_one, together = (
            (lambda: list(map(trace, range(traces)))),
            (lambda: list(people.map(trace, range(traces)))),
        )
        together()
        pairs: list[tuple[float, float]] = []
        alone: list[tuple[float, float]] = []
        begun = perf_counter()
        while len(pairs) < MIN_PAIRS or perf_counter() - begun < seconds:
            alone.append(_wall_and_processor_seconds(one_by_one))
            pairs.append(_wall_and_processor_seconds(together))
    ratios = [[b / a for a, b in zip(x, y, strict=True)] for x, y in zip(zip(*alone), zip(*pairs), strict=True)]  # noqa: B905
    columns = [f"{middle:6.2f} {low:6.2f} - {high:5.2f}" for low, middle, high in map(_quartiles, ratios)]
    wall, work = (1e3 * statistics.median(values) / traces for values in zip(*alone, strict=True))
    return f"{size!s:24} {columns[0]} {columns[1]:>25}  {wall:.2f} ms, {work:.2f} ms of processors ({len(pairs)} pairs)"


def _quartiles(values: list[float]) -> list[float]:
    return statistics.quantiles(values, n=4)


def _wall_and_processor_seconds(run: Callable[[], object]) -> tuple[float, float]:
    wall, work = perf_counter(), process_time()
    run()
    return perf_counter() - wall, process_time() - work


if __name__ == "__main__":
    main()
