"""What a fit makes of numbers at the ends of what a computer holds, and of what it can't learn from."""

from __future__ import annotations

import math

import numpy as np
import pytest

import lstm_viz
from lstm_viz.fitting.answers import format_spec
from lstm_viz.fitting.fitter import FittingError, fit
from lstm_viz.sequences.batch import SequenceBatch


def batch_of(values, names=None, lengths=None, scale=None, offset=None):
    time, batch, features = values.shape
    return SequenceBatch(
        values=values,
        names=names or tuple(f"f{n}" for n in range(features)),
        lengths=np.full(batch, time) if lengths is None else np.array(lengths, dtype=int),
        sequence_names=tuple(f"s{n}" for n in range(batch)),
        offset=np.zeros(features) if offset is None else np.array(offset),
        scale=np.ones(features) if scale is None else np.array(scale),
        step_labels=np.arange(time)[:, None].astype(str).repeat(batch, 1),
    )


def waves(time, size=1.0, level=0.0):
    return np.sin(np.arange(time) / 3)[:, None, None] * size + level


def fitted(batch, updates=100, **how):
    """The fitted model, and the numbers it expects at each step, in the batch's units."""
    *_, last = fit(batch, updates=updates, **how)
    run = lstm_viz.trace(last.model.module, batch.values, device="cpu")
    return last.model, last.model.expected(run.output, batch.values), last.model.answers(run.output, batch.values)


def error_of_repeating(values):
    """What the last value, said again, errs by on the held-out steps of one sequence."""
    held_out = len(values) - 1 - (len(values) - 1) // 5
    size = np.abs(values).max()
    return float(np.sqrt(np.square((values[held_out:-1] - values[held_out + 1 :]) / size).mean())) * size


def refusal(values, **batch):
    with pytest.raises(FittingError) as caught:
        next(fit(batch_of(values, **batch)))
    return str(caught.value)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_values_that_32_bits_can_not_tell_apart_are_refused_and_not_fitted_badly(kind):
    for level in (1e6, 1.7e9):
        said = refusal(waves(120, level=level).astype(kind))
        assert "standardise the features" in said.lower()


def test_values_farther_from_0_than_they_spread_are_learned_and_judged_as_they_are_traced():
    values = waves(120, level=1e4)
    model, expected, _ = fitted(batch_of(values))
    apart = (expected[:-1] - values[1:])[96:]  # 119 steps have a next one; the last fifth is 23
    # Between 8,192 and 16,384 a 32-bit number knows a thousandth.
    assert model.score.value == pytest.approx(np.sqrt(np.square(apart).mean()), abs=1e-3)
    assert model.score.value < 0.1 * error_of_repeating(values)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", [1e-300, 1e-13, 1e300, 5e307])
def test_any_number_is_learned_once_standardised(size):
    plain, _, words = fitted(batch_of(waves(120)))
    model, _, answers = fitted(batch_of(waves(120), scale=[size], offset=[0.0]))
    assert model.score.value / size == pytest.approx(plain.score.value, rel=1e-6)
    for own, usual in zip(answers[:-1, 0], words[:-1, 0], strict=True):
        number, wanted = (float(text.removeprefix("answer: next ").replace("−", "-")) for text in (own, usual))
        assert number / size == pytest.approx(wanted, abs=0.02)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", [1e-29, 1e-13, 1e29])
def test_small_and_large_numbers_are_learned_as_they_are(size):
    values = waves(120, size=size)
    model, _, answers = fitted(batch_of(values))
    assert model.score.value < 0.1 * error_of_repeating(values) == pytest.approx(0.0222 * size, rel=0.01)
    assert model.score.better
    assert all("e" in text for text in answers[:, 0])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("size", "said"), [(1e300, "too large"), (1e35, "too large"), (1e-35, "too little")])
def test_numbers_no_network_can_hold_are_refused_by_name(size, said):
    sentence = refusal(waves(120, size=size), names=("pressure",))
    assert sentence.startswith("`pressure`") and said in sentence


def test_a_leap_beyond_all_that_was_learned_from_is_refused_by_name():
    values = waves(120)
    values[115] = 1e30
    assert refusal(values, names=("depth",)).startswith("`depth` goes 1e+30 standard deviations away")


@pytest.mark.filterwarnings("error")
def test_a_constant_that_leaps_once_it_is_held_out_disturbs_nothing():
    still, leaping = np.full((120, 1, 1), 7.0), np.full((120, 1, 1), 7.0)
    leaping[110:] = 1e30
    runs = [fitted(batch_of(np.concatenate([waves(120), column], axis=2))) for column in (still, leaping)]
    assert runs[0][0].score == runs[1][0].score and runs[0][0].score.better
    assert np.array_equal(runs[0][1][..., 0], runs[1][1][..., 0])
    assert runs[1][2][50, 0].endswith(", f1 7")


