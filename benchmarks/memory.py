"""How much more memory a run needs at its highest, from Linux's own count."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from pathlib import Path

from lstm_viz.cells.buffers import pool

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def peak_bytes(run: Callable[[], object]) -> float:
    """Bytes above what the process held before; NaN where the system doesn't tell."""
    pool.clear()
    gc.collect()
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
        RESET.write_text("5")
    except OSError:
        return float("nan")
    before = _said("VmRSS")
    run()
    return _said("VmHWM") - before


def _said(name: str) -> float:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(name))
    return float(line.split()[1]) * 1024
