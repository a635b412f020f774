// Every chart of the page can be kept as a picture, as it stands on the screen: a sharp PNG, or an SVG.

const SHARP = 3;
const FORMATS = ["png", "svg"];
const SAVE_LOOK = `
  :host { position: absolute; top: 0; right: 0; z-index: 1002; opacity: 0; transition: opacity 0.15s; }
  :host(:focus-within), :host(.near) { opacity: 1; }
  button { font: 500 11.5px/1 var(--st-font, sans-serif); color: var(--st-text-color); cursor: pointer; min-height: 24px; padding: 0 7px;
    background: var(--st-background-color); border: 1px solid color-mix(in srgb, var(--st-text-color) 30%, transparent); }
  button:hover, button:focus-visible { border-color: var(--st-primary-color); color: var(--st-primary-color); }
  button:first-child { border-radius: 7px 0 0 7px; border-right: 0; }
  button:last-child { border-radius: 0 7px 7px 0; }
  @media print { :host { display: none; } }
`;

// Puts the two buttons over each chart that has none yet.
function offerSaving(player) {
  for (const gd of document.querySelectorAll(".js-plotly-plot")) {
    const holder = gd.closest(".stElementContainer") ?? gd.parentElement;
    if (holder.querySelector(":scope > .save-picture")) continue;
    if (getComputedStyle(holder).position === "static") holder.style.position = "relative";
    holder.append(saver(holder, player));
  }
}

function saver(holder, player) {
  const host = Object.assign(document.createElement("div"), { className: "save-picture" });
  host.attachShadow({ mode: "open" }).innerHTML = `<style>${SAVE_LOOK}</style>`;
  for (const format of FORMATS) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: format.toUpperCase(), title: `Save this picture as ${format.toUpperCase()}` });
    button.onclick = () => savePicture(holder.querySelector(".js-plotly-plot"), format, player);
    host.shadowRoot.append(button);
  }
  // Near the chart's upper edge: elsewhere they would stand in the way of what is pointed at.
  holder.addEventListener("pointermove", ({ clientY }) => host.classList.toggle("near", clientY - holder.getBoundingClientRect().top < 90));
  holder.addEventListener("pointerleave", () => host.classList.remove("near"));
  return host;
}

async function savePicture(gd, format, player) {
  const { width, height } = gd._fullLayout;
  const href = await window.Plotly.toImage(gd, { format, width, height, scale: format === "png" ? SHARP : 1 });
  Object.assign(document.createElement("a"), { href, download: `${pictureName(gd, player)}.${format}` }).click();
}

// What the picture shows, as a file's name: which chart, and where it looks, if it follows the player.
function pictureName(gd, { moment, reel }) {
  const called = /st-key-([\w-]+)/.exec(gd.closest("[class*='st-key-']")?.className)?.[1] ?? "picture";
  const key = gd.dataset.figure ?? called.replace(/-chart$/, "");
  if (!gd.layout.meta?.held) return `lstm-viz-${key}`;
  const layer = reel.header.own > 1 ? `-layer-${moment.layer + 1}` : "";
  return `lstm-viz-${key}${layer}-sequence-${moment.sequence + 1}-step-${moment.step + 1}-unit-${moment.unit + 1}`;
}
