"""What a call of a module does beside its forward: `trace` refuses it by name, `record` records it, or says why not."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, prune

import lstm_viz

X = torch.randn(6, 2, 3, generator=torch.Generator().manual_seed(0))


def doubled(module: nn.Module, args: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (2 * args[0], *args[1:])


def halved(module: nn.Module, args: object, result: tuple[Tensor, object]) -> tuple[Tensor, object]:
    return result[0] / 2, result[1]


class Loud(nn.LSTM):
    """A subclass whose call does more, though its forward is torch's."""

    def __call__(self, x: Tensor) -> tuple[Tensor, object]:
        output, state = super().__call__(x)
        return -output, state


def with_forward(forward: Callable[..., object]) -> nn.LSTM:
    lstm = nn.LSTM(3, 4)
    lstm.forward = forward.__get__(lstm)
    return lstm


def hooked(how: str) -> nn.LSTM:
    lstm = nn.LSTM(3, 4)
    lstm.register_forward_pre_hook(doubled) if how == "pre" else lstm.register_forward_hook(halved)
    return lstm


def compiled_in_place() -> nn.LSTM:
    lstm = nn.LSTM(3, 4)
    lstm.compile(backend="eager")
    return lstm


DETOURS = {
    "a forward pre-hook, doubled": lambda: hooked("pre"),
    "a forward hook, halved": lambda: hooked("after"),
    "a forward of its own, set on the module": lambda: with_forward(lambda self, x: nn.LSTM.forward(self, x)),
    "a __call__ of its own": lambda: Loud(3, 4),
    "been compiled in place": compiled_in_place,
}


@pytest.mark.parametrize("said", DETOURS)
def test_trace_refuses_a_call_that_does_more(said: str, tmp_path) -> None:
    lstm = DETOURS[said]()
    with pytest.raises(TypeError, match=r"which trace would pass by.*lstm_viz\.record") as refusal:
        lstm_viz.trace(lstm, X)
    assert said in str(refusal.value)
    with pytest.raises(TypeError, match="which trace would pass by"):
        lstm_viz.trace_to(lstm, X, tmp_path / "run.zarr")


@pytest.fixture
def global_hook() -> Iterator[None]:
    handle = nn.modules.module.register_module_forward_pre_hook(doubled)
    yield
    handle.remove()


def test_trace_refuses_hooks_of_every_module(global_hook: None) -> None:
    with pytest.raises(TypeError, match=r"a global forward pre-hook \(of every module\), doubled"):
        lstm_viz.trace(nn.LSTM(3, 4), X)


@pytest.mark.parametrize("module", [nn.RNN(3, 4), lstm_viz.CourseLSTM(3, 4)])
def test_other_cells_are_held_to_the_same(module: nn.Module) -> None:
    module.register_forward_hook(halved)
    with pytest.raises(TypeError, match="a forward hook, halved"):
        lstm_viz.trace(module, X)


@pytest.mark.parametrize("how", ["pre", "after"])
def test_record_sees_what_hooks_do(how: str) -> None:
    lstm = hooked(how)
    with lstm_viz.record(lstm) as traces:
        lstm(X)
    (run,) = traces["LSTM"]
    plain = nn.LSTM(3, 4)
    plain.load_state_dict(lstm.state_dict())
    expected = lstm_viz.trace(plain, 2 * X if how == "pre" else X)
    assert np.allclose(run.output, expected.output, atol=1e-6) and run.agreement.startswith("equal to")


def test_a_module_that_is_being_recorded_can_be_traced() -> None:
    lstm = nn.LSTM(3, 4)
    with lstm_viz.record(lstm) as traces:
        run = lstm_viz.trace(lstm, X)
        lstm(X)
    assert np.allclose(run.output, traces["LSTM"][0].output, atol=1e-6)


