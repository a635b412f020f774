// What opened a gate, and the weights behind it. The twin of figures/shares.py.

const MOST_SHARES = 12;

const SHARES = {
  values: ({ values }) => gaps(values),
  names: ({ names }) => names,
  texts: ({ values }) => values.map((value) => signed(value)),
  colours: ({ values }, rule) => {
    const top = Math.max(1e-9, ...values.filter(Number.isFinite).map(Math.abs));
    return values.map((value) => blend(rule.scale, Number.isNaN(value) ? 0.5 : (value / top + 1) / 2));
  },
  places: ({ values }) => range(0, values.length),
  extent: ({ values }) => {
    const known = values.filter(Number.isFinite);
    const [low, high] = [Math.min(0, ...known), Math.max(0, ...known)];
    const room = 0.22 * Math.max(high - low, 1e-9);
    return [low < 0 ? low - room : low, high + room];
  },
  spoken: ({ names, values }) => names.map((name, k) => `${name} ${signed(values[k])}`).join(", "),
  total: ({ values }, rule) => (rule.before ?? "") + signed(values.reduce((sum, value) => sum + value, 0)),
};

function shares(rule, reel, moment) {
  return SHARES[rule.give](largest(mapOf(rule.share, reel, moment), reel, moment, rule.most ?? MOST_SHARES), rule);
}

function mapOf(gate, reel, moment) {
  return reel.map(moment.layer, gate);
}

// Names and shares of the followed unit's sources at the step, the largest first.
function largest(map, reel, moment, most) {
  const place = reel.place(moment.layer, moment.unit);
  const values = map.row(place).map((weight, k) => weight * map.value(moment, k));
  const order = values.map((_, k) => k).sort((a, b) => Math.abs(values[b] || 0) - Math.abs(values[a] || 0) || a - b);
  const whole = order.length <= most && !map.rest;
  const shown = whole ? order : order.slice(0, most - 1);
  const [names, listed] = [shown.map((k) => map.names[k]), shown.map((k) => values[k])];
  if (whole) return { names, values: listed };
  const hidden = order.slice(shown.length).reduce((sum, k) => sum + values[k], map.rest ? map.restAt(moment, place) : 0);
  return { names: [...names, "all others"], values: [...listed, hidden] };
}

const MAPS = {
  weights: (map, reel, m) => reel.shown(m.layer, m.unit).map((place) => map.row(place)),
  values: (map, reel, m) => gaps(map.names.map((_, k) => map.value(m, k))),
  texts: (map, reel, m) => map.names.map((_, k) => plain(map.value(m, k), 1)),
  names: (map) => map.names,
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
