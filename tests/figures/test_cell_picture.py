"""The cell picture against the numbers of the run it is drawn from."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import groupby
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.analysis.memory_attribution import ledger
from lstm_viz.bundled import first_view
from lstm_viz.figures.bindings.answers import CHANCES, likeliest
from lstm_viz.figures.bindings.ribbons import FILL, row_bounds, share_of_row
from lstm_viz.figures.bindings.writers import divided, label_of_write, writes_in
from lstm_viz.figures.cell.geometry import NARROW, WIDE, Box
from lstm_viz.figures.cell.picture import cell_picture
from lstm_viz.figures.forecast import FORECAST, ForecastScale, forecast_and_truth
from lstm_viz.figures.formats import plain, signed, summand
from lstm_viz.figures.moment import ARRIVE, FORGET, MOVE_ON, USE, Moment
from lstm_viz.figures.options import viewport_and_moment
from lstm_viz.figures.palette import DARK, LIGHT, contrast
from lstm_viz.figures.run_view import RunView, StepTexts
from lstm_viz.figures.viewport import OTHER, Viewport
from lstm_viz.figures.viewport_builder import build_viewport
from lstm_viz.sequences import load_example
from tests.support.random_runs import Run, runs

CELLS = ("lstm", "course")
PALETTES = {"light": LIGHT, "dark": DARK}
BLANK = " "
WRITTEN = ("previous_cell_state", "kept", "cell_state")


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
        (3, summand(run.value("learned"))),
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
@settings(max_examples=40)
def test_every_number_is_the_traces(run: Run, narrow: bool) -> None:
    figure = cell_picture(run.viewport, run.moment, narrow=narrow)
    wanted = [text if run.moment.beat >= appears else BLANK for appears, text in [*belt(run), *boxes(run)]]
    assert texts(figure, "numbers") == wanted


@given(run=runs(CELLS, inside=False), narrow=st.booleans(), palette=st.sampled_from(list(PALETTES.values())))
@settings(max_examples=25)
def test_no_text_is_empty_anywhere_in_a_run(run: Run, narrow: bool, palette: Any) -> None:
    """Plotly takes an empty text out of the picture for good."""
    figure = cell_picture(run.viewport, run.moment, palette=palette, narrow=narrow)
    written = [text for trace in figure.data for text in trace.text or ()]
    assert written and all(isinstance(text, str) and text for text in written)


# Ribbons


def shapes(figure: go.Figure, kind: str) -> list[tuple[dict[str, Any], list[np.ndarray]]]:
    """The traces drawn by a kind of binding: the binding, and its polygons as (points, 2) arrays."""
    found = []
    for trace in figure.data:
        binding = ((trace.meta or {}).get("follow") or {}).get("x")
        if isinstance(binding, dict) and kind in binding:
            points = list(zip(trace.x, trace.y, strict=True))
            parts = [list(part) for gap, part in groupby(points, key=lambda point: point[0] is None) if not gap]
            found.append((binding, [np.array(part, float) for part in parts if part[0][0] != -9]))
    return found


def height_at(polygon: np.ndarray, x: float) -> float:
    """How thick a ribbon's polygon is at one of its stations."""
    ys = polygon[np.isclose(polygon[:, 0], x, atol=2e-3), 1]
    return float(ys.max() - ys.min()) if ys.size else 0.0


@given(run=runs(CELLS), narrow=st.booleans(), signs=st.integers(0, 1))
@settings(max_examples=40)
def test_a_ribbon_is_as_thick_as_its_values_are_large_whoever_wrote_them(run: Run, narrow: bool, signs: int) -> None:
    moment = replace(run.moment, beat=MOVE_ON, signs=signs)
    figure = cell_picture(run.viewport, moment, narrow=narrow)
    thickness: dict[tuple[float, str, tuple[float, ...], str], float] = {}
    for binding, polygons in shapes(figure, "ribbon"):
        for x, array in (binding["ribbon"][0], binding["ribbon"][-1]):
            key = (x, array, tuple(binding["rows"]), binding["ribbon"][0][1])
            thickness[key] = thickness.get(key, 0.0) + sum(height_at(polygon, x) for polygon in polygons)
    rows = run.viewport.shown_rows(moment.layer, moment.unit)
    assert {array for _, array, _, _ in thickness} == {
        *WRITTEN,
        "candidate",
        "learned",
        "readout",
        "hidden_state",
        "previous_hidden_state",
    }
    for (x, array, edges, _), found in thickness.items():
        scale = "cell_state" if array in WRITTEN else "candidate"
        values = run.column(array, run.viewport.units[moment.layer][rows])
        bounds = row_bounds(run.viewport, moment, *edges)
        wanted = sum(
            abs(share_of_row(float(value), row, scale, run.viewport, moment)) * FILL * (high - low) / 2
            for value, row, (low, high) in zip(values, rows, bounds, strict=True)
        )
        assert found == pytest.approx(wanted, abs=0.002 * (len(rows) + 1) * (OTHER + 1) + 0.0005 * abs(bounds[0][1])), x


