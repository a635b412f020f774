"""Explore asks what a file leaves open: one click reads it again, a link keeps the answers."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

GERMAN = "Datum;Stück\n01.01.2024;980\n02.01.2024;990\n03.01.2024;1.020\n".encode()


def choosing() -> None:
    import streamlit as st

    from lstm_viz.ui.explore.choose_source import choose_kind, choose_source
    from lstm_viz.ui.explore.columns import choose_columns
    from lstm_viz.ui.explore.questions import reading_menu
    from lstm_viz.ui.session import session

    bar = st.container(horizontal=True)
    source = choose_source(bar, choose_kind(bar, st.container()))
    batch, _ = choose_columns(st.container(), source)
    reading_menu(session.read_source[0])
    st.text(f"{batch.source}: {batch.original[-1, 0, 0]:.2f}")


@pytest.fixture
def app() -> AppTest:
    app = AppTest.from_function(choosing, default_timeout=600)
    app.query_params["source"] = "File"
    return app


def dropped(app: AppTest, data: bytes, name: str = "a.csv") -> AppTest:
    app.run()
    return app.file_uploader[0].set_value([(name, data, "text/csv")]).run()


def question(app: AppTest):
    return next(control for control in app.radio if control.key.startswith("answer "))


def shown(app: AppTest) -> str:
    assert not app.exception
    return app.text[0].value


def test_the_reading_an_example_and_the_other_reading_are_one_click_apart(app: AppTest) -> None:
    dropped(app, GERMAN)
    assert any("check how the file was read" in text.value for text in app.markdown)
    assert any("“1.020” in column “Stück” may be" in text.value for text in app.markdown)
    assert shown(app) == "a.csv: 1020.00"
    question(app).set_value(1).run()
    assert shown(app) == "a.csv: 1.02" and "read" in app.query_params
    assert not any("may be" in text.value for text in app.markdown)
    assert any("“1.020” in column “Stück” is read as" in text.value for text in app.markdown)
    assert app.query_params["read"] in ("decimal=.", ["decimal=."])
    question(app).set_value(1).run()
    assert shown(app) == "a.csv: 1020.00" and app.query_params["read"] in ("decimal=,", ["decimal=,"])


def test_a_link_reads_the_file_as_it_was_read(app: AppTest) -> None:
    app.query_params["read"] = "decimal=."
    assert shown(dropped(app, GERMAN)) == "a.csv: 1.02"
    assert not any("check how the file was read" in text.value for text in app.markdown)


def test_another_file_begins_without_answers(app: AppTest) -> None:
    question(dropped(app, GERMAN)).set_value(1).run()
    assert shown(dropped(app, GERMAN, "b.csv")) == "b.csv: 1020.00"
    assert "read" not in app.query_params


def test_a_refusal_names_its_file_and_leads_back_to_the_one_before(app: AppTest) -> None:
    dropped(app, GERMAN)
    dropped(app, b"\x89PNG\r\n\x1a\n" + bytes(50), "b.csv")
    assert app.error[0].value.startswith("**b.csv** can't be read.") and shown(app) == "a.csv: 1020.00"
    next(button for button in app.button if button.label == "Back to a.csv").click().run()
    assert not app.error and shown(app) == "a.csv: 1020.00"
