"""The first picture: a stored run of the delayed-recall model, shown while torch is still loading."""

from __future__ import annotations

import json

import numpy as np

from lstm_viz.models.cards import BUNDLED
from lstm_viz.storage.netcdf.read import load_trace
from lstm_viz.traces import Trace

#: The bundled model and the example that the first picture shows.
FIRST = "recall"
TRACE, ANSWERS = BUNDLED / "first.nc", BUNDLED / "first-answers.json"


def first_view() -> tuple[Trace, np.ndarray]:
    """The stored run of `FIRST` on its example, and what the model says at each step, (time, batch) texts.

    >>> run, answers = first_view()
    >>> run.layers[0].cell_state.shape, answers.shape
    ((24, 8, 8), (24, 8))
    """
    return load_trace(TRACE), np.array(json.loads(ANSWERS.read_text(encoding="utf-8")))
