"""Recording every gate of every step, against the module's own forward and against what else people do.

Run with `make bench`, or `python -m benchmarks.recording [--seconds 2] [--threads 2] [--only 0,4] [--apart]`. Forward
and each way take turns in one process, so that whatever else the machine does falls on both; the median of the ratios
is told with its quartiles. Prints one table and writes it to benchmarks/results as CSV and as pictures (PNG, HTML).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import torch

from benchmarks import drawing, growth, painting
from benchmarks.apart import Apart, every_size, measured_apart
from benchmarks.machine import by_threads, load, machine
from benchmarks.measuring import measured
from benchmarks.sizes import GPU_SIZES, release_seed
from benchmarks.tables import Row, head, printed, write_csv
from lstm_viz.recording.numba_cpu.compile import compiled_kernel
from lstm_viz.recording.reference import full_precision

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Measure, print, write and draw."""
    options = _options()
    torch.set_num_threads(options.threads)
    compiled_kernel.wait()
    about = [machine(), by_threads(), f"sizes marked as drawn are those of seed {options.seed} (--seed)"]
    print("\n".join(about))
    numbers = [int(number) for number in options.only.split(",")] if options.only else None
    numbers = numbers or list(range(len(every_size(options.seed))))
    apart = measured_apart(numbers, options.seed, options.apart, options.seconds / 2) if options.apart else {}
    print(head())
    rows = list(printed(_rows(numbers, options.seed, options.seconds, apart)))
    points = [_printed(point) for point in growth.points(options.longest)]
    about.append(f"after the run: {by_threads()}; load {load()}")
    _write(rows, points, about)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="for each way at each size; three runs at least")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--only", default="", help="numbers of sizes, as in 0,4")
    parser.add_argument("--seed", type=int, default=release_seed(), help="of the sizes that are drawn")
    parser.add_argument(
        "--apart",
        type=int,
        nargs="?",
        const=3,
        default=0,
        metavar="ROUNDS",
        help="each way in a process of its own too, so many times (3)",
    )
    parser.add_argument(
        "--longest", type=int, default=10**6, help="steps of the longest run of the line, 1000 at least"
    )
    return parser.parse_args()


def _rows(numbers: list[int], seed: int, seconds: float, apart: Apart) -> Iterator[Row]:
    for number in numbers:
        yield from measured(every_size(seed)[number], seconds, apart)
    if not torch.cuda.is_available():
        yield Row("GPU", "all", note="no GPU")
        return
    print(f"\n{torch.cuda.get_device_name()}, TF32 off")
    with full_precision:
        for size in GPU_SIZES:
            yield from measured(size, seconds, {})


def _printed(point: growth.Point) -> growth.Point:
    print(point, flush=True)
    return point


def _write(rows: list[Row], points: list[growth.Point], about: list[str]) -> None:
    RESULTS.mkdir(exist_ok=True)
    for (along, way), slope in growth.slopes(points).items():
        print(f"{along:7} {way:22} slope {slope:.2f}")
    write_csv(rows, about, RESULTS / "recording.csv")
    drawing.write(rows, points, about, RESULTS / "recording.html")
    painting.write(rows, points, about, RESULTS / "recording.png")
    print("\n".join(about), f"\nwritten to {RESULTS}: recording.csv, recording.png, recording.html")


if __name__ == "__main__":
    main()
