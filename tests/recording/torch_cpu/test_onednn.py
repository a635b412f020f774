"""Gates read from oneDNN's workspace, held to the way that works them out from h."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import lstm_viz
from lstm_viz.recording.numba_cpu.compile import compiled_kernel
from lstm_viz.recording.torch_cpu import onednn, standard_layer
from lstm_viz.traces import GATE_ARRAYS, Trace

ARRAYS = (*GATE_ARRAYS, "cell_state", "hidden_state")
#: Where the layout was found out; elsewhere torch may have no oneDNN, or another kernel in it.
pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="the layout is that of x86")


@pytest.fixture(autouse=True)
def without_numba() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled_kernel, "ready", lambda: None)
        patch.setattr(onednn, "MAX_NUMBERS_IN_ONE", 0)  # many stretches
        patch.setattr(onednn, "CHUNK_NUMBERS", 1)
        patch.setattr(onednn, "MIN_CHUNK_STEPS", 5)
        onednn.workspace_layout_is_known.cache_clear()
        yield
    onednn.workspace_layout_is_known.cache_clear()


def both_ways(module: nn.LSTM, x: Tensor, **options: Any) -> tuple[Trace, Trace, list[bool]]:
    """With and without workspaces, and whether each layer was found in one."""
    used: list[bool] = []

    def watched(*arguments: Any) -> Any:
        found = onednn.run_onednn(*arguments)
        used.append(found is not None)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(standard_layer, "run_onednn", watched)
        found = lstm_viz.trace(module, x, device="cpu", **options)
        patch.setattr(standard_layer, "run_onednn", lambda *_: None)
        return found, lstm_viz.trace(module, x, device="cpu", **options), used


def assert_same(one: Trace, other: Trace) -> None:
    assert max(one.difference or 0, other.difference or 0) <= 2e-6
    for first, second in zip(one.layers, other.layers, strict=True):
        for name in ARRAYS:
            np.testing.assert_allclose(getattr(first, name), getattr(second, name), atol=2e-6, rtol=2e-6, err_msg=name)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_workspace_holds_what_h_says(data: st.DataObject) -> None:
    time, batch, features, hidden = (data.draw(st.integers(1, top)) for top in (23, 5, 6, 70))
    torch.manual_seed(data.draw(st.integers(0, 10**6)))
    options = {"num_layers": data.draw(st.integers(1, 2)), "bidirectional": data.draw(st.booleans())}
    module = nn.LSTM(features, hidden, bias=data.draw(st.booleans()), **options)
    state = torch.randn(2, options["num_layers"] * (1 + options["bidirectional"]), batch, hidden)
    lengths = data.draw(st.none() | st.lists(st.integers(1, time), min_size=batch, max_size=batch))
    found, wanted, used = both_ways(module, torch.randn(time, batch, features), state=tuple(state), lengths=lengths)
    assert all(used) and found.way == "PyTorch"
    assert_same(found, wanted)


def test_a_run_that_begins_with_nothing_at_all() -> None:
    """Memory stays 0 for steps, so that it seems to lie everywhere in the workspace."""
    x = torch.randn(20, 2, 3)
    x[:9] = 0
    found, wanted, _ = both_ways(nn.LSTM(3, 8, bias=False), x)
    assert_same(found, wanted)


def test_gates_in_another_order_are_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Input gate and candidate make the same memory when they change places: the small network tells them apart."""
    monkeypatch.setattr(onednn, "_gates", swapped(onednn._gates))
    found, wanted, used = both_ways(nn.LSTM(3, 16), torch.randn(30, 4, 3))
    assert used == [False]
    assert_same(found, wanted)


def swapped(gates: Any) -> Any:
    def read(workspace: Tensor, output: Tensor) -> Tensor:
        i, f, g, o = gates(workspace, output).chunk(4, dim=2)
        return torch.cat([g, f, i, o], dim=2)

    return read


def damaged(call: int, step: int, shape: tuple[int, ...]) -> Mock:
    """oneDNN's forward with one input gate wrong at a step of a later call; the first of all is the small network's."""
    forward = onednn._forward

    def run(*arguments: Any) -> Any:
        output, end, workspace = forward(*arguments)
        if wrong.call_count == call:
            i, _, g, _ = workspace[step * shape[0] * 4 * shape[1] :][: 4 * shape[1]].split(shape[1])
            i[g.abs().argmax()] += 1e-4  # where it tells most: beside a candidate near 0 it would tell nothing
        return output, end, workspace

    wrong = Mock(side_effect=run)
    return wrong


@pytest.mark.parametrize("step", range(5))
def test_a_number_that_does_not_fit_sends_the_layer_the_other_way(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    onednn._known_offset.cache_clear()
    monkeypatch.setattr(onednn, "_forward", wrong := damaged(2, step, (4, 16)))
    found, wanted, used = both_ways(nn.LSTM(3, 16), torch.randn(30, 4, 3))
    assert used == [False] and wrong.call_count == 2
    assert_same(found, wanted)


@pytest.mark.parametrize("step", [0, 8, 16])
def test_a_size_that_held_once_is_held_to_some_steps(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    monkeypatch.setattr(onednn, "MAX_NUMBERS_IN_ONE", 17 * 4 * 16)
    module, x = nn.LSTM(3, 16), torch.randn(17, 4, 3)
    assert both_ways(module, x)[2] == [True]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(onednn, "_forward", damaged(1, step, (4, 16)))
        found, wanted, used = both_ways(module, x)
    assert used == [False]
    assert_same(found, wanted)
    assert both_ways(module, x)[2] == [True]  # and once more from the beginning


def test_a_short_run_is_one_stretch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onednn, "MAX_NUMBERS_IN_ONE", 30 * 4 * 16)
    counted = Mock(side_effect=onednn._forward)
    monkeypatch.setattr(onednn, "_forward", counted)
    onednn.workspace_layout_is_known()
    before = counted.call_count
    found, wanted, used = both_ways(nn.LSTM(3, 16), torch.randn(30, 4, 3))
    assert used == [True] and counted.call_count == before + 1
    assert_same(found, wanted)


def test_a_torch_without_the_operation_works_gates_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onednn, "_forward", lambda *_: None)
    found, wanted, used = both_ways(nn.LSTM(3, 16), torch.randn(30, 4, 3))
    assert used == [False]
    assert_same(found, wanted)
