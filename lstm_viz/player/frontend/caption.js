// What happened to the followed unit, in one line and in equations, with the trace's numbers.

import { evaluate } from "./bindings.js";
import { checks, checksTwoProducts, plain, signed, summand, whole } from "./formats.js";
import { answerAt } from "./labels.js";
import { writesBefore } from "./writers.js";

// What the equation says of a number whose beat is still to come; twins of those in figures/gates/formulas.py.
const WORDS = {
  previous_cell_state: "LTM′",
  forget_gate: "forget",
  candidate: "combined",
  input_gate: "ignore",
  cell_state: "LTM",
  readout: "offered",
  output_gate: "use",
};
const PENDING = "…";
// Less of a memory than this part stays: it is dropped. Less than the other: it fades.
const [DROPPED, FADED] = [0.5, 0.9];
// What is smaller than this part of the other number is not worth a word.
const SMALL = 0.1;
const NAMELESS = "what it held";
// An event that wrote more than this part of a memory wrote it, more than the other wrote most of it.
const [NEARLY_ALL, MOST] = [0.95, 0.5];

// One line: what the beat did; at rest, what the step did.
export function caption(viewport, moment) {
  const layer = viewport.layer(moment.layer);
  if (layer.variant === "rnn") return rnnCaption(viewport, moment);
  const at = unitValues(viewport, moment);
  const unit = `unit ${moment.unit + 1}`;
  const lines = {
    arrive: () => `${arrival(viewport, moment)}. ${capital(unit)} holds ${heldText(at, viewport, moment)}.`,
    forget: () =>
      isZero(at.previous_cell_state)
        ? "Forget: nothing is held yet, so there is nothing to forget."
        : `Forget: ${droppedText(at, viewport, moment)}${percent(at.forget_gate)} of ${signed(at.previous_cell_state)} stays: ${signed(at.kept)}${functions(layer, "gate")}.`,
    learn: () =>
      `Learn: the combined value is ${signed(at.candidate)}, and ${percent(at.input_gate)} of it is let in: ${signed(at.learned)}${functions(layer, "gate", "candidate")}.`,
    remember: () => {
      const equals = equalsSign(at.kept, "+", at.learned, at.cell_state);
      return `Remember: ${signed(at.kept)} ${summand(at.learned)} ${equals} ${signed(at.cell_state)}, the new long-term memory.`;
    },
    use: () =>
      `Use: the offered value is ${signed(at.readout)}, and ${percent(at.output_gate)} of it is shown: ${usedText(at)}${functions(layer, "gate", "readout")}.`,
    "move on": () =>
      `${arrival(viewport, moment)}. ${capital(stepText(at, viewport, moment))}. ${capital(unit)} now holds ${signed(at.cell_state)}.${edgeText(viewport, moment)}${answerText(viewport, moment)}`,
  };
  return lines[viewport.header.beats[moment.beat]]();
}

// A plain RNN has no gates to tell of: one memory, and what the step made of it.
function rnnCaption(viewport, moment) {
  const row = viewport.rowOf(moment.layer, moment.unit);
  const value = (name) => viewport.value(moment.layer, name, moment.step, moment.sequence, row);
  const change = `Short-term memory of unit ${moment.unit + 1} goes from ${signed(value("previous_hidden_state"))} to ${signed(value("hidden_state"))}`;
  return `${arrival(viewport, moment)}. ${change}.${answerText(viewport, moment)}`;
}

// What the step reads: a letter by itself, a date or a number as the step's name.
function arrival(viewport, moment) {
  const step = `Step ${whole(moment.step + 1)}`;
  if (!viewport.readsInput(moment.layer)) return `${step}: the output of the layer below arrives`;
  const name = labelOf(viewport, moment, moment.step);
  if (isSign(viewport, name) || /^[+−-]?\d*\.\d+$/.test(name)) return `${step}: ${quoted(name)} arrives`;
  return name === "" || /^[\d,]+$/.test(name) ? `${step}: the event arrives` : `${step}: the event of ${name} arrives`;
}

function labelOf({ header }, { sequence }, step) {
  return header.labels[step - header.start]?.[sequence] ?? "";
}

function isSign({ header }, name) {
  return name !== "" && name.length <= header.ticks.shortLabel && !/^\d+$/.test(name);
}

function quoted(name) {
  return /[\p{L}\p{N}]/u.test(name) ? name : `“${name}”`;
}

