"""quantize_dynamic's files: the weights are torch's own dequantised ones, and how far the outputs are apart is said."""

from __future__ import annotations

import copy
import io

import numpy as np
import pytest
import torch
from torch import nn

from lstm_viz.checkpoints import Checkpoint, CheckpointError
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers import read
from tests.checkpoints.readers.pickled_files import saved

pytestmark = pytest.mark.filterwarnings("ignore")


class Net(nn.Module):
    def __init__(self, **options):
        super().__init__()
        torch.manual_seed(1)
        self.rnn = nn.LSTM(6, 8, **options)
        self.head = nn.Linear(8 * (2 if self.rnn.bidirectional else 1), 2)

    def forward(self, x):
        return self.rnn(x)[0]


def quantized(module: nn.Module, dtype: torch.dtype) -> nn.Module:
    kinds = {nn.LSTM, nn.LSTMCell, nn.Linear}
    return torch.ao.quantization.quantize_dynamic(copy.deepcopy(module).eval(), kinds, dtype=dtype)


def right_weights(module: nn.Module) -> dict[str, torch.Tensor]:
    """The weights of a quantised LSTM by torch.nn.LSTM's names, as torch itself unpacks them."""
    found = {}
    for number, packed in enumerate(module._all_weight_values):
        _, biases, _, _, parts = packed.param.__getstate__()[0]
        weights = [part.__getstate__()[0] for part in parts]
        directions = 2 if module.bidirectional else 1
        place = f"_l{number // directions}{'_reverse' * (number % directions)}"
        for name, (weight, _) in zip(("weight_ih", "weight_hh"), weights, strict=True):
            found[name + place] = weight.dequantize() if weight.is_quantized else weight
        biases = biases or [bias for _, bias in weights]
        found |= {f"bias_ih{place}": biases[0], f"bias_hh{place}": biases[1]}
    return found


def whole(module):
    return saved(module)


def state_dict(module):
    return saved(module.state_dict())


def script(module):
    file = io.BytesIO()
    torch.jit.save(torch.jit.script(module), file)
    return file.getvalue()


@pytest.mark.parametrize("write", [whole, state_dict, script])
@pytest.mark.parametrize("dtype", [torch.qint8, torch.float16], ids=str)
@pytest.mark.parametrize("options", [{}, {"num_layers": 3}, {"bidirectional": True, "num_layers": 2}], ids=str)
def test_weights_are_torchs_own_dequantised_ones(options, dtype, write):
    model = quantized(Net(**options), dtype)
    contents = read(write(model), "model.pt", CheckpointLimits())
    (lstm,) = contents.lstms
    right = right_weights(model.rnn)
    assert set(lstm.parameters) == set(right)
    for name, part in right.items():
        assert np.array_equal(lstm.parameters[name], part.detach().float().numpy()), name
    assert ("quantised to 8 bits" if dtype == torch.qint8 else "quantised to 16 bits") in " ".join(lstm.notes)
    x = torch.randn(7, 2, 6)
    with torch.no_grad():
        difference = float((Checkpoint(contents).models["rnn"](x)[0] - model(x)).abs().max())
    print(f"largest difference of outputs, {dtype}: {difference:.1e}")
    assert difference < 0.05
    (head,) = contents.adjacent_layers
    assert np.array_equal(head.weight, model.head.weight().dequantize().detach().float().numpy())


def test_a_quantised_cell_is_read():
    cell = quantized(nn.Sequential(nn.LSTMCell(3, 5)), torch.qint8)
    (lstm,) = read(saved(cell.state_dict()), "model.pt", CheckpointLimits()).lstms
    right = cell[0]._packed_weight_hh.unpack()[0].dequantize()
    assert np.array_equal(lstm.parameters["weight_hh_l0"], right.numpy())


def test_weights_of_one_scale_a_row_are_dequantised_as_torch_does():
    state = nn.LSTM(3, 5).state_dict()
    scales, zeros = torch.rand(20, dtype=torch.float64) / 100 + 1e-3, torch.randint(-5, 5, (20,))
    state = {
        name: torch.quantize_per_channel(part, scales, zeros, 0, torch.qint8) if part.ndim == 2 else part
        for name, part in state.items()
    }
    (lstm,) = read(saved(state), "model.pt", CheckpointLimits()).lstms
    for name, part in state.items():
        right = part.dequantize() if part.is_quantized else part
        assert np.array_equal(lstm.parameters[name], right.numpy()), name


def test_what_a_state_dict_doesnt_tell_is_asked_for():
    model = quantized(nn.Sequential(nn.LSTM(4, 4, num_layers=2)), torch.qint8)
    with pytest.raises(CheckpointError, match="two layers or two directions"):
        read(saved(model.state_dict()), "model.pt", CheckpointLimits())
    (lstm,) = read(saved(model), "model.pt", CheckpointLimits()).lstms
    assert lstm.lstm_shape.num_layers == 2
