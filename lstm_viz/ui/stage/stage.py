"""The stage of a page: the player, and the charts it drives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.figures.bindings.evaluate import at_layer, evaluate
from lstm_viz.figures.gates.formulas import formula_needs
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.options import clamp_moment, eventful_step
from lstm_viz.figures.palette import DARK, LIGHT, Palette
from lstm_viz.figures.viewport import Viewport
from lstm_viz.figures.viewport_builder import build_viewport, with_compared_run
from lstm_viz.player.comparison import comparison_message, send_comparison
from lstm_viz.player.component import message_id, player_message, show_player
from lstm_viz.ui.navigation.address import is_shown, moment_in_address, presentation_mode, step_in_address
from lstm_viz.ui.session import session
from lstm_viz.ui.stage.charts import Asking, Beside, Chart, Rows, usual_charts
from lstm_viz.ui.stage.views import View

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
    #: The run set beside; only where charts can't be moved in the browser.
    beside: str

    def keeps(self, other: Shown, chart: Chart) -> bool:
        """Whether another drawing's figure of a chart is as good, once its rules are filled in anew."""
        common = ("base", "narrow", "still", "hidden", "beside")
        same = all(getattr(self, name) == getattr(other, name) for name in common)
        return same and chart.key in other.charts


@dataclass
class Drawn:
    """What a session has drawn of one view, kept so that a rerun makes and sends nothing anew."""

    shown: Shown
    moment: Moment
    viewport: Viewport
    message: bytes
    figures: dict[str, tuple[go.Figure, str]]
    #: Whether the address may say where to look: it is a link's, or this place's own.
    linked: bool
    #: Which run is set beside and how far it reaches, and its message: another one needs no new figures.
    beside: str = ""
    handed: bytes = b""


@st.fragment
def stage(view: View, rows: Rows = (), asking: Asking | None = None) -> None:
    """Player and charts of a view. The player asks this fragment alone for numbers it lacks.

    The controls of `asking` run this fragment alone too, and another run beside is all that they send.
    """
    rows = rows or usual_charts(view, window())
    hidden = presentation_mode().hidden
    rows = [[chart for chart in row if chart.key not in hidden] for row in rows]
    player, slots = st.container(), _slots(rows)
    beside = None
    if asking and asking.over in slots:
        with slots[asking.over]:
            beside = asking.ask()
    drawn = _drawn(view, [chart for row in rows for chart in row], beside)
    with player:
        show_player(drawn.message)
        if beside:
            send_comparison(drawn.handed)
    for chart in (chart for row in rows for chart in row):
        with slots[chart.key]:
            _put(chart.key, *drawn.figures[chart.key])
            if chart.said and is_shown("captions"):
                st.caption(chart.said)


def window() -> int:
    """Steps that the strips show at once."""
    return 16 if narrow() else 32


def _slots(rows: Rows) -> dict[str, DeltaGenerator]:
    """Where each chart stands, from top to bottom."""
    slots = {}
    for row in filter(None, rows):
        columns = st.columns(len(row)) if len(row) > 1 else [st.container()]
        for column, chart in zip(columns, row, strict=True):
            slots[chart.key] = column.container(key=chart.key)
    return slots


def _put(key: str, figure: go.Figure, alt: str) -> None:
    config = CONFIG | {"edits": {"shapePosition": key == "overview"}}
    st.plotly_chart(figure, theme=None, config=config, alt=alt, key=f"{key} chart")


def _drawn(view: View, charts: list[Chart], beside: Beside | None) -> Drawn:
    keys, still = tuple(chart.key for chart in charts), _still()
    place = view.place or view.name
    base = view.base or f"{view.name} {place}"
    held = beside.name if beside and still else ""
    shown = Shown(view.name, base, place, keys, narrow(), still, presentation_mode().hidden, held)
    drawn = session.drawn
    if drawn is None or drawn.shown != shown:
        linked = drawn is None or drawn.shown.place == shown.place
        drawn = session.drawn = _draw(view, charts, shown, linked, beside, drawn)
    asked = session.player.get("need")
    if asked and asked["view"] == view.name:
        drawn.viewport = _viewport(view, charts, asked["step"], asked["unit"], drawn.viewport)
        drawn.message = _message(drawn, view, beside)
    if beside:
        _refresh_comparison(drawn, view, beside)
    return drawn


