// A viewport: the stretch of a run that a page holds, unpacked from the message of message.py, and what follows from it.
// The twin of figures/viewport.py. A row is a unit's index among those held.

import { elementwise, range } from "./arrays.js";

const CHANGE = "change_";

export class Viewport {
  constructor(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const length = view.getUint32(0, true);
    this.header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
    this.numbers = new Float32Array(bytes.slice(4 + length).buffer);
    this.id = this.header.id;
    this.cache = new Map();
  }

  // What `key` names, computed once.
  cached(key, compute) {
    if (!this.cache.has(key)) this.cache.set(key, compute());
    return this.cache.get(key);
  }

  // Sets the layers of another run's message beside these, in place of any that stood there.
  joinComparison(other) {
    const { ownLayers } = this.header;
    this.own ??= { numbers: this.numbers, id: this.header.id };
    const { own } = this;
    this.numbers = new Float32Array(own.numbers.length + other.numbers.length);
    this.numbers.set(own.numbers);
    this.numbers.set(other.numbers, own.numbers.length);
    const { layers, captions, answersBeside, unitLimits, id } = other.header;
    for (const block of layers.flatMap((layer) => Object.values(layer.arrays))) block.first += own.numbers.length;
    for (const key of this.cache.keys()) if (key.startsWith(`${ownLayers} `)) this.cache.delete(key);
    const joined = [...this.header.layers.slice(0, ownLayers), ...layers];
    Object.assign(this.header, { layers: joined, captions, answersBeside, unitLimits, id: `${own.id} ${id}` });
  }

  // Whether every run that the charts speak of is here.
  get isComplete() {
    return !this.header.awaitsComparison || this.header.layers.length > this.header.ownLayers;
  }

  // Whether what a chart needs beyond the usual came along: an array by name, or "maps".
  has(need) {
    const { layers, maps } = this.header;
    if (need === "checkpoints") return Boolean(this.header.checkpoints);
    return need === "maps" ? maps.length > 0 : layers.some(({ arrays }) => need in arrays);
  }

  // Whether there is a layer of this index, or "beside" this run's own.
  hasLayer(layer) {
    const { layers, ownLayers } = this.header;
    return (layer === "beside" ? ownLayers : layer) < layers.length;
  }

  // The first step after those held.
  get stop() {
    return this.header.start + this.header.labels.length;
  }

  hasStep(step) {
    return step >= this.header.start && step < this.stop;
  }

  // Whether a layer reads the sequences themselves, forwards or from the end, in this run or in one beside it.
  readsInput(index) {
    const level = (layer) => this.layer(layer).name.replace(/_reverse$/, "");
    return level(index % this.header.ownLayers) === level(0);
  }

  // The names of the events that write a layer's memory, of a run beside this one as of this one's.
  writerNames(index) {
    return this.header.writers[index % this.header.ownLayers] ?? [];
  }

  layer(index) {
    return this.header.layers[index];
  }

  // The scale an array is drawn with: {limit, signedSqrt}, the magnitude that fills it, and whether it is bent.
  scale(layer, array) {
    const { scales } = this.layer(layer);
    if (array.startsWith(CHANGE) && !(array in scales))
      return this.scale(layer % this.header.ownLayers, array.slice(CHANGE.length));
    return scales[this.header.scaleOf[array] ?? array] ?? { limit: 1, signedSqrt: false };
  }

  // The numbers of one array of the message.
  block({ first, shape }) {
    const size = shape.reduce((a, b) => a * b, 1);
    return { shape, data: this.numbers.subarray(first, first + size) };
  }

  // An array by name, (time, batch, units): recorded, or made from recorded ones.
  array(layer, name) {
    return this.cached(`${layer} ${name}`, () => this.recordedArray(layer, name) ?? this.derivedArray(layer, name));
  }

  recordedArray(layer, name) {
    const block = this.layer(layer).arrays[name];
    return block ? this.block(block) : this.extraArray(layer, name);
  }

  // An array of the page's own, which has every unit of the layer: those that are held.
  extraArray(layer, name) {
    const block = this.header.extras[name];
    if (!block) return undefined;
    const { shape, data } = this.block(block);
    const { units } = this.layer(layer);
    const [time, batch, width] = shape;
    const held = new Float32Array(time * batch * units.length);
    for (let place = 0; place < time * batch; place++)
      units.forEach((unit, row) => {
        held[place * units.length + row] = data[place * width + unit];
      });
    return { shape: [time, batch, units.length], data: held };
  }

