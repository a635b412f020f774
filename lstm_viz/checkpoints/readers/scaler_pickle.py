"""Numbers by name in a pickle of pandas' Series and xarray's Datasets, as older scalers were saved. Nothing is made.

The layouts are those that pandas (0.14.1 and later) and xarray give to pickle themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

import numpy as np

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers.pickles.machine import BrokenPickle, Steps
from lstm_viz.checkpoints.readers.pickles.numpy_values import PickledArray
from lstm_viz.checkpoints.readers.pickles.objects import Instance
from lstm_viz.checkpoints.readers.torch_pickle import load_plain

#: What pandas calls the layout of a Series' parts.
LAYOUT = "0.14.1"


def read_scaler_pickle(data: memoryview, limits: CheckpointLimits) -> dict[str, dict[str, float]]:
    """The numbers by name of each part of a scaler; parts of another form are empty. CheckpointError for damage.

    >>> import pickle
    >>> read_scaler_pickle(memoryview(pickle.dumps({"means": {"rain": 1.5}})), CheckpointLimits())
    {'means': {'rain': 1.5}}
    """
    try:
        value = load_plain(data, Steps(limits.pickle_steps))
    except BrokenPickle as error:
        raise CheckpointError("The run's scaler is a pickle that is damaged. Copy the run's folder again.") from error
    if not isinstance(value, dict):
        raise CheckpointError("The run's scaler is a pickle of another kind. Copy the run's folder again.")
    return {str(name)[:100]: dict(_numbers(part)) for name, part in value.items()}


def _numbers(part: Any) -> Iterator[tuple[str, float]]:
    for name, value in _pairs(part):
        if isinstance(value, PickledArray):
            found = value.numbers(str(name)).ravel()
            value = float(found[0]) if found.size == 1 and found.dtype.kind in "fiu" else None
        if isinstance(name, str) and is_plain_number(value):
            yield name, float(value)


def is_plain_number(value: Any) -> TypeGuard[float]:
    """Whether a value is a finite number that a float holds with room to spare.

    >>> [is_plain_number(value) for value in (1, -2.5, True, float("nan"), 10**400, "1")]
    [True, True, False, False, False, False]
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _pairs(part: Any) -> Iterator[tuple[Any, Any]]:
    """Names and values of a mapping, a Dataset or a Series."""
    if isinstance(part, Mapping):
        yield from part.items()
    elif isinstance(part, Instance) and part.class_name.startswith("xarray."):
        variables = part.attributes().get("_variables")
        for name, variable in variables.items() if isinstance(variables, dict) else ():
            if isinstance(variable, Instance):
                yield name, variable.attributes().get("_data")
    elif isinstance(part, Instance) and part.class_name.startswith("pandas."):
        yield from _series(part)


def _series(part: Instance) -> Iterator[tuple[Any, Any]]:
    attributes = part.attributes()
    manager = attributes.get("_mgr", attributes.get("_data"))
    state = manager.state if isinstance(manager, Instance) else None
    layout = state[-1].get(LAYOUT) if isinstance(state, tuple) and state and isinstance(state[-1], dict) else None
    if not isinstance(layout, dict):
        return
    (axis, *_), (block, *_) = layout.get("axes") or [None], layout.get("blocks") or [None]
    data = axis.arguments[1].get("data") if isinstance(axis, Instance) and len(axis.arguments) > 1 else None
    labels = data.objects() if isinstance(data, PickledArray) else None
    values = block.get("values") if isinstance(block, dict) else None
    if isinstance(labels, list) and isinstance(values, PickledArray):
        numbers: np.ndarray = values.numbers("the scaler").ravel()
        yield from zip(labels, numbers.tolist(), strict=False) if len(labels) == len(numbers) else ()
