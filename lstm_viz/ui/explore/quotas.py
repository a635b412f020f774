"""Quotas: what a session, and all together, may hold in memory, keep and ask for, set by environment variables."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import psutil
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from lstm_viz.files.sizes import MEGABYTE, size_in_words
from lstm_viz.jobs import Job, JobQueue
from lstm_viz.sequences.formatting import plural
from lstm_viz.traces import Trace
from lstm_viz.ui.session import session

#: Share of the machine's memory that all sessions may hold together.
TOTAL_SHARE = 0.6


class QuotaReached(ValueError):
    """What would hold more than a session, or all together, may; with a sentence for the person."""


class Quotas(NamedTuple):
    """What a server allows; sizes in bytes. The names of the settings stand in the sentences that a person reads."""

    #: LSTM_VIZ_SESSION_MB and LSTM_VIZ_TOTAL_MB.
    session_bytes: int
    total_bytes: int
    #: LSTM_VIZ_FILES and LSTM_VIZ_RUNS: dropped files and fitted models that a session keeps; the oldest go.
    files: int
    runs: int
    #: LSTM_VIZ_WORKERS, LSTM_VIZ_JOBS and LSTM_VIZ_JOBS_PER_SESSION.
    workers: int
    jobs: int
    jobs_per_session: int


@cache
def quotas() -> Quotas:
    """The settings of this server. Raises ValueError where one of them is no number from 1 up."""
    total = int(TOTAL_SHARE * _memory() / MEGABYTE)
    return Quotas(
        session_bytes=MEGABYTE * _setting("LSTM_VIZ_SESSION_MB", max(1, total // 2)),
        total_bytes=MEGABYTE * _setting("LSTM_VIZ_TOTAL_MB", total),
        files=_setting("LSTM_VIZ_FILES", 8),
        runs=_setting("LSTM_VIZ_RUNS", 4),
        workers=_setting("LSTM_VIZ_WORKERS", max(1, _cores() - 1)),
        jobs=_setting("LSTM_VIZ_JOBS", 200),
        jobs_per_session=_setting("LSTM_VIZ_JOBS_PER_SESSION", 2),
    )


def _setting(name: str, usual: int) -> int:
    text = os.environ.get(name, "")
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text)):
        raise ValueError(f"The setting {name} is a whole number from 1 up; it is {text!r}.")
    return int(text)


def _memory() -> int:
    """The machine's memory in bytes, or what a container (cgroup 2) may take of it."""
    machine = psutil.virtual_memory().total
    with contextlib.suppress(OSError, ValueError):  # no such file; "max" is no number
        return min(machine, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return machine


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def job_queue() -> JobQueue:
    """The queue of all sessions' heavy work."""
    allowed = quotas()
    return JobQueue(allowed.workers, per_owner=allowed.jobs_per_session, in_all=allowed.jobs)


def waiting_text(job: Job) -> str:
    """What a person reads while their job has not begun: their place in the queue."""
    if job.state != "waiting":
        return "Getting ready …"
    before = job.place
    return f"Waiting: {before} before you." if before else "Waiting: you are next."


def end_jobs() -> None:
    """Cancels all jobs and ends their processes, as the server ends."""
    if job_queue.cache_info().currsize:
        job_queue().close()


def session_id() -> str:
    """What tells the running script's session from others; "" where there is none."""
    context = get_script_run_ctx(suppress_warning=True)
    return "" if context is None else context.session_id


def oldest_gone(what: Literal["file", "fitted model"], gone: Sequence[str]) -> str:
    """What a person reads where the oldest of what a session keeps had to go; "" where nothing had to.

    >>> oldest_gone("file", ["a.csv", "b.csv"])
    'A session keeps 8 files (LSTM_VIZ_FILES), so the oldest were let go: “a.csv”, “b.csv”. Drop them here again \
when you need them.'
    """
    if not gone:
        return ""
    allowed, was, them = quotas(), "was" if len(gone) == 1 else "were", "it" if len(gone) == 1 else "them"
    kept, setting, way = {
        "file": (allowed.files, "LSTM_VIZ_FILES", f"Drop {them} here again"),
        "fitted model": (allowed.runs, "LSTM_VIZ_RUNS", f"Fit {them} again"),
    }[what]
    names = ", ".join(f"“{name}”" for name in gone)
    rule = f"A session keeps {plural(kept, what)} ({setting}), so the oldest {was} let go"
    return f"{rule}: {names}. {way} when you need {them}."


class Held:
    """The bytes that each session holds."""

    def __init__(self) -> None:
        self._bytes: dict[str, int] = {}
        self._lock = threading.Lock()

    def note(self, owner: str, count: int) -> None:
        """Takes down what a session holds now."""
        with self._lock:
            self._bytes[owner] = count

    def forget(self, owner: str) -> None:
        """A session has ended."""
        with self._lock:
            self._bytes.pop(owner, None)

    def of_others(self, owner: str) -> int:
        """What all other sessions hold."""
        with self._lock:
            return sum(count for other, count in self._bytes.items() if other != owner)


HELD = Held()


@st.cache_resource(scope="session", show_spinner=False, on_release=HELD.forget)
def _end_of_session(owner: str) -> str:
    """Streamlit lets go of it when the session ends."""
    return owner


def note_held() -> None:
    """Takes down what the running script's session holds now, until it ends."""
    HELD.note(_end_of_session(session_id()), held_bytes())


def refuse_if_over(added: int, what: str) -> None:
    """Raises QuotaReached where a session, or all together, would hold too much with so many bytes more.

    what: the thing that needs them, as it begins a sentence.
    """
    allowed, own = quotas(), held_bytes()
    if own + added > allowed.session_bytes:
        raise QuotaReached(
            f"{what} needs {size_in_words(added)}. Your session holds {size_in_words(own)} already, and may hold "
            f"{size_in_words(allowed.session_bytes)} (LSTM_VIZ_SESSION_MB). Reload the page to begin with nothing held."
        )
    others = HELD.of_others(session_id())
    if others + own + added > allowed.total_bytes:
        held = size_in_words(others + own)
        raise QuotaReached(
            f"{what} needs {size_in_words(added)}. All people on this server hold {held} already, of "
            f"{size_in_words(allowed.total_bytes)} (LSTM_VIZ_TOTAL_MB). Try again when some of them have left."
        )


def held_bytes() -> int:
    """What the running script's session holds: the files that were dropped, and the runs that were made."""
    files = sum(file.size for file in session.dropped.values())
    files += session.model_files.size if session.model_files else 0
    arrays = {id(array): array.nbytes for trace in _traces() for array in trace_arrays(trace)}
    return files + sum(arrays.values())


def _traces() -> Iterator[Trace]:
    yield from (run.trace for run in (session.fitted_runs or {}).values())
    if (made := session.uploaded_model_run.latest) is not None:
        yield made[0]
    if (saved := session.saved_run.latest) is not None and not isinstance(saved, str):
        yield saved.run.trace
    if session.shown_run is not None:
        yield session.shown_run.run.trace
    if session.kept_comparison_run is not None:
        yield session.kept_comparison_run.trace
    if (swapped := session.swapped_cell.latest) is not None:
        yield swapped


def trace_arrays(trace: Trace) -> Iterator[np.ndarray]:
    """The arrays of a trace's layers, those that are worked out on demand where they have been."""
    for layer in trace.layers:
        found = [*vars(layer).values(), *layer.preactivations.values()]
        yield from (value for value in found if isinstance(value, np.ndarray))
