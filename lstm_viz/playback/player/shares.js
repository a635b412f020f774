// What opened a gate, and the weights behind it. The twin of figures/shares.py.

const MOST_SHARES = 12;

const OTHERS = "all others";
// Room for a number beside the longest bar; more of it where the names leave little.
const [ROOM, MORE_ROOM] = [0.22, 0.4];

const SHARES = {
  values: ({ values }) => gaps(values),
  names: ({ names }) => names.map(safe),
  factors: ({ names, sources }, map, rule, reel, m) => names.map((name, k) => safe(name) + factors(map, sources[k], reel, m)),
  texts: ({ values }) => values.map((value) => signed(value)),
  colours: ({ values }, map, rule) => {
    const top = Math.max(1e-9, ...values.filter(Number.isFinite).map(Math.abs));
    return values.map((value) => blend(rule.scale, Number.isNaN(value) ? 0.5 : (value / top + 1) / 2));
  },
  places: ({ values }) => range(0, values.length),
  extent: ({ values }) => extentOf(values, ROOM),
  reach: ({ values, total }) => extentOf([...values, total], MORE_ROOM),
  spoken: ({ names, values }) => names.map((name, k) => `${name} ${signed(values[k])}`).join(", "),
  total: ({ total }, map, rule) => (rule.before ?? "") + signed(total),
  sum: ({ total }) => gaps([total]),
  foot: ({ values }) => [values.length],
};

function shares(rule, reel, moment) {
  const map = mapOf(rule.share, reel, moment);
  const { sources, values } = largest(map, reel, moment, rule.most ?? MOST_SHARES);
  const names = sources.map((source) => map.names[source] ?? OTHERS);
  const total = values.reduce((sum, value) => sum + value, 0);
  return SHARES[rule.give]({ sources, names, values, total }, map, rule, reel, moment);
}

// What is multiplied; the bias is no product, and the others are many.
function factors(map, source, reel, moment) {
  if (source === null || source === map.names.length - 1) return "";
  const weight = map.row(reel.place(moment.layer, moment.unit))[source];
  return `\u2002${plain(weight)} × ${plain(map.value(moment, source))}`;
}

// From the smallest to the largest, 0 among them, with room for texts.
function extentOf(values, share) {
  const known = values.filter(Number.isFinite);
  const [low, high] = [Math.min(0, ...known), Math.max(0, ...known)];
  const room = share * Math.max(high - low, 1e-9);
  return [low < 0 ? low - room : low, high + room];
}

function mapOf(gate, reel, moment) {
  return reel.map(moment.layer, gate);
}

// Places and shares of the followed unit's sources at the step, the largest first; null stands for all others.
function largest(map, reel, moment, most) {
  const place = reel.place(moment.layer, moment.unit);
  const values = map.row(place).map((weight, k) => weight * map.value(moment, k));
  const order = values.map((_, k) => k).sort((a, b) => Math.abs(values[b] || 0) - Math.abs(values[a] || 0) || a - b);
  const whole = order.length <= most && !map.rest;
  const sources = whole ? order : order.slice(0, most - 1);
  const listed = sources.map((k) => values[k]);
  if (whole) return { sources, values: listed };
  const hidden = order.slice(sources.length).reduce((sum, k) => sum + values[k], map.rest ? map.restAt(moment, place) : 0);
  return { sources: [...sources, null], values: [...listed, hidden] };
}

const MAPS = {
  weights: (map, reel, m) => reel.shown(m.layer, m.unit).map((place) => map.row(place)),
  values: (map, reel, m) => gaps(map.names.map((_, k) => map.value(m, k))),
  row: (map, reel, m) => [MAPS.values(map, reel, m)],
  names: (map) => map.names.map(safe),
  places: (map) => range(0, map.names.length),
  size: (map, reel, m, rule) => Math.max(0, ...map.weights.data.map(Math.abs)) * rule.times,
};

function theMap(rule, reel, moment) {
  return MAPS[rule.give](mapOf(rule.map, reel, moment), reel, moment, rule);
}

// One gate's map: rows are held units, columns the sources.
class GateMap {
  constructor(reel, { names, weights, values, rest }) {
    this.start = reel.header.start;
    this.names = names;
    this.weights = reel.block(weights);
    this.values = reel.block(values);
    this.rest = rest && reel.block(rest);
  }

  row(place) {
    const width = this.names.length;
    return Array.from(this.weights.data.subarray(place * width, (place + 1) * width));
  }

  value({ step, sequence }, source) {
    const [, batch, width] = this.values.shape;
    return this.values.data[((step - this.start) * batch + sequence) * width + source];
  }

  restAt({ step, sequence }, place) {
    const [, batch, width] = this.rest.shape;
    return this.rest.data[((step - this.start) * batch + sequence) * width + place];
  }
}
