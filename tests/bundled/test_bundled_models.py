"""Each bundled model is small, does what its card says, and shows what its card says can be seen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

import lstm_viz
from lstm_viz import bundled
from lstm_viz.bundled.behaviours import remeasure_findings
from lstm_viz.bundled.cards import DATA_FOLDER, ORDER, read_card
from lstm_viz.bundled.river import river_series
from lstm_viz.fitting.answers import AnswerFormat
from lstm_viz.sequences import tasks
from lstm_viz.sequences.examples import bundled_examples, load_example


def outputs(key, inputs):
    model = bundled.load_bundled(key)
    with torch.no_grad():
        return model.head(model.module(torch.from_numpy(inputs))[0]).numpy()


def rerun(key):
    """The score on held-out data, worked out here and not by what wrote the card."""
    if key.startswith("recall"):
        task = tasks.recall(500, 48, seed=7)
        return (outputs(key, task.inputs).argmax(-1) == task.targets)[task.target_mask].mean()
    if key == "brackets":
        task = tasks.brackets(500, 48, seed=7)
        return (np.abs(outputs(key, task.inputs)[..., 0] - task.targets) < 0.5).mean()
    if key == "adding":
        task = tasks.adding(500, 24, seed=7)
        return np.abs(outputs(key, task.inputs)[-1, :, 0] - task.targets[-1]).mean()
    if key == "forecast":
        data, say = river_series(), bundled.load_bundled(key).card.answer_format
        said = outputs(key, data.weather)[:, 0, 0] * say.scale[0] + say.offset[0]
        return np.abs(said - data.tomorrow)[-730:].mean()  # the series ends a day before 1989 begins
    text = load_example("python").values
    return (outputs(key, text)[:-1, 0].argmax(-1) == text[1:, 0].argmax(-1)).mean()


@pytest.mark.parametrize("key", ORDER)
def test_the_held_out_score_is_what_the_card_says(key):
    card = read_card(key)
    assert rerun(key) == pytest.approx(card.score, abs=2e-3)


@pytest.mark.parametrize("key", ORDER)
def test_the_model_does_far_better_than_something_simple(key):
    card = read_card(key)
    assert card.held_out.better
    assert card.score > 1.5 * card.baseline if card.share else card.score < 0.5 * card.baseline


@pytest.mark.parametrize("key", ORDER)
def test_every_finding_is_measured_again(key):
    model = bundled.load_bundled(key)
    found = remeasure_findings(model.card, model.module)
    assert found == pytest.approx([finding.value for finding in model.card.findings], abs=2e-3)
    assert all(finding.unit is None or 0 <= finding.unit < model.card.hidden for finding in model.card.findings)


def of(key, measure):
    """The value of a card's first finding whose measure begins so."""
    return next(f.value for f in read_card(key).findings if f.measure.startswith(measure))


def test_recall_keeps_with_its_forget_gate_and_opens_its_input_gate_at_letters():
    for letter in "ABC":
        assert (
            of("recall", "mean forget_gate @ waiting")
            > 0.95
            > 0.3
            > of("recall", f"mean forget_gate @ letter {letter}")
        )
        assert (
            of("recall", f"mean input_gate @ letter {letter}") > 0.7 > 0.05 > of("recall", "mean input_gate @ waiting")
        )
        assert abs(of("recall", f"correlation cell_state @ remembering {letter}")) > 0.95


def test_recall_in_the_courses_cell_keeps_and_opens_too():
    assert of("recall-course", "mean forget_gate @ waiting") > 0.95
    assert of("recall-course", "mean input_gate @ letter B") > 10 * of("recall-course", "mean input_gate @ waiting")
    assert all(abs(of("recall-course", f"correlation cell_state @ remembering {letter}")) > 0.8 for letter in "ABC")


@pytest.mark.parametrize("key", ["recall", "recall-course"])
def test_what_a_card_says_of_a_letter_is_true_of_that_letter(key):
    model, task = bundled.load_bundled(key), tasks.recall(500, 48, seed=7)
    layer = lstm_viz.trace(model.module, task.inputs, device="cpu").layers[0]
    said = [finding for finding in model.card.findings if "@ letter" in finding.measure]
    assert {finding.text[:2] for finding in said} == {"A ", "B ", "C "}
    for finding in said:
        gate = layer.forget_gate if "forget gate" in finding.text else layer.input_gate
        value = gate[..., finding.unit][task.labels == finding.text[0]].mean()
        assert value == pytest.approx(finding.value, abs=1e-3)
        assert value > 0.5 if "opens" in finding.text else value < 0.3


