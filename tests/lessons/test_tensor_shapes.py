"""Shapes and counts against the modules themselves."""

from __future__ import annotations

import re
from math import prod

import pytest
import torch
from hypothesis import given, settings

from lstm_viz.lessons.tensor_shapes import Spec, count_parameters, inputs_and_outputs, tensors, weights
from tests.support.random_specs import module_of, run, specs


@settings(max_examples=60)
@given(specs())
def test_every_weight_is_there_under_its_name_and_shape(spec):
    module = {name: tuple(weight.shape) for name, weight in module_of(spec).named_parameters()}
    assert {row.name: row.shape for layer in range(spec.layers) for row in weights(spec, layer)} == module
    assert [row.name for row in tensors(spec)][6:] == list(module)


@settings(max_examples=60)
@given(specs())
def test_a_run_takes_and_gives_tensors_of_these_shapes(spec):
    shapes = {row.name: row.shape for row in inputs_and_outputs(spec)}
    x, h_0, c_0 = (torch.zeros(shapes[name]) for name in ("x", "h_0", "c_0"))
    output, (h_n, c_n) = run(module_of(spec), x, (h_0, c_0))
    assert [tuple(part.shape) for part in (output, h_n, c_n)] == [shapes[name] for name in ("output", "h_n", "c_n")]


@settings(max_examples=60)
@given(specs())
def test_the_count_is_the_module_s_and_the_formula_with_numbers_gives_it(spec):
    count = count_parameters(spec)
    assert count.total == sum(weight.numel() for weight in module_of(spec).parameters())
    assert count.total == sum(term.times * term.each for term in count.terms)
    for layer, term in enumerate(count.terms):
        assert eval(term.numbers.replace("·", "*").replace("²", "**2")) == term.each
        letters = {"H": spec.hidden_size, "D": spec.features(layer), "P": spec.proj_size}
        symbols = re.sub(r"(\d|P)H", r"\1*H", term.symbols).replace("(", "*(").replace("²", "**2")
        assert eval(symbols, {}, letters) == term.each


@settings(max_examples=40)
@given(specs())
def test_every_axis_has_a_meaning(spec):
    for row in tensors(spec):
        assert len(row.axes) == len(row.shape)
        assert tuple(eval(length.replace("·", "*")) for length in row.lengths) == row.shape
        assert row.what and all(row.axes)
        assert prod(row.shape) > 0


def test_the_course_s_formulas():
    hidden, features = 8, 3
    assert count_parameters(Spec(features, hidden)).total == 4 * hidden * (hidden + features) + 8 * hidden
    course = count_parameters(Spec(features, hidden, cell="course")).total
    assert course == 4 * hidden * (hidden + features) + hidden**2 + 5 * hidden


@pytest.mark.parametrize("name", ["input_size", "hidden_size", "batch", "steps", "layers"])
def test_no_size_is_zero(name):
    with pytest.raises(ValueError, match=f"{name} must be 1 or more; 0 came"):
        Spec(**{name: 0})


@pytest.mark.parametrize("options", [{"bidirectional": True}, {"proj_size": 2}])
def test_the_course_s_cell_has_one_direction_and_no_projection(options):
    with pytest.raises(ValueError, match="one direction"):
        Spec(cell="course", **options)
