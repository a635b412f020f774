"""Tensors' pictures on the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from lstm_viz.figures.blocks import Block
from lstm_viz.figures.shapes import Group
from lstm_viz.lessons.shapes import Row
from lstm_viz.playback.screen import Screen

CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False}


def show(groups: Sequence[Group], draw: Callable[..., go.Figure], screen: Screen, key: str, **more: Any) -> bool:
    """Shows a picture of tensors, and says in words what it shows. Returns whether its edges are to scale."""
    figure = draw(groups, palette=screen.palette, narrow=screen.narrow, **more)
    st.plotly_chart(figure, theme=None, config=CONFIG, alt=_said(groups), key=f"shapes {key}")
    return bool(figure.layout.meta["to scale"])


def blocks(rows: Sequence[Row], lit: int | None = None) -> tuple[Block, ...]:
    """Rows to be drawn; `lit` is the axis whose first place is lit."""
    return tuple(block(row, lit) for row in rows)


def block(row: Row, lit: int | None = None) -> Block:
    """One row to be drawn."""
    return Block(row.name, row.shape, row.axes, row.lengths, "" if lit is None else row.axes[lit])


def _said(groups: Sequence[Group]) -> str:
    return " ".join(f"{group.title}: {'; '.join(block.said for block in group.blocks)}." for group in groups)
