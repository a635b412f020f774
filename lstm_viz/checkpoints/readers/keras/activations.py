"""Activation functions of a Keras LSTM, by the names that Keras writes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lstm_viz.cells.activation_functions import Activation, CellActivations, with_defaults
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import quote

#: Ours by Keras' names; hard_sigmoid depends on the version.
NAMES = {
    "celu": with_defaults("elu"),
    "elu": with_defaults("elu"),
    "exponential": with_defaults("exponential"),
    "hard_tanh": with_defaults("hard_tanh"),
    "leaky_relu": Activation("leaky_relu", 0.2),
    "linear": with_defaults("linear"),
    "mish": with_defaults("mish"),
    "relu": with_defaults("relu"),
    "relu6": with_defaults("relu6"),
    "selu": with_defaults("selu"),
    "sigmoid": with_defaults("sigmoid"),
    "silu": with_defaults("silu"),
    "softplus": with_defaults("softplus"),
    "softsign": with_defaults("softsign"),
    "swish": with_defaults("silu"),
    "tanh": with_defaults("tanh"),
}
HARD_SIGMOID = "hard_sigmoid"
#: Before this version gates used hard_sigmoid by default.
SIGMOID_SINCE = (2, 3)
#: TensorFlow calls its own Keras so, before and after that change.
TENSORFLOW_SUFFIX = "-tf"
#: clip(0.2 x + 0.5, 0, 1) before Keras 3, and relu6(x + 3) / 6 from then on.
HARD_SIGMOID_BEFORE_3, HARD_SIGMOID_FROM_3 = Activation(HARD_SIGMOID, 0.2, 0.5), Activation(HARD_SIGMOID, 1 / 6, 0.5)
#: What a layer's settings call each function, also in Keras 1; for whom it is; and the one that is left unsaid.
SETTINGS: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "gate": (("recurrent_activation", "inner_activation"), "its gates", "sigmoid"),
    "candidate": (("activation",), "its candidate and its output", "tanh"),
}


def cell_activations(
    name: str, settings: Mapping[str, Any], version: str, *, has_gate_setting: bool = True
) -> CellActivations:
    """The activations of the layer or cell called `name`. CheckpointError where one is not known here.

    version: the Keras that wrote the file, "" where it doesn't say; hard_sigmoid was another function before 3.
    has_gate_setting: whether the layer's gates can be told to use another function, which CuDNNLSTM's can't.

    >>> cell_activations("lstm", {"recurrent_activation": "hard_sigmoid"}, "2.2.4").gate.alpha
    0.2
    """
    found = {}
    for part, (keys, what, usual) in SETTINGS.items():
        key = next((key for key in keys if key in settings), keys[0])
        if key in settings:
            called = activation_name(settings[key])
        else:
            called = _usual_gate(name, version) if part == "gate" and has_gate_setting else usual
        known = _hard_sigmoid(name, version) if called == HARD_SIGMOID else NAMES.get(called)
        if known is None:
            raise CheckpointError(
                f"{quote(name)} was left out: for {what} it uses {quote(called)} ({key}), which is not known here."
            )
        found[part] = known
    return CellActivations(found["gate"], found["candidate"], found["candidate"])


def _usual_gate(name: str, version: str) -> str:
    """The gates' activation where the settings don't say it: hard_sigmoid before Keras 2.3."""
    written = re.match(r"(\d{1,4})\.(\d{1,4})", version)
    if written is None or (int(written[1]), int(written[2])) >= SIGMOID_SINCE:
        return "sigmoid"
    if version.endswith(TENSORFLOW_SUFFIX):
        raise CheckpointError(
            f"{quote(name)} was left out: its settings don't say what its gates use (recurrent_activation), which is "
            "hard_sigmoid in TensorFlow 1 and sigmoid in TensorFlow 2. Save the model again with model.save."
        )
    return HARD_SIGMOID


def _hard_sigmoid(name: str, version: str) -> Activation:
    major = re.match(r"(\d{1,4})\.", version)
    if major is None:
        raise CheckpointError(
            f"{quote(name)} was left out: it uses “hard_sigmoid”, which is one function before Keras 3 and another "
            "from 3 on, and the file doesn't say which Keras wrote it. Save the model again with model.save."
        )
    return HARD_SIGMOID_BEFORE_3 if int(major[1]) < 3 else HARD_SIGMOID_FROM_3


def activation_name(value: Any) -> str:
    """An activation's name: Keras writes it, or a dictionary round it.

    >>> [activation_name(value) for value in ("hard_sigmoid", {"class_name": "function", "config": "relu"}, None)]
    ['hard_sigmoid', 'relu', 'linear']
    """
    if isinstance(value, dict):
        inside = value.get("config")
        return inside if isinstance(inside, str) else str(value.get("class_name"))
    return "linear" if value is None else str(value)
