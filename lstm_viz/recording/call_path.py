"""What a call of a module passes besides torch's own forward: hooks, a replaced forward, compiled code, weights that a
hook computes anew."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any

import torch
import torch.nn.modules.module as torch_module
from torch import Tensor, nn
from torch.nn.utils.prune import BasePruningMethod
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

#: Methods of every module through which a call reaches its forward.
CALL_METHODS = ("__call__", "_call_impl")
#: Pre-hooks of torch's that compute a weight from its parts before each call, and change nothing else.
WEIGHT_HOOKS = (WeightNorm, SpectralNorm, BasePruningMethod)


def check_plain_call(module: nn.Module) -> None:
    """Raise TypeError where a call of the module does more than its forward: `trace` would pass by it.

    >>> lstm = nn.LSTM(3, 4)
    >>> handle = lstm.register_forward_pre_hook(lambda module, args: (2 * args[0],))
    >>> check_plain_call(lstm)
    Traceback (most recent call last):
    TypeError: This LSTM has a forward pre-hook, <lambda>, which trace would pass by. Record its own call: \
with lstm_viz.record(lstm) as traces: lstm(x).
    """
    found = next(_detours(module), None)
    if found is not None:
        name = type(module).__name__
        raise TypeError(
            f"This {name} has {found}, which trace would pass by. "
            "Record its own call: with lstm_viz.record(lstm) as traces: lstm(x)."
        )


def is_compiled(module: nn.Module) -> bool:
    """Whether the module was compiled in place, by `module.compile()`: its calls pass by its hooks."""
    return getattr(module, "_compiled_call_impl", None) is not None


def has_replaced_forward(module: nn.Module) -> bool:
    """Whether a forward was set on the module itself, over its class's."""
    return "forward" in vars(module)


def weights_of_next_call(module: nn.Module, names: Iterable[str]) -> dict[str, Tensor]:
    """The weights of these names that the module's next call in evaluation uses. It stays as it is: reading a
    parametrised weight in training would change it, as spectral_norm's buffers are changed at each look.
    """
    parts: Any = getattr(module, "parametrizations", {})
    computed = _hooked_weights(module) if module._forward_pre_hooks else {}
    return {
        name: computed[name]
        if name in computed
        else _in_evaluation(parts[name])
        if name in parts
        else getattr(module, name)
        for name in names
    }


def weights_of_last_call(module: nn.Module, names: Iterable[str]) -> dict[str, Tensor]:
    """The weights of these names that the module's last call used; parametrised ones where the call kept them."""
    if not hasattr(module, "parametrizations"):
        return {name: getattr(module, name) for name in names}
    if not isinstance(module, nn.RNNBase):
        return weights_of_next_call(module, names)
    flat: dict[str, Any] = dict(zip(module._flat_weights_names, module._flat_weights, strict=True))
    return {name: flat[name] for name in names}


def _in_evaluation(parametrization: nn.Module) -> Tensor:
    """A parametrised weight as evaluation has it, worked out on a copy where the module is in training."""
    with torch.no_grad():
        if any(part.training for part in parametrization.modules()):
            parametrization = copy.deepcopy(parametrization).eval()
        return parametrization()


def _hooked_weights(module: nn.Module) -> dict[str, Tensor]:
    """Weights that a pre-hook of torch's would compute before the next call, by name, as in evaluation."""
    found: dict[str, Tensor] = {}
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, WeightNorm):
            found[hook.name] = hook.compute_weight(module)
        elif isinstance(hook, SpectralNorm):
            found[hook.name] = hook.compute_weight(module, do_power_iteration=False)
        elif isinstance(hook, BasePruningMethod):
            found[hook._tensor_name] = hook.apply_mask(module)
    return found


def _detours(module: nn.Module) -> Iterator[str]:
    """What a call passes besides the class's forward, in words."""
    if has_replaced_forward(module):
        yield "a forward of its own, set on the module"
    for name in CALL_METHODS:
        if getattr(type(module), name, None) is not getattr(nn.Module, name):
            yield f"a {name} of its own"
    if is_compiled(module):
        yield "been compiled in place (compile())"
    for hooks, what in (
        (module._forward_pre_hooks, "a forward pre-hook"),
        (module._forward_hooks, "a forward hook"),
        (torch_module._global_forward_pre_hooks, "a global forward pre-hook (of every module)"),
        (torch_module._global_forward_hooks, "a global forward hook (of every module)"),
    ):
        for hook in hooks.values():
            if not isinstance(hook, WEIGHT_HOOKS) and not getattr(hook, "only_records", False):
                yield f"{what}, {_name(hook)}"


def _name(hook: Any) -> str:
    return getattr(hook, "__name__", type(hook).__name__)
