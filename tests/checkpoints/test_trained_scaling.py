"""Models that know their features: columns found by name, scaled by the model's own numbers, answered in units."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
import torch
import xarray
import yaml
from torch import nn
from typer.testing import CliRunner

import lstm_viz
from lstm_viz.cells.feature_scaling import FeatureScaling
from lstm_viz.checkpoints import CheckpointError, open_files, open_path
from lstm_viz.checkpoints.apply_layers import apply_linear
from lstm_viz.cli.program import program
from lstm_viz.sequences import SequenceError, read_sequence
from lstm_viz.sequences.model_features import match_columns

DAYS = 30
DYNAMIC, STATIC = ("prcp(mm/day)", "tmax(C)"), ("area", "elev_mean")
FEATURES = (*DYNAMIC, *STATIC)
CENTRE = dict(zip((*FEATURES, "QObs(mm/d)"), (3.25, -1.5, 10.5, 300.0, 1.75), strict=True))
SCALE = dict(zip((*FEATURES, "QObs(mm/d)"), (7.0, 9.0, 2.0, 50.0, 0.4), strict=True))


class Run(nn.Module):
    """NeuralHydrology's CudaLSTM: an LSTM of the joined features, and a linear layer for the target."""

    def __init__(self, features: int = 4) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.lstm = nn.LSTM(features, 6)
        self.head = nn.Module()
        self.head.net = nn.Sequential(nn.Linear(6, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        answer: torch.Tensor = self.head.net(self.lstm(x)[0])
        return answer


def dataset(numbers: dict[str, float], names: tuple[str, ...]) -> dict[str, Any]:
    """xarray.Dataset.to_dict() of one number a variable."""
    variables = {name: {"dims": [], "attrs": {}, "data": numbers[name]} for name in names}
    return {"coords": {}, "attrs": {}, "dims": {}, "data_vars": variables}


def save_run(folder: Path, features: int = 4, **settings: Any) -> Run:
    """A run's folder, as NeuralHydrology writes it; the model that is in it."""
    model = Run(features).eval()
    (folder / "train_data").mkdir(parents=True)
    torch.save(model.state_dict(), folder / "model_epoch030.pt")
    config = {
        "model": "cudalstm",
        "head": "regression",
        "dynamic_inputs": list(DYNAMIC),
        "static_attributes": ["elev_mean", "area"],
        "target_variables": ["QObs(mm/d)"],
        "output_activation": "linear",
    } | settings
    (folder / "config.yml").write_text(yaml.safe_dump(config))
    measured = (*DYNAMIC, "QObs(mm/d)")
    scaler = {
        "attribute_means": {name: CENTRE[name] for name in STATIC},
        "attribute_stds": {name: SCALE[name] for name in STATIC},
        "xarray_feature_center": dataset(CENTRE, measured),
        "xarray_feature_scale": dataset(SCALE, measured),
    }
    (folder / "train_data" / "train_data_scaler.yml").write_text(yaml.safe_dump(scaler))
    return model


def table(names: tuple[str, ...] = ("elev_mean", "tmax(C)", "prcp(mm/day)", "area")) -> tuple[str, np.ndarray]:
    """A basin's table, its columns in another order than the model's; and its numbers in the model's."""
    rng = np.random.default_rng(3)
    own = {
        "prcp": rng.gamma(1.0, 4.0, DAYS).round(2),
        "tmax": rng.normal(12.0, 8.0, DAYS).round(2),
        "area": np.full(DAYS, 12.25),
        "elev": np.full(DAYS, 345.0),
    }
    columns = {name: next(part for key, part in own.items() if key in name.lower()) for name in names}
    lines = [",".join(("date", *names))]
    for day in range(DAYS):
        date = np.datetime64("2001-03-01") + day
        lines.append(",".join([str(date), *(f"{column[day]:g}" for column in columns.values())]))
    return "\n".join(lines), np.stack(list(own.values()), axis=1)


def scaled(numbers: np.ndarray) -> np.ndarray:
    return (numbers - [CENTRE[name] for name in FEATURES]) / [SCALE[name] for name in FEATURES]


def test_a_runs_table_goes_through_it_as_through_the_run_itself(tmp_path):
    model = save_run(tmp_path / "run")
    text, numbers = table()
    checkpoint = open_path(tmp_path / "run")
    lstm = checkpoint.models["lstm"]
    assert lstm.origin.inputs == FeatureScaling(
        FEATURES,
        tuple(CENTRE[name] for name in FEATURES),
        tuple(SCALE[name] for name in FEATURES),
        "the run's scaler",
    )
    batch = read_sequence(text, scaling=lstm.origin.inputs)
    assert batch.names == FEATURES
    assert np.abs(batch.values[:, 0] - scaled(numbers)).max() < 1e-6
    assert np.array_equal(batch.original[:, 0], numbers), "what is shown is in the file's own units, to the last digit"
    x = torch.from_numpy(scaled(numbers)[:, None].astype(np.float32))
    with torch.inference_mode():
        states, answer = model.lstm(x)[0].numpy(), model(x).numpy() * SCALE["QObs(mm/d)"] + CENTRE["QObs(mm/d)"]
    run = lstm_viz.trace(lstm, batch.values)
    assert np.abs(run.output - states).max() < 1e-6
    (head,) = [layer for layer in checkpoint.neighbours if layer.kind == "linear"]
    assert np.abs(apply_linear(head, run.output) * head.outputs.scale + head.outputs.centre - answer).max() < 1e-6
    assert "Its head “head.net.0” predicts QObs(mm/d), here in the data's own units." in checkpoint.notes


def test_an_older_runs_scaler_is_read_from_its_pickle(tmp_path):
    save_run(tmp_path / "run")
    written = open_path(tmp_path / "run")
    (tmp_path / "run" / "train_data" / "train_data_scaler.yml").unlink()
    parts = {}
    for numbers, part, series in ((CENTRE, "center", "means"), (SCALE, "scale", "stds")):
        measured = {name: ((), np.float32(numbers[name])) for name in (*DYNAMIC, "QObs(mm/d)")}
        parts[f"xarray_feature_{part}"] = xarray.Dataset(measured)
        index = pandas.Index(STATIC, dtype=object)  # as pandas 1 and 2 had it
        parts[f"attribute_{series}"] = pandas.Series([numbers[name] for name in STATIC], index=index)
    (tmp_path / "run" / "train_data" / "train_data_scaler.p").write_bytes(pickle.dumps(parts))
    older = open_path(tmp_path / "run")
    assert older.found["lstm"].inputs.names == FEATURES
    assert np.allclose(older.found["lstm"].inputs.centre, written.found["lstm"].inputs.centre, rtol=1e-7)
    assert np.allclose(older.found["lstm"].inputs.scale, written.found["lstm"].inputs.scale, rtol=1e-7)
    assert [layer.outputs is None for layer in older.neighbours] == [
        layer.outputs is None for layer in written.neighbours
    ]


@pytest.mark.parametrize("data", [b"", b"\x80\x04.", pickle.dumps([1]), pickle.dumps(print), b"(lp0\n" * 1000])
def test_a_hostile_scaler_is_refused_in_a_sentence(data, tmp_path):
    save_run(tmp_path / "run")
    (tmp_path / "run" / "train_data" / "train_data_scaler.yml").unlink()
    (tmp_path / "run" / "train_data" / "train_data_scaler.p").write_bytes(data)
    with pytest.raises(CheckpointError, match="The run's scaler is a pickle"):
        open_path(tmp_path / "run")


def test_the_files_handed_over_together_know_it_too(tmp_path):
    save_run(tmp_path / "run")
    folder = tmp_path / "run"
    files = {
        path.name: path.read_bytes()
        for path in (folder / "config.yml", folder / "model_epoch030.pt", folder / "train_data/train_data_scaler.yml")
    }
    assert open_files(files).found["lstm"].inputs == open_path(folder).found["lstm"].inputs is not None


def test_the_shell_scales_and_answers_in_the_targets_units(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = save_run(tmp_path / "run")
    text, numbers = table()
    Path("basin.csv").write_text(text)
    result = CliRunner().invoke(program, ["trace", "run", "basin.csv", "-o", "run.nc"])
    assert result.exit_code == 0, result.output
    assert "values scaled as the model learned it, by the run's scaler" in " ".join(result.output.split())
    run = lstm_viz.load_trace("run.nc")
    x = torch.from_numpy(scaled(numbers)[:, None].astype(np.float32))
    with torch.inference_mode():
        assert np.abs(run.output - model.lstm(x)[0].numpy()).max() < 1e-6
        answer = float(model(x)[4, 0, 0]) * SCALE["QObs(mm/d)"] + CENTRE["QObs(mm/d)"]
    assert run.names.answers[4, 0] == f"says QObs(mm/d) {answer:.3g}"
    assert np.allclose(run.names.offset + run.names.scale * run.layers[0].event[:, 0], numbers, atol=1e-3)
    refused = CliRunner().invoke(program, ["trace", "run", "basin.csv", "-o", "two.nc", "--standardise"])
    assert refused.exit_code == 1 and "a centre and a scale of its own" in " ".join(refused.output.split())
    as_is = CliRunner().invoke(program, ["trace", "run", "basin.csv", "-o", "three.nc", "--as-is"])
    assert as_is.exit_code == 0, as_is.output
    assert np.allclose(lstm_viz.load_trace("three.nc").layers[0].event[:, 0], numbers, atol=1e-4)
    listed = json.loads(CliRunner().invoke(program, ["models", "run", "--json"]).stdout)
    assert listed["lstms"][0]["inputs"]["names"] == list(FEATURES)


SCALING = FeatureScaling(FEATURES, tuple(map(CENTRE.get, FEATURES)), tuple(map(SCALE.get, FEATURES)))


@pytest.mark.parametrize(
    "names",
    [
        ("prcp(mm/day)", "tmax(C)", "area", "elev_mean"),
        ("PRCP (mm/day)", "TMAX [c]", "Area", "Elev Mean"),
        ("area", "prcp", "elev_mean", "tmax"),
        ("area (km2)", "prcp", "elev_mean", "tmax_(C)"),
    ],
)
def test_columns_are_found_by_name_whatever_their_order_case_and_blanks(names):
    text, numbers = table(names)
    batch = read_sequence(text, scaling=SCALING)
    assert np.abs(batch.values[:, 0] - scaled(numbers)).max() < 1e-6
    assert any("Taken for the model's features" in note for note in batch.notes) == (set(names) != set(FEATURES))


def test_a_name_of_blanks_is_matched_in_one_pass():
    """In the app itself: names come from the model's file, of any length."""
    assert match_columns([f"rain{' ' * 200_000}x"], ["rain x", "rain(mm)"]).columns.popitem()[1] == "rain x"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("prcp(mm/day)", "tmax(C)", "elev_mean"), r"A column is missing: area\. .*same value in each row"),
        (("prcp(mm/day)", "tmax(F)", "area", "elev_mean"), r"A column is missing: tmax\(C\)\. .*The file has .*tmax"),
        (("prcp(in/day)", "tmax(F)"), r"No column is called .*: prcp\(mm/day\), tmax\(C\), area, elev_mean\."),
        (("tmax(C)", "Tmax (c)", "PRCP", "prcp", "area", "elev_mean"), r"A column is missing: prcp\(mm/day\)"),
        (("prcp(mm/day)", "tmax(C)", "areas", "elev_mean"), r"Is `areas` area\?"),
    ],
)
def test_a_column_that_is_missing_is_named_with_what_to_do(names, said):
    with pytest.raises(SequenceError, match=said):
        read_sequence(table(names)[0], scaling=SCALING)


