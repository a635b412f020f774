// Vectors as polygons: ribbons, the openings of gates, zero lines, one row a unit. The twin of figures/bindings/ribbons.py,
// which lists the bindings.

import { answerBar } from "./answers.js";
import { forecastBar } from "./forecasts.js";
import { plain, signed } from "./formats.js";
import { SIGMOID_GATES } from "./gates.js";
import { hasTile } from "./labels.js";
import { divided, hoverShares } from "./writers.js";

const [LENS, MIN_LENS, FILL] = [2, 0.2, 0.94];
const ONE_SCALE = 1.5;
const SAMPLES = 7;
const INVISIBLE = 1e-3;
const WRITTEN = ["previous_cell_state", "kept", "learned", "cell_state"];
const [ARRIVE, FORGET] = [0, 1];
// While which part of the first beat both memories come in from the step before.
const TRAVELS = [0, 0.55];
// Where what is not there is put: Plotly gives an empty trace up for good.
const NOWHERE = -9;

// The [lower, upper] edge of each shown unit's row in a box, from the first, which is uppermost.
function rowBounds(viewport, moment, bottom, top) {
  const rows = viewport.shownRows(moment.layer, moment.unit);
  const followed = rows.indexOf(viewport.rowOf(moment.layer, moment.unit));
  const large = Math.max(LENS / (rows.length + LENS - 1), MIN_LENS) * (top - bottom);
  const small = (top - bottom - large) / Math.max(1, rows.length - 1);
  let upper = top;
  return rows.map((_, row) => {
    const lower = upper - (row === followed ? large : small);
    const bounds = [lower, upper];
    upper = lower;
    return bounds;
  });
}

function followedBounds(viewport, moment, bottom, top) {
  const rows = viewport.shownRows(moment.layer, moment.unit);
  return rowBounds(viewport, moment, bottom, top)[rows.indexOf(viewport.rowOf(moment.layer, moment.unit))];
}

// A value as a share of what fills half of its row, from -1 to 1.
function shareOfRow(value, row, array, viewport, moment) {
  if (!Number.isFinite(value)) return 0;
  return Math.min(Math.max(value / drawnLimit(array, row, viewport, moment), -1), 1);
}

// The magnitude that fills half of a row: one for all of the cell where that can be.
export function drawnLimit(array, row, viewport, moment) {
  const { limit } = viewport.scale(moment.layer, "cell_state");
  const isMemory = array === "cell_state";
  if (hasUnitScales(viewport, moment)) return isMemory ? viewport.header.unitLimits[moment.layer][row] : 1;
  if (limit <= ONE_SCALE) return Math.max(1, limit);
  return isMemory ? limit : 1;
}

// Whether each unit's long-term memory is drawn on a scale of its own: one would drown the rest.
export function hasUnitScales(viewport, moment) {
  return viewport.scale(moment.layer, "cell_state").signedSqrt;
}

// Progress that starts and ends gently.
function ease(progress) {
  const bounded = Math.min(Math.max(progress, 0), 1);
  return bounded * bounded * (3 - 2 * bounded);
}

// Where something is on its way from one end to the other, which takes a part of the beat.
function between([from, to], [start, stop], moment) {
  return from + (to - from) * ease(((moment.progress ?? 1) - start) / (stop - start));
}

function valueAt(viewport, moment, array, row) {
  return viewport.value(moment.layer, array, moment.step, moment.sequence, row);
}

// The lower and upper edge of a ribbon's band in each row, as shares of half the row.
function edgesOf(array, { band, scale }, viewport, moment) {
  return viewport.shownRows(moment.layer, moment.unit).map((row) => {
    const value = valueAt(viewport, moment, array, row);
    const thick = shareOfRow(value, row, scale, viewport, moment);
    if (thick === 0) return [0, 0];
    if (typeof band === "string") return thick > 0 === (band === "+") ? [0, thick] : [0, 0];
    if (moment.signs) return band === (thick > 0 ? 0 : 1) ? [0, thick] : [0, 0];
    const parts = divided(array, viewport, moment, row);
    const before = parts.slice(0, band).reduce((sum, part) => sum + part, 0);
    return [thick * (before / value), thick * ((before + parts[band]) / value)];
  });
}

function ribbon(binding, viewport, moment) {
  let stations = binding.ribbon;
  if (moment.beat < (binding.forms ?? ARRIVE)) stations = stations.map(([x]) => [x, stations[0][1]]);
  const start = stations[0][0];
  const during = binding.during?.[moment.beat] ?? [0, 1];
  const reach = binding.reach ? between(binding.reach[moment.beat], during, moment) : stations.at(-1)[0];
  if (reach <= start) return [];
  const moved = moment.beat === ARRIVE ? between([binding.travel ?? 0, 0], TRAVELS, moment) : 0;
  const edges = {};
  for (const [, array] of stations) edges[array] ??= edgesOf(array, binding, viewport, moment);
  const line = samples(stations, reach);
  const polygons = [];
  rowBounds(viewport, moment, ...binding.rows).forEach(([low, high], row) => {
    if (Object.values(edges).every((part) => Math.abs(part[row][1] - part[row][0]) < INVISIBLE)) return;
    const [middle, half] = [(low + high) / 2, (FILL * (high - low)) / 2];
    const edge = (which) =>
      line.map(([x, one, other, by]) => {
        const [a, b] = [edges[one][row][which], edges[other][row][which]];
        return [x + moved, middle + half * (a + (b - a) * by)];
      });
    polygons.push([...edge(1), ...edge(0).reverse()]);
  });
  return polygons;
}

