"""The comparison run in Explore: a kept run, another sequence of the batch, a factor held, or the other cell."""

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
from lstm_viz.ui.plain_text import plain_text
from lstm_viz.ui.session import Session, session
from lstm_viz.ui.stage.bundled_runs import bundled_answers, cards
from lstm_viz.ui.stage.charts import LANES, OVERVIEW, Chart, Rows
from lstm_viz.ui.stage.stage import window
from lstm_viz.ui.stage.views import View
from lstm_viz.ui.stage.what_if import USUAL_FACTOR, GateIntervention, choose_intervention, what_if_run

NOTHING, KEPT, ROW, HELD = "nothing", "the run kept before", "another sequence of the batch", "a factor held"
CELL = "the other cell, same weights"
COMPARED = Chart("compared", memory_comparison)
#: What the other cell is, and how its use gate differs.
OTHER_CELLS = {
    "standard": ("the course's cell, same weights", "through the course's cell: its use gate is offered what was kept"),
    "course": ("the standard cell, same weights", "through the standard cell: its use gate is offered the sum, LTM"),
}


class ComparisonRun(NamedTuple):
    """A comparison run: a name that tells it from others, a description, its trace, and the texts of its steps.

    Labels and events are left out where they are this run's own.
    """

    name: str
    description: str
    trace: Trace
    texts: StepTexts[Texts]
    #: The same in a few words, for a title.
    short_description: str = ""
    #: The one sequence of it that stands beside every one.
    row: int | None = None


def choose_comparison_run(bar: DeltaGenerator, run: Run, view: View) -> ComparisonRun | None:
    """The comparison run, chosen in `bar`; None for none."""
    rows = len(view.sequence_names)
    kept = session.kept_comparison_run
    with bar:
        st.button("Keep this run", on_click=_keep, args=(run, view), help="Then choose another model or sequence.")
        if kept:
            st.caption(plain_text(f"Kept: {kept.description}"))
        options = [NOTHING, *([KEPT] if kept else []), *([ROW] if rows > 1 else []), *_gated_options(run.trace)]
        Session.compare.restrict(options, NOTHING)
        chosen = st.selectbox("Beside this run", options, key=Session.compare.key, bind="query-params")
        if chosen == ROW:
            return _sequence_run(run, view)
        if chosen == HELD:
            return _held_run(run, choose_intervention(view, USUAL_FACTOR)._replace(layer=_choose_layer(run.trace)))
    if chosen == CELL:
        return _other_cell(run)
    if chosen == KEPT and kept:
        return _usable_kept_run(kept, run)
    return None


def _gated_options(trace: Trace) -> list[str]:
    """The options that only a run with gates has."""
    if trace.variant == "rnn":
        return []
    return [HELD, *([CELL] if can_swap_cell(trace) else [])]


def _other_cell(run: Run) -> ComparisonRun:
    """The run through the other cell, made once."""
    trace = session.swapped_cell.cached(run.name, lambda: _swap_cell(run.trace))
    short_description, description = OTHER_CELLS[run.trace.variant]
    texts: StepTexts[Texts] = StepTexts(answers=_bundled_answers(run, trace))
    return ComparisonRun(f"{CELL} {run.name}", f"the same weights {description}", trace, texts, short_description)


def _swap_cell(trace: Trace) -> Trace:
    from lstm_viz.recording.swap_cell import swap_cell  # brings torch along

    with st.spinner("Running the other cell on the whole sequence …"):
        return swap_cell(trace)


def _bundled_answers(run: Run, other: Trace) -> np.ndarray | None:
    """A bundled model's answers to other hidden states; None for any other model."""
    key = run.name.removeprefix("bundled ")
    return bundled_answers(key, other.output) if key in cards() else None


def _keep(run: Run, view: View) -> None:
    title = f"the run kept of {view.trace.layers[0].units} units"
    session.kept_comparison_run = ComparisonRun(run.name, run.description, run.trace, _step_texts(view), title)
    session.compare = KEPT


def _step_texts(view: View) -> StepTexts[Texts]:
    """The texts of a run's steps, for a comparison with another run."""
    return replace(view.texts, labels=view.labels)


