"""A page's stage: the player and the charts that it moves, drawn once a view and kept while a rerun needs no others."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from typing import NamedTuple, TypeVar

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.figures.bindings.evaluate import at_layer, evaluate
from lstm_viz.figures.gates.formulas import formula_needs
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.options import clamp_moment, eventful_step
from lstm_viz.figures.palette import Palette
from lstm_viz.figures.viewport import Viewport
from lstm_viz.figures.viewport_builder import build_viewport, with_compared_run
from lstm_viz.player.components import (
    comparison_message,
    is_phone,
    message_id,
    player_message,
    send_comparison,
    show_checkpoint_slider,
    show_notes,
    show_player,
    theme_palette,
)
from lstm_viz.traces import Trace
from lstm_viz.ui.navigation.address import (
    PresentationMode,
    is_shown,
    moment_in_address,
    present,
    presentation_mode,
    step_in_address,
)
from lstm_viz.ui.plain_text import plain_text
from lstm_viz.ui.session import session
from lstm_viz.ui.stage.charts import (
    CELL,
    CHECKPOINT_STRIPS,
    OVERVIEW,
    Chart,
    ChartControls,
    ComparisonProvider,
    Draw,
    Rows,
    usual_charts,
    with_gate_charts,
)
from lstm_viz.ui.stage.drawn_chart import DrawnChart, show_drawn_chart
from lstm_viz.ui.stage.qr_code import show_code
from lstm_viz.ui.stage.shared import SharedKey, shared
from lstm_viz.ui.stage.views import View

T = TypeVar("T")
#: Key of the container in which stands what there is to look for.
NOTES = "look-for"
CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False}


class FigureCacheKey(NamedTuple):
    """All that a page's figures and its message depend on: a change of any of it makes a new PageState."""

    view: str
    figure_key: str
    moment_key: str
    charts: tuple[str, ...]
    narrow: bool
    #: The moment that the figures are drawn at; only where charts can't be moved in the browser.
    still: Moment | None
    hidden: frozenset[str]
    #: Name of the comparison run; only where charts can't be moved in the browser.
    comparison: str

    def can_reuse(self, chart: Chart, before: FigureCacheKey, drawn_by: Draw | None) -> bool:
        """Whether the chart's figure drawn for `before` is as good, once its bindings are evaluated anew.

        Another page with the same run keeps those charts that are drawn by the same function, which is given none but
        the run: the very same figure, so that the browser keeps the picture that it has.
        """
        common = ("narrow", "still", "comparison")
        if drawn_by is None or any(getattr(self, name) != getattr(before, name) for name in common):
            return False
        return self.figure_key == before.figure_key or (self.view == before.view and chart.draw is drawn_by)


@dataclass
class PageState:
    """What a session's page shows of one view, kept so that a rerun makes and sends nothing anew."""

    cache_key: FigureCacheKey
    moment: Moment
    viewport: Viewport
    message: bytes
    #: The chart of each key.
    figures: dict[str, DrawnChart]
    #: The function that drew each of them.
    drawn_by: dict[str, Draw]
    #: The comparison run and the steps that it is sent for, and its message: another one needs no new figures.
    comparison_name: str = ""
    comparison_message: bytes = b""


class StageNumbers(NamedTuple):
    """The numbers of a view as a page first shows them: the viewport, the moment to begin at, the player's message."""

    viewport: Viewport
    moment: Moment
    message: bytes


