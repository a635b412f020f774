"""Weights by their names: what is opened computes what its module does, and what is no plain LSTM is named."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from safetensors.torch import save as save_safetensors
from safetensors.torch import save_model
from torch import Tensor, nn
from torch.nn.utils import parametrizations, prune

import lstm_viz
from lstm_viz.checkpoints import CheckpointError
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.load import Checkpoint
from lstm_viz.checkpoints.readers import read
from lstm_viz.checkpoints.state_dict import contents_of
from lstm_viz.checkpoints.stored_module import StoredModule
from lstm_viz.checkpoints.stored_tensor import in_memory

CLOSE = 1e-6


def opened(state: dict[str, Tensor], kind: str = "pt") -> Checkpoint:
    """What a file of these tensors is opened as."""
    if kind == "safetensors":
        return Checkpoint(
            read(save_safetensors({n: t.contiguous() for n, t in state.items()}), "m.safetensors", LIMITS)
        )
    file = io.BytesIO()
    torch.save(state, file)
    return Checkpoint(read(file.getvalue(), "m.pt", LIMITS))


LIMITS = CheckpointLimits()


def prefixed(module: nn.Module, before: str) -> dict[str, Tensor]:
    return {before + name: part.clone() for name, part in module.state_dict().items()}


def far(found: nn.LSTM, module: nn.Module, x: Tensor) -> float:
    """How far the trace of what was opened is from the module itself, in evaluation."""
    with torch.no_grad():
        expected = module.eval()(x)[0].numpy()
    return float(np.abs(lstm_viz.trace(found, x).output - expected).max())


class LayerNormCell(nn.LSTMCell):
    """As in pytorch#11335: normalised sums, gates in the order i, f, o, g."""

    def __init__(self) -> None:
        super().__init__(3, 5)
        self.ln_ih, self.ln_hh, self.ln_ho = nn.LayerNorm(20), nn.LayerNorm(20), nn.LayerNorm(5)


class ScriptedLayerNormCell(nn.Module):
    """As in PyTorch's fastrnns benchmark: weights without biases, a layer norm for each."""

    def __init__(self) -> None:
        super().__init__()
        self.weight_ih, self.weight_hh = nn.Parameter(torch.randn(20, 3)), nn.Parameter(torch.randn(20, 5))
        self.layernorm_i, self.layernorm_h, self.layernorm_c = nn.LayerNorm(20), nn.LayerNorm(20), nn.LayerNorm(5)


class PeepholeCell(nn.LSTMCell):
    """Gates that read the cell state too (Gers & Schmidhuber 2000)."""

    def __init__(self) -> None:
        super().__init__(3, 5)
        self.weight_ch, self.bias_ch = nn.Parameter(torch.randn(15)), nn.Parameter(torch.randn(15))


INSIDE = {
    "LayerNorm": (LayerNormCell(), "ln_ih.weight"),
    "fastrnns": (ScriptedLayerNormCell(), "layernorm_i.weight"),
    "peephole": (PeepholeCell(), "weight_ch"),
}


@pytest.mark.parametrize("prefix", ["cell.", "", "model.layers.0.cell.", "module.cell."])
@pytest.mark.parametrize("case", INSIDE)
def test_a_cell_with_more_inside_it_is_refused_by_name(case: str, prefix: str) -> None:
    cell, named = INSIDE[case]
    with pytest.raises(CheckpointError, match="a cell of another kind") as refusal:
        opened(prefixed(cell, prefix))
    assert named in str(refusal.value)
    beside_another = opened(prefixed(cell, "odd.") | prefixed(nn.LSTM(3, 4), "lstm."))
    assert list(beside_another.models) == ["lstm"] and named in beside_another.notes[0]


@pytest.mark.parametrize(
    "name", ["gain", "alpha", "cell_gate", "zoneout_mask", "wc", "peep_i", "norm.weight", "bn.running_mean", "q"]
)
def test_what_has_the_size_of_units_or_gates_acts_inside(name: str) -> None:
    for size in (5, 20):
        with pytest.raises(CheckpointError, match="a cell of another kind"):
            opened(prefixed(nn.LSTM(3, 5), "lstm.") | {f"lstm.{name}": torch.ones(size)})


def test_a_cell_of_torchs_names_says_that_its_class_is_not_known() -> None:
    checkpoint = opened(prefixed(nn.LSTMCell(3, 5), "cell."))
    assert checkpoint.found["cell"].kind == "by the names of torch.nn.LSTMCell"
    assert "was not checked" in checkpoint.found["cell"].notes[0]
    assert opened(prefixed(nn.LSTM(3, 5), "lstm.")).caveats == (), "names that nn.LSTM alone has need no word"


