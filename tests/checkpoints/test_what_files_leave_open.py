"""What a file's names leave open is said, and what is whole is opened: starts, directions, parts, optimisers."""

from __future__ import annotations

import io
import pickle
import threading
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize

import lstm_viz
from lstm_viz.checkpoints import CheckpointError
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.load import Checkpoint, open_path
from lstm_viz.checkpoints.readers import read
from lstm_viz.recording.numba_cpu.compile import _others_keep_their_warnings

LIMITS = CheckpointLimits()
CLOSE = 1e-6


def saved(value: object) -> bytes:
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


def opened(value: object, name: str = "m.pt") -> Checkpoint:
    return Checkpoint(read(value if isinstance(value, bytes) else saved(value), name, LIMITS))


def prefixed(module: nn.Module, before: str) -> dict[str, Tensor]:
    return {before + name: part.clone() for name, part in module.state_dict().items()}


def far(found: nn.Module, module: nn.Module) -> float:
    x = torch.randn(6, 2, 3)
    with torch.no_grad():
        return float(np.abs(lstm_viz.trace(found, x).output - module.eval()(x)[0].numpy()).max())


@pytest.mark.parametrize(
    "beside",
    [
        {"net.initial_state.0": (1, 5), "net.initial_state.1": (1, 5)},
        {"net.lstm_h_bias": (1, 1, 5), "net.lstm_c_bias": (1, 1, 5)},
        {"net.init_h.weight": (5, 9), "net.init_h.bias": (5,)},
        {"net.h0": (1, 1, 5)},
        {"h0": (1, 1, 5)},
        {"net.start_state": (2, 1, 5)},
        {"net.learned_h": (1, 1, 5), "net.learned_c": (1, 1, 5)},
        {"net.hidden0.weight": (1, 5)},
    ],
)
def test_a_learned_start_is_told_however_it_is_kept(beside: dict[str, tuple[int, ...]]) -> None:
    lstm = nn.LSTM(3, 5)
    found = opened(prefixed(lstm, "net.lstm.") | {name: torch.ones(shape) for name, shape in beside.items()})
    ((_, model),) = found.models.items()
    (note,) = [note for note in model.origin.notes if "starts from" in note]
    assert all(name in note for name in beside) and far(model, lstm) < CLOSE


def test_a_bias_of_a_head_is_no_start() -> None:
    found = opened(
        prefixed(nn.LSTM(3, 5), "net.lstm.") | {"net.fc.weight": torch.ones(5, 5), "net.fc.bias": torch.ones(5)}
    )
    assert not found.found["net.lstm"].notes


def test_what_an_optimiser_remembers_is_no_model() -> None:
    lstm = nn.LSTM(3, 5)
    momentum = {name: 0 * part for name, part in prefixed(lstm, "lstm.").items()}
    found = opened({"model": prefixed(lstm, "lstm."), "optimizer": {"momentum": momentum}})
    assert list(found.models) == ["model.lstm"] and "what an optimiser remembers of “model.lstm”" in found.notes[0]
    learned = opened({"optimizer": prefixed(lstm, "rnn."), "model": prefixed(nn.LSTM(3, 4), "lstm.")})
    assert list(learned.models) == ["optimizer.rnn", "model.lstm"]
    with pytest.raises(CheckpointError, match="an optimiser's state, and no weights"):
        opened({"optimizer": torch.optim.Adam(lstm.parameters()).state_dict()})


class Doubled(nn.Module):
    """A parametrization without parameters of its own."""

    def forward(self, weight: Tensor) -> Tensor:
        return 2 * weight


def test_one_parametrization_over_another_is_not_worked_out() -> None:
    once, twice = (parametrizations.weight_norm(nn.LSTM(3, 5), "weight_hh_l0") for _ in range(2))
    (found,) = opened(once.state_dict()).models.values()
    assert far(found, once) < CLOSE and "another parametrization" in found.origin.notes[0]
    parametrize.register_parametrization(twice, "weight_hh_l0", Doubled())
    with pytest.raises(CheckpointError, match=r"keeps “weight_hh_l0” in parts.*remove_parametrizations"):
        opened(whole(twice))
    (found,) = opened(whole(once)).models.values()
    assert far(found, once) < CLOSE and not any("another parametrization" in note for note in found.origin.notes)


def whole(lstm: nn.Module) -> nn.Module:
    """The same modules as a pickle holds them: torch refuses to pickle parametrized modules themselves."""
    plain = nn.LSTM(3, 5)
    plain._parameters.clear()
    plain._parameters.update(lstm._parameters)
    plain.add_module("parametrizations", nn.Module())
    parts = lstm.parametrizations.weight_hh_l0
    plain.parametrizations.add_module("weight_hh_l0", nn.ModuleList(list(parts)))
    for name, part in parts.named_parameters(recurse=False):
        plain.parametrizations.weight_hh_l0.register_parameter(name, part)
    return plain


def test_raw_weights_beside_the_module_that_they_are_dropped_into() -> None:
    lstm = nn.LSTM(3, 5)
    state = prefixed(lstm, "wd.lstm.") | {"wd.weight_hh_l0_raw": lstm.weight_hh_l0.detach()}
    state["wd.lstm.weight_hh_l0"] = nn.functional.dropout(lstm.weight_hh_l0.detach(), 0.5)
    ((name, found),) = opened(state).models.items()
    assert name == "wd.lstm" and far(found, lstm) < CLOSE


