"""Recording every gate of every step, against the module's own forward and against what else people do.

Run with `make bench`, or `python -m benchmarks.recording [--seconds 3] [--threads 2] [--only 0,4]`. Forward and
each way take turns in one process, so that whatever else the machine does falls on both; the median of the ratios
is told with its quartiles. Prints one table and writes it to benchmarks/results as CSV and as pictures (HTML).
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import statistics
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

import lstm_viz
from benchmarks import drawing
from benchmarks.memory import peak_bytes
from benchmarks.peers import PEERS, Missing, forward, loop
from lstm_viz.cells.compiling import compiled
from lstm_viz.cells.course import CourseLSTM

#: Bytes below which the pages that any call touches hide what a recording takes.
WORTH_WEIGHING = 5e6

RESULTS = Path(__file__).parent / "results"

#: features, hidden, batch, steps, options of nn.LSTM. The last five were never tuned for.
SIZES: tuple[tuple[int, int, int, int, dict[str, Any]], ...] = (
    (64, 128, 32, 256, {}),
    (16, 64, 4, 8192, {}),
    (128, 512, 32, 256, {}),
    (256, 1024, 16, 512, {}),
    (8, 16, 8, 64, {}),
    (64, 128, 32, 256, {"dtype": torch.float64}),
    (64, 128, 32, 256, {"num_layers": 2, "bidirectional": True}),
    (64, 128, 32, 256, {"proj_size": 32}),
    (33, 77, 5, 300, {}),
    (5, 200, 1, 2000, {}),
)


@dataclass(frozen=True)
class Row:
    """One way at one size; ratios are to `nn.LSTM`'s forward."""

    size: str
    way: str
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    #: The same of the seconds that processors worked, which neighbours on the machine disturb less.
    work: float | None = None
    milliseconds: float | None = None
    peak_over_recorded: float | None = None
    largest_difference: float | None = None
    note: str = ""


def ratio(run: Callable[[], object], other: Callable[[], object], runs: int) -> tuple[float, float]:
    """Median of `other` over `run`, each pair timed in turn; and the median seconds of `run`."""
    pairs = [(_seconds(run), _seconds(other)) for _ in range(runs + 2)][2:]
    return statistics.median(b / a for a, b in pairs), statistics.median(a for a, _ in pairs)


