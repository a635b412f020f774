"""What a module is said to answer, against what torch itself answers."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import lstm_viz
from lstm_viz.lessons.call_outcome import ELLIPSIS, CallInputs, CallOutcome, call_outcome, expected_states
from lstm_viz.lessons.tensor_shapes import Spec, inputs_and_outputs
from tests.support.random_specs import module_of, run, specs

ANY = st.lists(st.integers(0, 4), max_size=4).map(tuple)


def handed_over(draw, spec: Spec) -> CallInputs:
    """Shapes that are right, nearly right, or anything."""
    right = {row.name: row.shape for row in inputs_and_outputs(spec)}
    x = draw(st.one_of(st.permutations(right["x"]).map(tuple), st.just(right["x"][1:]), ANY))
    if not draw(st.booleans()):
        return CallInputs(x)
    fitting = expected_states(spec, x) if len(x) in (2, 3) else (right["h_0"], right["c_0"])
    h, c = (draw(st.one_of(st.just(part), st.permutations(part).map(tuple), ANY)) for part in fitting)
    if draw(st.booleans()):
        return CallInputs(x, h, c)
    return CallInputs(x, draw(st.sampled_from([h, (2, *h)])), pair=False)


def really(spec: Spec, handed: CallInputs) -> CallOutcome:
    x = torch.zeros(handed.x)
    state = None
    if handed.h is not None:
        state = (torch.zeros(handed.h), torch.zeros(handed.c)) if handed.pair else torch.zeros(handed.h)
    try:
        output, (h_n, c_n) = _ran(spec, x, state)
    except Exception as refusal:
        return CallOutcome(None, f"{type(refusal).__name__}: {refusal}")
    return CallOutcome((tuple(output.shape), tuple(h_n.shape), tuple(c_n.shape)), None)


def _ran(spec: Spec, x: torch.Tensor, state: object) -> tuple:
    if spec.cell == "course":
        trace = lstm_viz.trace(module_of(spec), x, state, check=False)
        unbatched = x.dim() == 2
        swapped = spec.batch_first and not unbatched
        output = trace.output.swapaxes(0, 1) if swapped else trace.output[:, 0] if unbatched else trace.output
        return output, trace.final_state
    return run(module_of(spec), x, state)


def assert_same(said: CallOutcome, real: CallOutcome):
    if said.error and said.error.endswith(ELLIPSIS):
        assert real.error and real.error.startswith(said.error.removesuffix(ELLIPSIS))
    else:
        assert said == real


@settings(max_examples=500)
@given(st.data())
def test_torch_returns_these_shapes_or_says_these_words(data):
    spec = data.draw(specs(cells=("standard",), most=4))
    handed = handed_over(data.draw, spec)
    assert_same(call_outcome(spec, handed), really(spec, handed))


@settings(max_examples=100)
@given(st.data())
def test_the_course_s_cell_returns_these_shapes_or_trace_says_these_words(data):
    spec = data.draw(specs(cells=("course",), most=4))
    handed = handed_over(data.draw, spec)
    assert_same(call_outcome(spec, handed), really(spec, handed))
