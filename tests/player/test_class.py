"""What a class's two sides make of an address, a moment and a person's keys; tests/classroom has the server's half."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.classroom.page_state import PageStates
from lstm_viz.figures.moment import BEATS
from tests.player.v8 import Player

PAGES, KEYS = ["", "basics", "use_gate"], ["model", "variant", "delay"]
SETUP = {"base": "/lstm", "pages": PAGES, "keys": KEYS, "model": "", "variant": ""}
STATES = PageStates(PAGES, KEYS)
#: What a browser has and V8 has not: addresses, events, timers and a stream of events that the test fills.
PAGE = """
globalThis.URLSearchParams = class {
  constructor(given = "") {
    const decode = (text) => decodeURIComponent(text.replaceAll("+", " "));
    const pairs = typeof given === "string" ? given.replace(/^[?]/, "").split("&").filter(Boolean) : [];
    const read = pairs.map((pair) => pair.split("=").map(decode));
    this.all = new Map(typeof given === "string" ? read : Object.entries(given));
  }
  get(name) { return this.all.get(name) ?? null; }
  has(name) { return this.all.has(name); }
  set(name, value) { this.all.set(name, String(value)); }
  delete(name) { this.all.delete(name); }
  toString() { return [...this.all].map((pair) => pair.map(encodeURIComponent).join("=")).join("&"); }
};
globalThis.URL = class {
  constructor(given) {
    const href = String(given.href ?? given);
    const [, origin, pathname, query] = /^(https?:..[^/]*)([^?]*)[?]?(.*)$/.exec(href);
    Object.assign(this, { origin, pathname, hash: "", searchParams: new URLSearchParams(query) });
  }
  get search() { return `?${this.searchParams}`; }
  get href() { return this.origin + this.pathname + this.search; }
};
globalThis.CustomEvent = class { constructor(type, more) { Object.assign(this, { type, ...more }); } };
globalThis.PopStateEvent = globalThis.CustomEvent;
globalThis.EventSource = class {
  constructor(address) { this.listeners = {}; this.address = address; globalThis.source = this; }
  addEventListener(kind, listener) { this.listeners[kind] = listener; }
  close() { this.closed = true; }
};
globalThis.location = {};
globalThis.go = (href) => Object.assign(location, new URL(href), { href, search: new URL(href).search });
globalThis.history = { state: null, replaceState: (_, __, url) => go(url.href) };
globalThis.happened = [];
globalThis.heard = {};
globalThis.window = {
  addEventListener: (name, listener) => { heard[name] = listener; },
  removeEventListener() {},
  dispatchEvent: (event) => { happened.push([event.type, event.detail ?? null]); return true; },
};
globalThis.performance = { now: () => 0 };
globalThis.setInterval = (act) => { globalThis.tick = act; };
globalThis.clearInterval = globalThis.clearTimeout = () => {};
globalThis.setTimeout = () => {};
globalThis.posted = [];
globalThis.fetch = async (path, options) => {
  posted.push([path, JSON.parse(options.body)]);
  return { ok: true, json: async () => ({}) };
};
"""


def moment(**changed: int) -> dict:
    usual = {"step": 4, "beat": len(BEATS) - 1, "unit": 2, "sequence": 0, "layer": 0, "gate": 0, "depth": 0, "signs": 0}
    usual |= {"checkpoint": 0, "training": 0}
    return usual | changed | {"run": "use_gate (24, 8)", "beats": list(BEATS)}


@pytest.fixture
def page(v8: Player) -> Player:
    v8.execute(PAGE)
    v8.execute("go('http://school/lstm/use_gate?step=5&unit=3')")
    return v8


def state_of(v8: Player, told: dict, paragraph: int | None = None, setup: dict = SETUP) -> str:
    more = {"moment": told, "paragraph": paragraph, "theme": "dark"}
    return v8.run(f"writeState(placeOf(location, {json.dumps(setup)}), {json.dumps(more)})")


@settings(max_examples=40, deadline=None)
@given(
    changed=st.fixed_dictionaries(
        {},
        optional={
            name: st.integers(0, 9000) for name in ("step", "unit", "sequence", "layer", "checkpoint", "training")
        },
    ),
    beat=st.integers(0, len(BEATS) - 1),
    model=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30),
    paragraph=st.none() | st.integers(0, 20),
)
def test_the_server_takes_what_a_teachers_page_tells_and_a_pupils_page_reads_it(changed, beat, model, paragraph, v8):
    v8.execute(PAGE)
    v8.execute(f"go('http://school/lstm/basics?{urlencode({'delay': '30', 'class': 'BBBBB', 'teach': '1'})}')")
    told = moment(**changed, beat=beat)
    sent = STATES.checked(state_of(v8, told, paragraph, SETUP | {"model": model}))
    page, _, query = sent.partition("?")
    assert page == "basics" and parse_qs(query)["model"] == [model] and "teach" not in query and "class" not in query
    v8.execute(f"globalThis.wanted = readState({json.dumps(sent)}, {json.dumps(SETUP)})")
    asked = v8.run(f"momentOf(wanted, {json.dumps(list(BEATS))})")
    assert asked == {name: told[name] for name in asked}
    read = v8.run("({ run: wanted.run, theme: wanted.theme, paragraph: wanted.paragraph, widgets: wanted.widgets })")
    assert read == {
        "run": told["run"],
        "theme": "dark",
        "paragraph": paragraph,
        "widgets": {"model": model, "delay": "30"},
    }


def follow(v8: Player, state: str) -> None:
    v8.execute(f"source.listeners.state({{ data: {json.dumps(json.dumps(state))} }})")


def begin(v8: Player, told: dict) -> None:
    """A pupil's page at a moment, which moves where it is sent and says so."""
    v8.execute(f"""
      globalThis.page = {{ setup: {json.dumps(SETUP)}, moment: {json.dumps(told)}, theme: "dark", isOwn: () => false,
        paragraph: {{ lesson: "use_gate", paragraph: 0 }} }};
      globalThis.last = null;
      globalThis.told = {{ changed() {{}}, over: (said) => {{ last = said; }} }};
      globalThis.pupil = new Pupil(page, {{ code: "BBBBB", person: "me" }}, told);
      window.dispatchEvent = (event) => {{
        happened.push([event.type, event.detail ?? null]);
        if (event.type === "lstm-viz:go-to") move(event.detail.moment);
        return true;
      }};
      globalThis.move = (change) => {{ page.moment = {{ ...page.moment, ...change }}; pupil.hearMoment(page.moment); }};
      globalThis.key = (name) => heard.keydown({{ isTrusted: true, key: name }});
    """)


