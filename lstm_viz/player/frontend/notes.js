// What there is to look for, as chips under the picture: each goes to the unit, the step and the beat that show it.

import { whole } from "./formats.js";

const PARTS = ["unit", "step", "beat", "sequence"];
// More rows than this are a list that nobody reads: the others come when asked for.
const ROWS = 1;

export default function mount({ parentElement, data }) {
  const box = parentElement.querySelector(".notes");
  const chips = data.map(chip);
  const label = Object.assign(document.createElement("b"), { textContent: "Look for" });
  const more = Object.assign(document.createElement("button"), { type: "button", className: "more" });
  let isWhole = false;
  const fit = () => hideOthers(box, chips, more, isWhole);
  more.onclick = () => {
    isWhole = true;
    fit();
  };
  box.replaceChildren(label, ...chips, more);
  fit();
  const width = new ResizeObserver(fit);
  width.observe(box);
  const compare = ({ detail }) => {
    for (const each of chips) each.setAttribute("aria-pressed", String(isAt(each.moment, detail)));
  };
  window.addEventListener("lstm-viz:moment", compare);
  return () => {
    width.disconnect();
    window.removeEventListener("lstm-viz:moment", compare);
  };
}

// Hides the chips that have no room in the first row; a narrow box scrolls sideways and hides none.
function hideOthers(box, chips, more, isWhole) {
  for (const each of chips) each.hidden = false;
  more.hidden = true;
  if (isWhole || getComputedStyle(box).flexWrap === "nowrap" || !box.clientWidth) return;
  const tops = () => new Set([...box.children].filter((each) => !each.hidden).map((each) => middle(each)));
  for (let shown = chips.length - 1; shown > 0 && tops().size > ROWS; shown -= 1) {
    chips[shown].hidden = true;
    more.hidden = false;
    more.textContent = `${chips.length - shown} more`;
  }
}

function middle(element) {
  return Math.round((element.offsetTop + element.offsetHeight / 2) / 8);
}

function chip(note) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: said(note) });
  button.moment = Object.fromEntries(PARTS.filter((name) => note[name] != null).map((name) => [name, note[name]]));
  const where = note.step == null ? [] : [`step ${whole(note.step + 1)}`];
  button.title = [`Unit ${note.unit + 1}`, ...where].join(", ") + `: ${note.text}`;
  button.setAttribute("aria-pressed", "false");
  button.onclick = () =>
    window.dispatchEvent(new CustomEvent("lstm-viz:go-to", { detail: { moment: button.moment, parts: [] } }));
  return button;
}

// The finding in short, then whose it is: "Tells A from other letters (unit 7)".
function said({ unit, text }) {
  const finding = text.split(": ")[0].replace(/^(Its long-term memory|Its|It) /, "");
  return `${finding[0].toUpperCase()}${finding.slice(1)} (unit ${unit + 1})`;
}

function isAt(wanted, moment) {
  return wanted.step !== undefined && Object.entries(wanted).every(([name, value]) => moment[name] === value);
}
