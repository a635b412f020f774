"""The stage of a page: the player, and the charts it drives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from lstm_viz.figures.formulas import formula_needs
from lstm_viz.figures.moments import Moment
from lstm_viz.figures.palette import DARK, LIGHT
from lstm_viz.figures.reeling import reel_of
from lstm_viz.figures.reels import Reel
from lstm_viz.figures.rules import evaluate
from lstm_viz.playback.players import message, play
from lstm_viz.ui.address import moment_in_address, step_in_address
from lstm_viz.ui.charts import Chart, Rows, usual_charts
from lstm_viz.ui.teaching import shows, teaching
from lstm_viz.ui.views import View

CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False}


class Shown(NamedTuple):
    """What a drawing depends on: a change of it has charts drawn anew."""

    view: str
    base: str
    place: str
    charts: tuple[str, ...]
    narrow: bool
    still: Moment | None
    hidden: frozenset[str]

    def keeps(self, other: Shown, chart: Chart) -> bool:
        """Whether another drawing's figure of a chart is as good, once its rules are filled in anew."""
        common = ("base", "narrow", "still", "hidden")
        same = all(getattr(self, name) == getattr(other, name) for name in common)
        return same and chart.key in other.charts


@dataclass
class Drawn:
    """What a session has drawn of one view, kept so that a rerun makes and sends nothing anew."""

    shown: Shown
    moment: Moment
    reel: Reel
    message: bytes
    figures: dict[str, tuple[go.Figure, str]]
    #: Whether the address may say where to look: it is a link's, or this place's own.
    linked: bool


@st.fragment
def stage(view: View, rows: Rows = ()) -> None:
    """Player and charts of a view. The player asks this fragment alone for numbers it lacks."""
    rows = rows or usual_charts(view, _window())
    hidden = teaching().hidden
    rows = [[chart for chart in row if chart.key not in hidden] for row in rows]
    drawn = _drawn(view, [chart for row in rows for chart in row])
    play(drawn.message)
    for row in filter(None, rows):
        columns = st.columns(len(row)) if len(row) > 1 else [st.container()]
        for column, chart in zip(columns, row, strict=True):
            with column.container(key=chart.key):
                _put(chart.key, *drawn.figures[chart.key])
                if chart.said and shows("captions"):
                    st.caption(chart.said)


def _put(key: str, figure: go.Figure, alt: str) -> None:
    config = CONFIG | {"edits": {"shapePosition": key == "overview"}}
    st.plotly_chart(figure, theme=None, config=config, alt=alt, key=f"{key} chart")


def _drawn(view: View, charts: list[Chart]) -> Drawn:
    keys = tuple(chart.key for chart in charts)
    place = view.place or view.name
    base = view.base or f"{view.name} {place}"
    shown = Shown(view.name, base, place, keys, _narrow(), _still(), teaching().hidden)
    drawn: Drawn | None = st.session_state.get("drawn")
    if drawn is None or drawn.shown != shown:
        linked = drawn is None or drawn.shown.place == shown.place
        drawn = st.session_state["drawn"] = _draw(view, charts, shown, linked, drawn)
    asked = st.session_state.get("player", {}).get("need")
    if asked and asked["view"] == view.name:
        drawn.reel = _reel(view, charts, asked["step"], asked["unit"], drawn.reel)
        drawn.message = _message(drawn, view)
    return drawn


def _still() -> Moment | None:
    """The moment to draw at, where the player can't move the charts in the browser."""
    still = st.session_state.get("player", {}).get("still")
    return Moment(**{name: int(still[name]) for name in vars(Moment())}) if still else None


def _draw(view: View, charts: list[Chart], shown: Shown, linked: bool, before: Drawn | None) -> Drawn:
    usual = view.start or Moment(unit=_first_unit(view))
    asked = shown.still or (moment_in_address(usual) if linked else usual)
    reel = _reel(view, charts, asked.step, asked.unit)
    moment = inside(asked, reel)
    if shown.still is None and view.start is None and not (linked and step_in_address()):
        moment = replace(moment, step=eventful_step(reel, moment))
    palette = DARK if st.context.theme.type == "dark" else LIGHT
    figures: dict[str, tuple[go.Figure, str]] = {}
    for chart in charts:
        if before is not None and shown.keeps(before.shown, chart):
            figures[chart.key] = before.figures[chart.key]
        else:
            figure = chart.draw(reel, moment, palette=palette, narrow=shown.narrow)
            figures[chart.key] = figure, _alt(figure, reel, moment)
    drawn = Drawn(shown, moment, reel, b"", figures, linked)
    drawn.message = _message(drawn, view)
    return drawn


def _alt(figure: go.Figure, reel: Reel, moment: Moment) -> str:
    """The figure in words; the player keeps them up to date."""
    meta = figure.layout.meta
    return str(evaluate(meta["alt"], reel, replace(moment, layer=meta.get("of", moment.layer))))


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


def _reel(view: View, charts: list[Chart], around: int, unit: int, before: Reel | None = None) -> Reel:
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
        window=_window(),
        like=before,
        beside=view.beside,
        answers_beside=view.answers_beside,
        captions=view.captions,
        extras=view.extras,
        needs=sorted({need for chart in charts for need in chart.needs} | formula_needs(view.formulas)),
    )


def _message(drawn: Drawn, view: View) -> bytes:
    return message(
        drawn.reel,
        drawn.moment,
        charts=list(drawn.figures),
        view=view.name,
        place=drawn.shown.place,
        formulas=view.formulas,
        hide=sorted(teaching().hidden.union(view.hide)),
        large=teaching().large,
        narrow=drawn.shown.narrow,
        linked=drawn.linked,
        notes=[note._asdict() for note in view.notes],
        welcome=view.welcome and not step_in_address(),
    )


def _window() -> int:
    """Steps that the strips show at once."""
    return 16 if _narrow() else 32


def _narrow() -> bool:
    """Whether the screen is a phone's: as the player measured it, until then as the browser says."""
    measured = st.session_state.get("player", {}).get("narrow")
    return "Mobi" in st.context.headers.get("User-Agent", "") if measured is None else measured


def inside(moment: Moment, reel: Reel) -> Moment:
    """The nearest moment that exists in a reel."""
    layer = min(moment.layer, reel.own - 1)
    sequence = min(moment.sequence, len(reel.sequence_names) - 1)
    step = min(moment.step, int(reel.lengths[sequence]) - 1)
    unit = moment.unit if moment.unit in reel.units[layer] else int(reel.units[layer][0])
    window = min(step // reel.window * reel.window, max(0, reel.total - reel.window))
    return replace(moment, layer=layer, sequence=sequence, step=step, unit=unit, window=window)
