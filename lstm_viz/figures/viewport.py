"""The viewport of a page: the steps and units of a run that it holds, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from lstm_viz.analysis.contributions import GateMap
from lstm_viz.figures.forecast import ForecastScale
from lstm_viz.figures.run_view import Checkpoints, StepTexts
from lstm_viz.traces import LayerTrace

#: Arrays drawn on one scale, so that a sum looks like one.
SCALE_OF = {
    "previous_cell_state": "cell_state",
    "kept": "cell_state",
    "learned": "cell_state",
    "previous_hidden_state": "hidden_state",
    "readout": "candidate",
}
#: Values from 0 to 1, and what their strong colours mean: a gate's hue marks what it holds back.
HELD_BACK = {
    "input_gate": "strong: ignores",
    "forget_gate": "strong: forgets",
    "output_gate": "strong: holds back",
}
SIGMOID_GATES = frozenset(HELD_BACK)
#: Beyond this many times the median magnitude, the largest would leave the rest too thin to see.
MAX_SCALE_RATIO = 6.0
#: What stands before the name of a gate whose pre-activation is meant, and of an array whose change is.
PREACTIVATION, CHANGE = "preactivation_", "change_"
#: States no larger than this never fill a scale: noughts would look like a full memory.
MIN_STATE_LIMIT = 0.5
#: Sequences on one page of lanes.
LANES = 12
#: The name among the extras of an input column that is drawn above the memory, in its own units.
INPUT_COLUMN = "input column"
#: Features of an event that have a cell.
MAX_FEATURES = 12
#: Groups of writers with a colour of their own, and the index of the group of all others.
WRITERS = OTHER = 4
#: Names among which writers are looked for, at most, and the least that one writes, as a share of what the first does.
MAX_NAMES, MIN_WRITTEN = 12, 0.25


@dataclass(frozen=True)
class ValueScale:
    """The magnitude that fills a row, and whether a signed square root is drawn instead of the value."""

    limit: float
    signed_sqrt: bool = False

    def normalise(self, values: np.ndarray) -> np.ndarray:
        """Values as shares of the limit, from -1 to 1.

        >>> ValueScale(4.0, signed_sqrt=True).normalise(np.array([-1.0, 4.0]))
        array([-0.5,  1. ])
        """
        share = np.clip(values / self.limit, -1, 1)
        return np.sign(share) * np.sqrt(np.abs(share)) if self.signed_sqrt else share

    def merged(self, other: ValueScale) -> ValueScale | None:
        """One scale that shows both, None where the smaller would be too thin to see."""
        low, high = sorted((self.limit, other.limit))
        return ValueScale(high, self.signed_sqrt or other.signed_sqrt) if high <= MAX_SCALE_RATIO * low else None

    @classmethod
    def of(cls, values: np.ndarray, floor: float = 0.0) -> ValueScale:
        """The scale that shows these values, (..., units), best; its limit is `floor` at least.

        >>> ValueScale.of(np.array([0.001, -0.002]), floor=0.5)
        ValueScale(limit=0.5, signed_sqrt=False)
        """
        sizes = np.abs(values[np.isfinite(values)])
        top, typical = float(sizes.max(initial=0)), float(np.median(sizes)) if sizes.size else 0.0
        return cls(max(top if top > 0 else 1.0, floor), signed_sqrt=top > max(floor, MAX_SCALE_RATIO * typical))


@dataclass(frozen=True, eq=False)
class Overview:
    """A whole run in few bins: the smallest and largest LTM, (bins, batch, units), of each layer."""

    low: tuple[np.ndarray, ...]
    high: tuple[np.ndarray, ...]
    edges: np.ndarray
    #: The same of the view's input column, (bins, batch, 1) each, where it has one.
    column: tuple[np.ndarray, np.ndarray] | None = None
    #: Steps, from 0, that have a label on the axis, and these.
    ticks: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Viewport:
    """What the figures and the player of one view are given.

    `layers` may be a stretch of a longer run: `start` is its first step, `total` the whole
    run's steps, `lengths` the whole sequences', `units[k]` the numbers of layer k's units that are
    held, the ones to show first in front. `features` are the indices of the input features that have a cell.
    The last `compared_layers` of `layers` belong to other runs of the same sequences,
    which figures set beside this one. `texts[0]` are the run's own, the others those of each run beside it.
    `needs` names arrays beyond the usual that a page's charts ask for, and `maps` are the maps in front of each
    layer's gates where a chart asks for them.
    """

    layers: tuple[LayerTrace, ...]
    units: tuple[np.ndarray, ...]
    #: All units of each layer in the order in which a person meets them; only the first of them may be held.
    orders: tuple[np.ndarray, ...]
    texts: tuple[StepTexts[np.ndarray], ...]
    feature_names: Sequence[str]
    sequence_names: Sequence[str]
    lengths: np.ndarray
    total: int
    start: int = 0
    rows: int = 16
    window: int = 32
    features: np.ndarray = field(default_factory=lambda: np.arange(0))
    run_scales: tuple[Mapping[str, ValueScale], ...] = ()
    overview: Overview | None = None
    compared_layers: int = 0
    #: Words and numbers that a page's figures show and that change without the figures being drawn anew.
    captions: Mapping[str, Any] = field(default_factory=dict)
    #: Numbers beside the layers' own, (held steps, batch, any), such as a model's scores.
    extras: Mapping[str, np.ndarray] = field(default_factory=dict)
    #: What the model's answers are called, where it chooses among some.
    answer_names: Sequence[str] = ()
    #: The scale of what the model forecasts, where it forecasts a number.
    forecast_scale: ForecastScale | None = None
    #: Checkpoints of the model's training, whose arrays are among the extras.
    checkpoints: Checkpoints | None = None
    needs: tuple[str, ...] = ()
    maps: tuple[Mapping[str, GateMap], ...] = ()

    @property
    def own_layers(self) -> int:
        """How many of the layers are the run's own."""
        return len(self.layers) - self.compared_layers

    @property
    def labels(self) -> np.ndarray:
        """What the held steps are called in the run itself, (steps, batch)."""
        return _required(self.texts[0].labels)

    @property
    def events(self) -> np.ndarray:
        """What the events of the held steps are called in the run itself, (steps, batch)."""
        return _required(self.texts[0].events)

    def array(self, layer: int, name: str) -> np.ndarray:
        """A layer's array by name, recorded or derived.

        "preactivation_forget_gate" is what went into that gate; "change_cell_state" of a layer set beside
        the run is how far it lies from the run's own. An array of the extras has the layer's held units.
        """
        if name in self.extras:
            return self.extras[name][..., self.units[layer]]
        if name.startswith(PREACTIVATION):
            return self.layers[layer].preactivations[name.removeprefix(PREACTIVATION)]
        if name.startswith(CHANGE):
            plain = name.removeprefix(CHANGE)
            return self.array(layer, plain) - self.array(layer % self.own_layers, plain)
        values: np.ndarray = getattr(self.layers[layer], name)
        return values

    def has(self, layer: int, name: str) -> bool:
        """Whether a layer has an array: a plain RNN has no gates."""
        if name.startswith(PREACTIVATION):
            return name.removeprefix(PREACTIVATION) in self.layers[layer].preactivations
        return True

    @cached_property
    def scales(self) -> tuple[Mapping[str, ValueScale], ...]:
        """Each layer's scales; those of the whole run where they were given."""
        return self.run_scales or tuple(layer_scales(layer) for layer in self.layers)

    def scale(self, layer: int, array: str) -> ValueScale:
        """The scale an array is drawn with; a change has its own, or else that of the run's own memory."""
        if array.startswith(CHANGE) and array not in self.scales[layer]:
            return self.scale(layer % self.own_layers, array.removeprefix(CHANGE))
        return self.scales[layer].get(SCALE_OF.get(array, array), ValueScale(1.0))

    def shown_rows(self, layer: int, unit: int) -> list[int]:
        """Rows of the viewport's arrays that the charts show; the followed unit's is always among them."""
        rows = list(range(min(self.rows, len(self.units[layer]))))
        row = self.row_of(layer, unit)
        return rows if row in rows else [*rows[:-1], row]

    @property
    def required_overview(self) -> Overview:
        """The overview; ValueError for a run that a window shows whole."""
        if self.overview is None:
            raise ValueError("This run has no overview: a window shows the whole of it.")
        return self.overview

    def texts_in(self, layer: int) -> StepTexts[np.ndarray]:
        """The texts of the run that a layer belongs to."""
        run = layer // self.own_layers
        return self.texts[run] if run < len(self.texts) else StepTexts()

    def answers_in(self, layer: int) -> np.ndarray | None:
        """What the model says at each held step, in the run that a layer belongs to."""
        return self.texts_in(layer).answers

    def labels_in(self, layer: int) -> np.ndarray:
        """What the held steps are called in the run that a layer belongs to, (steps, batch)."""
        found = self.texts_in(layer).labels
        return self.labels if found is None else found

    def events_in(self, layer: int) -> np.ndarray:
        """What the events of the held steps are called in the run that a layer belongs to, (steps, batch)."""
        found = self.texts_in(layer).events
        return self.events if found is None else found

    @cached_property
    def writers(self) -> tuple[tuple[str, ...], ...]:
        """Of each own layer, the names of the events that write its memory, in order; none where there are many."""
        return tuple(writing_events(self.layers[layer], self.labels_in(layer)) for layer in range(self.own_layers))

    def writer_names(self, layer: int) -> tuple[str, ...]:
        """The names of the events that write a layer's memory; a run beside this one has the same."""
        return self.writers[layer % self.own_layers]

    @cached_property
    def unit_limits(self) -> tuple[list[float], ...]:
        """Of each layer, how large the held numbers of each unit's long-term memory are; `MIN_STATE_LIMIT` at least."""
        return tuple(_unit_limits(layer) for layer in self.layers)

    def reads_input(self, layer: int) -> bool:
        """Whether a layer reads the sequences themselves, forwards or from the end, in this run or in one beside it."""
        return level(self.layers[layer % self.own_layers].name) == level(self.layers[0].name)

    def row_of(self, layer: int, unit: int) -> int:
        """The row of a unit in the viewport's arrays; the first where it is not held."""
        found = np.flatnonzero(self.units[layer] == unit)
        return int(found[0]) if found.size else 0

    def lanes_around(self, sequence: int) -> range:
        """The sequences that have a lane: a page of them that holds this one."""
        first = sequence // LANES * LANES
        return range(first, min(first + LANES, len(self.sequence_names)))


