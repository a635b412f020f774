"""From a stored run to the reel of one view: the stretch round a step, and what holds for the whole run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lstm_viz.figures.reeling import Texts, overview_bins, reel_of, stretch
from lstm_viz.figures.reels import Limit, Overview, Reel, layer_limits
from lstm_viz.storage.zarr.read import StoredTrace
from lstm_viz.traces import LayerTrace


class StepNumbers:
    """Labels of a long run, made when they are asked for: each step's number from 1."""

    def __init__(self, steps: int, sequences: int) -> None:
        self.shape = steps, sequences

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, steps: Any) -> np.ndarray:
        numbers = [f"{step + 1:,}" for step in range(*steps.indices(len(self)))]
        return np.repeat(np.array(numbers, dtype=object)[:, None], self.shape[1], axis=1)


def stored_reel(
    run: StoredTrace,
    labels: StepNumbers,
    *,
    around: int = 0,
    orders: Sequence[np.ndarray] = (),
    events: Texts | None = None,
    answers: Texts | None = None,
    window: int = 32,
    like: Reel | None = None,
    **more: Any,
) -> Reel:
    """The reel of a stored run, as `reel_of` makes it of one in memory; only the stretch round a step is read.

    Scales of both memories and the overview are of the whole run, by its bins; other scales are those of the
    stretch that was read first.
    """
    orders = orders or ranked(run)
    start, stop = stretch(run.steps, around, sum(map(len, orders)) * run.shape.sequences)
    part = run.part(start, stop)
    texts: dict[str, Any] = {"events": _moved(events, start), "answers": _moved(answers, start)}
    reel = reel_of(part, labels[start:stop], around=around - start, orders=orders, window=window, **texts, **more)
    return replace(
        reel,
        start=start + reel.start,
        total=run.steps,
        lengths=run.lengths,
        limits=like.limits if like else tuple(_limits(run, layer) for layer in part.layers),
        overview=_overview(run, reel.units, like) if run.steps > window else None,
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


def _overview(run: StoredTrace, units: Sequence[np.ndarray], like: Reel | None) -> Overview:
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
