"""The central picture against the numbers of the run it is drawn from."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.figures.cell.geometry import NARROW, WIDE
from lstm_viz.figures.cell.picture import cell_picture
from lstm_viz.figures.formats import plain, signed, summand
from lstm_viz.figures.palette import DARK, LIGHT
from tests.support.random_runs import Run, runs

CELLS = ("lstm", "course")
PALETTES = {"light": LIGHT, "dark": DARK}
BLANK = " "


def texts(figure: go.Figure, part: str) -> list[str]:
    return [text for trace in figure.data if trace.meta["part"] == part for text in trace.text or ()]


def hundredths(text: str) -> Fraction:
    """The number that a person reads in a text such as "≈ −0.27"."""
    return Fraction("".join(text.replace("\N{MINUS SIGN}", "-").strip("=≈×+ ").split()))


def equation(run: Run, left: str, by: str, right: str, result: str) -> str:
    """The result of a product or a sum, with "=" only where the numbers as they are printed check."""
    values = [run.value(name) for name in (left, right, result)]
    text = signed(values[2])
    if not np.isfinite(values).all():
        return f"≈ {text}"
    a, b, c = (hundredths(plain(value)) for value in values)
    made = abs(a * b if by == "×" else a + b) * 100
    rounded = Fraction(int(made + Fraction(1, 2)), 100)
    return f"{'=' if rounded == abs(c) and (a * b if by == '×' else a + b) * c >= 0 else '≈'} {text}"


def belt(run: Run) -> list[tuple[int, str]]:
    """What stands along the belt, and the beat at which it appears."""
    return [
        (0, signed(run.value("previous_cell_state"))),
        (1, f"× {plain(run.value('forget_gate'))}"),
        (1, equation(run, "previous_cell_state", "×", "forget_gate", "kept")),
        (2, summand(run.value("learned"))),
        (3, equation(run, "kept", "+", "learned", "cell_state")),
    ]


def boxes(run: Run) -> list[tuple[int, str]]:
    """What stands in the gates."""
    stm = equation(run, "readout", "×", "output_gate", "hidden_state")
    return [
        (2, signed(run.value("candidate"))),
        (2, f"× {plain(run.value('input_gate'))}"),
        (2, equation(run, "candidate", "×", "input_gate", "learned")),
        (4, signed(run.value("readout"))),
        (4, f"× {plain(run.value('output_gate'))}"),
        (4, stm if run.layer.projection is None else signed(run.value("hidden_state"))),
        (1, plain(run.value("forget_gate"))),
    ]


@given(run=runs(CELLS), narrow=st.booleans())
@settings(max_examples=60)
def test_every_number_is_the_traces(run: Run, narrow: bool) -> None:
    figure = cell_picture(run.viewport, run.moment, narrow=narrow)
    wanted = [text if run.moment.beat >= appears else BLANK for appears, text in [*belt(run), *boxes(run)]]
    assert texts(figure, "numbers") == wanted


@given(run=runs(CELLS, inside=False), narrow=st.booleans(), palette=st.sampled_from(list(PALETTES.values())))
@settings(max_examples=40)
def test_no_text_is_empty_anywhere_in_a_run(run: Run, narrow: bool, palette: Any) -> None:
    """Plotly takes an empty text out of the picture for good."""
    figure = cell_picture(run.viewport, run.moment, palette=palette, narrow=narrow)
    written = [text for trace in figure.data for text in trace.text or ()]
    assert written and all(isinstance(text, str) and text for text in written)


@given(run=runs(CELLS), narrow=st.booleans())
@settings(max_examples=40)
def test_a_cell_is_as_thick_as_its_value_is_large(run: Run, narrow: bool) -> None:
    figure = cell_picture(run.viewport, run.moment, narrow=narrow)
    place = NARROW if narrow else WIDE
    rows = run.viewport.units[run.moment.layer][run.viewport.shown_rows(run.moment.layer, run.moment.unit)]
    found = {}
    for bar in figure.data:
        if bar.type != "bar" or bar.meta["part"] in ("event", "followed"):
            continue
        wanted = np.nan_to_num(run.column(bar.meta["part"], rows))
        found.setdefault(bar.meta["part"], []).append(bar)
        binding = bar.meta["follow"]["width"]
        share = np.abs(wanted) / limit(run, bar.meta["part"])
        if bar.meta["part"] in ("input_gate", "forget_gate", "output_gate"):
            share = wanted
        elif run.viewport.scale(run.moment.layer, bar.meta["part"]).signed_sqrt:
            share = np.sqrt(share)
        shown = run.moment.beat >= binding["from"]
        np.testing.assert_allclose(bar.width, share * binding["height"] / len(rows) * shown, atol=2e-5)
        assert binding["height"] <= place.height / 3
        assert list(bar.hovertext) == [str(unit + 1) for unit in rows]
    assert set(found) == {
        "previous_cell_state",
        "forget_gate",
        "kept",
        "learned",
        "cell_state",
        "candidate",
        "input_gate",
        "readout",
        "output_gate",
        "hidden_state",
        "previous_hidden_state",
    }


def limit(run: Run, array: str) -> float:
    """The largest magnitude of all that is drawn on an array's scale, over the whole run."""
    if array in ("candidate", "readout"):
        return 1.0
    alike = ("hidden_state",) if array.endswith("hidden_state") else ("cell_state", "learned", "kept")
    return max(0.5, *(float(np.nanmax(np.abs(getattr(run.layer, name)))) for name in alike))


