"""A little more is learned at one step: how much short-term memory changes at it and after it, in both cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from lstm_viz.figures import alt_text
from lstm_viz.figures.bindings.evaluate import apply_bindings
from lstm_viz.figures.formats import plain
from lstm_viz.figures.labels import escape_markup
from lstm_viz.figures.layout import axis_name, heading
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.viewport import Viewport

PANEL, GAP, TITLE, FOOT, MARGIN = 64, 30, 46, 40, 8
#: Room over the tallest bar for its number.
HEADROOM = 1.35


def stm_changes(
    rows: Mapping[str, Float[np.ndarray, " steps"]], first: int, step: int, events: Sequence[str], title: str
) -> Callable[..., go.Figure]:
    """Draws one row of bars a cell.

    rows: the change of STM at each step, by what the row is called; first: the first of the steps, step: the one at
    which more was learned, both counted from 0; events: what came in at the steps.
    """
    steps = [first + 1 + k for k in range(len(events))]

    def draw(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
        top = max(float(sizes.max()) for sizes in rows.values()) * HEADROOM or 1.0
        bars = [
            go.Bar(
                x=steps,
                y=sizes.tolist(),
                text=[plain(float(size), 3) for size in sizes],
                textposition="outside",
                textfont={"color": palette.foreground, "size": 12},
                cliponaxis=False,
                marker={"color": palette.use},
                hovertemplate="step %{x:d}: STM changes by <b>%{text}</b><extra></extra>",
                xaxis=axis_name("x", k),
                yaxis=axis_name("y", k),
                meta={"part": "hidden_state"},
            )
            for k, sizes in enumerate(rows.values())
        ]
        layout = _layout(list(rows), steps, step + 1, events, title, top, palette)
        layout.meta = {"alt": alt_text.sentence(_alt(title, rows, steps))}
        return apply_bindings(go.Figure(bars, layout), viewport, moment)

    return draw


def _layout(
    names: Sequence[str], steps: list[int], at: int, events: Sequence[str], title: str, top: float, palette: Palette
) -> go.Layout:
    total = len(names) * PANEL + (len(names) - 1) * GAP
    axes: dict[str, Any] = {}
    annotations = [heading(palette, 0) | {"text": f"<b>{title}</b>", "yshift": 22}]
    named = [f"{step}<br>{escape_markup(event)}" for step, event in zip(steps, events, strict=True)]
    for k, name in enumerate(names):
        high = 1 - k * (PANEL + GAP) / total
        axes[axis_name("xaxis", k)] = {
            "anchor": axis_name("y", k),
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "ticks": "",
            "range": [steps[0] - 0.5, steps[-1] + 0.5],
            "tickvals": steps,
            "ticktext": named,
            "showticklabels": k == len(names) - 1,
            "tickfont": {"size": 12, "color": palette.foreground},
        }
        axes[axis_name("yaxis", k)] = {
            "anchor": axis_name("x", k),
            "domain": [max(0.0, high - PANEL / total), high],
            "range": [0, top],
            "fixedrange": True,
            "showgrid": False,
            "showticklabels": False,
            "zeroline": True,
            "zerolinecolor": palette.line,
        }
        annotations.append(heading(palette, 0) | {"text": name, "y": high, "yshift": -1})
    # The step at which more was learned is framed in each row.
    frame = {"type": "rect", "y0": 0, "y1": 1, "x0": at - 0.46, "x1": at + 0.46}
    frame |= {"line": {"color": palette.learn, "width": 2, "dash": "dot"}}
    frames = [frame | {"xref": axis_name("x", k), "yref": f"{axis_name('y', k)} domain"} for k in range(len(names))]
    return go.Layout(
        **axes,
        height=total + TITLE + FOOT,
        margin={"l": MARGIN, "r": MARGIN, "t": TITLE, "b": FOOT},
        annotations=annotations,
        shapes=frames,
        showlegend=False,
        dragmode=False,
        bargap=0.3,
        font={"color": palette.muted, "family": FONT},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.background,
        uirevision="later",
    )


def _alt(title: str, rows: Mapping[str, np.ndarray], steps: Sequence[int]) -> str:
    parts = []
    for name, sizes in rows.items():
        listed = ", ".join(f"{plain(float(size), 3)} at step {step}" for size, step in zip(sizes, steps, strict=True))
        parts.append(f"{name}: {listed}.")
    return f"{title}. {' '.join(parts)}"
