"""The session: the keys of `st.session_state` that the app's code reads or sets, with type, meaning and default.

Nothing here is shared: each browser tab has a state of its own, which ends with its session. A key that a widget
has too stands in that widget as `key=Session.zoom.key`. Keys that nothing but their widget uses, such as "seed" or
"units", stand in that widget alone. Streamlit binds some widgets to the address bar, so their keys are part of copied
links. `player/components.py` reads what its components report under the key that it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, overload

import streamlit as st

from lstm_viz.sequences.reading_options import DEFAULTS, Question, ReadingOptions

if TYPE_CHECKING:  # the types of what upper layers keep; at run time the session knows none of them
    import numpy as np

    from lstm_viz.analysis.correlation import InputCorrelation
    from lstm_viz.analysis.gradients import LayerGradients
    from lstm_viz.checkpoints.load import Checkpoint
    from lstm_viz.sequences.batch import SequenceBatch
    from lstm_viz.traces import Trace
    from lstm_viz.ui.explore.comparison import ComparisonRun
    from lstm_viz.ui.explore.drop_zone import DroppedFile, ModelFiles
    from lstm_viz.ui.explore.explore import Shown
    from lstm_viz.ui.explore.fit import FitSettings
    from lstm_viz.ui.explore.run import Run
    from lstm_viz.ui.explore.saved_run import SavedRun
    from lstm_viz.ui.explore.source import FileParts, Source
    from lstm_viz.ui.stage.answer_numbers import AnswerNumbers
    from lstm_viz.ui.stage.stage import PageState
    from lstm_viz.ui.stage.views import View

T = TypeVar("T")
S = TypeVar("S", bound="State[Any]")


class State(Generic[T]):
    """A value of the session, as a typed attribute: its default until it is set, and again once it is deleted."""

    def __init__(self, default: T, key: str = "") -> None:
        self.default, self.key = default, key

    def __set_name__(self, owner: type, name: str) -> None:
        self.key = self.key or name

    @overload
    def __get__(self: S, instance: None, owner: type) -> S: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> State[T] | T:
        if instance is None:
            return self
        value: T = st.session_state.get(self.key, self.default)
        return value

    def __set__(self, instance: object, value: T) -> None:
        st.session_state[self.key] = value

    def __delete__(self, instance: object) -> None:
        st.session_state.pop(self.key, None)


class WidgetState(State[T]):
    """The value of a widget with this key; None before the widget first ran. It is set before the widget runs."""

    def select(self, value: T) -> None:
        """What `session.name = value` does, where the name is not known."""
        st.session_state[self.key] = value

    def restrict(self, options: Sequence[T], fallback: T) -> None:
        """A choice that this run does not offer becomes `fallback`."""
        if st.session_state.get(self.key, fallback) not in options:
            st.session_state[self.key] = fallback


class StepState(WidgetState[int | None]):
    """A step that was typed in, counted from 1."""

    def limit(self, last: int) -> None:
        """A step past the end of this run becomes its last one."""
        if st.session_state.get(self.key, 1) > last:
            st.session_state[self.key] = last


class CachedValue(Generic[T]):
    """A cache of one entry: the latest result and what it was made from, so that a rerun doesn't make it again."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.key = name

    @property
    def latest(self) -> T | None:
        """The result, whatever it was made from."""
        return st.session_state[self.key].result if self.key in st.session_state else None

    def get(self, source: Hashable) -> T | None:
        """The result made from this source; None where there is none yet, or one of another source."""
        entry = st.session_state.get(self.key)
        return entry.result if entry is not None and entry.source == source else None

    def store(self, source: Hashable, result: T) -> T:
        """Keeps a result in the place of the one before."""
        st.session_state[self.key] = CacheEntry(source, result)
        return result

    def cached(self, source: Hashable, make: Callable[[], T]) -> T:
        """The result made from this source, made now if it has not been."""
        entry = st.session_state.get(self.key)
        return entry.result if entry is not None and entry.source == source else self.store(source, make())


