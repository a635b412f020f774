// One of the page's Plotly charts: found where Streamlit put it, and brought to a moment.

import { dependencies, evaluate } from "./bindings.js";
import { NARROW_PX, prefersReducedMotion } from "./display.js";
import { momentInLayer } from "./moment.js";
import { paletteSwap, swapColours, themeOfBackground } from "./palette.js";
import { Travel } from "./travel.js";

const MIN_HEIGHT_PX = 310;
// Changes of height that are too small to be worth a drawing.
const HEIGHT_TOLERANCE_PX = 6;
// Plotly colours bars anew within a transition alone, and one of 0 ms is none.
const MIN_TRANSITION_MS = 1;
const DIMMED = 0.4;
// How long a chart has stood still before Plotly draws it: while one presses on, or it plays, nobody waits for that.
const SETTLE_MS = 120;
// What stays as it is while a part is pointed at: words, and what is no part of the cell.
const LASTING = ["names", "numbers", "writers", "followed", "targets"];

export class Chart {
  // `key`: the Streamlit key of the container in which the chart stands.
  constructor(key) {
    this.key = key;
    // Plotly's name for the element that it draws into.
    this.gd = null;
    this.sentValues = new Map();
    this.scale = 1;
  }

  // Finds the chart anew after Streamlit has drawn it anew. Returns whether that happened.
  attach(palettes, { onClick, onDrag, onHover, onRedraw }) {
    const found = document.querySelector(`.st-key-${this.key} .js-plotly-plot`);
    if (!found?._fullLayout || !found.layout || !found.data || (found === this.gd && this.isAttached)) return false;
    // Streamlit may put a chart's key on a place where another one still stands.
    if ((found.layout.meta?.chart ?? this.key) !== this.key) return false;
    // On a change of size it draws its own data again, over ours, but on the layout that we have changed.
    const isDrawnAgain = found === this.gd && found.layout.meta?.attached;
    const hadScaledTexts = isDrawnAgain && this.textFactor !== 1;
    this.gd = found;
    this.drawnData = found.data;
    if (!isDrawnAgain) this.original = JSON.parse(JSON.stringify({ data: found.data, layout: found.layout }));
    this.originalTheme = themeOfBackground(this.original.layout.paper_bgcolor, palettes);
    this.theme = this.originalTheme;
    this.readBindings(this.original);
    if (hadScaledTexts) this.textFactor = 0;
    found.layout.meta = { ...found.layout.meta, attached: true };
    for (const event of ["click", "relayout", "hover", "unhover", "react"])
      found.removeAllListeners?.(`plotly_${event}`);
    found.on("plotly_react", onRedraw);
    found.on("plotly_click", (event) => onClick(this, event.points[0]));
    found.on("plotly_relayout", (changes) => this.handleRelayout(changes, onDrag));
    found.on("plotly_hover", (event) => this.animated && onHover(this, event.points[0]));
    found.on("plotly_unhover", () => this.animated && onHover(this, null));
    return true;
  }

  // Whether what is drawn there is ours to change, and no figure that Streamlit has put there since.
  get isAttached() {
    const { isConnected, _fullLayout, layout, data } = this.gd ?? {};
    return Boolean(isConnected && _fullLayout && layout?.meta?.attached && data === this.drawnData);
  }

  readBindings({ data, layout }) {
    const bindings = (part) => Object.entries(part.meta?.follow ?? {});
    this.traces = data.map((trace) => ({
      type: trace.type,
      part: trace.meta?.part,
      layer: trace.meta?.of,
      bindings: bindings(trace),
    }));
    this.layer = layout.meta?.of;
    this.alt = layout.meta?.alt;
    this.layoutBindings = bindings(layout);
    this.animated = layout.meta?.player === "animate";
    this.travel?.stop();
    this.travel = layout.meta?.travels
      ? new Travel(this.gd, this.travellingTraces(), (part) => this.opacityOf(part))
      : null;
    this.shown = null;
    this.textFactor = 1;
    this.fixedHeight = Boolean(layout.meta?.rigid);
    this.drawnKey = null;
    this.sentValues = new Map();
  }

  // Traces that move; rectangles under the pointer are drawn by Plotly alone.
  travellingTraces() {
    const indexed = this.traces.map((trace, index) => ({ ...trace, index }));
    return indexed.filter((trace) => trace.type === "scatter" && trace.bindings.length);
  }