def test_columns_of_other_names_are_taken_by_place_where_a_person_names_them():
    text, numbers = table(("prcp_era", "tmax(C)", "area_km2", "elevation"))
    batch = read_sequence(text, scaling=SCALING, features=["prcp_era", "tmax(C)", "area_km2", "elevation"])
    assert np.abs(batch.values[:, 0] - scaled(numbers)).max() < 1e-6
    assert any("Read by place" in note and "`area_km2` as area" in note for note in batch.notes)
    with pytest.raises(SequenceError, match="columns are missing"):
        read_sequence(text, scaling=SCALING, features=["tmax(C)", "prcp_era", "area_km2", "elevation"])


def test_named_columns_are_put_in_the_models_order():
    text, numbers = table()
    batch = read_sequence(text, scaling=SCALING, features=["elev_mean", "tmax(C)", "area", "prcp(mm/day)"])
    assert batch.names == FEATURES and np.abs(batch.values[:, 0] - scaled(numbers)).max() < 1e-6
    assert "The columns were put in the model's own order, by their names." in batch.notes


def test_a_column_of_words_is_refused_and_one_of_another_unit_is_told_of():
    text, _ = table()
    words = [
        line.replace(",12.25", ",large" if place % 2 else ",small") for place, line in enumerate(text.splitlines())
    ]
    with pytest.raises(SequenceError, match=r"reads numbers in `area`"):
        read_sequence("\n".join(words), scaling=SCALING)
    far = read_sequence(text.replace(",345,", ",3450,"), scaling=SCALING)
    assert any("`elev_mean` lies far from what the model was trained on" in note for note in far.notes)


