"""Saving a trained model as a bundled one: its model card with measured findings, beside its weights."""

from __future__ import annotations

from typing import Any

from lstm_viz.bundled.behaviours import with_measured_findings
from lstm_viz.bundled.cards import ModelCard
from lstm_viz.bundled.models import save_bundled
from lstm_viz.fitting.network import Network
from lstm_viz.fitting.scores import Score


def save_model(network: Network, score: Score, **fields: Any) -> ModelCard:
    """Writes the weights and the card of a network in eval mode; `fields` are those of the card that `score` lacks."""
    card = ModelCard(
        metric=score.metric,
        score=score.value,
        baseline=score.baseline,
        baseline_name=score.baseline_name,
        share=score.share,
        **fields,
    )
    card = with_measured_findings(card, network.recurrent)
    save_bundled(card, network.state_dict())
    return card