def _required(texts: np.ndarray | None) -> np.ndarray:
    """Texts that a run's own `StepTexts` always have."""
    assert texts is not None
    return texts


def with_compared_scales(
    own: Sequence[Mapping[str, ValueScale]], layers: Sequence[LayerTrace], compared: Sequence[LayerTrace]
) -> tuple[Mapping[str, ValueScale], ...]:
    """Every layer's scales: the run's own, whose `layers` have the scales `own`, then those of the runs beside it.

    Compared layer k stands beside layer k, and shares its scales where both can be seen so. Where both have the same
    units, what lies between them has scales of its own.
    """
    scales, others = list(own), [dict(layer_scales(layer)) for layer in compared]
    for index, layer in enumerate(compared):
        own_index = index % len(layers)
        shared = {
            name: scale.merged(others[index][name])
            for name, scale in scales[own_index].items()
            if name in others[index]
        }
        joint = {name: scale for name, scale in shared.items() if scale is not None}
        scales[own_index] = {**scales[own_index], **joint}
        others[index] |= joint
        for name in ("cell_state", "hidden_state"):
            ends = getattr(layers[own_index], name), getattr(layer, name)
            if all(end is not None for end in ends) and ends[0].shape == ends[1].shape:
                others[index][CHANGE + name] = ValueScale.of(ends[1] - ends[0])
    return (*scales, *others)


