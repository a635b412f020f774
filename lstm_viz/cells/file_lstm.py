"""The `torch.nn.LSTM` that a model's file is opened as: its weights, and with them what else the file says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from torch import nn

from lstm_viz.cells.feature_scaling import FeatureScaling

Direction = Literal["forward", "backward", "bidirectional"]


@dataclass(frozen=True, eq=False)
class Origin:
    """What a file says of an LSTM beside its weights.

    >>> Origin("encoder", "Keras LSTM", batch_first=True).direction
    'forward'
    """

    name: str = ""
    #: What it is in the file: torch.nn.LSTM, ONNX LSTM, Keras Bidirectional ...
    kind: str = ""
    #: What was assumed, done or can't be shown, a sentence each: of this LSTM, then of its file.
    notes: tuple[str, ...] = ()
    #: The state that the file starts it from, (h_0, c_0), each (layers * directions, batch, units); None for zero.
    initial_state: tuple[np.ndarray, np.ndarray] | None = None
    #: The lengths of sequences that the file fixes, one a sequence.
    lengths: tuple[int, ...] | None = None
    #: Whether the model that it comes from puts the batch before the time. The module itself takes time first.
    batch_first: bool = False
    #: How it reads in the file. One that reads backward alone has a forward half of zeros here.
    direction: Direction = "forward"
    #: The names, centre and scale of the features that it was trained with, where the file says them:
    #: `read_sequence(file, scaling=origin.inputs)` reads a table so.
    inputs: FeatureScaling | None = None


class FileLSTM(nn.LSTM):
    """A `torch.nn.LSTM` from a model's file; `origin` says what the file knows of it.

    `lstm_viz.trace` starts it from the file's own state and lengths. Called by itself it is a plain `torch.nn.LSTM`,
    which starts from zero: pass `origin.initial_state` to it. Copies, pickles and moves to a device keep `origin`.

    >>> FileLSTM(3, 4, origin=Origin("encoder", lengths=(5, 2)))
    LSTM(3, 4, lengths=(5, 2))
    """

    def __init__(self, *args: Any, origin: Origin | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.origin = origin or Origin()

    def _get_name(self) -> str:
        return "LSTM"  # as `print` shows it: it computes what nn.LSTM does

    def extra_repr(self) -> str:
        """What `print` shows: sizes, and what the file fixes."""
        fixed = []
        if self.origin.initial_state is not None:
            fixed.append(f"starts from h_0, c_0 of shape {tuple(self.origin.initial_state[0].shape)}")
        if self.origin.lengths is not None:
            fixed.append(f"lengths={self.origin.lengths}")
        return ", ".join([super().extra_repr(), *fixed])
