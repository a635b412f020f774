// Be the cell: a person sets what each event does to the gates of three units, and the run is drawn and scored at once.

import { plain, signed } from "./formats.js";
import { CANDIDATE, largest, readTable, runTable, writeTable } from "./gate-table.js";
import { blend } from "./palette.js";
import { button, element, followText } from "./panel.js";
import { wearTheme } from "./themed.js";

const KEY = "own-cell";
const PARAMETER = "cell";
const ADDRESS_DELAY_MS = 250;
const [FORGET, INPUT, OUTPUT] = [0, 1, 3];
// What a press chooses next, and what it is called. A write sets how much is let in and the candidate.
const STEPS = {
  keep: [
    { text: "drop", values: { [FORGET]: 0 } },
    { text: "half", values: { [FORGET]: 0.5 } },
    { text: "keep", values: { [FORGET]: 1 } },
  ],
  write: [
    { text: "0", values: { [INPUT]: 0 } },
    { text: "+", values: { [INPUT]: 1, [CANDIDATE]: 1 } },
    { text: "−", values: { [INPUT]: 1, [CANDIDATE]: -1 } },
  ],
  show: [
    { text: "hide", values: { [OUTPUT]: 0 } },
    { text: "show", values: { [OUTPUT]: 1 } },
  ],
};
// The gates of a cell of the grid, in the order in which they are set finely.
const FINE = [
  { gate: FORGET, name: "forget factor", low: 0, gateClass: "keep" },
  { gate: INPUT, name: "ignore factor", low: 0, gateClass: "let-in" },
  { gate: CANDIDATE, name: "combined value", low: -1, gateClass: "write" },
  { gate: OUTPUT, name: "use factor", low: 0, gateClass: "show" },
];

class OwnCell {
  constructor(parent) {
    this.root = parent.querySelector(".own-cell");
    this.find = (name) => this.root.querySelector(`[data-is="${name}"]`);
    this.sequence = 0;
    this.chosen = { event: 0, unit: 0 };
    const listeners = {
      "lstm-viz:moment": ({ detail }) => this.followSequence(detail.sequence),
      popstate: () => this.data && this.show(this.inAddress() ?? this.table),
    };
    for (const [name, listener] of Object.entries(listeners)) window.addEventListener(name, listener);
    const endFollowing = followText(parent, KEY);
    this.find("reset").onclick = () => this.show(this.read(this.data.start), { isOwn: true });
    this.find("compare").onclick = () => this.compare(this.find("trained").hidden);
    this.destroy = () => {
      endFollowing();
      this.endTheme?.();
      clearTimeout(this.pendingAddress);
      for (const [name, listener] of Object.entries(listeners)) window.removeEventListener(name, listener);
    };
  }

  receive(data) {
    this.data = data;
    for (const name of ["title", "lead", "readout"]) this.find(name).textContent = data[name];
    this.endTheme?.();
    this.drawGrids();
    this.drawTrained();
    this.compare(false);
    this.show(this.inAddress() ?? this.read(data.start));
    this.endTheme = wearTheme(this.root, data.palettes, (colours) => {
      this.signed = colours.signed;
      this.root.style.setProperty("--below", colours.signed[1]);
      this.root.style.setProperty("--above", colours.signed[3]);
      this.drawStrips();
    });
  }

  read(text) {
    return readTable(text, this.data.events.length, this.data.units.length);
  }

  inAddress() {
    return this.read(new URLSearchParams(location.search).get(PARAMETER));
  }

  // The grids: a card a unit, a row an event, and in it what is kept, written and shown.

  drawGrids() {
    const { events, units } = this.data;
    const cards = units.map(({ name, says }, unit) => {
      const table = element("table");
      table.append(caption(name, says), headRow(["keep", "write", "show"]));
      events.forEach((event, k) => {
        const row = element("tr");
        row.append(rowHead(event));
        for (const part of Object.keys(STEPS)) {
          const cell = element("td", part);
          const press = button("", "", () => this.press(part, k, unit));
          press.onfocus = () => this.choose(k, unit);
          cell.append(press);
          row.append(cell);
        }
        table.append(row);
      });
      return table;
    });
    this.find("grids").replaceChildren(...cards);
    const sliders = FINE.map(({ gate, name, low }) => {
      const label = element("label", "", name);
      const input = Object.assign(element("input"), { type: "range", min: low, max: 1, step: 0.1 });
      const output = element("output");
      input.oninput = () => this.set({ [gate]: Number(input.value) });
      label.append(input, output);
      return label;
    });
    this.find("sliders").replaceChildren(...sliders);
  }

  choose(event, unit) {
    this.chosen = { event, unit };
    this.drawSliders();
    this.markChosen();
  }

  // A press goes to the next choice; what was set finely goes to the first one.
  press(part, event, unit) {
    this.choose(event, unit);
    const steps = STEPS[part];
    this.set(steps[(this.stepOf(part, event, unit) + 1) % steps.length].values);
  }

