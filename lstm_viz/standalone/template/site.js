// A page of a site: a lesson or a run that plays without a server. What a server would do anew is chosen among runs
// that lie beside the page.

import mountCheckpointSlider from "../../player/frontend/checkpoint-slider.js";
import mountGateCount from "../../player/frontend/gate-count.js";
import mountGeneratedText from "../../player/frontend/generated-text.js";
import mountLessonText from "../../player/frontend/lesson-text.js";
import mountNotes from "../../player/frontend/notes.js";
import mountOwnCell from "../../player/frontend/own-cell.js";
import { markReadLinks } from "../../player/frontend/progress.js";
import { ChartPage, TOO_OLD, unpackedBytes, withHeader } from "./chart-page.js";

// What of the address goes along from page to page.
const KEPT_PARAMETERS = ["run", "teach", "embed_options"];
// What a lecture does without, as in the app.
const HIDDEN_WHEN_PRESENTING = ["keys", "speed", "whole", "notes", "captions", "save"];

const parameter = (name) => new URLSearchParams(location.search).get(name);

// What a reader does under the charts, by its key.
const EXERCISES = { "gate-count": mountGateCount, "own-cell": mountOwnCell };

// The runs whose scripts have come: {key: {message, content}}, both packed.
const arrived = () => window.lstmVizRuns ?? {};

class SitePage extends ChartPage {
  // `page`: {runs: [{key, label}], data: the folder of their scripts}.
  constructor(page) {
    super(template("player"));
    this.page = page;
    // Whether the address may say where to look: what it says is of the run that the page was opened with.
    this.isLinked = true;
    this.isLarge = parameter("teach") === "1";
    this.opensGates = Number(parameter("depth")) > 0;
    this.chooseRun();
    for (const link of document.querySelectorAll("a[data-page]"))
      link.addEventListener("click", () => keepAddress(link));
  }

  get chosenKey() {
    const asked = parameter("run");
    return this.page.runs.some(({ key }) => key === asked) ? asked : this.page.runs[0].key;
  }

  // A list of the runs where there are several; another one than the first is fetched when it is asked for.
  chooseRun() {
    const list = document.getElementById("run");
    if (list) {
      list.value = this.chosenKey;
      list.onchange = () => {
        setParameter("run", list.value === this.page.runs[0].key ? null : list.value);
        this.isLinked = false;
        this.open(list.value);
      };
    }
    return this.open(this.chosenKey);
  }

  async open(key) {
    this.wanted = key;
    if (!arrived()[key]) await fetchScript(`${this.page.data}/${key}.js`);
    const { message, content } = arrived()[key];
    const [bytes, text] = await Promise.all([unpackedBytes(message), unpackedBytes(content)]);
    if (this.wanted !== key) return;
    this.key = key;
    this.content = JSON.parse(new TextDecoder().decode(text));
    document.getElementById("part").textContent = this.content.excerpt;
    document.getElementById("part").classList.remove("reached");
    this.showText();
    await this.show(bytes, this.content.looks);
    this.showNotes();
    this.showExercises();
    this.showGeneratedText();
    this.chooseComparison();
    markReadLinks();
  }

  showText() {
    const box = document.getElementById("text");
    if (!box || !this.content.text) return;
    if (!box.shadowRoot) box.attachShadow({ mode: "open" }).append(template("lesson-text").content.cloneNode(true));
    mountLessonText({
      parentElement: box.shadowRoot,
      data: { ...this.content.text, linked: this.isLinked, large: this.isLarge },
    });
  }

  showNotes() {
    const box = document.getElementById("notes");
    box.hidden = !this.content.notes.length;
    if (box.hidden) return;
    if (!box.shadowRoot) box.attachShadow({ mode: "open" }).append(template("notes").content.cloneNode(true));
    mountNotes({ parentElement: box.shadowRoot, data: this.content.notes });
  }

  showExercises() {
    for (const end of this.endExercises ?? []) end();
    const boxes = Object.entries(this.content.exercises).map(([key, data]) => {
      const box = Object.assign(document.createElement("div"), { className: `st-key-${key}` });
      const inner = document.createElement("div");
      inner.attachShadow({ mode: "open" }).append(template(key).content.cloneNode(true));
      box.append(inner);
      return { key, data, box, parentElement: inner.shadowRoot };
    });
    document.getElementById("exercises").replaceChildren(...boxes.map(({ box }) => box));
    this.endExercises = boxes.map(({ key, ...mounted }) => EXERCISES[key](mounted));
  }

  showGeneratedText() {
    const box = document.getElementById("generated");
    box.hidden = !this.content.generated;
    if (box.hidden) return;
    if (!box.shadowRoot) box.attachShadow({ mode: "open" }).append(template("generated-text").content.cloneNode(true));
    mountGeneratedText({ parentElement: box.shadowRoot, data: { json: this.content.generated, large: this.isLarge } });
  }

