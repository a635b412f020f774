// Travel: a chart's parts on their way from beat to beat, painted frame by frame on what Plotly has drawn.
//
// A frame of Plotly's own takes longer than a screen's frame. So Plotly draws what stands still, and here the same
// bindings, at a progress from 0 to 1, move the SVG elements that it has made: paths, places, words and opacities.

import { evaluate } from "./bindings.js";
import { momentInLayer } from "./moment.js";

const SVG = "http://www.w3.org/2000/svg";
// What of a text's markup is read: bold, and a colour.
const MARKUP = /<(\/?)(b|span)(?: style="color:([^"]*)")?>/g;
const FADE = "opacity 160ms";
const ENTITIES = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&amp;": "&" };

export class Travel {
  // `traces`: [{index, bindings, layer}, ...], those of a chart that may be painted.
  constructor(gd, traces, dimming) {
    this.gd = gd;
    this.traces = traces;
    this.dimming = dimming;
    this.painted = new Map();
    this.frame = null;
  }

  get isMoving() {
    return this.frame !== null;
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = null;
  }

  // Paints all of a moment; `softly` lets what is dimmed fade.
  show(viewport, moment, softly = false) {
    this.stop();
    this.transition = softly ? FADE : "";
    this.findElements();
    for (const trace of this.traces) {
      trace.values = valuesOf(trace.bindings, trace, viewport, moment);
      this.paint(trace);
    }
  }

  // Runs through a beat in so many milliseconds, then calls `done`. Stopped anywhere, it is simply painted anew.
  run(viewport, moment, duration, done) {
    this.show(viewport, { ...moment, progress: 0 }, true);
    // All else is as it was painted above, and is not worked out anew at every frame.
    const moving = this.traces
      .map((trace) => ({ trace, bindings: trace.bindings.filter(([, binding]) => movesIn(binding, moment.beat)) }))
      .filter(({ bindings }) => bindings.length);
    let start = null;
    const step = (now) => {
      // Streamlit has taken the chart away.
      if (!this.gd._fullLayout) return this.stop();
      start ??= now;
      const progress = Math.min(1, (now - start) / duration);
      const isRedrawn = this.traces.some(({ elements }) => elements && !elements.group.isConnected);
      if (isRedrawn) this.findElements();
      for (const { trace, bindings } of moving)
        Object.assign(trace.values, valuesOf(bindings, trace, viewport, { ...moment, progress }));
      for (const trace of isRedrawn ? this.traces : moving.map(({ trace }) => trace)) this.paint(trace);
      if (progress < 1) {
        this.frame = requestAnimationFrame(step);
        return;
      }
      this.frame = null;
      done();
    };
    this.frame = requestAnimationFrame(step);
  }

  // Plotly may have drawn the chart anew: what was painted is then gone.
  findElements() {
    if (!this.gd._fullLayout) return;
    const { xaxis, yaxis } = this.gd._fullLayout;
    const { left, top } = { left: xaxis.range[0], top: yaxis.range[1] };
    const [across, down] = [xaxis, yaxis].map(({ range, _length }) => _length / (range[1] - range[0]));
    this.toX = (x) => Math.round(100 * (x - left) * across) / 100;
    this.toY = (y) => Math.round(100 * (top - y) * down) / 100;
    this.painted.clear();
    for (const trace of this.traces) {
      const { uid } = this.gd._fullData[trace.index];
      const group = this.gd.querySelector(`.scatterlayer .trace${uid}`);
      trace.elements = group && {
        group,
        fill: group.querySelector(".fills .js-fill"),
        line: group.querySelector(".lines .js-line"),
        points: [...group.querySelectorAll(".points .point")],
        texts: [...group.querySelectorAll(".text .textpoint text")],
      };
    }
  }

