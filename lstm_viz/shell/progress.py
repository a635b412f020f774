"""What is being done, on stderr, where a person sits in front of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from lstm_viz.shell.printing import printable

Phase = Callable[[str], AbstractContextManager[Callable[[], float]]]


@contextmanager
def phases() -> Iterator[Phase]:
    """Gives `phase(what)`: a part of the work, shown while it goes on.

    What a phase gives says how many seconds it took. Nothing is shown but on a terminal.
    """
    if not sys.stderr.isatty():
        yield _timed
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(24), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:

        @contextmanager
        def shown(what: str) -> Iterator[Callable[[], float]]:
            task = bar.add_task(printable(what), total=None)
            with _timed(what) as spent:
                yield spent
            bar.update(task, total=1, completed=1)

        yield shown


@contextmanager
def _timed(what: str) -> Iterator[Callable[[], float]]:
    started, ended = time.perf_counter(), 0.0
    yield lambda: ended - started
    ended = time.perf_counter()