// Points along a ribbon as far as it reaches: x, the arrays of the stations round it, how far it is between them.
function samples(stations, reach) {
  const points = [];
  for (let k = 0; k + 1 < stations.length; k++) {
    const [[x0, one], [x1, other]] = [stations[k], stations[k + 1]];
    if (x0 > reach) break;
    const steps = one === other ? 1 : SAMPLES;
    for (let step = 0; step <= steps; step++) {
      const x = x0 + ((x1 - x0) * step) / steps;
      if (x >= reach) {
        points.push([reach, one, other, ease((reach - x0) / (x1 - x0))]);
        break;
      }
      points.push([x, one, other, ease(step / steps)]);
    }
  }
  return points;
}

function jaws(binding, viewport, moment) {
  const { acts } = binding;
  if (moment.beat < acts) return [];
  const closed = moment.beat === acts ? between([0, 1], binding.during, moment) : 1;
  const [x0, x1, x2] = binding.x;
  const bounds = rowBounds(viewport, moment, ...binding.rows);
  const polygons = [];
  viewport.shownRows(moment.layer, moment.unit).forEach((row, k) => {
    const factor = valueAt(viewport, moment, binding.jaws, row);
    if (!Number.isFinite(factor)) return;
    const opening = Math.min(Math.max(factor, 0), 1);
    const share = 1 - closed * (1 - opening);
    if (share > 1 - INVISIBLE) return;
    const [low, high] = bounds[k];
    const [middle, half] = [(low + high) / 2, (FILL * (high - low)) / 2];
    for (const side of [1, -1]) {
      const points = [];
      for (let step = 0; step <= SAMPLES; step++) {
        const y = middle + side * half * (1 - (1 - share) * ease(step / SAMPLES));
        points.push([x0 + ((x1 - x0) * step) / SAMPLES, y]);
      }
      points.push([x2, middle + side * half * share], [x2, middle + side * half]);
      polygons.push(points);
    }
  });
  return polygons;
}

function middles(binding, viewport, moment) {
  return binding.middles.flatMap(([left, right, bottom, top]) =>
    rowBounds(viewport, moment, bottom, top).map(([low, high]) => [
      [left, (low + high) / 2],
      [right, (low + high) / 2],
    ]),
  );
}

function followed(binding, viewport, moment) {
  const rows = viewport.shownRows(moment.layer, moment.unit);
  const unit = binding.pointed ? (moment.pointed ?? -1) : moment.unit;
  const row = rows.indexOf(viewport.rowOf(moment.layer, unit));
  if (!viewport.layer(moment.layer).units.includes(unit) || row < 0) return [];
  return binding.followed.map(([left, right, bottom, top]) => {
    const [low, high] = rowBounds(viewport, moment, bottom, top)[row];
    const corners = rectangle(left, right, low, high);
    return [...corners, corners[0]];
  });
}

function rectangle(left, right, low, high) {
  return [
    [left, low],
    [right, low],
    [right, high],
    [left, high],
  ];
}

// A bar at the line of each of the event's values that is written out: to the right above 0, to the left below.
function swatches(binding, viewport, moment) {
  const [left, right] = binding.swatches;
  const [middle, half] = [(left + right) / 2, (right - left) / 2];
  if (hasTile(viewport, moment) || !viewport.readsInput(moment.layer)) return [];
  const { limit } = viewport.scale(moment.layer, "event");
  return binding.lines.flatMap((y, line) => {
    const place = viewport.header.features.indexOf(line);
    const value = place < 0 ? Number.NaN : valueAt(viewport, moment, "event", place);
    if (!Number.isFinite(value)) return [];
    // The root, so that small values are seen.
    const end = middle + half * Math.sign(value) * Math.sqrt(Math.min(Math.abs(value) / limit, 1));
    return [rectangle(middle, end, y - 4, y + 4)];
  });
}

// Of each row's ribbon what is outside of the part that is kept, in the colours that it has before the gate.
function lost(binding, viewport, moment) {
  const progress = moment.progress ?? 1;
  if (moment.beat !== FORGET || progress <= binding.during[0] || progress >= 1) return [];
  const before = edgesOf("previous_cell_state", binding, viewport, moment);
  const rows = viewport.shownRows(moment.layer, moment.unit);
  const share = (array, row) => shareOfRow(valueAt(viewport, moment, array, row), row, "cell_state", viewport, moment);
  const [x0, x1, x2] = binding.lost;
  const fallen = between([0, binding.by], binding.during, moment);
  return rowBounds(viewport, moment, ...binding.rows).flatMap(([low, high], k) => {
    const [middle, half] = [(low + high) / 2, (FILL * (high - low)) / 2];
    const [whole, kept] = [share("previous_cell_state", rows[k]), share("kept", rows[k])];
    const [inner, outer] = before[k].map((edge) => outside(edge, kept, whole));
    if (Math.abs(outer - inner) < INVISIBLE) return [];
    const sides = [
      [x0, outer],
      [x2, outer],
      [x2, inner],
      [x1, inner],
      [x0, outer],
    ];
    return [sides.map(([x, part]) => [x, middle + half * part - fallen])];
  });
}

