"""The lesson on sequences, its cut changed by hand, against the library."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from lstm_viz.bundled import load_bundled
from lstm_viz.bundled.characters import generate
from lstm_viz.sequences import load_example
from tests.app.cached_pages import ROUTER


@pytest.fixture(scope="module")
def page() -> AppTest:
    """One page for all: each test says every number that it depends on, but the last, which alone sets a seed."""
    return AppTest.from_string(ROUTER.format(name="sequences_of_data"), default_timeout=600).run()


def chosen(page: AppTest, **numbers: int) -> AppTest:
    for key, value in numbers.items():
        page.number_input(key=key).set_value(value)
    return page.run()


def said(page: AppTest) -> str:
    return " ".join(caption.value for caption in page.caption)


@pytest.mark.parametrize(("rows", "window"), [(1, 1), (3, 7), (32, 100), (9, 50)])
def test_every_cut_can_be_looked_at(page, rows, window):
    page = chosen(page, rows=rows, window=window)
    assert not page.exception
    dropped = len(load_example("python").values) % (rows * window)
    assert f"{dropped:,} at the end" in said(page) if dropped else "Nothing is dropped" in said(page)


def test_both_lines_are_the_models_own_run(page):
    page = chosen(page, rows=5, window=30)
    specs = [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]
    (spec,) = [spec for spec in specs if any(trace.get("name") == "state carried" for trace in spec["data"])]
    lines = {trace["name"]: trace["y"] for trace in spec["data"] if trace.get("name")}
    unit = int(spec["layout"]["annotations"][0]["text"].split("unit ")[1].split("<")[0]) - 1
    model, x = load_bundled("characters"), torch.from_numpy(load_example("python").values.copy())
    with torch.no_grad():
        carried = model.module(x)[0][: len(lines["state carried"]), 0, unit]
        reset = torch.cat([model.module(x[start : start + 30])[0][:, 0, unit] for start in (0, 30)])
    np.testing.assert_allclose(lines["state carried"], carried, atol=2e-5)
    np.testing.assert_allclose(lines["state reset"][:60], reset, atol=2e-5)


def test_a_seed_says_what_the_model_of_characters_says(page):
    assert generate(load_bundled("characters"), "T", 8).text[1:] in said(page)
    drawn = generate(load_bundled("characters"), "T", 8, seed=7).text[1:]
    assert drawn.replace(" ", "␣").replace("\n", "⏎") in said(chosen(page, seed=7))
