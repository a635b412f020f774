"""What is measured on: the processor, what is installed, how busy it is and what a second thread is worth."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from benchmarks.timing import alone

#: Seconds for each count of threads, where it is asked for at every row.
SHORT = 0.03


def machine() -> str:
    """What is measured on, and how busy it is as this is asked."""
    return (
        f"{processor()}, {torch.get_num_threads()} threads of {os.cpu_count()} cores, "
        f"{torch.backends.cpu.get_cpu_capability()}; torch {torch.__version__}, Numba {_installed('numba')}, "
        f"Python {platform.python_version()}; load before the run: {load()}"
    )


def load() -> str:
    """How many programs wanted a core in the last minute, five and fifteen."""
    return " ".join(f"{value:.2f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"


def processor() -> str:
    """Its maker's name for it, where the system tells."""
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


def together() -> float:
    """How many times as long that forward takes on all threads as on one, at this moment."""
    took = list(forward_by_threads(SHORT).values())
    return took[0] / took[-1]


def by_threads() -> str:
    """The same in words.

    >>> by_threads().startswith("nn.LSTM's forward at (33, 77, batch 5, 300 steps), by threads: ")
    True
    """
    times = ", ".join(f"{took:.2f} ms on {count}" for count, took in forward_by_threads().items())
    return f"nn.LSTM's forward at (33, 77, batch 5, 300 steps), by threads: {times}"


@torch.inference_mode()
def _milliseconds(module: torch.nn.LSTM, x: torch.Tensor, threads: int, seconds: float) -> float:
    torch.set_num_threads(threads)
    return 1e3 * alone(lambda: module(x), seconds)


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