  derivedArray(layer, name) {
    const array = (other) => this.array(layer, other);
    if (name.startsWith(CHANGE)) return this.change(layer, name.slice(CHANGE.length));
    if (name === "learned") return elementwise(array("input_gate"), array("candidate"), (i, g) => i * g);
    if (name === "kept") return elementwise(array("forget_gate"), array("previous_cell_state"), (f, c) => f * c);
    if (name === "readout") return this.derivedReadout(layer);
    if (name === "previous_cell_state") return this.previousStates(layer, "cell_state");
    if (name === "previous_hidden_state") return this.previousStates(layer, "hidden_state");
    throw new Error(`No array is called ${name}.`);
  }

  // tanh(c) of a standard cell. Another cell reads its memory out by weights that are not here: its record has it.
  derivedReadout(layer) {
    const { variant } = this.layer(layer);
    if (variant !== "standard") throw new Error(`The readout of a ${variant} cell is recorded, and none came.`);
    const cell = this.array(layer, "cell_state");
    return elementwise(cell, cell, (c) => Math.tanh(c));
  }

  // How far a layer of the run beside lies from this run's own.
  change(layer, name) {
    return elementwise(this.array(layer, name), this.array(layer % this.header.ownLayers, name), (a, b) => a - b);
  }

  // The weights in front of a gate, with what they read.
  gateMap(layer, gate) {
    return this.cached(`map ${layer} ${gate}`, () => new GateMap(this, this.header.maps[layer][gate]));
  }

  // Each step's state as it finds it, in the direction in which the layer reads.
  previousStates(layer, name) {
    const states = this.array(layer, name);
    const initial = this.block(this.layer(layer).arrays[`initial_${name}`]).data; // (batch, units)
    const [time, batch, units] = states.shape;
    const data = new Float32Array(states.data.length).fill(Number.NaN);
    const { reverse, lengths } = this.layer(layer);
    for (let b = 0; b < batch; b++) {
      const last = Math.min(lengths[b], time) - 1;
      for (let t = 0; t <= last; t++) {
        const from = reverse ? t + 1 : t - 1;
        const outside = reverse ? t === last : t === 0;
        for (let u = 0; u < units; u++) {
          const value = outside ? initial[b * units + u] : states.data[(from * batch + b) * units + u];
          data[(t * batch + b) * units + u] = value;
        }
      }
    }
    return { shape: states.shape, data };
  }

  // One number of an array; NaN where there is none, as past a projection's width.
  value(layer, name, step, sequence, row) {
    const { shape, data } = this.array(layer, name);
    const t = step - this.header.start;
    if (t < 0 || t >= shape[0] || row >= shape[2]) return Number.NaN;
    return data[(t * shape[1] + sequence) * shape[2] + row];
  }

  // The row of a unit.
  rowOf(layer, unit) {
    return Math.max(0, this.layer(layer).units.indexOf(unit));
  }

  // The rows that the charts show, the unit's among them.
  shownRows(layer, unit) {
    const rows = range(0, Math.min(this.header.rows, this.layer(layer).units.length));
    const row = this.rowOf(layer, unit);
    return rows.includes(row) ? rows : [...rows.slice(0, -1), row];
  }

  // The sequences of the page of lanes on which this one stands.
  lanesAround(sequence) {
    const first = Math.floor(sequence / this.header.lanes) * this.header.lanes;
    return range(first, Math.min(first + this.header.lanes, this.header.sequenceNames.length));
  }
}

// The weights in front of one gate, (rows, sources), and what they read, (time, batch, sources).
class GateMap {
  constructor(viewport, { names, weights, values, rest }) {
    this.start = viewport.header.start;
    this.names = names;
    this.weights = viewport.block(weights);
    this.values = viewport.block(values);
    this.rest = rest && viewport.block(rest);
  }

  row(row) {
    const width = this.names.length;
    return Array.from(this.weights.data.subarray(row * width, (row + 1) * width));
  }

  value({ step, sequence }, source) {
    const [, batch, width] = this.values.shape;
    return this.values.data[((step - this.start) * batch + sequence) * width + source];
  }

  // What all sources that are not listed add up to, (time, batch, rows).
  restAt({ step, sequence }, row) {
    const [, batch, width] = this.rest.shape;
    return this.rest.data[((step - this.start) * batch + sequence) * width + row];
  }
}
