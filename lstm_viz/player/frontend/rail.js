// The rail: a whole sequence as its length, the beats of the current step as ticks on it. One slider, for a pointer, a
// finger and the keyboard.

import { whole } from "./formats.js";
import { BEAT_NAMES } from "./gates.js";

// Steps that each have a tick of their own, and the most characters of its label.
const [MAX_TICKS, MAX_LABEL] = [60, 2];
// What a label of one character, and of more, needs of the rail's length.
const [LABEL_PX, LONG_LABEL_PX] = [10, 18];

export class Rail {
  constructor(root, player) {
    this.root = root;
    this.player = player;
    this.find = (name) => root.querySelector(`[data-is="${name}"]`);
    root.onpointerdown = (event) => this.grip(event);
    root.onpointermove = (event) => this.layout && this.goTo(event.clientX);
    root.onpointerup = root.onpointercancel = () => this.letGo();
    root.onkeydown = (event) => this.moveByKey(event);
  }

  // What depends on the view alone: the beats of its steps; a page may go without them.
  fill({ header }) {
    const isWhole = header.hide.includes("beats") || header.beats.length === 1;
    this.beats = isWhole ? [] : header.beats;
    this.find("beats").replaceChildren(...(isWhole ? [tick("chip now whole", "")] : header.beats.map(beatTick)));
    this.root.classList.toggle("whole-steps", isWhole);
    this.drawn = null;
  }

  update(viewport, moment) {
    const { header } = viewport;
    const length = header.lengths[moment.sequence];
    const beats = this.beats.length || 1;
    const [place, isReversed] = [
      moment.step * beats + (beats > 1 ? moment.beat : 0),
      viewport.layer(moment.layer).reverse,
    ];
    const name = this.beats.length ? `, ${BEAT_NAMES[this.beats[moment.beat]]}` : "";
    const said = { valuemin: 0, valuemax: length * beats - 1, valuenow: place };
    for (const [key, value] of Object.entries(said)) this.root.setAttribute(`aria-${key}`, String(value));
    this.root.dataset.beat = moment.beat;
    this.root.setAttribute("aria-valuetext", `Step ${whole(moment.step + 1)} of ${whole(length)}${name}`);
    [...this.find("beats").children].forEach((chip, k) => {
      chip.classList.toggle("now", !this.beats.length || k === moment.beat);
      chip.classList.toggle("done", this.beats.length > 0 && k < moment.beat);
    });
    this.length = length;
    const drawn = `${viewport.id} ${moment.step} ${moment.sequence} ${isReversed}`;
    if (this.layout || drawn === this.drawn) return;
    this.drawn = drawn;
    this.drawSteps("past", 0, moment.step, viewport, moment);
    this.drawSteps("future", moment.step + 1, length, viewport, moment);
    this.find("event").textContent = length <= MAX_TICKS ? label(viewport, moment, moment.step) : "";
    if (!this.beats.length) this.find("beats").firstChild.textContent = moment.step + 1;
  }

  // The steps before the current one, or those after it, each as wide as the other.
  drawSteps(name, start, stop, viewport, moment) {
    const box = this.find(name);
    const steps = Array.from({ length: Math.max(0, stop - start) }, (_, k) => start + k);
    const isLong = steps.some((step) => label(viewport, moment, step).length > 1);
    const needed = this.length * (isLong ? LONG_LABEL_PX : LABEL_PX);
    const hasRoom = this.root.clientWidth - this.find("beats").offsetWidth > needed;
    const text = (step) => (hasRoom ? label(viewport, moment, step) : "");
    const ticks = this.length <= MAX_TICKS ? steps.map((step) => tick("step", text(step))) : [];
    box.style.flexGrow = steps.length;
    box.replaceChildren(...ticks);
  }

  // While it is dragged the rail keeps its lengths, so that nothing moves away under the pointer.
  grip(event) {
    if (event.button > 0) return;
    event.preventDefault();
    this.root.setPointerCapture(event.pointerId);
    const box = (part) => part.getBoundingClientRect();
    const { step } = this.player.moment;
    this.layout = {
      step,
      past: box(this.find("past")),
      beats: this.beats.length ? [...this.find("beats").children].map(box) : [],
      future: box(this.find("future")),
    };
    this.root.classList.add("gripped");
    this.goTo(event.clientX);
  }

  goTo(x) {
    const { step, past, beats, future } = this.layout;
    this.root.style.setProperty("--grip", `${x - this.root.getBoundingClientRect().left}px`);
    const change = { step };
    if (x < past.right && step > 0)
      change.step = inside(Math.floor(((x - past.left) / past.width) * step), 0, step - 1);
    else if (x >= future.left && step + 1 < this.length)
      change.step = inside(
        step + 1 + Math.floor(((x - future.left) / future.width) * (this.length - step - 1)),
        step + 1,
        this.length - 1,
      );
    else if (beats.length) change.beat = inside(beats.filter(({ left }) => x >= left).length - 1, 0, beats.length - 1);
    const { moment } = this.player;
    if (change.step !== moment.step || (change.beat ?? moment.beat) !== moment.beat) this.player.moveTo(change);
  }

  letGo() {
    if (!this.layout) return;
    this.layout = null;
    this.root.classList.remove("gripped");
    this.update(this.player.viewport, this.player.moment);
  }

  // A slider's own keys, for those who came to it by Tab.
  moveByKey(event) {
    const { player } = this;
    const keys = {
      ArrowRight: () => this.moveBy(1),
      ArrowUp: () => this.moveBy(1),
      ArrowLeft: () => this.moveBy(-1),
      ArrowDown: () => this.moveBy(-1),
      PageUp: () => player.moveStep(1),
      PageDown: () => player.moveStep(-1),
      Home: () => player.moveTo({ step: 0, beat: 0 }),
      End: () => player.moveTo({ step: this.length - 1, beat: player.lastBeat }),
    };
    if (event.shiftKey || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }

  moveBy(by) {
    if (this.beats.length) this.player.moveBeat(by);
    else this.player.moveStep(by);
  }
}

function inside(value, first, last) {
  return Math.min(Math.max(value, first), last);
}

function tick(className, textContent) {
  return Object.assign(document.createElement("span"), { className, textContent });
}

function beatTick(beat) {
  return tick(`chip ${beat.replace(" ", "-")}`, BEAT_NAMES[beat]);
}

// A step's label, where it is here and short.
function label({ header }, moment, step) {
  const text = header.labels[step - header.start]?.[moment.sequence] ?? "";
  return text.length <= MAX_LABEL ? text : "";
}
