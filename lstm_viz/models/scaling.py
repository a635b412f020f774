"""A network trained in standard units, made to read and answer in the batch's own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float

from lstm_viz.models.networks import Network

#: A spread below this share of the largest value is rounding, not change.
ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Standard:
    """Each feature's mean, and its standard deviation: infinite where it never changes, so that it counts for nothing.

    >>> units = standard_of(np.array([[1.0, 7.0], [3.0, 7.0]]))
    >>> units.deviation.tolist(), units.of(np.array([5.0, 9.0])).tolist()
    ([1.0, inf], [3.0, 0.0])
    """

    mean: Float[np.ndarray, " features"]
    deviation: Float[np.ndarray, " features"]

    @property
    def constant(self) -> Bool[np.ndarray, " features"]:
        """Which features never change."""
        return np.isinf(self.deviation)

    def of(self, values: Float[np.ndarray, "*steps features"]) -> Float[np.ndarray, "*steps features"]:
        """Values in standard units."""
        return (values - self.mean) / self.deviation


def standard_of(values: Float[np.ndarray, "steps features"]) -> Standard:
    """The standard units of some steps. Largest values of 1e150 and more are too large to be squared."""
    deviation = values.std(axis=0)
    return Standard(
        values.mean(axis=0), np.where(deviation <= ROUNDING * np.abs(values).max(axis=0), np.inf, deviation)
    )


def take_in_units(network: Network, reads: Standard, says: Standard) -> None:
    """Fold the units of what is read into the input weights, and those of what is said into the head.

    The network then gives for x what it gave for the standardised x, in the units of what it says.
    """
    centre, spread = (torch.from_numpy(numbers) for numbers in (reads.mean, reads.deviation))
    own = dict(network.recurrent.named_parameters())
    weight, bias = own["weight_ih_l0"], own["bias_l0" if "bias_l0" in own else "bias_ih_l0"]
    head, size = network.head, torch.from_numpy(np.where(says.constant, 0.0, says.deviation))
    with torch.no_grad():
        scaled = weight.double() / spread
        bias.copy_(bias.double() - scaled @ centre)
        weight.copy_(scaled)
        head.weight.copy_(head.weight.double() * size[:, None])
        head.bias.copy_(head.bias.double() * size + torch.from_numpy(says.mean))
