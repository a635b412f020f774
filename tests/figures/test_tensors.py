"""Tensors as solids: their proportions, their place, and what is written at them."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.figures.palette import DARK, LIGHT
from lstm_viz.figures.tensors.blocks import Block
from lstm_viz.figures.tensors.picture import Group, box_picture, flow, plate_picture
from lstm_viz.figures.tensors.solids import MAX_RATIO, scale
from lstm_viz.lessons.tensor_shapes import Spec, inputs_and_outputs, weights
from tests.support.random_specs import specs

SIZES = st.lists(st.integers(1, 10**6), min_size=1, max_size=6)


def groups(rows) -> list[Group]:
    return [Group("title", tuple(Block(row.name, row.shape, row.axes, row.lengths) for row in rows))]


@given(SIZES)
def test_lengths_grow_with_sizes_and_stay_on_the_screen(sizes):
    measure = scale(sizes, 60)
    lengths = [measure(size) for size in sizes]
    assert max(lengths) <= 60.001
    assert max(lengths) / min(lengths) <= MAX_RATIO * 1.001
    for one, other in zip(sizes, lengths, strict=True):
        assert all((one < size) <= (other < length + 1e-9) for size, length in zip(sizes, lengths, strict=True))


@given(st.lists(st.integers(5, 60), min_size=1, max_size=5))
def test_near_sizes_are_to_scale(sizes):
    measure = scale(sizes, 60)
    assert measure.true
    assert abs(measure(sizes[0]) / sizes[0] - measure(1)) < 1e-9


@given(st.lists(st.lists(st.floats(10, 400), min_size=1, max_size=5), min_size=1, max_size=3))
def test_nothing_laid_out_lies_over_anything_else(widths):
    spots = flow(widths, 400)
    lines: dict[int, list] = {}
    for group, places in zip(widths, spots, strict=True):
        assert len(group) == len(places)
        for width, spot in zip(group, places, strict=True):
            assert 0 <= spot.left < spot.right <= 1
            assert (spot.right - spot.left) * 400 >= width - 1e-6
            lines.setdefault(spot.line, []).append(spot)
    for line in lines.values():
        assert all(one.right <= other.left + 1e-9 for one, other in pairwise(line))


@settings(max_examples=12)
@given(specs(most=40), st.booleans())
def test_every_tensor_is_named_with_its_shape(spec, narrow):
    for draw, rows in ((box_picture, inputs_and_outputs(spec)), (plate_picture, weights(spec, 0))):
        figure = draw(groups(rows), palette=DARK, narrow=narrow)
        texts = {note.text for note in figure.layout.annotations}
        hovers = {note.hovertext for note in figure.layout.annotations}
        for row in rows:
            assert any(str(row.shape) in text for text in texts)
            assert any(str(hover).startswith(f"{row.name} {row.shape}") for hover in hovers)


def test_a_block_of_rows_for_each_gate_in_torch_s_order():
    figure = plate_picture(groups(weights(Spec(), 0)[:1]))
    outlined = [shape for shape in figure.layout.shapes if shape.line.width == 1.3]
    tops = {shape.line.color: min(_heights(shape.path)) for shape in outlined}
    assert [shape.line.color for shape in outlined] == [LIGHT.use, LIGHT.learn, LIGHT.forget, LIGHT.learn]
    assert tops[LIGHT.use] < tops[LIGHT.forget]
    named = [note.text for note in figure.layout.annotations if note.text.endswith(" 8")]
    assert [name.split()[0] for name in named] == ["o", "g", "f", "i"]


def _heights(path: str) -> list[float]:
    return [float(point.split(",")[1]) for point in path.replace("M", "L").split("L") if point]


def test_the_largest_picture_is_no_higher_than_a_small_one():
    small, large = (plate_picture(groups(weights(Spec(hidden_size=size), 0))).layout.height for size in (8, 2048))
    assert abs(small - large) < 20
