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

from benchmarks import plots, scaling
from benchmarks.accuracy import ReferenceArrays, float64_reference, largest_difference, recorded_bytes
from benchmarks.implementations import (
    COURSE,
    OURS,
    Run,
    Unavailable,
    baseline_of,
    goal,
    implementations_at,
    predicted_ratio,
)
from benchmarks.measurement import (
    compare_times,
    gpu_peak_bytes,
    load_average,
    machine_description,
    peak_bytes,
    thread_times_text,
    threading_slowdown,
)
from benchmarks.results import Row, header_line, print_rows, write_csv
from benchmarks.separate_process import SeparateRatios, all_sizes, separate_ratios
from benchmarks.sizes import GPU_SIZES, Size, release_seed
from lstm_viz.recording.numba_cpu.compile import compiled_kernel
from lstm_viz.recording.reference import full_precision

RESULTS = Path(__file__).parent / "results"
#: Recordings below so many bytes have no peak measured: the pages that any call touches would hide it.
MIN_WEIGHED_BYTES = 5e6


def main() -> None:
    """Measure every size, print the table, and write the CSV and the plots."""
    options = _options()
    torch.set_num_threads(options.threads)
    compiled_kernel.wait()
    about = [
        machine_description(),
        thread_times_text(),
        f"sizes marked as drawn are those of seed {options.seed} (--seed)",
    ]
    print("\n".join(about))
    numbers = [int(number) for number in options.only.split(",")] if options.only else None
    numbers = numbers or list(range(len(all_sizes(options.seed))))
    separate = separate_ratios(numbers, options.seed, options.apart, options.seconds / 2) if options.apart else {}
    print(header_line())
    rows = list(print_rows(_rows(numbers, options.seed, options.seconds, separate)))
    points = [_print_point(point) for point in scaling.scaling_points(options.longest)]
    about.append(f"after the run: {thread_times_text()}; load {load_average()}")
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


def _rows(numbers: list[int], seed: int, seconds: float, separate: SeparateRatios) -> Iterator[Row]:
    for number in numbers:
        yield from measure_size(all_sizes(seed)[number], seconds, separate)
    if not torch.cuda.is_available():
        yield Row("GPU", "all", note="no GPU")
        return
    print(f"\n{torch.cuda.get_device_name()}, TF32 off")
    with full_precision:
        for size in GPU_SIZES:
            yield from measure_size(size, seconds, {})


def measure_size(size: Size, seconds: float, separate: SeparateRatios) -> Iterator[Row]:
    """A row for each implementation; one that can't run here, or fails, says so in its note."""
    case, implementations = size.case(), implementations_at(size)
    reference = float64_reference(size, case)
    for name, implementation in implementations.items():
        try:
            run, baseline = implementation(case), implementations[baseline_of(name)](case)
            yield _measured_row(size, name, run, baseline, seconds, reference, separate)
        except Unavailable as error:
            yield Row(str(size), name, note=str(error))
        except Exception as error:  # a peer that fails here is a line of the table, not its end
            if name in OURS:
                raise
            yield Row(str(size), name, note=f"failed: {type(error).__name__}: {str(error)[:60]}")


def _measured_row(
    size: Size, name: str, run: Run, baseline: Run, seconds: float, reference: ReferenceArrays, separate: SeparateRatios
) -> Row:
    meeting = threading_slowdown()
    times = compare_times(baseline, run, seconds)
    return Row(
        str(size),
        name,
        times.ratio,
        times.low,
        times.high,
        times.processor_ratio,
        separate.get((str(size), name)),
        meeting,
        predicted_ratio(size, name),
        goal(size, name),
        times.milliseconds,
        _peak_over_recorded(run, size.device) if name in OURS else None,
        None if name == COURSE else largest_difference(run(), reference),
    )


def _peak_over_recorded(run: Run, device: str) -> float | None:
    recorded, peak = recorded_bytes(run()), peak_bytes if device == "cpu" else gpu_peak_bytes
    return peak(run) / recorded if recorded > MIN_WEIGHED_BYTES else None


def _print_point(point: scaling.Point) -> scaling.Point:
    print(point, flush=True)
    return point


def _write(rows: list[Row], points: list[scaling.Point], about: list[str]) -> None:
    RESULTS.mkdir(exist_ok=True)
    for (along, name), slope in scaling.slopes(points).items():
        print(f"{along:7} {name:22} slope {slope:.2f}")
    write_csv(rows, about, RESULTS / "recording.csv")
    plots.write_html(rows, points, about, RESULTS / "recording.html")
    plots.write_png(rows, points, about, RESULTS / "recording.png")
    print("\n".join(about), f"\nwritten to {RESULTS}: recording.csv, recording.png, recording.html")


if __name__ == "__main__":
    main()
