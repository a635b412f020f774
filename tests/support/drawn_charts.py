"""The figure of a chart that a page drew, read back from what is sent of it."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import plotly.graph_objects as go

from lstm_viz.ui.stage.drawn_chart import DrawnChart


def figure_of(chart: DrawnChart) -> go.Figure:
    """The figure."""
    return go.Figure(json.loads(chart.spec, object_hook=_array), skip_invalid=False)


def _array(part: dict[str, Any]) -> Any:
    """An array of numbers where a part is one, as Plotly writes it."""
    if set(part) - {"shape"} != {"dtype", "bdata"}:
        return part
    values = np.frombuffer(base64.b64decode(part["bdata"]), part["dtype"])
    return values.reshape([int(size) for size in part["shape"].split(",")]) if "shape" in part else values
