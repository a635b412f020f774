"""`lstm_viz.record`: forward hooks that trace every LSTM inside a model while it is called as always."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from fnmatch import fnmatchcase
from threading import Lock, local
from typing import Any

import torch
from torch import Tensor, nn

from lstm_viz.recording.call_path import has_replaced_forward, is_compiled
from lstm_viz.recording.hooks.cell_calls import CellRuns, RecurrentCell
from lstm_viz.recording.hooks.trace_call import (
    is_within_limit,
    read_call,
    spec_in_dtype,
    trace_call,
    trace_call_first_layer,
)
from lstm_viz.recording.hooks.traces import NOTHING_CALLED, Traces
from lstm_viz.recording.module_spec import Recurrent
from lstm_viz.recording.start import notes_of_call

UNKNOWN_ABOVE = (
    "Layers above the first are not recorded: dropout stood between them, and what it dropped is not "
    "known outside of this device. Call the model in evaluation, or set dropout to 0."
)


#: What may have kept a model's calls from a recording.
NOTHING_CALLED_ADVICE = (
    "Call the model itself inside the block. Where a function that calls it is compiled (torch.compile), call it "
    "without: compiled code does not pass by its modules."
)


@contextmanager
def record(model: Any, *, only: str | Sequence[str] | None = None, keep: int | None = None) -> Iterator[Traces]:
    """Record every LSTM inside a model during your own calls of it; a `Trace` for each call.

    model: any `torch.nn.Module` that holds a `torch.nn.LSTM`, `LSTMCell`, `RNN` or `RNNCell` with tanh, or a
        `CourseLSTM`, or is one. It runs as it always does: the same bits come out, the same gradients, and
        no hook stays. What a call drops between layers in training is drawn again and checked (on a CPU).
    only: names of the modules to record, as in "encoder.lstm"; * stands for anything.
    keep: how many of each module's latest calls to keep; all by default.

    Calls of a cell are joined into one trace where each begins with the state that the one before gave.
    A call that can't be recorded runs all the same; `traces.left_out` says why, and a warning at the end, as where no
    module was called.

    Raises TypeError where the model holds nothing to record or is compiled, ValueError where `only` names nothing.

    >>> model = nn.Sequential(nn.Linear(3, 5), nn.LSTM(5, 4))
    >>> with record(model) as traces:
    ...     output, _ = model(torch.ones(6, 2, 3))
    >>> traces["1"][0].layers[0].forget_gate.shape
    (6, 2, 4)
    >>> bool((traces["1"][0].output == output.detach().numpy()).all())
    True
    """
    chosen = _select_modules(model, only)
    traces = Traces(model._get_name(), list(chosen), keep)
    with ExitStack() as hooks:
        for name, module in chosen.items():
            for handle in _register_hooks(name, module, traces):
                hooks.callback(handle.remove)
        try:
            yield traces
        finally:
            traces.close()
    _warn_left_out(traces)
    if traces.saw_nothing:
        warnings.warn(f"{NOTHING_CALLED} {NOTHING_CALLED_ADVICE}", RuntimeWarning, stacklevel=3)


def _select_modules(model: Any, only: str | Sequence[str] | None) -> dict[str, nn.Module]:
    """The modules to record, by their names."""
    if not isinstance(model, nn.Module):
        raise TypeError(f"record reads a torch.nn.Module; a {type(model).__name__} came.")
    modules = model.named_modules(remove_duplicate=False)
    kinds = Recurrent | RecurrentCell
    recordable = {name or model._get_name(): part for name, part in modules if isinstance(part, kinds)}
    if not recordable:
        raise TypeError(
            f"This {model._get_name()} holds no torch.nn.LSTM, LSTMCell, RNN or RNNCell and no CourseLSTM, "
            "so there is nothing to record. A quantized or scripted LSTM can't be: record the model it was made from."
        )
    patterns = ["*"] if only is None else [only] if isinstance(only, str) else list(only)
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in recordable):
            raise ValueError(f"Nothing here is named {pattern!r}; what can be recorded is {', '.join(recordable)}.")
    chosen: dict[str, nn.Module] = {}
    for name, part in recordable.items():  # a module with several names goes by the first that was asked for
        if any(fnmatchcase(name, pattern) for pattern in patterns) and not any(part is one for one in chosen.values()):
            chosen[name] = part
    for name in chosen:
        _refuse_compiled(model, name)
    return chosen


def _refuse_compiled(model: nn.Module, name: str) -> None:
    """Raise TypeError where the module of this name, or one that holds it, is compiled."""
    words = [] if name == model._get_name() else name.split(".")
    if "_orig_mod" in words:
        raise TypeError(
            f"{name} is compiled, and compiled code does not pass by its modules. Record and call the model "
            "that it was made from (its _orig_mod)."
        )
    for count in range(len(words) + 1):
        holder = model.get_submodule(".".join(words[:count]))
        if is_compiled(holder):
            which = ".".join(words[:count]) or "This model"
            raise TypeError(
                f"{which} is compiled in place, and compiled code does not pass by its modules. Record a model on "
                "which compile() was not called."
            )


def _register_hooks(name: str, module: nn.Module, traces: Traces) -> Iterator[Any]:
    """Register the hooks of one module, ours first to see the output; yields their handles."""
    if isinstance(module, RecurrentCell):
        yield module.register_forward_hook(_CellHook(name, traces), with_kwargs=True, prepend=True)
        return
    random_state = _RandomStateHook()
    yield module.register_forward_pre_hook(random_state)
    yield module.register_forward_hook(_SequenceModuleHook(name, traces, random_state), with_kwargs=True, prepend=True)


def _warn_left_out(traces: Traces) -> None:
    for name, reasons in traces.left_out.items():
        for reason, count in reasons.items():
            calls = "one call" if count == 1 else f"{count} calls"
            warnings.warn(f"Not recorded whole: {calls} of {name}. {reason}", RuntimeWarning, stacklevel=4)


class _PickledAsNoOp:
    """A hook that is copied and pickled as a no-op: copies of the model, and files of it, record nothing."""

    #: For `call_path`: it changes nothing of a call.
    only_records = True

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[()]]:
        return _restore_as_no_op, ()


class _RandomStateHook(_PickledAsNoOp):
    """Pre-hook that keeps the CPU's random state just before a call that applies dropout."""

    def __init__(self) -> None:
        self._thread_local = local()

    def __call__(self, module: nn.Module, args: Any) -> None:
        self._thread_local.state = torch.get_rng_state() if _dropout(module) and not _is_off_cpu(module) else None

    @property
    def state(self) -> Tensor | None:
        """The random state before this thread's current call; None where nothing is dropped."""
        return getattr(self._thread_local, "state", None)


