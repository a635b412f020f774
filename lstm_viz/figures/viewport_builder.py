"""Building a viewport of a trace or of a stored run: which steps and units it holds, and what they are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lstm_viz.analysis.contributions import GateMap, gate_maps
from lstm_viz.analysis.downsampling import MOST_BINS, envelope
from lstm_viz.analysis.slicing import slice_steps
from lstm_viz.figures.viewport import MOST_FEATURES, Limit, Overview, Viewport, layer_limits, level, run_limits
from lstm_viz.figures.words import BLANK, safe, short, visible
from lstm_viz.storage.zarr.read import StoredTrace
from lstm_viz.traces import LayerTrace, Trace

#: Gives (steps, batch) texts for a stretch of steps.
Texts = Callable[[slice], np.ndarray]
#: About how many bytes of recorded numbers one message to the player may have.
BUDGET = 500_000
#: Arrays that travel, at most, and the bytes of a number.
TRAVELLING, NUMBER = 7, 4
#: Steps that are held at least, so that playing on has room.
FEWEST_STEPS = 128
#: Numbers that each edge of the overview may have, over all bins, sequences and units.
OVERVIEW_NUMBERS, FEWEST_BINS = 40_000, 48
#: What a chart needs that shows the weights in front of the gates.
MAPS = "maps"
#: Signs of a feature's name in a list of sources; "E: " says that it is the event's.
MOST_NAME = 12
#: Units that have a row in the pictures.
ROWS = 16


def build_viewport(
    trace: Trace,
    labels: np.ndarray,
    *,
    events: Texts | None = None,
    feature_names: Sequence[str] = (),
    sequence_names: Sequence[str] = (),
    answers: Texts | None = None,
    orders: Sequence[np.ndarray] = (),
    around: int = 0,
    unit: int = 0,
    window: int = 32,
    held: slice | None = None,
    like: Viewport | None = None,
    beside: Sequence[LayerTrace] = (),
    answers_beside: Sequence[Texts | None] = (),
    labels_beside: Sequence[np.ndarray | None] = (),
    events_beside: Sequence[Texts | None] = (),
    captions: Mapping[str, Any] | None = None,
    extras: Mapping[str, np.ndarray] | None = None,
    needs: Sequence[str] = (),
) -> Viewport:
    """The reel that holds step `around` and unit `unit`, as much of the run as fits a small message,
    or the `held` steps of every unit in `orders`.

    `labels` are (time, batch) texts; `events` and `answers` give such texts for some of the
    steps, so that none are made that nobody sees. `orders[k]` ranks layer k's units, the first
    of which are shown; `window` is how many steps the strips show. A reel `like` it, of the
    same run, lends what holds for the whole run. `beside` are layers of other runs of the same
    sequences, `answers_beside` what is said in each of them, `labels_beside` and `events_beside` what steps
    and events are called there where it is something else, `captions` a page's own words, `extras` numbers
    of its own, (time, batch, any); `needs` names what a page's charts ask for
    beyond the usual: pre-activations, "maps".

    Raises ValueError where the labels are not one a step and sequence.
    """
    time, batch = trace.layers[0].hidden_state.shape[:2]
    if labels.shape != (time, batch):
        raise ValueError(f"There is one label a step and sequence, {(time, batch)}; these are {labels.shape}.")
    orders = orders or [np.arange(_width(layer)) for layer in trace.layers]
    most = _most_units(batch, len(trace.layers))
    units = list(orders) if held else [_held(order, unit, most) for order in orders]
    units += [_beside_units(layer, units[k % len(trace.layers)]) for k, layer in enumerate(beside)]
    found = stretch(time, around, sum(len(order) for order in units) * batch)
    start, stop = (held.start, held.stop) if held else found
    steps = slice(start, stop)
    layers = (*trace.layers, *beside)
    return Viewport(
        layers=tuple(slice_steps(layer, start, stop, order) for layer, order in zip(layers, units, strict=True)),
        units=tuple(units),
        orders=(*orders, *units[len(orders) :]),
        labels=labels[steps],
        events=_marked_up(labels[steps]) if events is None else events(steps),
        feature_names=feature_names or [f"feature {k + 1}" for k in range(trace.layers[0].event.shape[-1])],
        sequence_names=sequence_names or [f"sequence {k + 1}" for k in range(batch)],
        lengths=np.asarray(trace.lengths),
        total=time,
        start=start,
        rows=ROWS,
        window=min(window, time),
        features=_shown_features(trace.layers[0].event),
        answers=None if answers is None else answers(steps),
        limits=like.limits if like else run_limits(layers, len(trace.layers)),
        overview=_overview(layers, units, like) if time > window else None,
        beside=len(beside),
        answers_beside=tuple(None if texts is None else texts(steps) for texts in answers_beside),
        labels_beside=tuple(None if texts is None else texts[steps] for texts in labels_beside),
        events_beside=tuple(None if texts is None else texts(steps) for texts in events_beside),
        captions=captions or {},
        extras={name: values[steps].astype(np.float32) for name, values in (extras or {}).items()},
        needs=tuple(need for need in needs if need != MAPS),
        maps=_maps(trace, steps, units, feature_names) if MAPS in needs else (),
    )


def set_beside(
    viewport: Viewport, layer: LayerTrace, answers: np.ndarray | None = None, captions: Mapping[str, Any] | None = None
) -> Viewport:
    """The reel with a layer of another run of the same sequences beside its own, and what is said there.

    The layer need reach no further than the reel; `answers` are those of the reel's steps.
    """
    own, units = slice(0, viewport.own), _beside_units(layer, viewport.units[0])
    part = slice_steps(layer, viewport.start, viewport.start + len(viewport.labels), units)
    return replace(
        viewport,
        layers=(*viewport.layers[own], part),
        units=(*viewport.units[own], units),
        orders=(*viewport.orders[own], units),
        limits=(*viewport.scales[own], layer_limits(part)),
        beside=1,
        answers_beside=(answers,),
        captions=captions or {},
    )


def _beside_units(layer: LayerTrace, units: np.ndarray) -> np.ndarray:
    """The same units of another run, where it has as many."""
    width = _width(layer)
    return units if units.max(initial=0) < width else np.arange(min(width, len(units)))


def _maps(
    trace: Trace, steps: slice, units: Sequence[np.ndarray], feature_names: Sequence[str]
) -> tuple[Mapping[str, GateMap], ...]:
    """What stands in front of each own layer's gates."""
    features = [f"E: {short(visible(name), MOST_NAME)}" for name in feature_names]
    first = level(trace.layers[0].name)
    return tuple(
        gate_maps(layer, steps, units[k], features if level(layer.name) == first else ())
        for k, layer in enumerate(trace.layers)
    )


