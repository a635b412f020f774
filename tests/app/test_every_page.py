"""Every page, run as Streamlit runs it, without a browser."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from lstm_viz.ui.navigation.pages import FOLDER, PAGES
from tests.app.cached_pages import cached_page


@pytest.fixture(params=PAGES, ids=[page.name for page in PAGES], scope="module")
def page(request) -> AppTest:
    return cached_page(request.param.name)


def charts(page: AppTest) -> list[dict]:
    return [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]


def test_shows_something_true_before_any_click(page: AppTest):
    assert not page.exception
    assert not page.error
    assert charts(page)
    for chart in charts(page):
        assert chart["data"]


def test_every_chart_says_in_words_what_it_shows(page: AppTest):
    assert [chart.proto.alt for chart in page.get("plotly_chart") if not chart.proto.alt] == []


def test_a_rerun_changes_nothing(page: AppTest):
    before = charts(page)
    assert charts(page.run()) == before
    assert not page.exception


def test_every_file_of_the_folder_is_in_the_navigation():
    assert sorted(path.stem for path in FOLDER.glob("*.py")) == sorted(page.name for page in PAGES)


def test_names_and_titles_differ():
    assert len({page.name for page in PAGES}) == len({page.title for page in PAGES}) == len(PAGES)
