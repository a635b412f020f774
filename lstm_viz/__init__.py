"""See what every gate of an LSTM does: record a run, ask it anything, draw it.

>>> import lstm_viz, torch
>>> trace = lstm_viz.trace(torch.nn.LSTM(3, 4), torch.zeros(5, 2, 3))
>>> trace.layers[0].forget_gate.shape
(5, 2, 4)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lstm_viz.cells.course import CourseLSTM
    from lstm_viz.checkpoints.load import load_models
    from lstm_viz.exports.files import export
    from lstm_viz.exports.parts import Part
    from lstm_viz.recording.hooks.record import record
    from lstm_viz.recording.long_runs import trace_to
    from lstm_viz.recording.trace import trace
    from lstm_viz.sequences import read_sequence
    from lstm_viz.sequences.batch import SequenceBatch
    from lstm_viz.storage.netcdf.read import load_trace
    from lstm_viz.storage.zarr.read import StoredTrace, open_trace
    from lstm_viz.traces import LayerTrace, Trace

__all__ = [
    "CourseLSTM",
    "LayerTrace",
    "Part",
    "SequenceBatch",
    "StoredTrace",
    "Trace",
    "export",
    "load_models",
    "load_trace",
    "open_trace",
    "read_sequence",
    "record",
    "trace",
    "trace_to",
]

# Where each public name lives. Torch, pandas and xarray load with the first name that needs them.
_HOMES = {
    "CourseLSTM": "lstm_viz.cells.course",
    "LayerTrace": "lstm_viz.traces",
    "Part": "lstm_viz.exports.parts",
    "SequenceBatch": "lstm_viz.sequences.batch",
    "StoredTrace": "lstm_viz.storage.zarr.read",
    "Trace": "lstm_viz.traces",
    "export": "lstm_viz.exports.files",
    "load_models": "lstm_viz.checkpoints.load",
    "load_trace": "lstm_viz.storage.netcdf.read",
    "open_trace": "lstm_viz.storage.zarr.read",
    "read_sequence": "lstm_viz.sequences",
    "record": "lstm_viz.recording.hooks.record",
    "trace": "lstm_viz.recording.trace",
    "trace_to": "lstm_viz.recording.long_runs",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'lstm_viz' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
