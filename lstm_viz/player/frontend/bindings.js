// Evaluates bindings: what a property of a figure is at a moment. The twin of figures/bindings/evaluate.py, which lists
// the kinds.

import { answerValues } from "./answers.js";
import { nanToNull, range } from "./arrays.js";
import { attribution } from "./attribution.js";
import { contributions, gateWeights } from "./contributions.js";
import { forecastWords } from "./forecasts.js";
import { checks, plain, STYLES } from "./formats.js";
import { HELD_BACK, INSPECTABLE_GATES, SIGMOID_GATES } from "./gates.js";
import { BLANK, hasTile, LABELS, windowSteps } from "./labels.js";
import { momentInLayer, precedes } from "./moment.js";
import { outline } from "./outlines.js";
import { blend, inkOn, plotlyColorscale } from "./palette.js";
import {
  arriving,
  drawnLimit,
  faded,
  hasUnitScales,
  heads,
  heightBeside,
  POLYGON_KINDS,
  polygonValues,
  targetValues,
} from "./ribbons.js";
import { fillColour, writerValues } from "./writers.js";

const USE = 4;
// Beyond these shares nothing, or all, of a value goes through a gate.
const [ALL, NOTHING] = [0.995, 0.005];

const INPUT_COLUMN = "input column";

export function evaluate(declared, viewport, seen) {
  const binding = withNames(declared, seen);
  const moment = momentInLayer(declared.in, seen, viewport);
  const kind = Object.keys(EVALUATORS).find((name) => name in binding);
  return kind ? EVALUATORS[kind](binding, viewport, moment) : arrayValues(binding, viewport, moment);
}

const mentions = (binding, mark) =>
  Object.values(binding).some((value) => typeof value === "string" && value.includes(mark));

// The binding with the names of the inspected gate and of the checkpoint where it says "@gate" or "@checkpoint".
function withNames(binding, moment) {
  if (!mentions(binding, "@")) return binding;
  const gate = INSPECTABLE_GATES[moment.gate ?? 0];
  const checkpoint = `${moment.training ?? 0}.${moment.checkpoint ?? 0}`;
  const named = (value) =>
    typeof value === "string" ? value.replace("@gate", gate).replace("@checkpoint", checkpoint) : value;
  return Object.fromEntries(Object.entries(binding).map(([name, value]) => [name, named(value)]));
}

// What belongs to the checkpoint: a value, or a binding.
function byCheckpoint(binding, viewport, moment) {
  const value = binding.by_checkpoint[moment.training ?? 0][moment.checkpoint ?? 0];
  return isBinding(value) ? evaluate(value, viewport, moment) : value;
}

const isBinding = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

const EVALUATORS = {
  all: (binding, viewport, m) => binding.all.flatMap((part) => evaluate(part, viewport, m)),
  beat: (binding, _, m) => binding.beat[m.beat],
  extra: extraNumbers,
  caption: (binding, viewport) => viewport.header.captions[binding.caption],
  gate: (binding, _, m) => binding.gate[m.gate],
  by_checkpoint: byCheckpoint,
  cycle: (binding, _, m) => binding.cycle[m.step % binding.cycle.length],
  per_unit: perUnit,
  sentence: (binding, viewport, m) =>
    binding.sentence.flatMap((part) => (typeof part === "string" ? part : evaluate(part, viewport, m))).join(""),
  since: (binding, viewport, m) =>
    m.beat >= binding.since ? EVALUATORS.sentence({ sentence: binding.of }, viewport, m) : "",
  limit: (binding, viewport, m) => viewport.scale(m.layer, binding.limit).limit * binding.times,
  colorscale: (binding, viewport, m) =>
    plotlyColorscale(binding.colours, viewport.scale(m.layer, binding.colorscale).signedSqrt),
  envelope,
  extent: (binding, viewport, m) => extent(binding.extent, viewport, m),
  title: scaleTitle,
  label: (binding, viewport, m) => LABELS[binding.label](viewport, m),
  marks: (binding, viewport, m) => binding.marks.map((mark) => outline(mark, binding.colour, viewport, m)),
  contribution: contributions,
  gate_map: gateWeights,
  attribution,
  ...Object.fromEntries(POLYGON_KINDS.map((kind) => [kind, polygonValues])),
  fades: faded,
  heads,
  arrives: arriving,
  beside: heightBeside,
  targets: targetValues,
  writers: writerValues,
  fill: fillColour,
  ink: (binding, viewport, m) => inkOn(evaluate(binding.ink, viewport, m)),
  with_tile: (binding, viewport, m) => [hasTile(viewport, m) ? binding.with_tile : binding.without],
  tile: (binding, viewport, m) => [hasTile(viewport, m) ? binding.tile : 0],
  answer: answerValues,
  forecast: forecastWords,
  kept: keptText,
  scales: scaleChange,
  answer_title: (binding, _, m) => [binding.answer_title[m.beat >= USE ? 0 : 1]],
};

