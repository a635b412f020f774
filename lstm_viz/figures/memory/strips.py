"""Heat maps of a run, unit by time: the strips under the picture, one cursor through all."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from lstm_viz.figures import alt_text
from lstm_viz.figures.bindings.evaluate import apply_bindings
from lstm_viz.figures.layout import NUMBER, axis_name
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette, plotly_colorscale
from lstm_viz.figures.viewport import CHANGE, HELD_BACK, SIGMOID_GATES, Viewport


class Strip(NamedTuple):
    """One panel: an array, its title, and the role of the title's colour: a gate's, or ink for memories."""

    array: str
    title: str
    hue: str
    #: Which layer of the viewport it shows, or "beside"; by default the one that is looked at.
    of: int | str | None = None
    #: Whether it shows the run of the checkpoint.
    by_checkpoint: bool = False

    @property
    def shown_array(self) -> str:
        """What a binding calls the array."""
        return f"{self.array} @checkpoint" if self.by_checkpoint else self.array


STRIPS = (
    Strip("cell_state", "Long-term memory", "foreground"),
    Strip("hidden_state", "Short-term memory", "foreground"),
    Strip("candidate", "Combined (candidate)", "learn"),
    Strip("forget_gate", "Forget factor", "forget"),
    Strip("output_gate", "Use factor", "use"),
    Strip("input_gate", "Ignore factor", "learn"),
)
ROW, TITLE, TICKS = 11, 24, 22
#: Room over a strip for its name and, in a line below, how far its colours reach.
WRAPPED_TITLE = 42
MAX_ACROSS = 3


def strips(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """Six heat maps, rows are units: memories and candidate on a signed scale, factors strong where they hold back."""
    shown = _shown(viewport, moment)
    across = 1 if narrow else min(MAX_ACROSS, len(shown))
    # That small values are enlarged takes a line of its own, where panels are side by side.
    arrays = {strip.array for strip in shown}
    wrapped = across > 1 and any(
        scale.signed_sqrt for scales in viewport.scales for name, scale in scales.items() if name in arrays
    )
    return strip_grid(shown, viewport, moment, palette, across, wrapped)


def strips_across(viewport: Viewport, moment: Moment) -> int:
    """How many strips stand side by side where there is room."""
    return min(MAX_ACROSS, len(_shown(viewport, moment)))


def _shown(viewport: Viewport, moment: Moment) -> list[Strip]:
    return [strip for strip in STRIPS if getattr(viewport.layers[moment.layer], strip.array) is not None]


def strip_grid(
    shown: list[Strip], viewport: Viewport, moment: Moment, palette: Palette, across: int, wrapped: bool = False
) -> go.Figure:
    """Heat maps in a grid, so many of them `across`, with one cursor through all; titles in two lines if `wrapped`."""
    rows = len(viewport.shown_rows(moment.layer, moment.unit))
    layout = _grid_layout(shown, across, rows, _units_title(viewport), palette, wrapped)
    figure = go.Figure([_panel(index, strip, palette) for index, strip in enumerate(shown)], layout)
    return apply_bindings(figure, viewport, moment)


def _panel(index: int, strip: Strip, palette: Palette) -> go.Heatmap:
    follow: dict[str, Any] = {
        "z": {"array": strip.shown_array, "select": "window"},
        "x": {"label": "steps"},
        "y": {"label": "rows"},
    }
    if strip.array in SIGMOID_GATES:
        scale = {"zmin": 0, "zmax": 1, "colorscale": plotly_colorscale(palette.gate(strip.hue))}
    else:
        scale = {}
        follow |= {
            "zmin": {"limit": strip.array, "times": -1},
            "zmax": {"limit": strip.array, "times": 1},
            "colorscale": {"colorscale": strip.array, "colours": list(palette.signed)},
        }
    return go.Heatmap(
        xaxis=axis_name("x", index),
        yaxis=axis_name("y", index),
        xgap=1,
        ygap=1,
        showscale=False,
        hovertemplate=f"step %{{x:d}} · {strip.title.lower()}: <b>%{{z}}</b><extra></extra>",
        zhoverformat=NUMBER,
        meta={"part": strip.array, "follow": follow} | ({} if strip.of is None else {"of": strip.of}),
        **scale,
    )


def _units_title(viewport: Viewport) -> str:
    """What the numbers at the left are, and why they may stand in no order that one sees."""
    natural = all((np.diff(order) > 0).all() for order in viewport.orders)
    return "unit" if natural else "units, largest first"


def _grid_layout(
    shown: list[Strip], across: int, rows: int, units: str, palette: Palette, wrapped: bool
) -> dict[str, Any]:
    """Panels in a grid, titles above them, unit numbers at the left, step names at the foot."""
    lines = -(-len(shown) // across)
    title = WRAPPED_TITLE if wrapped else TITLE
    panel = max(rows * ROW, 70)
    height = lines * (panel + title) + TICKS
    axes, titles, follow = {}, [], {"shapes": _marks(len(shown), palette)}
    for index, strip in enumerate(shown):
        line, column = divmod(index, across)
        left, right = panel_span(column, across)
        top = 1 - (line * (panel + title) + title) / height
        bottom = top - panel / height
        last = index + across >= len(shown)
        axes[axis_name("xaxis", index)] = _steps_axis(left, right, last, index, palette)
        axes[axis_name("yaxis", index)] = _units_axis(bottom, top, units if column == 0 else "", index, palette)
        titles.append(_title(strip, left, top, palette))
        follow |= _axis_bindings(index, last, column == 0, strip) | _title_binding(index, strip, wrapped)
    return {
        **axes,
        "annotations": titles,
        "height": height,
        "margin": {"l": 42, "r": 2, "t": 0, "b": 0},
        "paper_bgcolor": palette.background,
        "plot_bgcolor": palette.surface,
        "font": {"color": palette.muted, "size": 11, "family": FONT},
        "uirevision": "strips",
        "meta": {"follow": follow, "panels": [strip.array for strip in shown], "alt": alt_text.STRIPS},
    }


def panel_span(column: int, across: int, gap: float = 0.02) -> tuple[float, float]:
    """Where one of so many panels side by side begins and ends, as shares of the width."""
    width = (1 - gap * (across - 1)) / across
    return column * (width + gap), min(1.0, column * (width + gap) + width)


def _steps_axis(left: float, right: float, last: bool, index: int, palette: Palette) -> dict[str, Any]:
    return {
        "domain": [left, right],
        "anchor": axis_name("y", index),
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "showticklabels": last,
        "tickfont": {"color": palette.muted, "size": 11},
        "tickangle": 0,
        "ticks": "",
    }


def _units_axis(bottom: float, top: float, title: str, index: int, palette: Palette) -> dict[str, Any]:
    """Numbers of units, in the first column alone, which has a title."""
    return {
        "title": {"text": title, "standoff": 2, "font": {"size": 10}},
        "domain": [bottom, top],
        "anchor": axis_name("x", index),
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "showticklabels": bool(title),
        "tickfont": {"color": palette.muted, "size": 10},
        "ticks": "",
    }


def _title(strip: Strip, left: float, top: float, palette: Palette) -> dict[str, Any]:
    return {
        "text": f"<b>{strip.title}</b>" + factor_legend(strip.array),
        "x": left,
        "y": top,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "align": "left",
        "showarrow": False,
        "font": {"color": getattr(palette, strip.hue), "size": 13},
    }


def factor_legend(array: str) -> str:
    """What strong colours of a factor mean, to stand after its title; nothing for a memory.

    >>> factor_legend("forget_gate"), factor_legend("cell_state")
    ('  strong: forgets', '')
    """
    return f"  {HELD_BACK[array]}" if array in HELD_BACK else ""


def _title_binding(index: int, strip: Strip, wrapped: bool) -> dict[str, Any]:
    """The strip's name, and how far its colours reach in the run that it shows."""
    binding = {"title": strip.title, "of": strip.array} | ({"wrapped": True} if wrapped else {})
    return {f"annotations[{index}].text": binding | ({"in": strip.of} if strip.of else {})}


