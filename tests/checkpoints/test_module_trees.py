"""Random trees of recurrent modules in one file: each LSTM that opens computes what torch's module does, and whatever
does not open is named as left out."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save as save_safetensors
from torch import Tensor, nn
from torch.nn.utils import parametrizations, prune

import lstm_viz
from lstm_viz.checkpoints import CheckpointError
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.load import Checkpoint
from lstm_viz.checkpoints.readers import read
from lstm_viz.checkpoints.state_dict import WRAPPER_WORDS

FEATURES, HIDDEN = 3, 5


class Made(NamedTuple):
    """A module, the tensors of its state_dict without their path, and whether an LSTM of it should open."""

    module: nn.Module
    state: dict[str, Tensor]
    opens: bool


def made(module: nn.Module, opens: bool = True) -> Made:
    return Made(module, {name: part.clone() for name, part in module.state_dict().items()}, opens)


def plain(options: dict[str, object]) -> Made:
    return made(nn.LSTM(FEATURES, HIDDEN, **options))


def changed(change: Callable[[nn.LSTM], object]) -> Callable[[dict[str, object]], Made]:
    def make(options: dict[str, object]) -> Made:
        lstm = nn.LSTM(FEATURES, HIDDEN, **options)
        with warnings.catch_warnings(action="ignore"):  # older forms of torch's are in people's files all the same
            change(lstm)
            lstm.train()(torch.randn(2, 1, FEATURES))
        return made(lstm.eval())

    return make


def weight_dropped(options: dict[str, object]) -> Made:
    lstm = nn.LSTM(FEATURES, HIDDEN, **options)
    state = {f"module.{name}": part.clone() for name, part in lstm.state_dict().items()}
    state["weight_hh_l0_raw"] = state["module.weight_hh_l0"]
    state["module.weight_hh_l0"] = nn.functional.dropout(state["weight_hh_l0_raw"], 0.5)
    return Made(lstm, state, opens=True)


def with_head(options: dict[str, object]) -> Made:
    lstm, head = nn.LSTM(FEATURES, HIDDEN, **options), nn.Linear(HIDDEN * (1 + bool(options.get("bidirectional"))), 2)
    named = {f"fc.{name}": part for name, part in head.state_dict().items()}
    return Made(lstm, lstm.state_dict() | named, opens=not options.get("proj_size"))


def with_a_norm_inside(options: dict[str, object]) -> Made:
    state = nn.LSTM(FEATURES, HIDDEN, **options).state_dict()
    return Made(nn.Identity(), state | {"norm.weight": torch.ones(HIDDEN)}, opens=False)


def with_peepholes(options: dict[str, object]) -> Made:
    state = nn.LSTMCell(FEATURES, HIDDEN).state_dict()
    return Made(nn.Identity(), state | {"weight_ch": torch.ones(3 * HIDDEN)}, opens=False)


def orthogonal(options: dict[str, object]) -> Made:
    return Made(
        nn.Identity(),
        parametrizations.orthogonal(nn.LSTM(FEATURES, HIDDEN), "weight_hh_l0").state_dict(),
        opens=False,
    )


KINDS: dict[str, Callable[[dict[str, object]], Made]] = {
    "plain": plain,
    "cell": lambda options: made(nn.LSTMCell(FEATURES, HIDDEN, bias=bool(options.get("bias", True)))),
    "weight_norm": changed(lambda lstm: parametrizations.weight_norm(lstm, "weight_hh_l0")),
    "weight_norm, old": changed(lambda lstm: nn.utils.weight_norm(lstm, "weight_ih_l0")),
    "spectral_norm": changed(lambda lstm: parametrizations.spectral_norm(lstm, "weight_hh_l0")),
    "spectral_norm, old": changed(lambda lstm: nn.utils.spectral_norm(lstm, "weight_ih_l0")),
    "pruned": changed(lambda lstm: prune.random_unstructured(lstm, "weight_hh_l0", 0.5)),
    "weight drop": weight_dropped,
    "with a head": with_head,
    "with a norm inside": with_a_norm_inside,
    "with peepholes": with_peepholes,
    "orthogonal": orthogonal,
    "GRU": lambda options: made(nn.GRU(FEATURES, HIDDEN), opens=False),
    "RNN": lambda options: made(nn.RNN(FEATURES, HIDDEN), opens=False),
}
WORDS = st.sampled_from(["encoder", "lstm", "rnn", "0", "module", "_orig_mod"])


@st.composite
def trees(draw: st.DrawFn) -> dict[str, Made]:
    """Modules by their paths in a model, none inside another but for one at the top."""
    paths = draw(st.lists(st.lists(WORDS, min_size=1, max_size=3).map(".".join), min_size=1, max_size=4, unique=True))
    paths = [path for path in paths if not any(path != other and path.startswith(f"{other}.") for other in paths)]
    paths += [""] if draw(st.booleans()) and not any(path.split(".")[0] == "module" for path in paths) else []
    torch.manual_seed(draw(st.integers(0, 99)))
    found = {}
    for path in paths:
        kind = draw(st.sampled_from(list(KINDS) if path else ["plain", "weight_norm", "pruned"]))
        options: dict[str, object] = {"num_layers": draw(st.integers(1, 2)), "bias": draw(st.booleans())}
        options |= {"bidirectional": True} if draw(st.booleans()) else {}
        options |= {"proj_size": 2} if kind in ("plain", "with a head") and draw(st.booleans()) else {}
        found[path] = KINDS[kind](options)
    return found


def short(path: str) -> str:
    return ".".join(word for word in path.split(".") if word not in WRAPPER_WORDS)


def output(module: nn.Module, x: Tensor) -> np.ndarray:
    with torch.no_grad():
        if not isinstance(module, nn.LSTMCell):
            return module(x)[0].numpy()
        states, state = [], None
        for event in x:
            state = module(event, state)
            states.append(state[0])
        return torch.stack(states).numpy()


@settings(max_examples=100, deadline=None)
@given(trees(), st.sampled_from(["pt", "safetensors"]))
def test_each_opens_as_it_is_or_is_named(tree: dict[str, Made], kind: str) -> None:
    state = {f"{path}.{name}" if path else name: part for path, one in tree.items() for name, part in one.state.items()}
    file = io.BytesIO()
    torch.save(state, file)
    data = file.getvalue() if kind == "pt" else save_safetensors({n: p.clone().contiguous() for n, p in state.items()})
    expected = {path: one for path, one in tree.items() if one.opens}
    try:
        checkpoint = Checkpoint(read(data, f"model.{kind}", CheckpointLimits()))
    except CheckpointError as refusal:
        assert not expected
        assert any(f"“{name}" in str(refusal) for path in tree for name in (short(path) or "lstm", path, "(top level)"))
        return
    x = torch.randn(4, 2, FEATURES)
    matched = set()
    for path, one in expected.items():
        wanted, far = output(one.module, x), {}
        for name in (path, f"{path}.module", short(path), "(top level)", "lstm"):
            run = lstm_viz.trace(checkpoint.models[name], x) if name in checkpoint.models else None
            if run is not None and run.output.shape == wanted.shape:
                far[name] = np.abs(run.output - wanted).max()
        assert far and min(far.values()) < 1e-6, (path, far)
        matched.add(min(far, key=lambda name: far[name]))
    assert matched == set(checkpoint.models), "each of its own name, and no other"
    notes = " ".join(checkpoint.notes)
    for path in tree.keys() - expected.keys():
        assert f"“{path}”" in notes or f"“{short(path) or 'lstm'}”" in notes or "“(top level)”" in notes
