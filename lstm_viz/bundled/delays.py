"""The delay study: accuracy of LSTMs and plain RNNs at recall over long waits, and one bundled network of each kind.

`delay_study` needs no torch. The classic measurement is that of Bengio, Simard & Frasconi (1994), "Learning
long-term dependencies with gradient descent is difficult"; `scripts/train_delays.py` made this one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from lstm_viz.bundled.cards import DATA_FOLDER
from lstm_viz.fitting.answers import AnswerFormat
from lstm_viz.sequences.tasks import DISTRACTORS, LETTERS, RECALL_SYMBOLS, recall_at_delay
from lstm_viz.traces import Variant

if TYPE_CHECKING:
    from lstm_viz.fitting.network import Network
    from lstm_viz.fitting.training import Examples

DELAYS = (1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)
#: The delay over which the gradients of untrained networks were measured.
GRADIENT_DELAY = 20
#: Held-out sequences that a delay is evaluated on, and the seed of the first.
EVALUATED_SEQUENCES, HELD_OUT_SEED = 600, 10**6
ANSWER_FORMAT = AnswerFormat("answer: {label} ({percent} %)", labels=LETTERS)
#: The kinds of which a network is bundled: an LSTM, a plain RNN that began at random, one that began at the identity.
NETWORKS = ("lstm", "rnn", "identity")


@dataclass(frozen=True, eq=False)
class NetworkKind:
    """One kind of network: how it begins, how it was trained, and what was measured of every seed."""

    cell: Variant
    #: In a few words, how its weights are drawn before training.
    start: str
    units: int
    numbers_trained: int
    #: What is added to the forget gates' bias before training; None for a plain RNN.
    forget_bias: int | None
    #: Whether training charged for recurrent weights and for input gates that open at anything but a letter.
    charged: bool
    rates_tried: tuple[float, ...]
    #: The learning rate of each seed, which did best for it.
    rates: tuple[float, ...]
    accuracy: Float[np.ndarray, "seeds delays"]
    #: Each seed's gradient at the letter before training, over `GRADIENT_DELAY`: see `analysis.state_gradients`.
    gradients_before: tuple[float, ...]
    #: The seed of the bundled network, and why it is that one; None and "" where none is bundled.
    shown: int | None
    why_shown: str
    #: What the bundled network answers after 1, 2, ... steps to `recall_at_delay`, a letter a sequence.
    answers: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class DelayStudy:
    """The delays that were measured, how all kinds were trained, and the kinds by their names."""

    delays: tuple[int, ...]
    training: str
    kinds: Mapping[str, NetworkKind]


@cache
def delay_study() -> DelayStudy:
    """The stored study.

    >>> study = delay_study()
    >>> {kind.accuracy.shape == (5, len(study.delays)) for kind in study.kinds.values()}
    {True}
    """
    stored = json.loads((DATA_FOLDER / "delays.json").read_text(encoding="utf-8"))
    kinds = {
        name: NetworkKind(
            cell=kind["cell"],
            start=kind["start"],
            units=kind["units"],
            numbers_trained=kind["numbers trained"],
            forget_bias=kind["forget bias"],
            charged=kind["charge on recurrent weights"],
            rates_tried=tuple(kind["rates tried"]),
            rates=tuple(kind["rates"]),
            accuracy=np.array(kind["accuracy"]),
            gradients_before=tuple(kind["gradients before"]),
            shown=kind.get("shown"),
            why_shown=kind.get("why shown", ""),
            answers=tuple(kind.get("answers", ())),
        )
        for name, kind in stored["kinds"].items()
    }
    return DelayStudy(tuple(stored["delays"]), stored["training"], kinds)


def delay_network(name: str, trained: bool = True) -> Network:
    """The bundled network of one of `NETWORKS`, after its training or as it was before, in eval mode."""
    from safetensors.torch import load_file

    from lstm_viz.fitting.network import Network

    weights = load_file(DATA_FOLDER / f"delays-{name}{'' if trained else '-start'}.safetensors")
    cell = delay_study().kinds[name].cell
    network = Network(cell, len(RECALL_SYMBOLS), weights["head.weight"].shape[1], len(LETTERS))
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


def answers_at_delay(network: Network, delay: int) -> str:
    """What a network answers to each of `recall_at_delay`'s sequences, a letter each."""
    import torch

    with torch.inference_mode():
        scores = network(torch.from_numpy(recall_at_delay(delay).values))[0][-1]
    return "".join(LETTERS[k] for k in scores.argmax(dim=-1))
