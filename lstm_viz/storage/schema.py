"""Schema of a stored trace: its arrays and the names of their axes, for netCDF and zarr, for writing and reading."""

from __future__ import annotations

from lstm_viz.traces import GATE_ARRAYS, Variant
from lstm_viz.traces.record import LSTM_GATES

Axes = dict[str, tuple[str, ...]]

FORMAT, FORMAT_VERSION = "lstm-viz trace", 1
#: The version of a run whose gates are not sigmoid, or its candidate or readout not tanh: older versions of us, which
#: would read the run as another cell's, refuse it.
ACTIVATIONS_VERSION = 2

#: Arrays that follow from others; written for other programs, not read back.
DERIVED = ("learned", "kept", "readout")

#: Arrays that have a pre-activation in each cell; all but the readout have weights for x and h'.
PREACTIVATIONS: dict[Variant, tuple[str, ...]] = {
    "standard": LSTM_GATES,
    "course": (*LSTM_GATES, "readout"),
    "rnn": ("hidden_state",),
}

#: Arrays of a run's names (see `lstm_viz.traces.names`) and their axes; answers and filled are optional.
NAME_NUMBERS: Axes = {"feature_offset": ("feature",), "feature_scale": ("feature",)}
NAME_TEXTS: Axes = {"feature_name": ("feature",), "sequence_name": ("sequence",), "step_label": ("time", "sequence")}
NAME_ANSWERS: Axes = {"answer": ("time", "sequence")}
NAME_FILLED: Axes = {"filled": ("time", "sequence", "feature")}


def record_axes(variant: Variant, projected: bool, dropped: bool = False) -> Axes:
    """Axes of every array of a run. With a projection the hidden state has an axis of its own.

    `passed` (the dropout masks) is there where dropout was applied between layers.

    >>> record_axes("rnn", projected=False)["final_hidden_state"]
    ('layer', 'direction', 'sequence', 'unit')
    """
    steps, ends = ("layer", "direction", "time", "sequence"), ("layer", "direction", "sequence")
    kinds = ("hidden_state",) if variant == "rnn" else ("hidden_state", "cell_state")
    names = kinds if variant == "rnn" else GATE_ARRAYS
    return {
        "event": ("time", "sequence", "feature"),
        "output": ("time", "sequence", "output_unit"),
        "lengths": ("sequence",),
        **({"passed": ("passage", "time", "sequence", "output_unit")} if dropped else {}),
        **{name: (*steps, unit_axis(name, projected)) for name in names},
        **{f"{name}_preactivation": (*steps, "unit") for name in PREACTIVATIONS[variant]},
        **{f"{end}_{kind}": (*ends, unit_axis(kind, projected)) for end in ("initial", "final") for kind in kinds},
    }


def weight_axes(variant: Variant, projected: bool, layer: str) -> Axes:
    """Axes of every weight of one layer, by its name without the layer's.

    >>> weight_axes("standard", False, "l1_reverse")["input_gate_input"]
    ('unit', 'output_unit')
    """
    read = "feature" if layer in ("l0", "l0_reverse") else "output_unit"
    previous = f"previous_{unit_axis('hidden_state', projected)}"
    axes: Axes = {}
    for gate in PREACTIVATIONS[variant]:
        if gate == "readout":
            axes |= {"readout_kept": ("unit", "previous_unit"), "readout_bias": ("unit",)}
        else:
            axes |= {f"{gate}_input": ("unit", read), f"{gate}_recurrent": ("unit", previous)}
            axes |= {f"{gate}_bias": ("unit",)}
    return {**axes, "projection": ("projected_unit", "unit")} if projected else axes


def unit_axis(name: str, projected: bool) -> str:
    """Name of an array's last axis."""
    return "projected_unit" if projected and name == "hidden_state" else "unit"