def test_where_nothing_changes_there_is_nothing_to_learn():
    values = np.full((60, 1, 2), 1e-13)
    values[55:] = 3.0
    assert "Nothing changes" in refusal(values)


@pytest.mark.parametrize(
    ("values", "lengths", "said"),
    [
        (np.zeros((50, 1, 0)), [50], "no features"),
        (np.zeros((50, 0, 2)), [], "0 came"),
        (np.zeros((0, 1, 2)), [0], "0 came"),
    ],
)
def test_a_batch_with_nothing_in_it_gets_one_clear_sentence(values, lengths, said):
    assert said in refusal(values, lengths=lengths)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_a_straight_rise_is_foretold_to_the_digit(kind):
    values = (np.arange(200.0) * 3.25 + 5000)[:, None, None].astype(kind)
    model, _, answers = fitted(batch_of(values))
    assert model.score.baseline == pytest.approx(3.25) and model.score.value < 0.002
    assert [float(text.removeprefix("answer: next ")) for text in answers[:5, 0]] == pytest.approx(
        values[1:6, 0, 0].tolist(), abs=0.06
    )


def test_what_is_written_is_what_the_score_measures():
    rising = waves(200) + np.arange(200)[:, None, None] / 5
    model, expected, answers = fitted(batch_of(rising, scale=[10.0], offset=[-100.0]))
    assert model.changes.tolist() == [True] and "change from step to step" in model.score.sentence
    written = np.array([float(text.removeprefix("answer: next ").replace("−", "-")) for text in answers[:, 0]])
    assert np.abs(written - (expected[:, 0, 0] * 10 - 100)).max() <= 0.051
    held_out = slice(160, 199)  # 199 steps have a next one; the last fifth is 39
    apart = (written[:-1] - (rising[1:, 0, 0] * 10 - 100))[held_out]
    assert np.sqrt(np.square(apart).mean()) == pytest.approx(model.score.value, abs=0.06)
    assert model.score.better


def test_features_that_leap_about_are_learned_as_they_are_and_slow_ones_as_changes():
    slow = np.cumsum(np.random.default_rng(0).normal(size=(300, 1, 1)), axis=0)
    leaping = np.random.default_rng(1).normal(size=(300, 1, 1))
    model, expected, _ = fitted(batch_of(np.concatenate([slow, leaping], axis=2)))
    assert model.changes.tolist() == [True, False]
    assert "for 1 of 2 features" in model.score.sentence
    assert np.abs(expected[..., 0] - slow[..., 0]).max() < 3 and model.score.better


def test_a_model_of_changes_says_that_it_needs_the_events():
    values = waves(60)
    model, _, _ = fitted(batch_of(values), hidden=2)
    with pytest.raises(TypeError, match=r"pass the events too, answers\(hidden_state, batch.values\)"):
        model.answers(np.zeros((60, 1, 2)))
    padded = model.answers(np.full((60, 1, 2), math.nan), values)
    assert set(padded.ravel()) == {""}


def test_numbers_past_what_can_be_read_have_a_power_of_ten():
    assert f"{-1234.5678:{format_spec(2000.0, 3.0)}}" == "-1234.6"
    assert f"{3.14159e12:{format_spec(4e12, 1e11)}}" == "3.142e+12"
    assert f"{1.5e-13:{format_spec(2e-13, 1e-13)}}" == "1.5e-13"


def echoes(gap=12, rounds=80):
    """A mark is said, then silence, then the same mark again."""
    marks = np.random.default_rng(0).choice([-1.0, 1.0], rounds)
    values = np.zeros((rounds, gap))
    values[:, 0] = values[:, gap - 1] = marks
    return values.reshape(-1, 1, 1)


def test_what_lies_farther_back_than_a_window_is_not_learned():
    values, again = echoes(), np.arange(10, 80 * 12 - 1, 12)
    errors = {}
    for window in (4, 24):
        _, expected, _ = fitted(batch_of(values), updates=700, window=window)
        errors[window] = np.abs(expected[again, 0, 0] - values[again + 1, 0, 0]).mean()
    assert errors[24] < 0.3 < 0.7 < errors[4]


@pytest.mark.parametrize(("window", "wanted"), [(None, 50), (7, 7), (300, 300)])
def test_windows_are_as_long_as_they_are_asked_to_be(window, wanted, monkeypatch):
    from lstm_viz.fitting import training

    seen, own = [], training.gradient_step
    monkeypatch.setattr(
        training,
        "gradient_step",
        lambda network, optimiser, part, *rest: seen.append(len(part.x)) or own(network, optimiser, part, *rest),
    )
    next(fit(batch_of(waves(2000)), updates=1, window=window))
    assert max(seen) == wanted


@pytest.mark.parametrize("window", [0, -3])
def test_a_window_of_no_steps_is_refused(window):
    with pytest.raises(FittingError, match="at least 1 step"):
        next(fit(batch_of(waves(60)), window=window))
