"""Fixtures for the tests of recording."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lstm_viz.recording.numba_cpu.compile import compiled_kernel


@pytest.fixture(params=["PyTorch", "Numba"], scope="module")
def way(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each backend of the CPU in turn; the compiled kernel is waited for."""
    kernels = compiled_kernel.wait() if request.param == "Numba" else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled_kernel, "ready", lambda: kernels)
        yield request.param
