"""Both memories over time, every unit: the strips of the pages that name no gate yet."""

from __future__ import annotations

import plotly.graph_objects as go

from lstm_viz.figures import alts
from lstm_viz.figures.moments import Moment
from lstm_viz.figures.palette import LIGHT, Palette
from lstm_viz.figures.reels import Reel
from lstm_viz.figures.strips import STRIPS, panels

ALT = alts.sentence(
    "Long-term and short-term memory of every unit, step by step. At step ",
    alts.STEP,
    " ",
    alts.UNIT,
    " holds ",
    alts.number("cell_state"),
    " and shows ",
    alts.number("hidden_state"),
    ".",
)


def memory_strips(reel: Reel, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """Two heat maps, rows are units: long-term memory and short-term memory."""
    figure = panels(list(STRIPS[:2]), reel, moment, palette, 1 if narrow else 2)
    figure.layout.meta = {**figure.layout.meta, "alt": ALT}
    return figure