def test_gaps_are_filled_in_the_files_units_before_values_are_scaled():
    text, _ = table()
    lines = text.splitlines()
    lines[5] = lines[5].replace(lines[5].split(",")[2], "", 1)
    batch = read_sequence("\n".join(lines), scaling=SCALING, gaps="zero")
    assert batch.original[4, 0, 1] == 0.0
    assert batch.values[4, 0, 1] == pytest.approx((0 - CENTRE["tmax(C)"]) / SCALE["tmax(C)"])


@pytest.mark.parametrize(
    ("settings", "width", "why"),
    [
        ({"statics_embedding": {"hiddens": [2]}}, 4, "which the model makes of these before"),
        ({"embedding_hiddens": [4]}, 4, "which the model makes of these before"),
        ({"model": "mtslstm", "dynamic_inputs": {"1D": list(DYNAMIC)}}, 4, "Scale your values"),
        ({"dynamic_inputs": [*DYNAMIC, "srad(W/m2)"]}, 5, "none that can be used of “srad(W/m2)”"),
        ({"use_basin_id_encoding": True}, 9, "the LSTM reads 9 numbers a step"),
    ],
)
def test_a_run_that_makes_something_of_its_features_first_says_so_and_scales_nothing(settings, width, why, tmp_path):
    save_run(tmp_path / "run", width, **settings)
    checkpoint = open_path(tmp_path / "run")
    assert checkpoint.found["lstm"].inputs is None
    assert why in " ".join(checkpoint.notes)


