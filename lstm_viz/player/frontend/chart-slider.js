// A slider over a chart that changes one factor and draws its powers, here in the browser: how fast a product of equal
// factors falls is best felt by hand.

const STYLE = `
  :host { position: absolute; z-index: 3; display: block; }
  label { display: flex; align-items: center; gap: 10px; height: 34px; font: 13px/1.2 "Source Sans", "Source Sans 3", "Helvetica Neue", Arial, sans-serif;
    color: var(--lstm-foreground, currentcolor); font-variant-numeric: tabular-nums; }
  b { font-weight: 650; min-width: 3.1em; }
  input { flex: 1 1 auto; min-width: 60px; margin: 0; accent-color: var(--lstm-primary, #5633FA); cursor: pointer; }
  output { flex: 0 0 auto; min-width: 11.5em; }
  output.half { font-weight: 650; color: var(--lstm-primary, #5633FA); }
  @media (pointer: coarse) { label { height: 44px; } }
  @media (max-width: 640px) { output { min-width: 9.5em; } label { gap: 6px; font-size: 12px; } }
`;

// What was chosen last, by the chart's key: it stays where the chart is drawn anew for another run.
const chosen = new Map();

// What is left after so many equal steps.
export function powers(factor, steps) {
  return Array.from({ length: steps + 1 }, (_, step) => factor ** step);
}

// What is said of a factor, and whether it leaves half.
export function saidOfFactor(factor, { steps, half }) {
  const left = factor ** steps;
  const isHalf = Math.abs(left - 0.5) < half;
  return { text: `${steps} times: ${isHalf ? "half" : left.toFixed(left < 0.01 ? 4 : 2)} is left`, isHalf };
}

// Puts a slider over each chart that asks for one, and draws what was chosen where the chart is new.
export function addSliders(charts) {
  for (const chart of charts) {
    const slider = chart.isAttached && chart.original.layout.meta?.slider;
    if (!slider) continue;
    const holder = chart.gd.closest(".stElementContainer") ?? chart.gd.parentElement;
    const host = holder.querySelector(":scope > .chart-slider") ?? addSlider(holder, chart.key, slider);
    host.chart = chart;
    if (chart.slidData === chart.drawnData) continue;
    chart.slidData = chart.drawnData;
    draw(chart, slider, chosen.get(chart.key) ?? slider.start);
  }
}

function addSlider(holder, key, slider) {
  if (getComputedStyle(holder).position === "static") holder.style.position = "relative";
  const host = Object.assign(document.createElement("div"), { className: "chart-slider" });
  Object.assign(host.style, { top: `${slider.top}px`, left: `${slider.left}px`, right: `${slider.right}px` });
  host.attachShadow({
    mode: "open",
  }).innerHTML = `<style>${STYLE}</style><label>${slider.label} <b></b><input type="range"></label>`;
  const label = host.shadowRoot.querySelector("label");
  const [number, input] = [host.shadowRoot.querySelector("b"), host.shadowRoot.querySelector("input")];
  const output = label.appendChild(document.createElement("output"));
  Object.assign(input, { min: slider.least, max: slider.most, step: slider.stride });
  input.value = chosen.get(key) ?? slider.start;
  const show = () => {
    const factor = Number(input.value);
    const { text, isHalf } = saidOfFactor(factor, slider);
    number.textContent = factor.toFixed(3);
    output.textContent = text;
    output.classList.toggle("half", isHalf);
    input.setAttribute("aria-valuetext", `${factor.toFixed(3)}, ${text}`);
  };
  input.oninput = () => {
    chosen.set(key, Number(input.value));
    show();
    draw(host.chart, slider, Number(input.value));
  };
  show();
  return holder.appendChild(host);
}

function draw(chart, { curve, point, steps }, factor) {
  if (!window.Plotly || !chart.isAttached) return;
  const far = chart.gd.data[curve].x.length - 1;
  window.Plotly.restyle(chart.gd, { y: [powers(factor, far), [factor ** steps]] }, [curve, point]);
}
