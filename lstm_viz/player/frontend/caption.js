// What happened to the followed unit, in one line and in equations, with the trace's numbers.

import { evaluate } from "./bindings.js";
import { checks, checksTwoProducts, plain, signed, summand } from "./formats.js";
import { answerAt, LABELS } from "./labels.js";

// What the equation says of a number whose beat is still to come; twins of those in figures/gates/formulas.py.
const WORDS = {
  previous_cell_state: "LTM′",
  forget_gate: "forget",
  candidate: "combined",
  input_gate: "ignore",
  cell_state: "LTM",
  readout: "offer",
  output_gate: "use",
};
const PENDING = "…";
// Beyond these shares nothing, or all, of a value goes through a gate.
const [ALL, NOTHING] = [0.995, 0.005];

export function caption(viewport, moment) {
  const layer = viewport.layer(moment.layer);
  if (layer.variant === "rnn") return rnnCaption(viewport, moment);
  const at = unitValues(viewport, moment);
  const step = moment.step + 1;
  const event = plainText(LABELS.event(viewport, moment)[0]);
  const arriving = viewport.readsInput(moment.layer) ? `the event ${event}` : "the output of the layer below";
  const memories = `LTM ${signed(at.previous_cell_state)}, STM ${signed(at.previous_hidden_state)}`;
  const lines = {
    arrive: () =>
      layer.reverse
        ? `Step ${step}: ${arriving} arrives, ${origin(viewport, moment)} ${memories}.`
        : `Step ${step}: ${arriving} arrives; LTM is ${signed(at.previous_cell_state)}, STM ${signed(at.previous_hidden_state)}.`,
    forget: () =>
      `Forget: ${product(at.previous_cell_state, at.forget_gate, at.kept)}, ${keptText(at.forget_gate)}${functions(layer, "gate")}.`,
    learn: () =>
      `Learn: ${product(at.candidate, at.input_gate, at.learned)}, ${letInText(at.input_gate)}${functions(layer, "gate", "candidate")}.`,
    remember: () => {
      const equals = equalsSign(at.kept, "+", at.learned, at.cell_state);
      return `Remember: ${signed(at.kept)} ${summand(at.learned)} ${equals} ${signed(at.cell_state)}, the new LTM.`;
    },
    use: () =>
      `Use: ${product(at.readout, at.output_gate, at.used)}, ${usedText(at)}${functions(layer, "gate", "readout")}.`,
    "move on": () => {
      const to = destination(viewport, moment);
      return `LTM ${signed(at.cell_state)} and STM ${signed(at.hidden_state)} go on to ${to}.${answerText(viewport, moment)}`;
    },
  };
  return lines[viewport.header.beats[moment.beat]]();
}

// A plain RNN has no gates to tell of: one memory, and what the step made of it.
function rnnCaption(viewport, moment) {
  const row = viewport.rowOf(moment.layer, moment.unit);
  const value = (name) => viewport.value(moment.layer, name, moment.step, moment.sequence, row);
  const event = plainText(LABELS.event(viewport, moment)[0]);
  const change = `STM goes from ${signed(value("previous_hidden_state"))} to ${signed(value("hidden_state"))}`;
  return `Step ${moment.step + 1}: the event ${event} arrives; ${change}.${answerText(viewport, moment)}`;
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

function product(left, right, result) {
  return `${signed(left)} × ${plain(right)} ${equalsSign(left, "×", right, result)} ${signed(result)}`;
}

const USUAL = { gate: "sigmoid", candidate: "tanh", readout: "tanh" };

// What computed a beat's numbers, where it is not what a reader takes an LSTM's gates for.
function functions(layer, ...parts) {
  const others = parts.filter((part) => layer[part] !== undefined && layer[part] !== USUAL[part]);
  return others.length ? ` (${others.map((part) => `${part}: ${layer[part]}`).join(", ")})` : "";
}

function percent(share) {
  return `${Math.round(share * 100)} %`;
}

function keptText(factor) {
  if (factor > ALL) return "so nothing is forgotten";
  if (factor < NOTHING) return "so all of it is forgotten";
  return `so ${percent(factor)} of it is kept`;
}

function letInText(factor) {
  if (factor > ALL) return "so nothing is ignored";
  if (factor < NOTHING) return "so all of it is ignored";
  return `so ${percent(factor)} of it is let in`;
}

function usedText({ used, hidden_state }) {
  return Math.abs(used - hidden_state) < 1e-4 || Number.isNaN(hidden_state)
    ? "the new STM"
    : "which the projection turns into STM";
}

// Where the memories go from here.
function destination(viewport, moment) {
  const { reverse } = viewport.layer(moment.layer);
  if (reverse && moment.step === 0) return "no other step: a layer that reads from the end stops at the front";
  if (!reverse && moment.step + 1 >= viewport.header.lengths[moment.sequence])
    return "whatever comes after this sequence";
  return reverse ? `step ${moment.step}, the one before` : `step ${moment.step + 2}`;
}

// Where the memories come from, in a layer that reads from the end.
function origin(viewport, moment) {
  const [step, length] = [moment.step + 1, viewport.header.lengths[moment.sequence]];
  return step === length ? "reading begins at the end, with" : `reading from the end; step ${step + 1} hands on`;
}

function answerText(viewport, moment) {
  const answer = answerAt(viewport, moment);
  return answer ? ` ${answer[0].toUpperCase()}${answer.slice(1)}.` : "";
}

// A chart's marked-up text as plain words; what it parses to is never put on the page.
function plainText(markup) {
  return new DOMParser().parseFromString(markup.replaceAll("<br>", ", "), "text/html").body.textContent;
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
