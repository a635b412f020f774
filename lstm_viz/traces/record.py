"""Record of one forward pass of an LSTM: every gate, state and pre-activation at every step.

A trace is a frozen record of NumPy arrays. It knows neither the module it came from nor what
draws it: drawing, storing and exporting are imported when they are first used. Names are the
field's standard ones (Hochreiter & Schmidhuber 1997; Gers et al. 2000); the course's names are
given beside them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from io import BufferedIOBase
from typing import TYPE_CHECKING, Literal

import numpy as np
from jaxtyping import Float, Int

from lstm_viz.cells.activation_functions import STANDARD, CellActivations
from lstm_viz.traces.names import Named, Names, names_of
from lstm_viz.traces.repr import layer_repr, trace_html, trace_repr

if TYPE_CHECKING:
    import pyarrow as pa
    import xarray as xr

    from lstm_viz.exports.parts import Part
    from lstm_viz.sequences.batch import SequenceBatch
    from lstm_viz.standalone import Picture

Variant = Literal["standard", "course", "rnn"]
Way = Literal["PyTorch", "Numba", "Triton"]
Theme = Literal["auto", "light", "dark"]
Array = np.ndarray
Steps = Float[np.ndarray, "time batch hidden"]

#: The gates of an LSTM, in the order in which torch stacks their rows (i, f, g, o).
LSTM_GATES = ("input_gate", "forget_gate", "candidate", "output_gate")

#: Names of the recorded and derived arrays of an LSTM layer, in the order in which a step computes them.
GATE_ARRAYS = (
    "input_gate",
    "candidate",
    "learned",
    "forget_gate",
    "kept",
    "cell_state",
    "output_gate",
    "readout",
    "hidden_state",
)

#: The reference module of each cell, which `Trace.difference` compares with.
REFERENCES = {"standard": "torch.nn.LSTM", "course": "CourseLSTM", "rnn": "torch.nn.RNN"}

#: Largest `Trace.difference` that rounding explains, by dtype. Half formats round the module's state at every step.
AGREEMENT_LIMITS = {"float32": 2e-6, "float64": 1e-12, "bfloat16": 3e-2, "float16": 4e-3}


@dataclass(frozen=True, eq=False)
class GateWeights:
    """Weights of one gate's pre-activation, W x + R h' + b: W (hidden, features), R (hidden, output), b (hidden,),
    the sum of all biases."""

    input: Float[np.ndarray, "hidden features"]
    recurrent: Float[np.ndarray, "hidden output"]
    bias: Float[np.ndarray, " hidden"]


@dataclass(frozen=True, eq=False)
class ReadoutWeights:
    """Weights of the course's readout pre-activation, W_u kept + b_u: W_u (hidden, hidden), b_u (hidden,)."""

    kept: Float[np.ndarray, "hidden hidden"]
    bias: Float[np.ndarray, " hidden"]


