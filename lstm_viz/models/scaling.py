"""A network trained in standard units, made to read and answer in the batch's own."""

from __future__ import annotations

import numpy as np
import torch

from lstm_viz.models.networks import Network


def take_in_units(network: Network, mean: np.ndarray, deviation: np.ndarray) -> None:
    """Fold (x - mean) / deviation into the input weights, and its inverse into the head.

    The network then gives for x what it gave for the standardised x, times deviation plus mean.
    """
    centre, spread = (torch.from_numpy(np.asarray(numbers, dtype=np.float64)) for numbers in (mean, deviation))
    own = dict(network.recurrent.named_parameters())
    weight, bias = own["weight_ih_l0"], own["bias_l0" if "bias_l0" in own else "bias_ih_l0"]
    head = network.head
    with torch.no_grad():
        scaled = weight.double() / spread
        bias.copy_(bias.double() - scaled @ centre)
        weight.copy_(scaled)
        head.weight.copy_(head.weight.double() * spread[:, None])
        head.bias.copy_(head.bias.double() * spread + centre)
