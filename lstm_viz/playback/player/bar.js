// The bar: play, beats, scrubber, unit, sequence, layer, speed; under it the line and the equation.

const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];
const CHIPS = { arrive: "Arrive", forget: "Forget", learn: "Learn", remember: "Remember", use: "Use", "move on": "Move on" };

const GATE_NAMES = {
  forget_gate: "forget factor",
  input_gate: "ignore factor",
  candidate: "combined value",
  output_gate: "use factor",
  readout: "offer",
};

class Bar {
  constructor(root, player) {
    this.root = root.querySelector(".player");
    this.player = player;
    this.find = (name) => this.root.querySelector(`[data-is="${name}"]`);
    this.wire();
  }

  wire() {
    const { player } = this;
    const clicks = {
      play: () => player.toggle(),
      back: () => player.beat(-1),
      on: () => player.beat(1),
      "step-back": () => player.step(-1),
      "step-on": () => player.step(1),
    };
    for (const [name, act] of Object.entries(clicks)) this.find(name).onclick = act;
    this.find("scrub").oninput = (event) => player.go({ step: Number(event.target.value) - 1 });
    this.find("unit").onchange = (event) => player.go({ unit: Number(event.target.value) });
    this.find("sequence").onchange = (event) => player.go({ sequence: Number(event.target.value) });
    this.find("layer").onchange = (event) => player.changeLayer(Number(event.target.value));
    this.find("notes").onchange = (event) => event.target.value && player.go({ unit: Number(event.target.value) });
    this.find("gate").onchange = (event) => player.go({ gate: Number(event.target.value), depth: Math.max(1, player.moment.depth) });
    this.find("levels").onclick = (event) => event.target.dataset.depth && player.go({ depth: Number(event.target.dataset.depth) });
    this.find("speed").onchange = (event) => (player.speed = Number(event.target.value));
    this.find("whole").onchange = (event) => player.setWhole(event.target.checked);
    this.fill("speed", SPEEDS.map((speed) => [speed, `${speed}×`]), 1);
  }

  // What depends on the reel alone: choices, chips, the scrubber's range.
  furnish(reel, moment) {
    const { header } = reel;
    const chips = this.find("beats");
    chips.replaceChildren(...header.beats.map((beat, k) => this.chip(beat, k)));
    this.fill("sequence", header.sequenceNames.map((name, k) => [k, name]));
    this.fill("layer", header.layers.slice(0, header.own).map((layer, k) => [k, layerName(layer, header.layers.some(({ reverse }) => reverse))]));
    const notes = header.notes ?? [];
    this.fill("notes", [["", "…"], ...notes.map(({ unit, text }) => [unit, `unit ${unit + 1}: ${text}`])]);
    this.find("notes-box").hidden = notes.length === 0;
    this.find("sequence-box").hidden = header.sequenceNames.length < 2;
    this.find("layer-box").hidden = header.own < 2;
    for (const box of this.root.querySelectorAll("[data-control]")) box.classList.toggle("hidden", header.hide.includes(box.dataset.control));
    this.root.classList.toggle("large", header.large);
    this.furnishUnits(reel, moment.layer);
    this.find("opened").hidden = !header.charts.includes("vectors");
    const there = OPENED.map((gate, k) => [k, GATE_NAMES[gate]]).filter(([k]) => OPENED[k] in (header.maps[0] ?? {}));
    this.fill("gate", there);
  }

  furnishUnits(reel, layer) {
    this.fill("unit", reel.layer(layer).order.map((unit) => [unit, `${unit + 1}`]));
  }

  chip(beat, place) {
    const chip = document.createElement("button");
    Object.assign(chip, { textContent: CHIPS[beat], type: "button", className: `chip ${beat.replace(" ", "-")}` });
    chip.onclick = () => this.player.go({ beat: place });
    return chip;
  }

  fill(name, pairs, chosen) {
    const options = pairs.map(([value, text]) => Object.assign(document.createElement("option"), { value, textContent: text }));
    this.find(name).replaceChildren(...options);
    if (chosen !== undefined) this.find(name).value = String(chosen);
  }

  show(reel, moment, playing) {
    const length = reel.header.lengths[moment.sequence];
    const play = this.find("play");
    play.textContent = playing ? "❚❚" : "▶";
    play.setAttribute("aria-label", playing ? "Pause" : "Play");
    const scrub = this.find("scrub");
    Object.assign(scrub, { max: length, value: moment.step + 1 });
    scrub.style.setProperty("--done", `${length > 1 ? (moment.step / (length - 1)) * 100 : 100}%`);
    this.find("place").textContent = `Step ${moment.step + 1} / ${length}`;
    this.find("backwards").hidden = !reel.layer(moment.layer).reverse;
    for (const name of ["unit", "sequence", "layer"]) this.find(name).value = String(moment[name]);
    [...this.find("beats").children].forEach((chip, k) => {
      chip.setAttribute("aria-pressed", String(k === moment.beat));
      chip.classList.toggle("done", k < moment.beat);
    });
    this.find("gate").value = String(moment.gate);
    for (const button of this.find("levels").children) button.setAttribute("aria-pressed", String(Number(button.dataset.depth) === moment.depth));
    this.say(reel, moment, playing);
  }

  say(reel, moment, playing) {
    const line = this.find("line");
    line.setAttribute("aria-live", playing ? "off" : "polite");
    line.textContent = caption(reel, moment);
    line.dataset.beat = reel.header.beats[moment.beat];
    this.find("equation").replaceChildren(...formulas(reel, moment).map((terms) => this.formula(terms)));
  }

  formula(terms) {
    const formula = document.createElement("span");
    formula.className = "formula";
    formula.append(...terms.map((term) => this.term(term)));
    return formula;
  }

  term({ symbol, index, text, part, hue, acts, sub }) {
    const span = document.createElement(sub ? "sub" : "span");
    if (symbol) span.innerHTML = `<i>${symbol}</i><sub></sub> `;
    if (symbol) span.querySelector("sub").textContent = index;
    span.append(text);
    if (!part) return span;
    span.className = `term ${hue}${acts ? " acts" : ""}`;
    span.dataset.part = part;
    span.onmouseenter = () => this.player.light([part]);
    span.onmouseleave = () => this.player.light(null);
    return span;
  }

  colour(palette) {
    for (const role of ["forget", "learn", "remember", "use"]) this.root.style.setProperty(`--${role}`, palette[role]);
  }

  lit(part) {
    for (const term of this.root.querySelectorAll(".term")) term.classList.toggle("lit", term.dataset.part === part);
  }

  warn(text) {
    const note = this.find("note");
    note.hidden = !text;
    note.textContent = text ?? "";
  }
}

function layerName({ name, reverse }, both) {
  const number = name.replace(/^l(\d+)/, (_, k) => `${Number(k) + 1}`).replace("_reverse", "");
  return both ? `${number} ${reverse ? "← backwards" : "→ forwards"}` : number;
}