@given(run=runs(CELLS))
@settings(max_examples=20)
def test_values_above_0_lie_over_their_rows_middle_and_others_under_it(run: Run) -> None:
    moment = replace(run.moment, beat=MOVE_ON, signs=1)
    figure = cell_picture(run.viewport, moment)
    for binding, polygons in shapes(figure, "ribbon"):
        bounds = row_bounds(run.viewport, moment, *binding["rows"])
        above = binding["band"] in ("+", 0)
        for polygon in polygons:
            middles = [(low + high) / 2 for low, high in bounds if low - 1 <= polygon[0, 1] <= high + 1]
            beyond = [polygon[:, 1].min() >= middle - 2e-3 for middle in middles]
            below = [polygon[:, 1].max() <= middle + 2e-3 for middle in middles]
            assert any(beyond if above else below)


@given(run=runs(CELLS))
@settings(max_examples=25)
def test_what_comes_through_a_gate_is_what_went_in_times_its_opening(run: Run) -> None:
    """The jaws leave the factor's share of each row open, and the ribbon shrinks by the same factor."""
    moment = replace(run.moment, beat=MOVE_ON)
    figure = cell_picture(run.viewport, moment)
    for binding, polygons in shapes(figure, "jaws"):
        factors = run.column(
            binding["jaws"], run.viewport.units[moment.layer][run.viewport.shown_rows(moment.layer, moment.unit)]
        )
        bounds = row_bounds(run.viewport, moment, *binding["rows"])
        heights = sum(height_at(polygon, binding["x"][2]) for polygon in polygons)
        wanted = sum(
            (1 - factor) * FILL * (high - low)
            for factor, (low, high) in zip(factors, bounds, strict=True)
            if 1 - factor >= 1e-3
        )
        assert heights == pytest.approx(wanted, abs=0.004 * len(bounds))


@given(run=runs(CELLS, inside=True))
@settings(max_examples=25)
def test_a_value_is_divided_among_those_who_wrote_it(run: Run) -> None:
    """The parts have the value's own sign and add up to it; the writes add up to it whatever their sign."""
    moment = run.moment
    row = run.viewport.row_of(moment.layer, moment.unit)
    for array in WRITTEN:
        value = run.value(array)
        parts = divided(array, run.viewport, moment, row)
        assert sum(parts) == pytest.approx(value, abs=1e-5) and all(part * value >= 0 for part in parts)
        shares = [write.share for write in writes_in(array, run.viewport, moment, row)]
        assert sum(shares) == pytest.approx(value, abs=1e-4)
    # The viewport of a short run holds all of it: its writes are then the ledger's.
    if len(run.viewport.labels) == len(run.trace.output):
        column = ledger(run.layer, moment.unit, moment.sequence)[:, moment.step]
        found = {write.step: write.share for write in writes_in("cell_state", run.viewport, moment, row)}
        for step, share in found.items():
            assert share == pytest.approx(column[0 if step is None else 1 + step], abs=1e-4)


def recall(step: int = 16, **more: Any) -> tuple[Viewport, Moment]:
    run, answers = first_view()
    batch = load_example("recall")
    viewport, moment = viewport_and_moment(run, {"batch": batch, "answers": answers, "step": step, "unit": 6})
    return replace(viewport, **more), moment


def test_at_step_17_a_is_dropped_and_c_is_written() -> None:
    """What the first picture shows: unit 7 held A since step 7, nearly all of it goes, and C is what it holds then."""
    viewport, moment = recall()
    assert viewport.writers == (("A", "B", "C"),)
    row = viewport.row_of(0, 6)
    before, after = (divided(array, viewport, moment, row) for array in ("previous_cell_state", "cell_state"))
    assert before[0] > 0.56 and max(map(abs, before[1:])) < 0.01
    assert after[2] < -0.78 and max(map(abs, [*after[:2], *after[3:]])) < 0.01
    labels = [label_of_write(array, viewport, moment, row) for array in ("previous_cell_state", "cell_state")]
    assert labels == ["<b>A</b> · since step 7", "<b>C</b> · now"]
    assert texts(cell_picture(viewport, moment), "writers") == [labels[0], "11 % is kept", labels[1]]


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_the_events_tile_has_its_writers_colour_and_a_letter_that_can_be_read(palette: Any) -> None:
    for step in range(24):
        viewport, moment = recall(step)
        figure = cell_picture(viewport, moment, palette=palette)
        tile = next(trace for trace in figure.data if getattr(trace, "mode", "") == "markers+text")
        label = str(viewport.labels[step, 0])
        names = viewport.writers[0]
        wanted = palette.writers[names.index(label)] if label in names else palette.other_writers
        assert tile.text[0] == label and tile.marker.color == wanted and tile.marker.size[0] > 30
        assert contrast(tile.textfont.color, wanted) >= 4.5


