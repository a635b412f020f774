"""Joining calls of `nn.LSTMCell` and `nn.RNNCell`, one step each, into runs by the state that is passed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

import torch
from torch import Tensor, nn

from lstm_viz.recording.call_path import weights_of_last_call
from lstm_viz.recording.hooks.trace_call import call_arguments, spec_in_dtype, trace_from_records
from lstm_viz.recording.inputs import read_inputs
from lstm_viz.recording.module_spec import ModuleSpec, own_forward_message
from lstm_viz.recording.tensor_ops import to_numpy
from lstm_viz.recording.trace import record_layer_from_hidden
from lstm_viz.traces import Trace

RecurrentCell = nn.LSTMCell | nn.RNNCell
State = tuple[Tensor, ...]


@dataclass(eq=False)
class CellRun:
    """One run of a cell, to which steps may still be added: a copy of its weights, and each call's input and new state,
    (batch, ...)."""

    spec: ModuleSpec
    initial_state: State | None
    #: Address and version counter of each weight, by which a change of weights is noticed.
    weights: tuple[Any, ...]
    events: list[Tensor] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    _cached_trace: Trace | None = None

    def add(self, event: Tensor, state: State) -> None:
        """Append one step."""
        self.events.append(event)
        self.states.append(state)

    def trace(self) -> Trace:
        """The run so far as a trace; computed again only when steps have been added."""
        if self._cached_trace is None or len(self._cached_trace.output) != len(self.events):
            self._cached_trace = self._trace()
        return self._cached_trace

    def _trace(self) -> Trace:
        with torch.inference_mode(), torch.autocast(self.spec.device.type, enabled=False):
            initial_state = None if self.initial_state is None else tuple(part[None] for part in self.initial_state)
            given_state = initial_state[0] if initial_state is not None and len(initial_state) == 1 else initial_state
            inputs = read_inputs(self.spec, torch.stack(self.events), given_state).to(self.spec.device)
            hidden_states = torch.stack([state[0] for state in self.states]).reshape(*inputs.x.shape[:2], -1)
            records = record_layer_from_hidden(self.spec, 0, inputs.x, hidden_states, inputs)
            final_state = tuple(part[None] for part in self.states[-1])
            return trace_from_records(self.spec, inputs, records, hidden_states, final_state)


class CellRuns:
    """The runs of one cell."""

    def __init__(self) -> None:
        #: Runs by the bytes of the state they ended with; a run that is no longer referenced drops out.
        self._by_final_state: WeakValueDictionary[bytes, CellRun] = WeakValueDictionary()

    def join(
        self, cell: RecurrentCell, args: Sequence[Any], kwargs: Mapping[str, Any], result: Any
    ) -> tuple[CellRun, bool]:
        """The run that this call belongs to, and whether the call begins it."""
        event, before = call_arguments(cell, args, kwargs)
        initial_state, final_state, weights = None if before is None else _state(before), _state(result), _weights(cell)
        open_run = None if initial_state is None else self._by_final_state.pop(_state_bytes(initial_state), None)
        continues = open_run is not None and open_run.weights == weights
        run = (
            open_run
            if open_run is not None and continues
            else CellRun(_as_module_spec(cell, final_state[0].dtype), initial_state, weights)
        )
        run.add(event.detach().clone(), final_state)
        self._by_final_state[_state_bytes(final_state)] = run
        return run, not continues


def _state(given_state: Any) -> State:
    """A detached copy of (h, c), or of (h,): the caller may overwrite its own."""
    parts = given_state if isinstance(given_state, (tuple, list)) else (given_state,)
    return tuple(part.detach().clone() for part in parts)


def _state_bytes(state: State) -> bytes:
    """The state's bytes: the key of the run that ended with it."""
    return b"".join(to_numpy(part).tobytes() for part in state)


def _weights(cell: RecurrentCell) -> tuple[Any, ...]:
    return tuple((value.data_ptr(), None if value.is_inference() else value._version) for value in cell.parameters())


def _as_module_spec(cell: RecurrentCell, dtype: torch.dtype) -> ModuleSpec:
    """The configuration of a one-layer nn.LSTM or nn.RNN with a copy of the cell's weights."""
    kind, module = (nn.LSTMCell, nn.LSTM) if isinstance(cell, nn.LSTMCell) else (nn.RNNCell, nn.RNN)
    if type(cell).forward is not kind.forward:
        raise TypeError(own_forward_message(type(cell).__name__, f"torch.nn.{kind.__name__}"))
    options = {} if kind is nn.LSTMCell else {"nonlinearity": cell.nonlinearity}
    module_with_weights = module(cell.input_size, cell.hidden_size, bias=cell.bias, device="meta", **options)
    names = ("weight_ih", "weight_hh", *(("bias_ih", "bias_hh") if cell.bias else ()))
    for name, weight in weights_of_last_call(cell, names).items():
        copy = weight.detach().clone()
        setattr(module_with_weights, f"{name}_l0", nn.Parameter(copy, requires_grad=False))
    return spec_in_dtype(module_with_weights, dtype)
