"""Compilation in the background: the kernel is used as soon as its machine code is there, where Numba is installed.

Compiling takes seconds, once a machine; later processes load the machine code from disk. Either happens in a thread of
its own from the first recording on, and until it has ended PyTorch records.
"""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib import import_module
from threading import Lock, Thread, current_thread
from types import ModuleType
from typing import Any

import numpy as np
import torch

from lstm_viz.recording.module_spec import LayerWeights
from lstm_viz.recording.numba_cpu.layer import record_with_kernel

KERNEL = "lstm_viz.recording.numba_cpu.kernel"


class BackgroundCompiler:
    """The module of the compiled kernel, imported and compiled in a thread of its own."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._thread: Thread | None = None
        self._kernel: ModuleType | None = None

    def ready(self) -> ModuleType | None:
        """The kernel's module, or None while it is being compiled or where it can't be had. Never waits."""
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._start()
        return self._kernel

    def wait(self) -> ModuleType | None:
        """The kernel's module once it is compiled; None where it can't be had."""
        self.ready()
        if self._thread is not None:
            self._thread.join()
        return self._kernel

    def _start(self) -> None:
        self._thread = Thread(target=self._compile, name="lstm-viz compiles its kernel", daemon=True)
        self._thread.start()
        atexit.register(self._thread.join)  # what was begun is stored for the next process

    def _compile(self) -> None:
        try:
            with _others_keep_their_warnings():
                kernel = import_module(KERNEL)
                for kind in (torch.float32, torch.float64):
                    warm_up(kernel, kind)
        except Exception:  # Numba is not installed, or knows neither this Python nor this processor
            return
        self._kernel = kernel


compiled_kernel = BackgroundCompiler()


@contextmanager
def _others_keep_their_warnings() -> Iterator[None]:
    """Numba sets Python's handling of warnings again and again as it compiles, and with it that of every thread: what
    another one warns of meanwhile, such as what a model's file leaves open, would be lost. Here it does not."""
    fixers = import_module("numba.core.errors").WarningsFixer
    before, this = fixers.catch_warnings, current_thread()

    def catch_warnings(fixer: Any, *given: Any, **named: Any) -> AbstractContextManager[Any]:
        return nullcontext() if current_thread() is this else before(fixer, *given, **named)

    fixers.catch_warnings = catch_warnings
    try:
        yield
    finally:
        fixers.catch_warnings = before


def warm_up(kernel: ModuleType, kind: torch.dtype) -> None:
    """One step of one unit: Numba compiles for the argument types of the first call."""
    one, gates = torch.zeros(1, 1, dtype=kind), torch.zeros(4, 1, dtype=kind)
    weights = LayerWeights("l0", "standard", gates, gates, gates[:, 0])
    record_with_kernel(kernel, weights, one[None], (one, one), np.ones(1, np.int64))
