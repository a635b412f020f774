"""Building the viewport of a view: which steps and units it holds, read from memory or from a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from lstm_viz.analysis.contributions import GateMap, gate_maps
from lstm_viz.analysis.slicing import slice_steps
from lstm_viz.figures.labels import BLANK, SHORT_LABEL, escape_markup, truncate, visible
from lstm_viz.figures.run_view import ComparedRun, RunView, StepTexts
from lstm_viz.figures.viewport import (
    INPUT_COLUMN,
    MAX_FEATURES,
    MIN_STATE_LIMIT,
    Overview,
    ValueScale,
    Viewport,
    layer_scales,
    level,
    with_compared_scales,
)
from lstm_viz.storage.zarr.levels import MAX_BINS, envelope
from lstm_viz.storage.zarr.read import StoredTrace
from lstm_viz.traces import LayerTrace, Trace

#: About how many bytes of recorded numbers one message to the player may have.
MAX_MESSAGE_BYTES = 500_000
#: Arrays that travel, at most, and the bytes of a number.
ARRAYS_PER_UNIT, BYTES_PER_NUMBER = 7, 4
#: Steps that are held at least, so that playing on has room.
MIN_STEPS = 128
#: Numbers that each edge of the overview may have, over all bins, sequences and units.
OVERVIEW_NUMBERS, MIN_BINS = 40_000, 48
#: Labels on its axis.
OVERVIEW_TICKS = 6
#: What a chart needs that shows the weights in front of the gates.
MAPS = "maps"
#: What a chart needs that follows the checkpoint.
CHECKPOINTS = "checkpoints"
#: Characters of a feature's name in a list of sources; "event" before it says what it belongs to.
MAX_NAME_LENGTH = 12
#: Units that have a row in the pictures.
ROWS = 16


def build_viewport(
    view: RunView,
    around: int = 0,
    unit: int = 0,
    window: int = 32,
    needs: Sequence[str] = (),
    *,
    previous: Viewport | None = None,
) -> Viewport:
    """The viewport that holds step `around` and unit `unit`, as much of the run as fits a small message.

    `window` is how many steps the strips show; `needs` names what a page's charts ask for beyond the usual:
    pre-activations, "maps". A `previous` viewport of the same run lends what holds for the whole run.

    Raises ValueError where the labels are not one a step and sequence.
    """
    time, batch = view.shape
    orders = _orders(view)
    max_units = _max_units(batch, len(orders))
    units = [_select_units(order, unit, max_units) for order in orders]
    numbers = sum(map(len, [*units, *_units_beside(view.compared, units)])) * batch
    return viewport_of(view, step_range(time, min(around, time - 1), numbers), units, window, needs, previous=previous)


def viewport_of(
    view: RunView,
    steps: slice,
    units: Sequence[np.ndarray],
    window: int = 32,
    needs: Sequence[str] = (),
    *,
    previous: Viewport | None = None,
) -> Viewport:
    """The viewport that holds these steps, and these units of each layer; see `build_viewport`."""
    view.run.activations.check_drawable()
    for run in view.compared:
        for layer in run.layers:
            layer.activations.check_drawable()
    time, batch = view.shape
    if view.labels.shape != (time, batch):
        raise ValueError(f"There is one label a step and sequence, {(time, batch)}; these are {view.labels.shape}.")
    source = _source(view)
    part = source.part(steps)
    compared = [layer for run in view.compared for layer in run.layers]
    beside = _units_beside(view.compared, units)
    own = [slice_steps(layer, *part.local(steps), order) for layer, order in zip(part.trace.layers, units, strict=True)]
    others = [slice_steps(layer, steps.start, steps.stop, order) for layer, order in zip(compared, beside, strict=True)]
    first = part.trace.layers[0].event
    return Viewport(
        layers=(*own, *others),
        units=(*units, *beside),
        orders=(*_orders(view), *beside),
        texts=(_own_texts(view, steps), *(run.texts.part(steps) for run in view.compared)),
        feature_names=view.feature_names or [f"feature {k + 1}" for k in range(first.shape[-1])],
        sequence_names=view.sequence_names or [f"sequence {k + 1}" for k in range(batch)],
        lengths=np.asarray(view.run.lengths),
        total=time,
        start=steps.start,
        rows=ROWS,
        window=min(window, time),
        features=_shown_features(first),
        run_scales=previous.run_scales
        if previous
        else with_compared_scales(source.scales(part), part.trace.layers, compared),
        overview=_overview(view, source, units, compared, beside, previous) if time > window else None,
        compared_layers=len(compared),
        captions=view.captions,
        extras={name: values[steps].astype(np.float32) for name, values in view.extras.items()},
        answer_names=view.answer_names,
        forecast_scale=view.forecast_scale,
        checkpoints=view.checkpoints,
        needs=tuple(need for need in needs if need not in (MAPS, CHECKPOINTS)),
        maps=_maps(part, steps, units, view.feature_names) if MAPS in needs else (),
    )


def with_compared_run(viewport: Viewport, compared: ComparedRun, captions: Mapping[str, Any] | None = None) -> Viewport:
    """The viewport with another run of the same sequences beside its own, where it was built without.

    The other run need reach no further than the viewport.
    """
    own, steps = slice(0, viewport.own_layers), slice(viewport.start, viewport.start + len(viewport.labels))
    units = _units_beside([compared], viewport.units[own])
    layers = [
        slice_steps(layer, steps.start, steps.stop, order) for layer, order in zip(compared.layers, units, strict=True)
    ]
    return replace(
        viewport,
        layers=(*viewport.layers[own], *layers),
        units=(*viewport.units[own], *units),
        orders=(*viewport.orders[own], *units),
        texts=(viewport.texts[0], compared.texts.part(steps)),
        run_scales=(*viewport.scales[own], *map(layer_scales, layers)),
        compared_layers=len(layers),
        captions=captions or {},
    )


class _TracePart(NamedTuple):
    """A trace that reaches over some steps at least, and the step of the whole run at which it begins."""

    trace: Trace
    start: int = 0

    def local(self, steps: slice) -> tuple[int, int]:
        """Where steps of the whole run begin and end in the trace."""
        return steps.start - self.start, steps.stop - self.start


@runtime_checkable
class _Source(Protocol):
    """Where a viewport's numbers come from."""

    def orders(self) -> list[np.ndarray]:
        """Each layer's units as they are ordered where nobody asks for another order."""
        ...

    def part(self, steps: slice) -> _TracePart:
        """A trace of these steps."""
        ...

    def scales(self, part: _TracePart) -> list[Mapping[str, ValueScale]]:
        """Each layer's scales, as far as they can be known of the whole run."""
        ...

    def bins(self, units: Sequence[np.ndarray], max_bins: int) -> list[_Bins]:
        """Each layer's memory over the whole run, in so many bins at most."""
        ...