  // The window (shape 0) or the step (shape 1) was dragged by hand, to where its left edge is now.
  handleRelayout(changes, onDrag) {
    for (const [shape, what] of [
      [0, "window"],
      [1, "step"],
    ]) {
      const left = changes[`shapes[${shape}].x0`];
      if (left === undefined) continue;
      this.sentValues.delete("shapes");
      onDrag(what, left);
    }
  }

  // On a low screen the picture gives way, so that all of it is seen at once.
  fitHeight() {
    if (!this.animated || this.fixedHeight || !this.isAttached || this.gd.clientWidth < NARROW_PX) return;
    const scrolled = this.gd.closest(".stMain")?.scrollTop ?? window.scrollY;
    const room = window.innerHeight - this.gd.getBoundingClientRect().top - scrolled - HEIGHT_TOLERANCE_PX;
    const height = Math.round(Math.min(this.original.layout.height, Math.max(room / this.scale, MIN_HEIGHT_PX)));
    if (Math.abs(height - this.gd.layout.height) > HEIGHT_TOLERANCE_PX) window.Plotly?.relayout(this.gd, { height });
    this.fitContainer(this.gd.layout.height);
  }

  // Texts shrink with a chart that is narrower, or lower, than they were set for.
  fitTexts() {
    const { texts } = this.original?.layout.meta ?? {};
    if (!texts || !this.isAttached || !this.gd.clientWidth || !window.Plotly) return;
    const [width, least, most] = texts;
    const low = this.gd.layout.height / this.original.layout.height;
    const share = Math.min(this.gd.clientWidth / width, most, most * low ** 0.75);
    const factor = Math.max(least, share);
    if (Math.abs(factor - this.textFactor) < 0.015) return;
    this.textFactor = factor;
    const scaled = (size) => Math.round(10 * size * factor) / 10;
    const { data, layout } = this.original;
    const written = data.flatMap((trace, k) => (trace.textfont?.size ? [k] : []));
    const sizes = written.map((k) => scaled(data[k].textfont.size));
    const annotations = Object.fromEntries(
      layout.annotations.map(({ font }, k) => [`annotations[${k}].font.size`, scaled(font.size)]),
    );
    window.Plotly.update(this.gd, { "textfont.size": sizes }, annotations, written);
  }

  // The box that Streamlit put round the chart is as high as Streamlit is to draw the chart.
  fitContainer(height) {
    const box = this.gd.closest(".stElementContainer");
    const measured = `${height / this.scale}px`;
    if (!box || box.style.flexBasis === measured) return;
    const marginBottom = this.scale === 1 ? "" : `${Math.round(height * (this.scale - 1 / this.scale))}px`;
    Object.assign(box.style, { flexBasis: measured, height: measured, marginBottom });
  }

  // Shows the chart larger than it is drawn, its words with it. Streamlit draws a chart as large as its box is seen, and
  // draws it anew, for ever, where it has another size. So the box is so small that, larger, it is seen as large as the
  // chart is drawn; and the chart reaches beyond it.
  setScale(scale) {
    const box = this.isAttached && this.gd.closest(".stElementContainer");
    if (!box || (scale === 1 && this.scale === 1)) return;
    this.scale = scale;
    const isLarger = scale !== 1;
    Object.assign(box.style, {
      width: isLarger ? `${100 / scale ** 2}%` : "",
      transform: isLarger ? `scale(${scale})` : "",
      transformOrigin: "0 0",
    });
    Object.assign(this.gd.style, {
      width: isLarger ? `${100 * scale}%` : "",
      textRendering: isLarger ? "geometricPrecision" : "", // letters are else placed as for their smaller size
    });
    for (let outer = this.gd.parentElement; outer !== box.parentElement; outer = outer.parentElement)
      outer.style.overflow = isLarger ? "visible" : "";
    const isFitted = this.animated && !this.fixedHeight;
    this.fitContainer(isFitted ? this.gd.layout.height : this.original.layout.height);
  }

  // A frame round the whole chart while a text speaks of it.
  setHighlighted(highlighted) {
    this.setClass("highlighted-chart", Boolean(highlighted));
  }

