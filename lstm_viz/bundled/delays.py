"""The delay study: accuracy of RNNs and LSTMs at recall over long waits, and one bundled network of each kind.

`delay_study` needs no torch. The classic measurement is that of Bengio, Simard & Frasconi (1994), "Learning
long-term dependencies with gradient descent is difficult"; `scripts/train_delays.py` made this one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from lstm_viz.bundled.cards import DATA_FOLDER
from lstm_viz.fitting.answers import AnswerFormat
from lstm_viz.sequences.tasks import DISTRACTORS, LETTERS, RECALL_SYMBOLS
from lstm_viz.traces import Variant

if TYPE_CHECKING:
    from lstm_viz.fitting.network import Network
    from lstm_viz.fitting.training import Examples

DELAYS = (1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)
#: Held-out sequences that a delay is evaluated on, and the seed of the first.
EVALUATED_SEQUENCES, HELD_OUT_SEED = 600, 10**6
ANSWER_FORMAT = AnswerFormat("answer: {label} ({percent} %)", labels=LETTERS)
CELLS: dict[str, Variant] = {"lstm": "standard", "rnn": "rnn"}


@dataclass(frozen=True, eq=False)
class DelayStudy:
    """Accuracies, (seeds, delays), and a sentence about how the networks were trained.

    `bundled_seed` is the seed, of each kind, whose network is bundled: the median one.
    """

    delays: tuple[int, ...]
    lstm: Float[np.ndarray, "seeds delays"]
    rnn: Float[np.ndarray, "seeds delays"]
    bundled_seed: dict[str, int]
    training: str


def delay_study() -> DelayStudy:
    """The stored study.

    >>> study = delay_study()
    >>> study.lstm.shape == study.rnn.shape == (5, len(study.delays))
    True
    """
    stored = json.loads((DATA_FOLDER / "delays.json").read_text(encoding="utf-8"))
    seeds = {name: stored[f"{name} shown"] for name in CELLS}
    return DelayStudy(
        tuple(stored["delays"]), np.array(stored["lstm"]), np.array(stored["rnn"]), seeds, stored["training"]
    )


def delay_network(name: str) -> Network:
    """The bundled network, "lstm" or "rnn", in eval mode."""
    from safetensors.torch import load_file

    from lstm_viz.fitting.network import Network

    weights = load_file(DATA_FOLDER / f"delays-{name}.safetensors")
    network = Network(CELLS[name], len(RECALL_SYMBOLS), weights["head.weight"].shape[1], len(LETTERS))
    network.load_state_dict(weights)
    return network.eval().requires_grad_(False)


def delay_examples(delay: int, batch: int, seed: int) -> Examples:
    """Sequences of a letter, a wait of one length and the question, which alone is scored: (delay + 2, batch)."""
    import torch

    from lstm_viz.fitting.training import Examples

    random = np.random.default_rng(seed)
    letters = random.integers(len(LETTERS), size=batch)
    wait = random.choice([*DISTRACTORS, "·", "·"], size=(delay, batch))
    labels = np.concatenate([np.array(LETTERS)[letters][None], wait, np.full((1, batch), "?")])
    inputs = (labels[..., None] == np.array(RECALL_SYMBOLS)).astype(np.float32)
    scored = torch.zeros(labels.shape, dtype=torch.bool)
    scored[-1] = True
    targets = torch.from_numpy(np.tile(letters.astype(np.int64), (len(labels), 1)))
    return Examples(torch.from_numpy(inputs), targets, scored)


def accuracy(network: Network, delay: int) -> float:
    """A network's accuracy after a wait of this length, on held-out sequences."""
    import torch

    held_out = delay_examples(delay, EVALUATED_SEQUENCES, HELD_OUT_SEED + delay)
    with torch.inference_mode():
        answers = network(held_out.x)[0][-1].argmax(dim=-1)
    return float((answers == held_out.targets[-1]).float().mean())
