// A page without a server that holds a player and the charts it moves; it answers the player in the server's place.

import { NARROW_PX } from "../../player/frontend/display.js";
import mount, { playerIn } from "../../player/frontend/player.js";

export const TOO_OLD = "This browser is too old for this picture: it takes one of 2023 or newer.";
export const CONFIG = { displayModeBar: false, scrollZoom: false, doubleClick: false, showTips: false };

// What stands packed in a page: gzip in base64.
export async function unpackedBytes(text) {
  const packed = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export class ChartPage {
  // `bar`: the template of the player's bar.
  constructor(bar) {
    this.resizes = new ResizeObserver((entries) => {
      for (const { target } of entries) resizeChart(target);
    });
    this.root = document.getElementById("player").attachShadow({ mode: "open" });
    this.root.append(bar.content.cloneNode(true));
  }

  get player() {
    return playerIn(this.root);
  }

  // `looks`: the charts for a wide screen and for a narrow one.
  show(message, looks) {
    this.message = message;
    this.looks = looks;
    return this.drawCharts(this.narrow ?? document.getElementById("charts").clientWidth < NARROW_PX);
  }

  // Draws the charts for a wide screen or for a narrow one, and hands them to the player.
  async drawCharts(narrow) {
    this.narrow = narrow;
    const { window: steps, figures } = this.looks[narrow ? "narrow" : "wide"];
    const keys = Object.keys(figures).filter((key) => this.shows(key));
    const boxes = keys.map(chartBox);
    this.placeCharts(keys, boxes);
    await Promise.all(keys.map((key, k) => plot(boxes[k].firstChild, figures[key], key)));
    for (const box of boxes) this.resizes.observe(box.firstChild);
    this.header = { id: narrow ? "narrow" : "wide", narrow, charts: keys, window: steps };
    this.mountPlayer(this.header);
  }

  // Whether a chart stands on the page now.
  shows(_key) {
    return true;
  }

  placeCharts(_keys, boxes) {
    document.getElementById("charts").replaceChildren(...boxes);
  }

  mountPlayer(header) {
    mount({
      parentElement: this.root,
      data: withHeader(this.message, header),
      setTriggerValue: (name, asked) => this.answer(name, asked),
      setStateValue: (name, value) => this.hear(name, value),
    });
  }

  hear(name, value) {
    if (name === "narrow") this.drawCharts(value);
  }

  answer(name, asked) {
    if (name === "need") this.stayInside(asked);
  }

  // The player asks for a step that this page does not hold: it goes to the nearest one that is here.
  stayInside({ step }) {
    const { viewport } = this.player;
    if (viewport.hasStep(step)) return;
    this.player.moveTo({ step: step < viewport.header.start ? viewport.header.start : viewport.stop - 1 });
    this.player.pause();
    document.getElementById("part").classList.add("reached");
  }
}

function chartBox(key) {
  const box = document.createElement("div");
  box.className = `st-key-${key}`;
  const chart = document.createElement("div");
  chart.setAttribute("role", "img");
  chart.setAttribute("aria-label", key);
  box.append(chart);
  return box;
}

// A chart's box is always as high as the chart, which the player makes lower where there is too little room.
async function plot(box, { data, layout }, key) {
  await window.Plotly.newPlot(box, data, layout, { ...CONFIG, edits: { shapePosition: key === "overview" } });
  box.on("plotly_afterplot", () => {
    if (box.layout.height) box.style.height = `${box.layout.height}px`;
  });
}

// A chart becomes as wide as its place, and stays as high as it is; Plotly by itself would forget its height.
export function resizeChart(chart) {
  const { height } = chart.layout;
  if (!chart.clientWidth || chart.clientWidth === chart._fullLayout.width) return;
  chart.style.height = `${height}px`;
  window.Plotly.relayout(chart, { autosize: true });
  chart.layout.height = height;
}

// The message with some of its header changed; that comes first, since the player tells messages by their beginnings.
export function withHeader(message, changes) {
  const length = new DataView(message.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(message.subarray(4, 4 + length)));
  const text = new TextEncoder().encode(JSON.stringify({ ...changes, ...header, ...changes }));
  const changed = new Uint8Array(4 + text.length + message.length - 4 - length);
  new DataView(changed.buffer).setUint32(0, text.length, true);
  changed.set(text, 4);
  changed.set(message.subarray(4 + length), 4 + text.length);
  return changed;
}
