"""Train the model that adds two marked values: `python scripts/train_adding.py`. Half a minute on one core.

Charged a little for recurrent weights, and for an input gate that is open where nothing is marked.
"""

from __future__ import annotations

import time

import torch

from lstm_viz.bundled.behaviours import with_measured_findings
from lstm_viz.bundled.cards import ModelCard
from lstm_viz.bundled.evaluation import adding_held_out, adding_score
from lstm_viz.bundled.models import save_bundled
from lstm_viz.fitting.answers import AnswerFormat
from lstm_viz.fitting.network import Network
from lstm_viz.fitting.training import Examples, mean_input_gate, recurrent_l1, train_on_batches
from lstm_viz.sequences.tasks import ADDING_FEATURES, adding

SEED, HIDDEN, UPDATES = 0, 8, 6000


def draw(step: int) -> Examples:
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
    train_on_batches(network, draw, UPDATES, penalty=penalty)
    seconds = time.perf_counter() - started
    network.eval().requires_grad_(False)
    score = adding_score(network.recurrent, network.head, adding_held_out())
    card = ModelCard(
        key="adding",
        title="Adding problem",
        description="Adds the two values that are marked, and passes over the rest.",
        task="adding",
        variant="standard",
        hidden=HIDDEN,
        features=ADDING_FEATURES,
        metric=score.metric,
        score=score.value,
        baseline=score.baseline,
        baseline_name=score.baseline_name,
        share=score.share,
        example="adding",
        trained=f"scripts/train_adding.py, seed {SEED}, {UPDATES} updates on made-up sequences, {seconds:.0f} s on one "
        "core; a small charge on recurrent weights and on input gates open where nothing is marked",
        answer_format=AnswerFormat("sum {0:.2f}", scale=(1.0,), offset=(0.0,)),
    )
    card = with_measured_findings(card, network.recurrent)
    save_bundled(card, network.state_dict())
    print(card.key, score.value, f"{seconds:.1f} s", *card.findings, sep="\n  ")


if __name__ == "__main__":
    torch.set_num_threads(1)
    train()
