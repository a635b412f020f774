"""Storing a trained network with its card, and giving both back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from safetensors.torch import load_file, save
from torch import nn

from lstm_viz.bundled.cards import BUNDLED, ModelCard, read_card, write_card
from lstm_viz.fitting.answers import AnswerFormat
from lstm_viz.fitting.network import Network, head_scores


@dataclass(frozen=True, eq=False)
class BundledModel:
    """A model that comes with the project, in eval mode; its weights ask for no gradient."""

    card: ModelCard
    module: nn.Module
    head: nn.Linear

    @property
    def answering(self) -> AnswerFormat:
        """How the head's scores read."""
        return self.card.answering

    @property
    def labels(self) -> tuple[str, ...]:
        """What the head chooses among; empty where it gives numbers."""
        return self.card.answering.labels

    def answers(self, hidden_state: Float[np.ndarray, "time batch hidden"]) -> np.ndarray:
        """What the model says at each step, as a short text, (time, batch)."""
        return self.answering(head_scores(self.head, hidden_state))


def load_bundled(key: str) -> BundledModel:
    """A bundled model, ready to trace. KeyError, with the names there are, for an unknown key.

    >>> model = load_bundled("recall")
    >>> model.module
    LSTM(7, 8)
    """
    card = read_card(key)
    network = Network(card.variant, len(card.features), card.hidden, _outputs(card.answering))
    network.load_state_dict(load_file(BUNDLED / f"{key}.safetensors"))
    network.eval().requires_grad_(False)
    return BundledModel(card, network.recurrent, network.head)


def _outputs(answering: AnswerFormat) -> int:
    return len(answering.labels) or len(answering.scale)


def store(card: ModelCard, weights: Mapping[str, Any], folder: Path = BUNDLED) -> None:
    """Write `key.safetensors`, which says for itself what it holds, and `key.json`."""
    # `save_file` would make a file that only its owner can read.
    plain = save({name: part.contiguous() for name, part in weights.items()}, metadata=_metadata(card))
    (folder / f"{card.key}.safetensors").write_bytes(plain)
    write_card(card, folder)


def _metadata(card: ModelCard) -> dict[str, str]:
    """What goes with the weights wherever the file goes; safetensors takes texts only."""
    told = {name: getattr(card, name) for name in ("key", "task", "variant", "trained", "metric", "score")}
    return {name: str(value) for name, value in told.items()}