@dataclass(frozen=True)
class StagePlan:
    """What is to be drawn: a view's charts, for which screen and theme, and a comparison run beside them."""

    view: View
    charts: tuple[Chart, ...]
    cache_key: FigureCacheKey
    #: Whether the address may say where to look: it is a link's, or this view's own.
    linked: bool
    comparison: ComparisonProvider | None
    presentation: PresentationMode
    window: int
    palette: Palette

    @property
    def plays_welcome(self) -> bool:
        """Whether the player shows a newcomer a first step: not where the address names one."""
        return self.view.welcome and not step_in_address()

    def numbers_key(self) -> tuple[Hashable, ...]:
        """All that the player's message depends on but the run and the moment."""
        view, awaits = self.view, self.comparison is not None
        shown = (view.name, view.start, json.dumps(view.formulas), tuple(view.hide), view.welcome)
        return (self.charts, self.cache_key, awaits, self.presentation, self.window, shown, self.plays_welcome)

    def chart_key(self, chart: Chart, numbers: StageNumbers) -> tuple[Hashable, ...]:
        """All that a chart's figure depends on but the run."""
        viewport = numbers.viewport
        held = (viewport.start, len(viewport.labels), tuple(units.tobytes() for units in viewport.units))
        beside = self.comparison.name if self.comparison else None
        screen = (self.palette.background, self.cache_key.narrow, self.window)
        return (chart, numbers.moment, held, beside, screen)

    def made_once(
        self, kind: str, key: tuple[Hashable, ...], make: Callable[[], T], content: Callable[[T], bytes | str]
    ) -> T:
        """What `make` makes; of a bundled view once for all sessions. `content` is what is sent of it."""
        if self.view.identity is None or self.cache_key.still is not None:
            return make()
        return shared.get(SharedKey(kind, self.view.identity, key), make, content)


@st.fragment
def stage(view: View, rows: Rows = (), controls: ChartControls | None = None) -> None:
    """Player and charts of a view. The player asks this fragment alone for numbers it lacks.

    The controls of a chart rerun this fragment alone too, and another comparison run is all that is then sent.
    """
    rows = rows or usual_charts(view, window())
    hidden = presentation_mode().hidden
    is_whole = view.shape[0] <= window()
    rows = [[each for each in row if each.key not in hidden and not (is_whole and each is OVERVIEW)] for row in rows]
    opens_gate = session.player.get("inspect") or moment_in_address(Moment()).depth > 0
    if opens_gate and isinstance(view.run, Trace):
        rows = with_gate_charts(view, rows)
    player, slots = st.container(), _slots(rows)
    if view.notes and "notes" not in hidden.union(view.hide):
        with slots[NOTES]:
            show_notes([note._asdict() for note in view.notes])
    if view.checkpoints and CHECKPOINT_STRIPS.key in slots:
        with slots[CHECKPOINT_STRIPS.key]:
            show_checkpoint_slider(view.checkpoints)
    comparison = None
    if controls and controls.chart_key in slots:
        with slots[controls.chart_key]:
            comparison = controls.choose()
    state = _page_state(view, [chart for row in rows for chart in row], comparison)
    with player:
        show_player(state.message)
        if comparison:
            send_comparison(state.comparison_message)
    if wish := session.player.get("present"):
        present(wish == "begin")
        st.rerun()  # the text beside the charts is another size too
    if address := session.player.get("share"):
        show_code(str(address))
    for chart in (chart for row in rows for chart in row):
        with slots[chart.key]:
            _show_figure(chart.key, state.figures[chart.key])
            if chart.caption and is_shown("captions"):
                st.caption(plain_text(chart.caption))


def window() -> int:
    """Steps that the strips show at once."""
    return 16 if narrow() else 32


def _slots(rows: Rows) -> dict[str, DeltaGenerator]:
    """The container of each chart, from top to bottom, and under the first row that of what to look for."""
    slots = {}
    for row in filter(None, rows):
        columns = st.columns(len(row)) if len(row) > 1 else [st.container()]
        for column, chart in zip(columns, row, strict=True):
            slots[chart.key] = column.container(key=chart.key)
        if NOTES not in slots:
            slots[NOTES] = st.container(key=NOTES)
    return slots


def _show_figure(key: str, chart: DrawnChart) -> None:
    config = CONFIG | {"edits": {"shapePosition": key == "overview"}}
    show_drawn_chart(chart, config, f"{key} chart")


