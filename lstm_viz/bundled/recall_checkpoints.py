"""Checkpoints of the delayed-recall training: the weights after some numbers of updates, with two forget biases.

`scripts/train_recall_checkpoints.py` made them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from lstm_viz.bundled.cards import DATA_FOLDER
from lstm_viz.sequences.tasks import LETTERS, RECALL_SYMBOLS

if TYPE_CHECKING:
    from lstm_viz.fitting.network import Network

#: After so many updates the weights are stored.
UPDATES = (0, 30, 100, 300, 1000, 3000)
FILE = DATA_FOLDER / "recall-checkpoints.safetensors"


@dataclass(frozen=True, eq=False)
class RecallCheckpoints:
    """The stored checkpoints of both trainings, and how they were trained.

    `weights[forget_bias]` has each parameter of every checkpoint, (checkpoints, ...); `results` has what was measured
    of each seed that was trained, not of the stored one alone.
    """

    updates: tuple[int, ...]
    weights: Mapping[int, Mapping[str, np.ndarray]]
    trained: str
    results: Mapping[str, Mapping[str, list[float]]]

    def network(self, forget_bias: int, checkpoint: int) -> Network:
        """The network of one checkpoint, in eval mode.

        >>> recall_checkpoints().network(forget_bias=1, checkpoint=0).recurrent
        LSTM(7, 8)
        """
        import torch

        from lstm_viz.fitting.network import Network

        weights = {name: torch.from_numpy(part[checkpoint].copy()) for name, part in self.weights[forget_bias].items()}
        network = Network("standard", len(RECALL_SYMBOLS), weights["head.weight"].shape[1], len(LETTERS))
        network.load_state_dict(weights)
        return network.eval().requires_grad_(False)


@cache
def recall_checkpoints() -> RecallCheckpoints:
    """The stored checkpoints, read without torch.

    >>> found = recall_checkpoints()
    >>> found.updates, sorted(found.weights)
    ((0, 30, 100, 300, 1000, 3000), [0, 1])
    """
    from safetensors import safe_open

    with safe_open(FILE, framework="numpy") as stored:
        metadata = stored.metadata()
        weights: dict[int, dict[str, np.ndarray]] = {}
        names: list[str] = stored.keys()
        for key in names:
            bias, _, name = key.partition("/")
            weights.setdefault(int(bias), {})[name] = stored.get_tensor(key)
    return RecallCheckpoints(
        tuple(json.loads(metadata["updates"])), weights, metadata["trained"], json.loads(metadata["results"])
    )


def save_checkpoints(weights: Mapping[int, Mapping[str, np.ndarray]], trained: str, results: Mapping[str, Any]) -> None:
    """Write the stacked weights of each forget bias, and what is told of them."""
    from safetensors.numpy import save

    parts = {f"{bias:+d}/{name}": part for bias, stacked in weights.items() for name, part in stacked.items()}
    metadata = {
        "updates": json.dumps(UPDATES),
        "trained": trained,
        "results": json.dumps(results, separators=(",", ":")),
    }
    FILE.write_bytes(save(parts, metadata=metadata))
