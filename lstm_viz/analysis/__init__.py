"""What can be asked of a trace: what opened a gate, where a memory came from, what if a gate were held."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lstm_viz.analysis.contributions import Shares, shares
    from lstm_viz.analysis.gradients import LayerGradients, answer_at, backpropagate, cell_gradients, state_gradients
    from lstm_viz.analysis.landmark_steps import landmarks
    from lstm_viz.analysis.memory_attribution import half_life, ledger
    from lstm_viz.analysis.ranking import ranked_units
    from lstm_viz.analysis.what_if import hold, perturb_learned

#: The module of each public name, imported on first access.
_HOMES = {
    "InputCorrelation": "correlation",
    "LayerGradients": "gradients",
    "Shares": "contributions",
    "answer_at": "gradients",
    "backpropagate": "gradients",
    "cell_gradients": "gradients",
    "half_life": "memory_attribution",
    "hold": "what_if",
    "input_correlation": "correlation",
    "landmarks": "landmark_steps",
    "ledger": "memory_attribution",
    "perturb_learned": "what_if",
    "ranked_units": "ranking",
    "shares": "contributions",
    "state_gradients": "gradients",
}

__all__ = [
    "InputCorrelation",
    "LayerGradients",
    "Shares",
    "answer_at",
    "backpropagate",
    "cell_gradients",
    "half_life",
    "hold",
    "input_correlation",
    "landmarks",
    "ledger",
    "perturb_learned",
    "ranked_units",
    "shares",
    "state_gradients",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