// What a binding's value changes with, of step, beat, gate, window and checkpoint.
export function dependencies(binding) {
  const list = binding.all ?? binding.sentence ?? binding.by_checkpoint?.flat();
  const parts = (list ?? (binding.since === undefined ? [] : binding.of)).filter(isBinding);
  const found = new Set(parts.flatMap((part) => [...dependencies(part)]));
  const selectsStep = ["units", "unit"].includes(binding.select);
  if ("contribution" in binding || "gate_map" in binding || "cycle" in binding || "extra" in binding || selectsStep)
    found.add("step");
  if (["event", "answer", "answer text", "step"].includes(binding.label) || binding.give === "sentence")
    found.add("step");
  if ("gate" in binding || binding.label === "gate" || mentions(binding, "@gate")) found.add("gate");
  if ("by_checkpoint" in binding || mentions(binding, "@checkpoint")) found.add("checkpoint");
  if ("beat" in binding || binding.from || ["answer", "answer value"].includes(binding.label)) found.add("beat");
  if ("extra" in binding && binding.select === "window") found.add("window");
  if ("attribution" in binding || "limit" in binding || binding.label || binding.select === "line") found.add("window");
  return found;
}

// Numbers of the page's own at the step, or as percents, or the names that belong to them.
function extraNumbers(binding, viewport, moment) {
  const { step, sequence } = moment;
  const { shape, data } = viewport.block(viewport.header.extras[binding.extra]);
  if (binding.select === "window") {
    const place = (at) => ((at - viewport.header.start) * shape[1] + sequence) * shape[2];
    return nanToNull(windowSteps(viewport, moment).map((at) => data[place(at)]));
  }
  const first = ((step - viewport.header.start) * shape[1] + sequence) * shape[2];
  const numbers = Array.from(data.subarray(first, first + shape[2]));
  const all = range(0, numbers.length);
  const order = binding.largest ? all.sort((a, b) => numbers[b] - numbers[a] || a - b).slice(0, binding.largest) : all;
  if (binding.as === "names") return order.map((k) => binding.names[k]);
  const values = order.map((k) => numbers[k]);
  return binding.as === "percents" ? values.map((value) => `${Math.floor(100 * value + 0.5)} %`) : nanToNull(values);
}

function perUnit(binding, viewport, moment) {
  const values = binding.per_unit[moment.layer];
  if (binding.select === "unit") return values[moment.unit];
  const { units } = viewport.layer(moment.layer);
  return viewport.shownRows(moment.layer, moment.unit).map((row) => values[units[row]]);
}

function envelope(binding, viewport, moment) {
  const { envelope: edge, of } = binding;
  if (of === INPUT_COLUMN) return columnEnvelope(viewport.header.overview.column?.[edge], viewport, moment);
  const { shape, data } = viewport.block(viewport.header.overview.layers[moment.layer][edge]);
  const row = viewport.rowOf(moment.layer, moment.unit);
  if (row >= shape[2]) return [];
  return nanToNull(range(0, shape[0]).map((bin) => data[(bin * shape[1] + moment.sequence) * shape[2] + row]));
}

// The smallest or the largest value of the input column in each bin.
function columnEnvelope(block, viewport, { sequence }) {
  if (!block) return [];
  const { shape, data } = viewport.block(block);
  return nanToNull(range(0, shape[0]).map((bin) => data[(bin * shape[1] + sequence) * shape[2]]));
}

// A title with the limits of an array's scale, and an arrow where the layer reads from the end.
function scaleTitle(binding, viewport, moment) {
  const arrow = viewport.layer(moment.layer).reverse ? "  ←" : "";
  const gap = binding.wrapped ? "<br>" : "  ";
  return `<b>${binding.title}</b>${gap}${extent(binding.of, viewport, moment)}${arrow}`;
}

