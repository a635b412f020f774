// What steps, units, features, sequences and answers are called at a moment. The twin of figures/labels.py.

import { range } from "./arrays.js";
import { GATE_NAMES, INSPECTABLE_GATES } from "./gates.js";

export const BLANK = " ";
// Lines of an event that is written out.
const EVENT_LINES = 5;
// Signs and lines of an answer in words that the cell has room for.
const [ANSWER_SIGNS, ANSWER_LINES] = [19, 4];
const ENTITIES = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&amp;": "&" };
const VISIBLE = { " ": "␣", "\n": "⏎", "\t": "⇥", "\r": "⏎" };

export const LABELS = {
  event: (viewport, m) => [
    viewport.readsInput(m.layer)
      ? textsOfRun(viewport, m, "events")[m.step - viewport.header.start][m.sequence]
      : "the layer below",
  ],
  "event tile": (viewport, m) => [hasTile(viewport, m) ? escapeMarkup(visible(labelAt(viewport, m, m.step))) : BLANK],
  "event lines": (viewport, m) => {
    const lines = hasTile(viewport, m) ? [] : LABELS.event(viewport, m)[0].split("<br>").slice(0, EVENT_LINES);
    return [...lines, ...Array(EVENT_LINES - lines.length).fill(BLANK)];
  },
  "event words": (viewport, m) => (hasTile(viewport, m) ? [BLANK] : LABELS.event(viewport, m)),
  "event plain": (viewport, m) => {
    const text = LABELS.event(viewport, m)[0].replaceAll("<br>", ", ").replace(/<.*?>/g, "");
    return unescapeMarkup(text).trim() || "none";
  },
  "answer value": (viewport, m) => {
    const text = m.beat >= 4 ? answerAt(viewport, m).replace(/^answer: /, "") : "";
    return [wrapWords(text, ANSWER_SIGNS, ANSWER_LINES).map(escapeMarkup).join("<br>") || BLANK];
  },
  answer: (viewport, m) => [m.beat >= 4 ? escapeMarkup(answerAt(viewport, m)) || BLANK : BLANK],
  gate: (_, m) => GATE_NAMES[INSPECTABLE_GATES[m.gate]],
  step: (_, m) => String(m.step + 1),
  "answer text": (viewport, m) => escapeMarkup(answerAt(viewport, m)),
  "next step": (viewport, m) => [viewport.layer(m.layer).reverse ? "to the step before →" : "to the next step →"],
  "next step short": (viewport, m) => [viewport.layer(m.layer).reverse ? "step before →" : "next →"],
  unit: (_, m) => [`unit ${m.unit + 1}`],
  units: (viewport, m) =>
    viewport.shownRows(m.layer, m.unit).map((row) => String(viewport.layer(m.layer).units[row] + 1)),
  rows: (viewport, m) => range(0, viewport.shownRows(m.layer, m.unit).length),
  bins: ({ header }) => header.overview.edges.slice(1).map((edge, k) => (header.overview.edges[k] + edge + 1) / 2),
  lanes: (viewport, m) => viewport.lanesAround(m.sequence),
  lane: (_, m) => [m.sequence],
  "lane steps": (viewport, m) => windowSteps(viewport, m).map(() => m.sequence),
  sequences: (viewport, m) =>
    viewport.lanesAround(m.sequence).map((lane) => escapeMarkup(truncate(viewport.header.sequenceNames[lane]))),
  steps: (viewport, m) => windowSteps(viewport, m).map((step) => step + 1),
  "tick steps": (viewport, m) => tickSteps(viewport, m).map((step) => step + 1),
  "tick labels": (viewport, m) => {
    const labels = textsOfRun(viewport, m, "labels");
    return tickSteps(viewport, m).map((step) => escapeMarkup(labels[step - viewport.header.start][m.sequence]));
  },
  "window range": (viewport, m) => [m.window + 0.5, windowStop(viewport, m) + 0.5],
  "row range": (viewport, m) => [viewport.shownRows(m.layer, m.unit).length - 0.5, -0.5],
  "lane range": (viewport, m) => {
    const lanes = viewport.lanesAround(m.sequence);
    return [lanes.at(-1) + 0.5, lanes[0] - 0.5];
  },
  "lanes title": (viewport, m) => `${memoryTitle(viewport, m)}  in every sequence`,
  "overview title": (viewport, m) => `${memoryTitle(viewport, m)}  the whole run; drag the window`,
  "lane labels": (viewport, m) => {
    const { start, labels } = viewport.header;
    const steps = windowSteps(viewport, m);
    return viewport
      .lanesAround(m.sequence)
      .map((lane) => steps.map((step) => escapeMarkup(labels[step - start][lane])));
  },
};

