"""Tables of a report, as HTML. Every word in them is escaped."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

from lstm_viz.figures.moments import Moment


class Place(NamedTuple):
    """Words that bring the picture to a moment when they are clicked."""

    text: str
    moment: Moment


Cell = str | Place


def table(heads: Sequence[str], rows: Sequence[Sequence[Cell]], said: str) -> str:
    """A table under what it says; the first cell of a row is its head.

    >>> table(["unit"], [["<1>"]], "Units").partition("<tbody>")[2]
    '<tr><th scope="row">&lt;1&gt;</th></tr></tbody></table></div>'
    """
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(f"<tr>{_row(row)}</tr>" for row in rows)
    told = f'<p class="said">{escape(said)}</p><div class="wide">'
    return f"{told}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def facts(pairs: Mapping[str, str]) -> str:
    """Names and what they are.

    >>> facts({"Steps": "24"})
    '<dl><div><dt>Steps</dt><dd>24</dd></div></dl>'
    """
    return "<dl>" + "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in pairs.items()) + "</dl>"


def _row(row: Sequence[Cell]) -> str:
    first, *rest = map(_cell, row)
    return f'<th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in rest)


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return escape(cell)
    known = {name: getattr(cell.moment, name) for name in ("step", "unit", "sequence", "layer", "beat")}
    return f'<button type="button" data-go="{escape(json.dumps(known))}">{escape(cell.text)}</button>'