// The step that wrote the largest part of what the unit holds when the step begins, and how large that part is. Nothing
// where that was before the steps that are here.
function mainWriter(viewport, moment) {
  const writes = writesBefore(viewport, moment, viewport.rowOf(moment.layer, moment.unit));
  const size = ({ share }) => Math.abs(share);
  const all = writes.reduce((sum, write) => sum + size(write), 0);
  const largest = writes.reduce((best, write) => (size(write) > size(best) ? write : best), writes.at(-1));
  return largest.step === null || all === 0 ? undefined : { step: largest.step, part: size(largest) / all };
}

function heldText(at, viewport, moment) {
  const value = signed(at.previous_cell_state);
  if (isZero(at.previous_cell_state)) return "nothing yet";
  const writer = mainWriter(viewport, moment);
  if (writer === undefined || writer.part < MOST) return value;
  const name = viewport.readsInput(moment.layer) ? labelOf(viewport, moment, writer.step) : "";
  const by = isSign(viewport, name)
    ? `by ${quoted(name)} at step ${whole(writer.step + 1)}`
    : `at step ${whole(writer.step + 1)}`;
  return `${value}, ${writer.part < NEARLY_ALL ? "mostly " : ""}written ${by}`;
}

// What became of the memory in this step.
function stepText(at, viewport, moment) {
  const [before, factor, learned] = [at.previous_cell_state, at.forget_gate, at.learned];
  const [held, wrote] = [heldName(viewport, moment), `${signed(learned)} is learned`];
  const isNothing = (value, other) => isZero(value) || Math.abs(value) < SMALL * Math.abs(other);
  const [empty, silent] = [isNothing(before, learned), isNothing(learned, before)];
  if (empty) return silent ? "nothing was held, and nothing is learned" : wrote;
  const stays = `${percent(factor)} stays`;
  const kept =
    factor < DROPPED ? `${held} is dropped, ${stays}` : factor < FADED ? `${held} fades, ${stays}` : `${held} stays`;
  return silent ? kept : `${kept}, and ${wrote}`;
}

// What is let go, where it has a name.
function droppedText({ forget_gate: factor }, viewport, moment) {
  const held = heldName(viewport, moment);
  return factor < DROPPED && held !== NAMELESS ? `${held} is dropped. ` : "";
}

function heldName(viewport, moment) {
  const writer = mainWriter(viewport, moment);
  if (writer === undefined || writer.part < MOST) return NAMELESS;
  const name = viewport.readsInput(moment.layer) ? labelOf(viewport, moment, writer.step) : "";
  return isSign(viewport, name)
    ? `the ${quoted(name)} held since step ${whole(writer.step + 1)}`
    : `what it held since step ${whole(writer.step + 1)}`;
}

// Whether no digit of it is seen.
function isZero(value) {
  return !/[1-9]/.test(signed(value));
}

function capital(text) {
  return `${text[0].toUpperCase()}${text.slice(1)}`;
}

const UNIT_VALUES = [
  "previous_cell_state",
  "previous_hidden_state",
  "forget_gate",
  "kept",
  "candidate",
  "input_gate",
  "learned",
  "cell_state",
  "readout",
  "output_gate",
  "hidden_state",
];

// The followed unit's values at the moment, by name; `used` is what the use gate lets out, before any projection.
function unitValues(viewport, moment) {
  const row = viewport.rowOf(moment.layer, moment.unit);
  const value = (name) => viewport.value(moment.layer, name, moment.step, moment.sequence, row);
  const at = Object.fromEntries(UNIT_VALUES.map((name) => [name, value(name)]));
  return { ...at, used: Math.fround(at.readout * at.output_gate) };
}

function equalsSign(left, by, right, result) {
  return checks(left, by, right, result) ? "=" : "≈";
}

const USUAL = { gate: "sigmoid", candidate: "tanh", readout: "tanh" };

// What computed a beat's numbers, where it is not what a reader takes an LSTM's gates for.
function functions(layer, ...parts) {
  const others = parts.filter((part) => layer[part] !== undefined && layer[part] !== USUAL[part]);
  return others.length ? ` (${others.map((part) => `${part}: ${layer[part]}`).join(", ")})` : "";
}

// The twin of lessons/placeholders.py: near 0 % and 100 % a digit more, since these would say "nothing" and "all".
function percent(share) {
  const whole = (share >= 0.0095 && share < 0.995) || share < 0.0005 || share >= 0.9995;
  return `${plain(100 * share, whole ? 0 : 1)} %`;
}

