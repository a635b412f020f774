// A lesson's text beside its picture: each paragraph brings the picture to what it speaks of.

const TOLD_MS = 250;

class Story {
  constructor(component) {
    this.root = component.parentElement.querySelector(".story");
    this.find = (name) => this.root.querySelector(`[data-is="${name}"]`);
    const turn = (event) => this.turn(event.detail) && event.preventDefault();
    const moved = (event) => this.compare(event.detail);
    const key = (event) => this.answerByKey(event);
    const heard = { "lstm-viz:turn": turn, "lstm-viz:moment": moved, keydown: key };
    for (const [name, hear] of Object.entries(heard)) window.addEventListener(name, hear);
    this.find("back").onclick = () => this.turn(-1);
    this.find("on").onclick = () => this.turn(1);
    this.leave = () => {
      clearTimeout(this.writing);
      for (const [name, hear] of Object.entries(heard)) window.removeEventListener(name, hear);
    };
  }

  receive(data) {
    const before = this.told;
    this.told = data;
    this.find("kicker").textContent = data.kicker;
    this.find("title").textContent = data.title;
    Object.assign(this.find("video"), { href: data.video });
    this.root.classList.toggle("large", data.large);
    this.find("stops").replaceChildren(...data.stops.map((stop, k) => this.stop(stop, k)));
    this.find("hint").textContent = data.next ? `→ reads on, and at the end opens “${data.next}”` : "→ reads on";
    this.find("video").hidden = this.find("hint").hidden = data.large;
    if (before?.lesson === data.lesson) return this.mark(before.place === data.place ? Math.min(this.at, data.stops.length - 1) : 0);
    const asked = Number.parseInt(new URLSearchParams(location.search).get("paragraph") ?? "", 10);
    const linked = data.linked && asked >= 1 && asked <= data.stops.length;
    if (linked) this.mark(asked - 1);
    else this.open(0);
  }

  stop(stop, place) {
    const box = document.createElement("div");
    box.className = `stop ${stop.kind}`;
    box.tabIndex = 0;
    box.setAttribute("role", "button");
    box.innerHTML = stop.html;
    if (stop.options) box.append(this.question(stop));
    box.onclick = (event) => event.target.closest("a, button") || this.open(place);
    box.onkeydown = (event) => event.key === "Enter" && event.target === box && this.open(place);
    return box;
  }

  question(stop) {
    const holder = document.createElement("div");
    holder.className = "options";
    const reveal = Object.assign(document.createElement("p"), { className: "reveal" });
    reveal.setAttribute("aria-live", "polite");
    stop.options.forEach((option, k) => {
      const button = Object.assign(document.createElement("button"), { type: "button" });
      button.innerHTML = `<kbd>${k + 1}</kbd> `;
      button.append(option);
      button.onclick = () => this.answer(stop, k, holder, reveal);
      holder.append(button);
    });
    holder.append(reveal);
    return holder;
  }

  answer(stop, chosen, holder, reveal) {
    [...holder.querySelectorAll("button")].forEach((button, k) => {
      button.classList.toggle("right", k === stop.right);
      button.classList.toggle("wrong", k === chosen && k !== stop.right);
    });
    reveal.textContent = `${chosen === stop.right ? "Yes." : "Not quite."} ${stop.reveal}`;
    this.go(stop.shows ?? stop.moment, stop.light);
  }

  answerByKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !/^[1-9]$/.test(event.key)) return;
    if (event.composedPath()[0].closest?.("input, textarea, select, [contenteditable=true]")) return;
    const buttons = this.boxes[this.at]?.querySelectorAll("button");
    buttons?.[Number(event.key) - 1]?.click();
  }

  get boxes() {
    return [...this.find("stops").children];
  }

  // → past the last line opens the next lesson, ← before the first one the one before.
  turn(by) {
    const to = this.at + by;
    if (to >= 0 && to < this.told.stops.length) this.open(to);
    else document.querySelector(`.st-key-${by > 0 ? "next" : "previous"}-lesson a`)?.click();
    return true;
  }

  open(place) {
    this.mark(place);
    const { moment, light } = this.told.stops[place];
    this.go(moment, light);
    clearTimeout(this.writing);
    this.writing = setTimeout(() => this.toAddress(place), TOLD_MS);
  }

  go(moment, light) {
    if (moment) window.dispatchEvent(new CustomEvent("lstm-viz:go", { detail: { moment, light } }));
  }

  mark(place) {
    this.at = place;
    this.boxes.forEach((box, k) => {
      box.classList.toggle("now", k === place);
      box.setAttribute("aria-current", k === place ? "step" : "false");
    });
    const [box, holder] = [this.boxes[place], this.find("stops")];
    if (box) holder.scrollTo({ top: box.offsetTop - holder.offsetTop - holder.clientHeight / 3, behavior: still() ? "auto" : "smooth" });
    this.find("place").textContent = `${place + 1} / ${this.told.stops.length}`;
  }

  // Whether the picture still shows what the paragraph speaks of.
  compare(moment) {
    const wanted = this.told?.stops[this.at]?.moment ?? {};
    const away = Object.entries(wanted).some(([name, value]) => moment[name] !== value);
    this.root.classList.toggle("away", away);
  }

  toAddress(place) {
    const url = new URL(location.href);
    url.searchParams.set("paragraph", place + 1);
    if (url.href !== location.href) history.replaceState(history.state, "", url);
  }
}

// Whether the person's system asks that nothing slides.
function still() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

const stories = new WeakMap();

export default function mount(component) {
  const { parentElement, data } = component;
  const open = stories.get(parentElement) ?? new Story(component);
  stories.set(parentElement, open);
  const stamp = JSON.stringify(data);
  if (open.stamp !== stamp) open.receive(data);
  open.stamp = stamp;
  return () => {
    open.leave();
    stories.delete(parentElement);
  };
}
