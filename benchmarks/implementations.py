"""Every implementation that is compared: ours, the plain forward, and other libraries', with goals and predictions."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

import lstm_viz
from benchmarks.sizes import Case, Size
from lstm_viz.cells.course import CourseLSTM
from lstm_viz.recording.inputs import read_inputs
from lstm_viz.recording.numba_cpu.compile import compiled_kernel
from lstm_viz.recording.plan import read_plan
from lstm_viz.recording.trace import record_layers
from lstm_viz.recording.triton_gpu.record import gpu_kernel

Run = Callable[[], Any]
#: From a module of one layer in one direction and its input to a run, whose result is h, (time, batch, hidden).
Peer = Callable[[nn.LSTM, Tensor], Run]


class Unavailable(Exception):
    """Raised where an implementation can't run here; the message says why."""


def cell_loop(module: nn.LSTM, x: Tensor) -> Run:
    """A loop over `nn.LSTMCell`, which keeps h and c."""
    cell = nn.LSTMCell(module.input_size, module.hidden_size, dtype=x.dtype, device=x.device)
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    cell.load_state_dict({name: getattr(module, f"{name}_l0") for name in names})

    def run() -> Tensor:
        with torch.inference_mode():
            state = (x.new_zeros(x.shape[1], module.hidden_size),) * 2
            states = []
            for event in x:
                state = cell(event, state)
                states.append(state)
            hidden, _ = (torch.stack(parts) for parts in zip(*states, strict=True))
            return hidden

    return run


def recording_loop(module: nn.LSTM, x: Tensor) -> Run:
    """The loop over steps that people write by hand to record the gates."""
    return _step_loop(lstm_step, module, x)


def scripted_loop(module: nn.LSTM, x: Tensor) -> Run:
    """The same loop in TorchScript."""
    scripted = torch.jit.script(reference_loop)
    weights = _summed_bias_weights(module)

    def run() -> Tensor:
        with torch.inference_mode():
            return scripted(x, *weights)[-1]

    return run


def compiled_loop(module: nn.LSTM, x: Tensor) -> Run:
    """The same loop, its step compiled by torch.compile; compiling the loop itself would unroll it."""
    if not shutil.which("c++") and not shutil.which("g++"):
        raise Unavailable("no C++ compiler")
    torch.compiler.reset()  # after eight sizes it would quietly stop compiling
    return _step_loop(torch.compile(lstm_step), module, x)


def neuralhydrology(module: nn.LSTM, x: Tensor) -> Run:
    """NeuralHydrology's CustomLSTM, which keeps the gates (1.13.0 on PyPI)."""
    try:
        from neuralhydrology.modelzoo.customlstm import _LSTMCell
    except ImportError as error:
        raise Unavailable("not installed") from error
    cell = _LSTMCell(module.input_size, module.hidden_size).to(x)
    cell.copy_weights(module, 0)

    def run() -> Tensor:  # as CustomLSTM.forward goes through it
        with torch.inference_mode():
            h = c = x.new_zeros(x.shape[1], module.hidden_size)
            made: dict[str, list[Tensor]] = {}
            for event in x:
                found = cell(x_t=event, h_0=h, c_0=c)
                h, c = found["h_n"], found["c_n"]
                for name, value in found.items():
                    made.setdefault(name, []).append(value)
            return {name: torch.stack(values, 1) for name, values in made.items()}["h_n"].transpose(0, 1)

    return run


def jax_scan(module: nn.LSTM, x: Tensor) -> Run:
    """JAX's `lax.scan`, which keeps everything."""
    try:
        import jax
        import jax.numpy as jnp
    except ImportError as error:
        raise Unavailable("not installed") from error
    if x.device.type != "cpu":
        raise Unavailable("compared on the CPU alone")
    jax.config.update("jax_enable_x64", True)  # else float64 is quietly made float32
    inner, recurrent, bias = (jnp.asarray(weight.numpy()) for weight in _summed_bias_weights(module))
    zero = jnp.zeros((x.shape[1], module.hidden_size), inner.dtype)

    def one(state: Any, event: Any) -> Any:
        i, f, g, o = jnp.split(event @ inner.T + state[0] @ recurrent.T + bias, 4, axis=1)
        i, f, g, o = jax.nn.sigmoid(i), jax.nn.sigmoid(f), jnp.tanh(g), jax.nn.sigmoid(o)
        c = f * state[1] + i * g
        h = o * jnp.tanh(c)
        return (h, c), (i, f, g, o, c, h)

    scan = jax.jit(lambda events: jax.lax.scan(one, (zero, zero), events)[1])
    events = jnp.asarray(x.numpy())
    return lambda: torch.from_dlpack(jax.block_until_ready(scan(events))[-1])


PEERS: dict[str, Peer] = {
    "nn.LSTMCell loop": cell_loop,
    "recording loop": recording_loop,
    "TorchScript loop": scripted_loop,
    "torch.compile": compiled_loop,
    "NeuralHydrology": neuralhydrology,
    "JAX lax.scan": jax_scan,
}


