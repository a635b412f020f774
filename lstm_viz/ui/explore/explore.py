"""The Explore page: data and a model, brought in any order, and their run on the stage, with a drawer beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from html import escape
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.figures.cell.comparison import compared_across
from lstm_viz.figures.memory.input_column import input_run, input_strip
from lstm_viz.figures.viewport import INPUT_COLUMN
from lstm_viz.player.components import close_sidebar_if_narrow, send_moment
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.findings import Finding
from lstm_viz.storage.zarr.read import StoredTrace
from lstm_viz.ui.explore.choose_model import choose_model
from lstm_viz.ui.explore.choose_source import EXAMPLE, SAVED, choose_kind, choose_source
from lstm_viz.ui.explore.columns import choose_columns, reading_summary
from lstm_viz.ui.explore.comparison import (
    COMPARED,
    choose_comparison_run,
    comparison_charts,
    comparison_sentence,
    comparison_view,
)
from lstm_viz.ui.explore.drop_zone import FILES, choose_file
from lstm_viz.ui.explore.export import file_stem, offer_all
from lstm_viz.ui.explore.fit_checkpoints import FitCheckpoints, checkpoint_rows
from lstm_viz.ui.explore.go_to import go_to_field
from lstm_viz.ui.explore.gradients import GRADIENT_CHART, gradient_controls
from lstm_viz.ui.explore.questions import reading_menu
from lstm_viz.ui.explore.quotas import note_held
from lstm_viz.ui.explore.run import Run
from lstm_viz.ui.explore.saved_run import dropped_saved_run, startup_saved_run
from lstm_viz.ui.explore.startup_files import stored_runs
from lstm_viz.ui.explore.stored_run import stored_view
from lstm_viz.ui.explore.units import units_table
from lstm_viz.ui.navigation.open_page import style_sheet
from lstm_viz.ui.plain_text import Markdown, as_list, markdown, plain_text
from lstm_viz.ui.session import session
from lstm_viz.ui.stage.charts import CELL, LANES, OVERVIEW, STRIPS, Chart, ChartControls, Rows, usual_charts
from lstm_viz.ui.stage.choose_model import device_name
from lstm_viz.ui.stage.stage import stage, window
from lstm_viz.ui.stage.views import View, made_once, view_of
from lstm_viz.ui.stage.zoom import zoomable_strips

STORED = "Long"  # short, so that all stand side by side on a phone
CORRELATED = "correlation with "
#: Pixels of the drawer's width, which a person can drag.
DRAWER_WIDTH = 350
CODE = re.compile(r"`([^`]+)`")


class Drawer(NamedTuple):
    """The drawer: a place above its tabs, and these, from left to right. Each part says in a tab what it is about;
    what a person has to answer stands on the page instead.
    """

    top: DeltaGenerator
    units: DeltaGenerator
    data: DeltaGenerator
    model: DeltaGenerator
    compare: DeltaGenerator
    save: DeltaGenerator


class ExploreContent(NamedTuple):
    """The content of Explore's stage, and the caption under it."""

    view: View
    rows: Rows
    controls: ChartControls | None
    caption: Markdown


class Shown(NamedTuple):
    """A run and its sequence, what both are called, and whether they are those that were chosen or those before."""

    run: Run
    batch: SequenceBatch
    title: str
    is_before: bool = False


def explore() -> None:
    """The whole page: data and model, what is missing, the stage, and a caption on the model."""
    st.html(f"<style>{style_sheet('lstm_viz.ui.explore')}</style>")
    # Each in a container of its own: a sentence more over the stage never moves it, and the browser keeps it.
    controls, charts = st.container(key="explore-controls"), st.container(key="explore-stage")
    with controls:
        if session.upload_refusal:
            st.error(plain_text(session.upload_refusal))
        if session.let_go and session.page_changed:
            del session.let_go  # it was read before the page was left
        if session.let_go:
            st.info(plain_text(session.let_go))
        content = _choose()
        note_held()
        if content is not None:
            _say_activations(content.view)
    if content is None:
        return
    with charts:
        stage(content.view, content.rows, content.controls)
        if isinstance(content.view.run, StoredTrace):
            zoomable_strips(content.view, content.view.run)
        st.caption(plain_text(content.caption))


