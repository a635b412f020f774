"""What a model's file says of its LSTM beside the weights reaches whoever opens it, and runs start from there."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import lstm_viz
from lstm_viz.analysis.slicing import concatenate, first_steps, select_sequences
from lstm_viz.analysis.what_if import hold
from lstm_viz.cells.file_lstm import FileLSTM, Origin
from lstm_viz.checkpoints import open_checkpoint
from lstm_viz.checkpoints.contents import FIXED_STATE_NOTE, FoundLSTM
from lstm_viz.checkpoints.load import build_module
from lstm_viz.recording.start import AXES_NOTE, CALLED_FROM_ZERO_NOTE, STATE_NOTE
from lstm_viz.recording.swap_cell import swap_cell
from tests.support.fixed_start import HIDDEN, TIME, answer, start_file


@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize("lengths", [None, (6, 2)])
def test_a_run_starts_where_the_file_does(tmp_path: Path, direction: str, lengths: tuple[int, ...] | None) -> None:
    session, x = start_file(tmp_path / "start.onnx", lengths=lengths, direction=direction)
    with pytest.warns(RuntimeWarning, match="fixes the state that it starts from"):
        (module,) = lstm_viz.load_models(tmp_path / "start.onnx").values()
    run = lstm_viz.trace(module, x)
    expected = answer(session, x)
    assert np.abs(run.output[..., -expected.shape[2] :] - expected).max() < 1e-6
    assert STATE_NOTE in run.notes and (lengths is None) == (not any("cut to" in note for note in run.notes))
    assert module.origin.direction == {"reverse": "backward"}.get(direction, direction)
    zero = [torch.zeros(module.num_layers * (1 + module.bidirectional), 2, HIDDEN)] * 2
    assert STATE_NOTE not in lstm_viz.trace(module, x, zero).notes


def test_a_start_of_one_sequence_is_every_sequences(tmp_path: Path) -> None:
    session, x = start_file(tmp_path / "one.onnx", batch=1)
    with pytest.warns(RuntimeWarning):
        (module,) = lstm_viz.load_models(tmp_path / "one.onnx").values()
    several = np.concatenate([x, x[::-1]], axis=1)
    for row in range(2):
        expected = answer(session, np.ascontiguousarray(several[:, row : row + 1]))
        assert np.abs(lstm_viz.trace(module, several).output[:, row : row + 1] - expected).max() < 1e-6
    unbatched = lstm_viz.trace(module, x[:, 0])
    assert np.abs(unbatched.output - answer(session, x)).max() < 1e-6


def test_a_start_of_other_sequences_is_refused(tmp_path: Path) -> None:
    _, x = start_file(tmp_path / "start.onnx")
    with pytest.warns(RuntimeWarning):
        (module,) = lstm_viz.load_models(tmp_path / "start.onnx").values()
    with pytest.raises(ValueError, match=r"states that 2 sequences start from; 1 sequence came.*state=\(h_0, c_0\)"):
        lstm_viz.trace(module, x[:, :1])


def test_lengths_that_do_not_fit_are_said(tmp_path: Path) -> None:
    _, x = start_file(tmp_path / "start.onnx", lengths=(6, 2))
    with pytest.warns(RuntimeWarning):
        (module,) = lstm_viz.load_models(tmp_path / "start.onnx").values()
    run = lstm_viz.trace(module, x[:4])
    assert run.lengths.tolist() == [4, 4] and any("do not fit 2 sequences of 4 steps" in note for note in run.notes)


@pytest.mark.parametrize("chunk", [None, 2])
def test_a_run_into_a_folder_starts_there_too(tmp_path: Path, chunk: int | None) -> None:
    session, x = start_file(tmp_path / "start.onnx", lengths=(6, 2))
    with pytest.warns(RuntimeWarning):
        (module,) = lstm_viz.load_models(tmp_path / "start.onnx").values()
    store = lstm_viz.trace_to(module, x, tmp_path / "run.zarr", chunk=chunk)
    part = store.part(0, TIME)
    assert np.abs(part.output - answer(session, x)).max() < 1e-6
    assert STATE_NOTE in store.notes and part.notes == store.notes


def test_notes_stay_with_a_saved_run(tmp_path: Path) -> None:
    module = FileLSTM(
        3, 4, origin=Origin("lstm", notes=("Its activations are assumed.\n\x1b[31mRed",), batch_first=True)
    )
    run = lstm_viz.trace(module, torch.ones(5, 2, 3))
    assert run.notes[1:] == (AXES_NOTE,)
    run.save(tmp_path / "run.nc")
    again = lstm_viz.load_trace(tmp_path / "run.nc")
    assert again.notes == ("Its activations are assumed. �[31mRed", AXES_NOTE)
    assert run.to_xarray().attrs["notes"].splitlines()[1] == AXES_NOTE
    assert lstm_viz.trace(nn.LSTM(3, 4), torch.ones(5, 2, 3)).notes == ()


def test_notes_stay_with_every_run_that_is_made_of_one() -> None:
    module = FileLSTM(3, 4, origin=Origin("lstm", notes=("A note.",)))
    run = lstm_viz.trace(module, torch.ones(6, 2, 3))
    first = lstm_viz.trace(module, torch.ones(3, 2, 3))
    rest = lstm_viz.trace(module, torch.ones(3, 2, 3), first.final_state)
    for made in (
        hold(run, "l0", "forget_gate", 1.0, start=2),
        first_steps(run, 3),
        select_sequences(run, slice(1, 2)),
        concatenate([first, rest]),
        swap_cell(run),
        swap_cell(swap_cell(run)),
    ):
        assert made.notes == ("A note.",)


def test_copies_pickles_and_moves_keep_what_the_file_says() -> None:
    state = (np.ones((1, 1, 4), "f"), np.zeros((1, 1, 4), "f"))
    module = FileLSTM(3, 4, origin=Origin("rnn", "ONNX LSTM", ("A note.",), state, (5,)))
    for again in (
        copy.deepcopy(module),
        pickle.loads(pickle.dumps(module)),
        copy.copy(module),
        module.to("cpu").double(),
    ):
        assert isinstance(again, FileLSTM) and again.origin.notes == ("A note.",) and again.origin.lengths == (5,)
        assert np.array_equal(again.origin.initial_state[0], state[0])
        assert STATE_NOTE in lstm_viz.trace(again, torch.ones(5, 1, 3)).notes
    assert module.state_dict().keys() == nn.LSTM(3, 4).state_dict().keys()
    assert repr(module) == "LSTM(3, 4, starts from h_0, c_0 of shape (1, 1, 4), lengths=(5,))"


def test_a_recorded_call_says_where_it_did_not_start() -> None:
    state = (np.ones((1, 1, 4), "f"), np.zeros((1, 1, 4), "f"))
    module = FileLSTM(3, 4, origin=Origin(notes=("A note.",), initial_state=state))
    with lstm_viz.record(module) as traces:
        module(torch.ones(5, 1, 3))
        module(torch.ones(5, 1, 3), tuple(map(torch.from_numpy, state)))
    without, given = traces["LSTM"]
    assert without.notes == ("A note.", CALLED_FROM_ZERO_NOTE) and given.notes == ("A note.",)


def test_each_note_is_warned_of_once(tmp_path: Path) -> None:
    state = {f"{stem}.{name}": part for stem in ("a", "b") for name, part in nn.LSTM(2, 3).half().state_dict().items()}
    state |= {f"gru.{name}": part for name, part in nn.GRU(2, 3).state_dict().items()}
    torch.save(state, tmp_path / "m.pt")
    with pytest.warns(RuntimeWarning) as said:
        models = lstm_viz.load_models(tmp_path / "m.pt")
    assert [str(warning.message)[:16] for warning in said] == [
        "m.pt: “a”: Its w",
        "m.pt: “b”: Its w",
        "m.pt: “gru” was ",
    ]
    if not hasattr(lstm_viz.load_models, "__wrapped__"):  # a check of types calls it from a line of its own
        assert all(warning.filename == __file__ for warning in said), "it points at the caller's line"
    assert all("16 bits" in module.origin.notes[0] for module in models.values())


def test_an_lstm_that_reads_from_the_end_says_where_its_states_are() -> None:
    weights = {"weight_ih_l0_reverse": np.zeros((8, 3)), "weight_hh_l0_reverse": np.zeros((8, 2))}
    assert build_module(FoundLSTM("lstm", "", weights)).origin.direction == "backward"


def test_every_model_of_a_checkpoint_carries_its_own(tmp_path: Path) -> None:
    start_file(tmp_path / "start.onnx")
    checkpoint = open_checkpoint((tmp_path / "start.onnx").read_bytes(), "start.onnx")
    for name, module in checkpoint.models.items():
        found = checkpoint.found[name]
        assert (module.origin.name, module.origin.kind) == (name, found.kind)
        # The start itself is in `initial_state`; a run that begins there says so once.
        assert found.notes == (FIXED_STATE_NOTE,) and module.origin.notes == checkpoint.notes
        assert module.origin.initial_state is not None
