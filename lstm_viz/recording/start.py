"""What a run starts from: the caller's own state and lengths, else those that the module's file fixes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lstm_viz.cells.file_lstm import FileLSTM, Origin
from lstm_viz.recording.inputs import as_tensor
from lstm_viz.recording.module_spec import ModuleSpec

STATE_NOTE = "It was started from the state that the model's file fixes."
CALLED_FROM_ZERO_NOTE = "It was called without the state that its file fixes, so that it started from zero."
LENGTHS_NOTE = "Its sequences were cut to the lengths that the model's file fixes, {lengths}."
LENGTHS_UNUSED_NOTE = (
    "The model's file fixes the lengths of its sequences, {lengths}, which do not fit {count} of {steps} steps: "
    "they were read whole."
)
AXES_NOTE = "Here it reads (time, batch, features); in its file the batch comes before the time."


class StartError(ValueError):
    """A model's file fixes the start of another number of sequences than came.

    The message is for somebody who calls `lstm_viz.trace`; the app and the command have ways of their own to say.
    """

    def __init__(self, stored: int, came: int) -> None:
        self.stored, self.came = stored, came
        super().__init__(
            f"{self.reason} Pass {_sequences(stored)}, or a state of your own: trace(lstm, x, state=(h_0, c_0))."
        )

    @property
    def reason(self) -> str:
        """What the file fixes, and what came.

        >>> StartError(2, 1).reason
        "The model's file fixes the states that 2 sequences start from; 1 sequence came."
        """
        return (
            f"The model's file fixes the states that {_sequences(self.stored)} start from; "
            f"{_sequences(self.came)} came."
        )


class Start(NamedTuple):
    """The state and lengths of a run, None for zero and whole, and what is to be said of them."""

    state: Any
    lengths: Any
    notes: tuple[str, ...] = ()


def start_of(module: Any, spec: ModuleSpec, x: Any, state: Any, lengths: Any) -> Start:
    """The start of a run of `module` over x; `state` and `lengths` are the caller's.

    Raises StartError where the file fixes a state for another number of sequences.

    >>> import torch
    >>> from lstm_viz.recording.module_spec import read_module
    >>> lstm = FileLSTM(3, 4, origin=Origin(initial_state=(np.ones((1, 1, 4)), np.ones((1, 1, 4)))))
    >>> start = start_of(lstm, read_module(lstm), torch.zeros(5, 2, 3), None, None)
    >>> start.state[0].shape, start.notes == (STATE_NOTE,)
    ((1, 2, 4), True)
    """
    if not isinstance(module, FileLSTM):
        return Start(state, lengths)
    shape = as_tensor(x, "x").shape
    if len(shape) == 2:
        return start_of_batch(module, 1, shape[0], state, lengths, said_axes=False)
    steps, batch = (shape[1], shape[0]) if spec.batch_first else (shape[0], shape[1] if len(shape) > 1 else 1)
    return start_of_batch(module, batch, steps, state, lengths, said_axes=not spec.batch_first)


def start_of_batch(
    module: Any, batch: int, steps: int | None, state: Any, lengths: Any, *, said_axes: bool = False
) -> Start:
    """The start of so many sequences of so many steps (None: unknown); see `start_of`."""
    if not isinstance(module, FileLSTM):
        return Start(state, lengths)
    origin = module.origin
    notes = list(origin.notes)
    if state is None and origin.initial_state is not None:
        state = _state_for(origin, batch)
        notes.append(STATE_NOTE)
    if lengths is None and origin.lengths is not None:
        fits = len(origin.lengths) == batch and (steps is None or max(origin.lengths) <= steps)
        named = ", ".join(map(str, origin.lengths[:8])) + (" …" if len(origin.lengths) > 8 else "")
        said = LENGTHS_NOTE if fits else LENGTHS_UNUSED_NOTE
        notes.append(said.format(lengths=named, count=_sequences(batch), steps=steps))
        lengths = np.array(origin.lengths) if fits else None
    if origin.batch_first and said_axes:
        notes.append(AXES_NOTE)
    return Start(state, lengths, tuple(dict.fromkeys(notes)))


def given_lengths(module: Any, lengths: np.ndarray, steps: int) -> np.ndarray | None:
    """The lengths to run a batch with, (batch,): None where none ends early and the model's file fixes its own.

    >>> fixed = FileLSTM(3, 4, origin=Origin(lengths=(5, 2)))
    >>> given_lengths(fixed, np.array([7, 7]), 7) is None, given_lengths(fixed, np.array([7, 3]), 7)
    (True, array([7, 3]))
    """
    has_its_own = isinstance(module, FileLSTM) and module.origin.lengths is not None
    return None if has_its_own and (lengths == steps).all() else lengths


def notes_of_call(module: Any, state: Any) -> tuple[str, ...]:
    """What is to be said of a module's own call from `state`, where the module is from a file.

    >>> notes_of_call(FileLSTM(3, 4, origin=Origin(notes=("Its activations are assumed.",))), None)
    ('Its activations are assumed.',)
    """
    if not isinstance(module, FileLSTM):
        return ()
    started = (CALLED_FROM_ZERO_NOTE,) if state is None and module.origin.initial_state is not None else ()
    return (*module.origin.notes, *started)


def _state_for(origin: Origin, batch: int) -> tuple[np.ndarray, np.ndarray]:
    """The file's state for so many sequences: its own, or one for all."""
    assert origin.initial_state is not None
    stored = origin.initial_state[0].shape[1]
    if stored not in (1, batch):
        raise StartError(stored, batch)
    hidden, cell = (part if stored == batch else part.repeat(batch, axis=1) for part in origin.initial_state)
    return hidden, cell


def _sequences(count: int) -> str:
    return "1 sequence" if count == 1 else f"{count:,} sequences"
