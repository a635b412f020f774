"""Threads that split a recording: by sequences, or by hidden units with barriers in each step."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from threading import Thread

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import lstm_viz
from lstm_viz.cells.course import CourseLSTM
from lstm_viz.recording.numba_cpu import layer, partition
from lstm_viz.recording.numba_cpu.compile import compiled_kernel
from lstm_viz.recording.numba_cpu.partition import Partition, should_split_units, split_sequences, split_units
from lstm_viz.recording.numba_cpu.threads import available_threads, run_tasks, running_recording
from lstm_viz.traces import GATE_ARRAYS, Trace

LIMITS = {torch.float32: 2e-6, torch.float64: 1e-12}
ARRAYS = (*GATE_ARRAYS, "cell_state", "hidden_state", "learned", "kept", "readout")


@pytest.fixture(autouse=True)
def three_threads() -> Iterator[None]:
    compiled_kernel.wait()
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def by(units: bool, module: nn.Module, x: torch.Tensor, lengths: list[int]) -> Trace:
    """Recorded by threads that split units, or sequences."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layer, "should_split_units", lambda *_: units)
        patch.setattr(partition, "MIN_PER_THREAD", 1)
        return lstm_viz.trace(module, x, lengths=lengths, device="cpu", everything=True)


@given(
    st.sampled_from(["plain", "both ways", "projected", "course"]),
    st.sampled_from([torch.float32, torch.float64]),
    st.integers(33, 90),
    st.lists(st.integers(1, 12), min_size=1, max_size=6),
    st.integers(0, 10**6),
)
@settings(max_examples=40, deadline=None)
def test_the_numbers_are_the_same_however_the_work_is_split(
    kind: str, dtype: torch.dtype, hidden: int, lengths: list[int], seed: int
) -> None:
    torch.manual_seed(seed)
    options = {"both ways": {"bidirectional": True, "num_layers": 2}, "projected": {"proj_size": hidden - 1}}
    cell = CourseLSTM if kind == "course" else nn.LSTM
    module = cell(3, hidden, dtype=dtype, **options.get(kind, {}))
    x = torch.randn(max(lengths), len(lengths), 3, dtype=dtype)
    units, sequences = (by(split, module, x, lengths) for split in (True, False))
    assert units.way == "Numba" and max(units.difference or 0, sequences.difference or 0) <= LIMITS[dtype]
    for one, other in zip(units.layers, sequences.layers, strict=True):
        for name in ARRAYS:
            np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=LIMITS[dtype], rtol=0)


def covered(parts: list[Partition], what: str) -> list[int]:
    """Every sequence, unit or output that is in a part, one after the other."""
    firsts, counts = f"first_{what}", f"{what}s"
    return [at for part in parts for at in range(getattr(part, firsts), getattr(part, firsts) + getattr(part, counts))]


@given(st.integers(1, 9), st.integers(1, 300), st.integers(1, 300), st.floats(0, 1e9))
def test_parts_are_everything_once(batch: int, units: int, outputs: int, multiply_adds: float) -> None:
    parts = split_sequences(batch, units, outputs, multiply_adds)
    assert covered(parts, "sequence") == [*range(batch)]
    parts = split_units(batch, units, outputs)
    assert covered(parts, "unit") == [*range(units)]
    assert covered(parts, "output") == [*range(outputs)]
    assert {part.team_size for part in parts} == {len(parts)} and min(part.units for part in parts) > 0


@pytest.mark.parametrize(
    ("batch", "units", "split"),
    [(1, 200, True), (1, 64, False), (7, 180, False), (6, 300, True), (64, 300, False), (64, 1024, True)],
)
def test_units_are_split_where_sequences_cannot_be_or_weights_fill_the_cache(
    monkeypatch: pytest.MonkeyPatch, batch: int, units: int, split: bool
) -> None:
    multiply_adds = batch * 4 * units * (units + 5)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    assert should_split_units(batch, units, units, multiply_adds) == split
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    assert not should_split_units(batch, units, units, multiply_adds)


def test_what_one_raises_is_raised_after_all_have_ended() -> None:
    done: list[int] = []

    def work(number: int) -> None:
        if number == 1:
            raise ValueError("the second")
        done.append(number)

    with pytest.raises(ValueError, match="the second"):
        run_tasks(work, 4)
    assert sorted(done) == [0, 2, 3]


def test_many_recordings_at_once_whose_threads_wait_for_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partition, "available_threads", lambda: 3)
    monkeypatch.setattr(layer, "should_split_units", lambda *_: True)
    torch.manual_seed(0)
    module, x = nn.LSTM(5, 64), torch.randn(60, 2, 5)
    wanted = module(x)[0].detach().numpy()
    found: list[Trace] = []
    threads = [Thread(target=lambda: found.append(lstm_viz.trace(module, x, device="cpu"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(600)
    assert len(found) == 6
    for trace in found:
        np.testing.assert_allclose(trace.output, wanted, atol=2e-6)


def test_recordings_at_once_share_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 8)
    assert available_threads() == 8
    with running_recording():
        assert available_threads() == 8
        with running_recording(), running_recording():
            assert available_threads() == 2
        with suppress(ValueError), running_recording():
            raise ValueError
        assert available_threads() == 8
    with ExitStack() as recordings:
        for _ in range(30):
            recordings.enter_context(running_recording())
        assert available_threads() == 1
        assert not should_split_units(1, 1024, 1024, 1e9)
        assert len(split_sequences(64, 1024, 1024, 1e12)) == 1
    assert available_threads() == 8


CHILD = """
import sys, torch, lstm_viz
from lstm_viz.recording.numba_cpu import layer
from lstm_viz.recording.numba_cpu.compile import compiled_kernel
kernel = compiled_kernel.wait()
torch.set_num_threads(2)
layer.should_split_units = lambda *_: True
class Failing:
    INPUT_ROWS, PANEL_BYTES = kernel.INPUT_ROWS, kernel.PANEL_BYTES
    def record(weights, events, copy, lengths, reverse, part, *rest):
        if part.first_unit:
            raise MemoryError("no room for the others")
        return kernel.record(weights, events, copy, lengths, reverse, part, *rest)
if sys.argv[1] == "fails":
    compiled_kernel._kernel = Failing
print(lstm_viz.trace(torch.nn.LSTM(5, 64), torch.ones(90, 2, 5), device="cpu").difference < 2e-6)
"""


def child(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A process of its own: threads that wait for one another for ever would hold this one."""
    command = [sys.executable, "-c", CHILD, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, env={**os.environ, **variables})


def test_who_fails_keeps_nobody_waiting() -> None:
    found = child("fails")
    assert found.returncode == 1 and "no room for the others" in found.stderr


def test_fewer_threads_than_asked_for_wait_for_nobody() -> None:
    found = child("works", OMP_THREAD_LIMIT="1")
    assert found.stdout.strip() == "True", found.stderr
