"""Weights of recent runs: copies that nobody writes to, and the same numbers laid out as tiles."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
import torch
from torch import Tensor

from lstm_viz.cells.tiles import by_gate, tiled

#: Bytes of copies and tiles that are kept at most.
MOST_KEPT = 2**27


@dataclass(frozen=True, eq=False)
class Known:
    """One weight: our copy, and tiles of it."""

    copy: Tensor
    tiles: dict[tuple[int, int, int], np.ndarray] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """Bytes of both."""
        return self.copy.nbytes + sum(tiles.nbytes for tiles in list(self.tiles.values()))


class Packed:
    """Copies by where the weights lie, taken anew where the numbers there are others.

    Neither where a tensor lies nor how often torch counts it as changed tells its numbers: memory is used
    again, and what is written through `.data` or NumPy is not counted. So each number is compared, which takes
    less time than copying it.

    >>> packed, weight = Packed(), torch.ones(4, 3)
    >>> first = packed.copy(weight)
    >>> packed.copy(weight) is first, packed.holds(first), packed.holds(weight)
    (True, True, False)
    >>> weight[3, 2] = 5
    >>> packed.copy(weight) is first, float(packed.copy(weight).max())
    (False, 5.0)
    """

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most, self._lock = most, Lock()
        self._places: OrderedDict[tuple[object, ...], Known] = OrderedDict()

    def copy(self, weight: Tensor) -> Tensor:
        """The same numbers in memory that stays as it is; kept for the next run if they are finite."""
        place = (weight.data_ptr(), weight.shape, weight.stride(), weight.dtype)
        known = self._places.get(place)
        if known is not None and torch.equal(known.copy, weight):
            return known.copy
        known = Known(weight.clone(memory_format=torch.contiguous_format))
        if is_finite(known.copy):
            self._keep(place, known)
        return known.copy

    def _keep(self, place: tuple[object, ...], known: Known) -> None:
        with self._lock:
            self._places.pop(place, None)
            self._places[place] = known
            while len(self._places) > 1 and sum(kept.nbytes for kept in self._places.values()) > self._most:
                self._places.popitem(last=False)

    def holds(self, copy: Tensor) -> bool:
        """Whether this is one of the copies."""
        return self._known(copy) is not None

    def tiles(self, weight: Tensor, gates: int, first: int, units: int) -> np.ndarray:
        """`tiled` of some units of so many stacked gates, once for each copy."""
        known, which = self._known(weight) or Known(weight), (gates, first, units)
        if which not in known.tiles:
            known.tiles[which] = tiled(by_gate(weight.numpy(), gates, slice(first, first + units)))
        return known.tiles[which]

    def _known(self, copy: Tensor) -> Known | None:
        return next((known for known in list(self._places.values()) if known.copy is copy), None)


packed = Packed()


def is_finite(values: Tensor) -> bool:
    """Whether no number is NaN or infinite, in one pass.

    >>> is_finite(torch.tensor([1.0, float("nan")]))
    False
    """
    return all(math.isfinite(float(end)) for end in torch.aminmax(values))
