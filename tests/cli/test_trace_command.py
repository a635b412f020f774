"""`lstm-viz trace`: what it writes is the module's own run, and what doesn't fit is said."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import lstm_viz
from lstm_viz.cli.sequence_argument import SequenceOptions, first_steps
from lstm_viz.sequences import read_sequence
from lstm_viz.ui.explore.startup_files import RUN_FILE, STORED_RUNS
from tests.browser.servers import free_port
from tests.checkpoints.readers.onnx.onnx_models import Made, computed


def test_the_file_holds_what_the_module_itself_returns(typed, model, module, table, values):
    result = typed("trace model.pt river.csv -o run.nc --columns rain,snow")
    assert result.exit_code == 0, result.output
    with torch.no_grad():
        wanted = module(torch.tensor(values[:, None, :2], dtype=torch.float32))[0].numpy()
    trace = lstm_viz.load_trace("run.nc")
    assert np.allclose(trace.output, wanted, atol=2e-6)
    assert "values as they are in the file" in result.output and "equal to torch.nn.LSTM" in result.output


def test_standardised_values_are_standardised_and_keep_their_units(typed, model, module, table, values):
    assert typed("trace model.pt river.csv -o run.nc --columns snow,rain --standardise").exit_code == 0
    trace = lstm_viz.load_trace("run.nc")
    given_ = (values[:, [1, 0]] - values[:, [1, 0]].mean(0)) / values[:, [1, 0]].std(0)
    assert np.allclose(trace.layers[0].event[:, 0], given_, atol=1e-5)
    assert trace.names.features == ("snow", "rain")
    assert trace.names.steps[:2, 0].tolist() == ["2024-01-01", "2024-01-02"]
    assert np.allclose(
        trace.layers[0].event[:, 0] * trace.names.scale + trace.names.offset, values[:, [1, 0]], atol=1e-5
    )


def test_a_program_reads_its_numbers(typed, model, table):
    result = typed("trace model.pt river.csv -o run.nc --columns rain,snow --steps 7 --json")
    told = json.loads(result.stdout)
    assert told["file"] == "run.nc" and told["bytes"] == Path("run.nc").stat().st_size
    assert (told["steps"], told["sequences"], told["layers"]) == (7, 1, {"l0": 5})
    assert told["columns"] == ["rain", "snow"] and told["difference"] < 2e-6 and told["seconds"] > 0


def test_a_long_run_goes_into_a_folder(typed, model, module, table, values):
    line = "trace model.pt river.csv -o run.zarr --columns rain,snow --json"
    told = json.loads(typed(line).stdout)
    with torch.no_grad():
        wanted = module(torch.tensor(values[:, None, :2], dtype=torch.float32))[0].numpy()
    assert np.allclose(lstm_viz.open_trace("run.zarr").part(0, 40).output, wanted, atol=2e-6)
    assert (told["layers"], told["steps"]) == ({"l0": 5}, 40) and told["bytes"] > wanted.nbytes
    assert lstm_viz.open_trace("run.zarr").features == ("rain", "snow")
    again = typed(line)
    assert again.exit_code == 1 and "a whole run" in again.stderr
    assert typed(f"{line} --force").exit_code == 2
    assert typed("show run.zarr").exit_code == 1


def test_a_folder_that_was_left_is_gone_on_with(typed, tmp_path):
    torch.manual_seed(0)
    module, steps = nn.LSTM(1, 3), np.random.default_rng(0).normal(size=(3000, 1)).astype(np.float32)
    torch.save(module.state_dict(), "m.pt")
    np.save("steps.npy", steps)
    stopped = lstm_viz.trace_to(
        module, steps[:, None], "run.zarr", lengths=[3000], chunk=512, progress=lambda now: False
    )
    assert not stopped.finished
    assert typed("trace m.pt steps.npy -o run.zarr").exit_code == 0
    with torch.no_grad():
        wanted = module(torch.tensor(steps[:, None]))[0].numpy()
    assert np.allclose(lstm_viz.open_trace("run.zarr").part(0, 3000).output, wanted, atol=2e-6)


@pytest.mark.parametrize(("name", "variable"), [("run.nc", RUN_FILE), ("run.zarr", STORED_RUNS)])
def test_the_app_is_handed_either(typed, monkeypatch, name, variable):
    typed(f"trace recall recall -o {name}")
    monkeypatch.setenv(variable, "")
    handed: list[tuple[str, ...]] = []
    monkeypatch.setattr(
        "lstm_viz.ui.app.launch.launch", lambda options: len(handed) or handed.append(tuple(options)) or 0
    )
    result = typed(f"app {name} --port {free_port()} --no-browser")
    assert result.exit_code == 0, result.output
    assert os.environ[variable] == str(Path(name).resolve()) and len(handed) == 1
    assert "127.0.0.1" in handed[0]


def test_a_bundled_model_and_example_go_by_their_names(typed):
    result = typed("trace recall-course recall -o run.nc --json")
    assert json.loads(result.stdout)["agreement"].startswith("equal to CourseLSTM")
    assert lstm_viz.load_trace("run.nc").variant == "course"


def test_text_can_be_piped_in_for_a_model_that_reads_signs(typed):
    result = typed("trace recall - -o run.nc --json", input="Adde·?")
    assert result.exit_code == 0, result.output
    assert "".join(lstm_viz.load_trace("run.nc").names.steps[:, 0]) == "Adde·?"


@pytest.fixture
def reader(tmp_path):
    """A model that reads text: an embedding of five kinds, an LSTM behind it."""
    torch.manual_seed(1)
    parts = nn.ModuleDict({"embed": nn.Embedding(5, 3), "lstm": nn.LSTM(3, 4)})
    torch.save(parts.state_dict(), tmp_path / "reader.pt")
    (tmp_path / "words.json").write_text(json.dumps({"<unk>": 0, "the": 1, "snow": 2, "melts": 3, ".": 4}))
    (tmp_path / "said.txt").write_text("The snow melts quietly .")
    (tmp_path / "ids.csv").write_text("token\n" + "\n".join("12304"))
    return parts


@pytest.mark.parametrize("given_", ["said.txt --vocabulary words.json", "ids.csv"])
def test_text_and_ids_go_through_the_file_s_embedding(typed, reader, given_):
    result = typed(f"trace reader.pt {given_} -o run.nc --through embed")
    assert result.exit_code == 0, result.output
    with torch.no_grad():
        wanted = reader["lstm"](reader["embed"](torch.tensor([1, 2, 3, 0, 4]))[:, None])[0].numpy()
    trace = lstm_viz.load_trace("run.nc")
    assert np.allclose(trace.output, wanted, atol=2e-6)
    if "words" in given_:
        assert trace.names.steps[:, 0].tolist() == ["The", "snow", "melts", "quietly", "."]


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("ids.csv", 1, "--through embed"),
        ("ids.csv --through other", 2, "There is: embed, one-hot"),
        ("said.txt --vocabulary words.json", 2, "--through"),
        ("said.txt --through embed", 1, "for text say --vocabulary"),
        ("said.txt --through embed --vocabulary lost.json", 1, "lost.json: no such file"),
        ("said.txt --through embed --vocabulary said.txt", 1, "kinds"),
    ],
)
def test_what_is_wrong_with_ids_and_text_is_said(typed, reader, line, code, said):
    result = typed(f"trace reader.pt {line} -o run.nc")
    assert result.exit_code == code, result.output
    assert said in " ".join(result.stderr.replace("│", " ").split())


def test_other_columns_than_the_model_reads_are_named(typed, model, table):
    result = typed("trace model.pt river.csv -o run.nc")
    assert result.exit_code == 1
    for said in ("reads 2 features", "gives 3", "`rain`, `snow`, `wind`", "`day`", "--columns"):
        assert said in result.stderr
    assert not Path("run.nc").exists()


def test_which_of_several_is_asked(typed, two, table):
    asked = typed("trace two.pt river.csv -o run.nc")
    assert asked.exit_code == 2 and "encoder, decoder" in asked.stderr
    assert typed("trace two.pt river.csv -o run.nc --lstm other").exit_code == 2
    chosen = typed("trace two.pt river.csv -o run.nc --lstm decoder --columns rain,wind")
    assert chosen.exit_code == 0 and lstm_viz.load_trace("run.nc").layers[0].units == 3


def test_a_file_is_not_overwritten_unasked(typed, model, table):
    Path("run.nc").write_text("precious")
    line = "trace model.pt river.csv -o run.nc --columns rain,snow"
    refused = typed(line)
    assert refused.exit_code == 1 and "--force" in refused.stderr
    assert Path("run.nc").read_text() == "precious"
    assert typed(f"{line} --force").exit_code == 0
    assert lstm_viz.load_trace("run.nc").layers[0].units == 5


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("trace lost.pt recall -o run.nc", 1, "no bundled model"),
        ("trace recal recall -o run.nc", 1, "Did you mean recall?"),
        ("trace recall lost.csv -o run.nc", 1, "no bundled example"),
        ("trace recall recall -o run.csv", 2, "ends in .nc"),
        ("trace recall recall -o lost/run.nc", 1, "no folder lost"),
        ("trace recall recall", 2, "--output"),
        ("trace recall recall -o run.nc --device moon", 1, "no device 'moon'"),
        ("trace recall recall -o run.nc --columns A", 1, "made by rule"),
        ("trace recall recall -o run.nc --steps 0", 2, "--steps"),
        ("trace recall . -o run.nc", 1, "no file at ."),
        ("trace . recall -o run.nc", 1, "folder"),
    ],
)
def test_what_is_wrong_is_a_sentence(typed, line, code, said):
    result = typed(line)
    assert result.exit_code == code
    assert said in result.stderr and "Traceback" not in result.stderr
    assert list(Path().iterdir()) == []


@given(st.lists(st.text(st.characters(exclude_characters=", \t\n", exclude_categories=["Z", "C"]), min_size=1)))
@settings(max_examples=50)
def test_columns_come_in_the_order_in_which_they_were_said(names):
    spaced = SequenceOptions(columns=" , ".join(names)).choices().get("features", ())
    assert spaced == tuple(names)


@given(st.integers(1, 9), st.integers(1, 3))
@settings(max_examples=20)
def test_the_first_steps_are_those_of_the_whole(steps, rows):
    whole = read_sequence("1 2 3 4 5 6", standardise=False, rows=rows)
    batch = first_steps(whole, steps)
    assert np.array_equal(batch.values, whole.values[:steps])
    assert batch.lengths.tolist() == np.minimum(whole.lengths, steps).tolist()
    assert batch.step_labels.shape == batch.values.shape[:2]


@pytest.mark.parametrize(
    ("functions", "drawn"), [(["HardSigmoid", "Tanh", "Tanh"], True), (["Sigmoid", "Relu", "Relu"], False)]
)
def test_a_cell_of_other_functions_is_recorded_by_them_and_shown_or_refused_by_name(typed, table, functions, drawn):
    data = Made(features=2, hidden=3).model(activations=functions).SerializeToString()
    Path("own.onnx").write_bytes(data)
    recorded = typed("trace own.onnx river.csv -o run.nc --columns rain,snow")
    assert recorded.exit_code == 0, recorded.output
    assert "equal to an LSTM's equations with" in recorded.output
    assert ("lstm-viz app" in recorded.output) == drawn
    trace = lstm_viz.load_trace("run.nc")
    expected = computed(data, {"X": trace.layers[0].event})["Y"][:, 0]
    assert np.abs(trace.output - expected).max() < 2e-6 * max(1, np.abs(expected).max())
    shown = typed("show run.nc --no-browser -o run.html")
    assert (shown.exit_code == 0) == drawn
    if not drawn:
        assert "Pictures show gates from 0 to 1" in shown.output
        assert "ReLU readout" in shown.output
