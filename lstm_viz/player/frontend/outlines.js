// Outlines over a chart: of the step, the unit, the sequence, the window. The twin of figures/bindings/outlines.py.

// A Plotly shape.
export function outline(mark, colour, viewport, moment) {
  const { header } = viewport;
  const shape = { type: "rect", layer: "above", line: { color: colour, width: mark.over === "step" ? 1.6 : 1 } };
  const columns = (x0, x1) => ({ ...shape, xref: mark.x, x0, x1, yref: `${mark.y} domain`, y0: 0, y1: 1 });
  if (mark.over === "step") return columns(moment.step + 0.5, moment.step + 1.5);
  if (mark.over === "part") {
    // The step's part of a run that is cut into parts of equal length.
    const start = Math.floor(moment.step / mark.steps) * mark.steps;
    const part = columns(start + 0.5, Math.min(start + mark.steps, mark.total) + 0.5);
    return { ...part, line: { color: colour, width: 2.4 } };
  }
  if (mark.over === "from") {
    const rest = columns(header.captions[mark.step] + 0.5, header.total + 0.5);
    return { ...rest, line: { width: 0 }, fillcolor: colour, opacity: 0.07, layer: "below" };
  }
  if (mark.over === "window") {
    // On the whole run; a person may drag it.
    const stop = Math.min(moment.window + header.window, header.total);
    return { ...columns(moment.window + 0.5, stop + 0.5), fillcolor: colour, opacity: 0.25 };
  }
  const rows = viewport.shownRows(moment.layer, moment.unit);
  const row = mark.over === "sequence" ? moment.sequence : rows.indexOf(viewport.rowOf(moment.layer, moment.unit));
  return { ...shape, yref: mark.y, y0: row - 0.5, y1: row + 0.5, xref: `${mark.x} domain`, x0: 0, x1: 1 };
}
