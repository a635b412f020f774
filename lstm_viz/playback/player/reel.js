// The numbers of one view, as playback/packing.py packs them, and what follows from them.

const GATES = new Set(["input_gate", "forget_gate", "output_gate"]);

class Reel {
  constructor(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const length = view.getUint32(0, true);
    this.header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
    this.numbers = new Float32Array(bytes.slice(4 + length).buffer);
    this.made = new Map();
  }

  // Sets the layers of another message beside these, in place of any that stood there.
  join(other) {
    const { own } = this.header;
    const alone = (this.alone ??= { numbers: this.numbers, id: this.header.id });
    this.numbers = new Float32Array(alone.numbers.length + other.numbers.length);
    this.numbers.set(alone.numbers);
    this.numbers.set(other.numbers, alone.numbers.length);
    const { layers, captions, answersBeside, id } = other.header;
    for (const place of layers.flatMap((layer) => Object.values(layer.arrays))) place.first += alone.numbers.length;
    for (const key of this.made.keys()) if (key.startsWith(`${own} `)) this.made.delete(key);
    Object.assign(this.header, { layers: [...this.header.layers.slice(0, own), ...layers], captions, answersBeside, id: `${alone.id} ${id}` });
  }

  // Whether every run that the charts speak of is here.
  get whole() {
    return !this.header.awaits || this.header.layers.length > this.header.own;
  }

  // The first step after the held stretch.
  get stop() {
    return this.header.start + this.header.labels.length;
  }

  holds(step) {
    return step >= this.header.start && step < this.stop;
  }

  // Whether a layer reads the sequences themselves, forwards or from the end, in this run or in one beside it.
  readsInput(place) {
    const level = (layer) => this.layer(layer).name.replace(/_reverse$/, "");
    return level(place % this.header.own) === level(0);
  }

  layer(place) {
    return this.header.layers[place];
  }

  scale(layer, array) {
    const limits = this.layer(layer).limits;
    if (array.startsWith("change_") && !(array in limits)) return this.scale(layer % this.header.own, array.slice("change_".length));
    return limits[this.header.scaleOf[array] ?? array] ?? { size: 1, root: false };
  }

  block(place) {
    const size = place.shape.reduce((a, b) => a * b, 1);
    return { shape: place.shape, data: this.numbers.subarray(place.first, place.first + size) };
  }

  // An array by name, (time, batch, units): recorded, or made from recorded ones.
  array(layer, name) {
    const key = `${layer} ${name}`;
    if (!this.made.has(key)) this.made.set(key, this.recorded(layer, name) ?? this.derived(layer, name));
    return this.made.get(key);
  }

  recorded(layer, name) {
    const place = this.layer(layer).arrays[name];
    return place && this.block(place);
  }

  derived(layer, name) {
    const of = (other) => this.array(layer, other);
    if (name.startsWith("change_")) return this.change(layer, name.slice("change_".length));
    if (name === "learned") return pairwise(of("input_gate"), of("candidate"), (i, g) => i * g);
    if (name === "kept") return pairwise(of("forget_gate"), of("previous_cell_state"), (f, c) => f * c);
    if (name === "readout") return pairwise(of("cell_state"), of("cell_state"), (c) => Math.tanh(c));
    if (name === "previous_cell_state") return this.before(layer, "cell_state");
    if (name === "previous_hidden_state") return this.before(layer, "hidden_state");
    throw new Error(`No array is called ${name}.`);
  }

  // How far a layer set beside the run lies from the run's own.
  change(layer, name) {
    return pairwise(this.array(layer, name), this.array(layer % this.header.own, name), (a, b) => a - b);
  }

  // The map in front of a gate, with what it reads.
  map(layer, gate) {
    const key = `map ${layer} ${gate}`;
    if (!this.made.has(key)) this.made.set(key, new GateMap(this, this.header.maps[layer][gate]));
    return this.made.get(key);
  }

  // Each step's state as it finds it, in the direction in which the layer reads.
  before(layer, name) {
    const states = this.array(layer, name);
    const first = this.block(this.layer(layer).arrays[`initial_${name}`]).data;
    const [time, batch, units] = states.shape;
    const data = new Float32Array(states.data.length).fill(NaN);
    const reverse = this.layer(layer).reverse;
    for (let b = 0; b < batch; b++) {
      const last = Math.min(this.layer(layer).lengths[b], time) - 1;
      for (let t = 0; t <= last; t++) {
        const from = reverse ? t + 1 : t - 1;
        for (let u = 0; u < units; u++) {
          const outside = reverse ? t === last : t === 0;
          const value = outside ? first[b * units + u] : states.data[(from * batch + b) * units + u];
          data[(t * batch + b) * units + u] = value;
        }
      }
    }
    return { shape: states.shape, data };
  }

  at(layer, name, step, sequence, place) {
    const { shape, data } = this.array(layer, name);
    const t = step - this.header.start;
    if (t < 0 || t >= shape[0] || place >= shape[2]) return NaN;
    return data[(t * shape[1] + sequence) * shape[2] + place];
  }

  place(layer, unit) {
    return Math.max(0, this.layer(layer).units.indexOf(unit));
  }

  shown(layer, unit) {
    const places = [...Array(Math.min(this.header.rows, this.layer(layer).units.length)).keys()];
    const place = this.place(layer, unit);
    return places.includes(place) ? places : [...places.slice(0, -1), place];
  }

  lanesAround(sequence) {
    const first = Math.floor(sequence / this.header.lanes) * this.header.lanes;
    return range(first, Math.min(first + this.header.lanes, this.header.sequenceNames.length));
  }
}

function pairwise(one, other, by) {
  return { shape: one.shape, data: one.data.map((value, k) => by(value, other.data[k])) };
}

function range(start, stop) {
  return Array.from({ length: Math.max(0, stop - start) }, (_, k) => start + k);
}
