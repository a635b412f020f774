"""Every tensor in a line, and the count of parameters with its formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files

import streamlit as st

from lstm_viz.lessons.parameters import Term, parameters
from lstm_viz.lessons.shapes import Row, Spec, constructor, passed, weights
from lstm_viz.ui.shape_pictures import block


def tables(spec: Spec) -> None:
    """What goes in and comes out, and beside it every weight."""
    one, *others = [weights(spec, layer) for layer in range(spec.layers)]
    forward = len(one) // spec.directions
    rest = [*one[forward:], *(row for rows in others for row in rows)]
    more = f"<details><summary>{len(rest)} more: {_where(spec)}</summary>{_table(rest)}</details>" if rest else ""
    data = f"<div><h4>Handed over, and coming back</h4>{_table(passed(spec))}</div>"
    st.html(
        f"<style>{_style()}</style><div class='tensors'>{data}"
        f"<div><h4>Trainable, of layer 1</h4>{_table(one[:forward])}{more}</div></div>"
    )


def count(spec: Spec) -> None:
    """The number of trainable numbers, added up; the line that makes the module; the other cell beside it."""
    total, terms = parameters(spec)
    sums = "<br>".join(_sum(term) for term in terms)
    letters = "H hidden size, D what the layer reads" + (", P projected units" if spec.proj_size else "")
    module = f"trainable numbers in <code>{constructor(spec)}</code>"
    st.html(
        f"<div class='shape-count'><b class='all'>{total:,}</b> {module}<br>"
        f"<span class='sum'>{sums}</span><br><small>{letters}. {_other(spec, total)}</small></div>"
    )


def _where(spec: Spec) -> str:
    others = "" if spec.layers == 1 else "layer 2" if spec.layers == 2 else f"layers 2 to {spec.layers}"
    return " and ".join(filter(None, ["backward (reverse)" if spec.bidirectional else "", others]))


def _table(rows: Sequence[Row]) -> str:
    return f"<table>{''.join(map(_line, rows))}</table>"


def _line(row: Row) -> str:
    return (
        f"<tr><td><code>{row.name}</code><br>{row.shape}</td>"
        f"<td>{', '.join(block(row).counted)}<small>{row.what}</small></td></tr>"
    )


def _sum(term: Term) -> str:
    if term.times == 1:
        return f"{term.what}: {term.symbols} = {term.numbers} = {term.each:,}"
    times = f"{term.times} × "
    return f"{term.what}: {times}({term.symbols}) = {times}({term.numbers}) = {term.times * term.each:,}"


def _other(spec: Spec, total: int) -> str:
    """The same sizes in the other cell, where there is one."""
    if spec.bidirectional or spec.proj_size:
        return ""
    course = spec.cell == "course"
    other = parameters(replace(spec, cell="standard" if course else "course")).total
    name = "PyTorch's" if course else "the course's"
    why = "W_u and b_u of its own, but one bias where PyTorch has two"
    return f"Of the same sizes, {name} cell has {other:,}: the course's has {why}."


@cache
def _style() -> str:
    return files("lstm_viz.ui").joinpath("shapes.css").read_text(encoding="utf-8")
