"""Traces: frozen NumPy records of a recurrent network's forward pass; they know neither torch nor what draws them."""

from __future__ import annotations

from lstm_viz.traces.names import Named, Names
from lstm_viz.traces.record import (
    AGREEMENT_LIMITS,
    GATE_ARRAYS,
    REFERENCES,
    Array,
    GateWeights,
    LayerTrace,
    ReadoutWeights,
    Steps,
    Theme,
    Trace,
    Variant,
    Way,
)

__all__ = [
    "AGREEMENT_LIMITS",
    "GATE_ARRAYS",
    "REFERENCES",
    "Array",
    "GateWeights",
    "LayerTrace",
    "Named",
    "Names",
    "ReadoutWeights",
    "Steps",
    "Theme",
    "Trace",
    "Variant",
    "Way",
]
