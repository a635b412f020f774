"""Hypothesis strategy of tensor-shape specs, and the real modules that they describe."""

from __future__ import annotations

import warnings

import torch
from hypothesis import strategies as st

from lstm_viz.cells.course import CourseLSTM
from lstm_viz.lessons.tensor_shapes import Spec


@st.composite
def specs(draw, cells: tuple[str, ...] = ("standard", "course"), most: int = 6) -> Spec:
    """Small modules of every kind."""
    size = st.integers(1, most)
    cell = draw(st.sampled_from(cells))
    hidden, standard = draw(size), cell == "standard"
    return Spec(
        input_size=draw(size),
        hidden_size=hidden,
        batch=draw(size),
        steps=draw(size),
        layers=draw(st.integers(1, 3)),
        batch_first=draw(st.booleans()),
        bidirectional=standard and draw(st.booleans()),
        proj_size=draw(st.integers(0, hidden - 1)) if standard else 0,
        cell=cell,
    )


def module_of(spec: Spec) -> torch.nn.Module:
    """The module itself."""
    if spec.cell == "course":
        return CourseLSTM(spec.input_size, spec.hidden_size, spec.layers, spec.batch_first)
    kind = {"batch_first": spec.batch_first, "bidirectional": spec.bidirectional, "proj_size": spec.proj_size}
    return torch.nn.LSTM(spec.input_size, spec.hidden_size, spec.layers, **kind)


def run(module: torch.nn.Module, *inputs) -> tuple:
    """What the module returns; torch warns that projections are slow."""
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore", UserWarning)
        return module(*inputs)
