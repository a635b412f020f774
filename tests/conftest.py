"""What holds for all tests."""

from __future__ import annotations

import os
from contextlib import suppress
from importlib import import_module

from hypothesis import settings

# Two test processes share two cores: one thread each, and no deadlines that depend on the neighbour.
os.environ.setdefault("OMP_NUM_THREADS", "1")
settings.register_profile("shared machine", deadline=None, print_blob=True)
settings.load_profile("shared machine")


def pytest_collection() -> None:
    """The kernels are imported before any file is: a run while files are collected imports them in a thread, and
    collecting their examples at that moment finds them half made."""
    with suppress(ImportError):
        import_module("lstm_viz.recording.numba_cpu.kernel")
