"""Two cells side by side: two runs with their difference, or the standard and the course's cell."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go

from lstm_viz.figures import alt_text
from lstm_viz.figures.bindings.evaluate import apply_bindings, at_layer
from lstm_viz.figures.cell.geometry import NARROW
from lstm_viz.figures.cell.picture import cell_picture
from lstm_viz.figures.labels import escape_markup
from lstm_viz.figures.memory.strips import Strip, strip_grid
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.viewport import CHANGE, Viewport

BESIDE = "beside"
#: Room for a title of one line, for each more, and lines at most.
TITLE, LINE, MAX_LINES = 24, 16, 3
#: A strip's colour bar, as a share of its width.
COLOUR_BAR = 0.3
MEMORIES = (("cell_state", "Long-term memory", "foreground"), ("hidden_state", "Short-term memory", "foreground"))


def run_cell_picture(of: str | None) -> Callable[..., go.Figure]:
    """Draws the cell of this run (None) or of the one "beside" it, at whatever layer is looked at."""

    def draw(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
        figure = cell_picture(viewport, at_layer(of, viewport, moment), palette=palette, narrow=True)
        if of:
            for trace in figure.data:
                trace.meta = {**(trace.meta or {}), "of": of}
            figure.layout.meta = {**figure.layout.meta, "of": of}
            figure.layout.uirevision = "cell beside"
        beside = _name(viewport.captions.get("beside", ""), narrow)
        _add_title(figure, f"<b>{beside if of else 'This run'}</b>", palette, beside.count("<br>"))
        return apply_bindings(figure, viewport, moment)

    return draw


def _name(beside: str, narrow: bool) -> str:
    """What stands beside, in as many lines as it takes."""
    lines = wrap(f"Beside it: {beside}" if beside else "Beside it", 40 if narrow else 64)
    return "<br>".join(escape_markup(line) for line in lines[:MAX_LINES])


def _add_title(figure: go.Figure, text: str, palette: Palette, more: int = 0) -> None:
    """A title over a narrow cell, for which the picture grows upwards; by as many `more` lines in both cells."""
    room = TITLE + LINE * more
    position = {"x": 0, "y": NARROW.height + 8, "xanchor": "left", "yanchor": "bottom", "showarrow": False}
    style = {"font": {"size": 13.5, "color": palette.foreground, "family": FONT}, "align": "left"}
    figure.add_annotation(**position, **style, text=text)
    figure.layout.yaxis.range = [0, NARROW.height + room]
    figure.layout.height = NARROW.height + room + 8


def memory_comparison(
    viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False
) -> go.Figure:
    """Both memories of this run, of the run beside it, and the second minus the first, each on one scale for both.

    There is no difference where the two have not the same units.
    """
    shown = [strip for memory in MEMORIES for strip in _row(viewport, moment, *memory)]
    across = 1 if narrow else compared_across(viewport, moment)
    figure = strip_grid(shown, viewport, moment, palette, across, wrapped=True)
    for index, strip in enumerate(shown):
        if strip.array.startswith(CHANGE):
            _add_colour_bar(figure, index, palette)
    meta = figure.layout.meta
    alt = _alt(any(strip.array.startswith(CHANGE) for strip in shown))
    figure.layout.meta = {**meta, "alt": alt}
    figure.layout.uirevision = "compared"
    return apply_bindings(figure, viewport, moment)


def compared_across(viewport: Viewport, moment: Moment) -> int:
    """How many strips of two runs stand side by side where there is room."""
    return max(len(_row(viewport, moment, *memory)) for memory in MEMORIES)


def _add_colour_bar(figure: go.Figure, index: int, palette: Palette) -> None:
    """A colour bar of its own at the right over a strip, 0 in its middle."""
    number = "" if index == 0 else str(index + 1)
    across, down = (figure.layout[f"{axis}axis{number}"].domain for axis in "xy")
    at = {"x": across[1], "xanchor": "right", "xpad": 0, "y": down[1], "yanchor": "bottom", "ypad": 3}
    size = {"orientation": "h", "thickness": 6, "len": COLOUR_BAR * (across[1] - across[0]), "lenmode": "fraction"}
    figure.data[index].update(
        showscale=True,
        colorbar=at | size | {"outlinewidth": 0, "nticks": 4, "tickfont": {"size": 9, "color": palette.muted}},
    )


def _row(viewport: Viewport, moment: Moment, array: str, title: str, gate: str) -> list[Strip]:
    if not _has(viewport, moment, array):
        return []
    strips = [Strip(array, title, gate), Strip(array, f"{title}, beside", gate, of=BESIDE)]
    if _comparable(viewport, moment, array):
        strips.append(Strip(f"{CHANGE}{array}", "Beside minus this", gate, of=BESIDE))
    return strips


def _has(viewport: Viewport, moment: Moment, array: str) -> bool:
    layers = moment.layer % viewport.own_layers, at_layer(BESIDE, viewport, moment).layer
    return all(getattr(viewport.layers[index], array) is not None for index in layers)


def _comparable(viewport: Viewport, moment: Moment, array: str) -> bool:
    return f"{CHANGE}{array}" in viewport.scales[at_layer(BESIDE, viewport, moment).layer]


def _alt(differ: bool) -> alt_text.Sentence:
    parts: list[str | dict[str, Any]] = ["Two runs: at step ", alt_text.STEP, ", ", alt_text.UNIT, " holds "]
    parts += [
        alt_text.number("hidden_state"),
        " in STM; in the run beside it ",
        alt_text.number("hidden_state") | {"in": BESIDE},
    ]
    if differ:
        parts += [", a difference of ", alt_text.number(f"{CHANGE}hidden_state") | {"in": BESIDE}]
    return alt_text.sentence(*parts, ".")


#: What the use gate reads, which is all in which the two cells differ.
SOURCES = {
    "standard": ("Standard cell", "the use gate reads the new LTM"),
    "course": ("The course's cell", "it reads what was kept"),
}
#: Line width of the pipe in which two cells differ.
WIDE_PIPE = 7


def layer_cell_picture(layer: int) -> Callable[..., go.Figure]:
    """Draws the cell of one layer of the viewport, whatever layer is looked at."""

    def draw(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
        variant = viewport.layers[layer].variant
        figure = cell_picture(viewport, at_layer(layer, viewport, moment), palette=palette, narrow=True)
        for trace in figure.data:
            if trace.meta:
                trace.meta = {**trace.meta, "of": layer}
            if trace.type == "scatter" and (trace.meta or {}).get("part") == "readout":
                trace.line.width = WIDE_PIPE
        name, source = SOURCES[variant]
        _add_title(figure, f"<b>{name}</b>: {source}", palette)
        figure.layout.meta = {**figure.layout.meta, "of": layer}
        figure.layout.uirevision = f"cell {layer}"
        return figure

    return draw
