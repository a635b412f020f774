"""Opening a person's own trained model: from its file to a `torch.nn.LSTM` that can be traced."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lstm_viz.cells.file_lstm import FileLSTM, Origin
    from lstm_viz.checkpoints.errors import CheckpointError
    from lstm_viz.checkpoints.load import Checkpoint, load_models, open_checkpoint, open_files, open_path

#: Where each public name lives; a module is imported when its name is first asked for.
_HOMES = {
    "Checkpoint": "load",
    "CheckpointError": "errors",
    "FileLSTM": "load",
    "Origin": "load",
    "load_models": "load",
    "open_checkpoint": "load",
    "open_files": "load",
    "open_path": "load",
}

__all__ = [
    "Checkpoint",
    "CheckpointError",
    "FileLSTM",
    "Origin",
    "load_models",
    "open_checkpoint",
    "open_files",
    "open_path",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