class _Bins(NamedTuple):
    """The smallest and largest value, (bins, batch, units), of one layer's memory in each bin; and the bins' edges."""

    low: np.ndarray
    high: np.ndarray
    edges: np.ndarray


class _InMemory:
    def __init__(self, trace: Trace) -> None:
        self.trace = trace

    def orders(self) -> list[np.ndarray]:
        return [np.arange(_width(layer)) for layer in self.trace.layers]

    def part(self, steps: slice) -> _TracePart:
        return _TracePart(self.trace)

    def scales(self, part: _TracePart) -> list[Mapping[str, ValueScale]]:
        return [layer_scales(layer) for layer in self.trace.layers]

    def bins(self, units: Sequence[np.ndarray], max_bins: int) -> list[_Bins]:
        return [_bins(layer, order, max_bins) for layer, order in zip(self.trace.layers, units, strict=True)]


class _Stored:
    """A store, of which only the steps that are shown are read.

    Scales of both memories and the overview are of the whole run, by its bins; other scales are those of the steps
    that were read first.
    """

    def __init__(self, run: StoredTrace) -> None:
        self.run = run

    def orders(self) -> list[np.ndarray]:
        return order_by_range(self.run)

    def part(self, steps: slice) -> _TracePart:
        return _TracePart(self.run.part(steps.start, steps.stop), steps.start)

    def scales(self, part: _TracePart) -> list[Mapping[str, ValueScale]]:
        return [self._scales(layer) for layer in part.trace.layers]

    def _scales(self, layer: LayerTrace) -> Mapping[str, ValueScale]:
        found = dict(layer_scales(layer))
        for array in ("cell_state", "hidden_state"):
            if array in self.run.shape.levels():
                low, mean, high, _ = self.run.zoom(layer.name, array, 0, self.run.steps)
                found[array] = ValueScale.of(np.concatenate([low, mean, high]), MIN_STATE_LIMIT)
        return found

    def bins(self, units: Sequence[np.ndarray], max_bins: int) -> list[_Bins]:
        zooms = [self.run.zoom(name, self.run.memory, 0, self.run.steps, max_bins) for name in self.run.names]
        return [
            _Bins(zoom.low[..., order], zoom.high[..., order], zoom.edges)
            for zoom, order in zip(zooms, units, strict=True)
        ]


def _source(view: RunView) -> _Source:
    return _Stored(view.run) if isinstance(view.run, StoredTrace) else _InMemory(view.run)


def _orders(view: RunView) -> Sequence[np.ndarray]:
    return view.orders or _source(view).orders()


def order_by_range(run: StoredTrace) -> list[np.ndarray]:
    """Each layer's units, those first whose memory ranges most widely over the whole run."""
    found = []
    for name in run.names:
        low, _, high, _ = run.zoom(name, run.memory, 0, run.steps)
        ranges = np.nanmax(high, axis=(0, 1)) - np.nanmin(low, axis=(0, 1))
        found.append(np.argsort(-ranges, kind="stable"))
    return found