def test_where_steps_have_no_names_memory_is_told_by_its_age() -> None:
    import torch

    import lstm_viz

    torch.manual_seed(0)
    trace = lstm_viz.trace(torch.nn.LSTM(2, 3), torch.randn(20, 1, 2))
    viewport, moment = build_viewport(RunView(trace)), Moment(step=15, unit=1)
    assert viewport.writers == ((),)
    shares = ledger(trace.layers[0], 1)[:, 15]
    parts = divided("cell_state", viewport, moment, 1)
    groups = [[15], [14, 13, 12], range(3, 12), range(3)]
    own = [sum(shares[1 + step] for step in group if shares[1 + step] * shares.sum() > 0) for group in groups]
    own[3] += shares[0] if shares[0] * shares.sum() > 0 else 0
    assert np.allclose(np.array(parts[:4]) / sum(parts), np.array(own) / sum(own), atol=1e-4)
    said = cell_picture(viewport, moment)
    assert any("last 3 steps" in text for text in texts(said, "names"))


# The answer and the event


@given(beat=st.integers(0, 5), step=st.integers(0, 23))
@settings(max_examples=30)
def test_the_answers_bars_are_its_chances_and_before_the_use_gate_those_of_the_step_before(
    beat: int, step: int
) -> None:
    random = np.random.default_rng(3).dirichlet(np.ones(3), (24, 8))
    viewport, moment = recall(step, extras={CHANCES: likeliest(random)}, answer_names=("A", "B", "C"))
    figure = cell_picture(viewport, replace(moment, beat=beat))
    shown = step if beat >= USE else step - 1
    bars = [polygons for _, polygons in shapes(figure, "answer_bar")]
    if shown < 0:
        assert bars == [[], [], []]
        return
    left, right = WIDE.answer.left + WIDE.answer_margins[0], WIDE.answer.right - WIDE.answer_margins[1]
    lengths = [(np.ptp(polygon[:, 0])) / (right - left) for (polygon,) in bars]
    assert np.allclose(lengths, np.maximum(random[shown, 0], 0.004), atol=1e-4)
    percents = [text for text in texts(figure, "answer") if text.endswith("%")]
    assert [int(text.split()[0]) for text in percents] == [int(np.floor(100 * each + 0.5)) for each in random[shown, 0]]
    assert ("answer" if beat >= USE else "answer before") in texts(figure, "names")


@given(beat=st.integers(0, 5), step=st.integers(1, 23))
@settings(max_examples=30)
def test_a_forecasts_bar_and_what_came_stand_on_one_scale(beat: int, step: int) -> None:
    numbers = np.random.default_rng(5).gamma(2.0, 30.0, (24, 8, 2)).astype(np.float32)
    numbers[11, :, 1] = np.nan
    scale = ForecastScale("flow", "m³/s", 1, 0.0, 200.0)
    viewport, moment = recall(step, extras={FORECAST: numbers}, forecast_scale=scale)
    figure = cell_picture(viewport, replace(moment, beat=beat))
    forecast, came = numbers[step if beat >= USE else step - 1, 0].astype(float)
    box, ends = WIDE.answer, {}
    for which, (_, polygons) in enumerate(shapes(figure, "forecast_bar")):
        ends[which] = [polygon[:, 0].max() for polygon in polygons]
    known = {0: forecast} if np.isnan(came) else {0: forecast, 1: came}
    assert {which: len(found) for which, found in ends.items()} == {0: 1, 1: len(known) - 1}
    for which, value in known.items():
        length = max(1.0, min(value, 200.0) / 200.0 * (box.right - box.left))
        assert np.isclose(ends[which][0] - box.left, length, atol=1e-2)
    said = texts(figure, "answer")
    assert f"forecast {plain(forecast, 1)} m³/s" in said and "200.0" in said
    assert (f"came {plain(came, 1)} m³/s" in said) is (1 in known)
    assert ("next flow" if beat >= USE else "answer before") in texts(figure, "names")