def test_a_class_in_the_file_proves_or_disproves_it() -> None:
    tensors = {name: in_memory(part.numpy()) for name, part in prefixed(nn.LSTMCell(3, 5), "cell.").items()}
    torchs, own = StoredModule("torch.nn.modules.rnn.LSTMCell", {"batch_first": True}), StoredModule("net.Cell")
    (found,) = contents_of("PyTorch", tensors, {"cell": torchs}).lstms
    assert (found.kind, found.notes, found.batch_first) == ("torch.nn.LSTMCell", (), True)
    (found,) = contents_of("PyTorch", tensors, {"cell": own}).lstms
    assert found.kind == "net.Cell" and "whose forward is not in the file" in found.notes[0]


def test_a_head_beside_the_weights_is_said_and_proposed() -> None:
    lstm, head = nn.LSTM(3, 5), nn.Linear(5, 2)
    for prefix in ("", "net."):
        checkpoint = opened(prefixed(lstm, prefix) | prefixed(head, f"{prefix}fc."))
        (found,) = checkpoint.found.values()
        assert "“fc.weight”" in found.notes[0] and "class of its own" in found.notes[0]
        assert [layer.name for layer in checkpoint.neighbours] == [f"{prefix}fc"]
    assert opened(prefixed(lstm, "net.lstm.") | prefixed(head, "net.fc.")).caveats == ()


@pytest.mark.parametrize("kind", ["pt", "safetensors"])
def test_two_names_never_become_one(kind: str) -> None:
    a, b, x = nn.LSTM(3, 5), nn.LSTM(3, 5), torch.randn(4, 2, 3)
    for first, second, names in (
        ("lstm.", "module.lstm.", ["lstm", "module.lstm"]),
        ("_orig_mod.lstm.", "module.lstm.", ["_orig_mod.lstm", "module.lstm"]),
        ("", "lstm.", ["(top level)", "lstm"]),
        ("module.", "lstm.", ["(top level)", "lstm"]),
        ("module._orig_mod.a.", "module._orig_mod.b.", ["a", "b"]),
    ):
        models = opened(prefixed(a, first) | prefixed(b, second), kind).models
        assert sorted(models) == sorted(names)
        assert far(models[names[0]], a, x) < CLOSE and far(models[names[1]], b, x) < CLOSE


def test_a_cell_and_an_lstm_of_one_name_stay_apart() -> None:
    lstm, cell = nn.LSTM(3, 5), nn.LSTMCell(3, 5)
    models = opened(prefixed(lstm, "rnn.") | prefixed(cell, "rnn.")).models
    assert len(models) == 2 and far(models["rnn (torch.nn.LSTM)"], lstm, torch.randn(4, 2, 3)) < CLOSE


def weight_normed(lstm: nn.LSTM, old: bool) -> nn.LSTM:
    for name in ("weight_ih_l0", "weight_hh_l0", "bias_hh_l0"):
        lstm = (nn.utils.weight_norm if old else parametrizations.weight_norm)(lstm, name, dim=0)
    return lstm


def pruned(lstm: nn.LSTM) -> nn.LSTM:
    prune.l1_unstructured(lstm, "weight_hh_l0", amount=0.4)
    prune.ln_structured(lstm, "weight_ih_l1", amount=0.3, n=2, dim=0)
    return lstm


def spectral(lstm: nn.LSTM, old: bool) -> nn.LSTM:
    for name in ("weight_ih_l0", "weight_hh_l0", "weight_hh_l1"):
        lstm = (nn.utils.spectral_norm if old else parametrizations.spectral_norm)(lstm, name)
    lstm.train()(torch.randn(4, 2, 3))
    return lstm


PUT_TOGETHER = {
    "weight_norm, old": lambda lstm: weight_normed(lstm, old=True),
    "weight_norm": lambda lstm: weight_normed(lstm, old=False),
    "weight_norm of columns": lambda lstm: parametrizations.weight_norm(lstm, "weight_hh_l0", dim=1),
    "weight_norm of all": lambda lstm: nn.utils.weight_norm(lstm, "weight_hh_l0", dim=None),
    "prune": pruned,
    "spectral_norm, old": lambda lstm: spectral(lstm, old=True),
    "spectral_norm": lambda lstm: spectral(lstm, old=False),
}


