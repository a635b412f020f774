// Contributions of each source to a gate's pre-activation, and the weights behind them. The twin of
// figures/bindings/contributions.py.

import { nanToNull, range } from "./arrays.js";
import { plain, signed } from "./formats.js";
import { escapeMarkup } from "./labels.js";
import { blend } from "./palette.js";

const MAX_LISTED = 5;
// Room for a number beside the longest bar; more of it where the names leave little.
const [MARGIN, WIDE_MARGIN] = [0.22, 0.4];

const CONTRIBUTIONS = {
  values: ({ values }) => nanToNull(values),
  names: ({ names }) => names.map(escapeMarkup),
  factors: ({ names, sources }, map, _, viewport, moment) =>
    names.map((name, k) => escapeMarkup(name) + factors(map, sources[k], viewport, moment)),
  texts: ({ values }) => values.map((value) => signed(value)),
  colours: ({ values }, _, binding) => {
    const top = Math.max(1e-9, ...values.filter(Number.isFinite).map(Math.abs));
    return values.map((value) => blend(binding.scale, Number.isNaN(value) ? 0.5 : (value / top + 1) / 2));
  },
  rows: ({ values }) => range(0, values.length),
  range: ({ values }) => paddedRange(values, MARGIN),
  range_with_sum: ({ values, total }) => paddedRange([...values, total], WIDE_MARGIN),
  sentence: ({ names, values }) => names.map((name, k) => `${name} ${signed(values[k])}`).join(", "),
  total: ({ total }, _, binding) => (binding.before ?? "") + signed(total),
  sum: ({ total }) => nanToNull([total]),
  sum_row: ({ values }) => [values.length],
};

export function contributions(binding, viewport, moment) {
  const map = viewport.gateMap(moment.layer, binding.contribution);
  const { sources, values } = largestFirst(map, viewport, moment, binding.max_rows ?? MAX_LISTED);
  const names = sources.map((source) => map.names[source] ?? othersName(map, sources.length - 1));
  const total = values.reduce((sum, value) => sum + value, 0);
  return CONTRIBUTIONS[binding.give]({ sources, names, values, total }, map, binding, viewport, moment);
}

// What the sources that are not listed are called; how many they are is not known where some are not held.
function othersName(map, listed) {
  return map.rest ? "all others together" : `${(map.names.length - listed).toLocaleString("en")} others together`;
}

// What is multiplied; the bias is no product, and the others are many.
function factors(map, source, viewport, moment) {
  if (source === null || source === map.names.length - 1) return "";
  const weight = map.row(viewport.rowOf(moment.layer, moment.unit))[source];
  return `\u2002${plain(weight)} × ${plain(map.value(moment, source))}`;
}

// From the smallest to the largest, 0 among them, with room for texts.
function paddedRange(values, share) {
  const known = values.filter(Number.isFinite);
  const [low, high] = [Math.min(0, ...known), Math.max(0, ...known)];
  const margin = share * Math.max(high - low, 1e-9);
  return [low < 0 ? low - margin : low, high + margin];
}

// The followed unit's sources at the step and what each contributes, the largest first; null stands for all others.
function largestFirst(map, viewport, moment, maxRows) {
  const row = viewport.rowOf(moment.layer, moment.unit);
  const values = map.row(row).map((weight, k) => weight * map.value(moment, k));
  const order = range(0, values.length);
  order.sort((a, b) => Math.abs(values[b] || 0) - Math.abs(values[a] || 0) || a - b);
  const listsAll = order.length <= maxRows && !map.rest;
  const sources = listsAll ? order : order.slice(0, maxRows - 1);
  const listed = sources.map((k) => values[k]);
  if (listsAll) return { sources, values: listed };
  const rest = map.rest ? map.restAt(moment, row) : 0;
  const others = order.slice(sources.length).reduce((sum, k) => sum + values[k], rest);
  return { sources: [...sources, null], values: [...listed, others] };
}

const WEIGHTS = {
  weights: (map, viewport, m) => viewport.shownRows(m.layer, m.unit).map((row) => map.row(row)),
  values: (map, _, m) => nanToNull(map.names.map((_name, k) => map.value(m, k))),
  row: (map, viewport, m) => [WEIGHTS.values(map, viewport, m)],
  texts: (map, viewport, m) =>
    WEIGHTS.weights(map, viewport, m).map((row) => Array.from(row, (weight) => plain(weight))),
  row_texts: (map, _, m) => [map.names.map((_name, k) => plain(map.value(m, k)))],
  names: (map) => map.names.map(escapeMarkup),
  columns: (map) => range(0, map.names.length),
  size: (map, _, __, binding) => Math.max(0, ...map.weights.data.map(Math.abs)) * binding.times,
};

export function gateWeights(binding, viewport, moment) {
  return WEIGHTS[binding.give](viewport.gateMap(moment.layer, binding.gate_map), viewport, moment, binding);
}