@pytest.mark.parametrize("after", ["relu", "softplus"])
def test_a_head_with_a_function_after_it_is_in_no_unit(after, tmp_path):
    save_run(tmp_path / "run", output_activation=after)
    checkpoint = open_path(tmp_path / "run")
    assert all(layer.outputs is None for layer in checkpoint.neighbours)
    assert any(f"hands its numbers to {after}" in note for note in checkpoint.notes)


def test_the_features_of_a_run_stand_in_the_order_in_which_it_joins_them(tmp_path):
    groups = {
        "dynamic_inputs": [["b", "a"], ["d"]],
        "static_attributes": ["z", "m"],
        "hydroatlas_attributes": ["k"],
        "evolving_attributes": ["e"],
        "autoregressive_inputs": ["q_shift1"],
    }
    save_run(tmp_path / "run", 8, **groups)
    said = " ".join(open_path(tmp_path / "run").notes)
    assert "in this order: b, a, d, k, m, z, e, q_shift1." in said


@pytest.mark.parametrize(
    "broken",
    [
        {"names": ("a", "a")},
        {"scale": (1.0, 0.0)},
        {"centre": (float("nan"), 0.0)},
        {"centre": (1.0,)},
        {"names": ("a",)},
    ],
)
def test_a_scaling_that_can_not_be_is_refused(broken):
    with pytest.raises(ValueError, match=r"two features|no finite number|one centre"):
        FeatureScaling(**({"names": ("a", "b"), "centre": (0.0, 0.0), "scale": (1.0, 1.0)} | broken))


def test_a_model_that_does_not_know_its_features_says_so_in_the_shell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save(nn.LSTM(1, 3).state_dict(), "model.pt")
    Path("a.csv").write_text("flow\n1\n5\n2\n")
    said = " ".join(CliRunner().invoke(program, ["trace", "model.pt", "a.csv", "-o", "run.nc"]).output.split())
    assert "does not say how its inputs were scaled" in said
    said = CliRunner().invoke(program, ["trace", "model.pt", "a.csv", "-o", "b.nc", "--as-is"]).output
    assert "how its inputs were scaled" not in " ".join(said.split())