@pytest.mark.filterwarnings("ignore:.*weight_norm.*deprecated")
@pytest.mark.parametrize("prefix", ["", "lstm.", "module.encoder.rnn."])
@pytest.mark.parametrize("form", PUT_TOGETHER)
def test_weights_in_parts_are_put_together_as_torch_does(form: str, prefix: str) -> None:
    torch.manual_seed(0)
    lstm = PUT_TOGETHER[form](nn.LSTM(3, 5, 2)).eval()
    checkpoint = opened(prefixed(lstm, prefix))
    ((name, found),) = checkpoint.models.items()
    assert name == (prefix.rstrip(".").removeprefix("module.") or "lstm")
    assert far(found, lstm, torch.randn(6, 2, 3)) < CLOSE
    assert len(checkpoint.found[name].notes) == 1
    effective = {part: getattr(lstm, part).detach() for part in found.state_dict()}
    for part, weight in found.state_dict().items():
        assert torch.allclose(weight, effective[part], rtol=3e-7, atol=0), "a rounding of float32 at most"
        assert form != "prune" or torch.equal(weight, effective[part])


def test_orthogonal_weights_are_refused_with_what_to_do() -> None:
    lstm = parametrizations.orthogonal(nn.LSTM(3, 5), "weight_hh_l0")
    with pytest.raises(CheckpointError, match=r"remove_parametrizations\(module, 'weight_hh_l0'\)"):
        opened(prefixed(lstm, "lstm."))


def test_other_weights_in_parts_are_refused() -> None:
    weights = prefixed(nn.LSTM(3, 5), "lstm.")
    weight = weights.pop("lstm.weight_hh_l0")
    for part in ("orig", "mask", "g", "v", "u"):
        with pytest.raises(CheckpointError, match="keeps “weight_hh_l0” in parts"):
            opened(weights | {f"lstm.weight_hh_l0_{part}": weight})
        with pytest.raises(CheckpointError, match="keeps “weight_hh_l0” in parts"):
            opened(weights | {"lstm.weight_hh_l0": weight, f"lstm.weight_hh_l0_{part}": weight})


@pytest.mark.parametrize(
    ("raw", "inner"),
    [("rnns.0.weight_hh_l0_raw", "rnns.0.module."), ("rnns.0.module.weight_hh_l0_raw", "rnns.0.module."),
     ("weight_hh_l0_raw", "module."), ("lstm.weight_hh_l0_raw", "lstm.")],
)  # fmt: skip
@pytest.mark.parametrize("dropped_too", [True, False])
def test_weight_drop_is_undone(raw: str, inner: str, dropped_too: bool) -> None:
    torch.manual_seed(0)
    lstm = nn.LSTM(3, 5)
    state = prefixed(lstm, inner)
    weight = state.pop(f"{inner}weight_hh_l0")
    state[raw] = weight
    if dropped_too:
        state[f"{inner}weight_hh_l0"] = nn.functional.dropout(weight, 0.5)
    checkpoint = opened(state)
    ((name, found),) = checkpoint.models.items()
    assert name == (raw.removesuffix("weight_hh_l0_raw").rstrip(".").removesuffix(".module") or "lstm")
    assert torch.equal(found.weight_hh_l0, weight) and far(found, lstm, torch.randn(4, 2, 3)) < CLOSE
    assert "weight drop" in checkpoint.found[name].notes[0]


@pytest.mark.parametrize(
    "names", [("h0", "c0"), ("h_0", "c_0"), ("init_h", "init_c"), ("hidden_init", "cell_init"), ("lstm_h0", "lstm_c0")]
)
@pytest.mark.parametrize("place", ["", "lstm."])
def test_a_learned_start_is_said(names: tuple[str, str], place: str) -> None:
    state = prefixed(nn.LSTM(3, 5, 2), "lstm.") | {place + name: torch.ones(2, 1, 5) for name in names}
    (note,) = opened(state).found["lstm"].notes
    assert all(f"“{name}” (2 × 1 × 5)" in note for name in names) and "starts from" in note


def test_other_states_are_no_start() -> None:
    state = prefixed(nn.LSTM(3, 5), "lstm.") | {"h0": torch.ones(7), "target": torch.ones(5)}
    assert opened(state).caveats == ()


def test_weights_that_two_modules_share_are_found_under_both_names(tmp_path) -> None:
    """safetensors.torch.save_model keeps one of them, and the other's name in the metadata."""
    model = nn.ModuleDict({"a": nn.LSTM(3, 5), "b": nn.LSTM(3, 5)})
    model["b"].weight_hh_l0 = model["a"].weight_hh_l0
    save_model(model, str(tmp_path / "m.safetensors"))
    models = lstm_viz.load_models(tmp_path / "m.safetensors")
    x = torch.randn(4, 2, 3)
    assert sorted(models) == ["a", "b"] and all(far(found, model[name], x) < CLOSE for name, found in models.items())


