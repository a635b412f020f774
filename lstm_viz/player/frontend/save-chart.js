// Every chart of the page can be kept as a picture, as it stands on the screen: a sharp PNG, or an SVG. The buttons
// stand beside the chart, in the page's margin or in a gutter, where they cover nothing.

import { NARROW_PX } from "./display.js";

const PNG_SCALE = 3;
const FORMATS = ["png", "svg"];
const NEAR_PX = 90;
const GUTTER_PX = 32;
const [AFTER_TOUCH_MS, TOUCH_MS] = [300, 4000];
const STYLE = `
  :host { position: absolute; top: 0; right: 0; z-index: 1002; opacity: 0; pointer-events: none; transition: opacity 0.15s; }
  :host(.beside) { left: calc(100% - var(--gutter, 0px)); right: auto; display: flex; flex-direction: column; }
  :host(.beside) button { font-size: 10.5px; padding: 0 2px; width: 28px; margin-left: 2px; }
  :host(:focus-within), :host(.near) { opacity: 1; pointer-events: auto; }
  button { font: 500 11.5px/1 var(--st-font, sans-serif); color: var(--st-text-color); cursor: pointer; min-height: 24px; padding: 0 7px;
    background: var(--st-background-color); border: 1px solid color-mix(in srgb, var(--st-text-color) 30%, transparent); }
  button:hover, button:focus-visible { border-color: var(--st-primary-color); color: var(--st-primary-color); }
  button:first-child { border-radius: 7px 0 0 7px; border-right: 0; }
  button:last-child { border-radius: 0 7px 7px 0; }
  :host(.beside) button:first-child { border-radius: 7px 7px 0 0; border-right: 1px solid color-mix(in srgb, var(--st-text-color) 30%, transparent); border-bottom: 0; }
  :host(.beside) button:last-child { border-radius: 0 0 7px 7px; }
  @media (pointer: coarse) { button { min-height: 44px; min-width: 44px; } }
  @media print { :host { display: none; } }
`;

// Puts the two buttons over each chart that has none yet.
export function addSaveButtons(player) {
  for (const gd of document.querySelectorAll(".js-plotly-plot")) {
    const holder = gd.closest(".stElementContainer") ?? gd.parentElement;
    if (holder.querySelector(":scope > .save-picture")) continue;
    if (getComputedStyle(holder).position === "static") holder.style.position = "relative";
    const host = saveButtons(holder, player);
    holder.append(host);
    placeBeside(holder, host);
  }
}

// Right of the chart: in the page's margin where the chart reaches up to it, else in a gutter that the chart leaves.
// A phone has room for neither; there they come with a touch and go again. A narrow chart on a wide screen has a
// gutter.
function placeBeside(holder, host) {
  const isPhone = window.innerWidth < NARROW_PX;
  host.classList.toggle("beside", !isPhone);
  if (isPhone) return;
  const page = holder.closest(".stMain") ?? document.documentElement;
  const room = page.getBoundingClientRect().left + page.clientWidth - holder.getBoundingClientRect().right;
  const column = holder.closest(".stColumn");
  const hasMargin = room >= GUTTER_PX && !column?.nextElementSibling;
  const gutter = hasMargin ? "0px" : `${GUTTER_PX}px`;
  host.style.setProperty("--gutter", gutter);
  Object.assign(holder.style, { overflow: "visible", paddingRight: gutter });
}

export function removeSaveButtons() {
  for (const buttons of document.querySelectorAll(".save-picture")) buttons.remove();
}

function saveButtons(holder, player) {
  const host = Object.assign(document.createElement("div"), { className: "save-picture" });
  host.attachShadow({ mode: "open" }).innerHTML = `<style>${STYLE}</style>`;
  for (const format of FORMATS) {
    const button = document.createElement("button");
    Object.assign(button, {
      type: "button",
      textContent: format.toUpperCase(),
      title: `Save this picture as ${format.toUpperCase()}`,
    });
    button.onclick = () => {
      const chart = holder.querySelector(".js-plotly-plot");
      saveChart(chart, format, chartFileName(chart, player));
    };
    host.shadowRoot.append(button);
  }
  showWhenNear(holder, host);
  return host;
}

