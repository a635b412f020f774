"""What the commands print: tables for a person, JSON for a program, progress on stderr."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import typer


def print_json(value: Any) -> None:
    """Print a value as JSON (RFC 8259) on stdout; NaN and infinity become null."""
    typer.echo(json.dumps(_nan_to_null(value), ensure_ascii=False, indent=2, allow_nan=False))


def _nan_to_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _nan_to_null(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_nan_to_null(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str] = ()) -> None:
    """Print a table on stdout as wide as the terminal; the columns named in `right` are right-aligned.

    Cells are untrusted text: no markup is read in them, and unprintable characters are replaced.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right" if heading in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(escape_unprintable(cell)) for cell in row))
    Console(highlight=False, soft_wrap=False).print(table)


def print_line(text: str, err: bool = False) -> None:
    """Print a line, its unprintable characters replaced."""
    typer.echo(escape_unprintable(text), err=err)


def escape_unprintable(text: str) -> str:
    """Text whose unprintable characters, which could control the terminal, are replaced.

    >>> escape_unprintable("red\\x1b[31m\\nname")
    'red�[31m�name'
    """
    return "".join(sign if sign.isprintable() else "�" for sign in text)


class Phase:
    """A phase of the work: its duration, and its progress where that is known."""

    def __init__(self, on_progress: Callable[[int, int | None], Any] | None = None) -> None:
        self._on_progress, self._started, self.seconds = on_progress, time.perf_counter(), 0.0

    def advance(self, done: int, total: int | None) -> None:
        """Report progress."""
        if self._on_progress is not None:
            self._on_progress(done, total)

    def end(self) -> None:
        """Stop the clock."""
        self.seconds = time.perf_counter() - self._started


PhaseFactory = Callable[[str], AbstractContextManager[Phase]]


@contextmanager
def progress_phases() -> Iterator[PhaseFactory]:
    """Gives `phase(label)`, which shows a progress bar while its block runs; on a terminal only."""
    if not sys.stderr.isatty():
        yield _silent_phase
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(24),
        TaskProgressColumn("{task.percentage:>3.0f} %", text_format_no_percentage=""),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:

        @contextmanager
        def shown(label: str) -> Iterator[Phase]:
            task = bar.add_task(escape_unprintable(label), total=None)
            phase = Phase(lambda done, total: bar.update(task, completed=done, total=total))
            yield phase
            phase.end()
            bar.update(task, total=1, completed=1)

        yield shown


@contextmanager
def _silent_phase(label: str) -> Iterator[Phase]:
    phase = Phase()
    yield phase
    phase.end()