  // Sets a class on the container that Streamlit put the chart into.
  setClass(name, isSet) {
    document.querySelector(`.st-key-${this.key}`)?.classList.toggle(name, isSet);
  }

  // Beside a text, what it speaks of comes into sight; the text itself stays where it is.
  scrollIntoView() {
    const behavior = prefersReducedMotion() ? "auto" : "smooth";
    this.gd?.closest(`.st-key-${this.key}`)?.scrollIntoView({ block: "nearest", behavior });
  }

  // Recolours the whole figure for a theme: every colour has one twin in the other palette.
  // The chart itself is asked too: with a new theme Streamlit may draw its own figure over ours.
  recolour(theme, palettes) {
    if (theme === this.theme && theme === themeOfBackground(this.gd.layout.paper_bgcolor, palettes)) return null;
    const swap = paletteSwap(palettes[this.originalTheme], palettes[theme]);
    const figure = theme === this.originalTheme ? this.original : swapColours(this.original, swap);
    this.theme = theme;
    this.readBindings(figure);
    const copy = JSON.parse(JSON.stringify(figure));
    copy.layout.meta = { ...copy.layout.meta, attached: true };
    this.drawnData = copy.data;
    return window.Plotly.react(this.gd, copy.data, copy.layout);
  }

  // Whether a viewport holds what the figure shows. Figures and numbers come one after the other: for a moment the one
  // page's may stand beside the other's.
  fits(viewport) {
    const { needs = [], of } = this.original.layout.meta;
    const layers = [of, ...this.traces.map(({ layer }) => layer)].filter((layer) => layer !== undefined);
    return needs.every((need) => viewport.has(need)) && layers.every((layer) => viewport.hasLayer(layer));
  }

  // Brings the chart to a moment; `parts` are those that a text speaks of, which stay bright.
  update(viewport, moment, duration, parts) {
    if (!this.fits(viewport)) return null;
    this.updateAlt(viewport, moment);
    if (!this.animated) return this.redraw(viewport, moment);
    // A text that speaks of other charts alone leaves this one as bright as it was.
    this.bright = this.traces.some((trace) => parts?.includes(trace.part)) ? parts : null;
    if (!this.travel) return this.animate(viewport, moment, duration);
    return this.travelTo(viewport, moment, duration);
  }

  // Lights what is pointed at. Nothing moves, so Plotly need draw nothing.
  highlight(viewport, moment, parts) {
    if (!this.fits(viewport)) return null;
    if (!this.travel || this.isStale || this.travel.isMoving) return this.update(viewport, moment, 0, parts);
    this.bright = this.traces.some((trace) => parts?.includes(trace.part)) ? parts : null;
    return this.travel.show(viewport, moment, true);
  }

  // Paints the way to a moment, or the moment itself; Plotly draws it for good once all stands still.
  travelTo(viewport, moment, duration) {
    this.shown = { viewport, moment };
    this.setStale(true);
    clearTimeout(this.settling);
    if (duration > 0) return this.travel.run(viewport, moment, duration, () => this.settleSoon());
    this.travel.show(viewport, moment);
    return this.settleSoon();
  }

  // What is painted is ahead of what Plotly has drawn: until it draws, its labels would say an earlier moment's numbers,
  // so none is shown.
  setStale(isStale) {
    this.isStale = isStale;
    const labels = this.gd.querySelector(".hoverlayer");
    if (!labels) return;
    if (isStale) labels.replaceChildren();
    labels.style.display = isStale ? "none" : "";
  }

