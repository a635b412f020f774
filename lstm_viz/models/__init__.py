"""Trained models that come with the project, and fitting one to a person's own data.

`bundled_models` and `first_view` need no torch; the rest loads it when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lstm_viz.models.bundling import BundledModel, load_bundled
    from lstm_viz.models.cards import Finding, ModelCard, bundled_models
    from lstm_viz.models.first import first_view
    from lstm_viz.models.fitting import FittedModel, Progress, fit
    from lstm_viz.models.refusals import FittingError

#: Where each public name lives; a module is imported when its name is first asked for.
_HOMES = {
    "BundledModel": "bundling",
    "Finding": "cards",
    "FittedModel": "fitting",
    "FittingError": "refusals",
    "ModelCard": "cards",
    "Progress": "fitting",
    "bundled_models": "cards",
    "first_view": "first",
    "fit": "fitting",
    "load_bundled": "bundling",
}

__all__ = [
    "BundledModel",
    "Finding",
    "FittedModel",
    "FittingError",
    "ModelCard",
    "Progress",
    "bundled_models",
    "first_view",
    "fit",
    "load_bundled",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
