"""Trained models that come with the project, their cards, and what their units do.

`bundled_models` and `first_view` need no torch; the rest loads it when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lstm_viz.bundled.cards import Finding, ModelCard, bundled_models, first_view
    from lstm_viz.bundled.models import BundledModel, load_bundled

_HOMES = {
    "BundledModel": "models",
    "Finding": "cards",
    "ModelCard": "cards",
    "bundled_models": "cards",
    "first_view": "cards",
    "load_bundled": "models",
}

__all__ = [
    "BundledModel",
    "Finding",
    "ModelCard",
    "bundled_models",
    "first_view",
    "load_bundled",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