  paint(trace) {
    const { elements, index, values } = trace;
    if (!elements) return;
    const set = (name, value, apply) => {
      const key = `${index} ${name}`;
      const text = typeof value === "object" ? JSON.stringify(value) : String(value);
      if (this.painted.get(key) === text) return;
      this.painted.set(key, text);
      apply(value);
    };
    const { group, fill, line, points, texts } = elements;
    const full = this.gd.data[index];
    const [x, y] = [values.x ?? full.x, values.y ?? full.y];
    set("opacity", (values.opacity ?? 1) * this.dimming(trace.part), (value) =>
      Object.assign(group.style, { opacity: value, transition: this.transition }),
    );
    if (fill && values.x) {
      set("fill", this.pathOf(x, y, "Z"), (d) => fill.setAttribute("d", d));
      if (values.fillcolor) set("colour", values.fillcolor, (colour) => fill.style.setProperty("fill", colour));
    }
    if (line && values.x && full.line?.width) set("line", this.pathOf(x, y, ""), (d) => line.setAttribute("d", d));
    if (points.length && (values.x || values.y))
      set("points", [x, y], () =>
        points.forEach((point, k) => {
          point.setAttribute("transform", `translate(${this.toX(x[k])},${this.toY(y[k])})`);
          // Plotly hides what is outside of the picture.
          point.removeAttribute("display");
        }),
      );
    const colours = values["marker.color"];
    if (points.length && colours)
      set("marks", colours, () =>
        points.forEach((point, k) => {
          point.style.setProperty("fill", Array.isArray(colours) ? colours[k] : colours);
        }),
      );
    if (texts.length && (values.x || values.y))
      set("places", [x, y], () =>
        texts.forEach((text, k) => {
          text.setAttribute("x", this.toX(x[k]));
          text.setAttribute("y", this.toY(y[k]));
        }),
      );
    const ink = values["textfont.color"];
    if (ink)
      set("ink", ink, () => {
        for (const text of texts) text.style.setProperty("fill", ink);
      });
    if (values.text)
      set("text", values.text, () =>
        texts.forEach((text, k) => {
          this.write(text, values.text[k], `${index} ${k}`);
        }),
      );
  }

  // Polygons as one path; a gap ends each of them.
  pathOf(x, y, end) {
    let path = "";
    let next = "M";
    for (let k = 0; k < x.length; k++) {
      if (x[k] === null) {
        path += end;
        next = "M";
        continue;
      }
      path += `${next}${this.toX(x[k])},${this.toY(y[k])}`;
      next = "L";
    }
    return path + end;
  }

  // A text with its bold and coloured parts, as Plotly would write it.
  write(element, markup, key) {
    if (this.painted.get(key) === markup) return;
    this.painted.set(key, markup);
    element.replaceChildren(...spansOf(markup));
  }
}

function valuesOf(bindings, { layer }, viewport, moment) {
  const seen = momentInLayer(layer, moment, viewport);
  return Object.fromEntries(bindings.map(([path, binding]) => [path, evaluate(binding, viewport, seen)]));
}

// Whether what a binding gives moves while a beat acts.
export function movesIn(binding, beat) {
  if (binding.all) return binding.all.some((part) => movesIn(part, beat));
  const [arrives, forgets, uses] = [beat === 0, beat === 1, beat === 4];
  const runs = binding.reach && binding.reach[beat][0] !== binding.reach[beat][1];
  const isOnItsWay = binding.heads?.some((head) => head.beat === beat);
  const appears = binding.at > 0 && (binding.from ?? 0) === beat;
  if (runs || isOnItsWay || appears || binding.acts === beat || binding.fades === beat) return true;
  if (arrives && (binding.travel || binding.arrives)) return true;
  return (forgets && "lost" in binding) || (uses && ("answer_bar" in binding || "forecast_bar" in binding));
}

function spansOf(markup) {
  const spans = [];
  const open = [];
  let last = 0;
  const add = (text) => {
    if (!text) return;
    const span = document.createElementNS(SVG, "tspan");
    span.textContent = Object.entries(ENTITIES).reduce((plain, [entity, sign]) => plain.replaceAll(entity, sign), text);
    for (const { tag, colour } of open) {
      if (tag === "b") span.style.fontWeight = "bold";
      if (colour) span.style.fill = colour;
    }
    spans.push(span);
  };
  for (const { 0: whole, 1: closes, 2: tag, 3: colour, index } of markup.matchAll(MARKUP)) {
    add(markup.slice(last, index));
    if (closes) open.pop();
    else open.push({ tag, colour });
    last = index + whole.length;
  }
  add(markup.slice(last));
  return spans;
}
