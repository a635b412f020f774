"""One of two cells that stand side by side, drawn small, with the pipe lit in which they differ."""

from __future__ import annotations

from collections.abc import Callable

import plotly.graph_objects as go

from lstm_viz.figures.cell_picture import cell_picture
from lstm_viz.figures.geometry import NARROW
from lstm_viz.figures.moments import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.reels import Reel

#: What the use gate reads, which is all in which the two cells differ.
SOURCES = {
    "standard": ("Standard cell", "the use gate reads LTM, the sum"),
    "course": ("The course's cell", "the use gate reads what was kept"),
}
TITLE, WIDE_PIPE = 24, 7


def cell_of(layer: int) -> Callable[..., go.Figure]:
    """Draws the cell of one layer of the reel, whatever layer is looked at."""

    def draw(reel: Reel, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
        variant = reel.layers[layer].variant
        figure = cell_picture(reel, _at(moment, layer), palette=palette, narrow=True)
        for trace in figure.data:
            if trace.meta:
                trace.meta = {**trace.meta, "of": layer}
            if trace.type == "scatter" and (trace.meta or {}).get("part") == "readout":
                trace.line.width = WIDE_PIPE
        return _titled(figure, layer, *SOURCES[variant], palette)

    return draw


def _at(moment: Moment, layer: int) -> Moment:
    return Moment(**{**vars(moment), "layer": layer})


def _titled(figure: go.Figure, layer: int, name: str, source: str, palette: Palette) -> go.Figure:
    title = {"x": 0, "y": NARROW.height + 16, "text": f"<b>{name}</b>: {source}", "showarrow": False}
    font = {"size": 13.5, "color": palette.ink, "family": FONT}
    figure.add_annotation(**title, xanchor="left", yanchor="middle", font=font)
    figure.layout.yaxis.range = [0, NARROW.height + TITLE]
    figure.layout.height = NARROW.height + TITLE + 8
    figure.layout.meta = {**figure.layout.meta, "of": layer}
    figure.layout.uirevision = f"cell {layer}"
    return figure
