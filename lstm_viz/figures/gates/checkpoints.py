"""Charts of the checkpoints of a training: the gates of each one's run, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Bool, Float

from lstm_viz.figures import alt_text
from lstm_viz.figures.bindings.evaluate import apply_bindings
from lstm_viz.figures.layout import heading
from lstm_viz.figures.memory.half_life import updates_binding
from lstm_viz.figures.memory.strips import Strip, factor_legend, strip_grid
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.sequences.lines import power_text
from lstm_viz.figures.viewport import Viewport

STRIPS = (
    Strip("forget_gate", "Forget factor", "forget", by_checkpoint=True),
    Strip("input_gate", "Ignore factor", "learn", by_checkpoint=True),
)
HEIGHT, TITLE, FOOT, MARGIN = 240, 24, 38, 56
#: A smaller share of a gradient is drawn at the lower edge.
SMALLEST_SHARE = 1e-8
#: How far marks of equal waits stand apart.
APART = 0.3


def checkpoint_strips(
    viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False
) -> go.Figure:
    """Forget and input gates of every unit in the run of the checkpoint, step by step."""
    figure = strip_grid(list(STRIPS), viewport, moment, palette, 1 if narrow else len(STRIPS))
    after = updates_binding(viewport)
    titles = {
        f"annotations[{k}].text": alt_text.sentence(
            f"<b>{strip.title}</b>  after ", after, "" if narrow else f" ·{factor_legend(strip.array)}"
        )
        for k, strip in enumerate(STRIPS)
    }
    alt = alt_text.sentence(
        "Forget and ignore factors of every unit after ", after, ", step by step; at step ", alt_text.STEP,
        " those of ", alt_text.UNIT, " are ", alt_text.number("forget_gate @checkpoint", "plain"), " and ",
        alt_text.number("input_gate @checkpoint", "plain"), ".",
    )  # fmt: skip
    meta = figure.layout.meta
    figure.layout.meta = {**meta, "follow": {**meta["follow"], **titles}, "alt": alt}
    figure.layout.uirevision = "checkpoint strips"
    return apply_bindings(figure, viewport, moment)


def checkpoint_answers(
    viewport: Viewport,
    moment: Moment,
    *,
    waits: Sequence[int],
    shares: Float[np.ndarray, "trainings checkpoints questions"],
    right: Bool[np.ndarray, "trainings checkpoints questions"],
    palette: Palette = LIGHT,
    narrow: bool = False,
) -> go.Figure:
    """One mark a question: how long the letter has to be kept, how much of the gradient is left there, right or wrong.

    waits: steps from each letter to its question; shares: of the gradient at the question, what is left at the letter;
    right: what the checkpoint answers right.
    """

    def each(values: Any) -> dict[str, Any]:
        return {"by_checkpoint": values}

    marks = go.Scatter(
        x=_spread(waits),
        mode="markers",
        marker={"size": 12, "line": {"width": 1.6, "color": palette.remember}, "color": palette.remember},
        cliponaxis=False,
        customdata=[[wait] for wait in waits],
        hovertemplate="%{customdata[0]} steps from the letter to “?”: %{text}<extra></extra>",
        meta={
            "part": "names",
            "follow": {
                "y": each(_drawn(shares)),
                "marker.symbol": each(_mapped(right, lambda is_right: "circle" if is_right else "x-thin")),
                "text": each(_told(shares, right)),
            },
        },
    )
    return apply_bindings(go.Figure(marks, _layout(viewport, waits, shares, right, palette)), viewport, moment)


def _spread(waits: Sequence[int]) -> list[float]:
    """Waits as places, equal ones side by side.

    >>> _spread([5, 9, 9])
    [5.0, 8.85, 9.15]
    """
    places = []
    for index, wait in enumerate(waits):
        count, earlier = list(waits).count(wait), list(waits[:index]).count(wait)
        places.append(round(wait + APART * (earlier - (count - 1) / 2), 3))
    return places


def _mapped(values: np.ndarray, change: Any) -> list[list[list[Any]]]:
    return [[[change(value) for value in part] for part in training] for training in values.tolist()]


def _drawn(shares: np.ndarray) -> list[list[list[float]]]:
    return _mapped(shares, lambda share: float(f"{max(share, SMALLEST_SHARE):.4g}"))


def _told(shares: np.ndarray, right: np.ndarray) -> list[list[list[str]]]:
    told = np.empty(shares.shape, dtype=object)
    for place, share in np.ndenumerate(shares):
        told[place] = f"answered {'right' if right[place] else 'wrong'}, {share:.2g} of the gradient is left"
    result: list[list[list[str]]] = told.tolist()
    return result


def _layout(
    viewport: Viewport, waits: Sequence[int], shares: np.ndarray, right: np.ndarray, palette: Palette
) -> go.Layout:
    lowest = int(np.floor(np.log10(max(float(shares.min()), SMALLEST_SHARE))))
    counts = {"by_checkpoint": [[f"{int(part.sum())} of {len(waits)}" for part in training] for training in right]}
    after = updates_binding(viewport)
    axis = {"fixedrange": True, "zeroline": False, "gridcolor": palette.grid, "ticks": "", "tickfont": {"size": 11}}
    powers = range(lowest, 1, 1 if lowest > -5 else 2)
    follow = {
        "annotations[0].text": alt_text.sentence(
            "<b>Answered right: ", counts, "</b>  after ", after, "   ● right  × wrong"
        ),
    }
    return go.Layout(
        height=HEIGHT,
        margin={"l": MARGIN, "r": 8, "t": TITLE, "b": FOOT},
        annotations=[heading(palette, MARGIN)],
        xaxis=axis
        | {"range": [0, max(waits) + 1], "dtick": 5, "tick0": 0}
        | {"title": {"text": "steps from the letter to “?”", "standoff": 4, "font": {"size": 12}}},
        yaxis=axis
        | {"type": "log", "range": [lowest - 0.2, 0.3]}
        | {"tickvals": [10.0**power for power in powers], "ticktext": [power_text(power) for power in powers]}
        | {"title": {"text": "gradient left at the letter", "standoff": 2, "font": {"size": 12}}},
        showlegend=False,
        dragmode=False,
        hovermode="closest",
        font={"color": palette.muted, "family": FONT, "size": 12},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.surface,
        uirevision="checkpoint answers",
        meta={
            "follow": follow,
            "alt": alt_text.sentence(
                "How many questions are answered right after ", after, ": ", counts,
                "; and how much of each question's gradient is left at its letter.",
            ),
        },
    )  # fmt: skip