def _axis_bindings(index: int, last: bool, first: bool, strip: Strip) -> dict[str, Any]:
    steps, rows = axis_name("xaxis", index), axis_name("yaxis", index)
    bindings: dict[str, Any] = {
        f"{steps}.range": {"label": "window range"},
        f"{rows}.range": {"label": "row range"},
    }
    if last:
        own = {} if strip.of is None or strip.array.startswith(CHANGE) else {"in": strip.of}
        bindings |= {f"{steps}.tickvals": {"label": "tick steps"}, f"{steps}.ticktext": {"label": "tick labels"} | own}
    if first:
        bindings |= {f"{rows}.tickvals": {"label": "rows"}, f"{rows}.ticktext": {"label": "units"}}
    return bindings


def _marks(panels: int, palette: Palette) -> dict[str, Any]:
    pairs = [(axis_name("x", index), axis_name("y", index)) for index in range(panels)]
    marks = [{"over": over, "x": x, "y": y} for x, y in pairs for over in ("unit", "step")]
    return {"marks": marks, "colour": palette.foreground}


MEMORY_ALT = alt_text.sentence(
    "Long-term and short-term memory of every unit, step by step. At step ",
    alt_text.STEP,
    " ",
    alt_text.UNIT,
    " holds ",
    alt_text.number("cell_state"),
    " and shows ",
    alt_text.number("hidden_state"),
    ".",
)


def memory_strips(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """Two heat maps, rows are units: long-term memory and short-term memory."""
    figure = strip_grid(list(STRIPS[:2]), viewport, moment, palette, 1 if narrow else 2)
    figure.layout.meta = {**figure.layout.meta, "alt": MEMORY_ALT}
    return figure
