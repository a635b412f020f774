// Break a gate and count: a gate's factor is held at one of eleven values, and what is still answered right is counted.
// All outcomes come with the page, so that nothing is asked of the server.

import { button, element, followText } from "./panel.js";
import { wearTheme } from "./themed.js";

const KEY = "gate-count";

class GateCount {
  constructor(parent) {
    this.root = parent.querySelector(".gate-count");
    this.find = (name) => this.root.querySelector(`[data-is="${name}"]`);
    this.asked = "";
    const hear = ({ detail }) => this.hearParagraph(detail);
    window.addEventListener("lstm-viz:paragraph", hear);
    const ends = [followText(parent, KEY), () => window.removeEventListener("lstm-viz:paragraph", hear)];
    this.destroy = () => {
      for (const end of [...ends, this.endTheme]) end?.();
    };
  }

  // `data`: {title, lead, hold, trained: outcome, outcomes: [outcome], questions, usual, ask, hue, palettes}; an outcome
  // has {value, height, short, score, lines, right, place}.
  receive(data) {
    this.data = data;
    this.tried = new Set();
    this.endTheme?.();
    this.endTheme = wearTheme(this.root, data.palettes);
    this.root.style.setProperty("--hue", `var(--${data.hue})`);
    this.find("title").textContent = data.title;
    this.find("lead").textContent = data.lead;
    this.find("legend").textContent = data.hold;
    this.find("values").replaceChildren(...[data.trained, ...data.outcomes].map((each, k) => this.column(each, k - 1)));
    this.choose(-1);
  }

  // One value as a radio button under a bar, which shows once the value was tried; -1 is the run as it was trained.
  column(outcome, place) {
    const label = element("label", place < 0 ? "trained" : "");
    const radio = Object.assign(element("input"), { type: "radio", name: "held", value: String(place) });
    radio.onchange = () => this.choose(place);
    const bar = element("span", "bar");
    bar.style.setProperty("--height", outcome.height);
    label.append(radio, element("span", "count", outcome.short), bar, element("span", "value", outcome.value));
    return label;
  }

  // Once the guess is made, what was asked for is held.
  hearParagraph({ asked }) {
    const wasAsked = this.asked === this.data?.ask && this.asked !== "";
    this.asked = asked?.question ?? "";
    if (wasAsked && !asked && this.data.usual !== null) this.choose(this.data.usual);
  }

  choose(place) {
    const outcome = place < 0 ? this.data.trained : this.data.outcomes[place];
    this.tried.add(place);
    for (const label of this.find("values").children) {
      const own = Number(label.firstChild.value);
      label.classList.toggle("tried", this.tried.has(own));
      label.classList.toggle("chosen", own === place);
      label.firstChild.checked = own === place;
    }
    this.find("score").textContent = outcome.score;
    this.find("lines").replaceChildren(...outcome.lines.map((line) => element("p", "", line)));
    if (outcome.place) this.find("lines").append(button("go", outcome.go, () => goTo(outcome.place)));
    const chips = this.data.questions.map((each, k) => chip(each, outcome.right[k]));
    this.find("questions").replaceChildren(element("span", "", "Sequence: right answer"), ...chips);
    this.find("questions").hidden = !this.data.questions.length;
  }
}

// A question, and whether it is answered right: a press brings the picture to its step.
function chip({ label, title, place }, isRight) {
  const made = button(isRight ? "right" : "wrong", `${label} ${isRight ? "✓" : "✗"}`, () => goTo(place));
  made.title = title;
  made.setAttribute("aria-label", `${title}: ${isRight ? "right" : "wrong"}`);
  return made;
}

function goTo(moment) {
  window.dispatchEvent(new CustomEvent("lstm-viz:go-to", { detail: { moment, parts: [] } }));
}

const panels = new WeakMap();

export default function mount({ parentElement, data }) {
  const panel = panels.get(parentElement) ?? new GateCount(parentElement);
  panels.set(parentElement, panel);
  const stamp = JSON.stringify(data);
  if (panel.stamp !== stamp) panel.receive(data);
  panel.stamp = stamp;
  return () => {
    panel.destroy();
    panels.delete(parentElement);
  };
}