@pytest.mark.parametrize("name", ["bias", "bias_ih", "bias_hh"])
def test_a_cell_of_one_bias(name: str) -> None:
    cell = nn.LSTMCell(3, 5)
    nn.init.zeros_(cell.bias_hh)
    state = {"cell.weight_ih": cell.weight_ih, "cell.weight_hh": cell.weight_hh, f"cell.{name}": cell.bias_ih}
    (found,) = opened({name: part.detach() for name, part in state.items()}).models.values()
    x = torch.randn(1, 2, 3)
    with torch.no_grad():
        assert np.abs(lstm_viz.trace(found, x).output[0] - cell(x[0])[0].numpy()).max() < CLOSE
    assert "one bias where torch has two" in found.origin.notes[0]


@pytest.mark.parametrize("kept", [2, 3])
def test_a_part_of_a_model_that_lacks_biases_is_refused(kept: int) -> None:
    state = dict(list(prefixed(nn.LSTMCell(3, 5), "cell.").items())[:kept])
    with pytest.raises(CheckpointError, match=r"Biases of “cell” may be in another file.*part 1 of 2.*index"):
        opened(state, "pytorch_model-00001-of-00002.bin")


def test_weights_in_parts_of_another_kind_are_named() -> None:
    state = prefixed(nn.LSTM(3, 5), "lstm.")
    del state["lstm.weight_hh_l0"]
    with pytest.raises(CheckpointError, match="keeps “weight_hh_l0” in parts"):
        opened(state | {"lstm.weight_hh_l0_U": torch.ones(20, 2), "lstm.weight_hh_l0_V": torch.ones(2, 5)})


def test_sparse_weights_are_named() -> None:
    state = prefixed(nn.LSTM(3, 5), "lstm.")
    state["lstm.weight_hh_l0"] = state["lstm.weight_hh_l0"].to_sparse()
    with pytest.raises(CheckpointError, match=r"“lstm.weight_hh_l0” is a sparse tensor.*to_dense"):
        opened(state)


def test_two_objects_of_one_path_are_two_models() -> None:
    one, other = nn.LSTM(3, 5), nn.LSTM(3, 5, num_layers=2)
    nested = {"model": prefixed(other, "lstm.")} | prefixed(one, "model.lstm.")
    found = opened(nested).models
    assert sorted(found) == ["model (2).lstm", "model.lstm"]
    assert sorted(far(model, one if model.num_layers == 1 else other) < CLOSE for model in found.values()) == [True] * 2
    by_number = opened({0: one.state_dict(), "0": other.state_dict()}).models
    assert far(by_number["0"], one) < CLOSE and far(by_number["0 (2)"], other) < CLOSE


@pytest.mark.parametrize("protocol", range(6))
def test_tensors_that_python_pickled(protocol: int) -> None:
    lstm = nn.LSTM(3, 5)
    (found,) = opened(pickle.dumps(lstm.state_dict(), protocol), "model.pkl").models.values()
    assert far(found, lstm) < CLOSE


def test_an_array_of_texts_beside_the_weights_is_no_hindrance() -> None:
    lstm = nn.LSTM(3, 5)
    (found,) = opened({"state": lstm.state_dict(), "names": np.array(["a", "bc"])}).models.values()
    assert far(found, lstm) < CLOSE


def test_a_name_may_say_that_an_lstm_reads_from_the_end() -> None:
    notes = {name: found.notes for name, found in opened(prefixed(nn.LSTM(3, 5), "lstm_bw.")).found.items()}
    assert "read from the end, which no weight says" in notes["lstm_bw"][0]
    assert not opened(prefixed(nn.LSTM(3, 5), "bwdlstm.")).found["bwdlstm"].notes


def test_an_unpacked_checkpoint_inside_of_its_folder(tmp_path: Path) -> None:
    lstm = nn.LSTM(3, 5)
    with zipfile.ZipFile(io.BytesIO(saved(lstm.state_dict()))) as archive:
        archive.extractall(tmp_path / "model.pt")
    (found,) = open_path(tmp_path / "model.pt").models.values()
    assert far(found, lstm) < CLOSE


def test_warnings_of_others_are_not_taken_while_the_kernel_is_compiled() -> None:
    errors = pytest.importorskip("numba.core.errors")
    began, ends = threading.Event(), threading.Event()

    def compiles() -> None:
        with _others_keep_their_warnings(), errors.WarningsFixer(errors.NumbaWarning).catch_warnings():
            began.set()
            ends.wait(9)

    thread = threading.Thread(target=compiles)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        thread.start()
        assert began.wait(9)
        warnings.warn("a note of a file", RuntimeWarning, stacklevel=1)
        ends.set()
        thread.join()
    assert [str(warning.message) for warning in said] == ["a note of a file"]


@pytest.mark.parametrize(
    ("came", "next_step"),
    [
        ("model.pt", "load_models"),
        (Path("model.pt"), "load_models"),
        ({"lstm": nn.LSTM(3, 5)}, r"models\['lstm'\]"),
        (nn.LSTM(3, 5).state_dict(), "load_state_dict"),
    ],
)
def test_trace_says_what_to_pass(came: object, next_step: str) -> None:
    with pytest.raises(TypeError, match=next_step):
        lstm_viz.trace(came, torch.ones(2, 1, 3))


def test_a_note_of_many_is_one_line(tmp_path: Path) -> None:
    state = {k: v for place in range(20) for k, v in prefixed(nn.LSTM(3, 5).half(), f"l{place}.").items()}
    torch.save(state, tmp_path / "m.pt")
    with pytest.warns(RuntimeWarning) as said:
        models = lstm_viz.load_models(tmp_path / "m.pt")
    assert len(models) == 20 and len(said) == 1
    assert str(said[0].message).startswith("m.pt: “l0”, “l1”, “l2”, “l3” and 16 more, each: Its weights are stored")
    assert all("16 bits" in model.origin.notes[0] for model in models.values())
