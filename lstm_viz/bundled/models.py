"""Loading and saving bundled models: weights as safetensors, and the model card as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from safetensors.torch import load_file, save
from torch import nn

from lstm_viz.bundled.cards import DATA_FOLDER, ModelCard, read_card, write_card
from lstm_viz.fitting.answers import AnswerFormat
from lstm_viz.fitting.network import Network, head_scores


@dataclass(frozen=True, eq=False)
class BundledModel:
    """A bundled model in eval mode, its weights without gradients."""

    card: ModelCard
    module: nn.Module
    head: nn.Linear

    @property
    def answer_format(self) -> AnswerFormat:
        """How the head's scores are formatted as text."""
        return self.card.answer_format

    @property
    def labels(self) -> tuple[str, ...]:
        """The head's classes; empty for regression."""
        return self.card.answer_format.labels

    def answers(self, hidden_state: Float[np.ndarray, "time batch hidden"]) -> np.ndarray:
        """The model's answer at each step, as a short text, (time, batch)."""
        return self.answer_format(head_scores(self.head, hidden_state))


def load_bundled(key: str) -> BundledModel:
    """A bundled model, ready to trace. KeyError, with the names there are, for an unknown key.

    >>> model = load_bundled("recall")
    >>> model.module
    LSTM(7, 8)
    """
    card = read_card(key)
    network = Network(card.variant, len(card.features), card.hidden, _outputs(card.answer_format))
    network.load_state_dict(load_file(DATA_FOLDER / f"{key}.safetensors"))
    network.eval().requires_grad_(False)
    return BundledModel(card, network.recurrent, network.head)


def _outputs(answer_format: AnswerFormat) -> int:
    return len(answer_format.labels) or len(answer_format.scale)


def save_bundled(card: ModelCard, weights: Mapping[str, Any], folder: Path = DATA_FOLDER) -> None:
    """Write `key.safetensors`, with metadata of its own, and `key.json`."""
    # `save_file` would make a file that only its owner can read.
    content = save({name: part.contiguous() for name, part in weights.items()}, metadata=_metadata(card))
    (folder / f"{card.key}.safetensors").write_bytes(content)
    write_card(card, folder)


def _metadata(card: ModelCard) -> dict[str, str]:
    """The safetensors file's metadata, which holds only strings."""
    fields = {name: getattr(card, name) for name in ("key", "task", "variant", "trained", "metric", "score")}
    return {name: str(value) for name, value in fields.items()}