def _refresh_comparison(drawn: Drawn, view: View, beside: Beside) -> None:
    """The message of the run beside, made anew where it is another run or another stretch of steps."""
    name = f"{beside.name} {message_id(view.name, drawn.viewport)}"
    if name != drawn.beside:
        drawn.beside = name
        drawn.handed = comparison_message(_with(drawn.viewport, beside), message_id(view.name, drawn.viewport), name)


def _with(viewport: Viewport, beside: Beside | None) -> Viewport:
    """The viewport with a run beside it, as far as the viewport reaches."""
    if beside is None:
        return viewport
    seen = beside.of(viewport.start + len(viewport.labels))
    return with_compared_run(viewport, seen.compared[0], seen.captions)


def _still() -> Moment | None:
    """The moment to draw at, where the player can't move the charts in the browser."""
    still = session.player.get("still")
    return Moment(**{name: int(still[name]) for name in vars(Moment())}) if still else None


def _draw(
    view: View, charts: list[Chart], shown: Shown, linked: bool, beside: Beside | None, before: Drawn | None
) -> Drawn:
    usual = view.start or Moment(unit=first_unit(view))
    asked = shown.still or (moment_in_address(usual) if linked else usual)
    viewport = _viewport(view, charts, asked.step, asked.unit)
    moment = clamp_moment(asked, viewport)
    if shown.still is None and view.start is None and not (linked and step_in_address()):
        moment = replace(moment, step=eventful_step(viewport, moment))
    palette = DARK if st.context.theme.type == "dark" else LIGHT
    seen = _with(viewport, beside)
    figures: dict[str, tuple[go.Figure, str]] = {}
    for chart in charts:
        if before is not None and shown.keeps(before.shown, chart):
            figures[chart.key] = before.figures[chart.key]
        else:
            figure = _drawn_as(chart, seen, moment, palette, shown.narrow)
            figures[chart.key] = figure, _alt(figure, seen, moment)
    drawn = Drawn(shown, moment, viewport, b"", figures, linked)
    drawn.message = _message(drawn, view, beside)
    return drawn


def _drawn_as(chart: Chart, viewport: Viewport, moment: Moment, palette: Palette, narrow: bool) -> go.Figure:
    """The chart's figure, which says whose it is: for a moment it may stand where another chart will."""
    figure = chart.draw(viewport, moment, palette=palette, narrow=narrow)
    figure.layout.meta = {**figure.layout.meta, "chart": chart.key}
    return figure


def _alt(figure: go.Figure, viewport: Viewport, moment: Moment) -> str:
    """The figure in words; the player keeps them up to date."""
    meta = figure.layout.meta
    return str(evaluate(meta["alt"], viewport, at_layer(meta.get("of"), viewport, moment)))


def _viewport(view: View, charts: list[Chart], around: int, unit: int, before: Viewport | None = None) -> Viewport:
    """The stretch of the run round a step, with a unit that is asked for among those held."""
    needs = sorted({need for chart in charts for need in chart.needs} | formula_needs(view.formulas))
    return build_viewport(view, around, unit, window(), needs, previous=before)


def _message(drawn: Drawn, view: View, beside: Beside | None) -> bytes:
    return player_message(
        drawn.viewport,
        drawn.moment,
        charts=list(drawn.figures),
        view=view.name,
        place=drawn.shown.place,
        formulas=view.formulas,
        hide=sorted(presentation_mode().hidden.union(view.hide)),
        large=presentation_mode().large,
        narrow=drawn.shown.narrow,
        linked=drawn.linked,
        awaits_comparison=beside is not None,
        notes=[note._asdict() for note in view.notes],
        welcome=view.welcome and not step_in_address(),
    )


def narrow() -> bool:
    """Whether the screen is a phone's: as the player measured it, until then as the browser says."""
    measured = session.player.get("narrow")
    return "Mobi" in st.context.headers.get("User-Agent", "") if measured is None else measured


def first_unit(view: View) -> int:
    """The unit to follow at first: one in which there is something to see."""
    if view.notes:
        return view.notes[0].unit
    return int(view.orders[0][0]) if view.orders else 0