function usedText({ used, hidden_state }) {
  return Math.abs(used - hidden_state) < 1e-4 || Number.isNaN(hidden_state)
    ? `${signed(used)}, the new short-term memory`
    : `${signed(used)}, which the projection turns into short-term memory`;
}

// Where reading begins or ends with this step.
function edgeText(viewport, moment) {
  const { reverse } = viewport.layer(moment.layer);
  const last = reverse ? moment.step === 0 : moment.step + 1 >= viewport.header.lengths[moment.sequence];
  if (last) return reverse ? " Reading from the end stops here." : " This is the last step of the sequence.";
  return reverse ? ` Next is step ${moment.step}: this layer reads from the end.` : "";
}

function answerText(viewport, moment) {
  const answer = answerAt(viewport, moment);
  return answer ? ` ${capital(answer)}.` : "";
}

// Equations as lists of terms: the page's own, or the whole cell's. A term with a binding has numbers of the viewport.
export function equations(viewport, moment) {
  const { formulas } = viewport.header;
  if (!formulas.length) return cellEquations(viewport, moment);
  return formulas.map((terms) => terms.map((term) => pageTerm(term, viewport, moment)));
}

function pageTerm(term, viewport, moment) {
  const pending = term.beat !== undefined && moment.beat < term.beat;
  const bound = () => [evaluate(term.binding, viewport, moment)].flat().join("");
  const previous = viewport.layer(moment.layer).reverse ? 1 : -1;
  return {
    ...term,
    index: moment.step + 1 + (term.before ? previous : 0),
    text: pending ? term.word : term.binding ? bound() : term.text,
    pending,
    acts: term.beat === moment.beat,
  };
}

// A term with a part lights that part up when it is pointed at.
function cellEquations(viewport, moment) {
  const { variant, readout } = viewport.layer(moment.layer);
  if (variant === "rnn") return [];
  const at = unitValues(viewport, moment);
  const step = moment.step + 1;
  const term = (part, text, hue, beat, word = WORDS[part]) => {
    const pending = moment.beat < beat;
    return { part, text: pending ? word : text, pending, hue, acts: moment.beat === beat };
  };
  // An equals sign that says ≈ would tell of a result before there is one.
  const equals = (beat, sign) => ({ text: moment.beat < beat ? "=" : sign });
  const longTerm = [
    { symbol: "LTM", index: step, text: "=" },
    term("forget_gate", plain(at.forget_gate), "forget", 1),
    { text: "·" },
    term("previous_cell_state", bracketed(at.previous_cell_state), "foreground", 0),
    { text: "+" },
    term("input_gate", plain(at.input_gate), "learn", 2),
    { text: "·" },
    term("candidate", bracketed(at.candidate), "learn", 2),
    equals(3, sumEqualsSign(at)),
    term("cell_state", plain(at.cell_state), "remember", 3, PENDING),
  ];
  const shortTerm = [
    { symbol: "STM", index: step, text: "=" },
    term("output_gate", plain(at.output_gate), "use", 4),
    { text: "·" },
    ...(variant === "course"
      ? [term("readout", bracketed(at.readout), "use", 4)]
      : [{ text: `${readout}(` }, term("cell_state", plain(at.cell_state), "remember", 3), { text: ")" }]),
    equals(4, equalsSign(at.readout, "×", at.output_gate, at.hidden_state)),
    term("hidden_state", plain(at.hidden_state), "use", 4, PENDING),
  ];
  return variant === "course" ? [longTerm, shortTerm, readoutEquation(at)] : [longTerm, shortTerm];
}

// The course's cell: what memory offers comes from what was kept, by weights of its own.
function readoutEquation(at) {
  const sub = (text) => ({ text, sub: true });
  const kept = { part: "kept", text: "kept", hue: "forget" };
  return [{ text: `where ${plain(at.readout)} = tanh(W` }, sub("u"), kept, { text: "+ b" }, sub("u"), { text: ")" }];
}

function bracketed(value) {
  return value < 0 ? `(${plain(value)})` : plain(value);
}

// Whether f·c' + i·g, done by hand with the rounded numbers, gives the rounded LTM.
function sumEqualsSign(at) {
  const products = [at.forget_gate, at.previous_cell_state];
  return checksTwoProducts(products, [at.input_gate, at.candidate], at.cell_state) ? "=" : "≈";
}
