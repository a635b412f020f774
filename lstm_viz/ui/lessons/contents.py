"""What each lesson shows of a run: its view, formulas and charts, the same in the app as on an exported page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import urlencode

from lstm_viz.figures.cell.two_memories import two_memories
from lstm_viz.figures.gates.answer_probabilities import PROBABILITIES
from lstm_viz.figures.gates.formulas import (
    COURSE_USE_FORMULAS,
    FORGET_FORMULAS,
    LEARN_FORMULAS,
    REMEMBER_FORMULAS,
    USE_FORMULAS,
    Formula,
    with_activations,
)
from lstm_viz.figures.memory.attribution import attribution_areas
from lstm_viz.figures.memory.strips import memory_strips
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.lessons.exercises import Exercise
from lstm_viz.lessons.moments import paragraph_moment
from lstm_viz.lessons.observations import Observation
from lstm_viz.lessons.page_text import LessonItem
from lstm_viz.lessons.places import place_words
from lstm_viz.lessons.questions import Question
from lstm_viz.lessons.recall_training import training_exercise
from lstm_viz.lessons.rnn_vs_lstm import answers_observation, failing_question
from lstm_viz.lessons.texts import paragraphs
from lstm_viz.sequences.typed_text import reads_characters
from lstm_viz.ui.lessons.architecture import architecture_charts, shapes_item, with_other_variant
from lstm_viz.ui.lessons.exercises import (
    gate_exercises,
    own_cell_exercises,
    perturbed_learning_chart,
    shows_perturbed_learning,
)
from lstm_viz.ui.lessons.gate_charts import (
    forget_charts,
    half_life_chart,
    learn_charts,
    use_charts,
    with_answer_probabilities,
)
from lstm_viz.ui.lessons.recall_training import (
    recall_checkpoint_runs,
    recall_training_charts,
    with_recall_checkpoints,
)
from lstm_viz.ui.lessons.rnn_vs_lstm import delay_charts, delay_runs, delay_view
from lstm_viz.ui.lessons.sequences_of_data import (
    WindowChoice,
    first_moment,
    lesson_charts,
    lesson_observation,
    lesson_question,
    lesson_truths,
    lesson_view,
    lesson_words,
    samples_of_text,
)
from lstm_viz.ui.stage.bundled_runs import cards
from lstm_viz.ui.stage.charts import CELL, Chart, Rows, usual_charts
from lstm_viz.ui.stage.choose_model import COURSE_SUFFIX
from lstm_viz.ui.stage.stage import first_unit
from lstm_viz.ui.stage.views import View, made_once
from lstm_viz.ui.stage.what_if import WHAT_IF

#: Controls that a lesson does without: its text says what to look for.
HIDDEN_IN_LESSONS = ("notes", "whole")

#: A window so narrow that every chart which some screen needs is among the usual ones.
NARROWEST = 1

#: The paragraph of a gate's lesson, counted from 1 with its question, that links to another model's run.
PLACE_PARAGRAPHS = {"learn_gate": 6, "use_gate": 7}

#: Sentences that say what a person can do, which an exported page says otherwise.
TRY_ANOTHER = "Type something of your own below the picture and see what the network answers."
HOW_TO_HOLD = "Choose a factor, the units and the step from which it counts."


@dataclass(frozen=True, eq=False)
class LessonContent:
    """What a lesson shows of a run."""

    view: View
    #: Makes the charts, of a bundled run once for all sessions.
    charts: Callable[[], Rows] = tuple
    #: Formulas that stand under the player's bar instead of the whole cell's.
    formulas: Sequence[Formula] = ()
    #: The moment to start at; by default that of the first paragraph.
    start: Moment | None = None
    #: They stand for the lesson's own observation and question, and for further placeholders of its text.
    look: Observation | None = None
    ask: Question | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    #: What its text may claim of the page itself, such as whether a control or a chart is there.
    truths: Mapping[str, bool] = field(default_factory=dict)
    #: Makes what the reader does under the pictures, of a bundled run once for all sessions.
    exercises: Callable[[], Sequence[Exercise]] = tuple
    #: Further paragraphs, about what only the app has.
    in_app: Sequence[LessonItem] = ()
    #: Samples of text under the charts, as JSON; "" where a lesson has none.
    generated: str = ""

    @property
    def default_moment(self) -> Moment:
        """The moment where the text names none: the unit in which there is most to see, in the first sequence."""
        return self.start or Moment(unit=first_unit(self.view))

    def moment_key(self, lesson: str) -> str:
        """Runs of the same steps and sequences have one moment key: exchanging them keeps the moment."""
        return f"{lesson} {self.view.shape}"

    def lesson_view(self, lesson: str) -> View:
        """The run as the lesson looks at it: from `start` or the first paragraph's moment, with its formulas."""
        view, formulas = self.view, self.formulas
        at = replace(self.default_moment, beat=len(BEATS) - 1)
        first = at if self.start else made_once(view, "lesson start", (lesson, at), partial(_first, lesson, view, at))
        if not view.trace.activations.is_standard:
            formulas = with_activations(formulas, view.trace.activations)
        hidden = (*view.hide, *HIDDEN_IN_LESSONS)
        return view.presented(moment_key=self.moment_key(lesson), start=first, formulas=formulas, hide=hidden)


def _first(lesson: str, view: View, at: Moment) -> Moment:
    return paragraph_moment(paragraphs(lesson)[0], view.trace.layers[0], at) or at


