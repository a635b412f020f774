// Text that a model writes: what it guesses in a true text, and what it writes by itself, at several updates of its
// training. Under the pointer stands which earlier characters were felt.

import { whole } from "./formats.js";
import { followText } from "./panel.js";

// What a paragraph of the lesson calls this picture.
const KEY = "writing";

// Characters that are felt most are named: so many, and none below this share in per cent.
const NAMED = 3;
const LEAST = 5;

class GeneratedText {
  constructor(parent) {
    this.root = parent.querySelector(".generated");
    this.find = (name) => this.root.querySelector(`[data-is="${name}"]`);
    this.destroy = followText(parent, KEY);
    this.find("back").onclick = () => this.point(this.place - 1);
    this.find("on").onclick = () => this.point(this.place + 1);
    const pointed = ({ target }) => target.dataset?.place && this.point(Number(target.dataset.place));
    this.find("text").onpointerover = pointed;
    this.find("text").onpointerdown = pointed;
  }

  receive({ json }) {
    this.data = JSON.parse(json);
    const { data } = this;
    const last = data.checkpoints.length - 1;
    this.chosen = { checkpoint: last, temperature: null };
    this.drawn = data.temperatures[1];
    this.place = data.place;
    this.showGuess();
    this.show();
  }

  get checkpoint() {
    return this.data.checkpoints[this.chosen.checkpoint];
  }

  get sample() {
    return this.checkpoint.samples.find(({ temperature }) => temperature === this.chosen.temperature);
  }

  choose(change) {
    Object.assign(this.chosen, change);
    if (this.chosen.temperature !== null) this.drawn = this.chosen.temperature;
    this.show();
  }

  show() {
    this.showChoices();
    const reads = this.chosen.temperature === null ? "text" : "own";
    this.find("about").textContent = this.checkpoint.about[reads];
    this.find("key").textContent = this.data.keys[reads];
    const { text, guesses } = this.sample;
    const given = [...this.data.opening].map((sign) => character(sign, "given"));
    const written = [...text].map((sign, k) => {
      const span = character(sign, guesses[k] === sign ? "" : "missed");
      span.dataset.place = k;
      return span;
    });
    this.spans = [...given, ...written];
    this.find("text").replaceChildren(...this.spans.flatMap((span) => (span.isLineEnd ? [span, "\n"] : [span])));
    this.point(this.place);
  }

  showChoices() {
    const { checkpoints, temperatures, labels } = this.data;
    const { checkpoint, temperature } = this.chosen;
    const reads = temperature === null;
    // Buttons are made anew: the one that was pressed keeps the focus.
    const focused = this.root.getRootNode().activeElement?.dataset?.choice;
    this.find("choices").replaceChildren(
      choice(
        labels.updates,
        checkpoints.map((each, k) => [whole(each.updates), k === checkpoint, () => this.choose({ checkpoint: k })]),
      ),
      choice(labels.reads, [
        [labels.text, reads, () => this.choose({ temperature: null })],
        [labels.own, !reads, () => this.choose({ temperature: this.drawn })],
      ]),
      choice(
        labels.temperature,
        temperatures.map((each) => [
          each.toFixed(1),
          each === temperature,
          () => this.choose({ temperature: each }),
          reads,
        ]),
      ),
    );
    if (focused) this.root.querySelector(`[data-choice="${focused}"]`)?.focus();
  }

  // Marks a character, and behind the earlier ones how much they were felt when it was chosen.
  point(place) {
    const { text, guesses, chances, felt } = this.sample;
    this.place = Math.min(Math.max(place, 0), text.length - 1);
    const now = this.data.opening.length + this.place;
    const shares = felt[this.place];
    const most = Math.max(...shares, 1);
    this.spans.forEach((span, k) => {
      const share = k < now ? (shares[now - 1 - k] ?? 0) : 0;
      span.classList.toggle("now", k === now);
      span.classList.toggle("felt", share > 0);
      span.style.setProperty("--felt", share > 0 ? Math.sqrt(share / most).toFixed(3) : "");
    });
    const [sign, guess] = [quoted(text[this.place]), quoted(guesses[this.place])];
    const chance = `${chances[this.place]} %`;
    const said =
      this.chosen.temperature === null
        ? `The text says ${sign}; the likeliest was ${guess} (${chance}): ${sign === guess ? "right" : "wrong"}.`
        : `${sign} was drawn with a chance of ${chance}.`;
    this.find("line").textContent = `Character ${this.place + 1}: ${said} ${this.feltMost(shares, now)}`;
    this.find("back").disabled = this.place === 0;
    this.find("on").disabled = this.place === text.length - 1;
  }

  feltMost(shares, now) {
    const named = shares
      .map((share, back) => ({ share, back }))
      .filter(({ share }) => share >= LEAST)
      .sort((one, other) => other.share - one.share || one.back - other.back)
      .slice(0, NAMED)
      .map(({ share, back }) => `${quoted(this.sign(now - 1 - back))} ${back + 1} back (${share} %)`);
    return named.length ? `Felt most: ${named.join(", ")}.` : `No character was felt for as much as ${LEAST} %.`;
  }

  sign(index) {
    return (this.data.opening + this.sample.text)[index];
  }

  showGuess() {
    const { text, options, right, reveal } = this.data.question;
    const told = Object.assign(document.createElement("p"), { textContent: text });
    const found = Object.assign(document.createElement("p"), { className: "reveal" });
    found.setAttribute("aria-live", "polite");
    const buttons = options.map((option, k) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: option });
      button.onclick = () => {
        buttons.forEach((each, other) => {
          each.classList.toggle("right", other === right);
          each.classList.toggle("wrong", other === k && k !== right);
        });
        found.textContent = `${k === right ? "Yes. " : "Not quite. "}${reveal}`;
        this.choose({ checkpoint: this.data.checkpoints.length - 1, temperature: this.data.question.temperature });
      };
      return button;
    });
    this.find("guess").replaceChildren(told, ...buttons, found);
  }
}

// A character as it stands in the text; the end of a line can be pointed at too.
function character(sign, name) {
  const span = Object.assign(document.createElement("span"), { className: name, textContent: sign });
  if (sign !== "\n") return span;
  Object.assign(span, { textContent: "⏎", isLineEnd: true });
  span.classList.add("sign");
  return span;
}

function choice(label, options) {
  const group = Object.assign(document.createElement("div"), { className: "choice" });
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", label);
  group.append(Object.assign(document.createElement("b"), { textContent: label }));
  for (const [text, isChosen, onclick, disabled = false] of options) {
    const button = Object.assign(document.createElement("button"), {
      type: "button",
      textContent: text,
      onclick,
      disabled,
    });
    button.dataset.choice = `${label} ${text}`;
    button.setAttribute("aria-pressed", String(isChosen));
    group.append(button);
  }
  return group;
}

function quoted(sign) {
  return `“${{ " ": "␣", "\n": "⏎" }[sign] ?? sign}”`;
}

const shown = new WeakMap();

// What Streamlit calls with every message; the same message again changes nothing.
export default function mount({ parentElement, data }) {
  const text = shown.get(parentElement) ?? new GeneratedText(parentElement);
  shown.set(parentElement, text);
  text.root.classList.toggle("large", Boolean(data.large));
  if (text.stamp !== data.json) text.receive(data);
  text.stamp = data.json;
  return () => {
    text.destroy();
    shown.delete(parentElement);
  };
}