function extent(array, viewport, { layer }) {
  if (HELD_BACK[array]) return HELD_BACK[array];
  const { limit, signedSqrt } = viewport.scale(layer, array);
  const digits = limit >= 0.95 ? 1 : Math.min(8, 1 - Math.floor(Math.log10(limit)));
  return `${plain(-limit, digits)} to ${plain(limit, digits)}${signedSqrt ? ", small values enlarged" : ""}`;
}

// What a binding of an array gives, as numbers, texts, colours or sizes.
function arrayValues(binding, viewport, moment) {
  const values = select(binding, viewport, moment);
  if (binding.as === "column") return nanToNull(values).map((value) => [value]);
  if (binding.as === "text_column") return values.map((value) => [STYLES[binding.style ?? "plain"](value)]);
  if (binding.as === "text") return isHidden(binding, moment) ? BLANK : valueText(values, binding, viewport, moment);
  if (binding.as === "colour")
    return values.map((value) => colour(scaled(value, binding, viewport, moment), binding, moment));
  if (binding.as === "letters")
    return values.map((value) => inkOn(colour(scaled(value, binding, viewport, moment), binding, moment)));
  return nanToNull(values);
}

function select(binding, viewport, moment) {
  const { layer, step, sequence, unit } = moment;
  const value = (s, q, row) => viewport.value(layer, binding.array, s, q, row);
  const rows = viewport.shownRows(layer, unit);
  const row = viewport.rowOf(layer, unit);
  if (binding.select === "units") return rows.map((each) => value(step, sequence, each));
  if (binding.select === "unit") return value(step, sequence, row);
  const steps = windowSteps(viewport, moment);
  if (binding.select === "line") return steps.map((s) => value(s, sequence, row));
  if (binding.select === "window") return rows.map((each) => steps.map((s) => value(s, sequence, each)));
  if (binding.select === "sequences")
    return viewport.lanesAround(sequence).map((q) => steps.map((s) => value(s, q, row)));
  if (binding.select === "run") return range(viewport.header.start, viewport.stop).map((s) => value(s, sequence, row));
  throw new Error(`A binding selects units, unit, line, window, sequences or run; this one selects ${binding.select}.`);
}

// Whether what a binding shows has not appeared yet: before the beat "from", or before "at" of its progress.
function isHidden(binding, moment) {
  return precedes(moment, binding.from, binding.at);
}

// How much of the followed unit's value a gate lets through, in words.
function keptText(binding, viewport, moment) {
  if (isHidden(binding, moment)) return [BLANK];
  const factor = select({ array: binding.kept, select: "unit" }, viewport, moment);
  if (!Number.isFinite(factor)) return [BLANK];
  if (factor > ALL) return [`all ${binding.word}`];
  return [factor < NOTHING ? `nothing ${binding.word}` : `${Math.floor(100 * factor + 0.5)} % ${binding.word}`];
}

// That the scale changes from a gate's to that of the cell state's track, where it does.
function scaleChange(binding, viewport, moment) {
  const row = viewport.rowOf(moment.layer, moment.unit);
  const [gate, memory] = ["candidate", "cell_state"].map((array) => drawnLimit(array, row, viewport, moment));
  if (gate === memory || moment.beat < binding.scales) return [BLANK];
  const own = hasUnitScales(viewport, moment) ? "own scale: " : "scale: ";
  return [`${binding.short ? "" : own}±${plain(memory, 1)}`];
}

// A gate's value as it is; a signed one as a share of what fills its scale.
function scaled(value, binding, viewport, moment) {
  if (SIGMOID_GATES.has(binding.array)) return value;
  const { limit, signedSqrt } = viewport.scale(moment.layer, binding.array);
  const share = Math.min(Math.max(value / limit, -1), 1);
  return signedSqrt ? Math.sign(share) * Math.sqrt(Math.abs(share)) : share;
}

// Signed values run over the whole scale, a gate's from its start; dimmed towards what they lie over.
function colour(value, binding, moment) {
  const full = blend(binding.scale, (SIGMOID_GATES.has(binding.array) ? value : (value + 1) / 2) || 0);
  return blend([binding.over, full], moment.opacity ?? 1);
}

function valueText(value, binding, viewport, moment) {
  const text = (binding.before ?? "") + STYLES[binding.style ?? "plain"](value);
  if (!binding.equals) return text;
  const [left, by, right] = binding.equals;
  const term = (name) => select({ array: name, select: "unit" }, viewport, moment);
  return (checks(term(left), by, term(right), value) ? "= " : "≈ ") + text;
}