@pytest.mark.filterwarnings("ignore:.*weight_norm.*deprecated")
@pytest.mark.parametrize(
    "form", ["weight_norm, old", "weight_norm", "spectral, old", "spectral", "orthogonal", "prune"]
)
def test_weights_that_a_hook_computes_are_those_of_the_next_call(form: str) -> None:
    """Also right after an optimiser's step, when the module itself still holds the weights of its last call."""
    torch.manual_seed(0)
    lstm = nn.LSTM(3, 4)
    {
        "weight_norm, old": lambda: nn.utils.weight_norm(lstm, "weight_hh_l0"),
        "weight_norm": lambda: parametrizations.weight_norm(lstm, "weight_hh_l0"),
        "spectral, old": lambda: nn.utils.spectral_norm(lstm, "weight_hh_l0"),
        "spectral": lambda: parametrizations.spectral_norm(lstm, "weight_hh_l0"),
        "orthogonal": lambda: parametrizations.orthogonal(lstm, "weight_hh_l0"),
        "prune": lambda: prune.random_unstructured(lstm, "weight_hh_l0", 0.5),
    }[form]()
    lstm(X)[0].square().sum().backward()
    torch.optim.SGD(lstm.parameters(), 0.5).step()
    before = {name: part.clone() for name, part in lstm.state_dict().items()}
    run = lstm_viz.trace(lstm.eval(), X)
    assert all(torch.equal(part, before[name]) for name, part in lstm.state_dict().items())
    with torch.no_grad():
        assert np.allclose(run.output, lstm(X)[0].numpy(), atol=1e-6)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.LSTMCell])
@pytest.mark.parametrize("old", [False, True])
def test_looking_at_spectral_norm_in_training_changes_nothing(kind: type[nn.Module], old: bool) -> None:
    """Each look at such a weight in training is a step of its power iteration."""
    name = "weight_hh_l0" if kind is nn.LSTM else "weight_hh"

    def make() -> nn.Module:
        torch.manual_seed(0)
        return (nn.utils.spectral_norm if old else parametrizations.spectral_norm)(kind(3, 4), name).train()

    plain, recorded, traced = make(), make(), make()
    x = X if kind is nn.LSTM else X[0]
    before = {name: part.clone() for name, part in plain.state_dict().items()}
    expected = plain(x)[0]
    with lstm_viz.record(recorded) as traces:
        output = recorded(x)[0]
    assert torch.equal(output, expected)
    assert all(torch.equal(part, recorded.state_dict()[name]) for name, part in plain.state_dict().items())
    (runs,) = traces.values()
    assert runs[0].difference is not None and runs[0].difference < 1e-6
    if kind is nn.LSTM:
        lstm_viz.trace(traced, x)
        assert all(torch.equal(part, traced.state_dict()[name]) for name, part in before.items())


def weight_dropped() -> nn.LSTM:
    """Weight drop as it is often written: a forward that is set on the module and calls the one before."""
    lstm = nn.LSTM(3, 4)
    raw = nn.Parameter(lstm.weight_hh_l0.detach().clone())
    del lstm._parameters["weight_hh_l0"]
    lstm.register_parameter("weight_hh_l0_raw", raw)
    before = lstm.forward

    def forward(*args: Tensor) -> object:
        lstm.weight_hh_l0 = nn.functional.dropout(raw, 0.5, training=lstm.training)
        return before(*args)

    lstm.forward = forward
    return lstm


@pytest.mark.parametrize("training", [True, False])
def test_record_keeps_a_replaced_forward_that_computes_what_torchs_does(training: bool) -> None:
    lstm = weight_dropped().train(training)
    with warnings.catch_warnings(action="error"), lstm_viz.record(lstm) as traces:
        output, _ = lstm(X)
    (run,) = traces["LSTM"]
    assert np.array_equal(run.output, output.detach().numpy()) and run.agreement.startswith("equal to")


@pytest.mark.parametrize("returned", ["doubled", "no state", "nothing"])
def test_record_says_of_a_replaced_forward_that_computes_something_else(returned: str) -> None:
    def forward(self: nn.LSTM, x: Tensor) -> object:
        output, state = nn.LSTM.forward(self, x)
        return {"doubled": (2 * output, state), "no state": (output, None), "nothing": None}[returned]

    lstm = with_forward(forward)
    with pytest.warns(RuntimeWarning, match="A forward of its own is set on it"), lstm_viz.record(lstm) as traces:
        lstm(X)
    assert traces["LSTM"] == [] and "NoneType" not in next(iter(traces.left_out["LSTM"])).partition("(")[0]


