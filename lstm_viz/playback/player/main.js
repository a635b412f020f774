// The player of a page: one moment, every chart brought to it.

const [BEAT_MS, STEP_MS, WATCH_MS] = [620, 900, 300];
const STILL =
  "The charts can't be moved in this browser, so the server draws each step anew: pause, and step with the bar.";
const PATIENCE_MS = 8000;
class Player extends Reader {
  constructor(component) {
    super();
    this.root = component.parentElement;
    this.bar = new Bar(this.root, this);
    this.charts = [];
    this.speed = 1;
    this.whole = false;
    this.playing = false;
    this.lit = null;
    this.theme = themeOf(this.root);
    this.hands = { onPick: this.pick.bind(this), onDrag: this.drag.bind(this), onPoint: (part) => this.bar.lit(part) };
    this.started = performance.now();
    const watch = setInterval(() => this.watch(), WATCH_MS);
    const heard = { "lstm-viz:go": (event) => this.travel(event.detail), "lstm-viz:beside": () => this.meet() && this.show(0) };
    for (const [name, hear] of Object.entries(heard)) window.addEventListener(name, hear);
    const deafen = () => Object.entries(heard).forEach(([name, hear]) => window.removeEventListener(name, hear));
    this.stops = [listen(this), () => clearInterval(watch), deafen];
  }

  // Takes what the server sent; a view that is already open keeps its moment.
  receive(component) {
    this.ask = component.setTriggerValue;
    this.tell = component.setStateValue;
    const reel = new Reel(component.data);
    reel.id = reel.header.id;
    const opened = !this.reel || this.reel.header.place !== reel.header.place;
    this.reel = reel;
    this.meet();
    if (opened) this.open(reel);
    this.charts = reel.header.charts.map((key) => this.charts.find((chart) => chart.key === key) ?? new Chart(key));
    this.moment = sound(this.moment, this.reel);
    this.bar.furnish(reel, this.moment);
    this.go({});
    this.watch();
  }

  // Sets the run beside this one next to it: it comes in a message of its own, before this one or after.
  meet() {
    const other = this.reel?.header.awaits && window.lstmVizBeside && new Reel(window.lstmVizBeside);
    if (!other || other.header.of !== this.reel.id) return false;
    this.reel.join(other);
    return true;
  }

  open({ header }) {
    this.pause();
    this.moment = header.linked ? fromAddress(header.moment, header.beats) : header.moment;
    this.greets = header.welcome && !location.search.includes("beat=");
  }

  // Once a visit, where the address asks for nothing: one step, so that a newcomer sees what moves.
  welcome() {
    if (!this.greets || !this.charts[0]?.present) return;
    this.greets = false;
    if (sessionStorage.getItem("lstm-viz welcomed") || this.slide() === 0) return;
    sessionStorage.setItem("lstm-viz welcomed", "yes");
    this.go({ beat: 0 });
    this.toggle();
    this.stopAt = this.moment.step;
  }

  get beats() {
    return this.reel.header.beats;
  }

  get length() {
    return this.reel.header.lengths[this.moment.sequence];
  }

  // Whether the layer that is looked at reads from the end: the step that follows is then the one before.
  get backwards() {
    return this.reel.layer(this.moment.layer).reverse;
  }

  // The steps at which reading begins and ends.
  get ends() {
    return this.backwards ? [this.length - 1, 0] : [0, this.length - 1];
  }

  // So many steps on, as the layer reads.
  onward(by) {
    return this.moment.step + (this.backwards ? -by : by);
  }

  go(change, duration = 0, light = null) {
    this.spotlight(light);
    this.moment = sound({ ...this.moment, ...change }, this.reel);
    if (!this.held()) return this.fetch();
    this.show(duration);
  }

  // Whether the numbers of this moment are here.
  held() {
    const { units } = this.reel.layer(this.moment.layer);
    return this.reel.holds(this.moment.step) && units.includes(this.moment.unit);
  }

  // One beat on or back, over the step's edge into the next.
  beat(by) {
    const beat = this.moment.beat + by;
    const step = this.onward(beat < 0 ? -1 : beat >= this.beats.length ? 1 : 0);
    if (step < 0 || step >= this.length) return this.pause();
    const change = { step, beat: (beat + this.beats.length) % this.beats.length };
    this.go(change, by > 0 ? this.slide() : 0);
  }

  step(by) {
    const step = this.onward(by);
    if (step < 0 || step >= this.length) return this.pause();
    this.go({ step }, by > 0 && this.playing ? this.slide() : 0);
  }

  row(by) {
    const units = this.reel.shown(this.moment.layer, this.moment.unit).map((place) => this.reel.layer(this.moment.layer).units[place]);
    const row = units.indexOf(this.moment.unit) + by;
    if (units[row] !== undefined) this.go({ unit: units[row] });
  }

  sequence(by) {
    this.go({ sequence: this.moment.sequence + by });
  }

  changeLayer(layer) {
    this.bar.furnishUnits(this.reel, layer);
    this.go({ layer });
  }

  setWhole(whole) {
    this.whole = whole;
    if (whole) this.go({ beat: this.beats.length - 1 });
  }

  get pace() {
    return (this.whole ? STEP_MS : BEAT_MS) / this.speed;
  }

  slide() {
    return still() ? 0 : Math.min(0.7 * this.pace, 600);
  }