def lstm_step(
    event: Tensor, hidden: Tensor, cell: Tensor, inner: Tensor, recurrent: Tensor, bias: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """One step: i, f, g, o, c, h."""
    i, f, g, o = (event @ inner.t() + hidden @ recurrent.t() + bias).chunk(4, dim=1)
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    c = f * cell + i * g
    return i, f, g, o, c, o * torch.tanh(c)


def reference_loop(x: Tensor, inner: Tensor, recurrent: Tensor, bias: Tensor) -> list[Tensor]:
    """i, f, g, o, c, h of every step, each (time, batch, hidden); TorchScript reads this too."""
    hidden = torch.zeros(x.shape[1], recurrent.shape[1], dtype=x.dtype, device=x.device)
    cell = hidden
    made: list[list[Tensor]] = [[], [], [], [], [], []]
    for t in range(x.shape[0]):
        i, f, g, o = (x[t] @ inner.t() + hidden @ recurrent.t() + bias).chunk(4, dim=1)
        i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
        cell = f * cell + i * g
        hidden = o * torch.tanh(cell)
        for kind, value in enumerate([i, f, g, o, cell, hidden]):
            made[kind].append(value)
    return [torch.stack(values) for values in made]


def _step_loop(one: Callable[..., tuple[Tensor, ...]], module: nn.LSTM, x: Tensor) -> Run:
    weights = _summed_bias_weights(module)

    def run() -> Tensor:
        with torch.inference_mode():
            hidden = cell = x.new_zeros(x.shape[1], module.hidden_size)
            steps = []
            for event in x:
                steps.append(one(event, hidden, cell, *weights))
                cell, hidden = steps[-1][4:]
            return [torch.stack(values) for values in zip(*steps, strict=True)][-1]

    return run


def _summed_bias_weights(module: nn.LSTM) -> tuple[Tensor, Tensor, Tensor]:
    bias = module.bias_ih_l0 + module.bias_hh_l0
    return module.weight_ih_l0.detach(), module.weight_hh_l0.detach(), bias.detach()


FORWARD = "nn.LSTM forward"
DEFAULT, UNCHECKED = "lstm_viz: trace(lstm, x)", "lstm_viz: check=False"
EVERYTHING, WITHOUT_NUMBA = "lstm_viz: everything", "lstm_viz: without Numba"
ON_THE_GPU = "lstm_viz: left on the GPU"
COURSE = "course's cell, over the standard cell's recording"

Implementation = Callable[[Case], Run]


def forward(case: Case) -> Run:
    """`nn.LSTM`'s own forward, which returns h alone; sequences of many lengths are packed beforehand."""
    x: Any = case.x
    if case.lengths is not None:
        x = pack_padded_sequence(case.x, torch.tensor(case.lengths), enforce_sorted=False)

    def run() -> Any:
        with torch.inference_mode():
            return case.module(x, case.state)[0]

    return run


def traced(**options: Any) -> Implementation:
    """`lstm_viz.trace` with these options."""
    return lambda case: lambda: _trace(case.module, case, **options)


def without_numba(case: Case) -> Run:
    """`lstm_viz.trace` without its Numba kernel, as where Numba isn't installed."""

    def run() -> lstm_viz.Trace:
        ready, compiled_kernel.ready = compiled_kernel.ready, lambda: None  # type: ignore[method-assign]
        try:
            return _trace(case.module, case, check=False)
        finally:
            compiled_kernel.ready = ready  # type: ignore[method-assign]

    return run


def recorded_on_gpu(case: Case) -> Run:
    """The recording left in GPU memory, as the forward's h is too."""
    plan = read_plan(case.module)
    inputs = read_inputs(plan, case.x, case.state, case.lengths)
    if gpu_kernel(plan) is None:
        raise Unavailable("no Triton, or not for this device")

    def run() -> Any:
        with torch.inference_mode():
            return record_layers(plan, inputs, everything=False)[1][-1].hidden_state

    return run


def course_cell(case: Case) -> Run:
    """`lstm_viz.trace` of the course's cell at the same size."""
    module = CourseLSTM(case.x.shape[2], case.module.hidden_size, dtype=case.x.dtype, device=case.x.device)
    return lambda: _trace(module, case, check=False)


OURS: dict[str, Implementation] = {
    DEFAULT: traced(),
    UNCHECKED: traced(check=False),
    EVERYTHING: traced(check=False, everything=True),
    WITHOUT_NUMBA: without_numba,
}


def implementations_at(size: Size) -> dict[str, Implementation]:
    """The implementations that can run at this size, by name."""
    if not size.plain:
        return {**OURS, FORWARD: forward}
    peers = {name: _from_peer(peer) for name, peer in PEERS.items()}
    if size.device != "cpu":
        ours = {name: run for name, run in OURS.items() if name != WITHOUT_NUMBA}
        return {ON_THE_GPU: recorded_on_gpu, **ours, FORWARD: forward, **peers, COURSE: course_cell}
    return {**OURS, FORWARD: forward, **peers, COURSE: course_cell}


def baseline_of(implementation: str) -> str:
    """The name of the implementation whose time is the ratio's denominator."""
    return UNCHECKED if implementation == COURSE else FORWARD


def goal(size: Size, implementation: str) -> float | None:
    """The highest ratio that an implementation may have; None where it has no goal."""
    if size.device != "cpu":  # on the way to the computer's memory, the bus sets the pace
        return {ON_THE_GPU: size.goal}.get(implementation)
    everything = max(1.3, size.goal)
    goals = {DEFAULT: size.goal_checked, UNCHECKED: size.goal, EVERYTHING: everything, WITHOUT_NUMBA: 1.8, COURSE: 1.5}
    return goals.get(implementation)


def _from_peer(peer: Callable[..., Run]) -> Implementation:
    return lambda case: peer(case.module, case.x)


def _trace(module: nn.Module, case: Case, **options: Any) -> lstm_viz.Trace:
    return lstm_viz.trace(module, case.x, case.state, case.lengths, device=case.x.device, **options)


PREDICTIONS = Path(__file__).with_name("predictions.toml")


def predicted_ratio(size: Size, implementation: str) -> float | None:
    """The ratio predicted for this size, from `predictions.toml`; drawn sizes share one prediction."""
    return _predictions().get("drawn" if size.drawn else str(size), {}).get(implementation)


@cache
def _predictions() -> dict[str, dict[str, float]]:
    return tomllib.loads(PREDICTIONS.read_text(encoding="utf-8"))
