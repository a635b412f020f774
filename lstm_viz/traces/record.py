"""Record of one forward pass of an LSTM: every gate, state and pre-activation at every step.

A trace is a frozen record of NumPy arrays. It knows neither the module it came from nor what
draws it: drawing, storing and exporting are imported when they are asked for. Names are the
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

#: Recorded or derived arrays of an LSTM layer, in the order in which a step makes them.
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

#: What `Trace.difference` compares with.
REFERENCES = {"standard": "torch.nn.LSTM", "course": "CourseLSTM", "rnn": "torch.nn.RNN"}

#: Up to here two roundings of one computation differ. Half formats round the module's state at every step.
AGREEMENT_LIMITS = {"float32": 2e-6, "float64": 1e-12, "bfloat16": 3e-2, "float16": 4e-3}


@dataclass(frozen=True, eq=False)
class GateWeights:
    """The affine map in front of one gate: W x + R h' + b (b is the sum of all biases)."""

    input: Float[np.ndarray, "hidden features"]
    recurrent: Float[np.ndarray, "hidden output"]
    bias: Float[np.ndarray, " hidden"]


@dataclass(frozen=True, eq=False)
class ReadoutWeights:
    """How the course's use gate looks at what the forget gate left: W_u kept + b_u."""

    kept: Float[np.ndarray, "hidden hidden"]
    bias: Float[np.ndarray, " hidden"]


@dataclass(frozen=True, eq=False, repr=False)
class LayerTrace:
    """Record of one layer in one direction. Past a sequence's length every value is NaN.

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
    #: What went into each sigmoid or tanh, by the array it made; the course's cell has "readout" too.
    preactivations: Mapping[str, Array] = field(default_factory=dict)
    #: The map in front of each gate, by the gate's name; a plain RNN has one, "hidden_state".
    weights: Mapping[str, GateWeights] = field(default_factory=dict)
    #: W_hr of an LSTM with `proj_size`: hidden_state = W_hr (output_gate * readout).
    projection: Float[np.ndarray, "output hidden"] | None = None
    #: W_u and b_u of the course's cell.
    readout_weights: ReadoutWeights | None = None

    def __repr__(self) -> str:
        return layer_repr(self)

    @property
    def units(self) -> int:
        """How many memory cells this layer has."""
        return self.memory.shape[-1]

    @property
    def reverse(self) -> bool:
        """Whether this layer reads the sequence from its end."""
        return self.name.endswith("_reverse")

    @property
    def memory(self) -> Array:
        """What each unit carries from step to step: the cell state, or a plain RNN's hidden state."""
        return self.hidden_state if self.cell_state is None else self.cell_state

    @cached_property
    def previous_cell_state(self) -> Steps:
        """LTM as each step finds it, c_{t-1}: (time, batch, hidden)."""
        start = self._lstm_array("initial_cell_state")
        return _previous(self._lstm_array("cell_state"), start, self.lengths, self.reverse)

    @cached_property
    def previous_hidden_state(self) -> Array:
        """STM as each step finds it, h_{t-1}: (time, batch, output)."""
        return _previous(self.hidden_state, self.initial_hidden_state, self.lengths, self.reverse)

    @cached_property
    def learned(self) -> Steps:
        """What the learn gate lets through, i * g: (time, batch, hidden)."""
        return self._lstm_array("input_gate") * self._lstm_array("candidate")

    @cached_property
    def kept(self) -> Steps:
        """What the forget gate leaves of LTM, f * c_{t-1}: (time, batch, hidden)."""
        return self._lstm_array("forget_gate") * self.previous_cell_state

    @cached_property
    def readout(self) -> Steps:
        """What memory offers to the use gate: tanh(c), or in the course's cell tanh(W_u kept + b_u)."""
        if self.variant == "course":
            return np.tanh(self.preactivations["readout"])
        return np.tanh(self._lstm_array("cell_state"))

    def _lstm_array(self, name: str) -> Array:
        """An array that only a cell with a memory has."""
        values = getattr(self, name)
        if values is None:
            raise AttributeError(f"A plain RNN has no {name}: it has hidden_state and its pre-activation alone.")
        return values


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """Record of one forward pass: every layer in `nn.LSTM`'s order (l0, l0_reverse, l1, ...), and what it returned.

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
    compared: str | None = None  #: what of the run, in words, where that was not the whole
    way: Way = "PyTorch"  #: what recorded it
    #: What dropout multiplied each layer's output with on its way up, (time, batch, outputs), for every layer
    #: but the last: 0 where a number was dropped. Empty where nothing was.
    passed: tuple[Array, ...] = ()
    names: Names | None = None  #: what features, sequences and steps are called, where that is known

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
        """The module whose own forward the recorded numbers are compared with."""
        return REFERENCES[self.variant]

    @property
    def agreement(self) -> str:
        """The comparison as words for the page, as in "equal to torch.nn.LSTM within 1.2e-07"."""
        part = "" if self.compared is None else f" in {self.compared}"
        if self.difference is None:
            return f"not compared with {self.reference}"
        if self.difference <= AGREEMENT_LIMITS[self.dtype]:
            within = f"within {self.difference:.1e}" if self.difference else "to the last digit"
            return f"equal to {self.reference} {within}{part}"
        return f"differs from {self.reference} by up to {self.difference:.1e}{part}"

    def layer(self, name: str) -> LayerTrace:
        """The layer of this name; KeyError where there is none."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        names = ", ".join(layer.name for layer in self.layers)
        raise KeyError(f"No layer is named {name!r}; this trace has {names}.")

    def named(self, batch: Named, answers: Array | None = None) -> Trace:
        """The same run with the traced batch's names, and texts that a model said; ValueError for another's."""
        return replace(self, names=names_of(batch, (*self.output.shape[:2], self.layers[0].event.shape[-1]), answers))

    def to_xarray(self) -> xr.Dataset:
        """All arrays with named dimensions: layer, direction, time, sequence, unit, feature.

        Needs xarray. `event` is what came into the first layer; a later layer's is the
        hidden state of the layer below, times `passed` where dropout stood between them.
        """
        from lstm_viz.storage.netcdf.write import dataset

        return dataset(self)

    def to_table(self, part: Part | None = None, *, long: bool = False) -> pa.Table:
        """A part of this trace as a pyarrow table; see `lstm_viz.exports.tables.table`."""
        from lstm_viz.exports.tables import table

        return table(self, part, long)

    def save(self, file: str | os.PathLike[str] | BufferedIOBase) -> None:
        """Write netCDF4, weights in the group `weights`; `xarray.open_dataset` opens it without us.

        `lstm_viz.load_trace` gives the same trace back, bit for bit.
        """
        from lstm_viz.storage.netcdf.write import save

        save(self, file)

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
        `answers` (time, batch) what a model said at each step. Of a run whose numbers take more than `megabytes`
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


def _previous(states: Array, initial: Array, lengths: Array, reverse: bool) -> Array:
    """The state each step starts from, in the direction the layer reads."""
    before = np.empty_like(states)
    if not reverse:
        before[0], before[1:] = initial, states[:-1]
        before[np.isnan(states)] = np.nan
        return before
    before[:-1], before[-1] = states[1:], np.nan
    read = np.flatnonzero(lengths > 0)
    before[lengths[read] - 1, read] = initial[read]
    return before