def _page_state(view: View, charts: list[Chart], comparison: ComparisonProvider | None) -> PageState:
    """The session's page state: the one before where it still holds, with what the player asked for since."""
    still, moment_key = _still_moment(), view.moment_key or view.name
    cache_key = FigureCacheKey(
        view=view.name,
        figure_key=view.figure_key or f"{view.name} {moment_key}",
        moment_key=moment_key,
        charts=tuple(chart.key for chart in charts),
        narrow=narrow(),
        still=still,
        hidden=presentation_mode().hidden,
        comparison=comparison.name if comparison and still else "",
    )
    state = session.page_state
    linked = state is None or state.cache_key.moment_key == moment_key
    plan = StagePlan(view, tuple(charts), cache_key, linked, comparison, presentation_mode(), window(), theme_palette())
    if state is None or state.cache_key != cache_key:
        state = session.page_state = _draw(plan, state)
    needed = session.player.get("need")
    if needed and needed["view"] == view.name:
        state.viewport = _viewport(plan, needed["step"], needed["unit"], state.viewport)
        state.message = _message(plan, state.viewport, state.moment)
    if comparison:
        _refresh_comparison(state, view, comparison)
    return state


def _refresh_comparison(state: PageState, view: View, comparison: ComparisonProvider) -> None:
    """The message of the comparison run, made anew where it is another run or another stretch of steps."""
    compares_to = message_id(view.name, state.viewport)
    name = f"{comparison.name} {compares_to}"
    if name != state.comparison_name:
        state.comparison_name = name
        state.comparison_message = comparison_message(_with_comparison(state.viewport, comparison), compares_to, name)


def _with_comparison(viewport: Viewport, comparison: ComparisonProvider | None) -> Viewport:
    """The viewport with the comparison run, as far as the viewport reaches."""
    if comparison is None:
        return viewport
    view = comparison.view_for(viewport.start + len(viewport.labels))
    return with_compared_run(viewport, view.compared[0], view.captions)


def _still_moment() -> Moment | None:
    """The moment to draw at, where the player can't move the charts in the browser."""
    still = session.player.get("still")
    return Moment(**{name: int(still[name]) for name in vars(Moment())}) if still else None


def _draw(plan: StagePlan, before: PageState | None) -> PageState:
    numbers = _numbers(plan, is_first=before is None)
    compared: list[Viewport] = []

    def drawn(chart: Chart) -> DrawnChart:
        if not compared:  # the comparison run is worked out only where a chart is drawn
            compared.append(_with_comparison(numbers.viewport, plan.comparison))
        figure = draw_chart(chart, compared[0], numbers.moment, plan.palette, plan.cache_key.narrow)
        return DrawnChart.of(figure, _alt(figure, compared[0], numbers.moment))

    def make(chart: Chart) -> DrawnChart:
        return with_whole_modules(partial(drawn, chart))

    figures: dict[str, DrawnChart] = {}
    for chart in plan.charts:
        if before is not None and plan.cache_key.can_reuse(chart, before.cache_key, before.drawn_by.get(chart.key)):
            figures[chart.key] = before.figures[chart.key]
        else:
            key = plan.chart_key(chart, numbers)
            figures[chart.key] = plan.made_once("chart", key, partial(make, chart), lambda made: made.spec)
    drawn_by = {chart.key: chart.draw for chart in plan.charts}
    return PageState(plan.cache_key, numbers.moment, numbers.viewport, numbers.message, figures, drawn_by)


def with_whole_modules(draw: Callable[[], T]) -> T:
    """What `draw` draws with Plotly, which looks into pandas where that stands among the loaded modules.

    The page of another session may be importing it at this very moment: it stands there already, and is half empty.
    """
    try:
        return draw()
    except AttributeError as error:
        half = re.search(r"partially initialized module '([\w.]+)'", str(error))
        if half is None:
            raise
    import_module(half[1])  # waits until the other has imported all of it
    return draw()


