"""The kernel is compiled in the background, and done without where it can't be had."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn

import lstm_viz
from lstm_viz.recording.buffer_pool import BufferPool
from lstm_viz.recording.numba_cpu import compile as compile_module
from lstm_viz.recording.numba_cpu.compile import BackgroundCompiler, compiled_kernel


def test_without_numba_pytorch_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compile_module, "KERNEL", "lstm_viz.recording.numba_cpu.a_kernel_that_is_not_there")
    without = BackgroundCompiler()
    assert without.wait() is None and without.ready() is None
    monkeypatch.setattr(compiled_kernel, "ready", without.ready)
    assert lstm_viz.trace(nn.LSTM(3, 4), torch.ones(5, 2, 3), device="cpu").way == "PyTorch"


def test_a_bare_import_and_a_bare_trace_wait_for_nothing() -> None:
    code = (
        "import sys, lstm_viz; bare = 'numba' in sys.modules\n"
        "import torch\n"
        "from lstm_viz.recording.numba_cpu.compile import compiled_kernel\n"
        "print(bare, 'numba' in sys.modules, compiled_kernel._thread)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False False None"


def test_memory_that_is_looked_at_is_never_lent_again() -> None:
    pool = BufferPool()
    held = pool.empty((3, 10**5), np.dtype("float32"))
    held[:] = 7
    tensor, part = torch.from_numpy(held)[1], held[2, ::2].reshape(-1, 2)
    del held
    others = [pool.empty((3, 10**5), np.dtype("float32")) for _ in range(5)]
    for other in others:
        other[:] = 0
    assert (tensor == 7).all() and (part == 7).all()


def test_no_more_is_kept_than_was_said() -> None:
    pool = BufferPool(max_bytes=10**6)
    held = [pool.empty((10**5,), np.dtype("float32")) for _ in range(9)]
    del held
    assert pool.free_bytes == 8 * 10**5


def test_weights_written_without_torchs_knowledge_are_read_anew() -> None:
    compiled_kernel.wait()
    module, x = nn.LSTM(3, 20), torch.randn(9, 2, 3)
    before = lstm_viz.trace(module, x)
    module.weight_hh_l0.data.mul_(2)  # neither the address nor the version changes
    after = lstm_viz.trace(module, x)
    assert after.difference <= 2e-6 and not np.allclose(before.output, after.output)


def test_runs_in_parallel_do_not_mix() -> None:
    compiled_kernel.wait()
    modules = [nn.LSTM(3, 40) for _ in range(6)]
    x = torch.randn(300, 4, 3)
    wanted = [module(x)[0].detach().numpy() for module in modules]
    with ThreadPoolExecutor(4) as threads:
        runs = list(threads.map(lambda module: lstm_viz.trace(module, x, check=False), modules * 3))
    for number, run in enumerate(runs):
        np.testing.assert_allclose(run.output, wanted[number % 6], atol=2e-6)