  // The charts of an opened gate come once someone wants to look into one.
  shows(key) {
    return this.opensGates || !this.content.gateCharts.includes(key);
  }

  hear(name, value) {
    if (name !== "inspect") return super.hear(name, value);
    this.opensGates = true;
    return this.drawCharts(this.narrow);
  }

  // Charts of one row stand side by side where there is room, each with its caption.
  placeCharts(keys, boxes) {
    const rows = this.content.rows
      .filter((row) => row.some((key) => keys.includes(key)))
      .map((row) => {
        const line = Object.assign(document.createElement("div"), { className: "charts-row" });
        line.append(...row.filter((key) => keys.includes(key)).map((key) => boxes[keys.indexOf(key)]));
        return line;
      });
    for (const [key, caption] of Object.entries(this.content.captions)) {
      const line = Object.assign(document.createElement("p"), { className: "caption", textContent: caption });
      boxes[keys.indexOf(key)]?.append(line);
    }
    const choice = document.getElementById("comparison-box");
    const notes = document.getElementById("notes");
    document.getElementById("charts").replaceChildren(...rows.slice(0, 1), notes, ...rows.slice(1));
    this.placeCheckpointSlider();
    if (choice) document.querySelector(`.st-key-${this.content.comparedIn}`)?.parentElement.before(choice);
  }

  // The slider over the checkpoints of a training stands above their charts.
  placeCheckpointSlider() {
    const { checkpoints } = this.content;
    if (!checkpoints) return;
    if (!this.sliderBox) {
      this.sliderBox = Object.assign(document.createElement("div"), { className: "checkpoint-slider" });
      this.sliderBox.attachShadow({ mode: "open" }).append(template("checkpoint-slider").content.cloneNode(true));
    }
    document.querySelector(".st-key-checkpoint-strips")?.parentElement.before(this.sliderBox);
    mountCheckpointSlider({ parentElement: this.sliderBox.shadowRoot, data: checkpoints });
  }

  mountPlayer(header) {
    this.messageId = `${this.key} ${header.id} ${this.isLarge} ${this.opensGates}`;
    const { hide = [] } = this.content;
    const hidden = this.isLarge ? [...hide, ...HIDDEN_WHEN_PRESENTING] : hide;
    super.mountPlayer({ ...header, id: this.messageId, large: this.isLarge, hide: hidden });
    this.sendComparison();
  }

  // What is held in the run beside this one, where the page has such runs.
  chooseComparison() {
    const list = document.getElementById("comparison");
    if (!list) return;
    list.replaceChildren(...this.content.comparisons.map(({ label }, k) => new Option(label, String(k))));
    list.onchange = () => this.sendComparison();
    this.sendComparison();
  }

  async sendComparison() {
    const list = document.getElementById("comparison");
    const chosen = this.content.comparisons[Number(list?.value ?? 0)];
    if (!chosen) return;
    const message = await unpackedBytes(chosen.message);
    window.lstmVizComparison = withHeader(message, { comparesTo: this.messageId });
    window.dispatchEvent(new CustomEvent("lstm-viz:comparison"));
  }

  answer(name, asked) {
    if (name === "present") this.present(asked === "begin");
    else super.answer(name, asked);
  }

  // A lecture: larger words and charts, and less of all else; the address says so.
  present(isOn) {
    this.isLarge = isOn;
    setParameter("teach", isOn ? "1" : null);
    this.showText();
    this.showGeneratedText();
    this.mountPlayer(this.header);
  }
}

function template(name) {
  const made = document.createElement("template");
  const { html, css } = window.lstmVizParts[name];
  made.innerHTML = `<style>${css}</style>${html}`;
  return made;
}

function fetchScript(src) {
  return new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src });
    script.onload = resolve;
    script.onerror = () => reject(new Error(`The file ${src} of this site is missing: copy the whole folder.`));
    document.head.append(script);
  });
}

function setParameter(name, value) {
  const url = new URL(location.href);
  if (value === null) url.searchParams.delete(name);
  else url.searchParams.set(name, value);
  history.replaceState(history.state, "", url);
}

function keepAddress(link) {
  const url = new URL(link.href);
  for (const name of KEPT_PARAMETERS) if (parameter(name) !== null) url.searchParams.set(name, parameter(name));
  link.href = url.href;
}

function fail(error) {
  document.getElementById("charts").textContent = "DecompressionStream" in window ? error.message : TOO_OLD;
}

// Where the bar has no room for all pages, the one that is open is among those in sight.
function showCurrentLink() {
  const link = document.querySelector(".site-bar a[aria-current]:not(.home)");
  const list = link?.parentElement;
  list?.scrollTo({ left: link.offsetLeft - list.offsetLeft - (list.clientWidth - link.offsetWidth) / 2 });
}

const described = document.getElementById("page");
if (described) {
  showCurrentLink();
  window.addEventListener("unhandledrejection", ({ reason }) => fail(reason));
  try {
    new SitePage(JSON.parse(described.textContent));
  } catch (error) {
    fail(error);
  }
}
