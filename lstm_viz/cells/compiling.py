"""The compiled way of recording: there where Numba is, once its machine code is.

Making that code takes seconds, once a machine; later processes read it from disk. Either happens in
a thread of its own from the first recording on, and until it has ended PyTorch records.
"""

from __future__ import annotations

import atexit
from importlib import import_module
from threading import Lock, Thread
from types import ModuleType

import numpy as np
import torch

from lstm_viz.cells.fused import record_fused
from lstm_viz.cells.plans import LayerPlan

KERNELS = "lstm_viz.cells.kernels"


class _Compiled:
    """The kernels, got ready in the background."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._thread: Thread | None = None
        self._kernels: ModuleType | None = None

    def ready(self) -> ModuleType | None:
        """The kernels, or None while they are being made or where they can't be had. Never waits."""
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._start()
        return self._kernels

    def wait(self) -> ModuleType | None:
        """The kernels, waited for; None where they can't be had."""
        self.ready()
        if self._thread is not None:
            self._thread.join()
        return self._kernels

    def _start(self) -> None:
        self._thread = Thread(target=self._make, name="lstm-viz compiles its kernels", daemon=True)
        self._thread.start()
        atexit.register(self._thread.join)  # what was begun is kept for the next process

    def _make(self) -> None:
        try:
            kernels = import_module(KERNELS)
            for kind in (torch.float32, torch.float64):
                run_smallest(kernels, kind)
        except Exception:  # Numba is not installed, or knows neither this Python nor this processor
            return
        self._kernels = kernels


compiled = _Compiled()


def run_smallest(kernels: ModuleType, kind: torch.dtype) -> None:
    """One step of one unit: Numba compiles for the types of the first call."""
    one, gates = torch.zeros(1, 1, dtype=kind), torch.zeros(4, 1, dtype=kind)
    plan = LayerPlan("l0", "standard", gates, gates, gates[:, 0])
    record_fused(kernels, plan, one[None], (one, one), np.ones(1, np.int64))