// An edge moved to that of what is kept, where it lies inside.
function outside(edge, kept, whole) {
  return Math.abs(kept) >= Math.abs(whole) ? 0 : Math.sign(whole) * Math.max(Math.abs(edge), Math.abs(kept));
}

// An opacity that goes from 1 to 0 in a beat, and is 0 in all others.
export function faded(binding, _, moment) {
  return moment.beat === binding.fades ? between([1, 0], binding.during, moment) : 0;
}

// All x or all y of the points that are on their way.
export function heads(binding, _, moment) {
  const coordinate = binding.give === "x" ? 0 : 1;
  return binding.heads.map(({ beat, during: [start, stop], path }) => {
    const progress = moment.progress ?? 1;
    if (moment.beat !== beat || progress <= start || progress >= stop) return NOWHERE;
    return along(path, ease((progress - start) / (stop - start)))[coordinate];
  });
}

// The point at a share of a path of straight lines, each of which takes as long as it is.
function along(path, share) {
  const lengths = path.slice(1).map(([x, y], k) => Math.abs(x - path[k][0]) + Math.abs(y - path[k][1]));
  let left = share * lengths.reduce((sum, length) => sum + length, 0);
  for (const [k, length] of lengths.entries()) {
    const [[x0, y0], [x1, y1]] = [path[k], path[k + 1]];
    const by = length ? left / length : 1;
    if (left <= length) return [x0 + (x1 - x0) * by, y0 + (y1 - y0) * by];
    left -= length;
  }
  return path.at(-1);
}

// A height on its way in the first beat, and at its end after it.
export function arriving(binding, _, moment) {
  return [moment.beat === ARRIVE ? between(binding.arrives, binding.during, moment) : binding.arrives[1]];
}

const POLYGONS = {
  ribbon,
  jaws,
  lost,
  middles,
  followed,
  swatches,
  answer_bar: (binding, viewport, moment) => answerBar(binding, viewport, moment, between([0, 1], [0.75, 1], moment)),
  forecast_bar: (binding, viewport, moment) =>
    forecastBar(binding, viewport, moment, between([0, 1], [0.75, 1], moment)),
};
export const POLYGON_KINDS = Object.keys(POLYGONS);

// The polygons [[x, y], ...] of a binding.
function polygonsOf(binding, viewport, moment) {
  const kind = POLYGON_KINDS.find((name) => name in binding);
  return POLYGONS[kind](binding, viewport, moment);
}

// All x or all y of polygons, with a gap after each but the last.
export function polygonValues(binding, viewport, moment) {
  const coordinate = binding.give === "x" ? 0 : 1;
  const values = [];
  for (const polygon of polygonsOf(binding, viewport, moment)) {
    if (values.length) values.push(null);
    for (const point of polygon) values.push(Math.round(point[coordinate] * 1000) / 1000);
  }
  return values.length ? values : [NOWHERE, NOWHERE];
}

// A height in the followed row, halfway on the side where its value is not.
export function heightBeside(binding, viewport, moment) {
  const [low, high] = followedBounds(viewport, moment, ...binding.rows);
  const value = valueAt(viewport, moment, binding.beside, viewport.rowOf(moment.layer, moment.unit));
  return [(low + high) / 2 + ((high - low) / 4) * (value < 0 ? 1 : -1)];
}

// Rectangles that answer to the pointer: all rows of all parts, and what each says.
export function targetValues(binding, viewport, moment) {
  const rows = viewport.shownRows(moment.layer, moment.unit);
  const { units } = viewport.layer(moment.layer);
  const give = {
    base: ([, , left]) => left,
    x: ([, , left, right]) => right - left,
    y: (_, [low, high]) => (low + high) / 2,
    width: (_, [low, high]) => high - low,
    customdata: ([part]) => part,
    hovertext: ([part, name], _, row) => `unit ${units[row] + 1} · ${name}: ${told(part, row, viewport, moment)}`,
  }[binding.give];
  return binding.targets.flatMap((target) => {
    const bounds = rowBounds(viewport, moment, target[4], target[5]);
    return rows.map((row, k) => give(target, bounds[k], row));
  });
}

function told(part, row, viewport, moment) {
  const value = valueAt(viewport, moment, part, row);
  const number = `<b>${SIGMOID_GATES.has(part) ? plain(value, 3) : signed(value, 3)}</b>`;
  if (!WRITTEN.includes(part) || !Number.isFinite(value)) return number;
  const shares = hoverShares(part, viewport, moment, row);
  return shares ? `${number}<br>${shares}` : number;
}
