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
    """A value as JSON on stdout, as RFC 8259 has it: what is not finite becomes null."""
    typer.echo(json.dumps(_finite(value), ensure_ascii=False, indent=2, allow_nan=False))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _finite(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str] = ()) -> None:
    """A table on stdout as wide as the terminal; the columns named in `right` hold numbers.

    A stranger's words stay words: nothing in them is mark-up, and no sign in them moves the cursor.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right" if heading in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    Console(highlight=False, soft_wrap=False).print(table)


def say(text: str, err: bool = False) -> None:
    """A line for a person."""
    typer.echo(printable(text), err=err)


def printable(text: str) -> str:
    """A stranger's words without signs that would steer the terminal.

    >>> printable("red\\x1b[31m\\nname")
    'red�[31m�name'
    """
    return "".join(sign if sign.isprintable() else "�" for sign in text)


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
