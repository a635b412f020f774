"""Train the model that counts brackets: `python -m scripts.train_brackets`. About a minute on one core.

Charged a little for recurrent weights, and for an input gate that opens at "x": so the count is
kept by the forget gate and changed by the input gate, as it should be seen.
"""

from __future__ import annotations

import time

import torch

from lstm_viz.bundled.evaluation import brackets_held_out, brackets_score
from lstm_viz.fitting.answers import AnswerFormat
from lstm_viz.fitting.network import Network
from lstm_viz.fitting.training import Examples, mean_input_gate, recurrent_l1, train_on_batches
from lstm_viz.sequences.tasks import BRACKET_SYMBOLS, brackets
from scripts.save_model import save_model

SEED, HIDDEN, UPDATES = 0, 6, 2500


def sample_batch(step: int) -> Examples:
    """64 sequences of 24 or 72 characters; the depth is wanted at every one."""
    task = brackets(64, 24 + 48 * (step % 2), seed=1000 + step)
    return Examples(*(torch.from_numpy(part) for part in (task.inputs, task.targets[..., None], task.target_mask)))


def penalty(network: Network) -> torch.Tensor:
    """Regularisation: recurrent weights, and an input gate that opens at “x”."""
    others = torch.eye(len(BRACKET_SYMBOLS))[2:]
    return 0.02 * recurrent_l1(network) + 0.1 * mean_input_gate(network, others)


def train() -> None:
    network = Network("standard", len(BRACKET_SYMBOLS), HIDDEN, 1, SEED)
    started = time.perf_counter()
    train_on_batches(network, sample_batch, UPDATES, penalty=penalty)
    seconds = time.perf_counter() - started
    network.eval().requires_grad_(False)
    score = brackets_score(network.recurrent, network.head, brackets_held_out())
    card = save_model(
        network,
        score,
        key="brackets",
        title="Bracket depth",
        description="This LSTM counts how many brackets are open. “x” changes nothing.",
        task="brackets",
        variant="standard",
        hidden=HIDDEN,
        features=BRACKET_SYMBOLS,
        example="brackets",
        trained=f"scripts/train_brackets.py, seed {SEED}, {UPDATES} updates on made-up sequences, {seconds:.0f} s on "
        "one core; a small penalty on recurrent weights and on input gates that are open at “x”",
        answer_format=AnswerFormat("answer: {0:.1f} open", scale=(1.0,), offset=(0.0,)),
    )
    print(card.key, score.value, f"{seconds:.1f} s", *card.findings, sep="\n  ")


if __name__ == "__main__":
    torch.set_num_threads(1)
    train()
