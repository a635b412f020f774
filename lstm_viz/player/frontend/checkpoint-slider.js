// A slider over the checkpoints of a training, and a choice among trainings: both move the player of the page.

import { whole } from "./formats.js";
import { leaveIfTouched } from "./keyboard.js";

// Checkpoints that each have their number of updates under the slider; of more some have.
const MAX_LABELS = 8;

class CheckpointSlider {
  constructor(parent) {
    this.find = (name) => parent.querySelector(`[data-is="${name}"]`);
    const hear = ({ detail }) => this.update(detail);
    window.addEventListener("lstm-viz:moment", hear);
    this.destroy = () => window.removeEventListener("lstm-viz:moment", hear);
    const slider = this.find("slider");
    slider.oninput = () => goTo({ checkpoint: Number(slider.value) });
    slider.onchange = () => leaveIfTouched(slider);
  }

  // `data`: {updates, trainings}, as in the player's message.
  receive({ updates, trainings }) {
    this.updates = updates;
    this.find("slider").max = updates.length - 1;
    this.find("ticks").replaceChildren(...labelled(updates.length).map((k) => tick(updates[k], k, updates.length)));
    const choices = trainings.map((training, k) => this.choice(training, k));
    this.find("trainings").replaceChildren(this.find("trainings").firstElementChild, ...choices);
    this.find("trainings").hidden = trainings.length < 2;
    this.update({ checkpoint: 0, training: 0 });
    window.dispatchEvent(new CustomEvent("lstm-viz:tell-moment"));
  }

  choice(text, training) {
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), { type: "radio", name: "training", value: training });
    input.onchange = () => {
      leaveIfTouched(input);
      goTo({ training });
    };
    label.append(input, text);
    return label;
  }

  update({ checkpoint, training }) {
    const slider = this.find("slider");
    slider.value = String(checkpoint);
    slider.setAttribute("aria-valuetext", `after ${whole(this.updates[checkpoint])} updates`);
    for (const each of this.find("ticks").children)
      each.classList.toggle("now", Number(each.dataset.checkpoint) === checkpoint);
    for (const input of this.find("trainings").querySelectorAll("input"))
      input.checked = Number(input.value) === training;
  }
}

// Which checkpoints have a label: the first, the last, and some between.
function labelled(count) {
  const most = Math.min(count, MAX_LABELS);
  return Array.from({ length: most }, (_, k) => (most < 2 ? 0 : Math.round((k * (count - 1)) / (most - 1))));
}

function tick(updates, checkpoint, count) {
  const label = Object.assign(document.createElement("span"), { textContent: whole(updates) });
  label.dataset.checkpoint = checkpoint;
  label.style.setProperty("--place", count < 2 ? 0 : checkpoint / (count - 1));
  return label;
}

function goTo(moment) {
  window.dispatchEvent(new CustomEvent("lstm-viz:go-to", { detail: { moment } }));
}

const sliders = new WeakMap();

// What Streamlit calls with every message; the same message again changes nothing.
export default function mount({ parentElement, data }) {
  const slider = sliders.get(parentElement) ?? new CheckpointSlider(parentElement);
  sliders.set(parentElement, slider);
  const stamp = JSON.stringify(data);
  if (slider.stamp !== stamp) slider.receive(data);
  slider.stamp = stamp;
  return () => {
    slider.destroy();
    sliders.delete(parentElement);
  };
}