  stepOf(part, event, unit) {
    return STEPS[part].findIndex(({ values }) =>
      Object.entries(values).every(([gate, value]) => this.table[gate][event][unit] === value),
    );
  }

  set(values) {
    const { event, unit } = this.chosen;
    for (const [gate, value] of Object.entries(values)) this.table[gate][event][unit] = value;
    this.show(this.table, { isOwn: true });
  }

  // Draws the table and its run; `isOwn`: it was set here, so the address says it from now on.
  show(table, { isOwn = false } = {}) {
    this.table = table;
    this.runs = this.data.sequences.map(({ events }) => runTable(table, events));
    this.drawButtons();
    this.drawSliders();
    this.markChosen();
    this.drawScore();
    this.drawStrips();
    if (!isOwn) return;
    clearTimeout(this.pendingAddress);
    this.pendingAddress = setTimeout(() => this.writeAddress(), ADDRESS_DELAY_MS);
  }

  drawButtons() {
    const { events, units } = this.data;
    this.eachButton((press, part, event, unit) => {
      const step = this.stepOf(part, event, unit);
      const text = step < 0 ? this.fineText(part, event, unit) : STEPS[part][step].text;
      press.textContent = text;
      press.style.setProperty("--share", this.shade(part, event, unit));
      press.classList.toggle("below", part === "write" && this.amount(part, event, unit) < 0);
      press.setAttribute("aria-label", `${units[unit].name} at ${events[event]}, ${part}: ${text}`);
    });
  }

  markChosen() {
    this.eachButton((press, _part, event, unit) => {
      const isChosen = event === this.chosen.event && unit === this.chosen.unit;
      press.parentElement.classList.toggle("chosen", isChosen);
    });
    const { events, units } = this.data;
    const { event, unit } = this.chosen;
    this.find("chosen").textContent = `${units[unit].name} at ${events[event]}, finely:`;
  }

  eachButton(act) {
    [...this.find("grids").children].forEach((table, unit) => {
      this.data.events.forEach((_, event) => {
        Object.keys(STEPS).forEach((part, k) => {
          act(table.rows[event + 1].cells[k + 1].firstChild, part, event, unit);
        });
      });
    });
  }

  amount(part, event, unit) {
    const value = (gate) => this.table[gate][event][unit];
    if (part === "write") return value(INPUT) * value(CANDIDATE);
    return value(part === "keep" ? FORGET : OUTPUT);
  }

  // How strong a cell of the grid is: as in the pictures, a gate's hue marks what is held back, and a write's its size.
  shade(part, event, unit) {
    const amount = this.amount(part, event, unit);
    return part === "write" ? Math.abs(amount) : 1 - amount;
  }

  fineText(part, event, unit) {
    const amount = this.amount(part, event, unit);
    return part === "write" ? signed(amount) : plain(amount, 1);
  }

  drawSliders() {
    const { event, unit } = this.chosen;
    [...this.find("sliders").children].forEach((label, k) => {
      const { gate } = FINE[k];
      const value = this.table[gate][event][unit];
      const [input, output] = [label.querySelector("input"), label.querySelector("output")];
      input.value = value;
      output.textContent = gate === CANDIDATE ? signed(value, 1) : plain(value, 1);
    });
  }

  // The score: each question with what the cell answers.

  get questions() {
    return this.data.sequences.flatMap(({ questions }, sequence) =>
      questions.map(({ step, letter }) => {
        const said = largest(this.runs[sequence].hidden[step]);
        return { sequence, step, letter, said, isRight: said === letter };
      }),
    );
  }

  drawScore() {
    const { questions } = this;
    const right = questions.filter(({ isRight }) => isRight).length;
    this.find("score").textContent = `${right} of ${questions.length}`;
    this.drawChips(questions);
    const wrong = questions.find(({ isRight }) => !isRight);
    this.find("verdict").textContent = wrong
      ? `Sequence ${wrong.sequence + 1}, step ${wrong.step + 1}: ${this.said(wrong)}.`
      : "Every question is answered. Now see what training chose.";
  }

  said({ said, letter }) {
    const { letters } = this.data;
    return `${said < 0 ? "no unit shows most, so it says nothing" : `it says ${letters[said]}`}; right is ${letters[letter]}`;
  }

  // A press shows the question's sequence. The buttons stay: one of them may have the focus.
  drawChips(questions) {
    const box = this.find("questions");
    const { letters } = this.data;
    if (!box.children.length) box.append(element("span", "quiet", "Sequence: its answer"));
    while (box.children.length <= questions.length) box.append(button("", "", () => {}));
    questions.forEach((question, k) => {
      const { sequence, step, letter, said, isRight } = question;
      const chip = box.children[k + 1];
      const answer = isRight ? `${letters[letter]} ✓` : `${said < 0 ? "–" : letters[said]} ✗`;
      chip.className = isRight ? "right" : "wrong";
      chip.textContent = `${sequence + 1}: ${answer}`;
      const verdict = isRight ? `it says ${letters[letter]}, which is right` : this.said(question);
      chip.title = `Sequence ${sequence + 1}, step ${step + 1}: ${verdict}`;
      chip.setAttribute("aria-label", chip.title);
      chip.setAttribute("aria-pressed", String(sequence === this.sequence));
      chip.onclick = () => this.followSequence(sequence);
    });
  }

