"""Train RNNs and LSTMs on one task with long waits: `python -m scripts.train_delays`. Ten minutes on one core.

A letter comes, then 1 to 100 blanks and distractors, then the question, and only the answer to the question
counts: whatever tells a network to keep the letter has to come back over the whole wait. Every network has
8 units and learns from the same 3,000 batches; the RNNs are given three learning rates to choose from.
"""

from __future__ import annotations

import json

import numpy as np
import torch
from safetensors.torch import save

from lstm_viz.bundled.cards import DATA_FOLDER
from lstm_viz.bundled.delays import DELAYS, accuracy, delay_examples
from lstm_viz.fitting.network import Network
from lstm_viz.fitting.training import train_on_batches
from lstm_viz.sequences.tasks import LETTERS, RECALL_SYMBOLS

HIDDEN, UPDATES, BATCH, SEEDS, LONGEST = 8, 3000, 64, 5, 100
RATES = {"standard": (0.01,), "rnn": (0.01, 0.003, 0.001)}
NAMES = {"standard": "lstm", "rnn": "rnn"}
TRAINING = (
    f"{HIDDEN} units, {UPDATES:,} batches of {BATCH} sequences with waits of 1 to {LONGEST} steps, {SEEDS} seeds each; "
    "only the answer to the question is scored. LSTMs learn at a rate of 0.01, RNNs at whichever of "
    "0.01, 0.003 and 0.001 did best for that seed."
)


def trained(cell: str, seed: int, rate: float) -> Network:
    """A trained network."""
    network = Network(cell, len(RECALL_SYMBOLS), HIDDEN, len(LETTERS), seed)
    waits = np.random.default_rng(1).integers(1, LONGEST + 1, size=UPDATES)
    train_on_batches(network, lambda step: delay_examples(int(waits[step]), BATCH, 1000 + step), UPDATES, rate=rate)
    return network.eval().requires_grad_(False)


def best(cell: str, seed: int) -> tuple[Network, list[float]]:
    """The best of the learning rates by mean accuracy over all delays, and its accuracy at each."""
    candidates = []
    for rate in RATES[cell]:
        network = trained(cell, seed, rate)
        scores = [accuracy(network, delay) for delay in DELAYS]
        print(cell, seed, rate, f"{np.mean(scores):.3f}", flush=True)
        candidates.append((network, scores))
    return max(candidates, key=lambda pair: np.mean(pair[1]))


def main() -> None:
    study: dict[str, object] = {"delays": DELAYS, "training": TRAINING}
    for cell, name in NAMES.items():
        runs = [best(cell, seed) for seed in range(SEEDS)]
        means = [float(np.mean(scores)) for _, scores in runs]
        median = int(np.argsort(means)[len(means) // 2])
        weights = {key: part.contiguous() for key, part in runs[median][0].state_dict().items()}
        (DATA_FOLDER / f"delays-{name}.safetensors").write_bytes(save(weights, metadata={"trained": TRAINING}))
        study[name] = [[round(score, 4) for score in scores] for _, scores in runs]
        study[f"{name} shown"] = median
    (DATA_FOLDER / "delays.json").write_text(json.dumps(study, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
