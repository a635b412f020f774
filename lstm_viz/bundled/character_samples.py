"""Samples of the character model at several updates of its training: text that it guesses, and text that it writes.

`load_samples` needs no torch. `scripts/store_character_samples.py` trains the model again, keeps the checkpoints, and
writes the samples; the last checkpoint is the bundled model itself.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from lstm_viz.bundled.cards import DATA_FOLDER, read_card

if TYPE_CHECKING:
    from lstm_viz.fitting.network import Network

MODEL = "characters"
#: Updates of the checkpoints, from the start to the bundled model; the first is drawn by the training's seed.
UPDATES = (0, 100, 1000, 4000)
SEED = 1
#: How every sample begins, and how many characters follow; both stand so in the held-out text.
OPENING, LENGTH = "definition of the object types (", 100
TEMPERATURES = (0.3, 0.7, 1.0)
#: The seed of the samples, and the seeds and the temperature of the draws that are searched for a closing bracket.
SAMPLE_SEED, DRAWS, DRAWS_TEMPERATURE = 1, 20, 0.7
CHECKPOINTS, SAMPLES = DATA_FOLDER / "characters-training.safetensors", DATA_FOLDER / "characters-samples.json"


@dataclass(frozen=True)
class TextSample:
    """Characters after the opening: the true ones, which the model guesses, or its own.

    `temperature` is None where the true text is read. `guesses` are then the likeliest characters, else the text's own.
    """

    temperature: float | None
    text: str
    guesses: str
    #: The chance of each guess, in whole per cent; of a character that was drawn, at its temperature.
    chances: list[int]
    #: For each guess, the share of each earlier character in its gradient in whole per cent, from the one before it
    #: back to the last that has half a per cent.
    felt: list[list[int]]


@dataclass(frozen=True)
class CheckpointSamples:
    """What a checkpoint guesses and writes, how much of the held-out text it guesses right, and in how many of the
    draws it closes the bracket that the opening opens."""

    updates: int
    accuracy: float
    closed: int
    samples: list[TextSample]


@cache
def load_samples() -> tuple[CheckpointSamples, ...]:
    """The stored samples, by updates of training.

    >>> [each.updates for each in load_samples()]
    [0, 100, 1000, 4000]
    """
    stored = json.loads(SAMPLES.read_text(encoding="utf-8"))
    return tuple(
        CheckpointSamples(**each | {"samples": [TextSample(**sample) for sample in each["samples"]]}) for each in stored
    )


def store_samples(samples: Sequence[CheckpointSamples]) -> None:
    """Write the samples' file."""
    text = json.dumps([asdict(each) for each in samples], ensure_ascii=False, separators=(",", ":"))
    SAMPLES.write_text(text + "\n", encoding="utf-8")


def checkpoint(updates: int) -> Network:
    """The character model after so many updates, of those in `UPDATES`, in eval mode.

    >>> checkpoint(100).recurrent
    LSTM(73, 48)
    """
    from safetensors.torch import load_file

    from lstm_viz.fitting.network import Network

    card = read_card(MODEL)
    network = Network(card.variant, len(card.features), card.hidden, len(card.features), SEED)
    if updates == UPDATES[-1]:
        network.load_state_dict(load_file(DATA_FOLDER / f"{MODEL}.safetensors"))
    elif updates:
        stored, prefix = load_file(CHECKPOINTS), f"{updates}."
        own = {name.removeprefix(prefix): part.float() for name, part in stored.items() if name.startswith(prefix)}
        network.load_state_dict(own)
    return network.eval().requires_grad_(False)


def closes_bracket(text: str) -> bool:
    """Whether a text that follows an opening bracket closes it.

    >>> closes_bracket("see (1))"), closes_bracket("see (1), 2")
    (True, False)
    """
    signs = np.array([{"(": 1, ")": -1}.get(sign, 0) for sign in text])
    return bool((1 + np.cumsum(signs) == 0).any())