// The buttons show near the chart's upper edge: elsewhere they would stand in the way of what is pointed at.
// A finger that has touched it needs time to come back.
function showWhenNear(holder, host) {
  let timer;
  const setNear = (near, wait = 0) => {
    clearTimeout(timer);
    timer = setTimeout(() => host.classList.toggle("near", near), wait);
  };
  const isAbove = ({ clientY }) => clientY - holder.getBoundingClientRect().top < NEAR_PX;
  holder.addEventListener("pointermove", (event) => event.pointerType !== "touch" && setNear(isAbove(event)));
  holder.addEventListener("pointerleave", (event) => event.pointerType !== "touch" && setNear(false));
  holder.addEventListener("pointerup", (event) => {
    if (event.pointerType !== "touch" || !isAbove(event)) return;
    setTimeout(() => host.classList.add("near"), AFTER_TOUCH_MS);
    setNear(false, TOUCH_MS);
  });
}

// Saves a chart as a file of this name. A PDF comes by the browser's print window, which draws every letter of a picture
// as text; it takes the name from the page.
export async function saveChart(gd, format, name) {
  const waits = [];
  window.dispatchEvent(new CustomEvent("lstm-viz:settle", { detail: { gd, waits } }));
  await Promise.all(waits);
  const { width, height } = gd._fullLayout;
  const drawn = { format: format === "pdf" ? "svg" : format, width, height, scale: format === "png" ? PNG_SCALE : 1 };
  const href = await window.Plotly.toImage(gd, drawn);
  if (format === "pdf") printPicture(decodeURIComponent(href.slice(href.indexOf(",") + 1)), { width, height }, name);
  else Object.assign(document.createElement("a"), { href, download: `${name}.${format}` }).click();
}

// Opens the print window for one SVG on a page of its own size.
function printPicture(svg, { width, height }, name) {
  document.querySelector("iframe.print-picture")?.remove();
  const frame = Object.assign(document.createElement("iframe"), {
    className: "print-picture",
    srcdoc: "<!doctype html>",
  });
  frame.style.cssText = "position: fixed; width: 0; height: 0; border: 0; visibility: hidden";
  frame.onload = () => {
    const inside = frame.contentDocument;
    inside.title = name;
    inside.head.append(
      Object.assign(inside.createElement("style"), {
        textContent: `@page { size: ${width}px ${height}px; margin: 0 } body { margin: 0 } svg { display: block }
          * { print-color-adjust: exact; -webkit-print-color-adjust: exact }`,
      }),
    );
    inside.body.append(inside.adoptNode(new DOMParser().parseFromString(svg, "image/svg+xml").documentElement));
    // Firefox and Safari name the file after the page that holds the frame.
    const title = document.title;
    frame.contentWindow.onafterprint = () => {
      document.title = title;
    };
    document.title = name;
    frame.contentWindow.print();
  };
  document.body.append(frame);
}

// What the picture shows, as a file's name: which chart, and where it looks, if it follows the player.
function chartFileName(gd, { moment, viewport }) {
  const container = /st-key-([\w-]+)/.exec(gd.closest("[class*='st-key-']")?.className)?.[1] ?? "picture";
  const key = gd.dataset.figure ?? container.replace(/-chart$/, "");
  if (!gd.layout.meta?.attached) return `lstm-viz-${key}`;
  const layer = viewport.header.ownLayers > 1 ? `-layer-${moment.layer + 1}` : "";
  return `lstm-viz-${key}${layer}-sequence-${moment.sequence + 1}-step-${moment.step + 1}-unit-${moment.unit + 1}`;
}
