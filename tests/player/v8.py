"""The player's modules in V8, inside the test's own process: no browser, no page.

V8 alone has no DOM. What modules ask of one as they load is nothing; the few functions that the tested ones call are
stood in for here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
from py_mini_racer import MiniRacer

from lstm_viz.figures.bindings.evaluate import at_layer, evaluate
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.viewport import Viewport
from lstm_viz.player.bundle import bundle

#: What a browser has and V8 has not.
STAND_INS = """
globalThis.TextDecoder = class {
  decode(bytes) {
    let text = "";
    for (let k = 0; k < bytes.length; k += 8192) text += String.fromCharCode(...bytes.subarray(k, k + 8192));
    return decodeURIComponent(escape(text));
  }
};
// As much of a parser as captions need: their marked-up texts hold tags and three entities.
globalThis.DOMParser = class {
  parseFromString(markup) {
    const text = markup.replace(/<[^>]*>/g, "");
    const textContent = text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
    return { body: { textContent } };
  }
};
const SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const SIXES = new Map([...SIGNS].map((sign, k) => [sign, k]));
function fromBase64(text) {
  const signs = text.replaceAll("=", "");
  const bytes = new Uint8Array(Math.floor((signs.length * 3) / 4));
  let [held, bits, place] = [0, 0, 0];
  for (const sign of signs) {
    held = ((held << 6) | SIXES.get(sign)) & 0xffffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[place++] = (held >> bits) & 0xff;
  }
  return bytes;
}
"""

#: Every binding of a figure's parts at every moment, in the order of both.
EVALUATE_ALL = """
globalThis.evaluateAll = (bound, moments) =>
  moments.map((moment) => bound.map(([layer, binding]) =>
    evaluate(binding, viewport, momentInLayer(layer ?? undefined, moment, viewport)) ?? null));
"""
MODULES = Path(__file__).with_name("modules.js")


class Player:
    """Functions of the player's modules; `viewport` is what it was last given."""

    def __init__(self, v8: MiniRacer) -> None:
        self._v8 = v8

    def call(self, function: str, *arguments: Any) -> Any:
        """What an exported function gives, as JSON sees it: NaN and undefined are None."""
        said = ", ".join(json.dumps(argument, cls=_Encoder) for argument in arguments)
        return self.run(f"{function}({said})")

    def run(self, expression: str) -> Any:
        """What an expression gives, as JSON sees it."""
        return json.loads(self._v8.eval(f"JSON.stringify(({expression}) ?? null)"))

    def execute(self, script: str) -> None:
        """Runs a script."""
        self._v8.eval(f"{script}; 0")

    def receive(self, message: bytes, comparison: bytes = b"") -> None:
        """Makes the viewport of a message, with a comparison run beside it where there is one."""
        self._v8.eval(f"globalThis.viewport = new Viewport(fromBase64('{base64.b64encode(message).decode()}'))")
        if comparison:
            packed = base64.b64encode(comparison).decode()
            self._v8.eval(f"viewport.joinComparison(new Viewport(fromBase64('{packed}')))")

    def differences(self, figure: go.Figure, viewport: Viewport, moments: Iterable[Moment]) -> list[tuple]:
        """Bindings of a figure that give something else here than in Python, by moment and path.

        An alternative text is held against Python's too: the player keeps it up to date.
        """
        moments, bound = list(moments), list(bindings(figure))
        asked = [[layer, binding] for layer, _, binding in bound]
        here = self.call("evaluateAll", asked, [vars(moment) for moment in moments])
        assert len(here) == len(moments)
        return [
            (moment, path, found, given)
            for moment, row in zip(moments, here, strict=True)
            for (layer, path, binding), found in zip(bound, row, strict=True)
            if not same(found, given := evaluate(binding, viewport, at_layer(layer, viewport, moment)))
        ]


def bindings(figure: go.Figure) -> Iterator[tuple[Any, str, dict]]:
    """(layer, path, binding) of all traces, of the layout and of the alternative text."""
    for part in (*figure.data, figure.layout):
        meta = part.meta or {}
        for path, binding in (meta.get("follow") or {}).items():
            yield meta.get("of"), path, binding
        if "alt" in meta:
            yield meta.get("of"), "alt", meta["alt"]


@contextmanager
def player() -> Iterator[Player]:
    """The player's modules in a V8 of their own."""
    with MiniRacer() as v8:
        v8.eval(STAND_INS + bundle(MODULES) + EVALUATE_ALL)
        yield Player(v8)


def same(found: Any, given: Any) -> bool:
    """Whether two values are one: numbers to five digits, all else exactly."""
    if isinstance(given, (list, tuple)):
        return isinstance(found, list) and len(found) == len(given) and all(map(same, found, given))
    if isinstance(given, dict):
        return isinstance(found, dict) and all(same(found.get(name), value) for name, value in given.items())
    if isinstance(given, (int, float, np.number)) and not isinstance(given, bool):
        return isinstance(found, (int, float)) and bool(np.isclose(found, given, atol=2e-5))
    return found == given


class _Encoder(json.JSONEncoder):
    def default(self, value: Any) -> Any:
        return value.tolist() if isinstance(value, (np.generic, np.ndarray)) else super().default(value)