@pytest.mark.parametrize("name", ["lstm.lora_A.weight_ih_l0", "lstm.inner.weight_hh_l0"])
def test_parts_of_a_module_inside_are_said(name: str) -> None:
    checkpoint = opened(prefixed(nn.LSTM(3, 5), "lstm.") | {name: torch.ones(20, 5)})
    assert "class of its own" in checkpoint.found["lstm"].notes[0] and name.split(".")[1] in checkpoint.notes[0]


def test_neuralhydrologys_cell_is_opened() -> None:
    """Its documented step: gates = h w_hh' + b_hh + x w_ih' + b_ih, split into i, f, g, o."""
    torch.manual_seed(0)
    sizes = {"w_hh": (20, 5), "w_ih": (20, 3), "b_hh": (20,), "b_ih": (20,)}
    w = {name: torch.randn(size) for name, size in sizes.items()}
    checkpoint = opened({f"cell.{name}": part for name, part in w.items()} | prefixed(nn.Linear(5, 1), "head.net.0."))
    x, (h, c), outputs = torch.randn(6, 2, 3), (torch.zeros(2, 5), torch.zeros(2, 5)), []
    for event in x:
        i, f, g, o = (h @ w["w_hh"].T + w["b_hh"] + event @ w["w_ih"].T + w["b_ih"]).chunk(4, 1)
        c = c * torch.sigmoid(f) + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        outputs.append(h)
    assert np.allclose(lstm_viz.trace(checkpoint.models["cell"], x).output, torch.stack(outputs).numpy(), atol=CLOSE)
    assert "was not checked" in checkpoint.found["cell"].notes[0]
    assert "NeuralHydrology" in checkpoint.found["cell"].kind


@pytest.mark.parametrize("bias", [True, False])
def test_mlx_weights_are_opened(bias: bool) -> None:
    """mlx.nn.LSTM: rows i, f, g, o in Wx (4 hidden, features) and Wh (4 hidden, hidden), and one bias."""
    torch.manual_seed(0)
    lstm = nn.LSTM(3, 5, bias=bias)
    state = {"lstm.Wx": lstm.weight_ih_l0.detach(), "lstm.Wh": lstm.weight_hh_l0.detach()}
    if bias:
        state["lstm.bias"] = (lstm.bias_ih_l0 + lstm.bias_hh_l0).detach()
    checkpoint = opened(state, "safetensors")
    assert far(checkpoint.models["lstm"], lstm, torch.randn(4, 2, 3)) < CLOSE
    assert checkpoint.found["lstm"].kind == "by the names of mlx.nn.LSTM"
    with pytest.raises(CheckpointError, match="No LSTM was found"):  # elsewhere so laid out in another order of gates
        opened({name: part.T if part.ndim == 2 else part for name, part in state.items()}, "safetensors")


@pytest.mark.parametrize("separator", [".", "/"])
def test_flax_weights_are_opened(separator: str) -> None:
    """Flax' LSTMCell: i = s(W_ii x + W_hi h + b_hi), and so on; kernels are (features, units)."""
    torch.manual_seed(0)
    lstm, state = nn.LSTM(3, 5), {}
    nn.init.zeros_(lstm.bias_ih_l0)
    for place, gate in enumerate("ifgo"):
        rows = slice(5 * place, 5 * place + 5)
        state[f"params{separator}cell{separator}i{gate}{separator}kernel"] = lstm.weight_ih_l0[rows].detach().T
        state[f"params{separator}cell{separator}h{gate}{separator}kernel"] = lstm.weight_hh_l0[rows].detach().T
        state[f"params{separator}cell{separator}h{gate}{separator}bias"] = lstm.bias_hh_l0[rows].detach()
    checkpoint = opened(state, "safetensors")
    ((name, found),) = checkpoint.models.items()
    assert name == f"params{separator}cell" and far(found, lstm, torch.randn(4, 2, 3)) < CLOSE


def test_cells_whose_order_is_not_documented_are_refused() -> None:
    for names in (("x2h", "h2h"), ("i2h", "h2h")):
        state = {f"cell.{name}.weight": torch.ones(20, size) for name, size in zip(names, (3, 5), strict=True)}
        with pytest.raises(CheckpointError, match="order of its gates"):
            opened(state)
    with pytest.raises(CheckpointError, match="“rnn” was left out: its weights have one row a unit"):
        opened(prefixed(nn.RNN(3, 5), "rnn."))
