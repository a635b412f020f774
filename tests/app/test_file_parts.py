"""The choice of a workbook's sheet or an archive's array; each is read once."""

from __future__ import annotations

import io

import numpy as np
import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from lstm_viz.ui.explore import choose_source


def choosing() -> None:
    """The bar alone, and the columns of what was chosen in it."""
    import streamlit as st

    from lstm_viz.ui.explore.choose_source import choose_kind, choose_source

    bar = st.container(horizontal=True)
    source = choose_source(bar, choose_kind(bar, st.container()))
    st.text(f"{source.table.source}: {', '.join(source.table.columns)}")


@pytest.fixture
def reads(monkeypatch) -> list[tuple[str, str]]:
    """Which files and parts were read."""
    seen, own = [], choose_source.read_table

    def read(data, name, part, **options):
        seen.append((name, part))
        return own(data, name, part=part, **options)

    monkeypatch.setattr(choose_source, "read_table", read)
    return seen


@pytest.fixture
def app(reads) -> AppTest:
    app = AppTest.from_function(choosing, default_timeout=600)
    app.query_params["source"] = "File"
    return app.run()


def book(*sheets: list[list[object]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for place, rows in enumerate(sheets, start=1):
        sheet = made.create_sheet(f"Sheet{place}")
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def archive(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


WORDS = [["who", "where"], ["Ann", "Kassel"], ["Ben", "Fulda"], ["Cem", "Melsungen"]]
BOOK = book(WORDS, [["t", "flow"], [1, 2.5], [2, 3.5]], [], [["rain"], [7], [8]])


def dropped(app: AppTest, name: str, data: bytes) -> AppTest:
    return app.file_uploader[0].set_value([(name, data, "application/octet-stream")]).run()


def said(app: AppTest) -> str:
    assert not app.exception
    return app.text[0].value


def test_a_sheet_is_chosen_and_each_is_read_once(app: AppTest, reads: list[tuple[str, str]]):
    dropped(app, "a.xlsx", BOOK)
    picker = app.selectbox[0]
    assert (picker.label, picker.options, picker.value) == ("Sheet", ["Sheet1", "Sheet2", "Sheet3", "Sheet4"], "Sheet2")
    assert said(app) == "a.xlsx: t, flow" and not app.error, "a first sheet of words is passed over"
    app.selectbox[0].select("Sheet1").run()
    assert "No column is chosen" in app.error[0].value and said(app) == "a.xlsx: t, flow", "it is no dead end"
    assert said(app.selectbox[0].select("Sheet2").run()) == "a.xlsx: t, flow" and not app.error
    assert said(app.run()) == "a.xlsx: t, flow"
    assert said(app.selectbox[0].select("Sheet4").run()) == "a.xlsx: rain"
    assert reads == [("a.xlsx", part) for part in ("", "Sheet1", "Sheet2", "Sheet4")]


def test_a_sheet_that_cant_be_read_leaves_what_was_there(app: AppTest):
    dropped(app, "a.xlsx", BOOK).selectbox[0].select("Sheet4").run()
    app.selectbox[0].select("Sheet3").run()
    assert "“Sheet3” is empty" in app.error[0].value and said(app) == "a.xlsx: rain"
    assert app.selectbox[0].value == "Sheet3" and len(app.selectbox[0].options) == 4
    assert said(app.selectbox[0].select("Sheet2").run()) == "a.xlsx: t, flow" and not app.error


def test_another_file_brings_its_own_parts_or_none(app: AppTest, reads: list[tuple[str, str]]):
    dropped(app, "a.xlsx", BOOK).selectbox[0].select("Sheet4").run()
    dropped(app, "b.npz", archive(x=np.eye(9), y=np.arange(9.0), train=np.ones((2, 3, 2)).cumsum(axis=1)))
    assert (app.selectbox[0].label, app.selectbox[0].options) == ("Array", ["x", "train"])
    assert said(app.selectbox[0].select("train").run()) == "b.npz: sequence, step, feature_1, feature_2"
    assert said(dropped(app, "c.csv", b"flow\n1\n2\n")) == "c.csv: flow" and not app.selectbox
    assert said(dropped(app, "d.xlsx", book([["one"], [1], [2]]))) == "d.xlsx: one" and not app.selectbox
    assert said(app.run()) == "d.xlsx: one" and [part for _, part in reads] == ["", "Sheet4", "", "train", "", ""]
    dropped(app, "e.csv", b"\x89PNG\r\n")
    assert not app.selectbox and said(app) == "d.xlsx: one" and "a picture" in app.error[0].value
