// The page's Plotly charts, found where Streamlit put them, and brought to a moment.

const NARROW_PX = 640;
const LOWEST = 310;
// Plotly colours bars anew within a transition alone, and one of 0 ms is none.
const SHORTEST_MS = 1;

class Chart {
  // `key`: the Streamlit key of the container in which the chart stands.
  constructor(key) {
    this.key = key;
    this.gd = null;
    this.known = new Map();
  }

  // Finds the chart anew after Streamlit has drawn it anew. Returns whether that happened.
  attach(palettes, { onPick, onDrag, onPoint }) {
    const found = document.querySelector(`.st-key-${this.key} .js-plotly-plot`);
    if (!found?.layout || !found.data || (found === this.gd && found.layout.meta?.held)) return false;
    // Streamlit may put a chart's key on a place where another one still stands.
    if ((found.layout.meta?.chart ?? this.key) !== this.key) return false;
    this.gd = found;
    this.base = JSON.parse(JSON.stringify({ data: found.data, layout: found.layout }));
    this.drawnFor = paletteOf(this.base.layout.paper_bgcolor, palettes);
    this.theme = this.drawnFor;
    this.follow(this.base);
    found.layout.meta = { ...found.layout.meta, held: true };
    for (const event of ["click", "relayout", "hover", "unhover"]) found.removeAllListeners?.(`plotly_${event}`);
    found.on("plotly_click", (event) => onPick(this, event.points[0]));
    found.on("plotly_relayout", (changes) => this.dragged(changes, onDrag));
    found.on("plotly_hover", (event) => this.animated && onPoint(event.points[0].data.meta?.part));
    found.on("plotly_unhover", () => this.animated && onPoint(null));
    return true;
  }

  // The window (shape 0) or the step (shape 1) was dragged by hand, to where its left edge is now.
  dragged(changes, onDrag) {
    for (const [shape, what] of [[0, "window"], [1, "step"]]) {
      const left = changes[`shapes[${shape}].x0`];
      if (left === undefined) continue;
      this.known.delete("shapes");
      onDrag(what, left);
    }
  }

  // On a low screen the picture gives way, so that all of it is seen at once.
  fit() {
    if (!this.animated || this.rigid || !this.present || this.gd.clientWidth < NARROW_PX) return;
    const scrolled = this.gd.closest(".stMain")?.scrollTop ?? window.scrollY;
    const room = window.innerHeight - this.gd.getBoundingClientRect().top - scrolled - 6;
    const height = Math.round(Math.min(this.base.layout.height, Math.max(room, LOWEST)));
    if (Math.abs(height - this.gd.layout.height) > 6) window.Plotly?.relayout(this.gd, { height });
    this.enclose(this.gd.layout.height);
  }

  // The box that Streamlit put round the chart is as high as the chart is now.
  enclose(height) {
    const box = this.gd.closest(".stElementContainer");
    if (box && box.style.flexBasis !== `${height}px`) Object.assign(box.style, { flexBasis: `${height}px`, height: `${height}px` });
  }

  // A frame round the whole chart while a text speaks of it.
  frame(spoken) {
    document.querySelector(`.st-key-${this.key}`)?.classList.toggle("spoken-of", Boolean(spoken));
  }

  // Beside a text, what it speaks of comes into sight; the text itself stays where it is.
  reveal() {
    this.gd?.closest(`.st-key-${this.key}`)?.scrollIntoView({ block: "nearest", behavior: still() ? "auto" : "smooth" });
  }

  follow(figure) {
    const rules = (part) => Object.entries(part.meta?.follow ?? {});
    this.traces = figure.data.map((trace) => ({ type: trace.type, part: trace.meta?.part, of: trace.meta?.of, rules: rules(trace) }));
    this.of = figure.layout.meta?.of;
    this.alt = figure.layout.meta?.alt;
    this.layout = rules(figure.layout);
    this.animated = figure.layout.meta?.player === "animate";
    this.rigid = Boolean(figure.layout.meta?.rigid);
    this.drawn = null;
    this.known = new Map();
  }

  get present() {
    return Boolean(this.gd?.isConnected && this.gd.layout?.meta?.held);
  }

  // Recolours the whole figure for a theme: every colour has one twin in the other palette.
  // The chart itself is asked too: with a new theme Streamlit may draw its own figure over ours.
  recolour(theme, palettes) {
    if (theme === this.theme && theme === paletteOf(this.gd.layout.paper_bgcolor, palettes)) return null;
    const swap = exchange(palettes[this.drawnFor], palettes[theme]);
    const figure = theme === this.drawnFor ? this.base : replaced(this.base, swap);
    this.theme = theme;
    this.follow(figure);
    const copy = JSON.parse(JSON.stringify(figure));
    copy.layout.meta = { ...copy.layout.meta, held: true };
    return window.Plotly.react(this.gd, copy.data, copy.layout);
  }

  show(reel, moment, duration, lit) {
    this.tell(reel, moment);
    return this.animated ? this.animate(reel, moment, duration, lit) : this.redraw(reel, moment);
  }

  // What the chart says in words, for those who don't see it.
  tell(reel, moment) {
    if (!this.alt) return;
    const holder = this.gd.closest("[aria-label]") ?? this.gd.closest("[role=img]") ?? this.gd.parentElement;
    holder.setAttribute("aria-label", evaluate(this.alt, reel, of(this.of, moment, reel)));
  }

