"""A run beside what it would have been: both memories of the followed unit, and the change of every unit's."""

from __future__ import annotations

from typing import Any, NamedTuple

import plotly.graph_objects as go

from lstm_viz.figures.alts import STEP, UNIT, Sentence, number, sentence
from lstm_viz.figures.headings import heading
from lstm_viz.figures.moments import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.reels import CHANGE, Reel
from lstm_viz.figures.rules import settle

HELD = {"caption": "held"}
PANEL, STRIP_ROW, TITLE, GAP = 96, 10, 26, 24


class Panel(NamedTuple):
    """One memory: its array, its name and the role of its colour."""

    array: str
    title: str
    role: str


PANELS = (Panel("cell_state", "Long-term memory", "remember"), Panel("hidden_state", "Short-term memory", "use"))


def before_after(reel: Reel, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """The run and the first of those beside it; the captions "held" and "start" say what was done, and from where."""
    other = reel.own
    rows = len(reel.shown(moment.layer, moment.unit))
    traces = [trace for place, panel in enumerate(PANELS) for trace in _lines(place, panel, other, palette)]
    figure = go.Figure([*traces, _changes(other, palette)], _layout(other, rows, palette))
    return settle(figure, reel, moment)


def _lines(place: int, panel: Panel, other: int, palette: Palette) -> list[go.Scatter]:
    """As it was, dotted; as it would have been; and what lies between."""
    axes = {"xaxis": "x", "yaxis": "y" if place == 0 else f"y{place + 1}"}
    colour = getattr(palette, panel.role)
    track: dict[str, Any] = {"x": {"words": "steps"}, "y": {"array": panel.array, "take": "line"}}
    told = f"{panel.title.lower()}, step %{{x}}: <b>%{{y:.3f}}</b><extra></extra>"
    before = go.Scatter(
        mode="lines+markers",
        line={"color": palette.ink, "width": 1.6, "dash": "dot"},
        marker={"size": 4},
        hovertemplate=f"as it was, {told}",
        meta={"part": "names", "follow": track},
        **axes,
    )
    after = go.Scatter(
        mode="lines+markers",
        line={"color": colour, "width": 2.6},
        marker={"size": 5},
        fill="tonexty",
        fillcolor=_veil(colour),
        hovertemplate=f"if held, {told}",
        meta={"part": "names", "of": other, "follow": track},
        **axes,
    )
    return [before, after]


def _veil(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.22)"


def _changes(other: int, palette: Palette) -> go.Heatmap:
    """Every unit's change of long-term memory, on the scale of the memory itself."""
    follow = {
        "z": {"array": f"{CHANGE}cell_state", "take": "window"},
        "x": {"words": "steps"},
        "y": {"words": "rows"},
        "zmin": {"limit": "cell_state", "times": -1},
        "zmax": {"limit": "cell_state", "times": 1},
        "colorscale": {"warp": "cell_state", "colours": list(palette.signed)},
    }
    return go.Heatmap(
        xaxis="x",
        yaxis="y3",
        xgap=1,
        ygap=1,
        showscale=False,
        hovertemplate="step %{x}: change <b>%{z:.3f}</b><extra></extra>",
        meta={"part": "names", "of": other, "follow": follow},
    )


def _layout(other: int, rows: int, palette: Palette) -> go.Layout:
    strip = max(rows * STRIP_ROW, 60)
    height = TITLE + 2 * (PANEL + GAP) + GAP + strip + 24
    inner = height - TITLE - 24
    axis = {"fixedrange": True, "zeroline": False, "ticks": "", "tickfont": {"size": 11}}
    tops = [inner - GAP, inner - 2 * GAP - PANEL, strip]
    sizes = [PANEL, PANEL, strip]
    spans = [[(top - size) / inner, top / inner] for top, size in zip(tops, sizes, strict=True)]
    names = [*(panel.title for panel in PANELS), "Change of every unit's long-term memory"]
    axes = {
        f"yaxis{'' if place == 0 else place + 1}": axis | {"domain": span, "nticks": 4, "gridcolor": palette.line}
        for place, span in enumerate(spans)
    }
    axes["yaxis3"] |= {"showgrid": False}
    return go.Layout(
        **axes,
        height=height,
        margin={"l": 40, "r": 6, "t": TITLE, "b": 24},
        xaxis=axis | {"showgrid": False, "anchor": "y3"},
        annotations=[
            heading(palette, 40) | {"font": {"color": palette.ink, "size": 14}},
            *(_named(name, span[1], palette) for name, span in zip(names, spans, strict=True)),
        ],
        showlegend=False,
        font={"color": palette.muted, "family": FONT},
        paper_bgcolor=palette.ground,
        plot_bgcolor=palette.belt,
        uirevision="before after",
        meta={"follow": _layout_rules(other, palette), "panels": ["steps"], "alt": _alt(other)},
    )


def _layout_rules(other: int, palette: Palette) -> dict[str, Any]:
    marks: list[dict[str, Any]] = [
        {"over": "step", "x": "x", "y": f"y{place}" if place > 1 else "y"} for place in (1, 2, 3)
    ]
    marks += [{"over": "unit", "x": "x", "y": "y3"}, {"over": "from", "x": "x", "y": "y", "step": "start"}]
    answer: list[Any] = [" it says: ", {"words": "said"}, " → ", {"words": "said", "in": other}]
    return {
        "xaxis.range": {"words": "window range"},
        "xaxis.tickvals": {"words": "tick steps"},
        "xaxis.ticktext": {"words": "tick labels"},
        "yaxis3.range": {"words": "row range"},
        "yaxis3.tickvals": {"words": "rows"},
        "yaxis3.ticktext": {"words": "units"},
        "annotations[0].text": sentence("<b>What if ", HELD, "?</b>  At step ", STEP, *answer),
        "shapes": {"marks": marks, "ink": palette.ink},
    }


def _named(name: str, top: float, palette: Palette) -> dict[str, Any]:
    place = {"xref": "paper", "yref": "paper", "x": 0, "y": top, "xanchor": "left", "yanchor": "bottom"}
    return place | {"text": name, "showarrow": False, "font": {"size": 12, "color": palette.muted}}


def _alt(other: int) -> Sentence:
    def after(array: str) -> dict[str, Any]:
        return number(array) | {"in": other}

    ltm: list[Any] = ["long-term memory ", number("cell_state"), " becomes ", after("cell_state")]
    stm: list[Any] = ["short-term memory ", number("hidden_state"), " becomes ", after("hidden_state")]
    return sentence("What if ", HELD, ". ", UNIT, " at step ", STEP, ": ", *ltm, ", ", *stm, ".")
