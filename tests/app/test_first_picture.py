"""The first picture comes from a stored run: neither torch nor pandas nor xarray is loaded for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