def _say_activations(view: View) -> None:
    """What the cell below is computed by, where it is not what a reader takes an LSTM's gates for."""
    if said := view.run.activations.note:
        said = said.replace("Its ", "This cell's ", 1)
        st.markdown(markdown(":material/function: {said}", said=said))


def _open_drawer() -> Drawer:
    """The drawer with empty tabs: Streamlit's sidebar, which stands beside the picture and never over it, but on small
    screens, where it is closed until somebody opens it.
    """
    st.set_page_config(initial_sidebar_state=DRAWER_WIDTH)
    with st.sidebar:
        close_sidebar_if_narrow()
    _, *tabs = Drawer._fields
    return Drawer(st.sidebar.container(), *st.sidebar.tabs([name.capitalize() for name in tabs]))


def _choose() -> ExploreContent | None:
    """The chosen content; None while there is no run."""
    bar = st.container(horizontal=True, vertical_alignment="center", key="explore")
    choices, zone = bar.container(horizontal=True, width="content", key="explore-source"), bar.container()
    kind = choose_kind(choices, zone, [STORED] if stored_runs() else [])
    if kind == STORED:
        view, caption = stored_view(choices)
        return None if view is None else ExploreContent(view, (), None, caption)
    drawer = _open_drawer()
    found = _choose_run(choices, drawer, kind) or _run_before()
    if found is None:
        return None
    if found.is_before:
        st.html(f'<p class="still-showing">Still showing: <b>{escape(found.title)}</b></p>')
    else:
        session.shown_run = found
    return _stage_content(drawer, found)


def _run_before() -> Shown | None:
    """The run that was on the stage last, which stays there until another one is made."""
    shown = session.shown_run
    return None if shown is None else shown._replace(is_before=True)


def _stage_content(drawer: Drawer, shown: Shown) -> ExploreContent:
    """The stage of one run, or of two where there is a comparison run."""
    run, batch = shown.run, shown.batch
    with drawer.units:
        column = units_table(run, batch)
        ranking = _choose_ranking(batch)
    view = _with_column(_ranked_view(run, batch, ranking), batch, column)
    go_to_field(drawer.top, view)
    send_moment(*session.go_to)
    other = choose_comparison_run(drawer.compare, run, view)
    stem = file_stem(batch.source, run.model_name)
    made = f"{run.description} Recorded on {device_name(run.trace)}, {run.trace.agreement}."
    caption = markdown("{made}{notes}", made=made, notes=as_list(run.trace.notes))
    with drawer.save:
        offer_all(run, batch, figure_titles(column), stem)
    if other is None:
        rows = made_once(view, "explore charts", (window(),), partial(_charts, view, column, run.checkpoints))
        return ExploreContent(view, rows, gradient_controls(view), caption)
    both = comparison_view(view, other)
    st.caption(plain_text(comparison_sentence(both, other)))
    return ExploreContent(both, with_column_charts(comparison_charts(both), column), None, caption)


def _charts(view: View, column: str, checkpoints: FitCheckpoints | None) -> Rows:
    of_fit = checkpoint_rows(checkpoints, view) if checkpoints else ()
    return [*with_column_charts(usual_charts(view, window()), column), *of_fit, [GRADIENT_CHART]]


def _choose_run(bar: DeltaGenerator, drawer: Drawer, kind: str) -> Shown | None:
    """The run to look at and its sequence; None while there is none."""
    file = choose_file(bar) if kind == FILES else None
    if kind == SAVED or (file and file.kind == "run"):
        saved = dropped_saved_run(file) if file else startup_saved_run()
        if saved is None:
            return None
        _say(saved.batch)
        return Shown(saved.run, saved.batch, saved.batch.source)
    said, asked = st.container(), st.container()
    source = choose_source(bar, kind)
    batch, choices = choose_columns(drawer.data, source)
    if kind != EXAMPLE and session.read_source[0]:
        with drawer.data:
            reading_menu(session.read_source[0])
    if session.read_error and kind != EXAMPLE:
        return None
    with asked:
        run = choose_model(drawer.model, source, batch, choices)
    with said:
        _say(batch, run, [question.note() for question in source.table.questions] if source.table else [])
    if run is None:
        return None
    title = " · ".join(filter(None, (batch.source or source.title, run.model_title)))
    return Shown(run, run.batch or batch, title)