class Model(nn.Module):
    def __init__(self, cell: bool = False) -> None:
        super().__init__()
        self.before, self.rnn = nn.Linear(3, 3), nn.LSTMCell(3, 4) if cell else nn.LSTM(3, 4)

    def forward(self, x: Tensor) -> object:
        x = self.before(x)
        if isinstance(self.rnn, nn.LSTM):
            return self.rnn(x)
        state = None
        for event in x:
            state = self.rnn(event, state)
        return state


@pytest.mark.parametrize("cell", [False, True])
@pytest.mark.parametrize("part", ["", "rnn"])
def test_a_model_compiled_in_place_is_refused(cell: bool, part: str) -> None:
    model = Model(cell)
    model.get_submodule(part).compile(backend="eager")
    named = "rnn is compiled in place" if part else "This model is compiled in place"
    with pytest.raises(TypeError, match=named):
        lstm_viz.record(model).__enter__()
    outer = nn.ModuleDict({"inner": model})
    with pytest.raises(TypeError, match=r"inner(\.rnn)? is compiled in place"):
        lstm_viz.record(outer).__enter__()


def test_a_compiled_part_beside_is_no_hindrance() -> None:
    model = Model()
    model.before.compile(backend="eager")
    with lstm_viz.record(model) as traces:
        model(X)
    assert len(traces["rnn"]) == 1


def test_a_recording_that_saw_nothing_says_so() -> None:
    model = Model()
    call = torch.compile(lambda x: model(x), backend="eager")
    with pytest.warns(RuntimeWarning, match=r"No module was called.*compiled"), lstm_viz.record(model) as traces:
        call(X)
    assert "No module was called while it was recorded." in repr(traces)
    assert "No module was called" in traces._repr_html_()
    with lstm_viz.record(model) as traces:
        assert "No module was called" not in repr(traces), "not before it has ended"
        model(X)
    assert "No module was called" not in repr(traces)


def test_a_second_name_of_a_shared_module_can_be_asked_for() -> None:
    shared = nn.LSTM(3, 3)
    model = nn.ModuleDict({"enc": shared, "dec": shared, "other": nn.LSTM(3, 3)})
    with lstm_viz.record(model, only="dec") as traces:
        shared(X)
    assert list(traces) == ["dec"] and len(traces["dec"]) == 1
    with lstm_viz.record(model) as traces:
        model["dec"](X)
    assert list(traces) == ["enc", "other"] and len(traces["enc"]) == 1


def test_transformations_of_torch_func_are_named() -> None:
    lstm = nn.LSTM(3, 4)

    def loss(weights: dict[str, Tensor]) -> Tensor:
        return torch.func.functional_call(lstm, weights, X)[0].square().sum()

    weights = {name: part.detach() for name, part in lstm.named_parameters()}
    plain = torch.func.grad(loss)(weights)
    with pytest.warns(RuntimeWarning, match=r"a transformation of torch\.func"), lstm_viz.record(lstm):
        recorded = torch.func.grad(loss)(weights)
    assert all(torch.equal(part, recorded[name]) for name, part in plain.items())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_refusals_name_the_next_step() -> None:
    with pytest.raises(TypeError, match=r"LSTMCell came, which computes one step.*lstm_viz\.record\(cell\)"):
        lstm_viz.trace(nn.LSTMCell(3, 4), X)
    with pytest.raises(TypeError, match=r"a scripted LSTM came.*load_state_dict\(scripted\.state_dict\(\)\)"):
        lstm_viz.trace(torch.jit.script(nn.LSTM(3, 4)), X)


class Reordered(nn.LSTMCell):
    """A cell with its gates in another order: the same weights in a plain cell give another output."""

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        h, c = state
        i, f, o, g = (x @ self.weight_ih.T + h @ self.weight_hh.T + self.bias_ih + self.bias_hh).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c


def test_a_subclass_is_not_advised_what_gives_other_numbers() -> None:
    class OwnForward(nn.LSTM):
        def forward(self, x: Tensor) -> tuple[Tensor, object]:
            return super().forward(x.flip(0))

    with pytest.raises(TypeError, match="gives the same output on your x") as refusal:
        lstm_viz.trace(OwnForward(3, 4), X)
    assert "OwnForward has a forward of its own" in str(refusal.value)
    cell = Reordered(3, 4)
    with pytest.warns(RuntimeWarning, match="gives the same output on your x"), lstm_viz.record(cell):
        cell(X[0], (torch.zeros(2, 4), torch.zeros(2, 4)))
