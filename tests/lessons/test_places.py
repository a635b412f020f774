"""The places that gate lessons link to: what was stored is what a search finds again, and a link leads there."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from lstm_viz.lessons.page_text import lesson_items
from lstm_viz.lessons.places import LESSONS, SMALLEST, held_back, short_term_shares, stored_places
from lstm_viz.lessons.sections import section
from lstm_viz.ui.lessons import contents
from lstm_viz.ui.stage.bundled_runs import bundled_view
from scripts.find_places import found_places


@pytest.mark.parametrize("kind", SMALLEST)
def test_what_is_stored_is_found_again(kind):
    again, stored = found_places(kind), stored_places()[kind]
    assert [(place.model, place.title, place.moment) for place in again] == [
        (place.model, place.title, place.moment) for place in stored
    ]
    for one, other in zip(again, stored, strict=True):
        assert one[3:] == pytest.approx(other[3:], abs=1e-5)


def test_the_measures_are_what_they_say():
    layer = bundled_view("forecast").trace.layers[0]
    hidden = np.asarray(layer.previous_hidden_state[:32], float)
    by_hand = np.zeros((32, hidden.shape[1], layer.units))
    for gate in ("input_gate", "candidate"):
        for unit, row in enumerate(np.asarray(layer.weights[gate].recurrent, float)):
            by_hand[..., unit] = np.maximum(by_hand[..., unit], np.abs(hidden * row).max(axis=-1))
    np.testing.assert_allclose(short_term_shares(layer), by_hand, atol=1e-12)
    offered, shown = np.asarray(layer.readout[:32], float), np.asarray(layer.hidden_state[:32], float)
    np.testing.assert_allclose(held_back(layer), np.abs(offered) - np.abs(shown), atol=1e-6)


@pytest.mark.parametrize("lesson", LESSONS)
@pytest.mark.parametrize("model", ["recall", "recall-course", "brackets", "adding", "forecast", "characters"])
def test_a_link_leads_from_every_other_model_to_the_most_telling_place(lesson, model):
    content = getattr(contents, lesson)(bundled_view(model))
    view, at = content.lesson_view(lesson), content.default_moment
    items = lesson_items(section(lesson), view, at, None, None, content.words, truths=content.truths)
    links = [(k, href) for k, item in enumerate(items, 1) for href in re.findall(r'href="([^"]+)"', item["html"])]
    place = stored_places()[LESSONS[lesson][0]][0]
    if model == place.model:
        assert links == []
        return
    [(paragraph, address)] = links
    parts = urlsplit(address.replace("&amp;", "&"))
    asked = {name: value for name, [value] in parse_qs(parts.query).items()}
    assert parts.path == lesson and asked["model"] == place.model and int(asked["paragraph"]) == paragraph
    assert [int(asked[name]) - 1 for name in ("step", "unit", "sequence")] == [
        place.moment.step,
        place.moment.unit,
        place.moment.sequence,
    ]
