"""The memories of two networks that read the same events: one strip under the other, one cursor through both."""

from __future__ import annotations

import plotly.graph_objects as go

from lstm_viz.figures import alts
from lstm_viz.figures.moments import Moment
from lstm_viz.figures.palette import LIGHT, Palette
from lstm_viz.figures.reels import Reel
from lstm_viz.figures.strips import Strip, panels

ALT = alts.sentence(
    "What two networks carry, unit by step: the LSTM's long-term memory and the RNN's one state. At step ",
    alts.STEP,
    " the LSTM's ",
    alts.UNIT,
    " holds ",
    alts.number("cell_state"),
    ".",
)


def two_networks(reel: Reel, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """An LSTM's long-term memory over the state of a plain RNN that is set beside it."""
    shown = [
        Strip("cell_state", "LSTM: long-term memory", "remember"),
        Strip("hidden_state", "RNN: its only state", "ink", of=reel.own),
    ]
    figure = panels(shown, reel, moment, palette, 1)
    figure.layout.meta = {**figure.layout.meta, "alt": ALT}
    return figure