def test_a_pupil_is_moved_until_they_move_by_themselves(page: Player):
    begin(page, moment(step=0))
    follow(page, state_of(page, moment(step=7), 2))
    assert page.run("page.moment.step") == 7
    assert page.run("happened.filter(([type]) => type === 'lstm-viz:read')") == [["lstm-viz:read", {"paragraph": 2}]]
    # A key that moves nothing, and a moment that comes by itself, are no wandering.
    page.execute("key('Shift'); move({ step: 7 }); key('x'); move({ window: 3 });")
    assert page.run("pupil.isAway") is False
    page.execute("key('ArrowRight'); move({ step: 8 });")
    assert page.run("pupil.isAway") is True
    assert page.run("posted") == [["/lstm/class/BBBBB/away", {"person": "me", "away": True}]]
    follow(page, state_of(page, moment(step=9)))
    assert page.run("page.moment.step") == 8
    page.execute("pupil.setAway(false)")
    assert page.run("page.moment.step") == 9


def test_a_page_that_moves_by_itself_is_brought_back(page: Player):
    begin(page, moment(step=0))
    follow(page, state_of(page, moment(step=7)))
    page.execute("move({ step: 1 }); tick();")  # as a lesson's text does when it opens
    assert (page.run("page.moment.step"), page.run("pupil.isAway")) == (7, False)


def test_another_page_is_gone_to_once_and_without_the_class_in_its_address(page: Player):
    begin(page, moment(step=0))
    page.execute("go('http://school/lstm/use_gate?step=5&delay=3&hide=speed&notes=1')")
    there = "basics?model=Delayed%20recall&step=3&unit=1&paragraph=2&run=other&theme=dark"
    follow(page, there)
    follow(page, there.replace("step=3", "step=4"))
    assert [kind for kind, _ in page.run("happened")].count("popstate") == 1
    query = parse_qs(page.run("location.search").removeprefix("?"))
    assert page.run("location.pathname") == "/lstm/basics"
    asked = {"model": "Delayed recall", "step": "3", "unit": "1", "paragraph": "2", "hide": "speed"}
    assert query == {name: [value] for name, value in asked.items()}


