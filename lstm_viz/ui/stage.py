"""The stage of a page: the player, and the charts it drives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import plotly.graph_objects as go
import streamlit as st

from lstm_viz.figures.cell_picture import cell_picture
from lstm_viz.figures.lanes import lanes
from lstm_viz.figures.moments import Moment
from lstm_viz.figures.overviews import overview
from lstm_viz.figures.palette import DARK, LIGHT
from lstm_viz.figures.reeling import reel_of
from lstm_viz.figures.reels import Reel
from lstm_viz.figures.strips import strips
from lstm_viz.playback.players import play
from lstm_viz.ui.address import moment_in_address
from lstm_viz.ui.views import View

Draw = Callable[..., go.Figure]


class Drawn(NamedTuple):
    """What a session has drawn for one view, kept so that a rerun sends nothing anew."""

    view: tuple[str, bool]
    moment: Moment
    figures: dict[str, tuple[go.Figure, str]]


@st.fragment
def stage(view: View) -> None:
    """Player and charts of a view. The player asks this fragment alone for numbers it lacks."""
    asked = _asked(view)
    reel = _reel(view, asked.get("step", moment_in_address().step))
    drawn = _drawn(view, reel)
    play(reel, drawn.moment, charts=list(drawn.figures), view=view.name, narrow=drawn.view[1])
    for key, (figure, alt) in drawn.figures.items():
        with st.container(key=key):
            st.plotly_chart(figure, theme=None, config=CONFIG, alt=alt, key=f"{key} chart")


CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False}


def _asked(view: View) -> dict[str, int]:
    """The player's last question about this view."""
    need = st.session_state.get("player", {}).get("need")
    if need and need["view"] == view.name:
        st.session_state["asked"] = need
    last = st.session_state.get("asked", {})
    return last if last.get("view") == view.name else {}


def _reel(view: View, around: int) -> Reel:
    return reel_of(
        view.trace,
        view.labels,
        events=view.events,
        feature_names=view.feature_names,
        sequence_names=view.sequence_names,
        answers=view.answers,
        orders=view.orders,
        around=min(around, len(view.labels) - 1),
        window=16 if _narrow() else 32,
    )


def _narrow() -> bool:
    """Whether the screen is a phone's: as the player measured it, until then as the browser says."""
    measured = st.session_state.get("player", {}).get("narrow")
    return "Mobi" in st.context.headers.get("User-Agent", "") if measured is None else measured


def _drawn(view: View, reel: Reel) -> Drawn:
    identity = (view.name, _narrow())
    drawn = st.session_state.get("drawn")
    if drawn is None or drawn.view != identity:
        drawn = st.session_state["drawn"] = _draw(view, reel, identity)
    return drawn


def _draw(view: View, reel: Reel, identity: tuple[str, bool]) -> Drawn:
    moment = inside(moment_in_address(), reel)
    palette = DARK if st.context.theme.type == "dark" else LIGHT
    chosen = {"strips": (strips, "Every unit of each gate and memory, step by step.")}
    if reel.overview is not None:
        chosen = {"overview": (overview, "The followed unit's memory over the whole sequence.")} | chosen
    if len(reel.sequence_names) > 1:
        chosen = {"lanes": (lanes, "The followed unit's memory in every sequence of the batch.")} | chosen
    if reel.layers[0].cell_state is not None:
        chosen = {"cell": (cell_picture, "Memory flowing through the gates of the cell.")} | chosen
    figures = {
        key: (draw(reel, moment, palette=palette, narrow=identity[1]), alt) for key, (draw, alt) in chosen.items()
    }
    return Drawn(identity, moment, figures)


def inside(moment: Moment, reel: Reel) -> Moment:
    """The nearest moment that exists in a reel."""
    layer = min(moment.layer, len(reel.layers) - 1)
    sequence = min(moment.sequence, len(reel.sequence_names) - 1)
    step = min(moment.step, int(reel.lengths[sequence]) - 1)
    unit = moment.unit if moment.unit in reel.units[layer] else int(reel.units[layer][0])
    window = min(step // reel.window * reel.window, max(0, reel.total - reel.window))
    return replace(moment, layer=layer, sequence=sequence, step=step, unit=unit, window=window)
