// Evaluating a figure's rules. The twin of figures/rules.py, which lists them.

const OPENED = ["forget_gate", "input_gate", "candidate", "output_gate", "readout"];

function evaluate(asked, reel, seen) {
  const rule = opened(asked, seen);
  const moment = of(asked.in, seen, reel);
  const kind = Object.keys(KINDS).find((name) => name in rule);
  return kind ? KINDS[kind](rule, reel, moment) : given(rule, reel, moment);
}

// The rule with the name of the opened gate where it says "@gate".
function opened(rule, moment) {
  if (!Object.values(rule).some((value) => typeof value === "string" && value.includes("@gate"))) return rule;
  const gate = OPENED[moment.gate ?? 0];
  const put = (value) => (typeof value === "string" ? value.replace("@gate", gate) : value);
  return Object.fromEntries(Object.entries(rule).map(([name, value]) => [name, put(value)]));
}

const KINDS = {
  all: (rule, reel, m) => rule.all.flatMap((part) => evaluate(part, reel, m)),
  beat: (rule, reel, m) => repeated(beatValue(rule, m), rule.repeat, reel, m),
  extra: (rule, reel, m) => extra(rule, reel, m),
  caption: (rule, reel) => reel.header.captions[rule.caption],
  gate: (rule, reel, m) => rule.gate[m.gate],
  cycle: (rule, reel, m) => rule.cycle[m.step % rule.cycle.length],
  known: (rule, reel, m) => known(rule, reel, m),
  sentence: (rule, reel, m) => rule.sentence.flatMap((part) => (typeof part === "string" ? part : evaluate(part, reel, m))).join(""),
  ladder: (rule, reel, m) => ladder(rule.ladder, count(rule.rows, reel, m)),
  heights: (rule, reel, m) => heights(rule.heights, reel, m),
  limit: (rule, reel, m) => reel.scale(m.layer, rule.limit).size * rule.times,
  warp: (rule, reel, m) => warped(rule.colours, reel.scale(m.layer, rule.warp).root),
  envelope: (rule, reel, m) => envelope(rule.envelope, reel, m),
  title,
  words: (rule, reel, m) => WORDS[rule.words](reel, m),
  marks: (rule, reel, m) => rule.marks.map((mark) => outline(mark, rule.ink, reel, m)),
  share: shares,
  map: theMap,
  write: writes,
};

// Numbers of the page's own at the step, or as percents, or the names that belong to them.
function extra(rule, reel, { step, sequence }) {
  const { shape, data } = reel.block(reel.header.extras[rule.extra]);
  const first = ((step - reel.header.start) * shape[1] + sequence) * shape[2];
  const all = Array.from(data.subarray(first, first + shape[2]));
  const places = all.map((_, k) => k);
  const order = rule.largest ? places.sort((a, b) => all[b] - all[a] || a - b).slice(0, rule.largest) : places;
  if (rule.as === "names") return order.map((place) => rule.names[place]);
  const values = order.map((place) => all[place]);
  return rule.as === "percents" ? values.map((value) => `${Math.floor(100 * value + 0.5)} %`) : gaps(values);
}

function beatValue(rule, moment) {
  return moment.enter && "enter" in rule ? rule.enter : rule.beat[moment.beat];
}

function known(rule, reel, moment) {
  const values = rule.known[moment.layer];
  if (rule.take === "unit") return values[moment.unit];
  return reel.shown(moment.layer, moment.unit).map((place) => values[reel.layer(moment.layer).units[place]]);
}

function envelope(edge, reel, moment) {
  const { shape, data } = reel.block(reel.header.overview.layers[moment.layer][edge]);
  const place = reel.place(moment.layer, moment.unit);
  if (place >= shape[2]) return [];
  return gaps(range(0, shape[0]).map((bin) => data[(bin * shape[1] + moment.sequence) * shape[2] + place]));
}

function repeated(value, of, reel, moment) {
  return of ? Array(count(of, reel, moment)).fill(value) : value;
}

function count(of, reel, moment) {
  return of === "features" ? featureCount(reel, moment) : reel.shown(moment.layer, moment.unit).length;
}

function featureCount(reel, moment) {
  return reel.array(moment.layer, "event").shape[2];
}

function ladder([bottom, top], rows) {
  return range(0, rows).map((row) => top - ((row + 0.5) * (top - bottom)) / rows);
}

function heights(boxes, reel, moment) {
  const rows = reel.shown(moment.layer, moment.unit);
  const row = rows.indexOf(reel.place(moment.layer, moment.unit));
  return boxes.map(([bottom, top]) => top - ((row + 0.5) * (top - bottom)) / rows.length);
}

// A title, with an arrow where the layer reads from the end.
function title(rule, reel, { layer }) {
  const reach = GATES.has(rule.of) ? "0 to 1" : extent(reel.scale(layer, rule.of));
  return `<b>${rule.title}</b>  ${reach}${reel.layer(layer).reverse ? "  ←" : ""}`;
}

function extent(limit) {
  const digits = limit.size >= 0.95 ? 1 : Math.min(8, 1 - Math.floor(Math.log10(limit.size)));
  return `±${plain(limit.size, digits)}` + (limit.root ? ", root scale" : "");
}

