// Opens a page that stands alone: draws its charts, and answers the player in the server's place.

import { currentTheme, prefersReducedMotion } from "../../player/frontend/display.js";
import { paletteSwap, swapColours } from "../../player/frontend/palette.js";
import { ChartPage, CONFIG, resizeChart, TOO_OLD, unpackedBytes } from "./chart-page.js";

// How wide the paper of page.css is, without its margins.
const PAPER_PX = 1040;
// A frame's own border.
const FRAME_PX = 4;

const packedText = (id) => document.getElementById(id).textContent;

const unpackedText = async (id) => new TextDecoder().decode(await unpackedBytes(packedText(id)));

async function open() {
  const plotly = document.createElement("script");
  plotly.textContent = await unpackedText("plotly");
  document.head.append(plotly);
  new StandalonePage(await unpackedBytes(packedText("message")), JSON.parse(await unpackedText("looks")));
}

class StandalonePage extends ChartPage {
  constructor(message, looks) {
    super(document.getElementById("bar"));
    this.show(message, looks);
    window.addEventListener("beforeprint", () => this.setPaper("light", PAPER_PX));
    window.addEventListener("afterprint", () => this.setPaper(null, null));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.drawStills());
    document.querySelector("main").addEventListener("click", ({ target }) => this.goTo(target.dataset.go));
  }

  async drawCharts(narrow) {
    await super.drawCharts(narrow);
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

open().catch((error) => {
  document.getElementById("charts").textContent = "DecompressionStream" in window ? String(error) : TOO_OLD;
});
