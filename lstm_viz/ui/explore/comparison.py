"""Explore's other run: one that was kept, another sequence of the batch, or the same run with a factor held."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.analysis.comparison import align_layers, align_texts, largest_difference
from lstm_viz.figures.cell.comparison import BESIDE, memory_comparison, run_cell_picture
from lstm_viz.figures.formats import layer_title, signed
from lstm_viz.figures.run_view import ComparedRun, LazyTexts, StepTexts, Texts
from lstm_viz.recording.swap_cell import can_swap_cell
from lstm_viz.sequences.formatting import plural
from lstm_viz.traces import Trace
from lstm_viz.ui.explore.run import Run
from lstm_viz.ui.session import Session, session
from lstm_viz.ui.stage.bundled_runs import bundled_answers, cards
from lstm_viz.ui.stage.charts import LANES, OVERVIEW, Chart, Rows
from lstm_viz.ui.stage.stage import window
from lstm_viz.ui.stage.views import View
from lstm_viz.ui.stage.what_if import HeldFactor, choose_held_factor, what_if_run

NOTHING, KEPT, ROW, HELD = "nothing", "the run kept before", "another sequence of the batch", "a factor held"
CELL = "the other cell, same weights"
#: What the other cell is, and how its use gate differs.
OTHER_CELLS = {
    "standard": ("the course's cell, same weights", "through the course's cell: its use gate is offered what was kept"),
    "course": ("the standard cell, same weights", "through the standard cell: its use gate is offered the sum, LTM"),
}


class ComparisonRun(NamedTuple):
    """A run to set beside: what tells it from others, what it is, itself, and what is written at its steps.

    Labels and events are left out where they are this run's own.
    """

    name: str
    said: str
    trace: Trace
    words: StepTexts[Texts]
    #: The same in a few words, for a title.
    brief: str = ""
    #: The one sequence of it that stands beside every one.
    row: int | None = None


def choose_comparison_run(bar: DeltaGenerator, run: Run, view: View) -> ComparisonRun | None:
    """What is set beside the run, chosen in `bar`; None for nothing."""
    rows = len(view.sequence_names)
    kept = session.kept_run
    with bar.popover("Compare"):
        options = [NOTHING, KEPT, *([ROW] if rows > 1 else []), *_gated_options(run.trace)]
        Session.compare.restrict(options, NOTHING)
        chosen = st.selectbox("Beside this run", options, key=Session.compare.key, bind="query-params")
        st.button("Keep this run", on_click=_keep, args=(run, view), help="Then choose another model or sequence.")
        if kept:
            st.caption(f"Kept: {kept.said}")
        if chosen == ROW:
            return _sequence_run(run, view)
        if chosen == HELD:
            return _held_run(run, choose_held_factor(view)._replace(layer=_choose_layer(run.trace)))
    if chosen == CELL:
        return _other_cell(run)
    if chosen == KEPT:
        return _usable_kept_run(kept, run)
    return None


def _gated_options(trace: Trace) -> list[str]:
    """What can be asked of a run with gates."""
    if trace.variant == "rnn":
        return []
    return [HELD, *([CELL] if can_swap_cell(trace) else [])]


def _other_cell(run: Run) -> ComparisonRun:
    """The run through the other cell, made once."""
    trace = session.swapped_cell.cached(run.name, lambda: _swap_cell(run.trace))
    brief, description = OTHER_CELLS[run.trace.variant]
    words: StepTexts[Texts] = StepTexts(answers=_bundled_answers(run, trace))
    return ComparisonRun(f"{CELL} {run.name}", f"the same weights {description}", trace, words, brief)


def _swap_cell(trace: Trace) -> Trace:
    from lstm_viz.recording.swap_cell import swap_cell  # brings torch along

    with st.spinner("Running the other cell on the whole sequence …"):
        return swap_cell(trace)


def _bundled_answers(run: Run, other: Trace) -> np.ndarray | None:
    """What a bundled model says to other hidden states; None for a model of one's own."""
    key = run.name.removeprefix("bundled ")
    return bundled_answers(key, other.output) if key in cards() else None


def _keep(run: Run, view: View) -> None:
    title = f"the run kept of {view.trace.layers[0].units} units"
    session.kept_run = ComparisonRun(run.name, run.description, run.trace, _words(view), title)
    session.compare = KEPT


