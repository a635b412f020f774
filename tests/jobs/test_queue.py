"""The queue of jobs: owners take turns, what is left is cancelled, and a process that dies is no hang."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psutil
import pytest

from lstm_viz.jobs import Job, JobError, JobQueue

STEPS = "tests.jobs.steps:"


@pytest.fixture(scope="module")
def queue() -> Iterator[JobQueue]:
    queue = JobQueue(1, per_owner=3, in_all=8)
    yield queue
    queue.close()


def results(job: Job) -> list:
    return [value for value in job.results() if value is not None]


def wait_for(job: Job, state: str) -> None:
    end = time.monotonic() + 30
    while job.state != state and time.monotonic() < end:
        time.sleep(0.01)
    assert job.state == state


def test_it_gives_what_the_generator_yields(queue):
    assert results(queue.submit("ann", f"{STEPS}count", to=3)) == [0, 1, 2]


def test_a_worker_gives_way_to_the_server(queue):
    assert results(queue.submit("ann", f"{STEPS}niceness"))[0] >= 10


def test_a_refusal_is_the_generators_own(queue):
    job = queue.submit("ann", f"{STEPS}refuse")
    with pytest.raises(ValueError, match=r"It can't be done\."):
        results(job)


def test_owners_take_turns(queue, tmp_path):
    file = str(tmp_path / "log")
    first = queue.submit("ann", f"{STEPS}count", to=4, seconds=0.05)
    wait_for(first, "running")
    jobs = [queue.submit("ann", f"{STEPS}note", file=file, word=f"ann {k}") for k in range(2)]
    jobs += [queue.submit("bob", f"{STEPS}note", file=file, word=f"bob {k}") for k in range(2)]
    jobs += [queue.submit("eve", f"{STEPS}note", file=file, word="eve 0")]
    assert [job.place for job in jobs] == [0, 3, 1, 4, 2]
    for job in jobs:
        results(job)
    words = (tmp_path / "log").read_text().split("\n")[:-1]
    assert words == ["ann 0", "bob 0", "eve 0", "ann 1", "bob 1"]


def test_a_session_and_all_together_have_so_many(queue):
    running = [queue.submit("ann", f"{STEPS}count", to=100, seconds=0.1) for _ in range(3)]
    with pytest.raises(JobError, match="LSTM_VIZ_JOBS_PER_SESSION"):
        queue.submit("ann", f"{STEPS}own_pid")
    running += [queue.submit(f"pupil {k}", f"{STEPS}own_pid") for k in range(5)]
    with pytest.raises(JobError, match=r"\(LSTM_VIZ_JOBS\)"):
        queue.submit("bob", f"{STEPS}own_pid")
    for job in running:
        job.cancel()


def test_a_cancelled_jobs_process_ends_at_once(queue):
    with queue.submit("ann", f"{STEPS}count", to=1000, seconds=0.1) as job:
        next(value for value in job.results() if value is not None)
        pid = job.worker.pid
    end = time.monotonic() + 30
    while psutil.pid_exists(pid) and time.monotonic() < end:
        time.sleep(0.01)
    assert not psutil.pid_exists(pid)
    assert results(queue.submit("ann", f"{STEPS}count", to=2)) == [0, 1]


def test_what_waits_is_cancelled_without_a_process(queue):
    with queue.submit("ann", f"{STEPS}count", to=1000, seconds=0.1), queue.submit("bob", f"{STEPS}own_pid") as waiting:
        assert waiting.state == "waiting"
    assert waiting.state == "cancelled" and results(waiting) == []


def test_a_process_that_dies_is_tried_once_more(queue, tmp_path):
    job = queue.submit("ann", f"{STEPS}die", file=str(tmp_path / "times"), times=1)
    assert results(job)[-1] == "done"


def test_a_process_that_dies_again_is_a_sentence(queue, tmp_path):
    job = queue.submit("ann", f"{STEPS}die", file=str(tmp_path / "times"), times=9)
    with pytest.raises(JobError, match="ended twice"):
        results(job)
    assert results(queue.submit("ann", f"{STEPS}count", to=1)) == [0]


def test_an_idle_process_gives_its_memory_back():
    queue = JobQueue(1, idle_seconds=0.2)
    pid = results(queue.submit("ann", f"{STEPS}own_pid"))[0]
    end = time.monotonic() + 30
    while psutil.pid_exists(pid) and time.monotonic() < end:
        time.sleep(0.01)
    assert not psutil.pid_exists(pid)
    assert results(queue.submit("ann", f"{STEPS}own_pid"))[0] != pid
    queue.close()
