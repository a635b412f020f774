"""A cache of the weights of recent runs: read-only copies, and what is worked out and packed from them."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import torch
from torch import Tensor

#: Bytes of cached weights at most; their packed copies take as many again.
MAX_BYTES = 2**26


@dataclass(frozen=True, eq=False)
class CachedWeights:
    """Copies of one module's weights by name, and what was read and packed from them."""

    weights: dict[str, Tensor]
    layers: dict[str, Any] = field(default_factory=dict)
    #: The module's `ModuleSpec`, by whether it reads the batch first and by its activations.
    specs: dict[Any, Any] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """Bytes of the weights alone."""
        return sum(weight.nbytes for weight in self.weights.values())


class WeightCache:
    """Copies of weights by address, valid while the numbers at that address are the same.

    Neither where a tensor lies nor how often torch counts it as changed tells its numbers: memory is used
    again, and what is written through `.data` or NumPy is not counted. So each number is compared, which takes
    less time than copying it.

    >>> cache, weight = WeightCache(), torch.ones(4, 3)
    >>> first = cache.add("map", {"weight": weight})
    >>> cache.find("map", {"weight": weight}) is first, cache.find("another", {"weight": weight})
    (True, None)
    >>> weight[3, 2] = 5
    >>> cache.find("map", {"weight": weight}), float(first.weights["weight"].max())
    (None, 1.0)
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes, self._lock = max_bytes, Lock()
        self._entries: OrderedDict[tuple[object, ...], CachedWeights] = OrderedDict()

    def find(self, kind: str, weights: Mapping[str, Tensor]) -> CachedWeights | None:
        """The cached copies of these weights; None where there are none, or the weights have changed since."""
        cached = self._entries.get(_cache_key(kind, weights))
        same = cached is not None and all(torch.equal(cached.weights[name], weight) for name, weight in weights.items())
        return cached if same else None

    def add(self, kind: str, weights: Mapping[str, Tensor]) -> CachedWeights:
        """Copy these weights; the copies are cached for the next run if they are on the CPU."""
        key = _cache_key(kind, weights)
        cached = CachedWeights(
            {name: weight.clone(memory_format=torch.contiguous_format) for name, weight in weights.items()}
        )
        if all(weight.is_cpu for weight in weights.values()):
            with self._lock:
                self._entries.pop(key, None)
                self._entries[key] = cached
                while (
                    len(self._entries) > 1 and sum(entry.nbytes for entry in self._entries.values()) > self._max_bytes
                ):
                    self._entries.popitem(last=False)
        return cached


weight_cache = WeightCache()


def _cache_key(kind: str, weights: Mapping[str, Tensor]) -> tuple[object, ...]:
    return (kind, *((name, weight.data_ptr(), weight.dtype, weight.device) for name, weight in weights.items()))


def is_finite(values: Tensor) -> bool:
    """Whether no number is NaN or infinite. One that is makes the sum so too; a sum may also just be too large.

    >>> is_finite(torch.tensor([1.0, float("nan")])), is_finite(torch.full((2,), 3e38))
    (False, True)
    """
    return math.isfinite(float(values.sum())) or all(math.isfinite(float(end)) for end in torch.aminmax(values))