@pytest.mark.parametrize("key", ORDER)
def test_weights_say_for_themselves_what_they_are(key):
    with safe_open(DATA_FOLDER / f"{key}.safetensors", "numpy") as weights:
        told = weights.metadata()
    card = read_card(key)
    assert (told["key"], told["task"], told["trained"]) == (key, card.task, card.trained)
    assert float(told["score"]) == card.score
    assert "seed" in told["trained"] and "scripts/train_" in told["trained"]


def test_a_minus_is_a_true_one_before_numbers_only_and_none_stands_before_a_zero():
    say = AnswerFormat("next: x-ray {0:.1f}, {1:.3g}", scale=(2.0, 1e300), offset=(0.0, 0.0))
    shown = say(np.array([[[-1.5, -2.0], [-0.01, 0.0], [0.0, 3e-313]]]))[0].tolist()
    assert shown == ["next: x-ray −3.0, −2e+300", "next: x-ray 0.0, 0", "next: x-ray 0.0, 3e−13"]


def test_brackets_are_counted_up_and_down_and_never_forgotten():
    assert abs(of("brackets", "correlation cell_state @ depth")) > 0.97
    assert of("brackets", "mean forget_gate") > 0.95
    up, down, other = (of("brackets", f"mean learned @ {kind}") for kind in ("opening", "closing", "other"))
    assert up * down < 0 and abs(other) < 0.1 * min(abs(up), abs(down))


def test_a_mark_opens_the_input_gate_of_adding():
    assert of("adding", "mean input_gate @ marked") > 0.4 > 0.01 > of("adding", "mean input_gate @ unmarked")
    assert of("adding", "correlation cell_state @ sum so far") > 0.97


def test_forecast_has_a_memory_of_weeks_and_one_of_a_day():
    halves = [f.value for f in read_card("forecast").findings if f.measure.startswith("half_life")]
    assert max(halves) > 14 > 1 > min(halves)
    assert abs(of("forecast", "correlation cell_state @ lying snow")) > 0.6


def test_characters_keep_inside_a_word_and_forget_when_it_ends():
    assert of("characters", "mean forget_gate @ inside") > 0.3 + of("characters", "mean forget_gate @ after")
    assert abs(of("characters", "correlation cell_state @ letters into the word")) > 0.5


@pytest.mark.parametrize("key", ORDER)
def test_weights_are_small_frozen_and_fit_their_example(key):
    model = bundled.load_bundled(key)
    assert (DATA_FOLDER / f"{key}.safetensors").stat().st_size < 200_000
    assert not any(p.requires_grad for part in (model.module, model.head) for p in part.parameters())
    assert not model.module.training
    batch = load_example(model.card.example)
    assert tuple(batch.names) == model.card.features
    run = lstm_viz.trace(model.module, batch.values[:60], device="cpu")
    assert run.variant == model.card.variant and run.agreement.startswith("equal to")
    answers = model.answers(run.output)
    assert answers.shape == run.output.shape[:2] and all(answers.ravel())


def test_examples_name_models_that_are_bundled():
    known = {card.key: card for card in bundled.bundled_models()}
    assert tuple(known) == ORDER
    for example in bundled_examples():
        assert example.model is None or known[example.model].example == example.key


def test_answers_say_what_the_head_says():
    task = tasks.recall(20, 24, seed=99)
    model = bundled.load_bundled("recall")
    answers = model.answers(lstm_viz.trace(model.module, task.inputs, device="cpu").output)
    wanted = np.array(tasks.LETTERS)[task.targets.astype(int)]
    assert np.char.startswith(answers, np.char.add("answer: ", wanted))[task.target_mask].all()
    padded = model.answers(np.full((2, 1, 8), np.nan))
    assert padded.tolist() == [[""], [""]]


def test_an_unknown_key_is_told_which_there_are():
    with pytest.raises(KeyError, match=r"recall, recall-course, .*characters"):
        bundled.load_bundled("../recall")


def test_the_stored_first_run_is_the_run_of_now():
    stored, answers = bundled.first_view()
    model = bundled.load_bundled("recall")
    now = lstm_viz.trace(model.module, load_example("recall").values, device="cpu")
    for name in ("event", "input_gate", "forget_gate", "candidate", "output_gate", "cell_state", "hidden_state"):
        assert np.abs(getattr(stored.layers[0], name) - getattr(now.layers[0], name)).max() <= 2e-6
    assert np.abs(stored.output - now.output).max() <= 2e-6
    assert answers.tolist() == model.answers(now.output).tolist()


def test_cards_and_the_first_picture_need_no_torch():
    code = (
        "import sys; from lstm_viz import bundled; bundled.bundled_models(); run, answers = bundled.first_view();"
        "assert run.layers[0].units == 8 and answers.shape == (24, 8);"
        "print([name for name in ('torch', 'xarray', 'pandas', 'streamlit') if name in sys.modules])"
    )
    root = Path(lstm_viz.__file__).parents[1]
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, timeout=600)
    assert found.stdout.strip() == "[]", found.stderr