def test_an_answer_is_sent_again_to_a_server_that_forgot_it(page: Player):
    begin(page, moment(step=0))
    ballot = {"number": 1, "round": 1, "phase": "open", "question": "?", "options": ["a", "b"]}
    hear = f"source.listeners.ballot({{ data: {json.dumps(json.dumps(ballot))} }});"
    page.execute(f"{hear} pupil.choose(1); {hear}")
    answer = ["/lstm/class/BBBBB/answer", {"person": "me", "number": 1, "round": 1, "option": 1}]
    assert page.run("posted") == [answer, answer]
    later = json.dumps(json.dumps(ballot | {"round": 2}))
    page.execute(f"source.listeners.ballot({{ data: {later} }})")
    assert page.run("pupil.chosen") is None and len(page.run("posted")) == 2


def test_a_class_that_is_lost_is_looked_for_and_then_given_up(page: Player):
    begin(page, moment(step=0))
    page.execute("source.onerror()")
    assert (page.run("pupil.isLost"), page.run("last")) == (True, None)
    page.execute("performance.now = () => 1e6; source.onerror();")
    assert "may be over" in page.run("last")


BALLOT = {
    "number": 1,
    "round": 1,
    "phase": "open",
    "question": "?",
    "options": ["a", "b"],
    "counts": [0, 0],
    "right": 1,
}


def teach(v8: Player, told: dict) -> None:
    """A teacher's page at a moment, whose posts are written down and never answered."""
    v8.execute(f"""
      globalThis.AbortController = class {{ signal = {{ aborted: false }}; abort() {{ this.signal.aborted = true; }} }};
      globalThis.fetch = (path, {{ body, headers }}) => {{
        posted.push([path.replace("/lstm/class/BBBBB", ""), body ? JSON.parse(body) : null, headers["x-class-token"]]);
        return new Promise(() => {{}});
      }};
      globalThis.page = {{ setup: {json.dumps(SETUP)}, moment: {json.dumps(told)}, theme: "light",
        paragraph: {{ lesson: "use_gate", paragraph: 2 }} }};
      globalThis.last = null;
      globalThis.told = {{ changed() {{}}, over: (said) => {{ last = said; }} }};
      globalThis.teacher = new Teacher(page, {{ code: "BBBBB", token: "secret", kept: {{ rounds: [] }} }}, told);
    """)


def test_a_teacher_tells_where_the_page_is_and_brings_a_forgotten_class_back(page: Player):
    teach(page, moment(step=4))
    state = state_of(page, moment(step=4), 2).replace("theme=dark", "theme=light")
    assert page.run("posted") == [["/lead", None, "secret"], ["/state", {"state": state}, "secret"]]
    page.execute("page.moment.step = 8; teacher.tell(); teacher.lose({ status: 404 });")  # the first post is on its way
    resumed = {"state": state.replace("step=5", "step=9"), "kept": {"rounds": []}}
    assert page.run("posted.slice(2)") == [["/resume", resumed, "secret"]]
    page.execute("teacher.lose({ status: 0 })")
    assert "comes back" in page.run("teacher.sentence") and page.run("last") is None
    page.execute("teacher.lose({ status: 410, message: 'It is over.' })")
    assert (page.run("last"), page.run("teacher.stream.stopped.signal.aborted")) == ("It is over.", True)


def test_a_revealed_answer_is_given_in_the_text_and_done_with_as_the_teacher_reads_on(page: Player):
    def hear(phase: str) -> None:
        count = {"people": 3, "away": 0, "rounds": 1, "ballot": BALLOT | {"phase": phase}}
        page.execute(f"posted.length = 0; teacher.hear('count', {json.dumps(count)}); tick();")

    done = ["/ballot", {"action": "done"}, "secret"]
    teach(page, moment(step=4))
    hear("open")
    hear("revealed")
    assert page.run("happened.at(-1)") == ["lstm-viz:reveal", {"question": "?", "chosen": None}]
    assert done not in page.run("posted")
    page.execute("page.paragraph = { lesson: 'use_gate', paragraph: 3 }; tick(); tick();")
    assert page.run("posted").count(done) == 1
    teach(page, moment(step=4))  # a page that was loaded anew
    hear("revealed")
    assert page.run("posted").count(done) == 1


def test_a_duplicated_tab_is_somebody_else(page: Player):
    page.execute("globalThis.crypto = { getRandomValues: (bytes) => bytes.fill(171) };")
    begin(page, moment(step=0))
    page.execute("source.listeners.moved({ data: 'null' })")
    assert page.run("pupil.stream.address()") == f"/lstm/class/BBBBB/events?person={'ab' * 16}"


def test_how_many_follow_is_said_in_words(page: Player):
    said = {(0, 0): "nobody has joined yet", (1, 0): "1 follows", (30, 0): "30 follow", (30, 4): "26 of 30 follow"}
    for (people, away), words in said.items():
        assert page.call("followers", {"people": people, "away": away}) == words
