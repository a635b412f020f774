"""The shape inspector, run as Streamlit runs it, without a browser."""

from __future__ import annotations

import json

import pytest
import torch
from streamlit.testing.v1 import AppTest


def page() -> None:
    from lstm_viz.ui.lessons.shape_inspector import shape_inspector

    shape_inspector()


@pytest.fixture
def inspector() -> AppTest:
    return AppTest.from_function(page, default_timeout=600).run()


def words(inspector: AppTest) -> str:
    """All that is written, alternatives of charts included."""
    charts = [chart.proto.alt for chart in inspector.get("plotly_chart")]
    html = [part.proto.body for part in inspector.get("html")]
    return " ".join([*charts, *html, *(part.value for part in [*inspector.markdown, *inspector.code])])


def test_shows_shapes_count_and_a_mistake_before_any_click(inspector):
    assert not inspector.exception
    shown = words(inspector)
    assert "<b class='all'>416</b> trainable numbers" in shown
    assert "x (7, 4, 3): 7 steps, 4 sequences, 3 features" in shown
    assert "It runs and gives no error, but does not do what was meant." in shown
    assert "x = x.transpose(0, 1)" in shown


def test_a_change_of_sizes_reaches_every_part(inspector):
    inspector.number_input(key="shapes hidden_size").set_value(2048)
    inspector.number_input(key="shapes layers").set_value(2)
    inspector.toggle(key="shapes batch_first").set_value(True).run()
    assert not inspector.exception
    shown = words(inspector)
    real = torch.nn.LSTM(3, 2048, num_layers=2, batch_first=True, device="meta")
    assert f"{sum(weight.numel() for weight in real.parameters()):,}</b> trainable numbers" in shown
    assert "x (4, 7, 3)" in shown and "weight_ih_l1 (8192, 2048)" in shown
    assert "Time-first data, batch-first module" in inspector.selectbox[0].options


def test_the_course_s_cell_has_no_second_direction(inspector):
    inspector.toggle(key="shapes bidirectional").set_value(True).run()
    assert "weight_ih_l0_reverse" in words(inspector)
    inspector.segmented_control(key="shapes cell").set_value("Course").run()
    assert not inspector.exception
    assert inspector.toggle(key="shapes bidirectional").disabled
    assert "456</b> trainable numbers" in words(inspector)


def test_every_mistake_says_what_torch_says(inspector):
    for title in inspector.selectbox[0].options[:-1]:
        inspector.selectbox[0].set_value(title).run()
        assert not inspector.exception
        assert "**What to do.**" in words(inspector), title


def test_shapes_of_one_s_own_are_judged_and_refused_in_a_sentence(inspector):
    inspector.selectbox[0].set_value("Shapes of my own").run()
    inspector.text_input(key="shapes x").set_value("7, 4, 5").run()
    assert "Expected 3, got 5" in words(inspector)
    inspector.text_input(key="shapes x").set_value("seven").run()
    assert not inspector.exception
    assert inspector.warning[0].value.startswith("A shape is up to five whole numbers")


def test_every_chart_says_in_words_what_it_shows_and_is_drawn(inspector):
    for chart in inspector.get("plotly_chart"):
        assert chart.proto.alt
        assert json.loads(chart.proto.spec)["layout"]["shapes"]