  // The strips: both memories of each unit along one sequence, as bars from 0 up or down.

  followSequence(sequence) {
    if (!this.data || sequence === this.sequence || sequence >= this.data.sequences.length) return;
    this.sequence = sequence;
    this.drawScore();
    this.drawStrips();
  }

  drawStrips() {
    if (!this.signed) return;
    const { labels, questions } = this.data.sequences[this.sequence];
    const run = this.runs[this.sequence];
    const limit = Math.max(1, ...run.cell.flat().map(Math.abs));
    const asked = new Map(questions.map(({ step, letter }) => [step, letter]));
    const head = stripRow(
      "",
      labels.map((label, step) => this.eventCell(label, asked.get(step), run.hidden[step])),
    );
    const rows = this.data.units.flatMap(({ name }, unit) => [
      stripRow(
        `${name} LTM`,
        run.cell.map((values) => this.bar(values[unit], limit)),
      ),
      stripRow(
        "STM",
        run.hidden.map((values) => this.bar(values[unit], 1)),
      ),
    ]);
    this.find("strips").replaceChildren(head, ...rows);
    this.find("strips").setAttribute("aria-label", `The run of sequence ${this.sequence + 1}`);
    this.find("where").textContent =
      `Sequence ${this.sequence + 1}: LTM and STM, step by step. Tallest bar: ${plain(limit, 1)} for LTM, 1 for STM.`;
  }

  eventCell(label, letter, hidden) {
    const cell = element("th", "", label);
    if (letter === undefined) return cell;
    const isRight = largest(hidden) === letter;
    cell.className = isRight ? "right" : "wrong";
    cell.append(element("small", "", isRight ? "✓" : "✗"));
    return cell;
  }

  bar(value, limit) {
    const cell = element("td");
    const bar = element("i", value < 0 ? "below" : "");
    bar.style.height = `${(50 * Math.abs(value)) / limit}%`;
    // From the middle half of each side on: near 0 the scale's own colours are those of the paper.
    bar.style.background = blend(this.signed, 0.5 + Math.sign(value) * (0.2 + (0.3 * Math.abs(value)) / limit));
    cell.append(bar);
    cell.title = signed(value);
    return cell;
  }

  // What training chose.

  drawTrained() {
    const { trained, events } = this.data;
    this.find("trained-lead").textContent = trained.lead;
    const cards = trained.units.map(({ name, says }, unit) => {
      const table = element("table");
      table.append(caption(name, says), headRow(["forget factor", "ignore factor", "combined value", "use factor"]));
      events.forEach((event, k) => {
        const row = element("tr");
        row.append(rowHead(event));
        for (const { gate, gateClass } of FINE) {
          const value = trained.table[gate][k][unit];
          const cell = element("td", gateClass);
          const number = element("span", "", gate === CANDIDATE ? signed(value) : plain(value));
          number.style.setProperty("--share", gate === CANDIDATE ? Math.abs(value) : 1 - value);
          number.classList.toggle("below", value < 0);
          cell.append(number);
          row.append(cell);
        }
        table.append(row);
      });
      return table;
    });
    this.find("trained-grids").replaceChildren(...cards);
  }

  compare(isShown) {
    this.find("trained").hidden = !isShown;
    this.find("compare").setAttribute("aria-expanded", String(isShown));
    this.find("compare").textContent = isShown ? "Hide what training chose" : "Show what training chose";
  }

  writeAddress() {
    const url = new URL(location.href);
    const text = writeTable(this.table);
    if (text === this.data.start) url.searchParams.delete(PARAMETER);
    else url.searchParams.set(PARAMETER, text);
    if (url.href !== location.href) history.replaceState(history.state, "", url);
  }
}

function caption(name, says) {
  const made = element("caption", "", `${name} `);
  made.append(element("small", "", says));
  return made;
}

function headRow(names) {
  const row = element("tr");
  row.append(element("td"), ...names.map((name) => columnHead(name)));
  return row;
}

function columnHead(name) {
  return Object.assign(element("th", "", name), { scope: "col" });
}

function rowHead(name) {
  if (!name) return element("td");
  return Object.assign(element("th", "", name), { scope: "row" });
}

function stripRow(name, cells) {
  const row = element("tr", name === "STM" ? "stm" : "");
  row.append(rowHead(name), ...cells);
  return row;
}

const panels = new WeakMap();

export default function mount({ parentElement, data }) {
  const panel = panels.get(parentElement) ?? new OwnCell(parentElement);
  panels.set(parentElement, panel);
  const stamp = JSON.stringify(data);
  if (panel.stamp !== stamp) panel.receive(data);
  panel.stamp = stamp;
  return () => {
    panel.destroy();
    panels.delete(parentElement);
  };
}
