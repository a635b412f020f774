"""How much more memory a run needs at its highest, from Linux's own count or, of a GPU's, from torch's."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from pathlib import Path

import torch

from lstm_viz.recording.buffer_pool import buffer_pool

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def peak_bytes(run: Callable[[], object]) -> float:
    """Bytes above what the process held before; NaN where the system doesn't tell."""
    buffer_pool.clear()
    gc.collect()
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
        RESET.write_text("5")
    except OSError:
        return float("nan")
    before = _said("VmRSS")
    run()
    return _said("VmHWM") - before


def gpu_peak_bytes(run: Callable[[], object]) -> float:
    """The same of a GPU's memory, as torch counts what it lends."""
    gc.collect()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    run()
    return float(torch.cuda.max_memory_allocated() - before)


def _said(name: str) -> float:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(name))
    return float(line.split()[1]) * 1024
