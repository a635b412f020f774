"""Charts of a fit's checkpoints: gates over one stretch of a sequence, and maps of every unit at every checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from lstm_viz.figures import alt_text
from lstm_viz.figures.bindings.evaluate import apply_bindings
from lstm_viz.figures.gates.checkpoints import STRIPS
from lstm_viz.figures.labels import SHORT_LABEL, escape_markup, truncate
from lstm_viz.figures.layout import NUMBER, axis_name, heading
from lstm_viz.figures.memory.half_life import MAX_HALF_LIFE, MIN_HALF_LIFE, duration_text, updates_binding
from lstm_viz.figures.memory.strips import ROW, factor_legend, panel_span
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette, plotly_colorscale
from lstm_viz.figures.viewport import Viewport

TITLE, FOOT = 24, 38
#: Steps, and checkpoints, that have a label at most.
MAX_STEP_TICKS, MAX_LONG_TICKS, MAX_UPDATE_TICKS = 32, 4, 8


class StretchOfCheckpoints(NamedTuple):
    """Gates of every checkpoint's run over one stretch of a sequence, in the order in which the units are shown."""

    forget_gate: Float[np.ndarray, "checkpoints steps units"]
    input_gate: Float[np.ndarray, "checkpoints steps units"]
    #: What the steps are called, what the stretch is, and the units' numbers in the model.
    labels: Sequence[str]
    title: str
    units: Sequence[int]