def _usable_kept_run(kept: ComparisonRun, run: Run) -> ComparisonRun | None:
    if kept.name != run.name:
        return kept
    st.info("This run is kept. Choose another model or sequence now, and this one will stand beside it.")
    return None


def _choose_layer(trace: Trace) -> str:
    """The layer in which a factor is held, by its name; "" where there is one alone."""
    names = [layer.name for layer in trace.layers]
    if len(names) == 1:
        return ""
    Session.held_layer.restrict(names, names[0])
    return str(st.selectbox("in layer", names, format_func=layer_title, key=Session.held_layer.key))


def _held_run(run: Run, intervention: GateIntervention) -> ComparisonRun:
    after = what_if_run(run.trace, intervention)
    return ComparisonRun(
        str(intervention),
        f"the same run, if {intervention.description}",
        after,
        StepTexts(answers=_bundled_answers(run, after)),
        intervention.short_description,
    )


def _sequence_run(run: Run, view: View) -> ComparisonRun:
    names = [_sequence_title(k, name) for k, name in enumerate(view.sequence_names)]
    Session.compare_row.restrict(names, names[1])
    row = names.index(st.selectbox("Which sequence", names, 1, key=Session.compare_row.key, bind="query-params"))
    return ComparisonRun(f"row {row}", names[row], run.trace, _step_texts(view), names[row], row)


def _sequence_title(index: int, name: str) -> str:
    usual = f"sequence {index + 1}"
    return usual if name == usual else f"{usual}: {name}"


def comparison_view(view: View, other: ComparisonRun) -> View:
    """The view with the comparison run, over the view's own steps; made once while neither changes."""
    name = f"{view.name} beside {other.name}"
    return session.comparison_view.cached(name, lambda: _make_view(view, other, name))


def _make_view(view: View, other: ComparisonRun, name: str) -> View:
    texts = other.texts.map(partial(_aligned_texts, view, other.row))
    return replace(
        view,
        name=name,
        moment_key=view.moment_key or view.name,
        compared=[ComparedRun(align_layers(view.trace, other.trace, other.row), texts)],
        captions={**view.captions, "beside": other.short_description},
    )


def _aligned_texts(view: View, row: int | None, texts: Texts) -> Texts:
    """Texts of the other run, aligned as its layers are."""
    batch = view.shape[1]
    return LazyTexts(view.shape, lambda steps: align_texts(texts[steps], steps.stop - steps.start, batch, row))


def comparison_charts(view: View) -> Rows:
    """Both cells, the whole run, and the strips of both with their difference."""
    pair = [Chart("cell", run_cell_picture(None)), Chart("cell_beside", run_cell_picture(BESIDE))]
    gated = all(layer.input_gate is not None for layer in (*view.trace.layers, *view.compared[0].layers))
    rows = [pair] if gated else []
    rows += [[LANES]] if len(view.sequence_names) > 1 else []
    rows += [[OVERVIEW]] if view.shape[0] > window() else []
    return [*rows, [COMPARED]]


def comparison_sentence(view: View, other: ComparisonRun) -> str:
    """The comparison in words: which run, over how many steps, and where both lie farthest apart."""
    largest = largest_difference(view.trace.layers, view.compared[0].layers)
    sentence = f"Beside this run: {other.description.rstrip('.')}."
    steps = min(view.shape[0], len(other.trace.output))
    if len(other.trace.output) != view.shape[0]:
        sentence += f" Both are compared over the {plural(steps, 'step')} that both have."
    if other.row is None and other.trace.output.shape[1] != view.trace.output.shape[1]:
        sentence += " Its first sequence stands beside every one here."
    if largest is None:
        return f"{sentence} The two have not the same units, so that no unit can be taken from its like."
    of = "" if len(view.trace.layers) == 1 else f" of layer {layer_title(largest.layer)}"
    where = "" if len(view.sequence_names) == 1 else f" of sequence {largest.sequence + 1}"
    unit, step, difference = largest.unit + 1, largest.step + 1, signed(largest.difference)
    return f"{sentence} Farthest apart: the memory of unit {unit}{of} after step {step}{where}, {difference}."
