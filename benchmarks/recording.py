"""How long a recording takes against the module's own forward, as ratios of runs in turn.

Run with `python -m benchmarks.recording [--runs 15] [--threads 2]`. Forward and recording take turns, so
that whatever else the machine does falls on both; the median of the ratios is told. "with check"
includes the comparison with the module's own forward that a trace makes by default.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
from collections.abc import Callable
from time import perf_counter

import torch

import lstm_viz
from lstm_viz.cells.course import CourseLSTM

#: name, features, hidden, batch, steps, options of nn.LSTM
SIZES = (
    ("the standard size", 64, 128, 32, 256, {}),
    ("two layers, both directions", 64, 128, 32, 256, {"num_layers": 2, "bidirectional": True}),
    ("projected", 64, 128, 32, 256, {"proj_size": 32}),
    ("float64", 64, 128, 32, 256, {"dtype": torch.float64}),
    ("small, as in the app", 3, 16, 8, 24, {}),
    ("long", 4, 32, 1, 10_000, {}),
    ("wide", 64, 512, 16, 128, {}),
)


def ratio(forward: Callable[[], object], recording: Callable[[], object], runs: int) -> tuple[float, float]:
    """Median of recording over forward, each pair timed in turn; and the forward's median seconds."""
    pairs = [(_seconds(forward), _seconds(recording)) for _ in range(runs + 2)][2:]
    return statistics.median(b / a for a, b in pairs), statistics.median(a for a, _ in pairs)


def _seconds(run: Callable[[], object]) -> float:
    start = perf_counter()
    run()
    return perf_counter() - start


def main() -> None:
    """Print one line a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    print(_machine())
    print(f"{'':28} {'forward':>10} {'recorded':>9} {'with check':>11}")
    for name, features, hidden, batch, steps, extra in SIZES:
        module = torch.nn.LSTM(features, hidden, **extra).eval()
        _print_line(name, module, torch.randn(steps, batch, features, dtype=extra.get("dtype")), options.runs)
    _print_line("CourseLSTM, small", CourseLSTM(3, 16), torch.randn(24, 8, 3), options.runs)


def _print_line(name: str, module: torch.nn.Module, x: torch.Tensor, runs: int) -> None:
    def forward() -> object:
        with torch.inference_mode():
            return module(x)

    bare, seconds = ratio(forward, lambda: lstm_viz.trace(module, x, device="cpu", check=False), runs)
    checked, _ = ratio(forward, lambda: lstm_viz.trace(module, x, device="cpu"), runs)
    print(f"{name:28} {seconds * 1e3:7.1f} ms {bare:8.2f}x {checked:10.2f}x")


def _machine() -> str:
    load = " ".join(f"{value:.2f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    return (
        f"torch {torch.__version__}, {torch.get_num_threads()} threads of {os.cpu_count()} cores, "
        f"{torch.backends.cpu.get_cpu_capability()}, {platform.machine()}, load before the run: {load}"
    )


if __name__ == "__main__":
    main()
