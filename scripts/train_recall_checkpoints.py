"""Store checkpoints of the bundled delayed-recall training: `python -m scripts.train_recall_checkpoints`.

The very training of `scripts.train_recall`, with its seed, batches and penalties, once with the forget bias of +1 that
`Network` begins with and once without it. About three minutes on one core for the seeds that are compared.
"""

from __future__ import annotations

import sys

import numpy as np
import torch
from torch import nn

import lstm_viz
from lstm_viz.bundled.evaluation import recall_held_out, recall_score
from lstm_viz.bundled.recall_checkpoints import UPDATES, save_checkpoints
from lstm_viz.fitting.network import Network
from lstm_viz.fitting.training import Examples, train_on_batches
from lstm_viz.sequences.tasks import LETTERS, RECALL_SYMBOLS, TaskBatch
from scripts.train_recall import SEEDS, penalty, sample_batch

HIDDEN = 8
FORGET_BIASES = (0, 1)
#: The bundled model's seed, which is stored, then those that its results are compared with.
COMPARED_SEEDS = (SEEDS["standard"], 0, 2, 3)

Weights = dict[str, torch.Tensor]


def train(forget_bias: int, seed: int) -> list[Weights]:
    """The weights after each number of `UPDATES`."""
    network = Network("standard", len(RECALL_SYMBOLS), HIDDEN, len(LETTERS), seed, forget_bias)
    stored: list[Weights] = []

    def draw(step: int) -> Examples:
        if step in UPDATES:
            stored.append(_copied(network))
        return sample_batch(step)

    train_on_batches(network, draw, UPDATES[-1], penalty=penalty)
    return [*stored, _copied(network)]


def _copied(network: Network) -> Weights:
    return {name: part.detach().clone() for name, part in network.state_dict().items()}


def results(weights: list[Weights]) -> dict[str, list[float]]:
    """Of each checkpoint, the share of held-out questions that it answers right, and the means of its gates."""
    held_out, found = recall_held_out(), []
    for part in weights:
        network = Network("standard", len(RECALL_SYMBOLS), HIDDEN, len(LETTERS))
        network.load_state_dict(part)
        network.eval().requires_grad_(False)
        score = recall_score(network.recurrent, network.head, held_out).value
        found.append({"right": score} | gate_means(network.recurrent, held_out))
    return {name: [round(each[name], 4) for each in found] for name in found[0]}


def gate_means(module: nn.Module, task: TaskBatch) -> dict[str, float]:
    """Means of the forget and input gates over all units: at letters, and at what comes between letter and question."""
    layer = lstm_viz.trace(module, task.inputs, check=False).layers[0]
    letters, waits = np.isin(task.labels, LETTERS), ~np.isin(task.labels, (*LETTERS, "?"))
    gates = {"f": layer.forget_gate, "i": layer.input_gate}
    places = {"letters": letters, "waits": waits}
    return {
        f"{name} at {where}": float(np.asarray(gate)[chosen].mean())
        for name, gate in gates.items()
        for where, chosen in places.items()
    }


def main(seeds: tuple[int, ...]) -> None:
    table, stored = {}, {}
    for seed in seeds:
        for forget_bias in FORGET_BIASES:
            weights = train(forget_bias, seed)
            table[f"seed {seed}, forget bias {forget_bias:+d}"] = found = results(weights)
            print(seed, forget_bias, found, flush=True)
            if seed == SEEDS["standard"]:
                stored[forget_bias] = weights
    trained = (
        f"scripts/train_recall_checkpoints.py: as scripts/train_recall.py, seed {SEEDS['standard']}, "
        f"{UPDATES[-1]:,} updates on the same batches, with a forget bias of 0 and of +1"
    )
    save_checkpoints({bias: _stacked(parts) for bias, parts in stored.items()}, trained, table)


def _stacked(weights: list[Weights]) -> dict[str, np.ndarray]:
    return {name: torch.stack([part[name] for part in weights]).numpy() for name in weights[0]}


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(tuple(map(int, sys.argv[1:])) or COMPARED_SEEDS)