  animate(reel, moment, duration, spoken) {
    // A text that speaks of other charts alone leaves this one as bright as it was.
    const lit = this.traces.some((trace) => spoken?.includes(trace.part)) ? spoken : null;
    const data = this.traces.map((trace) => framed(trace, reel, { ...of(trace.of, moment, reel), fade: fade(trace.part, lit) }));
    const timing = { duration: Math.max(duration, SHORTEST_MS), easing: "cubic-in-out" };
    const options = { mode: "immediate", frame: { ...timing, redraw: false }, transition: timing };
    const frame = { data, traces: data.map((_, k) => k) };
    return window.Plotly.animate(this.gd, frame, options).catch(() => {});
  }

  // Heat maps are drawn anew only when what they show has changed; a step moves outlines alone.
  redraw(reel, moment) {
    const shown = this.shown(reel, moment);
    const moved = shown === this.drawn;
    this.drawn = shown;
    const rules = moved ? this.layout.filter(([path]) => path === "shapes") : this.layout;
    const layout = this.news(rules.map(([path, rule]) => [path, evaluate(rule, reel, of(this.of, moment, reel))]));
    if (moved) return Object.keys(layout).length ? window.Plotly.relayout(this.gd, layout) : null;
    return window.Plotly.update(this.gd, this.news(this.columns(reel, moment)), layout);
  }

  // What decides the colours of this chart, as one text.
  shown(reel, moment) {
    const takes = (name) => this.traces.some((trace) => trace.rules.some(([, rule]) => rule.take === name));
    const shown = [reel.header.id, moment.layer];
    if (this.follows("step")) shown.push(moment.step, moment.unit, moment.sequence);
    if (this.follows("beat")) shown.push(moment.beat);
    if (this.follows("gate")) shown.push(moment.gate);
    if (takes("window") || this.follows("window")) shown.push(moment.window, moment.sequence, reel.shown(moment.layer, moment.unit));
    if (takes("lanes")) shown.push(moment.window, moment.unit, reel.lanesAround(moment.sequence)[0]);
    if (!takes("window") && !takes("lanes")) shown.push(moment.unit, moment.sequence);
    return JSON.stringify(shown);
  }

  // Whether any rule depends on the step, the beat, or on the followed unit's window.
  follows(what) {
    const all = [...this.traces.flatMap((trace) => trace.rules), ...this.layout];
    return all.some(([path, rule]) => path !== "shapes" && dependence(rule).has(what));
  }

  // Those of the properties that are not so already.
  news(properties) {
    const fresh = properties.filter(([path, value]) => {
      const text = JSON.stringify(value);
      const known = this.known.get(path) === text;
      this.known.set(path, text);
      return !known;
    });
    return Object.fromEntries(fresh);
  }

  // [property, [a value for each trace]], as Plotly.update wants it.
  columns(reel, moment) {
    const columns = new Map();
    this.traces.forEach((trace, k) => {
      for (const [path, rule] of trace.rules) {
        if (!columns.has(path)) columns.set(path, Array(this.traces.length).fill(undefined));
        columns.get(path)[k] = evaluate(rule, reel, of(trace.of, moment, reel));
      }
    });
    return [...columns];
  }
}

// A part that follows a layer of its own sees the moment there; "beside" is the other run's layer next to this one.
function of(layer, moment, reel) {
  if (layer === undefined) return moment;
  const { own } = reel.header;
  return { ...moment, layer: layer === "beside" ? own + (moment.layer % own) : layer };
}

// What a rule's value changes with, of step, beat and window.
function dependence(rule) {
  const parts = (rule.all ?? rule.sentence ?? []).filter((part) => typeof part === "object");
  const found = new Set(parts.flatMap((part) => [...dependence(part)]));
  if ("share" in rule || "map" in rule || "cycle" in rule || "extra" in rule || ["units", "unit", "features"].includes(rule.take)) found.add("step");
  if (["event", "answer", "said", "step"].includes(rule.words)) found.add("step");
  if ("gate" in rule || rule.words === "gate" || Object.values(rule).some((value) => typeof value === "string" && value.includes("@gate"))) found.add("gate");
  if ("beat" in rule || rule.from || rule.light || rule.words === "answer") found.add("beat");
  if (rule.give === "told") found.add("step");
  if ("write" in rule || "limit" in rule || rule.words || rule.take === "line") found.add("window");
  return found;
}

function nested(trace, valueOf) {
  const data = { type: trace.type };
  for (const [path, rule] of trace.rules) {
    const names = path.split(".");
    const last = names.pop();
    names.reduce((part, name) => (part[name] ??= {}), data)[last] = valueOf(rule);
  }
  return data;
}

function framed(trace, reel, moment) {
  const data = nested(trace, (rule) => evaluate(rule, reel, moment));
  // What was dimmed before must be told to shine again; a bar says it by its colours.
  if (trace.type !== "bar") data.opacity = (data.opacity ?? 1) * moment.fade;
  return data;
}

// While one part is pointed at, the others step back.
function fade(part, lit) {
  return !lit || lit.includes(part) || ["names", "numbers"].includes(part) ? 1 : 0.3;
}

function paletteOf(ground, palettes) {
  return Object.keys(palettes).find((theme) => palettes[theme].ground === ground) ?? "light";
}

function exchange(one, other) {
  const pairs = Object.keys(one).flatMap((role) => {
    const [from, to] = [one[role], other[role]].map((value) => [value].flat());
    return from.map((colour, k) => [colour, to[k]]);
  });
  return Object.fromEntries(pairs);
}

function replaced(value, swap) {
  if (typeof value === "string") return swap[value] ?? value;
  if (Array.isArray(value)) return value.map((part) => replaced(part, swap));
  if (value && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, replaced(part, swap)]));
  return value;
}