def _unit_limits(layer: LayerTrace) -> list[float]:
    if layer.cell_state is None or layer.input_gate is None:
        return []
    states = np.abs(np.concatenate([layer.cell_state, layer.learned, layer.kept]))
    largest = np.nanmax(states, axis=(0, 1), initial=MIN_STATE_LIMIT)
    return [round(float(limit), 5) for limit in largest]


def writing_events(layer: LayerTrace, labels: np.ndarray) -> tuple[str, ...]:
    """The names of the events that write most into a layer's memory, where steps are called by few short names.

    Those count that write at least a quarter of what the strongest does, on average over its steps and the units.
    """
    if layer.cell_state is None or layer.input_gate is None:
        return ()
    names = sorted({str(label) for label in labels.ravel()} - {""})
    if not names or len(names) > MAX_NAMES or any(len(name) > 2 for name in names) or all(map(str.isdigit, names)):
        return ()
    written = np.abs(layer.learned).mean(axis=-1)
    of_name = {name: written[(labels == name) & np.isfinite(written)] for name in names}
    means = {name: float(values.mean()) if values.size else 0.0 for name, values in of_name.items()}
    top = max(means.values())
    largest = sorted(names, key=lambda name: -means[name])[:WRITERS]
    return tuple(name for name in names if name in largest and means[name] >= MIN_WRITTEN * top)


def level(name: str) -> str:
    """What a layer and the one that reads the same events from the end have in common.

    >>> level("l0_reverse"), level("l1")
    ('l0', 'l1')
    """
    return name.removesuffix("_reverse")


def layer_scales(layer: LayerTrace) -> dict[str, ValueScale]:
    """Scales of the signed arrays of a layer, and how far each gate's sums go.

    States have a least limit; a layer of gradients, which has memories alone, has none, for its numbers may be of any
    size.
    """
    gradients = layer.cell_state is not None and layer.input_gate is None
    floor = 0.0 if gradients else MIN_STATE_LIMIT
    scales = {"hidden_state": ValueScale.of(layer.hidden_state, floor), "event": ValueScale.of(layer.event)}
    if layer.cell_state is not None:
        states = [layer.cell_state] if gradients else [layer.cell_state, layer.learned, layer.kept]
        scales["cell_state"] = ValueScale.of(np.concatenate(states), floor)
    for gate, values in layer.preactivations.items():
        low, high = np.nanmin(values, initial=0), np.nanmax(values, initial=0)
        scales[PREACTIVATION + gate] = ValueScale(max(float(-low), float(high)))
    return scales