def main() -> None:
    """Measure, print, write and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="for each way at each size; three runs at least")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--only", default="", help="numbers of sizes, as in 0,4")
    parser.add_argument("--longest", type=int, default=10**6, help="steps of the longest run of the line")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    compiled.wait()
    head = machine()
    print(head)
    chosen = [SIZES[int(number)] for number in options.only.split(",")] if options.only else SIZES
    rows = [row for size in chosen for row in _printed(_measured(*size, seconds=options.seconds, device="cpu"))]
    rows += _printed(_gpu(options.seconds))
    points = [_printed_point(point) for point in drawing.line_points(options.longest)]
    _write(rows, points, head)


def machine() -> str:
    """What was measured on."""
    load = " ".join(f"{value:.2f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    return (
        f"torch {torch.__version__}, {torch.get_num_threads()} threads of {os.cpu_count()} cores, "
        f"{torch.backends.cpu.get_cpu_capability()}, {platform.machine()}, load before the run: {load}"
    )


def _measured(
    features: int, hidden: int, batch: int, steps: int, extra: dict[str, Any], *, seconds: float, device: str
) -> Iterator[Row]:
    """Every way at one size."""
    module = nn.LSTM(features, hidden, device=device, **extra).eval()
    x = torch.randn(steps, batch, features, dtype=extra.get("dtype"), device=device)
    size = f"({features}, {hidden}, {batch}, {steps}){''.join(f' {k}={v}' for k, v in extra.items())} {device}"
    own, plain = forward(module, x), set(extra) <= {"dtype"}
    wanted = _reference(module, x) if plain else None
    for way, run in _ours(module, x, device):
        recorded = _bytes(run())
        peak = peak_bytes(run) / recorded if device == "cpu" and recorded > WORTH_WEIGHING else None
        yield _timed(size, way, own, run, seconds, peak, _gap(run(), wanted))
    for way, peer in PEERS.items() if plain else [("nn.LSTM forward", forward)]:
        try:
            run = peer(module, x)
            yield _timed(size, way, own, run, seconds, None, _gap(run(), wanted))
        except Missing as error:
            yield Row(size, way, note=str(error))
        except Exception as error:  # a peer that fails here is a line of the table, not its end
            yield Row(size, way, note=f"failed: {type(error).__name__}")
    if plain:
        course = CourseLSTM(features, hidden, **extra, device=device)
        standard = lambda: lstm_viz.trace(module, x, device=device, check=False)  # noqa: E731
        run = lambda: lstm_viz.trace(course, x, device=device, check=False)  # noqa: E731
        yield _timed(size, "course's cell, over the standard cell's recording", standard, run, seconds, None, None)


def _ours(module: nn.LSTM, x: Tensor, device: str) -> Iterator[tuple[str, Callable[[], Any]]]:
    yield "lstm_viz: i f g o c h", lambda: lstm_viz.trace(module, x, device=device, check=False)
    yield "lstm_viz: the same, compared", lambda: lstm_viz.trace(module, x, device=device)
    yield "lstm_viz: everything", lambda: lstm_viz.trace(module, x, device=device, check=False, everything=True)
    yield "lstm_viz: without Numba", lambda: _without_numba(module, x, device)


def _without_numba(module: nn.LSTM, x: Tensor, device: str) -> Any:
    ready, compiled.ready = compiled.ready, lambda: None  # type: ignore[method-assign]
    try:
        return lstm_viz.trace(module, x, device=device, check=False)
    finally:
        compiled.ready = ready  # type: ignore[method-assign]


def _timed(
    size: str,
    way: str,
    own: Callable[[], object],
    run: Callable[[], object],
    seconds: float,
    peak: float | None,
    gap: float | None,
) -> Row:
    _seconds(own), _seconds(run)
    pairs: list[tuple[float, float]] = []
    worked: list[tuple[float, float]] = []
    begun = perf_counter()
    while len(pairs) < 3 or (len(pairs) < 25 and perf_counter() - begun < seconds):
        start = process_time()
        first, middle = _seconds(own), process_time()
        pairs.append((first, _seconds(run)))
        worked.append((middle - start, process_time() - middle))
    low, median, high = statistics.quantiles((b / a for a, b in pairs), n=4)
    work = statistics.median(b / a for a, b in worked)
    return Row(size, way, median, low, high, work, 1e3 * statistics.median(b for _, b in pairs), peak, gap)


def _seconds(run: Callable[[], object]) -> float:
    begun = perf_counter()
    kept = run()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    took = perf_counter() - begun
    del kept
    return took


def _reference(module: nn.LSTM, x: Tensor) -> dict[str, np.ndarray]:
    """Every array of the equations in float64, step after step."""
    weights = [getattr(module, f"{name}_l0").detach().double().cpu() for name in ("weight_ih", "weight_hh")]
    bias = (module.bias_ih_l0.double() + module.bias_hh_l0.double()).detach().cpu()
    with torch.inference_mode():
        made = loop(x.double().cpu(), *weights, bias)
    names = ("input_gate", "forget_gate", "candidate", "output_gate", "cell_state", "hidden_state")
    return {name: values.numpy() for name, values in zip(names, made, strict=True)}


def _gap(found: Any, wanted: dict[str, np.ndarray] | None) -> float | None:
    """Largest difference: of all arrays of a trace, of h alone for what keeps nothing else."""
    if wanted is None:
        return None
    if isinstance(found, Tensor):
        return float(np.abs(found.cpu().numpy() - wanted["hidden_state"]).max())
    layer = found.layers[0]
    return max(float(np.abs(getattr(layer, name) - values).max()) for name, values in wanted.items())


def _bytes(trace: lstm_viz.Trace) -> int:
    """Bytes of what was recorded, not counting what is worked out when it is asked for."""
    names = ("input_gate", "forget_gate", "candidate", "output_gate", "cell_state", "hidden_state")
    total = 0
    for layer in trace.layers:
        total += sum(getattr(layer, name).nbytes for name in names) + layer.event.nbytes
        total += sum(vars(layer)[name].nbytes for name in ("learned", "kept", "readout") if name in vars(layer))
        if isinstance(layer.preactivations, dict):
            total += sum(values.nbytes for values in layer.preactivations.values())
    return total


def _gpu(seconds: float) -> Iterator[Row]:
    if not torch.cuda.is_available():
        yield Row("GPU", "all", note="no GPU")
        return
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    for dtype in (torch.float32, torch.bfloat16):
        for size in ((256, 1024, 16, 512), (128, 512, 32, 256)):
            yield from _measured(*size, {"dtype": dtype}, seconds=seconds, device="cuda")


def _printed(rows: Iterator[Row]) -> Iterator[Row]:
    for row in rows:
        shown = row.note
        if row.ratio is not None:
            shown = f"{row.ratio:6.2f} x  ({row.low:.2f} to {row.high:.2f}), work {row.work:.2f} x"
            shown += f" {row.milliseconds:10.2f} ms"
        shown += "" if row.peak_over_recorded is None else f"  peak {row.peak_over_recorded:.2f} of the recorded"
        shown += "" if row.largest_difference is None else f"  differs {row.largest_difference:.0e}"
        print(f"{row.size:44} {row.way:50} {shown}", flush=True)
        yield row


def _printed_point(point: drawing.Point) -> drawing.Point:
    print(f"{point.along}: {point.count:>9,} {point.way:22} {point.seconds * 1e3:12.2f} ms", flush=True)
    return point


def _write(rows: list[Row], points: list[drawing.Point], head: str) -> None:
    RESULTS.mkdir(exist_ok=True)
    head = f"{head}; after it {machine().rpartition('run: ')[2]}"
    with (RESULTS / "recording.csv").open("w", newline="", encoding="utf-8") as file:
        file.write(f"# {head}\n")
        table = csv.DictWriter(file, [field.name for field in fields(Row)])
        table.writeheader()
        table.writerows(asdict(row) for row in rows)
    drawing.draw(rows, points, head, RESULTS / "recording.html")
    print(f"{head}\nwritten to {RESULTS}/recording.csv and recording.html")


if __name__ == "__main__":
    main()
