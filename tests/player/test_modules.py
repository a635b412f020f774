"""The player's modules one by one, in V8: number formats, colours, moments, the address, keys, beats, captions."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from py_mini_racer import JSEvalException

import lstm_viz
from lstm_viz.analysis.memory_attribution import ledger
from lstm_viz.figures import formats, palette
from lstm_viz.figures.gates.formulas import PENDING, WORDS
from lstm_viz.figures.labels import escape_markup
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.figures.options import clamp_moment
from lstm_viz.figures.palette import DARK, LIGHT
from lstm_viz.figures.run_view import RunView
from lstm_viz.figures.sequences.factor_curve import factor_curve
from lstm_viz.figures.sequences.lines import Line
from lstm_viz.figures.viewport_builder import build_viewport
from lstm_viz.lessons.placeholders import percent
from lstm_viz.player.message import pack
from tests.player.v8 import Player, same
from tests.support.random_runs import Run, runs

NUMBERS = st.floats(-1e6, 1e6) | st.floats(-2, 2) | st.integers(-400, 400).map(lambda eighths: eighths / 8)
#: A page's address, and what a script may do with it.
PAGE = """
globalThis.location = { protocol: "http:", href: "http://host/page", search: "" };
globalThis.history = { replaceState: (_, __, url) => { location.href = url.href; location.search = url.search; } };
globalThis.matchMedia = (query) => ({ matches: query.includes("dark") });
globalThis.URLSearchParams = class {
  constructor(text) {
    const pairs = text.replace("?", "").split("&").filter(Boolean);
    this.all = new Map(pairs.map((pair) => pair.split("=")));
  }
  get(name) { return this.all.get(name) ?? null; }
  has(name) { return this.all.has(name); }
  set(name, value) { this.all.set(name, String(value)); }
  delete(name) { this.all.delete(name); }
};
globalThis.URL = class {
  constructor(href) {
    const [path, query] = href.split("?");
    Object.assign(this, { path, searchParams: new URLSearchParams(query ?? "") });
  }
  get search() { return `?${[...this.searchParams.all].map((pair) => pair.join("=")).join("&")}`; }
  get href() { return this.path + this.search; }
};
"""


@settings(max_examples=60)
@given(values=st.lists(NUMBERS | st.sampled_from([math.nan, math.inf, -0.0, 0.005, -0.005]), min_size=20, max_size=20))
def test_numbers_are_written_as_python_writes_them(values, v8: Player):
    for style, write in formats.STYLES.items():
        name = "summand" if style == "sum" else style
        said = [f"{name}({literal(value)}, {digits})" for value in values for digits in (0, 2, 5)]
        assert v8.run(f"[{', '.join(said)}]") == [write(value, digits) for value in values for digits in (0, 2, 5)]


def literal(value: float) -> str:
    """A number as JavaScript writes it."""
    return (
        "NaN"
        if math.isnan(value)
        else "-0"
        if value == 0 and math.copysign(1, value) < 0
        else repr(value).replace("inf", "Infinity")
    )


@settings(max_examples=100)
@given(values=st.lists(NUMBERS, min_size=3, max_size=3), by=st.sampled_from("×+"), right=st.booleans())
def test_a_sum_checks_where_python_says_so(values, by, right, v8: Player):
    one, other, result = values
    result = (one * other if by == "×" else one + other) if right else result
    assert v8.call("checks", one, by, other, result) == formats.checks(one, by, other, result)


@given(share=st.floats(-0.5, 1.5), root=st.booleans())
def test_colours_are_mixed_alike(share, root, v8: Player):
    scale = list(LIGHT.signed)
    assert v8.call("blend", scale, share) == palette.blend(scale, share)
    assert same(
        v8.call("plotlyColorscale", scale, root), [list(stop) for stop in palette.plotly_colorscale(scale, root)]
    )


@given(colours=st.lists(st.integers(0, 0xFFFFFF).map("#{:06x}".format), min_size=2, max_size=2))
def test_letters_on_cells_have_the_same_ink(colours, v8: Player):
    assert v8.call("inkOn", colours[0]) == palette.ink_on(colours[0])
    assert v8.call("contrast", *colours) == pytest.approx(palette.contrast(*colours), rel=1e-12)


def test_a_theme_exchanges_every_colour_and_back(v8: Player):
    themes = {"light": vars(LIGHT), "dark": vars(DARK)}
    figure = {
        "layout": {"paper_bgcolor": LIGHT.background, "title": "word"},
        "data": [{"line": {"color": LIGHT.forget}}],
    }
    swaps = {
        way: v8.call("paletteSwap", *pair)
        for way, pair in (("on", (vars(LIGHT), vars(DARK))), ("back", (vars(DARK), vars(LIGHT))))
    }
    dark = v8.call("swapColours", figure, swaps["on"])
    assert dark == {
        "layout": {"paper_bgcolor": DARK.background, "title": "word"},
        "data": [{"line": {"color": DARK.forget}}],
    }
    assert v8.call("swapColours", dark, swaps["back"]) == figure
    assert [
        v8.call("themeOfBackground", ground, themes) for ground in (LIGHT.background, DARK.background, "#123456")
    ] == [
        "light",
        "dark",
        "light",
    ]


@given(text=st.text(max_size=20))
def test_a_strangers_words_are_escaped_alike(text, v8: Player):
    assert v8.call("escapeMarkup", text) == escape_markup(text)


@settings(max_examples=25, deadline=None)
@given(run=runs(), far=st.tuples(*[st.integers(0, 60)] * 4))
def test_a_moment_that_is_not_there_becomes_the_nearest_one(run: Run, far, v8: Player):
    v8.receive(packed(run))
    step, unit, sequence, layer = far
    asked = replace(run.moment, step=step, unit=unit, sequence=sequence, layer=layer, window=10_000)
    found = v8.run(f"clampMoment({json.dumps(vars(asked))}, viewport)")
    expected = vars(clamp_moment(asked, run.viewport))
    # A unit that is not held is asked of the server; one that there is not becomes the first.
    units = run.viewport.orders[expected["layer"]]
    expected["unit"] = asked.unit if asked.unit in units else int(units[0])
    assert {name: found[name] for name in ("step", "unit", "sequence", "layer")} == {
        name: expected[name] for name in ("step", "unit", "sequence", "layer")
    }
    assert found["window"] <= max(found["step"], 0) and 0 <= found["window"] <= max(
        0, run.viewport.total - run.viewport.window
    )


@settings(max_examples=10, deadline=None)
@given(run=runs(kinds=("lstm",)))
def test_a_readout_is_derived_for_a_standard_cell_alone(run: Run, v8: Player):
    v8.receive(packed(run))
    assert v8.run("viewport.array(0, 'readout').shape") == list(run.viewport.layers[0].readout.shape)
    v8.execute("viewport.cache.clear(); viewport.layer(0).variant = 'peephole'")
    with pytest.raises(JSEvalException, match="readout of a peephole cell"):
        v8.run("viewport.array(0, 'readout')")


#: What a figure asks of its viewport, and whether a run by itself has it: another page's figure may stand there still.
ASKED = [
    ({}, [], True),
    ({"needs": ["forget_gate"]}, [], True),
    ({"needs": ["preactivation_forget_gate"]}, [], False),
    ({"needs": ["maps"]}, [], False),
    ({"of": 0}, [0], True),
    ({"of": 9}, [], False),
    ({}, [0, 9], False),
    ({"of": "beside"}, [], False),
]


@settings(max_examples=5, deadline=None)
@given(run=runs(kinds=("lstm",)))
def test_a_figure_that_asks_for_what_is_not_there_is_not_brought_to_the_moment(run: Run, v8: Player):
    v8.receive(pack(replace(run.viewport, layers=run.viewport.layers[:1], maps=()), run.moment))
    v8.execute("viewport.header.ownLayers = 1")
    for meta, layers, is_there in ASKED:
        traces = [{"layer": layer} for layer in layers]
        v8.execute(
            f"globalThis.chart = Object.assign(new Chart('cell'), "
            f"{{ original: {{ layout: {{ meta: {json.dumps(meta)} }} }}, traces: {json.dumps(traces)} }})"
        )
        assert v8.run("chart.fits(viewport)") is is_there, (meta, layers)


def packed(run: Run, **more) -> bytes:
    return pack(run.viewport, run.moment, **({"charts": [], "id": "run", "formulas": []} | more))


@given(
    moment=st.builds(
        Moment,
        step=st.integers(0, 5000),
        beat=st.integers(0, len(BEATS) - 1),
        unit=st.integers(0, 300),
        sequence=st.integers(0, 40),
        layer=st.integers(0, 3),
        gate=st.integers(0, 4),
    ),
    depth=st.integers(0, 2),
    theme=st.sampled_from(["light", "dark"]),
)
def test_an_address_that_was_written_is_read_as_it_was(moment, depth, theme, v8: Player):
    v8.execute(PAGE)
    said = vars(moment) | {"depth": depth}
    v8.execute(f"writeAddress({json.dumps(said)}, {json.dumps(BEATS)}, '{theme}')")
    found = v8.run(f"readAddress({json.dumps(vars(Moment(beat=1, sequence=7)))}, {json.dumps(BEATS)})")
    names = ["step", "unit", "sequence", "layer", "beat", *(["gate", "depth"] if depth else [])]
    assert {name: found[name] for name in names} == {name: said[name] for name in names}
    query = v8.run("location.search")
    assert ("theme" in query) == (theme == "light")
    assert f"step={moment.step + 1}" in query and f"unit={moment.unit + 1}" in query
    assert ("sequence=" in query) == (moment.sequence > 0) and ("beat=" in query) == (moment.beat < len(BEATS) - 1)


#: A player without a page: what it is asked for is written down.
RECORDING = """
globalThis.Element = class {};
globalThis.done = [];
const keep = (name, listener) => { if (name === "keydown") globalThis.press = listener; };
globalThis.window = { addEventListener: keep, removeEventListener() {} };
const recorder = new Proxy(
  { ends: [0, 9], beats: Array(6), canInspectGates: true },
  { get: (target, name) => target[name] ?? ((...values) => done.push([name, ...values])) },
);
listenForKeys(recorder);
globalThis.pressed = (key, more = {}, target = {}) => {
  done.length = 0;
  const event = { preventDefault: () => done.push(["kept"]), stopPropagation() {} };
  press({ key, composedPath: () => [target], ...event, ...more });
  return done;
};
"""


@pytest.mark.parametrize(
    ("key", "more", "done"),
    [
        (" ", {}, ["togglePlay"]),
        ("ArrowRight", {}, ["turnPage", 1]),
        ("ArrowLeft", {"shiftKey": True}, ["moveStep", -1]),
        (".", {}, ["moveBeat", 1]),
        ("Enter", {}, ["moveDepth", 1]),
        ("Home", {}, ["moveTo", {"step": 0, "beat": 0}]),
        ("End", {}, ["moveTo", {"step": 9, "beat": 5}]),
        ("ArrowUp", {}, ["moveRow", -1]),
        ("]", {}, ["moveSequence", 1]),
    ],
)
def test_a_key_drives_the_player(key, more, done, v8: Player):
    v8.execute(f"{{ {RECORDING} }}")
    assert v8.call("pressed", key, more) == [["kept"], done]


@pytest.mark.parametrize("more", [{"ctrlKey": True}, {"metaKey": True}, {"altKey": True}, {"defaultPrevented": True}])
def test_a_key_that_is_someone_elses_is_left_alone(more, v8: Player):
    v8.execute(f"{{ {RECORDING} }}")
    assert v8.call("pressed", " ", more) == []
    assert v8.call("pressed", "q") == []


#: A player of a run, with no page round it: only the rules of moving are its own.
MOVING = """
globalThis.moving = (moment) => {
  const player = Object.create(Player.prototype);
  Object.assign(player, { viewport, moment, charts: [], speed: 1, asked: 0 });
  player.update = () => {};
  player.pause = () => {};
  player.requestNumbers = () => { player.asked += 1; };
  globalThis.matchMedia = () => ({ matches: true });
  return player;
};
globalThis.walked = (moment, method, by, times) => {
  const player = moving(moment);
  const seen = [];
  for (let k = 0; k < times; k++) { player[method](by); seen.push([player.moment.step, player.moment.beat]); }
  return seen;
};
"""


@settings(max_examples=15, deadline=None)
@given(run=runs(("lstm", "course")))
def test_beats_follow_each_other_over_the_steps_edge_as_the_layer_reads(run: Run, v8: Player):
    v8.receive(packed(run))
    v8.execute(MOVING)
    length, reverse = int(run.trace.lengths[run.moment.sequence]), run.viewport.layers[run.moment.layer].reverse
    if run.moment.layer >= run.viewport.own_layers:
        return
    first = length - 1 if reverse else 0
    start = vars(replace(run.moment, step=first, beat=0))
    held = range(run.viewport.start, run.viewport.start + len(run.viewport.labels))
    steps = list(range(length))[:: -1 if reverse else 1]
    expected = [(step, beat) for step in steps for beat in range(len(BEATS))][1:]
    found = v8.call("walked", start, "moveBeat", 1, len(expected) + 3)
    assert len(held) and [tuple(each) for each in found[: len(expected)]] == expected
    assert found[len(expected) :] == [list(expected[-1] if expected else (first, len(BEATS) - 1))] * 3 or not expected


@settings(max_examples=15, deadline=None)
@given(run=runs(("lstm", "course")))
def test_the_caption_says_the_traces_numbers_at_every_beat(run: Run, v8: Player):
    v8.receive(packed(run))
    at = {name: run.value(name) for name in ("previous_cell_state", "forget_gate", "kept", "learned", "cell_state")}
    said = [v8.run(f"caption(viewport, {json.dumps(vars(replace(run.moment, beat=beat)))})") for beat in range(6)]
    assert said[0].startswith(f"Step {run.moment.step + 1}: ")
    held, kept = formats.signed(at["previous_cell_state"]), formats.signed(at["kept"])
    if held.strip("+−0."):
        assert held in said[0]
        assert said[1].startswith("Forget: ")
        assert f"{percent(at['forget_gate'])} of {held} stays: {kept}" in said[1]
        assert " is dropped. " not in said[1] or at["forget_gate"] < 0.5
    else:
        assert said[0].endswith("holds nothing yet.") and "nothing to forget" in said[1]
    assert said[2].startswith("Learn: the combined value is ") and formats.signed(at["learned"]) in said[2]
    assert said[3].startswith(f"Remember: {formats.signed(at['kept'])} {formats.summand(at['learned'])} ")
    assert f"Unit {run.moment.unit + 1} now holds {formats.signed(at['cell_state'])}." in said[5]
    terms = v8.run(f"equations(viewport, {json.dumps(vars(replace(run.moment, beat=5)))})")
    assert [term["text"] for term in terms[0] if term.get("part") == "forget_gate"] == [
        formats.plain(at["forget_gate"])
    ]
    early = v8.run(f"equations(viewport, {json.dumps(vars(replace(run.moment, beat=0)))})")
    unreached = [term["text"] for term in early[0] if term.get("pending")]
    assert unreached == [WORDS[gate] for gate in ("forget_gate", "input_gate", "candidate")] + [PENDING]


@settings(max_examples=30, deadline=None)
@given(run=runs(("lstm", "course")))
def test_the_caption_names_the_step_that_wrote_most_of_the_memory(run: Run, v8: Player):
    v8.receive(packed(run))
    moment = replace(run.moment, beat=0)
    if run.viewport.start:
        return
    said = v8.run(f"caption(viewport, {json.dumps(vars(moment))})")
    seen = slice(0, len(run.viewport.labels))
    shares = np.nan_to_num(ledger(run.layer, moment.unit, moment.sequence, seen)[:, moment.step])
    shares[1 + moment.step] = 0
    sizes = np.abs(shares)
    row, part = int(sizes.argmax()), sizes.max() / sizes.sum() if sizes.sum() else 0.0
    if abs(part - 0.5) < 1e-3 or "nothing yet" in said:
        return
    assert bool(re.search(rf"written (by .* )?at step {row}\.", said)) == (row > 0 and part > 0.5), said


@settings(max_examples=15, deadline=None)
@given(run=runs())
def test_the_viewport_derives_what_a_trace_does(run: Run, v8: Player):
    v8.receive(packed(run))
    rnn = run.layer.variant == "rnn"
    names = ["hidden_state", *([] if rnn else ["cell_state", "learned", "kept", "previous_cell_state", "readout"])]
    held, length = run.viewport.layers[run.moment.layer], int(run.trace.lengths[run.moment.sequence])
    inside_run = np.arange(run.viewport.start, run.viewport.start + len(run.viewport.labels)) < length
    for name in names:
        found = v8.run(f"Array.from(viewport.array({run.moment.layer}, '{name}').data)")
        expected = getattr(held, name)
        values = np.array(found, float).reshape(expected.shape)
        assert np.allclose(
            values[inside_run, run.moment.sequence], expected[inside_run, run.moment.sequence], atol=1e-6
        )


def test_a_slider_draws_the_powers_that_python_draws_at_first(v8: Player) -> None:
    trace = lstm_viz.trace(torch.nn.LSTM(2, 3), torch.zeros(22, 1, 2))
    left = 0.9 ** np.arange(22)[::-1]
    draw = factor_curve([Line("LSTM", left, "remember")])
    figure = draw(build_viewport(RunView(trace)), Moment())
    slider = figure.layout.meta["slider"]
    powers = v8.call("powers", slider["start"], 21)
    for curve in (figure.data[slider["curve"]], figure.data[2]):  # the reader's at first, and the network's own
        np.testing.assert_allclose(curve.y, powers)
    assert figure.data[slider["point"]].y[0] == pytest.approx(powers[20])
    places = (0.966 - slider["least"]) / slider["stride"]
    assert places == pytest.approx(round(places))  # the slider has a place there
    for factor, is_half in ((0.966, True), (0.964, False), (0.968, False), (0.9, False)):
        told = v8.call("saidOfFactor", factor, slider)
        assert told["isHalf"] is is_half is ("half is left" in told["text"])