def test_a_forecasts_scale_shows_what_is_usual_and_begins_at_0_where_bars_can() -> None:
    flow = ForecastScale.of(np.random.default_rng(0).gamma(2.0, 20.0, 4000), "flow [m³/s]")
    pressure = ForecastScale.of(np.random.default_rng(0).normal(1013, 8, 4000), "pressure (hPa)")
    cold = ForecastScale.of(np.random.default_rng(0).normal(2, 8, 4000), "temperature")
    assert flow and pressure and cold
    assert (flow.name, flow.unit, flow.base, flow.low) == ("flow", "m³/s", 0.0, 0.0)
    assert pressure.base == pressure.low > 980
    assert cold.low < 0 == cold.base < cold.high
    assert ForecastScale.of(np.full(5, 3.0), "always the same") is None
    assert ForecastScale.of(np.array([1e12, 2e12]), "too long for a line") is None


def test_what_came_is_not_known_in_a_gap_nor_after_a_sequences_end() -> None:
    values = np.arange(8.0).reshape(4, 2)
    filled = np.zeros((4, 2), bool)
    filled[2, 0] = True
    found = forecast_and_truth(values, values, np.array([4, 2]), filled)
    assert np.array_equal(found[..., 1], [[2, 3], [np.nan, np.nan], [6, np.nan], [np.nan, np.nan]], equal_nan=True)
    assert np.isnan(found[2:, 1, 0]).all()


def test_of_many_answers_the_likeliest_are_shown() -> None:
    chances = np.random.default_rng(0).dirichlet(np.ones(9), (2, 3))
    shown = likeliest(chances)
    assert shown.shape == (2, 3, 8)
    order = np.argsort(-chances, axis=-1)[..., :4]
    assert (shown[..., 4:] == order).all() and np.allclose(shown[..., :4], np.take_along_axis(chances, order, -1))


def test_each_value_of_an_event_has_its_bar_at_its_line() -> None:
    import torch

    import lstm_viz

    values = torch.tensor([[[1.0, -0.5]], [[0.25, 2.0]]])
    trace = lstm_viz.trace(torch.nn.LSTM(2, 3), values)
    events = np.array([["<b>day 1</b><br>rain 1.00<br>wind −0.50"], ["<b>day 2</b><br>rain 0.25<br>wind 2.00"]], object)
    labels = np.array([["day 1"], ["day 2"]], object)
    viewport = build_viewport(RunView(trace, StepTexts(labels, events)))
    figure = cell_picture(viewport, Moment(step=0))
    lines = next(trace for trace in figure.data if trace.meta["follow"].get("text") == {"label": "event lines"})
    assert list(lines.text) == ["<b>day 1</b>", "rain 1.00", "wind −0.50", BLANK, BLANK]
    ((_, (rain, wind)),) = shapes(figure, "swatches")
    for bar, y, sign in ((rain, lines.y[1], 1), (wind, lines.y[2], -1)):
        assert bar[:, 1].mean() == pytest.approx(y)
        assert (bar[1, 0] - bar[0, 0]) * sign > 0
    assert np.ptp(rain[:, 0]) ** 2 == pytest.approx(2 * np.ptp(wind[:, 0]) ** 2, rel=1e-2)
    tile = next(trace for trace in figure.data if getattr(trace, "mode", "") == "markers+text")
    assert tile.marker.size[0] == 0


# Motion


@given(run=runs(("lstm",)), narrow=st.booleans())
@settings(max_examples=20)
def test_a_step_begins_where_the_one_before_ended(run: Run, narrow: bool) -> None:
    """At the first beat's beginning both memories lie at the right; at its end where they are read."""
    if run.layer.reverse or run.moment.step == 0:
        return
    right = (NARROW if narrow else WIDE).cell_state_track.right
    begins = replace(run.moment, beat=ARRIVE, progress=0.0)
    ended = replace(run.moment, beat=MOVE_ON, step=run.moment.step - 1)

    def at_right(moment: Moment) -> float:
        drawn = shapes(cell_picture(run.viewport, moment, narrow=narrow), "ribbon")
        return sum(
            height_at(polygon, right)
            for binding, polygons in drawn
            if binding["scale"] == "cell_state"
            for polygon in polygons
        )

    assert at_right(begins) == pytest.approx(at_right(ended), abs=0.1)


