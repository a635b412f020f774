"""The benchmark's table as bars, and the cost of longer, wider and deeper runs as lines: one HTML page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import plotly.graph_objects as go
import torch
from plotly.subplots import make_subplots
from torch import nn

import lstm_viz

if TYPE_CHECKING:
    from benchmarks.recording import Row


@dataclass(frozen=True)
class Point:
    """The best time of a few runs of one way, along steps, batch or layers."""

    along: str
    count: int
    way: str
    seconds: float


def line_points(longest: int) -> Iterator[Point]:
    """Steps from 10² on, then batch, then layers; each of a small network."""
    for exponent in range(2, 7):
        if 10**exponent <= longest:
            yield from _both("steps", 10**exponent, nn.LSTM(4, 8), torch.randn(10**exponent, 1, 4))
    for batch in (1, 4, 16, 64, 256):
        yield from _both("batch", batch, nn.LSTM(16, 64), torch.randn(256, batch, 16))
    for layers in (1, 2, 4, 8):
        yield from _both("layers", layers, nn.LSTM(64, 64, layers), torch.randn(256, 16, 64))


def _both(along: str, count: int, module: nn.LSTM, x: torch.Tensor) -> Iterator[Point]:
    with torch.inference_mode():
        yield Point(along, count, "nn.LSTM forward", _best(lambda: module(x)))
    yield Point(along, count, "lstm_viz: i f g o c h", _best(lambda: lstm_viz.trace(module, x, check=False)))


def _best(run: object) -> float:
    times: list[float] = []
    while len(times) < 5 and sum(times) < 5:
        begun = perf_counter()
        kept = run()  # type: ignore[operator]
        times.append(perf_counter() - begun)
        del kept
    return min(times)


def draw(rows: list[Row], points: list[Point], head: str, path: Path) -> None:
    """One page that needs nothing else."""
    pages = [_bars(rows, head).to_html(include_plotlyjs=True, full_html=False), _lines(points).to_html(False, False)]
    path.write_text(f"<!doctype html><meta charset=utf-8><title>Recording</title>{''.join(pages)}", encoding="utf-8")


def _bars(rows: list[Row], head: str) -> go.Figure:
    timed = [row for row in rows if row.ratio is not None]
    figure = go.Figure()
    for way in dict.fromkeys(row.way for row in timed):
        own = [row for row in timed if row.way == way]
        spread = {
            "array": [row.high - row.ratio for row in own],
            "arrayminus": [row.ratio - row.low for row in own],
            "symmetric": False,
        }
        figure.add_bar(name=way, x=[row.size for row in own], y=[row.ratio for row in own], error_y=spread)
    figure.add_hline(1, line_dash="dot")
    figure.update_yaxes(type="log", title="time over nn.LSTM's forward")
    figure.update_xaxes(title="(features, hidden, batch, steps)")
    return figure.update_layout(title=f"Recording every gate<br><sup>{head}</sup>", template="plotly_white", height=620)


def _lines(points: list[Point]) -> go.Figure:
    kinds = list(dict.fromkeys(point.along for point in points))
    figure = make_subplots(1, len(kinds), subplot_titles=[f"Cost by {kind}" for kind in kinds])
    for column, kind in enumerate(kinds, 1):
        for way, colour in (("nn.LSTM forward", "#888888"), ("lstm_viz: i f g o c h", "#1f6feb")):
            own = [point for point in points if (point.along, point.way) == (kind, way)]
            figure.add_scatter(
                x=[point.count for point in own],
                y=[point.seconds for point in own],
                name=way,
                line_color=colour,
                showlegend=column == 1,
                row=1,
                col=column,
            )
    figure.update_xaxes(type="log")
    figure.update_yaxes(type="log", title="seconds", col=1)
    return figure.update_layout(template="plotly_white", height=420)
