"""Weights laid out as tiles, kept for the next run of the same module."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

import numpy as np

from lstm_viz.cells.tiles import by_gate, tiled

#: Bytes of tiles that are kept at most.
MOST_KEPT = 2**26


class Packed:
    """Tiles by the weights they were made of, number by number.

    Neither where a tensor lies nor how often torch counts it as changed tells its numbers: memory is used
    again, and what is written through `.data` or NumPy is not counted.

    >>> packed, weight = Packed(), np.ones((4, 3))
    >>> first = packed.tiles(weight)
    >>> packed.tiles(weight.copy()) is first
    True
    >>> weight[3, 2] = 5
    >>> packed.tiles(weight) is first, float(packed.tiles(weight).max())
    (False, 5.0)
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: OrderedDict[tuple[object, ...], tuple[np.ndarray, np.ndarray]] = OrderedDict()

    def tiles(self, weight: np.ndarray, gates: int = 1) -> np.ndarray:
        """`tiled` of the weight of so many stacked gates, made anew where these very numbers are not known."""
        key = (gates, weight.shape, weight.dtype, weight[0].tobytes())
        with self._lock:
            found = self._known.pop(key, None)
        if found is None or not np.array_equal(found[0], weight):
            found = weight.copy(), tiled(by_gate(weight, gates))
        with self._lock:
            self._known[key] = found
            while len(self._known) > 1 and sum(tiles.nbytes for _, tiles in self._known.values()) > MOST_KEPT:
                self._known.popitem(last=False)
        return found[1]


packed = Packed()
