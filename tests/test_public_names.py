"""The public names, and what a bare import costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import lstm_viz

PUBLIC = [
    "CourseLSTM",
    "LayerTrace",
    "Part",
    "SequenceBatch",
    "StoredTrace",
    "Trace",
    "export",
    "load_models",
    "load_trace",
    "open_trace",
    "read_sequence",
    "record",
    "trace",
    "trace_to",
]


def test_the_public_names_are_these() -> None:
    assert sorted(lstm_viz.__all__) == sorted(PUBLIC) == sorted(dir(lstm_viz))


@pytest.mark.parametrize("name", PUBLIC)
def test_each_name_is_there_and_says_what_it_is(name: str) -> None:
    value = getattr(lstm_viz, name)
    assert callable(value) and value.__doc__
    assert value.__name__ == name


def test_other_names_are_missed_as_usual() -> None:
    with pytest.raises(AttributeError, match="no attribute 'tracer'"):
        lstm_viz.tracer  # noqa: B018


def test_a_bare_import_loads_nothing_heavy() -> None:
    heavy = ("torch", "pandas", "xarray", "streamlit", "plotly", "h5py", "numpy")
    code = f"import sys, lstm_viz; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_course_cell_is_one_of_the_cells() -> None:
    from lstm_viz import cells

    assert cells.CourseLSTM is lstm_viz.CourseLSTM
    with pytest.raises(AttributeError, match="no attribute 'GRU'"):
        cells.GRU  # noqa: B018


def test_memory_is_reckoned_without_torch() -> None:
    code = "import sys; from lstm_viz.recording.memory_limit import bytes_needed; print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