class CacheEntry(NamedTuple):
    """A result, and what it was made from."""

    source: Hashable
    result: Any


class Session:
    """All keys of the session. There is one object of it, `session`, whose values are those of the running script."""

    # Pages
    #: Title of the page that is open; "" before the first.
    page: State[str] = State("")
    #: Whether this is the page's first run after another page was left.
    page_changed: State[bool] = State(False)
    #: Name of the lesson that was opened last; "" before the first.
    lesson: State[str] = State("")

    # The bundled model, chosen on any page that has the choice
    #: Title of the chosen model, bound to the address; None where no page has shown the choice.
    model: WidgetState[str | None] = WidgetState(None)
    #: "Standard" or "Course", bound to the address.
    variant: WidgetState[str | None] = WidgetState(None)
    #: Both as they were chosen last: Streamlit forgets a widget's value once another page is shown.
    last_model: State[str | None] = State(None)
    last_variant: State[str | None] = State(None)

    # The stage
    #: What the player reported: `need` (the moment whose numbers it lacks, for one rerun), `still`, `narrow`.
    player: State[Mapping[str, Any]] = State({})
    #: Figures and messages of the view on the stage.
    page_state: State[PageState | None] = State(None)
    #: Steps at once in the strips of a stored run ("all" or as in "3,000") and the first of them, bound to the address.
    zoom: WidgetState[str | None] = WidgetState(None)
    zoom_from: StepState = StepState(None)

    # What if: a gate's factor held at a value, all bound to the address but the layer
    #: "Forget factor", "Ignore factor" or "Use factor".
    held_factor: WidgetState[str | None] = WidgetState(None, key="held")
    #: "all units", or as in "unit 3".
    held_unit: WidgetState[str | None] = WidgetState(None)
    #: The value, from 0 to 1.
    held_at: WidgetState[float | None] = WidgetState(None)
    #: The first step that is held.
    held_from: StepState = StepState(None)
    #: Name of the layer.
    held_layer: WidgetState[str | None] = WidgetState(None)

    # Gradients of an output
    #: The output's step and unit ("all of it", or as in "unit 3"), bound to the address.
    gradient_step: StepState = StepState(None, key="felt_step")
    gradient_unit: WidgetState[str | None] = WidgetState(None, key="felt_unit")
    #: Name of the layer by whose states the gradient is taken.
    gradient_layer: WidgetState[str | None] = WidgetState(None)
    #: Gradients by (view, step, unit).
    output_gradients: CachedValue[tuple[LayerGradients, ...]] = CachedValue()

    # Files that were dropped in Explore
    #: How often something was dropped.
    drops: State[int] = State(0)
    #: Tables and runs by their names, in the order in which they came.
    dropped: State[Mapping[str, DroppedFile]] = State({})
    #: Name of the one that is shown, and of the one before it.
    own_file: WidgetState[str | None] = WidgetState(None)
    file_before: State[str | None] = State(None)
    #: Why what was dropped last is not kept; "" where it is.
    upload_refusal: State[str] = State("")
    #: What had to go because a session keeps so many, as a sentence; "" where nothing had to.
    let_go: State[str] = State("")
    #: The files of the last model.
    model_files: State[ModelFiles | None] = State(None)

    # The sequence in Explore
    #: Where it comes from: "Example", "File", "Text" ..., bound to the address.
    source: WidgetState[str | None] = WidgetState(None)
    #: The file or text that was read last: its identity, the sheet or array read from it, and how.
    read_source: State[tuple[str, str, ReadingOptions]] = State(("", "", DEFAULTS))
    #: The file or text that the person's answers are about, and these; they are part of the address.
    reading_options: State[tuple[str, ReadingOptions]] = State(("", DEFAULTS))
    #: The file or text that was read last, and what it leaves open.
    questions: State[tuple[str, tuple[Question, ...]]] = State(("", ()))
    #: Sheets or arrays of that file, where it has several.
    file_parts: State[FileParts | None] = State(None)
    #: Why it could not be read.
    read_error: State[str] = State("")
    #: The last file or text that could be read.
    own_source: State[Source | None] = State(None)
    #: The batch by (source, choices of columns).
    batch: CachedValue[SequenceBatch] = CachedValue()

    # The run in Explore
    #: Whether the choice of a model stood at a file of one's own.
    uploaded_model_chosen: State[bool] = State(False)
    #: What a model's file holds, or why it can't be opened, by the file's id.
    checkpoint: CachedValue[Checkpoint | str] = CachedValue()
    #: Trace, answers, input and the answers' numbers of the model in it, by (model, sequence).
    uploaded_model_run: CachedValue[tuple[Trace, np.ndarray | None, SequenceBatch, AnswerNumbers]] = CachedValue()
    #: The run that is being made, by the same; it stays where the person cancels it.
    cancelled_run: State[tuple[str, str] | None] = State(None)
    #: The same of a fit.
    cancelled_fit: State[FitSettings | None] = State(None)
    #: The bundled sequence on which the person wants to see a model of theirs.
    example_for_model: State[str] = State("")
    #: The columns that the person said an uploaded model reads, by (model, columns to choose among).
    model_columns: CachedValue[tuple[str, ...] | None] = CachedValue()
    #: The run that is on the stage, its sequence and what both are called; it stays while another is not there yet.
    shown_run: State[Shown | None] = State(None)
    #: Runs of fitted models, the oldest first.
    fitted_runs: State[dict[FitSettings, Run] | None] = State(None)
    #: The run in a file, or why it can't be opened, by the file's id.
    saved_run: CachedValue[SavedRun | str] = CachedValue()
    #: The view of a run that is stored on the server's disk, by run and steps.
    stored_view: CachedValue[View] = CachedValue()
    #: The view that Explore showed last, by run and ranking; lessons offer it as one's own.
    view: CachedValue[View] = CachedValue()
    #: The same with an input column, by both.
    column_view: CachedValue[View] = CachedValue()

    # Units and input columns in Explore
    #: Name of the input column that is drawn above the memory.
    input_column: WidgetState[str | None] = WidgetState(None)
    #: Name of the layer in the table.
    table_layer: WidgetState[str | None] = WidgetState(None)
    #: Correlations of units with columns, by run and layer.
    input_correlation: CachedValue[InputCorrelation] = CachedValue()
    #: How often the player was sent somewhere, and where to last.
    go_to: State[tuple[int, Mapping[str, int]]] = State((0, {}))

    # The comparison run in Explore
    #: Which one, bound to the address.
    compare: WidgetState[str | None] = WidgetState(None)
    #: Which sequence of the batch, bound to the address.
    compare_row: WidgetState[str | None] = WidgetState(None)
    #: The run that was kept for a comparison.
    kept_comparison_run: State[ComparisonRun | None] = State(None)
    #: The run through the other cell, by run.
    swapped_cell: CachedValue[Trace] = CachedValue()
    #: The view with the other run beside it, by both.
    comparison_view: CachedValue[View] = CachedValue()

    # The sequence typed on the page of basics
    #: Its view, by model and text.
    typed_view: CachedValue[View] = CachedValue()

    def send_player(self, **change: int) -> None:
        """Has the player go there in what is given: step, unit, layer ..., counted from 0."""
        number, _ = self.go_to
        self.go_to = (number + 1, change)

    @staticmethod
    def value_of(key: str) -> Any:
        """The value of a widget by its key, inside its own callback."""
        return st.session_state[key]

    @staticmethod
    def forget_widgets(prefix: str) -> None:
        """Has all widgets whose keys begin so begin at what is usual."""
        for key in [key for key in st.session_state if str(key).startswith(prefix)]:
            del st.session_state[key]

    @staticmethod
    def part_key(file: str) -> str:
        """The key of the choice among a file's sheets or arrays, by the file's id."""
        return f"part {file}"

    def part(self, file: str) -> str:
        """The sheet or array that was chosen of a file; "" before one was."""
        return str(st.session_state.get(self.part_key(file), ""))


#: The running script's session.
session = Session()
