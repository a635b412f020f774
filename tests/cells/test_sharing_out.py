"""Threads that share a recording: by sequences, or by units with a meeting in each step."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from threading import Thread

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import lstm_viz
from lstm_viz.cells import fused
from lstm_viz.cells.compiling import compiled
from lstm_viz.cells.course import CourseLSTM
from lstm_viz.cells.shares import by_sequences, by_units, worth_meeting
from lstm_viz.cells.threads import share_out
from lstm_viz.traces import GATE_ARRAYS, Trace

LIMITS = {torch.float32: 2e-6, torch.float64: 1e-12}
ARRAYS = (*GATE_ARRAYS, "cell_state", "hidden_state", "learned", "kept", "readout")


@pytest.fixture(autouse=True)
def three_threads() -> Iterator[None]:
    compiled.wait()
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def by(units: bool, module: nn.Module, x: torch.Tensor, lengths: list[int]) -> Trace:
    """Recorded by threads that share units, or sequences."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fused, "worth_meeting", lambda *_: units)
        patch.setattr("lstm_viz.cells.shares.WORTH_A_THREAD", 1)
        return lstm_viz.trace(module, x, lengths=lengths, device="cpu", everything=True)


@given(
    st.sampled_from(["plain", "both ways", "projected", "course"]),
    st.sampled_from([torch.float32, torch.float64]),
    st.integers(33, 90),
    st.lists(st.integers(1, 12), min_size=1, max_size=6),
    st.integers(0, 10**6),
)
@settings(max_examples=40, deadline=None)
def test_whoever_shares_what_the_numbers_are_the_same(
    kind: str, dtype: torch.dtype, hidden: int, lengths: list[int], seed: int
) -> None:
    torch.manual_seed(seed)
    options = {"both ways": {"bidirectional": True, "num_layers": 2}, "projected": {"proj_size": hidden - 1}}
    cell = CourseLSTM if kind == "course" else nn.LSTM
    module = cell(3, hidden, dtype=dtype, **options.get(kind, {}))
    x = torch.randn(max(lengths), len(lengths), 3, dtype=dtype)
    units, sequences = (by(shared, module, x, lengths) for shared in (True, False))
    assert units.way == "Numba" and max(units.difference or 0, sequences.difference or 0) <= LIMITS[dtype]
    for one, other in zip(units.layers, sequences.layers, strict=True):
        for name in ARRAYS:
            np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=LIMITS[dtype], rtol=0)


@given(st.integers(1, 9), st.integers(1, 300), st.integers(1, 300), st.floats(0, 1e9))
def test_parts_are_everything_once(batch: int, units: int, outputs: int, products: float) -> None:
    parts = by_sequences(batch, units, outputs, products)
    assert [row for part in parts for row in range(part.sequence, part.sequence + part.sequences)] == [*range(batch)]
    parts = by_units(batch, units, outputs)
    assert [unit for part in parts for unit in range(part.unit, part.unit + part.units)] == [*range(units)]
    assert [unit for part in parts for unit in range(part.output, part.output + part.outputs)] == [*range(outputs)]
    assert {part.members for part in parts} == {len(parts)} and min(part.units for part in parts) > 0


@pytest.mark.parametrize(
    ("batch", "units", "meet"),
    [(1, 200, True), (1, 64, False), (7, 180, False), (6, 300, True), (64, 300, False), (64, 1024, True)],
)
def test_threads_meet_where_sequences_cannot_be_shared_or_weights_fill_the_cache(
    monkeypatch: pytest.MonkeyPatch, batch: int, units: int, meet: bool
) -> None:
    products = batch * 4 * units * (units + 5)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    assert worth_meeting(batch, units, units, products) == meet
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    assert not worth_meeting(batch, units, units, products)


def test_what_one_raises_is_raised_after_all_have_ended() -> None:
    done: list[int] = []

    def work(number: int) -> None:
        if number == 1:
            raise ValueError("the second")
        done.append(number)

    with pytest.raises(ValueError, match="the second"):
        share_out(work, 4)
    assert sorted(done) == [0, 2, 3]


def test_many_recordings_at_once_whose_threads_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fused, "worth_meeting", lambda *_: True)
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


CHILD = """
import sys, torch, lstm_viz
from lstm_viz.cells import fused
from lstm_viz.cells.compiling import compiled
kernels = compiled.wait()
torch.set_num_threads(2)
fused.worth_meeting = lambda *_: True
class Failing:
    ROWS, TILE = kernels.ROWS, kernels.TILE
    def record(weights, events, copy, lengths, reverse, part, *rest):
        if part.unit:
            raise MemoryError("no room for the others")
        return kernels.record(weights, events, copy, lengths, reverse, part, *rest)
if sys.argv[1] == "fails":
    compiled._kernels = Failing
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
