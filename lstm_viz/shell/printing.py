"""What is printed: tables for a person, JSON for a program."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
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
