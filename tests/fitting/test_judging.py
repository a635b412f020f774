"""A fit is judged by what was measured alone, and against the best of three simple rules."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_viz.fitting.baselines import seasonal_guesses
from lstm_viz.fitting.causal_filling import causally_filled
from lstm_viz.fitting.fitter import FittingError, fit
from lstm_viz.fitting.scores import Score
from lstm_viz.sequences import Choices, SequenceBatch, Table, prepare, read_sequence


def batch_of(flow: np.ndarray, **choices: object) -> SequenceBatch:
    return prepare(Table({"flow": flow}, "a.csv", "CSV"), Choices(("flow",)).but(**choices))


def score_of(batch: SequenceBatch, updates: int = 60) -> Score:
    *_, last = fit(batch, updates=updates)
    return last.model.score


def noise(count: int = 500) -> np.ndarray:
    return np.random.default_rng(7).normal(size=count)


def held_out(count: int) -> slice:
    """Places of the values that are judged: those of the last fifth."""
    return slice(count - (count - 1) // 5, count)


def test_a_straight_line_over_gaps_tells_nothing_of_what_comes():
    flow = noise()
    flow[1::2] = np.nan
    score = score_of(batch_of(flow))
    measured = flow[held_out(500)][np.isfinite(flow[held_out(500)])]
    mean = np.nanmean(flow[: held_out(500).start])
    assert score.baseline_name == "predicting the mean"
    assert score.baseline == pytest.approx(np.sqrt(np.square(measured - mean).mean()), rel=1e-3)
    assert score.value > 0.9 * measured.std()


def test_filled_values_at_the_end_are_not_judged():
    flow = noise()
    flow[440:] = np.nan
    score = score_of(batch_of(flow))
    assert score.baseline > 0.5
    judged = flow[held_out(500).start : 440]
    before = flow[held_out(500).start - 1 : 439]
    errors = [np.sqrt(np.square(judged - guess).mean()) for guess in (flow[:400].mean(), before)]
    assert score.baseline == pytest.approx(min(errors), rel=0.01)


def test_a_fit_that_has_only_filled_values_to_judge_is_refused():
    flow = noise()
    flow[380:] = np.nan
    with pytest.raises(FittingError, match=r"last fifth .* no measured value"):
        next(fit(batch_of(flow)))


@pytest.mark.parametrize("gaps", ["interpolate", "previous", "mean", "zero"])
def test_what_stands_in_a_gap_depends_on_nothing_behind_it(gaps):
    flow = noise(60)
    flow[[0, 1, 20, 21, 40]] = np.nan
    other = flow.copy()
    other[41:] = np.nan
    other[45] = 3.0
    one, two = (causally_filled(batch_of(values, gaps=gaps, standardise=False)).values[:41] for values in (flow, other))
    if gaps == "mean":
        return  # a column's mean is of all that is known, and the same in each gap
    known = np.isfinite(flow[:41])
    assert np.array_equal(one[known], two[known])
    if gaps != "interpolate":
        assert one[40] == two[40]
    assert one[20] == one[21] == (0.0 if gaps == "zero" else np.float32(flow[19]))


@pytest.mark.parametrize(
    ("series", "name"),
    [
        (noise(), "predicting the mean"),
        (np.cumsum(noise()), "predicting the last value again"),
        (np.tile([1.0, 4.0, 2.0, 8.0, 5.0, 7.0, 3.0], 60) + noise(420) / 20, "predicting the value of 7 steps before"),
        ((noise() > 2.0).astype(float), "predicting the mean"),
    ],
)
def test_the_rule_to_beat_is_the_best_of_three(series, name):
    score = score_of(batch_of(series, standardise=False), updates=5)
    place = held_out(len(series))
    judged, season = series[place], 7
    errors = {
        "predicting the last value again": series[place.start - 1 : -1] - judged,
        "predicting the mean": series[: place.start].mean() - judged,
        "predicting the value of 7 steps before": series[place.start - season : -season] - judged,
    }
    assert score.baseline_name == name
    assert score.baseline == pytest.approx(np.sqrt(np.square(errors[name]).mean()), rel=0.01)


def test_a_season_is_that_of_a_lag_in_pandas():
    series = np.tile([1.0, 4.0, 2.0, 8.0, 5.0], 30)
    shifted = seasonal_guesses(series[:, None, None], 5).ravel()
    assert np.array_equal(shifted[5:-1], series[6:])


def test_sequences_shorter_than_a_season_have_the_last_value():
    assert seasonal_guesses(np.arange(3.0)[:, None, None], 3).ravel().tolist() == [0.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("value", "baseline", "share", "said"),
    [
        (0.513, 0.513, False, "learned nothing"),
        (0.21, 0.209, False, "learned nothing"),
        (0.497, 0.32, False, "worse than this rule"),
        (0.1, 0.27, False, ""),
        (0.5, 0.5, True, "learned nothing"),
        (0.3, 0.5, True, "worse than this rule"),
        (0.9, 0.5, True, ""),
        (0.0, 0.0, False, "learned nothing"),
    ],
)
def test_it_is_said_in_words_where_nothing_was_learned(value, baseline, share, said):
    verdict = Score("typical error", value, baseline, "predicting the mean", share).verdict
    assert said in verdict and bool(said) == bool(verdict)


def test_noise_is_said_to_have_taught_nothing():
    assert score_of(batch_of(noise()), updates=100).verdict


def test_a_constant_is_not_told_to_be_standardised():
    with pytest.raises(FittingError) as caught:
        next(fit(batch_of(np.full(50, 7.0))))
    assert "`flow`" in str(caught.value) and "tandardise" not in str(caught.value)


def test_one_value_that_makes_the_scale_is_warned_of():
    flow = noise(200)
    flow[50] = 1e6
    notes = " ".join(batch_of(flow).notes)
    assert "`flow`" in notes and "1e+06" in notes and "scale" in notes
    assert "scale" not in " ".join(batch_of(noise(200)).notes)
    assert "1e+06" in " ".join(read_sequence("flow\n" + "\n".join(map(str, flow))).notes)
