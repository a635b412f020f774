"""What holds for all tests."""

from __future__ import annotations

import os
from contextlib import suppress
from importlib import import_module

import pytest
from hypothesis import settings

from tests.checking import check_without_shapes

# Two test processes share two cores: one thread each, and no deadlines that depend on the neighbour.
os.environ.setdefault("OMP_NUM_THREADS", "1")
settings.register_profile("shared machine", deadline=None, print_blob=True)
settings.load_profile("shared machine")


def pytest_configure(config: pytest.Config) -> None:
    """Types are checked in all of the library: by jaxtyping where pyproject.toml says so, else by beartype alone."""
    check_without_shapes(config.getoption("jaxtyping_packages").split(","))


def pytest_collection() -> None:
    """The kernels are imported before any file is: a run while files are collected imports them in a thread, and
    collecting their examples at that moment finds them half made."""
    with suppress(ImportError):
        import_module("lstm_viz.cells.kernels")
