"""Small charges on weights that make a network say with its gates what it could as well hide."""

from __future__ import annotations

import torch
from torch import Tensor

from lstm_viz.models.networks import Network


def recurrent_size(network: Network) -> Tensor:
    """Sum of |R|: what is remembered should stay in the cell, not go round through the hidden state."""
    return network.recurrent.get_parameter("weight_hh_l0").abs().sum()


def open_input_gate(network: Network, events: Tensor) -> Tensor:
    """Mean of the input gate at some events, (count, features), a hidden state of zero before them.

    Charged where nothing worth learning comes in, so that the gate opens only when something does.
    """
    own = dict(network.recurrent.named_parameters())
    hidden = network.head.in_features
    bias = own["bias_l0"] if "bias_l0" in own else own["bias_ih_l0"] + own["bias_hh_l0"]
    return torch.sigmoid(events @ own["weight_ih_l0"][:hidden].T + bias[:hidden]).mean()
