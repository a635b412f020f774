"""A fit learns what can be learned, judges itself on what it never saw, and leaves nothing behind."""

from __future__ import annotations

import itertools
import threading

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import lstm_viz
from lstm_viz.fitting import fitter
from lstm_viz.fitting.fitter import FittingError, fit
from lstm_viz.fitting.holdout_split import split
from lstm_viz.sequences.batch import SequenceBatch


def batch_of(values, names=None, lengths=None, scale=None, offset=None):
    time, batch, features = values.shape
    return SequenceBatch(
        values=values,
        names=names or tuple(f"f{n}" for n in range(features)),
        lengths=np.full(batch, time) if lengths is None else np.array(lengths),
        sequence_names=tuple(f"s{n}" for n in range(batch)),
        offset=np.zeros(features) if offset is None else np.array(offset),
        scale=np.ones(features) if scale is None else np.array(scale),
        step_labels=np.arange(time)[:, None].astype(str).repeat(batch, 1),
    )


def waves(time=160, batch=1, features=1, size=1.0, level=0.0):
    steps = np.arange(time)[:, None, None]
    phase = np.arange(batch)[None, :, None]
    return np.sin(steps / (3 + 2 * np.arange(features)) + phase) * size + level


def text_batch(text):
    names = tuple(sorted(set(text)))
    values = np.array([[[float(character == name) for name in names]] for character in text])
    return batch_of(values, names=names)


@pytest.mark.parametrize("variant", ["standard", "course", "rnn"])
def test_a_wave_is_learned_better_than_repeating_its_last_value(variant):
    values = waves()
    *_, last = fit(batch_of(values), updates=100, variant=variant)
    repeated = np.sqrt(np.square(values[128:-1] - values[129:]).mean())
    assert last.model.score.better and last.model.score.value < 0.5 * repeated


def test_the_score_is_the_error_on_the_last_fifth_in_the_files_units():
    values = waves(features=1)
    batch = batch_of(values, scale=[20.0], offset=[300.0])
    *_, last = fit(batch, updates=50)
    model = last.model
    trace = lstm_viz.trace(model.module, values, device="cpu")
    said = model.expected(trace.output, values)[:-1] * 20 + 300
    wanted = batch.original[1:]
    held_out = slice(128, 159)  # 159 steps have a next one; the last fifth is 31
    assert model.score.value == pytest.approx(np.sqrt(np.square(said - wanted)[held_out].mean()), rel=1e-4)
    season = batch.original[held_out.start + 1 - 19 : held_out.stop + 1 - 19]  # of 2π · 3 = 18.85 steps
    assert model.score.baseline == pytest.approx(np.sqrt(np.square(season - wanted[held_out]).mean()), rel=1e-3)
    assert model.score.baseline_name == "predicting the value of 19 steps before"


def test_values_far_from_standard_units_are_learned_as_well():
    *_, plain = fit(batch_of(waves()), updates=100)
    *_, large = fit(batch_of(waves(size=4000.0, level=90000.0)), updates=100)
    assert large.model.score.value / 4000 == pytest.approx(plain.model.score.value, rel=0.2)
    trace = lstm_viz.trace(large.model.module, waves(size=4000.0, level=90000.0), device="cpu")
    answers = large.model.answers(trace.output, waves(size=4000.0, level=90000.0))
    shown = [float(text.removeprefix("answer: next ")) for text in answers[:, 0]]
    wanted = waves(size=4000.0, level=90000.0)[1:, 0, 0]
    assert np.abs(np.array(shown)[40:-1] - wanted[40:]).mean() < 800


def test_the_next_character_of_a_text_is_learned_and_named():
    *_, last = fit(text_batch("a bad cab " * 60), hidden=12, updates=150)
    assert last.model.score.value > 0.95 > last.model.score.baseline
    values = text_batch("a bad cab " * 60).values
    answers = last.model.answers(lstm_viz.trace(last.model.module, values, device="cpu").layers[0].hidden_state)
    assert [text.split(" (")[0] for text in answers[100:110, 0]] == [f"answer: next {c}" for c in "␣bad␣cab␣a"]


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    def weights(seed):
        *_, last = fit(batch_of(waves(40)), hidden=3, updates=30, seed=seed)
        return torch.cat([part.flatten() for part in last.model.module.state_dict().values()])

    first = weights(1)
    assert torch.equal(first, weights(1))
    assert not torch.allclose(first, weights(2))


def test_steps_past_a_sequences_end_are_never_learned_from():
    values = waves(60, batch=3, features=2)
    spoilt = values.copy()
    spoilt[30:, 1], spoilt[45:, 2] = 1e6, -1e6
    clean = np.where(np.abs(spoilt) > 1e5, 0.0, spoilt)
    ends = [list(fit(batch_of(v, lengths=[60, 30, 45]), hidden=3, updates=30))[-1] for v in (clean, spoilt)]
    assert ends[0].validation_loss == ends[1].validation_loss
    assert ends[0].model.score == ends[1].model.score


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_the_callers_random_numbers_and_threads_stay_as_they_are(two_threads):
    state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()
    running = fit(batch_of(waves(40)), updates=30)
    next(running)
    assert torch.get_num_threads() == 2
    list(running)
    assert torch.get_num_threads() == 2
    assert torch.equal(state, torch.get_rng_state())
    assert np.array_equal(numpy_state, np.random.get_state()[1])
    assert torch.is_grad_enabled()


