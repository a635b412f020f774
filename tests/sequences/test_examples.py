"""What comes with the project: read at once, from where it says, and what its sources hold."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
from pyarrow import parquet

from lstm_viz.sequences import SequenceBatch, bundled_examples, load_example
from lstm_viz.sequences.examples import bundled_text, example_table

DATA = files("lstm_viz.sequences") / "data"
KEYS = [example.key for example in bundled_examples()]
REAL = [example for example in bundled_examples() if example.kind != "task"]


def test_there_are_at_least_eight_and_one_is_long() -> None:
    assert len(set(KEYS)) == len(KEYS) >= 8
    assert {"recall", "brackets", "adding"} < set(KEYS)
    assert len(REAL) >= 5
    assert any(load_example(example.key).lengths.max() > 10_000 for example in REAL)


@pytest.mark.parametrize("key", KEYS)
def test_a_batch_is_whole(key: str) -> None:
    batch = load_example(key)
    steps, sequences, features = batch.values.shape
    assert batch.lengths.shape == (sequences,) and len(batch.sequence_names) == sequences
    assert batch.lengths.max() == steps and batch.lengths.min() > 0
    assert len(batch.names) == features == len(set(batch.names))
    inside = np.arange(steps)[:, None] < batch.lengths
    assert np.isfinite(batch.values).all() and (batch.values[~inside] == 0).all()
    assert ((batch.step_labels != "") == inside).all() and batch.step_labels.shape == inside.shape
    assert np.isfinite(batch.original[inside]).all() and np.isnan(batch.original[~inside]).all()
    assert all(note.endswith(".") for note in batch.notes) and batch.source


@pytest.mark.parametrize("key", KEYS)
def test_reading_twice_gives_the_same(key: str) -> None:
    first, second = load_example(key), load_example(key)
    np.testing.assert_array_equal(first.values, second.values)
    assert first.notes == second.notes


def by_pandas(name: str) -> pd.DataFrame:
    path = str(DATA / name)
    return parquet.read_table(path).to_pandas() if name.endswith("parquet") else pd.read_csv(path)


@pytest.mark.parametrize("key", [example.key for example in REAL if example.kind == "numbers"])
def test_numbers_are_what_pandas_reads(key: str) -> None:
    example = next(example for example in REAL if example.key == key)
    frame, table = by_pandas(example.file), example_table(key)
    for name in frame:
        column = table.columns[name]
        if column.dtype.kind == "M":
            assert (pd.to_datetime(frame[name]).to_numpy() == column).all()
        elif column.dtype.kind == "f":
            np.testing.assert_array_equal(column, frame[name].to_numpy(dtype=float))
        else:
            assert column.tolist() == frame[name].tolist()


@pytest.mark.parametrize("key", ["river", "soil", "sunspots"])
def test_values_come_back_in_the_files_own_units(key: str) -> None:
    example, batch = next(example for example in REAL if example.key == key), load_example(key)
    frame = by_pandas(example.file)[list(batch.names)]
    np.testing.assert_allclose(batch.original[:, 0], frame.to_numpy(dtype=float), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(batch.values[:, 0].astype(float).std(axis=0), 1, atol=1e-4)


def test_a_water_year_runs_from_november_to_october() -> None:
    batch = load_example("river-years")
    whole = slice(1, -1)
    assert batch.sequence_names == tuple(str(year) for year in range(1979, 1990))
    assert set(batch.lengths[whole].tolist()) == {365, 366}
    for place, year in list(enumerate(batch.sequence_names))[whole]:
        assert batch.step_labels[0, place] == f"{int(year) - 1}-11-01"
        assert batch.step_labels[batch.lengths[place] - 1, place] == f"{year}-10-31"


def test_gaps_in_carbon_dioxide_are_marked_and_said() -> None:
    batch, frame = load_example("co2"), by_pandas("co2.csv")
    assert batch.filled is not None
    assert (batch.filled[:, 0, 0] == frame["co2"].isna()).all()
    assert f"{frame['co2'].isna().sum()} gaps in `co2`, filled by interpolation." in batch.notes


def test_the_text_is_shown_as_it_is_written() -> None:
    batch, text = load_example("python"), bundled_text()
    said = "".join(batch.names[place] for place in batch.values[:, 0].argmax(axis=1))
    assert text.startswith(said) and len(said) > 10_000
    assert 50_000 <= len(text) <= 200_000


def test_the_river_reaches_its_model_without_torch_or_pandas() -> None:
    command = (
        "import sys; from lstm_viz.sequences import load_example; load_example('river'), load_example('recall');"
        "print([name for name in ('torch', 'pandas', 'pyarrow', 'streamlit', 'xarray') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True, timeout=600)
    assert done.stdout.strip() == "[]"


def test_every_file_names_its_source_and_licence() -> None:
    sources = (DATA / "SOURCES.md").read_text(encoding="utf-8")
    held = {path.name for path in DATA.iterdir() if path.is_file()} - {"SOURCES.md"}
    assert held == {example.file for example in REAL}
    assert all(f"| `{name}` |" in sources for name in held)
    assert all(example.licence and example.source for example in bundled_examples())
    assert {path.name for path in (DATA / "licences").iterdir()} == {"spotpy-MIT.txt", "python-PSF-2.0.txt"}


def test_what_is_bundled_stays_small() -> None:
    sizes = [path.stat().st_size for path in DATA.rglob("*")]
    assert sum(sizes) < 1_500_000


def test_an_unknown_example_is_named() -> None:
    with pytest.raises(KeyError, match="No example is called 'snow'"):
        load_example("snow")


def test_batches_share_nothing_that_can_be_changed() -> None:
    first: SequenceBatch = load_example("river")
    first.values[:] = 0
    assert load_example("river").values.any()
