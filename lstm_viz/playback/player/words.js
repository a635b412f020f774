// Names at a moment. The twin of figures/words.py.

const BLANK = " ";

const WORDS = {
  event: (reel, m) => [reel.readsInput(m.layer) ? textsIn(reel, m, "events")[m.step - reel.header.start][m.sequence] : "the layer below"],
  answer: (reel, m) =>
    [m.beat >= 4 ? safe(answerAt(reel, m)) || BLANK : BLANK],
  gate: (reel, m) => GATE_NAMES[OPENED[m.gate]],
  step: (reel, m) => String(m.step + 1),
  said: (reel, m) => safe(answerAt(reel, m)),
  onward: (reel, m) => [reel.layer(m.layer).reverse ? "to the step before →" : "to the next step →"],
  "onward briefly": (reel, m) => [reel.layer(m.layer).reverse ? "step before →" : "next →"],
  unit: (reel, m) => [`unit ${m.unit + 1}`],
  units: (reel, m) => reel.shown(m.layer, m.unit).map((place) => String(reel.layer(m.layer).units[place] + 1)),
  features: (reel, m) =>
    reel.readsInput(m.layer)
      ? reel.header.features.map((place) => safe(reel.header.featureNames[place]))
      : range(0, featureCount(reel, m)).map((place) => `unit ${place + 1}`),
  rows: (reel, m) => range(0, reel.shown(m.layer, m.unit).length),
  bins: (reel) => reel.header.overview.edges.slice(1).map((edge, k) => (reel.header.overview.edges[k] + edge + 1) / 2),
  lanes: (reel, m) => reel.lanesAround(m.sequence),
  sequences: (reel, m) => reel.lanesAround(m.sequence).map((lane) => safe(short(reel.header.sequenceNames[lane]))),
  steps: (reel, m) => windowSteps(reel, m).map((step) => step + 1),
  "tick steps": (reel, m) => ticks(reel, m).map((step) => step + 1),
  "tick labels": (reel, m) => ticks(reel, m).map((step) => safe(textsIn(reel, m, "labels")[step - reel.header.start][m.sequence])),
  "window range": (reel, m) => [m.window + 0.5, windowStop(reel, m) + 0.5],
  "row range": (reel, m) => [reel.shown(m.layer, m.unit).length - 0.5, -0.5],
  "lane range": (reel, m) => {
    const lanes = reel.lanesAround(m.sequence);
    return [lanes.at(-1) + 0.5, lanes[0] - 0.5];
  },
  "lanes title": (reel, m) => `${memoryOf(reel, m)}  in every sequence`,
  "overview title": (reel, m) => `${memoryOf(reel, m)}  the whole run; drag the window`,
  "lane labels": (reel, m) =>
    reel.lanesAround(m.sequence).map((lane) =>
      windowSteps(reel, m).map((step) => safe(reel.header.labels[step - reel.header.start][lane])),
    ),
};

// A stranger's words for a chart, in which Plotly reads tags and entities.
function safe(text) {
  return String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

// What the model says at the step, in the run that the layer belongs to.
function answerAt(reel, moment) {
  const { own, answers, answersBeside, start } = reel.header;
  const said = moment.layer < own ? answers : answersBeside[Math.floor((moment.layer - own) / own)];
  return said?.[moment.step - start][moment.sequence] ?? "";
}

// What steps or events are called in the run that the layer belongs to.
function textsIn({ header }, { layer }, name) {
  return header[`${name}Beside`]?.[Math.floor(layer / header.own) - 1] ?? header[name];
}

function memoryOf(reel, moment) {
  const memory = reel.layer(moment.layer).variant === "rnn" ? "Short-term memory" : "Long-term memory";
  return `<b>${memory} of unit ${moment.unit + 1}</b>`;
}

function short(name, most = 14) {
  return name.length <= most ? name : name.slice(0, most - 1) + "…";
}

function windowStop(reel, moment) {
  return Math.min(moment.window + reel.header.window, reel.stop);
}

function windowSteps(reel, moment) {
  return range(moment.window, windowStop(reel, moment));
}

function ticks(reel, moment) {
  const steps = windowSteps(reel, moment);
  const labels = steps.flatMap((step) => reel.header.labels[step - reel.header.start]);
  const long = Math.max(0, ...labels.map((label) => label.length)) > reel.header.ticks.short;
  const stride = long ? Math.max(1, Math.ceil(steps.length / reel.header.ticks.most)) : 1;
  return steps.filter((_, k) => k % stride === 0);
}
