// What a text beside the picture, and a look inside a gate, ask of the player.

// Which gate a click on a part of the cell opens, by its place among OPENED.
const GATE_OF_PART = { forget: 0, forget_gate: 0, learn: 1, input_gate: 1, candidate: 2, use: 3, output_gate: 3, readout: 4 };

class Reader {
  // → and ← turn a page's text where there is one, and go by beat elsewhere.
  turn(by) {
    const told = new CustomEvent("lstm-viz:turn", { detail: by, cancelable: true });
    if (window.dispatchEvent(told)) this.beat(by);
  }

  // To where a text points: as one slides from beat to beat if that is the next beat, else at once.
  travel({ moment, light }) {
    this.pause();
    const same = ["step", "unit", "sequence"].every((name) => moment[name] === undefined || moment[name] === this.moment[name]);
    const next = same && moment.beat === this.moment.beat + 1;
    this.go(moment, next ? this.slide() : 0, light);
  }

  // What a text speaks of stays bright, until the person moves on by themselves.
  spotlight(light) {
    this.focus = light?.length ? light : null;
    this.lit = this.focus;
    for (const chart of this.charts) chart.frame(light?.includes(chart.key));
    if (!light || this.reel.header.narrow) return;
    (this.charts.find((chart) => light.includes(chart.key)) ?? this.charts[0])?.reveal();
  }

  // Whether this page lets a gate be opened: its numbers and its weights have charts of their own.
  get opens() {
    return this.charts.some((chart) => chart.key === "vectors");
  }

  // One level in, to the gate that acts at this beat where none is open yet, or one level out.
  deeper(by) {
    const acts = { forget: 0, learn: 1, use: 3 }[this.beats[this.moment.beat]];
    const gate = this.moment.depth === 0 && acts !== undefined ? acts : this.moment.gate;
    this.go({ depth: Math.min(Math.max(this.moment.depth + by, 0), 2), gate });
  }

  // A click on the cell opens the gate that it hits, where there is one; a click on its numbers shows its weights.
  enter(key, part) {
    if (!this.opens) return;
    if (key === "vectors") return this.go({ depth: 2 });
    const gate = GATE_OF_PART[part];
    if (key === "cell" && OPENED[gate] in this.reel.header.maps[0]) this.go({ gate, depth: 1 });
  }

  // Which of the three levels is seen. What is tucked away keeps its width, so that it is drawn right.
  level() {
    if (!this.opens) return;
    ["cell", "vectors", "matrix"].forEach((key, depth) => {
      const box = document.querySelector(`.st-key-${key}`);
      box?.classList.toggle("tucked", depth !== this.moment.depth);
      box?.classList.toggle("untucked", depth === this.moment.depth);
    });
  }
}
