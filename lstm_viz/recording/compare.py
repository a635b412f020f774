"""Comparison of a recording with the module's own forward: all of a short run, a part of a long one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from torch import Tensor

from lstm_viz.recording.inputs import Inputs
from lstm_viz.recording.module_spec import ModuleSpec
from lstm_viz.recording.reference import full_precision, module_output
from lstm_viz.recording.tensor_ops import max_relative_error, steps_per_block

#: Multiplications up to which a run is compared in full: a few milliseconds.
MAX_MULTIPLICATIONS_COMPARED = 2e7

#: Steps of a longer run that are compared: `MIN_STEPS` or one of every `STEP_FRACTION`, whichever is more. Four steps
#: multiply by every weight and carry both memories on three times; sixteen of 60 took a third of a forward pass.
MIN_STEPS, STEP_FRACTION = 4, 32


def compare_with_reference(spec: ModuleSpec, inputs: Inputs, output: Tensor) -> tuple[float, str | None]:
    """Largest error of `output`, (time, batch, outputs), against the module's own forward, relative where that is above
    1; and in words what was compared, None for all of it.

    A second forward takes as long as the recording, so of a long run only the first steps are run again, with
    every sequence, unit and weight in them; where a layer reads from the end, the first sequence alone.
    """
    time, batch, _ = output.shape
    steps = max(MIN_STEPS, time // STEP_FRACTION)
    if _multiplications(spec, inputs) <= MAX_MULTIPLICATIONS_COMPARED or (spec.directions == 1 and steps >= time):
        return _max_error(spec, inputs, output), None
    if spec.directions == 1:
        return _max_error(spec, _first_steps(inputs, steps), output[:steps]), f"the first {steps:,} of {time:,} steps"
    if batch == 1:
        return _max_error(spec, inputs, output), None
    return _max_error(spec, _first_sequence(inputs), output[:, :1]), f"the first of {batch:,} sequences"


def _multiplications(spec: ModuleSpec, inputs: Inputs) -> int:
    """Multiplications of the weight matrices in one forward pass."""
    steps = inputs.x.shape[0] * inputs.x.shape[1] * spec.num_layers * spec.directions
    return steps * spec.hidden_size * (spec.input_size + spec.output_size)


def _first_steps(inputs: Inputs, steps: int) -> Inputs:
    padding = None if inputs.padding is None else inputs.padding[:steps]
    return replace(inputs, x=inputs.x[:steps], lengths=np.minimum(inputs.lengths, steps), padding=padding)


def _first_sequence(inputs: Inputs) -> Inputs:
    state = tuple(part[:, :1] for part in inputs.state)
    padding = None if inputs.padding is None else inputs.padding[:, :1]
    return replace(inputs, x=inputs.x[:, :1], state=state, lengths=inputs.lengths[:1], padding=padding)


def _max_error(spec: ModuleSpec, inputs: Inputs, actual: Tensor) -> float:
    with full_precision:
        expected = module_output(spec, inputs)
    if inputs.padding is not None:
        expected = expected.masked_fill(inputs.padding[..., None], 0)
    return max_relative_error(actual, expected.to(actual.dtype), steps_per_block(actual.shape[1]))