def _numbers(plan: StagePlan, is_first: bool) -> StageNumbers:
    """The numbers to begin with.

    Where another run of the same steps was there before, the player keeps the moment at which the person is. So that
    everybody is sent the same, the numbers are then those that the view begins with, if they reach that far.
    """
    view, still = plan.view, plan.cache_key.still
    usual = view.start or Moment(unit=first_unit(view))
    asked = still or (moment_in_address(usual) if plan.linked else usual)
    says_step = plan.linked and step_in_address()
    if view.identity is not None and still is None and not is_first and says_step:
        begins = _numbers_at(plan, usual, says_step=False)
        if _holds(begins.viewport, asked):
            return begins
    return _numbers_at(plan, asked, says_step)


def _numbers_at(plan: StagePlan, asked: Moment, says_step: bool) -> StageNumbers:
    def make() -> StageNumbers:
        viewport = _viewport(plan, asked.step, asked.unit)
        moment = clamp_moment(asked, viewport)
        if plan.cache_key.still is None and plan.view.start is None and not says_step:
            moment = replace(moment, step=eventful_step(viewport, moment))
        return StageNumbers(viewport, moment, _message(plan, viewport, moment))

    key = (*plan.numbers_key(), asked, says_step)
    return plan.made_once("numbers", key, make, lambda made: made.message)


def _holds(viewport: Viewport, moment: Moment) -> bool:
    """Whether a viewport has the numbers of a moment."""
    layer = min(moment.layer, viewport.own_layers - 1)
    return (
        viewport.start <= moment.step < viewport.start + len(viewport.labels) and moment.unit in viewport.units[layer]
    )


def draw_chart(chart: Chart, viewport: Viewport, moment: Moment, palette: Palette, narrow: bool) -> go.Figure:
    """The chart's figure, which holds the chart's key and needs: for a moment it may stand in another's place."""
    figure = chart.draw(viewport, moment, palette=palette, narrow=narrow)
    figure.layout.meta = {**figure.layout.meta, "chart": chart.key, "needs": list(chart.needs)}
    return figure


def _alt(figure: go.Figure, viewport: Viewport, moment: Moment) -> str:
    """The figure's text alternative; the player keeps it up to date."""
    meta = figure.layout.meta
    return str(evaluate(meta["alt"], viewport, at_layer(meta.get("of"), viewport, moment)))


def _viewport(plan: StagePlan, around: int, unit: int, before: Viewport | None = None) -> Viewport:
    """The stretch of the run round a step, with a unit that is asked for among those held."""
    view = plan.view
    needs = sorted({need for chart in plan.charts for need in chart.needs} | formula_needs(view.formulas))
    return build_viewport(view, around, unit, plan.window, needs, previous=before)


def _message(plan: StagePlan, viewport: Viewport, moment: Moment) -> bytes:
    view, keys = plan.view, [chart.key for chart in plan.charts]
    return player_message(
        viewport,
        moment,
        charts=keys,
        view=view.name,
        moment_key=plan.cache_key.moment_key,
        formulas=view.formulas,
        hide=sorted(plan.presentation.hidden.union(view.hide)),
        large=plan.presentation.large,
        narrow=plan.cache_key.narrow,
        awaits_comparison=plan.comparison is not None,
        inspectable=isinstance(view.run, Trace) and CELL.key in keys,
        watch=view.welcome,
        welcome=plan.plays_welcome,
    )


def narrow() -> bool:
    """Whether the screen is a phone's: as the player measured it, until then as the browser says."""
    measured = session.player.get("narrow")
    return is_phone() if measured is None else measured


def first_unit(view: View) -> int:
    """The unit to follow at first: one in which there is something to see."""
    if view.notes:
        return view.notes[0].unit
    return int(view.orders[0][0]) if view.orders else 0
