"""What a model's file says beside its weights, by every door of the shell and of a saved run."""

from __future__ import annotations

import io
import json
from html import escape
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

import lstm_viz
from lstm_viz.recording.start import STATE_NOTE
from tests.support.fixed_start import FEATURES, TIME, answer, start_file

FIXED = "The file fixes the state that it starts from."


@pytest.fixture
def expected(typed, tmp_path: Path) -> np.ndarray:
    """A file whose one sequence starts from a state of its own, a table, and what ONNX Runtime answers."""
    session, x = start_file(tmp_path / "start.onnx", batch=1)
    np.savetxt("x.csv", x[:, 0], delimiter=",", header="a,b,c", comments="", fmt="%.9g")
    return answer(session, x)


def test_models_says_it(typed, expected) -> None:
    assert f"rnn: {FIXED}" in typed("models start.onnx").stdout
    (told,) = json.loads(typed("models start.onnx --json").stdout)["lstms"]
    assert (told["initial_state"], told["lengths"], told["reads"]) == ([[1, 1, 4], [1, 1, 4]], None, "forward")
    assert FIXED in told["notes"]


@pytest.mark.parametrize("place", ["run.nc", "run.zarr"])
def test_a_run_starts_there_and_keeps_the_notes(typed, expected, place: str) -> None:
    result = typed(f"trace start.onnx x.csv -o {place}")
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.split())
    assert said.count(FIXED) <= 1 and said.count(STATE_NOTE) == 1
    run = lstm_viz.load_trace(place) if place.endswith("nc") else lstm_viz.open_trace(place).part(0, TIME)
    assert np.abs(run.output - expected).max() < 1e-6
    assert run.notes == (STATE_NOTE,)


def test_lengths_of_the_file_cut_the_sequence(typed, tmp_path: Path) -> None:
    session, x = start_file(tmp_path / "start.onnx", batch=1, lengths=(4,))
    np.savetxt("x.csv", x[:, 0], delimiter=",", header="a,b,c", comments="", fmt="%.9g")
    result = typed("trace start.onnx x.csv -o run.nc")
    run = lstm_viz.load_trace("run.nc")
    assert run.lengths.tolist() == [4] and "cut to the lengths that the model's file fixes, 4" in result.output
    assert np.abs(run.output - answer(session, x)).max() < 1e-6


def test_a_start_of_other_sequences_is_refused_in_the_shells_words(typed) -> None:
    _, x = start_file(Path("start.onnx"), batch=2)
    np.savetxt("x.csv", x[:, 0], delimiter=",", header="a,b,c", comments="", fmt="%.9g")
    result = typed("trace start.onnx x.csv -o run.nc")
    said = " ".join(result.output.split())
    assert result.exit_code == 1 and "2 sequences start from; 1 sequence came. Say --rows 2" in said
    assert "trace(lstm" not in said
    assert typed("trace start.onnx x.csv -o run.nc --rows 2").exit_code == 0


def test_show_says_it(typed, expected) -> None:
    typed("trace start.onnx x.csv -o run.nc")
    assert f"note: {STATE_NOTE}" in " ".join(typed("show run.nc --text").stdout.split())
    assert json.loads(typed("show run.nc --json").stdout)["notes"] == [STATE_NOTE]
    for line in ("show run.nc -o picture.html --no-browser", "show run.nc -o report.html --report --no-browser"):
        assert typed(line).exit_code == 0
    for page in ("picture.html", "report.html"):
        assert Path(page).read_text(encoding="utf-8").count(f'<p class="note">{escape(STATE_NOTE)}</p>') == 1


def test_a_notebook_and_files_for_other_programs_have_it(typed, expected) -> None:
    typed("trace start.onnx x.csv -o run.nc")
    run = lstm_viz.load_trace("run.nc")
    assert repr(run).endswith("; 1 note>") and f"<li>{escape(STATE_NOTE)}</li>" in run._repr_html_()
    assert run.to_xarray().attrs["notes"].splitlines() == [STATE_NOTE]
    assert run.to_table().schema.metadata[b"notes"].decode().splitlines() == [STATE_NOTE]
    for kind in ("parquet", "npz"):
        lstm_viz.export(run, f"part.{kind}")
    assert pyarrow.parquet.read_schema("part.parquet").metadata[b"notes"].decode().splitlines() == [STATE_NOTE]
    assert np.load("part.npz")["notes"].tolist() == [STATE_NOTE]
    file = io.BytesIO()
    lstm_viz.export(lstm_viz.trace(lstm_viz.CourseLSTM(FEATURES, 2), np.zeros((3, 1, FEATURES))), file, kind="npz")
    assert "notes" not in np.load(io.BytesIO(file.getvalue()))
