"""How anything is measured: paired times, peak memory, and a description of the machine."""

from __future__ import annotations

import ctypes
import gc
import os
import platform
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter, process_time

import torch

from lstm_viz.recording.buffer_pool import buffer_pool

Run = Callable[[], object]
#: The fewest and the most pairs that are timed.
MIN_PAIRS, MAX_PAIRS = 3, 400


@dataclass(frozen=True)
class TimeRatio:
    """The ratio of two run times: the median over pairs, with its quartiles."""

    ratio: float
    low: float
    high: float
    #: The median ratio of processor seconds, which other programs disturb less.
    processor_ratio: float
    milliseconds: float


def compare_times(baseline: Run, run: Run, seconds: float) -> TimeRatio:
    """The time of `run` over that of `baseline`, in alternating pairs for so many seconds."""
    time_once(baseline), time_once(run)
    pairs: list[tuple[float, float]] = []
    processor: list[tuple[float, float]] = []
    started = perf_counter()
    while len(pairs) < MIN_PAIRS or (len(pairs) < MAX_PAIRS and perf_counter() - started < seconds):
        start = process_time()
        first, middle = time_once(baseline), process_time()
        pairs.append((first, time_once(run)))
        processor.append((middle - start, process_time() - middle))
    low, median, high = statistics.quantiles((b / a for a, b in pairs), n=4)
    processor_ratio = statistics.median(b / a for a, b in processor)
    return TimeRatio(median, low, high, processor_ratio, 1e3 * statistics.median(b for _, b in pairs))


def median_seconds(run: Run, seconds: float) -> float:
    """Median seconds of `run`, repeated without alternation."""
    time_once(run)
    times: list[float] = []
    started = perf_counter()
    while len(times) < MIN_PAIRS or (len(times) < MAX_PAIRS and perf_counter() - started < seconds):
        times.append(time_once(run))
    return statistics.median(times)


def time_once(run: Run) -> float:
    """Wall seconds of one run, with GPU synchronisation; freeing its result is not counted."""
    started = perf_counter()
    result = run()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    seconds = perf_counter() - started
    del result
    return seconds


PROC_STATUS, PROC_CLEAR_REFS = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def peak_bytes(run: Callable[[], object]) -> float:
    """Peak resident memory of a run above that before it, in bytes; NaN outside Linux."""
    buffer_pool.clear()
    gc.collect()
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
        PROC_CLEAR_REFS.write_text("5")
    except OSError:
        return float("nan")
    before = _status_bytes("VmRSS")
    run()
    return _status_bytes("VmHWM") - before


def gpu_peak_bytes(run: Callable[[], object]) -> float:
    """Peak GPU memory of a run above that before it, in bytes, as torch's allocator counts it."""
    gc.collect()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    run()
    return float(torch.cuda.max_memory_allocated() - before)


def _status_bytes(name: str) -> float:
    line = next(line for line in PROC_STATUS.read_text().splitlines() if line.startswith(name))
    return float(line.split()[1]) * 1024


#: Seconds for each count of threads, where it is asked for at every row.
SHORT_SECONDS = 0.03


def machine_description() -> str:
    """Processor, threads, versions and load average in one line."""
    return (
        f"{processor_name()}, {torch.get_num_threads()} threads of {os.cpu_count()} cores, "
        f"{torch.backends.cpu.get_cpu_capability()}; torch {torch.__version__}, Numba {_installed('numba')}, "
        f"Python {platform.python_version()}; load before the run: {load_average()}"
    )


def load_average() -> str:
    """The load averages of the last one, five and fifteen minutes."""
    return " ".join(f"{value:.2f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"


def processor_name() -> str:
    """The processor's model name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def forward_by_threads(seconds: float = 0.3) -> dict[int, float]:
    """Milliseconds of `nn.LSTM`'s forward by threads, all of them and one, at a size where they meet at every step.

    Threads that meet slowly, as those of a virtual machine do whenever its host moves them apart, take longer together
    than one does alone. Ratios to a forward that they hold up look better than those of another minute.
    """
    module, x = torch.nn.LSTM(33, 77).eval(), torch.randn(300, 5, 33)
    threads = torch.get_num_threads()
    try:
        return {count: _milliseconds(module, x, count, seconds) for count in dict.fromkeys((threads, 1))}
    finally:
        torch.set_num_threads(threads)


def threading_slowdown() -> float:
    """The time of that forward on all threads over that on one, at this moment."""
    took = list(forward_by_threads(SHORT_SECONDS).values())
    return took[0] / took[-1]


def thread_times_text() -> str:
    """That forward's times in one line.

    >>> thread_times_text().startswith("nn.LSTM's forward at (33, 77, batch 5, 300 steps), by threads: ")
    True
    """
    times = ", ".join(f"{took:.2f} ms on {count}" for count, took in forward_by_threads().items())
    return f"nn.LSTM's forward at (33, 77, batch 5, 300 steps), by threads: {times}"


@torch.inference_mode()
def _milliseconds(module: torch.nn.LSTM, x: torch.Tensor, threads: int, seconds: float) -> float:
    torch.set_num_threads(threads)
    return 1e3 * median_seconds(lambda: module(x), seconds)


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
