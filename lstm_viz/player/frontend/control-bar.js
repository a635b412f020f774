// The control bar: play, beats, scrubber, unit, sequence, layer, speed; under it the caption and the equations.

import { caption, equations } from "./caption.js";
import { BEAT_NAMES, GATE_NAMES, INSPECTABLE_GATES } from "./gates.js";
import { leaveIfTouched } from "./keyboard.js";

const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];
const LEADS_ON = "Here it ends: → opens the first lesson.";

export class ControlBar {
  constructor(root, player) {
    this.root = root.querySelector(".player");
    this.player = player;
    this.find = (name) => this.root.querySelector(`[data-is="${name}"]`);
    this.addListeners();
  }

  addListeners() {
    const { player } = this;
    const clicks = {
      play: () => player.togglePlay(),
      back: () => player.moveBeat(-1),
      on: () => player.moveBeat(1),
      "step-back": () => player.moveStep(-1),
      "step-on": () => player.moveStep(1),
    };
    for (const [name, act] of Object.entries(clicks)) this.find(name).onclick = act;
    const changes = {
      unit: (value) => player.moveTo({ unit: Number(value) }),
      sequence: (value) => player.moveTo({ sequence: Number(value) }),
      layer: (value) => player.selectLayer(Number(value)),
      notes: (value) => value && player.moveTo({ unit: Number(value) }),
      gate: (value) => player.moveTo({ gate: Number(value), depth: Math.max(1, player.moment.depth) }),
      speed: (value) => player.setSpeed(Number(value)),
    };
    for (const [name, act] of Object.entries(changes))
      this.find(name).onchange = ({ target }) => {
        leaveIfTouched(target);
        act(target.value);
      };
    this.find("scrub").oninput = ({ target }) => player.moveTo({ step: Number(target.value) - 1 });
    this.find("whole").onchange = ({ target }) => player.setWholeSteps(target.checked);
    this.find("levels").onclick = ({ target: { dataset } }) =>
      dataset.depth && player.moveTo({ depth: Number(dataset.depth) });
    const speeds = SPEEDS.map((speed) => [speed, `${speed}×`]);
    this.fillSelect("speed", speeds, 1);
  }

  // What depends on the viewport alone: choices, beats, which controls are there.
  fill(viewport, moment) {
    const { header } = viewport;
    this.find("beats").replaceChildren(...header.beats.map((beat, k) => this.beatButton(beat, k)));
    const bothWays = header.layers.some(({ reverse }) => reverse);
    const layers = header.layers.slice(0, header.ownLayers).map((layer, k) => [k, layerName(layer, bothWays)]);
    const notes = (header.notes ?? []).map(({ unit, text }) => [unit, `unit ${unit + 1}: ${text}`]);
    const gates = INSPECTABLE_GATES.map((gate, k) => [k, GATE_NAMES[gate]]);
    const sequences = header.sequenceNames.map((name, k) => [k, name]);
    this.fillSelect("sequence", sequences);
    this.fillSelect("layer", layers);
    this.fillSelect("notes", [["", "…"], ...notes]);
    const inspectable = gates.filter(([k]) => INSPECTABLE_GATES[k] in (header.maps[0] ?? {}));
    this.fillSelect("gate", inspectable);
    this.fillUnits(viewport, moment.layer);
    this.find("notes-box").hidden = notes.length === 0;
    this.find("sequence-box").hidden = sequences.length < 2;
    this.find("layer-box").hidden = layers.length < 2;
    this.find("opened").hidden = !header.charts.includes("vectors");
    for (const box of this.root.querySelectorAll("[data-control]"))
      box.classList.toggle("hidden", header.hide.includes(box.dataset.control));
    this.root.classList.toggle("large", header.large);
  }

  fillUnits(viewport, layer) {
    const units = viewport.layer(layer).order.map((unit) => [unit, `${unit + 1}`]);
    this.fillSelect("unit", units);
  }

  fillSelect(name, pairs, chosen) {
    const option = ([value, text]) => Object.assign(document.createElement("option"), { value, textContent: text });
    this.find(name).replaceChildren(...pairs.map(option));
    if (chosen !== undefined) this.find(name).value = String(chosen);
  }

  beatButton(beat, index) {
    const button = document.createElement("button");
    const className = `chip ${beat.replace(" ", "-")}`;
    Object.assign(button, { textContent: BEAT_NAMES[beat], type: "button", className });
    button.onclick = () => this.player.moveTo({ beat: index });
    return button;
  }

  // Brings the bar to a moment.
  update(viewport, moment, playing) {
    const length = viewport.header.lengths[moment.sequence];
    const play = this.find("play");
    play.textContent = playing ? "❚❚" : "▶";
    play.setAttribute("aria-label", playing ? "Pause" : "Play");
    const scrubber = this.find("scrub");
    Object.assign(scrubber, { max: length, value: moment.step + 1 });
    scrubber.style.setProperty("--done", `${length > 1 ? (moment.step / (length - 1)) * 100 : 100}%`);
    this.find("place").textContent = `Step ${moment.step + 1} / ${length}`;
    this.find("backwards").hidden = !viewport.layer(moment.layer).reverse;
    for (const name of ["unit", "sequence", "layer", "gate"]) this.find(name).value = String(moment[name]);
    [...this.find("beats").children].forEach((button, k) => {
      button.setAttribute("aria-pressed", String(k === moment.beat));
      button.classList.toggle("done", k < moment.beat);
    });
    for (const button of this.find("levels").children)
      button.setAttribute("aria-pressed", String(Number(button.dataset.depth) === moment.depth));
    this.updateCaption(viewport, moment, playing);
  }

  updateCaption(viewport, moment, playing) {
    const line = this.find("line");
    line.setAttribute("aria-live", playing ? "off" : "polite");
    line.textContent = caption(viewport, moment) + (this.player.leadsOn ? ` ${LEADS_ON}` : "");
    line.dataset.beat = viewport.header.beats[moment.beat];
    this.find("equation").replaceChildren(...equations(viewport, moment).map((terms) => this.equation(terms)));
  }

  equation(terms) {
    const equation = document.createElement("span");
    equation.className = "formula";
    equation.append(...terms.map((term) => this.term(term)));
    return equation;
  }

  term({ symbol, index, text, part, hue, acts, sub }) {
    const span = document.createElement(sub ? "sub" : "span");
    if (symbol) {
      span.innerHTML = `<i>${symbol}</i><sub></sub> `;
      span.querySelector("sub").textContent = index;
    }
    span.append(text);
    if (!part) return span;
    span.className = `term ${hue}${acts ? " acts" : ""}`;
    span.dataset.part = part;
    span.onmouseenter = () => this.player.highlight([part]);
    span.onmouseleave = () => this.player.highlight(null);
    return span;
  }

  setColours(palette) {
    for (const role of ["forget", "learn", "remember", "use"]) this.root.style.setProperty(`--${role}`, palette[role]);
  }

  // The terms of a part that is pointed at in a chart.
  highlightTerms(part) {
    for (const term of this.root.querySelectorAll(".term"))
      term.classList.toggle("highlighted", term.dataset.part === part);
  }

  showWarning(text) {
    const note = this.find("note");
    note.hidden = !text;
    note.textContent = text ?? "";
  }
}

// A layer as the page says it, counted from 1.
function layerName({ name, reverse }, bothWays) {
  const number = name.replace(/^l(\d+)/, (_, k) => `${Number(k) + 1}`).replace("_reverse", "");
  return bothWays ? `${number} ${reverse ? "← backwards" : "→ forwards"}` : number;
}