def checkpoint_stretch(
    viewport: Viewport,
    moment: Moment,
    *,
    stretch: StretchOfCheckpoints,
    palette: Palette = LIGHT,
    narrow: bool = False,
) -> go.Figure:
    """Forget and input gates of every unit in the checkpoint's run, over a stretch that stays the same."""
    after = updates_binding(viewport)

    def legend(array: str) -> str:
        return "" if narrow else f" ·{factor_legend(array)}"

    panels = [
        _Panel(
            {"by_checkpoint": [_written(getattr(stretch, strip.array).transpose(0, 2, 1))]},
            alt_text.sentence(
                f"<b>{strip.title}</b>  after ", after, "" if narrow else f" ·{factor_legend(strip.array)}"
            ),
            strip.hue,
            {"zmin": 0, "zmax": 1, "colorscale": plotly_colorscale(palette.gate(strip.hue))},
            f"unit %{{y}}, %{{x}}: {strip.title.lower()} <b>%{{z}}</b><extra></extra>",
        )
        for strip in STRIPS
    ]
    steps = list(range(1, len(stretch.labels) + 1))
    most = MAX_STEP_TICKS if all(len(text) <= SHORT_LABEL for text in stretch.labels) else MAX_LONG_TICKS
    every = max(1, -(-len(steps) // most))
    ticks = steps[::every], [escape_markup(truncate(text, 10)) for text in stretch.labels[::every]]
    figure = _panel_grid(panels, steps, ticks, stretch.units, stretch.title, palette, narrow)
    alt = alt_text.sentence(f"Forget and ignore factors of every unit over {stretch.title}, after ", after, ".")
    figure.layout.meta = {**figure.layout.meta, "alt": alt}
    return apply_bindings(figure, viewport, moment)


def checkpoint_maps(
    viewport: Viewport,
    moment: Moment,
    *,
    forget_means: Float[np.ndarray, "checkpoints units"],
    half_lives: Float[np.ndarray, "checkpoints units"],
    units: Sequence[int],
    palette: Palette = LIGHT,
    narrow: bool = False,
) -> go.Figure:
    """Unit by checkpoint: the mean forget factor, and the half-life on a log scale; the checkpoint is framed."""
    known = viewport.checkpoints
    assert known is not None
    count = len(known.updates)
    lives = np.clip(half_lives, MIN_HALF_LIFE, MAX_HALF_LIFE)
    longest = max(1.0, float(np.log10(lives).max()))
    panels = [
        _Panel(
            _written(forget_means.T),
            "<b>Mean forget factor</b>  strong: forgets",
            "forget",
            {"zmin": 0, "zmax": 1, "colorscale": plotly_colorscale(palette.gate("forget"))},
            "unit %{y}, after %{customdata} updates: <b>%{z}</b><extra></extra>",
        ),
        _Panel(
            _written(np.log10(lives).T),
            "<b>Half-life</b>  the stronger the longer, on a log scale",
            "remember",
            {
                "zmin": 0,
                "zmax": longest,
                "colorscale": [[0, palette.surface], [1, palette.remember]],
            },
            "unit %{y}, after %{customdata} updates: <b>%{text}</b><extra></extra>",
            [[duration_text(steps) for steps in row] for row in half_lives.T.tolist()],
        ),
    ]
    labelled = sorted({round(k * (count - 1) / (MAX_UPDATE_TICKS - 1)) for k in range(MAX_UPDATE_TICKS)})
    ticks = labelled, [f"{known.updates[k]:,}" for k in labelled]
    figure = _panel_grid(panels, list(range(count)), ticks, units, "updates", palette, narrow)
    written = [[f"{update:,}" for update in known.updates] for _ in units]
    figure.update_traces(customdata=written)
    frames = {"by_checkpoint": [[_frames(k, len(panels), palette) for k in range(count)]]}
    meta = figure.layout.meta
    figure.layout.meta = {
        **meta,
        "follow": {**meta["follow"], "shapes": frames},
        "panels": ["checkpoints"],
        "alt": alt_text.sentence(
            "The mean forget factor and the half-life of every unit at every checkpoint; framed: after ",
            updates_binding(viewport),
            ".",
        ),
    }
    return apply_bindings(figure, viewport, moment)


class _Panel(NamedTuple):
    """A heat map, rows are units: its values or a binding to them, its title, and what it says under the pointer."""

    values: Any
    title: Any
    hue: str
    scale: dict[str, Any]
    hover: str
    text: Any = None


def _written(values: np.ndarray) -> Any:
    """Values with as many digits as can be told apart by colour, or read."""
    return np.round(values.astype(float), 3).tolist()


def _frames(place: int, panels: int, palette: Palette) -> list[dict[str, Any]]:
    """The outline of one column in every panel."""
    return [
        {
            "type": "rect",
            "xref": axis_name("x", index),
            "yref": f"{axis_name('y', index)} domain",
            "x0": place - 0.5,
            "x1": place + 0.5,
            "y0": 0,
            "y1": 1,
            "line": {"color": palette.foreground, "width": 2},
        }
        for index in range(panels)
    ]


def _panel_grid(
    panels: Sequence[_Panel],
    places: Sequence[int],
    ticks: tuple[Sequence[int], Sequence[str]],
    units: Sequence[int],
    foot: str,
    palette: Palette,
    narrow: bool,
) -> go.Figure:
    """Panels side by side, or one below the other on a narrow screen; titles above, units at the left."""
    across = 1 if narrow else len(panels)
    lines = len(panels) // across
    height = max(len(units) * ROW, 88)
    total = lines * (height + TITLE + FOOT)
    axes: dict[str, Any] = {}
    traces, titles, follow = [], [], {}
    quiet = {"fixedrange": True, "showgrid": False, "zeroline": False, "ticks": "", "tickfont": {"size": 11}}
    names = [str(unit + 1) for unit in units]
    for index, panel in enumerate(panels):
        line, column = divmod(index, across)
        left, right = panel_span(column, across, 0.03)
        top = 1 - (line * (height + TITLE + FOOT) + TITLE) / total
        bottom = top - height / total
        bound = isinstance(panel.values, dict)
        meta = {"part": "names"} | ({"follow": {"z": panel.values}} if bound else {})
        traces.append(
            go.Heatmap(
                x=list(places),
                y=names,
                z=None if bound else panel.values,
                text=panel.text,
                xgap=1,
                ygap=1,
                showscale=False,
                hovertemplate=panel.hover,
                zhoverformat=NUMBER,
                xaxis=axis_name("x", index),
                yaxis=axis_name("y", index),
                meta=meta,
                **panel.scale,
            )
        )
        axes[axis_name("xaxis", index)] = quiet | {
            "domain": [left, right],
            "anchor": axis_name("y", index),
            "tickvals": list(ticks[0]),
            "ticktext": list(ticks[1]),
            "tickangle": 0,
            "title": {"text": foot, "standoff": 2, "font": {"size": 11}},
        }
        axes[axis_name("yaxis", index)] = quiet | {
            "domain": [bottom, top],
            "anchor": axis_name("x", index),
            "type": "category",
            "autorange": "reversed",
            "tickvals": names,
            "tickfont": {"size": 10},
            "showticklabels": column == 0,
            "title": {"text": "unit" if column == 0 else "", "standoff": 2, "font": {"size": 10}},
        }
        text = panel.title if isinstance(panel.title, str) else " "
        titles.append(heading(palette, 0) | {"text": text, "x": left, "y": top, "font": _font(panel.hue, palette)})
        if not isinstance(panel.title, str):
            follow[f"annotations[{index}].text"] = panel.title
    return go.Figure(
        traces,
        {
            **axes,
            "annotations": titles,
            "height": total,
            "margin": {"l": 42, "r": 2, "t": 0, "b": 0},
            "paper_bgcolor": palette.background,
            "plot_bgcolor": palette.surface,
            "font": {"color": palette.muted, "size": 11, "family": FONT},
            "dragmode": False,
            "uirevision": "checkpoint panels",
            "meta": {"follow": follow},
        },
    )


def _font(hue: str, palette: Palette) -> dict[str, Any]:
    return {"color": getattr(palette, hue), "size": 13}
