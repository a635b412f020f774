"""Recording by PyTorch on a device that is not the CPU: the "meta" device has shapes and no numbers, but refuses, as a
GPU does, to give an array to NumPy or to be mixed with tensors on the CPU."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lstm_viz.cells.course import CourseLSTM
from lstm_viz.recording import inputs
from lstm_viz.recording import trace as trace_module
from lstm_viz.recording.inputs import Inputs, read_inputs
from lstm_viz.recording.module_spec import ModuleSpec, read_module

META = torch.device("meta")


@pytest.fixture
def without_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What needs numbers is left out: their check, and the module's own forward."""

    def own(spec: ModuleSpec, layer: int, events: Tensor, given: Inputs) -> Tensor:
        return events.new_empty(*events.shape[:2], spec.output_size * spec.directions)

    monkeypatch.setattr(inputs, "is_finite", lambda values: True)
    monkeypatch.setattr(trace_module, "layer_output", own)


@pytest.mark.parametrize("lengths", [None, [7, 3, 2]], ids=str)
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (nn.LSTM, {}),
        (nn.LSTM, {"bidirectional": True, "num_layers": 2, "proj_size": 3}),
        (nn.LSTM, {"dtype": torch.bfloat16}),
        (nn.RNN, {"bidirectional": True, "num_layers": 2}),
        (CourseLSTM, {"num_layers": 2}),
    ],
    ids=str,
)
def test_what_is_recorded_there_stays_there(
    kind: type[nn.Module], options: dict[str, Any], lengths: list[int] | None, without_numbers: None
) -> None:
    spec = read_module(kind(4, 5, **options))
    spec = replace(spec, device=META, parameters={name: value.to(META) for name, value in spec.parameters.items()})
    given = read_inputs(spec, torch.empty(7, 3, 4, device=META), lengths=lengths)
    assert given.padding is None or given.padding.is_meta
    with torch.inference_mode():
        way, records = trace_module.record_layers(spec, given, everything=False)
    assert way == "PyTorch" and trace_module.layer_output_of(records[-spec.directions :], given).is_meta
    for record in records:
        made = [*record.arrays.values(), *record.preactivations.values(), record.hidden_state]
        assert all(values.is_meta and values.shape[:2] == (7, 3) for values in made)
        assert all(values.dtype == torch.float32 for values in made)
