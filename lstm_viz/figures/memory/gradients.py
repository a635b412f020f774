"""Gradients of an answer by every unit's memories at every step, as strips.

The gradients are a comparison run of the viewport: its LTM is the answer's gradient by LTM, its STM that by STM; see
`gradients_as_layer`.
"""

from __future__ import annotations

from dataclasses import replace

import plotly.graph_objects as go

from lstm_viz.analysis.gradients import LayerGradients
from lstm_viz.figures import alt_text
from lstm_viz.figures.memory.strips import Strip, strip_grid
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import LIGHT, Palette
from lstm_viz.figures.viewport import Viewport
from lstm_viz.traces import LayerTrace

TITLES = (("cell_state", "on long-term memory", "foreground"), ("hidden_state", "on short-term memory", "foreground"))


def gradients_as_layer(layer: LayerTrace, gradients: LayerGradients) -> LayerTrace:
    """A layer's gradients in the place of its states, so that figures and the player take them as they take those."""
    return replace(
        layer,
        hidden_state=gradients.hidden_state,
        cell_state=gradients.cell_state,
        input_gate=None,
        forget_gate=None,
        candidate=None,
        output_gate=None,
        preactivations={},
    )


def gradient_strips(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """Every unit by every step of the window: how the answer would change if that state were a little larger."""
    of = viewport.own_layers
    shown = [Strip(*panel, of) for panel in TITLES if getattr(viewport.layers[of], panel[0]) is not None]
    figure = strip_grid(shown, viewport, replace(moment, layer=of), palette, 1 if narrow else len(shown))
    extents = {f"annotations[{k}].text": {"title": strip.title, "of": strip.array} for k, strip in enumerate(shown)}
    alt = alt_text.sentence(
        "The gradient of ", {"caption": "gradient_target"}, " by every unit's memories, step by step; by the STM of ",
        alt_text.UNIT, " after step ", alt_text.STEP, " it is ", alt_text.number("hidden_state"), ".",
    )  # fmt: skip
    meta = figure.layout.meta
    figure.layout.meta = {**meta, "follow": {**meta["follow"], **extents}, "alt": alt, "of": of}
    figure.layout.uirevision = "gradients"
    return figure
