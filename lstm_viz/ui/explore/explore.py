"""The Explore page: choose a sequence, its columns and a model, then show their run on the stage."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.storage.zarr.read import StoredTrace
from lstm_viz.ui.explore.choose_model import choose_model
from lstm_viz.ui.explore.choose_source import SAVED, choose_kind, choose_source
from lstm_viz.ui.explore.columns import as_list, choose_columns, escape_streamlit_markdown, reading_summary
from lstm_viz.ui.explore.comparison import (
    choose_comparison_run,
    comparison_charts,
    comparison_sentence,
    comparison_view,
)
from lstm_viz.ui.explore.export import file_stem, offer_files, offer_pages
from lstm_viz.ui.explore.gradients import GRADIENT_CHART, gradient_controls
from lstm_viz.ui.explore.run import Run
from lstm_viz.ui.explore.saved_run import choose_saved_run
from lstm_viz.ui.explore.startup_files import stored_runs
from lstm_viz.ui.explore.stored_run import stored_view
from lstm_viz.ui.session import session
from lstm_viz.ui.stage.charts import ChartControls, Rows, usual_charts
from lstm_viz.ui.stage.choose_model import device_name
from lstm_viz.ui.stage.stage import stage, window
from lstm_viz.ui.stage.views import View, view_of
from lstm_viz.ui.stage.zoom import zoomable_strips

STORED = "Long"  # short, so that all five stand side by side on a phone
CORRELATED = "correlation with "


class StageContent(NamedTuple):
    """The content of Explore's stage, and the caption under it."""

    view: View
    rows: Rows
    controls: ChartControls | None
    caption: str


def explore() -> None:
    """The whole page: its choices, the stage, and a caption on the model."""
    # Each in a container of its own: a sentence more over the stage never moves it, and the browser keeps it.
    controls, charts = st.container(key="explore-controls"), st.container(key="explore-stage")
    with controls:
        content = _choose()
        if content is not None:
            _say_activations(content.view)
    if content is None:
        return
    with charts:
        stage(content.view, content.rows, content.controls)
        if isinstance(content.view.run, StoredTrace):
            zoomable_strips(content.view, content.view.run)
        st.caption(content.caption)


def _say_activations(view: View) -> None:
    """What the cell below is computed by, where it is not what a reader takes an LSTM's gates for."""
    if said := view.run.activations.note:
        said = said.replace("Its ", "This cell's ", 1)
        st.markdown(f":material/function: {escape_streamlit_markdown(said)}")


def _choose() -> StageContent | None:
    """The chosen content; None while there is no run."""
    bar = st.container(horizontal=True, vertical_alignment="center", key="explore")
    kind = choose_kind(bar, [STORED] if stored_runs() else [])
    if kind == STORED:
        view, caption = stored_view(bar)
        return None if view is None else StageContent(view, (), None, caption)
    found = _choose_run(bar, kind)
    return None if found is None else _stage_content(bar, *found)


def _stage_content(bar: DeltaGenerator, run: Run, batch: SequenceBatch) -> StageContent:
    """The stage of one run, or of two where there is a comparison run."""
    with bar.popover("View"):
        ranking = _choose_ranking(batch)
    view = _ranked_view(run, batch, ranking)
    other = choose_comparison_run(bar, run, view)
    with bar.popover("Save"):
        stem = file_stem(batch.source, run.model_name)
        offer_files(run.trace.named(batch, run.answers), stem)
        offer_pages(run, batch, stem)
    made = f"{run.description} Recorded on {device_name(run.trace)}, {run.trace.agreement}."
    caption = escape_streamlit_markdown(made) + as_list(run.trace.notes)
    if other is None:
        return StageContent(view, [*usual_charts(view, window()), [GRADIENT_CHART]], gradient_controls(view), caption)
    both = comparison_view(view, other)
    st.caption(escape_streamlit_markdown(comparison_sentence(both, other)))
    return StageContent(both, comparison_charts(both), None, caption)


def _choose_run(bar: DeltaGenerator, kind: str) -> tuple[Run, SequenceBatch] | None:
    """The run to look at and its sequence; None while there is none."""
    if kind == SAVED:
        saved = choose_saved_run(bar)
        if saved is not None:
            st.caption(reading_summary(saved.batch))
        return saved
    source = choose_source(bar, kind)
    batch, choices = choose_columns(bar, source)
    asked = [question.note() for question in source.table.questions] if source.table else []
    st.caption(reading_summary(batch, asked))
    run = choose_model(bar, source, batch, choices)
    return None if run is None else (run, run.batch or batch)


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
    return session.view.cached(name, lambda: view_of(name, run.trace, batch, run.answers, by, feature, run.notes))