def _own_texts(view: RunView, steps: slice) -> StepTexts[np.ndarray]:
    """The run's own texts, none of which is left out but for the answers."""
    labels = view.labels[steps]
    found = replace(view.texts.part(steps), labels=labels)
    return found if found.events is not None else replace(found, events=_marked_up(labels))


def _marked_up(labels: np.ndarray) -> np.ndarray:
    """Labels as texts for the picture, none of them empty."""
    return np.array([[escape_markup(label) or BLANK for label in row] for row in labels], dtype=object)


def _units_beside(compared: Sequence[ComparedRun], units: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The same units of each layer of the other runs, where it has as many."""
    return [_same_units(layer, units[k % len(units)]) for run in compared for k, layer in enumerate(run.layers)]


def _same_units(layer: LayerTrace, units: np.ndarray) -> np.ndarray:
    width = _width(layer)
    return units if units.max(initial=0) < width else np.arange(min(width, len(units)))


def _maps(
    part: _TracePart, steps: slice, units: Sequence[np.ndarray], feature_names: Sequence[str]
) -> tuple[Mapping[str, GateMap], ...]:
    """What stands in front of each own layer's gates."""
    features = [f"event {truncate(visible(name), MAX_NAME_LENGTH)}" for name in feature_names]
    first = level(part.trace.layers[0].name)
    return tuple(
        gate_maps(layer, slice(*part.local(steps)), units[k], features if level(layer.name) == first else ())
        for k, layer in enumerate(part.trace.layers)
    )


def _width(layer: LayerTrace) -> int:
    return layer.memory.shape[-1]


def _select_units(order: np.ndarray, unit: int, max_units: int) -> np.ndarray:
    """The first units in order, and one that is asked for."""
    first = order[:max_units]
    return first if unit in first or unit not in order else np.append(first[:-1], unit)


def _max_units(batch: int, layers: int) -> int:
    """How many units of each layer can travel while the fewest steps do."""
    return max(16, MAX_MESSAGE_BYTES // (MIN_STEPS * batch * layers * ARRAYS_PER_UNIT * BYTES_PER_NUMBER))


def step_range(time: int, around: int, numbers_a_step: int) -> slice:
    """Steps to hold: all of them, or as many as the budget lets, with `around` in the middle."""
    steps = min(time, max(MIN_STEPS, MAX_MESSAGE_BYTES // (numbers_a_step * ARRAYS_PER_UNIT * BYTES_PER_NUMBER)))
    start = min(max(0, around - steps // 2), time - steps)
    return slice(start, start + steps)


def _shown_features(event: np.ndarray) -> np.ndarray:
    """Every feature of a narrow input; of a wide one those that vary most, none of a one-hot code."""
    count = event.shape[-1]
    if count <= MAX_FEATURES:
        return np.arange(count)
    if np.isin(event[np.isfinite(event)], (0, 1)).all():
        return np.arange(0)
    return np.sort(np.argsort(-np.nanvar(event.reshape(-1, count), axis=0))[:MAX_FEATURES])


def _overview(
    view: RunView,
    source: _Source,
    units: Sequence[np.ndarray],
    compared: Sequence[LayerTrace],
    beside: Sequence[np.ndarray],
    previous: Viewport | None,
) -> Overview:
    """The whole run of the held units; a viewport that holds the same ones lends its own."""
    held = [*units, *beside]
    if previous and previous.overview and all(map(np.array_equal, previous.units, held)):
        return previous.overview
    max_bins = overview_bins(sum(map(len, held)) * view.shape[1])
    parts = [*source.bins(units, max_bins), *(_bins(*pair, max_bins) for pair in zip(compared, beside, strict=True))]
    column = view.extras.get(INPUT_COLUMN)
    return Overview(
        tuple(part.low for part in parts),
        tuple(part.high for part in parts),
        parts[0].edges,
        None if column is None else envelope(column.astype(np.float32), max_bins)[:2],
        _overview_ticks(view),
    )


def _overview_ticks(view: RunView) -> dict[int, str]:
    """Some steps over the whole run by their labels; none where these are numbers or letters, or not one for all."""
    time, _ = view.shape
    steps = [int(step) for step in np.linspace(0, time - 1, OVERVIEW_TICKS + 2).round()[1:-1]]
    ticks: dict[int, str] = {}
    for step in steps:
        labels = {str(label) for label in view.labels[step : step + 1][0]} - {""}
        if len(labels) > 1 or max(map(len, labels), default=0) <= SHORT_LABEL:
            return {}
        ticks |= dict.fromkeys([step], labels.pop())
    return {} if all(label.replace(",", "") == str(step + 1) for step, label in ticks.items()) else ticks


def _bins(layer: LayerTrace, units: np.ndarray, max_bins: int) -> _Bins:
    return _Bins(*envelope(layer.memory[..., units], max_bins))


def overview_bins(numbers: int) -> int:
    """Bins of an overview that has so many numbers in each."""
    return min(MAX_BINS, max(MIN_BINS, OVERVIEW_NUMBERS // numbers))
