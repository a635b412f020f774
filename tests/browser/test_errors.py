"""No traceback reaches a person: a page that fails says one sentence, and the server's log has the rest."""

from __future__ import annotations

from pathlib import Path

from tests.browser.servers import running_app

APP = """
import streamlit as st
from lstm_viz.ui.app.server import show_error
app = st.App({script!r}, on_script_error=show_error)
"""
#: A page that fails, by itself or in a fragment, as its address asks.
FAILING = """
import streamlit as st
st.write('before')
@st.fragment
def part():
    raise KeyError('a secret of the fragment')
if st.query_params['fails'] == 'fragment':
    part()
else:
    raise KeyError('a secret of the page')
"""


def test_a_failure_is_one_sentence_on_the_page_and_a_traceback_in_the_log(tmp_path: Path, browser, subtests):
    (tmp_path / "failing.py").write_text(FAILING, encoding="utf-8")
    app = tmp_path / "app.py"
    app.write_text(APP.format(script=str(tmp_path / "failing.py")), encoding="utf-8")
    with running_app(tmp_path / "log.txt", script=app) as server, browser.new_context() as context:
        page = context.new_page()
        for fails in ("page", "fragment"):
            with subtests.test(fails):
                page.goto(f"{server.address}/?fails={fails}")
                page.get_by_text("Something on this page went wrong").wait_for()
                shown = page.locator("body").inner_text()
                assert "before" in shown
                assert "Traceback" not in shown
                assert "secret" not in shown
                assert f"KeyError: 'a secret of the {fails}'" in server.said()