@dataclass(frozen=True, eq=False, repr=False)
class LayerTrace:
    """Record of one layer in one direction: arrays (time, batch, hidden), read-only, NaN past a sequence's length.

    Time always runs as in the input: a reverse layer's step t was computed after t + 1.
    A plain RNN ("rnn") has only `event`, `hidden_state` and its pre-activation.
    """

    name: str
    variant: Variant
    event: Float[np.ndarray, "time batch features"]
    hidden_state: Float[np.ndarray, "time batch output"]
    initial_hidden_state: Float[np.ndarray, "batch output"]
    lengths: Int[np.ndarray, " batch"]
    input_gate: Steps | None = None
    forget_gate: Steps | None = None
    candidate: Steps | None = None
    output_gate: Steps | None = None
    cell_state: Steps | None = None
    initial_cell_state: Float[np.ndarray, "batch hidden"] | None = None
    #: The input of each sigmoid or tanh, (time, batch, hidden), by the name of its output; the course's cell has
    #: "readout" too.
    preactivations: Mapping[str, Array] = field(default_factory=dict)
    #: Weights of each gate, by the gate's name; a plain RNN has one, "hidden_state".
    weights: Mapping[str, GateWeights] = field(default_factory=dict)
    #: W_hr of an LSTM with `proj_size`: hidden_state = W_hr (output_gate * readout).
    projection: Float[np.ndarray, "output hidden"] | None = None
    #: W_u and b_u of the course's cell.
    readout_weights: ReadoutWeights | None = None
    #: What its gates, its candidate and its readout are computed by; a plain RNN's is tanh.
    activations: CellActivations = STANDARD

    def __repr__(self) -> str:
        return layer_repr(self)

    @property
    def units(self) -> int:
        """Number of hidden units (memory cells) of this layer."""
        return self.memory.shape[-1]

    @property
    def reverse(self) -> bool:
        """Whether this is the reverse direction, which reads the sequence from its end."""
        return self.name.endswith("_reverse")

    @property
    def memory(self) -> Array:
        """The state that each unit carries, (time, batch, hidden): the cell state, or a plain RNN's hidden state."""
        return self.hidden_state if self.cell_state is None else self.cell_state

    @cached_property
    def previous_cell_state(self) -> Steps:
        """The previous cell state of each step, c_{t-1} (LTM before the step): (time, batch, hidden)."""
        start = self._lstm_array("initial_cell_state")
        return _previous_states(self._lstm_array("cell_state"), start, self.lengths, self.reverse)

    @cached_property
    def previous_hidden_state(self) -> Array:
        """The previous hidden state of each step, h_{t-1} (STM before the step): (time, batch, output)."""
        return _previous_states(self.hidden_state, self.initial_hidden_state, self.lengths, self.reverse)

    @cached_property
    def learned(self) -> Steps:
        """The learn gate's output, i * g: (time, batch, hidden). Raises AttributeError for a plain RNN."""
        return self._lstm_array("input_gate") * self._lstm_array("candidate")

    @cached_property
    def kept(self) -> Steps:
        """The forget gate's output, f * c_{t-1}: (time, batch, hidden). Raises AttributeError for a plain RNN."""
        return self._lstm_array("forget_gate") * self.previous_cell_state

    @cached_property
    def readout(self) -> Steps:
        """What the use gate scales, (time, batch, hidden): tanh(c), or in the course's cell tanh(W_u kept + b_u).

        A cell of other `activations` has its own function of c instead of tanh.

        Raises AttributeError for a plain RNN, ValueError for a cell whose use gate is not known here.
        """
        if self.variant == "course":
            return np.tanh(self.preactivations["readout"])
        cell_state = self._lstm_array("cell_state")
        if self.variant != "standard":
            raise ValueError(f"What the use gate of the cell “{self.variant}” scales is not known.")
        readout: Steps = self.activations.readout(cell_state)
        return readout

    def _lstm_array(self, name: str) -> Array:
        """An array that only an LSTM has. Raises AttributeError for a plain RNN."""
        values = getattr(self, name)
        if values is None:
            raise AttributeError(f"A plain RNN has no {name}: it has hidden_state and its pre-activation alone.")
        return values


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """Record of one forward pass: every layer in `nn.LSTM`'s order (l0, l0_reverse, l1, ...), and the module's results.

    `final_state` is (h_n, c_n) as `nn.LSTM` shapes them, or h_n alone for a plain RNN. Arrays are read-only.

    >>> import lstm_viz, torch
    >>> trace = lstm_viz.trace(torch.nn.LSTM(3, 4, num_layers=2), torch.zeros(5, 2, 3))
    >>> trace  # doctest: +ELLIPSIS
    <Trace: 5 steps × 2 sequences, 4 units in l0, l1; float32 on cpu, equal to torch.nn.LSTM ...>
    >>> trace.layer("l1").forget_gate.shape
    (5, 2, 4)
    """

    layers: tuple[LayerTrace, ...]
    output: Float[np.ndarray, "time batch outputs"]
    final_state: tuple[Array, Array] | Array
    lengths: Int[np.ndarray, " batch"]
    device: str = "cpu"
    #: The module's own number format; arrays of a bfloat16 or float16 run are float32.
    dtype: str = "float32"
    #: Largest |recorded - the module's own forward|, relative where a value is above 1;
    #: None where no comparison was made.
    difference: float | None = None
    #: Which part of the run was compared, in words; None for all of it.
    compared: str | None = None
    #: The backend that recorded it.
    way: Way = "PyTorch"
    #: Dropout masks between the layers, (time, batch, outputs) for every layer but the last: 0 where a number was
    #: dropped, else 1 / (1 - p). Empty where no dropout was applied.
    passed: tuple[Array, ...] = ()
    #: Names of features, sequences and steps, where they are known.
    names: Names | None = None
    #: What has to be known to read it, a sentence each: what the model's file assumes, fixes or leaves open.
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return trace_repr(self)

    def _repr_html_(self) -> str:
        return trace_html(self)

    @property
    def variant(self) -> Variant:
        """Which cell ran: "standard", "course" or "rnn"."""
        return self.layers[0].variant

    @property
    def directions(self) -> int:
        """2 for a bidirectional run, else 1."""
        return 1 + any(layer.reverse for layer in self.layers)

    @property
    def reference(self) -> str:
        """The module that the recorded numbers are compared with, as in "torch.nn.LSTM"; of a cell with other
        activations its equations, computed step by step."""
        if not self.activations.is_standard:
            return f"an LSTM's equations with {self.activations.words}"
        return REFERENCES[self.variant]

    @property
    def activations(self) -> CellActivations:
        """What the run's gates, candidate and readout were computed by."""
        return self.layers[0].activations

    @property
    def agreement(self) -> str:
        """The comparison in words, as in "equal to torch.nn.LSTM within 1.2e-07"."""
        part = "" if self.compared is None else f" in {self.compared}"
        if self.difference is None:
            return f"not compared with {self.reference}"
        if self.difference <= AGREEMENT_LIMITS[self.dtype]:
            within = f"within {self.difference:.1e}" if self.difference else "to the last digit"
            return f"equal to {self.reference} {within}{part}"
        return f"differs from {self.reference} by up to {self.difference:.1e}{part}"

    @property
    def output_within_lengths(self) -> Array:
        """The output, NaN past each sequence's end, where nothing is answered."""
        steps = np.arange(len(self.output))[:, None, None]
        return np.where(steps < self.lengths[:, None], self.output, np.nan)

    def layer(self, name: str) -> LayerTrace:
        """The layer of this name, as in "l0" or "l1_reverse". Raises KeyError where there is none."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        names = ", ".join(layer.name for layer in self.layers)
        raise KeyError(f"No layer is named {name!r}; this trace has {names}.")

    def named(self, batch: Named, answers: Array | None = None) -> Trace:
        """The same run with names of features, sequences and steps, from the batch that was traced.

        answers: the model's output at each step as text, (time, batch). Raises ValueError for a batch of other sizes.
        """
        return replace(self, names=names_of(batch, (*self.output.shape[:2], self.layers[0].event.shape[-1]), answers))

    def to_xarray(self) -> xr.Dataset:
        """All arrays as an xarray Dataset with named dimensions: layer, direction, time, sequence, unit, feature.

        Needs xarray. `event` is what came into the first layer; a later layer's is the
        hidden state of the layer below, times `passed` where dropout stood between them.
        """
        from lstm_viz.storage.netcdf.write import trace_dataset

        return trace_dataset(self)

    def to_table(self, part: Part | None = None, *, long: bool = False) -> pa.Table:
        """A part of this trace as a pyarrow table, one row a step of a sequence; see `lstm_viz.exports.tables.table`.

        Raises ValueError where something of the part is not in the trace.
        """
        from lstm_viz.exports.tables import table

        return table(self, part, long)

    def save(self, file: str | os.PathLike[str] | BufferedIOBase) -> None:
        """Write netCDF4, weights in the group `weights`; `xarray.open_dataset` opens it without us.

        `lstm_viz.load_trace` gives the same trace back, bit for bit. Raises OSError where it can't be written.
        """
        from lstm_viz.storage.netcdf.write import save_trace

        save_trace(self, file)

    def show(
        self,
        sequence: int = 0,
        *,
        names: Sequence[str] | None = None,
        batch: SequenceBatch | None = None,
        answers: np.ndarray | None = None,
        title: str | None = None,
        step: int | None = None,
        unit: int | None = None,
        layer: int = 0,
        theme: Theme = "auto",
        megabytes: float = 8.0,
        file: str | os.PathLike[str] | None = None,
    ) -> Picture:
        """Animated picture of the run: in a notebook's cell, or as one HTML `file`, with no server and no network.

        It opens at `sequence`, `step`, `unit` and `layer`, all counted from 0; by default where there is something
        to see. `names` are the features'; `batch` is what the run read, with the names and units of a file;
        `answers` (time, batch) the model's output as text. Of a run whose numbers take more than `megabytes`
        it holds the units with the widest range, and says so.

        Raises ValueError where something asked for is not in the run.
        """
        from lstm_viz.standalone import show

        picture = show(
            self,
            sequence=sequence,
            names=names,
            batch=batch,
            answers=answers,
            title=title,
            step=step,
            unit=unit,
            layer=layer,
            theme=theme,
            megabytes=megabytes,
        )
        if file is not None:
            picture.save(file)
        return picture

    def report(
        self,
        file: str | os.PathLike[str] | None = None,
        sequence: int = 0,
        *,
        names: Sequence[str] | None = None,
        batch: SequenceBatch | None = None,
        answers: np.ndarray | None = None,
        title: str | None = None,
        step: int | None = None,
        unit: int | None = None,
        layer: int = 0,
        theme: Theme = "auto",
        megabytes: float = 8.0,
    ) -> Picture:
        """Report: the animated picture, and under it the run in numbers and pictures, as one HTML `file` to print too.

        It says what ran, on what, how near it is to the module's own forward; what each layer's memory and factors
        do; which units to look at, and when; and shows every unit at every step, how often gates stand open or
        closed, and how long memories last. Arguments are those of `show`.

        Raises ValueError where something asked for is not in the run.
        """
        from lstm_viz.standalone import show

        picture = show(
            self,
            sequence=sequence,
            names=names,
            batch=batch,
            answers=answers,
            title=title,
            step=step,
            unit=unit,
            layer=layer,
            theme=theme,
            megabytes=megabytes,
            reporting=True,
        )
        if file is not None:
            picture.save(file)
        return picture


def layer_names(layers: int, directions: int) -> tuple[str, ...]:
    """Names of the layers, in nn.LSTM's order.

    >>> layer_names(2, 2)
    ('l0', 'l0_reverse', 'l1', 'l1_reverse')
    """
    return tuple(f"l{number}{end}" for number in range(layers) for end in ("", "_reverse")[:directions])


def _previous_states(states: Array, initial: Array, lengths: Array, reverse: bool) -> Array:
    """The state before each step, in the direction the layer reads: (time, batch, units)."""
    before = np.empty_like(states)
    if not reverse:
        before[0], before[1:] = initial, states[:-1]
        before[np.isnan(states)] = np.nan
        return before
    before[:-1], before[-1] = states[1:], np.nan
    read = np.flatnonzero(lengths > 0)
    before[lengths[read] - 1, read] = initial[read]
    return before
