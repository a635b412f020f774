"""`lstm-viz worksheet`: a lesson's worksheets as a page to print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lstm_viz.cli.errors import CommandError
from lstm_viz.cli.printing import print_line
from lstm_viz.cli.recording import atomic_file


def worksheet(
    lesson: Annotated[str, typer.Argument(help="A lesson, as in forget_gate.", show_default=False)],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The file to write, ending in .html.", show_default=False)
    ],
    model: Annotated[str, typer.Option(help="The bundled model whose run it is drawn from.")] = "recall",
    seed: Annotated[int, typer.Option(min=1, max=9999, help="The first sheet's number; each number is its sheet.")] = 1,
    seats: Annotated[int, typer.Option(min=1, max=40, help="How many sheets, one a seat.")] = 30,
    key: Annotated[
        bool, typer.Option("--key/--no-key", help="With their key, on sheets of its own at the end.")
    ] = True,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file where there is one.")] = False,
) -> None:
    """Write a lesson's worksheets, each with numbers of its own, as a page for A4 that the browser prints.

    Examples:

      lstm-viz worksheet forget_gate -o sheets.html

      lstm-viz worksheet all_together -o sheet-7.html --seed 7 --seats 1 --no-key
    """
    with atomic_file(output, force, ".html") as place:
        from lstm_viz.lessons.sections import SECTIONS
        from lstm_viz.ui.lessons.worksheet_pages import worksheet_page_alone

        page = worksheet_page_alone(lesson, model, seed, seats, key)
        if page is None:
            names = ", ".join(section.name for section in SECTIONS)
            raise CommandError(
                f"There is no lesson {lesson}, or no bundled model {model} with gates. The lessons are: {names}."
            )
        place.write_text(page, encoding="utf-8")
    print_line(f"{seats} sheet{'s' * (seats != 1)}{' and the key' * key} in {output}: print it from a browser.")