  settleSoon() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.settle(), SETTLE_MS);
  }

  // Lets Plotly draw what is painted, so that the pointer, and what is saved, find it.
  settle(atOnce = false) {
    if (this.isPlaying && !atOnce) return this.settleSoon();
    if (!this.isStale || this.travel.isMoving || !this.isAttached) return null;
    this.setStale(false);
    const { viewport, moment } = this.shown;
    return this.animate(viewport, moment, 0);
  }

  // What the chart says in words, for those who don't see it.
  updateAlt(viewport, moment) {
    if (!this.alt) return;
    const holder = this.gd.closest("[aria-label]") ?? this.gd.closest("[role=img]") ?? this.gd.parentElement;
    holder.setAttribute("aria-label", evaluate(this.alt, viewport, momentInLayer(this.layer, moment, viewport)));
  }

  animate(viewport, moment, duration) {
    const data = this.traces.map((trace) => {
      const seen = momentInLayer(trace.layer, moment, viewport);
      return traceUpdate(trace, viewport, { ...seen, opacity: this.opacityOf(trace.part) });
    });
    const timing = { duration: this.travel ? 0 : Math.max(duration, MIN_TRANSITION_MS), easing: "cubic-in-out" };
    const options = { mode: "immediate", frame: { ...timing, redraw: false }, transition: timing };
    const frame = { data, traces: data.map((_, k) => k) };
    return window.Plotly.animate(this.gd, frame, options).catch(() => {});
  }

  // While some parts are pointed at, the others step back.
  opacityOf(part) {
    return !this.bright || this.bright.includes(part) || LASTING.includes(part) ? 1 : DIMMED;
  }

  // Heat maps are drawn anew only when what they show has changed; a step moves outlines alone.
  redraw(viewport, moment) {
    const key = this.drawingKey(viewport, moment);
    const isDrawn = key === this.drawnKey;
    this.drawnKey = key;
    const bindings = isDrawn ? this.layoutBindings.filter(([path]) => path === "shapes") : this.layoutBindings;
    const seen = momentInLayer(this.layer, moment, viewport);
    const layout = this.changesOf(bindings.map(([path, binding]) => [path, evaluate(binding, viewport, seen)]));
    if (isDrawn) return Object.keys(layout).length ? window.Plotly.relayout(this.gd, layout) : null;
    return window.Plotly.update(this.gd, this.changesOf(this.traceProperties(viewport, moment)), layout);
  }

  // What decides the colours of this chart, as one text.
  drawingKey(viewport, moment) {
    const selects = (name) =>
      this.traces.some((trace) => trace.bindings.some(([, binding]) => binding.select === name));
    const key = [viewport.header.id, moment.layer];
    if (this.dependsOn("step")) key.push(moment.step, moment.unit, moment.sequence);
    if (this.dependsOn("beat")) key.push(moment.beat);
    if (this.dependsOn("gate")) key.push(moment.gate);
    if (this.dependsOn("checkpoint")) key.push(moment.checkpoint, moment.training);
    if (selects("window") || this.dependsOn("window"))
      key.push(moment.window, moment.sequence, viewport.shownRows(moment.layer, moment.unit));
    if (selects("sequences")) key.push(moment.window, moment.unit, viewport.lanesAround(moment.sequence)[0]);
    if (!selects("window") && !selects("sequences")) key.push(moment.unit, moment.sequence);
    return JSON.stringify(key);
  }

  // Whether any binding depends on the step, the beat, the inspected gate, the checkpoint, or on the followed unit's window.
  dependsOn(what) {
    const all = [...this.traces.flatMap((trace) => trace.bindings), ...this.layoutBindings];
    return all.some(([path, binding]) => path !== "shapes" && dependencies(binding).has(what));
  }

  // Those of the properties that Plotly was not sent already.
  changesOf(properties) {
    const changes = properties.filter(([path, value]) => {
      const text = JSON.stringify(value);
      const isSent = this.sentValues.get(path) === text;
      this.sentValues.set(path, text);
      return !isSent;
    });
    return Object.fromEntries(changes);
  }

  // [property, [a value for each trace]], as Plotly.update wants it.
  traceProperties(viewport, moment) {
    const properties = new Map();
    this.traces.forEach((trace, k) => {
      for (const [path, binding] of trace.bindings) {
        if (!properties.has(path)) properties.set(path, Array(this.traces.length).fill(undefined));
        properties.get(path)[k] = evaluate(binding, viewport, momentInLayer(trace.layer, moment, viewport));
      }
    });
    return [...properties];
  }
}

// A trace of an animation's frame.
function traceUpdate(trace, viewport, moment) {
  const update = { type: trace.type };
  for (const [path, binding] of trace.bindings) {
    const names = path.split(".");
    const last = names.pop();
    let part = update;
    for (const name of names) {
      part[name] ??= {};
      part = part[name];
    }
    part[last] = evaluate(binding, viewport, moment);
  }
  // What was dimmed before must be told to shine again; a bar says it by its colours.
  if (trace.type !== "bar") update.opacity = (update.opacity ?? 1) * moment.opacity;
  return update;
}