def _marked_up(labels: np.ndarray) -> np.ndarray:
    """Labels as texts for the picture, none of them empty."""
    return np.array([[safe(label) or BLANK for label in row] for row in labels], dtype=object)


def _width(layer: LayerTrace) -> int:
    return layer.memory.shape[-1]


def _held(order: np.ndarray, unit: int, most: int) -> np.ndarray:
    """The first units in order, and one that is asked for."""
    first = order[:most]
    return first if unit in first or unit not in order else np.append(first[:-1], unit)


def _most_units(batch: int, layers: int) -> int:
    """How many units of each layer can travel while the fewest steps do."""
    return max(16, BUDGET // (FEWEST_STEPS * batch * layers * TRAVELLING * NUMBER))


def stretch(time: int, around: int, numbers_a_step: int) -> tuple[int, int]:
    """Steps to hold: all of them, or as many as the budget lets, with `around` in the middle."""
    steps = min(time, max(FEWEST_STEPS, BUDGET // (numbers_a_step * TRAVELLING * NUMBER)))
    start = min(max(0, around - steps // 2), time - steps)
    return start, start + steps


def _shown_features(event: np.ndarray) -> np.ndarray:
    """Every feature of a narrow input; of a wide one those that vary most, none of a one-hot code."""
    count = event.shape[-1]
    if count <= MOST_FEATURES:
        return np.arange(count)
    if np.isin(event[np.isfinite(event)], (0, 1)).all():
        return np.arange(0)
    return np.sort(np.argsort(-np.nanvar(event.reshape(-1, count), axis=0))[:MOST_FEATURES])


def _overview(layers: Sequence[LayerTrace], units: Sequence[np.ndarray], like: Viewport | None) -> Overview:
    """The whole run of the held units; a reel that holds the same ones lends its own."""
    if like and like.overview and all(map(np.array_equal, like.units, units)):
        return like.overview
    numbers = sum(len(order) for order in units) * layers[0].hidden_state.shape[1]
    bins = overview_bins(numbers)
    parts = [envelope(layer.memory[..., order], bins) for layer, order in zip(layers, units, strict=True)]
    return Overview(tuple(low for low, _, _ in parts), tuple(high for _, high, _ in parts), parts[0][2])


def overview_bins(numbers: int) -> int:
    """Bins of an overview that has so many numbers in each."""
    return min(MOST_BINS, max(FEWEST_BINS, OVERVIEW_NUMBERS // numbers))


class StepNumbers:
    """Labels of a long run, made when they are asked for: each step's number from 1."""

    def __init__(self, steps: int, sequences: int) -> None:
        self.shape = steps, sequences

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, steps: Any) -> np.ndarray:
        numbers = [f"{step + 1:,}" for step in range(*steps.indices(len(self)))]
        return np.repeat(np.array(numbers, dtype=object)[:, None], self.shape[1], axis=1)


def build_stored_viewport(
    run: StoredTrace,
    labels: StepNumbers,
    *,
    around: int = 0,
    orders: Sequence[np.ndarray] = (),
    events: Texts | None = None,
    answers: Texts | None = None,
    window: int = 32,
    like: Viewport | None = None,
    **more: Any,
) -> Viewport:
    """The reel of a stored run, as `build_viewport` makes it of one in memory; only the stretch round a step is read.

    Scales of both memories and the overview are of the whole run, by its bins; other scales are those of the
    stretch that was read first.
    """
    orders = orders or ranked(run)
    start, stop = stretch(run.steps, around, sum(map(len, orders)) * run.shape.sequences)
    part = run.part(start, stop)
    texts: dict[str, Any] = {"events": _moved(events, start), "answers": _moved(answers, start)}
    viewport = build_viewport(
        part, labels[start:stop], around=around - start, orders=orders, window=window, **texts, **more
    )
    return replace(
        viewport,
        start=start + viewport.start,
        total=run.steps,
        lengths=run.lengths,
        limits=like.limits if like else tuple(_limits(run, layer) for layer in part.layers),
        overview=_stored_overview(run, viewport.units, like) if run.steps > window else None,
    )


def ranked(run: StoredTrace) -> list[np.ndarray]:
    """Each layer's units, those first whose memory ranges most widely over the whole run."""
    found = []
    for name in run.names:
        low, _, high, _ = run.zoom(name, run.memory, 0, run.steps)
        ranges = np.nanmax(high, axis=(0, 1)) - np.nanmin(low, axis=(0, 1))
        found.append(np.argsort(-ranges, kind="stable"))
    return found


def _moved(texts: Texts | None, start: int) -> Texts | None:
    """Texts of a run as those of a stretch that begins at a step."""
    return None if texts is None else lambda steps: texts(slice(start + steps.start, start + steps.stop))


def _limits(run: StoredTrace, layer: LayerTrace) -> Mapping[str, Limit]:
    """The scales of a layer: of its states over the whole run, of the rest in the stretch at hand."""
    found = dict(layer_limits(layer))
    for array in ("cell_state", "hidden_state"):
        if array in run.shape.levels():
            low, mean, high, _ = run.zoom(layer.name, array, 0, run.steps)
            found[array] = Limit.of(np.concatenate([low, mean, high]))
    return found


def _stored_overview(run: StoredTrace, units: Sequence[np.ndarray], like: Viewport | None) -> Overview:
    """The whole run of the held units; a reel that holds the same ones lends its own."""
    if like and like.overview and all(map(np.array_equal, like.units, units)):
        return like.overview
    bins = overview_bins(sum(map(len, units)) * run.shape.sequences)
    zooms = [run.zoom(name, run.memory, 0, run.steps, bins) for name in run.names]
    low, high = (
        tuple(getattr(zoom, edge)[..., order] for zoom, order in zip(zooms, units, strict=True))
        for edge in ("low", "high")
    )
    return Overview(low, high, zooms[0].edges)