class _SequenceModuleHook(_PickledAsNoOp):
    """Forward hook that traces each call of nn.LSTM, nn.RNN or CourseLSTM."""

    def __init__(self, name: str, traces: Traces, random_state: _RandomStateHook) -> None:
        self._name, self._traces, self._random_state = name, traces, random_state

    def __call__(self, module: nn.Module, args: Any, kwargs: Any, result: Any) -> None:
        if not _is_user_call():
            return
        try:
            self._trace_call(module, args, kwargs, result)
        except Exception as error:  # whatever can't be recorded must not end the caller's own run
            self._traces.leave_out(self._name, _reason(module, args, kwargs, error))

    def _trace_call(self, module: nn.Module, args: Any, kwargs: Any, result: Any) -> None:
        call = read_call(module, args, kwargs, result)
        spec = spec_in_dtype(module, call.output.dtype)
        trace = trace_call(spec, call, _dropout(module), self._random_state.state)
        if trace is None:
            self._traces.leave_out(self._name, UNKNOWN_ABOVE)
            trace = trace_call_first_layer(spec, call)
        if has_replaced_forward(module) and not is_within_limit(trace):
            raise ValueError(f"Its output differs from {trace.reference}'s by up to {trace.difference:.1e}.")
        notes = notes_of_call(module, call.state)
        self._traces.add(self._name, replace(trace, notes=notes) if notes else trace)


class _CellHook(_PickledAsNoOp):
    """Forward hook that joins the calls of nn.LSTMCell or nn.RNNCell, one step each, into runs."""

    def __init__(self, name: str, traces: Traces) -> None:
        self._name, self._traces = name, traces
        self._runs, self._lock = CellRuns(), Lock()

    def __call__(self, cell: Any, args: Any, kwargs: Any, result: Any) -> None:
        if not _is_user_call():
            return
        try:
            with self._lock:
                run, begins = self._runs.join(cell, args, kwargs, result)
        except Exception as error:  # whatever can't be recorded must not end the caller's own run
            self._traces.leave_out(self._name, _reason(cell, args, kwargs, error))
        else:
            if begins:
                self._traces.add(self._name, run)


def _reason(module: nn.Module, args: Any, kwargs: Any, error: Exception) -> str:
    """Why a call can't be recorded, for a person."""
    if any(_is_transformed(value) for value in (*args, *kwargs.values(), *module.parameters())):
        return (
            "It was called inside a transformation of torch.func (grad, vmap, jvp), whose tensors hold no numbers that "
            "can be kept. Record a call outside of it."
        )
    if has_replaced_forward(module):
        return (
            "A forward of its own is set on it, which does not compute what torch's does, so its gates are not known. "
            f"({error}) Take it away, del module.forward, and record again."
        )
    return str(error)


def _is_transformed(value: Any) -> bool:
    return isinstance(value, Tensor) and torch._C._functorch.is_functorch_wrapped_tensor(value)


def _dropout(module: nn.Module) -> float:
    """Dropout probability between layers in this call: 0 outside of training."""
    layers, probability = getattr(module, "num_layers", 1), float(getattr(module, "dropout", 0.0))
    return probability if module.training and layers > 1 else 0.0


def _is_off_cpu(module: nn.Module) -> bool:
    """Whether the module's random numbers are drawn on another device than the CPU."""
    return any(value.device.type != "cpu" for value in module.parameters())


def _is_user_call() -> bool:
    """Whether this is a call for its result: not a tracer's or a compiler's look at the module, and not a backward
    pass that runs it again (activation checkpointing).
    """
    traced_or_compiled = torch.jit.is_tracing() or torch.compiler.is_compiling()
    return not traced_or_compiled and torch._C._current_graph_task_id() == -1


def _restore_as_no_op() -> Callable[..., None]:
    return _no_op


def _no_op(*call: Any) -> None:
    """A hook that leaves everything as it is."""


_no_op.only_records = True  # type: ignore[attr-defined]