// Text from outside, escaped for Plotly, which reads tags and entities.
export function escapeMarkup(text) {
  return String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

// A character that can't be seen, as it is shown; any other text as it is.
export function visible(text) {
  return VISIBLE[text] ?? text;
}

// What a step is called.
export function labelAt(viewport, moment, step) {
  return textsOfRun(viewport, moment, "labels")[step - viewport.header.start][moment.sequence];
}

// Whether the step's event is a letter or a sign, which stands on a tile; others are written out.
export function hasTile(viewport, moment) {
  if (!viewport.readsInput(moment.layer)) return false;
  const label = visible(labelAt(viewport, moment, moment.step));
  const isShort = label.trim() && label.length <= viewport.header.ticks.shortLabel;
  return Boolean(isShort) && !LABELS.event(viewport, moment)[0].includes("<br>");
}

// Text without Plotly's entities.
function unescapeMarkup(text) {
  return Object.entries(ENTITIES).reduce((plain, [entity, sign]) => plain.replaceAll(entity, sign), text);
}

// What the model says at the step, in the run that the layer belongs to.
export function answerAt({ header }, { layer, step, sequence }) {
  const { ownLayers, answers, answersBeside, start } = header;
  const said = layer < ownLayers ? answers : answersBeside[Math.floor((layer - ownLayers) / ownLayers)];
  return said?.[step - start][sequence] ?? "";
}

// What steps or events are called in the run that the layer belongs to.
function textsOfRun({ header }, { layer }, name) {
  return header[`${name}Beside`]?.[Math.floor(layer / header.ownLayers) - 1] ?? header[name];
}

function memoryTitle(viewport, moment) {
  const memory = viewport.layer(moment.layer).variant === "rnn" ? "Short-term memory" : "Long-term memory";
  return `<b>${memory} of unit ${moment.unit + 1}</b>`;
}

export function truncate(name, length = 14) {
  return name.length <= length ? name : `${name.slice(0, length - 1)}…`;
}

// Words in lines of so much room, and no more lines than that; what has no room is cut.
function wrapWords(text, room, most) {
  const lines = [];
  for (const word of text.split(" ")) {
    if (lines.length && signs(lines.at(-1)) + 1 + signs(word) <= room) lines[lines.length - 1] += ` ${word}`;
    else lines.push(word);
  }
  const fitting = lines.length > most ? [...lines.slice(0, most - 1), lines.slice(most - 1).join(" ")] : lines;
  return fitting.map((line) => (signs(line) <= room ? line : `${[...line].slice(0, room - 1).join("")}…`));
}

function signs(text) {
  return [...text].length;
}

function windowStop(viewport, moment) {
  return Math.min(moment.window + viewport.header.window, viewport.stop);
}

export function windowSteps(viewport, moment) {
  return range(moment.window, windowStop(viewport, moment));
}

// The steps under which a label stands: every one where labels are short, else some.
function tickSteps(viewport, moment) {
  const { start, labels, ticks } = viewport.header;
  const steps = windowSteps(viewport, moment);
  const longest = Math.max(0, ...steps.flatMap((step) => labels[step - start]).map((label) => label.length));
  const count = longest > ticks.shortLabel ? ticks.max : Math.floor(ticks.signs / Math.max(1, longest));
  const stride = Math.max(1, Math.ceil(steps.length / count));
  return steps.filter((_, k) => k % stride === 0);
}
