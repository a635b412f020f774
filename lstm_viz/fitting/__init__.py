"""Fitting a small recurrent network to a person's own sequences."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lstm_viz.fitting.fitter import Checkpoint, FittedModel, Progress, fit
    from lstm_viz.fitting.input_checks import FittingError

_HOMES = {
    "Checkpoint": "fitter",
    "FittedModel": "fitter",
    "FittingError": "input_checks",
    "Progress": "fitter",
    "fit": "fitter",
}

__all__ = [
    "Checkpoint",
    "FittedModel",
    "FittingError",
    "Progress",
    "fit",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
