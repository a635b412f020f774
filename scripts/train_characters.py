"""Train the model of characters: `python -m scripts.train_characters`. About two minutes on one core.

The text in 32 rows, read in windows of 100 characters with the state carried on. A small penalty on
recurrent weights, with which it guesses better in text it has not read.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import islice

import torch

from lstm_viz.bundled.characters import WINDOW, character_score, held_out_text, training_text
from lstm_viz.fitting.answers import AnswerFormat
from lstm_viz.fitting.network import Network
from lstm_viz.fitting.training import cosine_decay, recurrent_l1, window_losses
from scripts.save_model import save_model

SEED, HIDDEN, UPDATES, RATE = 1, 48, 4000, 0.01


def train_network(network: Network, after_update: Callable[[int], None] = lambda updates: None) -> None:
    """Trains it in place; `after_update` is told how many updates were made."""
    optimiser = torch.optim.Adam(network.parameters(), lr=RATE)
    learning = window_losses(network, optimiser, training_text(), WINDOW, lambda made: 0.0002 * recurrent_l1(made))
    for step, _ in enumerate(islice(learning, UPDATES)):
        optimiser.param_groups[0]["lr"] = RATE * cosine_decay(step, UPDATES)
        after_update(step + 1)


def train() -> None:
    names = tuple(str(name) for name in held_out_text().names)
    network = Network("standard", len(names), HIDDEN, len(names), SEED)
    started = time.perf_counter()
    train_network(network)
    seconds = time.perf_counter() - started
    network.eval().requires_grad_(False)
    score = character_score(network.recurrent, network.head)
    card = save_model(
        network,
        score,
        key="characters",
        title="Characters of a text",
        description="This LSTM guesses the next character of Python's language reference.",
        task="characters",
        variant="standard",
        hidden=HIDDEN,
        features=names,
        example="python",
        trained=f"scripts/train_characters.py, seed {SEED}, {UPDATES} updates on the text after its first "
        f"{len(held_out_text().values):,} characters, which are held out, {seconds:.0f} s on one core; a small penalty "
        "on recurrent weights; the few characters that the held-out part lacks are passed over",
        answer_format=AnswerFormat("answer: next {label} ({percent} %)", labels=names),
    )
    print(card.key, score, f"{seconds:.1f} s", *card.findings, sep="\n  ")


if __name__ == "__main__":
    torch.set_num_threads(1)
    train()
