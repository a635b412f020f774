"""A fit in a worker process gives what a fit in this one gives, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_viz.fitting import fit
from lstm_viz.jobs import JobQueue
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.findings import Finding
from lstm_viz.ui.explore.fit import FIT_FUNCTION


@pytest.mark.parametrize("variant", ["standard", "course"])
def test_a_workers_fit_is_this_processs_fit(variant):
    steps = np.sin(np.arange(200.0) / 4)[:, None, None]
    batch = SequenceBatch(
        steps,
        ("wave",),
        np.array([200]),
        ("one",),
        np.zeros(1),
        np.ones(1),
        step_labels=np.arange(200).astype(str)[:, None],
        notes=(Finding("2 gaps were filled.", "2 gaps"),),
    )
    arguments = {"batch": batch, "hidden": 4, "updates": 40, "variant": variant}
    queue = JobQueue(1)
    with queue.submit("ann", FIT_FUNCTION, **arguments) as job:
        reports = [report for report in job.results() if report is not None]
    queue.close()
    *_, here = fit(**arguments)
    there = reports[-1]
    assert (there.step, there.loss, there.validation_loss) == (here.step, here.loss, here.validation_loss)
    assert there.model.score == here.model.score
    pairs = (
        (there.model.module.state_dict(), here.model.module.state_dict()),
        (there.model.head.state_dict(), here.model.head.state_dict()),
    )
    for found, expected in pairs:
        assert all(np.array_equal(found[name].numpy(), expected[name].numpy()) for name in expected)
