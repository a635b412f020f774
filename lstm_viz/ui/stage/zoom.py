"""Zoomable strips of any stretch of a stored run, from a few hundred steps to all of it."""

from __future__ import annotations

import streamlit as st

from lstm_viz.figures.memory.long_runs import Statistic, zoomed_strips
from lstm_viz.figures.viewport_builder import ROWS
from lstm_viz.player.components import theme_palette
from lstm_viz.storage.zarr.read import StoredTrace
from lstm_viz.ui.plain_text import plain_text
from lstm_viz.ui.session import Session, session
from lstm_viz.ui.stage.stage import CONFIG, narrow
from lstm_viz.ui.stage.views import View

#: Steps at once; what is wider than the run is left out, and all of it can always be seen.
WIDTHS = (300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 10_000_000)
ALL = "all"
STATISTICS: dict[str, Statistic] = {"smallest": "low", "mean": "mean", "largest": "high"}


@st.fragment
def zoomable_strips(view: View, run: StoredTrace) -> None:
    """The controls, and under them the strips; a change of one runs this fragment alone."""
    st.markdown("**Any stretch of the run**")
    with st.container(horizontal=True, vertical_alignment="bottom", key="zoom-controls"):
        start, stop = _choose_steps(run.steps)
        shown = st.segmented_control("each colour is the", list(STATISTICS), default="mean", required=True, key="bins")
        layer, sequence = _choose_index("layer", run.shape.layers), _choose_index("sequence", run.shape.sequences)
    figure = zoomed_strips(
        run,
        layer,
        start,
        stop,
        view.orders[layer][:ROWS],
        sequence=sequence,
        statistic=STATISTICS[str(shown)],
        palette=theme_palette(),
        narrow=narrow(),
    )
    with st.container(key="zoomed"):
        st.plotly_chart(figure, theme=None, config=CONFIG, alt=figure.layout.meta["said"], key="zoomed chart")


def _choose_steps(steps: int) -> tuple[int, int]:
    """The first step shown, from 0, and the one after the last."""
    widths = [f"{width:,}" for width in WIDTHS if width < steps]
    Session.zoom.restrict((*widths, ALL), ALL)
    chosen = str(
        st.selectbox("steps at once", [*widths, ALL], len(widths), key=Session.zoom.key, bind="query-params", width=140)
    )
    width = steps if chosen == ALL else int(chosen.replace(",", ""))
    last = steps - width + 1
    Session.zoom_from.limit(last)
    first = st.number_input(
        "from step", 1, last, 1, max(1, width // 2), key=Session.zoom_from.key, bind="query-params", width=170
    )
    st.button("Round the player's step", on_click=_center_on_player, args=(width, last), disabled=last == 1)
    return int(first) - 1, int(first) - 1 + width


def _center_on_player(width: int, last: int) -> None:
    """Centres the strips on the player's step, which it writes into the address."""
    step = st.query_params.get("step", "")
    if step.isascii() and step.isdigit() and len(step) < 12:
        session.zoom_from = min(max(1, int(step) - width // 2), last)


def _choose_index(name: str, count: int) -> int:
    """The index of the chosen layer or sequence, from 0; there is no choice where there is one alone."""
    if count == 1:
        return 0
    return int(st.selectbox(plain_text(name), range(1, count + 1), key=f"zoom {name}", width=110)) - 1
