"""ONNX's LSTMs compute here what onnxruntime computes: h of every step, and the last h and c."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import lstm_viz
from tests.checkpoints.onnx.onnx_models import LENGTHS, WAYS, B, C, H, Made, R, W, X, computed, opened

#: Rounding alone.
CLOSE = 2e-6


def traced(model, x, state=None, lengths=None, name=None):
    """Y, Y_h and Y_c as ONNX shapes them, of the module that is found in a model."""
    opening = opened(model)
    name = name or next(iter(opening.models))
    found, module = opening.found[name], opening.models[name]
    state = state or found.start
    if state is not None and module.bidirectional and len(state[0]) == 1:
        state = [np.concatenate([np.zeros_like(part), part]) for part in state]
    run = lstm_viz.trace(module, x, state, lengths=found.lengths or lengths, device="cpu")
    ways = len(found.form.ends)
    y = run.output.reshape(*run.output.shape[:2], 1 + module.bidirectional, -1).swapaxes(1, 2)
    return y[:, -ways:], run.final_state[0][-ways:], run.final_state[1][-ways:]


def far(ours, theirs) -> float:
    return max(float(np.abs(mine - other).max()) for mine, other in zip(ours, theirs, strict=True))


makes = st.builds(
    Made, st.integers(1, 9), st.integers(1, 12), st.sampled_from(sorted(WAYS)), st.booleans(), st.integers(0, 99)
)


@settings(max_examples=60)
@given(makes, st.integers(1, 9), st.integers(1, 4), st.data())
def test_any_lstm_node_gives_what_onnxruntime_gives(made, time, batch, data):
    x, shape = made.sequences(time, batch), (WAYS[made.direction], batch, made.hidden)
    random = np.random.default_rng(made.seed)
    extra = {}
    if data.draw(st.booleans(), "a start"):
        extra |= {H: random.normal(size=shape).astype("f"), C: random.normal(size=shape).astype("f")}
    if data.draw(st.booleans(), "lengths"):
        extra[LENGTHS] = random.integers(1, time + 1, batch).astype(np.int32)
    given_here = [X, W, R, B, *(name if name in extra else "" for name in (LENGTHS, H, C))]
    model = made.model(extra, given_here)
    theirs = computed(model, {X: x})
    assert far(traced(model, x), [theirs["Y"], theirs["Y_h"], theirs["Y_c"]]) < CLOSE
