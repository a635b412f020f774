// A lesson's text beside its picture: each paragraph brings the picture to what it speaks of.

import { prefersReducedMotion } from "./display.js";
import { isRead, keepProgress, readProgress } from "./progress.js";

const ADDRESS_DELAY_MS = 250;
// How long a fold that was opened is kept in sight while it fills.
const FOLD_MS = 2500;
// For how long a page that was left by a key may be on its way.
const LEAVING_MS = 1500;
// The class of the whole page while a guess is asked for: the app's style sheet veils what would tell the answer.
const GUESSING = "lstm-guessing";
const FIELDS = "input, textarea, select, [contenteditable=true]";

class LessonText {
  constructor(parent) {
    this.root = parent.querySelector(".lesson-text");
    this.find = (name) => this.root.querySelector(`[data-is="${name}"]`);
    const listeners = {
      "lstm-viz:turn-page": (event) => {
        this.turnPage(event.detail);
        event.preventDefault();
      },
      "lstm-viz:moment": (event) => this.hear(event.detail),
      "lstm-viz:read": ({ detail }) => this.data?.items[detail.paragraph] && this.open(detail.paragraph),
      "lstm-viz:reveal": ({ detail }) => this.reveal(detail),
      "lstm-viz:tell-paragraph": () => this.tellParagraph(),
      keydown: (event) => this.answerByKey(event),
    };
    for (const [name, listener] of Object.entries(listeners)) window.addEventListener(name, listener);
    this.find("items").addEventListener("click", openFold);
    this.find("back").onclick = () => this.turnPage(-1);
    this.find("on").onclick = () => this.turnPage(1);
    this.destroy = () => {
      document.documentElement.classList.remove(GUESSING);
      clearTimeout(this.pendingAddress);
      for (const [name, listener] of Object.entries(listeners)) window.removeEventListener(name, listener);
    };
  }

  // Takes what the server sent; a lesson that is open already keeps its paragraph while the moment key stays.
  receive(data) {
    const before = this.data;
    this.data = data;
    if (before?.lesson !== data.lesson) {
      // Paragraphs that were reached stay open; a guess that was made stays made while the lesson is open.
      this.reached = (readProgress()[data.lesson]?.reached ?? 1) - 1;
      this.guesses = new Map();
      document.querySelector(".stMain")?.scrollTo({ top: 0 });
    }
    if (before?.momentKey !== data.momentKey) this.guesses.clear();
    const { items } = data;
    this.find("kicker").textContent = data.kicker;
    this.find("title").textContent = data.title;
    Object.assign(this.find("video"), { href: data.video });
    this.root.classList.toggle("large", data.large);
    this.find("items").replaceChildren(...items.map((item, k) => this.paragraph(item, k)));
    this.showAgain(data.again, before);
    this.find("hint").textContent = data.next ? `→ reads on, and at the end opens “${data.next}”` : "→ reads on";
    this.find("video").hidden = this.find("hint").hidden = data.large;
    if (before?.lesson === data.lesson)
      return this.setCurrent(before.momentKey === data.momentKey ? Math.min(this.current, items.length - 1) : 0);
    const asked = Number.parseInt(new URLSearchParams(location.search).get("paragraph") ?? "", 10);
    if (!data.linked) return this.open(0);
    const isAsked = asked >= 1 && asked <= items.length;
    const first = isAsked ? asked - 1 : 0;
    this.setCurrent(first);
    this.movePicture(items[first], { isFirst: true, isNamed: isAsked });
  }

  paragraph(item, index) {
    const box = document.createElement("div");
    box.className = `lesson-item ${item.kind}`;
    box.tabIndex = 0;
    box.innerHTML = item.html;
    if (item.options) box.append(this.question(item));
    // What holds buttons or links is no button itself.
    box.setAttribute("role", box.querySelector("a, button") ? "group" : "button");
    if (item.options) box.setAttribute("aria-label", "Question");
    box.onclick = (event) => event.target.closest("a, button") || this.open(index);
    // No value: what such a handler returns as false would keep every other key from the player.
    box.onkeydown = (event) => {
      if (event.target !== box || !["Enter", " "].includes(event.key)) return;
      event.preventDefault();
      this.open(index);
    };
    return box;
  }

  // A question of an earlier lesson, over the text: folded, off the way that → goes, and open to no vote.
  showAgain(item, before) {
    const box = this.find("again");
    box.hidden = !item;
    if (!item || JSON.stringify(before?.again) === JSON.stringify(item)) return;
    box.open = false;
    const summary = Object.assign(document.createElement("summary"), { textContent: `Once more: ${item.from}` });
    box.replaceChildren(summary);
    box.ontoggle = () => {
      if (!box.open || box.children.length > 1) return;
      const asked = document.createElement("div");
      asked.innerHTML = item.html;
      const reveal = revealLine();
      const options = optionButtons(item, (k, all) => showAnswer(item, k, all, reveal));
      options.append(reveal);
      box.append(asked, options);
    };
  }

