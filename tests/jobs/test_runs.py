"""A run that a worker process makes in chunks is the run that this process makes, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lstm_viz.analysis.slicing import concatenate
from lstm_viz.cells.file_lstm import FileLSTM, Origin
from lstm_viz.jobs import JobQueue
from lstm_viz.recording.chunks import trace_chunks
from lstm_viz.ui.explore.uploaded_model_run import TRACE_FUNCTION
from tests.support.trace_equality import assert_same

STEPS, ROWS = 50, 3


def model(**sizes: int | bool) -> FileLSTM:
    torch.manual_seed(3)
    units = (sizes.get("num_layers", 1) * (1 + sizes.get("bidirectional", False)), ROWS, 4)
    start = tuple(np.full(units, value, np.float32) for value in (0.2, -0.3))
    return FileLSTM(2, 4, **sizes, origin=Origin("encoder", notes=("It was said.",), initial_state=start))


CASES = {
    "in chunks": (model(num_layers=2), None, 16),
    "of other lengths, at once": (model(), np.array([STEPS, 7, 30]), STEPS),
    "both ways, at once": (model(bidirectional=True), None, STEPS),
}


@pytest.mark.parametrize("case", CASES)
def test_a_workers_run_is_this_processs_run(case):
    module, lengths, steps = CASES[case]
    x = np.random.default_rng(0).normal(size=(STEPS, ROWS, 2)).astype(np.float32)
    run = {"module": module, "x": x, "lengths": lengths, "steps": steps}
    queue = JobQueue(1)
    with queue.submit("ann", TRACE_FUNCTION, **run) as job:
        there = [part for part in job.results() if part is not None]
    queue.close()
    here = list(trace_chunks(**run))
    assert len(there) == len(here) == -(-STEPS // steps)
    for found, expected in zip(there, here, strict=True):
        assert_same(found, expected)
    if len(here) > 1:
        assert_same(concatenate(there), concatenate(here))
