"""An uploaded model in Explore, run as Streamlit runs it."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
import torch
from safetensors.torch import save
from streamlit.testing.v1 import AppTest
from torch import nn

import lstm_viz
from lstm_viz.analysis.slicing import RECORDED_ARRAYS
from lstm_viz.checkpoints.contents import AdjacentLayer
from lstm_viz.jobs import JobError
from lstm_viz.recording.start import STATE_NOTE
from lstm_viz.sequences import load_example
from lstm_viz.ui.explore.quotas import job_queue
from lstm_viz.ui.explore.uploaded_model import OutputHead
from tests.checkpoints.readers.onnx.onnx_models import Made
from tests.checkpoints.test_trained_scaling import save_run, table
from tests.support.fixed_start import answer, start_file

EXPLORE = """
import streamlit as st
from lstm_viz.ui.navigation.pages import PAGES
st.navigation([st.Page(page.path, default=page.name == "explore") for page in PAGES]).run()
"""

ON_EXAMPLE = "Run it on River Fulda"


def checkpoint(features: int) -> bytes:
    torch.manual_seed(0)
    file = io.BytesIO()
    torch.save({"model_state": nn.LSTM(features, 6).state_dict()}, file)
    return file.getvalue()


@pytest.fixture
def explore() -> AppTest:
    return AppTest.from_string(EXPLORE, default_timeout=600).run()


def dropped(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """Files dropped at once; the zone is then empty for the next ones."""
    return app.file_uploader[0].set_value([(*file, "application/octet-stream") for file in files]).run()


def pressed(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def brought(app: AppTest, data: bytes, name: str = "model.pt") -> AppTest:
    """A model dropped and, where it can be, run on the example that is shown."""
    app = dropped(app, (name, data))
    return pressed(app, ON_EXAMPLE) if any(button.label == ON_EXAMPLE for button in app.button) else app


def asked(app: AppTest) -> str:
    return " ".join(text.value.replace("\\", "") for text in app.main.markdown)


def assert_page_names(app: AppTest, name: str) -> None:
    """After a refusal the page, and not only the menu, names the file that was brought."""
    assert any(name in error.value.replace("\\", "") for error in app.error)


def test_takes_all_files_of_a_model_and_names_the_one_that_is_missing(explore):
    features = load_example("river").values.shape[-1]
    torch.manual_seed(0)
    state = {f"rnn.{name}": part for name, part in nn.LSTM(features, 6).state_dict().items()}
    names = sorted(state)
    shards = {"model-00001-of-00002.safetensors": names[:2], "model-00002-of-00002.safetensors": names[2:]}
    weight_map = {name: shard for shard, inside in shards.items() for name in inside}
    files = [("model.safetensors.index.json", json.dumps({"weight_map": weight_map}).encode())]
    files += [(shard, save({name: state[name] for name in inside})) for shard, inside in shards.items()]
    app = dropped(explore, *files[:2])
    assert any("“model-00002-of-00002.safetensors” of them is not beside" in error.value for error in app.error)
    app = dropped(app, files[2])
    assert not app.exception and not app.error
    assert any("This sharded file has" in caption.value for caption in app.caption)
    assert "LSTM 2 → 6" in asked(app)


def test_asks_for_what_is_missing_and_keeps_what_is_shown(explore):
    app = next(box for box in explore.selectbox if box.label == "Model").set_value("A model of yours").run()
    assert not app.exception and "Your model is missing" in asked(app).replace("**", "")
    assert any("Still showing: <b>River Fulda</b>" in html.proto.body for html in app.get("html"))


def test_runs_the_models_own_numbers(explore):
    features = load_example("river").values.shape[-1]
    app = brought(explore, checkpoint(features))
    assert not app.exception and not app.error
    torch.manual_seed(0)
    module, batch = nn.LSTM(features, 6), load_example("river")
    with torch.no_grad():
        expected = module(torch.tensor(batch.values))[0].numpy()
    shown = app.session_state["uploaded_model_run"].result[0]
    inside = np.arange(len(batch.values))[:, None] < batch.lengths
    assert np.allclose(shown.output[inside], expected[inside], atol=2e-6)
    assert any("equal to torch.nn.LSTM" in caption.value for caption in app.caption)


def test_says_where_there_are_too_few_features(explore):
    app = dropped(explore, ("model.pt", checkpoint(11)))
    assert not app.exception
    assert "model.pt: LSTM 11 → 6." in asked(app) and "the model reads 11 columns" in asked(app)
    assert not any(button.label == ON_EXAMPLE for button in app.button)
    app = dropped(app, ("narrow.csv", b"rain,temp\n1,2\n2,4\n3,1\n"))
    assert any("reads 11 features a step" in error.value for error in app.error)
    assert_page_names(app, "model.pt")


def test_offers_columns_where_there_are_more_than_the_model_reads(explore):
    app = brought(explore, checkpoint(1))
    assert "Which column does it read?" in asked(app)
    columns = next(group for group in app.button_group if group.label == "Columns")
    batch = load_example("river")
    assert columns.value == [batch.names[0]]
    app = pressed(columns.set_value([batch.names[1]]).run(), "Run")
    assert not app.exception and not app.error
    torch.manual_seed(0)
    with torch.no_grad():
        expected = nn.LSTM(1, 6)(torch.tensor(batch.values[..., 1:2]))[0].numpy()
    assert np.allclose(app.session_state["uploaded_model_run"].result[0].output, expected, atol=2e-6)


TABLE = b"day,rain,temp,level\n" + b"\n".join(
    f"2024-01-{day:02},{day % 5},{day % 7},{day % 3}".encode() for day in range(1, 29)
)


@pytest.mark.parametrize("order", ["at once", "table first", "model first"])
def test_a_table_and_a_model_meet_in_any_order(explore, order):
    table, model = ("gauge.csv", TABLE), ("gauge.pt", checkpoint(2))
    if order == "at once":
        app = dropped(explore, table, model)
    else:
        first, second = (table, model) if order == "table first" else (model, table)
        app = dropped(explore, first)
        wanted = "gauge.csv needs a model" if order == "table first" else "Now drop a table"
        assert wanted in asked(app).replace("**", "")
        app = dropped(app, second)
    assert "gauge.pt: LSTM 2 → 6." in asked(app) and "Which 2 columns" in asked(app)
    app = pressed(app, "Run")
    assert not app.exception and not app.error
    trace = app.session_state["uploaded_model_run"].result[0]
    assert trace.output.shape == (28, 1, 6)
    assert app.session_state["shown_run"].title == "gauge.csv · gauge.pt, LSTM 2 → 6"


def test_each_of_several_tables_can_be_chosen_and_a_run_makes_room_for_a_model(explore, tmp_path):
    app = dropped(explore, ("a.csv", TABLE), ("b.csv", TABLE.replace(b"rain", b"snow")), ("gauge.pt", checkpoint(3)))
    files = next(box for box in app.selectbox if box.label == "Your file")
    assert (files.options, files.value) == (["a.csv", "b.csv"], "b.csv")
    assert app.session_state["shown_run"].title == "b.csv · gauge.pt, LSTM 3 → 6"
    app = files.set_value("a.csv").run()
    assert not app.exception and app.session_state["shown_run"].title == "a.csv · gauge.pt, LSTM 3 → 6"
    lstm_viz.trace(nn.LSTM(2, 4), torch.ones(5, 1, 2)).save(tmp_path / "run.nc")
    app = dropped(app, ("run.nc", (tmp_path / "run.nc").read_bytes()))
    assert app.session_state["shown_run"].title == "run.nc"
    app = dropped(app, ("other.pt", checkpoint(3)))
    assert not app.exception and app.session_state["shown_run"].title == "b.csv · other.pt, LSTM 3 → 6"


def test_text_goes_through_the_embedding_and_its_answer_is_shown(explore):
    torch.manual_seed(0)
    parts = {"emb": nn.Embedding(4, 3), "lstm": nn.LSTM(3, 5), "head": nn.Linear(5, 4)}
    file = io.BytesIO()
    torch.save(nn.ModuleDict(parts).state_dict(), file)
    explore.session_state["source"] = "Text"
    app = explore.run()
    app = app.text_area[0].set_value("snow won now").run()
    app = brought(app, file.getvalue())
    assert "the ids of 4 tokens" in asked(app)
    app = (
        next(field for field in app.file_uploader if "vocabulary" in field.label)
        .set_value(("v.json", b'["<unk>", "snow", "won", "now"]', "application/json"))
        .run()
    )
    assert not app.exception and not app.error
    trace, answers, given, numbers = app.session_state["uploaded_model_run"].result
    ids = torch.tensor([[1], [2], [3]])
    with torch.no_grad():
        scores = parts["head"](parts["lstm"](parts["emb"](ids))[0])
    labels = ["<unk>", "snow", "won", "now"]
    assert [text.split()[1] for text in answers[:, 0]] == [labels[k] for k in scores.argmax(-1)[:, 0]]
    assert given.step_labels[:, 0].tolist() == ["snow", "won", "now"]
    (chances,) = numbers.extras.values()
    expected = np.concatenate([scores.softmax(-1).numpy(), np.broadcast_to(np.arange(4), (3, 1, 4))], axis=-1)
    assert chances == pytest.approx(expected, abs=1e-6), "the four chances, then which of the labels each is of"
    assert trace.layers[0].hidden_state.shape == (3, 1, 5)


def test_says_what_cant_be_opened(explore):
    app = brought(explore, b"not a model")
    assert not app.exception
    assert any("it is a plain text" in error.value for error in app.error)
    assert_page_names(app, "model.pt")


def test_a_long_run_is_made_by_a_worker_in_chunks_and_can_be_cancelled(explore, monkeypatch):
    from lstm_viz.ui.explore import uploaded_model_run

    batch = load_example("river")
    features = batch.values.shape[-1]
    monkeypatch.setattr(uploaded_model_run, "CHUNK_PRODUCTS", 40_000)
    app = brought(explore, checkpoint(features))
    assert not app.exception and not app.error
    torch.manual_seed(0)
    with torch.no_grad():
        expected = nn.LSTM(features, 6)(torch.tensor(batch.values))[0].numpy()
    key, (trace, *_) = app.session_state["uploaded_model_run"]
    assert np.allclose(trace.output, expected, atol=2e-6)
    assert not any(getattr(trace.layers[0], name).flags.writeable for name in RECORDED_ARRAYS)
    del app.session_state["uploaded_model_run"]
    app.session_state["cancelled_run"] = key
    app = app.run()
    assert any("The run was cancelled" in info.value for info in app.info)
    app = pressed(app, "Run again")
    assert not app.exception and np.array_equal(app.session_state["uploaded_model_run"].result[0].output, trace.output)


def test_a_long_run_that_is_refused_says_so_and_no_more(explore, monkeypatch):
    from lstm_viz.ui.explore import uploaded_model_run

    def refuse(*_: object, **__: object) -> None:
        raise JobError("Too many jobs.")

    monkeypatch.setattr(uploaded_model_run, "CHUNK_PRODUCTS", 40_000)
    monkeypatch.setattr(job_queue(), "submit", refuse)
    app = brought(explore, checkpoint(load_example("river").values.shape[-1]))
    assert [error.value for error in app.error] == ["Too many jobs."] and not app.exception
    assert not any(button.label == "Cancel" for button in app.button) and "cancelled_run" not in app.session_state


def test_a_files_own_start_and_every_note_reach_the_page(explore, tmp_path):
    batch = load_example("river")
    _, sequences, features = batch.values.shape
    session, _ = start_file(tmp_path / "start.onnx", batch=1, features=features)
    app = brought(explore, (tmp_path / "start.onnx").read_bytes(), "start.onnx")
    assert not app.exception and not app.error
    said = [caption.value.replace("\\", "") for caption in app.caption]
    (under_the_picture,) = (caption for caption in said if "equal to torch.nn.LSTM" in caption)
    assert under_the_picture.count(STATE_NOTE) == 1
    assert "The file fixes the state" not in under_the_picture  # which is the same once more
    assert any("What has to be known" in text.value and "fixes the state" in text.value for text in app.markdown)
    shown = app.session_state["uploaded_model_run"].result[0]
    for row in range(sequences):
        steps = batch.lengths[row]
        expected = answer(session, np.ascontiguousarray(batch.values[:steps, row : row + 1]))
        assert np.abs(shown.output[:steps, row : row + 1] - expected).max() < 5e-6


def test_a_model_of_hard_gates_is_run_and_one_without_bounds_is_refused(explore):
    features = load_example("river").values.shape[-1]
    made = Made(features=features, hidden=4)
    hard = made.model(activations=["HardSigmoid", "Tanh", "Tanh"]).SerializeToString()
    app = brought(explore, hard, "hard.onnx")
    assert not app.exception and not app.error
    assert any("LSTM's equations with hard sigmoid gates" in caption.value for caption in app.caption)
    above = [
        text.value.replace("\\", "") for text in app.markdown if "This cell's gates use hard sigmoid" in text.value
    ]
    assert len(above) == 1 and "clip(0.2 x + 0.5, 0, 1)" in above[0]
    relu = made.model(activations=["Sigmoid", "Relu", "Relu"]).SerializeToString()
    app = brought(app, relu, "relu.onnx")
    assert not app.exception
    for_the_page = [error.value.replace("\\", "") for error in app.error]
    assert any(
        "Pictures show gates from 0 to 1" in error and "lstm-viz show run.nc --text" in error for error in for_the_page
    )
    assert not any("trace.to_table" in error for error in for_the_page)
    assert_page_names(app, "relu.onnx")


def test_a_start_for_other_sequences_is_refused_in_the_pages_words(explore, tmp_path):
    batch = load_example("river")
    count = len(batch.lengths) + 1
    start_file(tmp_path / "start.onnx", batch=count, features=batch.values.shape[-1])
    app = brought(explore, (tmp_path / "start.onnx").read_bytes(), "start.onnx")
    (said,) = [error.value for error in app.error]
    assert f"the states that {count} sequences start from" in said and f"{count} for “Cut into rows (N)”" in said
    assert "trace(" not in said and "start.onnx" in said


def test_a_run_that_knows_its_features_finds_and_scales_its_columns(explore, tmp_path):
    save_run(tmp_path)
    paths = (tmp_path / "config.yml", tmp_path / "model_epoch030.pt", tmp_path / "train_data/train_data_scaler.yml")
    files = [(path.name, path.read_bytes()) for path in paths]
    app = dropped(explore, *files, ("other.csv", TABLE))
    assert not app.exception
    assert any("No column is called as one of the features" in error.value for error in app.error)
    text, _ = table()
    app = dropped(app, ("basin.csv", text.encode()))
    assert not app.exception and not app.error, [error.value for error in app.error]
    assert any("scaled as the model learned it, by the run's scaler" in caption.value for caption in app.caption)


def test_a_head_that_chooses_has_chances_and_one_of_numbers_has_none():
    head = AdjacentLayer("fc", "linear", np.eye(2), {"lstm": ""})
    output = np.array([[[0.0, np.log(3)]]])
    numbers = OutputHead(head, "softmax", ("no", "yes")).answer_numbers(output)
    assert numbers.extras["chances"][0, 0] == pytest.approx([0.25, 0.75, 0, 1])
    assert numbers.answer_names == ("no", "yes")
    assert not OutputHead(head, "").answer_numbers(output).extras
