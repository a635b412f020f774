"""Model runs of the lesson on sequences: the character model over its text in windows, and three short runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import streamlit as st

from lstm_viz.analysis.truncated_bptt import CarriedAndChangedStates
from lstm_viz.figures.formats import plain
from lstm_viz.figures.run_view import ComparedRun
from lstm_viz.figures.sequences.batching import columns_shown
from lstm_viz.figures.sequences.unrolled import Unrolled
from lstm_viz.lessons.sequences_of_data import CorrectGuesses, PaddedExample, TrainingCut
from lstm_viz.sequences import tasks
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.formatting import VISIBLE_CHARACTERS
from lstm_viz.sequences.sliding_windows import Windows, windows
from lstm_viz.traces import LayerTrace
from lstm_viz.ui.stage.bundled_runs import example_batch
from lstm_viz.ui.stage.views import View, view_of

MODEL, TEXT = "characters", "python"
#: Units that travel to the browser, those that a reset disturbs most; units and steps in a small picture.
SENT_UNITS, SHOWN_UNITS, SHOWN_STEPS = 16, 6, 8
#: The lengths of windows that are compared, and the steps of the run that is not cut.
WINDOW_LENGTHS, FULL_LENGTH = (5, 20, 100), 150
SPINNER = "Reading the text in windows …"


#: Two lines of the text that stand in a batch together, of which the first is padded.
PADDED_LINES = ("Assignment statements", "the target lists, from left to right.")


class WindowedRun(NamedTuple):
    """One cut of the text: the view of row 1's start, carried and reset states there and over all, the guesses.

    `exchanged` and `exchanged_shown` are the same with rows exchanged instead of a reset; None with a single row.
    """

    view: View
    shown: CarriedAndChangedStates
    whole: CarriedAndChangedStates
    exchanged_shown: CarriedAndChangedStates | None
    exchanged: CarriedAndChangedStates | None
    guesses: CorrectGuesses
    training: TrainingCut


@st.cache_resource(max_entries=16, show_spinner=False)
def text_windows(rows: int, steps: int) -> Windows:
    """The text in windows of `rows` x `steps`."""
    return windows(example_batch(TEXT), rows, steps)


@st.cache_resource(max_entries=8, show_spinner=SPINNER)
def windowed_run(rows: int, steps: int) -> WindowedRun:
    """The text read in these windows: with the state carried, with it reset, and with rows exchanged."""
    import lstm_viz
    from lstm_viz.analysis.truncated_bptt import carried_and_reset_states, exchanged_states, row_exchanges
    from lstm_viz.bundled import load_bundled
    from lstm_viz.bundled.characters import ROWS, correct_guesses, training_windows

    trained, cut = load_bundled(MODEL), text_windows(rows, steps)
    parts = [part.values for part in cut.parts]
    whole, exchanged = carried_and_reset_states(trained.module, parts), None
    if rows > 1:
        exchanges = row_exchanges(len(parts) - 1, rows)
        exchanged = replace(whole, changed=exchanged_states(trained.module, parts, exchanges))
    shown, exchanged_shown = (_start_of_row_1(both, columns_shown(cut)) for both in (whole, exchanged))
    assert shown is not None
    batch = _first_steps(example_batch(TEXT), columns_shown(cut))
    trace = lstm_viz.trace(trained.module, batch.values)
    answers = trained.answers(trace.output)
    view = view_of(f"{rows} {steps}", trace, batch, answers)
    order = np.argsort(-np.abs(shown.carried - shown.changed).sum(axis=(0, 1)))[:SENT_UNITS]
    beside = {"reset": shown} | ({} if exchanged_shown is None else {"exchanged": exchanged_shown})
    compared = [ComparedRun([_compared_layer(name, batch, both.changed)]) for name, both in beside.items()]
    view = replace(view, orders=[order], compared=compared)
    events = np.concatenate(parts)
    right = [correct_guesses(trained.head, states, events) for states in (whole.carried, whole.changed)]
    if exchanged is not None:
        right.append(correct_guesses(trained.head, exchanged.changed, events))
    training = TrainingCut(ROWS, training_windows())
    return WindowedRun(view, shown, whole, exchanged_shown, exchanged, CorrectGuesses(*right), training)


def _start_of_row_1(both: CarriedAndChangedStates | None, columns: int) -> CarriedAndChangedStates | None:
    if both is None:
        return None
    return replace(both, carried=both.carried[:columns, :1], changed=both.changed[:columns, :1])


def _first_steps(batch: SequenceBatch, steps: int) -> SequenceBatch:
    """The first steps of a sequence."""
    values, labels = batch.values[:steps], batch.step_labels[:steps]
    lengths = np.array([steps])
    return replace(batch, values=values, unscaled=None, step_labels=labels, lengths=lengths, sequence_names=("row 1",))


def _compared_layer(name: str, batch: SequenceBatch, hidden_state: np.ndarray) -> LayerTrace:
    """A run with changed states as the layer of a comparison run: its STM, which is all that is shown of it.

    Its gates are left out, since a record takes each step's state to be the one that the next step finds.
    """
    start = np.zeros_like(hidden_state[0])
    return LayerTrace(name, "rnn", batch.values, hidden_state, start, batch.lengths)


@st.cache_resource(max_entries=1, show_spinner="Working out the gradients …")
def gradient_reach() -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """|d loss / d event| by steps back, uncut and for each length of window; a mean over places all over the text."""
    from lstm_viz.analysis.truncated_bptt import gradient_norms
    from lstm_viz.bundled import load_bundled

    trained, values = load_bundled(MODEL), example_batch(TEXT).values[:, 0]
    ends = np.arange(FULL_LENGTH, len(values), FULL_LENGTH)
    x = np.stack([values[end - FULL_LENGTH : end] for end in ends], axis=1)
    targets = values[ends].argmax(axis=-1)
    truncated = {
        steps: gradient_norms(trained.module, trained.head, x, targets, steps).mean(axis=1)
        for steps in (*WINDOW_LENGTHS, FULL_LENGTH)
    }
    full = truncated.pop(FULL_LENGTH)
    return full, truncated


@st.cache_resource(max_entries=1, show_spinner=False)
def padded_example() -> PaddedExample:
    """Two lines of the text in one batch, the first padded with zeros up to the length of the second."""
    from lstm_viz.analysis.truncated_bptt import padded_run
    from lstm_viz.bundled import load_bundled
    from lstm_viz.bundled.characters import one_hot

    trained = load_bundled(MODEL)
    short, long = PADDED_LINES
    run = padded_run(trained.module, one_hot(short, trained.labels)[:, 0], len(long))
    answers = trained.answers(run.hidden_state[:, None])[:, 0]
    guess, guess_after = (str(answers[step]).removeprefix("answer: next ") for step in (len(short) - 1, -1))
    return PaddedExample(run, (_visible(short), _visible(long)), guess, guess_after)


def _visible(text: str) -> tuple[str, ...]:
    return tuple(VISIBLE_CHARACTERS.get(character, character) for character in text)


@st.cache_resource(max_entries=16, show_spinner="Running three small models …")
def unrolled_shapes(seed: int | None) -> tuple[Sequence[Unrolled], str]:
    """The shapes as pictures, those that a bundled model has as its run, and a sentence on what they are."""
    one_to_many, generated = _one_to_many(seed)
    many_to_one, sums = _many_to_one()
    pictures = [
        Unrolled("One to one", "no sequence, so no LSTM is run here", ("in",), ("out",)),
        one_to_many,
        many_to_one,
        _many_to_many(),
        Unrolled(
            "Many to many, after reading",
            "only drawn: no such model is bundled",
            ("1", "2", "3", "4", "", "", "", ""),
            ("", "", "", "", "?", "?", "?", "?"),
        ),
    ]
    return pictures, f"{generated} {sums} Press play, and all of them go step by step."


def _one_to_many(seed: int | None) -> tuple[Unrolled, str]:
    """The model of characters, given one and fed its own answers."""
    import lstm_viz
    from lstm_viz.bundled import load_bundled
    from lstm_viz.bundled.characters import generate, one_hot

    trained = load_bundled(MODEL)
    generated = generate(trained, "T", SHOWN_STEPS, seed)
    run = lstm_viz.trace(trained.module, one_hot(generated.text[:-1], trained.labels))
    characters = _visible(generated.text)
    how = "always the likeliest" if seed is None else f"drawn with seed {seed}"
    picture = Unrolled(
        "One to many",
        f"the model of characters reads its own answers: {how}",
        characters[:-1],
        characters[1:],
        _most_active_units(run.output[:, 0]),
        fed_back=True,
    )
    continuation, confidence = "".join(characters[1:]), plain(100 * float(generated.probabilities.mean()), 0)
    return (
        picture,
        f"From “{characters[0]}” alone the model of characters writes “{continuation}”. On average it is "
        f"{confidence} % sure of a character.",
    )


def _many_to_one() -> tuple[Unrolled, str]:
    """The model that adds what is marked, asked at the end."""
    task = tasks.adding(1, steps=SHOWN_STEPS, seed=ADDING_SEED)
    states, answers = _run_bundled("adding", task.inputs)
    events = tuple(task.labels[:, 0].tolist())
    marked = [event.removeprefix("+") for event in events if event.startswith("+")]
    answer = answers[-1].removeprefix("answer: ")
    picture = Unrolled(
        "Many to one",
        f"the model that adds, asked once: {' + '.join(marked)}",
        events,
        (*[""] * (SHOWN_STEPS - 1), answer),
        states,
    )
    return (
        picture,
        f"The model that adds answers {answer}; {' + '.join(marked)} is {plain(float(task.targets[-1, 0]))}.",
    )


def _many_to_many() -> Unrolled:
    """The model that counts open brackets, asked at every step."""
    task = tasks.brackets(1, steps=SHOWN_STEPS, seed=BRACKETS_SEED)
    states, answers = _run_bundled("brackets", task.inputs)
    depths = tuple(
        f"{round(float(answer.removeprefix('answer: ').removesuffix(' open').replace('−', '-')))}" for answer in answers
    )
    return Unrolled(
        "Many to many, in step",
        "the model of brackets, asked at each step how many are open",
        tuple(task.labels[:, 0]),
        depths,
        states,
    )


#: Seeds under which eight steps show what the task is about.
ADDING_SEED, BRACKETS_SEED = 4, 4


def _run_bundled(model: str, inputs: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """STM of a few units of a bundled model, and its answers."""
    import lstm_viz
    from lstm_viz.bundled import load_bundled

    trained = load_bundled(model)
    output = lstm_viz.trace(trained.module, inputs).output
    return _most_active_units(output[:, 0]), trained.answers(output)[:, 0].tolist()


def _most_active_units(states: np.ndarray) -> np.ndarray:
    """(steps, units) of the units that move most, in the model's order."""
    most = np.argsort(-np.ptp(states, axis=0), kind="stable")[:SHOWN_UNITS]
    return np.asarray(states[:, np.sort(most)], float)