  toggle() {
    if (this.playing) return this.pause();
    const [first, last] = this.ends;
    if (this.moment.step === last && this.moment.beat === this.beats.length - 1) this.go({ step: first, beat: 0 });
    this.playing = true;
    this.bar.show(this.reel, this.moment, true);
    this.tick();
  }

  tick() {
    this.timer = setTimeout(() => {
      if (!this.playing) return;
      if (this.stopAt === this.moment.step && this.moment.beat === this.beats.length - 1) return this.pause();
      if (this.whole) this.step(1);
      else this.beat(1);
      if (this.playing) this.tick();
    }, this.pace);
  }

  pause() {
    const was = this.playing;
    this.playing = false;
    this.stopAt = null;
    clearTimeout(this.timer);
    if (was) this.show(0);
  }

  light(parts) {
    this.lit = parts ?? this.focus;
    for (const chart of this.charts) if (chart.present && chart.animated) chart.show(this.reel, this.moment, 0, this.lit);
  }

  show(duration) {
    window.dispatchEvent(new CustomEvent("lstm-viz:moment", { detail: { ...this.moment, playing: this.playing } }));
    this.bar.show(this.reel, this.moment, this.playing);
    this.level();
    for (const chart of this.charts) if (chart.present) this.bring(chart, duration);
    if (!this.playing) toAddressSoon(this.moment, this.beats, this.theme);
    if (this.missing && !this.playing) this.tell("still", this.moment);
    this.prefetch();
  }

  // At a step's first beat what flows starts from the belt's end, then grows in.
  bring(chart, duration) {
    if (!window.Plotly || !this.reel.whole) return;
    if (!chart.animated || duration === 0 || this.moment.beat > 0) return chart.show(this.reel, this.moment, duration, this.lit);
    const moment = this.moment;
    const begun = chart.show(this.reel, { ...moment, enter: true }, 0, this.lit);
    return begun.then(() => moment === this.moment && chart.show(this.reel, moment, duration, this.lit));
  }

  fetch() {
    this.ask("need", { view: this.reel.header.view, step: this.moment.step, unit: this.moment.unit, layer: this.moment.layer, sequence: this.moment.sequence });
  }

  prefetch() {
    const { start, window, total } = this.reel.header;
    const { stop } = this.reel;
    const [left, more] = this.backwards ? [this.moment.step - start, start > 0] : [stop - this.moment.step, stop < total];
    const near = left < window / 2 && more;
    if (near && this.asked !== this.reel.id) {
      this.asked = this.reel.id;
      this.fetch();
    }
  }

  // Streamlit may draw a chart anew, put one up late or change the theme without telling: look now and then.
  watch() {
    if (!this.reel) return;
    this.measure();
    this.level();
    this.theme = themeOf(this.root);
    for (const chart of this.charts) {
      const fresh = chart.attach(this.reel.header.palettes, this.hands);
      if (!this.playing) chart.fit();
      if (fresh || this.recolour(chart)) this.bring(chart, 0);
    }
    this.bar.colour(this.reel.header.palettes[this.theme]);
    if (window.Plotly && !this.reel.header.hide.includes("save")) offerSaving(this);
    const missing = !window.Plotly && performance.now() - this.started > PATIENCE_MS;
    this.bar.warn(missing ? STILL : null);
    this.welcome();
    if (missing && !this.missing) this.tell("still", this.moment);
    this.missing = missing;
  }

  // Charts drawn for another width of screen are asked for anew, once.
  measure() {
    const narrow = window.innerWidth < NARROW_PX;
    if (narrow === this.reel.header.narrow || narrow === this.told) return;
    this.told = narrow;
    this.tell("narrow", narrow);
  }

  recolour(chart) {
    if (!chart.present || !window.Plotly) return false;
    return Boolean(chart.recolour(this.theme, this.reel.header.palettes));
  }

  pick(chart, point) {
    const panel = chart.gd.layout.meta.panels;
    const part = point.data.meta?.part;
    if (!panel) return this.enter(chart.key, part);
    const along = ["overview", "steps"].includes(panel[0]) || (panel[0] === "whatif" && point.data.type !== "heatmap");
    if (along) return this.go({ step: Math.round(point.x) - 1 });
    const row = Math.round(point.y);
    const units = this.reel.shown(this.moment.layer, this.moment.unit);
    const unit = this.reel.layer(this.moment.layer).units[units[row]];
    if (panel[0] === "units") return part === "read" ? null : this.go({ unit });
    this.go({ step: Math.round(point.x) - 1, ...(panel[0] === "lanes" ? { sequence: row } : { unit }) });
  }

  // The window, or the step, was dragged so that it begins at `left`; a window takes its step along.
  drag(what, left) {
    const first = Math.round(left - 0.5);
    if (what === "step") return this.go({ step: first });
    const last = Math.max(0, this.reel.header.total - this.reel.header.window);
    const window = Math.min(Math.max(first, 0), last);
    this.go({ window, step: this.moment.step - this.moment.window + window });
  }

  leave() {
    this.pause();
    this.stops.forEach((stop) => stop());
  }
}

const players = new WeakMap();

export default function mount(component) {
  const { parentElement, data } = component;
  const open = players.get(parentElement) ?? new Player(component);
  players.set(parentElement, open);
  const stamp = `${data.byteLength} ${data.slice(0, 400).join("")}`;
  if (open.stamp !== stamp) open.receive(component);
  open.stamp = stamp;
  return () => {
    open.leave();
    players.delete(parentElement);
  };
}
