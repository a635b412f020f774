"""ONNX's own conformance cases of the LSTM operator: their inputs and what they should give."""

from __future__ import annotations

from importlib import import_module

import pytest
from onnx import numpy_helper
from onnx.backend.test.case import node

from lstm_viz.checkpoints import CheckpointError
from tests.checkpoints.readers.onnx.onnx_models import opened
from tests.checkpoints.readers.onnx.tracing import CLOSE, far, traced

# Making the cases of all operators, as `collect_testcases` does, takes 14 s; making these leaves them in its list.
import_module("onnx.backend.test.case.node.lstm")
CASES = {case.name: case for case in node._NodeTestCases if "_lstm_" in case.name}


def stored(case):
    """A case's model with its weights kept in it, and the sequence and the answers."""
    ((given, answers),) = case.data_sets
    for name, array in list(zip((value.name for value in case.model.graph.input), given, strict=True))[1:]:
        case.model.graph.initializer.append(numpy_helper.from_array(array, name))
    return case.model, given[0], answers


def test_all_cases_are_here():
    assert len(CASES) >= 6


@pytest.mark.parametrize("name", [name for name in CASES if "peepholes" not in name])
def test_a_case_gives_what_it_should(name):
    model, x, answers = stored(CASES[name])
    opening = opened(model)
    first = opening.contents.lstms[0].batch_first
    y, h, c = traced(opening, x.swapaxes(0, 1) if first else x)
    ours = dict(zip(("Y", "Y_h", "Y_c"), (y, h, c), strict=True))
    for output, answer in zip([output.name for output in model.graph.output], answers, strict=True):
        mine = ours[output]
        if first:
            mine = mine.transpose(2, 0, 1, 3) if mine.ndim == 4 else mine.swapaxes(0, 1)
        assert far([mine], [answer]) < CLOSE


def test_the_case_with_peepholes_is_refused_by_name():
    (name,) = (name for name in CASES if "peepholes" in name)
    with pytest.raises(CheckpointError, match="has peepholes"):
        opened(stored(CASES[name])[0])
