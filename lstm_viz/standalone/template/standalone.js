// Opens a page that stands alone: draws its charts, and answers the player in the server's place.

import { currentTheme, NARROW_PX, prefersReducedMotion } from "../../player/frontend/display.js";
import { paletteSwap, swapColours } from "../../player/frontend/palette.js";
import mount, { playerIn } from "../../player/frontend/player.js";

const TOO_OLD = "This browser is too old for this picture: it takes one of 2023 or newer.";
const CONFIG = { displayModeBar: false, scrollZoom: false, doubleClick: false, showTips: false };
// How wide the paper of page.css is, without its margins.
const PAPER_PX = 1040;
// A frame's own border.
const FRAME_PX = 4;

// What stands packed in the page: gzip in base64.
async function unpackedBytes(id) {
  const packed = Uint8Array.from(atob(document.getElementById(id).textContent), (sign) => sign.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const unpackedText = async (id) => new TextDecoder().decode(await unpackedBytes(id));

async function open() {
  const plotly = document.createElement("script");
  plotly.textContent = await unpackedText("plotly");
  document.head.append(plotly);
  new StandalonePage(await unpackedBytes("message"), JSON.parse(await unpackedText("looks")));
}

class StandalonePage {
  // `looks`: the charts for a wide screen and for a narrow one.
  constructor(message, looks) {
    this.message = message;
    this.looks = looks;
    this.resizes = new ResizeObserver((entries) => {
      for (const { target } of entries) resizeChart(target);
    });
    this.root = document.getElementById("player").attachShadow({ mode: "open" });
    this.root.append(document.getElementById("bar").content.cloneNode(true));
    this.drawCharts(document.querySelector("main").clientWidth < NARROW_PX);
    window.addEventListener("beforeprint", () => this.setPaper("light", PAPER_PX));
    window.addEventListener("afterprint", () => this.setPaper(null, null));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.drawStills());
    document.querySelector("main").addEventListener("click", ({ target }) => this.goTo(target.dataset.go));
  }

  get player() {
    return playerIn(this.root);
  }

  // Draws the charts for a wide screen or for a narrow one, and hands them to the player.
  async drawCharts(narrow) {
    this.narrow = narrow;
    const { window: steps, figures } = this.looks[narrow ? "narrow" : "wide"];
    const keys = Object.keys(figures);
    const boxes = keys.map(chartBox);
    document.getElementById("charts").replaceChildren(...boxes);
    await Promise.all(keys.map((key, k) => plot(boxes[k].firstChild, figures[key], key)));
    for (const box of boxes) this.resizes.observe(box.firstChild);
    const header = { id: narrow ? "narrow" : "wide", narrow, charts: keys, window: steps };
    mount({
      parentElement: this.root,
      data: withHeader(this.message, header),
      setTriggerValue: (_, asked) => this.stayInside(asked),
      setStateValue: (name, value) => name === "narrow" && this.drawCharts(value),
    });
    this.fitFrame();
    this.drawStills();
  }

  // Draws the pictures of a report, which don't move, in the colours of the page.
  drawStills() {
    const { palettes } = this.player.viewport.header;
    const swap = currentTheme(this.root) === "dark" ? paletteSwap(palettes.light, palettes.dark) : {};
    const { wide, narrow } = this.looks;
    for (const [key, figure] of Object.entries({ ...wide.stills, ...(this.narrow && narrow.stills) })) {
      const { data, layout } = JSON.parse(JSON.stringify(swapColours(figure, swap)));
      const box = document.querySelector(`[data-figure="${key}"]`);
      window.Plotly.react(box, data, layout, CONFIG).then(() => this.resizes.observe(box));
    }
  }

  // A step that a report names brings the picture to it.
  goTo(moment) {
    if (!moment) return;
    window.scrollTo({ top: 0, behavior: prefersReducedMotion() ? "auto" : "smooth" });
    this.player.goTo({ moment: JSON.parse(moment) });
  }

  // The player asks for a step that this page does not hold: it goes to the nearest one that is here.
  stayInside({ step }) {
    const { viewport } = this.player;
    if (viewport.hasStep(step)) return;
    this.player.moveTo({ step: step < viewport.header.start ? viewport.header.start : viewport.stop - 1 });
    this.player.pause();
    document.getElementById("part").classList.add("reached");
  }

  // Paper is light, whatever the screen, and as wide as it is; null brings back the screen's.
  setPaper(theme, width) {
    const { classList } = document.documentElement;
    this.screenTheme ??= classList.value;
    classList.value = theme ?? this.screenTheme;
    document.querySelector("main").style.width = width ? `${width}px` : "";
    this.player.poll();
    this.drawStills();
    for (const chart of document.querySelectorAll(".js-plotly-plot")) resizeChart(chart);
  }

  // A notebook's frame becomes as high as the page, where it lets itself be asked.
  fitFrame() {
    const main = document.querySelector("main");
    const fit = () => {
      try {
        if (window.frameElement) window.frameElement.style.height = `${main.offsetHeight + FRAME_PX}px`;
      } catch {
        // A frame from elsewhere keeps its height, and scrolls.
      }
    };
    new ResizeObserver(fit).observe(main);
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

function plot(box, { data, layout }, key) {
  return window.Plotly.newPlot(box, data, layout, { ...CONFIG, edits: { shapePosition: key === "overview" } });
}

// A chart becomes as wide as its place, and stays as high as it is; Plotly by itself would forget its height.
function resizeChart(chart) {
  const { height } = chart.layout;
  if (!chart.clientWidth || chart.clientWidth === chart._fullLayout.width) return;
  chart.style.height = `${height}px`;
  window.Plotly.relayout(chart, { autosize: true });
  chart.layout.height = height;
}

// The message with some of its header changed; that comes first, since the player tells messages by their beginnings.
function withHeader(message, changes) {
  const length = new DataView(message.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(message.subarray(4, 4 + length)));
  const text = new TextEncoder().encode(JSON.stringify({ ...changes, ...header, ...changes }));
  const changed = new Uint8Array(4 + text.length + message.length - 4 - length);
  new DataView(changed.buffer).setUint32(0, text.length, true);
  changed.set(text, 4);
  changed.set(message.subarray(4 + length), 4 + text.length);
  return changed;
}

open().catch((error) => {
  document.getElementById("charts").textContent = "DecompressionStream" in window ? String(error) : TOO_OLD;
});
