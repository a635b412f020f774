"""Attribution of long-term memory (the "ledger"): each past event's share in the followed unit's, step by step."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from lstm_viz.figures import alt_text
from lstm_viz.figures.bindings.attribution import MAX_WRITES
from lstm_viz.figures.bindings.evaluate import apply_bindings
from lstm_viz.figures.cell.primitives import writer_fill
from lstm_viz.figures.layout import DIFFERENCE, NUMBER, heading
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.viewport import Viewport

HEIGHT, TITLE, MARGIN = 300, 46, 40
#: Shares in the line under the heading, on a wide screen and on a narrow one.
LISTED, LISTED_NARROW = 4, 1


def attribution_areas(
    viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False
) -> go.Figure:
    """Shares stacked on shares, signed: at every step they add up to the line, which is LTM.

    The six writes that ever weigh most have an area and a letter of their own, in the colours that the cell's memory
    has; writes of one letter share theirs, and an outline sets each area off from the next.
    """
    areas = [_area(rank, palette) for rank in range(MAX_WRITES)]
    areas += [_remainder("rest", palette), _remainder("before", palette, "/")]
    figure = go.Figure([*areas, *_sum(palette)], _layout(palette, narrow))
    return apply_bindings(figure, viewport, moment)


def _area(rank: int, palette: Palette) -> go.Bar:
    bar = _bar(rank, palette)
    bar.update(showlegend=False, textposition="inside", insidetextanchor="middle", textangle=0)
    bar.meta["follow"] |= {"name": _attribution(rank, "name"), "text": _attribution(rank, "labels")}
    colours = writer_fill(palette)
    bar.meta["follow"] |= {"marker.color": _attribution(rank, "colour") | colours}
    bar.meta["follow"] |= {"insidetextfont.color": _attribution(rank, "ink") | colours}
    return bar


def _remainder(rank: str, palette: Palette, shape: str = "") -> go.Bar:
    """What has no area of its own; what no event of the window wrote is hatched."""
    bar = _bar(rank, palette)
    bar.marker.color = palette.other_writers
    bar.update(name={"rest": "all other events", "before": "before this window"}[rank], marker_pattern_shape=shape)
    return bar


def _bar(rank: int | str, palette: Palette) -> go.Bar:
    return go.Bar(
        marker={"line": {"width": 1, "color": palette.background}},
        hovertemplate="<b>%{y}</b> of LTM at step %{x:d}<extra>%{fullData.name}</extra>",
        yhoverformat=DIFFERENCE,
        meta={"part": "cell_state", "follow": {"x": {"label": "steps"}, "y": _attribution(rank, "values")}},
    )


def _attribution(rank: int | str, give: str) -> dict[str, Any]:
    return {"attribution": rank, "give": give}


def _sum(palette: Palette) -> list[go.Scatter]:
    """LTM over its shares, on a rim that sets it off from any of them."""
    follow = {"x": {"label": "steps"}, "y": {"array": "cell_state", "select": "line"}}
    line = {
        "mode": "lines+markers",
        "hovertemplate": "LTM <b>%{y}</b> at step %{x:d}<extra></extra>",
        "yhoverformat": NUMBER,
        "meta": {"part": "cell_state", "follow": follow},
    }
    rim = go.Scatter(line, showlegend=False, line={"color": palette.background, "width": 5}, hoverinfo="skip")
    rim.update(marker={"color": palette.background, "size": 8}, hovertemplate=None)
    over = {"line": {"color": palette.foreground, "width": 2}, "marker": {"color": palette.foreground, "size": 5}}
    return [rim, go.Scatter(line, name="LTM, their sum", **over)]


def _layout(palette: Palette, narrow: bool) -> go.Layout:
    axis = {"fixedrange": True, "ticks": "", "tickfont": {"size": 11}, "showgrid": False}
    return go.Layout(
        height=HEIGHT,
        margin={"l": MARGIN, "r": 2, "t": TITLE, "b": 44},
        annotations=[heading(palette, MARGIN) | {"yshift": 20}, _sentence_annotation(palette, narrow)],
        barmode="relative",
        bargap=0,
        uniformtext={"mode": "hide", "minsize": 9},
        xaxis=axis | {"zeroline": False, "tickangle": 0},
        yaxis=axis | {"zeroline": True, "zerolinecolor": palette.muted, "nticks": 6},
        legend={"orientation": "h", "x": 0, "y": -0.09, "yanchor": "top", "itemclick": False, "itemdoubleclick": False},
        dragmode=False,
        font={"color": palette.muted, "family": FONT, "size": 12},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.surface,
        uirevision="ledger",
        meta={"follow": _follow(palette, narrow), "panels": ["steps"], "alt": _alt()},
    )


def _sentence_annotation(palette: Palette, narrow: bool) -> dict[str, Any]:
    """The line under the heading: today's memory, share by share."""
    return heading(palette, MARGIN) | {"font": {"color": palette.foreground, "size": 12 if narrow else 13}, "yshift": 1}


def _follow(palette: Palette, narrow: bool) -> dict[str, Any]:
    listed = {
        "max_listed": LISTED_NARROW if narrow else LISTED,
    } | writer_fill(palette)
    title = ["<b>", *_memory_at_step(), "</b> came from"]
    return {
        "annotations[0].text": alt_text.sentence(*title),
        "annotations[1].text": _attribution("all", "sentence") | listed,
        "shapes": {"marks": [{"over": "step", "x": "x", "y": "y"}], "colour": palette.foreground},
        "xaxis.range": {"label": "window range"},
        "xaxis.tickvals": {"label": "tick steps"},
        "xaxis.ticktext": {"label": "tick labels"},
    }


def _memory_at_step() -> tuple[str | dict[str, Any], ...]:
    return "Where the ", alt_text.number("cell_state"), " of ", alt_text.UNIT, " at step ", alt_text.STEP


def _alt() -> dict[str, Any]:
    shares = _attribution("all", "sentence") | {"max_listed": MAX_WRITES}
    return alt_text.sentence(*_memory_at_step(), " came from: ", shares, ". The shares of all events add up to it.")
