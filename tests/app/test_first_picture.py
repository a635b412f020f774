"""The first picture comes from a stored run: neither torch nor pandas nor xarray is loaded for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lstm_viz.ui.stage.stage import with_whole_modules

ROOT = Path(__file__).parents[2]
SCRIPT = """
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("lstm_viz/ui/app/router.py", default_timeout=600).run()
charts = len(app.get("plotly_chart"))
print(charts, *sorted({"torch", "pandas", "xarray"} & set(sys.modules)))
"""


def test_needs_no_torch():
    command = [sys.executable, "-c", SCRIPT]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    charts, *loaded = shown.stdout.split()
    assert int(charts) >= 3, shown.stderr
    assert loaded == []


#: Draws while another thread imports a pandas that takes its time, as another session's page may.
WHILE_IMPORTING = """
import sys, threading, time
import plotly.graph_objects as go
from lstm_viz.ui.stage.stage import with_whole_modules
assert "pandas" not in sys.modules
threading.Thread(target=__import__, args=("pandas",)).start()
while "pandas" not in sys.modules:
    time.sleep(0.01)
draw = lambda: go.Figure(go.Bar(y=[1, 2], hovertemplate="%{y}")).to_json()
try:
    draw()
except AttributeError as error:
    print("half", end=" ")
print(len(with_whole_modules(draw)) > 50, hasattr(sys.modules["pandas"], "Series"))
"""
PANDAS = """
import time
time.sleep(1)
class Series: pass
class Index: pass
class DataFrame: pass
"""


def test_a_chart_is_drawn_while_another_session_loads_pandas(tmp_path):
    (tmp_path / "pandas.py").write_text(PANDAS)
    code = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]\n{WHILE_IMPORTING}"
    shown = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=600)
    assert shown.stdout.split() == ["half", "True", "True"], shown.stderr


def test_an_error_of_a_drawing_itself_is_raised():
    def draw():
        raise AttributeError("nothing of that name")

    with pytest.raises(AttributeError, match="nothing of that name"):
        with_whole_modules(draw)