def test_what_is_forgotten_falls_only_while_its_beat_moves() -> None:
    viewport, moment = recall()

    def falling(beat: int, progress: float) -> list[float]:
        figure = cell_picture(viewport, replace(moment, beat=beat, progress=progress))
        return [float(polygon[:, 1].min()) for _, polygons in shapes(figure, "lost") for polygon in polygons]

    assert falling(FORGET, 1.0) == falling(ARRIVE, 0.7) == []
    early, late = falling(FORGET, 0.6), falling(FORGET, 0.9)
    assert len(early) == len(late) > 0 and all(a > b for a, b in zip(early, late, strict=True))


# Layout


@given(run=runs(CELLS))
@settings(max_examples=15)
def test_the_followed_units_row_is_set_off_on_every_track(run: Run) -> None:
    figure = cell_picture(run.viewport, run.moment)
    rows = run.viewport.shown_rows(run.moment.layer, run.moment.unit)
    row = rows.index(run.viewport.row_of(run.moment.layer, run.moment.unit))
    followed, _pointed = (polygons for _, polygons in shapes(figure, "followed"))
    for polygon, box in zip(followed, (WIDE.cell_state_track, WIDE.stm_before, WIDE.stm_after), strict=True):
        low, high = row_bounds(run.viewport, run.moment, *box.rows)[row]
        assert (polygon[:, 1].min(), polygon[:, 1].max()) == pytest.approx((low, high), abs=2e-3)
        others = [
            top - bottom for k, (bottom, top) in enumerate(row_bounds(run.viewport, run.moment, *box.rows)) if k != row
        ]
        assert all(high - low > other for other in others)


@pytest.mark.parametrize("place", [WIDE, NARROW], ids=["wide", "narrow"])
def test_parts_lie_inside_the_picture_and_not_over_each_other(place: Any) -> None:
    gates = [place.forget_box, place.learn_box, place.use_box]
    parts = [place.cell_state_track, *gates, place.stm_before, place.stm_after, place.answer]
    for k, one in enumerate(parts):
        assert one.left >= 0 and one.right <= place.width and one.bottom >= 0 and one.top <= place.height
        for other in parts[k + 1 :]:
            assert (
                one.right <= other.left or other.right <= one.left or one.top <= other.bottom or other.top <= one.bottom
            )
    assert len({(box.bottom, box.top) for box in gates}) == 1, "the gates are equally high"


def test_two_thirds_of_the_wide_picture_are_in_use() -> None:
    tile = Box(0, 0, WIDE.tile_size, WIDE.tile_size)
    parts = [WIDE.cell_state_track, WIDE.forget_box, WIDE.learn_box, WIDE.use_box, WIDE.stm_before, WIDE.stm_after]
    covered = sum((box.right - box.left) * (box.top - box.bottom) for box in [*parts, WIDE.answer, tile])
    assert covered >= 2 / 3 * WIDE.width * WIDE.height


def test_the_two_cells_differ_in_what_the_use_gate_reads() -> None:
    import torch

    import lstm_viz
    from lstm_viz.cells.course import CourseLSTM

    lines = []
    for module in (torch.nn.LSTM(2, 3), CourseLSTM(2, 3)):
        trace = lstm_viz.trace(module, torch.randn(4, 1, 2))
        figure = cell_picture(build_viewport(RunView(trace)), Moment())
        lines.append(next(part for part in figure.data if part.meta["part"] == "readout"))
    assert lines[0].x[0] == lines[0].x[-1], "LTM is read straight above the use gate"
    assert WIDE.forget_zone[2] < lines[1].x[0] < WIDE.remember_zone[0], "kept is read before anything is added"


def test_the_text_alternative_says_at_each_beat_what_is_seen_by_then() -> None:
    from lstm_viz.figures.bindings.evaluate import evaluate

    viewport, moment = recall()
    alt = cell_picture(viewport, moment).layout.meta["alt"]
    said = [str(evaluate(alt, viewport, replace(moment, beat=beat))) for beat in range(6)]
    assert "A · since step 7" in said[0] and "kept" not in said[0] and "−0.79" not in said[2]
    assert "kept +0.06" in said[1] and "learned −0.85" in said[2] and "−0.79 (C · now)" in said[3]
    assert [len(text) for text in said] == sorted(len(text) for text in said)


def test_a_picture_of_no_memory_is_not_drawn() -> None:
    import torch

    import lstm_viz

    trace = lstm_viz.trace(torch.nn.RNN(2, 3), torch.randn(4, 1, 2))
    with pytest.raises(AttributeError, match="plain RNN"):
        cell_picture(build_viewport(RunView(trace)), Moment())
