"""Train the model that adds two marked values: `python -m scripts.train_adding`. Half a minute on one core.

Charged a little for recurrent weights, and for an input gate that is open where nothing is marked.
"""

from __future__ import annotations

import time

import torch

from lstm_viz.bundled.evaluation import adding_held_out, adding_score
from lstm_viz.fitting.answers import AnswerFormat
from lstm_viz.fitting.network import Network
from lstm_viz.fitting.training import Examples, mean_input_gate, recurrent_l1, train_on_batches
from lstm_viz.sequences.tasks import ADDING_FEATURES, adding
from scripts.save_model import save_model

SEED, HIDDEN, UPDATES = 0, 8, 6000


def sample_batch(step: int) -> Examples:
    """64 sequences of 24 steps. The sum so far is wanted at every step, not only at the end."""
    task = adding(64, 24, seed=1000 + step)
    everywhere = torch.ones(task.target_mask.shape, dtype=torch.bool)
    return Examples(torch.from_numpy(task.inputs), torch.from_numpy(task.targets[..., None]), everywhere)


def penalty(network: Network) -> torch.Tensor:
    """Regularisation: recurrent weights, and an input gate that opens at unmarked values."""
    unmarked = torch.tensor([[value / 4, 0.0] for value in range(5)])
    return 0.003 * recurrent_l1(network) + 0.1 * mean_input_gate(network, unmarked)


def train() -> None:
    network = Network("standard", len(ADDING_FEATURES), HIDDEN, 1, SEED)
    started = time.perf_counter()
    train_on_batches(network, sample_batch, UPDATES, penalty=penalty)
    seconds = time.perf_counter() - started
    network.eval().requires_grad_(False)
    score = adding_score(network.recurrent, network.head, adding_held_out())
    card = save_model(
        network,
        score,
        key="adding",
        title="Adding problem",
        description="This LSTM adds the two values that are marked with “+”, and passes over the rest.",
        task="adding",
        variant="standard",
        hidden=HIDDEN,
        features=ADDING_FEATURES,
        example="adding",
        trained=f"scripts/train_adding.py, seed {SEED}, {UPDATES} updates on made-up sequences, {seconds:.0f} s on one "
        "core; a small penalty on recurrent weights and on input gates that are open where nothing is marked",
        answer_format=AnswerFormat("answer: {0:.2f}", scale=(1.0,), offset=(0.0,)),
    )
    print(card.key, score.value, f"{seconds:.1f} s", *card.findings, sep="\n  ")


if __name__ == "__main__":
    torch.set_num_threads(1)
    train()