def test_closing_the_generator_ends_the_fit_and_leaves_no_thread():
    before = threading.active_count()
    running = fit(batch_of(waves()), updates=100)
    first = next(running)
    running.close()
    assert first.model is None and threading.active_count() == before
    assert next(running, None) is None


def test_a_fit_runs_where_a_page_runs_in_a_thread_and_under_no_grad():
    found = []

    def run():
        with torch.no_grad():
            found.extend(fit(batch_of(waves(60)), updates=100))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found[-1].model.score.value < found[-1].model.score.baseline


def told_the_time(monkeypatch, step):
    """Fits look at a clock that goes on by so many seconds whenever it is looked at."""
    looks = itertools.count()
    monkeypatch.setattr(fitter.time, "perf_counter", lambda: next(looks) * step)


@pytest.mark.parametrize("limits", [{"seconds": 2.0}, {"updates": 60}, {"seconds": 2.0, "updates": 10**6}])
def test_reports_come_often_count_upwards_and_end_with_the_only_model(limits, monkeypatch):
    told_the_time(monkeypatch, 0.01)
    reports = list(fit(batch_of(waves(400, features=3)), **limits))
    assert len(reports) >= 4
    assert all(a.step <= b.step and a.seconds <= b.seconds for a, b in itertools.pairwise(reports))
    assert all(b.seconds - a.seconds < 3 * fitter.REPORT_INTERVAL for a, b in itertools.pairwise(reports))
    assert [report.model is not None for report in reports] == [False] * (len(reports) - 1) + [True]
    assert reports[-1].fraction == 1 and all(0 <= report.fraction <= 1 for report in reports)
    if "seconds" in limits:
        assert 2 <= reports[-1].seconds < 2.5
    else:
        assert reports[-1].step == reports[-1].total == 60


def test_updates_are_a_limit_of_their_own_and_the_clock_is_one_beside_them(monkeypatch):
    told_the_time(monkeypatch, 0.05)
    ends = [
        list(fit(batch_of(waves(40)), hidden=2, **limits))[-1]
        for limits in ({"updates": 3, "seconds": 1e9}, {"updates": 10**6, "seconds": 0.5}, {}, {"updates": 200})
    ]
    assert [(end.step, end.total) for end in ends[::3]] == [(3, 3), (200, 200)]
    assert ends[1].step < 100 and 0.5 <= ends[1].seconds < 1
    assert 8 <= ends[2].seconds < 8.5 and ends[2].total == 2000, "eight seconds where nothing is asked for"
    assert ends[3].seconds > 9, "the clock is no limit where only updates are given"


@pytest.mark.parametrize("updates", [0, -3])
def test_a_fit_of_no_updates_is_refused(updates):
    with pytest.raises(FittingError, match="at least 1 update"):
        next(fit(batch_of(waves(60)), updates=updates))


@pytest.mark.parametrize(("time", "lengths"), [(1, [1]), (2, [2, 2, 2]), (6, [6]), (4, [1, 4])])
def test_too_few_steps_get_one_clear_sentence(time, lengths):
    with pytest.raises(FittingError, match="too few steps"):
        next(fit(batch_of(waves(time, batch=len(lengths)), lengths=lengths)))


def test_gaps_and_infinities_get_one_clear_sentence():
    for bad in (np.nan, np.inf):
        values = waves(60)
        values[7] = bad
        with pytest.raises(FittingError, match="gaps or infinite"):
            next(fit(batch_of(values)))


def test_a_constant_column_is_no_trouble():
    values = np.concatenate([waves(80), np.full((80, 1, 1), 7.0)], axis=2)
    *_, last = fit(batch_of(values), updates=30)
    assert np.isfinite(last.model.score.value)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 700), min_size=1, max_size=6))
def test_segments_score_every_step_that_has_a_next_one_exactly_once(lengths):
    parts = split(np.array(lengths))
    counted = [(p.sequence, step) for part in parts for p in part for step in range(p.scored, p.stop)]
    wanted = [(row, step) for row, length in enumerate(lengths) for step in range(max(length - 1, 0))]
    assert sorted(counted) == wanted
    for segment in parts.held_out:
        learned = [p.stop for p in parts.training if p.sequence == segment.sequence]
        assert all(stop <= segment.scored for stop in learned)


def page():
    import numpy as np
    import streamlit as st

    from lstm_viz.fitting import fit
    from lstm_viz.sequences.batch import SequenceBatch

    steps = np.sin(np.arange(80.0) / 4)[:, None, None]
    labels = np.arange(80).astype(str)[:, None]
    batch = SequenceBatch(steps, ("wave",), np.array([80]), ("one",), np.zeros(1), np.ones(1), labels)
    bar = st.progress(0.0)
    for report in fit(batch, hidden=4, updates=30):
        bar.progress(report.fraction)
    st.write(report.model.score.sentence)


def test_a_page_can_fit_and_show_its_progress():
    from streamlit.testing.v1 import AppTest

    shown = AppTest.from_function(page).run(timeout=600)
    assert not shown.exception
    assert shown.markdown[0].value.startswith(
        "On data that it never learned from: typical error (it learned the change from step to step): "
    )