function taken(rule, reel, moment) {
  const { layer, step, sequence, unit } = moment;
  const value = (s, q, place) => reel.at(layer, rule.array, s, q, place);
  const rows = reel.shown(layer, unit);
  const place = reel.place(layer, unit);
  if (rule.take === "units") return rows.map((row) => value(step, sequence, row));
  if (rule.take === "unit") return value(step, sequence, place);
  if (rule.take === "features") return range(0, featureCount(reel, moment)).map((f) => value(step, sequence, f));
  const steps = windowSteps(reel, moment);
  if (rule.take === "line") return steps.map((s) => value(s, sequence, place));
  if (rule.take === "window") return rows.map((row) => steps.map((s) => value(s, sequence, row)));
  if (rule.take === "lanes") return reel.lanesAround(sequence).map((q) => steps.map((s) => value(s, q, place)));
  if (rule.take === "run") return range(reel.header.start, reel.stop).map((s) => value(s, sequence, place));
  throw new Error(`A rule takes units, unit, line, features, window, lanes or run; this one takes ${rule.take}.`);
}

function given(rule, reel, moment) {
  const values = taken(rule, reel, moment);
  const hidden = moment.beat < (rule.from ?? 0);
  if (rule.as === "column") return gaps(values).map((value) => [value]);
  if (rule.as === "text") return hidden ? BLANK : text(values, rule, reel, moment);
  if (rule.as === "colour") return values.map((value) => colour(tone(value, rule, reel, moment), rule, moment));
  if (rule.as === "size") {
    const height = rule.height / Math.max(1, values.length);
    return values.map((value) => (hidden ? 0 : Math.abs(tone(value, rule, reel, moment) || 0) * height));
  }
  return gaps(values);
}

function tone(value, rule, reel, moment) {
  if (GATES.has(rule.array)) return value;
  const limit = reel.scale(moment.layer, rule.array);
  const share = Math.min(Math.max(value / limit.size, -1), 1);
  return limit.root ? Math.sign(share) * Math.sqrt(Math.abs(share)) : share;
}

function colour(tone, rule, moment) {
  const full = blend(rule.scale, (GATES.has(rule.array) ? tone : (tone + 1) / 2) || 0);
  return blend([rule.over, full], rule.light[moment.beat] * (moment.fade ?? 1));
}

function text(value, rule, reel, moment) {
  const written = (rule.before ?? "") + STYLES[rule.style ?? "plain"](value);
  if (!rule.equals) return written;
  const [left, by, right] = rule.equals;
  const term = (name) => taken({ array: name, take: "unit" }, reel, moment);
  return (checks(term(left), by, term(right), value) ? "= " : "≈ ") + written;
}

function gaps(values) {
  if (Array.isArray(values)) return values.map(gaps);
  return Number.isNaN(values) ? null : values;
}

// Outlines over the strips. The twin of figures/marks.py.
function outline(mark, ink, reel, moment) {
  const shape = { type: "rect", layer: "above", line: { color: ink, width: mark.over === "step" ? 1.6 : 1 } };
  if (mark.over === "step") {
    const across = { xref: mark.x, x0: moment.step + 0.5, x1: moment.step + 1.5 };
    return { ...shape, ...across, yref: `${mark.y} domain`, y0: 0, y1: 1 };
  }
  if (mark.over === "part") return { ...shape, line: { color: ink, width: 2.4 }, ...partAround(mark, moment) };
  if (mark.over === "from") {
    const along = { xref: mark.x, x0: reel.header.captions[mark.step] + 0.5, x1: reel.header.total + 0.5, yref: `${mark.y} domain`, y0: 0, y1: 1 };
    return { ...shape, line: { width: 0 }, fillcolor: ink, opacity: 0.07, layer: "below", ...along };
  }
  if (mark.over === "window") return { ...shape, fillcolor: ink, opacity: 0.25, ...onWhole(mark, reel, moment) };
  const rows = reel.shown(moment.layer, moment.unit);
  const row = mark.over === "sequence" ? moment.sequence : rows.indexOf(reel.place(moment.layer, moment.unit));
  return { ...shape, yref: mark.y, y0: row - 0.5, y1: row + 0.5, xref: `${mark.x} domain`, x0: 0, x1: 1 };
}

// The step's part of a run that is cut into parts of equal length.
function partAround(mark, moment) {
  const start = Math.floor(moment.step / mark.steps) * mark.steps;
  const along = { xref: mark.x, x0: start + 0.5, x1: Math.min(start + mark.steps, mark.total) + 0.5 };
  return { ...along, yref: `${mark.y} domain`, y0: 0, y1: 1 };
}

// The window on the whole run; a person may drag it.
function onWhole(mark, reel, moment) {
  const stop = Math.min(moment.window + reel.header.window, reel.header.total);
  const along = { xref: mark.x, x0: moment.window + 0.5, x1: stop + 0.5 };
  return { ...along, yref: `${mark.y} domain`, y0: 0, y1: 1 };
}
