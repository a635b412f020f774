"""Runs that carry on from each other, as one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lstm_viz.analysis.beginnings import RECORDED
from lstm_viz.traces import LayerTrace, Trace
from lstm_viz.traces.preactivations import with_preactivations


def joined(parts: Sequence[Trace]) -> Trace:
    """The run whose stretches these are: each began from the state in which the one before ended.

    All are of one module and as many sequences, every one of which goes on to the last stretch.
    Raises ValueError where a layer reads from the end, since its first stretch would need the last.

    >>> import lstm_viz, torch
    >>> module, x = torch.nn.LSTM(2, 3), torch.randn(7, 1, 2)
    >>> first = lstm_viz.trace(module, x[:4])
    >>> rest = lstm_viz.trace(module, x[4:], first.final_state)
    >>> whole = joined([first, rest])
    >>> bool(np.allclose(whole.output, lstm_viz.trace(module, x).output, atol=1e-6))
    True
    """
    first, last = parts[0], parts[-1]
    if first.directions > 1:
        raise ValueError("A layer of this run reads from the end, so that its stretches can't be joined in order.")
    differences = [part.difference for part in parts if part.difference is not None]
    return replace(
        first,
        layers=tuple(_joined(layers) for layers in zip(*(part.layers for part in parts), strict=True)),
        output=_after([part.output for part in parts]),
        final_state=last.final_state,
        lengths=np.sum([part.lengths for part in parts], axis=0),
        difference=max(differences) if len(differences) == len(parts) else None,
    )


def _joined(layers: tuple[LayerTrace, ...]) -> LayerTrace:
    whole: dict[str, Any] = {name: [getattr(layer, name) for layer in layers] for name in RECORDED}
    arrays: dict[str, Any] = {name: _after(found) for name, found in whole.items() if found[0] is not None}
    lengths = np.sum([layer.lengths for layer in layers], axis=0)
    return with_preactivations(replace(layers[0], lengths=lengths, **arrays))


def _after(stretches: list[np.ndarray]) -> np.ndarray:
    found = np.concatenate(stretches)
    found.flags.writeable = False
    return found
