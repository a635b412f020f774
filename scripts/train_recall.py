"""Train the three delayed-recall models: `python -m scripts.train_recall`. About two minutes on one core.

The cells pay a small penalty for recurrent weights and for an input gate that opens at anything but
a letter. Without it they recall as well, but hold a letter by going round through their
hidden state, with forget factors near 0.6, which shows less of what the gates are for.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import torch

from lstm_viz.bundled.evaluation import recall_held_out, recall_score
from lstm_viz.fitting.answers import AnswerFormat
from lstm_viz.fitting.network import Network
from lstm_viz.fitting.training import Examples, mean_input_gate, recurrent_l1, train_on_batches
from lstm_viz.sequences.tasks import LETTERS, RECALL_SYMBOLS, recall
from scripts.save_model import save_model

TITLES = {
    "standard": ("recall", "Delayed recall"),
    "course": ("recall-course", "Delayed recall, the course's cell"),
    "rnn": ("recall-rnn", "Delayed recall, a plain RNN"),
}
TASK = "This LSTM reads signs one by one. It must remember the last capital letter until “?” asks for it."
DESCRIPTIONS = {
    "standard": TASK,
    "course": f"{TASK} Its use gate reads what was kept: what it learns of a letter is seen one step later.",
    "rnn": "This plain RNN has the same task, but no gates and no long-term memory. It hands a letter on from step to "
    "step in its short-term memory.",
}
UPDATES = {"standard": 3000, "course": 3000, "rnn": 3000}
#: Of the seeds tried, the first whose gates are easy to read; 0 where there are none to read.
SEEDS = {"standard": 1, "course": 1, "rnn": 0}


def sample_batch(step: int) -> Examples:
    """64 sequences of 24 or 48 steps. The answer is wanted at every step, not only when asked."""
    task = recall(64, 24 + 24 * (step % 2), seed=1000 + step)
    everywhere = torch.ones(task.target_mask.shape, dtype=torch.bool)
    return Examples(torch.from_numpy(task.inputs), torch.from_numpy(task.targets.astype(np.int64)), everywhere)


def penalty(network: Network, recurrent: float = 0.003, gate: float = 0.1) -> torch.Tensor:
    """Regularisation: recurrent weights, and an input gate that opens at anything but a letter."""
    not_letters = torch.eye(len(RECALL_SYMBOLS))[len(LETTERS) :]
    return recurrent * recurrent_l1(network) + gate * mean_input_gate(network, not_letters)


def train(variant: str) -> None:
    key, title = TITLES[variant]
    network = Network(variant, len(RECALL_SYMBOLS), 8, len(LETTERS), SEEDS[variant])
    started = time.perf_counter()
    train_on_batches(network, sample_batch, UPDATES[variant], penalty=None if variant == "rnn" else penalty)
    seconds = time.perf_counter() - started
    network.eval().requires_grad_(False)
    score = recall_score(network.recurrent, network.head, recall_held_out())
    penalty_note = (
        ""
        if variant == "rnn"
        else "; a small penalty on recurrent weights and on input gates that are open at non-letters"
    )
    card = save_model(
        network,
        score,
        key=key,
        title=title,
        description=DESCRIPTIONS[variant],
        task="recall",
        variant=variant,
        hidden=8,
        features=RECALL_SYMBOLS,
        example="recall",
        trained=f"scripts/train_recall.py, seed {SEEDS[variant]}, {UPDATES[variant]} updates on made-up sequences, "
        f"{seconds:.0f} s on one core{penalty_note}",
        answer_format=AnswerFormat("answer: {label} ({percent} %)", labels=LETTERS),
    )
    print(key, score.value, f"{seconds:.1f} s", *card.findings, sep="\n  ")


if __name__ == "__main__":
    torch.set_num_threads(1)
    for variant in sys.argv[1:] or TITLES:
        train(variant)
