"""The stage of a page: the player, and the charts it drives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
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
from lstm_viz.playback.players import message, play
from lstm_viz.ui.address import moment_in_address, step_in_address
from lstm_viz.ui.views import View

Draw = Callable[..., go.Figure]
CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False}


@dataclass
class Drawn:
    """What a session has drawn of one view, kept so that a rerun makes and sends nothing anew."""

    identity: tuple[str, bool, Moment | None]
    moment: Moment
    reel: Reel
    message: bytes
    figures: dict[str, tuple[go.Figure, str]]
    #: Whether the address may say where to look: it is a link's, or this view's own.
    linked: bool


@st.fragment
def stage(view: View) -> None:
    """Player and charts of a view. The player asks this fragment alone for numbers it lacks."""
    drawn = _drawn(view)
    play(drawn.message)
    for key, (figure, alt) in drawn.figures.items():
        with st.container(key=key):
            config = CONFIG | {"edits": {"shapePosition": key == "overview"}}
            st.plotly_chart(figure, theme=None, config=config, alt=alt, key=f"{key} chart")


def _drawn(view: View) -> Drawn:
    identity = (view.name, _narrow(), _still())
    drawn: Drawn | None = st.session_state.get("drawn")
    if drawn is None or drawn.identity != identity:
        linked = drawn is None or drawn.identity[0] == view.name
        drawn = st.session_state["drawn"] = _draw(view, identity, linked)
    asked = st.session_state.get("player", {}).get("need")
    if asked and asked["view"] == view.name:
        drawn.reel = _reel(view, asked["step"], asked["unit"], drawn.reel)
        drawn.message = _message(drawn, view)
    return drawn


def _still() -> Moment | None:
    """The moment to draw at, where the player can't move the charts in the browser."""
    still = st.session_state.get("player", {}).get("still")
    return Moment(**{name: int(still[name]) for name in vars(Moment())}) if still else None


def _draw(view: View, identity: tuple[str, bool, Moment | None], linked: bool) -> Drawn:
    _, narrow, still = identity
    usual = Moment(unit=_first_unit(view))
    asked = still or (moment_in_address(usual) if linked else usual)
    reel = _reel(view, asked.step, asked.unit)
    moment = inside(asked, reel)
    if still is None and not (linked and step_in_address()):
        moment = replace(moment, step=eventful_step(reel, moment))
    palette = DARK if st.context.theme.type == "dark" else LIGHT
    figures = {key: (draw(reel, moment, palette=palette, narrow=narrow), alt) for key, draw, alt in _charts(reel)}
    drawn = Drawn(identity, moment, reel, b"", figures, linked)
    drawn.message = _message(drawn, view)
    return drawn


def eventful_step(reel: Reel, moment: Moment) -> int:
    """The step of the first window, but for its first, at which the followed unit learns most."""
    layer = reel.layers[moment.layer]
    changes = layer.hidden_state if layer.cell_state is None else layer.learned
    steps = min(reel.window, int(reel.lengths[moment.sequence]))
    if steps < 3 or reel.start > 0:
        return moment.step
    column = np.abs(changes[1:steps, moment.sequence, reel.place(moment.layer, moment.unit) % changes.shape[-1]])
    return 1 + int(np.argmax(np.nan_to_num(column)))


def _first_unit(view: View) -> int:
    """The unit to follow at first: one in which there is something to see."""
    if view.notes:
        return view.notes[0].unit
    return int(view.orders[0][0]) if view.orders else 0


def _charts(reel: Reel) -> list[tuple[str, Draw, str]]:
    """Which charts a run has, in the order in which they stand."""
    charts: list[tuple[str, Draw, str]] = []
    if reel.layers[0].cell_state is not None:
        charts.append(("cell", cell_picture, "Memory flowing through the gates of the cell at one step."))
    if len(reel.sequence_names) > 1:
        charts.append(("lanes", lanes, "The followed unit's memory, one lane for each sequence of the batch."))
    if reel.overview is not None:
        charts.append(("overview", overview, "The followed unit's memory over the whole sequence."))
    return [*charts, ("strips", strips, "Every unit of each memory and factor, step by step.")]


def _reel(view: View, around: int, unit: int, before: Reel | None = None) -> Reel:
    """The stretch of the run round a step, with a unit that is asked for among those held."""
    return reel_of(
        view.trace,
        view.labels,
        events=view.events,
        feature_names=view.feature_names,
        sequence_names=view.sequence_names,
        answers=view.answers,
        orders=view.orders,
        around=min(around, len(view.labels) - 1),
        unit=unit,
        window=16 if _narrow() else 32,
        like=before,
    )


def _message(drawn: Drawn, view: View) -> bytes:
    return message(
        drawn.reel,
        drawn.moment,
        charts=list(drawn.figures),
        view=view.name,
        narrow=drawn.identity[1],
        linked=drawn.linked,
        notes=[note._asdict() for note in view.notes],
        welcome=view.welcome and not step_in_address(),
    )


def _narrow() -> bool:
    """Whether the screen is a phone's: as the player measured it, until then as the browser says."""
    measured = st.session_state.get("player", {}).get("narrow")
    return "Mobi" in st.context.headers.get("User-Agent", "") if measured is None else measured


def inside(moment: Moment, reel: Reel) -> Moment:
    """The nearest moment that exists in a reel."""
    layer = min(moment.layer, len(reel.layers) - 1)
    sequence = min(moment.sequence, len(reel.sequence_names) - 1)
    step = min(moment.step, int(reel.lengths[sequence]) - 1)
    unit = moment.unit if moment.unit in reel.units[layer] else int(reel.units[layer][0])
    window = min(step // reel.window * reel.window, max(0, reel.total - reel.window))
    return replace(moment, layer=layer, sequence=sequence, step=step, unit=unit, window=window)
