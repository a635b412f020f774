"""What tests of the app share."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module

# The app starts compiling in a thread, and test_first_picture.py runs it while files are collected: the kernels are
# imported before that, else collecting their examples at that moment finds them half made.
with suppress(ImportError):
    import_module("lstm_viz.recording.numba_cpu.kernel")
