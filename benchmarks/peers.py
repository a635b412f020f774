"""Other ways to the same numbers, each as a function that runs once; named as not installed where they are not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

Run = Callable[[], Any]
#: From a module of one layer in one direction and its input to a run, whose result is h, (time, batch, hidden).
Peer = Callable[[nn.LSTM, Tensor], Run]


class Missing(Exception):
    """This peer can't run here, and why."""


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
    """The loop that people write by hand to see the gates."""
    return _looped(step, module, x)


def scripted_loop(module: nn.LSTM, x: Tensor) -> Run:
    """The same loop in TorchScript."""
    scripted = torch.jit.script(loop)
    weights = _weights(module)

    def run() -> Tensor:
        with torch.inference_mode():
            return scripted(x, *weights)[-1]

    return run


def compiled_loop(module: nn.LSTM, x: Tensor) -> Run:
    """The same loop, its step by torch.compile; the whole loop would be unrolled."""
    if not shutil.which("c++") and not shutil.which("g++"):
        raise Missing("no C++ compiler")
    torch.compiler.reset()  # after eight sizes it would quietly stop compiling
    return _looped(torch.compile(step), module, x)


def neuralhydrology(module: nn.LSTM, x: Tensor) -> Run:
    """NeuralHydrology's CustomLSTM, which keeps the gates (1.13.0 on PyPI)."""
    try:
        from neuralhydrology.modelzoo.customlstm import _LSTMCell
    except ImportError as error:
        raise Missing("not installed") from error
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
        raise Missing("not installed") from error
    if x.device.type != "cpu":
        raise Missing("compared on the CPU alone")
    jax.config.update("jax_enable_x64", True)  # else float64 is quietly made float32
    inner, recurrent, bias = (jnp.asarray(weight.numpy()) for weight in _weights(module))
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


def step(
    event: Tensor, hidden: Tensor, cell: Tensor, inner: Tensor, recurrent: Tensor, bias: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """One step: i, f, g, o, c, h."""
    i, f, g, o = (event @ inner.t() + hidden @ recurrent.t() + bias).chunk(4, dim=1)
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    c = f * cell + i * g
    return i, f, g, o, c, o * torch.tanh(c)


def loop(x: Tensor, inner: Tensor, recurrent: Tensor, bias: Tensor) -> list[Tensor]:
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


def _looped(one: Callable[..., tuple[Tensor, ...]], module: nn.LSTM, x: Tensor) -> Run:
    weights = _weights(module)

    def run() -> Tensor:
        with torch.inference_mode():
            hidden = cell = x.new_zeros(x.shape[1], module.hidden_size)
            steps = []
            for event in x:
                steps.append(one(event, hidden, cell, *weights))
                cell, hidden = steps[-1][4:]
            return [torch.stack(values) for values in zip(*steps, strict=True)][-1]

    return run


def _weights(module: nn.LSTM) -> tuple[Tensor, Tensor, Tensor]:
    bias = module.bias_ih_l0 + module.bias_hh_l0
    return module.weight_ih_l0.detach(), module.weight_hh_l0.detach(), bias.detach()