def _say(batch: SequenceBatch, run: Run | None = None, asked: Sequence[str] = ()) -> None:
    """What was read and what runs on it, and what a person should not miss of both."""
    summary = reading_summary(batch, asked)
    if run and run.model_title:
        summary = markdown("{summary} **{model}**", summary=summary, model=run.model_title)
    with st.container(horizontal=True, vertical_alignment="center", key="explore-said"):
        st.caption(plain_text(summary), width="content")
        _show_findings([*(note for note in batch.notes if note not in asked), *(run.findings if run else ())])


def _show_findings(notes: Iterable[str]) -> None:
    """The findings among notes as chips with a mark, in one line as far as they fit; a click shows the sentence."""
    chips = [finding_html(note) for note in notes if isinstance(note, Finding)]
    if chips:
        st.html(f'<div class="findings">{"".join(chips)}</div>', width="content")


def finding_html(finding: Finding) -> str:
    """A chip: the label, and the sentence behind it. Words of a file are escaped.

    >>> finding_html(Finding("Gaps in `<b>`.", "2 gaps in <b>"))
    '<details><summary>2 gaps in &lt;b&gt;</summary>Gaps in <code>&lt;b&gt;</code>.</details>'
    """
    sentence = CODE.sub(r"<code>\1</code>", escape(finding))
    return f"<details><summary>{escape(finding.label)}</summary>{sentence}</details>"


def _choose_ranking(batch: SequenceBatch) -> str:
    features = [f"{CORRELATED}{name}" for name in batch.names[:20]]
    names = {"range": "widest range", "variance": "largest variance", "model": "the model's order"}
    return str(
        st.selectbox(
            "Which units come first",
            [*names, *features],
            format_func=lambda option: names.get(option, option),
            key="ranking",
        )
    )


def _ranked_view(run: Run, batch: SequenceBatch, ranking: str) -> View:
    """The view, made once for each run and ranking of the session."""
    name = f"{run.name} {ranking}"
    by, feature = ("correlation", ranking.removeprefix(CORRELATED)) if ranking.startswith(CORRELATED) else (ranking, "")

    def make() -> View:
        view = view_of(name, run.trace, batch, run.answers, by, feature, run.notes)
        shown = run.answer_numbers.added_to(view)
        shown = replace(shown, checkpoints=run.checkpoints.known) if run.checkpoints else shown
        return shown.bundled_as("explore", run.bundled, ranking) if run.bundled else shown

    return session.view.cached(name, make)


def _with_column(view: View, batch: SequenceBatch, column: str) -> View:
    """The view with an input column in its own units, which is drawn above the memory."""
    name = f"{view.name} {column}"

    def make() -> View:
        values = batch.original[..., [batch.names.index(column)]]
        shown = replace(view, name=name, moment_key=view.name, extras={**view.extras, INPUT_COLUMN: values})
        return shown.bundled_as("explore with column", *view.identity.choices, column) if view.identity else shown

    return session.column_view.cached(name, make)


def figure_titles(column: str) -> dict[str, str]:
    """What the charts of the page are called in the choice of one to save."""
    return {
        CELL.key: "The cell",
        "cell_beside": "The cell beside it",
        LANES.key: "Every sequence",
        "input_run": f"{column}, the whole run",
        OVERVIEW.key: "Memory of the unit, the whole run",
        "input_strip": f"{column}, these steps",
        STRIPS.key: "All units, these steps",
        COMPARED.key: "Both runs and their difference",
        GRADIENT_CHART.key: "What the output depends on",
    }


def with_column_charts(rows: Rows, column: str) -> Rows:
    """The charts of a run, or of two, with the input column above the overview and above the strips."""
    above = {
        OVERVIEW.key: Chart("input_run", partial(input_run, name=column)),
        STRIPS.key: Chart("input_strip", partial(input_strip, name=column)),
        COMPARED.key: Chart("input_strip", partial(input_strip, name=column, across=compared_across)),
    }
    return [added for row in rows for added in ([[above[row[0].key]]] if row[0].key in above else []) + [row]]
