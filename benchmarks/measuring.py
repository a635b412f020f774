"""Every way at one size, as rows of the table."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.apart import Apart
from benchmarks.exactness import Exact, exact, gap, recorded_bytes
from benchmarks.machine import together
from benchmarks.memory import gpu_peak_bytes, peak_bytes
from benchmarks.peers import Missing, Run
from benchmarks.predictions import predicted
from benchmarks.sizes import Size
from benchmarks.tables import Row
from benchmarks.timing import pace
from benchmarks.ways import COURSE, OURS, against, goal, ways

#: Bytes below which the pages that any call touches hide what a recording takes.
WORTH_WEIGHING = 5e6


def measured(size: Size, seconds: float, apart: Apart) -> Iterator[Row]:
    """One row a way; one that can't run here, or fails, says so in its note."""
    case, found = size.case(), ways(size)
    wanted = exact(size, case)
    for name, way in found.items():
        try:
            run, own = way(case), found[against(name)](case)
            yield _row(size, name, run, own, seconds, wanted, apart)
        except Missing as error:
            yield Row(str(size), name, note=str(error))
        except Exception as error:  # a peer that fails here is a line of the table, not its end
            if name in OURS:
                raise
            yield Row(str(size), name, note=f"failed: {type(error).__name__}: {str(error)[:60]}")


def _row(size: Size, name: str, run: Run, own: Run, seconds: float, wanted: Exact, apart: Apart) -> Row:
    meeting = together()
    found = pace(own, run, seconds)
    return Row(
        str(size),
        name,
        found.ratio,
        found.low,
        found.high,
        found.work,
        apart.get((str(size), name)),
        meeting,
        predicted(size, name),
        goal(size, name),
        found.milliseconds,
        _peak(run, size.device) if name in OURS else None,
        None if name == COURSE else gap(run(), wanted),
    )


def _peak(run: Run, device: str) -> float | None:
    recorded, peak = recorded_bytes(run()), peak_bytes if device == "cpu" else gpu_peak_bytes
    return peak(run) / recorded if recorded > WORTH_WEIGHING else None
