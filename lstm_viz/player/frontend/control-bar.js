// The control bar: play, one beat back and on, the rail, and a menu with all else; under it the caption and the equations.

import { caption, equations } from "./caption.js";
import { whole } from "./formats.js";
import { BEAT_NAMES, GATE_NAMES, INSPECTABLE_GATES } from "./gates.js";
import { leaveIfTouched } from "./keyboard.js";
import { copyLink, togglePointer } from "./presenting.js";
import { Rail } from "./rail.js";

const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];
const LEADS_ON = "Here it ends: → opens the first lesson.";

export class ControlBar {
  constructor(root, player) {
    this.root = root.querySelector(".player");
    this.player = player;
    this.find = (name) => this.root.querySelector(`[data-is="${name}"]`);
    this.rail = new Rail(this.find("rail"), player);
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
      more: () => this.openMenu(!this.isMenuOpen),
      present: () => player.present(true),
      end: () => player.present(false),
      pointer: ({ target }) => target.setAttribute("aria-pressed", String(togglePointer())),
      teach: () => window.dispatchEvent(new CustomEvent("lstm-viz:teach")),
      copy: ({ target }) => copyLink(target),
      code: () => player.sendTrigger("share", location.href),
    };
    for (const [name, act] of Object.entries(clicks)) this.find(name).onclick = act;
    const changes = {
      unit: (value) => player.moveTo({ unit: Number(value) }),
      sequence: (value) => player.moveTo({ sequence: Number(value) }),
      layer: (value) => player.selectLayer(Number(value)),
      gate: (value) => player.moveTo({ gate: Number(value), depth: Math.max(1, player.moment.depth) }),
      speed: (value) => player.setSpeed(Number(value)),
    };
    for (const [name, act] of Object.entries(changes))
      this.find(name).onchange = ({ target }) => {
        leaveIfTouched(target);
        act(target.value);
      };
    this.find("whole").onchange = ({ target }) => player.setWholeSteps(target.checked);
    this.find("signs").onchange = () => player.toggleSigns();
    this.find("levels").onclick = ({ target: { dataset } }) =>
      dataset.depth && player.moveTo({ depth: Number(dataset.depth) });
    const speeds = SPEEDS.map((speed) => [speed, `${speed}×`]);
    this.fillSelect("speed", speeds, 1);
  }

  // What depends on the viewport alone: choices, beats, which controls are there.
  fill(viewport, moment) {
    const { header } = viewport;
    this.rail.fill(viewport);
    this.find("keys").replaceChildren(...keys(header, this.player.canInspectGates));
    const bothWays = header.layers.some(({ reverse }) => reverse);
    const layers = header.layers.slice(0, header.ownLayers).map((layer, k) => [k, layerName(layer, bothWays)]);
    const gates = INSPECTABLE_GATES.map((gate, k) => [k, GATE_NAMES[gate]]);
    const sequences = header.sequenceNames.map((name, k) => [k, name]);
    this.fillSelect("sequence", sequences);
    this.fillSelect("layer", layers);
    const inspectable = gates.filter(([k]) => INSPECTABLE_GATES[k] in (header.maps[0] ?? {}));
    this.fillSelect("gate", inspectable);
    this.fillUnits(viewport, moment.layer);
    this.find("sequence-box").hidden = sequences.length < 2;
    this.find("layer-box").hidden = layers.length < 2;
    this.find("opened").hidden = !header.charts.includes("vectors");
    for (const box of this.root.querySelectorAll("[data-control]"))
      box.classList.toggle("hidden", header.hide.includes(box.dataset.control));
    this.root.classList.toggle("large", header.large);
    // A page in a notebook has no address of its own; one of a site has no server that draws a code or leads a class.
    this.find("share").classList.toggle("hidden", !document.querySelector(".stApp, body.site"));
    for (const name of ["code", "teach"]) this.find(name).classList.toggle("hidden", !document.querySelector(".stApp"));
    this.root.classList.toggle("welcomes", header.watch);
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

  get isMenuOpen() {
    return !this.find("menu").hidden;
  }

  // The choice of a model is Streamlit's, and stands elsewhere in the page: it is shown in the menu's own room.
  openMenu(isOpen) {
    this.find("menu").hidden = !isOpen;
    this.find("more").setAttribute("aria-expanded", String(isOpen));
    document.documentElement.classList.toggle("lstm-menu-open", isOpen);
    this.placeModels();
  }

  placeModels() {
    const box = this.isMenuOpen && document.querySelector(".st-key-model-box");
    const room = this.find("models");
    if (!box) return;
    const [inner, outer] = [room, box.offsetParent].map((part) => part.getBoundingClientRect());
    const place = { left: inner.left - outer.left, top: inner.top - outer.top, width: inner.width };
    for (const [name, value] of Object.entries(place)) box.style[name] = `${Math.round(value)}px`;
    room.style.height = `${box.offsetHeight}px`;
  }

  // Brings the bar to a moment.
  update(viewport, moment, playing) {
    const length = viewport.header.lengths[moment.sequence];
    const play = this.find("play");
    play.textContent = playing ? "❚❚" : viewport.header.watch ? "▶ Watch" : "▶";
    play.setAttribute("aria-label", playing ? "Pause" : "Play");
    const beat = this.rail.beats.length ? ` · ${BEAT_NAMES[viewport.header.beats[moment.beat]]}` : "";
    this.find("place").textContent = `Step ${whole(moment.step + 1)} / ${whole(length)}`;
    this.find("place").title = `Step ${whole(moment.step + 1)} of ${whole(length)}${beat}`;
    this.rail.update(viewport, moment);
    this.find("backwards").hidden = !viewport.layer(moment.layer).reverse;
    for (const name of ["unit", "sequence", "layer", "gate"]) this.find(name).value = String(moment[name]);
    this.find("opened").classList.toggle("at-cell", moment.depth === 0);
    this.find("signs").checked = Boolean(moment.signs);
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

  term({ symbol, index, text, part, hue, acts, pending, sub }) {
    const span = document.createElement(sub ? "sub" : "span");
    if (symbol) {
      span.innerHTML = `<i>${symbol}</i><sub></sub> `;
      span.querySelector("sub").textContent = index;
    }
    span.append(text);
    if (!part) return span;
    span.className = `term ${hue}${acts ? " acts" : ""}${pending ? " pending" : ""}`;
    span.dataset.part = part;
    span.onmouseenter = () => this.player.highlight([part]);
    span.onmouseleave = () => this.player.highlight(null);
    return span;
  }

  setColours(palette) {
    for (const role of ["forget", "learn", "remember", "use"]) this.root.style.setProperty(`--${role}`, palette[role]);
    // Streamlit tells its colours to components alone; the app's own style sheet needs some of them.
    document.documentElement.style.setProperty("--lstm-primary", palette.remember);
    document.documentElement.style.setProperty("--lstm-background", palette.background);
    document.documentElement.style.setProperty("--lstm-foreground", palette.foreground);
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

// The player's keys, as this page has them.
function keys({ hide, checkpoints }, canInspectGates) {
  const isLesson = Boolean(document.querySelector(".st-key-lesson-links"));
  const list = [
    ["space", "play"],
    ["→ ←", isLesson ? "read on, read back" : "beat on, beat back"],
    ...(isLesson ? [[". ,", "beat on, beat back"]] : []),
    ["⇧ → ←", "step on, step back"],
    ["Home End", "first, last step"],
    ["↑ ↓", "unit"],
    ["c", "colour by writer, by sign"],
    ...(hide.includes("sequence") ? [] : [["[ ]", "sequence"]]),
    ...(checkpoints ? [["< >", "earlier, later in training"]] : []),
    ...(canInspectGates ? [["Enter Esc", "into a gate, out of it"]] : []),
  ];
  return list.map(([names, text]) => {
    const entry = Object.assign(document.createElement("span"), { className: "key" });
    entry.append(
      ...names.split(" ").map((name) => Object.assign(document.createElement("kbd"), { textContent: name })),
      ` ${text}`,
    );
    return entry;
  });
}

// A layer as the page says it, counted from 1.
function layerName({ name, reverse }, bothWays) {
  const number = name.replace(/^l(\d+)/, (_, k) => `${Number(k) + 1}`).replace("_reverse", "");
  return bothWays ? `${number} ${reverse ? "← backwards" : "→ forwards"}` : number;
}
