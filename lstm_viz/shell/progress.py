"""What is being done, on stderr, where a person sits in front of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any


class Phase:
    """A part of the work: how long it took, and how far it has come where that is known."""

    def __init__(self, tell: Callable[[int, int | None], Any] | None = None) -> None:
        self._tell, self._started, self.seconds = tell, time.perf_counter(), 0.0

    def reach(self, done: int, total: int | None) -> None:
        """Say how far it has come."""
        if self._tell is not None:
            self._tell(done, total)

    def end(self) -> None:
        """It is done."""
        self.seconds = time.perf_counter() - self._started


Phases = Callable[[str], AbstractContextManager[Phase]]


@contextmanager
def phases() -> Iterator[Phases]:
    """Gives `phase(what)`: a part of the work, shown while it goes on. Nothing is shown but on a terminal."""
    if not sys.stderr.isatty():
        yield _silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    from lstm_viz.shell.printing import printable

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(24),
        TaskProgressColumn("{task.percentage:>3.0f} %", text_format_no_percentage=""),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:

        @contextmanager
        def shown(what: str) -> Iterator[Phase]:
            task = bar.add_task(printable(what), total=None)
            phase = Phase(lambda done, total: bar.update(task, completed=done, total=total))
            yield phase
            phase.end()
            bar.update(task, total=1, completed=1)

        yield shown


@contextmanager
def _silent(what: str) -> Iterator[Phase]:
    phase = Phase()
    yield phase
    phase.end()