@given(run=runs(CELLS), theme=st.sampled_from(list(PALETTES)))
@settings(max_examples=40)
def test_a_cells_colour_is_its_values(run: Run, theme: str) -> None:
    palette = PALETTES[theme]
    figure = cell_picture(run.viewport, run.moment, palette=palette)
    for bar in figure.data:
        if bar.type != "bar" or bar.meta["part"] == "followed":
            continue
        binding = bar.meta["follow"]["marker.color"]
        gate = bar.meta["part"].endswith("_gate")
        assert (
            tuple(binding["scale"])
            in ([palette.gate(name) for name in ("forget", "learn", "use")], [palette.signed])[not gate]
        )
        light = binding["light"][run.moment.beat]
        scale = None if gate else run.viewport.scale(run.moment.layer, bar.meta["part"])
        # The numbers beside the bars are rounded to four decimals, and a root spreads the small ones.
        low, high = (tones(np.array(bar.customdata, dtype=float) + by, scale) for by in (-5e-5, 5e-5))
        over = np.array(channels(binding["over"]))
        for ends, colour in zip(np.stack([low, high], axis=1), bar.marker.color, strict=True):
            if np.isnan(ends).any():
                continue
            wanted = over + (tone(binding["scale"], np.linspace(*ends, 101)) - over) * light
            assert (np.array(channels(colour)) >= wanted.min(axis=0) - 1.01).all()
            assert (np.array(channels(colour)) <= wanted.max(axis=0) + 1.01).all()


def tones(values: np.ndarray, scale) -> np.ndarray:
    """Where values lie on their colours' scale, 0 to 1; a gate's are their own."""
    if scale is None:
        return values
    share = np.clip(values / scale.limit, -1, 1)
    return ((np.sign(share) * np.sqrt(np.abs(share)) if scale.signed_sqrt else share) + 1) / 2


def tone(colours, shares: np.ndarray) -> np.ndarray:
    """The colour of each share, (shares, 3)."""
    stops = np.array([channels(stop) for stop in colours])
    return np.stack([np.interp(shares, np.linspace(0, 1, len(stops)), stops[:, k]) for k in range(3)], axis=1)


def channels(colour: str) -> list[int]:
    return list(bytes.fromhex(colour.lstrip("#")))


@given(run=runs(CELLS))
@settings(max_examples=25)
def test_the_event_has_a_cell_a_feature(run: Run) -> None:
    figure = cell_picture(run.viewport, run.moment)
    bar = next(trace for trace in figure.data if trace.type == "bar" and trace.meta["part"] == "event")
    event = run.layer.event[run.moment.step, run.moment.sequence]
    count = len(bar.y)
    assert count == min(len(event), 12) == len(bar.x) == len(bar.width) == len(bar.hovertext) == len(bar.customdata)
    if len(event) <= 12:
        np.testing.assert_allclose(np.array(bar.customdata, dtype=float), event, atol=1e-5)


@given(run=runs(CELLS))
@settings(max_examples=25)
def test_the_followed_units_row_is_framed_in_every_column(run: Run) -> None:
    figure = cell_picture(run.viewport, run.moment)
    frame = next(trace for trace in figure.data if trace.meta["part"] == "followed")
    rows = run.viewport.units[run.moment.layer][run.viewport.shown_rows(run.moment.layer, run.moment.unit)]
    row = rows.tolist().index(run.moment.unit)
    heights = {round(y, 6) for y in frame.y}
    for bar in figure.data:
        if bar.type == "bar" and bar.meta["part"] not in ("event", "followed"):
            assert round(bar.y[row], 6) in heights


def test_the_two_cells_differ_in_what_the_use_gate_reads() -> None:
    import torch

    import lstm_viz
    from lstm_viz.cells.course import CourseLSTM
    from lstm_viz.figures.moment import Moment
    from lstm_viz.figures.run_view import RunView
    from lstm_viz.figures.viewport_builder import build_viewport

    lines = []
    for module in (torch.nn.LSTM(2, 3), CourseLSTM(2, 3)):
        trace = lstm_viz.trace(module, torch.randn(4, 1, 2))
        figure = cell_picture(build_viewport(RunView(trace)), Moment())
        lines.append(next(part for part in figure.data if part.meta["part"] == "readout" and part.type == "scatter"))
    assert lines[0].x[0] == lines[0].x[-1], "LTM is read straight above the use gate"
    assert WIDE.forget_column[1] < lines[1].x[0] < WIDE.remember_column[0], "kept is read before anything is added"


def test_a_picture_of_no_memory_is_not_drawn() -> None:
    import torch

    import lstm_viz
    from lstm_viz.figures.moment import Moment
    from lstm_viz.figures.run_view import RunView
    from lstm_viz.figures.viewport_builder import build_viewport

    trace = lstm_viz.trace(torch.nn.RNN(2, 3), torch.randn(4, 1, 2))
    with pytest.raises(AttributeError, match="plain RNN"):
        cell_picture(build_viewport(RunView(trace)), Moment())
