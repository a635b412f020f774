"""A drawn chart as it is sent: its figure as finished JSON, not checked and written anew at each run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import plotly.graph_objects as go
import plotly.io
import streamlit as st
from streamlit.elements.lib.layout_utils import LayoutConfig
from streamlit.elements.lib.utils import compute_and_register_element_id
from streamlit.proto.PlotlyChart_pb2 import PlotlyChart

#: The height that Plotly gives a figure that says none.
USUAL_HEIGHT = 450


class DrawnChart(NamedTuple):
    """A figure as JSON, its text alternative, and its height in pixels."""

    spec: str
    alt: str
    height: int
    #: Tells the figure from others.
    digest: str

    @classmethod
    def of(cls, figure: go.Figure, alt: str) -> DrawnChart:
        """The figure, written as JSON once."""
        spec = str(plotly.io.to_json(figure, validate=False))
        height = int(figure.layout.height or USUAL_HEIGHT)
        return cls(spec, alt, height, hashlib.sha256(f"{alt}\n{spec}".encode()).hexdigest()[:24])


def show_drawn_chart(chart: DrawnChart, config: Mapping[str, Any], key: str) -> None:
    """Does what `st.plotly_chart(figure, theme=None, config=config, alt=alt, key=key)` does, of a drawn chart.

    Streamlit's own call reads, checks and writes the whole figure again each time the script runs: 10 to 50 ms a chart.
    """
    element = PlotlyChart(spec=chart.spec, config=json.dumps(config), alt=chart.alt)
    container = st._main
    element.id = compute_and_register_element_id(
        "plotly_chart", user_key=key, key_as_main_identity=False, dg=container, figure=chart.digest
    )
    container._enqueue("plotly_chart", element, layout_config=LayoutConfig(width="stretch", height=chart.height))