def _words(view: View) -> StepTexts[Texts]:
    """All that is written at the steps of a run, to be shown beside another one."""
    return replace(view.texts, labels=view.labels)


def _usable_kept_run(kept: ComparisonRun | None, run: Run) -> ComparisonRun | None:
    if kept is None:
        st.info("No run is kept yet: “Keep this run” in the “Compare” menu keeps the one on the screen.")
    elif kept.name == run.name:
        st.info("This run is kept. Choose another model or sequence now, and this one will stand beside it.")
    else:
        return kept
    return None


def _choose_layer(trace: Trace) -> str:
    """The layer in which a factor is held, by its name; "" where there is one alone."""
    names = [layer.name for layer in trace.layers]
    if len(names) == 1:
        return ""
    Session.held_layer.restrict(names, names[0])
    return str(st.selectbox("in layer", names, format_func=layer_title, key=Session.held_layer.key))


def _held_run(run: Run, held: HeldFactor) -> ComparisonRun:
    after = what_if_run(run.trace, held)
    return ComparisonRun(
        str(held), f"the same run, if {held.said}", after, StepTexts(answers=_bundled_answers(run, after)), held.brief
    )


def _sequence_run(run: Run, view: View) -> ComparisonRun:
    names = [_sequence_title(k, name) for k, name in enumerate(view.sequence_names)]
    Session.compare_row.restrict(names, names[1])
    row = names.index(st.selectbox("Which sequence", names, 1, key=Session.compare_row.key, bind="query-params"))
    return ComparisonRun(f"row {row}", names[row], run.trace, _words(view), names[row], row)


def _sequence_title(place: int, name: str) -> str:
    usual = f"sequence {place + 1}"
    return usual if name == usual else f"{usual}: {name}"


def comparison_view(view: View, other: ComparisonRun) -> View:
    """The view with another run beside it, over this one's steps; made once while neither changes."""
    name = f"{view.name} beside {other.name}"
    return session.comparison_view.cached(name, lambda: _make_view(view, other, name))


def _make_view(view: View, other: ComparisonRun, name: str) -> View:
    words = other.words.map(partial(_aligned_texts, view, other.row))
    return replace(
        view,
        name=name,
        place=view.place or view.name,
        compared=[ComparedRun(align_layers(view.trace, other.trace, other.row), words)],
        captions={**view.captions, "beside": other.brief},
    )


def _aligned_texts(view: View, row: int | None, texts: Texts) -> Texts:
    """Texts of the other run, brought along as its layers are."""
    batch = view.shape[1]
    return LazyTexts(view.shape, lambda held: align_texts(texts[held], held.stop - held.start, batch, row))


def comparison_charts(view: View) -> Rows:
    """Both cells, the whole run, and the strips of both with their difference."""
    pair = [Chart("cell", run_cell_picture(None)), Chart("cell_beside", run_cell_picture(BESIDE))]
    gated = all(layer.input_gate is not None for layer in (*view.trace.layers, *view.compared[0].layers))
    rows = [pair] if gated else []
    rows += [[LANES]] if len(view.sequence_names) > 1 else []
    rows += [[OVERVIEW]] if view.shape[0] > window() else []
    return [*rows, [Chart("compared", memory_comparison)]]


def comparison_sentence(view: View, other: ComparisonRun) -> str:
    """What stands beside, over how many steps, and where both lie farthest apart."""
    place = largest_difference(view.trace.layers, view.compared[0].layers)
    said = f"Beside this run: {other.said.rstrip('.')}."
    steps = min(view.shape[0], len(other.trace.output))
    if len(other.trace.output) != view.shape[0]:
        said += f" Both are compared over the {plural(steps, 'step')} that both have."
    if other.row is None and other.trace.output.shape[1] != view.trace.output.shape[1]:
        said += " Its first sequence stands beside every one here."
    if place is None:
        return f"{said} The two have not the same units, so that no unit can be taken from its like."
    of = "" if len(view.trace.layers) == 1 else f" of layer {layer_title(place.layer)}"
    where = "" if len(view.sequence_names) == 1 else f" of sequence {place.sequence + 1}"
    unit, step = place.unit + 1, place.step + 1
    return f"{said} Farthest apart: the memory of unit {unit}{of} after step {step}{where}, {signed(place.difference)}."