  question(item) {
    const reveal = revealLine();
    const options = optionButtons(item, (k, box) => this.choose(item, k) && this.answer(item, k, box, reveal));
    options.append(reveal);
    const made = this.guesses.get(this.data.items.indexOf(item));
    if (made !== undefined) showAnswer(item, made, options, reveal);
    return options;
  }

  // Whether an option that was chosen is answered here: a class may vote on it first.
  choose(item, option) {
    const detail = { ...asked(item), option };
    return window.dispatchEvent(new CustomEvent("lstm-viz:choose", { detail, cancelable: true }));
  }

  // Answers the question that is read, where it is this one: `chosen` is the person's own option, if any.
  reveal({ question, chosen }) {
    const item = this.data?.items[this.current];
    if (!item?.options || asked(item).question !== question || this.guesses.has(this.current)) return;
    const box = this.paragraphs[this.current].querySelector(".options");
    this.answer(item, chosen, box, box.querySelector(".reveal"));
  }

  answer(item, chosen, options, reveal) {
    this.guesses.set(this.data.items.indexOf(item), chosen);
    showAnswer(item, chosen, options, reveal);
    this.fold();
    this.tellParagraph();
    this.movePicture({ moment: item.shows ?? item.moment, light: item.light });
    reveal.scrollIntoView({ block: "nearest", behavior: prefersReducedMotion() ? "auto" : "smooth" });
  }

  // Whether the paragraph that is read asks for a guess which was not made: what answers it is veiled until then.
  get isGuessing() {
    return Boolean(this.data.items[this.current]?.options) && !this.guesses.has(this.current);
  }

  // What was not reached yet is folded to a line, and while a guess is asked for it is not there at all.
  fold() {
    this.reached = Math.max(this.reached, this.current);
    this.paragraphs.forEach((paragraph, k) => {
      paragraph.classList.toggle("later", k > this.reached);
      paragraph.classList.toggle("veiled", this.isGuessing && k > this.current);
    });
    document.documentElement.classList.toggle(GUESSING, this.isGuessing);
  }

  // The lessons as dots, those that were read filled.
  showProgress() {
    const progress = readProgress();
    const { lessons, lesson } = this.data;
    const read = lessons.filter(({ name }) => isRead(progress, name)).length;
    const dots = lessons.map(({ name }) => {
      const dot = document.createElement("i");
      dot.className = `${name === lesson ? "here" : ""} ${isRead(progress, name) ? "read" : ""}`;
      return dot;
    });
    this.find("progress").replaceChildren(...dots);
    this.find("progress").setAttribute("aria-label", `${read} of ${lessons.length} lessons read`);
  }

  answerByKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !/^[1-9]$/.test(event.key)) return;
    if (event.composedPath()[0].closest?.(FIELDS)) return;
    const buttons = this.paragraphs[this.current]?.querySelectorAll("button");
    buttons?.[Number(event.key) - 1]?.click();
  }

  get paragraphs() {
    return [...this.find("items").children];
  }

  // → past the last line opens the next lesson, ← before the first one the one before.
  turnPage(by) {
    const next = this.current + by;
    if (next >= 0 && next < this.data.items.length) return this.open(next);
    // The links may be the next page's before its text is here: a second press would pass over that lesson.
    if (this.leaving === this.data.lesson && performance.now() - this.left < LEAVING_MS) return;
    [this.leaving, this.left] = [this.data.lesson, performance.now()];
    document.querySelector(`.st-key-${by > 0 ? "next" : "previous"}-lesson a`)?.click();
  }

  open(index) {
    this.setCurrent(index);
    this.movePicture(this.data.items[index]);
    clearTimeout(this.pendingAddress);
    this.pendingAddress = setTimeout(() => this.writeAddress(index), ADDRESS_DELAY_MS);
  }

  // Brings the picture to what an item speaks of; one that names no moment leaves the picture's own. A player that
  // isn't there yet is told once it is. `opening`: it is the page's first item, and whether a link names it.
  movePicture({ moment, light }, opening = {}) {
    const { momentKey, view } = this.data;
    const detail = { moment: moment ?? {}, parts: light, momentKey, view, ...opening };
    const isTaken = !window.dispatchEvent(new CustomEvent("lstm-viz:go-to", { detail, cancelable: true }));
    this.untold = isTaken ? null : () => this.movePicture({ moment, light }, opening);
  }

  hear(moment) {
    this.compare(moment);
    if (!this.untold) return;
    queueMicrotask(this.untold);
    this.untold = null;
  }

  setCurrent(index) {
    this.current = index;
    this.paragraphs.forEach((paragraph, k) => {
      paragraph.classList.toggle("now", k === index);
      paragraph.setAttribute("aria-current", k === index ? "step" : "false");
    });
    // Unfolded first: the last paragraph could not be scrolled to while it is a line.
    this.fold();
    const [paragraph, list] = [this.paragraphs[index], this.find("items")];
    const behavior = prefersReducedMotion() ? "auto" : "smooth";
    if (paragraph) {
      const above = Math.min(list.clientHeight / 3, Math.max(0, list.clientHeight - paragraph.offsetHeight));
      list.scrollTo({ top: paragraph.offsetTop - above, behavior });
    }
    this.find("place").textContent = `${index + 1} / ${this.data.items.length}`;
    keepProgress(this.data.lesson, index + 1, this.data.items.length);
    this.showProgress();
    this.tellParagraph();
  }

  // Says which paragraph is read, and what is asked there as long as nobody has answered.
  tellParagraph() {
    const item = this.data?.items[this.current];
    if (!item) return;
    const { lesson, momentKey } = this.data;
    const [isGuessing, paragraph] = [this.isGuessing, this.current];
    // The picture stays at the question's moment, or before it, until somebody has answered.
    const holds = isGuessing && item.moment && differ(item.moment, item.shows) ? item.moment : null;
    const { light } = item;
    const detail = { lesson, paragraph, asked: isGuessing ? asked(item) : null, momentKey, holds, light };
    window.dispatchEvent(new CustomEvent("lstm-viz:paragraph", { detail }));
  }

  // Whether the picture still shows what the paragraph speaks of.
  compare(moment) {
    const wanted = this.data?.items[this.current]?.moment ?? {};
    const away = Object.entries(wanted).some(([name, value]) => moment[name] !== value);
    this.root.classList.toggle("away", away);
  }

  writeAddress(index) {
    const url = new URL(location.href);
    url.searchParams.set("paragraph", index + 1);
    if (url.href !== location.href) history.replaceState(history.state, "", url);
  }
}

// A link of the text to what is folded away below the picture: it is opened, and shown.
function openFold(event) {
  const name = event.target.closest("[data-opens]")?.dataset.opens;
  const summary = name && document.querySelector(`.st-key-${name} summary`);
  if (!summary) return;
  event.preventDefault();
  const show = () => summary.scrollIntoView({ block: "start", behavior: prefersReducedMotion() ? "auto" : "smooth" });
  if (!summary.parentElement.open) {
    summary.click();
    // What it holds is there a moment later, and only then there is room to scroll to it.
    const resized = new ResizeObserver(show);
    resized.observe(summary.parentElement);
    setTimeout(() => resized.disconnect(), FOLD_MS);
  }
  show();
  summary.focus({ preventScroll: true });
}

function revealLine() {
  const line = Object.assign(document.createElement("p"), { className: "reveal" });
  line.setAttribute("aria-live", "polite");
  return line;
}

// The options of a question as buttons; `choose` is called with an option's index and the box of all.
function optionButtons(item, choose) {
  const box = Object.assign(document.createElement("div"), { className: "options" });
  item.options.forEach((option, k) => {
    const button = Object.assign(document.createElement("button"), { type: "button" });
    button.innerHTML = `<kbd>${k + 1}</kbd> `;
    button.append(option);
    button.onclick = () => choose(k, box);
    box.append(button);
  });
  return box;
}

// Marks the right option, and says why another that was chosen is wrong.
function showAnswer(item, chosen, box, reveal) {
  [...box.querySelectorAll("button")].forEach((button, k) => {
    button.classList.toggle("right", k === item.right);
    button.classList.toggle("wrong", k === chosen && k !== item.right);
  });
  const reason = item.why?.[chosen] ? `${item.why[chosen]} ` : "";
  const verdict = chosen === null ? "" : chosen === item.right ? "Yes. " : `Not quite. ${reason}`;
  reveal.textContent = `${verdict}${item.reveal}`;
}

function differ(moment, other) {
  return Boolean(other) && ["step", "beat", "sequence"].some((name) => moment[name] !== other[name]);
}

// A question as plain text.
function asked({ html, options, right }) {
  const question = new DOMParser().parseFromString(html, "text/html").body.textContent.trim();
  return { question, options, right };
}

const lessonTexts = new WeakMap();

// What Streamlit calls with every message; the same message again changes nothing.
export default function mount({ parentElement, data }) {
  const text = lessonTexts.get(parentElement) ?? new LessonText(parentElement);
  lessonTexts.set(parentElement, text);
  const stamp = JSON.stringify(data);
  if (text.stamp !== stamp) text.receive(data);
  text.stamp = stamp;
  return () => {
    text.destroy();
    lessonTexts.delete(parentElement);
  };
}
