"""The verdicts on shapes: torch agrees with every one, and every remedy works when it is run."""

from __future__ import annotations

import pytest
import torch
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import lstm_viz
from lstm_viz.lessons.shape_mistakes import Mistake, call_inputs, compare_shapes, parse_shape, usual_mistakes, verdict
from lstm_viz.lessons.tensor_shapes import Spec, inputs_and_outputs
from tests.support.random_specs import module_of, run, specs


def tensors_of(spec: Spec, mistake: Mistake) -> dict[str, torch.Tensor]:
    handed = call_inputs(spec, mistake.x, mistake.h, pair=mistake.pair)
    tensors = {"x": torch.randn(handed.x)}
    if handed.h is not None:
        tensors["h_0"] = torch.randn(handed.h)
        if mistake.pair:
            tensors["c_0"] = torch.randn(handed.c)
    return tensors


def repaired(spec: Spec, mistake: Mistake, code: str) -> dict:
    names = {"torch": torch, "lstm_viz": lstm_viz, "lstm": module_of(spec)} | tensors_of(spec, mistake)
    exec(code, names)
    return names


def output_of(names: dict) -> torch.Tensor:
    state = [(names["h_0"], names["c_0"])] if "h_0" in names else []
    return run(names["lstm"], names["x"], *state)[0]


@settings(max_examples=80)
@given(specs(most=4))
def test_every_remedy_of_a_usual_mistake_makes_it_run_as_it_was_meant(spec):
    for mistake in usual_mistakes(spec):
        found = verdict(spec, mistake.x, mistake.h, pair=mistake.pair)
        assert found.effect and found.remedy and found.code, mistake
        names = repaired(spec, mistake, found.code)
        output = output_of(names)
        assert output.dim() == 3
        if mistake.h is not None or "transpose" in found.code or "permute" in found.code:
            assert tuple(output.shape) == {row.name: row.shape for row in inputs_and_outputs(spec)}["output"], mistake


@settings(max_examples=40)
@given(specs(most=4))
def test_what_is_handed_over_stands_beside_what_it_is_taken_for(spec):
    for mistake in usual_mistakes(spec):
        found = compare_shapes(spec, mistake)
        assert found.runs == (verdict(spec, mistake.x, mistake.h, pair=mistake.pair).error is None)
        assert found.have[0].shape == (mistake.x if mistake.h is None else mistake.h)
        assert (found.have[0].shape == found.taken[0].shape) == (found.runs or not mistake.pair)
        assert all(len(row.axes) == len(row.shape) for row in (*found.have, *found.taken))


@settings(max_examples=150)
@given(specs(most=4), st.lists(st.integers(0, 4), max_size=4).map(tuple))
@example(Spec(input_size=3, batch=2, steps=4), (2, 2))
@example(Spec(input_size=1, batch=2, steps=4), (3, 2))
def test_whatever_x_is_handed_over_a_remedy_with_code_makes_it_right(spec, x):
    found = verdict(spec, x)
    assert found.effect and found.remedy
    if found.ok:
        assert found.error is None and len(found.returns[0]) == len(x)
    if found.code:
        names = repaired(spec, Mistake("", x), found.code)
        output_of(names)
        assert verdict(spec, tuple(names["x"].shape)).ok or "permute" not in found.code


@settings(max_examples=150)
@given(specs(most=4), st.lists(st.integers(0, 4), min_size=1, max_size=4).map(tuple), st.booleans())
@example(Spec(input_size=1, hidden_size=2, batch=2, steps=1, layers=2, proj_size=1), (2, 2, 2, 1), False)
def test_whatever_state_is_handed_over_the_remedy_makes_it_fit(spec, h, pair):
    right = spec.batched(spec.input_size)
    found = verdict(spec, right, h, pair=pair)
    if found.ok:
        assert found.error is None
    else:
        names = repaired(spec, Mistake("", right, h=h, pair=pair), found.code)
        assert tuple(output_of(names).shape) == {row.name: row.shape for row in inputs_and_outputs(spec)}["output"]


@given(specs(most=4))
@settings(max_examples=40)
def test_what_is_right_is_called_right(spec):
    shapes = {row.name: row.shape for row in inputs_and_outputs(spec)}
    found = verdict(spec, shapes["x"], shapes["h_0"])
    assert found.ok and found.error is None
    assert found.returns == (shapes["output"], shapes["h_n"], shapes["c_n"])


@given(specs(most=5))
@settings(max_examples=40)
def test_exchanged_axes_run_without_a_word_and_compute_something_else(spec):
    assume(spec.steps != spec.batch)
    x = torch.randn(spec.batched(spec.input_size))
    found = verdict(spec, tuple(x.transpose(0, 1).shape))
    assert not found.ok and found.error is None
    assert f"{spec.batch} step" in found.effect
    module = module_of(spec)
    meant, got = run(module, x)[0], run(module, x.transpose(0, 1))[0].transpose(0, 1)
    assert not torch.allclose(meant, got)


def test_memory_runs_from_sequence_to_sequence_where_axes_are_exchanged():
    """As the verdict says: a change of the first sequence reaches the second, and never a later step."""
    module, x = torch.nn.LSTM(3, 8), torch.randn(4, 7, 3)
    other = x.clone()
    other[0, 2] += 1
    changed = (run(module, x)[0] != run(module, other)[0]).any(-1)
    assert changed[:, 2].all()
    assert not changed[:, 3:].any()


@pytest.mark.parametrize("cell", ["standard", "course"])
def test_every_mistake_asked_for_is_offered(cell):
    titles = [mistake.title for mistake in usual_mistakes(Spec(layers=2, cell=cell))]
    assert len(set(titles)) == len(titles) == 10
    assert titles[0] == "Batch-first data, time-first module"


def test_where_steps_and_sequences_are_as_many_no_shape_can_tell():
    found = verdict(Spec(steps=4, batch=4), (4, 4, 3))
    assert found.ok and "no shape can tell" in found.remedy


def test_where_sequences_and_layers_are_as_many_no_shape_can_tell():
    found = verdict(Spec(layers=4), (7, 4, 3), (4, 4, 8))
    assert found.ok and "no shape can tell" in found.effect


@pytest.mark.parametrize("text", ["", "a", "(7, 4.5)", "-1, 3", "7; 4", "1 1 1 1 1 1", "9" * 30, "7,,4"])
def test_what_is_no_shape_is_refused_in_a_sentence(text):
    with pytest.raises(ValueError, match="as in 7, 4, 3"):
        parse_shape(text)


def test_an_axis_may_be_so_long_and_no_longer():
    assert parse_shape("1000000, 1") == (1_000_000, 1)
    with pytest.raises(ValueError, match="1,000,000"):
        parse_shape("1000001, 1")
