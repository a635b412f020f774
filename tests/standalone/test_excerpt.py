"""What a picture holds of a run: all of it where it fits, and never more than was allowed."""

from __future__ import annotations

import base64
import gzip
import json
import re
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lstm_viz.analysis.slicing import select_sequences
from lstm_viz.figures.options import batch_of
from lstm_viz.standalone import show
from lstm_viz.standalone.excerpt import MIN_STEPS, MIN_UNITS, choose_excerpt
from lstm_viz.traces import LayerTrace, Trace


def run(time: int, batch: int, units: int, layers: int = 1) -> Trace:
    """A run of these sizes, of random numbers."""
    made = np.random.default_rng(time * units).normal(size=(9, time, batch, units)).astype(np.float32)
    lengths = np.full(batch, time)

    def layer(name: str) -> LayerTrace:
        gates = dict(zip(("input_gate", "forget_gate", "candidate", "output_gate", "cell_state"), made, strict=False))
        before = {gate: made[k + 5] for k, gate in enumerate(("input_gate", "forget_gate", "candidate", "output_gate"))}
        start = np.zeros((batch, units), np.float32)
        states = {"initial_hidden_state": start, "initial_cell_state": start, "lengths": lengths}
        return LayerTrace(name, "standard", made[5][..., :2], made[6], **states, **gates, preactivations=before)

    states = np.zeros((layers, batch, units), np.float32)
    return Trace(tuple(layer(f"l{k}") for k in range(layers)), made[6], (states, states), lengths)


def message_of(html: str) -> tuple[dict, int]:
    """The header of what a page's player is given, and how many bytes the numbers take."""
    packed = re.search(r'id="message">([^<]*)<', html)[1]
    message = gzip.decompress(base64.b64decode(packed))
    length = int.from_bytes(message[:4], "little")
    return json.loads(message[4 : 4 + length]), len(message) - 4 - length


@settings(max_examples=25)
@given(
    time=st.integers(1, 400),
    batch=st.integers(1, 9),
    units=st.integers(2, 60),
    layers=st.integers(1, 3),
    megabytes=st.floats(0.2, 2),
    data=st.data(),
)
def test_what_is_looked_at_is_held_and_the_numbers_keep_within_bounds(time, batch, units, layers, megabytes, data):
    assume(layers < 3 or megabytes > 0.201)  # what 128 steps of three layers of 16 units take
    trace = run(time, batch, units, layers)
    sequence, step = data.draw(st.integers(0, batch - 1)), data.draw(st.integers(0, time - 1))
    layer, unit = data.draw(st.integers(0, layers - 1)), data.draw(st.integers(0, units - 1))
    excerpt = choose_excerpt(trace, sequence=sequence, step=step, layer=layer, unit=unit, megabytes=megabytes)
    assert excerpt.sequences.start <= sequence < excerpt.sequences.stop
    assert excerpt.steps.start <= step < excerpt.steps.stop
    assert unit in excerpt.units[layer]
    assert all(len(order) >= min(units, MIN_UNITS) for order in excerpt.units)
    assert excerpt.steps.stop - excerpt.steps.start >= min(time, MIN_STEPS)
    shown = (excerpt.steps.stop - excerpt.steps.start) * (excerpt.sequences.stop - excerpt.sequences.start)
    assert shown * 6 * 4 * sum(map(len, excerpt.units)) <= megabytes * 1e6
    whole = shown == time * batch and all(len(order) == units for order in excerpt.units)
    assert (excerpt.description(trace) == "") == whole


def test_the_numbers_of_a_large_run_take_what_was_allowed():
    picture = show(run(2000, 2, 128), megabytes=3.0, step=1000, unit=77)
    header, numbers = message_of(picture.html)
    assert 1.5e6 < numbers < 3.2e6
    assert 77 in header["layers"][0]["units"] == header["layers"][0]["order"]
    assert "of 128 units with the widest range" in picture.html


def test_a_run_that_no_picture_can_hold_is_refused_with_what_it_takes():
    with pytest.raises(ValueError, match=r"needs \d+\.\d MB of numbers at least; megabytes=0.01"):
        show(run(300, 1, 64), megabytes=0.01)


@pytest.mark.parametrize(("units", "layers", "megabytes"), [(64, 1, 0.01), (16, 3, 0.2)])
def test_what_it_takes_is_enough(units, layers, megabytes):
    held = partial(choose_excerpt, run(128, 1, units, layers), sequence=0, step=0, layer=0, unit=0)
    with pytest.raises(ValueError, match=rf"at least; megabytes={megabytes}") as said:
        held(megabytes=megabytes)
    assert held(megabytes=float(re.search(r"needs ([\d.]+)", str(said.value))[1])).steps == slice(0, 128)


def test_picked_sequences_are_those_of_the_whole():
    trace = run(5, 4, 3)
    trace = trace.named(batch_of(trace))
    excerpt = select_sequences(trace, slice(1, 3))
    for name in ("event", "cell_state", "kept", "previous_hidden_state"):
        np.testing.assert_array_equal(getattr(excerpt.layers[0], name), getattr(trace.layers[0], name)[:, 1:3])
    assert excerpt.final_state[0].shape == (1, 2, 3)
    assert excerpt.names.sequences == ("sequence 2", "sequence 3") and excerpt.names.sizes == (5, 2, 2)
    assert select_sequences(trace, slice(0, 4)) is trace


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"sequence": 2}, "2 sequences, counted from 0; sequence=2"),
        ({"step": 7}, "7 steps, counted from 0; step=7"),
        ({"unit": 4}, "4 units, counted from 0; unit=4"),
        ({"layer": -1}, "1 layer, counted from 0; layer=-1"),
        ({"names": ["rain"]}, "reads 2 features; these are 1 names"),
    ],
)
def test_what_is_not_in_the_run_is_refused(asked, message):
    with pytest.raises(ValueError, match=message):
        run(7, 2, 4).show(**asked)


def test_a_picture_is_written_as_utf_8_and_says_what_it_is_of(tmp_path):
    picture = run(7, 2, 4).show(title="Fluß & Regen", file=tmp_path / "run.html")
    assert (tmp_path / "run.html").read_text(encoding="utf-8") == picture.html
    assert "<h1>Fluß &amp; Regen</h1>" in picture.html
    assert "1 layer, 4 units · 7 steps, 2 sequences, float32 on cpu · not compared" in picture.html
    assert picture.save(str(tmp_path / "other.html")) == tmp_path / "other.html"


def test_a_page_asks_for_nothing_outside_itself():
    html = re.sub(r'<script type="text/plain"[^<]*</script>', "", run(7, 2, 4).show().html)
    assert not re.search(r"(?:src|href|import|url)\s*[=(]\s*['\"]?(?:https?:)?//", html)
    assert "default-src 'none'" in html


def test_a_picture_needs_neither_streamlit_nor_torch():
    code = (
        "import sys; from lstm_viz.bundled.cards import first_view; first_view()[0].show(); "
        "print([name for name in ('torch', 'streamlit') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
