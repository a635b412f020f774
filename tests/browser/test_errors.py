"""No traceback reaches a person: a page that fails says one sentence, and the server's log has the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.servers import running_app

APP = """
import streamlit as st
from lstm_viz.ui.server import apologise
app = st.App({script!r}, on_script_error=apologise)
"""
FAILURES = {
    "a page": "import streamlit as st\nst.write('before')\nraise KeyError('a secret of the server')",
    "a fragment": """
import streamlit as st
st.write('before')
@st.fragment
def part():
    raise KeyError('a secret of the server')
part()
""",
}


@pytest.mark.parametrize("kind", FAILURES)
def test_a_failure_is_one_sentence_on_the_page_and_a_traceback_in_the_log(kind, tmp_path: Path, browser):
    (tmp_path / "failing.py").write_text(FAILURES[kind], encoding="utf-8")
    app = tmp_path / "app.py"
    app.write_text(APP.format(script=str(tmp_path / "failing.py")), encoding="utf-8")
    with running_app(tmp_path / "log.txt", script=app) as server, browser.new_context() as context:
        page = context.new_page()
        page.goto(server.address)
        page.get_by_text("Something on this page went wrong").wait_for()
        shown = page.locator("body").inner_text()
        assert "before" in shown
        assert "Traceback" not in shown
        assert "secret" not in shown
        assert "KeyError: 'a secret of the server'" in server.said()
