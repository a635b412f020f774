"""How well RNNs and LSTMs learned to recall over long waits, and one network of each kind to look at.

`delay_study` needs no torch. The classic measurement is that of Bengio, Simard & Frasconi (1994), "Learning
long-term dependencies with gradient descent is difficult"; `scripts/train_delays.py` made this one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from lstm_viz.bundled.cards import BUNDLED
from lstm_viz.fitting.answers import AnswerFormat
from lstm_viz.sequences.tasks import DISTRACTORS, LETTERS, RECALL_SYMBOLS
from lstm_viz.traces import Variant

if TYPE_CHECKING:
    from lstm_viz.fitting.network import Network
    from lstm_viz.fitting.training import Examples

FOLDER = BUNDLED
DELAYS = (1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)
#: Sequences that a delay is judged by, and where their random numbers begin.
JUDGED, HELD_OUT = 600, 10**6
ANSWERING = AnswerFormat("answers {label} ({percent} %)", labels=LETTERS)
CELLS: dict[str, Variant] = {"lstm": "standard", "rnn": "rnn"}


@dataclass(frozen=True, eq=False)
class DelayStudy:
    """Shares of questions answered right, (seeds, delays), and in words how the networks were trained.

    `shown` is the seed, of each kind, whose network is bundled: the one in the middle.
    """

    delays: tuple[int, ...]
    lstm: Float[np.ndarray, "seeds delays"]
    rnn: Float[np.ndarray, "seeds delays"]
    shown: dict[str, int]
    told: str


def delay_study() -> DelayStudy:
    """The stored measurement.

    >>> study = delay_study()
    >>> study.lstm.shape == study.rnn.shape == (5, len(study.delays))
    True
    """
    stored = json.loads((FOLDER / "delays.json").read_text(encoding="utf-8"))
    shown = {name: stored[f"{name} shown"] for name in CELLS}
    return DelayStudy(tuple(stored["delays"]), np.array(stored["lstm"]), np.array(stored["rnn"]), shown, stored["told"])


def delay_network(name: str) -> Network:
    """The bundled network, "lstm" or "rnn", in eval mode."""
    from safetensors.torch import load_file

    from lstm_viz.fitting.network import Network

    weights = load_file(FOLDER / f"delays-{name}.safetensors")
    network = Network(CELLS[name], len(RECALL_SYMBOLS), weights["head.weight"].shape[1], len(LETTERS))
    network.load_state_dict(weights)
    return network.eval().requires_grad_(False)


def examples(delay: int, batch: int, seed: int) -> Examples:
    """Letters, waits of one length, and the question, which alone is scored: (delay + 2, batch)."""
    import torch

    from lstm_viz.fitting.training import Examples

    random = np.random.default_rng(seed)
    letters = random.integers(len(LETTERS), size=batch)
    wait = random.choice([*DISTRACTORS, "·", "·"], size=(delay, batch))
    labels = np.concatenate([np.array(LETTERS)[letters][None], wait, np.full((1, batch), "?")])
    inputs = (labels[..., None] == np.array(RECALL_SYMBOLS)).astype(np.float32)
    asked = torch.zeros(labels.shape, dtype=torch.bool)
    asked[-1] = True
    targets = torch.from_numpy(np.tile(letters.astype(np.int64), (len(labels), 1)))
    return Examples(torch.from_numpy(inputs), targets, asked)


def accuracy(network: Network, delay: int) -> float:
    """Share of questions answered right after a wait of this length, on sequences nothing learned from."""
    import torch

    judged = examples(delay, JUDGED, HELD_OUT + delay)
    with torch.inference_mode():
        answers = network(judged.x)[0][-1].argmax(dim=-1)
    return float((answers == judged.targets[-1]).float().mean())