def basics(run: View, typed: bool = False) -> LessonContent:
    """Both memories and the strips; a typed sequence is looked at from its end."""
    view = run.presented(hide=("equation", "line", "beats"))
    start = Moment(unit=first_unit(view), step=view.shape[0] - 1) if typed else None
    charts: Rows = [[Chart("memories", two_memories)], [Chart("strips", memory_strips)]]
    key = _model(view)
    typing = typed or (key in cards() and reads_characters(cards()[key].features))
    return LessonContent(
        view, lambda: charts, start=start, words={"try_another": TRY_ANOTHER}, truths={"typing": typing}
    )


def rnn_vs_lstm(delay: int) -> LessonContent:
    """Three networks over the same letter and the same wait."""
    runs = delay_runs(delay)
    return LessonContent(
        delay_view(runs),
        partial(delay_charts, runs),
        look=answers_observation(runs.measured),
        ask=failing_question(runs.measured),
        words=runs.measured.words(),
        truths=runs.measured.truths(),
    )


def architecture(run: View) -> LessonContent:
    """The whole cell, each gate opened in place, and both cells side by side."""
    view = with_other_variant(run)
    return LessonContent(view, partial(architecture_charts, view), in_app=(shapes_item(view),))


def learn_gate(run: View) -> LessonContent:
    """The learn gate, by itself and in numbers."""
    words, truths = place_links("learn_gate", run, set(cards()), _place_address)
    exercises = partial(gate_exercises, "learn_gate", run)
    return LessonContent(run, learn_charts, LEARN_FORMULAS, words=words, truths=truths, exercises=exercises)


def forget_gate(run: View) -> LessonContent:
    """The forget gate, by itself, in numbers, and held at a value."""

    def charts() -> Rows:
        return [*forget_charts(), [WHAT_IF]]

    exercises = partial(gate_exercises, "forget_gate", run)
    return LessonContent(run, charts, FORGET_FORMULAS, words={"how_to_hold": HOW_TO_HOLD}, exercises=exercises)


def remember_gate(run: View) -> LessonContent:
    """What is left of each event, and how long each unit holds on."""

    def charts() -> Rows:
        return [[CELL], [Chart("ledger", attribution_areas)], [half_life_chart(run)]]

    return LessonContent(run, charts, REMEMBER_FORMULAS)


def use_gate(run: View) -> LessonContent:
    """The use gate, by itself and in numbers."""
    view = with_answer_probabilities(run)
    course = view.trace.layers[0].variant == "course"
    key = _model(run).removesuffix(COURSE_SUFFIX)
    words, truths = place_links("use_gate", run, set(cards()), _place_address)
    truths |= {"chances": PROBABILITIES in view.extras, "switch": key + COURSE_SUFFIX in cards()}

    def charts() -> Rows:
        return [*use_charts(view), *([[perturbed_learning_chart()]] if shows_perturbed_learning(run) else [])]

    formulas = COURSE_USE_FORMULAS if course else USE_FORMULAS
    exercises = partial(gate_exercises, "use_gate", run)
    return LessonContent(view, charts, formulas, words=words, truths=truths, exercises=exercises)


def place_links(
    lesson: str, run: View, models: Collection[str], address: Callable[[str, str, Moment], str]
) -> tuple[dict[str, str], dict[str, bool]]:
    """Words and truths of a gate's lesson that link to another model's run, among `models`, where there is more to see.

    A truth is "charged" too: that this model's training charged for recurrent weights, as its card says.
    """
    words, truths = place_words(lesson, run.trace.layers[0], models, partial(address, lesson))
    card = cards().get(_model(run))
    return words, truths | {"charged": card is not None and "penalty on recurrent weights" in card.trained}


def _place_address(lesson: str, model: str, moment: Moment) -> str:
    return f"{lesson}?model={model}&{moment_parameters(moment)}&paragraph={PLACE_PARAGRAPHS[lesson]}"


def moment_parameters(moment: Moment) -> str:
    """A moment as parameters of an address, counted from 1."""
    counted = {name: getattr(moment, name) + 1 for name in ("step", "unit", "sequence")}
    return urlencode(counted | {"beat": BEATS[moment.beat].replace(" ", "-")})


def _model(view: View) -> str:
    """The key of a bundled model's own run; of any other run something that is no key."""
    return view.name.split()[0]


def all_together(run: View) -> LessonContent:
    """The usual charts, of the first model those of its training's checkpoints too, and a cell of one's own."""
    view = with_recall_checkpoints(run)
    if view.checkpoints is None:
        return LessonContent(run, exercises=partial(own_cell_exercises, run))

    def charts() -> Rows:
        return [*usual_charts(view, NARROWEST), *recall_training_charts(view)]

    def exercises() -> Sequence[Exercise]:
        return (training_exercise(recall_checkpoint_runs()), *own_cell_exercises(run))

    return LessonContent(view, charts, exercises=exercises)


def sequences_of_data(cut: WindowChoice) -> LessonContent:
    """Sequences, their shapes, and how a long one is cut."""
    view = lesson_view(cut)
    start = first_moment(cut, view)
    return LessonContent(
        view,
        partial(lesson_charts, cut),
        start=start,
        look=lesson_observation(cut, start.unit),
        ask=lesson_question(cut),
        words=lesson_words(cut),
        truths=lesson_truths(cut),
        generated=samples_of_text(),
    )
